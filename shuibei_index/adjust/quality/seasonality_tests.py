"""Tests of seasonality: stable, moving, combined, residual and QS, on arrays, for any number of series at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from shuibei_index.errors import ShapeError

Array = npt.NDArray[np.float64]


class Outcome(NamedTuple):
    """A test statistic and its probability under "no seasonality"; numbers, or arrays over the series (N,)."""

    statistic: Array
    p: Array


def stable_seasonality(values: npt.ArrayLike, *, start: int = 1, period: int = 12) -> Outcome:
    """Test for stable seasonality by F: whether the months' means differ.

    Parameters
    ----------
    values : array_like, shape (T,) or (T, N)
        SI ratios or differences (X-13 table D8), or another series without trend. No NaN.
    start : int
        Month (quarter) of the year of the first value, 1 = January.
    period : int
        Periods a year.

    Returns
    -------
    Outcome
        F with ``period - 1`` and ``T - period`` degrees of freedom, and its p.

    Raises
    ------
    ShapeError
        Fewer than two years.

    Notes
    -----
    One-way analysis of variance. Source: Lothian and Morry (1978); X-13ARIMA-SEATS Reference Manual, table F2.I.
    """
    x = _columns(values, 2 * period)
    month, (T, _) = _months(len(x), start, period), x.shape
    mean = _month_means(x, month, period)
    count = np.bincount(month, minlength=period)[:, None]
    between = (count * (mean - x.mean(axis=0)) ** 2).sum(axis=0) / (period - 1)
    within = ((x - mean[month]) ** 2).sum(axis=0) / (T - period)
    return _f(between, within, period - 1, T - period, np.ndim(values))


def kruskal_wallis(values: npt.ArrayLike, *, start: int = 1, period: int = 12) -> Outcome:
    """Test for stable seasonality by ranks (Kruskal and Wallis), robust to extreme values.

    Parameters as in `stable_seasonality`; chi-square with ``period - 1`` degrees of freedom. Ties get mean ranks and
    no further correction, as in X-13.
    """
    x = _columns(values, 2 * period)
    ranks, month, T = stats.rankdata(x, axis=0), _months(len(x), start, period), len(x)
    count = np.bincount(month, minlength=period)[:, None]
    sums = _month_means(ranks, month, period) * count
    h = 12.0 / (T * (T + 1)) * (sums**2 / count).sum(axis=0) - 3 * (T + 1)
    return _shaped(h, stats.chi2.sf(h, period - 1), np.ndim(values))


def moving_seasonality(values: npt.ArrayLike, *, start: int = 1, period: int = 12, neutral: float = 1.0) -> Outcome:
    """Test for moving seasonality by F: whether the size of the pattern differs from year to year.

    Parameters
    ----------
    values, start, period
        As in `stable_seasonality`.
    neutral : float
        What no seasonality is: 1 for multiplicative SI ratios, 0 for additive and log-additive ones.

    Returns
    -------
    Outcome
        F of the years in a two-way analysis of variance of ``|SI - neutral|`` over complete calendar years.

    Notes
    -----
    Source: Higginson (1975), An F test for the presence of moving seasonality; X-13 table F2.I.
    """
    x = np.abs(_columns(values, 3 * period) - neutral)
    skip = (period + 1 - start) % period
    years = (len(x) - skip) // period
    if years < 2:
        raise ShapeError(f"moving seasonality needs 2 complete years, got {years}")
    table = x[skip : skip + years * period].reshape(years, period, -1)
    by_year, by_month, all_ = table.mean(axis=1), table.mean(axis=0), table.mean(axis=(0, 1))
    rest = table - by_year[:, None] - by_month[None] + all_
    between = period * ((by_year - all_) ** 2).sum(axis=0) / (years - 1)
    within = (rest**2).sum(axis=(0, 1)) / ((years - 1) * (period - 1))
    return _f(between, within, years - 1, (years - 1) * (period - 1), np.ndim(values))


def combined_test(
    stable: Outcome, moving: Outcome, kruskal: Outcome, levels: tuple[float, float, float]
) -> npt.NDArray[np.str_]:
    """Combine the three tests into a word on identifiable seasonality: "yes", "probably" or "no".

    Parameters
    ----------
    stable, moving, kruskal
        The three tests of the SI ratios.
    levels
        Significance levels of the three, as fractions; X-11's are (0.001, 0.05, 0.001).

    Notes
    -----
    T1 = 7 / F_S, T2 = 3 F_M / F_S, T = sqrt((T1 + T2) / 2) = M7. "no": F_S is not significant, or F_M is and T >= 1.
    "probably": T1 or T2 is at least 1, or Kruskal-Wallis is not significant. Source: Lothian and Morry (1978), A Test
    for the Presence of Identifiable Seasonality When Using the X-11 Program.
    """
    fs, fm = np.atleast_1d(stable.statistic), np.atleast_1d(moving.statistic)
    t1, t2 = 7.0 / fs, 3.0 * fm / fs
    absent = (np.atleast_1d(stable.p) > levels[0]) | (
        (np.atleast_1d(moving.p) <= levels[1]) & (np.sqrt((t1 + t2) / 2) >= 1.0)
    )
    doubtful = (t1 >= 1.0) | (t2 >= 1.0) | (np.atleast_1d(kruskal.p) > levels[2])
    return np.where(absent, "no", np.where(doubtful, "probably", "yes"))


def residual_seasonality(
    values: npt.ArrayLike, *, start: int = 1, period: int = 12, years: int | None = None
) -> Outcome:
    """Test for seasonality left in an adjusted series by F, whole or in its last years.

    Parameters
    ----------
    values : array_like, shape (T,) or (T, N)
        The adjusted series (X-13 table D11).
    start, period
        As in `stable_seasonality`.
    years : int, optional
        Only the last so many years of differences; X-13 shows 3. None = all.

    Notes
    -----
    Stable-seasonality F of ``x(t) - x(t - period / 4)``, which takes the trend away and leaves a seasonal pattern.
    Source: X-13ARIMA-SEATS Reference Manual, x11 spec (test for residual seasonality of table D11).
    """
    x = _columns(values, 2 * period)
    lag = period // 4
    change = x[lag:] - x[:-lag]
    first = start + lag
    if years is not None:
        drop = max(0, len(change) - years * period)
        change, first = change[drop:], first + drop
    tested = stable_seasonality(change, start=(first - 1) % period + 1, period=period)
    return _shaped(np.atleast_1d(tested.statistic), np.atleast_1d(tested.p), np.ndim(values))


def qs(
    values: npt.ArrayLike,
    *,
    period: int = 12,
    differences: int = 1,
    years: int | None = None,
    centre: float | None = None,
) -> Outcome:
    """Test for positive autocorrelation at one and two years (QS).

    Parameters
    ----------
    values : array_like, shape (T,) or (T, N)
        Original, adjusted or irregular series.
    period : int
        Periods a year.
    differences : int
        How often the series is differenced first; X-13 takes 1 (without logs) and 0 for irregular and residuals.
    years : int, optional
        Only the last so many years; X-13 shows 8 beside the whole series. None = all.
    centre : float, optional
        What is taken off before the autocorrelations: 1 for a multiplicative irregular, 0 for an additive one and for
        residuals. None = the mean.

    Returns
    -------
    Outcome
        QS = n (n + 2) (r₁² / (n − s) + max(0, r₂)² / (n − 2 s)), 0 where r₁ <= 0; r₁, r₂ the autocorrelations at
        s = `period` and 2 s; p by chi-square with 2 degrees of freedom.

    Notes
    -----
    Source: Maravall (2012), Update of Seasonality Tests and Automatic Model Identification in TRAMO-SEATS.
    """
    x = _columns(values, 2 * period + differences + 1)
    if years is not None:
        x = x[-years * period :]
    x = np.diff(x, n=differences, axis=0)
    x = x - (x.mean(axis=0) if centre is None else centre)
    n, power = len(x), (x**2).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        one = (x[period:] * x[:-period]).sum(axis=0) / power
        two = (x[2 * period :] * x[: -2 * period]).sum(axis=0) / power
    value = n * (n + 2) * (one**2 / (n - period) + np.maximum(two, 0.0) ** 2 / (n - 2 * period))
    value = np.where(one > 0, value, 0.0)
    return _shaped(value, stats.chi2.sf(value, 2), np.ndim(values))


def ljung_box(residuals: npt.ArrayLike, *, lags: int, parameters: int = 0) -> Outcome:
    """Test for autocorrelation of a model's residuals up to a lag (Ljung and Box).

    Parameters
    ----------
    residuals : array_like, shape (T,) or (T, N)
        Residuals of the model (X-13 table rsd).
    lags : int
        Largest lag; X-13 and this project look at two years.
    parameters : int
        Estimated ARMA parameters, taken off the degrees of freedom.

    Notes
    -----
    Q = n (n + 2) Σ r_k² / (n − k). Source: Ljung and Box (1978), Biometrika 65, 297-303.
    """
    x = _columns(residuals, lags + 2)
    n, r = len(x), autocorrelations(x, lags)
    value = n * (n + 2) * (r**2 / (n - np.arange(1, lags + 1))[:, None]).sum(axis=0)
    return _shaped(value, stats.chi2.sf(value, max(1, lags - parameters)), np.ndim(residuals))


def autocorrelations(residuals: npt.ArrayLike, lags: int) -> Array:
    """Return the autocorrelations at lags 1 … `lags`, shape (lags, N) for residuals of shape (T,) or (T, N)."""
    x = _columns(residuals, lags + 1)
    x = x - x.mean(axis=0)
    power = (x**2).sum(axis=0)
    return np.asarray(np.array([(x[k:] * x[:-k]).sum(axis=0) for k in range(1, lags + 1)]) / power)


def partial_autocorrelations(residuals: npt.ArrayLike, lags: int) -> Array:
    """Return the partial autocorrelations at lags 1 … `lags` by Durbin's and Levinson's recursion, shape (lags, N)."""
    r = autocorrelations(residuals, lags)
    out, phi = np.empty_like(r), np.empty((0, r.shape[1]))
    for k in range(lags):
        top = r[k] - (phi * r[:k][::-1]).sum(axis=0)
        out[k] = top / (1.0 - (phi * r[:k]).sum(axis=0))
        phi = np.vstack([phi - out[k] * phi[::-1], out[k]])
    return out


def _columns(values: npt.ArrayLike, least: int) -> Array:
    x = np.asarray(values, dtype=np.float64)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or len(x) < least:
        raise ShapeError(f"expected at least {least} values down the first axis, got shape {np.shape(values)}")
    return x


def _months(count: int, start: int, period: int) -> npt.NDArray[np.intp]:
    return (np.arange(count) + start - 1) % period


def _month_means(x: Array, month: npt.NDArray[np.intp], period: int) -> Array:
    return np.array([x[month == k].mean(axis=0) for k in range(period)])


def _f(between: Array, within: Array, top: int, bottom: int, ndim: int) -> Outcome:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = between / within
    return _shaped(value, stats.f.sf(value, top, bottom), ndim)


def _shaped(statistic: Array, p: Array, ndim: int) -> Outcome:
    return Outcome(np.asarray(statistic[0]), np.asarray(p[0])) if ndim == 1 else Outcome(statistic, p)
