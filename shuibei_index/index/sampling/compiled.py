"""The uncertainty of the compiled index, from the price panel."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from shuibei_index.aggregate.panel import PricePanel
from shuibei_index.errors import ShapeError, first_few
from shuibei_index.index.compilation.inputs import Inputs
from shuibei_index.index.compilation.replicate_links import FirmSums
from shuibei_index.index.compilation.run import compile_inputs
from shuibei_index.index.sampling.estimate import estimate
from shuibei_index.index.sampling.uncertainty import Uncertainty
from shuibei_index.index.tree.classification import Hierarchy

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt


def uncertainty(
    panel: PricePanel,
    tree: Hierarchy | Mapping[int, Hierarchy],
    *,
    rules: Rules | RulesAt,
    weights: pd.DataFrame | None = None,
    link_month: int = 12,
    base_period: str = "",
    method: str = "bootstrap",
    replicates: int | None = None,
    seed: int | None = None,
    strata: Mapping[str, str] | pd.Series | None = None,
    population: int | None = None,
) -> Uncertainty:
    """Estimate standard errors and 95 % bands of the compiled index: levels, changes on a month and on a year before.

    The index is compiled R times with other weights of the firms, all at once: elementary links, imputed prices,
    weights from turnover, price-updating and chain are those of each replicate. Weights of weights.csv are fixed.

    Parameters
    ----------
    panel, tree, rules, weights, link_month, base_period
        As in `compile_index`.
    method : {"bootstrap", "resample", "jackknife", "grouped_jackknife"}
        See `replicate_weights`.
    replicates, seed : int, optional
        Default: the rules confidence_replicates and confidence_seed. The jackknife takes one replicate a firm.
    strata : mapping or Series of enterprise_id to stratum, optional
        Firms are drawn within strata; as `group` in panel.csv. Default: one stratum.
    population : int, optional
        Firms of the market from which those of the panel were drawn (finite population correction).

    Returns
    -------
    Uncertainty

    Raises
    ------
    ShapeError
        A firm without a stratum.
    UsageError, PriceError
        As in `compile_index` and `replicate_weights`.

    Notes
    -----
    Coverage of the bands on simulated markets: `benchmarks/bench_coverage.py`, decision 0130.
    """
    inputs = Inputs.of(panel, tree, rules, link_month, weights)
    series = compile_inputs(inputs).series(base_period, None)
    names = inputs.firms[0]
    of_firm = None
    if strata is not None:
        table = dict(strata)
        lacking = [f for f in names if f not in table]
        if lacking:
            raise ShapeError(f"no stratum for the firms {first_few(lacking)}; give one for every firm of the panel")
        of_firm = [str(table[f]) for f in names]
    compiled = partial(compile_inputs, inputs, firm_sums=FirmSums.of(inputs))
    return estimate(
        inputs,
        series,
        compiled,
        method=method,
        replicates=replicates,
        seed=seed,
        strata=of_firm,
        population=population,
    )
