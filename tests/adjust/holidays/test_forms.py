from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.adjust.holidays.dates import holiday_dates
from shuibei_index.adjust.holidays.regressors import festival_regressors, spring_festival_regressors
from shuibei_index.errors import UsageError


def test_stock_by_hand() -> None:
    # 2026: festival on 17 February; before 28 January to 16 February: 4 of 20 days over at the end of January.
    table = spring_festival_regressors("2026-01", "2026-04", 20, 20, centre="none", form="stock")
    assert_allclose(table["before"], [4 / 20, 1, 1, 1], atol=1e-12)
    assert_allclose(table["during"], [0, 1, 1, 1], atol=1e-12)
    assert_allclose(table["after"], [0, 5 / 20, 1, 1], atol=1e-12)


@pytest.mark.parametrize("period", [12, 4])
def test_centred_stock_is_the_running_sum_of_the_centred_flow(period: int) -> None:
    # Findley, Monsell and Hou (2012): stocks accumulate flows, and so do their regressors.
    start, end = ("1950-01", "2100-12") if period == 12 else ("1950-Q1", "2100-Q4")
    flow = spring_festival_regressors(start, end, 20, 60, period=period)
    stock = spring_festival_regressors(start, end, 20, 60, period=period, form="stock")
    assert_allclose(stock, flow.cumsum(), rtol=0, atol=1e-12)
    assert np.abs(stock.to_numpy()).max() > 0.1


def test_stock_runs_on_over_the_turn_of_the_year() -> None:
    # Window of 14 days from 25 December: 7 of them in December, 7 in January.
    dates = [pd.Timestamp(f"{year}-12-25").date() for year in range(2000, 2011)]
    table = festival_regressors(
        "2004-11", "2005-02", {"x": (0, 13)}, dates=dates, centre="none", span=(2000, 2010), form="stock"
    )
    assert table["x"].tolist() == [0.0, 0.5, 0.0, 0.0]
    ahead = festival_regressors(
        "2004-11", "2005-03", {"x": (0, 13)}, dates=[pd.Timestamp(f"{y}-01-05").date() for y in range(2000, 2011)],
        centre="none", span=(2000, 2010), form="stock",
    )  # fmt: skip
    assert ahead["x"].tolist() == [1.0, 1.0, 1.0, 1.0, 1.0]
    early = festival_regressors(
        "2004-11", "2005-01", {"x": (-10, -1)}, dates=[pd.Timestamp(f"{y}-01-06").date() for y in range(2000, 2011)],
        centre="none", span=(2000, 2010), form="stock",
    )  # fmt: skip
    assert early["x"].tolist() == [1.0, 1.5, 1.0]


def test_a_quarter_is_the_sum_of_its_months() -> None:
    windows = {"a": (-20, -1), "b": (0, 60)}
    dates = holiday_dates("mid_autumn").values()
    monthly = festival_regressors("1990-01", "2029-12", windows, dates=dates, span=(1950, 2100))
    quarterly = festival_regressors("1990-Q1", "2029-Q4", windows, dates=dates, span=(1950, 2100), period=4)
    assert list(quarterly.index[:2]) == ["1990-Q1", "1990-Q2"]
    assert_allclose(quarterly, monthly.to_numpy().reshape(-1, 3, 2).sum(axis=1), rtol=0, atol=1e-12)


def test_the_stock_of_a_quarter_is_that_of_its_last_month() -> None:
    monthly = spring_festival_regressors("1990-01", "2029-12", 20, 60, form="stock")
    quarterly = spring_festival_regressors("1990-Q1", "2029-Q4", 20, 60, form="stock", period=4)
    assert_allclose(quarterly, monthly.iloc[2::3], rtol=0, atol=1e-12)


def test_daily_weights_move_the_share() -> None:
    # 2026: before from 28 January: the first four of twenty days are in January.
    weight = np.arange(20, 0, -1) / 210
    table = spring_festival_regressors("2026-01", "2026-02", 20, 0, centre="none", weights={"before": weight})
    assert_allclose(table["before"], [(20 + 19 + 18 + 17) / 210, 1 - 74 / 210], rtol=1e-12)
    assert table["during"].tolist() == [0.0, 1.0]
    equal = spring_festival_regressors("2000-01", "2030-12", weights={"before": [1 / 20] * 20})
    assert_allclose(equal, spring_festival_regressors("2000-01", "2030-12"), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "weights", [{"eve": [1.0]}, {"before": [0.5, 0.5]}, {"before": [0.04] * 20}, {"during": [np.nan] * 7}]
)
def test_weights_that_do_not_fit(weights: dict[str, list[float]]) -> None:
    with pytest.raises(UsageError, match="daily weights") as raised:
        spring_festival_regressors("2025-01", "2025-02", weights=weights)
    assert "日权重" in raised.value.zh


def test_wrong_form_period_and_quarter() -> None:
    with pytest.raises(UsageError, match="flow, stock"):
        spring_festival_regressors("2025-01", "2025-02", form="flows")
    with pytest.raises(UsageError, match="months"):
        spring_festival_regressors("2025-01", "2025-02", period=6)
    with pytest.raises(UsageError, match="not a quarter"):
        spring_festival_regressors("2025-01", "2025-02", period=4)
    with pytest.raises(UsageError, match="before the first"):
        spring_festival_regressors("2025-Q2", "2025-Q1", period=4)
    with pytest.raises(UsageError, match="2101-Q1 lies outside"):
        spring_festival_regressors("2099-Q1", "2101-Q1", period=4)
