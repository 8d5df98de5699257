"""The market's lines as records: exact quantities, the workspace's tax basis, and which of them make prices."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index.index.hierarchy import Hierarchy
from shuibei_index.simulation.classes import Classes
from shuibei_index.simulation.firms import Firms
from shuibei_index.simulation.items import Items
from shuibei_index.simulation.line_parts import line_parts
from shuibei_index.simulation.lines import NO_CHARGE, SALE, TOLL, TRADES, MonthLines
from shuibei_index.simulation.priced import GoodsParts
from shuibei_index.simulation.profiles import PER_PIECE
from shuibei_index.simulation.reports import BASES
from shuibei_index.simulation.truth import Goods

Ints = npt.NDArray[np.int64]


def to_basis(amount_fen: Ints, before_tax: npt.NDArray[np.bool_], vat: float, basis: str) -> Ints:
    """Return amounts in the workspace's tax basis: whole fen, halves to the even one, in whole numbers throughout.

    Parameters
    ----------
    amount_fen
        Amounts as reported.
    before_tax
        Whether each was reported before tax.
    vat
        Percent, at most four digits after the point.
    basis
        "incl" or "excl".

    Examples
    --------
    >>> to_basis(np.array([1130, 1000, 50]), np.array([False, True, True]), 13.0, "incl").tolist()
    [1130, 1130, 56]
    """
    rate = round(vat * 10_000)
    whole = 1_000_000
    up, down = (whole + rate, whole) if basis == "incl" else (whole, whole + rate)
    quotient, rest = np.divmod(amount_fen, down)
    # amount · up / down without overflow: the whole part is exact, the rest is small
    tail, remainder = np.divmod(rest * up, down)
    rounded = tail + ((2 * remainder > down) | ((2 * remainder == down) & ((quotient * up + tail) % 2 == 1)))
    converted = quotient * up + rounded
    return np.where(before_tax == (basis == "incl"), converted, amount_fen)


def quantity_milli(lines: MonthLines, items: Items, classes: Classes) -> Ints:
    """Return thousandths of the class's pricing unit: mg, thousandths of a carat, or of a piece."""
    leaf = items.leaf[lines.item]
    weight = np.where(classes.metal[leaf] >= 0, lines.net_mg, lines.gross_mg)
    return np.select([classes.by_piece[leaf], classes.by_carat[leaf]], [lines.pieces * 1000, lines.carat], weight)


def makes_price(lines: MonthLines, items: Items, classes: Classes) -> npt.NDArray[np.bool_]:
    """Return which lines make prices: sales, and in the toll classes toll work."""
    toll = classes.is_toll[items.leaf[lines.item]]
    return np.asarray(lines.trade == np.where(toll, TOLL, SALE))


def goods_sold(
    periods: tuple[str, ...],
    months: tuple[MonthLines, ...],
    firms: Firms,
    items: Items,
    classes: Classes,
    vat: npt.NDArray[np.float64],
    basis: str,
    benchmark: npt.NDArray[np.float64],
) -> Goods:
    """Add up what the whole market sold, by item and month.

    Parameters
    ----------
    benchmark
        CNY per gram of each metal with tax, shape (T, metals).
    """
    shape = (len(periods), len(items.ids))
    amount, quantity = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    making, stone, net, pure, pieces = (np.zeros(shape, dtype=np.int64) for _ in range(5))
    lost = np.zeros(shape) if (items.drift > 0).any() else None
    for t, lines in enumerate(months):
        rows = np.flatnonzero(makes_price(lines, items, classes))
        item = lines.item[rows]
        before_tax = firms.before_tax[items.firm[item]]
        fen = to_basis(lines.amount_fen[rows], before_tax, float(vat[t]), basis)
        np.add.at(amount[t], item, fen)
        np.add.at(quantity[t], item, quantity_milli(lines, items, classes)[rows])
        parts = line_parts(lines, rows, items, classes, fen)
        for total, of_line in (
            (making, parts.making_fen),
            (stone, parts.stone_fen),
            (net, parts.net_mg),
            (pure, parts.pure_ug),
            (pieces, lines.pieces[rows]),
        ):
            np.add.at(total[t], item, of_line)
        if lost is not None:
            np.add.at(lost[t], item, _weight_lost(lines, rows, items) * fen / lines.amount_fen[rows])
    constant = amount if lost is None else amount + lost
    metal = classes.metal[items.leaf]
    tax = np.zeros(len(periods)) if basis == "incl" else np.log1p(vat / 100.0)
    log_benchmark = np.where(metal >= 0, np.log(benchmark)[:, metal] - tax[:, np.newaxis], np.nan)
    by_weight = np.where(items.basis == PER_PIECE, 0.0, 1.0)
    contents = GoodsParts(making, stone, net, pure, pieces, by_weight, log_benchmark, metal)
    return Goods(periods, np.array(classes.codes)[items.leaf], amount, quantity, constant, contents)


