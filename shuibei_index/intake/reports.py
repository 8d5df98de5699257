"""Reports: what was read, where each cell stands, and what is wrong with it as far as reading goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.intake.child.cells import letters
from shuibei_index.intake.schema import SUBMISSION

_TITLES = {c.name: c.name_zh for c in SUBMISSION}


@dataclass(frozen=True)
class Layout:
    """Where the tables of the files stand in the table of reports, and where their columns stood.

    Attributes
    ----------
    starts : ndarray of int, shape (B,)
        First record of each of the B tables found.
    places : tuple of dict, length B
        Canonical column → what a cell is called before its line number, e.g. "金额 K".
    """

    starts: npt.NDArray[np.int64]
    places: tuple[dict[str, str], ...]

    def places_of(self, column: str, rows: npt.NDArray[np.int64]) -> pa.Array:
        """Return, for each record, the name of the cell of `column` without the line number."""
        block = np.searchsorted(self.starts, rows, side="right") - 1
        used, which = np.unique(block, return_inverse=True)
        names = [self.places[b].get(column, _TITLES.get(column, column) + " ") for b in used.tolist()]
        return pa.array(names, pa.string()).take(pa.array(which))


def place(title: str, position: int, lettered: bool) -> str:
    """Return what the cells of a column are called, up to the line number."""
    return f"{title} {letters(position)}" if lettered else f"{title} "


@dataclass(frozen=True, repr=False)
class Reports:
    """What enterprises reported, as read.

    Attributes
    ----------
    table : pyarrow.Table
        One row per record: schema `intake.schema.REPORT`. Empty and unreadable cells are null.
    findings : DataFrame
        What reading found: `intake.schema.FINDING_COLUMNS`.
    finding_rows : ndarray of int, one per finding
        The record (position in `table`) a finding is about; −1 if it is about a file, a sheet or a line that is
        no record.
    finding_receipts : ndarray of int, one per finding
        The receipt of the file a finding is about: names of files may repeat, receipts do not.
    files : DataFrame
        One row per file: receipt, file, sha256, bytes, format, encoding, rows, outcome (read, rejected, ignored),
        reason (name of the check).
    """

    table: pa.Table
    findings: pd.DataFrame
    finding_rows: npt.NDArray[np.int64]
    finding_receipts: npt.NDArray[np.int64]
    files: pd.DataFrame
    layout: Layout = field(repr=False)

    def __post_init__(self) -> None:
        for about in (self.finding_rows, self.finding_receipts):
            if len(about) != len(self.findings):
                raise UsageError("finding_rows or finding_receipts differ in length from findings")
            about.setflags(write=False)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __repr__(self) -> str:
        return f"Reports: {len(self)} records from {len(self.files)} files, {len(self.findings)} findings"

    @property
    def rejected_rows(self) -> npt.NDArray[np.int64]:
        """Positions of the records that reading itself rejects, in order."""
        return self._rows("reject")

    def _rows(self, severity: str) -> npt.NDArray[np.int64]:
        chosen = (self.findings["severity"] == severity).to_numpy() & (self.finding_rows >= 0)
        return np.unique(self.finding_rows[chosen])

    def cells(self, column: str, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_] | Sequence[int]) -> pa.Array:
        """Return the names of cells, e.g. "金额 K12", as text.

        Parameters
        ----------
        column
            A column of the submission; or "" for the whole line, e.g. "12:12".
        rows
            Positions in `table`, or a mask over it.
        """
        if column and column not in _TITLES:
            raise UsageError(f"no column {column!r} in a submission{did_you_mean(column, _TITLES)}")
        positions = np.asarray(rows)
        positions = np.flatnonzero(positions) if positions.dtype == bool else positions.astype(np.int64)
        lines = pa.array(self.table.column("row").to_numpy()[positions]).cast(pa.string())
        first = (
            self.layout.places_of(column, positions) if column else pa.compute.binary_join_element_wise(lines, "", ":")
        )
        return pa.compute.binary_join_element_wise(first, lines, "")

    def cell(self, column: str, receipt: int, row: int) -> str:
        """Return the name of one cell, e.g. "金额 K12", by receipt number and line.

        Raises
        ------
        UsageError
            No record of that receipt stands on that line.
        """
        table = self.table
        hits = np.flatnonzero((table.column("receipt").to_numpy() == receipt) & (table.column("row").to_numpy() == row))
        if not len(hits):
            raise UsageError(f"receipt {receipt} has no record on line {row}")
        return str(self.cells(column, hits[:1])[0])

    def to_frame(self) -> pd.DataFrame:
        """Return the records as a pandas table; text columns are categories, whole numbers ``Int64``."""
        frame: pd.DataFrame = self.table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
        return frame

    def summary(self) -> pd.DataFrame:
        """Return the number of findings and of files with findings, by check and severity."""
        if not len(self.findings):
            return pd.DataFrame({"rule": [], "severity": [], "findings": [], "files": []})
        groups = self.findings.groupby(["rule", "severity"], sort=True)["file"]
        return groups.agg(findings="size", files="nunique").reset_index()

    def _repr_html_(self) -> str:
        counts = self.files["outcome"].value_counts().sort_index()
        head = ", ".join(f"{escape(str(k))} {v}" for k, v in counts.items())
        return (
            f"<h4>报送数据 Reports: {len(self)} 条记录 records, {len(self.files)} 个文件 files ({head})</h4>"
            + self.summary().to_html(index=False)
            + self.files[self.files["outcome"] == "rejected"][["file", "reason"]].head(20).to_html(index=False)
        )
