"""Working days by month, from a table of statutory days off and make-up working days."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.adjust.holidays.shares import labels, number
from shuibei_index.errors import UsageError

BEYOND = ("refuse", "average")
# Five weekdays against two weekend days: the contrast of X-13's td1coef.
_CONTRAST = 2.5
# Weekdays and leap years repeat after 28 years inside these years.
_CYCLE = (1980, 2007)


def read_working_days(path: str | Path) -> tuple[list[dt.date], list[dt.date]]:
    """Return the days off and the make-up working days of a table ``date,kind``; kind is "off" or "work".

    Parameters
    ----------
    path
        CSV file in UTF-8, e.g. ``reference/working_days.csv``; further columns are for people.

    Raises
    ------
    UsageError
        Names the line that is wrong, or what the file lacks.
    """
    found: dict[str, list[dt.date]] = {"off": [], "work": []}
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"date", "kind"} <= set(rows.fieldnames or ()):
            raise UsageError(
                f"{Path(path).name}: expected columns date, kind", zh=f"{Path(path).name}：应有 date、kind 两列"
            )
        for row in rows:
            try:
                day, kind = dt.date.fromisoformat((row["date"] or "").strip()), found[(row["kind"] or "").strip()]
            except (ValueError, KeyError) as error:
                raise UsageError(
                    f"{Path(path).name}, line {rows.line_num}: {row['date']!r}, {row['kind']!r}; expected a date "
                    "YYYY-MM-DD and off or work",
                    zh=f"{Path(path).name} 第 {rows.line_num} 行：应为日期 YYYY-MM-DD 及 off（放假）或 work（补班）",
                ) from error
            kind.append(day)
    return found["off"], found["work"]


def working_day_regressor(
    start: str,
    end: str,
    days_off: Iterable[dt.date],
    make_up_days: Iterable[dt.date] = (),
    *,
    period: int = 12,
    beyond: str = "refuse",
) -> pd.DataFrame:
    """Return working days against other days, centred by calendar month.

    Parameters
    ----------
    start, end
        First and last month, "YYYY-MM", or quarter, "YYYY-Qn".
    days_off
        Statutory days off of whole years, as the State Council's yearly notice gives them. Weekend days among them
        change nothing. The years with a day off are the years covered.
    make_up_days
        Weekend days on which people work instead.
    period
        12 or 4.
    beyond
        Years after the last one covered, whose notice is not out yet: "refuse", or "average" (the days off of an
        average year of the table: the ordinary calendar of weekdays is known, the correction is expected).

    Returns
    -------
    DataFrame
        One column ``working_days``: W - 2.5 (N - W) minus its mean for that month of the year, where N is the number of
        days and W that of the working days; in days.

    Raises
    ------
    UsageError
        A period in a year that is not covered, a day in both lists, a make-up day on a weekday, or no days off.

    Notes
    -----
    The part of the weekdays is centred over 28 years, after which the calendar repeats; the correction by days off over
    the years covered. When a year is added the second mean changes by what the new year brings.

    Examples
    --------
    >>> off = [dt.date(2023, 10, day) for day in range(1, 7)] + [dt.date(2024, 10, day) for day in range(1, 8)]
    >>> working_day_regressor("2023-10", "2023-12", off)["working_days"].round(3).to_dict()
    {'2023-10': -0.5, '2023-11': 2.0, '2023-12': -4.0}
    """
    off, extra = _days(days_off), _days(make_up_days)
    if beyond not in BEYOND:
        raise UsageError(
            f"beyond is {beyond!r}; expected refuse or average", zh=f"beyond 为 {beyond!r}，应为 refuse 或 average"
        )
    if not len(off):
        raise UsageError("no days off are given", zh="没有给出放假日期")
    both = np.intersect1d(off, extra)
    workdays = extra[np.is_busday(extra)]
    if len(both) or len(workdays):
        wrong = both[0] if len(both) else workdays[0]
        raise UsageError(
            f"{wrong}: a make-up day is a Saturday or Sunday that is not a day off",
            zh=f"{wrong}：补班日应为周末且不在放假日期之内",
        )
    asked = labels(start, end, period)
    at = number(start, period) + np.arange(len(asked))
    covered = np.unique(off.astype("datetime64[Y]").astype(np.int64) + 1970)
    stray = extra[~np.isin(extra.astype("datetime64[Y]").astype(np.int64) + 1970, covered)]
    if len(stray):
        raise UsageError(
            f"make-up day {stray[0]}: the table has no days off of that year", zh=f"补班日 {stray[0]}：该年没有放假日期"
        )
    years = at // period
    lacking = [int(y) for y in np.unique(years) if y not in covered and not (beyond == "average" and y > covered[-1])]
    if lacking:
        raise UsageError(
            f"no days off for {lacking[0]}: the table covers {_spoken(covered)}. Add the year, or take "
            "beyond='average' for years whose notice is not out",
            zh=f"放假表没有 {lacking[0]} 年：现有 {_spoken(covered)}；请补上，尚未公布的年份可用 beyond='average'",
        )
    # W rises by 1 and N - W falls by 1 with every make-up day
    change = 1 + _CONTRAST
    cycle = np.arange(_CYCLE[0] * period, (_CYCLE[1] + 1) * period)
    weekdays = _contrast(at, period) - _contrast(cycle, period).reshape(-1, period).mean(axis=0)[at % period]
    correction = np.zeros((int(covered[-1] - covered[0]) + 1, period))
    for days, sign in ((off[np.is_busday(off)], -change), (extra, change)):
        place = _period(days, period) - covered[0] * period
        inside = (place >= 0) & (place < correction.size)
        correction += sign * np.bincount(place[inside], minlength=correction.size).reshape(-1, period)
    known = correction[covered - covered[0]]
    centred = correction - known.mean(axis=0)
    row = years - covered[0]
    within = row < len(centred)
    value = weekdays + np.where(within, centred[np.where(within, row, 0), at % period], 0.0)
    return pd.DataFrame({"working_days": value}, index=pd.Index(asked))


def _days(days: Iterable[dt.date]) -> npt.NDArray[np.datetime64]:
    return np.unique(np.array(list(days), dtype="datetime64[D]"))


def _period(days: npt.NDArray[np.datetime64], period: int) -> npt.NDArray[np.int64]:
    return (days.astype("datetime64[M]").astype(np.int64) + 1970 * 12) // (12 // period)


def _contrast(at: npt.NDArray[np.int64], period: int) -> npt.NDArray[np.float64]:
    """Return weekdays minus 2.5 times weekend days of each period."""
    step = 12 // period
    first = (at * step - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")
    after = ((at + 1) * step - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")
    weekdays = np.busday_count(first, after).astype(np.float64)
    days = (after - first).astype(np.int64)
    return np.asarray(weekdays - _CONTRAST * (days - weekdays), dtype=np.float64)


def _spoken(years: npt.NDArray[np.int64]) -> str:
    return ", ".join(str(int(year)) for year in years)
