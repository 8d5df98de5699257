"""Firms of a month: who reported, when and in which files, how far the records have come, who is still awaited."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shuibei_index import months
from shuibei_index.errors import UsageError
from shuibei_index.validation.response import LATE, MISSING

if TYPE_CHECKING:
    from shuibei_index.rules import RulesAt
    from shuibei_index.store.ledger import Receipt

#: States of a firm: its records count, count but came late, none of them counts yet, nothing came.
ACCEPTED, WAITING = "accepted", "waiting"
AWAITED = (MISSING, WAITING)
FIRM_COLUMNS: tuple[str, ...] = (
    "enterprise_id", "name", "state", "overdue", "files", "file_names", "first_received", "last_received", "read",
    "accepted", "held", "rejected", "open_queries", "contact",
)  # fmt: skip
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_\-\u4e00-\u9fff]{1,40}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def deadline(month: str, rules: RulesAt) -> dt.date:
    """Return the last day on which the reports of a month are in time.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> deadline("2025-12", Rules.load().at("2025-12"))
    datetime.date(2026, 1, 6)
    """
    return dt.date.fromisoformat(f"{months.shift(month, 1)}-{int(rules['report_deadline_day']):02d}")


def read_day(text: str, option: str = "--on") -> dt.date:
    """Return a date written YYYY-MM-DD.

    Raises
    ------
    UsageError
        It is none.
    """
    try:
        return dt.date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError as error:
        raise UsageError(
            f"{option} {text!r} is not a date; expected YYYY-MM-DD", zh=f"{option} {text!r} 不是日期，应为 YYYY-MM-DD"
        ) from error


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
        `FIRM_COLUMNS`. `state` is accepted, late (came with a later month's files, or after the deadline as far as the
        receipt says when), waiting (sent, but no record counts yet) or missing. `overdue` = not accepted after the
        deadline.
    """
    sent = tallies.loc[tallies["period"] == month, ["enterprise_id", "receipt"]].drop_duplicates()
    known = pd.DataFrame(
        [(r.seq, r.file_name, r.received_at) for r in receipts], columns=["receipt", "file_name", "received_at"]
    ).astype({"receipt": "int64", "file_name": "object", "received_at": "object"})
    sent = sent.merge(known, on="receipt", how="left").sort_values(["enterprise_id", "receipt"], kind="stable")
    names = sent.groupby("enterprise_id")["file_name"].agg("; ".join)
    timed = sent[sent["received_at"].ne("")].groupby("enterprise_id")["received_at"]
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
    # only a receipt that begins with a day can be held against the deadline
    day = frame["first_received"].str.extract(r"^(\d{4}-\d{2}-\d{2})", expand=False).fillna("")
    late = (frame["came"] == LATE) | (day.ne("") & day.gt(due.isoformat()))
    frame["state"] = np.select(
        [frame["came"] == MISSING, frame["accepted"] == 0, late], [MISSING, WAITING, LATE], default=ACCEPTED
    )
    over = on is not None and on > due
    frame["overdue"] = frame["state"].isin(AWAITED) & over
    return frame[list(FIRM_COLUMNS)]


def unread_files(receipts: Sequence[Receipt], tallies: pd.DataFrame, month: str) -> pd.DataFrame:
    """Return the files of a month's inbox from which no firm of any month got a record: file, outcome, reason."""
    told = set(tallies.loc[tallies["enterprise_id"] != "", "receipt"])
    rows = [(r.file_name, r.outcome, r.reason) for r in receipts if r.inbox_month == month and r.seq not in told]
    return pd.DataFrame(rows, columns=["file", "outcome", "reason"])


def file_stem(firm: str) -> str:
    """Return a firm's code as the name of a file, or a digest of it where it could not be one.

    Examples
    --------
    >>> file_stem("E012"), file_stem("../E012")
    ('E012', 'firm-57eb17693253')
    """
    return firm if _PLAIN_NAME.fullmatch(firm) else "firm-" + hashlib.sha256(firm.encode()).hexdigest()[:12]
