"""Each check fires on a record made for it, points at the right cell, and is silent on a clean one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shuibei_index.checks import Checks
from shuibei_index.intake.schema import SEVERITIES
from shuibei_index.validation import examine
from shuibei_index.validation.registry import CHECKS

STONE = {
    "class_code": "030103", "weight": 1.4, "net_weight": None, "weight_unit": "ct", "pieces": 2, "fineness": None,
    "amount": 30000.0, "metal_price": None, "making_charge": None, "charge_basis": None,
}  # fmt: skip
JADE = {
    "class_code": "0401", "weight": 30.0, "net_weight": None, "pieces": 1, "fineness": None, "amount": 5000.0,
    "metal_price": None, "making_charge": None, "charge_basis": None,
}  # fmt: skip
SET = {
    "class_code": "0302", "weight": 4.0, "net_weight": 3.5, "pieces": 1, "fineness": "18K", "amount": 6015.0,
    "making_charge": 20.0, "stone_amount": 3950.0,
}  # fmt: skip
TOLL = {"class_code": "91", "trade_type": "来料加工", "amount": 200.0, "fineness": "足金"}

#: rule, change to the clean record, column of the cell the finding points at
CASES: list[tuple[str, dict[str, Any], str]] = [
    ("required_cell", {"enterprise_id": None}, "企业代码"),
    ("required_cell", {"period": None}, "报告期"),
    ("required_cell", {"item_id": " "}, "规格品编码"),
    ("required_cell", {"class_code": None}, "分类代码"),
    ("required_cell", {"amount": None}, "金额"),
    ("required_cell", {"amount": float("nan")}, "金额"),
    ("number_impossible", {"amount": float("inf")}, "金额"),
    ("number_impossible", {"loss_rate": float("-inf")}, "损耗"),
    ("word_unknown", {"weight_unit": "盎司"}, "重量单位"),
    ("word_unknown", {"tax_basis": "不详"}, "含税标志"),
    ("word_unknown", {"trade_type": "赠送"}, "交易类型"),
    ("word_unknown", {"weight_unit": "钱", "unit_system": "台制"}, "单位制"),
    ("id_characters", {"item_id": "RG\u200b-0007"}, "规格品编码"),
    ("id_characters", {"item_id": "R" * 65}, "规格品编码"),
    ("period_format", {"period": "2025-13"}, "报告期"),
    ("period_format", {"period": "202506"}, "报告期"),
    ("period_uncovered", {"period": "1999-01"}, "报告期"),
    ("period_uncovered", {"period": "2101-01"}, "报告期"),
    ("period_future", {"period": "2025-07", "deal_time": None}, "报告期"),
    ("enterprise_unknown", {"enterprise_id": "E0l2"}, "企业代码"),
    ("enterprise_inactive", {"enterprise_id": "E013"}, "企业代码"),
    ("enterprise_inactive", {"enterprise_id": "E014"}, "企业代码"),
    ("file_of_another", {"enterprise_id": "E013"}, "企业代码"),
    ("class_unknown", {"class_code": "01010199"}, "分类代码"),
    ("class_not_leaf", {"class_code": "0101"}, "分类代码"),
    ("tax_basis_missing", {"tax_basis": None}, "含税标志"),
    ("amount_range", {"amount": 0.0}, "金额"),
    ("amount_range", {"amount": -7724.0}, "金额"),
    ("amount_range", {"amount": 2e10}, "金额"),
    ("number_impossible", {"amount": 1e300}, "金额"),
    ("weight_range", {"weight": -10.0}, "重量"),
    ("weight_range", {"net_weight": 0.0}, "净金重"),
    ("weight_range", {"weight": 1e12}, "重量"),
    ("weight_range", {"weight": 0.0001, "net_weight": None}, "重量"),
    ("pieces_range", {"pieces": 0}, "件数"),
    ("component_range", {"making_charge": -5.0}, "工费"),
    ("component_range", {"loss_rate": 45.0}, "损耗"),
    ("component_range", {"metal_price": 0.0}, "料价"),
    ("component_range", {"stone_amount": -1.0}, "石价"),
    ("quantity_missing", {"weight": None, "net_weight": None}, "重量"),
    ("quantity_missing", {**JADE, "pieces": None}, "件数"),
    ("quantity_missing", {**STONE, "weight": None}, "重量"),
    ("weight_unit_missing", {"weight_unit": None}, "重量单位"),
    ("weight_unit_unused", {**JADE, "weight_unit": None}, "重量单位"),
    ("unit_system_missing", {"weight_unit": "两"}, "单位制"),
    ("unit_system_missing", {"weight_unit": "钱"}, "单位制"),
    ("net_exceeds_gross", {"weight": 9.0}, "净金重"),
    ("fineness_missing", {"fineness": None}, "成色"),
    ("fineness_unknown", {"fineness": "很纯"}, "成色"),
    ("fineness_ambiguous", {"fineness": "0.999"}, "成色"),
    ("fineness_ambiguous", {"fineness": "99.9"}, "成色"),
    ("fineness_other_metal", {"fineness": "Pt950"}, "成色"),
    ("fineness_class", {"fineness": "18K"}, "成色"),
    ("fineness_withdrawn", {"fineness": "千足金"}, "成色"),
    ("piece_metal_note", {**SET, "fineness": "Pt950", "metal_price": None, "making_charge": None}, "成色"),
    ("price_bounds", {"amount": 77_240_000.0, "metal_price": None}, "金额"),
    ("price_bounds", {**TOLL, "amount": 90_000.0}, "金额"),
    ("metal_price_benchmark", {"metal_price": 900.0, "amount": 9110.0}, "料价"),
    ("price_to_metal", {"amount": 3000.0, "metal_price": None}, "金额"),
    ("identity", {"amount": 8200.0}, "金额"),
    ("identity", {**TOLL, "amount": 7724.0}, "金额"),
    ("identity", {**SET, "amount": 9000.0}, "金额"),
    ("charge_not_in_amount", {"amount": 7524.0, "making_charge": None}, "工费"),
    ("carat_class", {**STONE, "weight": 140.0, "amount": 3e6}, "重量"),
    ("charge_basis_missing", {"charge_basis": None}, "工费计价"),
    ("toll_class", {**TOLL, "class_code": "01010101"}, "交易类型"),
    ("toll_class", {"class_code": "91", "trade_type": "销售"}, "交易类型"),
    ("deal_time_format", {"deal_time": "六月三日"}, "成交时间"),
    ("deal_time_format", {"deal_time": "2025-02-30"}, "成交时间"),
    ("deal_time_outside", {"deal_time": "2025-05-31 23:59"}, "成交时间"),
    ("amount_rounded", {"amount": 7724.004}, "金额"),
    ("weight_rounded", {"weight": 10.0004}, "重量"),
]  # fmt: skip


def test_clean_record_has_no_finding(run):
    report = run({}, STONE, JADE, SET, TOLL)
    assert report.findings.to_dict("records") == []
    assert report.totals == {"read": 5, "accepted": 5, "held": 0, "rejected": 0}


@pytest.mark.parametrize(("rule", "change", "column"), CASES)
def test_check_fires_and_names_the_cell(run, rule, change, column):
    report = run({}, change)
    found = report.findings.query("rule == @rule")
    assert found["cell"].tolist() == [f"{column} 3"], report.findings[["rule", "cell"]]
    finding = found.iloc[0]
    assert finding["file"] == "E012.xlsx"
    assert finding["sheet"] == "Sheet1"
    assert any("\u4e00" <= sign <= "\u9fff" for sign in finding["message_zh"])
    assert finding["message_en"]
    assert "{" not in finding["message_zh"] + finding["message_en"]
    severity = Checks.load()[rule].severity
    assert finding["severity"] == severity
    # the clean neighbour is accepted whatever happens to the other
    assert report.totals["accepted"] == 1 + (report.findings["severity"] == "note").all()
    if not (report.findings["severity"] == "note").all():
        worst = max(SEVERITIES.index(s) for s in report.findings["severity"])
        assert report.totals["rejected" if worst == 2 else "held"] == 1


def test_class_of_a_later_tree(run):
    report = run({"period": "2015-06", "class_code": "01010201", "deal_time": None}, month=None)
    found = report.findings.query("rule == 'class_not_in_year'").iloc[0]
    assert "古法金戒指" in found["message_zh"]
    assert "01010201" in found["message_en"]


def test_every_check_has_texts_and_every_text_a_check():
    catalogue = Checks.load()
    own = {name for name in catalogue if catalogue[name].source == "validate.toml"}
    assert own == set(CHECKS) | set(examine.GROUP_CHECKS)


def test_every_check_has_a_case_that_fires_it():
    # test_months.py, test_metal_quotes.py and above
    others = {"class_not_in_year", "late", "metal_price_quote", "wrong_month"}
    assert set(CHECKS) == {rule for rule, _, _ in CASES} | others


def test_empty_cells_mean_what_each_check_says(run):
    optional = [
        "deal_time", "trade_type", "stage", "pieces", "net_weight", "unit_system", "amount_unit", "metal_price",
        "making_charge", "charge_basis", "loss_rate", "stone_amount", "stone_carat",
    ]  # fmt: skip
    assert len(run({}, dict.fromkeys(optional)).findings) == 0
    everything = ["enterprise_id", "period", "item_id", "class_code", "weight", "fineness", "amount", "tax_basis"]
    report = run({}, dict.fromkeys([*optional, *everything]))
    assert {CHECKS[rule].null for rule in report.findings["rule"]} == {"fail"}
    rules = set(run(*[{name: None} for name in everything]).findings["rule"])
    assert {rule for rule in rules if CHECKS[rule].null != "fail"} == set()


def test_nan_and_infinity_never_reach_an_accepted_record(run):
    report = run(
        {"metal_price": float("nan"), "making_charge": None, "loss_rate": float("inf")}, {"stone_carat": float("nan")}
    )
    for name in ("metal_price", "making_charge", "loss_rate", "stone_carat", "fineness"):
        values = report.accepted_table[name].drop_null().to_numpy()
        assert np.isfinite(values).all()
    assert report.accepted_table["stone_carat"].null_count == 1


@pytest.mark.parametrize(
    ("change", "sign", "words"),
    [
        ({"weight": 2.0, "net_weight": 2.0}, "×5", "qian"),
        ({"weight": 10000.0, "net_weight": 10000.0}, "÷1000", "kilograms"),
        ({"amount": 77_240_000.0}, "×10000", "ten thousand yuan"),
        ({"amount": 7724.0 / 1.13}, "÷(1 + VAT rate)", "tax"),
        ({"amount": 772.4}, "÷weight in grams", "price per gram"),
        ({"weight": 3.2, "net_weight": 3.2}, "×3.125", "old qian"),
    ],
)
def test_suspected_factor_is_named_but_not_applied(run, change, sign, words):
    report = run(change)
    found = report.findings.query("rule == 'identity'").iloc[0]
    assert sign in found["message_en"]
    assert words in found["message_en"]
    assert report.accepted_table.num_rows == 0


def test_unknown_firm_gets_the_near_ones(run):
    finding = run({"enterprise_id": "E0l2"}).findings.iloc[0]
    assert "'E012'" in finding["message_zh"]
    assert "did you mean" in finding["message_en"]
    assert "did you mean" not in finding["message_zh"]


def test_tax_slip_shows_in_the_metal_price(run):
    # a line that says excl with prices that include the tax
    found = run({"tax_basis": "不含税"}).findings
    assert found["rule"].tolist() == ["metal_price_benchmark"]
    assert "VAT" in found.iloc[0]["message_en"]


def test_without_panel_prices_and_month_nothing_is_compared(run):
    report = run(
        {"enterprise_id": "X", "metal_price": 300.0, "amount": 3170.0, "period": "2030-01", "deal_time": None},
        panel=None,
        metal_prices=None,
        month=None,
    )
    assert report.findings.empty
