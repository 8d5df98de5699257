"""Cells: how a place in a sheet is written, and which number formats show percentages."""

from __future__ import annotations

import re

#: Number formats 9 and 10 of every workbook: 0% and 0.00%.
PERCENT = frozenset({9, 10})
#: What a number format shows as it stands: in it, a percent sign means nothing.
QUOTED = re.compile(rb'"[^"]*"|\\.')


def letters(position: int) -> str:
    """Return the letters of a column counted from 0.

    Examples
    --------
    >>> letters(0), letters(25), letters(26), letters(16383)
    ('A', 'Z', 'AA', 'XFD')
    """
    text, position = "", position + 1
    while position:
        position, rest = divmod(position - 1, 26)
        text = chr(65 + rest) + text
    return text


def position(letters: str) -> int:
    """Return the position of a column, counted from 0, by its letters.

    Examples
    --------
    >>> position("A"), position("XFD")
    (0, 16383)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
