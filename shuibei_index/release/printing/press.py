"""The press: sets a bulletin on A4 by Typst, with the shipped typeface alone; the same page gives the same bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shuibei_index.errors import ReleaseError, first_few
from shuibei_index.release.about import About, as_date
from shuibei_index.release.embargo import stamp
from shuibei_index.release.labels import LABELS
from shuibei_index.release.palette import COLOURS
from shuibei_index.release.printing.document import document, text_of
from shuibei_index.release.typeface import FONT, missing

if TYPE_CHECKING:
    from types import ModuleType

TEMPLATE = Path(__file__).parent / "bulletin.typ"
#: Archival and accessible: ISO 19005-2 level A, ISO 14289-1.
STANDARDS = ("a-2a", "ua-1")
_PAGES = {"zh": ("第 ", " 页，共 ", " 页"), "en": ("Page ", " of ", "")}
# no line of paper holds a word of this length: it may break anywhere
_LONG = re.compile(r"[^\s\u2e80-\uffef]{28,}")
_BREAK = "\u200b"


def pdf(html: str, about: About) -> bytes:
    """Return the bulletin as PDF.

    Parameters
    ----------
    html : str
        The finished page, as `release.bulletin.bulletin` makes it: what it says is what is printed.
    about : About
        Of the release: its day is the day of the document; embargo and trial are marked on every page.

    Returns
    -------
    bytes
        PDF/A-2a and PDF/UA-1, A4, with the shipped typeface embedded. No clock, locale, folder, font of the machine
        or network has a part in it.

    Raises
    ------
    ReleaseError
        Typst is not installed; the font lacks a character; the page has an element nobody said how to print.

    Notes
    -----
    Keywords of the document name the page (sha256) and the press (`press_mark`), for `differences`.
    """
    typst = _typst()
    said = document(html)
    lang = said["lang"]
    stamps = [stamp(about.embargo_until, lang)] if about.embargo_until else []
    stamps += [LABELS[lang]["trial"]] if about.trial else []
    lacking = missing("".join([text_of(said), said["title"], said["series"], said["release"], *stamps]))
    if lacking:
        raise ReleaseError(
            f"the shipped font lacks {first_few(lacking)}; reword the name or note, or extend tools/subset_font.py",
            zh=f"随附字体缺少 {first_few(lacking)}；请改写名称或备注，或扩充 tools/subset_font.py",
        )
    day = as_date(about.released_on, "released_on")
    content = {
        **said,
        "blocks": _breakable(said["blocks"]),
        "stamps": stamps,
        "pages": _PAGES[lang],
        "date": [day.year, day.month, day.day],
        "font": "Noto Sans SC",
        "colours": {name: light for name, (light, _) in COLOURS.items()},
        "keywords": [f"page:{page_mark(html)}", f"press:{press_mark()}"],
    }
    try:
        compiler = typst.Compiler(
            TEMPLATE.read_bytes(),
            root=str(TEMPLATE.parent),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"document": json.dumps(content, ensure_ascii=False, sort_keys=True)},
        )
        made: bytes = compiler.compile(
            format="pdf",
            pdf_standards=list(STANDARDS),
            timestamp=int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp()),
        )
    except typst.TypstError as error:
        raise ReleaseError(f"the bulletin cannot be printed: {error}", zh=f"公报无法排印：{error}") from error
    return made


def page_mark(html: str) -> str:
    """Return the name of a page by which its PDF knows it: sha256 of its bytes."""
    return hashlib.sha256(html.encode()).hexdigest()


@cache
def press_mark() -> str:
    """Return what the bytes of a PDF depend on beside the page: Typst's version, template, typeface, this program."""
    digest = hashlib.sha256()
    for path in (*sorted(Path(__file__).parent.glob("*.py")), TEMPLATE, FONT):
        digest.update(path.read_bytes())
    return f"typst-{_typst().__version__}-{digest.hexdigest()[:16]}"


def _typst() -> ModuleType:
    try:
        import typst
    except ModuleNotFoundError as error:
        raise ReleaseError(
            "the bulletin cannot be printed: the package typst is not installed; install it by 'pip install typst'",
            zh="公报无法排印：缺少 typst 包，请运行 pip install typst",
        ) from error
    return typst


@cache
def _fonts() -> Any:
    return _typst().Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONT.parent)])


def _breakable(value: Any) -> Any:
    """Return the blocks with places to break in words longer than a line; what is no text of theirs stays."""
    if isinstance(value, dict):
        return {name: one if name in ("svg", "kind", "style") else _breakable(one) for name, one in value.items()}
    if isinstance(value, list):
        if len(value) == 3 and all(isinstance(one, str) for one in value):
            return [_LONG.sub(lambda m: _BREAK.join(re.findall(".{1,14}", m[0])), value[0]), *value[1:]]
        return [_breakable(one) for one in value]
    return value
