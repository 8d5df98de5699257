"""The unit, fineness and tax engine against figures worked by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shuibei_index.rules import Rules
from shuibei_index.validation.batch import Number
from shuibei_index.validation.normalise import _exact, to_basis, weight_factors

RULES = Rules.load()
BARE = dict.fromkeys(["metal_price", "making_charge", "charge_basis", "deal_time", "net_weight"])


def without_parts(**change):
    return {**BARE, **change}


#: mg of one unit: the metric carat is 200 mg, 100 points; 1 mace of Cap. 68 = 604.78982 g / 160.
HAND = {
    ("g", None): 1_000, ("kg", None): 1_000_000, ("mg", None): 1, ("ct", None): 200, ("fen", None): 2,
    ("qian", "metric"): 5_000, ("liang", "metric"): 50_000,
    ("qian", "hk"): Fraction("3779.936375"), ("liang", "hk"): Fraction("37799.36375"),
    ("qian", "sima"): 3_750, ("liang", "sima"): 37_500,
    ("qian", "old16"): 3_125, ("liang", "old16"): 31_250,
}  # fmt: skip


def test_every_unit_of_every_system_has_its_factor():
    factors = weight_factors(RULES.at("2025-06"))
    assert {(unit, system or None): Fraction(repr(mg)) for (unit, system), mg in factors.items()} == HAND
    assert Fraction("604.78982") / 160 == Fraction("3.779936375")


@pytest.mark.parametrize(("unit", "system"), list(HAND))
def test_every_unit_reaches_the_record_exactly(run, unit, system):
    number = {"kg": 0.0123, "mg": 12_300.0, "fen": 6_150.0, "ct": 61.5}.get(unit, 12.3)
    expected = round(Fraction(str(number)) * HAND[unit, system])
    amount = round(expected / 1000 * 800, 2)
    report = run(without_parts(weight=number, weight_unit=unit, unit_system=system, amount=amount))
    assert report.accepted_table["weight_mg"].to_pylist() == [expected], report.findings["message_en"].tolist()


@example(Decimal("0.5015"), ("g", None))
@example(Decimal("0.2725"), ("fen", None))
@example(Decimal("0.0003"), ("qian", "metric"))
@example(Decimal("0.0084"), ("qian", "sima"))
@given(st.decimals(min_value="0.0005", max_value=99_999, places=4), st.sampled_from(sorted(HAND, key=str)))
@settings(max_examples=300, deadline=None)
def test_a_weight_as_written_is_rounded_half_even_whatever_its_unit(number, unit):
    mg = Fraction(repr(weight_factors(RULES.at("2025-06"))[unit[0], unit[1] or ""]))
    cell = Number(np.array([float(number)]), np.array([True]))
    assert _exact(cell, np.array([float(mg)]), np.array([True])).values.tolist() == [round(Fraction(number) * mg)]


def test_a_half_is_a_half_in_grams_and_in_kilograms(run):
    """501.5 mg → 502 (even), though 0.5015 × 1000 is 501.49999999999994 in binary."""
    rows = [
        without_parts(weight=weight, weight_unit=unit, amount=400.0)
        for weight, unit in ((0.5015, "g"), (0.0005015, "kg"), (501.5, "mg"))
    ]
    assert run(*rows).accepted_table["weight_mg"].to_pylist() == [502] * 3
    assert run(without_parts(weight=0.5025, amount=400.0)).accepted_table["weight_mg"].to_pylist() == [502]


@pytest.mark.parametrize(
    ("month", "rate"),
    [("2005-01", 17), ("2018-04", 17), ("2018-05", 16), ("2019-03", 16), ("2019-04", 13), ("2025-06", 13)],
)
def test_tax_rate_by_date(month, rate):
    at = RULES.at(month)
    assert at["vat_rate"] == rate
    assert to_basis(np.array([10_000]), given="excl", wanted="incl", rules=at).tolist() == [10_000 + 100 * rate]
    assert to_basis(np.array([10_000 + 100 * rate]), given="incl", wanted="excl", rules=at).tolist() == [10_000]


def test_a_unit_system_that_came_later_is_read_in_its_own_months_only(run):
    """A month of the new system beside one before it stopped the whole validation."""
    old = RULES["unit_systems"].values[0]
    new = replace(old, since=dt.date(2025, 6, 1), value={"taiwan": {"qian": 3750.0, "liang": 37500.0}, **old.value})
    rules = Rules({**RULES.rules, "unit_systems": replace(RULES["unit_systems"], values=(old, new))}, "other")
    rows = [
        without_parts(period=month, weight=2.0, weight_unit="钱", unit_system=system, amount=6000.0)
        for month, system in product(("2025-05", "2025-06"), ("taiwan", "sima", "metric"))
    ]
    report = run(*rows, rules=rules, month=None, panel=None, metal_prices=None)
    assert report.accepted_table["weight_mg"].to_pylist() == [7_500, 10_000, 7_500, 7_500, 10_000]
    assert report.rejected_table["unit_system"].to_pylist() == ["taiwan"]


@pytest.mark.parametrize(
    ("change", "row", "weight", "net", "quantity"),
    [
        ({"weight": 12.0, "net_weight": 10.0}, "010202", 12_000, 10_000, 10_000),
        ({"weight": 12.0, "net_weight": None}, "010202", 12_000, None, 12_000),
        ({"weight": None, "net_weight": 10.0}, "010202", None, 10_000, 10_000),
    ],
)
def test_gross_and_net(run, change, row, weight, net, quantity):
    report = run({**BARE, "class_code": row, "fineness": "18K", "amount": 6500.0, **change})
    record = report.accepted_table.to_pylist()[0]
    assert (record["weight_mg"], record["net_weight_mg"], record["quantity_milli"]) == (weight, net, quantity)


@pytest.mark.parametrize(
    ("amount", "unit", "fen"),
    [
        (7724.0, "元", 772_400), (0.7724, "万元", 772_400), (0.77240001, "万元", 772_400), (7724.005, "元", 772_400),
        (7724.015, "元", 772_402), (0.7724015, "万元", 772_402), (0.7700065, "万元", 770_006), (7724.0, None, 772_400),
        (0.7724, "萬元", 772_400),
    ],
)  # fmt: skip
def test_yuan_and_wan(run, amount, unit, fen):
    report = run({"amount": amount, "amount_unit": unit})
    assert report.accepted_table["amount_fen"].to_pylist() == [fen], report.findings["message_en"].tolist()
