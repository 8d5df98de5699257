"""Totals: what a totals line says beside what the lines of its table add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.checks import Checks
from shuibei_index.intake.limits import Limits
from shuibei_index.intake.lines import STATED, Skipped
from shuibei_index.intake.numbers import parse_numbers
from shuibei_index.intake.reports import Layout
from shuibei_index.intake.schema import SUBMISSION

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_TITLES = {c.name: c.name_zh for c in SUBMISSION}
#: Columns of the units of what a totals line states.
_UNITS = {"amount": "amount_unit", "weight": "weight_unit", "net_weight": "weight_unit"}
_NOISE = 1e-12
_DECIMALS = 9


@dataclass(frozen=True)
class Table:
    """The records of one table: its number, where they stand in the table of reports, their lines in the file."""

    block: int
    first: int
    lines: Ints


def stated_totals(
    skipped: Sequence[Skipped],
    records: pa.Table,
    layout: Layout,
    refused: Mapping[str, Ints],
    files: Sequence[tuple[int, str, str]],
    checks: Checks,
    limits: Limits,
) -> list[pd.DataFrame]:
    """Return the findings on totals lines whose figures are not the sum of the lines.

    Parameters
    ----------
    skipped
        Lines that are no records; those under `totals_row` with their cells.
    records : pyarrow.Table
        All records, in the order of tables and lines; figures as written.
    layout : Layout
        Where the tables begin, and how cells are called.
    refused
        By column, the records whose cell could not be read: their table is not added up.
    files
        Receipt, file and sheet of each table.
    checks : Checks
    limits : Limits
        With the rules `stated_total_room` and `stated_total_line_room`.

    Notes
    -----
    A total agrees with all lines of its table, with those above it, or with those since the totals line before
    (本页小计); figures are added as they stand, as a spreadsheet does.
    """
    frames = []
    starts = layout.starts
    ends = np.append(starts[1:], records.num_rows)
    row = records.column("row").to_numpy()
    for entry in skipped:
        if entry.rule != "totals_row":
            continue
        for block in np.unique(entry.block).tolist():
            at = np.flatnonzero(entry.block == block)
            at = at[np.argsort(entry.lines[at])]
            table = Table(block, int(starts[block]), row[starts[block] : ends[block]])
            if table.lines.size:
                frames += _of_table(table, entry, at, records, layout, refused, files[block], checks, limits)
    return frames


def _of_table(
    table: Table,
    entry: Skipped,
    at: Ints,
    records: pa.Table,
    layout: Layout,
    refused: Mapping[str, Ints],
    file: tuple[int, str, str],
    checks: Checks,
    limits: Limits,
) -> list[pd.DataFrame]:
    own = records.slice(table.first, table.lines.size)
    lines = entry.lines[at]
    # totals lines among the records: how many records stand above each, and above the one before it
    above = np.searchsorted(table.lines, lines)
    since = np.concatenate([[0], above[:-1]])
    frames = []
    for column in STATED:
        bad = refused.get(column, np.empty(0, dtype=np.int64))
        if column not in entry.cells or ((bad >= table.first) & (bad < table.first + table.lines.size)).any():
            continue
        written = pc.utf8_trim_whitespace(entry.cells[column].take(pa.array(at)))
        read = parse_numbers(written, affix="yuan" if "amount" in column else "")
        stated = np.asarray(read.values, dtype=np.float64)
        figures = pc.fill_null(own.column(column).cast(pa.float64()), 0.0).to_numpy()
        run = np.concatenate([[0.0], np.cumsum(figures)])
        sums = np.stack([np.full(at.size, run[-1]), run[above], run[above] - run[since]])
        counts = np.stack([np.full(at.size, table.lines.size), above, above - since])
        step = 0.0 if column == "pieces" else limits.total_line_room * 10.0 ** -_decimals(figures)
        room = limits.total_room * 10.0 ** -_written_decimals(written) + step * counts
        room = room + _NOISE * np.abs(figures).sum()
        wrong = np.flatnonzero(~np.isnan(stated) & ~(np.abs(sums - stated) <= room).any(axis=0))
        if not wrong.size:
            continue
        receipt, name, sheet = file
        number = pa.array(lines[wrong]).cast(pa.string())
        place = layout.places[table.block].get(column, f"{_TITLES[column]} ")
        told: dict[str, Any] = {
            "line": number,
            "value": written.take(pa.array(wrong)),
            "actual": [_figure(value) for value in run[np.full(wrong.size, -1)].tolist()],
            "difference": [_figure(value) for value in (stated - run[-1])[wrong].tolist()],
            "unit": _units(own, _UNITS.get(column, "")),
        }
        frame = checks.find(
            "stated_total",
            enterprise_id=_only(own, "enterprise_id"),
            period=_only(own, "period"),
            file=name,
            sheet=sheet,
            cell=pc.binary_join_element_wise(pa.scalar(place), number, ""),
            column=_TITLES[column],
            column_en=column,
            expected=told["actual"],
            count=str(table.lines.size),
            **told,
        )
        frames.append(frame.assign(_receipt=receipt, _row=-1))
    return frames


def _decimals(values: Floats) -> int:
    """Return the decimals of the figure with most of them, at most nine."""
    for digits in range(_DECIMALS):
        scaled = values * 10.0**digits
        if (np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.maximum(1.0, np.abs(scaled))).all():
            return digits
    return _DECIMALS


def _written_decimals(texts: pa.Array) -> Floats:
    after = pc.struct_field(pc.extract_regex(texts, r"\.(?P<digits>[0-9]+)"), "digits")
    length = pc.fill_null(pc.utf8_length(after), 0)
    # what a program wrote for a whole number: 300.0
    whole = pc.fill_null(pc.match_substring_regex(after, "^0$"), False)
    return np.asarray(pc.if_else(whole, 0, length).to_numpy(zero_copy_only=False), dtype=np.float64)


def _figure(value: float) -> str:
    return f"{value:,.9f}".rstrip("0").rstrip(".")


def _words(records: pa.Table, name: str) -> list[str]:
    found = pc.unique(records.column(name).cast(pa.string())).to_pylist()
    return sorted(word for word in found if word)


def _only(records: pa.Table, name: str) -> str:
    words = _words(records, name)
    return words[0] if len(words) == 1 else ""


def _units(records: pa.Table, name: str) -> str:
    words = "/".join(_words(records, name)) if name else ""
    return f" {words}" if words else ""
