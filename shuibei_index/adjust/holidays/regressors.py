"""Spring Festival dates and the regressors made from them.

The festival moves between 21 January and 20 February, so its effect is not part of an ordinary seasonal factor.
Method page: methodology/5-adjust.md. Source: Bell and Hillmer (1983), J. Amer. Statist. Assoc. 78, 526-534.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months
from shuibei_index.errors import UsageError

CENTRES = ("calendar", "mean", "none")
# The festival is never before 21 January: a longer window before it would need the next year's date in December.
_LONGEST_BEFORE = 20
_LONGEST_WINDOW = 180
_EPOCH = 1970 * 12


@cache
def spring_festival_dates() -> dict[int, dt.date]:
    """Return the first day of the lunar year by year, 1950 to 2100.

    Examples
    --------
    >>> spring_festival_dates()[2025].isoformat()
    '2025-01-29'
    """
    text = files("shuibei_index.adjust.holidays").joinpath("spring_festival.csv").read_text(encoding="utf-8")
    return {int(row["year"]): dt.date.fromisoformat(row["date"]) for row in csv.DictReader(text.splitlines())}


def spring_festival_regressors(
    start: str,
    end: str,
    before: int = 20,
    after: int = 20,
    *,
    during: int = 7,
    centre: str = "calendar",
    span: tuple[int, int] = (1950, 2100),
) -> pd.DataFrame:
    """Return monthly Spring Festival regressors: before, during and after the festival.

    Parameters
    ----------
    start, end
        First and last month, "YYYY-MM", within 1950-01 to 2100-12. For X-13 `end` reaches the forecast horizon.
    before, during, after
        Lengths of the three windows in days. Day 0 is the first day of the lunar year: `before` covers the days
        -before … -1, `during` the days 0 … during - 1, `after` the `after` days that follow. 0 leaves a window out.
    centre
        "calendar" subtracts the mean of the same calendar month over `span`, so that the regressor carries no
        ordinary seasonality; "mean" subtracts the overall mean; "none" keeps the plain shares.
    span
        First and last year of the mean. Fixed, so that the regressors of the past do not change as years are added.

    Returns
    -------
    DataFrame
        Index: months "YYYY-MM". Columns: those of before, during, after that are longer than 0 days.

    Raises
    ------
    UsageError
        A month or year lies outside the date table, or a window is negative or too long.

    Notes
    -----
    Uncentred, a column is the share of the window's days that falls in the month: it sums to 1 over a year.

    Examples
    --------
    >>> spring_festival_regressors("2025-01", "2025-03", 20, 20, centre="none").round(4)
             before  during  after
    2025-01     1.0  0.4286    0.0
    2025-02     0.0  0.5714    1.0
    2025-03     0.0  0.0000    0.0
    """
    for name, days in (("before", before), ("during", during), ("after", after)):
        if not isinstance(days, int) or not 0 <= days <= _LONGEST_WINDOW:
            raise UsageError(f"{name} is {days!r} days; expected a whole number from 0 to {_LONGEST_WINDOW}")
    dates = spring_festival_dates()
    first, last = min(dates), max(dates)
    limit = f"{last}-11" if before > _LONGEST_BEFORE else f"{last}-12"
    for month in (start, end):
        months.ordinal(month)
        if not f"{first}-01" <= month <= limit:
            raise UsageError(f"{month} lies outside the Spring Festival table; expected {first}-01 to {limit}")
    windows = {"before": (-before, -1), "during": (0, during - 1), "after": (during, during + after - 1)}
    used = {name: window for name, window in windows.items() if window[0] <= window[1]}
    return festival_regressors(start, end, used, dates=dates.values(), centre=centre, span=span)


def festival_regressors(
    start: str,
    end: str,
    windows: Mapping[str, tuple[int, int]],
    *,
    dates: Iterable[dt.date],
    centre: str = "calendar",
    span: tuple[int, int],
) -> pd.DataFrame:
    """Return monthly regressors of any moving festival, one column per window.

    Parameters
    ----------
    start, end
        First and last month, "YYYY-MM".
    windows
        Column name → first and last day of the window, counted from the festival (day 0), both included.
    dates
        Day 0 of every year that matters: the months asked for and the years of `span`.
    centre, span
        As in `spring_festival_regressors`.

    Raises
    ------
    UsageError
        The years of `span` are not all in `dates`, a window is empty, or `centre` is unknown.
    """
    days = np.array(sorted(dates), dtype="datetime64[D]")
    if centre not in CENTRES:
        raise UsageError(f"centre is {centre!r}; expected one of {', '.join(CENTRES)}")
    for name, (first_day, last_day) in windows.items():
        if first_day > last_day:
            raise UsageError(f"window {name!r} ends on day {last_day}, before it starts on day {first_day}")
    asked = months.between(start, end)
    bounds = list(windows.values())
    values = _shares(days, bounds, months.ordinal(start), months.ordinal(end))
    if centre != "none":
        years = set(days.astype("datetime64[Y]").astype(int) + 1970)
        missing = [year for year in range(span[0], span[1] + 1) if year not in years]
        if missing or span[0] > span[1]:
            what = f"no festival date for {missing[0]}" if missing else "it ends before it starts"
            raise UsageError(f"centring span {span[0]}-{span[1]}: {what}")
        whole = _shares(days, bounds, span[0] * 12, span[1] * 12 + 11).reshape(-1, 12, len(bounds))
        by_month = whole.mean(axis=0) if centre == "calendar" else np.tile(whole.mean(axis=(0, 1)), (12, 1))
        values = values - by_month[(months.ordinal(start) + np.arange(len(asked))) % 12]
    return pd.DataFrame(values, index=pd.Index(asked), columns=list(windows))


def _shares(
    days: npt.NDArray[np.datetime64], bounds: list[tuple[int, int]], first: int, last: int
) -> npt.NDArray[np.float64]:
    """Return the share of each window's days in each month from `first` to `last`, shape (T, windows)."""
    count = last - first + 1
    out = np.zeros((count, len(bounds)))
    for column, (begin, end) in enumerate(bounds):
        covered = days[:, None] + np.arange(begin, end + 1)
        position = covered.astype("datetime64[M]").astype(np.int64).ravel() + _EPOCH - first
        inside = position[(position >= 0) & (position < count)]
        out[:, column] = np.bincount(inside, minlength=count) / (end - begin + 1)
    return out
