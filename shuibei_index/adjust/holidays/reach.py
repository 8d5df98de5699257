"""Lengths of windows, and the months the date tables reach for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from shuibei_index.adjust import periods
from shuibei_index.adjust.holidays.dates import FIRST_YEAR, Holiday, holiday_dates
from shuibei_index.adjust.holidays.shares import number
from shuibei_index.errors import UsageError

_LONGEST_WINDOW = 180


def check_window(name: str, days: object) -> None:
    """Refuse a window length that is no whole number of days from 0 to 180.

    Raises
    ------
    UsageError
        Names the window.
    """
    if not isinstance(days, int) or not 0 <= days <= _LONGEST_WINDOW:
        raise UsageError(
            f"{name} is {days!r} days; expected a whole number from 0 to {_LONGEST_WINDOW}",
            zh=f"{name} 为 {days!r} 天，应为 0 至 {_LONGEST_WINDOW} 的整数",
        )


def require_reach(
    holiday: Holiday, windows: Mapping[str, tuple[int, int]], start: str, end: str, period: int = 12
) -> None:
    """Refuse periods for which a date before or after the table could matter.

    Parameters
    ----------
    holiday
        The holiday.
    windows
        Column name → first and last day of the window.
    start, end
        First and last period asked for.
    period
        Periods a year.

    Raises
    ------
    UsageError
        Names the period and what the table reaches.
    """
    dates = holiday_dates(holiday.name)
    first, last = FIRST_YEAR * 12, max(dates) * 12 + 11
    if windows and holiday.since == FIRST_YEAR:
        # the holiday of the year before the table can be as late as the latest of the table
        latest = max((day.month, day.day) for day in dates.values())
        reached = dt.date(FIRST_YEAR - 1, *latest) + dt.timedelta(days=max(end_day for _, end_day in windows.values()))
        first = max(first, reached.year * 12 + reached.month)
    if windows:
        earliest = min((day.month, day.day) for day in dates.values())
        begins = dt.date(max(dates) + 1, *earliest) + dt.timedelta(days=min(begin for begin, _ in windows.values()))
        last = min(last, begins.year * 12 + begins.month - 2)
    step = 12 // period
    low, high = -(-first // step), (last + 1) // step - 1
    for label in (start, end):
        if not low <= number(label, period) <= high:
            reach = periods.label(low, period), periods.label(high, period)
            raise UsageError(
                f"{label} lies outside the {holiday.en} table; expected {reach[0]} to {reach[1]}",
                zh=f"{label} 超出{holiday.zh}日期表，应在 {reach[0]} 至 {reach[1]} 之间",
            )
