"""The same goods written another way settle to the same figures, in whatever unit and tax basis."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from shuibei_index.intake.schema import TRAIL
from shuibei_index.rules import Rules
from shuibei_index.validation import validate

RULES = Rules.load()
#: How 1 mg is written: unit word, system, units per mg. All end after a few decimals.
UNITS = [
    ("克", None, "0.001"), ("g", "公制", "0.001"), ("公斤", None, "0.000001"), ("毫克", None, "1"),
    ("克拉", None, "0.005"), ("分", None, "0.5"), ("钱", "市制", "0.0002"), ("兩", "metric", "0.00002"),
    ("钱", "old16", "0.00032"), ("两", "十六两制", "0.000032"),
]  # fmt: skip
FINENESS = ["足金999", "Ａｕ999", "足金(999)", "999", "99.9%", "999‰", "足金 Au999", "999足金"]
MONEY = [("元", "0.01"), (None, "0.01"), ("万元", "0.000001"), ("wan", "0.000001")]
SETTLED = ("weight_mg", "net_weight_mg", "quantity_milli", "fineness", "amount_reported_fen", "amount_fen", "stage")
GOODS = st.tuples(
    st.integers(500, 5_000_000), st.integers(780, 900), st.sampled_from(["含税", "不含税", "incl", "EXCL"])
)


def written(mg: int, price: int, tax: str) -> pd.DataFrame:
    """Every way of writing a piece of gold of so many mg at a price per gram."""
    fen = mg * price // 10
    ways = [
        {
            "weight": float(mg * Decimal(per)), "net_weight": float(mg * Decimal(per)) if k % 2 else None,
            "weight_unit": unit, "unit_system": system, "fineness": FINENESS[k % len(FINENESS)],
            "amount": float(fen * Decimal(yuan)), "amount_unit": money,
        }
        for k, ((unit, system, per), (money, yuan)) in enumerate(product(UNITS, MONEY))
    ]  # fmt: skip
    frame = pd.DataFrame(ways).assign(enterprise_id="E1", period="2025-06", class_code="01010101", tax_basis=tax)
    return frame.assign(line_no=range(1, len(frame) + 1), item_id=[f"I{k}" for k in range(len(frame))])


@given(GOODS, st.sampled_from(["incl", "excl"]))
@settings(max_examples=15, deadline=None)
def test_every_way_of_writing_settles_alike(goods, basis):
    frame = written(*goods)
    table = validate(frame, rules=RULES, tax_basis=basis).accepted_table
    assert table.num_rows == len(frame)
    settled = table.select(list(SETTLED)).to_pandas()
    assert settled["quantity_milli"].unique().tolist() == [goods[0]]
    for name in set(SETTLED) - {"net_weight_mg"}:
        assert len(set(settled[name].tolist())) == 1, name
    assert set(settled["net_weight_mg"].dropna()) == {goods[0]}
    # and what was written is still there
    assert table["weight_reported"].to_pylist() == frame["weight"].tolist()
    assert table["weight_unit_reported"].to_pylist() == frame["weight_unit"].tolist()
    assert table["fineness_reported"].to_pylist() == frame["fineness"].tolist()
    assert table["amount_reported"].to_pylist() == frame["amount"].tolist()


@given(st.integers(1, 10**7), st.integers(0, 9))
@settings(max_examples=15, deadline=None)
def test_tenths_of_a_milligram_are_rounded_alike_in_every_unit(mg, tenth):
    """0.5 mg is a half whether it stands behind grams or kilograms."""
    tenths = mg * 10 + tenth
    rows = [
        {"weight": float(tenths * Decimal(per) / 10), "weight_unit": unit, "unit_system": system}
        for unit, system, per in UNITS
    ]
    fixed = {"enterprise_id": "E1", "period": "2025-06", "class_code": "0401", "tax_basis": "incl", "pieces": 1}
    frame = pd.DataFrame(rows).assign(**fixed, amount=100.0, item_id="i", line_no=range(1, len(rows) + 1))
    found = validate(frame, rules=RULES).accepted_table["weight_mg"].to_pylist()
    assert found == [int((Decimal(tenths) / 10).to_integral_value())] * len(rows)


def test_the_trail_is_part_of_the_record_and_nothing_is_computed_from_it():
    table = validate(written(10_000, 800, "含税"), rules=RULES).accepted_table
    assert set(TRAIL) <= set(table.column_names)
