"""Taking the metal out of a price: what is left is what the firm itself sets.

making charge = amount − net grams × metal price × fineness × (1 + loss) − stones, in the line's own tax basis and with
the firm's own metal price; where it states none, the month's benchmark stands in and is marked as such.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from shuibei_index.rules import Rules
from shuibei_index.validation.classify import PIECE
from shuibei_index.validation.edits.lines import OTHER, PER_PIECE, PERCENT, SALE, TOLL, Floats, Ints, Lines, Mask

#: Charges and prices below this (CNY) count as this much: nothing has no logarithm.
_LEAST = 0.01
#: Less than any scale shows; what is divided by it would be beyond all numbers.
_SMALLEST = 1e-6

Rows = Ints | slice


@dataclass(frozen=True)
class Parts:
    """Parts of lines, CNY in the line's basis; NaN = cannot be told.

    `metal` the metal's value, `own` whether by the firm's own metal price, `making` what is left for the work, `times`
    what a charge is multiplied by (grams, pieces, or a hundredth of the metal).
    """

    metal: Floats
    own: Mask
    making: Floats
    times: Floats

    @property
    def charge(self) -> Floats:
        """Making charge per gram, piece or percent of the metal value, as the charge's basis says."""
        return np.asarray(self.making / self.times)


def strip(lines: Lines) -> Parts:
    """Take the metal and the stones out of the amounts."""
    toll = lines.trade == TOLL
    own = ~np.isnan(lines.price) | toll
    missing = np.isnan(lines.price)
    price = np.where(missing, lines.benchmark, lines.price) if missing.any() else lines.price
    metal = np.where(toll, 0.0, lines.grams * price * lines.fineness * (1.0 + lines.loss))
    # a set piece that does not state its stones has some all the same
    stone = np.where(np.isnan(lines.stone) & (lines.unit != PIECE), 0.0, lines.stone)
    making = np.where((lines.metal >= 0) & (lines.trade != OTHER), lines.amount - metal - stone, np.nan)
    times = np.where(lines.basis == PER_PIECE, lines.pieces, np.where(lines.basis == PERCENT, metal / 100, lines.grams))
    return Parts(metal, own, making, np.where(times > _SMALLEST, times, np.nan))


@dataclass(frozen=True)
class Measures:
    """Logarithms of what is compared with the past, before tax; NaN = does not apply to the line.

    Each is worked out when it is asked for: a month of plain gold has no stones, a first month nothing to compare with.
    """

    lines: Lines
    parts: Parts

    @cached_property
    def traded(self) -> Mask:
        """Sales and toll work: what prices are made of."""
        return np.asarray(self.lines.trade != OTHER)

    @cached_property
    def whole(self) -> Mask:
        """Lines from which the metal can be taken by the firm's own metal price."""
        known = ~np.isnan(self.parts.making) & ~np.isnan(self.parts.times)
        return np.asarray((self.lines.metal >= 0) & self.parts.own & known)

    @cached_property
    def price(self) -> Floats:
        """The whole price per pricing unit."""
        lines = self.lines
        return _where(self.traded, lambda rows: log(lines.amount[rows]) - log(lines.quantity[rows]) - self._tax(rows))

    @cached_property
    def charge(self) -> Floats:
        """The making charge in its own basis, where the metal can be taken out."""
        lines, parts = self.lines, self.parts

        def charge(rows: Rows) -> Floats:
            # the stated charge is exact; amounts are rounded, and checked against it by the identity of the line
            stated = lines.charge[rows]
            value = np.where(np.isnan(stated), parts.making[rows] / parts.times[rows], stated)
            return log(np.maximum(value, _LEAST)) - np.where(lines.basis[rows] == PERCENT, 0.0, self._tax(rows))

        return _where(self.whole, charge)

    @cached_property
    def charge_per_gram(self) -> Floats:
        """What is left for the work per gram, whatever the basis of the charge: for comparing items with each other."""
        lines, parts = self.lines, self.parts
        return _where(self.whole, lambda rows: log(parts.making[rows]) - log(lines.grams[rows]) - self._tax(rows))

    @cached_property
    def stone(self) -> Floats:
        """The price of the stones in metal, per carat or piece; stones sold by themselves are their price."""
        lines = self.lines
        each = np.where(lines.carats > 0, lines.carats, lines.pieces)
        set_in = self.traded & (lines.metal >= 0) & (lines.stone > 0)
        return _where(set_in, lambda rows: log(lines.stone[rows]) - log(each[rows]) - self._tax(rows))

    @cached_property
    def over_metal(self) -> Floats:
        """The price of every sale over the value of its metal by the benchmark."""
        lines = self.lines
        apply = (lines.metal >= 0) & (lines.trade == SALE)
        return _where(
            apply, lambda rows: self.price[rows] - log(lines.benchmark[rows] * lines.fineness[rows]) + self._tax(rows)
        )

    @cached_property
    def premium(self) -> Floats:
        """The same, where the firm states no metal price: what is left to judge such a line by."""
        return np.where(self.whole, np.nan, self.over_metal)

    @cached_property
    def bare(self) -> Floats:
        """The whole price where nothing can be taken out of it."""
        return _where(self.traded & ~self.whole & np.isnan(self.premium), lambda rows: self.price[rows])

    @cached_property
    def value(self) -> Floats:
        """Turnover of the line."""
        return _where(self.traded, lambda rows: log(self.lines.amount[rows]) - self._tax(rows))

    @cached_property
    def metal_price(self) -> Floats:
        """The firm's own metal price."""
        return _where(~np.isnan(self.lines.price), lambda rows: log(self.lines.price[rows]) - self._tax(rows))

    @cached_property
    def net_ratio(self) -> Floats:
        """Net on gross weight of metal."""
        lines = self.lines
        return _where(lines.metal >= 0, lambda rows: log(lines.grams[rows]) - log(lines.gross[rows]))

    def _tax(self, rows: Rows) -> Floats:
        lines = self.lines
        return np.where(lines.incl[rows], np.log(lines.vat[rows]), 0.0)


