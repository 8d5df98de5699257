"""The published formula on the whole market, written a second time from methodology/4-index.md.

Dense arrays over months T, items N and classes K, one line of the formula a line of code; no part of the `aggregate`
and `index` stages is used but the tree itself, so that an error there cannot hide in the truth it is compared with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months
from shuibei_index.errors import PriceError, UsageError
from shuibei_index.index.hierarchy import HEADLINE, Hierarchy
from shuibei_index.rules import Rules, RulesAt
from shuibei_index.simulation.component_truth import NAMES, ComponentChain, leaf_sides
from shuibei_index.simulation.priced import GoodsParts, Priced

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Goods:
    """What was sold in the whole market: arrays of shape (T, N).

    Parameters
    ----------
    periods
        The T months, without gaps.
    item_class
        Class code of each of the N items.
    amount_fen, quantity_milli
        Turnover and quantity of records that make prices; 0 = not sold.
    constant_fen
        What the same goods would have cost at their weight when new; used by the superlative target only.
    parts
        What the amounts are made of. None = not known: no metal content is taken out, nothing carried by a benchmark.
    """

    periods: tuple[str, ...]
    item_class: npt.NDArray[np.str_]
    amount_fen: Ints
    quantity_milli: Ints
    constant_fen: npt.NDArray[np.float64] | Ints
    parts: GoodsParts | None = None

    @property
    def observed(self) -> Bools:
        """Whether an item has a price in a month."""
        return (self.amount_fen > 0) & (self.quantity_milli > 0)


@dataclass(frozen=True)
class Branches:
    """The tree of one year as matrices.

    Parameters
    ----------
    tree
        The tree, K classes.
    children
        children[a, c] = 1 where class c counts in its parent a, shape (K, K).
    below
        below[a, c] = 1 where c is a or a class that counts below it, shape (K, K).
    leaf
        Position of each item's class in the tree, −1 = not a leaf this year, shape (N,).
    """

    tree: Hierarchy
    children: Floats
    below: Floats
    leaf: Ints

    @classmethod
    def of(cls, tree: Hierarchy, item_class: npt.NDArray[np.str_]) -> Branches:
        """Build the matrices of a tree."""
        K = len(tree.codes)
        children = np.zeros((K, K))
        under_headline = tree.in_headline[np.maximum(tree.parent, 0)]
        counted = np.flatnonzero((tree.parent >= 0) & (tree.in_headline | ~under_headline))
        children[tree.parent[counted], counted] = 1.0
        below, step = np.eye(K), np.eye(K)
        while step.any():
            step = step @ children
            below += step
        words, of_item = np.unique(item_class, return_inverse=True)
        leaves = set(tree.leaves)
        position = np.array([tree.position[str(w)] if str(w) in leaves else -1 for w in words], dtype=np.int64)
        return cls(tree, children, below, position[of_item])

    def sums(self, values: Floats, chosen: Bools) -> Floats:
        """Add the values of the chosen items by leaf, shape (K,)."""
        return np.bincount(self.leaf[chosen], values[chosen], len(self.tree.codes)).astype(float)

    def filled(self, link: Floats) -> Floats:
        """Let classes without a link take their parent's; other roots than the headline take 1."""
        link = link.copy()
        for depth in range(int(self.tree.depth.max(initial=0)) + 1):
            gap = np.flatnonzero((self.tree.depth == depth) & np.isnan(link))
            link[gap] = np.where(self.tree.parent[gap] >= 0, link[self.tree.parent[gap]], 1.0)
        return link

    def young(self, link: Floats, relative: Floats, weight: Floats) -> Floats:
        """Aggregate the links of leaves one month up the tree; classes without a link are NaN."""
        link, depths = link.copy(), self.tree.depth
        for depth in range(int(depths.max(initial=0)) - 1, -1, -1):
            for a in np.flatnonzero((depths == depth) & ~self.tree.is_leaf):
                share = self.children[a] * relative * (weight if weight[a] > 0 else 1.0)
                share = np.where(np.isnan(link), 0.0, share)
                link[a] = share @ np.nan_to_num(link) / share.sum() if share.sum() > 0 else np.nan
        return link


