"""Checks of metal: fineness against class, the metal price against the month's benchmark, price against metal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from shuibei_index.index.tree import METALS, UNITS
from shuibei_index.metal_prices import quotes
from shuibei_index.rules import RulesAt
from shuibei_index.validation import fineness as read
from shuibei_index.validation.batch import Mask
from shuibei_index.validation.classify import CARAT, GRAM, PIECE, Classified
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.identity import suspects
from shuibei_index.validation.quotes import DAY, MONTH, QUOTE, AtDeal, at_deal
from shuibei_index.validation.registry import NO_LIMIT, Found, Rows, bounds, check, detail, numbers

_METALS_ZH = ("黄金", "铂", "钯", "银", "")


def _status(facts: Facts, status: int) -> Mask:
    return np.asarray(facts.in_tree & (facts.classified.metal >= 0) & (facts.fineness.status == status))


@check("fineness_missing", "fineness", null="fail")
def fineness_missing(facts: Facts) -> Found:
    """Find a class priced by the gram of metal, without saying how pure the metal is."""
    return facts.by_metal_weight & (facts.fineness.status == read.EMPTY)


@check("fineness_unknown", "fineness")
def fineness_unknown(facts: Facts) -> Found:
    """Find names that are in no table of fineness."""
    return _status(facts, read.UNKNOWN)


@check("fineness_ambiguous", "fineness")
def fineness_ambiguous(facts: Facts) -> Found:
    """Find numbers that may be a share, per cent, karat or per thousand."""
    return _status(facts, read.AMBIGUOUS)


@check("fineness_other_metal", "fineness")
def fineness_other_metal(facts: Facts) -> Found:
    """Find a mark of another metal in a class priced by the gram of its metal."""
    return facts.by_metal_weight & (facts.fineness.metal >= 0) & (facts.fineness.metal != facts.classified.metal)


@detail("fineness_other_metal", "piece_metal_note")
def _class_metal(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    zh, en = np.array(_METALS_ZH), np.array([*METALS, ""])
    own, named = facts.classified.metal[rows], facts.fineness.metal[rows]
    return {"metal_zh": zh[own], "metal_en": en[own], "named_zh": zh[named], "named_en": en[named], "expected": en[own]}


@check("fineness_withdrawn", "fineness")
def fineness_withdrawn(facts: Facts) -> Found:
    """Find names the standard no longer has: understood as before."""
    return facts.in_tree & facts.fineness.withdrawn


def class_fineness(rules: RulesAt, code: str) -> tuple[float, float]:
    """Return the range of fineness of a class: the entry of the longest code it begins with, else 0 – 1000."""
    ranges: dict[str, list[float]] = rules["fineness_of_class"]
    best = max((prefix for prefix in ranges if code.startswith(prefix)), key=len, default=None)
    low, high = ranges[best] if best is not None else (0.0, 1000.0)
    return float(low), float(high)


def _class_range(facts: Facts) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    cells = facts.classified
    low = cells.per_cell(lambda rules, code, unit, metal: class_fineness(rules, code)[0], 0.0, np.float64)
    high = cells.per_cell(lambda rules, code, unit, metal: class_fineness(rules, code)[1], 1000.0, np.float64)
    return low, high


@check("fineness_class", "fineness")
def fineness_class(facts: Facts) -> Found:
    """Find a fineness its class does not have, like 750 ‰ under 22K."""
    low, high = _class_range(facts)
    cell, permille = facts.classified.cell, facts.fineness.permille
    same_metal = facts.metal == facts.classified.metal
    return _status(facts, read.STATED) & same_metal & ((permille < low[cell]) | (permille > high[cell]))


@detail("fineness_class")
def _fineness_range(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    low, high = _class_range(facts)
    cell = facts.classified.cell[rows]
    return {"expected": bounds(low[cell], high[cell]), "permille": numbers(facts.fineness.permille[rows], 1)}


def price_bounds_of(rules: RulesAt, code: str, unit: int, metal: int) -> tuple[float, float]:
    """Return the widest thinkable price range of a class, CNY per unit.

    The entry of the longest class code it begins with, else of its metal where it is priced by the gram, else of its
    unit.
    """
    table: Mapping[str, tuple[float, float]] = rules.view("price_bounds")
    prefix = max((key for key in table if key.isdigit() and code.startswith(key)), key=len, default=None)
    other = METALS[metal] if unit == GRAM and metal >= 0 else UNITS[unit]
    low, high = table[prefix if prefix is not None else other]
    return float(low), float(high)


def price_ranges(cells: Classified) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the widest thinkable price range of every cell, looked up once for all who ask."""
    low = cells.per_cell(lambda *cell: price_bounds_of(*cell)[0], 0.0, np.float64, kept="lowest price")
    high = cells.per_cell(lambda *cell: price_bounds_of(*cell)[1], NO_LIMIT, np.float64, kept="highest price")
    return low, high


