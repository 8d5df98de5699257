"""ValidationReport: what became of every record, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index.errors import ShapeError
from shuibei_index.intake.schema import FINDING_COLUMNS, RECORD, SEVERITIES
from shuibei_index.validation.gates import Gate
from shuibei_index.validation.response import response
from shuibei_index.validation.tally import NUMBERS, by_firm

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, repr=False)
class ValidationReport:
    """Accepted, held and rejected records of one validation, its findings and its gates.

    Parameters
    ----------
    accepted : pyarrow.Table
        Schema `RECORD`, sorted by enterprise_id, period, line_no.
    held, rejected : pyarrow.Table
        The submission's columns as read, with receipt, file, sheet, row, and `rule`: the gravest finding.
    findings : DataFrame
        One row per finding, columns `FINDING_COLUMNS`, in the order file, sheet, row, rule.
    finding_receipts : ndarray of int, one per finding
        The receipt of the file each finding is about.
    tallies : DataFrame
        Counts by firm, month and receipt.
    gates : tuple of Gate
        One entry per gate and month; the command line stops at one that is not passed.
    rules_digest, checks_digest : str
        sha256 of the rules and the catalogue of checks used.

    Raises
    ------
    ShapeError
        A record was lost or counted twice: read ≠ accepted + held + rejected for some firm or in total.
    """

    accepted: pa.Table
    held: pa.Table
    rejected: pa.Table
    findings: pd.DataFrame
    finding_receipts: npt.NDArray[np.int64]
    tallies: pd.DataFrame
    gates: tuple[Gate, ...]
    rules_digest: str
    checks_digest: str

    def __post_init__(self) -> None:
        """Check that every record is accounted for once."""
        if not self.accepted.schema.equals(RECORD):
            raise ShapeError("accepted records do not have the columns of intake.schema.RECORD")
        if list(self.findings.columns) != list(FINDING_COLUMNS):
            raise ShapeError(f"findings must have the columns {', '.join(FINDING_COLUMNS)}")
        if len(self.finding_receipts) != len(self.findings):
            raise ShapeError("finding_receipts and findings differ in length")
        counts = self.tallies
        lost = counts[counts["read"] != counts["accepted"] + counts["held"] + counts["rejected"]]
        if len(lost):
            first = lost.iloc[0]
            raise ShapeError(
                f"firm {first['enterprise_id']!r}, {first['period']}: {first['read']} records read but "
                f"{first['accepted']} accepted, {first['held']} held, {first['rejected']} rejected"
            )
        for name in ("accepted", "held", "rejected"):
            rows, counted = getattr(self, name).num_rows, int(counts[name].sum())
            if rows != counted:
                raise ShapeError(f"{name}: {rows} records in the table but {counted} counted")

    @property
    def counts(self) -> pd.DataFrame:
        """Per firm: enterprise_id, read, accepted, held, rejected; "" = records without a firm."""
        return by_firm(self.tallies)

    @property
    def passed(self) -> bool:
        """Whether every gate was passed."""
        return all(gate.passed for gate in self.gates)

    @property
    def totals(self) -> dict[str, int]:
        """Records read, accepted, held and rejected."""
        return {name: int(self.tallies[name].sum()) for name in NUMBERS}

    def summary(self) -> pd.DataFrame:
        """Return rule, severity, findings, files and the first message in both languages, gravest first."""
        found = self.findings
        grouped = found.groupby(["rule", "severity"], sort=True)
        frame = grouped.agg(
            findings=("rule", "size"),
            files=("file", "nunique"),
            example_zh=("message_zh", "first"),
            example_en=("message_en", "first"),
        ).reset_index()
        rank = frame["severity"].map({name: -k for k, name in enumerate(SEVERITIES)}).astype("int64")
        order = frame.assign(rank=rank).sort_values(["rank", "findings", "rule"], ascending=[True, False, True])
        return order.drop(columns="rank").reset_index(drop=True)

    def gates_frame(self) -> pd.DataFrame:
        """Return the gates: gate, month, value, threshold, passed, message_zh, message_en."""
        rows = [(g.name, g.month, g.value, g.threshold, g.passed, g.message_zh, g.message_en) for g in self.gates]
        columns = ["gate", "month", "value", "threshold", "passed", "message_zh", "message_en"]
        return pd.DataFrame(rows, columns=columns)

    def response(self, panel: pd.DataFrame, month: str) -> pd.DataFrame:
        """Return who reported in a month: see :func:`shuibei_index.validation.response.response`."""
        return response(self.tallies, panel, month)

    def __repr__(self) -> str:
        t = self.totals
        return (
            f"ValidationReport: {t['read']} records read = {t['accepted']} accepted + {t['held']} held "
            f"+ {t['rejected']} rejected; {len(self.findings)} findings"
        )

    def _repr_html_(self) -> str:
        totals = self.totals
        head = (
            f"<h4>Validation 审核</h4><p>read 读取 {totals['read']:,} = accepted 采用 {totals['accepted']:,} "
            f"+ held 待核 {totals['held']:,} + rejected 退回 {totals['rejected']:,}</p>"
        )
        failed = "".join(f"<li>{g.message_zh} / {g.message_en}</li>" for g in self.gates if not g.passed)
        gates = f"<p>Gates not met 未达标：</p><ul>{failed}</ul>" if failed else ""
        return head + gates + self.summary().to_html(index=False, escape=True)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the number of findings by rule, coloured by severity, and return the axes."""
        import matplotlib.pyplot as plt

        if ax is None:
            ax = plt.subplots(figsize=(8, 0.3 * max(len(self.summary()), 1) + 1.5), layout="constrained")[1]
        frame = self.summary().sort_values(["findings", "rule"], ascending=[True, False])
        colours = {"note": "#8aa4b8", "query": "#e0a030", "reject": "#b03a2e"}
        bars: Iterable[Any] = ax.barh(frame["rule"], frame["findings"], color=frame["severity"].map(colours).tolist())
        ax.bar_label(bars, padding=3)  # type: ignore[arg-type]
        ax.set_xlabel("findings")
        for severity, colour in colours.items():
            ax.barh([], [], color=colour, label=severity)
        ax.legend(frameon=False)
        return ax
