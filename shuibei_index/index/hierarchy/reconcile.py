"""Reconcile: levels that hold together again, with classes that are held at what another source says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, TreeError, UsageError, did_you_mean, first_few
from shuibei_index.index.hierarchy.leaf_values import as_table, leaf_weights
from shuibei_index.index.hierarchy.nodes import complete_links, node_weights
from shuibei_index.index.hierarchy.reconciliation import Reconciliation, class_columns
from shuibei_index.index.means import number
from shuibei_index.index.tree.classification import Hierarchy
from shuibei_index.index.tree.rungs import Bools

BELOW = ("scale", "keep")


def reconcile(
    levels: pd.DataFrame,
    weights: Any,
    tree: Hierarchy | Mapping[str, str],
    *,
    hold: Sequence[str] = (),
    below: str = "scale",
    order: float = 1.0,
    start: float = 100.0,
    tolerance: float = 1e-9,
) -> Reconciliation:
    """Return levels in which every parent is the weighted mean of its children, and how far the given ones are off.

    Parameters
    ----------
    levels : DataFrame, shape (T, classes)
        Levels of the leaves, and of any classes above, each on its own base; the first row is the link month. A leaf
        without a level takes its parent's level relative to the link month.
    weights : Series, dict or array
        Weight of each leaf at prices of the link month, as `aggregate` takes them.
    tree : Hierarchy or mapping of class to parent
    hold : sequence of str
        Classes whose given levels stand, where they have one: published by another source, or fixed by a decision.
        None of them may lie below another.
    below : {"scale", "keep"}
        What becomes of the classes below a held one. "scale": all move by the same factor each month, so that they
        agree with it. "keep": they stay, and the difference from the held class remains as a residual of it.
    order : float
        Order of the mean, finite.
    start : float
        Level in the link month of classes that were not given.
    tolerance : float
        Relative difference from which a given level counts as a fault in the result.

    Returns
    -------
    Reconciliation
        `expected` holds the reconciled levels, `residual` what was given less these.

    Raises
    ------
    ShapeError, PriceError, UsageError
        As `check_reconciliation`; a leaf has no column; `hold` names a class without given levels.
    TreeError
        A held class lies below another.

    Notes
    -----
    A mean of any order grows in proportion with its terms: scaling all leaves below a class by one factor scales the
    class by it, at every level between, whatever the weights. Classes above are means of what stands below them.

    Examples
    --------
    >>> tree = Hierarchy.from_parents({"A": "00", "A1": "A", "B": "00"})
    >>> levels = pd.DataFrame({"A": [100.0, 120.0], "A1": [100.0, 110.0], "B": [100.0, 100.0]})
    >>> found = reconcile(levels, {"A1": 1, "B": 1}, tree, hold=["A"])
    >>> {c: float(x) for c, x in found.expected.iloc[1].round(6).items()}
    {'00': 110.0, 'A': 120.0, 'A1': 120.0, 'B': 100.0}
    """
    order = number("order", order, finite=True)
    if below not in BELOW:
        raise UsageError(f"below must be one of {', '.join(BELOW)}, not {below!r}{did_you_mean(below, BELOW)}")
    if not (math.isfinite(start) and start > 0):
        raise UsageError(f"start must be a number above 0, not {start}")
    tree, levels = Hierarchy.of(tree), as_table(levels)
    values, leaf = class_columns(levels, tree, tree.leaves), leaf_weights(weights, tree)
    held = _held(levels, hold, tree)
    lacking = [c for c, m in zip(tree.codes, np.isnan(values[0]) & (leaf > 0), strict=True) if m]
    if lacking:
        raise PriceError(f"no level in the first row (the link month) for {first_few(lacking)}, which have a weight")
    relative, node = (values / values[0]).T, node_weights(leaf, tree)
    still = np.ones(len(tree.codes))
    computed = complete_links(relative, still, node, tree, order=order).link
    inside, imposed = _inside(tree, held), np.zeros(relative.shape, dtype=bool)
    known = np.where(np.isnan(computed), 1.0, computed)
    factor = np.where(np.isnan(relative), 1.0, relative / known)
    imposed[held] = ~np.isnan(relative[held])
    factor[~imposed] = 1.0
    for at in tree.steps_down:
        # held classes do not lie below one another: at most one factor on the way from the top is not 1
        factor[at] = np.where(inside[at][:, np.newaxis], factor[tree.parent[at]], factor[at])
        imposed[at] |= inside[at][:, np.newaxis] & imposed[tree.parent[at]]
    # below a held class a leaf without a level cannot take one from above it: the held class decides
    filled = np.where(np.isnan(relative) & imposed, known, relative)
    filled[held] = relative[held]
    scaled = np.where(inside[:, np.newaxis], filled * factor, filled)
    agreed = complete_links(scaled, still, node, tree, order=order).link
    if below == "keep":
        agreed[inside] = computed[inside]
    given = np.where(np.isnan(values[0]), start, values[0])
    expected = agreed.T * given
    tables = [pd.DataFrame(t, levels.index, list(tree.codes)) for t in (values, expected, tolerance * expected)]
    return Reconciliation(tables[0], tables[1], tables[2], tolerance, top=tree.top)


def _held(levels: pd.DataFrame, hold: Sequence[str], tree: Hierarchy) -> npt.NDArray[np.int64]:
    stray = [c for c in hold if c not in tree.position or c not in levels]
    if stray or isinstance(hold, str):
        raise UsageError(
            f"hold: {first_few([hold] if isinstance(hold, str) else stray)} is no list of classes with given levels"
            f"{did_you_mean(str(stray[0]), map(str, levels.columns)) if stray else ''}"
        )
    held = np.array(sorted({tree.position[c] for c in hold}), dtype=np.int64)
    nested = held[_inside(tree, held)[held]]
    if len(nested):
        raise TreeError(f"hold: {first_few([tree.codes[k] for k in nested])} lie below another held class; hold one")
    return held


def _inside(tree: Hierarchy, held: npt.NDArray[np.int64]) -> Bools:
    """Tell which classes lie below one of the held, shape (K,)."""
    mark, inside = np.zeros(len(tree.codes), dtype=bool), np.zeros(len(tree.codes), dtype=bool)
    mark[held] = True
    for at in tree.steps_down:
        inside[at] = (mark | inside)[tree.parent[at]] & tree.counted[at]
    return inside
