"""Proposals: each would itself pass the checks, and the message of a finding tells the same story as its diagnosis."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shuibei_index.rules import Rules
from shuibei_index.validation import validate
from shuibei_index.validation.diagnosis.readings import plain
from tests.validation.test_edits import before, changed, judge, month_of, prices

__all__ = ["before", "judge", "prices"]
LINE = month_of("2025-06").loc[7]
METAL = LINE["net_weight"] * LINE["metal_price"] * 0.999
SPLIT = ("metal_price", "making_charge", "charge_basis")


def without_parts(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    for name in SPLIT:
        frame[name] = frame[name].astype(object)
        frame.loc[7, name] = None
    return frame


def told(found: pd.DataFrame) -> set[tuple[str, str]]:
    assert set(found["line_no"]) == {8}, found[["line_no", "rule"]]
    return set(zip(found["diagnosis"], found["proposed"], strict=True))


def test_a_weight_that_would_be_nothing_is_not_proposed(judge):
    tiny = {"weight": LINE["weight"] / 1e6, "net_weight": LINE["net_weight"] / 1e6, "weight_unit": "kg"}
    found = judge(changed(**tiny)).findings
    assert not any("=mg" in text for text in found["proposed"])
    # weights in g written down with the sign of kg: still told
    found = judge(changed(weight_unit="kg")).findings
    assert told(found) == {("weight_unit", "weight_unit=g")}


def test_the_value_of_the_metal_in_the_cell_of_its_price(judge):
    found = judge(changed(metal_price=round(LINE["metal_price"] * LINE["net_weight"], 2))).findings
    ((name, proposed),) = told(found)
    assert name == "total_as_price"
    assert float(proposed.removeprefix("metal_price=")) == pytest.approx(LINE["metal_price"], rel=1e-5)


@pytest.mark.parametrize("times", [1.13, 1 / 1.13])
def test_tax_on_the_amount_alone_is_named(judge, times):
    found = judge(changed(amount=round(LINE["amount"] * times, 2))).findings
    found = found[found["rule"] == "identity"]
    ((name, proposed),) = told(found)
    assert name == "tax_basis"
    assert float(proposed.removeprefix("amount=")) == pytest.approx(LINE["amount"], rel=1e-5)
    assert "VAT" in found["message_en"].iloc[0]


def test_tax_is_named_for_an_item_without_a_past(prices):
    found = validate(changed(amount=LINE["amount"] / 1.13), rules=Rules.load(), metal_prices=prices).findings
    assert set(found.loc[found["rule"] == "identity", "diagnosis"]) == {"tax_basis"}


def test_a_stated_charge_left_out_of_the_amount(judge):
    # 10 % of the whole: near enough to tax for the factor, but metal alone to the fen
    charge = round(LINE["metal_price"] * 0.999 * 0.108, 2)
    frame = changed(making_charge=charge, amount=round(METAL, 2))
    found = judge(frame).findings
    found = found[found["rule"] == "identity"]
    assert set(found["diagnosis"]) == {"charge_missing"}
    assert "VAT" not in found["message_en"].iloc[0] and "making charge left out" in found["message_en"].iloc[0]
    assert "增值税" not in found["message_zh"].iloc[0] and "漏填工费" in found["message_zh"].iloc[0]


def test_weights_in_kg_are_not_said_to_be_grams(judge):
    frame = changed(weight=LINE["weight"] / 5000, net_weight=LINE["net_weight"] / 5000, weight_unit="kg")
    found = judge(frame).findings
    assert "identity" in set(found["rule"])
    for text in found["message_en"]:
        assert "qian" not in text or "weight_unit" in found["diagnosis"].iloc[0]


def test_an_amount_in_fen_is_not_proposed_where_the_stone_stays_too_small(prices):
    frame = pd.DataFrame(
        {
            "enterprise_id": "E001", "line_no": np.arange(12) + 1, "item_id": [f"ZS-{k}" for k in range(12)],
            "class_code": "030102", "pieces": 10, "weight": 4.0, "weight_unit": "ct", "tax_basis": "incl",
        }
    )  # fmt: skip
    amount = np.linspace(30000, 40000, 12).round(2)
    past, now = frame.assign(period="2025-05", amount=amount), frame.assign(period="2025-06", amount=amount)
    now.loc[4, "weight"] = 0.04
    found = validate(pd.concat([past, now], ignore_index=True), rules=Rules.load(), metal_prices=prices).findings
    assert "carat_class" in set(found["rule"])
    assert not found["proposed"].str.contains("amount=").any()


@pytest.mark.parametrize("times", [2.0, 1.13, 0.5])
def test_a_line_that_states_no_parts_is_compared_with_the_items_split_past(judge, times):
    good = without_parts(month_of("2025-06"))
    assert len(judge(good).findings) == 0
    good.loc[7, "amount"] = round(good.loc[7, "amount"] * times, 2)
    found = judge(good).findings
    assert set(found["line_no"]) == {8} and {"price_edit", "price_to_metal"} & set(found["rule"])
    # told as a price per gram, not as a multiple of the metal
    price = f"{good.loc[7, 'amount'] / good.loc[7, 'net_weight']:,.2f}"
    assert all(price in text for text in found.loc[found["rule"] == "price_edit", "message_en"])


def test_numbers_are_written_without_exponents():
    assert plain(1.37e13) == "13700000000000" and plain(0.00001234) == "0.00001234" and plain(12.5) == "12.5"
