"""Averages of an index over years, quarters, or the year up to each month."""

from __future__ import annotations

from typing import overload

import numpy as np
import pandas as pd

from shuibei_index.errors import ShapeError, UsageError, did_you_mean
from shuibei_index.index.chain.labelled import Floats, by_period, like, positive
from shuibei_index.index.chain.overlap import yearly_means
from shuibei_index.index.chain.periods import MONTH, QUARTER, Periods, periods_in, periods_of, write

SPANS = ("year", "quarter", "moving_year")


@overload
def average(levels: pd.Series, by: str = "year") -> pd.Series: ...
@overload
def average(levels: pd.DataFrame, by: str = "year") -> pd.DataFrame: ...
def average(levels: pd.Series | pd.DataFrame, by: str = "year") -> pd.Series | pd.DataFrame:
    """Average an index over longer periods: the plain mean of its levels.

    Parameters
    ----------
    levels : Series or DataFrame, shape (T,) or (T, K)
        Levels above 0 by month, ISO week or quarter; NaN = none.
    by : {"year", "quarter", "moving_year"}
        Calendar years (ISO years of weeks), quarters (of months only), or at each row the 12 months (4 quarters) that
        end there.

    Returns
    -------
    Series or DataFrame
        Rows "2024", "2024-Q1", or those of `levels`. NaN unless every period of the span is there and known.

    Raises
    ------
    ShapeError, UsageError
        Rows are not periods in order, or cannot be averaged so; an unknown span.
    PriceError
        A level is not above 0.

    Notes
    -----
    A mean of chained levels, not of links: PPI Manual (2004), ch. 9.

    Examples
    --------
    >>> average(pd.Series([1.0, 2.0, 3.0, 6.0], [f"2024-Q{n}" for n in (1, 2, 3, 4)])).to_dict()
    {'2024': 3.0}
    """
    if not isinstance(levels, pd.Series | pd.DataFrame):
        raise ShapeError("average needs the labels of the periods: pass a Series or a DataFrame")
    if by not in SPANS:
        raise UsageError(f"by {by!r} is not known; choose one of {', '.join(SPANS)}{did_you_mean(str(by), SPANS)}")
    values, periods = by_period(levels, "levels"), periods_of(levels)
    positive(values, "levels")
    table = values[:, None] if values.ndim == 1 else values
    if by == "moving_year":
        moving: pd.Series | pd.DataFrame = like(levels, _moving(table, periods).reshape(values.shape))
        return moving
    if by == "year":
        means, labels = yearly_means(table, periods), [str(y) for y in periods.years]
    else:
        if periods.kind != MONTH:
            raise UsageError(f"quarters are averages of months; the rows are {periods.kind}s")
        quarters = Periods(QUARTER, periods.year, (periods.number + 2) // 3)
        spans = sorted(set(zip(quarters.year.tolist(), quarters.number.tolist(), strict=True)))
        rows = [np.flatnonzero((quarters.year == y) & (quarters.number == n)) for y, n in spans]
        means = np.stack([
            table[r].mean(axis=0) if len(r) == 3 else np.full(table.shape[1], np.nan) for r in rows
        ])  # fmt: skip
        labels = [write(QUARTER, y, n) for y, n in spans]
    if isinstance(levels, pd.Series):
        return pd.Series(means[:, 0], labels, name=levels.name)
    return pd.DataFrame(means, labels, levels.columns)


def _moving(table: Floats, periods: Periods) -> Floats:
    if periods.kind not in (MONTH, QUARTER):
        raise UsageError("a moving year of weeks has no fixed length; average them by year")
    length = periods_in(0, periods.kind)
    result = np.full(table.shape, np.nan)
    if len(table) >= length:
        result[length - 1 :] = np.lib.stride_tricks.sliding_window_view(table, length, axis=0).mean(axis=-1)
    return result
