"""Superlative aggregation up a tree: values of both months weigh every link (Fisher, Törnqvist, Walsh)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, UsageError, did_you_mean, first_few
from shuibei_index.index.hierarchy.leaf_values import as_table, by_leaf, positive_rows
from shuibei_index.index.hierarchy.nodes import CompleteLinks, fill_down, node_weights
from shuibei_index.index.hierarchy.walk import unknown, walk
from shuibei_index.index.matching import Floats
from shuibei_index.index.means import mean_by_group, number
from shuibei_index.index.tree.classification import Hierarchy
from shuibei_index.index.tree.rungs import Rung

#: Order r of the forward mean by formula: the index is √(M_r(values before) · M_−r(values now)), Walsh with √(both).
FORMULAS = {"fisher": 1.0, "tornqvist": 0.0, "walsh": 0.5}
STAGES = ("one", "many")
MISSING = ("parent", "drop", "spread")


def superlative(
    levels_or_links: Any,
    values: Any,
    tree: Hierarchy | Mapping[str, str],
    *,
    formula: str = "fisher",
    order: float | None = None,
    stages: str = "one",
    links: bool = False,
    missing: str = "parent",
) -> pd.DataFrame:
    """Aggregate the indices of leaves up a tree by a chained superlative index.

    Parameters
    ----------
    levels_or_links : DataFrame or array, shape (T, leaves)
        Index levels of the leaves, on any base, or month-on-month links (the first row is the start and not read).
        Columns are class codes, arrays are in the order of `tree.leaves`. NaN = not observed.
    values : DataFrame or array, shape (T, leaves)
        Value (price × quantity) of each leaf in each month, any scale in each month, not negative. NaN = unknown;
        a leaf without a column has no value in any month.
    tree : Hierarchy or mapping of class to parent
    formula : {"fisher", "tornqvist", "walsh"}
    order : float, optional
        Quadratic-mean index of order 2r in place of the formula: r = 1 Fisher, 0 Törnqvist, ½ implicit Walsh.
    stages : {"one", "many"}
        "one": every class straight from its leaves, as if there were no classes between: its headline is the formula
        over all leaves, whatever the tree. "many": every class from the indices of its children, weighted by their
        values; the headline then depends, to the second order, on the tree.
    links : bool
        The rows are month-on-month links, not levels.
    missing : {"parent", "drop", "spread"}
        As `aggregate`. A leaf enters a link only if its link and its values in both months are known; a class without
        value in one of the two months has no link of its own.

    Returns
    -------
    DataFrame, shape (T, K)
        Chained levels of every class, 1.0 in the first month; NaN where nothing of the whole tree is observed.

    Raises
    ------
    ShapeError
        A column is not a leaf of the tree or stands twice, or `values` covers other months.
    PriceError
        A level is not positive or a value negative.
    UsageError
        An unknown option.

    Notes
    -----
    With v, v' the values of two successive months and g the links: √(M_r(g; v) · M_−r(g; v')), M the weighted mean of
    order r; r = 1 is Fisher (forward Laspeyres, Paasche), r = 0 Törnqvist. Walsh: the same with √(v v') in both places
    and r = ½, Σ √(v v' g) / Σ √(v v' / g). In one stage both means go up the whole tree before they meet, as piar's
    `pias2`; a missing class takes its parent's movement in each. Consistent in aggregation are the two means, not
    their product: only `stages="one"` gives the headline independent of the tree. Source: Diewert (1976, 1978), CPI
    Manual 2020, ch. 8; Balk (2008), ch. 4; decision 0101.

    Examples
    --------
    >>> tree = Hierarchy.from_parents({"A": "00", "B": "00"})
    >>> levels = pd.DataFrame({"A": [1.0, 2.0], "B": [1.0, 1.0]})
    >>> values = pd.DataFrame({"A": [1.0, 2.0], "B": [1.0, 1.0]})
    >>> round(float(superlative(levels, values, tree)["00"].iloc[-1]), 6)
    1.5
    """
    known: tuple[tuple[str, str, Any], ...]
    known = (("formula", formula, FORMULAS), ("stages", stages, STAGES), ("missing", missing, MISSING))
    for name, word, allowed in known:
        if word not in allowed:
            raise UsageError(f"{name} must be one of {', '.join(allowed)}, not {word!r}{did_you_mean(word, allowed)}")
    forward = FORMULAS[formula] if order is None else number("order", order, finite=True)
    tree, values = Hierarchy.of(tree), as_table(values)
    frame, worth = by_leaf(levels_or_links, "levels_or_links", tree), by_leaf(values, "values", tree)
    if len(frame) != len(worth) or (isinstance(values, pd.DataFrame) and not frame.index.equals(worth.index)):
        raise ShapeError(f"values must cover the {len(frame)} months of the levels; they have {len(worth)}")
    rows, v = frame.to_numpy(copy=True), worth.to_numpy(copy=True)
    if isinstance(values, pd.DataFrame):
        v[:, ~worth.columns.isin(values.columns)] = 0.0
    if links:
        rows[:1] = 1.0
    positive_rows(rows, tree)
    bad = [c for c, b in zip(tree.codes, ((v < 0) | np.isinf(v)).any(axis=0), strict=True) if b]
    if bad:
        raise PriceError(f"values must be numbers that are not negative; see {first_few(bad)}")
    crossed = formula == "walsh" and order is None

    def step(t: int, link: Floats, relative: Floats) -> CompleteLinks:
        both = ~np.isnan(v[t - 1]) & ~np.isnan(v[t])
        before, now = (np.where(both, v[s], 0.0) for s in (t - 1, t))
        # only proportions count; unit sums keep products and roots in range
        before, now = (w / (w.sum() or 1.0) for w in (before, now))
        done = _links(link, before, now, tree, forward, crossed, stages == "one")
        if missing == "spread":
            lacking = unknown((np.isnan(link) | ~both) & tree.is_leaf, np.where(both, before + now, 1.0), tree)
            return CompleteLinks(np.where(lacking, np.nan, done.link), done.imputed)
        return done

    _, level, imputed = walk(rows, links, step)
    if missing == "drop":
        level[imputed] = np.nan
    if missing == "spread":
        level = np.where(np.logical_or.accumulate(np.isnan(level), axis=0), np.nan, level)
    return pd.DataFrame(level, frame.index, list(tree.codes))


def _links(
    link: Floats, before: Floats, now: Floats, tree: Hierarchy, order: float, crossed: bool, whole: bool
) -> CompleteLinks:
    leaf = tree.is_leaf
    up: Floats = np.where(leaf, link, np.nan)
    down = up.copy()
    ahead, back = node_weights(before, tree), node_weights(now, tree)
    alive = leaf | ((ahead > 0) & (back > 0))
    if crossed:
        # in one stage the crossed values of the leaves go up; in many, those of the classes are crossed
        ahead = back = node_weights(np.sqrt(before * now), tree) if whole else np.sqrt(ahead * back)
    with np.errstate(divide="ignore", invalid="ignore"):
        for rung in tree.rungs:
            forward, backward = _mean(up, ahead, order, rung), _mean(down, back, -order, rung)
            if not whole:
                forward = backward = np.where(alive[rung.parent], np.sqrt(forward) * np.sqrt(backward), np.nan)
            up[rung.parent], down[rung.parent] = forward, backward
    lacking = ~alive | np.isnan(up) | np.isnan(down)
    # each mean is filled from its own parents, so that a class without a link takes both sides of its parent
    up, down = (fill_down(np.where(lacking, np.nan, side), tree).link for side in (up, down))
    return CompleteLinks(np.where(leaf & ~lacking, link, np.sqrt(up) * np.sqrt(down)), lacking)


def _mean(g: Floats, weight: Floats, order: float, rung: Rung) -> Floats:
    x = g[rung.child]
    gap = np.isnan(x)
    return mean_by_group(np.where(gap, 1.0, x), np.where(gap, 0.0, weight[rung.child]), order, rung)
