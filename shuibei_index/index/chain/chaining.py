"""Chaining: links to levels and back, yearly sub-series, joining series, moving the base, price-updating weights.

Every function takes arrays, lists or pandas objects; a Series or DataFrame (rows = months, labels "YYYY-MM", ISO weeks
"2024-W05" or quarters "2024-Q2") comes back as one. A gap (NaN) stays a gap: nothing is filled in here.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, UsageError, first_few
from shuibei_index.index.chain.labelled import Floats, Table, by_period, like, positive
from shuibei_index.index.chain.overlap import check_overlap, joined, sub_series
from shuibei_index.index.chain.periods import is_year, parse, periods_of
from shuibei_index.index.period_labels import written


@overload
def chain(
    links: Table, base: float = 1.0, *, overlap: str | None = None, link_month: int | None = None, periods: None = None
) -> Table: ...
@overload
def chain(
    links: npt.ArrayLike,
    base: float = 1.0,
    *,
    overlap: str | None = None,
    link_month: int | None = None,
    periods: Sequence[str] | None = None,
) -> Floats: ...
def chain(
    links: Any, base: float = 1.0, *, overlap: str | None = None, link_month: int | None = None, periods: Any = None
) -> Any:
    """Return levels: from month-on-month links, level(t) = level(t−1) · link(t), or from yearly sub-series.

    Parameters
    ----------
    links : array_like, Series or DataFrame, shape (T,) or (T, K)
        Ratios, 1.0 = no change; the first row is the start and not read (NaN there is usual in pandas). After a
        missing link the level is not known: NaN from there on. With `overlap`: the sub-series that `unchain` gives.
    base : float
        Level of the first month; with `overlap`, of the reference of the first stretch (see Notes).
    overlap : {"month", "annual", "over_the_year"}, optional
        How yearly sub-series are joined: over the link month, over the means of the whole year before, or each month
        to the same month of the year before. Default: the rows are month-on-month links.
    link_month : int, optional
        For overlap "month": number of the link month (12 = December), ISO week or quarter. Default: the last of the
        year; so does a week 53 in a year of 52.
    periods : list of str, optional
        For arrays with `overlap`: labels of the rows.

    Returns
    -------
    ndarray, Series or DataFrame, same shape

    Raises
    ------
    PriceError
        A link, or the base, is not a number above 0; annual overlap without one whole year.
    ShapeError, UsageError
        Rows not in order, or repeated; with `overlap` without the labels of periods, or with gaps; an unknown overlap
        or link month; no numbers.

    Notes
    -----
    With R(t) a sub-series and L the last link month before t: month, level(t) = level(L) · R(t); annual,
    level(t) = mean of the levels of the year before · R(t); over the year, level(t) = level(t − 1 year) · R(t).
    The first stretch of a series stands on `base`: its first month known (month, over the year), or the mean of its
    first whole year (annual). Week 53 is compared with week 53 a year before, or with week 52 where there is none.
    Sources: PPI Manual (2004), ch. 15, and IMF, Quarterly National Accounts Manual (2017), ch. 8 (the three overlaps);
    R package hicp (`chain`, `unchain`), which starts each series anew after a gap, where this leaves NaN.

    Examples
    --------
    >>> [float(x) for x in chain([1.0, 2.0, 0.5])]
    [1.0, 2.0, 1.0]
    >>> levels = pd.Series([100.0, 120.0], ["2023-12", "2024-01"])
    >>> chain(unchain(levels, overlap="month"), 100.0, overlap="month").to_list()
    [100.0, 120.0]
    """
    if not (np.isfinite(base) and base > 0):
        raise PriceError(f"the base level must be a number above 0, not {base}")
    values = by_period(links, "links")
    if overlap is not None:
        return _by_years(links, values, joined, overlap, link_month, periods, base)
    _refuse_options(link_month, periods)
    positive(values[1:], "links", first=1)
    values[:1] = base
    return like(links, np.asarray(np.cumprod(values, axis=0), dtype=float))


@overload
def unchain(
    levels: Table, *, overlap: str | None = None, link_month: int | None = None, periods: None = None
) -> Table: ...
@overload
def unchain(
    levels: npt.ArrayLike,
    *,
    overlap: str | None = None,
    link_month: int | None = None,
    periods: Sequence[str] | None = None,
) -> Floats: ...
def unchain(levels: Any, *, overlap: str | None = None, link_month: int | None = None, periods: Any = None) -> Any:
    """Return month-on-month links from levels, the first 1.0, or yearly sub-series. The inverse of `chain`.

    Parameters
    ----------
    levels : array_like, Series or DataFrame, shape (T,) or (T, K)
    overlap, link_month, periods
        As in `chain`. With an overlap the result is relative to the level of the last link month before (month), the
        mean of the calendar year before (annual), or the same month of the year before (over_the_year).

    Returns
    -------
    ndarray, Series or DataFrame, same shape
        NaN where a month or its reference has no level. Where there are no gaps `chain` gives the levels back, on
        the base of the first stretch.

    Examples
    --------
    >>> [float(x) for x in unchain([100.0, 200.0, 100.0])]
    [1.0, 2.0, 0.5]
    >>> levels = pd.Series([100.0, 110.0, 121.0], ["2023-11", "2023-12", "2024-01"])
    >>> unchain(levels, overlap="month").round(6).to_list()
    [1.0, 1.1, 1.1]
    """
    values = by_period(levels, "levels")
    positive(values, "levels")
    if overlap is not None:
        return _by_years(levels, values, sub_series, overlap, link_month, periods)
    _refuse_options(link_month, periods)
    links = np.where(np.isnan(values), np.nan, 1.0)
    links[1:] = values[1:] / values[:-1]
    return like(levels, links)


def _by_years(source: Any, values: Floats, turn: Any, overlap: str, at: int | None, periods: Any, *base: float) -> Any:
    check_overlap(overlap)
    if at is not None and overlap != "month":
        raise UsageError(f"overlap {overlap!r} has no link month; leave link_month out")
    if values.ndim > 2:
        raise ShapeError(f"expected the shape (months,) or (months, series), not {values.shape}")
    positive(values, "levels and sub-series")
    table = values[:, None] if values.ndim == 1 else values
    return like(source, turn(table, periods_of(source, periods), overlap, at, *base).reshape(values.shape))


def _refuse_options(link_month: int | None, periods: Any) -> None:
    if link_month is not None or periods is not None:
        raise UsageError("link_month and periods belong to an overlap: pass overlap='month' with them")


@overload
def rebase(levels: Table, base: Any, to: float = 100.0) -> Table: ...
@overload
def rebase(levels: npt.ArrayLike, base: Any, to: float = 100.0) -> Floats: ...
def rebase(levels: Any, base: Any, to: float = 100.0) -> Any:
    """Put the mean of the months `base` to `to` (100): rates of change stay as they are.

    Parameters
    ----------
    levels : array_like, Series or DataFrame, shape (T,) or (T, K)
    base : int, list of int, mask of bool, str or list of str
        Positions or a mask of the base months; in pandas also "2014" (every month, week or quarter of it that the
        rows have), "2014-06", "2014-W23", a label of the rows or a list of them. Whole numbers that are no positions
        but labels (201406) are read as such. NaN among the base months are left out.

    Raises
    ------
    PriceError
        A series has no level in the base months, or a level is not above 0.
    ShapeError, UsageError
        The rows are not in order; the base months are none of them, or no month at all is named.

    Examples
    --------
    >>> [float(x) for x in rebase([1.0, 3.0, 4.0], [0, 1])]
    [50.0, 150.0, 200.0]
    """
    values = by_period(levels, "levels")
    positive(values, "levels")
    chosen = values[_base_rows(levels, base, len(values))]
    known = ~np.isnan(chosen)
    count = known.sum(axis=0)
    if np.any(count == 0):
        raise PriceError(f"a series has no level in the base months {base}; choose a base period the series covers")
    return like(levels, values * (to / (np.where(known, chosen, 0.0).sum(axis=0) / count)))


def _base_rows(source: Any, base: Any, count: int) -> npt.NDArray[np.int64]:
    labels = [written(x) for x in source.index] if isinstance(source, pd.Series | pd.DataFrame) else None
    if isinstance(base, str) and is_year(base) and labels is not None:
        return np.array([t for t, x in enumerate(labels) if str(x)[:5] in (base, f"{base}-")], dtype=np.int64)
    if isinstance(base, str) and labels is not None:
        parse(base)
    single = isinstance(base, str) or not np.iterable(base)
    names = [base] if single else list(base)
    # dates and periods stay what they are
    chosen = np.array(names, dtype=None if all(isinstance(x, Integral | np.bool_) for x in names) else object)
    if chosen.dtype == bool:
        if len(chosen) != count:
            raise ShapeError(f"a mask of {len(chosen)} months for {count} months of levels")
        return _some(np.flatnonzero(chosen), base)
    if not names:
        return _some(np.zeros(0, dtype=np.int64), base)
    wanted = [written(x) for x in names]
    if chosen.dtype.kind in "iu":
        if -count <= chosen.min() and chosen.max() < count:
            return chosen.astype(np.int64)
        if labels is None or not set(wanted) <= set(labels):
            raise ShapeError(f"base months {base} lie outside the {count} months of levels")
    if labels is None:
        raise ShapeError(f"base {base!r}: months by name need levels with labels (pandas); pass positions or a mask")
    absent = [x for x in wanted if x not in set(labels)]
    if absent:
        raise ShapeError(
            f"base: {first_few(absent)} not among the rows, which are {first_few(labels)}; choose a base period the "
            f"series covers"
        )
    return np.flatnonzero([x in set(wanted) for x in labels])


def _some(rows: npt.NDArray[np.int64], base: Any) -> npt.NDArray[np.int64]:
    if not len(rows):
        raise UsageError(f"base {base!r} names no month of the levels; choose a base period the series covers")
    return rows
