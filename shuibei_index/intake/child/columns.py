"""Columns: the cells of a large sheet column by column, figures as figures, all else as text.

A figure told as text is written out here and read again there; where a sheet has a million of them, that costs as much
as reading the workbook.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Iterable
from itertools import compress
from typing import Any

#: What a cell is: s text, n number, b true or false, d date, t date and time, u anything else.
KIND: dict[type, int] = {
    str: ord("s"),
    float: ord("n"),
    int: ord("n"),
    bool: ord("b"),
    dt.date: ord("d"),
    dt.datetime: ord("t"),
    dt.time: ord("u"),
    dt.timedelta: ord("u"),
}
#: A number that is told as a figure: its text is empty.
FIGURE = ord("f")
_TEXT, _PERCENT = b"s", ord("p")
_CODE = {**KIND, float: FIGURE}
_IS_FIGURE = bytes(int(code == FIGURE) for code in range(256))
_IS_OTHER = bytes(int(code != FIGURE) for code in range(256))
#: Between the texts of two cells. No key types it; where a cell holds it all the same, a blank takes its place.
SEPARATOR = "\x1f"


def by_column(cells: list[Any], width: int, percent: Iterable[int]) -> tuple[bytes, bytes, bytes]:
    """Return the texts of all cells, their kinds, and the figures among them, one column after the other.

    Parameters
    ----------
    cells
        Line by line, as the workbook reader gives them.
    width
        Cells in a line, not 0.
    percent
        Positions of the cells whose text is a percentage: p is their kind.
    """
    height = len(cells) // width
    texts, kinds, figures = [], bytearray(), array("d")
    for at in range(width):
        column = cells[at::width]
        try:
            # most columns hold nothing but texts, and joining finds out
            texts.append(joined(column))
            kinds += _TEXT * height
            continue
        except TypeError:
            kind = bytes(map(_CODE.__getitem__, map(type, column)))
        kinds += kind
        figures.extend(compress(column, kind.translate(_IS_FIGURE)))
        texts.append(joined(_beside(column, kind)))
    for position in percent:
        kinds[position % width * height + position // width] = _PERCENT
    return SEPARATOR.join(texts).encode("utf-8", "replace"), bytes(kinds), figures.tobytes()


def _beside(column: list[Any], kind: bytes) -> list[str]:
    # The texts of a column with figures; most often there are none.
    if kind.count(FIGURE) + kind.count(_TEXT) == len(kind) and not any(compress(column, kind.translate(_IS_OTHER))):
        return [""] * len(column)
    if FIGURE not in kind:
        return list(map(str, column))
    return [cell if type(cell) is str else "" if type(cell) is float else str(cell) for cell in column]


def joined(cells: list[str]) -> str:
    """Return the texts of cells as one, with as many separators as there are gaps."""
    text = SEPARATOR.join(cells)
    if text.count(SEPARATOR) != len(cells) - 1 and cells:
        text = SEPARATOR.join(cell.replace(SEPARATOR, " ") for cell in cells)
    return text
