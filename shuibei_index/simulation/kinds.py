"""Which kinds of reporting mistakes can befall which rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.simulation.classes import Classes
from shuibei_index.simulation.habits import Habits
from shuibei_index.simulation.items import Items
from shuibei_index.simulation.lines import NO_CHARGE, MonthLines
from shuibei_index.simulation.mistake_names import LINE_KINDS
from shuibei_index.simulation.profiles import PER_GRAM, PER_PIECE
from shuibei_index.simulation.reports import ReportedMonth

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Facts:
    """What the mistakes need to know of the reported rows, arrays of shape (L,)."""

    net_mg: Ints
    gross_mg: Ints
    pieces: Ints
    metal_price: Ints
    stale: Ints
    charge: Ints
    basis: Ints
    loss: Ints
    fineness: Ints
    amount: Ints
    stone: Ints
    has_metal: Bools
    by_carat: Bools
    in_grams: Bools
    wan: Bools
    points: Bools
    text_format: Bools

    @classmethod
    def of(
        cls,
        month: ReportedMonth,
        lines: MonthLines,
        last_price: Ints,
        items: Items,
        classes: Classes,
        habits: Habits,
    ) -> Facts:
        """Collect the facts of a month's rows; `last_price` is each item's last metal price of the month before."""
        at, firm = month.line, month.firm
        item = lines.item[at]
        leaf = items.leaf[item]
        return cls(
            net_mg=lines.net_mg[at],
            gross_mg=lines.gross_mg[at],
            pieces=lines.pieces[at],
            metal_price=lines.metal_price[at].astype(np.int64),
            stale=last_price[item],
            charge=lines.charge[at].astype(np.int64),
            basis=lines.basis[at].astype(np.int64),
            loss=lines.loss[at].astype(np.int64),
            fineness=items.fineness[item],
            amount=lines.amount_fen[at],
            stone=lines.stone_fen[at],
            has_metal=classes.metal[leaf] >= 0,
            by_carat=classes.by_carat[leaf],
            in_grams=habits.weight_unit[firm] == "g",
            wan=habits.wan[firm],
            points=habits.carat_points[firm],
            text_format=habits.format[firm] != "parquet",
        )

    def eligible(self) -> Bools:
        """Return which kinds (columns, as in `LINE_KINDS`) can befall which rows, shape (L, kinds)."""
        sold_metal = self.has_metal & (self.metal_price > 0)
        every = np.ones(len(self.amount), dtype=bool)
        cases = {
            "weight_in_qian": self.has_metal & self.in_grams,
            "weight_times_1000": self.has_metal,
            "amount_wan_yuan": every,
            "carat_points": self.by_carat,
            "charge_basis": np.isin(self.basis, (PER_GRAM, PER_PIECE)) & (self.other_charge() != self.charge),
            "tax_flag": every,
            "gross_as_net": (self.fineness > 0) & (self.fineness < 9900) & (self.gross_mg != self.net_mg),
            "total_as_price": sold_metal & (self.amount != self.metal_price),
            "charge_missing": sold_metal & (self.basis != NO_CHARGE),
            "stale_price": sold_metal & (self.stale > 0) & (self.stale != self.metal_price),
            "duplicate_row": every,
            "wrong_month": every,
            "unknown_class": every,
            "not_a_number": self.text_format,
        }
        return np.stack([cases[kind] for kind in LINE_KINDS], axis=1)

    def charged(self) -> Bools:
        """Return the rows that sell metal and charge for the work: their charge can be counted twice, shape (L,)."""
        return np.asarray(self.has_metal & (self.metal_price > 0) & (self.basis != NO_CHARGE) & (self.charge > 0))

    def other_charge(self) -> Ints:
        """Return each charge per gram as one per piece, and the other way round."""
        grams = np.maximum(self.net_mg, 1) / 1000 / self.pieces
        changed = np.where(self.basis == PER_GRAM, self.charge * grams, self.charge / grams)
        return np.maximum(np.rint(changed), 1).astype(np.int64)
