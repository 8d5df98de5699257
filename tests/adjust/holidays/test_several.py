from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.adjust import seasonally_adjust
from shuibei_index.adjust.holidays.regressors import spring_festival_regressors
from shuibei_index.adjust.holidays.several import column_names, holiday_regressors, moving_columns
from shuibei_index.adjust.holidays.windows import describe_holidays, holiday_windows
from shuibei_index.errors import UsageError

FOUR = [("spring_festival", 20, 7, 20), ("dragon_boat", 7, 3, 0), ("qixi", 7, 1, 0), ("mid_autumn", 10, 3, 0)]


def test_columns_and_spring_festival_as_alone() -> None:
    table = holiday_regressors("2010-01", "2026-12", FOUR)
    names = [
        "cny_before", "cny_during", "cny_after", "boat_before", "boat_during", "qixi_before", "qixi_during",
        "moon_before", "moon_during",
    ]  # fmt: skip
    assert list(table.columns) == names == list(column_names(FOUR))
    alone = spring_festival_regressors("2010-01", "2026-12").to_numpy()
    assert np.array_equal(table.iloc[:, :3].to_numpy(), alone)


@pytest.mark.parametrize("form", ["flow", "stock"])
def test_centred_by_calendar_month(form: str) -> None:
    table = holiday_regressors("1951-01", "2100-11", FOUR, form=form, span=(1951, 2099)).loc[:"2099-12"]
    assert np.abs(table.groupby(table.index.str[5:]).mean().to_numpy()).max() < 1e-14
    assert (table.abs().max() > 0.05).all()


def test_mid_autumn_by_hand() -> None:
    # 2020: 1 October, so the 7 days before are all in September; 2025: 6 October, 5 of them in October.
    table = holiday_regressors("2020-09", "2025-10", [("mid_autumn", 7, 1, 0)], centre="none")
    assert table.loc[["2020-09", "2020-10"], "moon_before"].tolist() == [1.0, 0.0]
    assert_allclose(table.loc[["2025-09", "2025-10"], "moon_before"], [2 / 7, 5 / 7])


def test_x13_takes_them_and_finds_the_effects() -> None:
    rng = np.random.default_rng(4)
    month = pd.period_range("2008-01", periods=144, freq="M")
    table = holiday_regressors("2008-01", "2020-12", FOUR)
    true = {"cny_before": 0.2, "cny_during": -0.3, "cny_after": 0.1, "moon_before": 0.08, "boat_before": 0.05}
    effect = table[list(true)].to_numpy()[:144] @ np.array(list(true.values()))
    trend = np.cumsum(rng.normal(0.003, 0.004, 144))
    season = rng.normal(0, 0.05, 12)
    level = pd.Series(np.exp(4 + trend + season[np.arange(144) % 12] + effect + rng.normal(0, 0.005, 144)), index=month)
    done = seasonally_adjust(level.rename("rings"), regressors=table)
    assert done.status("rings") == "adjusted"
    found = done.coefficients.set_index("term")
    for name, size in true.items():
        column = next(term for term in found.index if term.endswith(name))
        estimate, error = found.loc[column, ["estimate", "se"]]
        assert abs(estimate - size) < 3 * error
        assert abs(estimate) > 2 * error


@pytest.mark.parametrize("name", ["national_day", "labour_day", "singles_day"])
def test_a_fixed_date_has_no_regressor(name: str) -> None:
    with pytest.raises(UsageError, match="same date every year") as raised:
        holiday_regressors("2012-01", "2026-12", [(name, 7, 7, 0)])
    assert "日期固定" in raised.value.zh
    kept = holiday_regressors("2012-01", "2026-12", [(name, 7, 7, 0)], fixed="keep")
    assert np.abs(kept.to_numpy()).max() < 1e-12
    assert moving_columns(kept) == []
    with pytest.raises(UsageError, match="expected refuse or keep"):
        holiday_regressors("2012-01", "2026-12", [(name, 7, 7, 0)], fixed="drop")
    assert holiday_regressors("2012-01", "2012-12", [(name, 3, 3, 0)], centre="none").to_numpy().max() > 0.4


