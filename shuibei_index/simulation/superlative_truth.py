"""The superlative target: what an index of the whole market with full knowledge would show."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from shuibei_index.errors import PriceError
from shuibei_index.index.hierarchy import HEADLINE, Hierarchy
from shuibei_index.simulation.truth import Branches, Goods, no_headline, published


def superlative(goods: Goods, *, trees: Mapping[int, Hierarchy], base_period: str) -> pd.DataFrame:
    """Return the chained monthly Törnqvist index of every class: period, class_code, index.

    Each class is computed at once over all items below it that were sold in both months, not up the tree, at prices of
    constant quality (a loss of metal weight inside an item is priced out).

    Notes
    -----
    ln g_k = ½ Σ_i (V_i(t−1)/V_k(t−1) + V_i(t)/V_k(t)) ln(p_i(t)/p_i(t−1)), V_k over the matched items below k:
    the sums over items are sums over leaves, so one matrix product serves all classes.
    """
    codes = tuple(sorted({code for tree in trees.values() for code in tree.codes}))
    place = {code: k for k, code in enumerate(codes)}
    branches = {year: Branches.of(tree, goods.item_class) for year, tree in trees.items()}
    price = np.full(goods.amount_fen.shape, np.nan)
    np.divide(10.0 * goods.constant_fen, goods.quantity_milli, out=price, where=goods.observed)
    level = np.full((len(goods.periods), len(codes)), np.nan)
    for t, period in enumerate(goods.periods):
        here = branches[int(period[:4])]
        cols = np.array([place[c] for c in here.tree.codes])
        if t == 0:
            level[0, cols] = 1.0
            continue
        M = (here.leaf >= 0) & ~np.isnan(price[t - 1]) & ~np.isnan(price[t])
        ratio = np.where(M, np.log(np.where(M, price[t], 1.0)) - np.log(np.where(M, price[t - 1], 1.0)), 0.0)
        log_link = np.zeros(len(cols))
        for month in (t - 1, t):
            V = goods.amount_fen[month].astype(float)
            total = here.below @ here.sums(V, M)
            log_link += 0.5 * (here.below @ here.sums(V * ratio, M)) / np.where(total > 0, total, np.nan)
        if np.isnan(log_link[here.tree.position[HEADLINE]]):
            raise PriceError(no_headline(period))
        before = level[t - 1, cols]
        level[t, cols] = np.where(np.isnan(before), 1.0, before) * here.filled(np.exp(log_link))
    return published(goods, trees, codes, level, base_period)
