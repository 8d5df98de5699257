"""Build a site: read what is new, keep what is not, render, write."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from shuibei_index.errors import UsageError
from shuibei_index.release import Release
from shuibei_index.resources import methodology_dir
from shuibei_index.site import api, history
from shuibei_index.site.address import LANGUAGES, in_language
from shuibei_index.site.coming import coming_rows, past_rows
from shuibei_index.site.corrections import with_corrections
from shuibei_index.site.figures import class_figures, class_quality, parents, printed_indices
from shuibei_index.site.literal import dumps, loads
from shuibei_index.site.method_pages import inputs, write_methodology
from shuibei_index.site.output import Output
from shuibei_index.site.palette import style_sheet
from shuibei_index.site.record import record
from shuibei_index.site.render import SiteFacts, render, render_feed
from shuibei_index.site.result import SiteResult
from shuibei_index.site.sources import Source, find_sources, public_sources
from shuibei_index.site.views import Views
from shuibei_index.version import __version__

ROOM = Path(__file__).parent
BUNDLES = ("all", "latest")
#: Releases a feed lists.
FEED = 24


@dataclass(frozen=True)
class _Gathered:
    records: list[dict[str, Any]]
    history: pd.DataFrame
    latest: Release
    n_read: int


def build_site(
    source: str | Path,
    out: str | Path,
    *,
    base_url: str = "",
    bundles: str = "all",
    at: str = "",
    force: bool = False,
) -> SiteResult:
    """Build the website of all releases of a workspace, or of a folder of bundles.

    The same releases give the same bytes, whether the folder was empty or held an earlier build; no clock is read.

    Parameters
    ----------
    source : str or Path
        A workspace, or a folder whose subfolders are bundles.
    out : str or Path
        New folder, or one that holds an earlier build of the site: then only what changed is read and written.
    base_url : str, optional
        Where the site will stand, for search engines and feeds, e.g. "https://example.org/index/". Without it their
        addresses are relative, which a sitemap does not allow.
    bundles : str, optional
        "all" copies every bundle whole, "latest" that of the latest vintage only.
    at : str, optional
        The time it is, needed where a release has an embargo: one whose embargo is not over is left out of everything.
    force : bool, optional
        Read and render everything again.

    Returns
    -------
    SiteResult

    Raises
    ------
    UsageError
        There is no release; `out` holds something else; `base_url` is not the address of a folder on the web.
    ReleaseError
        A bundle is damaged.
    GateError
        A release has an embargo and no time is given, or none is public yet.
    """
    base_url = _checked(base_url)
    if bundles not in BUNDLES:
        raise UsageError(
            f"bundles is {bundles!r}; expected one of {', '.join(BUNDLES)}", zh="bundles 应为 all 或 latest"
        )
    folder = methodology_dir()
    (sources, embargoed), output = public_sources(find_sources(source), at), Output.open(Path(out))
    key = _key(base_url)
    if force or output.old.get("key") != key:
        output.old = {"files": output.old.get("files", {})}
    found = _gather(sources, output, bundles)
    latest = next(r for r in found.records if r["release"] == found.latest.name)
    site = SiteFacts(
        name=dict(latest["title"]), description=dict(latest["headline"]), base_url=base_url, version=__version__
    )
    indices = printed_indices(found.latest)
    figures = class_figures(indices)
    policy = found.latest.about.policy
    decimals = {r["release"]: (r["decimals"]["index"], r["decimals"]["rate"]) for r in found.records}
    printed = history.printed_history(found.history, decimals)
    views = Views(
        site=site,
        records=found.records,
        latest=latest,
        figures=figures,
        quality=class_quality(found.latest),
        printed=printed,
        copied=frozenset(r["release"] for r in found.records if bundles == "all" or r is latest),
        coming=coming_rows(latest, policy, {s.about.period: s.about.embargo_until for s in embargoed}),
        past=past_rows(found.records, policy),
    )
    about = {"api": "v1", "site": site.name}
    for path, text in api.lists(found.records, latest, about):
        output.put(path, text.encode())
    output.put("api/v1/calendar.json", api.calendar_json(views.coming, views.past, about).encode())
    above = parents(latest["classes"])
    output.put("api/v1/classes.json", api.classes_json(latest, figures, above, about).encode())
    output.put(api.HISTORY, history.history_csv(printed))
    for path, content in api.series_files(indices, figures, latest):
        output.put(path, content)
    for path, content in api.vintage_files(printed, views.order):
        output.put(path, content)
    for page in views.pages():
        for lang in LANGUAGES:
            if not output.keep_made(in_language(page.path, lang), page.inputs):
                output.put(*render(page, lang, site))
    write_methodology(output, folder, site, latest)
    _assets(output)
    for lang in LANGUAGES:
        entries = sorted(found.records, key=lambda r: r["released_on"], reverse=True)[:FEED]
        for template in ("atom.xml", "rss.xml"):
            output.put(*render_feed(template, lang, site, entries))
    html = sorted(p for p in output.files if p.endswith(".html") and not p.startswith("bundles/"))
    for path, text in _for_robots(html, site, latest):
        output.put(path, text.encode())
    removed = output.close(
        {"key": key, "methodology": inputs(folder, site, latest), "releases": {s.name: s.digest for s in sources}}
    )
    return SiteResult(
        Path(out), latest["release"], len(sources), found.n_read, len(html), len(output.files), output.written, removed,
        len(embargoed),
    )  # fmt: skip


def _checked(base_url: str) -> str:
    parts = urlsplit(base_url)
    if base_url and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment):
        raise UsageError(
            f"base_url is {base_url!r}; expected the address of a folder, e.g. https://example.org/index/",
            zh=f"base-url {base_url!r} 无效，应为网站目录地址，如 https://example.org/index/",
        )
    return base_url.rstrip("/") + "/" if base_url else ""


def _key(base_url: str) -> str:
    # another program, template or address is another site: nothing of the old one is taken over
    digest = hashlib.sha256(f"{__version__}\n{base_url}\n".encode())
    for path in sorted(ROOM.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(ROOM).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _gather(sources: list[Source], output: Output, bundles: str) -> _Gathered:
    latest = max(sources, key=lambda s: s.place)
    old = output.old.get("releases", {})
    kept = [s for s in sources if old.get(s.name) == s.digest and output.intact(api.record_path(s.name))]
    appended = sources[: len(kept)] == kept and bool(kept) and len(old) == len(kept) and output.intact(api.HISTORY)
    if not appended:
        kept = []
    records, parts, known, newest, n_read = [], [], None, None, 0
    if kept:
        known = history.read_history((output.root / api.HISTORY).read_bytes())
    for place, one in enumerate(sources):
        wanted = bundles == "all" or one is latest
        path = api.record_path(one.name)
        if place < len(kept):
            records.append(loads((output.root / path).read_bytes()))
            paths = [f"bundles/{one.name}/{file['path']}" for file in records[-1]["files"]] if wanted else []
            output.keep(path)
            if all(output.keep(p) for p in paths) and one is not latest:
                continue
        release = one.read()
        n_read += 1
        if place >= len(kept):
            records.append(loads(dumps(record(one, release))))
            parts.append(history.published_rows(release.files["indices.csv"], one.name))
        if wanted:
            # what the manifest does not name was not released
            for file in records[-1]["files"]:
                output.put(f"bundles/{one.name}/{file['path']}", release.files[file["path"]])
        if one is latest:
            newest = release
    order = [s.name for s in sources]
    whole = history.fold(known, parts, order) if parts or known is None else known
    assert newest is not None, "the latest vintage is always read"
    told = with_corrections(records)
    for place, (before, now) in enumerate(zip(records, told, strict=True)):
        if place >= len(kept) or before != now:
            output.put(api.record_path(now["release"]), (dumps(api.marked(now)) + "\n").encode())
    return _Gathered(told, whole, newest, n_read)


def _assets(output: Output) -> None:
    output.put("assets/site.css", (style_sheet() + (ROOM / "assets/site.css").read_text(encoding="utf-8")).encode())
    for name in ("figures.js", "chart.js", "explorer.js", "triangle.js", "icon.svg"):
        output.put(f"assets/{name}", (ROOM / "assets" / name).read_bytes())
    output.put("assets/plot.js", (ROOM / "assets/vendor/plot.js").read_bytes())
    output.put("assets/LICENSE.txt", (ROOM / "assets/vendor/LICENSE.txt").read_bytes())


def _for_robots(html: list[str], site: SiteFacts, latest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    rows = "".join(
        f"<url><loc>{escape(site.full(path, ''))}</loc><lastmod>{latest['released_on']}</lastmod></url>\n"
        for path in html
    )
    note = "" if site.base_url else "<!-- built without base_url: addresses are relative to the root of the site -->\n"
    yield (
        "sitemap.xml",
        f'<?xml version="1.0" encoding="UTF-8"?>\n{note}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{rows}</urlset>\n",
    )
    told = f"Sitemap: {site.base_url}sitemap.xml\n" if site.base_url else ""
    yield "robots.txt", f"User-agent: *\nAllow: /\n{told}"
