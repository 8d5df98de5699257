"""Places: where in the copy of a file a finding stands, from the name of its cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.templates.grids import Grid

_CELL = r"(?:^|\s)([A-Z]{1,3})([0-9]{1,7})(?::[A-Z]{1,3}[0-9]{1,7})?$"
_LINE = r"^([0-9]{1,9}):[0-9]{1,9}$"
_TITLED = r"^(.*\S)\s+([0-9]{1,9})$"
#: What a sheet of Excel can hold.
_LINES, _LETTERS = 1_048_576, 16_384
_NAMES = {name: column.name for column in SUBMISSION for name in (column.name, column.name_zh)}


def place_findings(findings: pd.DataFrame, grids: Sequence[Grid]) -> pd.DataFrame:
    """Add to findings where they stand.

    Returns
    -------
    DataFrame
        With grid (number of the sheet; −1 = nowhere in particular), at_row and at_column (from 0; column −1 = the
        whole line).

    Examples
    --------
    >>> found = pd.DataFrame({"sheet": ["", "", ""], "cell": ["金额 K12", "7:7", ""]})
    >>> place_findings(found, [Grid("", 0, 0, [["x"]])])[["grid", "at_row", "at_column"]].to_numpy().tolist()
    [[0, 11, 10], [0, 6, -1], [-1, -1, -1]]
    """
    cell = findings["cell"].fillna("").astype(str)
    sheet = findings["sheet"].fillna("").astype(str)
    number = sheet.map({grid.name: at for at, grid in enumerate(grids)}).fillna(-1).astype(int).to_numpy()
    row, column = np.full(len(findings), -1), np.full(len(findings), -1)
    known = np.zeros(len(findings), dtype=bool)
    named = cell.str.extract(_CELL)
    hit = named[0].notna().to_numpy()
    row[hit] = named.loc[hit, 1].astype(int) - 1
    column[hit] = _position(named.loc[hit, 0])
    known |= hit
    line = cell.str.extract(_LINE)[0]
    hit = line.notna().to_numpy() & ~known
    row[hit] = line[hit].astype(int) - 1
    known |= hit
    titled = cell.str.extract(_TITLED)
    hit = titled[0].notna().to_numpy() & ~known
    # Parquet has no letters: the record's number counts from 1, below a line with the names
    titles = next((grid.titles for grid in grids if grid.titles is not None), None)
    if titles is not None:
        row[hit] = titled.loc[hit, 1].astype(int)
        column[hit] = titled.loc[hit, 0].map(_NAMES).map(titles).fillna(-1).astype(int)
        of_line = line.notna().to_numpy()
        row[of_line] += 1
        known |= hit
    grid = np.where(known, number, -1)
    # what lies in lines that were left out, or beyond any sheet, is in the summary only
    ends = np.array([one.top + one.height if one.cut else _LINES for one in grids] + [0])
    grid = np.where((row < ends[grid]) & (column < _LETTERS), grid, -1)
    placed = findings.assign(grid=grid, at_row=np.where(grid >= 0, row, -1))
    return placed.assign(at_column=np.where(grid >= 0, column, -1))


def _position(names: pd.Series) -> npt.NDArray[np.int64]:
    # XFD = 16384: each letter counts 26 times the next
    value = np.zeros(len(names), dtype=np.int64)
    padded = names.str.rjust(3, "@")
    for place in range(3):
        value = value * 26 + padded.str[place].map(ord).to_numpy(dtype=np.int64) - 64
    return value - 1