def _weight_lost(lines: MonthLines, rows: Ints, items: Items) -> npt.NDArray[np.float64]:
    # fen (as reported) that the metal lost since the item was new would cost, with the charge that goes by the gram
    item = lines.item[rows]
    drifting = items.drift[item] > 0
    missing = np.where(drifting, lines.pieces[rows] * items.net_mg[item] - lines.net_mg[rows], 0) / 1000
    per_gram = lines.metal_price[rows] * (items.fineness[item] / 10_000) * (1 + lines.loss[rows] / 10_000)
    per_gram = per_gram * np.where(lines.basis[rows] == 2, 1 + lines.charge[rows] / 10_000, 1.0)
    return missing * (per_gram + np.where(lines.basis[rows] == 0, lines.charge[rows], 0))


def yearly_weights(goods: Goods, trees: dict[int, Hierarchy]) -> pd.DataFrame:
    """Return weights.csv: the market's turnover (CNY) of the year before; the first year its own."""
    words, leaf = np.unique(goods.item_class, return_inverse=True)
    first = int(goods.periods[0][:4])
    parts = []
    for year, tree in trees.items():
        source = max(year - 1, first)
        rows = [t for t, p in enumerate(goods.periods) if p.startswith(f"{source:04d}")]
        total = np.zeros(len(words), dtype=np.int64)
        np.add.at(total, leaf, goods.amount_fen[rows].sum(axis=0))
        keep = (total > 0) & np.isin(words, tree.leaves)
        frame = pd.DataFrame({"class_code": words[keep].astype(object), "weight": total[keep] / 100.0})
        parts.append(frame.assign(year=year, price_period=str(source)))
    return pd.concat(parts, ignore_index=True)[["year", "class_code", "weight", "price_period"]]


def month_table(
    period: str, lines: MonthLines, firms: Firms, items: Items, classes: Classes, vat: float, basis: str, stage: str
) -> pa.Table:
    """Return one month's lines of the whole market as a table, named like accepted records."""
    item = lines.item
    firm, leaf = items.firm[item], items.leaf[item]
    n = len(item)

    def words(position: npt.NDArray[np.integer], names: npt.NDArray[np.str_] | tuple[str, ...]) -> pa.Array:
        codes = pa.array(position.astype(np.int32), mask=position < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array([str(x) for x in names], type=pa.string()))

    nothing = np.zeros(n, dtype=np.int64)
    metal = classes.metal[leaf] >= 0
    priced = lines.metal_price > 0
    accepted = to_basis(lines.amount_fen, firms.before_tax[firm], vat, basis)
    parts = line_parts(lines, np.arange(n), items, classes, accepted)
    columns: dict[str, pa.Array] = {
        "enterprise_id": words(firm, firms.ids),
        "period": words(nothing, (period,)),
        "line_no": pa.array(lines.line_no),
        "item_id": _item_ids(item, items),
        "class_code": words(leaf, classes.codes),
        "deal_time": pa.array(np.datetime64(period, "s") + lines.second.astype("timedelta64[s]")),
        "trade_type": words(lines.trade, TRADES),
        "stage": words(nothing, (stage,)),
        "pieces": pa.array(lines.pieces),
        "weight_mg": pa.array(np.where(classes.by_carat[leaf], lines.carat // 5, lines.gross_mg)),
        "net_weight_mg": pa.array(lines.net_mg, mask=~metal),
        "quantity_milli": pa.array(quantity_milli(lines, items, classes)),
        "fineness": pa.array(items.fineness[item] / 10, mask=~metal),
        "tax_basis": words(firms.before_tax[firm].astype(np.int8), ("incl", "excl")),
        "amount_reported_fen": pa.array(lines.amount_fen),
        "amount_fen": pa.array(accepted),
        "metal_price": pa.array(lines.metal_price / 100, mask=~priced),
        "making_charge": pa.array(lines.charge / 100, mask=lines.basis == NO_CHARGE),
        "charge_basis": words(lines.basis, BASES),
        "loss_rate": pa.array(lines.loss / 100, mask=~priced),
        "stone_amount_fen": pa.array(lines.stone_fen, mask=lines.stone_fen == 0),
        "stone_carat": pa.array(lines.carat / 1000, mask=lines.carat == 0),
        "metal_fen": pa.array(parts.metal_fen),
        "loss_fen": pa.array(parts.loss_fen),
        "making_fen": pa.array(parts.making_fen),
        "stone_fen": pa.array(parts.stone_fen),
        "net_mg": pa.array(parts.net_mg),
        "pure_ug": pa.array(parts.pure_ug),
        "in_panel": pa.array(firms.in_panel[firm]),
    }
    return pa.table(columns)


def _item_ids(item: Ints, items: Items) -> pa.Array:
    used, codes = np.unique(item, return_inverse=True)
    # two enterprises may use the same code: the dictionary holds each text once
    names, position = np.unique(items.ids[used], return_inverse=True)
    texts = pa.array([str(x) for x in names], type=pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(position[codes].astype(np.int32)), texts)
