"""Elementary aggregates in bulk: links of all cells from a long table, gaps imputed, up a tree and chained."""

from __future__ import annotations

import math
import numbers
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean, first_few
from shuibei_index.index.elementary.cell_links import CellLinks, Cells, link_sums, matched_pairs
from shuibei_index.index.elementary.coding import Table
from shuibei_index.index.elementary.formulas import MEANS, NAMES, PowerMean, formula_codes
from shuibei_index.index.elementary.imputation import (
    CARRY_FORWARD,
    METHODS,
    NONE,
    Imputation,
    carried_forward,
    method_codes,
)
from shuibei_index.index.elementary.observations import Observations
from shuibei_index.index.elementary.order_means import OrderMean
from shuibei_index.index.elementary.result import ElementaryAggregates
from shuibei_index.index.elementary.run import ElementaryRun, Tops, run_months
from shuibei_index.index.elementary.samples import Sample, carried_backward
from shuibei_index.index.elementary.table import ElementaryTable
from shuibei_index.index.hierarchy.leaf_values import leaf_weights
from shuibei_index.index.hierarchy.nodes import node_weights
from shuibei_index.index.numbers import as_floats
from shuibei_index.index.period_labels import in_order
from shuibei_index.index.tree.classification import Hierarchy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Formula of a generalised mean of prices relatives, by its order.
_ORDERS = {0.0: "jevons", 1.0: "carli", -1.0: "harmonic"}
_BACKWARD = "carry_backward"


def elementary_aggregates(
    table: Table,
    *,
    period: str = "period",
    product: str | Sequence[str] = "product",
    cell: str | Sequence[str] = "cell",
    price: str = "price",
    weight: str | None = None,
    formula: str | float | Mapping[str, str | float] = "jevons",
    imputation: str | Mapping[str, str] = "parental",
    max_months: int | None = None,
    sample: str = "span",
    missing: str = "drop",
    tree: Hierarchy | Mapping[str, str] | None = None,
    weights: Any = None,
    order: float = 1.0,
    replacements: pd.DataFrame | None = None,
) -> ElementaryAggregates:
    """Compile the period-on-period links of all elementary cells, impute what is missing, go up a tree and chain.

    Parameters
    ----------
    table : DataFrame, Arrow table, mapping of names to arrays, or path of a Parquet file
        One row per product and period. A row without a price (NaN) says that the product is in the sample but missing.
        Labels may be text, whole numbers (fastest), dates or categories.
    period, product, cell, price : str
        Columns. `product` and `cell` may be lists of columns that identify one together. Periods are sorted; the
        period before is the one before among those in the table.
    weight : str, optional
        Column of weights: turnover (for formulas of values, which need it) or fixed weights. Formulas of prices only
        (jevons, carli, harmonic, cswd, bmw, dutot) are weighted by the row's weight. NaN weighs nothing.
    formula : str, float or mapping
        Name in `elementary.FORMULAS`; or order of the mean of relatives, any finite number (0 jevons, 1 carli, −1
        harmonic); or these by cell, by the beginning of its label (the longest that fits), or "other".
    imputation : str or mapping
        "parental", "class_mean", "carry_forward", "carry_backward" or "none", likewise by cell, beginning or "other".
        parental: an absent product moves with its cell, a cell without any matched product with the class above it
        (without a tree nothing is above: as class_mean). class_mean: with its cell only, and not beyond a period in
        which the cell has no matched product. carry_forward, carry_backward: the last (next) price stands for the
        missing one, and counts as unchanged. none: a product that returns is new.
    max_months : int, optional
        Longest spell of periods that is imputed; unlimited if not given.
    sample : {"span", "rows", "open"}
        A product is in the sample from its first row to its last; only where it has a row; or from its first row to
        the end of the table.
    missing : {"drop", "keep"}
        "keep": a cell in which a product of the sample has no relative has no link of its own (NaN).
    tree : Hierarchy or mapping of class to parent, optional
        Classification with the cells (as text) as leaves.
    weights : Series, dict or array, optional
        Weight of each leaf at prices of the first period, as `hierarchy.aggregate` takes them; needed with a tree.
        They are price-updated period by period.
    order : float
        Order of the mean up the tree: 1 arithmetic, 0 geometric, −1 harmonic; any other.
    replacements : DataFrame, optional
        old_product, new_product, period, method, adjustment: as `replacements.slots_of`.

    Returns
    -------
    ElementaryAggregates

    Raises
    ------
    ShapeError
        A column is missing or has gaps, a product stands twice in a period or in two cells.
    PriceError
        A price, weight or adjustment is outside what the formula is defined for; or an order is too far from 0 for
        the relatives there are.
    UsageError
        An unknown formula, method or option; a formula of values without `weight`; a cell that is no leaf of the tree.

    Notes
    -----
    In the first period relatives and links are 1. The reference price of an imputed product is its last price times
    the movement of its cell (or class), period by period: the recursion of overall-mean imputation. Source: CPI
    Manual 2020, ch. 6 and 8; PPI Manual, ch. 8–10; decision 0094.

    Examples
    --------
    >>> table = {"period": [1, 1, 2, 2], "product": [1, 2, 1, 2], "cell": ["A"] * 4, "price": [1.0, 1.0, 2.0, 8.0]}
    >>> elementary_aggregates(table).links.round(12).ravel().tolist()
    [1.0, 4.0]
    """
    if missing not in ("drop", "keep"):
        raise UsageError(f"missing must be 'drop' or 'keep', not {missing!r}")
    whole = isinstance(max_months, int | np.integer) and not isinstance(max_months, bool)
    if max_months is not None and (not whole or max_months < 0):
        raise UsageError(f"max_months must be a whole number of periods and not negative; it is {max_months!r}")
    coded = ElementaryTable.of(table, period, product, cell, price, weight, replacements)
    in_order(coded.periods, f"column {period!r}")
    words = [str(c) for c in coded.cells]
    formulas, means = _formulas(_by_cell(formula, words, "formula"))
    _weights_there(formulas, coded.weighted)
    methods = _by_cell(imputation, words, "imputation")
    tops = None if tree is None else _tops(tree, weights, words)
    if tops is None and weights is not None:
        raise UsageError("weights are given, but no tree to go up; pass tree=")
    found = coded.sample(sample)
    limit = len(coded.periods) if max_months is None else max_months
    run = _prepared(coded, found, formulas, means, methods, limit, tops, float(order))
    return ElementaryAggregates(run_months(run, missing == "keep"))


