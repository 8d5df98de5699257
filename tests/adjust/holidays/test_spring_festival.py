from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from borax.calendars.lunardate import LunarDate
from lunar_python import Lunar
from numpy.testing import assert_allclose

from shuibei_index.adjust import (
    default_specification,
    festival_regressors,
    spring_festival_dates,
    spring_festival_regressors,
)
from shuibei_index.errors import UsageError


def test_table_agrees_with_two_independent_packages() -> None:
    dates = spring_festival_dates()
    assert list(dates) == list(range(1950, 2101))
    assert dates == {year: LunarDate(year, 1, 1).to_solar_date() for year in dates}
    assert {y: d.isoformat() for y, d in dates.items()} == {
        year: Lunar.fromYmd(year, 1, 1).getSolar().toYmd() for year in dates
    }
    assert min(d.replace(year=2000) for d in dates.values()) == dt.date(2000, 1, 21)
    # A before-window of 20 days stays out of December because of this.


def test_table_agrees_with_the_dates_of_another_project() -> None:
    path = Path(__file__).parents[4] / "shared/data/reference/seasonal/cny_dates.csv"
    if not path.is_file():
        pytest.skip("the reference folder is not on this machine")
    theirs = {d.year: d for d in map(dt.date.fromisoformat, pd.read_csv(path)["date"])}
    ours = spring_festival_dates()
    common = sorted(set(theirs) & set(ours))
    assert common == list(range(1950, 2031))
    assert [theirs[y] for y in common] == [ours[y] for y in common]


def test_shares_by_hand() -> None:
    # 2025: festival on 29 January. before 9-28 Jan: all in January. during 29 Jan-4 Feb: 3 and 4 days.
    # 2026: festival on 17 February. before 28 Jan-16 Feb: 4 and 16 days; after 24 Feb-15 Mar: 5 and 15 days.
    table = spring_festival_regressors("2025-01", "2026-04", 20, 20, centre="none")
    assert list(table.columns) == ["before", "during", "after"]
    assert table.loc["2025-01"].tolist() == [1.0, 3 / 7, 0.0]
    assert table.loc["2025-02"].tolist() == [0.0, 4 / 7, 1.0]
    assert table.loc["2026-01"].tolist() == [4 / 20, 0.0, 0.0]
    assert table.loc["2026-02"].tolist() == [16 / 20, 1.0, 5 / 20]
    assert table.loc["2026-03"].tolist() == [0.0, 0.0, 15 / 20]
    assert not table.loc[["2025-12", "2026-04"]].to_numpy().any()


def test_uncentred_shares_sum_to_one_each_year() -> None:
    table = spring_festival_regressors("1950-01", "2100-12", 14, 10, during=5, centre="none")
    assert_allclose(table.groupby(table.index.str[:4]).sum(), 1.0, rtol=1e-12)


def test_centred_by_calendar_month_over_the_fixed_span() -> None:
    table = spring_festival_regressors("1950-01", "2100-12")
    means = table.groupby(table.index.str[5:]).mean()
    assert np.abs(means.to_numpy()).max() < 1e-15
    assert np.abs(table.to_numpy()).max() > 0.5


def test_the_past_does_not_change_as_months_are_added() -> None:
    short, long = spring_festival_regressors("2014-01", "2020-12"), spring_festival_regressors("2014-01", "2025-12")
    pd.testing.assert_frame_equal(short, long.loc[:"2020-12"], check_exact=True)


def test_overall_mean() -> None:
    table = spring_festival_regressors("1950-01", "2100-12", centre="mean")
    assert_allclose(table.mean(), 0.0, atol=1e-15)
    plain = spring_festival_regressors("1950-01", "2100-12", centre="none")
    assert_allclose(plain - table, 1 / 12, rtol=1e-12)


def test_window_of_no_days_is_left_out() -> None:
    assert list(spring_festival_regressors("2024-01", "2024-12", 0, 7).columns) == ["during", "after"]


def test_defaults_are_those_of_the_rules() -> None:
    spec = default_specification(month="2025-06")
    assert spec.festival is not None
    before, during, after = spec.festival
    by_rule = spring_festival_regressors("2024-01", "2024-12", before, after, during=during, span=spec.span)
    pd.testing.assert_frame_equal(spring_festival_regressors("2024-01", "2024-12"), by_rule, check_exact=True)


@pytest.mark.parametrize(
    ("start", "end", "before", "after", "says"),
    [
        ("1949-12", "1950-12", 20, 20, "1949-12 lies outside"),
        ("2099-12", "2101-01", 20, 20, "2101-01 lies outside"),
        ("2099-12", "2100-12", 21, 20, "2100-12 lies outside"),  # its December would need the festival of 2101
        ("2025-13", "2026-01", 20, 20, "2025-13"),
        ("2025-02", "2025-01", 20, 20, "before the first"),
        ("2025-01", "2025-02", -1, 20, "before is -1 days"),
        ("2025-01", "2025-02", 20, 181, "after is 181 days"),
    ],
)
def test_wrong_use_is_named(start: str, end: str, before: int, after: int, says: str) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        spring_festival_regressors(start, end, before, after)


def test_wrong_centring_is_named() -> None:
    with pytest.raises(UsageError, match="no festival date for 1930"):
        spring_festival_regressors("2025-01", "2025-02", span=(1930, 2030))
    with pytest.raises(UsageError, match="expected one of calendar, mean, none"):
        spring_festival_regressors("2025-01", "2025-02", centre="month")


def _windows(table: pd.DataFrame) -> dict[str, tuple[int, int]]:
    found = {name: re.fullmatch(r"s([+-]\d+)_e([+-]\d+)", name) for name in table.columns[2:]}
    return {name: (int(match[1]), int(match[2])) for name, match in found.items() if match}


def test_generator_agrees_with_genhol(golden: Path) -> None:
    theirs = pd.read_csv(golden / "genhol_cny_calendar.csv")
    windows = _windows(theirs)
    assert len(windows) == 12
    dates = [dt.date.fromisoformat(d) for d in pd.read_csv(golden.parent / "cny_dates.csv")["date"]]
    ours = festival_regressors("1930-01", "2030-12", windows, dates=dates, span=(1930, 2030))
    assert_allclose(ours, theirs[list(windows)], rtol=0, atol=1e-14)


def test_shipped_table_gives_the_shape_of_genhol(golden: Path) -> None:
    # Its centring span begins before our table: compared after taking out calendar-month means over the common years.
    theirs = pd.read_csv(golden / "genhol_cny_calendar.csv").query("1950 <= year <= 2030")
    windows = _windows(theirs)
    ours = festival_regressors(
        "1950-01", "2030-12", windows, dates=spring_festival_dates().values(), centre="none", span=(1950, 2100)
    )
    month = np.tile(np.arange(12), 81)
    shape = theirs[list(windows)].reset_index(drop=True)
    ours = ours.reset_index(drop=True)
    assert_allclose(
        ours - ours.groupby(month).transform("mean"), shape - shape.groupby(month).transform("mean"), rtol=0, atol=1e-14
    )
