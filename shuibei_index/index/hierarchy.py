"""Aggregation up a classification tree: Young indices with missing classes taken from their parents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, did_you_mean, first_few
from shuibei_index.index.tree import HEADLINE, METALS, UNITS, Hierarchy

__all__ = ["HEADLINE", "METALS", "UNITS", "Hierarchy", "aggregate", "complete_links", "node_weights"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CompleteLinks:
    """Month-on-month links of every class, and which of them had to be taken from a parent. Shape (K,) each."""

    link: Floats
    imputed: Bools


def node_weights(leaf_weights: Floats, tree: Hierarchy) -> Floats:
    """Return each class's weight as the sum of the weights of the leaves below it.

    Parameters
    ----------
    leaf_weights : ndarray, shape (K,)
        Weights by position in the tree; only those of leaves inside the headline count, and those of satellites
        for their own tree.

    Returns
    -------
    ndarray, shape (K,)
    """
    weights: Floats = np.where(tree.is_leaf, leaf_weights, 0.0)
    outside = ~tree.in_headline & (tree.depth > 0) & tree.in_headline[np.maximum(tree.parent, 0)]
    weights[outside] = 0.0
    for level in range(int(tree.depth.max(initial=0)), 0, -1):
        at = np.flatnonzero(tree.depth == level)
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
    share: Floats = np.where((parent >= 0) & (weights[parent] > 0), weights, 1.0) * relatives
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


def aggregate(levels_or_links: pd.DataFrame, weights: pd.Series | dict[str, float], tree: Hierarchy) -> pd.DataFrame:
    """Aggregate the indices of leaves up a tree with fixed weights: a Young index for every class.

    Parameters
    ----------
    levels_or_links : DataFrame, shape (T, leaves)
        Index levels of the leaves (any base: they are put to 1.0 in the first row, the link month, whose prices the
        weights carry). NaN = missing: the class then takes its parent's movement. Columns are class codes.
    weights : Series or dict
        Weight of each leaf, any scale, not negative, at prices of the first row.
    tree : Hierarchy

    Returns
    -------
    DataFrame, shape (T, K)
        Levels of every class of the tree, 1.0 in the first row.

    Raises
    ------
    ShapeError
        A column is not a leaf of the tree or a leaf has no column.
    PriceError
        A level is not positive, a weight negative, or the first row misses a leaf that has a weight.

    Examples
    --------
    >>> tree = Hierarchy.from_parents({"A": "00", "B": "00"})
    >>> levels = pd.DataFrame({"A": [100.0, 200.0], "B": [100.0, 100.0]})
    >>> [float(x) for x in aggregate(levels, {"A": 50, "B": 50}, tree)["00"]]
    [1.0, 1.5]
    """
    weights = pd.Series(weights, dtype=float)
    for name, codes in (("levels_or_links", levels_or_links.columns), ("weights", weights.index)):
        stray = [c for c in codes if c not in tree.leaves]
        if stray:
            raise ShapeError(f"{name}: not a leaf of the tree: {first_few(stray)}{did_you_mean(stray[0], tree.leaves)}")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise PriceError(
            f"weights must be numbers that are not negative; see {first_few(weights[~(weights >= 0)].index)}"
        )
    levels = levels_or_links.reindex(columns=list(tree.codes)).to_numpy(dtype=float)
    if (levels <= 0).any():
        raise PriceError(f"levels must be above 0; row {int(np.argwhere(levels <= 0)[0][0])} is not")
    leaf_weights = weights.reindex(list(tree.codes)).fillna(0.0).to_numpy()
    needed = tree.is_leaf & (leaf_weights > 0)
    if np.isnan(levels[0, needed]).any():
        missing = [c for c, m in zip(tree.codes, np.isnan(levels[0]) & needed, strict=True) if m]
        raise PriceError(f"no level in the first row (the link month) for {first_few(missing)}, which have a weight")
    node = node_weights(leaf_weights, tree)
    result = np.ones(levels.shape)
    # a level after a gap is compared with what the class was imputed to, so that the gap does not shift it for good
    reference = levels[0].copy()
    for t in range(1, len(levels)):
        links = complete_links(levels[t] / reference, result[t - 1], node, tree)
        g = np.where(np.isnan(links.link), 1.0, links.link)
        result[t] = result[t - 1] * g
        reference = np.where(np.isnan(levels[t]), reference * g, levels[t])
    return pd.DataFrame(result, index=levels_or_links.index, columns=list(tree.codes))
