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
    mixed : ndarray, shape (C,), optional
        The price over the unit value of those of its records that could be split. None = they are the same everywhere.
    """

    value: Floats
    net: Floats
    pure: Floats
    by_weight: Floats
    pieces: Floats
    mixed: Floats | None = None

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
        return cls(columns.T, rest[0], rest[1], rest[2], rest[3], _mixed(panel, sums)) if any_known else None

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
        mixed = None if self.mixed is None else self.mixed[rows]
        net, pure, by_weight, pieces = (x[rows] for x in (self.net, self.pure, self.by_weight, self.pieces))
        return UnitParts(self.value[rows], net, pure, by_weight, pieces, mixed)

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
        be split is unsplit as a whole. Where only some records of an item-month could be split, nothing is known of the
        content of the others: the earlier price is multiplied by u1/u0 as a whole, u the price over the unit value of
        the records split, so that these are compared with one another. Source: cost adjustment of PPI Manual, ch. 7;
        decisions 0230, 0320.
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

    def content(self, before: Ints, after: Ints, change: Bools) -> tuple[Ints, Floats]:
        """Return the pairs of which the content changed, and with what the parts of the earlier price go.

        Parameters
        ----------
        before, after : ndarray of int, shape (Q,)
        change : ndarray of bool, shape (Q,)
            Pairs that are looked at.

        Returns
        -------
        rows : ndarray of int, shape (J,)
            Positions among the pairs; the content of all others stayed.
        factors : ndarray, shape (3, J)
            Those of `reference`, of metal, making charge, stones.
        """
        contents = [self.pure, self.net, *([self.pieces] if self._by_piece else [])]
        contents += [] if self.mixed is None else [self.mixed]
        moved = np.zeros(len(before), dtype=bool)
        for content in contents:
            moved |= content[before] != content[after]
        rows = np.flatnonzero(moved & change)
        first, second = before[rows], after[rows]
        share = self.by_weight[first]
        making = share * _ratio(self.net, first, second) + (1.0 - share) * _ratio(self.pieces, first, second)
        factors = np.stack([_ratio(self.pure, first, second), making, np.ones(len(rows))])
        if self.mixed is not None:
            factors *= _ratio(self.mixed, first, second)
        return rows, factors

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
    for content, whole, milli in ((net, sums.net_mg, sums.net_milli), (pure, sums.pure_ug, sums.pure_milli)):
        np.divide(whole[rows], milli[rows], out=content, where=known & (milli[rows] > 0))
    by_weight.fill(1.0)
    np.divide(sums.gram_charge_fen[rows], making, out=by_weight, where=making > 0)
    count = sums.piece_count[rows]
    if count.any():
        np.divide(count, np.maximum(sums.piece_milli[rows], 1), out=pieces)
    return bool(known.any())


def _mixed(panel: PricePanel, sums: PartSums) -> Floats | None:
    """Return u of `UnitParts.reference` of each price; None = every item-month was split as a whole or not at all."""
    mixed = sums.known & (sums.split_milli != panel.quantity_milli) & ~np.isnan(panel.price)
    if not mixed.any():
        return None
    ratio = np.ones(len(mixed))
    at = np.flatnonzero(mixed)
    of_all, of_split = panel.amount_fen[at] / panel.quantity_milli[at], sums.split_fen[at] / sums.split_milli[at]
    ratio[at] = of_all / of_split
    return ratio[~np.isnan(panel.price)]


def scaled(parts: Floats, split: Bools, changed: tuple[Ints, Floats] | None = None) -> Floats:
    """Bring prices to another content (`UnitParts.content`), and make of those not split on both sides one part.

    Parameters
    ----------
    parts : ndarray, shape (4, Q)
        Changed in place and returned.
    split : ndarray of bool, shape (Q,)
    changed : optional
        Positions, and factors of metal, charge and stones; None = no change of content is taken out.
    """
    if changed is not None:
        rows, factors = changed
        for part, factor in zip((METAL, MAKING, STONE), factors, strict=True):
            parts[part, rows] *= factor
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
