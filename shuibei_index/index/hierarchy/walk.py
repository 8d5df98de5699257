"""Walk: from the links of one month to the next up a tree, over gaps; and where NaN reaches when it spreads."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shuibei_index.index.hierarchy.nodes import CompleteLinks, node_weights
from shuibei_index.index.matching import Floats
from shuibei_index.index.tree.classification import Hierarchy
from shuibei_index.index.tree.rungs import Bools


def walk(
    values: Floats, links: bool, step: Callable[[int, Floats, Floats], CompleteLinks]
) -> tuple[Floats, Floats, Bools]:
    """Chain month by month: the links of a month, and what was reached before, give the links of every class.

    Parameters
    ----------
    values : ndarray, shape (T, K)
        Levels, or links, of the leaves; the first row is the start.
    links : bool
        Whether they are links.
    step : callable
        (month, links of the leaves (K,), relatives reached in the month before (K,)) → CompleteLinks.

    Returns
    -------
    carried, level, imputed : ndarray, shape (T, K)
        Index relative to the first row, going on unmoved where even the top has no link; the same with NaN there;
        whether a link was taken from above.
    """
    carried, level, imputed = np.ones(values.shape), np.ones(values.shape), np.zeros(values.shape, dtype=bool)
    # a level after a gap is compared with what the class was imputed to, so that the gap does not shift it for good
    reference = values[0].copy()
    for t in range(1, len(values)):
        done = step(t, values[t] if links else values[t] / reference, carried[t - 1])
        g = np.where(np.isnan(done.link), 1.0, done.link)
        carried[t], imputed[t] = carried[t - 1] * g, done.imputed
        level[t] = np.where(np.isnan(done.link), np.nan, carried[t])
        reference = np.where(np.isnan(values[t]), reference * g, values[t])
    return carried, level, imputed


def unknown(lacking: Bools, leaf_weight: Floats, tree: Hierarchy) -> Bools:
    """Tell which classes rest on a missing leaf, shape (K,) or (K, R): those that NaN reaches when it spreads.

    A leaf without weight does not count, except in a class that has no weight at all.
    """
    weighs = leaf_weight > 0 if leaf_weight.ndim == lacking.ndim else (leaf_weight > 0)[:, np.newaxis]
    reached = node_weights((lacking & weighs).astype(np.float64), tree) > 0
    any_reached = node_weights(lacking.astype(np.float64), tree) > 0
    weightless = node_weights(np.broadcast_to(weighs, lacking.shape).astype(np.float64), tree) == 0
    return np.asarray(np.where(weightless, any_reached, reached))
