"""Chaining: links to levels and back, joining series, moving the base, price-updating weights.

Every function takes arrays, lists or pandas objects; a Series or DataFrame (rows = months, labels "YYYY-MM") comes back
as one. A gap (NaN) stays a gap: nothing is filled in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.errors import PriceError, ShapeError, first_few

Floats = npt.NDArray[np.float64]
#: A pandas object of months × series.
Table = TypeVar("Table", pd.Series, pd.DataFrame)


@overload
def chain(links: Table, base: float = 1.0) -> Table: ...
@overload
def chain(links: npt.ArrayLike, base: float = 1.0) -> Floats: ...
def chain(links: Any, base: float = 1.0) -> Any:
    """Return levels from month-on-month links: level(t) = level(t−1) · link(t).

    Parameters
    ----------
    links : array_like, Series or DataFrame, shape (T,) or (T, K)
        Ratios, 1.0 = no change; the first row is the start and not read (NaN there is usual in pandas). After a
        missing link the level is not known: NaN from there on.
    base : float
        Level of the first month.

    Returns
    -------
    ndarray, Series or DataFrame, same shape

    Raises
    ------
    PriceError
        A link, or the base, is not a number above 0.

    Examples
    --------
    >>> [float(x) for x in chain([1.0, 2.0, 0.5])]
    [1.0, 2.0, 1.0]
    """
    values = _floats(links)
    _positive(values[1:], "links", first=1)
    if not (np.isfinite(base) and base > 0):
        raise PriceError(f"the base level must be a number above 0, not {base}")
    values[:1] = base
    return _like(links, np.asarray(np.cumprod(values, axis=0), dtype=float))


@overload
def unchain(levels: Table) -> Table: ...
@overload
def unchain(levels: npt.ArrayLike) -> Floats: ...
def unchain(levels: Any) -> Any:
    """Return month-on-month links from levels; the first is 1.0. The inverse of `chain` where there are no gaps.

    A link is NaN where its month or the month before has no level.

    Examples
    --------
    >>> [float(x) for x in unchain([100.0, 200.0, 100.0])]
    [1.0, 2.0, 0.5]
    """
    values = _floats(levels)
    _positive(values, "levels")
    links = np.where(np.isnan(values), np.nan, 1.0)
    links[1:] = values[1:] / values[:-1]
    return _like(levels, links)


@overload
def link(old: Table, new: Table, at: int | str) -> Table: ...
@overload
def link(old: npt.ArrayLike, new: npt.ArrayLike, at: int | str) -> Floats: ...
def link(old: Any, new: Any, at: int | str) -> Any:
    """Join two series: `old` up to month `at`, then the movement of `new`.

    Parameters
    ----------
    old, new : array_like, Series or DataFrame, shape (T,) or (T, K)
        Arrays cover the same months. Two pandas objects are put side by side by their labels, so `old` may end and
        `new` may begin in the link month.
    at : int or str
        Position of the overlap month (the link month), known in both; in pandas also its label.

    Returns
    -------
    ndarray, Series or DataFrame
        Level of `old` throughout: new(t) · old(at) / new(at) after `at`. The factor is the published link factor.

    Raises
    ------
    ShapeError
        The series do not cover the same months, or not the overlap month.
    PriceError
        One of them has no level above 0 in the overlap month.

    Examples
    --------
    >>> [float(x) for x in link([100.0, 110.0, 0.0], [1.0, 2.0, 3.0], at=1)]
    [100.0, 110.0, 165.0]
    """
    if isinstance(old, pd.Series | pd.DataFrame) and type(old) is type(new):
        old, new = old.align(new)
    before, after = _floats(old), _floats(new)
    if before.shape != after.shape:
        raise ShapeError(f"old has shape {before.shape} and new {after.shape}; both must cover the same months")
    position = _position(old, at)
    if not (np.all(before[position] > 0) and np.all(after[position] > 0)):
        raise PriceError(f"both series must have a level above 0 in the overlap month {at}")
    result = before.copy()
    result[position:] = after[position:] * (before[position] / after[position])
    result[position] = before[position]
    return _like(old, result)


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
        Positions or a mask of the base months; in pandas also "2014", "2014-06" or a list of labels. NaN among the
        base months are left out.

    Raises
    ------
    PriceError
        A series has no level in the base months, or a level is not above 0.

    Examples
    --------
    >>> [float(x) for x in rebase([1.0, 3.0, 4.0], [0, 1])]
    [50.0, 150.0, 200.0]
    """
    values = _floats(levels)
    _positive(values, "levels")
    chosen = values[_base_rows(levels, base, len(values))]
    known = ~np.isnan(chosen)
    count = known.sum(axis=0)
    if np.any(count == 0):
        raise PriceError(f"a series has no level in the base months {base}; choose a base period the series covers")
    return _like(levels, values * (to / (np.where(known, chosen, 0.0).sum(axis=0) / count)))