def _price_range(facts: Facts) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    return price_ranges(facts.classified)


def _of_toll(rules: RulesAt, code: str, unit: int, metal: int) -> bool:
    return code.startswith(tuple(rules["toll_classes"]))


@check("price_bounds", "amount")
def price_bounds(facts: Facts) -> Found:
    """Find prices per unit that no trade has: some unit is not what the row says. Sales and toll work only."""
    low, high = _price_range(facts)
    cell, normal = facts.classified.cell, facts.normalised
    # toll work outside its class has no price of the class: toll_class speaks of it
    toll = facts.toll & facts.classified.per_cell(_of_toll, False, np.bool_)[cell]
    of_interest = facts.in_tree & facts.priced & (facts.sale | toll)
    # amount and quantity are compared as they stand, without making a price of every record
    tenfold, quantity = 10.0 * normal.amount, normal.quantity
    return of_interest & ((tenfold < low[cell] * quantity) | (tenfold > high[cell] * quantity))


@detail("price_bounds")
def _price_bounds(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    low, high = _price_range(facts)
    cell = facts.classified.cell[rows]
    middle = np.sqrt(np.maximum(low[cell], 1e-9) * high[cell])
    metal_value = facts.benchmark_of_amount[rows] * facts.fineness.permille[rows] / 1000.0
    middle = np.where((metal_value > 0) & facts.by_metal_weight[rows], metal_value, middle)
    ratio = facts.price[rows] / np.where(middle > 0, middle, 1.0)
    zh, en = suspects(facts, rows, ratio)
    return {
        "price": numbers(facts.price[rows]),
        "unit": np.array([*UNITS, ""])[facts.classified.unit[rows]],
        "expected": bounds(low[cell], high[cell]),
        "suspect_zh": zh,
        "suspect_en": en,
    }


@check("metal_price_benchmark", "metal_price")
def metal_price_benchmark(facts: Facts) -> Found:
    """Find a metal price far from the month's benchmark; nothing is checked where the table has no price."""
    given = facts.batch.number["metal_price"]
    far = facts.classified.per_month(lambda rules: float(rules["metal_price_tolerance"]), NO_LIMIT)
    benchmark = facts.benchmark_of_line
    # without a tax basis nobody can say which benchmark is meant
    known = given.known & (given.values > 0) & (benchmark > 0) & facts.in_tree & (facts.words["tax_basis"] >= 0)
    # what has a quote of its day is compared with that
    known &= _at_deal(facts).level == MONTH
    high, low = given.values > benchmark * (1 + far), given.values * (1 + far) < benchmark
    return known & (high | low)


@detail("metal_price_benchmark")
def _benchmark(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    far = facts.classified.per_month(lambda rules: float(rules["metal_price_tolerance"]), 0.0)[rows]
    benchmark = facts.benchmark_of_line[rows]
    zh, en = suspects(facts, rows, facts.batch.number["metal_price"].values[rows] / benchmark)
    return {
        "benchmark": numbers(benchmark),
        "expected": bounds(benchmark / (1 + far), benchmark * (1 + far)),
        "suspect_zh": zh,
        "suspect_en": en,
    }


def _at_deal(facts: Facts) -> AtDeal:
    return at_deal(facts.metal_prices, facts.metal, facts.deal_time)


def quote_tolerance(rules: RulesAt, level: int) -> float:
    """Return how far a metal price may be from the last quote before its deal, or from the mean of its day."""
    return float(rules["metal_quote_tolerance"][{DAY: "day", QUOTE: "quote"}[level]])


def _quoted(facts: Facts) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.int8]]:
    """Return the benchmark at each deal in the basis of its line (0 = no quotes), the tolerance and the level."""
    at = _at_deal(facts)
    per_month = facts.classified.per_month
    of_day = per_month(lambda rules: quote_tolerance(rules, DAY), NO_LIMIT)
    of_quote = per_month(lambda rules: quote_tolerance(rules, QUOTE), NO_LIMIT)
    return at.price * facts.tax_of_benchmark, np.where(at.level == QUOTE, of_quote, of_day), at.level


@check("metal_price_quote", "metal_price")
def metal_price_quote(facts: Facts) -> Found:
    """Find a metal price far from the quotes of its day: the last one before the deal, else the day's mean."""
    given = facts.batch.number["metal_price"]
    if facts.metal_prices is None or not len(quotes(facts.metal_prices)):
        return np.zeros(facts.batch.size, dtype=bool)
    benchmark, far, level = _quoted(facts)
    known = given.known & (given.values > 0) & (level != MONTH) & facts.in_tree & (facts.words["tax_basis"] >= 0)
    return known & ((given.values > benchmark * (1 + far)) | (given.values * (1 + far) < benchmark))


