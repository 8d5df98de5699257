"""The regressors equal the published generator's, and a second, slow way of counting days."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.adjust.holidays.dates import holiday_dates
from shuibei_index.adjust.holidays.regressors import festival_regressors

WINDOWS = {
    f"s{a:+d}_e{b:+d}": (a, b)
    for a, b in (
        (0, 0), (-1, -1), (0, 6), (-6, -1), (-7, -1), (-10, -1), (-14, -1), (-20, -1), (7, 13), (7, 26), (-15, 15),
        (-1, 5),
    )
}  # fmt: skip


def counted(
    dates: list[dt.date], window: tuple[int, int], years: tuple[int, int], centre: str, period: int
) -> list[float]:
    """Return a regressor by walking from day to day."""
    step = 12 // period
    share: dict[tuple[int, int], float] = {
        (year, place): 0.0 for year in range(years[0], years[1] + 1) for place in range(period)
    }
    length = window[1] - window[0] + 1
    number = dict.fromkeys(share, 0)
    for date in dates:
        for offset in range(window[0], window[1] + 1):
            day = date + dt.timedelta(days=offset)
            key = (day.year, (day.month - 1) // step)
            if key in number:
                number[key] += 1
    share = {key: count / length for key, count in number.items()}
    span = years[1] - years[0] + 1
    if centre == "mean":
        mean = sum(share.values()) / len(share)
        return [value - mean for value in share.values()]
    if centre == "calendar":
        means = [sum(v for (_, p), v in share.items() if p == place) / span for place in range(period)]
        return [value - means[place] for (_, place), value in share.items()]
    return list(share.values())


@pytest.mark.parametrize("centre", ["calendar", "mean", "none"])
@pytest.mark.parametrize("period", [12, 4])
@pytest.mark.parametrize("name", ["spring_festival", "mid_autumn"])
def test_twelve_windows_equal_a_count_of_days(name: str, period: int, centre: str) -> None:
    dates = holiday_dates(name)
    start, end = ("1950-01", "2100-12") if period == 12 else ("1950-Q1", "2100-Q4")
    ours = festival_regressors(
        start, end, WINDOWS, dates=dates.values(), centre=centre, span=(1950, 2100), period=period
    )
    for column, window in WINDOWS.items():
        theirs = counted(list(dates.values()), window, (1950, 2100), centre, period)
        assert_allclose(ours[column], theirs, rtol=0, atol=1e-12, err_msg=column)
    # within quarters the Spring Festival does not move: there every column is 0
    assert np.abs(ours.to_numpy()).max() > 0.3 or (name, period, centre) == ("spring_festival", 4, "calendar")


@pytest.mark.parametrize("centre", ["calendar", "mean", "none"])
def test_twelve_windows_equal_genhol(golden: Path, centre: str) -> None:
    # The file holds the calendar-centred columns. One year of plain shares, counted day by day, gives the means that
    # were taken away, and with them the plain shares of the other hundred years.
    theirs = pd.read_csv(golden / "genhol_cny_calendar.csv")
    columns = list(theirs.columns[2:])
    assert [tuple(map(int, re.findall(r"[+-]\d+", column))) for column in columns] == list(WINDOWS.values())
    values = theirs[columns]
    dates = [dt.date.fromisoformat(day) for day in pd.read_csv(golden.parent / "cny_dates.csv")["date"]]
    if centre != "calendar":
        counts = np.array([counted(dates[:1], window, (1930, 1930), "none", 12) for window in WINDOWS.values()]).T
        plain = values + np.tile(counts - values[:12], (101, 1))
        values = plain if centre == "none" else plain - plain.mean()
    ours = festival_regressors("1930-01", "2030-12", WINDOWS, dates=dates, centre=centre, span=(1930, 2030))
    assert_allclose(ours, values, rtol=0, atol=1e-12)
