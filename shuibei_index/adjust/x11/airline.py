"""The airline model (0 1 1)(0 1 1) with regressors, by exact maximum likelihood: what X-11 is given beforehand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from shuibei_index.adjust.x11.setting import Floats
from shuibei_index.errors import UsageError

# Starting points of the search; the likelihood can have a second, lower top near the border.
_STARTS = ((0.2, 0.3), (0.2, 0.8), (0.7, 0.3), (0.7, 0.8))
# X-13 stops at the border of invertibility too.
_BORDER = 0.9999
# Differenced observations there must be beyond the coefficients, or nothing can be estimated.
_SPARE = 3

# theta and Theta, None = estimated.
Held = tuple[float | None, float | None]


@dataclass(frozen=True)
class Airline:
    """A fitted model of a series y = X b + z with (1 - B)(1 - B^s) z = (1 - theta B)(1 - Theta B^s) e.

    Parameters
    ----------
    coefficients, covariance
        Of the regressors, shapes (K,) and (K, K).
    theta, seasonal
        theta and Theta.
    variance
        Of e.
    likelihood
        Logarithm of the exact likelihood of the differenced series.
    aicc
        Of the same, the Jacobian of logs not included.
    forecasts
        Of z, shape (H,).
    """

    coefficients: Floats
    covariance: Floats
    theta: float
    seasonal: float
    variance: float
    likelihood: float
    aicc: float
    forecasts: Floats

    @property
    def errors(self) -> Floats:
        """Standard errors of the coefficients, shape (K,)."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0.0)))

    def joint_test(self, which: list[int]) -> tuple[float, float]:
        """Return chi-square and p value of the hypothesis that some coefficients are all zero."""
        from scipy.special import chdtrc

        part = self.coefficients[which]
        chi = float(part @ np.linalg.pinv(self.covariance[np.ix_(which, which)]) @ part)
        return chi, float(chdtrc(len(which), chi))


def fit(series: Floats, regressors: Floats, period: int, horizon: int, held: Held = (None, None)) -> Airline:
    """Fit the model.

    Parameters
    ----------
    series
        Shape (T,), in logs where the model is in logs, no month missing.
    regressors
        Shape (T, K).
    period
        12 or 4.
    horizon
        Months to forecast z.
    held
        Values at which theta and Theta are held, None = estimated.

    Raises
    ------
    UsageError
        There are too few months for the coefficients; a value held is not between -1 and 1.

    Notes
    -----
    The differenced series is a moving average of order s + 1: its covariance matrix is a band. Regressors are taken out
    by generalised least squares at each step of the search, so only theta and Theta are searched for. The estimates
    are those of X-13's exact likelihood and of statsmodels' SARIMAX with ``simple_differencing`` (decision 0276).
    """
    from scipy.optimize import minimize

    outcome, design = difference(series, period), difference(regressors, period)
    count, width = len(outcome), regressors.shape[1]
    if count < width + 2 + _SPARE:
        raise UsageError(
            f"{len(series)} observations are too few for {width} regressors and the airline model",
            zh=f"{len(series)} 期观测值不足以估计 {width} 个回归变量和航空模型",
        )
    if any(value is not None and abs(value) > 1 for value in held):
        raise UsageError(
            f"fixed_arima {held}: theta and Theta of the airline model lie between -1 and 1",
            zh=f"fixed_arima {held}：航空模型的 θ 与 Θ 应在 −1 与 1 之间",
        )
    both = np.column_stack([outcome, design])
    free = [k for k, value in enumerate(held) if value is None]
    starts = {_put(held, [start[k] for k in free]) for start in _STARTS}
    last = max((_Step(both, period, *start) for start in sorted(starts)), key=lambda step: step.likelihood)
    if free:
        found = minimize(
            _against,
            np.array([(last.theta, last.seasonal)[k] for k in free]),
            args=(both, period, held),
            method="L-BFGS-B",
            bounds=[(-_BORDER, _BORDER)] * len(free),
            tol=1e-12,
        )
        last = _Step(both, period, *_put(held, found.x.tolist()))
    coefficients, covariance = last.coefficients()
    left = outcome - design @ coefficients
    clean = series - regressors @ coefficients
    size = width + 1 + len(free)
    aicc = -2 * last.likelihood + 2 * size * count / (count - size - 1) if count > size + 1 else math.inf
    ahead = _integrated(clean, last.ahead(left, horizon), period)
    return Airline(
        coefficients, covariance, last.theta, last.seasonal, last.variance, last.likelihood, float(aicc), ahead
    )


def difference(series: Floats, period: int) -> Floats:
    """Return (1 - B)(1 - B^s) of each column."""
    return np.asarray(np.diff(series[period:] - series[:-period], axis=0))


def _against(at: Floats, both: Floats, period: int, held: Held) -> float:
    """Return what the search makes small."""
    return -_Step(both, period, *_put(held, at.tolist())).likelihood


def _put(held: Held, free: list[float]) -> tuple[float, float]:
    """Return theta and Theta: those held, and in the other places those searched for, in order."""
    rest = iter(free)
    theta, seasonal = (next(rest) if value is None else value for value in held)
    return float(theta), float(seasonal)


class _Step:
    """The likelihood at one theta and Theta."""

    def __init__(self, both: Floats, period: int, theta: float, seasonal: float) -> None:
        from scipy.linalg import cholesky_banded, solve_banded

        self.theta, self.seasonal = theta, seasonal
        weights = np.zeros(period + 2)
        weights[[0, 1, period, period + 1]] = 1.0, -theta, -seasonal, theta * seasonal
        full = np.correlate(weights, weights, mode="full")
        self._covariance = full[period + 1 :]
        count = len(both)
        band = np.repeat(self._covariance[:, None], count, axis=1)
        self._factor = cholesky_banded(band, lower=True, check_finite=False)
        white = solve_banded((period + 1, 0), self._factor, both, check_finite=False)
        self._outcome, self._design = white[:, 0], white[:, 1:]
        self._solution = np.linalg.lstsq(self._design, self._outcome, rcond=None)[0]
        rest = self._outcome - self._design @ self._solution
        # A series without noise has likelihood without bound; the floor keeps the search finite.
        self.variance = max(float(rest @ rest) / count, 1e-300)
        logs = float(np.log(self._factor[0]).sum())
        self.likelihood = -0.5 * count * (1 + math.log(2 * math.pi * self.variance)) - logs

    def coefficients(self) -> tuple[Floats, Floats]:
        spread = np.linalg.pinv(self._design.T @ self._design) * self.variance
        return np.asarray(self._solution), np.asarray(spread)

    def ahead(self, left: Floats, horizon: int) -> Floats:
        """Forecast the differenced series by its covariance with the past."""
        from scipy.linalg import cho_solve_banded

        past = cho_solve_banded((self._factor, True), left, check_finite=False)
        reach = len(self._covariance)
        lag = np.arange(1, horizon + 1)[:, None] + np.arange(len(left))[::-1]
        weights = np.where(lag < reach, self._covariance[np.minimum(lag, reach - 1)], 0.0)
        return np.asarray(weights @ past)


def _integrated(series: Floats, differences: Floats, period: int) -> Floats:
    """Return forecasts of a series from those of its differences."""
    path = np.concatenate([series, np.empty(len(differences))])
    for row, step in enumerate(differences, start=len(series)):
        path[row] = step + path[row - 1] + path[row - period] - path[row - period - 1]
    return path[len(series) :]
