"""Prices of the whole market at one metal content, absent metal goods carried by the benchmark; dense, a second time.

Written from decisions 0230 and 0231, month by month over all items, without a line of `index.components`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError
from shuibei_index.index.hierarchy import Hierarchy
from shuibei_index.rules import Rules, RulesAt

if TYPE_CHECKING:
    from shuibei_index.simulation.truth import Goods

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_METAL, _MAKING, _STONE = range(3)


@dataclass(frozen=True)
class GoodsParts:
    """What the amounts of the goods are made of, and the benchmark of their metal.

    Parameters
    ----------
    making_fen, stone_fen
        Making charges and stones in the amounts; the rest is metal with its loss. Shape (T, N).
    net_mg, pure_ug, pieces
        Net weight and pure metal in what was sold, and its pieces, shape (T, N); 0 = none.
    by_weight
        Share of the charge that follows the weight, shape (N,): all of it but a charge per piece.
    log_benchmark
        ln of the benchmark of each item's metal in the tax basis of the amounts, shape (T, N); NaN = no metal.
    metal
        Number of each item's metal, −1 = none, shape (N,).
    """

    making_fen: Ints
    stone_fen: Ints
    net_mg: Ints
    pure_ug: Ints
    pieces: Ints
    by_weight: Floats
    log_benchmark: Floats
    metal: Ints


@dataclass(frozen=True)
class Priced:
    """Prices of N items in T months.

    Parameters
    ----------
    price, value : ndarray, shape (T, N)
        CNY per unit and turnover in fen, those of absent items the benchmark carries among them; NaN and 0 = none.
    present : ndarray of bool, shape (T, N)
        Where there is a price.
    content : ndarray, shape (T, N)
        What the last price before has to be multiplied by to be that of this month's content.
    before, after : ndarray, shape (T, N, 3), or None
        Metal, making charge, stone in CNY per unit: of the last price at this month's content, and of this price.
    """

    price: Floats
    value: Floats
    present: Bools
    content: Floats
    before: Floats | None
    after: Floats | None

    @classmethod
    def of(cls, goods: Goods, trees: Mapping[int, Hierarchy], rules: Rules | RulesAt) -> Priced:
        """Price the goods, month by month."""
        seen, parts = goods.observed, goods.parts
        price = np.full(seen.shape, np.nan)
        np.divide(10.0 * goods.amount_fen, goods.quantity_milli, out=price, where=seen)
        value = np.where(seen, goods.amount_fen, 0).astype(float)
        if parts is None:
            return cls(price, value, seen, np.ones(seen.shape), None, None)
        units = np.where(seen, goods.quantity_milli, 1)
        fen = np.stack([goods.amount_fen - parts.making_fen - parts.stone_fen, parts.making_fen, parts.stone_fen], 2)
        after = np.where(seen[..., None], 10.0 * fen / units[..., None], np.nan)
        content = [one / units for one in (parts.net_mg, parts.pure_ug, parts.pieces)]
        carried = _carry(goods, parts, trees, rules, after, content, value)
        present = seen | carried
        price = np.where(carried, after.sum(axis=2), price)
        ratio, before = np.ones(seen.shape), np.full(after.shape, np.nan)
        last = np.full(seen.shape[1], -1)
        for t, period in enumerate(goods.periods):
            n = np.flatnonzero(present[t] & (last >= 0))
            s = last[n]
            before[t, n] = after[s, n]
            if rules.at(period)["metal_content_adjustment"] == "exact":
                before[t, n] = _at_content(after[s, n], content, (s, t, n), parts.by_weight[n])
            ratio[t, n] = before[t, n].sum(axis=1) / price[s, n]
            last[present[t]] = t
        return cls(price, value, present, ratio, before, after)


def _at_content(old: Floats, content: list[Floats], where: tuple[Ints, int, Ints], g: Floats) -> Floats:
    """Return p0' = m0·x1/x0, c0·(g·n1/n0 + (1 − g)·k1/k0), s0, shape (n, 3), of items n from months s to month t."""
    s, t, n = where
    w, x, k = (
        np.where((one[s, n] > 0) & (one[t, n] > 0), one[t, n] / np.where(one[s, n] > 0, one[s, n], 1.0), 1.0)
        for one in content
    )
    return np.stack([old[:, _METAL] * x, old[:, _MAKING] * (g * w + (1.0 - g) * k), old[:, _STONE]], axis=1)


