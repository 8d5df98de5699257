"""Seasonality is found where it is, and rarely where it is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust.quality.seasonality_tests import moving_seasonality
from shuibei_index.adjust.whether import seasonality_present


def walks(months: int, series: int, pattern: float, first: str = "2015-01") -> pd.DataFrame:
    rng = np.random.default_rng(6)
    season = rng.normal(0, pattern, (12, series)) if pattern else np.zeros((12, series))
    log = np.cumsum(rng.normal(0, 0.03, (months, series)), axis=0) + season[np.arange(months) % 12]
    index = pd.period_range(first, periods=months, freq="M")
    return pd.DataFrame(100 * np.exp(log), index, [f"S{k}" for k in range(series)])


@pytest.mark.parametrize("months", [60, 72, 120])
def test_size_and_power(months: int) -> None:
    walk = seasonality_present(walks(months, 200, 0.0))["present"]
    assert (walk != "none").mean() <= 0.05
    strong = seasonality_present(walks(months, 200, 0.03))["present"]
    assert (strong != "none").mean() >= 0.97


def test_the_month_a_series_begins_in_does_not_matter() -> None:
    one, other = (seasonality_present(walks(84, 3, 0.03, first)) for first in ("2015-01", "2015-08"))
    for column in ("f_stable", "kruskal", "qs"):
        np.testing.assert_allclose(one[column], other[column])


def test_ratios_keep_their_months() -> None:
    # the average takes half a year: the ratios of a series from January on begin in July
    frame = walks(75, 1, 0.03)
    x = frame["S0"].to_numpy()
    smooth = np.array([(x[t - 6] / 2 + x[t - 5 : t + 6].sum() + x[t + 6] / 2) / 12 for t in range(6, 69)])
    expected = moving_seasonality(x[6:69] / smooth, start=7).statistic
    assert seasonality_present(frame)["f_moving"].iloc[0] == pytest.approx(float(expected), rel=1e-10)


def test_what_cannot_be_tested_says_so() -> None:
    frame = walks(72, 5, 0.03)
    frame.iloc[30, 0] = np.nan
    frame.iloc[40, 1] = 0.0
    frame.iloc[:30, 2] = np.nan
    frame["S3"] = 100.0
    found = seasonality_present(frame).set_index("series")
    assert found["present"].tolist() == ["untested"] * 4 + ["both"]
    assert found["n_obs"].tolist() == [71, 72, 42, 72, 72]
    assert found.loc["S0", ["qs", "f_stable"]].isna().all()
    assert np.isfinite(found.loc["S4", "qs"])
