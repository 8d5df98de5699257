"""Receipts: what came of each file received, in one table: from whom, of which months, used or set aside, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

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
    "late",
    "outcome",
    "reason",
    "message_zh",
    "message_en",
)


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


def receipt_table(reports: Reports, receipts: Iterable[Kept], *, due: str = "") -> pd.DataFrame:
    """Return one row per file: `RECEIPT_COLUMNS`.

    Parameters
    ----------
    reports
        What reading the files gave.
    receipts
        The receipts of the same files.
    due
        The day (YYYY-MM-DD) files of the inbox month were due; "" = not known. A file is late if it holds records of a
        month before its inbox, or was received after that day.

    Returns
    -------
    DataFrame
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
    first = files["periods"].astype("string").str.split("、").str[0].fillna("")
    after = (files["received_at"].str.slice(0, 10) > due) if due else False
    late = ((first != "") & (first < files["inbox_month"])) | after
    return (
        files.assign(late=late)
        .merge(_why(reports), on=["receipt", "reason"], how="left")
        .fillna({"message_zh": "", "message_en": ""})[list(RECEIPT_COLUMNS)]
    )


def quarantine(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table of receipts whose file was rejected: archived, not used, to be sent again."""
    return table[table["outcome"] == "rejected"].reset_index(drop=True)


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
