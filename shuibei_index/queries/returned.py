"""Returned: the sheet of a letter that came back, line by line under its titles, and the cells nobody can read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from shuibei_index.intake.block import FileFault
from shuibei_index.intake.child.cells import letters, position
from shuibei_index.intake.sheet import Sheet
from shuibei_index.queries.workbook import ANSWER_LABEL, FIRM_LABEL, ID_LABEL, SHEET

_REFERENCE = re.compile(r"([A-Z]{1,3})(\d+)")


@dataclass(frozen=True)
class Unread:
    """A cell that holds something, but nothing that can be read: its place, the check that says why, its text."""

    cell: str
    rule: str
    value: str = ""


@dataclass(frozen=True)
class Returned:
    """The sheet of queries of one workbook.

    Attributes
    ----------
    firm : str
        The firm the letter names; "" = none.
    rows : DataFrame
        The filled lines below the header: text under each title, and `line`, the number of the line in the sheet.
    unread : mapping
        (line, title) → what stands there and cannot be read.
    stray : mapping
        line → cell and text of what stands in a column without a title, or with one that stands twice.
    """

    firm: str
    rows: pd.DataFrame
    unread: Mapping[tuple[str, str], Unread]
    stray: Mapping[str, tuple[str, str]]


def read_sheet(told: list[dict[str, Any]]) -> Returned:
    """Read the sheets of a workbook, as `Parser.read` gives them, as a letter.

    Raises
    ------
    FileFault
        It is no letter.
    """
    sheet = next((Sheet(s) for s in told if s["name"] == SHEET and s["width"]), None)
    if sheet is None:
        raise FileFault("answer_sheet")
    grid = [[text.strip() for text in sheet.line(at, sheet.width)] for at in range(sheet.height)]
    head = next((at for at, row in enumerate(grid) if ID_LABEL in row and ANSWER_LABEL in row), None)
    if head is None:
        raise FileFault("answer_sheet")
    firm = next((next((c for c in row[1:] if c), "") for row in grid[:head] if row[0] == FIRM_LABEL), "")
    titles = grid[head]
    whole = pd.DataFrame(grid[head + 1 :], columns=range(len(titles)), dtype=object)
    whole["line"] = [str(sheet.top + head + 2 + at) for at in range(len(whole))]
    twice = {title for title in titles if titles.count(title) > 1}
    # the first column of a title counts, whatever stands under the same title once more is nobody's
    loose = [at for at, title in enumerate(titles) if not title or title in titles[:at]]
    stray: dict[str, tuple[str, str]] = {}
    for at in loose:
        for line, text in whole.loc[whole[at] != "", ["line", at]].to_numpy().tolist():
            stray.setdefault(line, (f"{letters(sheet.left + at)}{line}", text))
    unread = {
        (line, titles[column - sheet.left]): Unread(f"{letters(column)}{line}", rule, value)
        for line, column, rule, value in _unread(sheet, sheet.top + head + 1)
        if 0 <= column - sheet.left < len(titles) and titles[column - sheet.left] not in twice
    }
    rows = whole.drop(columns=loose).rename(columns=dict(enumerate(titles)))
    told_of = rows["line"].isin({line for line, _ in unread} | set(stray))
    return Returned(firm, rows[(rows.drop(columns="line") != "").any(axis=1) | told_of], unread, stray)


def _unread(sheet: Sheet, header: int) -> Iterator[tuple[str, int, str, str]]:
    # line, column from 0, check, text of each cell below the line `header` whose content cannot be told
    facts = sheet.facts
    for top, left, bottom, right in facts.get("merged", []):
        for line in range(max(top + 1, header + 1), min(bottom + 1, sheet.top + sheet.height) + 1):
            yield from ((str(line), column, "answer_merged", "") for column in range(left, right + 1))
    told = [(cell, "formula_without_value", "") for cell in facts.get("empty_formulas", [])]
    told += [(cell, "error_cell", value) for cell, value in facts.get("errors", [])]
    for cell, rule, value in told:
        place = _REFERENCE.fullmatch(cell)
        if place and int(place[2]) > header:
            yield place[2], position(place[1]), rule, value
