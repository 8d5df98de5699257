"""Contributions carried through a chain of links, and rolled up from products to firms, classes and the headline."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, UsageError, first_few

Floats = npt.NDArray[np.float64]
#: A pandas object of months × items.
Table = TypeVar("Table", pd.Series, pd.DataFrame)


def over_lag(points: npt.ArrayLike | pd.DataFrame, links: npt.ArrayLike | pd.Series, lag: int = 12) -> Any:
    """Contributions to the change of a chained index over `lag` months, in every month.

    Parameters
    ----------
    points : DataFrame or array_like, shape (T, N)
        What each item adds to the link of its month (month on month): a row adds up to link − 1. NaN = not in the
        comparison of that month.
    links : Series or array_like, shape (T,)
        Month-on-month links of the index, above 0; the first row is the start of the chain and not read.
    lag : int
        1 returns the points themselves, 12 gives those to the year-on-year change.

    Returns
    -------
    DataFrame or ndarray, shape (T, N)
        Fractions of the index in the month of comparison; a row adds up to I(t)/I(t − lag) − 1. NaN in the first `lag`
        rows, and for an item that is in none of the comparisons in between.

    Raises
    ------
    ShapeError, PriceError, UsageError
        Shapes or labels do not fit; a link is not above 0; `lag` is not a number from 1.

    Notes
    -----
    I(t)/I(s) − 1 = Σ_{s<u≤t} I(u−1)/I(s) · Σ_n c(u, n): every link's contributions at the level the index had by
    then. For an annually linked index with fixed weights in the year it is Ribe's form. Decision 0120.

    Examples
    --------
    >>> over_lag([[np.nan, np.nan], [1.0, 0.0], [0.25, 0.25]], [1.0, 2.0, 1.5], lag=2)[-1].tolist()
    [1.5, 0.5]
    """
    values, index = _checked(points, links)
    if isinstance(lag, bool) or int(lag) != lag or lag < 1:
        raise UsageError(f"lag must be a whole number of months from 1, not {lag!r}", zh="lag 必须是不小于 1 的整数")
    at = np.arange(len(values))
    start = at - lag
    between = (at[None, :] > start[:, None]) & (at[None, :] <= at[:, None]) & (start[:, None] >= 0)
    with np.errstate(invalid="ignore"):
        scale = np.where(between, _before(index)[None, :] / index[np.maximum(start, 0)][:, None], 0.0)
    known = ~np.isnan(values)
    result = scale @ np.where(known, values, 0.0)
    return _like(points, np.where((between.astype(float) @ known) > 0, result, np.nan))


def over_span(
    points: npt.ArrayLike | pd.DataFrame, links: npt.ArrayLike | pd.Series, *, start: int | str = 0, end: int | str = -1
) -> Any:
    """Contributions to the change of a chained index between two months.

    Parameters
    ----------
    points, links
        As in `over_lag`.
    start, end : int or str
        Positions, or labels of the rows of `points`; start before end.

    Returns
    -------
    Series or ndarray, shape (N,)
        Fractions that add up to I(end)/I(start) − 1; NaN for an item in none of the comparisons in between.

    Examples
    --------
    >>> over_span([[np.nan, np.nan], [1.0, 0.0], [0.25, 0.25]], [1.0, 2.0, 1.5]).tolist()
    [1.5, 0.5]
    """
    values, index = _checked(points, links)
    s, t = (_month(points, m, len(values)) for m in (start, end))
    if s >= t:
        raise UsageError(f"start ({start}) must lie before end ({end})", zh="start 必须早于 end")
    part = values[s + 1 : t + 1]
    known = ~np.isnan(part)
    result = (_before(index)[s + 1 : t + 1] / index[s]) @ np.where(known, part, 0.0)
    result = np.where(known.any(axis=0), result, np.nan)
    return pd.Series(result, index=points.columns, name="points") if isinstance(points, pd.DataFrame) else result


def roll_up(points: npt.ArrayLike | pd.Series | pd.DataFrame, by: Any) -> pd.Series | pd.DataFrame:
    """Add contributions up by label: from products to firms, from firms to classes.

    Parameters
    ----------
    points : Series or array_like, shape (N,); DataFrame or array_like, shape (T, N)
        Contributions of N items; NaN = not in the comparison.
    by : Series, dict, DataFrame or array_like, shape (N,)
        The label of each item; a Series or dict by item label. A frame with several columns (class, firm) gives a
        result with as many levels of labels. An item without a label (missing) is refused: it would be dropped.

    Returns
    -------
    Series or DataFrame
        One value, or column, a label, labels in order; NaN where none of its items is in the comparison. The total is
        that of `points`.

    Raises
    ------
    ShapeError
        A label for each item is expected.

    Examples
    --------
    >>> roll_up([0.25, 0.5, -0.25], by=["firm A", "firm B", "firm A"]).to_dict()
    {'firm A': 0.0, 'firm B': 0.5}
    """
    values = np.asarray(points, dtype=float)
    table = np.atleast_2d(values)
    items = _items(points)
    labels = _labels(by, items, table.shape[1])
    codes, names = labels.factorize(sort=True)
    names.names = labels.names
    if (codes < 0).any():
        lost = np.flatnonzero(codes < 0)
        raise ShapeError(f"items without a label: {first_few(lost if items is None else items[lost])}")
    known = ~np.isnan(table)
    cell = (np.arange(len(table))[:, None] * len(names) + codes[None, :]).ravel()
    size = len(table) * len(names)
    sums = np.bincount(cell, weights=np.where(known, table, 0.0).ravel(), minlength=size)
    seen = np.bincount(cell, weights=known.ravel().astype(float), minlength=size)
    result = np.where(seen > 0, sums, np.nan).reshape(len(table), len(names))
    if values.ndim == 1:
        return pd.Series(result[0], index=names, name="points")
    return pd.DataFrame(result, index=points.index if isinstance(points, pd.DataFrame) else None, columns=names)


def _items(points: object) -> pd.Index | None:
    if isinstance(points, pd.DataFrame):
        return points.columns
    return points.index if isinstance(points, pd.Series) else None


def _labels(by: Any, items: pd.Index | None, count: int) -> Any:
    if isinstance(by, dict):
        by = pd.Series(by)
    if isinstance(by, pd.Series | pd.DataFrame) and items is not None:
        absent = items.difference(by.index)
        if len(absent):
            raise ShapeError(f"no label for the items {first_few(absent)}")
        by = by.loc[items]
    if len(by) != count:
        raise ShapeError(f"{len(by)} labels for {count} items; one each is expected")
    if isinstance(by, pd.DataFrame):
        if by.isna().any(axis=None):
            raise ShapeError(f"items without a label: {first_few(by.index[by.isna().any(axis=1)])}")
        return pd.MultiIndex.from_frame(by)
    return pd.Index(by)


def _checked(points: npt.ArrayLike | pd.DataFrame, links: npt.ArrayLike | pd.Series) -> tuple[Floats, Floats]:
    """Return the points and the levels, first month = 1."""
    if isinstance(points, pd.DataFrame) and isinstance(links, pd.Series):
        odd = points.index.symmetric_difference(links.index)
        if len(odd):
            raise ShapeError(f"points and links are of different months: only one has {first_few(odd)}")
        links = links.loc[points.index]
    values, ratio = np.asarray(points, dtype=float), np.array(links, dtype=float)
    if values.ndim != 2 or ratio.shape != values.shape[:1] or not len(ratio):
        raise ShapeError(f"points has shape {values.shape} and links {ratio.shape}; (T, N) and (T,) are expected")
    if ((ratio[1:] <= 0) | np.isinf(ratio[1:])).any():
        raise PriceError(f"links must be numbers above 0; position {1 + int(np.argmax(~(ratio[1:] > 0)))} is not")
    ratio[0] = 1.0
    return values, np.cumprod(ratio)


def _before(index: Floats) -> Floats:
    """Return the level of the month before, the first month's own for the first."""
    return np.concatenate([index[:1], index[:-1]])


def _month(points: object, at: int | str, months: int) -> int:
    if isinstance(points, pd.DataFrame) and at in points.index:
        return int(points.index.get_indexer(pd.Index([at]))[0])
    if isinstance(at, str) or not -months <= at < months:
        raise ShapeError(f"no month {at!r} among the {months} months of points", zh=f"没有月份 {at}")
    return int(at) % months


def _like(source: object, values: Floats) -> Any:
    if isinstance(source, pd.DataFrame):
        return pd.DataFrame(values, index=source.index, columns=source.columns)
    return values
