"""Revalued inputs: what a compilation takes, with every price of a class and month divided by one factor."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from shuibei_index import months as month_names
from shuibei_index.index.compilation.inputs import Inputs
from shuibei_index.index.compilation.weights import YearWeights, stated_weights

Floats = npt.NDArray[np.float64]


def revalued(inputs: Inputs, levels: Floats, by: Floats, benchmark: Floats) -> Inputs:
    """Return the inputs of the same market at prices divided by a factor.

    Parameters
    ----------
    inputs : Inputs
    levels : ndarray, shape (T, K)
        Chained levels compiled from them, by `inputs.codes`.
    by : ndarray, shape (T, K)
        Factor of each month and class.
    benchmark : ndarray, shape (T,)
        By what the benchmark prices of metals are divided.

    Returns
    -------
    Inputs

    Notes
    -----
    Prices, their parts and their turnover are divided alike, so quantities stay. Weights that are turnover are the
    sums of the turnover so divided. A weight w of weights.csv at prices of a period becomes
    w · mean(I / f) / mean(I), means over the months of the period with I the level of the class: the same quantities
    at the prices without f. One without a period, or with one outside the data, counts as it stands in the link month
    and is divided by the factor of that month. Decision 0248.
    """
    place = {code: k for k, code in enumerate(inputs.codes)}
    of_cell = by[:, [place[word] for word in inputs.words]]
    observed = inputs.observed
    factor = of_cell[observed.month, inputs.cells.item_cell[observed.item]]
    parts = inputs.parts
    if parts is not None:
        parts = dataclasses.replace(parts, value=parts.value / factor[:, np.newaxis])
    benchmarks = inputs.benchmarks
    if benchmarks is not None:
        benchmarks = dataclasses.replace(benchmarks, log_price=benchmarks.log_price - np.log(benchmark)[:, np.newaxis])
    return dataclasses.replace(
        inputs,
        observed=dataclasses.replace(observed, price=observed.price / factor, value=observed.value / factor),
        parts=parts,
        benchmarks=benchmarks,
        stated=[_weights(inputs, number, levels, by, of_cell) for number in range(len(inputs.spans))],
    )


def _weights(inputs: Inputs, number: int, levels: Floats, by: Floats, of_cell: Floats) -> YearWeights:
    span, tree, stated, place = inputs.spans[number], inputs.trees[number], inputs.stated[number], inputs.places[number]
    if stated.source.startswith("turnover"):
        turnover = inputs.panel.turnover()[list(inputs.words)].div(of_cell)
        return stated_weights(span.year, tree, None, turnover, first_year=number == 0)
    value = stated.value.copy()
    position = {month: t for t, month in enumerate(inputs.panel.months)}
    for period in sorted(set(stated.price_period)):
        rows = [position[m] for m in month_names.months_of(period) if m in position] if period else []
        chosen = np.flatnonzero(np.array([p == period for p in stated.price_period]))
        own, factor = levels[rows][:, place[chosen]], by[rows][:, place[chosen]]
        known = ~np.isnan(own)
        # a price period without any level is not price-updated: the weights count in the link month as they stand
        if not rows or np.isnan(levels[rows]).all():
            value[chosen] /= by[span.link, place[chosen]]
            continue
        # a class without a level of its own follows one above it: the months then count alike
        level = np.where(known.any(axis=0), np.where(known, own, 0.0), 1.0)
        value[chosen] *= (level / factor).sum(axis=0) / level.sum(axis=0)
    return dataclasses.replace(stated, value=value)
