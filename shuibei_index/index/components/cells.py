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
        C = len(COMPONENTS)
        before, after = np.zeros((T, G, C)), np.zeros((T, G, C))
        # month by month, so that what one step writes is still at hand for the next
        for t in range(1, T):
            month = pairs.month(t)
            reference, current = parts.sides(month.before, month.after, bool(run.inputs.adjusts[t]))
            share, moved = products.month_shares(t, month)
            share /= reference.sum(axis=0)
            carried = share * np.exp(-moved) if moved.any() else share
            for c in range(C):
                for side, scale, value in ((before, share, reference[c]), (after, carried, current[c])):
                    # nearly everything is split, and much has no stones
                    if value.any():
                        side[t, :, c] = np.bincount(month.cell, scale * value, G)
        nothing = np.isnan(run.own)
        before[nothing], after[nothing] = np.nan, np.nan
        return cls(before, after)
