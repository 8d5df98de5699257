"""Yearly sub-series and how they overlap: one month, a whole year, or the same month of the year before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import PriceError, UsageError, did_you_mean
from shuibei_index.index.chain.labelled import Floats, Ints
from shuibei_index.index.chain.periods import Periods

OVERLAPS = ("month", "annual", "over_the_year")
Bools = npt.NDArray[np.bool_]


def check_overlap(overlap: str) -> None:
    """Refuse an overlap that is not known."""
    if overlap not in OVERLAPS:
        hint = did_you_mean(str(overlap), OVERLAPS)
        raise UsageError(f"overlap {overlap!r} is not known; choose one of {', '.join(OVERLAPS)}{hint}")


def sub_series(levels: Floats, periods: Periods, overlap: str, at: int | None) -> Floats:
    """Return levels as sub-series, each relative to its own reference: the inverse of `joined`.

    Parameters
    ----------
    levels : ndarray, shape (T, K)
        Levels above 0, NaN = none.
    periods : Periods
    overlap : {"month", "annual", "over_the_year"}
    at : int, optional
        Link period of "month", its number within the year; None = the last.

    Returns
    -------
    ndarray, shape (T, K)
        level / reference; NaN where one of the two is not known.
    """
    first = _first_known(levels)
    if overlap == "annual":
        mean, start = _yearly_means(levels, periods)
        column = np.arange(levels.shape[1])
        year = np.maximum((periods.year - periods.years[0])[:, None] - 1, start)
        return np.asarray(levels / mean[year, column], dtype=float)
    reference = _last_link(periods, at) if overlap == "month" else periods.year_before()
    rows = np.maximum(reference[:, None], np.minimum(first, len(levels) - 1))
    return np.asarray(levels / np.take_along_axis(levels, rows, axis=0), dtype=float)


def joined(sub: Floats, periods: Periods, overlap: str, at: int | None, base: float) -> Floats:
    """Return levels from sub-series: the reference of each series' first stretch is `base`.

    Returns
    -------
    ndarray, shape (T, K)
        NaN from a link that is not known on: the level after it is not known either.
    """
    if overlap == "annual":
        mean, start = _yearly_means(sub, periods)
        factor = np.where(np.arange(len(mean))[:, None] >= start, mean, 1.0)
        reference = _running(factor, base)
        return np.asarray(sub * reference[periods.year - periods.years[0]], dtype=float)
    first = _first_known(sub)
    if overlap == "month":
        counts = periods.ends(at)[:, None] & (np.arange(len(sub))[:, None] >= first)
        return np.asarray(sub * _running(np.where(counts, sub, 1.0), base), dtype=float)
    before, level = periods.year_before(), np.empty_like(sub)
    for year in periods.years:
        rows = periods.rows_of(year)
        above = np.maximum(before[rows], 0)
        level[rows] = sub[rows] * np.where(before[rows, None] < first, base, level[above])
    return level


def _running(factors: Floats, base: float) -> Floats:
    """Return base × the product of the factors of all rows before, same shape."""
    start = np.full((1, factors.shape[1]), base)
    return np.asarray(np.cumprod(np.concatenate([start, factors[:-1]]), axis=0), dtype=float)


def _first_known(values: Floats) -> Ints:
    """Return the row of each column's first number, shape (K,); the number of rows if it has none."""
    known = ~np.isnan(values)
    return np.where(known.any(axis=0), np.argmax(known, axis=0), len(values)).astype(np.int64)


def _last_link(periods: Periods, at: int | None) -> Ints:
    """Return the row of the last link period before each row, shape (T,); −1 = none."""
    ends = np.where(periods.ends(at), np.arange(len(periods)), -1)
    return np.concatenate([[-1], np.maximum.accumulate(ends)[:-1]]).astype(np.int64)


def yearly_means(values: Floats, periods: Periods) -> Floats:
    """Return the mean of each calendar year, shape (years, K); NaN unless every period of it is there and known."""
    return np.stack([
        values[periods.rows_of(y)].mean(axis=0) if periods.whole(y) else np.full(values.shape[1], np.nan)
        for y in periods.years
    ])  # fmt: skip


def _yearly_means(values: Floats, periods: Periods) -> tuple[Floats, Ints]:
    """Return the yearly means and the place of each column's first whole year, shape (K,)."""
    means = yearly_means(values, periods)
    known = ~np.isnan(means)
    lacking = ~known.any(axis=0) & ~np.isnan(values).all(axis=0)
    if lacking.any():
        raise PriceError(
            f"annual overlap needs at least one whole calendar year of levels; {int(lacking.sum())} of "
            f"{values.shape[1]} series have none (first: column {int(np.argmax(lacking))}); use overlap='month'"
        )
    return means, np.argmax(known, axis=0).astype(np.int64)
