"""Checks of single cells: is it there, is it a known word, does it lie in its range."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
import pyarrow.compute as pc

from shuibei_index.intake.schema import CODES
from shuibei_index.validation.batch import Mask
from shuibei_index.validation.classify import CARAT, GRAM, PIECE
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.findings import texts
from shuibei_index.validation.registry import NO_LIMIT, Found, Rows, bounds, check, detail
from shuibei_index.validation.words import CODED, EMPTY, UNKNOWN

_ID_LENGTH = 64
_REQUIRED_TEXT = ("enterprise_id", "period", "item_id", "class_code")


@check("required_cell", null="fail")
def required_cell(facts: Facts) -> Found:
    """Find cells without which a record has no key, no class or no amount."""
    missing: dict[str, Mask] = {name: facts.batch.text[name].codes < 0 for name in _REQUIRED_TEXT}
    lines = facts.batch.table["line_no"]
    missing["line_no"] = lines.is_null().to_numpy() if lines.null_count else np.zeros(facts.batch.size, dtype=bool)
    amount = facts.batch.number["amount"]
    missing["amount"] = ~amount.known if amount.impossible is None else ~amount.known & ~amount.impossible
    return missing


@check("tax_basis_missing", "tax_basis", null="fail")
def tax_basis_missing(facts: Facts) -> Found:
    """Find amounts without a tax basis: they may mean two things 13 % apart."""
    return facts.words["tax_basis"] == EMPTY


@check("word_unknown")
def word_unknown(facts: Facts) -> Found:
    """Find words in coded columns that are in no list."""
    return {column: facts.words[column] == UNKNOWN for column in CODED}


@detail("word_unknown")
def _word_unknown(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    words = [f"{CODES[column][code]} {code}" if column in CODES else code for code in facts.codes[column]]
    return {"expected": ", ".join(words)}


@check("number_impossible")
def number_impossible(facts: Facts) -> Found:
    """Find infinite numbers: they count as not known, and somebody has to say what was meant."""
    return {name: number.impossible for name, number in facts.batch.number.items() if number.impossible is not None}


@check("id_characters")
def id_characters(facts: Facts) -> Found:
    """Find ids with invisible or control characters, or longer than any id: they would make two of one."""
    found: dict[str, Mask] = {}
    for name in ("enterprise_id", "item_id"):
        column = facts.batch.text[name]
        found[name] = column.lookup(_odd, False, np.bool_)[column.codes].astype(bool)
    return found


def _odd(word: str) -> bool:
    if word.isascii():
        return len(word) > _ID_LENGTH or not word.isprintable()
    # C* = control, format (zero-width, direction marks), surrogate, private use, unassigned
    return len(word) > _ID_LENGTH or any(unicodedata.category(sign)[0] == "C" for sign in word)


@check("amount_range", "amount")
def amount_range(facts: Facts) -> Found:
    """Find amounts that are not above zero, or beyond any single line of trade."""
    top = facts.classified.per_month(lambda rules: float(rules["amount_max"]) * 100, NO_LIMIT)
    known = facts.batch.number["amount"].known
    reported = facts.normalised.reported
    unusable = known & (facts.words["amount_unit"] != UNKNOWN) & ~reported.known
    return unusable | (reported.known & ((reported.values <= 0) | (reported.values > top)))


@detail("amount_range")
def _amount_range(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    top = facts.classified.per_month(lambda rules: float(rules["amount_max"]), NO_LIMIT)[rows]
    return {"expected": bounds(np.zeros(rows.size), top)}


@check("weight_range")
def weight_range(facts: Facts) -> Found:
    """Find weights that are not above zero, or beyond any single line of trade."""
    top = facts.classified.per_month(lambda rules: float(rules["weight_max"]) * 1000, NO_LIMIT)
    normal, found = facts.normalised, {}
    by_weight = facts.in_tree & (facts.classified.unit != PIECE)
    for name, exact in (("weight", normal.weight), ("net_weight", normal.net_weight)):
        given = facts.batch.number[name]
        found[name] = given.known & ((given.values < 0) | (exact.known & (exact.values > top)))
        found[name] |= given.known & normal.factor_known & ~exact.known
        # firms write 0 where a thing has no metal; where the price is by weight, nothing cannot be sold
        found[name] |= given.known & (given.values == 0) & by_weight
        found[name] |= exact.known & (exact.values == 0) & by_weight
    return found


@detail("weight_range")
def _weight_range(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    top = facts.classified.per_month(lambda rules: float(rules["weight_max"]), NO_LIMIT)[rows]
    return {"expected": bounds(np.zeros(rows.size), top)}


@check("pieces_range", "pieces")
def pieces_range(facts: Facts) -> Found:
    """Find counts of pieces that are not above zero, not whole, or beyond any single line of trade."""
    top = facts.classified.per_month(lambda rules: float(rules["pieces_max"]), NO_LIMIT)
    pieces = facts.batch.number["pieces"]
    return pieces.known & ((pieces.values <= 0) | (pieces.values > top))


@detail("pieces_range")
def _pieces_range(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    top = facts.classified.per_month(lambda rules: float(rules["pieces_max"]), NO_LIMIT)[rows]
    return {"expected": bounds(np.ones(rows.size), top)}


@check("component_range")
def component_range(facts: Facts) -> Found:
    """Find parts of the price that are below zero, a metal price of zero, a loss beyond what any process loses."""
    number = facts.batch.number
    most_lost = facts.classified.per_month(lambda rules: float(rules["loss_rate_max"]), NO_LIMIT)
    loss = number["loss_rate"]
    return {
        "metal_price": number["metal_price"].known
        & (number["metal_price"].values <= np.where(facts.by_metal_weight & facts.sale, 0.0, -1e-9)),
        "making_charge": number["making_charge"].known & (number["making_charge"].values < 0),
        "loss_rate": loss.known & ((loss.values < 0) | (loss.values > most_lost)),
        "stone_amount": number["stone_amount"].known & (number["stone_amount"].values < 0),
        "stone_carat": number["stone_carat"].known & (number["stone_carat"].values < 0),
    }


@check("quantity_missing", null="fail")
def quantity_missing(facts: Facts) -> Found:
    """Find records without the quantity their class is priced by: weight for grams and carats, else pieces."""
    number, unit = facts.batch.number, facts.classified.unit
    no_weight = ~number["weight"].known
    return {
        "weight": facts.in_tree
        & (((unit == GRAM) & no_weight & ~number["net_weight"].known) | ((unit == CARAT) & no_weight)),
        "pieces": facts.in_tree & (unit == PIECE) & ~number["pieces"].known,
    }


def _weighed(facts: Facts) -> Mask:
    return facts.batch.number["weight"].known | facts.batch.number["net_weight"].known


@check("weight_unit_missing", "weight_unit", null="fail")
def weight_unit_missing(facts: Facts) -> Found:
    """Find a weight without a unit in a class priced by weight."""
    priced = facts.in_tree & ((facts.classified.unit == GRAM) | (facts.classified.unit == CARAT))
    return priced & _weighed(facts) & (facts.words["weight_unit"] == EMPTY)


@check("weight_unit_unused", "weight_unit", null="fail")
def weight_unit_unused(facts: Facts) -> Found:
    """Find a weight without a unit in a class priced by the piece: left out, the record stays."""
    return facts.in_tree & (facts.classified.unit == PIECE) & _weighed(facts) & (facts.words["weight_unit"] == EMPTY)


@check("unit_system_missing", "unit_system", null="fail")
def unit_system_missing(facts: Facts) -> Found:
    """Find weights in 钱 or 两 without a declared system: each may be four different weights."""
    return _weighed(facts) & facts.is_word("weight_unit", "qian", "liang") & (facts.words["unit_system"] == EMPTY)


@check("net_exceeds_gross", "net_weight")
def net_exceeds_gross(facts: Facts) -> Found:
    """Find net weights above the weight of the whole."""
    weight, net = facts.normalised.weight, facts.normalised.net_weight
    return weight.known & net.known & (net.values > weight.values)


@detail("net_exceeds_gross")
def _net_exceeds_gross(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    weight = texts(facts.batch.table, "weight", rows)
    return {"weight": weight, "expected": pc.binary_join_element_wise("≤ ", weight, "")}


@check("charge_basis_missing", "charge_basis", null="fail")
def charge_basis_missing(facts: Facts) -> Found:
    """Find a making charge that may be per gram, per piece or a percentage."""
    return facts.batch.number["making_charge"].known & (facts.words["charge_basis"] == EMPTY)


@check("amount_rounded")
def amount_rounded(facts: Facts) -> Found:
    """Find amounts with more decimals than a fen: rounded half to even."""
    return {"amount": facts.normalised.reported.rounded, "stone_amount": facts.normalised.stone.rounded}


@check("weight_rounded")
def weight_rounded(facts: Facts) -> Found:
    """Find weights with more decimals than a milligram: rounded half to even."""
    carat = facts.classified.unit == CARAT
    # loose stones are counted in 0.001 ct = 0.2 mg: their milligrams are never used
    return {
        "weight": facts.normalised.weight.rounded & ~carat,
        "net_weight": facts.normalised.net_weight.rounded & ~carat,
    }
