"""Contributions up a classification tree: from products, or any class, to any class above, for a mean of any order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, UsageError, did_you_mean, first_few
from shuibei_index.index.contributions.formulas import outer_shares
from shuibei_index.index.contributions.shares import shares_of_order
from shuibei_index.index.hierarchy.nodes import counted, node_weights
from shuibei_index.index.matching import Floats, Groups
from shuibei_index.index.means import mean_by_group, number
from shuibei_index.index.numbers import as_floats
from shuibei_index.index.tree.classification import Hierarchy

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class TreeContributions:
    """What products and classes add to the change of every class of a tree in one month.

    Parameters
    ----------
    tree : Hierarchy
    links : ndarray, shape (K,)
        Link of every class, by position in the tree; that of the parent where the class has no observed part.
    imputed : ndarray of bool, shape (K,)
        Whether the link was taken from the parent.
    share : ndarray, shape (K,)
        Share of each class in its parent's link written as an arithmetic mean; children with a link add up to 1.
    item_points : ndarray, shape (N,)
        What each product adds to its own cell.
    item_cell : ndarray of int, shape (N,)
        Position of each product's cell in the tree, −1 = none.
    items : Index
        Labels of the products.
    """

    tree: Hierarchy
    links: Floats
    imputed: npt.NDArray[np.bool_]
    share: Floats
    item_points: Floats
    item_cell: Ints
    items: pd.Index

    def multiplier(self, ancestor: str) -> Floats:
        """Return what one point of every class adds to `ancestor`, shape (K,); 0 for classes that are not below it.

        A class whose movement was taken from its parent has the parent's multipliers: it moves with what moves that.
        """
        at = self._mover(ancestor)
        result = np.zeros(len(self.links))
        result[at] = 1.0
        for below in self._levels_below(at):
            result[below] = self.share[below] * result[self.tree.parent[below]]
        return result

    def of_items(self, ancestor: str) -> pd.Series:
        """Return what each product below `ancestor` adds to its change, as fractions that add up to its link − 1.

        NaN for a product that is not observed. A class whose movement was taken from its parent has the products of
        the parent.
        """
        inside = self._inside(self._mover(ancestor))
        cell = np.maximum(self.item_cell, 0)
        below = (self.item_cell >= 0) & inside[cell]
        points = self.multiplier(ancestor)[cell] * self.item_points
        return pd.Series(points[below], index=self.items[below], name="points")

    def of_classes(self, ancestor: str, level: int = 1) -> pd.Series:
        """Return what the classes below `ancestor` add to its change: those `level` steps below it, 1 = its children.

        A leaf that ends higher up is listed too, so that the rows add up to the link − 1. NaN for a class that took
        its parent's movement: it is no part of it.
        """
        if level < 0:
            raise UsageError(f"level counts steps down from the class, 0 or more, not {level}")
        at, tree = self._position(ancestor), self.tree
        down = tree.depth - tree.depth[at]
        chosen = self._inside(at) & ((down == level) | (tree.is_leaf & (down < level)))
        points = np.where(self.share > 0, self.multiplier(ancestor) * (self.links - 1.0), np.nan)
        points[at] = self.links[at] - 1.0
        return pd.Series(points[chosen], index=[tree.codes[k] for k in np.flatnonzero(chosen)], name="points")

    def to_frame(self) -> pd.DataFrame:
        """Return one row a class and product: class_code, item, points_pp (percentage points)."""
        parts = []
        for code, link in zip(self.tree.codes, self.links, strict=True):
            if not np.isnan(link):
                points = self.of_items(code)
                parts.append(
                    pd.DataFrame({"class_code": code, "item": points.index, "points_pp": 100.0 * points.array})
                )
        if not parts:
            return pd.DataFrame({"class_code": [], "item": [], "points_pp": []})
        return pd.concat(parts, ignore_index=True)

    def _mover(self, code: str) -> int:
        """Return the class whose parts move a class: itself, or the nearest above it that does not move by another."""
        at = self._position(code)
        while self.imputed[at] and self.tree.parent[at] >= 0:
            at = int(self.tree.parent[at])
        return at

    def _levels_below(self, at: int) -> Iterator[Ints]:
        """Yield the classes of every level deeper than that of a class, from the top."""
        for depth in range(int(self.tree.depth[at]) + 1, int(self.tree.depth.max(initial=0)) + 1):
            yield np.flatnonzero((self.tree.depth == depth) & counted(self.tree))

    def _inside(self, at: int) -> npt.NDArray[np.bool_]:
        inside = np.zeros(len(self.links), dtype=bool)
        inside[at] = True
        for below in self._levels_below(at):
            inside[below] = inside[self.tree.parent[below]]
        return inside

    def _position(self, code: str) -> int:
        if code not in self.tree.position:
            raise UsageError(f"no class {code!r}{did_you_mean(code, self.tree.codes)}", zh=f"没有分类 {code}")
        return self.tree.position[code]


def tree_contributions(
    item_points: npt.ArrayLike | pd.Series,
    item_cell: npt.ArrayLike | pd.Series,
    links: pd.Series | dict[str, float] | Floats,
    weights: pd.Series | dict[str, float] | Floats,
    tree: Hierarchy | Mapping[str, str],
    order: float = 1.0,
) -> TreeContributions:
    """Contributions of products to every class of a tree, from those to their elementary cells, in one month.

    Parameters
    ----------
    item_points : Series or array_like, shape (N,)
        What each product adds to the link of its cell (`contributions.bilateral` with `group`, or `of_mean`): adds up
        to link − 1. NaN = not observed. With labels, the products are named by them.
    item_cell : array_like of str or int, shape (N,)
        Code of the leaf each product belongs to, missing = none; or its position in `tree.codes`, −1 = none.
    links : Series or dict; or ndarray, shape (K,)
        Link of each leaf by code, or by position in `tree.codes` (other classes are not read); a leaf that is not
        listed or NaN is missing and takes its parent's movement.
    weights : Series or dict; or ndarray, shape (K,)
        Weight of each leaf, given as the links are; not negative, any scale, at prices of the month before
        (price-updated: after a month with links g the weight is w g^order).
    tree : Hierarchy
    order : float
        Order of the mean by which classes are aggregated: 1 arithmetic, 0 geometric, −1 harmonic, any finite other.

    Returns
    -------
    TreeContributions

    Raises
    ------
    ShapeError, PriceError, UsageError
        A code is not a leaf; a link is not above 0; a weight is negative; lengths differ.

    Notes
    -----
    Each class is a mean of its observed children; written as an arithmetic mean with shares v (decision 0121) the
    contributions to it are v times those to the child, and so on up: a product of shares along the path. Source: CPI
    Manual 2020, eq. 9.26 and 9.28; `aggregate()` of the R package piar gives the same.

    Examples
    --------
    >>> tree = Hierarchy.from_parents({"A": "00", "B": "00"})
    >>> made = tree_contributions([1.0, 0.5], ["A", "A"], {"A": 2.5}, {"A": 1.0, "B": 1.0}, tree)
    >>> made.of_items("00").tolist(), made.links.tolist()
    ([1.0, 0.5], [2.5, 2.5, 2.5])
    """
    order, tree = number("order", order, finite=True), Hierarchy.of(tree)
    points = as_floats(item_points, "item_points")
    items = item_points.index if isinstance(item_points, pd.Series) else pd.RangeIndex(len(points))
    if points.ndim != 1 or len(item_cell) != len(points):  # type: ignore[arg-type]
        raise ShapeError(
            f"{points.shape} contributions and {np.shape(item_cell)} cells; one cell a product is expected"
        )
    cell = _cells(item_cell, tree)
    g = _by_code(links, tree, "links", np.nan)
    if ((g <= 0) | np.isinf(g)).any():
        raise PriceError(f"links must be numbers above 0; see {first_few(_codes(tree, (g <= 0) | np.isinf(g)))}")
    leaf_weights = _by_code(weights, tree, "weights", 0.0)
    bad = ~np.isfinite(leaf_weights) | (leaf_weights < 0)
    if bad.any():
        raise PriceError(f"weights must be numbers that are not negative; see {first_few(_codes(tree, bad))}")
    weight, inside = node_weights(leaf_weights, tree), counted(tree)
    share = np.zeros(len(g))
    for level in range(int(tree.depth.max(initial=0)), 0, -1):
        at = np.flatnonzero((tree.depth == level) & inside & ~np.isnan(g))
        # under a parent without weight the children count alike, as in `hierarchy.aggregate`
        w = np.where(weight[tree.parent[at]] > 0, weight[at], 1.0)
        at, w = at[w > 0], w[w > 0]
        above, code = np.unique(tree.parent[at], return_inverse=True)
        groups = Groups(code.astype(np.int64), len(at), len(above))
        g[above] = mean_by_group(g[at], w, order, groups)
        share[at] = shares_of_order(g[at], w, order, 1.0, groups)
    imputed = np.isnan(g)
    for level in range(1, int(tree.depth.max(initial=0)) + 1):
        at = np.flatnonzero((tree.depth == level) & np.isnan(g))
        g[at] = g[tree.parent[at]]
    return TreeContributions(tree, g, imputed, share, points, cell, items)


def mean_of_two(first: pd.Series, second: pd.Series, links: tuple[float, float], order: float = 0.0) -> pd.Series:
    """Contributions to the mean of two indices of the same items, from those to each: superlative indices up a tree.

    Parameters
    ----------
    first, second : Series
        Contributions to each (aggregated with base and with current weights, orders r and −r).
    links : tuple of float
        The two indices, above 0.
    order : float
        1, 0 (geometric: Fisher and the other quadratic means) or −1.

    Returns
    -------
    Series
        Adds up to the mean − 1. An item that is in one only counts as 0 in the other.

    Notes
    -----
    Generalised van IJzeren decomposition: the two averaged with the shares of the equal arithmetic mean; the same as
    `aggregate(pias2 =)` of the R package piar.

    Examples
    --------
    >>> mean_of_two(pd.Series([3.0]), pd.Series([0.0]), (4.0, 1.0)).tolist()
    [1.0]
    """
    if order not in (1, 0, -1):
        raise UsageError(f"order must be 1, 0 or -1, not {order}")
    if not min(links) > 0:
        raise PriceError(f"the two indices must be above 0, not {links}")
    a, b = outer_shares(order, (0.5, 0.5), np.array([links[0]]), np.array([links[1]]))
    one, two = first.align(second)
    whole = a[0] * one.fillna(0.0) + b[0] * two.fillna(0.0)
    return pd.Series(whole.where(one.notna() | two.notna()), name="points")


def _cells(item_cell: npt.ArrayLike | pd.Series, tree: Hierarchy) -> Ints:
    codes = np.asarray(item_cell)
    if codes.dtype.kind in "iu" and len(codes):
        leaf = np.append(tree.is_leaf, True)  # the last place is that of −1
        if codes.min() < -1 or codes.max() >= len(tree.codes) or not leaf[codes].all():
            raise ShapeError("integer cells must be positions of leaves in tree.codes, or -1 for none")
        return codes.astype(np.int64)
    names = pd.Series(codes, dtype=object)
    stray = sorted(set(names.dropna()) - set(tree.leaves), key=str)
    if stray:
        raise ShapeError(f"not a leaf of the tree: {first_few(stray)}{did_you_mean(str(stray[0]), tree.leaves)}")
    return np.asarray(names.map(tree.position).fillna(-1), dtype=np.int64)


def _by_code(values: pd.Series | dict[str, float] | Floats, tree: Hierarchy, name: str, default: float) -> Floats:
    if isinstance(values, np.ndarray):
        if values.shape != tree.is_leaf.shape:
            raise ShapeError(
                f"{name} has shape {values.shape}; as an array it has one place a class, {len(tree.codes)}"
            )
        return np.where(tree.is_leaf, as_floats(values, name), default)
    given = pd.Series(values)
    given = pd.Series(as_floats(given, name), given.index)
    stray = sorted(set(given.index) - set(tree.leaves), key=str)
    if stray:
        raise ShapeError(
            f"{name}: not a leaf of the tree: {first_few(stray)}{did_you_mean(str(stray[0]), tree.leaves)}"
        )
    if not given.index.is_unique:
        raise ShapeError(f"{name}: classes stand twice: {first_few(given.index[given.index.duplicated()])}")
    return np.array(given.reindex(list(tree.codes), fill_value=default), dtype=float)


def _codes(tree: Hierarchy, chosen: npt.NDArray[np.bool_]) -> Sequence[str]:
    return [tree.codes[k] for k in np.flatnonzero(chosen)]
