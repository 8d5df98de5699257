"""Firms of a month: who reported, when and in which files, how far the records have come, who is still awaited."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shuibei_index.intake.lateness import came_late
from shuibei_index.validation.response import LATE, MISSING

if TYPE_CHECKING:
    from shuibei_index.store.ledger import Receipt

#: States of a firm: its records count, count but came late, none of them counts yet, nothing came.
ACCEPTED, WAITING = "accepted", "waiting"
AWAITED = (MISSING, WAITING)
FIRM_COLUMNS: tuple[str, ...] = (
    "enterprise_id", "name", "state", "overdue", "files", "file_names", "first_received", "last_received", "read",
    "accepted", "held", "rejected", "open_queries", "contact",
)  # fmt: skip
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_\-\u4e00-\u9fff]{1,40}")


def firm_frame(
    base: pd.DataFrame,
    tallies: pd.DataFrame,
    receipts: Sequence[Receipt],
    queries: pd.DataFrame,
    *,
    month: str,
    due: dt.date,
    on: dt.date | None = None,
) -> pd.DataFrame:
    """Return the state of every firm of the panel in a month.

    Parameters
    ----------
    base : DataFrame
        As `validation.response.response` gives it, with `contact`.
    tallies : DataFrame
        Counts by firm, month and receipt.
    receipts : sequence of Receipt
    queries : DataFrame
        As `Register.queries` gives them.
    month : str
    due : date
        Last day in time.
    on : date, optional
        The day looked at; without it nothing is called overdue, for no clock is read.

    Returns
    -------
    DataFrame
        `FIRM_COLUMNS`. `state` is accepted, late (each of its files with records of the month came late, as
        `intake.lateness.came_late` says of their receipts), waiting (sent, but no record counts yet) or
        missing. `overdue` = not accepted after the
        deadline.
    """
    sent = tallies.loc[tallies["period"] == month, ["enterprise_id", "receipt"]].drop_duplicates()
    known = pd.DataFrame(
        [
            (r.seq, r.file_name, r.received_at, came_late(month, r.inbox_month, r.received_at, due) is True)
            for r in receipts
        ],
        columns=["receipt", "file_name", "received_at", "late"],
    ).astype({"receipt": "int64", "file_name": "object", "received_at": "object", "late": "bool"})
    sent = sent.merge(known, on="receipt", how="left").sort_values(["enterprise_id", "receipt"], kind="stable")
    names = sent.groupby("enterprise_id")["file_name"].agg("; ".join)
    timed = sent[sent["received_at"].ne("")].groupby("enterprise_id")["received_at"]
    tardy = sent["late"].eq(True).groupby(sent["enterprise_id"]).all()
    waiting = queries[queries["status"].isin(["open", "answered"])]["enterprise_id"].value_counts()
    frame = base.rename(columns={"status": "came"})
    firm = frame["enterprise_id"]
    for column, found in (
        ("file_names", names),
        ("first_received", timed.min()),
        ("last_received", timed.max()),
    ):
        # with nothing to map from, the type would be a number's
        frame[column] = firm.map(found.to_dict()).astype(object).where(firm.isin(found.index), "")
    frame["open_queries"] = firm.map(waiting).fillna(0).astype("int64")
    # one file in time is enough: what comes after it are corrections
    late = firm.isin(tardy.index[tardy])
    frame["state"] = np.select(
        [frame["came"] == MISSING, frame["accepted"] == 0, late], [MISSING, WAITING, LATE], default=ACCEPTED
    )
    over = on is not None and on > due
    frame["overdue"] = frame["state"].isin(AWAITED) & over
    return frame[list(FIRM_COLUMNS)]


def unread_files(
    receipts: Sequence[Receipt], tallies: pd.DataFrame, month: str, panel: Sequence[str], findings: pd.DataFrame
) -> pd.DataFrame:
    """Return the files of a month's inbox from which no firm's record could be read.

    Parameters
    ----------
    receipts : sequence of Receipt
    tallies : DataFrame
        Counts by firm, month and receipt.
    month : str
    panel : sequence of str
        Codes of the firms.
    findings : DataFrame
        About the month's files: file, rule, message_zh, message_en.

    Returns
    -------
    DataFrame
        file, enterprise_id (the only firm whose code stands in the file's name, "" = none), outcome, reason,
        reason_zh, reason_en. A file that was sent again under the same name is not listed: the later one stands for it.
    """
    told = set(tallies.loc[tallies["enterprise_id"] != "", "receipt"])
    last = {(r.inbox_month, r.file_name): r.seq for r in receipts}
    said = {
        (file, rule): (zh, en)
        for file, rule, zh, en in findings[["file", "rule", "message_zh", "message_en"]].to_numpy().tolist()
    }
    rows = [
        (
            r.file_name,
            firm_of_name(r.file_name, panel),
            r.outcome,
            r.reason,
            *said.get((r.file_name, r.reason), ("", "")),
        )
        for r in receipts
        if r.inbox_month == month and r.seq not in told and not r.periods and last[month, r.file_name] == r.seq
    ]
    return pd.DataFrame(rows, columns=["file", "enterprise_id", "outcome", "reason", "reason_zh", "reason_en"])


def firm_of_name(file_name: str, panel: Sequence[str]) -> str:
    """Return the firm whose code stands in a file's name as a word of its own, "" if there is none or more than one.

    Examples
    --------
    >>> firm_of_name("E013_2025-06.xlsx", ["E013", "E01"]), firm_of_name("6月报表.xlsx", ["E013"])
    ('E013', '')
    """
    words = set(re.split(r"[^A-Za-z0-9]+", file_name))
    found = sorted(words.intersection(panel))
    return found[0] if len(found) == 1 else ""


def file_stem(firm: str) -> str:
    """Return a firm's code as the name of a file, or a digest of it where it could not be one.

    Examples
    --------
    >>> file_stem("E012"), file_stem("../E012")
    ('E012', 'firm-57eb17693253')
    """
    return firm if _PLAIN_NAME.fullmatch(firm) else "firm-" + hashlib.sha256(firm.encode()).hexdigest()[:12]
