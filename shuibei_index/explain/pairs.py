"""Pairs: what each matched pair of prices adds to the link of its cell, by component, and what kind of pair it is."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.index import IndexSeries
from shuibei_index.index.compilation.products import Products
from shuibei_index.index.components.unit_parts import UNSPLIT, UnitParts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PairEffects:
    """The pairs whose later month lies between two months, Q of them.

    Parameters
    ----------
    end, item, cell : ndarray of int, shape (Q,)
        Later month, item, cell.
    share : ndarray, shape (Q,)
        Share in the link of the cell, as an arithmetic mean.
    added : ndarray, shape (Q, 4)
        What metal, making charge, stones and the unsplit part add to (link − 1) of the cell: with ω the share, p0' the
        earlier price at the later content and p1 the later one, ω (p1c − p0c') / p0' (decision 0232).
    neutral : ndarray, shape (Q, 4)
        What the change of content would have added to that, and was taken out (decision 0230).
    absent, returned : ndarray of bool, shape (Q,)
        The later price is imputed; only the earlier one is.
    """

    end: Ints
    item: Ints
    cell: Ints
    share: Floats
    added: Floats
    neutral: Floats
    absent: Bools
    returned: Bools

    @classmethod
    def of(cls, series: IndexSeries, start: int, end: int) -> PairEffects:
        """Return the pairs whose later month is after `start` and not after `end`."""
        products = series.own_products()
        inputs = products.run.inputs
        pairs, parts = inputs.priced
        first, last = np.searchsorted(pairs.end, [start + 1, end + 1])
        here = slice(int(first), int(last))
        before, after, share = pairs.before[here], pairs.after[here], products.share[here]
        carried = np.exp(-products.moved[here])
        late = imputed_rows(products)
        absent = late[after]
        returned = ~absent & (late[before] | (pairs.start[here] < pairs.end[here] - 1))
        added, neutral = np.zeros((len(share), len(COMPONENTS))), np.zeros((len(share), len(COMPONENTS)))
        if parts is None:
            added[:, UNSPLIT] = products.added[here]
        else:
            reference = parts.reference(before, after, inputs.adjusts[pairs.end[here]])
            current = carried[:, np.newaxis] * parts.of_pairs(before, after)
            added = _effect(share, current, reference)
            neutral = _effect(share, current, parts.reference(before, after, adjusted=False)) - added
            # the last places of a division are no change of content
            neutral[np.abs(neutral).max(axis=1) < 1e-14] = 0.0
        return cls(pairs.end[here], pairs.item[here], pairs.cell[here], share, added, neutral, absent, returned)

    def take(self, rows: Bools) -> PairEffects:
        """Return some of the pairs."""
        return PairEffects(*(getattr(self, field.name)[rows] for field in fields(self)))


def imputed_rows(products: Products) -> Bools:
    """Tell which of the priced observations are no report's: they stand in another month than their source."""
    inputs = products.run.inputs
    pairs = inputs.pairs
    if pairs.source is None:
        return np.zeros(len(pairs.observed), dtype=bool)
    return np.asarray(pairs.observed.month != inputs.observed.month[pairs.source], dtype=bool)


def observed_parts(series: IndexSeries) -> UnitParts:
    """Return the parts of the reported prices, in the order of `Inputs.observed`; all unsplit where none is known."""
    inputs = series.own_products().run.inputs
    if inputs.parts is not None:
        return inputs.parts
    value = np.zeros((len(inputs.observed), len(COMPONENTS)))
    value[:, UNSPLIT] = inputs.observed.price
    nothing = np.zeros(len(value))
    return UnitParts(value, nothing, nothing, nothing, nothing)


def _effect(share: Floats, current: Floats, reference: Floats) -> Floats:
    return np.asarray(share[:, np.newaxis] * (current - reference) / reference.sum(axis=1, keepdims=True))
