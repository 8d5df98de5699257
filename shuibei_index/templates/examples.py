"""Examples: one filled line per class, worked out from the rules so that it passes every check."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from shuibei_index.index.tree import METALS, UNITS
from shuibei_index.intake.schema import CODES, SUBMISSION
from shuibei_index.metal_prices import month_prices
from shuibei_index.rules import RulesAt
from shuibei_index.templates.inputs import Leaf, fineness_list
from shuibei_index.validation.fineness import parse_fineness
from shuibei_index.validation.metal import price_bounds_of

#: In place of a firm's code: a line copied from the examples is of no firm, and never counts as data.
EXAMPLE_FIRM = "示例EXAMPLE"
_GRAMS, _SET_GROSS, _SET_NET, _CARATS = 12.5, 5.2, 4.8, 1.2


def example_lines(
    leaves: Sequence[Leaf],
    rules: RulesAt,
    *,
    stage: str = "wholesale",
    metal_prices: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return one line per class with the columns of a submission; empty cells are "".

    Metal prices are the newest benchmark up to the month where there is one, else the middle of what the rules
    let pass: the lines show how to fill in the form, not what things cost. Tax as in the table of benchmarks.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> leaf = Leaf("01010101", "普通足金戒指", "Ordinary pure gold rings", "g", "gold")
    >>> line = example_lines([leaf], Rules.load().at("2025-06")).iloc[0]
    >>> line["weight"], line["weight_unit"], line["fineness"], line["charge_basis"]
    (12.5, '克', '足金999', '克工费')
    """
    prices = {metal: _metal_price(metal, rules, metal_prices) for metal in METALS}
    common = {
        "enterprise_id": EXAMPLE_FIRM,
        "period": rules.month,
        "deal_time": f"{rules.month}-15 10:30",
        "trade_type": CODES["trade_type"]["sale"],
        "stage": CODES["stage"][stage],
        "amount_unit": CODES["amount_unit"]["yuan"],
        "tax_basis": CODES["tax_basis"][str(rules["benchmark_tax_basis"])],
    }
    # one line per class of the tree, a few dozen: nothing that grows with the data
    lines = [
        {
            **common,
            "line_no": number,
            "item_id": f"EX-{leaf.code}",
            "class_code": leaf.code,
            **_line(leaf, rules, prices),
        }
        for number, leaf in enumerate(leaves, start=1)
    ]
    return pd.DataFrame(lines, columns=[c.name for c in SUBMISSION], dtype=object).fillna("")


def _line(leaf: Leaf, rules: RulesAt, prices: Mapping[str, float]) -> dict[str, Any]:
    if leaf.code.startswith("91"):
        return _toll(leaf, rules)
    if leaf.unit == "ct":
        return _stones(leaf, rules)
    if not leaf.metal:
        least = price_bounds_of(rules, leaf.code, UNITS.index(leaf.unit), -1)
        amount = _round(math.sqrt(least[0] * least[1]))
        if leaf.unit == "g":
            return {"weight": _GRAMS, "weight_unit": "克", "amount": _GRAMS * amount}
        return {"pieces": 1, "weight": 45.0, "weight_unit": "克", "amount": amount, "note": leaf.name_zh}
    return _set(leaf, rules, prices) if leaf.unit == "piece" else _metal(leaf, rules, prices)


def _metal(leaf: Leaf, rules: RulesAt, prices: Mapping[str, float]) -> dict[str, Any]:
    mark, permille = _mark(leaf, rules)
    price, charge = prices[leaf.metal], max(1.0, _round(0.03 * prices[leaf.metal]))
    return {
        "pieces": 2,
        "weight": _GRAMS,
        "net_weight": _GRAMS,
        "weight_unit": "克",
        "fineness": mark,
        "metal_price": price,
        "making_charge": charge,
        "charge_basis": CODES["charge_basis"]["per_gram"],
        "amount": round(_GRAMS * (price * permille / 1000.0 + charge), 2),
    }


def _set(leaf: Leaf, rules: RulesAt, prices: Mapping[str, float]) -> dict[str, Any]:
    mark, permille = _mark(leaf, rules)
    price, charge, stones = prices[leaf.metal], 380.0, 2600.0
    diamond = leaf.code.startswith("03")
    return {
        "pieces": 1,
        "weight": _SET_GROSS,
        "net_weight": _SET_NET,
        "weight_unit": "克",
        "fineness": mark,
        "metal_price": price,
        "making_charge": charge,
        "charge_basis": CODES["charge_basis"]["per_piece"],
        "stone_amount": stones,
        "stone_type": "钻石" if diamond else "红宝石",
        "stone_carat": 0.3,
        "stone_colour": "H" if diamond else "红",
        "stone_clarity": "VS" if diamond else "",
        "amount": round(_SET_NET * price * permille / 1000.0 + charge + stones, 2),
    }


def _stones(leaf: Leaf, rules: RulesAt) -> dict[str, Any]:
    low, high = rules["carat_of_class"].get(leaf.code, [0.0, 2 * _CARATS])
    # a fifth above where the band begins, or its middle where it begins at nothing
    each = round(min(1.2 * low, (low + high) / 2) if low else high / 2, 3)
    bounds = price_bounds_of(rules, leaf.code, UNITS.index("ct"), -1)
    diamond = leaf.code.startswith("03")
    return {
        "pieces": 1,
        "weight": each,
        "weight_unit": "克拉",
        "amount": round(each * _round(math.sqrt(bounds[0] * bounds[1])), 2),
        "stone_type": "钻石" if diamond else "蓝宝石",
        "stone_carat": each,
        "stone_colour": "H" if diamond else "蓝",
        "stone_clarity": "VS" if diamond else "",
        "stone_cut": "EX" if diamond else "",
    }


def _toll(leaf: Leaf, rules: RulesAt) -> dict[str, Any]:
    return {
        "trade_type": CODES["trade_type"]["toll"],
        "weight": _GRAMS,
        "net_weight": _GRAMS,
        "weight_unit": "克",
        "fineness": _mark(leaf, rules)[0],
        "making_charge": 12.0,
        "charge_basis": CODES["charge_basis"]["per_gram"],
        "amount": 12.0 * _GRAMS,
    }


def _mark(leaf: Leaf, rules: RulesAt) -> tuple[str, float]:
    # what is set with stones is of karat gold as a rule; the list of a set class begins with pure gold
    marks = fineness_list(leaf, rules)
    mark = "18K" if leaf.unit == "piece" and "18K" in marks else marks[0]
    return mark, parse_fineness(mark, METALS.index(leaf.metal), rules)[0]


def _metal_price(metal: str, rules: RulesAt, metal_prices: pd.DataFrame | None) -> float:
    if metal_prices is not None and len(metal_prices):
        table = month_prices(metal_prices)
        known = table[(table["metal"] == metal) & (table["period"] <= rules.month)]
        if len(known):
            return round(float(known.sort_values("period")["cny_per_gram"].iloc[-1]), 2)
    low, high = rules["price_bounds"][metal]
    return _round(math.sqrt(low * high))


def _round(number: float) -> float:
    # two leading digits: an example is easier to follow with plain figures
    step = 10.0 ** (math.floor(math.log10(number)) - 1)
    return float(round(round(number / step) * step, 6))