def _formulas(named: list[Any]) -> tuple[Ints, tuple[tuple[PowerMean, ...], ...]]:
    """Return the code of each cell's formula, and the means by code: those of the names, then those of orders."""
    kinds = {kind: kind if isinstance(kind, str) else _ordered(kind) for kind in set(named)}
    orders = sorted({kind for kind in kinds.values() if not isinstance(kind, str)})
    code = {order: len(MEANS) + n for n, order in enumerate(orders)}
    names = [kind for kind, value in kinds.items() if isinstance(value, str)]
    code_of = dict(zip(names, formula_codes([str(kinds[name]) for name in names]).tolist(), strict=True))
    code_of |= {kind: code[value] for kind, value in kinds.items() if not isinstance(value, str)}
    means = (*MEANS, *((OrderMean.of(order),) for order in orders))
    return np.array([code_of[kind] for kind in named], dtype=np.int64), means


def _ordered(kind: Any) -> str | float:
    """Return the name of a formula given by its order, or the order if it has none."""
    if isinstance(kind, bool) or not isinstance(kind, numbers.Real) or not math.isfinite(kind):
        raise UsageError(
            f"formula: {kind!r} is neither a name nor the order of a mean, a finite number; names: {', '.join(NAMES)}"
        )
    return _ORDERS.get(float(kind), float(kind))


def _by_cell(named: Any, words: list[str], what: str) -> list[Any]:
    if not isinstance(named, Mapping):
        if not isinstance(named, Hashable):
            raise UsageError(f"{what}: expected one for all cells or a mapping by cell, not a {type(named).__name__}")
        return [named] * len(words)
    result = []
    for word in words:
        fits = [k for k in named if k != "other" and word.startswith(k)]
        key = max(fits, key=len) if fits else "other"
        if key not in named:
            raise UsageError(f"{what}: nothing is named for the cell {word!r}, nor for 'other'")
        result.append(named[key])
    return result


