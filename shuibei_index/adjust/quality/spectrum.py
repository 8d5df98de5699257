"""Autoregressive spectra of a series and the peaks at seasonal and trading-day frequencies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust.quality.seasonality_tests import Array
from shuibei_index.errors import ShapeError

_POINTS = 61
_STEP = 1 / 120
_ORDER = 30  # of the autoregression, for monthly series; X-13's default
# Cleveland and Devlin (1980): the main trading-day frequencies of monthly flow series, cycles a month.
_TRADING_DAY = (0.3482, 0.432)
_STARS = 52  # X-13's plot is so many characters high: heights are told in them


class Peak(NamedTuple):
    """One frequency looked at: name ("s1" … or "t1", "t2"), cycles a period, height in stars, above the median."""

    name: str
    frequency: float
    stars: float
    above_median: bool


def frequencies(period: int = 12) -> Array:
    """Return the frequencies of a spectrum, cycles a month (quarter): 0 … 0.5.

    For months the trading-day frequencies and their neighbours take the place of the nearest ones, as in X-13.

    Examples
    --------
    >>> frequencies()[[0, 10, 42, 60]].round(4).tolist()
    [0.0, 0.0833, 0.3482, 0.5]
    """
    grid = np.arange(_POINTS, dtype=np.float64) * _STEP
    for exact in _TRADING_DAY if period == 12 else ():
        at = round(exact / _STEP)
        grid[at - 1 : at + 2] = exact - _STEP, exact, exact + _STEP
    return grid


def marked(period: int = 12) -> dict[str, float]:
    """Return the frequencies to be marked: seasonal s1 … and, for months, trading-day t1, t2."""
    seasonal = {f"s{k}": k / period for k in range(1, period // 2)}
    return seasonal | ({"t1": _TRADING_DAY[0], "t2": _TRADING_DAY[1]} if period == 12 else {})


class Spectrum(NamedTuple):
    """Frequencies in cycles a month (quarter), heights in decibels, and the peaks looked at."""

    frequencies: Array
    decibels: Array
    peaks: tuple[Peak, ...]

    def significant(self, kind: str, least: float) -> list[Peak]:
        """Return the visually significant peaks of a kind, "s" or "t": so many stars high and above the median."""
        return [p for p in self.peaks if p.name.startswith(kind) and p.stars >= least and p.above_median]


def ar_spectrum(values: npt.ArrayLike, *, period: int = 12, years: int | None = 8) -> Spectrum:
    """Return the spectrum of a series, as X-13 draws it, and its peaks.

    Parameters
    ----------
    values : array_like, shape (T,)
        A series without trend: first differences of logarithms (of values for additive adjustment), the irregular, or
        residuals. To have X-13's last eight years, cut the series before taking differences.
    period : int
        Periods a year.
    years : int, optional
        Only the last so many years; None = all.

    Raises
    ------
    ShapeError
        Fewer than three years, or no movement.

    Notes
    -----
    Yule-Walker autoregression of order 30 (or T - 1); 10 log10 of σ² / |1 − Σ a_k exp(−2πi k f)|². A peak's height over
    the higher of its neighbours, 1/120 cycle away, is told in 52nds of the range ("stars"); negative: no peak. X-13
    calls it visually significant from 6 stars on if it also lies above the median. Sources: X-13ARIMA-SEATS Reference
    Manual, spectrum spec; Findley et al. (1998), section 2.1.
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or len(x) < 3 * period - 1:
        raise ShapeError(f"a spectrum needs at least {3 * period - 1} values of one series, got shape {x.shape}")
    if years is not None:
        x = x[-years * period :]
    x = x - x.mean()
    if not np.any(np.abs(x) > 0):
        raise ShapeError("a series that does not move has no spectrum")
    from scipy.linalg import solve_toeplitz

    n, order = len(x), min(_ORDER * period // 12, len(x) - 1)
    cov = np.array([(x[k:] * x[: n - k]).sum() / n for k in range(order + 1)])
    a = solve_toeplitz(cov[:-1], cov[1:])
    variance = cov[0] - a @ cov[1:]

    def height(at: Array) -> Array:
        turn = np.exp(-2j * np.pi * np.outer(at, np.arange(1, order + 1)))
        return np.asarray(10 * np.log10(variance / np.abs(1 - turn @ a) ** 2))

    grid = frequencies(period)
    decibels, places = height(grid), marked(period)
    exact = np.array(list(places.values()))
    sides = np.maximum(height(exact - _STEP), height(exact + _STEP))
    stars, middle = (height(exact) - sides) / (np.ptp(decibels) / _STARS), float(np.median(decibels))
    found = (
        Peak(name, frequency, float(high), bool(top > middle))
        for (name, frequency), high, top in zip(places.items(), stars, height(exact), strict=True)
    )
    return Spectrum(grid, decibels, tuple(found))
