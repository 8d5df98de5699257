"""The identity of a metal line (contract §3) and what a failing one looks like.

amount = net grams × [metal price × fineness/1000 × (1 + loss/100) + charge per gram] + stones, in the line's own tax
basis; a charge per piece × pieces, or a percentage of the metal value, in place of charge per gram × grams.
Toll work has no metal in its amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shuibei_index.validation import fineness as read
from shuibei_index.validation.batch import Mask
from shuibei_index.validation.classify import PIECE
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.registry import Found, Rows, check, detail, numbers

_SIGNS_ZH = {"vat": "(1+增值税率)", "grams": "克重"}
_SIGNS_EN = {"vat": "(1 + VAT rate)", "grams": "weight in grams"}

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """What the stated parts of some records come to, in CNY.

    `known` = every part is stated; `uncharged` = every part but the making charge, of a line that should have one.
    """

    known: Mask
    uncharged: Mask
    metal: Floats
    charge: Floats
    stone: Floats

    @property
    def implied(self) -> Floats:
        """What the amount should be."""
        return self.metal + self.charge + self.stone


def line(facts: Facts, rows: Rows | slice) -> Line:
    """Add up the stated parts of records; known only where every part it needs is stated."""
    number, normal = facts.batch.number, facts.normalised
    price, charge, loss = (number[name] for name in ("metal_price", "making_charge", "loss_rate"))
    grams = facts.net_mg[rows] / 1000.0
    toll = facts.toll[rows]
    metal = np.where(toll, 0.0, grams * price.values[rows] * facts.fineness.permille[rows] / 1000.0)
    metal *= 1.0 + loss.values[rows] / 100.0
    per_gram, per_piece, percent = (
        facts.is_word("charge_basis", word)[rows] for word in ("per_gram", "per_piece", "percent")
    )
    pieces = number["pieces"]
    times = np.where(per_gram, grams, np.where(per_piece, pieces.values[rows], metal / 100.0))
    stone = normal.stone.values[rows] / 100.0
    metal_known = toll | (price.known[rows] & (facts.fineness.status[rows] == read.STATED))
    # a set piece without a stone amount has stones all the same: its parts do not add up to anything
    stones_known = normal.stone.known[rows] | (facts.classified.unit[rows] != PIECE)
    known = metal_known & stones_known & (grams > 0) & normal.reported.known[rows]
    known &= (toll | facts.sale[rows]) & facts.in_tree[rows]
    charged = charge.known[rows] & (per_gram | (per_piece & pieces.known[rows]) | percent)
    return Line(known & charged, known & ~charge.known[rows] & ~toll, metal, charge.values[rows] * times, stone)


def tolerance(facts: Facts, rows: Rows | slice, amount: Floats) -> Floats:
    """Return how far amount and parts may lie apart: a share, and the half steps of rounded weights and amounts."""
    cells = facts.classified
    share = cells.per_month(lambda rules: float(rules["identity_tolerance"]), 0.0)[rows]
    step_mg = cells.per_month(lambda rules: float(rules["identity_weight_step"]), 0.0)[rows]
    step_fen = cells.per_month(lambda rules: float(rules["identity_amount_step"]), 0.0)[rows]
    price = facts.batch.number["metal_price"].values[rows]
    return np.asarray(share * amount + step_mg / 2000.0 * price + step_fen / 200.0)


@check("identity", "amount")
def identity(facts: Facts) -> Found:
    """Find amounts that are not what their stated parts come to; lines that do not state all parts pass."""
    everything = slice(None)
    parts = line(facts, everything)
    amount = facts.normalised.reported.values / 100.0
    apart = np.abs(amount - parts.implied) > tolerance(facts, everything, np.abs(amount))
    return parts.known & apart & (amount > 0)


@check("charge_not_in_amount", "making_charge", null="fail")
def charge_not_in_amount(facts: Facts) -> Found:
    """Find sales without a making charge whose amount is metal and stones alone: it was left out of both."""
    everything = slice(None)
    parts = line(facts, everything)
    amount = facts.normalised.reported.values / 100.0
    least = parts.implied + tolerance(facts, everything, np.abs(amount))
    return parts.uncharged & (amount > 0) & (amount <= least) & facts.by_metal_weight


@detail("charge_not_in_amount")
def _charge_not_in_amount(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    parts = line(facts, rows)
    return {"amount": numbers(facts.normalised.reported.values[rows] / 100.0), "metal": numbers(parts.implied)}


@detail("identity")
def _identity(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    parts = line(facts, rows)
    amount = facts.normalised.reported.values[rows] / 100.0
    # parts that come to less than half a fen have no ratio to anything
    ratio = amount / np.where(parts.implied > 0.005, parts.implied, np.nan)
    zh, en = suspects(facts, rows, ratio)
    return {
        "expected": numbers(parts.implied),
        "metal": numbers(parts.metal),
        "charge": numbers(parts.charge),
        "stone": numbers(parts.stone),
        "ratio": numbers(np.nan_to_num(ratio), 4),
        "suspect_zh": zh,
        "suspect_en": en,
    }


def suspects(facts: Facts, rows: Rows, ratio: Floats) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.str_]]:
    """Name the mistake whose factor the ratio stated : expected matches, in both languages; '' if none does.

    Proposes only: nothing is ever corrected from it.
    """
    cells = facts.classified
    # what is not above zero has no factor: as NaN it comes near none
    log_ratio = _log(ratio)
    near = np.log1p(cells.per_month(lambda rules: float(rules["suspect_tolerance"]), 0.0)[rows])
    vat = cells.per_month(lambda rules: 1 + float(rules["vat_rate"]) / 100, 1.0)[rows]
    grams = facts.net_mg[rows] / 1000.0
    rules = cells.rules[-1]
    entries: list[dict[str, str]] = rules["suspect_factors"]
    zh, en = [""], [""]
    best, found = near.copy(), np.zeros(rows.size, dtype=np.int64)
    for entry in entries:
        factor = {"vat": vat, "grams": grams}.get(entry["factor"])
        log_factor = _log(np.full(rows.size, float(entry["factor"])) if factor is None else factor)
        for sign, mark in ((1, "×"), (-1, "÷")):
            away = np.abs(log_ratio - sign * log_factor)
            # a factor near 1 (a ring of one gram) explains anything: it must be clearly off 1
            hit = (away < best) & (np.abs(log_factor) > 2 * near)
            best, found = np.where(hit, away, best), np.where(hit, len(zh), found)
            zh.append(f"；疑似 {mark}{_SIGNS_ZH.get(entry['factor'], entry['factor'])}（{entry['zh']}）")
            en.append(f"; looks like {mark}{_SIGNS_EN.get(entry['factor'], entry['factor'])} ({entry['en']})")
    return np.array(zh)[found], np.array(en)[found]


def _log(values: Floats) -> Floats:
    return np.log(np.where(values > 0, values, np.nan))
