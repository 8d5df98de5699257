"""What must not matter to a decomposition: units, level, other series beside it; and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuibei_index.adjust.x11 import MODES, x11
from shuibei_index.errors import UsageError
from tests.adjust.x11.making import series

FINAL = ("d10", "d11", "d12", "d13")
lengths = st.integers(36, 140)
seeds = st.integers(0, 10_000)
months = st.integers(1, 12)


@settings(max_examples=15, deadline=None)
@given(lengths, seeds, months, st.sampled_from(["mult", "logadd"]), st.sampled_from([2.0**-20, 0.25, 4.0, 2.0**30]))
def test_units_do_not_matter(length: int, seed: int, month: int, mode: str, unit: float) -> None:
    # Powers of two, so that not even rounding differs before the logs.
    values = series(length, 12, seed)
    one, other = (x11(values * k, first_month_of_year=month, mode=mode) for k in (1.0, unit))
    for code, factor in (("d10", 1.0), ("d11", unit), ("d12", unit), ("d13", 1.0)):
        assert np.abs(other[code] / (one[code] * factor) - 1).max() < 1e-9


@settings(max_examples=15, deadline=None)
@given(lengths, seeds, months, st.floats(-1000, 1000))
def test_level_does_not_matter_to_sums(length: int, seed: int, month: int, level: float) -> None:
    values = series(length, 12, seed)
    one, other = (x11(values + k, first_month_of_year=month, mode="add") for k in (0.0, level))
    for code, step in (("d10", 0.0), ("d11", level), ("d12", level), ("d13", 0.0)):
        assert np.abs(other[code] - one[code] - step).max() < 1e-8


@settings(max_examples=10, deadline=None)
@given(lengths, seeds, st.sampled_from(MODES), st.permutations(range(5)))
def test_series_do_not_touch_each_other(length: int, seed: int, mode: str, order: list[int]) -> None:
    values = np.column_stack([series(length, 12, seed + k) for k in range(5)])
    together = x11(values[:, order], first_month_of_year=3, mode=mode)
    for place, k in enumerate(order):
        alone = x11(values[:, k], first_month_of_year=3, mode=mode)
        for code in FINAL:
            assert np.abs(together[code][:, place] - alone[code][:, 0]).max() < 1e-11 * np.abs(alone[code]).max()


@pytest.mark.parametrize("mode", MODES)
def test_parts_make_the_series(mode: str) -> None:
    values = series(101, 12, 7)
    own = x11(values, first_month_of_year=5, mode=mode)
    trend, seasonal, rest = (own[code][:, 0] for code in ("d12", "d10", "d13"))
    whole = {
        "mult": trend * seasonal * rest,
        "logadd": trend * seasonal * rest,
        "add": trend + seasonal + rest,
        "pseudoadd": trend * (seasonal + rest - 1),
    }[mode]
    assert np.abs(whole / values - 1).max() < 1e-12


def test_prior_factors_leave_with_the_seasonal_ones() -> None:
    values = series(96, 12, 2)
    prior = 1 + 0.05 * (np.arange(96) % 7 == 0)
    with_prior = x11(values * prior, first_month_of_year=1, prior=prior)
    without = x11(values, first_month_of_year=1)
    assert np.abs(with_prior["d11"] / without["d11"] - 1).max() < 1e-12
    assert np.abs(with_prior["d16"][:, 0] / (without["d10"][:, 0] * prior) - 1).max() < 1e-12
    assert np.array_equal(with_prior["d18"][:, 0], prior)


def test_forecasts_lengthen_the_filters_only() -> None:
    values = series(120, 12, 3)
    whole = x11(values, first_month_of_year=1, forecasts=12)
    assert whole["d11"].shape == (120, 1)
    assert whole.observed("d11").shape == (108, 1)
    shorter = x11(values[:108], first_month_of_year=1)
    assert np.abs(whole.observed("d11") - shorter["d11"])[-1, 0] > 0
    # Year-ahead factors: the last year's, moved on by half of its change.
    last = whole["d10"][-12:] + 0.5 * (whole["d10"][-12:] - whole["d10"][-24:-12])
    assert np.array_equal(whole.ahead, last)


def test_callers_values_are_not_changed() -> None:
    values = series(60, 12, 4)
    kept = values.copy()
    x11(values, first_month_of_year=1)
    assert np.array_equal(values, kept)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"mode": "log"}, "mode"),
        ({"period": 7}, "period"),
        ({"first_month_of_year": 13}, "first_month_of_year"),
        ({"seasonal_filter": "s3x7"}, "seasonal_filter"),
        ({"seasonal_filter": ("s3x3",) * 4}, "seasonal_filter"),
        ({"trend_filter": 12}, "trend_filter"),
        ({"trend_filter": 3}, "trend_filter"),
        ({"sigma_limits": (2.5, 1.5)}, "sigma_limits"),
        ({"forecasts": 40}, "36"),
        ({"forecasts": -1}, "negative"),
        ({"prior": np.ones(3)}, "prior"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, object], word: str) -> None:
    arguments: dict[str, object] = {"first_month_of_year": 1} | change
    with pytest.raises(UsageError, match=word) as caught:
        x11(series(60, 12, 1), **arguments)  # type: ignore[arg-type]
    assert caught.value.zh


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_values_without_a_ratio_are_refused(value: float) -> None:
    values = series(60, 12, 1)
    values[10] = value
    with pytest.raises(UsageError, match="row 10 of column 0"):
        x11(values, first_month_of_year=1)


@pytest.mark.parametrize("mode", MODES)
def test_odd_series_warn_of_nothing_and_touch_no_other(mode: str) -> None:
    t = np.arange(96)
    spike = np.ones(96)
    spike[5] = 1e-300
    odd = [np.full(96, 5.0), 100 + 10 * np.sin(t * np.pi / 6), spike, np.exp(np.linspace(-300, 300, 96))]
    plain = series(96, 12, 1)
    together = x11(np.column_stack([*odd, plain]), first_month_of_year=1, mode=mode)
    alone = x11(plain, first_month_of_year=1, mode=mode)
    for code in FINAL:
        assert np.isfinite(together[code][:, :2]).all()
        assert np.abs(together[code][:, 4] - alone[code][:, 0]).max() < 1e-11 * np.abs(alone[code]).max()