def _carry(
    goods: Goods,
    parts: GoodsParts,
    trees: Mapping[int, Hierarchy],
    rules: Rules | RulesAt,
    after: Floats,
    content: list[Floats],
    value: Floats,
) -> Bools:
    """Fill in the parts, contents and turnover of absent items the benchmark carries, in place; return where."""
    seen = goods.observed
    words, cell = np.unique(goods.item_class, return_inverse=True)
    drift = _movements(goods, parts, after, content, cell)
    carried, N = np.zeros(seen.shape, dtype=bool), seen.shape[1]
    last, unbroken = np.full(N, -1), np.zeros(N, dtype=bool)
    for t, period in enumerate(goods.periods):
        rule = rules.at(period)
        leaves = set(trees[int(period[:4])].leaves)
        alive = np.array([str(word) in leaves for word in words])[cell]
        named = np.array([_method(str(word), rule["imputation_method"]) for word in words])[cell]
        unbroken &= alive & (t - last <= rule["imputation_max_months"])
        n = np.flatnonzero(~seen[t] & unbroken & (named == "benchmark"))
        s = last[n]
        n = n[(after[s, n, _METAL] > 0) & ~np.isnan(parts.log_benchmark[t, n] - parts.log_benchmark[s, n])]
        s = last[n]
        moved = np.exp(drift[t][:, cell[n]] - drift[s, :, cell[n]].T)
        move = np.stack([np.exp(parts.log_benchmark[t, n] - parts.log_benchmark[s, n]), *moved], axis=1)
        after[t, n] = after[s, n] * move
        for one in content:
            one[t, n] = one[s, n]
        value[t, n] = goods.amount_fen[s, n] * after[t, n].sum(axis=1) / after[s, n].sum(axis=1)
        carried[t, n] = True
        last[seen[t]] = t
        unbroken[seen[t]] = True
    return carried


def _movements(goods: Goods, parts: GoodsParts, after: Floats, content: list[Floats], cell: Ints) -> Floats:
    """Return ln of the cumulated movement of the charges and the stones of each cell, shape (T, 2, cells)."""
    seen = goods.observed
    G = int(cell.max()) + 1
    metal = np.full(G, -1)
    metal[cell] = parts.metal
    drift = np.zeros((len(seen), 2, G))
    for t in range(1, len(seen)):
        n = np.flatnonzero(seen[t] & seen[t - 1])
        old = _at_content(after[t - 1, n], content, (np.full(len(n), t - 1), t, n), parts.by_weight[n])
        drift[t] = drift[t - 1]
        for row, part in enumerate((_MAKING, _STONE)):
            worth = [goods.quantity_milli[t - 1, n] * side[:, part] for side in (old, after[t, n])]
            own0, own1 = (np.bincount(cell[n], w, G) for w in worth)
            # a cell without any sold twice moves with all cells of its metal
            all0, all1 = (np.array([own[metal == m].sum() for m in metal]) for own in (own0, own1))
            with np.errstate(divide="ignore", invalid="ignore"):
                link = np.where((own0 > 0) & (own1 > 0), own1 / own0, all1 / all0)
                drift[t, row] += np.where((link > 0) & np.isfinite(link), np.log(link), 0.0)
    return drift


def _method(code: str, by_class: Mapping[str, str]) -> str:
    fits = [prefix for prefix in by_class if code.startswith(prefix)]
    name = by_class[max(fits, key=len)] if fits else by_class["other"]
    if name not in ("benchmark", "parental"):
        raise UsageError(f"the simulator's truth does not know the imputation method {name!r}")
    return name
