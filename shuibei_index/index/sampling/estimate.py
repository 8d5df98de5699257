"""The uncertainty of a compiled series from replicates of its compilation."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.errors import WeightWarning
from shuibei_index.index.compilation.inputs import Inputs
from shuibei_index.index.compilation.series import IndexSeries
from shuibei_index.index.sampling.deviations import log_errors
from shuibei_index.index.sampling.draws import ReplicateWeights, replicate_weights
from shuibei_index.index.sampling.firms_behind import STEPS, firms_behind
from shuibei_index.index.sampling.uncertainty import Uncertainty

if TYPE_CHECKING:
    from shuibei_index.index.compilation.run import Compilation

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def estimate(
    inputs: Inputs,
    series: IndexSeries,
    compiled: Callable[[Floats], Compilation],
    *,
    method: str = "bootstrap",
    replicates: int | None = None,
    seed: int | None = None,
    strata: Sequence[str] | None = None,
    population: int | None = None,
) -> Uncertainty:
    """Estimate what the choice of firms does to a compiled series.

    Parameters
    ----------
    inputs : Inputs
    series : IndexSeries
        Compiled from them.
    compiled : callable
        Compiles the same inputs with multiplicities (F, r).
    method, population
        As in `replicate_weights`.
    replicates, seed : int, optional
        Default: the rules confidence_replicates and confidence_seed at the last month.
    strata : sequence of str, length F, optional
        Stratum of each firm, in the order of `inputs.firms`.

    Returns
    -------
    Uncertainty
        With fewer than 2 firms nothing is estimable.
    """
    rules = inputs.rules.at(series.months[-1])
    R = int(rules["confidence_replicates"]) if replicates is None else replicates
    seed = int(rules["confidence_seed"]) if seed is None else seed
    base, period = base_weights(series)
    F = len(inputs.firms[0])
    log_se, used = {measure: np.full(series.index.shape, np.nan) for measure in STEPS}, 0
    if F >= 2:
        weights = content_ordered(inputs, method, R, seed, strata, population)

        def run(multiplicity: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
            with warnings.catch_warnings():
                # what is wrong with the weights has been said when the series itself was compiled
                warnings.simplefilter("ignore", WeightWarning)
                done = compiled(multiplicity)
            return done.levels, done.lost

        R = weights.replicates
        log_se, used = log_errors(series.index, base, weights, run)
        # 100 by definition: what is left is rounding
        log_se["index"][base == 1.0] = 0.0
    return Uncertainty(
        months=series.months,
        codes=series.codes,
        names=series.names[["class_code", "name_zh", "name_en"]],
        index=series.index,
        base_period=series.base_period,
        log_se=log_se,
        behind=firms_behind(inputs, period),
        exact=base == 1.0,
        method=method,
        replicates=used,
        lost=R - used if F >= 2 else 0,
        n_firms=F,
        seed=seed,
    )


def base_weights(series: IndexSeries) -> tuple[Floats, tuple[int, int]]:
    """Return the weights with which levels make each class's base, shape (T, K), and the base's first, last month."""
    rows = [t for t, m in enumerate(series.months) if m in set(month_names.months_of(series.base_period))]
    known = ~np.isnan(series.levels)
    base = np.zeros(series.levels.shape)
    base[rows] = known[rows]
    without = np.flatnonzero(base.sum(axis=0) == 0)
    base[np.argmax(known, axis=0)[without], without] = 1.0
    return base / base.sum(axis=0), (rows[0], rows[-1])


def content_ordered(
    inputs: Inputs, method: str, replicates: int, seed: int, strata: Sequence[str] | None, population: int | None
) -> ReplicateWeights:
    """Draw replicate weights for the firms in an order that does not depend on their names.

    Firms are ordered by what they sold in their first month: month, turnover, quantity, number of items; only firms
    alike in all of them by name. Renamed firms keep their draws, and a month that is added changes no firm's place.
    """
    order = _first_month_order(inputs)
    of_firm = None if strata is None else [strata[f] for f in order]
    drawn = replicate_weights(
        len(order), method=method, replicates=replicates, seed=seed, strata=of_firm, population=population
    )
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return ReplicateWeights(drawn.multiplicity[place], drawn.factor, drawn.method)


def _first_month_order(inputs: Inputs) -> Ints:
    panel, (names, firm_of_item) = inputs.panel, inputs.firms
    firm, F = firm_of_item[panel.item], len(names)
    first = np.full(F, len(panel.months), dtype=np.int64)
    np.minimum.at(first, firm, panel.month)
    own = panel.month == first[firm]
    sums = np.zeros((2, F), dtype=np.int64)
    np.add.at(sums[0], firm[own], panel.amount_fen[own])
    np.add.at(sums[1], firm[own], panel.quantity_milli[own])
    number = np.bincount(firm[own], minlength=F)
    return np.lexsort((np.arange(F), number, sums[1], sums[0], first))


def groups_of(names: Sequence[str], panel_firms: pd.DataFrame | None) -> list[str] | None:
    """Return the group of panel.csv of each firm ("" = none) as strata; None if no firm has one."""
    if panel_firms is None or "group" not in panel_firms:
        return None
    group = panel_firms.set_index("enterprise_id")["group"].astype("string").fillna("")
    found = [str(g) for g in group.reindex(list(names)).fillna("")]
    return found if any(found) else None


def with_bands(series: IndexSeries, found: Uncertainty) -> pd.DataFrame:
    """Return the series' quality table with the bands of the index level."""
    low, high = found.band("index")
    t = pd.Index(series.months).get_indexer(pd.Index(series.quality["period"]))
    k = pd.Index(series.codes).get_indexer(pd.Index(series.quality["class_code"]))
    return series.quality.assign(low_95=low[t, k], high_95=high[t, k])
