"""Redrawing: whether a bulletin says what its facts say, word for word, by drawing it once more."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from shuibei_index.release.bulletin.page import GENERATOR, NO_FONT, plain_page
from shuibei_index.release.charts import CHARTS
from shuibei_index.release.facts import Facts

_DRAWN_BY = re.compile(rf'<meta name="generator" content="{GENERATOR} ([0-9a-f]{{64}})">')
_FONT = re.compile(r'src: url\(data:font/[a-z0-9]+;base64,[A-Za-z0-9+/=]*\) format\("opentype"\)')
_RELEASE = Path(__file__).parents[1]


@cache
def drawing_mark() -> str:
    """Return the digest of everything that words and draws a bulletin: it names the program that drew a page."""
    parts = [p for p in sorted(_RELEASE.rglob("*")) if p.suffix in (".py", ".html", ".css", ".toml")]
    lines = [f"{p.relative_to(_RELEASE).as_posix()} {hashlib.sha256(p.read_bytes()).hexdigest()}" for p in parts]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def redrawn(files: Mapping[str, bytes], facts: Facts) -> Iterator[tuple[str, str, str]]:
    """Yield the bulletins of a bundle that are not what their facts give: path, what is wrong in Chinese and English.

    A page names the program that drew it. Where that is this one, the page is drawn once more, around the charts of the
    bundle and without its font, and every character compared; the page of another program is left to its numbers.

    Parameters
    ----------
    files : mapping of str to bytes
        Of the release.
    facts : Facts
        Gathered from its tables.
    """
    for lang in ("zh", "en"):
        path = f"bulletin.{lang}.html"
        text = files[path].decode()
        if _DRAWN_BY.findall(text) != [drawing_mark()]:
            continue
        named = {name: f"charts/{name}.{lang}.svg" for name in CHARTS}
        charts = {name: files[chart].decode() for name, chart in named.items() if chart in files}
        expected = plain_page(facts, lang, charts, drawing_mark())
        found = _FONT.sub(NO_FONT, text, count=1)
        if found != expected:
            zh, en = _first_difference(found, expected)
            yield path, f"与由数据重绘的公报不同：{zh}", f"differs from the bulletin its data give: {en}"


def _first_difference(found: str, expected: str) -> tuple[str, str]:
    pairs = zip(found, expected, strict=False)
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(found), len(expected)))
    start = max(0, at - 20)
    shown, right = found[start : at + 20], expected[start : at + 20]
    return f"“{shown}”应为“{right}”。", f"{shown!r} should read {right!r}."