def _weights_there(formulas: Ints, weighted: bool) -> None:
    needing = [
        name
        for name, means in zip(NAMES, MEANS, strict=True)
        if NAMES.index(name) in formulas and any(mean.weight not in ("equal", "price") for mean in means)
    ]
    if needing and not weighted:
        raise UsageError(
            f"{', '.join(needing)}: a formula of values needs them; name their column, as weight='turnover'"
        )


def _tops(tree: Hierarchy | Mapping[str, str], weights: Any, words: list[str]) -> Tops:
    whole = Hierarchy.of(tree)
    leaves = set(whole.leaves)
    stray = [w for w in words if w not in leaves]
    if stray:
        raise UsageError(f"cells are not leaves of the tree: {first_few(stray)}{did_you_mean(stray[0], leaves)}")
    if weights is None:
        raise UsageError("a tree needs weights of its leaves (at prices of the first period); pass weights=")
    leaf = np.array([whole.position[w] for w in words], dtype=np.int64)
    if isinstance(weights, Mapping | pd.Series):
        named = dict(weights.items())
        if len(named) == len(weights) and leaves.issuperset(named):
            # in the order of the leaves, so that no table of one column a leaf has to be made
            weights = as_floats([named.get(code, 0.0) for code in whole.leaves], "weights")
    return Tops(whole, leaf, node_weights(leaf_weights(weights, whole), whole))


def _prepared(
    coded: ElementaryTable, found: Sample, formulas: Ints, means: tuple[tuple[PowerMean, ...], ...],
    methods: list[str], limit: int, tops: Tops | None, order: float,
) -> ElementaryRun:  # fmt: skip
    """Fill in what is carried, and sum the pairs."""
    T, G = len(coded.periods), len(coded.cells)
    known = {*METHODS, _BACKWARD}
    stray = sorted(set(methods) - known, key=str)
    if stray:
        hint = did_you_mean(str(stray[0]), known)
        raise UsageError(f"unknown imputation method {stray[0]!r}{hint}; known: {', '.join((*METHODS, _BACKWARD))}")
    backward = np.array([m == _BACKWARD for m in methods], dtype=np.bool_)
    code = method_codes(["none" if m == _BACKWARD else m for m in methods])
    one = len(set(methods)) == 1 and not backward.any()
    method = code[:1].reshape(1, -1) if one else code[np.newaxis]
    imputation = Imputation(np.broadcast_to(method, (T, method.shape[1])), np.full((T, 1), limit))
    alive = np.ones((1, 1), dtype=np.bool_)
    cells = Cells(
        coded.item_cell, formulas[:1].reshape(1, -1) if len(set(formulas.tolist())) == 1 else formulas[np.newaxis],
        imputation, alive, G, means,
    )  # fmt: skip
    observed = found.observed
    origin: Ints | None = None
    if backward.any():
        back = carried_backward(found, backward[coded.item_cell], limit)
        origin, observed = back.source, back.observed
    reach = _reach(observed, cells, limit, found, origin)
    if (code == CARRY_FORWARD).any():
        forward = carried_forward(observed, coded.item_cell, imputation.method, reach)
        origin = forward.source if origin is None else origin[forward.source]
        observed, reach = forward.observed, forward.reach
    pairs = matched_pairs(observed, cells, reach, weigh_all=coded.weighted)
    links = CellLinks(link_sums(pairs, T, G), cells, T)
    return ElementaryRun(coded, found, pairs, links, reach, origin, tops, order)


def _reach(observed: Observations, cells: Cells, limit: int, found: Sample, origin: Ints | None) -> Ints:
    """Return the last month to which each price is carried; one entry a month where all are carried to the next."""
    method, T = cells.imputation.method[0], observed.n_months
    if found.whole and method.size == 1 and method[0] not in (NONE, CARRY_FORWARD) and limit >= T:
        return np.full((T, 1), T - 1, dtype=np.int64)
    until = found.until if origin is None else found.until[origin]
    last = np.minimum(until, observed.month + limit)
    dropped = method[cells.item_cell[observed.item]] == NONE if method.size > 1 else method[0] == NONE
    return np.asarray(np.where(dropped, observed.month, last))
