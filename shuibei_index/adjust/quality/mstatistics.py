"""Lothian and Morry's M1–M11 and Q from the tables of X-11, for any number of series at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust.quality.seasonality_tests import Array, moving_seasonality, stable_seasonality
from shuibei_index.adjust.x11.henderson import irregular_to_trend
from shuibei_index.adjust.x11.seasonal_filters import moving_seasonality as seasonality_ratio
from shuibei_index.adjust.x11.setting import Setting
from shuibei_index.errors import ShapeError, UsageError

NAMES = tuple(f"m{k:02d}" for k in range(1, 12))
# Weights of M1 … M11 in Q: Lothian and Morry (1978), A Set of Quality Control Statistics for the X-11-ARIMA Program.
WEIGHTS = np.array([10.0, 11.0, 10.0, 8.0, 11.0, 10.0, 18.0, 7.0, 7.0, 4.0, 4.0])
# Under six years the last four do not exist; X-13 then gives these.
SHORT_WEIGHTS = np.array([14.0, 15.0, 10.0, 8.0, 11.0, 10.0, 32.0, 0.0, 0.0, 0.0, 0.0])
_LARGEST = 3.0
_SHORT_YEARS = 6
_NEEDED = ("a1", "d1", "d8", "d10", "d11", "d12", "d13", "e1", "e3")
_MODES = ("mult", "add", "logadd")


def m_statistics(
    tables: Mapping[str, npt.ArrayLike],
    *,
    start: int = 1,
    period: int = 12,
    mode: str = "mult",
    seasonal_filter: npt.ArrayLike = "s3x5",
) -> dict[str, Array]:
    """Return the monitoring and quality statistics of adjusted series.

    Parameters
    ----------
    tables : mapping of str to array_like, shape (T,) or (T, N)
        X-11's tables by code: a1 original, d1 original modified for extremes, d8 unmodified SI ratios, d9 their
        replacements (NaN or -999 where none), d10 seasonal, d11 adjusted, d12 trend, d13 irregular, e1 and e3 original
        and irregular modified for extremes; a2 (prior factors) and d18 (calendar factors) if there are any.
    start, period : int
        Month (quarter) of the year of the first value, 1 = January; periods a year.
    mode : str
        "mult", "add" or "logadd"; with the last d1, d8 and d9 are logarithms, as X-13 saves them.
    seasonal_filter : str or array_like of str, shape (N,)
        The filter used. M6 enters Q only for "s3x5": it is made for that filter.

    Returns
    -------
    dict of str to ndarray, shape () or (N,)
        m01 … m11, q, qm2 (Q without M2), fail (how many M are above 1), and what they are made of: ic, is, f_stable,
        f_moving, mcd. NaN for m08 … m11 of series under six years.

    Raises
    ------
    UsageError
        A table is missing, the mode is another.
    ShapeError
        The tables differ in shape.

    Notes
    -----
    Each M lies between 0 and 3 and should be below 1. Formulas: methodology/adjust-quality.md. Source: Lothian and
    Morry (1978); Ladiray and Quenneville (2001), ch. 5.
    """
    if mode not in _MODES:
        raise UsageError(f"mode is {mode!r}; expected one of {', '.join(_MODES)}")
    lacking = [code for code in _NEEDED if code not in tables]
    if lacking:
        raise UsageError(f"M statistics need the tables {', '.join(_NEEDED)}; {', '.join(lacking)} missing")
    x = {
        code: np.asarray(table, dtype=np.float64) for code, table in tables.items() if code in {*_NEEDED, "d9", *_MORE}
    }
    shape = x["a1"].shape
    if any(table.shape != shape for table in x.values()):
        raise ShapeError(f"tables differ in shape: {sorted({table.shape for table in x.values()})}")
    x = {code: table.reshape(len(table), -1) for code, table in x.items()}
    setting = _setting(len(x["a1"]), start, period, mode)
    parts = _parts(x, start, period, mode, setting)
    used = np.broadcast_to(np.asarray(seasonal_filter), (x["a1"].shape[1],))
    five_years = len(x["a1"]) >= 5 * period  # under five years X-13 takes every month's mean
    m = _statistics(x, parts, period, mode)
    out = {name: m[k] for k, name in enumerate(NAMES)} | _q(m, len(x["a1"]) // period, (used == "s3x5") & five_years)
    out |= parts
    return {name: value.reshape(shape[1:]) for name, value in out.items()}


_MORE = ("a2", "d18")


def _setting(rows: int, start: int, period: int, mode: str) -> Setting:
    filters = ("msr",) * period
    return Setting(period, start - 1, rows, 0, rows, mode, filters, None, 1.5, 2.5)


def _parts(x: dict[str, Array], start: int, period: int, mode: str, setting: Setting) -> dict[str, Array]:
    """Return the two ratios and two F tests behind M3, M6 and M7."""
    seasonal = np.log(x["d10"]) if mode == "logadd" else x["d10"]
    modified = setting.apart(x["d1"], seasonal)
    si = x["d8"]
    if "d9" in x:
        si = np.where(np.isfinite(x["d9"]) & (x["d9"] != -999), x["d9"], si)
    neutral = 1.0 if mode == "mult" else 0.0
    return {
        "ic": irregular_to_trend(modified, setting),
        "is": seasonality_ratio(si, setting),
        "f_stable": stable_seasonality(x["d8"], start=start, period=period).statistic,
        "f_moving": moving_seasonality(x["d8"], start=start, period=period, neutral=neutral).statistic,
    }


def _statistics(x: dict[str, Array], parts: dict[str, Array], period: int, mode: str) -> Array:
    rows, columns = x["a1"].shape
    m = np.full((11, columns), np.nan)
    quarter = period // 4
    square = {code: _change(x[code], quarter, mode) ** 2 for code in ("e3", "d12", "d10", *_MORE) if code in x}
    total = sum(square.values(), np.zeros(columns))
    m[0] = 10 * square["e3"] / total / (1 - square.get("a2", np.zeros(columns)) / total)
    m[1] = _stationary_share(x, mode)
    ratio = parts["ic"] * 12 / period
    m[2] = (ratio - 1) / 2
    runs = 1 + (np.diff(np.sign(np.diff(x["d13"], axis=0)), axis=0) != 0).sum(axis=0)
    m[3] = np.abs(runs - (2 * rows - 1) / 3) / (2.577 * np.sqrt((16 * rows - 29) / 90))
    spans = range(1, period + 1)
    dominance = np.array([_change(x["d13"], d, mode) / _change(x["d12"], d, mode) for d in spans])
    parts["mcd"], smooth = _cyclical_dominance(dominance)
    m[4] = (smooth - 0.5) / 5 if period == 12 else (smooth - 1 / 6) / (5 / 3)
    m[5] = np.abs(parts["is"] - 4) / 2.5
    m[6] = np.sqrt((7 / parts["f_stable"] + 3 * parts["f_moving"] / parts["f_stable"]) / 2)
    if rows // period >= _SHORT_YEARS:
        m[7:] = _seasonal_changes(x["d10"], period, mode)
    return np.asarray(np.clip(m, 0.0, _LARGEST))


def _change(x: Array, span: int, mode: str) -> Array:
    """Return the mean absolute change over `span` months: percent for ratios, units for differences."""
    moved = x[span:] - x[:-span]
    return np.asarray(np.abs(moved if mode == "add" else 100 * moved / x[:-span]).mean(axis=0))


def _stationary_share(x: dict[str, Array], mode: str) -> Array:
    """Return M2: ten times the irregular's share of the variance around a straight line, in logs for ratios."""
    take = np.asarray if mode == "add" else np.log
    t = np.arange(len(x["a1"])) - (len(x["a1"]) - 1) / 2
    trend = take(x["d12"])
    line = trend.mean(axis=0) + np.outer(t, (t @ trend) / (t @ t))
    variance = (take(x["e1"]) - line).var(axis=0)
    prior = (take(x["a2"]) ** 2).mean(axis=0) if "a2" in x else 0.0
    return np.asarray(10 * (take(x["e3"]) ** 2).mean(axis=0) / (variance * (1 - prior / variance)))


