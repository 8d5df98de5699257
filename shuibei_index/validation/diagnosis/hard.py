"""What no corrected record may be: the hard checks, asked of a line as a reading would have it.

A reading that would be sent back by the checks of the same program is no correction: it is not proposed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shuibei_index.index.tree import METALS
from shuibei_index.rules import RulesAt
from shuibei_index.validation.classify import CARAT, GRAM, PIECE
from shuibei_index.validation.edits.lines import NO_BASIS, OTHER, SALE, Floats, Ints, Lines, Mask
from shuibei_index.validation.edits.stripping import Parts
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.metal import price_ranges
from shuibei_index.validation.registry import NO_LIMIT

#: What binary fractions may lie beside a limit that is met exactly.
_EXACT = 1e-9


@dataclass(frozen=True)
class Hard:
    """Limits of some lines by their class: price per unit, carats of a stone; and the rules of their month."""

    price_low: Floats
    price_high: Floats
    carat_low: Floats
    carat_high: Floats
    rules: RulesAt

    @classmethod
    def of(cls, facts: Facts, rows: Ints, rules: RulesAt) -> Hard:
        """Look up the limits of the records at `rows`."""
        cells = facts.classified
        cell = cells.cell[rows]
        bands: dict[str, list[float]] = rules["carat_of_class"]
        low, high = price_ranges(cells)

        def carat(end: int, empty: float) -> Floats:
            none = [0.0, NO_LIMIT]
            values = cells.per_cell(lambda rules, code, *at: float(bands.get(code, none)[end]), empty, np.float64)
            return np.asarray(values[cell])

        return cls(low[cell], high[cell], carat(0, 0.0), carat(1, NO_LIMIT), rules)

    def passed(self, lines: Lines, parts: Parts) -> Mask:
        """Tell which lines no hard check objects to; what a line does not state is not asked."""
        return self._ranges(lines) & self._prices(lines) & self._stones(lines) & ~self.breaks(lines, parts)

    def breaks(self, lines: Lines, parts: Parts) -> Mask:
        """Tell which lines state all parts of their amount, and another amount than those come to."""
        rules = self.rules
        stated = (lines.trade != OTHER) & (lines.metal >= 0) & parts.own & (lines.basis != NO_BASIS)
        stated &= ~np.isnan(lines.stone) | (lines.unit != PIECE)
        implied = np.where(stated, implied_amount(lines, parts), np.nan)
        step_mg, step_fen = float(rules["identity_weight_step"]), float(rules["identity_amount_step"])
        most = float(rules["identity_tolerance"]) * np.abs(lines.amount) + step_fen / 200.0
        most += step_mg / 2000.0 * np.nan_to_num(lines.price)
        return np.asarray(np.abs(lines.amount - implied) > most)

    def _ranges(self, lines: Lines) -> Mask:
        good = ~((np.rint(lines.amount * 100.0) < 1) | (lines.amount > float(self.rules["amount_max"])))
        for weight in (lines.grams, lines.gross):
            good &= ~((np.rint(weight * 1000.0) < 1) | (weight > float(self.rules["weight_max"])))
        return np.asarray(good & ~(np.rint(lines.quantity * 1000.0) < 1))

    def _prices(self, lines: Lines) -> Mask:
        price = np.where(lines.trade != OTHER, _ratio(lines.amount, lines.quantity), np.nan)
        bad = (price < self.price_low * (1 - _EXACT)) | (price > self.price_high * (1 + _EXACT))
        table = self.rules["price_to_metal"]
        low, high = (np.array([*(table[metal][end] for metal in METALS), np.nan])[lines.metal] for end in (0, 1))
        of_metal = (lines.unit == GRAM) & (lines.trade == SALE)
        over = np.where(of_metal, _ratio(price, lines.benchmark * lines.fineness), np.nan)
        return np.asarray(~(bad | (over < low * (1 - _EXACT)) | (over > high * (1 + _EXACT))))

    def _stones(self, lines: Lines) -> Mask:
        milli = np.where(lines.unit == CARAT, np.rint(lines.quantity * 1000.0), np.nan)
        # the check allows half a thousandth of a carat a stone, and so does this
        slack = 0.5 * (lines.pieces + 1)
        low, high = self.carat_low * 1000.0 * lines.pieces, self.carat_high * 1000.0 * lines.pieces
        return np.asarray(~((milli + slack < low) | (milli - slack > high)))


def implied_amount(lines: Lines, parts: Parts) -> Floats:
    """Return what the stated parts come to, CNY; NaN = not all are stated."""
    return np.asarray(parts.metal + lines.charge * parts.times + np.nan_to_num(lines.stone))


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(above / np.where(below > 1e-6, below, np.nan))
