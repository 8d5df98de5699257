"""ValidationReport: what became of every record, and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index.errors import ShapeError, UsageError
from shuibei_index.intake.schema import FINDING_COLUMNS, RECORD, SEVERITIES
from shuibei_index.rules import Rules
from shuibei_index.validation.gates import Gate
from shuibei_index.validation.response import response
from shuibei_index.validation.tally import NUMBERS, by_firm
from shuibei_index.validation.trail import trail

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: What a severity is called where people read it.
SEVERITY_WORDS = {"note": "提示 note", "query": "质疑 query", "reject": "退回 reject"}


@dataclass(frozen=True, repr=False)
class ValidationReport:
    """Accepted, held and rejected records of one validation, its findings and its gates.

    Parameters
    ----------
    accepted_table : pyarrow.Table
        Schema `RECORD`, sorted by enterprise_id, period, line_no. `accepted` is the same as a DataFrame.
    held_table, rejected_table : pyarrow.Table
        The submission's columns as read, with receipt, file, sheet, row, and `rule`: the gravest finding. `held` and
        `rejected` are the same as DataFrames.
    findings : DataFrame
        One row per finding, columns `FINDING_COLUMNS`, in the order file, sheet, row, rule.
    finding_receipts : ndarray of int, one per finding
        The receipt of the file each finding is about.
    finding_lines : ndarray of int, one per finding
        The line of that file, 0 = the file as a whole.
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

    accepted_table: pa.Table
    held_table: pa.Table
    rejected_table: pa.Table
    findings: pd.DataFrame
    finding_receipts: npt.NDArray[np.int64]
    finding_lines: npt.NDArray[np.int64]
    tallies: pd.DataFrame
    gates: tuple[Gate, ...]
    rules_digest: str
    checks_digest: str

    def __post_init__(self) -> None:
        """Check that every record is accounted for once."""
        if not self.accepted_table.schema.equals(RECORD):
            raise ShapeError("accepted records do not have the columns of intake.schema.RECORD")
        if list(self.findings.columns) != list(FINDING_COLUMNS):
            raise ShapeError(f"findings must have the columns {', '.join(FINDING_COLUMNS)}")
        if not len(self.finding_receipts) == len(self.finding_lines) == len(self.findings):
            raise ShapeError("finding_receipts, finding_lines and findings differ in length")
        counts = self.tallies
        lost = counts[counts["read"] != counts["accepted"] + counts["held"] + counts["rejected"]]
        if len(lost):
            first = lost.iloc[0]
            raise ShapeError(
                f"firm {first['enterprise_id']!r}, {first['period']}: {first['read']} records read but "
                f"{first['accepted']} accepted, {first['held']} held, {first['rejected']} rejected"
            )
        for name in ("accepted", "held", "rejected"):
            rows, counted = getattr(self, f"{name}_table").num_rows, int(counts[name].sum())
            if rows != counted:
                raise ShapeError(f"{name}: {rows} records in the table but {counted} counted")

    @cached_property
    def accepted(self) -> pd.DataFrame:
        """Accepted records, columns `RECORD`: money in fen, weights in mg; texts as text, whole numbers stay whole."""
        return _frame(self.accepted_table)

    @cached_property
    def held(self) -> pd.DataFrame:
        """Held records as read, with `rule`."""
        return _frame(self.held_table)

    @cached_property
    def rejected(self) -> pd.DataFrame:
        """Rejected records as read, with `rule`."""
        return _frame(self.rejected_table)

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

    def trail(
        self, enterprise_id: str, line_no: int, *, period: str | None = None, rules: Rules | None = None
    ) -> pd.DataFrame:
        """Return how the figures of an accepted record came about: as written, as settled, by which dated rule.

        Parameters
        ----------
        enterprise_id, line_no
            The record.
        period : str, optional
            Needed where the firm has that line in several months.
        rules : Rules, optional
            The rules of the validation. Default: the packaged ones.

        Returns
        -------
        DataFrame
            Columns `shuibei_index.validation.trail.TRAIL_COLUMNS`; see :func:`shuibei_index.validation.trail.trail`.

        Raises
        ------
        UsageError
            There is no such accepted record, or the rules are not those of the validation.
        """
        used = Rules.load() if rules is None else rules
        if used.digest != self.rules_digest:
            raise UsageError(
                "these are not the rules of this validation; pass the same to trail(rules=…)",
                zh="所给规则与本次审核所用规则不同，请用 trail(rules=…) 传入同一规则",
            )
        return trail(self.accepted_table, enterprise_id, line_no, period=period, rules=used, findings=self.findings)

    def __repr__(self) -> str:
        t = self.totals
        return (
            f"ValidationReport: {t['read']} records read = {t['accepted']} accepted + {t['held']} held "
            f"+ {t['rejected']} rejected; {len(self.findings)} findings"
        )

    def by_rule(self) -> pd.DataFrame:
        """Return the number of findings by rule (rows) and severity (columns note, query, reject), most first."""
        return _counted(self.findings["rule"], self.findings["severity"])

    def by_enterprise(self) -> pd.DataFrame:
        """Return the number of findings by firm ("" = not known) and severity, most first."""
        return _counted(self.findings["enterprise_id"], self.findings["severity"])

    def by_rule_and_enterprise(self) -> pd.DataFrame:
        """Return the number of findings by firm (rows) and rule (columns): the same mistake again, or many."""
        table = pd.crosstab(self.findings["enterprise_id"], self.findings["rule"])
        return table.reindex(index=self.by_enterprise().index, columns=self.by_rule().index)

    def _repr_html_(self) -> str:
        totals = self.totals
        head = (
            f"<h4>Validation 审核</h4><p>read 读取 {totals['read']:,} = accepted 采用 {totals['accepted']:,} "
            f"+ held 待核 {totals['held']:,} + rejected 退回 {totals['rejected']:,}</p>"
        )
        failed = "".join(
            f"<li>{escape(g.message_zh)} / {escape(g.message_en)}</li>" for g in self.gates if not g.passed
        )
        gates = f"<p>Gates not met 未达标：</p><ul>{failed}</ul>" if failed else ""
        titles = ["审核项 rule", "级别 severity", "数量 findings", "文件 files", "示例", "example"]
        summary = self.summary().replace({"severity": SEVERITY_WORDS}).set_axis(titles, axis=1)
        firms = self.counts.merge(
            self.by_enterprise().sum(axis=1).rename("findings"), how="left", left_on="enterprise_id", right_index=True
        )
        firms["findings"] = firms["findings"].fillna(0).astype("int64")
        firms = firms.sort_values(["findings", "enterprise_id"], ascending=[False, True]).head(_FIRMS_SHOWN)
        heads = ["企业 firm", "读取 read", "采用 accepted", "待核 held", "退回 rejected", "发现 findings"]
        more = len(self.counts) - len(firms)
        rest = f"<p>另有 {more} 户 {more} more firms</p>" if more else ""
        return (
            head + gates + summary.to_html(index=False, escape=True)
            + "<h5>企业 firms</h5>" + firms.set_axis(heads, axis=1).to_html(index=False, escape=True) + rest
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, *, by: str = "rule") -> Axes:
        """Draw the number of findings by rule, by firm ("enterprise"), or of both ("both"), and return the axes.

        Raises
        ------
        UsageError
            `by` is none of these.
        """
        from shuibei_index.validation.report_charts import draw

        return draw(self, by, ax)


#: Firms listed in a notebook: those with most findings.
_FIRMS_SHOWN = 30


def _counted(key: pd.Series, severity: pd.Series) -> pd.DataFrame:
    table: pd.DataFrame = pd.crosstab(key, severity).reindex(columns=list(SEVERITIES), fill_value=0)
    # crosstab sorts by name; a stable sort keeps that order among equals
    return table.iloc[np.argsort(-table.sum(axis=1).to_numpy(), kind="stable")]


def _frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as pandas: texts instead of codes; whole numbers stay whole, gaps or not."""
    fields = [pa.field(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type) for f in table.schema]
    plain = table.cast(pa.schema(fields))
    gaps = [f.name for f in fields if pa.types.is_integer(f.type) and plain.column(f.name).null_count]
    frame: pd.DataFrame = plain.drop_columns(gaps).to_pandas() if gaps else plain.to_pandas()
    for name in gaps:
        frame[name] = plain.column(name).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    ordered: pd.DataFrame = frame.loc[:, plain.column_names]
    return ordered
