"""Receipts: what came of each file received, in one table: from whom, of which months, used or set aside, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index import months
from shuibei_index.checks import Checks, no_findings
from shuibei_index.intake.lateness import Due, came_late
from shuibei_index.intake.reports import Reports

#: Columns of the table of receipts.
RECEIPT_COLUMNS: tuple[str, ...] = (
    "receipt",
    "inbox_month",
    "received_at",
    "file",
    "sha256",
    "bytes",
    "format",
    "encoding",
    "senders",
    "periods",
    "rows",
    "due",
    "late",
    "outcome",
    "reason",
    "message_zh",
    "message_en",
)


#: Outcome of a file whose content has a receipt already: the same as that receipt.
SAME = "same"


class Kept(Protocol):
    """What the store knows of a file: its number, the inbox it came to, and when."""

    @property
    def seq(self) -> int:
        """Number of the receipt."""

    @property
    def inbox_month(self) -> str:
        """Month of the inbox it lay in."""

    @property
    def received_at(self) -> str:
        """When it came, as the caller said."""


class Repeated(Protocol):
    """Content that has a receipt and came to the same inbox once more, under another name."""

    @property
    def receipt(self) -> int:
        """Number of the receipt its content has."""

    @property
    def file_name(self) -> str:
        """The other name."""

    @property
    def received_at(self) -> str:
        """When it came under that name, as the caller said."""

    @property
    def first_name(self) -> str:
        """The name its receipt has."""


def receipt_table(
    reports: Reports, receipts: Iterable[Kept], *, arrivals: Iterable[Repeated] = (), due: Due | None = None
) -> pd.DataFrame:
    """Return one row per file: `RECEIPT_COLUMNS`.

    Parameters
    ----------
    reports
        What reading the files gave.
    receipts
        The receipts of the same files.
    arrivals
        What came once more under another name: a row each, outcome "same", nothing counted.
    due
        The last day in time for the reports of a month; without it nothing is said of lateness.

    Returns
    -------
    DataFrame
        `due` is the last day in time for the earliest month inside (of a file without records, for the month of the
        inbox), `late` whether it came later than that; <NA> where nobody said when it came, as `came_late` says.
        `senders` are the enterprise ids inside, `periods` the months; `reason` and the messages say why a file was
        rejected or set aside, or what else there is to say about it as a whole; all else is in the findings.
    """
    kept = pd.DataFrame(
        [(r.seq, r.inbox_month, r.received_at) for r in receipts], columns=["receipt", "inbox_month", "received_at"]
    )
    files = reports.files.merge(kept, on="receipt", how="inner", validate="one_to_one", suffixes=("_", ""))
    files = files.assign(
        # files without records leave columns of numbers behind, which take no text
        senders=files["receipt"].map(_joined(reports.table, "enterprise_id")).astype(object).fillna(""),
        periods=files["receipt"].map(_joined(reports.table, "period")).astype(object).fillna(""),
    )
    table = (
        files.assign(**_lateness(files, due))
        .merge(_why(reports), on=["receipt", "reason"], how="left")
        .fillna({"message_zh": "", "message_en": ""})[list(RECEIPT_COLUMNS)]
    )
    again = _again(table, arrivals)
    if len(again):
        table = pd.concat([table, again], ignore_index=True).sort_values("receipt", kind="stable", ignore_index=True)
    return table


def late_notes(table: pd.DataFrame) -> pd.DataFrame:
    """Return a finding for each file of a table of receipts that was received after the day it was due."""
    late = table[table["late"].fillna(False).to_numpy(dtype=bool) & table["received_at"].ne("").to_numpy(dtype=bool)]
    if not len(late):
        return no_findings()
    return Checks.load().find(
        "late_file", file=late["file"].tolist(), value=late["received_at"].tolist(), expected=late["due"].tolist()
    )


def quarantine(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table of receipts whose file was rejected: archived, not used, to be sent again."""
    return table[table["outcome"] == "rejected"].reset_index(drop=True)


def _lateness(files: pd.DataFrame, due: Due | None) -> dict[str, pd.Series[str]]:
    # Files of one inbox with the same months and time of receipt are alike: each such case is looked at once.
    if due is None:
        return {"due": pd.Series("", index=files.index), "late": pd.Series(pd.NA, index=files.index, dtype="boolean")}
    cases = list(zip(files["periods"], files["inbox_month"], files["received_at"], strict=True))
    told = {case: _of_case(*case, due) for case in set(cases)}
    found = [told[case] for case in cases]
    return {
        "due": pd.Series([day for day, _ in found], index=files.index, dtype="object"),
        "late": pd.Series([late for _, late in found], index=files.index, dtype="boolean"),
    }


def _of_case(periods: str, inbox_month: str, received_at: str, due: Due) -> tuple[str, bool | None]:
    # a month after that of the inbox, or one the rules do not reach, is a mistake, which is said elsewhere
    inside = {month for month in periods.split("、") if months.is_month(month) and month < inbox_month}
    days = [(month, day) for month in sorted({*inside, inbox_month}) if (day := due(month)) is not None]
    if not days:
        return "", None
    month, day = days[0]
    return day.isoformat(), came_late(month, inbox_month, received_at, day)


def _again(table: pd.DataFrame, arrivals: Iterable[Repeated]) -> pd.DataFrame:
    # The rows of what came once more, beside those of the receipts of its content.
    named = [(a.receipt, a.file_name, a.received_at, a.first_name) for a in arrivals]
    told = pd.DataFrame(named, columns=["receipt", "file", "received_at", "first_name"])
    rows = table.drop(columns=["file", "received_at"]).merge(told, on="receipt", how="inner")
    said = Checks.load().find("same_content", file=rows["file"].tolist(), value=rows["first_name"].tolist())
    rows = rows.assign(
        rows=0, due="", late=pd.array([pd.NA] * len(rows), dtype="boolean"), outcome=SAME, reason="same_content",
        message_zh=said["message_zh"].to_numpy(dtype=object), message_en=said["message_en"].to_numpy(dtype=object),
    )  # fmt: skip
    return rows[list(RECEIPT_COLUMNS)]


def _joined(table: pa.Table, column: str) -> pd.Series[str]:
    # The distinct values of a column by receipt, in order.
    pairs = table.select(["receipt", column]).group_by(["receipt", column]).aggregate([])
    pairs = pairs.filter(pc.is_valid(pairs[column])).to_pandas().astype({column: str}).sort_values(["receipt", column])
    joined: pd.Series[str] = pairs.groupby("receipt")[column].agg("、".join)
    return joined


def _why(reports: Reports) -> pd.DataFrame:
    # What was said about a file as a whole, by the name of the check that decided about it.
    found = reports.findings.assign(receipt=reports.finding_receipts)
    whole = found[reports.finding_rows < 0].rename(columns={"rule": "reason"})
    return whole.drop_duplicates(["receipt", "reason"])[["receipt", "reason", "message_zh", "message_en"]]
