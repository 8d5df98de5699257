"""What the edits look at of a transaction line, the same for lines just reported and lines accepted before."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.validation import fineness as read
from shuibei_index.validation.classify import CARAT
from shuibei_index.validation.facts import Facts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
PER_GRAM, PER_PIECE, PERCENT, NO_BASIS = range(4)
SALE, TOLL, OTHER = range(3)


@dataclass(frozen=True)
class Lines:
    """Columns of N lines; money in CNY in the line's own tax basis; NaN = not known.

    Parameters
    ----------
    month, day
        Number of the month; day of the deal, −1 = not known.
    firm, item, klass
        Codes; items are (enterprise, item, class).
    trade
        SALE, TOLL or OTHER.
    metal
        Position in METALS, −1 = none.
    unit
        Pricing unit of the class.
    grams, gross, carats, pieces, quantity
        Net and gross weight in grams, carats of the stones, pieces, quantity in pricing units.
    fineness, loss
        Shares: 0.999; 0.01.
    price, charge, basis, stone, amount
        Metal price, making charge and its basis, stones, the whole line.
    incl, vat
        Whether the line is tax-inclusive; 1 + VAT of the month.
    benchmark
        Metal price of the month by the table, in the line's basis.
    """

    month: Ints
    day: Ints
    firm: Ints
    item: Ints
    klass: Ints
    trade: npt.NDArray[np.int8]
    metal: npt.NDArray[np.int8]
    unit: npt.NDArray[np.int8]
    grams: Floats
    gross: Floats
    carats: Floats
    pieces: Floats
    quantity: Floats
    fineness: Floats
    loss: Floats
    price: Floats
    charge: Floats
    basis: npt.NDArray[np.int8]
    stone: Floats
    amount: Floats
    incl: Mask
    vat: Floats
    benchmark: Floats

    @property
    def size(self) -> int:
        """Number of lines."""
        return int(self.month.size)

    def take(self, rows: npt.NDArray[Any]) -> Lines:
        """Return some of the lines."""
        return Lines(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def but(self, **changed: npt.NDArray[Any]) -> Lines:
        """Return the lines with some columns read otherwise."""
        return replace(self, **changed)

    def without_tax(self, money: Floats) -> Floats:
        """Return money of the lines before tax: the one basis in which lines are compared."""
        return np.where(self.incl, money / self.vat, money)


def _number(values: Floats, known: Mask) -> Floats:
    # a column that is full, or empty, takes no memory of its own: there are many, and months of a million lines
    if known.all():
        return values
    return np.where(known, values, np.nan) if known.any() else np.broadcast_to(np.nan, known.size)


def lines_of(facts: Facts, item: Ints) -> Lines:
    """Return the lines just reported, with the items' codes."""
    batch, normal, cells = facts.batch, facts.normalised, facts.classified
    number = batch.number
    stone_carat, pieces, loss = number["stone_carat"], number["pieces"], number["loss_rate"]
    by_carat = cells.unit == CARAT
    quantity = _number(normal.quantity / 1000.0, normal.quantity_known & (normal.quantity > 0))
    basis, carats = facts.words["charge_basis"], _number(stone_carat.values, stone_carat.known)
    stated = facts.fineness.status == read.STATED
    purity = np.where(facts.metal >= 0, facts.fineness.permille / 1000.0, 0.0)
    return Lines(
        month=cells.reported_month.astype(np.int64),
        day=days_of(facts.deal_time),
        firm=batch.text["enterprise_id"].codes.astype(np.int64),
        item=item,
        klass=(cells.cell % (len(cells.classes) + 1)).astype(np.int64),
        trade=np.where(facts.sale, SALE, np.where(facts.toll, TOLL, OTHER)).astype(np.int8),
        metal=facts.metal.astype(np.int8),
        unit=cells.unit,
        grams=_number(facts.net_mg / 1000.0, facts.net_mg > 0),
        gross=_number(normal.weight.values / 1000.0, normal.weight.known & (normal.weight.values > 0)),
        carats=np.where(by_carat, quantity, carats) if by_carat.any() else carats,
        pieces=_number(pieces.values, pieces.known & (pieces.values > 0)),
        quantity=quantity,
        fineness=_number(purity, stated),
        loss=loss.values / 100.0 if loss.known.any() else np.broadcast_to(0.0, batch.size),
        price=_number(number["metal_price"].values, number["metal_price"].known & (number["metal_price"].values > 0)),
        charge=_number(number["making_charge"].values, number["making_charge"].known),
        basis=np.where(basis >= 0, basis, NO_BASIS).astype(np.int8),
        stone=_number(normal.stone.values / 100.0, normal.stone.known),
        amount=_number(normal.reported.values / 100.0, normal.reported.known),
        incl=facts.is_word("tax_basis", "incl"),
        vat=np.asarray(cells.per_month(lambda rules: 1 + float(rules["vat_rate"]) / 100, 1.0)),
        benchmark=_number(facts.benchmark_of_line, facts.benchmark_of_line > 0),
    )


def days_of(times: pa.Array | pa.ChunkedArray) -> Ints:
    """Return the number of the day of each time, −1 where there is none."""
    if times.null_count == len(times):
        return np.full(len(times), -1, dtype=np.int64)
    # before 1970 nothing was traded: -1 is free for "not known"
    seconds = pc.fill_null(times.cast(pa.timestamp("s")).cast(pa.int64()), -1)
    return np.asarray(seconds.to_numpy() // 86_400, dtype=np.int64)
