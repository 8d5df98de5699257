from __future__ import annotations

import calendar
import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from shuibei_index.adjust.holidays.working_days import read_working_days, working_day_regressor
from shuibei_index.errors import UsageError

# An invented arrangement: the first week of October off, the Saturday before it worked; longer in the second year.
OFF = [dt.date(2022, 10, day) for day in range(1, 8)] + [dt.date(2023, 10, day) for day in range(1, 10)]
WORK = [dt.date(2022, 9, 24), dt.date(2023, 9, 30)]


def counted(year: int, month: int, off: list[dt.date], work: list[dt.date]) -> float:
    days = [dt.date(year, month, day + 1) for day in range(calendar.monthrange(year, month)[1])]
    working = [day for day in days if (day.weekday() < 5 and day not in off) or day in work]
    return len(working) - 2.5 * (len(days) - len(working))


def test_equal_to_a_count_of_days() -> None:
    table = working_day_regressor("2022-01", "2023-12", OFF, WORK)["working_days"]
    years = (2022, 2023)
    for month in range(1, 13):
        weekdays = np.mean([counted(year, month, [], []) for year in range(1980, 2008)])
        change = {y: counted(y, month, OFF, WORK) - counted(y, month, [], []) for y in years}
        for year in years:
            expected = counted(year, month, OFF, WORK) - weekdays - np.mean(list(change.values()))
            assert table[f"{year}-{month:02d}"] == pytest.approx(expected, abs=1e-12)


def test_quarters_are_sums_of_months() -> None:
    months = working_day_regressor("2022-01", "2023-12", OFF, WORK).to_numpy()
    quarters = working_day_regressor("2022-Q1", "2023-Q4", OFF, WORK, period=4)
    assert quarters.index[0] == "2022-Q1"
    assert_allclose(quarters.to_numpy(), months.reshape(-1, 3, 1).sum(axis=1), atol=1e-12)


def test_years_without_a_notice() -> None:
    with pytest.raises(UsageError, match="no days off for 2024") as raised:
        working_day_regressor("2022-01", "2024-12", OFF, WORK)
    assert "2024" in raised.value.zh
    table = working_day_regressor("2022-01", "2024-12", OFF, WORK, beyond="average")["working_days"]
    weekdays = np.mean([counted(year, 10, [], []) for year in range(1980, 2008)])
    assert table["2024-10"] == pytest.approx(counted(2024, 10, [], []) - weekdays)
    with pytest.raises(UsageError, match="no days off for 2021"):
        working_day_regressor("2021-01", "2022-12", OFF, WORK, beyond="average")


@pytest.mark.parametrize(
    ("off", "work", "beyond", "says"),
    [
        ([], [], "refuse", "no days off are given"),
        (OFF, [dt.date(2022, 10, 1)], "refuse", "2022-10-01: a make-up day"),
        (OFF, [dt.date(2022, 9, 21)], "refuse", "2022-09-21: a make-up day"),
        (OFF, [dt.date(2024, 9, 21)], "refuse", "make-up day 2024-09-21: the table has no days off"),
        (OFF, WORK, "zero", "expected refuse or average"),
    ],
)
def test_wrong_use(off: list[dt.date], work: list[dt.date], beyond: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        working_day_regressor("2022-01", "2022-12", off, work, beyond=beyond)
    assert raised.value.zh


def test_table_of_a_user(tmp_path: Path) -> None:
    path = tmp_path / "working_days.csv"
    path.write_text("date,kind,note\n2022-10-01,off,国庆\n2022-10-08,work,\n", encoding="utf-8-sig")
    assert read_working_days(path) == ([dt.date(2022, 10, 1)], [dt.date(2022, 10, 8)])
    path.write_text("date,kind\n2022-10-01,off\n2022-10-32,work\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"working_days.csv, line 3: '2022-10-32'") as raised:
        read_working_days(path)
    assert "第 3 行" in raised.value.zh
    path.write_text("date,kind\n2022-10-01,holiday\n", encoding="utf-8")
    with pytest.raises(UsageError, match="line 2"):
        read_working_days(path)
    path.write_text("day,kind\n", encoding="utf-8")
    with pytest.raises(UsageError, match="expected columns date, kind"):
        read_working_days(path)
