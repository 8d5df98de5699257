"""The airline model against statsmodels' likelihood, and what pre-adjustment must give back."""

from __future__ import annotations

import numpy as np
import pytest

from shuibei_index.adjust.holidays.regressors import spring_festival_regressors
from shuibei_index.adjust.x11 import pre_adjust
from shuibei_index.adjust.x11.airline import fit
from shuibei_index.errors import UsageError

EFFECT = np.array([0.12, -0.20, 0.06])


def market(months: int = 96, seed: int = 3, horizon: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Return a series with a Spring Festival effect and its regressors, forecast months included."""
    rng = np.random.default_rng(seed)
    last = f"{2014 + (months + horizon - 1) // 12}-{(months + horizon - 1) % 12 + 1:02d}"
    festival = spring_festival_regressors("2014-01", last).to_numpy()
    t = np.arange(months)
    trend = 4 + np.cumsum(rng.normal(0.003, 0.01, months))
    pattern = rng.normal(0, 0.05, 12) + np.cumsum(rng.normal(0, 0.01, (months // 12 + 1, 12)), axis=0)
    return np.exp(trend + pattern.ravel()[t] + rng.normal(0, 0.01, months) + festival[:months] @ EFFECT), festival


def test_likelihood_and_estimates_are_statsmodels() -> None:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    values, festival = market()
    logs = np.log(values)
    own = fit(logs, festival[: len(logs)], 12, 12)
    exog = festival[: len(logs)]
    model = SARIMAX(
        logs,
        exog=exog,
        order=(0, 1, 1),
        seasonal_order=(0, 1, 1, 12),
        simple_differencing=True,
        use_exact_diffuse=False,
    )
    at = np.concatenate([own.coefficients, [-own.theta, -own.seasonal, own.variance]])
    assert abs(model.loglike(at) - own.likelihood) < 1e-7
    # No neighbour is better: it is the maximum.
    for k in range(len(at)):
        for step in (-1e-3, 1e-3):
            moved = at.copy()
            moved[k] += step * max(abs(at[k]), 0.01) * (k < 5) + step * at[k] * (k == 5)
            assert model.loglike(moved) < own.likelihood
    # Forecasts of the differenced series from the same filter (which differences the regressors itself), added up.
    filtered = model.filter(at)
    steps = filtered.get_forecast(12, exog=festival[len(logs) :]).predicted_mean
    path = list(logs)
    for step in steps:
        path.append(step + path[-1] + path[-12] - path[-13])
    ahead = own.forecasts + festival[len(logs) :] @ own.coefficients
    assert np.abs(np.array(path[len(logs) :]) - ahead).max() < 1e-7


def test_effects_are_found() -> None:
    values, festival = market(144)
    found = pre_adjust(values, festival, names=["before", "during", "after"])
    for (estimate, error, t), true in zip(found.coefficients.values(), EFFECT, strict=True):
        assert abs(estimate - true) < 3.5 * error
        assert t == estimate / error
    assert np.array_equal(found.values[:144], values)
    assert found.effect.shape == found.values.shape == (156,)


def test_missing_months_are_estimated() -> None:
    values, festival = market(120)
    holes = values.copy()
    holes[[40, 77]] = np.nan
    found = pre_adjust(holes, festival)
    seen = ~np.isnan(holes)
    assert np.array_equal(found.values[:120][seen], values[seen])
    assert np.abs(found.values[[40, 77]] / values[[40, 77]] - 1).max() < 0.05


def test_logs_are_chosen_by_aicc() -> None:
    rng = np.random.default_rng(0)
    t = np.arange(120)
    grows = np.exp(1 + 0.03 * t + 0.2 * np.sin(t * np.pi / 6) + 0.02 * rng.normal(size=120))
    level = 100 + 0.8 * t + 5 * np.sin(t * np.pi / 6) + 3 * rng.normal(size=120)
    assert pre_adjust(grows, logs=None).logs
    assert not pre_adjust(level - 150, logs=None).logs


def test_regressors_that_say_nothing_do_no_harm() -> None:
    values, festival = market()
    idle = np.column_stack([festival, np.zeros(len(festival))])
    found, plain = pre_adjust(values, idle), pre_adjust(values, festival)
    assert np.abs(found.effect - plain.effect).max() < 1e-6
    assert found.coefficients["x4"][0] == 0


@pytest.mark.parametrize(
    ("values", "regressors", "word"),
    [
        (np.ones((5, 2)), None, "shape"),
        (np.ones(60), np.ones((60, 1)), "72"),
        (np.ones(60), np.full((72, 1), np.nan), "finite"),
        (np.r_[np.nan, np.ones(59)], None, "first and last"),
        (np.r_[np.ones(30), -1, np.ones(29)], None, "above zero"),
        (np.arange(1.0, 25.0), np.ones((36, 8)), "too few"),
    ],
)
def test_what_does_not_fit_is_refused(values: np.ndarray, regressors: np.ndarray | None, word: str) -> None:
    with pytest.raises(UsageError, match=word) as caught:
        pre_adjust(values, regressors)
    assert caught.value.zh
