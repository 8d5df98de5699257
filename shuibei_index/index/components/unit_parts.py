"""The parts of each observed price: metal, making charge, stones, and what could not be split, in CNY per unit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from shuibei_index.aggregate.panel import PricePanel
from shuibei_index.aggregate.parts import COMPONENTS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

METAL, MAKING, STONE, UNSPLIT = range(len(COMPONENTS))


@dataclass(frozen=True)
class UnitParts:
    """Parts of C prices.

    Parameters
    ----------
    value : ndarray, shape (C, 4)
        Metal, making charge, stones, unsplit, in CNY per pricing unit; they add up to the price.
    net, pure : ndarray, shape (C,)
        Net metal and pure metal in a pricing unit (any scale of their own); 0 = not known.
    by_weight : ndarray, shape (C,)
        Share of the making charge that follows the weight (all but charges per piece).
    pieces : ndarray, shape (C,)
        Pieces in a pricing unit of what is charged for by the piece; 0 = none, or not known.
    """

    value: Floats
    net: Floats
    pure: Floats
    by_weight: Floats
    pieces: Floats

    @classmethod
    def of(cls, panel: PricePanel) -> UnitParts | None:
        """Return the parts of a panel's prices, in the order of `Observations.of`; None = nothing could be split."""
        sums = panel.parts
        if sums is None or not sums.known.any():
            return None
        price = panel.price
        rows = np.flatnonzero(~np.isnan(price))
        sums = sums.take(rows)
        units = np.where(sums.known, sums.split_milli, 1)
        making = np.where(sums.making_fen > 0, sums.making_fen, 1)
        return cls(
            price[rows, np.newaxis] * sums.shares,
            np.where(sums.known, sums.net_mg / units, 0.0),
            np.where(sums.known, sums.pure_ug / units, 0.0),
            np.where(sums.making_fen > 0, sums.gram_charge_fen / making, 1.0),
            sums.piece_count / np.where(sums.piece_milli > 0, sums.piece_milli, 1),
        )

    @cached_property
    def known(self) -> Bools:
        """Which prices could be split, shape (C,)."""
        return np.asarray(self.value[:, UNSPLIT] == 0.0)

    def take(self, rows: Ints) -> UnitParts:
        """Return the parts of some prices."""
        return UnitParts(self.value[rows], self.net[rows], self.pure[rows], self.by_weight[rows], self.pieces[rows])

    def reference(self, before: Ints, after: Ints, adjusted: Bools | bool = True) -> Floats:
        """Return the parts of earlier prices at the quality of later ones, shape (Q, 4).

        Parameters
        ----------
        before, after : ndarray of int, shape (Q,)
            Positions of the two prices of an item.
        adjusted : ndarray of bool, shape (Q,), or bool
            Whether a change of metal content is taken out.

        Notes
        -----
        The metal is valued at the earlier price of pure metal: m0 · x1/x0, with x the pure metal in a unit. A charge
        by weight follows the net weight: c0 · n1/n0; one per piece the pieces in a unit: c0 · k1/k0, which is 1 for
        goods priced by the piece; the stones stay. So the same necklace with 8 g in place of 10 g at the same prices
        per gram, or for the same charge a piece, has the same price. A pair of which one price could not
        be split is unsplit as a whole. Source: cost adjustment of PPI Manual, ch. 7; decision 0230.
        """
        parts: Floats = self.value[before]
        split = self.known[before] & self.known[after]
        change = split & adjusted
        parts[:, METAL] *= _ratio(self.pure, before, after, change)
        share = self.by_weight[before]
        by_piece = _ratio(self.pieces, before, after, change)
        parts[:, MAKING] *= share * _ratio(self.net, before, after, change) + (1.0 - share) * by_piece
        return _unsplit(parts, split)

    def of_pairs(self, before: Ints, after: Ints) -> Floats:
        """Return the parts of the later prices, shape (Q, 4), unsplit where either price is."""
        return _unsplit(self.value[after], self.known[before] & self.known[after])


def _unsplit(parts: Floats, split: Bools) -> Floats:
    """Make of the prices that are not split on both sides one part, in place."""
    if not split.all():
        lost = np.flatnonzero(~split)
        whole = parts[lost].sum(axis=1)
        parts[lost] = 0.0
        parts[lost, UNSPLIT] = whole
    return parts


def _ratio(content: Floats, before: Ints, after: Ints, change: Bools) -> Floats:
    first, second = content[before], content[after]
    known = change & (first > 0) & (second > 0)
    return np.where(known, second / np.where(known, first, 1.0), 1.0)
