"""Units, money and tax against exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuibei_index.rules import Rules
from shuibei_index.validation.normalise import to_basis, weight_factors

JUNE = Rules.load().at("2025-06")


@pytest.mark.parametrize(
    ("unit", "system", "weight", "milligrams"),
    [
        ("克", None, 10.0, 10_000),
        ("Ｇ", None, 10.0, 10_000),
        ("千克", None, 0.01, 10_000),
        ("公斤", None, 0.01, 10_000),
        ("mg", None, 10_000.0, 10_000),
        ("克拉", None, 50.0, 10_000),
        ("分", None, 5_000.0, 10_000),
        ("钱", "metric", 2.0, 10_000),
        ("两", "metric", 0.2, 10_000),
        ("钱", "hk", 2.6455690, 10_000),
        ("钱", "司马", 4.0, 15_000),
        ("两", "old16", 0.32, 10_000),
    ],
)
def test_weights_become_milligrams(run, unit, system, weight, milligrams):
    grams = milligrams / 1000
    change = {
        "weight_unit": unit, "unit_system": system, "weight": weight, "net_weight": None,
        "amount": round(grams * 772.4, 2),
    }  # fmt: skip
    report = run(change)
    assert report.totals["accepted"] == 1, report.findings["message_en"].tolist()
    assert report.accepted_table["weight_mg"].to_pylist() == [milligrams]
    assert report.accepted_table["net_weight_mg"].to_pylist() == [None]
    assert report.accepted_table["quantity_milli"].to_pylist() == [milligrams]


def test_factors_need_a_system_where_words_are_ambiguous():
    factors = weight_factors(JUNE)
    assert factors["qian", "hk"] == pytest.approx(453_592.37 * 4 / 3 / 16 / 10, rel=1e-7)  # a catty is 4/3 pound
    assert not [unit for unit, system in factors if unit in ("qian", "liang") and not system]


@pytest.mark.parametrize(
    ("change", "quantity"),
    [
        ({"class_code": "030103", "weight": 1.234, "weight_unit": "克拉"}, 1_234),
        ({"class_code": "030103", "weight": 123.4, "weight_unit": "分"}, 1_234),
        ({"class_code": "030103", "weight": 0.2468, "weight_unit": "克"}, 1_234),
        ({"class_code": "0401", "weight": None, "pieces": 7}, 7_000),
    ],
)
def test_quantity_is_in_thousandths_of_the_pricing_unit(run, change, quantity):
    rest = dict.fromkeys(["net_weight", "fineness", "metal_price", "making_charge", "charge_basis"])
    report = run({**rest, "amount": 20_000.0, "pieces": 2, **change})
    assert report.accepted_table["quantity_milli"].to_pylist() == [quantity], report.findings["message_en"].tolist()


def test_net_weight_is_the_quantity_of_metal(run):
    report = run({"class_code": "010202", "fineness": "18K", "weight": 12.0, "net_weight": 10.0, "amount": 5900.0})
    assert report.accepted_table["quantity_milli"].to_pylist() == [10_000]
    assert report.accepted_table["weight_mg"].to_pylist() == [12_000]


def test_wan_yuan_and_reported_amounts_are_kept(run):
    report = run({"amount": 0.7724, "amount_unit": "万元"}, {"amount_unit": None})
    assert report.accepted_table["amount_fen"].to_pylist() == [772_400, 772_400]
    excl = run({}, tax_basis="excl")
    assert excl.accepted_table["amount_reported_fen"].to_pylist() == [772_400]
    assert excl.accepted_table["amount_fen"].to_pylist() == [683_540]  # 772 400 × 100/113 = 683 539.8


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=20), st.sampled_from(["2010-01", "2018-05", "2025-06"]))
def test_tax_conversion_is_exact_half_even(amounts, month):
    at = Rules.load().at(month)
    vat = Fraction(str(at["vat_rate"]))
    fen = np.array(amounts, dtype=np.int64)
    excl = to_basis(fen, given="incl", wanted="excl", rules=at)
    incl = to_basis(fen, given="excl", wanted="incl", rules=at)
    assert excl.tolist() == [round(Fraction(a) * 100 / (100 + vat)) for a in amounts]
    assert incl.tolist() == [round(Fraction(a) * (100 + vat) / 100) for a in amounts]
    assert to_basis(fen, given="incl", wanted="incl", rules=at) is fen


def test_tax_ties_go_to_the_even_fen():
    # 50 × 1.17 = 58.5 and 150 × 1.17 = 175.5 at the rate of 17 %
    at = Rules.load().at("2010-01")
    assert to_basis(np.array([50, 150]), given="excl", wanted="incl", rules=at).tolist() == [58, 176]


def test_the_rate_of_the_record_s_own_month(run):
    rows = [{"period": month, "deal_time": None, "metal_price": None} for month in ("2018-04", "2018-05", "2019-04")]
    report = run(*rows, tax_basis="excl", month=None, panel=None)
    expected = [round(772_400 / factor) for factor in (1.17, 1.16, 1.13)]
    assert report.accepted_table["amount_fen"].to_pylist() == expected


def test_chinese_headers_and_integer_columns_are_understood(clean, rules):
    from shuibei_index.intake.schema import SUBMISSION
    from shuibei_index.validation import validate

    zh = {column.name: column.name_zh for column in SUBMISSION}
    frame = pd.DataFrame([clean]).rename(columns=zh).drop(columns=["receipt", "file", "sheet", "row"])
    report = validate(frame.astype({"重量": "int64"}), rules=rules)
    assert report.accepted_table["row"].to_pylist() == [1]
    assert report.accepted_table["file"].to_pylist() == [""]