def price_update(weights: Any, relatives: Any) -> Any:
    """Carry weights from the prices of their own period to those of the link month; the result sums to 1.

    Parameters
    ----------
    weights : array_like, Series or dict, shape (K,)
        Values or value shares at prices of the weight period, not negative.
    relatives : array_like, Series or dict, shape (K,)
        Price index of each class from the weight period to the link month. With labels on both sides classes meet by
        label, not by place. May be NaN where the weight is 0.

    Returns
    -------
    ndarray, or Series if `weights` has labels

    Raises
    ------
    ShapeError
        The classes of the two differ.
    PriceError
        A weight is negative, or a class with a weight has no relative above 0.

    Notes
    -----
    PPI Manual, eq. 9.20–9.22.

    Examples
    --------
    >>> [round(float(x), 3) for x in price_update([1.0, 1.0], [3.0, 1.0])]
    [0.75, 0.25]
    """
    weights, relatives = (pd.Series(x, dtype=float) if isinstance(x, Mapping) else x for x in (weights, relatives))
    if isinstance(weights, pd.Series) and isinstance(relatives, pd.Series):
        differing = weights.index.symmetric_difference(relatives.index)
        if len(differing):
            raise ShapeError(f"weights and relatives are of different classes: {first_few(differing)}")
        relatives = relatives.reindex(weights.index)
    value, ratio = _floats(weights), _floats(relatives)
    if value.shape != ratio.shape:
        raise ShapeError(f"{value.shape} weights but {ratio.shape} relatives")
    if not (np.isfinite(value) & (value >= 0)).all() or not value.sum() > 0:
        raise PriceError("weights must be numbers that are not negative, and at least one must be above 0")
    used = value > 0
    if np.isnan(ratio[used]).any():
        raise PriceError(f"no relative for a class with a weight, position {np.argwhere(used & np.isnan(ratio))[0]}")
    _positive(ratio, "relatives")
    updated = value * np.where(used, ratio, 1.0)
    return _like(weights, updated / updated.sum())


def _floats(values: Any) -> Floats:
    array = np.array(values, dtype=float)
    if array.ndim == 0:
        raise ShapeError("expected a series with one number a month (or a class), not a single number")
    return array


def _like(source: Any, values: Floats) -> Any:
    if isinstance(source, pd.DataFrame):
        return pd.DataFrame(values, index=source.index, columns=source.columns)
    if isinstance(source, pd.Series):
        return pd.Series(values, index=source.index, name=source.name)
    return values


def _position(source: Any, at: int | str) -> int:
    if isinstance(at, str):
        if not isinstance(source, pd.Series | pd.DataFrame) or at not in source.index:
            raise ShapeError(f"the overlap month {at} is not among the labels of both series")
        return int(source.index.get_indexer(pd.Index([at]))[0])
    if not -len(source) <= at < len(source):
        raise ShapeError(f"the overlap month {at} lies outside the {len(source)} months")
    return int(at) % len(source)


def _base_rows(source: Any, base: Any, count: int) -> npt.NDArray[np.int64]:
    wanted = month_names.months_of(base) if isinstance(base, str) else base
    chosen = np.atleast_1d(np.asarray(wanted))
    if chosen.dtype == bool:
        if len(chosen) != count:
            raise ShapeError(f"a mask of {len(chosen)} months for {count} months of levels")
        return np.flatnonzero(chosen)
    if chosen.dtype.kind in "iu":
        if len(chosen) and not (-count <= chosen.min() and chosen.max() < count):
            raise ShapeError(f"base months {base} lie outside the {count} months of levels")
        return chosen.astype(np.int64)
    if not isinstance(source, pd.Series | pd.DataFrame):
        raise ShapeError(f"base {base!r}: months by name need levels with labels (pandas); pass positions or a mask")
    return np.flatnonzero(source.index.isin(list(wanted)))


def _positive(values: Floats, name: str, first: int = 0) -> None:
    bad = np.argwhere((values <= 0) | np.isinf(values))
    if len(bad):
        at = [int(bad[0][0]) + first, *bad[0][1:].tolist()]
        raise PriceError(f"{name} must be numbers above 0; position {at} is not")
