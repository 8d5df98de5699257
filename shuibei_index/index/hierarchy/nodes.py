"""Nodes: weights and links of all classes of a tree from those of its leaves, replicates side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shuibei_index.index.matching import Floats
from shuibei_index.index.means import mean_by_group
from shuibei_index.index.tree.classification import Hierarchy
from shuibei_index.index.tree.rungs import Bools, Rung


@dataclass(frozen=True)
class CompleteLinks:
    """Month-on-month links of every class, and which of them were taken from a parent. Shape (K,) or (K, R) each."""

    link: Floats
    imputed: Bools


def counted(tree: Hierarchy) -> Bools:
    """Tell which classes count in the class above them, shape (K,): not the tops, nor what leaves the headline."""
    return tree.counted


def node_weights(leaf_weights: Floats, tree: Hierarchy) -> Floats:
    """Return each class's weight as the sum of the weights of the leaves below it.

    Parameters
    ----------
    leaf_weights : ndarray, shape (K,) or (K, R)
        Weights by position in the tree, in R replicates; only those of leaves count. A class outside the headline
        weighs in its own tree and not in the class above it.

    Returns
    -------
    ndarray, same shape
    """
    weights: Floats = np.where(_across(tree.is_leaf, leaf_weights.ndim), leaf_weights, 0.0)
    for rung in tree.rungs:
        weights[rung.parent] = rung.sum(weights[rung.child])
    return weights


def complete_links(
    links: Floats, relatives: Floats, weights: Floats, tree: Hierarchy, *, order: float = 1.0
) -> CompleteLinks:
    """Return the links of all classes of a tree from the links of its leaves, in one month.

    A class with no observed child takes the movement of its parent (parental imputation), so that missing classes
    leave the parent as if the weights had been spread over the observed ones.

    Parameters
    ----------
    links : ndarray, shape (K,) or (K, R)
        Month-on-month links of the leaves, in R replicates; NaN = not observed; values of other classes are not read.
    relatives : ndarray, shape (K,) or (K, R)
        Each class's index in the previous month relative to the link month (1.0 in the link month).
    weights : ndarray, shape (K,) or (K, R)
        Price-updated weights of all classes at link-month prices (`node_weights`).
    order : float
        Order r of the mean: 1 arithmetic (Young), 0 geometric, −1 harmonic; any other.

    Returns
    -------
    CompleteLinks
        Of the widest of the shapes given. A root without any observed class keeps NaN.

    Notes
    -----
    Young index: R_k(t) = Σ w_c R_c(t) / Σ w_c; in links g_k = Σ w_c R_c(t−1) g_c / Σ w_c R_c(t−1) over the observed
    children c. Of order r: g_k = [Σ w_c R_c(t−1)^r g_c^r / Σ w_c R_c(t−1)^r]^(1/r), so that over the whole year
    R_k(t) is the mean of order r of the R_c(t), and one stage or many give the same. Source: PPI Manual, ch. 9; Balk
    (2008), ch. 3; parental imputation as in CPI Manual 2020, ch. 6; decision 0100.
    """
    wide = max(links.ndim, relatives.ndim, weights.ndim)
    links, relatives, weights = (_across(a, wide) for a in (links, relatives, weights))
    g: Floats = np.full(np.broadcast_shapes(links.shape, relatives.shape, weights.shape), np.nan)
    np.copyto(g, links, where=_across(tree.is_leaf, wide))
    with np.errstate(divide="ignore", invalid="ignore"):
        for rung in tree.rungs:
            share = _shares(relatives, weights, rung, order)
            x = g[rung.child]
            missing = np.isnan(x)
            if missing.any():
                share = np.where(missing, 0.0, share)
                x[missing] = 1.0
            elif share.shape != x.shape:
                share = np.broadcast_to(share, x.shape)
            g[rung.parent] = mean_by_group(x, share, order, rung)
    return fill_down(g, tree)


def fill_down(links: Floats, tree: Hierarchy) -> CompleteLinks:
    """Give each class without a link, shape (K,) or (K, R), that of its nearest ancestor with one; in place."""
    imputed = np.isnan(links)
    if imputed.any():
        for at in tree.steps_down:
            gap = imputed[at]
            if gap.any():
                links[at] = np.where(gap, links[tree.parent[at]], links[at])
    return CompleteLinks(links, imputed)


def child_weights(weights: Floats, rung: Rung) -> Floats:
    """Return the weights of a rung's children, shape (n,) or (n, R); under a parent without weight they count alike."""
    weight: Floats = weights[rung.child]
    bare = ~(weights[rung.parent] > 0)
    # for the parent's own series only: it weighs nothing in the class above it
    return np.where(bare[rung.codes], 1.0, weight) if bare.any() else weight


def _shares(relatives: Floats, weights: Floats, rung: Rung, order: float) -> Floats:
    """Return the weights of a rung at last month's prices, w R^r, up to a factor by parent."""
    weight = child_weights(weights, rung)
    if order == 1:
        return weight * relatives[rung.child]
    if order == 0 or math.isinf(order):
        return weight
    # beside the parent's own movement, so that no power of a long rise overflows
    return np.asarray(weight * (relatives[rung.child] / rung.spread(relatives[rung.parent])) ** order)


def _across(values: npt.NDArray[Any], ndim: int) -> npt.NDArray[Any]:
    """Stand (K,) beside (K, R)."""
    return values if values.ndim == ndim else values[:, np.newaxis]
