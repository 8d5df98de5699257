"""The ways a line can be read otherwise: other units, other basis, another cell's figure in this one.

Each reading changes the columns one mistake changes, says for which lines it is possible, and how the corrected cells
would be written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from shuibei_index.rules import RulesAt
from shuibei_index.validation.classify import CARAT, GRAM
from shuibei_index.validation.diagnosis.hard import Hard, implied_amount
from shuibei_index.validation.edits.lines import PER_GRAM, PER_PIECE, PERCENT, SALE, Floats, Ints, Lines, Mask
from shuibei_index.validation.edits.stripping import Parts, log, strip
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.normalise import weight_factors
from shuibei_index.validation.words import EMPTY, words_of

_BASES = {PER_GRAM: "per_gram", PER_PIECE: "per_piece", PERCENT: "percent"}
#: A figure counts as another one written twice if they differ by no more than this share.
_SAME = 0.005


@dataclass(frozen=True)
class Reading:
    """One mistake: its name, the lines read without it, where that is possible, and the corrected cells as text."""

    name: str
    lines: Lines
    possible: Mask
    proposed: Callable[[Ints], list[str]]


@dataclass(frozen=True)
class Doubtful:
    """The doubtful lines of a month as read, with what their cells hold and what their past lets expect."""

    lines: Lines
    rules: RulesAt
    weight: Floats
    net: Floats
    weight_unit: Ints
    unit_system: Ints
    basis_known: Mask
    wan: Mask
    net_ratio: Floats
    charge: Floats
    quote: Floats
    stale: Mask

    @classmethod
    def of(
        cls, facts: Facts, rows: Ints, lines: Lines, rules: RulesAt, *, net_ratio: Floats, charge: Floats,
        quote: Floats, stale: Mask,
    ) -> Doubtful:  # fmt: skip
        """Collect the cells of the records at `rows`."""
        number, words = facts.batch.number, facts.words

        def cell(name: str) -> Floats:
            return np.where(number[name].known, number[name].values, np.nan)[rows]

        return cls(
            lines, rules, cell("weight"), cell("net_weight"), words["weight_unit"][rows].astype(np.int64),
            words["unit_system"][rows].astype(np.int64), words["tax_basis"][rows] != EMPTY,
            facts.is_word("amount_unit", "wan")[rows], net_ratio, charge, quote, stale,
        )  # fmt: skip

    def readings(self, hard: Hard) -> Iterator[Reading]:
        """Give the line as it stands, then every other reading."""
        lines = self.lines
        weighed = ~np.isnan(lines.grams) | ~np.isnan(lines.carats) | ((lines.metal < 0) & (lines.unit != CARAT))
        yield Reading("", lines, self.basis_known & weighed, lambda rows: [""] * rows.size)
        parts = strip(lines)
        taxed = hard.breaks(lines, parts) & self._is_tax(parts)
        yield from self._tax(parts, taxed)
        yield from self._weights()
        yield from self._amounts()
        yield from self._charges(parts)
        yield from self._metal(parts, taxed)

    def _is_tax(self, parts: Parts) -> Mask:
        """Tell which amounts are tax and nothing else away from what the parts come to."""
        ratio, vat = _ratio(self.lines.amount, implied_amount(self.lines, parts)), self.lines.vat
        share = float(self.rules["identity_tolerance"])
        return np.asarray((np.abs(ratio / vat - 1) < share) | (np.abs(ratio * vat - 1) < share))

    def _tax(self, parts: Parts, taxed: Mask) -> Iterator[Reading]:
        lines = self.lines
        for incl, word in ((True, "incl"), (False, "excl")):
            possible = ~self.basis_known | (lines.incl != incl)
            # the benchmark is told in the basis of the line
            other = lines.benchmark * (lines.vat if incl else 1 / lines.vat)
            benchmark = np.where(lines.incl != incl, other, lines.benchmark)
            changed = lines.but(incl=np.full(lines.size, incl), benchmark=benchmark)
            yield Reading("tax_basis", changed, possible, _constant(f"tax_basis={word}"))
        # the amount in one basis, its parts in the other; where they are not stated, what no other flag would explain
        unsplit = np.isnan(implied_amount(lines, parts)) & self.basis_known
        for times, possible in ((1 / lines.vat, taxed | (unsplit & lines.incl)), (lines.vat, taxed | unsplit)):
            amount = lines.amount * times
            possible = possible & ~(unsplit & lines.incl & (times > 1))
            yield Reading("tax_basis", lines.but(amount=amount), possible, self._texts(amount=amount))

    def _weights(self) -> Iterator[Reading]:
        lines, codes = self.lines, words_of(self.rules)
        net = np.where(np.isnan(self.net), self.weight, self.net)
        carat = lines.unit == CARAT
        for (unit, system), mg in weight_factors(self.rules).items():
            same = self.weight_unit == codes["weight_unit"].index(unit)
            if system:
                same &= self.unit_system == codes["unit_system"].index(system)
            grams, gross = net * mg / 1000.0, self.weight * mg / 1000.0
            # a carat is a fifth of a gram
            quantity = np.where(carat, gross * 5.0, np.where(lines.unit == GRAM, grams, lines.quantity))
            changed = lines.but(
                grams=np.where(carat, lines.grams, grams),
                gross=np.where(carat, lines.gross, gross),
                carats=np.where(carat, gross * 5.0, lines.carats),
                quantity=np.where(quantity > 0, quantity, np.nan),
            )
            stones = carat & np.bool_(unit in ("g", "ct", "fen") and not system)
            possible = ~same & (self.weight > 0) & (stones | (~carat & (lines.metal >= 0) & np.bool_(unit != "fen")))
            text = f"weight_unit={unit}" + (f"; unit_system={system}" if system else "")
            yield Reading("carat_unit" if unit == "fen" else "weight_unit", changed, possible, _constant(text))

    def _amounts(self) -> Iterator[Reading]:
        lines = self.lines
        for wan, factor in ((True, 1e4), (False, 1e-4)):
            changed = lines.but(amount=lines.amount * factor)
            yield Reading("amount_unit", changed, self.wan != wan, _constant(f"amount_unit={'wan' if wan else 'yuan'}"))
        hundredth = lines.but(amount=lines.amount / 100.0)
        yield Reading("amount_in_fen", hundredth, np.ones(lines.size, dtype=bool), self._texts(amount=hundredth.amount))
        for name, times in (("price_as_amount", lines.quantity), ("piece_as_amount", lines.pieces)):
            changed = lines.but(amount=lines.amount * times)
            yield Reading(name, changed, np.abs(times - 1) > 0.01, self._texts(amount=changed.amount))

    def _charges(self, parts: Parts) -> Iterator[Reading]:
        lines = self.lines
        stated = ~np.isnan(lines.charge)
        for code, word in _BASES.items():
            changed = lines.but(basis=np.full(lines.size, code, dtype=np.int8))
            possible = stated & (lines.basis != code)
            yield Reading("charge_basis", changed, possible, _constant(f"charge_basis={word}"))
        half = lines.charge / 2
        amount = lines.amount - half * parts.times
        both = lines.but(charge=half, amount=amount)
        yield Reading("charge_doubled", both, stated & (amount > 0), self._texts(making_charge=half, amount=amount))
        cell = self._texts(making_charge=half)
        yield Reading("charge_doubled", lines.but(charge=half), stated, cell)
        unstated = lines.amount - np.where(stated, 0.0, parts.making / 2)
        possible = ~stated & (parts.making > 0) & parts.own
        yield Reading("charge_doubled", lines.but(amount=unstated), possible, self._texts(amount=unstated))
        missing = ~stated & (lines.trade == SALE) & (lines.metal >= 0) & ~np.isnan(self.charge)
        bare = parts.metal + np.nan_to_num(lines.stone)
        amount = bare + self.charge * parts.times
        yield Reading(
            "charge_missing",
            lines.but(charge=self.charge, amount=amount),
            missing & _alike(lines.amount, bare, 2 * _SAME),
            self._texts(making_charge=self.charge, amount=amount),
        )
        # stated, but not in the amount
        whole = implied_amount(lines, parts)
        left_out = stated & (lines.trade == SALE) & _alike(lines.amount, bare, _SAME) & (parts.metal > 0)
        yield Reading("charge_missing", lines.but(amount=whole), left_out, self._texts(amount=whole))

    def _metal(self, parts: Parts, taxed: Mask) -> Iterator[Reading]:
        lines = self.lines
        rest = lines.amount - lines.charge * parts.times - np.nan_to_num(lines.stone)
        solved = _ratio(rest, lines.grams * lines.fineness * (1 + lines.loss))
        written = _alike(lines.price, lines.amount, _SAME)
        yield Reading(
            "total_as_price", lines.but(price=solved), written & (solved > 0), self._texts(metal_price=solved)
        )
        # the value of the metal, pure or as it is, for its price by the gram; near one gram both are the same
        for purity in (np.ones(lines.size), lines.fineness):
            each = _ratio(lines.price, lines.grams * purity)
            possible = (np.abs(log(lines.grams)) > 2 * _SAME) & ((purity == 1) | (purity < 1 - 2 * _SAME))
            yield Reading("total_as_price", lines.but(price=each), possible & ~written, self._texts(metal_price=each))
        usual = np.exp(np.where(np.isnan(self.net_ratio), np.nan, self.net_ratio))
        per_gram = np.where(lines.basis == PER_GRAM, lines.charge, 0.0)
        apart = np.where(lines.basis == PER_PIECE, lines.charge * lines.pieces, 0.0)
        each = lines.price * lines.fineness * (1 + lines.loss)
        each = each * np.where(lines.basis == PERCENT, 1 + lines.charge / 100, 1.0) + per_gram
        solved = _ratio(lines.amount - np.nan_to_num(lines.stone) - apart, each)
        net = np.where(np.isnan(usual), solved, usual * lines.gross)
        gross_as_net = (lines.metal >= 0) & (net < lines.gross) & _alike(lines.grams, lines.gross, 1e-6)
        # less than half of the gross weight in metal is another mistake
        gross_as_net &= net > 0.5 * lines.gross
        # solved for, a net weight explains any amount too small: what tax explains needs no such thing
        gross_as_net &= ~(taxed & np.isnan(usual))
        quantity = np.where(lines.unit == GRAM, net, lines.quantity)
        written_net = _ratio(net * self.weight, lines.gross)
        yield Reading(
            "gross_as_net", lines.but(grams=net, quantity=quantity), gross_as_net, self._texts(net_weight=written_net)
        )
        swapped = (lines.grams > lines.gross) & (lines.metal >= 0)
        turned = lines.but(
            grams=lines.gross, gross=lines.grams, quantity=np.where(lines.unit == GRAM, lines.gross, lines.quantity)
        )
        both = self._texts(weight=self.net, net_weight=self.weight)
        yield Reading("net_and_gross_swapped", turned, swapped, both)
        today = np.where(lines.incl, self.quote * lines.vat, self.quote)
        amount = lines.amount + lines.grams * lines.fineness * (1 + lines.loss) * (today - lines.price)
        moved = lines.but(price=today, amount=amount)
        yield Reading("stale_price", moved, self.stale, _constant(""))

    def _texts(self, **cells: Floats) -> Callable[[Ints], list[str]]:
        unit = np.where(self.wan, 1e4, 1.0)
        cells = {name: values / unit if name == "amount" else values for name, values in cells.items()}

        def write(rows: Ints) -> list[str]:
            columns = [[f"{name}={plain(value)}" for value in np.round(cells[name][rows], 6)] for name in cells]
            return ["; ".join(parts) for parts in zip(*columns, strict=True)]

        return write


def plain(value: float) -> str:
    """Return a number in ten digits, never with an exponent: it is to be written into a cell as it stands."""
    return format(Decimal(f"{value:.10g}"), "f")


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(above / np.where(below > 1e-6, below, np.nan))


def _alike(one: Floats, other: Floats, share: float) -> Mask:
    return np.asarray(np.abs(one - other) < share * np.abs(other))


def _constant(text: str) -> Callable[[npt.NDArray[np.int64]], list[str]]:
    return lambda rows: [text] * rows.size
