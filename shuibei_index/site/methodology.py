"""Pages of the methodology: the Markdown of the package as HTML, its links leading on inside the site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
#: Files beside the pages that readers may take: rules, checks, trees, references.
_PLAIN = (".toml", ".csv", ".bib")
_FILE = "plain-file:"


@dataclass(frozen=True)
class Prose:
    """One page: where it stands under methodology/, its title and its HTML."""

    path: str
    title: str
    html: str


@cache
def _reader() -> MarkdownIt:
    # no HTML passes: what stands in a page is text
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def pages(folder: Path) -> Iterator[Prose]:
    """Yield the pages and the decision records of a methodology folder.

    Parameters
    ----------
    folder : Path
        Folder with ``*.md`` and ``decisions/*.md``.
    """
    for path in [*sorted(folder.glob("*.md")), *sorted((folder / "decisions").glob("*.md"))]:
        yield _prose(folder, path)


def plain_files(folder: Path) -> list[str]:
    """Return the files beside the pages, relative to the folder."""
    return [p.relative_to(folder).as_posix() for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix in _PLAIN]


def _prose(folder: Path, path: Path) -> Prose:
    name = path.relative_to(folder).as_posix()
    tokens = _reader().parse(_COMMENT.sub("", path.read_text(encoding="utf-8")))
    title, taken = "", set[str]()
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            text = _text(tokens[at + 1])
            title = title or text
            token.attrSet("id", _anchor(text, taken))
        for child in token.children or []:
            if child.type == "link_open":
                _lead_on(child, folder, name)
        if token.type == "inline":
            token.children = _without_dead_links(token.children or [])
    html = _reader().renderer.render(tokens, _reader().options, {})
    # a wide table or line of code scrolls by itself, also by keyboard
    html = html.replace("<table>", '<div class="scroll" tabindex="0"><table>').replace("</table>", "</table></div>")
    html = html.replace("<pre>", '<pre tabindex="0">')
    return Prose(name.removesuffix(".md") + ".html", title or name, html)


def _text(inline: Token) -> str:
    return "".join(t.content for t in inline.children or [] if t.type in ("text", "code_inline"))


def _anchor(text: str, taken: set[str]) -> str:
    # as GitHub makes them, so that a link written for there leads here as well
    name = re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-") or "section"
    found, k = name, 0
    while found in taken:
        k += 1
        found = f"{name}-{k}"
    taken.add(found)
    return found


def _lead_on(link: Token, folder: Path, page: str) -> None:
    target = str(link.attrGet("href") or "")
    if target.startswith("#"):
        return
    path, mark, anchor = target.partition("#")
    inside = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
    there = ":" not in path and not inside.startswith("..") and (folder / inside).is_file()
    if there and inside.endswith(".md"):
        link.attrSet("href", path.removesuffix(".md") + ".html" + mark + anchor)
    elif there and inside.endswith(_PLAIN):
        link.attrSet("href", _FILE + inside)  # both languages link to one copy
    elif not path.startswith(("https://", "http://")):
        link.meta = {"dead": True}


def _without_dead_links(children: list[Token]) -> list[Token]:
    # a link out of the methodology (to code, to tests) has no page here: its words stay
    kept, dead = [], 0
    for child in children:
        if child.type == "link_open" and child.meta.get("dead"):
            dead += 1
        elif child.type == "link_close" and dead:
            dead -= 1
        else:
            kept.append(child)
    return kept


def in_page(html: str, files: str) -> str:
    """Return the HTML with links to plain files leading into `files`, the folder of their one copy."""
    return html.replace(f'href="{_FILE}', f'href="{files}')