def test_singles_day_where_the_series_begins_before_it() -> None:
    table = holiday_regressors("2005-01", "2014-12", [("singles_day", 0, 1, 0)])["singles_during"]
    november = table[table.index.str.endswith("-11")]
    assert november.tolist() == [-1.0] * 4 + [0.0] * 6
    assert not table.drop(november.index).any()


def test_columns_that_do_not_move() -> None:
    # Spring Festival 2020 to 2022: 25 January, 12 and 1 February: the second week is in February in all of them.
    years = holiday_regressors("2020-01", "2022-12", [("spring_festival", 0, 7, 7), ("qixi", 0, 1, 0)])
    assert moving_columns(years) == ["cny_during"]
    # Over quarters only a long window after the festival moves.
    quarters = holiday_regressors("2010-Q1", "2022-Q4", [("spring_festival", 20, 7, 60)], period=4)
    assert moving_columns(quarters, 4) == ["cny_after"]


def test_weights_by_holiday() -> None:
    weights = {"mid_autumn": {"before": np.arange(1, 11) / 55}}
    weighted = holiday_regressors("2010-01", "2012-12", FOUR, weights=weights)
    equal = holiday_regressors("2010-01", "2012-12", FOUR)
    changed = [name for name in equal if not np.allclose(weighted[name], equal[name])]
    assert changed == ["moon_before"]


@pytest.mark.parametrize(
    ("holidays", "says"),
    [
        ([], "no holiday is named"),
        ([("qixi", 1, 1, 0), ("qixi", 2, 1, 0)], "stands twice"),
        ([("qixi", 0, 0, 0)], "all windows are 0"),
        ([("qixi", 1, 1)], "expected .name, before, during, after"),
        (["qixi"], "expected .name, before, during, after"),
        ([("qixi", -1, 1, 0)], "qixi: before is -1"),
        ([("christmas", 1, 1, 0)], "no holiday 'christmas'"),
    ],
)
def test_wrong_use(holidays: list[tuple[str, int, int, int]], says: str) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        holiday_regressors("2010-01", "2012-12", holidays)
    assert raised.value.zh


def test_months_the_table_does_not_reach() -> None:
    # A window of 150 days after Mid-Autumn 1949 would reach into March 1950.
    with pytest.raises(UsageError, match=r"1950-03 lies outside .* 1950-04"):
        holiday_regressors("1950-03", "1960-12", [("mid_autumn", 0, 1, 175)])
    assert len(holiday_regressors("1950-04", "1960-12", [("mid_autumn", 0, 1, 175)])) == 129
    with pytest.raises(UsageError, match="2100-08 lies outside"):
        spring_festival_regressors("2090-01", "2100-08", 180, 0)
    with pytest.raises(UsageError, match="not among the holidays"):
        holiday_regressors("2010-01", "2012-12", [("qixi", 1, 1, 0)], weights={"lantern": {"before": [1.0]}})


def test_table_of_windows() -> None:
    table = holiday_windows(2024, 2025, [("mid_autumn", 7, 3, 0), ("singles_day", 0, 1, 0)])
    assert table["column"].tolist() == ["moon_before", "moon_during", "singles_during"] * 2
    row = table.iloc[3]
    assert (row["name_zh"], str(row["date"]), str(row["first_day"]), str(row["last_day"])) == (
        "中秋节", "2025-10-06", "2025-09-29", "2025-10-05",
    )  # fmt: skip
    assert ((table["last_day"] - table["first_day"]).map(lambda gap: gap.days) + 1 == table["days"]).all()
    assert holiday_windows(2005, 2010, [("singles_day", 0, 1, 0)])["year"].tolist() == [2009, 2010]
    daily = holiday_windows(2025, 2025, [("qixi", 2, 1, 0)], weights={"qixi": {"before": [0.3, 0.7]}})
    assert daily["weights"].tolist() == ["daily", "equal"]
    with pytest.raises(UsageError, match="no date for 2101"):
        holiday_windows(2099, 2101, [("qixi", 1, 1, 0)])


def test_in_words() -> None:
    text = describe_holidays([("spring_festival", 20, 7, 0)], form="stock", centre="mean")
    assert "春节 Spring Festival: 节前 before 20 天 days, 节中 during 7 天 days" in text
    assert "存量 stock; 按总均值中心化" in text
    with pytest.raises(UsageError, match="expected flow or stock"):
        describe_holidays([("qixi", 1, 1, 0)], centre="month")
