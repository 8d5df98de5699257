"""The parts of each observed price: metal, making charge, stones, and what could not be split, in CNY per unit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from shuibei_index.aggregate.panel import PricePanel
from shuibei_index.aggregate.parts import COMPONENTS, PartSums

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
        sums, price = panel.parts, panel.price
        if sums is None:
            return None
        number = len(price) - int(np.count_nonzero(np.isnan(price)))
        # the columns of `value` lie side by side: nearly all steps take one of them
        columns, rest = np.zeros((len(COMPONENTS), number)), np.zeros((4, number))
        done, any_known = 0, False
        # month by month, so that what one step writes is still at hand for the next
        for a, b in pairwise(panel.starts.tolist()):
            rows: Ints | slice = slice(a, b)
            if number < len(price):
                rows = a + np.flatnonzero(~np.isnan(price[a:b]))
            here = slice(done, done + len(price[rows]))
            any_known |= _enter(sums, rows, price[rows], columns[:, here], rest[:, here])
            done = here.stop
        return cls(columns.T, *rest) if any_known else None

    @cached_property
    def known(self) -> Bools:
        """Which prices could be split, shape (C,)."""
        return np.asarray(self.value[:, UNSPLIT] == 0.0)

    @cached_property
    def _all_known(self) -> bool:
        return bool(self.known.all())

    @cached_property
    def _by_piece(self) -> bool:
        # whether anything is known of pieces: goods sold by weight have none
        return bool(self.pieces.any())

    @cached_property
    def _filled(self) -> list[bool]:
        # much has no stones, and nearly everything is split
        return [bool(column.any()) for column in self.value.T]

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
        split = self.split(before, after)
        changed = self.content(before, after, split & adjusted) if np.any(adjusted) else None
        return scaled(self.at(before), split, changed).T

    def of_pairs(self, before: Ints, after: Ints) -> Floats:
        """Return the parts of the later prices, shape (Q, 4), unsplit where either price is."""
        return scaled(self.at(after), self.split(before, after)).T

    def sides(self, before: Ints, after: Ints, adjusted: bool) -> tuple[Floats, Floats]:
        """Return `reference` and `of_pairs` at once, shape (4, Q) each."""
        split = self.split(before, after)
        changed = self.content(before, after, split) if adjusted else None
        return scaled(self.at(before), split, changed), scaled(self.at(after), split)

    def split(self, before: Ints, after: Ints) -> Bools:
        """Return which pairs could be split on both sides, shape (Q,)."""
        if self._all_known:
            return np.ones(len(before), dtype=bool)
        return np.asarray(self.known[before] & self.known[after])

    def content(self, before: Ints, after: Ints, change: Bools) -> tuple[Ints, Floats, Floats]:
        """Return the pairs of which the content changed, and with what metal and charge of the earlier price go.

        Parameters
        ----------
        before, after : ndarray of int, shape (Q,)
        change : ndarray of bool, shape (Q,)
            Pairs that are looked at.

        Returns
        -------
        rows : ndarray of int, shape (J,)
            Positions among the pairs; the content of all others stayed.
        metal, making : ndarray, shape (J,)
            Factors of `reference`.
        """
        contents = (self.pure, self.net, self.pieces) if self._by_piece else (self.pure, self.net)
        moved = np.zeros(len(before), dtype=bool)
        for content in contents:
            moved |= content[before] != content[after]
        rows = np.flatnonzero(moved & change)
        first, second = before[rows], after[rows]
        share = self.by_weight[first]
        making = share * _ratio(self.net, first, second) + (1.0 - share) * _ratio(self.pieces, first, second)
        return rows, _ratio(self.pure, first, second), making

    def at(self, rows: Ints) -> Floats:
        """Return the parts of some prices, shape (4, Q)."""
        parts = np.zeros((len(COMPONENTS), len(rows)))
        for part, column in enumerate(self.value.T):
            if self._filled[part]:
                np.take(column, rows, out=parts[part], mode="clip")
        return parts


def _enter(sums: PartSums, rows: Ints | slice, price: Floats, value: Floats, rest: Floats) -> bool:
    """Write the parts of some prices into the columns of `UnitParts`, and return whether any could be split."""
    metal, making, stone, split_milli = (
        x[rows] for x in (sums.metal_fen, sums.making_fen, sums.stone_fen, sums.split_milli)
    )
    total = metal + making + stone
    known = (total > 0) & (split_milli > 0)
    for part, fen in zip((METAL, MAKING, STONE), (metal, making, stone), strict=True):
        np.divide(fen, total, out=value[part], where=known)
        value[part] *= price
    if not known.all():
        np.multiply(price, ~known, out=value[UNSPLIT])
    net, pure, by_weight, pieces = rest
    np.divide(sums.net_mg[rows], split_milli, out=net, where=known)
    np.divide(sums.pure_ug[rows], split_milli, out=pure, where=known)
    by_weight.fill(1.0)
    np.divide(sums.gram_charge_fen[rows], making, out=by_weight, where=making > 0)
    count = sums.piece_count[rows]
    if count.any():
        np.divide(count, np.maximum(sums.piece_milli[rows], 1), out=pieces)
    return bool(known.any())


def scaled(parts: Floats, split: Bools, changed: tuple[Ints, Floats, Floats] | None = None) -> Floats:
    """Bring prices to another content (`UnitParts.content`), and make of those not split on both sides one part.

    Parameters
    ----------
    parts : ndarray, shape (4, Q)
        Changed in place and returned.
    split : ndarray of bool, shape (Q,)
    changed : optional
        Positions, and factors of metal and charge; None = no change of content is taken out.
    """
    if changed is not None:
        rows, metal, making = changed
        parts[METAL, rows] *= metal
        parts[MAKING, rows] *= making
    if not split.all():
        lost = np.flatnonzero(~split)
        whole = parts[:, lost].sum(axis=0)
        parts[:, lost] = 0.0
        parts[UNSPLIT, lost] = whole
    return parts


def _ratio(content: Floats, before: Ints, after: Ints) -> Floats:
    first, second = content[before], content[after]
    known = (first > 0) & (second > 0)
    return np.where(known, second / np.where(known, first, 1.0), 1.0)
