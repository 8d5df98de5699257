"""Yearly weights: which values weigh the classes of a year, and whose prices they carry."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.errors import PriceError, WeightWarning, did_you_mean, first_few
from shuibei_index.index.tree import Hierarchy

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class YearWeights:
    """Weights of one year's leaves, shape (K,) by position in its tree, and the period whose prices they carry."""

    value: Floats
    price_period: tuple[str, ...]
    source: str


def stated_weights(
    year: int, tree: Hierarchy, table: pd.DataFrame | None, turnover: pd.DataFrame, first_year: bool
) -> YearWeights:
    """Return the weights of a year before price-updating.

    Parameters
    ----------
    year : int
    tree : Hierarchy
    table : DataFrame or None
        weights.csv: year, class_code, weight, price_period. A year without rows falls back to turnover.
    turnover : DataFrame
        Accepted turnover, months × classes (`PricePanel.turnover`).
    first_year : bool
        The first year of the data has no previous turnover and takes its own.

    Returns
    -------
    YearWeights
        Leaves that are not listed have weight 0.

    Raises
    ------
    PriceError
        A class is not a leaf of the year's tree, or no class of the headline has a weight.
    """
    rows = table[table["year"] == year] if table is not None else None
    if rows is not None and len(rows):
        stray = [c for c in rows["class_code"] if c not in tree.leaves]
        if stray:
            raise PriceError(
                f"weights of {year}: not a leaf of the tree in force: {first_few(stray)}"
                f"{did_you_mean(str(stray[0]), tree.leaves)}; see 'shuibei-index rules show'"
            )
        periods = tuple(str(p) for p in rows["price_period"])
        value = rows.set_index("class_code")["weight"].reindex(list(tree.codes)).fillna(0.0).to_numpy(dtype=float)
        by_class = dict(zip(rows["class_code"], periods, strict=True))
        return _checked(year, tree, value, tuple(by_class.get(c, "") for c in tree.codes), "weights.csv")
    from_year = year if first_year else year - 1
    within = [m for m in turnover.index if m[:4] == str(from_year)]
    if not within:
        within = list(turnover.index[:12])
        from_year = int(within[0][:4])
    total = turnover.loc[within].sum().reindex(list(tree.codes)).fillna(0.0).to_numpy(dtype=float)
    value = np.where(tree.is_leaf, total, 0.0)
    return _checked(year, tree, value, (str(from_year),) * len(tree.codes), f"turnover of {from_year}")


def _checked(year: int, tree: Hierarchy, value: Floats, periods: tuple[str, ...], source: str) -> YearWeights:
    if not (value[tree.in_headline] > 0).any():
        raise PriceError(f"weights of {year}: no class of the headline has a weight above 0 ({source})")
    return YearWeights(value, periods, source)


def price_updated(
    stated: YearWeights, tree: Hierarchy, months: tuple[str, ...], levels: Floats, link: int, year: int
) -> Floats:
    """Carry the weights of a year to the prices of its link month.

    Parameters
    ----------
    stated : YearWeights
    tree : Hierarchy
    months : tuple of str, length T
    levels : ndarray, shape (T, K)
        Chained levels of the tree's classes; NaN where a class or month has none yet.
    link : int
        Position of the link month.

    Returns
    -------
    ndarray, shape (K,)
        weight · level(link) / mean level of the price period: values at link-month prices, same scale as stated. A
        class without a level in its price period follows its nearest ancestor that has one.

    Warns
    -----
    WeightWarning
        A price period lies outside the data: the weights are used as they stand.
    """
    factor = np.ones(len(tree.codes))
    position = {m: t for t, m in enumerate(months)}
    for period in sorted({p for p, w in zip(stated.price_period, stated.value, strict=True) if p and w > 0}):
        rows = [position[m] for m in month_names.months_of(period) if m in position]
        chosen = np.array([p == period for p in stated.price_period])
        if not rows or np.isnan(levels[rows]).all():
            warnings.warn(
                f"weights of {year} carry prices of {period}, for which there is no index "
                f"(the data begin in {months[0]}): they are used as they stand at {months[link]}. "
                f"Leave price_period empty if that is meant.",
                WeightWarning,
                stacklevel=3,
            )
            continue
        count = (~np.isnan(levels[rows])).sum(axis=0)
        mean = np.nansum(levels[rows], axis=0) / np.where(count > 0, count, np.nan)
        ratio = levels[link] / mean
        for level in range(1, int(tree.depth.max(initial=0)) + 1):
            at = np.flatnonzero((tree.depth == level) & np.isnan(ratio))
            ratio[at] = ratio[tree.parent[at]]
        ratio = np.where(np.isnan(ratio), 1.0, ratio)
        factor[chosen] = ratio[chosen]
    return stated.value * factor
