"""Recompile: the index compiled again from the prices of all firms but one, one compile for each firm."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import numpy.typing as npt

from shuibei_index.aggregate.panel import PricePanel
from shuibei_index.index.compilation.inputs import Inputs
from shuibei_index.index.compilation.run import Compilation, compile_inputs
from shuibei_index.index.compilation.weights import turnover_by_firm
from shuibei_index.index.components.unit_parts import UnitParts
from shuibei_index.index.elementary.observations import Observations

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def panel_without(panel: PricePanel, item: npt.NDArray[np.bool_]) -> PricePanel:
    """Return the panel without the sales of some items, which stay in its list; `item` tells which, shape (N,)."""
    return panel.keep(np.flatnonzero(~item[panel.item]))


def compiled_without(inputs: Inputs, firm: int) -> Compilation:
    """Compile without one firm: its prices, its turnover in the weights, its part in prices imputed for others.

    Raises
    ------
    PriceError
        A month without any price of the headline.
    """
    panel = panel_without(inputs.panel, inputs.firms[1] == firm)
    times = np.ones(len(inputs.firms[0]))
    times[firm] = 0.0
    stated = []
    for number, weights in enumerate(inputs.stated):
        shares = turnover_by_firm(inputs, number)
        left = np.ones(len(weights.value)) if shares is None else _left(np.asarray(shares @ times), shares.indptr)
        stated.append(dataclasses.replace(weights, value=weights.value * left))
    own = dataclasses.replace(
        inputs, panel=panel, observed=Observations.of(panel), parts=UnitParts.of(panel), stated=stated
    )
    with warnings.catch_warnings():
        # what is wrong with the weights has been said when the series itself was compiled
        warnings.simplefilter("ignore")
        return compile_inputs(own)


def _left(share: Floats, indptr: npt.NDArray[np.integer]) -> Floats:
    # a class without turnover weighs nothing whatever it is multiplied by
    return np.where(np.diff(indptr) > 0, share, 1.0)
