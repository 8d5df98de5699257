"""What reading has already found: validation hears it and does not say it twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index.validation.batch import Batch, Mask
from shuibei_index.validation.findings import Address
from shuibei_index.validation.registry import Rows


@dataclass(frozen=True)
class Earlier:
    """The findings of intake, the record each is about (−1 = none), and how cells are called."""

    findings: pd.DataFrame | None
    rows: npt.NDArray[np.int64]
    receipts: npt.NDArray[np.int64]
    address: Address | None

    @classmethod
    def of(cls, reports: Any) -> Earlier:
        """Take them from Reports; a plain table has none."""
        findings = getattr(reports, "findings", None)
        if findings is None:
            none = np.empty(0, dtype=np.int64)
            return cls(None, none, none, None)
        rows, receipts = np.asarray(reports.finding_rows), np.asarray(reports.finding_receipts)
        return cls(findings, rows, receipts, lambda rows, column: reports.cells(column, rows))

    def objections(self, size: int) -> Iterator[tuple[str, str, Rows]]:
        """Give rule, severity and records of what reading rejects or asks about, rejections first."""
        if self.findings is None or not len(self.findings):
            return
        grave = self.findings["severity"].isin(["reject", "query"]).to_numpy() & (self.rows >= 0)
        pairs = self.findings.loc[grave, ["severity", "rule"]].drop_duplicates().sort_values(["severity", "rule"])
        for severity, rule in pairs[::-1].to_numpy().tolist():
            of_rule = (self.findings["rule"] == rule).to_numpy() & (self.findings["severity"] == severity).to_numpy()
            yield str(rule), str(severity), np.unique(self.rows[of_rule & grave])

    def told(self, column: str, size: int) -> Mask:
        """Return the records whose cell in a column reading has already rejected."""
        told = np.zeros(size, dtype=bool)
        if self.findings is None or self.address is None:
            return told
        about = np.flatnonzero((self.findings["severity"] == "reject").to_numpy() & (self.rows >= 0))
        if about.size:
            cells = pa.array(self.address(self.rows[about], column)).to_pandas().to_numpy()
            told[self.rows[about][cells == self.findings["cell"].to_numpy()[about]]] = True
        return told

    def findings_with_rows(self, batch: Batch) -> pd.DataFrame | None:
        """Return the findings with `_row`, the line in the file they are about (0 for a whole file), and `_receipt`."""
        if self.findings is None or not len(self.findings):
            return None
        row = np.where(self.rows >= 0, batch.row[np.maximum(self.rows, 0)] if batch.size else 0, 0)
        return self.findings.assign(_row=row, _receipt=self.receipts)
