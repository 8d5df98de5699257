"""Drop-one: the whole index compiled again without each firm, all firms at once."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.aggregate.panel import PricePanel
from shuibei_index.errors import PriceError, UsageError, did_you_mean
from shuibei_index.index.compilation.inputs import Inputs
from shuibei_index.index.compilation.run import compile_index, compile_inputs
from shuibei_index.index.compilation.series import IndexSeries
from shuibei_index.index.elementary.link_sums import LinkSums
from shuibei_index.index.hierarchy.nodes import node_weights
from shuibei_index.index.influence.imputed import ImputedSums
from shuibei_index.index.influence.leave_one import LeaveOneSums
from shuibei_index.index.influence.recompile import compiled_without
from shuibei_index.index.influence.result import Influence
from shuibei_index.index.sampling.estimate import base_weights
from shuibei_index.index.tree.classification import Hierarchy

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

METHODS = ("together", "one_by_one")
#: Numbers of one row of levels in a block of firms: a few arrays of this size stay in the processor's cache.
_BLOCK = 1 << 14


def drop_one(
    source: IndexSeries | PricePanel,
    tree: Hierarchy | Mapping[int, Hierarchy] | None = None,
    *,
    rules: Rules | RulesAt | None = None,
    weights: pd.DataFrame | None = None,
    base_period: str = "",
    link_month: int = 12,
    metal_prices: pd.DataFrame | None = None,
    tax_basis: str = "incl",
    firms: Sequence[str] | None = None,
    method: str = "together",
) -> Influence:
    """Compile the index without each firm and return what that does to every class and month.

    Parameters
    ----------
    source : IndexSeries or PricePanel
        A compiled series, or a panel with `tree` and `rules`.
    tree, rules, weights, base_period, link_month, metal_prices, tax_basis
        As in `compile_index`; only with a panel.
    firms : sequence of str, optional
        Firms to leave out, one at a time. Default: all.
    method : {"together", "one_by_one"}
        All firms at once; or one compile for each, slow, to check with.

    Returns
    -------
    Influence
        Effects in index points and percentage points, shape (T, K, F): 8 · T · K · F bytes, as one array.

    Raises
    ------
    UsageError
        A panel without tree or rules; an unknown method; a firm that is not in the data; a series without its inputs.
    PriceError
        As in `compile_index`.

    Notes
    -----
    Leaving out firm f is a replicate in which it counts 0 times and all others once. Elementary links, parental
    imputation, price-updating and chain are those of the others. Weights of weights.csv stay as stated; weights that
    are accepted turnover lose the firm's turnover. Prices imputed for other firms' absent items with the benchmark move
    with the charges of the firms that are left. A class whose only firm is left out moves with the class above it
    (`Influence.only`). Single means weighted by the value of the month before (laspeyres, geo_laspeyres, walsh) have no
    link in a cell where nothing left was sold then; compiled without the firm the value of the month itself weighs.
    Decision 0225.
    """
    if method not in METHODS:
        raise UsageError(f"method must be one of {', '.join(METHODS)}, not {method!r}{did_you_mean(method, METHODS)}")
    series = source
    if isinstance(series, PricePanel):
        if tree is None or rules is None:
            raise UsageError(
                "drop_one of a panel needs tree and rules, as compile_index; or pass a compiled series",
                "drop_one 用于价格面板时须给出 tree 与 rules",
            )
        series = compile_index(
            series,
            tree,
            rules=rules,
            weights=weights,
            base_period=base_period,
            link_month=link_month,
            metal_prices=metal_prices,
            tax_basis=tax_basis,
            replicates=0,
        )
    if series.products is None:
        raise UsageError("this series carries no inputs; compile it with compile_index(panel, tree, rules=…)")
    inputs = series.products.run.inputs
    names = inputs.firms[0]
    chosen = _positions(names, names if firms is None else firms)
    sums = LeaveOneSums.of(inputs)
    assert isinstance(sums, LeaveOneSums)
    levels = _together(inputs, sums, chosen) if method == "together" else _one_by_one(inputs, chosen)
    base, _ = base_weights(series)
    return Influence(
        months=series.months,
        codes=series.codes,
        names=series.names[["class_code", "name_zh", "name_en"]],
        firms=tuple(names[f] for f in chosen),
        index=series.index,
        base_period=series.base_period,
        without=_on_base(levels, series.index, base),
        only=_among(only_firms(inputs, sums.sums), chosen, len(names)),
        exact=base == 1.0,
    )


def _positions(names: Sequence[str], firms: Sequence[str]) -> Ints:
    place = {name: f for f, name in enumerate(names)}
    for firm in firms:
        if firm not in place:
            raise UsageError(
                f"no firm {firm!r} in the data{did_you_mean(firm, list(names))}", f"数据中没有企业 {firm!r}"
            )
    return np.array([place[firm] for firm in firms], dtype=np.int64)


def _together(inputs: Inputs, sums: LeaveOneSums, chosen: Ints) -> Floats:
    """Return the chained levels without each firm, shape (T, K, F); NaN where the others alone give none."""
    T, K = len(inputs.panel.months), len(inputs.codes)
    levels: Floats = np.empty((T, K, len(chosen)))
    block = int(np.clip(_BLOCK // max(K, 1), 8, 256))
    imputed = ImputedSums(inputs, sums) if ImputedSums.needed(inputs) else None
    for first in range(0, len(chosen), block):
        part = chosen[first : first + block]
        times = np.ones((sums.n_firms, len(part)))
        times[part, np.arange(len(part))] = 0.0
        with warnings.catch_warnings():
            # what is wrong with the weights has been said when the series itself was compiled
            warnings.simplefilter("ignore")
            sums.changes = None if imputed is None else imputed.changes(part)
            done = compile_inputs(inputs, times, sums)
        levels[:, :, first : first + block] = done.levels
        # a month without any price of the headline ends the chain
        levels[:, :, first + np.flatnonzero(done.lost)] = np.nan
    return levels


def _one_by_one(inputs: Inputs, chosen: Ints) -> Floats:
    levels: Floats = np.full((len(inputs.panel.months), len(inputs.codes), len(chosen)), np.nan)
    # each turn is a compile of its own, all of it array work
    for column, firm in enumerate(chosen.tolist()):
        try:
            levels[:, :, column] = compiled_without(inputs, firm).levels[..., 0]
        except PriceError:
            # the others alone give no index: NaN says so, as in `_together`
            continue
    return levels


def _on_base(levels: Floats, index: Floats, base: Floats) -> Floats:
    """Return levels (T, K, F) on the base period of the series; NaN where the series has no index."""
    mean = np.einsum("tk,tkf->kf", base, np.where(np.isnan(levels), 0.0, levels))
    found: Floats = 100.0 * levels / np.where(mean > 0, mean, np.nan)
    found[np.isnan(index)] = np.nan
    return found


def only_firms(inputs: Inputs, sums: LinkSums) -> Ints:
    """Return the firm that alone has matched prices in a class and month, shape (T, K); −1 = none or several.

    Parameters
    ----------
    inputs : Inputs
    sums : LinkSums
        Kept by firm.
    """
    F = len(inputs.firms[0])
    found = np.full((len(inputs.panel.months), len(inputs.codes)), -1, dtype=np.int64)
    for number, span in enumerate(inputs.spans):
        tree, leaf, place = inputs.trees[number], inputs.leaves[number], inputs.places[number]
        for t in span.months:
            rows = slice(int(sums.starts[t]), int(sums.starts[t + 1]))
            node = leaf[sums.cell[rows]]
            inside = node >= 0
            there = np.zeros((len(tree.codes), F))
            there[node[inside], sums.firm[rows][inside]] = 1.0
            known = node_weights(there, tree) > 0
            alone = known.sum(axis=1) == 1
            found[t, place[alone]] = np.argmax(known[alone], axis=1)
    return found


def _among(only: Ints, chosen: Ints, number: int) -> Ints:
    place = np.full(number + 1, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    return place[only]
