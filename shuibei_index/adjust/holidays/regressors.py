"""Spring Festival dates and the regressors made from them.

The festival moves between 21 January and 20 February, so its effect is not part of an ordinary seasonal factor.
Method page: methodology/5-adjust.md. Source: Bell and Hillmer (1983), J. Amer. Statist. Assoc. 78, 526-534.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.adjust.holidays.dates import holiday, holiday_dates
from shuibei_index.adjust.holidays.reach import check_window, require_reach
from shuibei_index.adjust.holidays.shares import checked_weights, flow, labels, number, stock
from shuibei_index.errors import UsageError

CENTRES = ("calendar", "mean", "none")
FORMS = ("flow", "stock")

Weights = Mapping[str, Sequence[float] | npt.NDArray[np.float64]]


def spring_festival_dates() -> dict[int, dt.date]:
    """Return the first day of the lunar year by year, 1950 to 2100.

    Examples
    --------
    >>> spring_festival_dates()[2025].isoformat()
    '2025-01-29'
    """
    return holiday_dates("spring_festival")


def spring_festival_regressors(
    start: str,
    end: str,
    before: int = 20,
    after: int = 20,
    *,
    during: int = 7,
    centre: str = "calendar",
    span: tuple[int, int] = (1950, 2100),
    form: str = "flow",
    period: int = 12,
    weights: Weights | None = None,
) -> pd.DataFrame:
    """Return the Spring Festival regressors: before, during and after the festival.

    Parameters
    ----------
    start, end
        First and last month, "YYYY-MM", within 1950-01 to 2100-12 (quarters, "YYYY-Qn", where `period` is 4). For X-13
        `end` reaches the forecast horizon.
    before, during, after
        Lengths of the three windows in days. Day 0 is the first day of the lunar year: `before` covers the days
        -before … -1, `during` the days 0 … during - 1, `after` the `after` days that follow. 0 leaves a window out.
    centre
        "calendar" subtracts the mean of the same calendar month over `span`, so that the regressor carries no
        ordinary seasonality; "mean" subtracts the overall mean; "none" keeps the plain shares.
    span
        First and last year of the mean. Fixed, so that the regressors of the past do not change as years are added.
    form
        "flow" for sums over the month (turnover), "stock" for values at its end (inventories), see Notes.
    period
        12 = months, 4 = quarters.
    weights
        Daily weights of some of the windows, each summing to 1, e.g. ``daily_weights(...).weights``. Default: equal.

    Returns
    -------
    DataFrame
        Index: months "YYYY-MM" (quarters "YYYY-Qn"). Columns: those of before, during, after longer than 0 days.

    Raises
    ------
    UsageError
        A month or year lies outside the date table, or a window is negative or too long.

    Notes
    -----
    Uncentred, a column is the share of the window's days that falls in the month: it sums to 1 over a year. The stock
    form is its running sum within the year: the share of the window that is over at the end of the month (Findley,
    Monsell and Hou 2012); centred, it is the running sum of the centred flow regressor.

    Examples
    --------
    >>> spring_festival_regressors("2025-01", "2025-03", 20, 20, centre="none").round(4)
             before  during  after
    2025-01     1.0  0.4286    0.0
    2025-02     0.0  0.5714    1.0
    2025-03     0.0  0.0000    0.0
    """
    for name, days in (("before", before), ("during", during), ("after", after)):
        check_window(name, days)
    windows = three_windows(before, during, after)
    require_reach(holiday("spring_festival"), windows, start, end, period)
    dates = spring_festival_dates().values()
    return festival_regressors(
        start, end, windows, dates=dates, centre=centre, span=span, form=form, period=period, weights=weights
    )


def three_windows(before: int, during: int, after: int) -> dict[str, tuple[int, int]]:
    """Return first and last day of the windows longer than 0 days.

    Examples
    --------
    >>> three_windows(20, 7, 0)
    {'before': (-20, -1), 'during': (0, 6)}
    """
    windows = {"before": (-before, -1), "during": (0, during - 1), "after": (during, during + after - 1)}
    return {name: window for name, window in windows.items() if window[0] <= window[1]}


def festival_regressors(
    start: str,
    end: str,
    windows: Mapping[str, tuple[int, int]],
    *,
    dates: Iterable[dt.date],
    centre: str = "calendar",
    span: tuple[int, int],
    form: str = "flow",
    period: int = 12,
    weights: Weights | None = None,
) -> pd.DataFrame:
    """Return regressors of any moving festival, one column per window.

    Parameters
    ----------
    start, end
        First and last month, "YYYY-MM"; or quarter, "YYYY-Qn", where `period` is 4.
    windows
        Column name → first and last day of the window, counted from the festival (day 0), both included.
    dates
        Day 0 of every year that matters: the months asked for and the years of `span`.
    centre, span, form, period, weights
        As in `spring_festival_regressors`.

    Raises
    ------
    UsageError
        The years of `span` are not all in `dates`, a window is empty, the weights do not fit, or `centre`, `form` or
        `period` is unknown.

    Notes
    -----
    Only the dates given are counted. Where a window crosses the turn of the year, the first and last year of `dates`
    lack the days of the holiday before or after them, in the values as in the means; so it is with genhol.
    """
    days = np.array(sorted(dates), dtype="datetime64[D]")
    if centre not in CENTRES:
        raise UsageError(
            f"centre is {centre!r}; expected one of {', '.join(CENTRES)}",
            zh=f"centre 为 {centre!r}，应为 {'、'.join(CENTRES)} 之一",
        )
    for name, (first_day, last_day) in windows.items():
        if first_day > last_day:
            raise UsageError(
                f"window {name!r} ends on day {last_day}, before it starts on day {first_day}",
                zh=f"窗口 {name} 止于第 {last_day} 天，早于起始的第 {first_day} 天",
            )
    if form not in FORMS:
        raise UsageError(
            f"form is {form!r}; expected one of {', '.join(FORMS)}",
            zh=f"form 为 {form!r}，应为 flow（流量）或 stock（存量）",
        )
    asked = labels(start, end, period)
    bounds, daily = list(windows.values()), checked_weights(windows, weights)
    made = flow if form == "flow" else stock
    first = number(start, period)
    values = made(days, bounds, daily, first, first + len(asked) - 1, period)
    if centre != "none":
        years = set(days.astype("datetime64[Y]").astype(int) + 1970)
        missing = [year for year in range(span[0], span[1] + 1) if year not in years]
        if missing or span[0] > span[1]:
            what = f"no festival date for {missing[0]}" if missing else "it ends before it starts"
            what_zh = f"没有 {missing[0]} 年的日期" if missing else "末年早于首年"
            raise UsageError(
                f"centring span {span[0]}-{span[1]}: {what}", zh=f"中心化年份 {span[0]}-{span[1]}：{what_zh}"
            )
        every = made(days, bounds, daily, span[0] * period, span[1] * period + period - 1, period)
        whole = every.reshape(-1, period, len(bounds))
        means = whole.mean(axis=0) if centre == "calendar" else np.tile(whole.mean(axis=(0, 1)), (period, 1))
        values = values - means[(first + np.arange(len(asked))) % period]
    return pd.DataFrame(values, index=pd.Index(asked), columns=list(windows))