def _cyclical_dominance(ratios: Array) -> tuple[Array, Array]:
    """Return the months for cyclical dominance and the same between whole months; ratios of shape (spans, N)."""
    # The first span from which on the ratio stays below one.
    first = len(ratios) - (ratios >= 1.0)[::-1].argmax(axis=0)
    first = np.where((ratios < 1.0).all(axis=0), 0, first)
    never = first == len(ratios)
    first = np.where(never, len(ratios) - 1, first)
    columns = np.arange(ratios.shape[1])
    here, before = ratios[first, columns], ratios[np.maximum(first - 1, 0), columns]
    with np.errstate(divide="ignore", invalid="ignore"):
        smooth = np.where(first == 0, 1.0, first + (before - 1) / (before - here))
    return (first + 1).astype(np.float64), np.where(never, np.inf, smooth)


def _seasonal_changes(seasonal: Array, period: int, mode: str) -> Array:
    """Return M8 … M11, shape (4, N): size and drift of the changes of the standardised seasonal factors."""
    away = seasonal - (0.0 if mode == "add" else 1.0)
    z = away / np.sqrt((away**2).mean(axis=0))
    steps = np.abs(z[period:] - z[:-period])
    drift, swing, straight = (np.zeros(z.shape[1]) for _ in range(3))
    for month in range(period):
        own = z[month::period]
        drift += np.abs(own[-1] - own[0]) / (len(own) - 1)
        # The last three changes but two: the last two years' factors are still to be revised.
        swing += np.abs(np.diff(own[-6:-2], axis=0)).sum(axis=0)
        straight += np.abs(own[-3] - own[-6])
    return np.array([steps.mean(axis=0), drift / period, swing / (3 * period), straight / (3 * period)]) * 10


def _q(m: Array, years: int, sixth: npt.NDArray[np.bool_]) -> dict[str, Array]:
    weights = np.repeat((WEIGHTS if years >= _SHORT_YEARS else SHORT_WEIGHTS)[:, None], m.shape[1], axis=1)
    weights[5] = np.where(sixth, weights[5], 0.0)
    value, second = np.nan_to_num(m), np.arange(11) == 1
    without = np.where(second[:, None], 0.0, weights)
    return {
        "q": (weights * value).sum(axis=0) / weights.sum(axis=0),
        "qm2": (without * value).sum(axis=0) / without.sum(axis=0),
        "fail": (value > 1.0).sum(axis=0).astype(np.float64),
    }
