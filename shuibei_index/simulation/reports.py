"""What the panel reports for a month: the market's lines in each enterprise's own units and words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.index.hierarchy import METALS
from shuibei_index.intake.schema import CODES
from shuibei_index.simulation.cells import Cells, Column, Times, Words
from shuibei_index.simulation.classes import Classes
from shuibei_index.simulation.firms import Firms
from shuibei_index.simulation.habits import WEIGHT_SCALES, Habits
from shuibei_index.simulation.items import CLARITIES, COLOURS, CUTS, Items
from shuibei_index.simulation.lines import NO_CHARGE, SALE, TRADES, MonthLines

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]
BASES = ("per_gram", "per_piece", "percent")
_UNITS = ("g", "kg", "mg", "ct", "fen")
#: from this month the top name of pure gold is 足金; before it, gold of at least 999 ‰ is 千足金 (GB 11887 amendment 1)
_PURE_GOLD_RENAMED = "2016-05"


@dataclass(frozen=True)
class ReportedMonth:
    """The reported lines of a month as written, sorted by enterprise and line number.

    Parameters
    ----------
    period
        The month reported on.
    firm
        Position of the enterprise of each row, shape (L,).
    line
        Position of each row in the month's market lines, shape (L,).
    columns
        The columns of a submission, each of L rows.
    """

    period: str
    firm: Ints
    line: Ints
    columns: dict[str, Column]

    def cells(self, name: str) -> Cells:
        """Return a column of numbers."""
        column = self.columns[name]
        if not isinstance(column, Cells):
            raise TypeError(f"{name} is not a column of numbers")
        return column

    def words(self, name: str) -> Words:
        """Return a column of texts."""
        column = self.columns[name]
        if not isinstance(column, Words):
            raise TypeError(f"{name} is not a column of texts")
        return column

    def take(self, rows: Ints | slice) -> ReportedMonth:
        """Return the chosen rows in the order given (a row may stand twice)."""
        columns: dict[str, Column] = {name: column.take(rows) for name, column in self.columns.items()}
        return ReportedMonth(self.period, self.firm[rows], self.line[rows], columns)

    def then(self, other: ReportedMonth) -> ReportedMonth:
        """Return these rows and those of another table of the same month, sorted by enterprise."""
        columns: dict[str, Column] = {}
        for name, column in self.columns.items():
            below = other.columns[name]
            if type(column) is not type(below):
                raise TypeError(f"{name} is not of the same kind in both tables")
            columns[name] = column.then(below)  # type: ignore[arg-type]
        firm = np.concatenate([self.firm, other.firm])
        both = ReportedMonth(self.period, firm, np.concatenate([self.line, other.line]), columns)
        return both.take(np.argsort(firm, kind="stable"))

    def sent_as(self, period: str) -> ReportedMonth:
        """Return the same rows as if they were those of another month: only month and dates are new."""
        nothing = np.zeros(len(self.line), dtype=np.int64)
        times = self.columns["deal_time"]
        if not isinstance(times, Times):
            raise TypeError("deal_time is not a column of times")
        again: dict[str, Column] = {"period": Words.of(nothing, [period]), "deal_time": times.moved_to(period)}
        return ReportedMonth(period, self.firm, np.full(len(self.line), -1), {**self.columns, **again})

    def files(self) -> list[tuple[int, slice]]:
        """Return the enterprises in order, each with its rows."""
        firms, first = np.unique(self.firm, return_index=True)
        ends = [*first[1:].tolist(), len(self.firm)]
        return [(int(f), slice(int(a), int(b))) for f, a, b in zip(firms, first, ends, strict=True)]


def report(
    period: str,
    lines: MonthLines,
    reporting: Bools,
    stage: str,
    firms: Firms,
    items: Items,
    classes: Classes,
    habits: Habits,
) -> ReportedMonth:
    """Write down the lines of the enterprises that report this month.

    Parameters
    ----------
    stage
        Trade stage of all lines.
    reporting
        Whether each enterprise sends a file for this month, shape (F,).
    """
    rows = np.flatnonzero(reporting[items.firm[lines.item]])
    item = lines.item[rows]
    firm, leaf = items.firm[item], items.leaf[item]
    has_metal, by_carat = classes.metal[leaf] >= 0, classes.by_carat[leaf]
    trade, basis = lines.trade[rows].astype(np.int64), lines.basis[rows].astype(np.int64)
    net, gross, carat = lines.net_mg[rows], lines.gross_mg[rows], lines.carat[rows]
    stone, metal_price = lines.stone_fen[rows], lines.metal_price[rows]
    scales = np.array([WEIGHT_SCALES[u] for u in habits.weight_unit])[firm]
    points, wan = habits.carat_points[firm], habits.wan[firm]
    words, blank = habits.words[firm], habits.blank_sale[firm]
    # thousandths of a carat are tenths of a 分: one digit after the point
    weight = np.where(by_carat, carat, gross)
    unit = np.array([_UNITS.index(u) for u in habits.weight_unit])[firm]
    unit = np.where(by_carat, np.where(points, _UNITS.index("fen"), _UNITS.index("ct")), unit)
    nothing = np.zeros(len(rows), dtype=np.int64)
    columns: dict[str, Column] = {
        "enterprise_id": Words.of(firm, firms.ids),
        "period": Words.of(nothing, [period]),
        "line_no": Cells.of(lines.line_no[rows], 0),
        "item_id": Words.of(item, items.ids),
        "class_code": Words.of(leaf, classes.codes),
        "deal_time": Times(period, lines.second[rows], words),
        "trade_type": _coded("trade_type", TRADES, np.where(blank & (trade == SALE), -1, trade), words),
        "stage": _coded("stage", (stage,), np.where(blank, -1, 0), words),
        "pieces": Cells.of(lines.pieces[rows], 0),
        "weight": Cells.of(weight, np.where(by_carat, np.where(points, 1, 3), scales), weight == 0),
        "net_weight": Cells.of(net, scales, ~has_metal | (habits.spare[firm] & (net == gross))),
        "weight_unit": _coded("weight_unit", _UNITS, np.where(weight == 0, -1, unit), words),
        "unit_system": Words.of(nothing, [""]),
        "fineness": _fineness(period, items.fineness[item], classes.metal[leaf], habits.trade_fineness[firm]),
        "amount": Cells.of(lines.amount_fen[rows], np.where(wan, 6, 2)),
        "amount_unit": _coded("amount_unit", ("yuan", "wan"), np.where(blank & ~wan, -1, wan), words),
        "tax_basis": _coded("tax_basis", ("incl", "excl"), firms.before_tax[firm], words),
        "metal_price": Cells.of(metal_price, 2, metal_price == 0),
        "making_charge": Cells.of(lines.charge[rows], 2, basis == NO_CHARGE),
        "charge_basis": _coded("charge_basis", BASES, basis, words),
        "loss_rate": Cells.of(lines.loss[rows], 2, ~has_metal | (metal_price == 0)),
        "stone_amount": Cells.of(stone, 2, stone == 0),
        "stone_type": Words.of(np.where(stone > 0, items.stone_type[item], -1), classes.stone_names),
        "stone_carat": Cells.of(carat, 3, by_carat | (carat == 0)),
        "stone_colour": Words.of(items.colour[item], COLOURS),
        "stone_clarity": Words.of(items.clarity[item], CLARITIES),
        "stone_cut": Words.of(items.cut[item], CUTS),
        "certificate": Words.of(nothing, [""]),
        "note": Words.of(nothing, [""]),
    }
    return ReportedMonth(period, firm, rows, columns)


def _coded(column: str, codes: tuple[str, ...], position: npt.ArrayLike, chinese: Bools) -> Words:
    place = np.asarray(position, dtype=np.int64)
    names = [*codes, *(CODES[column][code] for code in codes)]
    return Words.of(np.where(place < 0, -1, place + np.where(chinese, len(codes), 0)), names)


def _fineness(period: str, fineness: Ints, metal: Ints, by_name: Bools) -> Words:
    kinds, of_row = np.unique(fineness * 8 + metal + 1, return_inverse=True)
    pairs = [(int(kind) // 8, int(kind) % 8 - 1) for kind in kinds]
    numbers = ["" if f == 0 else f"{f / 10:g}" for f, _ in pairs]
    names = [fineness_name(period, f, m) for f, m in pairs]
    return Words.of(of_row + np.where(by_name, len(kinds), 0), [*numbers, *names])


def fineness_name(period: str, fineness: int, metal: int) -> str:
    """Return the trade name of a fineness in tenths of a per mille; names changed with the standard of 2016.

    Examples
    --------
    >>> fineness_name("2015-01", 9990, 0), fineness_name("2020-01", 9990, 0), fineness_name("2020-01", 7500, 0)
    ('千足金', '足金999', '18K')
    """
    if fineness == 0 or metal < 0:
        return ""
    digits = f"{fineness / 10:g}"
    if METALS[metal] != "gold":
        return {"platinum": "Pt", "palladium": "Pd", "silver": "S"}[METALS[metal]] + digits
    karats = {9160: "22K", 7500: "18K", 5850: "14K", 3750: "9K"}
    if fineness in karats:
        return karats[fineness]
    if period < _PURE_GOLD_RENAMED and fineness == 9990:
        return "千足金"
    return f"足金{digits}"
