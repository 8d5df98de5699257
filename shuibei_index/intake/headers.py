"""Headers: which line of a table names its columns, and what each name means."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.intake.variants import translation

#: Units a header may carry in brackets because the column has no other: anything else would have to be guessed.
_UNITS: dict[str, frozenset[str]] = {
    "amount": frozenset({"元", "人民币元", "yuan", "cny", "rmb"}),
    "stone_amount": frozenset({"元", "人民币元", "yuan", "cny", "rmb"}),
    "metal_price": frozenset({"元/克", "元/g", "cny/g", "yuan/g"}),
    "loss_rate": frozenset({"%", "百分比"}),
    "stone_carat": frozenset({"ct", "克拉", "carat"}),
    "fineness": frozenset({"‰", "千分比"}),
    "pieces": frozenset({"件", "pcs", "pieces"}),
    "period": frozenset({"yyyy-mm", "年月"}),
}
#: Characters of a header that are looked at; a longer text is no header.
_LONGEST = 100
_BRACKET = re.compile(r"^(.*?)[(\[](.+?)[)\]]$")
#: What separates words of a header, marks a column to be filled in, or cannot be seen (a second byte order mark).
_GAPS = re.compile(r"[\s_\-*\u200b-\u200f\u2060\ufeff]+")
_TITLES = {c.name: f"{c.name_zh} {c.name}" for c in SUBMISSION}
REQUIRED: tuple[str, ...] = tuple(c.name for c in SUBMISSION if c.required)


def _key(text: str) -> str:
    return _GAPS.sub("", unicodedata.normalize("NFKC", text)).casefold().translate(translation())


_KNOWN: dict[str, str] = {_key(name): c.name for c in SUBMISSION for name in (c.name, c.name_zh)}


@dataclass(frozen=True)
class Header:
    """The header of one table.

    Attributes
    ----------
    line : int
        Its line, counted from 1.
    positions : tuple of (str, int, str)
        Canonical column, position counted from 0, the header as written.
    unknown : tuple of (int, str)
        Position and text of headers that mean nothing to us.
    unit_refused : tuple of (int, str, str)
        Position, text and column of headers that carry a unit their column does not allow.
    width : int
        Position after the last header that is not empty.
    yuan : bool
        The header of the amount says it is in yuan.
    """

    line: int
    positions: tuple[tuple[str, int, str], ...]
    unknown: tuple[tuple[int, str], ...]
    unit_refused: tuple[tuple[int, str, str], ...]
    width: int
    yuan: bool

    @property
    def columns(self) -> dict[str, int]:
        """Canonical column → position (the first, if a name stands twice)."""
        return {name: position for name, position, _ in reversed(self.positions)}

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns that are not there, in both languages."""
        there = {name for name, _, _ in self.positions}
        return tuple(_TITLES[name] for name in REQUIRED if name not in there)

    @property
    def duplicates(self) -> tuple[str, ...]:
        """Columns that stand twice, in both languages."""
        names = [name for name, _, _ in self.positions]
        return tuple(dict.fromkeys(_TITLES[name] for name in names if names.count(name) > 1))


@lru_cache(maxsize=4096)
def column_of(text: str) -> tuple[str, str]:
    """Return (canonical column, unit in brackets) of a header, or ("", "").

    Examples
    --------
    >>> column_of(" 金额（元） "), column_of("Line No"), column_of("重量(千克)"), column_of("电话")
    (('amount', '元'), ('line_no', ''), ('weight', '千克'), ('', ''))
    """
    key = _key(text[:_LONGEST])
    if key in _KNOWN:
        return _KNOWN[key], ""
    bracket = _BRACKET.match(key)
    if bracket and bracket[1] in _KNOWN:
        return _KNOWN[bracket[1]], bracket[2]
    return "", ""


@lru_cache(maxsize=1024)
def recognise(cells: tuple[str, ...], line: int = 1) -> Header:
    """Say what each cell of a header line means."""
    positions, unknown, refused, yuan = [], [], [], False
    width = 0
    for at, text in enumerate(cells):
        if not text.strip():
            continue
        width = at + 1
        name, unit = column_of(text)
        if not name:
            unknown.append((at, text.strip()))
        elif unit and unit not in _UNITS.get(name, frozenset()):
            refused.append((at, text.strip(), name))
        else:
            positions.append((name, at, text.strip()))
            yuan = yuan or (name == "amount" and bool(unit))
    return Header(line, tuple(positions), tuple(unknown), tuple(refused), width, yuan)


def find_header(lines: Sequence[Sequence[str]], first_line: int = 1) -> Header | None:
    """Return the header among the first lines of a table.

    The first line with every required column; else the line with most known names, if it has at least three: its
    shortcomings can then be named. None if there is no such line.
    """
    best: Header | None = None
    for number, cells in enumerate(lines, start=first_line):
        header = recognise(tuple(cells), number)
        if header.positions and not header.missing:
            return header
        if len(header.positions) >= 3 and (best is None or len(header.positions) > len(best.positions)):
            best = header
    return best


def nearest(text: str) -> str:
    """Return the known header most like `text`, in both languages, or an empty string.

    Examples
    --------
    >>> nearest("企业代号"), nearest("xyz")
    ('企业代码 enterprise_id', '')
    """
    near = difflib.get_close_matches(_key(text[:_LONGEST]), list(_KNOWN), n=1, cutoff=0.5)
    return _TITLES[_KNOWN[near[0]]] if near else ""
