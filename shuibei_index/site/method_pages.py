"""The methodology on the site: its pages in both languages, lists of them, and the files beside them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from markupsafe import Markup

from shuibei_index.site.address import LANGUAGES, in_language
from shuibei_index.site.methodology import Prose, in_page, pages, plain_files
from shuibei_index.site.output import Output
from shuibei_index.site.render import Page, SiteFacts, render
from shuibei_index.site.words import words


def inputs(folder: Path, site: SiteFacts, latest: dict[str, Any]) -> str:
    """Return the digest of everything the pages are made from: they are made again only when it changes."""
    digest = hashlib.sha256(json.dumps([site.name, latest["trial"]]).encode())
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def write_methodology(output: Output, folder: Path, site: SiteFacts, latest: dict[str, Any]) -> None:
    """Write the pages of the methodology folder, its decisions and files, unless the last build made the same."""
    here = [p for p in output.old.get("files", {}) if p.startswith(("methodology/", "en/methodology/"))]
    same = output.old.get("key") and output.old.get("methodology") == inputs(folder, site, latest)
    if same and here and all(output.keep(p) for p in here):
        return
    files = plain_files(folder)
    for path in files:
        output.put(f"methodology/{path}", (folder / path).read_bytes())
    found = list(pages(folder))
    top = [p for p in found if "/" not in p.path]
    decisions = [p for p in found if "/" in p.path]
    for page in _lists(top, decisions, files, latest):
        for lang in LANGUAGES:
            output.put(*render(page, lang, site))
    for prose in found:
        context = {}
        for lang in LANGUAGES:
            root = "../" * in_language(f"methodology/{prose.path}", lang).count("/")
            # the Markdown reader lets no HTML through: what it gives is safe
            values = {"content": Markup(in_page(prose.html, f"{root}methodology/"))}
            description = f"{words(lang)['method_title']}: {prose.title}. {site.name[lang]}"
            context[lang] = {"title": prose.title, "description": description, "values": values}
        page = Page(f"methodology/{prose.path}", "prose.html", "method", context, latest["trial"])
        for lang in LANGUAGES:
            output.put(*render(page, lang, site))


def _lists(top: list[Prose], decisions: list[Prose], files: list[str], latest: dict[str, Any]) -> Iterator[Page]:
    for path, found, title, lead in (
        ("methodology/index.html", top, "method_title", "method_lead"),
        ("methodology/decisions/index.html", decisions, "decisions", "decisions_lead"),
    ):
        first = title == "method_title"
        names = [(p.path.rsplit("/", 1)[-1], p.title) for p in found]
        values = {"pages": names, "files": files if first else [], "decisions": first and bool(decisions)}
        context = {}
        for lang in LANGUAGES:
            t = words(lang)
            head = {"title": t[title], "heading": t[title], "description": t[lead], "lead_in": t[lead]}
            context[lang] = {**head, "values": values}
        yield Page(path, "methodology.html", "method", context, latest["trial"])
