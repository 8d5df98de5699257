"""Carrying: an absent item's metal moves with the benchmark, its charge and stones with those of its cell."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.index.components.carried_parts import CarriedParts
from shuibei_index.index.components.unit_parts import MAKING, METAL, STONE, UnitParts
from shuibei_index.index.elementary.imputation import CarriedPrices, filled, last_carried, spells
from shuibei_index.index.elementary.observations import Observations

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Benchmarks:
    """Benchmark prices of the metal of each cell, and where absent items are carried by them.

    Parameters
    ----------
    log_price : ndarray, shape (T, G)
        ln of the benchmark in CNY per gram, in the tax basis of the prices; NaN = none.
    carries : ndarray of bool, shape (T, G)
        Whether the rule names the benchmark for the cell in the month.
    metal : ndarray of int, shape (G,)
        Metal of each cell, −1 = none.
    """

    log_price: Floats
    carries: Bools
    metal: Ints


def carried_by_benchmark(
    observed: Observations, parts: UnitParts, item_cell: Ints, reach: Ints, benchmarks: Benchmarks
) -> tuple[CarriedPrices, UnitParts]:
    """Put a price in place of every missing one the rule lets the benchmark carry.

    Parameters
    ----------
    observed : Observations
        C prices, without `log_quality`.
    parts : UnitParts
        Of the same prices.
    item_cell : ndarray of int, shape (N,)
    reach : ndarray of int
        As `Imputation.reach`.
    benchmarks : Benchmarks

    Returns
    -------
    CarriedPrices
        The observations with the new ones among them, at the content last seen.
    UnitParts
        Of these.

    Notes
    -----
    p* = m0 · B1/B0 + c0 · C1/C0 + s0 · S1/S0, with B the benchmark, C and S the movement of the charges and stones of
    the items of the cell sold in both of two months. Decision 0231.
    """
    last = last_carried(observed, item_cell, reach)
    absent = spells(observed, item_cell, last)
    observation, month = absent.observation, absent.month
    cell = item_cell[observed.item[observation]]
    # most spells are of cells nothing is carried in by the benchmark: they are left out before anything else is done
    chosen = np.flatnonzero(
        benchmarks.carries[month, cell] & parts.known[observation] & (parts.value[:, METAL][observation] > 0)
    )
    observation, month, cell = observation[chosen], month[chosen], cell[chosen]
    start = observed.month[observation]
    tables = (benchmarks.log_price, *_drifts(observed, parts, item_cell, benchmarks.metal))
    moved = np.array([table[month, cell] - table[start, cell] for table in tables])
    if (gaps := np.isnan(moved).any(axis=0)).any():
        observation, month, moved = observation[~gaps], month[~gaps], moved[:, ~gaps]
    value = np.zeros((len(COMPONENTS), len(observation)))
    for part, log_move in zip((METAL, MAKING, STONE), moved, strict=True):
        np.multiply(parts.value[:, part][observation], np.exp(log_move), out=value[part])
    price = value.sum(axis=0)
    # the quantity last sold at the imputed price
    worth = observed.value[observation] * price / observed.price[observation]
    whole = filled(observed, observation, month, worth, price)
    every = CarriedParts(parts, value, whole.source, whole.places)
    return dataclasses.replace(whole, reach=whole.places.among(last, last[observation])), every


def charges_of_pairs(observed: Observations, parts: UnitParts, first: int, end: int) -> tuple[Ints, Floats]:
    """Return the pairs of prices in two months running that absent items are carried with.

    Parameters
    ----------
    first, end : int
        The later prices looked at: observations `first` to `end`.

    Returns
    -------
    after : ndarray of int, shape (P,)
        Position of the later price of each pair of which both prices could be split.
    worth : ndarray, shape (2, 2, P)
        What the quantity sold in the earlier month costs in charges and in stones, later and then.
    """
    after = first + np.flatnonzero(observed.last[first:end] >= 0)
    before = observed.last[after]
    both = (observed.month[after] == observed.month[before] + 1) & parts.known[before] & parts.known[after]
    after, before = after[both], before[both]
    sold = observed.value[before] / observed.price[before]
    making, stone = parts.value[:, MAKING], parts.value[:, STONE]
    rows, (_, charge, stones) = parts.content(before, after, np.ones(len(after), dtype=bool))
    at_content, stones_then = making[before], stone[before]
    at_content[rows] *= charge
    stones_then[rows] *= stones
    worth = np.array([[making[after], at_content], [stone[after], stones_then]])
    worth *= sold
    return after, worth


def _drifts(observed: Observations, parts: UnitParts, item_cell: Ints, metal: Ints) -> list[Floats]:
    """Return ln of the cumulated movement of charges and of stones, shape (T, G) each."""
    T, G = observed.n_months, len(metal)
    sums = np.zeros((2, 2, T, G))
    for t, (a, b) in enumerate(zip(observed.starts[:-1].tolist(), observed.starts[1:].tolist(), strict=True)):
        after, worth = charges_of_pairs(observed, parts, a, b)
        cell = item_cell[observed.item[after]]
        for k in range(2):
            for side in range(2):
                sums[k, side, t] = np.bincount(cell, worth[k, side], G)
    drifts = []
    for above, below in sums:
        # a cell without a pair moves with all cells of its metal; without any of these its charges stand still
        wide = np.zeros((2, T, G))
        for one in np.unique(metal):
            same = metal == one
            wide[:, :, same] = np.stack([above[:, same].sum(axis=1), below[:, same].sum(axis=1)])[:, :, np.newaxis]
        with np.errstate(divide="ignore", invalid="ignore"):
            link = np.where((above > 0) & (below > 0), above / below, wide[0] / wide[1])
        drifts.append(np.cumsum(np.log(np.where(np.isfinite(link) & (link > 0), link, 1.0)), axis=0))
    return drifts