@detail("metal_price_quote")
def _metal_price_quote(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    benchmark, far, level = (values[rows] for values in _quoted(facts))
    zh, en = suspects(facts, rows, facts.batch.number["metal_price"].values[rows] / benchmark)
    of_day = level == DAY
    return {
        "benchmark": numbers(benchmark),
        "against_zh": np.where(of_day, "当日各报价均值", "成交前最近一次报价"),
        "against_en": np.where(of_day, "the mean of the day's quotes", "the last quote before the deal"),
        "expected": bounds(benchmark / (1 + far), benchmark * (1 + far)),
        "suspect_zh": zh,
        "suspect_en": en,
    }


def _metal_ratio(facts: Facts) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    def ratio(end: int) -> npt.NDArray[np.float64]:
        table = [[float(rules["price_to_metal"][metal][end]) for metal in METALS] for rules in facts.classified.rules]
        empty = [0.0 if end == 0 else NO_LIMIT] * len(METALS)
        padded = np.pad(np.array([*table, empty]), ((0, 0), (0, 1)), constant_values=empty[0])
        return np.asarray(padded[facts.classified.month, facts.metal])

    return ratio(0), ratio(1)


@check("price_to_metal", "amount")
def price_to_metal(facts: Facts) -> Found:
    """Find a sale priced below its metal, or many times above it, by the month's benchmark and the stated fineness."""
    low, high = _metal_ratio(facts)
    metal_value = facts.benchmark_of_amount * facts.fineness.permille / 1000.0
    known = facts.by_metal_weight & facts.sale & facts.priced & (metal_value > 0)
    tenfold, quantity = 10.0 * facts.normalised.amount, facts.normalised.quantity
    return known & ((tenfold < low * metal_value * quantity) | (tenfold > high * metal_value * quantity))


@detail("price_to_metal")
def _price_to_metal(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    low, high = (end[rows] for end in _metal_ratio(facts))
    metal_value = facts.benchmark_of_amount[rows] * facts.fineness.permille[rows] / 1000.0
    zh, en = suspects(facts, rows, facts.price[rows] / metal_value)
    return {
        "price": numbers(facts.price[rows]),
        "metal_value": numbers(metal_value),
        "expected": bounds(low * metal_value, high * metal_value),
        "suspect_zh": zh,
        "suspect_en": en,
    }


def _carat_band(facts: Facts) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    def end(rules: RulesAt, code: str, which: int) -> float:
        band: list[float] = rules["carat_of_class"].get(code, [0.0, NO_LIMIT])
        return float(band[which])

    cells = facts.classified
    low = cells.per_cell(lambda rules, code, unit, metal: end(rules, code, 0), 0.0, np.float64)
    high = cells.per_cell(lambda rules, code, unit, metal: end(rules, code, 1), NO_LIMIT, np.float64)
    return low, high


@check("carat_class", "weight")
def carat_class(facts: Facts) -> Found:
    """Find loose stones whose mean weight lies outside the size band of their class; no pieces, no check."""
    low, high = _carat_band(facts)
    cell, pieces = facts.classified.cell, facts.batch.number["pieces"]
    known = facts.in_tree & (facts.classified.unit == CARAT) & facts.normalised.quantity_known & pieces.known
    known &= (pieces.values > 0) & (facts.normalised.quantity > 0)
    # half a thousandth of a carat a stone may be lost where weights are rounded
    slack = 0.5 * (pieces.values + 1)
    milli = facts.normalised.quantity
    return known & (
        (milli + slack < low[cell] * 1000 * pieces.values) | (milli - slack > high[cell] * 1000 * pieces.values)
    )


@detail("carat_class")
def _carat_class(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    low, high = (end[facts.classified.cell[rows]] for end in _carat_band(facts))
    each = facts.normalised.quantity[rows] / 1000.0 / facts.batch.number["pieces"].values[rows]
    middle = np.where((low > 0) & (high < 100), np.sqrt(np.maximum(low, 1e-9) * high), np.maximum(low, high / 2))
    # the bands are wide: which factor it was shows only roughly
    times = np.where(each > high, "×100", "÷100")
    likely = np.abs(np.log(each / np.maximum(middle, 1e-9))) > np.log(10)
    return {
        "each": numbers(each, 3),
        "expected": bounds(low, np.minimum(high, 1e6)),
        "suspect_zh": np.where(likely, np.char.add(np.char.add("；疑似 ", times), "（分与克拉）"), ""),
        "suspect_en": np.where(likely, np.char.add(np.char.add("; looks like ", times), " (points and carats)"), ""),
    }


@check("piece_metal_note", "fineness")
def piece_metal_note(facts: Facts) -> Found:
    """Find a set piece in another metal than its class usually has: kept, its metal part belongs to the named metal."""
    set_piece = facts.in_tree & (facts.classified.unit == PIECE) & (facts.classified.metal >= 0)
    return set_piece & (facts.fineness.metal >= 0) & (facts.fineness.metal != facts.classified.metal)
