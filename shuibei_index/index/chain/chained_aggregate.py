"""A chained index of many classes over many years: weights change at links, classes come and go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, UsageError, did_you_mean, first_few
from shuibei_index.index.chain.labelled import Floats, floats, like, positive
from shuibei_index.index.chain.overlap import check_overlap, yearly_means
from shuibei_index.index.chain.periods import Periods
from shuibei_index.index.chain.price_updating import price_update
from shuibei_index.index.chain.stretches import Stretch, cut
from shuibei_index.index.compilation.segments import entry_levels
from shuibei_index.index.hierarchy.upward import aggregate
from shuibei_index.index.period_labels import written
from shuibei_index.index.tree import Hierarchy
from shuibei_index.index.tree.classification import HEADLINE

Bools = npt.NDArray[np.bool_]


def chained_aggregate(
    levels: pd.DataFrame,
    weights: pd.DataFrame,
    tree: Hierarchy | Mapping[Any, Any] | None = None,
    *,
    overlap: str = "month",
    link_month: int | None = None,
    price_period: Mapping[Any, str] | None = None,
    base: float = 1.0,
) -> pd.Series | pd.DataFrame:
    """Chain the weighted aggregates of classes over years whose weights differ.

    Parameters
    ----------
    levels : DataFrame, shape (T, leaves)
        Index levels of the classes on any base, each on its own if need be: rows months ("2024-05"), ISO weeks
        ("2024-W05") or quarters ("2024-Q2"), columns classes. NaN = no price: in the middle of a stretch the class
        then moves with its parent; before it enters and after it leaves it may be NaN throughout.
    weights : DataFrame, shape (links, leaves)
        Value weights, any scale, one row for each link: labelled by the year the weights are for, or by the link
        period itself ("2023-12": they serve from the period after it to the next link). A row stays in force until
        the next one. NaN = the class is not in the basket; 0 = it is watched and does not count.
    tree : Hierarchy or mapping of class to parent; or mapping from the labels of `weights` to one of them; optional
        Classification above the classes; default: one total of all columns.
    overlap : {"month", "annual", "over_the_year"}
        month: the weights are at prices of the link month and the stretch joins there. annual, over_the_year: the
        weights (rows are years) are at average prices of the year before; the stretch joins at that year's mean, or
        each month joins the same month of the year before.
    link_month : int, optional
        For overlap "month" and rows of weights by year: number of the link month (ISO week, quarter); default: the
        last. After the middle of the year it is taken in the year before (12: December before), else in the year
        itself (1: weights of a year serve February to the next January).
    price_period : mapping, optional
        Year or period ("2022", "2022-06") whose prices the weights carry, by label of `weights`: they are
        price-updated from there with the classes' own levels. Labels that are not listed need no update.
    base : float
        Level of the first link month, or mean of the first reference year.

    Returns
    -------
    Series, shape (T,); with a tree DataFrame, shape (T, K)
        Chained levels; NaN before the first link. A class or node is NaN in stretches whose basket does not hold it.
        It sets out from `base` in the first link month of its own, and comes back at its last level, moved as
        its nearest ancestor over the years between (decision 0006).

    Raises
    ------
    PriceError
        A class with a weight has no level in the link month, in the year before (annual, over_the_year: any month
        of it) or in the price period; a level or weight is out of range.
    ShapeError, UsageError
        Classes that `levels` or the tree do not have, links out of order, a label that is no year or period.

    Notes
    -----
    Young index within a stretch, R(t) = Σ w_c x_c(t)/x_c(L) / Σ w_c, L the link month or the mean of the year before;
    level(t) = level(L) · R(t), or level(t − 1 year) · R(t)/R(t − 1 year) over the year. Where the data begin within
    the first stretch, their first month is its link month. With annual and over-the-year overlap the first reference
    year itself is shown, at its own average prices. Source: PPI Manual (2004), ch. 9 and 15; IMF, Quarterly National
    Accounts Manual (2017), ch. 8.

    Examples
    --------
    >>> levels = pd.DataFrame({"A": [100.0, 200.0, 220.0], "B": 100.0}, index=["2019-Q4", "2020-Q1", "2020-Q2"])
    >>> weights = pd.DataFrame({"A": [50.0, 50.0], "B": 50.0}, index=["2019-Q4", "2020-Q1"])
    >>> chained_aggregate(levels, weights, base=100.0).round(9).to_list()
    [100.0, 150.0, 157.5]
    """
    check_overlap(overlap)
    if link_month is not None and overlap != "month":
        raise UsageError(f"overlap {overlap!r} has no link month; leave link_month out")
    if not (np.isfinite(base) and base > 0):
        raise PriceError(f"the base level must be a number above 0, not {base}")
    _check_classes(levels, weights)
    periods = Periods.read(levels.index)
    levels, weights = (like(t, floats(t, name)) for t, name in ((levels, "levels"), (weights, "weights")))
    positive(levels.to_numpy(), "levels")
    trees = _trees(tree, weights, levels.columns)
    codes = sorted({code for t in trees.values() for code in t.codes})
    place = {code: k for k, code in enumerate(codes)}
    updated = dict(price_period or {})
    unknown = [label for label in updated if label not in weights.index]
    if unknown:
        raise UsageError(f"price_period names rows that weights does not have: {first_few(unknown)}")
    result = np.full((len(periods), len(codes)), np.nan)
    for stretch in cut(weights.index, periods, overlap, link_month):
        here = trees[stretch.label]
        at = np.array([place[code] for code in here.codes])
        leaves = levels.reindex(columns=list(here.leaves)).astype(float)
        row = weights.loc[stretch.label].reindex(leaves.columns).astype(float)
        reference = _reference(leaves, row, stretch, periods, overlap)
        if stretch.label in updated:
            row = _update(row, reference, leaves, periods, updated[stretch.label], stretch.label)
        known = result[:, at]
        moved = (_from_month if overlap == "month" else _from_year)(
            known, leaves, reference, row, here, stretch, periods, overlap
        )
        moved[:, ~_held(here, row)] = np.nan
        result[:, at] = np.where(np.isnan(known), moved, known)
    frame = pd.DataFrame(result * base, index=levels.index, columns=codes)
    return frame[HEADLINE].rename(None) if tree is None else frame


def _from_month(
    known: Floats, leaves: pd.DataFrame, reference: Floats, row: pd.Series, tree: Hierarchy, stretch: Stretch, *_: Any
) -> Floats:
    """Return the levels of a stretch that joins at its link month; NaN elsewhere."""
    relative = _relatives(leaves.to_numpy()[stretch.rows], reference, row, tree)
    moved = np.full_like(known, np.nan)
    moved[[stretch.link, *stretch.rows]] = entry_levels(known[:, :, None], stretch.link, tree)[:, 0] * relative
    return moved


def _from_year(
    known: Floats,
    leaves: pd.DataFrame,
    reference: Floats,
    row: pd.Series,
    tree: Hierarchy,
    stretch: Stretch,
    periods: Periods,
    overlap: str,
) -> Floats:
    """Return the levels of a stretch that joins at the year before, and of that year where nothing is known."""
    year = int(periods.year[stretch.rows[0]])
    before = periods.rows_of(year - 1)
    rows = np.concatenate([before, stretch.rows])
    relative = _relatives(leaves.to_numpy()[rows], reference, row, tree)[1:]
    means = yearly_means(known, periods)
    start = entry_levels(means[:, :, None], year - 1 - periods.years[0], tree)[:, 0]
    moved = np.full_like(known, np.nan)
    moved[rows] = start * relative
    if np.isnan(known[before]).all():
        return moved
    if overlap == "over_the_year":
        own = moved.copy()
        moved[before] = np.where(np.isnan(known[before]), moved[before], known[before])
        above = periods.year_before()
        for y in sorted(set(periods.year[stretch.rows].tolist())):
            now = periods.rows_of(y)
            moved[now] = moved[above[now]] * own[now] / own[above[now]]
    moved[before] = np.nan
    return moved


def _relatives(values: Floats, reference: Floats, row: pd.Series, tree: Hierarchy) -> Floats:
    """Return the indices of all classes, the reference first (1.0)."""
    frame = pd.DataFrame(np.vstack([reference, values]), columns=row.index)
    return np.asarray(aggregate(frame, row.fillna(0.0), tree), dtype=float)


def _reference(leaves: pd.DataFrame, row: pd.Series, stretch: Stretch, periods: Periods, overlap: str) -> Floats:
    """Return the levels whose prices the weights carry: of the link month, or the means of the year before."""
    values = leaves.to_numpy()
    if overlap == "month":
        reference, where = values[stretch.link], f"in the link month {leaves.index[stretch.link]}"
    else:
        year = int(periods.year[stretch.rows[0]]) - 1
        reference = yearly_means(values, periods)[year - periods.years[0]]
        where = f"in every period of {year}, whose mean is the reference"
    lacking = [code for code, w, x in zip(leaves.columns, row, reference, strict=True) if w > 0 and np.isnan(x)]
    if lacking:
        raise PriceError(
            f"weights of {stretch.label}: no level {where} for {first_few(lacking)}; give a level there, or take the "
            f"class out of that basket (weight NaN)"
        )
    return np.asarray(reference, dtype=float)


def _update(row: pd.Series, reference: Floats, leaves: pd.DataFrame, periods: Periods, carried: str, label: Any) -> Any:
    rows = periods.rows(str(written(carried)))
    if not len(rows):
        raise UsageError(f"weights of {label}: levels do not cover their price period {carried}")
    prices = leaves.to_numpy()[rows].mean(axis=0)
    lacking = [code for code, w, x in zip(leaves.columns, row, prices, strict=True) if w > 0 and np.isnan(x)]
    if lacking:
        raise PriceError(f"weights of {label}: no level in every period of {carried} for {first_few(lacking)}")
    listed = row.notna().to_numpy()
    return price_update(row.fillna(0.0), pd.Series(reference / prices, row.index)).where(listed)


def _trees(tree: Any, weights: pd.DataFrame, columns: pd.Index) -> dict[Any, Hierarchy]:
    if isinstance(tree, Mapping) and not all(isinstance(here, str) for here in tree.values()):
        lacking = [label for label in weights.index if label not in tree]
        if lacking:
            raise UsageError(
                f"no tree for the weights of {first_few(lacking)}; pass one Hierarchy, or one for each row"
            )
        chosen = {label: Hierarchy.of(tree[label]) for label in weights.index}
    else:
        flat = Hierarchy.of(dict.fromkeys(columns, HEADLINE) if tree is None else tree)
        chosen = dict.fromkeys(weights.index, flat)
    for label, here in chosen.items():
        stray = [code for code in weights.columns[weights.loc[label] > 0] if code not in here.leaves]
        if stray:
            hint = did_you_mean(str(stray[0]), here.leaves)
            raise ShapeError(f"weights of {label}: not a leaf of the tree: {first_few(stray)}{hint}")
    return chosen


def _check_classes(levels: Any, weights: Any) -> None:
    for table, name in ((levels, "levels"), (weights, "weights")):
        if not isinstance(table, pd.DataFrame) or table.empty:
            raise ShapeError(f"{name} must be a DataFrame with at least one row and one class")
        for labels, what in ((table.index, "rows"), (table.columns, "classes")):
            if not labels.is_unique:
                raise ShapeError(f"{name} has {what} more than once: {first_few(labels[labels.duplicated()].unique())}")
        odd = [code for code in table.columns if not isinstance(code, str)]
        if odd:
            raise ShapeError(f"{name}: class codes are text, not {first_few(odd)}")
    stray = [code for code in weights.columns if code not in levels.columns]
    if stray:
        hint = did_you_mean(str(stray[0]), [str(c) for c in levels.columns])
        raise ShapeError(f"weights of classes that levels does not have: {first_few(stray)}{hint}")


def _held(tree: Hierarchy, row: pd.Series) -> Bools:
    """Tell which classes of a tree have a class of the basket below them, shape (K,)."""
    listed = set(row.index[row.notna()])
    held = np.array([code in listed for code in tree.codes])
    for depth in range(int(tree.depth.max(initial=0)), 0, -1):
        at = np.flatnonzero((tree.depth == depth) & held)
        held[tree.parent[at]] = True
    return held
