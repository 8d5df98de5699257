"""Shares of the metal in the value of the classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from shuibei_index.index import IndexSeries

_MONTHS = 12


def metal_shares(series: IndexSeries, until: str | None = None) -> pd.Series:
    """Return the metal's share of each class's turnover, as the mean of the last twelve months.

    Parameters
    ----------
    series : IndexSeries
    until : str, optional
        Last month that is looked at. Default: the last of the series.

    Returns
    -------
    Series
        By class code, 0 to 1. NaN = the records are not split; a class by the gram of a metal is then taken as metal.
    """
    last = until or series.months[-1]
    shares = series.components_frame()
    known = sorted(month for month in shares["period"].unique() if month <= last)[-_MONTHS:]
    means = shares[shares["period"].isin(known)].groupby("class_code")["metal_share"].mean()
    found = means.reindex(list(series.codes)).astype(float)
    names = series.names.set_index("class_code").reindex(list(series.codes))
    if "metal" in names:
        by_metal = names["metal"].fillna("").astype(str).ne("").to_numpy()
        found = found.where(found.notna() | ~pd.Series(by_metal, found.index), 1.0)
    return found.rename("metal_share")