def _where(mask: Mask, value: Callable[[Rows], Floats]) -> Floats:
    """Return values of the lines a mask chooses, NaN for all others; what is not chosen is not worked out."""
    if mask.all():
        return value(slice(None))
    if not mask.any():
        return np.broadcast_to(np.nan, mask.size)
    found, rows = np.full(mask.size, np.nan), np.flatnonzero(mask)
    found[rows] = value(rows)
    return found


def log(values: Floats) -> Floats:
    """Return logarithms of what is above zero, NaN of everything else."""
    return np.asarray(np.log(np.where(values > 0, values, np.nan)))


def stripped_parts(
    accepted: pa.Table | pd.DataFrame, *, metal_prices: pd.DataFrame | None = None, rules: Rules | None = None
) -> pd.DataFrame:
    """Split accepted records of metal into metal, making charge and stones.

    Parameters
    ----------
    accepted : pyarrow.Table or DataFrame
        Accepted records (`ValidationReport.accepted`).
    metal_prices : DataFrame, optional
        period, metal, cny_per_gram: used where a record states no metal price of its own.
    rules : Rules, optional
        Default: the packaged rules.

    Returns
    -------
    DataFrame
        One row per sale or toll line of a class with metal: enterprise_id, period, line_no, item_id, class_code,
        tax_basis, metal_part, making_part, stone_part (CNY in the record's own tax basis), charge_basis, charge (per
        gram, piece or percent), metal_price_from ("own", "benchmark", "none"). NaN = cannot be told.
    """
    from shuibei_index.validation.edits.records import lines_of_records

    table = accepted if isinstance(accepted, pa.Table) else pa.Table.from_pandas(accepted, preserve_index=False)
    lines = lines_of_records(table, metal_prices, Rules.load() if rules is None else rules)
    parts = strip(lines)
    kept = (lines.metal >= 0) & (lines.trade != OTHER)
    source = np.where(~np.isnan(lines.price), "own", np.where(np.isnan(lines.benchmark), "none", "benchmark"))
    names = ("enterprise_id", "period", "line_no", "item_id", "class_code", "tax_basis")
    frame = table.select(list(names)).to_pandas()
    basis = np.array(["per_gram", "per_piece", "percent", "per_gram"])[lines.basis]
    frame = frame.assign(
        metal_part=parts.metal,
        making_part=parts.making,
        stone_part=lines.stone,
        charge_basis=basis,
        charge=parts.charge,
        metal_price_from=np.where(lines.trade == TOLL, "none", source),
    )
    result: pd.DataFrame = frame.loc[kept].reset_index(drop=True)
    return result
