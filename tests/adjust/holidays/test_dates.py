from __future__ import annotations

import datetime as dt
import runpy
from pathlib import Path

import pytest
from borax.calendars.lunardate import LunarDate
from lunar_python import Lunar, LunarYear

from shuibei_index.adjust.holidays.dates import HOLIDAYS, Holiday, holiday, holiday_dates, moving_holidays
from shuibei_index.errors import UsageError

LUNAR = [kept for kept in HOLIDAYS.values() if kept.lunar]
# Two packages differ in two months: their new moon is less than three minutes before midnight.
UNCERTAIN = {("mid_autumn", 2089), ("qixi", 2097)}


@pytest.mark.parametrize("kept", LUNAR, ids=lambda kept: kept.name)
def test_every_lunar_date_agrees_with_two_packages(kept: Holiday) -> None:
    ours = holiday_dates(kept.name)
    assert list(ours) == list(range(1950, 2101))
    first = {year: LunarDate(year, kept.month, kept.day).to_solar_date() for year in ours}
    second = {
        year: dt.date.fromisoformat(Lunar.fromYmd(year, kept.month, kept.day).getSolar().toYmd()) for year in ours
    }
    assert ours == second
    differ = {year for year in ours if ours[year] != first[year]}
    assert {(kept.name, year) for year in differ} == {entry for entry in UNCERTAIN if entry[0] == kept.name}
    assert all(first[year] - ours[year] == dt.timedelta(1) for year in differ)


@pytest.mark.parametrize("kept", LUNAR, ids=lambda kept: kept.name)
def test_a_leap_month_has_no_holiday(kept: Holiday) -> None:
    # In years with a leap month of the same number the holiday is in the ordinary month, about 30 days before.
    doubled = [year for year in range(1950, 2100) if LunarYear.fromYear(year).getLeapMonth() == kept.month]
    for year in doubled:
        again = LunarDate(year, kept.month, kept.day, 1).to_solar_date()
        assert (again - holiday_dates(kept.name)[year]).days in (29, 30)
    assert bool(doubled) == (kept.month in (5, 7, 8))


def test_dates_known_from_the_calendar() -> None:
    known = {
        ("mid_autumn", "1995-09-09"),  # leap eighth month
        ("mid_autumn", "2020-10-01"),  # on National Day
        ("mid_autumn", "2025-10-06"),
        ("dragon_boat", "2009-05-28"),  # leap fifth month
        ("dragon_boat", "2023-06-22"),
        ("qixi", "2025-08-29"),
        ("lantern", "2025-02-12"),
        ("spring_festival", "2025-01-29"),
    }
    assert all(holiday_dates(name)[int(day[:4])].isoformat() == day for name, day in known)


def test_fixed_dates() -> None:
    assert set(holiday_dates("national_day").values()) == {dt.date(year, 10, 1) for year in range(1950, 2101)}
    assert {(day.month, day.day) for day in holiday_dates("labour_day").values()} == {(5, 1)}
    assert min(holiday_dates("singles_day")) == 2009
    assert holiday_dates("singles_day")[2024] == dt.date(2024, 11, 11)


def test_names() -> None:
    assert all(kept.code.isascii() and len(f"{kept.code}_before") <= 16 for kept in HOLIDAYS.values())
    assert len({kept.code for kept in HOLIDAYS.values()}) == len(HOLIDAYS)
    with pytest.raises(UsageError, match="mid_autumn") as raised:
        holiday("mid_autum")
    assert "没有节日" in raised.value.zh


def test_a_callers_change_does_not_reach_the_table() -> None:
    holiday_dates("qixi")[2025] = dt.date(2025, 1, 1)
    assert holiday_dates("qixi")[2025] == dt.date(2025, 8, 29)


def test_table_of_moving_holidays() -> None:
    table = moving_holidays()
    assert table.shape == (151, 5)
    assert list(table.columns) == [kept.name for kept in LUNAR]
    assert table.loc[2026, "spring_festival"] == dt.date(2026, 2, 17)


def test_the_tool_gives_the_shipped_tables() -> None:
    # One table: the others are compared with the package behind the tool above.
    path = Path(__file__).parents[3] / "tools" / "make_holidays.py"
    if not path.is_file():
        pytest.skip("the tools are not part of this copy")
    tool = runpy.run_path(str(path))
    assert tool["table"](8, 15) == (tool["FOLDER"] / "mid_autumn.csv").read_text(encoding="utf-8")