def same_formula(
    goods: Goods,
    *,
    trees: Mapping[int, Hierarchy],
    weights: pd.DataFrame,
    base_period: str,
    rules: Rules | RulesAt,
) -> pd.DataFrame:
    """Return the index by the published formula of everything sold: period, class_code, component, index.

    Component "total", and where the parts of the prices are known metal, making and stone.

    Parameters
    ----------
    goods : Goods
    trees : mapping of year to Hierarchy
    weights : DataFrame
        year, class_code, weight, price_period, with rows for every year; years are linked in December.
    base_period : str
        Year or month whose mean is 100.
    rules : Rules or RulesAt
        Elementary formulas and the longest spell of imputation.

    Raises
    ------
    PriceError
        The headline has no price relative in some month.
    """
    T = len(goods.periods)
    codes = tuple(sorted({code for tree in trees.values() for code in tree.codes}))
    place = {code: k for k, code in enumerate(codes)}
    priced = Priced.of(goods, trees, rules)
    level, components = np.full((T, len(codes)), np.nan), ComponentChain(T, len(codes))
    reference, absent = priced.price[0].copy(), np.zeros(len(goods.item_class), dtype=np.int64)
    first_year = int(goods.periods[0][:4])
    for year in sorted({int(p[:4]) for p in goods.periods}):
        here = Branches.of(trees[year], goods.item_class)
        cols = np.array([place[c] for c in here.tree.codes])
        link_month = 0 if year == first_year else goods.periods.index(f"{year - 1}-12")
        months_here = [t for t, p in enumerate(goods.periods) if p.startswith(f"{year:04d}") and t > link_month]
        level[link_month, cols] = np.where(np.isnan(level[link_month, cols]), 1.0, level[link_month, cols])
        rows = weights[weights["year"].astype(int) == year]
        passes = 2 if year == first_year and rows["price_period"].str.startswith(str(year)).any() else 1
        for final in range(passes):
            weight = here.below @ _updated(rows, here.tree, level[:, cols], link_month, goods.periods)
            relative, p_hat, gone = np.ones(len(cols)), reference.copy(), absent.copy()
            for t in months_here:
                rule, present = rules.at(goods.periods[t]), priced.present[t]
                # the reference price at this month's metal content
                leaves = _elementary(here, rule["elementary_formula"], p_hat * priced.content[t], priced, t)
                link = here.young(leaves.link, relative, weight)
                if np.isnan(link[here.tree.position[HEADLINE]]):
                    raise PriceError(no_headline(goods.periods[t]))
                matched = ~np.isnan(link)
                link = here.filled(link)
                if priced.before is not None and priced.after is not None and final == passes - 1:
                    sides = leaf_sides(
                        here,
                        leaves.matched,
                        leaves.weight,
                        leaves.ratio,
                        leaves.link,
                        priced.before[t],
                        priced.after[t],
                    )
                    least = rule["component_least_share"]
                    components.add(t, here, cols, sides, matched, link, relative, weight, least)
                relative = relative * link
                level[t, cols] = level[link_month, cols] * relative
                gone = np.where(goods.observed[t], 0, gone + 1)
                carried = np.where(here.leaf >= 0, p_hat * link[here.leaf], np.nan)
                carried = np.where(gone <= rule["imputation_max_months"], carried, np.nan)
                p_hat = np.where(present, priced.price[t], carried)
        reference, absent = p_hat, gone
    levels = {"total": level} | {name: components.level[..., c] for c, name in enumerate(NAMES)}
    frames = [
        published(goods, trees, codes, one, base_period).assign(component=name)
        for name, one in levels.items()
        if name == "total" or priced.before is not None
    ]
    return pd.concat(frames, ignore_index=True)[["period", "class_code", "component", "index"]]


@dataclass(frozen=True)
class Leaves:
    """Links of the leaves in a month, shape (K,), NaN = none; and what they are made of, by item, shape (N,).

    Parameters
    ----------
    link
        exp Σ weight · ratio.
    matched
        Whether the item has both prices.
    weight, ratio
        Weight of the item in its leaf, and ln(price / reference price); 0 where not matched.
    """

    link: Floats
    matched: Bools
    weight: Floats
    ratio: Floats


