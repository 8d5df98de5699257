"""Columns of a table on paper: how wide each is, from the longest word and the longest figure in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

# A4 less its margins, in the size of a table's letters (184 mm / 8 pt)
LINE = 65.0
_PADDING, _INDENT = 1.1, 0.9
_FIRST, _TEXT = 13.0, 13.0
# a column of names takes what is left, up to what its longest name needs
_LONGEST = 34.0
# a heading may take about so many and one more, for words of unequal length
_HEADING_LINES = 2.5


def width(text: str) -> float:
    """Return about how wide a text is, in the size of its letters.

    Examples
    --------
    >>> width("足金"), round(width("98.03"), 2)
    (2.0, 2.75)
    """
    return sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.55 for c in text)


def widths(head: list[dict[str, Any]], rows: list[dict[str, Any]], count: int) -> list[float]:
    """Return the width of every column, in the size of the letters; together no more than the line.

    Parameters
    ----------
    head, rows : list of dict
        Rows of the table, as `document` has them.
    count : int
        Number of columns.
    """
    if not count:
        return []
    need = [0.0] * count
    flexible = {0}
    for part in (head, rows):
        for row, place, cell in ((one, *placed) for one in part for placed in _placed(one)):
            if cell["text"]:
                flexible.add(place)
            if cell["span"] == 1:
                indent = _INDENT * max(0, row["level"] - 1) if place == 0 else 0.0
                need[place] = max(need[place], _need(cell["runs"], heading=part is head) + indent + _PADDING)
    fixed = [min(wide, _LONGEST) for wide in need]
    least = [min(fixed[k], _FIRST if k == 0 else _TEXT) if k in flexible else fixed[k] for k in range(count)]
    left = LINE - sum(least)
    if left < 0:
        return [round(wide * LINE / sum(least), 3) for wide in least]
    wanted = [fixed[k] - least[k] if k in flexible else 0.0 for k in range(count)]
    share = min(1.0, left / sum(wanted)) if sum(wanted) else 0.0
    result = [wide + share * more for wide, more in zip(least, wanted, strict=True)]
    # what is still left: to the columns of figures evenly, so that the table spans the page
    rest = (LINE - sum(result)) / max(count, 1)
    return [round(wide + rest, 3) for wide in result]


def _placed(row: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    place = 0
    for cell in row["cells"]:
        yield place, cell
        place += cell["span"]


def _need(runs: list[list[str]], heading: bool) -> float:
    if not heading:
        return width("".join(said for said, _, _ in runs))
    # a heading breaks between words, and in Chinese where the page says so
    pieces = "".join("\n" if style == "wbr" else said for said, style, _ in runs)
    longest = max((width(word) for word in re.split(r"[ \n]", pieces)), default=0.0)
    return max(longest, width(pieces) / _HEADING_LINES)
