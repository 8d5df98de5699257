"""Aggregation up a classification tree, or several on the same leaves: indices of every class from those of leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, TreeError, UsageError, did_you_mean, first_few
from shuibei_index.index.hierarchy.aggregation import aggregation
from shuibei_index.index.hierarchy.leaf_values import as_table
from shuibei_index.index.hierarchy.nodes import node_weights
from shuibei_index.index.tree.classification import Hierarchy


@overload
def aggregate(
    levels_or_links: pd.DataFrame | npt.NDArray[Any],
    weights: Any,
    tree: Hierarchy | Mapping[str, str],
    *,
    links: bool = False,
    order: float = 1.0,
    missing: str = "parent",
    base: str = "first",
) -> pd.DataFrame: ...
@overload
def aggregate(
    levels_or_links: pd.Series | Mapping[str, float],
    weights: Any,
    tree: Hierarchy | Mapping[str, str],
    *,
    links: bool = False,
    order: float = 1.0,
    missing: str = "parent",
    base: str = "first",
) -> pd.Series: ...
def aggregate(
    levels_or_links: Any,
    weights: Any,
    tree: Hierarchy | Mapping[str, str],
    *,
    links: bool = False,
    order: float = 1.0,
    missing: str = "parent",
    base: str = "first",
) -> pd.DataFrame | pd.Series:
    """Aggregate the indices of leaves up a tree with fixed weights: an index for every class.

    Parameters
    ----------
    levels_or_links : DataFrame or array, shape (T, leaves); or Series, dict or array of shape (leaves,)
        Many months: index levels of the leaves, on any base; the first row is the link month, whose prices the weights
        carry. One month: the leaves' price relatives to the link month. Columns (labels) are class codes, arrays are
        in the order of `tree.leaves`. NaN = not observed.
    weights : Series, dict or array
        Weight of each leaf, any scale, not negative, at prices of the link month; leaves that are not listed weigh 0.
    tree : Hierarchy or mapping of class to parent
    links : bool
        Many months: the rows are month-on-month links (as `chain` takes them), not levels.
    order : float
        Order r of the mean: 1 arithmetic (Young), 0 geometric, −1 harmonic; any other. Weights are price-updated
        accordingly: w R^r.
    missing : {"parent", "parent_level", "drop", "spread"}
        What a class without any observed leaf does. "parent": it takes its parent's movement from where it stood
        (parental imputation). "parent_level": it takes its parent's level relative to the link month, each month on
        its own. "drop": as "parent", but the class itself has no number in that month. "spread": it is unknown, and so
        is every class above it; after an unknown *link* the class stays unknown. Under the first three the parent is
        re-normalised over what is observed: `aggregation(…).report()` says where and over how much of its weight.
    base : {"first", "before"}
        Many months: the link month is the first row, whose link is not read; or the month before it, in which every
        level was 1.0, so that the first row counts as any other.

    Returns
    -------
    DataFrame, shape (T, K), or Series, shape (K,)
        Levels of every class of the tree, 1.0 in the link month; NaN where nothing of the whole tree is observed.

    Raises
    ------
    ShapeError
        A column is not a leaf of the tree, stands twice, or an array has not one column for each leaf; no rows, rows
        repeated or out of order in time, more than one row of weights, no numbers.
    PriceError
        A level is not positive, a weight negative or none above 0, or the first row misses a leaf that has a weight.
    UsageError
        `order` is not a number, `missing` or `base` is unknown.

    Notes
    -----
    R_k(t) = [Σ w_c R_c(t)^r / Σ w_c]^(1/r) over the children c, in one stage or many. Source: PPI Manual, ch. 9;
    Balk (2008), ch. 3; decision 0100.

    Examples
    --------
    >>> tree = Hierarchy.from_parents({"A": "00", "B": "00"})
    >>> levels = pd.DataFrame({"A": [100.0, 200.0], "B": [100.0, 100.0]})
    >>> [float(x) for x in aggregate(levels, {"A": 50, "B": 50}, tree)["00"]]
    [1.0, 1.5]
    >>> float(aggregate({"A": 2.0, "B": 1.0}, {"A": 50, "B": 50}, tree)["00"])
    1.5
    >>> round(float(aggregate({"A": 2.0, "B": 1.0}, {"A": 50, "B": 50}, tree, order=-1)["00"]), 4)
    1.3333
    """
    levels_or_links, tree = as_table(levels_or_links), Hierarchy.of(tree)
    options: dict[str, Any] = {"links": links, "order": order, "missing": missing, "base": base}
    found = aggregation(levels_or_links, weights, tree, **options)
    if isinstance(levels_or_links, pd.DataFrame) or np.ndim(levels_or_links) == 2:
        return found.levels
    return pd.Series(found.level[0], index=list(tree.codes))


def aggregate_trees(
    levels_or_links: pd.DataFrame | npt.NDArray[Any],
    weights: Any,
    trees: Mapping[str, Hierarchy | Mapping[str, str]],
    *,
    links: bool = False,
    order: float = 1.0,
    missing: str = "parent",
    base: str = "first",
    lead: str = "",
    tolerance: float = 1e-12,
) -> dict[str, pd.DataFrame]:
    """Aggregate the same leaves up several trees (by kind, by craft, by trade stage …), with one headline.

    A leaf that is missing takes its parent's movement in the tree `lead`; the other trees take it from there. If each
    tree filled the gaps by its own parents, the trees would have different headlines.

    Parameters
    ----------
    levels_or_links, weights, links, order, missing, base
        As `aggregate`, many months. Arrays are in the order of the leaves of the leading tree.
    trees : mapping of str to Hierarchy
        Trees with the same leaves in the headline.
    lead : str
        Name of the tree that fills gaps; empty = the first.
    tolerance : float
        Largest relative difference between the headlines.

    Returns
    -------
    dict of str to DataFrame, shape (T, K) each

    Raises
    ------
    TreeError
        The trees do not have the same leaves.
    PriceError
        The headlines differ by more than the tolerance (names trees and month).
    UsageError
        No tree, or `lead` is none of them.

    Examples
    --------
    >>> leaves = pd.DataFrame({"kind": ["ring", "ring"], "craft": ["cast", "wrought"]}, index=["A", "B"])
    >>> trees = {c: Hierarchy.from_columns(leaves, [c]) for c in leaves}
    >>> found = aggregate_trees(pd.DataFrame({"A": [1.0, 1.1], "B": [1.0, 1.3]}), {"A": 1, "B": 1}, trees)
    >>> {name: [float(x) for x in table["00"].round(4)] for name, table in found.items()}
    {'kind': [1.0, 1.2], 'craft': [1.0, 1.2]}
    """
    if not trees:
        raise UsageError("no tree was given; expected a mapping of names to trees")
    lead = lead or next(iter(trees))
    if lead not in trees:
        raise UsageError(f"lead: no tree {lead!r} among {', '.join(trees)}{did_you_mean(lead, trees)}")
    grown = {name: Hierarchy.of(tree) for name, tree in trees.items()}
    inside = {name: _leaves_inside(tree) for name, tree in grown.items()}
    for name, leaves in inside.items():
        differing = sorted(leaves ^ inside[lead])
        if differing:
            raise TreeError(f"trees {lead!r} and {name!r} do not have the same leaves: {first_few(differing)} differ")
    dropped = missing == "drop"
    options: dict[str, Any] = {"order": order, "missing": "parent" if dropped else missing, "base": base}
    found = aggregation(levels_or_links, weights, grown[lead], links=links, **options)
    # every leaf of the leading tree that can be known is known by now; its weight stays where it was stated
    codes = list(grown[lead].codes)
    weight, unseen = pd.Series(found.leaf_weight, codes), pd.DataFrame(found.imputed, found.periods, codes)
    result = {lead: found.levels}
    for name, tree in grown.items():
        if name != lead:
            shared = [c for c in tree.leaves if c in codes]
            result[name] = aggregate(found.levels[shared], weight[shared], tree, **options)
            _same_headline(result[lead][grown[lead].top], result[name][tree.top], lead, name, tolerance)
        if dropped:
            shared = [c for c in tree.leaves if c in codes]
            result[name] = result[name].mask(_all_unseen(unseen[shared], tree))
    return {name: result[name] for name in trees}


def _leaves_inside(tree: Hierarchy) -> set[str]:
    inside = tree.is_leaf & tree.in_headline
    return {code for code, counts in zip(tree.codes, inside, strict=True) if counts and code != tree.top}


def _all_unseen(unseen: pd.DataFrame, tree: Hierarchy) -> npt.NDArray[np.bool_]:
    seen = (~unseen).reindex(columns=list(tree.codes), fill_value=False).to_numpy(dtype=np.float64)
    return np.asarray(node_weights(seen.T, tree).T == 0)


def _same_headline(one: pd.Series, other: pd.Series, lead: str, name: str, tolerance: float) -> None:
    gap = (other / one - 1.0).abs()
    apart = gap.gt(tolerance) | one.isna().ne(other.isna())
    if apart.any():
        raise PriceError(
            f"the headlines of {lead!r} and {name!r} differ in {first_few(apart.index[apart])}, by up to "
            f"{gap.max():.3g} (tolerance {tolerance:g}); a class may count in the headline of one tree only"
        )
