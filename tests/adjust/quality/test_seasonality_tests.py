"""Own tests of seasonality equal X-13's printed ones, and find what they should."""

from __future__ import annotations

import math

import numpy as np
import pytest

from shuibei_index.adjust.quality.evidence import evidence
from shuibei_index.adjust.quality.seasonality_tests import (
    Outcome,
    autocorrelations,
    combined_test,
    kruskal_wallis,
    ljung_box,
    moving_seasonality,
    partial_autocorrelations,
    qs,
    residual_seasonality,
    stable_seasonality,
)
from shuibei_index.errors import ShapeError

from .conftest import filtered, simulated

LEVELS = (0.001, 0.05, 0.001)


@pytest.mark.parametrize(("mode", "first", "count", "seed"), [("mult", "2014-04", 131, 2), ("add", "2012-02", 140, 4)])
def test_equal_to_the_engine(mode: str, first: str, count: int, seed: int) -> None:
    values = simulated(count, noise=0.03, moving=0.02, seed=seed) - (80 if mode == "add" else 0)
    found = evidence(filtered(values, first=first, mode=mode), "S")
    t, start = found.tables, found.start
    own = {
        "f2.fsd8": stable_seasonality(t["d8"], start=start),
        "f2.kw": kruskal_wallis(t["d8"], start=start),
        "f2.msf": moving_seasonality(t["d8"], start=start, neutral=found.neutral),
        "d11.f": residual_seasonality(t["d11"], start=start),
        "d11.3y.f": residual_seasonality(t["d11"], start=start, years=3),
    }
    for key, test in own.items():
        np.testing.assert_allclose(test.statistic, found.number(key), rtol=0, atol=0.000501, err_msg=key)
        np.testing.assert_allclose(100 * test.p, found.number(key, 1), rtol=0, atol=0.00501, err_msg=key)
    same = {
        "qsori": qs(t["a1"]),
        "qssori": qs(t["a1"], years=8),
        "qssadj": qs(t["d11"]),
        "qsirr": qs(t["d13"], differences=0, centre=found.neutral),
        "qssirr": qs(t["d13"], differences=0, years=8, centre=found.neutral),
    }
    for key, test in same.items():
        np.testing.assert_allclose(test.statistic, found.number(key), rtol=0, atol=0.0000051, err_msg=key)
        np.testing.assert_allclose(test.p, found.number(key, 1), rtol=0, atol=0.0000051, err_msg=key)
    assert combined_test(own["f2.fsd8"], own["f2.msf"], own["f2.kw"], LEVELS)[0] == found.udg["f2.idseasonal"]


def test_combined_word() -> None:
    def outcome(value: float, p: float) -> Outcome:
        return Outcome(np.array(value), np.array(p))

    clear, weak = outcome(100.0, 0.0), outcome(1.0, 0.4)
    still, moves = outcome(0.5, 0.9), outcome(400.0, 0.0001)
    assert combined_test(clear, still, clear, LEVELS)[0] == "yes"
    assert combined_test(weak, still, clear, LEVELS)[0] == "no"
    assert combined_test(clear, moves, clear, LEVELS)[0] == "no"
    assert combined_test(clear, still, weak, LEVELS)[0] == "probably"


def test_planted_pattern_is_found_and_noise_is_not() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 1, (120, 200))
    planted = noise + np.where(np.arange(120) % 12 == 1, 3.0, 0.0)[:, None]
    # Differences over three months correlate noise with itself: the residual F finds a little too often.
    for test, often in ((stable_seasonality, 0.08), (kruskal_wallis, 0.08), (residual_seasonality, 0.16)):
        assert np.mean(test(planted).p < 0.01) > 0.98, test.__name__
        assert np.mean(test(noise).p < 0.05) < often, test.__name__
    assert np.mean(qs(planted, differences=0).p < 0.01) > 0.9
    assert np.mean(qs(noise, differences=0).p < 0.05) < 0.12


def test_ljung_box_and_autocorrelations() -> None:
    rng = np.random.default_rng(2)
    e = rng.normal(0, 1, 400)
    ar = np.zeros(400)
    for k in range(1, 400):
        ar[k] = 0.6 * ar[k - 1] + e[k]
    assert ljung_box(ar, lags=24).p < 1e-6
    assert ljung_box(e, lags=24, parameters=2).p > 0.01
    r, pacf = autocorrelations(ar, 6)[:, 0], partial_autocorrelations(ar, 6)[:, 0]
    assert math.isclose(r[0], pacf[0], rel_tol=1e-12)
    assert 0.5 < r[0] < 0.7
    assert np.abs(pacf[1:]).max() < 0.15
    # Yule-Walker of order 3 gives the third partial autocorrelation.
    lagged = np.array([[1, r[0], r[1]], [r[0], 1, r[0]], [r[1], r[0], 1]])
    np.testing.assert_allclose(pacf[2], np.linalg.solve(lagged, r[:3])[2], rtol=1e-10)


def test_too_short_is_told() -> None:
    with pytest.raises(ShapeError, match="24"):
        stable_seasonality(np.ones(23))
