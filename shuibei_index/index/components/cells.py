"""Cells: the parts of each cell's link, before and after, at one quality and with the weights of its formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.aggregate.parts import COMPONENTS

if TYPE_CHECKING:
    from shuibei_index.index.compilation.products import Products
    from shuibei_index.index.components.unit_parts import UnitParts

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CellParts:
    """What the components make of the links of G cells.

    Parameters
    ----------
    before : ndarray, shape (T, G, 4)
        Share of each component in the matched prices of the month before; adds up to 1. NaN = nothing matched.
    after : ndarray, shape (T, G, 4)
        The same components a month later on the same scale; they add up to the link.
    """

    before: Floats
    after: Floats

    @classmethod
    def of(cls, products: Products, parts: UnitParts) -> CellParts:
        """Return the parts of all cells of a compilation.

        Notes
        -----
        With ω the share of a pair in the link as an arithmetic mean (`Products.share`): link = Σ ω p1/p0', so the
        component c has Σ ω p1c/p0' after and Σ ω p0c'/p0' before. For a ratio of sums these are the shares at
        constant weight; for a geometric mean ω are the logarithmic-mean weights, and since
        (p1c − p0c)/(p1 − p0) = [L(p1c, p0c) ln(p1c/p0c)]/[L(p1, p0) ln(p1/p0)] the split of the logarithms by
        logarithmic means is the same. Source: Balk (2008), ch. 4; decision 0232.
        """
        run = products.run
        pairs = run.inputs.pairs
        T, G = run.own.shape
        reference = parts.reference(pairs.before, pairs.after, run.inputs.adjusts[pairs.end])
        scale = products.share / reference.sum(axis=1)
        carried = scale * np.exp(-products.moved)
        current = parts.of_pairs(pairs.before, pairs.after)
        key = pairs.end * G + pairs.cell
        C = len(COMPONENTS)
        before, after = (
            np.stack([np.bincount(key, weight * side[:, c], T * G) for c in range(C)], axis=1).astype(float)
            for weight, side in ((scale, reference), (carried, current))
        )
        before, after = before.reshape(T, G, C), after.reshape(T, G, C)
        nothing = np.isnan(run.own)
        before[nothing], after[nothing] = np.nan, np.nan
        return cls(before, after)
