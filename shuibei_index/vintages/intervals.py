"""Intervals: from which day to which day each figure stood."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import moments
from shuibei_index.errors import UsageError

#: The day that never comes, as ALFRED writes it.
STILL = "9999-12-31"


def realtime(
    periods: npt.NDArray[Any],
    days: list[str],
    stood: npt.NDArray[np.float64],
    covers: npt.NDArray[np.bool_],
    *,
    start: str | dt.date | None = None,
    end: str | dt.date | None = None,
) -> pd.DataFrame:
    """Return the spans in which each figure stood.

    Parameters
    ----------
    periods : ndarray, shape (P,)
    days : list of str
        Day of each release, not falling, length J.
    stood : ndarray, shape (P, J)
        Figure in force after each release.
    covers : ndarray of bool, shape (P, J)
        Whether a release covers a month.
    start, end : str or date, optional
        Real-time period; spans are cut to it.

    Returns
    -------
    DataFrame
        period, realtime_start, realtime_end, value, row, column (of the release that brought the figure). Of several
        releases of one day the last counts.

    Raises
    ------
    UsageError
        `end` lies before `start`.
    """
    first, last = _bound(start, "0001-01-01", "start"), _bound(end, STILL, "end")
    if last < first:
        raise UsageError(f"end {last} lies before start {first}", zh=f"结束日 {last} 早于开始日 {first}")
    known = np.maximum.accumulate(covers, axis=1)
    # what was replaced on its own day never stood at the end of one
    closing = np.array([j + 1 == len(days) or days[j + 1] != days[j] for j in range(len(days))])
    column = np.flatnonzero(closing)
    day, value, there = np.array(days)[column], stood[:, column], known[:, column]
    new = there.copy()
    same = (value[:, 1:] == value[:, :-1]) | (np.isnan(value[:, 1:]) & np.isnan(value[:, :-1]))
    new[:, 1:] &= ~(same & there[:, :-1])
    row, at = np.nonzero(new)
    # row by row in time: a span ends the day before the next one of the same month begins
    again = np.append(row[1:] == row[:-1], False) if len(row) else np.zeros(0, dtype=bool)
    until = np.full(len(row), STILL, dtype="U10")
    follow = np.flatnonzero(again)
    before = day[at[follow + 1]].astype("datetime64[D]") - np.timedelta64(1, "D")
    until[follow] = before.astype(str)
    since = day[at]
    kept = (since <= last) & (until >= first)
    return pd.DataFrame(
        {
            "period": periods[row],
            "realtime_start": np.maximum(since.astype(object), first),
            "realtime_end": np.minimum(until.astype(object), last),
            "value": value[row, at],
            "row": row,
            "column": column[at],
        }
    )[kept].reset_index(drop=True)


def _bound(day: str | dt.date | None, default: str, name: str) -> str:
    if day is None:
        return default
    return day.isoformat()[:10] if isinstance(day, dt.date) else moments.read_day(day, name).isoformat()
