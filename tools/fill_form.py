"""Fill in a reporting form as a firm would: type each cell, and only what its drop-down or limit lets pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.utils import range_boundaries
from openpyxl.workbook import Workbook as Book
from openpyxl.worksheet.datavalidation import DataValidation

from shuibei_index.intake.schema import CODES, SUBMISSION
from shuibei_index.templates.words import REPORT
from shuibei_index.templates.workbook import FIRST

NAMES = [column.name for column in SUBMISSION]
#: Columns of a form that are filled in already and locked.
_FIXED = ("enterprise_id", "period", "line_no")


class RefusedCellError(ValueError):
    """Excel would not have let the value be typed."""


def form_values(records: pd.DataFrame) -> list[dict[str, Any]]:
    """Return records, as `read_submissions` gives them, in the words a form offers; empty cells are left out."""
    frame = records[[name for name in NAMES if name not in _FIXED]].astype(object)
    for name in set(CODES) & set(frame):
        frame[name] = frame[name].map(CODES[name])
    frame = frame.astype(object).where(frame.notna(), None)
    lines = [{name: value for name, value in row.items() if value is not None} for row in frame.to_dict("records")]
    for line in lines:
        if "deal_time" in line:
            line["deal_time"] = pd.Timestamp(str(line["deal_time"])).to_pydatetime()
    return lines


def fill_form(form: str | Path, lines: Sequence[Mapping[str, Any]], out: str | Path) -> Path:
    """Type lines into a form: an item's first deal on its own line, all else on the empty lines below.

    Raises
    ------
    RefusedCellError
        A value is not one the cell takes, or the form has too few empty lines.
    """
    book = openpyxl.load_workbook(form)
    sheet = book[REPORT]
    item = NAMES.index("item_id") + 1
    codes = {row: sheet.cell(row, item).value for row in range(FIRST + 1, sheet.max_row + 1)}
    own = {code: row for row, code in codes.items() if code}
    spare = [row for row, code in codes.items() if not code]
    allowed = _Allowed(book)
    for line in lines:
        row = own.pop(line["item_id"], 0) or (spare.pop(0) if spare else 0)
        if not row:
            raise RefusedCellError(f"no empty line left for item {line['item_id']}")
        for name, value in line.items():
            allowed.check(row, name, value)
            sheet.cell(row, NAMES.index(name) + 1).value = value
    book.save(out)
    return Path(out)


class _Allowed:
    """What each cell of the sheet to fill in takes."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._at: dict[int, list[tuple[int, int, DataValidation]]] = {}
        self._lists: dict[str, set[str]] = {}
        for rule in book[REPORT].data_validations.dataValidation:
            for span in rule.sqref.ranges:
                left, top, right, bottom = range_boundaries(span.coord)
                for column in range(left, right + 1):
                    self._at.setdefault(column, []).append((top, bottom, rule))

    def check(self, row: int, name: str, value: Any) -> None:
        for top, bottom, rule in self._at.get(NAMES.index(name) + 1, []):
            if top <= row <= bottom and rule.showErrorMessage and not self._takes(rule, value):
                raise RefusedCellError(f"line {row}, {name}: the form does not take {value!r}")

    def _takes(self, rule: DataValidation, value: Any) -> bool:
        if rule.type == "list":
            return str(value) in self._words(str(rule.formula1))
        if rule.type in ("whole", "decimal", "date"):
            number = (value - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1) if rule.type == "date" else value
            whole = rule.type != "whole" or float(number).is_integer()
            below = rule.formula2 is None or number <= float(rule.formula2)
            return whole and float(rule.formula1) <= number and below
        return True

    def _words(self, source: str) -> set[str]:
        if source not in self._lists:
            if source.startswith('"'):
                words = source.strip('"').split(",")
            else:
                name, _, span = source.rpartition("!")
                cells = self._book[name.strip("'")][span.replace("$", "")]
                words = [str(row[0].value) for row in (cells if isinstance(cells, tuple) else ((cells,),))]
            self._lists[source] = set(words)
        return self._lists[source]
