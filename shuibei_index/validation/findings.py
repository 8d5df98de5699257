"""Findings: for each objection of a check, where it is, what stands there, and what to say in both languages.

Only records with an objection are ever turned into text; a clean month costs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.checks import Checks, no_findings
from shuibei_index.intake.schema import FINDING_COLUMNS, SUBMISSION
from shuibei_index.validation.diagnosis.diagnoses import Diagnoses
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.likeness import Alike
from shuibei_index.validation.registry import DETAILS, Rows

if TYPE_CHECKING:
    from shuibei_index.validation.decisions import Decided

_ZH = {column.name: column.name_zh for column in SUBMISSION}
#: Gives the address of one column's cells in the given records, e.g. "金额 K12".
Address = Callable[[Rows, str], Any]


@dataclass
class Findings:
    """Collects findings of one validation; `frame()` gives them in the order file, sheet, row, rule."""

    facts: Facts
    catalogue: Checks
    address: Address
    decided: Decided | None = None
    diagnoses: Diagnoses = field(default_factory=Diagnoses)
    parts: list[pd.DataFrame] = field(default_factory=list)

    def add(self, rule: str, column: str, rows: Rows, **more: Any) -> None:
        """Add the findings of one check on one column."""
        if not rows.size:
            return
        batch = self.facts.batch
        told: dict[str, Any] = {
            "enterprise_id": texts(batch.table, "enterprise_id", rows),
            "period": texts(batch.table, "period", rows),
            "line_no": pd.array(
                batch.table["line_no"].take(pa.array(rows)).to_pandas(integer_object_nulls=True), "Int64"
            ),
            "file": texts(batch.table, "file", rows),
            "sheet": texts(batch.table, "sheet", rows),
            "cell": self.address(rows, column),
            "value": texts(batch.table, column, rows),
            "column": column,
            "column_zh": _ZH[column],
        }
        if column == "unit_system":
            told["weight_unit"] = texts(batch.table, "weight_unit", rows)
        details = DETAILS.get(self.catalogue[rule].named or rule)
        if details is not None:
            told |= details(self.facts, rows, column)
        part = self.catalogue.find(rule, **(told | more))
        if self.decided is not None:
            part = self.decided.set_aside(part, rule, rows, self.catalogue)
        self.parts.append(part.assign(_row=batch.row[rows], _receipt=batch.receipt[rows], _at=rows))

    def name_firms(self, alike: Alike) -> None:
        """Tell the team, under no firm's file, which firms share their lines; the firms are not told of each other."""
        pairs = alike.pairs
        if not len(pairs):
            return
        part = self.catalogue.find(
            "other_firm_named",
            period=pairs["month"].tolist(),
            firm=pairs["firm"].tolist(),
            other=pairs["other"].tolist(),
            lines=pairs["lines"].tolist(),
            share=[f"{share:.0%}" for share in pairs["share"]],
        )
        # of no receipt: whatever is made for a firm is made from the findings of its receipts
        self.parts.append(part.assign(_row=0, _receipt=0))

    def sent_before(self, files: list[dict[str, Any]]) -> None:
        """Add a finding for each file that was received before for another month."""
        if not files:
            return
        told: dict[str, Any] = {name: [file[name] for file in files] for name in files[0]}
        receipts = told.pop("receipt")
        part = self.catalogue.find("last_month_sent", value=told["earlier"], expected=told["inbox"], **told)
        self.parts.append(part.assign(_row=0, _receipt=receipts))

    def frame(
        self, earlier: pd.DataFrame | None = None
    ) -> tuple[pd.DataFrame, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return all findings, those of intake among them, in an order no order of rows changes.

        With them the receipt each is about, and the line of the file (0 = the file as a whole).
        """
        parts = [part for part in self.parts if len(part)]
        if earlier is not None and len(earlier):
            parts.insert(0, earlier)
        if not parts:
            return no_findings(), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        found = pd.concat(parts, ignore_index=True)
        found = found.sort_values(["file", "sheet", "_row", "rule", "cell"], kind="stable", ignore_index=True)
        found = self.diagnoses.filled(found)
        receipts, lines = (found[name].to_numpy().astype(np.int64) for name in ("_receipt", "_row"))
        return found[list(FINDING_COLUMNS)], receipts, lines


def texts(table: pa.Table, column: str, rows: Rows) -> pa.Array:
    """Return what stands in the cells, as text; numbers without a trailing ".0"; empty cells as ""."""
    taken = table[column].take(pa.array(rows))
    taken = taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken
    if isinstance(taken, pa.ChunkedArray):
        taken = taken.chunk(0)
    if pa.types.is_floating(taken.type):
        return pa.array([_figure(value) for value in taken.to_pylist()], pa.string())
    return pc.fill_null(taken.cast(pa.string()), "")


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.15g}"


def plain_address(facts: Facts) -> Address:
    """Return addresses for a table that came without files: the column's Chinese name and the row."""
    return lambda rows, column: _named(_ZH[column], facts.batch.row[rows])


def _named(name: str, row: npt.NDArray[np.int64]) -> pa.Array:
    return pc.binary_join_element_wise(pa.scalar(name), pa.array(row).cast(pa.string()), " ")