def _elementary(here: Branches, formulas: Mapping[str, str], p_hat: Floats, priced: Priced, t: int) -> Leaves:
    """Return the links of the leaves over their matched items, p_hat the prices they are compared with."""
    price = priced.price[t]
    M = (here.leaf >= 0) & ~np.isnan(p_hat) & ~np.isnan(price)
    ratio = np.where(M, np.log(np.where(M, price, 1.0)) - np.log(np.where(M, p_hat, 1.0)), 0.0)
    # a reference price carried with the class carries no turnover: V is 0 where the item had no price
    V0, V1 = priced.value[t - 1], priced.value[t]
    count, total0, total1 = here.sums(np.ones(len(V0)), M), here.sums(V0, M), here.sums(V1, M)
    frame = here.tree.frame
    names = [own or formulas.get(unit, formulas["other"]) for own, unit in frame[["formula", "unit"]].to_numpy()]
    unknown = sorted(set(names) - {"jevons", "tornqvist"})
    if unknown:
        raise UsageError(f"the simulator's truth does not know the elementary formula {unknown[0]!r}")
    with np.errstate(divide="ignore", invalid="ignore"):
        share1 = V1 / total1[here.leaf]
        share0 = np.where(total0[here.leaf] > 0, V0 / total0[here.leaf], share1)
        weight = np.where((np.array(names) == "tornqvist")[here.leaf], 0.5 * (share0 + share1), 1.0 / count[here.leaf])
    weight = np.where(M, weight, 0.0)
    link = np.where(here.tree.is_leaf & (count > 0), np.exp(here.sums(weight * ratio, M)), np.nan)
    return Leaves(link, M, weight, ratio)


def _updated(rows: pd.DataFrame, tree: Hierarchy, level: Floats, link_month: int, periods: tuple[str, ...]) -> Floats:
    """Carry the stated weights of a year from their price period to the link month, shape (K,)."""
    weight = np.zeros(len(tree.codes))
    for period, part in rows.groupby("price_period"):
        chosen = np.array([tree.position[c] for c in part["class_code"]])
        ratio = np.ones(len(tree.codes))
        of_period = [t for t, p in enumerate(periods) if period and p.startswith(str(period))]
        known = level[of_period]
        if len(of_period) and not np.isnan(known).all():
            there = ~np.isnan(known)
            mean = np.where(there, known, 0.0).sum(axis=0) / np.where(there.any(axis=0), there.sum(axis=0), np.nan)
            ratio = level[link_month] / mean
            for depth in range(1, int(tree.depth.max(initial=0)) + 1):
                gap = (tree.depth == depth) & np.isnan(ratio)
                ratio[gap] = ratio[tree.parent[gap]]
        weight[chosen] = part["weight"].to_numpy(dtype=float) * np.where(np.isnan(ratio), 1.0, ratio)[chosen]
    return weight


def no_headline(period: str) -> str:
    """Return the words for a market too small to have an index."""
    return (
        f"no item of the simulated market's headline is sold both in {period} and the month before, so it has no true "
        f"index; simulate more firms or items_per_firm, a lower churn, or another seed"
    )


def published(
    goods: Goods, trees: Mapping[int, Hierarchy], codes: tuple[str, ...], level: Floats, base_period: str
) -> pd.DataFrame:
    """Keep classes from their first own observation on, scale to the base period, and make a long table."""
    seen = np.zeros(level.shape, dtype=bool)
    exists = np.zeros(level.shape, dtype=bool)
    place = {code: k for k, code in enumerate(codes)}
    observed = goods.observed
    for year, tree in trees.items():
        here = Branches.of(tree, goods.item_class)
        cols = np.array([place[c] for c in tree.codes])
        for t in (t for t, p in enumerate(goods.periods) if p.startswith(f"{year:04d}")):
            counts = here.sums(np.ones(len(here.leaf)), observed[t] & (here.leaf >= 0))
            seen[t, cols] = here.below @ counts > 0
            exists[t, cols] = True
    shown = np.where(exists & np.logical_or.accumulate(seen, axis=0), level, np.nan)
    base = np.array([p in set(months.months_of(base_period)) for p in goods.periods])
    in_base = ~np.isnan(shown) & base[:, None]
    if not base.any():
        raise UsageError(f"base period {base_period} lies outside {goods.periods[0]} to {goods.periods[-1]}")
    mean = np.where(in_base, shown, 0.0).sum(axis=0) / np.where(in_base.any(axis=0), in_base.sum(axis=0), np.nan)
    first = shown[np.argmax(~np.isnan(shown), axis=0), np.arange(len(codes))]
    index = 100.0 * shown / np.where(np.isnan(mean), first, mean)
    row, column = np.nonzero(~np.isnan(index))
    return pd.DataFrame(
        {
            "period": np.array(goods.periods, dtype=object)[row],
            "class_code": np.array(codes, dtype=object)[column],
            "index": index[row, column],
        }
    )
