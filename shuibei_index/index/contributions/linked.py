"""Contributions of classes to the change of an index that is linked once a year, from plain tables: Ribe's form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.errors import PriceError, ShapeError, UsageError, first_few
from shuibei_index.index.chain.periods import is_year
from shuibei_index.index.compilation.segments import Span, check_link_month, weight_years
from shuibei_index.index.numbers import as_floats
from shuibei_index.index.period_labels import written

Floats = npt.NDArray[np.float64]


def ribe(
    levels: npt.ArrayLike | pd.DataFrame,
    weights: npt.ArrayLike | pd.DataFrame,
    headline: npt.ArrayLike | pd.Series | None = None,
    *,
    lag: int = 12,
    link_month: int = 12,
    months: Sequence[str] | None = None,
    within_year: bool = False,
    total: npt.ArrayLike | pd.Series | None = None,
) -> Floats | pd.DataFrame:
    """Contributions of classes to the change of an annually linked index over `lag` months, across any number of links.

    Parameters
    ----------
    levels : DataFrame or array_like, shape (T, K)
        Index level of each class on any base, a row for each month without gaps; a frame's rows are "YYYY-MM" or
        dates. NaN
        where a class has no index (its weight is then 0 or NaN in the year).
    weights : DataFrame or array_like, shape (Y, K)
        Weight of each class at prices of the link month, one row a weight year; any scale; NaN = not in the index
        that year. A frame's rows are the years (2024, "2024"), its columns the classes of `levels`; an array has one
        row for each weight year that the months touch, in order.
    headline : Series or array_like, shape (T,), optional
        Level of the whole index; by default it is chained from the classes.
    lag : int
        1 month on month, 12 year on year, any other number of months from 1.
    link_month : int
        Month in which years are linked. 12: the weights of year Y serve January to December of Y, linked at December
        of Y − 1. 1: February of Y to January of Y + 1, linked at January of Y.
    months : sequence of str, optional
        "YYYY-MM" of the rows, when `levels` is an array.
    within_year : bool
        `levels` are relatives to the link month of their own year, not a chained level; a link month then stands with
        the year that it ends.
    total : Series or array_like, shape (Y,), optional
        Weight of the headline in each year, when `levels` holds only some of its classes, or special aggregates that
        overlap; by default the sum over the classes. Needs `headline`.

    Returns
    -------
    DataFrame or ndarray, shape (T, K)
        Fractions of the headline in the month of comparison (0.01 = one percentage point). If the classes make up the
        whole, a row adds up to the headline's change: exactly to that of the chained one, to a published one as far as
        its rounding goes. NaN where the month of comparison is not in the table or before the first link month (the
        weights of a year do not fit prices of another month); 0 for a class without weight.

    Raises
    ------
    ShapeError
        Shapes or labels do not fit; months have gaps; a weight year is missing.
    PriceError
        A level or a headline is not above 0; a weight is negative or a year has none.
    UsageError
        `lag`, `link_month` or the combination of arguments is not possible.

    Notes
    -----
    Σ over the stretches [a, b] between s = t − lag and t, cut at link months: I(L)/I(s) · w_k [R_k(b) − R_k(a)], L the
    link month of the stretch, R_k the relative to it, w_k the class's share. Source: Ribe (1999); HICP Methodological
    Manual (2024), section 8.6; `contrib()` of the R package hicp gives the same in percent. Decision 0120.

    Examples
    --------
    >>> levels = pd.DataFrame({"a": [100.0, 200.0], "b": [100.0, 100.0]}, index=["2024-12", "2025-01"])
    >>> weights = pd.DataFrame({"a": [1.0], "b": [3.0]}, index=[2025])
    >>> ribe(levels, weights, lag=1).loc["2025-01"].tolist()
    [0.25, 0.0]
    """
    if isinstance(lag, bool) or int(lag) != lag or lag < 1:
        raise UsageError(f"lag must be a whole number of months from 1, not {lag!r}", zh="lag 必须是不小于 1 的整数")
    check_link_month(link_month)
    if total is not None and headline is None:
        raise UsageError("total needs headline: some classes alone do not give the level of the whole")
    names, table = _months_and_levels(levels, months)
    spans = _full_years(names, link_month)
    share = _shares(weights, levels, table.shape[1], spans, total)
    index = None if headline is None else _headline(headline, levels, len(names))
    relatives = [_relatives(table, span, within_year) for span in spans]
    if index is None:
        index = _chained(len(names), spans, share, relatives)
    result = np.full(table.shape, np.nan)
    first = spans[0].link if spans else len(names)
    for t in range(first + lag, len(names)):
        s = t - lag
        row = np.zeros(table.shape[1])
        for span, w, relative in zip(spans, share, relatives, strict=True):
            a, b = max(s, span.link), min(t, span.months[-1])
            if a < b:
                change = relative[b - span.link] - relative[a - span.link]
                row += np.where(w > 0, index[span.link] / index[s] * w * change, 0.0)
        result[t] = row
    return pd.DataFrame(result, levels.index, levels.columns) if isinstance(levels, pd.DataFrame) else result


def _months_and_levels(levels: npt.ArrayLike | pd.DataFrame, months: Sequence[str] | None) -> tuple[list[str], Floats]:
    if isinstance(levels, pd.DataFrame):
        if months is not None:
            raise UsageError("months are the rows of levels; give them only with an array")
        names = [str(written(m)) for m in levels.index]
    elif months is None:
        raise UsageError("levels is an array: give the months of its rows, months=['2024-12', …]")
    else:
        names = [written(m) for m in months]
    table = as_floats(levels, "levels")
    if table.ndim != 2 or len(table) != len(names):
        raise ShapeError(f"levels has shape {table.shape}; (months, classes) with {len(names)} months is expected")
    number = month_names.ordinals(names)
    gaps = np.flatnonzero(np.diff(number) != 1)
    if len(gaps):
        raise ShapeError(f"the months have gaps or are not in order, first after {names[gaps[0]]}")
    if ((table <= 0) | np.isinf(table)).any():
        t, k = np.argwhere((table <= 0) | np.isinf(table))[0].tolist()
        raise PriceError(f"levels must be above 0: {table[t, k]} in {names[t]}, class {k}; NaN = no index")
    return names, table


def _full_years(names: list[str], link_month: int) -> list[Span]:
    """Return the weight years whose link month is in the table."""
    if len(names) < 2:
        return []
    spans = weight_years(tuple(names), link_month)
    return [s for s in spans if month_names.ordinal(names[s.link]) % 12 + 1 == link_month and s.months]


def _shares(
    weights: npt.ArrayLike | pd.DataFrame,
    levels: object,
    width: int,
    spans: list[Span],
    total: npt.ArrayLike | pd.Series | None,
) -> list[Floats]:
    years = [s.year for s in spans]
    classes = levels.columns if isinstance(levels, pd.DataFrame) else None
    if isinstance(weights, pd.DataFrame):
        weights = _by_year(weights, years, "weights")
        if classes is not None:
            odd = classes.symmetric_difference(weights.columns)
            if len(odd):
                raise ShapeError(f"levels and weights are of different classes: only one has {first_few(odd)}")
            weights = weights[classes]
    table = np.nan_to_num(as_floats(weights, "weights"), nan=0.0, posinf=-1.0)
    if table.shape != (len(years), width):
        raise ShapeError(
            f"weights has shape {table.shape}; ({len(years)}, {width}) is expected, a row for each {years}"
        )
    if (table < 0).any():
        raise PriceError(
            f"weights must be finite and not negative; see {first_few(np.array(years)[(table < 0).any(1)])}"
        )
    if isinstance(total, pd.Series):
        total = _by_year(total, years, "total")
    whole = table.sum(axis=1) if total is None else as_floats(total, "total")
    if whole.shape != (len(years),) or not (whole > 0).all():
        raise PriceError(f"the weight of the whole must be above 0 in each of {years}")
    return list(table / whole[:, None])


def _by_year(table: pd.DataFrame | pd.Series, years: list[int], name: str) -> pd.DataFrame | pd.Series:
    """Return the rows of the years, whether they are labelled by number, text or period."""
    known = [int(written(x)) if is_year(x) else x for x in table.index]
    absent = [y for y in years if y not in known]
    if absent:
        raise ShapeError(f"no {name} for {first_few(absent)}; the rows of {name} are years")
    if len(set(known)) != len(known):
        raise ShapeError(f"{name}: years stand twice: {first_few([y for y in set(known) if known.count(y) > 1])}")
    return table.set_axis(known, axis=0).loc[years]


def _headline(headline: npt.ArrayLike | pd.Series, levels: object, rows: int) -> Floats:
    if isinstance(headline, pd.Series) and isinstance(levels, pd.DataFrame):
        named, wanted = ([written(m) for m in index] for index in (headline.index, levels.index))
        absent = [m for m in wanted if m not in set(named)]
        if absent:
            raise ShapeError(f"headline lacks the months {first_few(absent)}")
        if len(set(named)) != len(named):
            raise ShapeError("headline: months stand more than once; one level a month is expected")
        headline = headline.set_axis(named).loc[wanted]
    index = as_floats(headline, "headline")
    if index.shape != (rows,):
        raise ShapeError(f"headline has shape {index.shape}; ({rows},) is expected")
    if ((index <= 0) | np.isinf(index)).any():
        raise PriceError("the levels of the headline must be above 0")
    return index


def _relatives(table: Floats, span: Span, within_year: bool) -> Floats:
    """Return the levels of a year relative to its link month; the first row, the link month, is 1."""
    rows = table[span.link : span.months[-1] + 1]
    if not within_year:
        return np.asarray(rows / rows[0], dtype=float)
    return np.concatenate([np.ones((1, rows.shape[1])), rows[1:]])


def _chained(rows: int, spans: list[Span], share: list[Floats], relatives: list[Floats]) -> Floats:
    index = np.full(rows, np.nan)
    for span, w, relative in zip(spans, share, relatives, strict=True):
        start = 1.0 if np.isnan(index[span.link]) else index[span.link]
        # a class without weight must not spread its gaps
        index[span.link : span.months[-1] + 1] = start * np.where(w > 0, w * relative, 0.0).sum(axis=1)
    return index
