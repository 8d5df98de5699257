"""Aggregation up a classification tree: Young indices with missing classes taken from their parents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, did_you_mean, first_few
from shuibei_index.index.tree import HEADLINE, METALS, UNITS, Hierarchy

__all__ = ["HEADLINE", "METALS", "UNITS", "Hierarchy", "aggregate", "complete_links", "counted", "node_weights"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CompleteLinks:
    """Month-on-month links of every class, and which of them had to be taken from a parent. Shape (K,) each."""

    link: Floats
    imputed: Bools


def counted(tree: Hierarchy) -> Bools:
    """Tell which classes count in the class above them, shape (K,): not the tops, nor what leaves the headline."""
    leaves_headline = ~tree.in_headline & tree.in_headline[np.maximum(tree.parent, 0)]
    return np.asarray((tree.parent >= 0) & ~leaves_headline, dtype=bool)


def node_weights(leaf_weights: Floats, tree: Hierarchy) -> Floats:
    """Return each class's weight as the sum of the weights of the leaves below it.

    Parameters
    ----------
    leaf_weights : ndarray, shape (K,)
        Weights by position in the tree; only those of leaves count. A class outside the headline weighs in its own
        tree and not in the class above it.

    Returns
    -------
    ndarray, shape (K,)
    """
    weights: Floats = np.where(tree.is_leaf, leaf_weights, 0.0)
    inside = counted(tree)
    for level in range(int(tree.depth.max(initial=0)), 0, -1):
        at = np.flatnonzero((tree.depth == level) & inside)
        np.add.at(weights, tree.parent[at], weights[at])
    return weights


def complete_links(links: Floats, relatives: Floats, weights: Floats, tree: Hierarchy) -> CompleteLinks:
    """Return the links of all classes of a tree from the links of its leaves, in one month.

    A class with no observed child takes the movement of its parent (parental imputation), so that missing classes
    leave the parent as if the weights had been spread over the observed ones.

    Parameters
    ----------
    links : ndarray, shape (K,)
        Month-on-month links of the leaves, NaN = not observed; values of other classes are not read.
    relatives : ndarray, shape (K,)
        Each class's index in the previous month relative to the link month (1.0 in the link month).
    weights : ndarray, shape (K,)
        Price-updated weights of all classes at link-month prices (`node_weights`).

    Returns
    -------
    CompleteLinks
        A root without any observed class keeps NaN.

    Notes
    -----
    Young index: R_k(t) = Σ w_c R_c(t) / Σ w_c; in links g_k = Σ w_c R_c(t−1) g_c / Σ w_c R_c(t−1) over the observed
    children c. Source: PPI Manual, ch. 9; parental imputation as in CPI Manual 2020, ch. 6.
    """
    parent, depth = tree.parent, tree.depth
    g: Floats = np.where(tree.is_leaf, links, np.nan)
    # under a parent without weight the children count alike, for the parent's own series only
    share: Floats = np.where((parent >= 0) & (weights[parent] > 0), weights, 1.0) * relatives * counted(tree)
    deepest = int(depth.max(initial=0))
    for level in range(deepest, 0, -1):
        at = np.flatnonzero((depth == level) & ~np.isnan(g) & (share > 0))
        num, den = np.zeros(len(g)), np.zeros(len(g))
        np.add.at(num, parent[at], share[at] * g[at])
        np.add.at(den, parent[at], share[at])
        seen = den > 0
        g[seen] = num[seen] / den[seen]
    imputed = np.isnan(g)
    for level in range(1, deepest + 1):
        at = np.flatnonzero((depth == level) & np.isnan(g))
        g[at] = g[parent[at]]
    return CompleteLinks(g, imputed)


@overload
def aggregate(
    levels_or_links: pd.DataFrame | npt.NDArray[Any], weights: Any, tree: Hierarchy, *, links: bool = False
) -> pd.DataFrame: ...
@overload
def aggregate(
    levels_or_links: pd.Series | Mapping[str, float], weights: Any, tree: Hierarchy, *, links: bool = False
) -> pd.Series: ...
def aggregate(levels_or_links: Any, weights: Any, tree: Hierarchy, *, links: bool = False) -> pd.DataFrame | pd.Series:
    """Aggregate the indices of leaves up a tree with fixed weights: a Young index for every class.

    Parameters
    ----------
    levels_or_links : DataFrame or array, shape (T, leaves); or Series, dict or array of shape (leaves,)
        Many months: index levels of the leaves, on any base; the first row is the link month, whose prices the weights
        carry. One month: the leaves' price relatives to the link month. Columns (labels) are class codes, arrays are
        in the order of `tree.leaves`. NaN = missing: the class then takes its parent's movement.
    weights : Series, dict or array
        Weight of each leaf, any scale, not negative, at prices of the link month; leaves that are not listed weigh 0.
    tree : Hierarchy
    links : bool
        Many months: the rows are month-on-month links (as `chain` takes them), not levels.

    Returns
    -------
    DataFrame, shape (T, K), or Series, shape (K,)
        Levels of every class of the tree, 1.0 in the link month; NaN where nothing of the whole tree is observed.

    Raises
    ------
    ShapeError
        A column is not a leaf of the tree, stands twice, or an array has not one column for each leaf.
    PriceError
        A level is not positive, a weight negative or none above 0, or the first row misses a leaf that has a weight.

    Examples
    --------
    >>> tree = Hierarchy.from_parents({"A": "00", "B": "00"})
    >>> levels = pd.DataFrame({"A": [100.0, 200.0], "B": [100.0, 100.0]})
    >>> [float(x) for x in aggregate(levels, {"A": 50, "B": 50}, tree)["00"]]
    [1.0, 1.5]
    >>> float(aggregate({"A": 2.0, "B": 1.0}, {"A": 50, "B": 50}, tree)["00"])
    1.5
    """
    if isinstance(levels_or_links, pd.DataFrame) or np.ndim(levels_or_links) == 2:
        frame = _by_leaf(levels_or_links, "levels_or_links", tree)
        values = frame.to_numpy()
        if links:
            values[:1] = 1.0
        return pd.DataFrame(_young(values, _leaf_weights(weights, tree), tree, links), frame.index, list(tree.codes))
    one = _by_leaf(_one_row(levels_or_links, tree), "levels_or_links", tree).to_numpy()
    values = np.vstack([np.ones_like(one), one])
    return pd.Series(_young(values, _leaf_weights(weights, tree), tree, True)[1], index=list(tree.codes))


def _young(values: Floats, leaf_weights: Floats, tree: Hierarchy, links: bool) -> Floats:
    bad = np.argwhere((values <= 0) | np.isinf(values))
    if len(bad):
        raise PriceError(f"levels and links are numbers above 0; row {bad[0][0]}, {tree.codes[bad[0][1]]!r} is not")
    missing = [c for c, m in zip(tree.codes, np.isnan(values[0]) & (leaf_weights > 0), strict=True) if m]
    if missing:
        raise PriceError(f"no level in the first row (the link month) for {first_few(missing)}, which have a weight")
    node = node_weights(leaf_weights, tree)
    relative, result = np.ones(values.shape[1]), np.ones(values.shape)
    # a level after a gap is compared with what the class was imputed to, so that the gap does not shift it for good
    reference = values[0].copy()
    for t in range(1, len(values)):
        done = complete_links(values[t] if links else values[t] / reference, relative, node, tree).link
        g = np.where(np.isnan(done), 1.0, done)
        relative = relative * g
        result[t] = np.where(np.isnan(done), np.nan, relative)
        reference = np.where(np.isnan(values[t]), reference * g, values[t])
    return result


def _one_row(values: Any, tree: Hierarchy) -> pd.DataFrame | Floats:
    if isinstance(values, pd.Series | Mapping):
        series = pd.Series(values, dtype=float)
        return pd.DataFrame([series.to_numpy()], columns=series.index)
    return np.atleast_2d(np.asarray(values, dtype=float))


def _leaf_weights(weights: Any, tree: Hierarchy) -> Floats:
    # only what is not listed weighs 0; a weight that is stated and no number is refused
    stated = _one_row(weights, tree)
    named = _by_leaf(stated, "weights", tree)
    values = named.to_numpy()[0]
    listed = named.columns.isin(stated.columns) if isinstance(stated, pd.DataFrame) else tree.is_leaf
    bad = [c for c, v, s in zip(tree.codes, values, listed, strict=True) if s and not (np.isfinite(v) and v >= 0)]
    if bad:
        raise PriceError(f"weights must be numbers that are not negative; see {first_few(bad)}")
    result: Floats = np.where(listed, values, 0.0)
    if not (result[tree.in_headline] > 0).any():
        raise PriceError("at least one weight of the headline must be above 0")
    return result


def _by_leaf(values: pd.DataFrame | Floats, name: str, tree: Hierarchy) -> pd.DataFrame:
    """Return the values in the order of the tree's classes, NaN for those not given."""
    if not isinstance(values, pd.DataFrame):
        values = np.asarray(values, dtype=float)
        if values.shape[1] != len(tree.leaves):
            raise ShapeError(
                f"{name}: {values.shape[1]} columns for {len(tree.leaves)} leaves: {first_few(tree.leaves)}"
            )
        values = pd.DataFrame(values, columns=list(tree.leaves))
    codes = values.columns
    stray = [c for c in codes if c not in tree.leaves]
    if stray:
        hint = did_you_mean(str(stray[0]), tree.leaves)
        raise ShapeError(f"{name}: not a leaf of the tree: {first_few(stray)}{hint}")
    if codes.duplicated().any():
        raise ShapeError(f"{name}: classes stand twice: {first_few(codes[codes.duplicated()])}")
    return values.astype(float).reindex(columns=list(tree.codes))
