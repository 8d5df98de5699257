"""Daily weights from deal dates: true weights are found, and adjustment gets nearer the truth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.adjust import seasonally_adjust
from shuibei_index.adjust.holidays.dates import holiday_dates
from shuibei_index.adjust.holidays.profile import smooth
from shuibei_index.adjust.holidays.regressors import spring_festival_regressors, three_windows
from shuibei_index.adjust.holidays.weights import chosen_weights, daily_weights
from shuibei_index.errors import UsageError
from shuibei_index.rules import Rules

WINDOWS = three_windows(20, 7, 20)
DAY = np.arange(-20, 27)
# Turnover rises to its peak 8 days before, the market is all but closed in the first week, then comes back.
EFFECT = np.select(
    [DAY < 0, DAY < 7],
    [0.1 + 0.9 * np.exp(-(((DAY + 8) / 5) ** 2)), -0.85 + 0.08 * DAY],
    -0.45 * np.exp(-(DAY - 7) / 6),
)
TRUE = {name: EFFECT[a + 20 : b + 21] / EFFECT[a + 20 : b + 21].sum() for name, (a, b) in WINDOWS.items()}


@dataclass
class Market:
    deals: pd.DataFrame
    months: pd.Series
    truth: pd.Series


def market(seed: int, first: int = 2008, last: int = 2019, deals: float = 1000, noise: float = 0.1) -> Market:
    rng = np.random.default_rng(seed)
    days = pd.date_range(f"{first}-01-01", f"{last}-12-31", freq="D")
    weekday = np.array([0.95, 0.97, 1.0, 1.0, 1.05, 1.1, 0.93])[days.day_of_week]
    season = rng.normal(0, 0.08, 12)
    season -= season.mean()
    effect = pd.Series(0.0, index=days)
    for day in holiday_dates("spring_festival").values():
        around = pd.Series(EFFECT, index=pd.Timestamp(day) + pd.to_timedelta(DAY, "D"))
        effect.update(around[around.index.isin(days)])
    ordinary = deals * weekday * np.exp(np.cumsum(rng.normal(0.00015, 0.0012, len(days))) + season[days.month - 1])
    count = rng.poisson(ordinary * (1 + effect) * np.exp(rng.normal(0, noise, len(days)) - noise**2 / 2))
    table = pd.DataFrame({"value": count * np.exp(rng.normal(0, 0.1, len(days))), "deals": count}, index=days)
    month = days.to_period("M")
    total = table["value"].groupby(month).sum()
    lift = (ordinary * (1 + effect)).groupby(month).sum() / pd.Series(ordinary, index=days).groupby(month).sum()
    length = pd.Series(1.0, index=days).groupby(month).sum()
    length = length.groupby(length.index.month).transform("mean")
    return Market(table, total, np.log(total) - season[total.index.month - 1] - np.log(length) - np.log(lift))


def distance(weights: np.ndarray, window: str) -> float:
    """Return the share of the weight that stands on the wrong days."""
    return float(np.abs(weights - TRUE[window]).sum() / 2)


def test_true_weights_are_recovered() -> None:
    wrong: dict[str, list[float]] = {name: [] for name in WINDOWS}
    for seed in range(6):
        found = daily_weights(market(seed).deals, "spring_festival", WINDOWS)
        assert found.years == tuple(range(2009, 2020))
        for window, weights in found.weights.items():
            assert weights.sum() == pytest.approx(1)
            wrong[window].append(distance(weights, window))
    equal = {name: distance(np.full(len(one), 1 / len(one)), name) for name, one in TRUE.items()}
    assert [len(wrong[name]) for name in ("before", "during")] == [6, 6]
    assert np.mean(wrong["before"]) < 0.4 * equal["before"]
    assert np.mean(wrong["during"]) < 0.3 * equal["during"]
    assert np.mean(wrong["after"]) < 0.5 * equal["after"]


def test_no_holiday_no_weights() -> None:
    rng = np.random.default_rng(2)
    days = pd.date_range("2008-01-01", "2019-12-31", freq="D")
    flat = pd.DataFrame({"value": rng.lognormal(3, 0.3, len(days)), "deals": 20}, index=days)
    found = daily_weights(flat, "spring_festival", WINDOWS)
    assert set(found.notes) | set(found.weights) == set(WINDOWS)
    assert len(found.notes) >= 2
    assert all("等权" in note for note in found.notes.values())


def test_rises_and_falls_that_cancel() -> None:
    days = pd.date_range("2008-01-01", "2019-12-31", freq="D")
    value = pd.Series(100.0, index=days)
    for day in holiday_dates("spring_festival").values():
        for offset, factor in ((-10, 1.5), (-9, 1.5), (-8, 1.5), (-4, 0.6), (-3, 0.6), (-2, 0.6)):
            if pd.Timestamp(day + dt.timedelta(offset)) in value.index:
                value[pd.Timestamp(day + dt.timedelta(offset))] *= factor
    found = daily_weights(pd.DataFrame({"value": value, "deals": 50}), "spring_festival", {"before": (-20, -1)})
    assert "cancel" in found.notes["before"]
    assert_allclose(found.profile["weight"], 1 / 20)


def test_one_odd_year_does_not_matter() -> None:
    table = market(1).deals
    odd = table.copy()
    odd.loc["2014-01-10":"2014-03-01", "value"] *= np.linspace(5, 0.1, 51)
    plain = daily_weights(table, "spring_festival", WINDOWS).weights
    shaken = daily_weights(odd, "spring_festival", WINDOWS).weights
    assert distance(shaken["before"], "before") < distance(plain["before"], "before") + 0.04


def test_deals_in_any_order_and_as_times() -> None:
    rng = np.random.default_rng(5)
    table = market(3, deals=30).deals
    times = table.index.repeat(table["deals"]) + pd.to_timedelta(rng.integers(0, 86_399, table["deals"].sum()), "s")
    one = pd.Series(1.0, index=times).sample(frac=1, random_state=1)
    before = one.copy()
    from_series = daily_weights(one, "spring_festival", WINDOWS)
    from_times = daily_weights(pd.DatetimeIndex(times), "spring_festival", WINDOWS)
    daily = daily_weights(pd.DataFrame({"value": table["deals"], "deals": table["deals"]}), "spring_festival", WINDOWS)
    pd.testing.assert_frame_equal(from_series.profile, from_times.profile)
    pd.testing.assert_frame_equal(from_series.profile, daily.profile)
    pd.testing.assert_series_equal(one, before)


def test_the_adjusted_series_gets_nearer_the_truth() -> None:
    markets = {f"S{k}": market(200 + k, deals=3000, noise=0.05) for k in range(6)}
    levels = pd.DataFrame({name: one.months for name, one in markets.items()})
    truth = pd.DataFrame({name: one.truth for name, one in markets.items()}).to_numpy()
    early = levels.index.month <= 3

    def error(weights: Callable[[Market], dict[str, np.ndarray]]) -> float:
        parts = []
        for name, one in markets.items():
            regressors = spring_festival_regressors("2008-01", "2020-12", weights=weights(one))
            parts.append(seasonally_adjust(levels[[name]], regressors=regressors).components["SA"].to_numpy())
        gap = np.log(np.concatenate(parts, axis=1)) - truth
        gap -= gap.mean(axis=0)
        return float(np.sqrt((gap[early] ** 2).mean()))

    equal = error(lambda one: {})
    estimated = error(lambda one: dict(daily_weights(one.deals, "spring_festival", WINDOWS).weights))
    best = error(lambda one: TRUE)
    assert best < equal
    assert estimated < equal - 0.4 * (equal - best)


def test_too_few_years_are_refused_in_words() -> None:
    with pytest.raises(UsageError, match=r"need 5 years .* there are 3\. 2008: the deals do not cover") as raised:
        daily_weights(market(0, 2008, 2011).deals, "spring_festival", WINDOWS)
    assert "需要 5 年" in raised.value.zh


def test_years_with_few_deals_do_not_count() -> None:
    table = market(0, deals=30).deals
    table.loc["2012-01-01":"2012-03-31", "deals"] = 1
    found = daily_weights(table, "spring_festival", WINDOWS)
    assert 2012 not in found.years
    assert "fewer than 300" in found.left_out[2012]
    assert "2012" in found.describe()
    assert "春节日权重" in found.describe()


def test_a_closed_market_is_left_out() -> None:
    table = market(0).deals
    table.loc["2015-11-01":"2016-01-17", "value"] = 0.0
    found = daily_weights(table, "spring_festival", WINDOWS)
    assert 2016 not in found.years
    assert "no ordinary turnover" in found.left_out[2016]


@pytest.mark.parametrize(
    ("deals", "windows", "says"),
    [
        (pd.Series([], dtype=float, index=pd.DatetimeIndex([])), WINDOWS, "no deals"),
        (pd.Series([1.0], index=["2025-01-01"]), WINDOWS, "a date each"),
        (pd.Series([1.0], index=pd.DatetimeIndex([None])), WINDOWS, "a date each"),
        (pd.Series([-1.0], index=pd.DatetimeIndex(["2025-01-01"])), WINDOWS, "negative"),
        (pd.Series([np.inf], index=pd.DatetimeIndex(["2025-01-01"])), WINDOWS, "negative"),
        (pd.DataFrame({"value": [1.0]}, index=pd.DatetimeIndex(["2025-01-01"])), WINDOWS, "no column 'deals'"),
        (pd.DatetimeIndex(["2025-01-01"]), {}, "at least one day"),
        (pd.DatetimeIndex(["2025-01-01"]), {"a": (0, 5), "b": (5, 9)}, "overlap"),
    ],
)
def test_wrong_deals(deals: object, windows: dict[str, tuple[int, int]], says: str) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        daily_weights(deals, "spring_festival", windows)
    assert raised.value.zh


def test_the_rule_chooses(tmp_path: Path) -> None:
    table = market(0).deals
    equal = Rules.load().at("2025-06")
    assert chosen_weights(table, WINDOWS, equal) is None
    text = (
        '[spring_festival_daily_weights]\ntitle="a"\ntitle_zh="b"\nunit="c"\nused_by="{}"\n'
        '[[spring_festival_daily_weights.values]]\nfrom=2005-01-01\nvalue="{}"\ndecision="0280"\n'
    )
    used_by = "shuibei_index.adjust.holidays.weights:chosen_weights"
    (tmp_path / "own.toml").write_text(text.format(used_by, "deals"), encoding="utf-8")
    deals = Rules.load(overlay=tmp_path).at("2025-06")
    found = chosen_weights(table, WINDOWS, deals)
    assert found is not None
    assert found.years == tuple(range(2009, 2020))
    with pytest.raises(UsageError, match="no deal dates are given"):
        chosen_weights(None, WINDOWS, deals)
    (tmp_path / "own.toml").write_text(text.format(used_by, "guess"), encoding="utf-8")
    with pytest.raises(UsageError, match="expected equal or deals"):
        chosen_weights(table, WINDOWS, Rules.load(overlay=tmp_path).at("2025-06"))


def test_the_weights_cannot_be_changed() -> None:
    found = daily_weights(market(0).deals, "spring_festival", WINDOWS)
    with pytest.raises(ValueError, match="read-only"):
        found.weights["before"][0] = 1.0


def test_smoothing_keeps_lines_and_sums() -> None:
    noisy = np.random.default_rng(0).normal(size=30)
    assert smooth(noisy, 10.0).sum() == pytest.approx(noisy.sum())
    assert np.abs(np.diff(smooth(noisy, 10.0), 2)).sum() < 0.2 * np.abs(np.diff(noisy, 2)).sum()
    assert_allclose(smooth(np.arange(9.0), 50.0), np.arange(9.0), atol=1e-10)
    assert_allclose(smooth(noisy, 0.0), noisy)
