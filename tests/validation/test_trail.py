"""Each settled figure keeps what was written and the rule used; records of older versions stay readable."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import shuibei_index as sx
from shuibei_index.decisions import DECISION_COLUMNS, JUDGEMENT, record_digests
from shuibei_index.errors import ShapeError, UsageError
from shuibei_index.intake.schema import RECORD, TRAIL
from shuibei_index.rules import Rules
from shuibei_index.store.objects import Objects
from shuibei_index.validation import validate
from shuibei_index.validation.batch import Batch
from shuibei_index.validation.citations import AS_REPORTED, Citation, cite, cited, join
from shuibei_index.validation.records import concat_records
from shuibei_index.validation.trail import EMPTY, TRAIL_COLUMNS, trail

RULES = Rules.load()
BARE = dict.fromkeys(["metal_price", "making_charge", "charge_basis", "net_weight"])
HK = {**BARE, "weight": 2.0, "weight_unit": "钱", "unit_system": "港制", "amount": 0.6, "amount_unit": "万元",
      "fineness": "足金（Ａｕ999）"}  # fmt: skip


def kept(report, line=0):
    return {name: report.accepted_table[name].to_pylist()[line] for name in TRAIL}


def old(table: pa.Table) -> pa.Table:
    """The records as a version before these columns wrote them."""
    return table.drop_columns(list(TRAIL))


def test_what_was_written_and_the_rules_stand_beside_the_figures(run):
    assert kept(run(HK, tax_basis="excl")) == {
        "weight_reported": 2.0,
        "net_weight_reported": None,
        "weight_unit_reported": "钱",
        "unit_system_reported": "港制",
        "fineness_reported": "足金（Ａｕ999）",
        "amount_reported": 0.6,
        "amount_unit_reported": "万元",
        "weight_rule": "unit_systems.hk.qian (2005-01-01)",
        "fineness_rule": "fineness_names.gold.足金 (2005-01-01) + fineness_number_min (2005-01-01)",
        "tax_rule": "vat_rate (2019-04-01)",
        "defaulted": "net_weight",
    }


def test_empty_cells_that_were_read_as_something_are_named(run):
    report = run({}, {"trade_type": None, "stage": None, "amount_unit": None}, BARE)
    assert report.accepted_table["defaulted"].to_pylist() == ["", "trade_type/stage/amount_unit", "net_weight"]
    assert report.accepted_table["amount_unit_reported"].to_pylist() == ["元", None, "元"]
    # in a class priced by the piece the weight does not stand for a net weight
    jade = {**BARE, "class_code": "0401", "fineness": None, "amount": 20_000.0}
    assert kept(run(jade))["defaulted"] == ""


def test_no_rule_is_named_where_none_was_used(run):
    weightless = {**BARE, "class_code": "0401", "weight": None, "weight_unit": "克", "fineness": None}
    without_unit = {**weightless, "weight": 12.5, "weight_unit": None}
    found = run({**weightless, "amount": 2e4}, {**without_unit, "amount": 2e4})
    assert found.accepted_table["weight_rule"].to_pylist() == [None, None]
    assert found.accepted_table["fineness_rule"].to_pylist() == [None, None]
    assert found.accepted_table["weight_reported"].to_pylist() == [None, 12.5]  # not settled, but not lost
    assert found.accepted_table["tax_rule"].to_pylist() == [AS_REPORTED] * 2


@pytest.mark.parametrize(
    ("fineness", "rule"),
    [
        ("足金", "fineness_names.gold.足金 (2005-01-01)"),
        ("Au99.99", "fineness_names.gold.au99.99 (2005-01-01)"),
        ("999", "fineness_number_min (2005-01-01)"),
        ("99.9%", AS_REPORTED),
        ("990‰", AS_REPORTED),
    ],
)
def test_fineness_cites_the_name_or_the_number(run, fineness, rule):
    assert kept(run({**BARE, "fineness": fineness}))["fineness_rule"] == rule


def test_the_tax_rule_is_that_of_the_record_s_month(run):
    rows = [
        {"period": month, "deal_time": None, "metal_price": None, "tax_basis": basis}
        for month, basis in (("2018-04", "含税"), ("2018-05", "含税"), ("2019-04", "含税"), ("2019-04", "不含税"))
    ]
    report = run(*rows, tax_basis="excl", month=None, panel=None)
    dates = ["2005-01-01", "2018-05-01", "2019-04-01"]
    assert report.accepted_table["tax_rule"].to_pylist() == [*(f"vat_rate ({date})" for date in dates), AS_REPORTED]


@pytest.mark.parametrize("rule", ["weight_rule", "fineness_rule", "tax_rule"])
def test_every_citation_leads_to_a_value_in_the_rules(run, rule):
    report = run(HK, {**BARE, "fineness": "999"}, {}, tax_basis="excl")
    for text in report.accepted_table[rule].to_pylist():
        entries = [(citation.entry(RULES), citation.value(RULES)) for citation in cited(text)]
        assert entries and all(entry is not None and value is not None for entry, value in entries)


def test_citations():
    june = RULES.at("2025-06")
    text = join(cite(june, "fineness_names", "gold", "au99.99"), "", cite(june, "vat_rate"), cite(june, "vat_rate"))
    assert [(c.rule, c.key, c.since) for c in cited(text)] == [
        ("fineness_names", "gold.au99.99", "2005-01-01"), ("vat_rate", "", "2019-04-01"),
    ]  # fmt: skip
    assert [c.value(RULES) for c in cited(text)] == [999.9, 13.0]
    assert Citation("vat_rate", "", "2019-05-01").entry(RULES) is None
    assert Citation("vat_rate", "x", "2019-04-01").value(RULES) is None
    assert Citation("no_rule", "", "2019-04-01").entry(RULES) is None
    assert Citation("weight_factors", "oz", "2005-01-01").value(RULES) is None


def test_trail_shows_written_settled_and_rule(run):
    shown = run(HK, {"amount_unit": None}, tax_basis="excl").trail("E012", 1)
    assert tuple(shown.columns) == TRAIL_COLUMNS
    rows = shown.set_index("field")
    assert rows.loc["重量 weight", ["reported", "settled", "unit", "rule", "since"]].tolist() == [
        "2 钱 港制", "7560", "mg", "unit_systems.hk.qian", "2005-01-01",
    ]  # fmt: skip
    assert rows.loc["重量 weight", "value"] == "3779.936375 mg per unit"
    assert rows.loc["净金重 net_weight", ["reported", "settled", "note"]].tolist() == [
        EMPTY, "", "空 = 重量 empty = weight",
    ]  # fmt: skip
    assert rows.loc["成色 fineness", "rule"].tolist() == ["fineness_names.gold.足金", "fineness_number_min"]
    assert rows.loc["金额 amount", ["reported", "settled"]].tolist() == ["0.6 万元", "600000"]
    tax = rows.loc["含税标志 tax_basis"]
    assert tax[["reported", "settled", "unit", "value"]].tolist() == ["incl", "530973", "fen excl", "13.0 percent"]
    assert "2019年第39号" in tax["why"]


def test_trail_needs_one_record_and_the_rules_it_was_settled_by(run, rules):
    report = run({}, {"amount": -1.0})
    with pytest.raises(UsageError, match="no accepted record E012:2;"):
        report.trail("E012", 2)
    with pytest.raises(UsageError, match="not the rules of this validation"):
        report.trail("E012", 1, rules=dataclasses.replace(rules, digest="other"))
    months = [
        {"period": month, "line_no": 1, "deal_time": None, "metal_price": None} for month in ("2018-04", "2019-04")
    ]
    both = run(*months, month=None, panel=None)
    with pytest.raises(UsageError, match=r"several months \(2018-04, 2019-04\)"):
        both.trail("E012", 1)
    assert len(both.trail("E012", 1, period="2018-04")) == 7


def test_trail_tells_of_a_value_the_rules_no_longer_have(run):
    *earlier, last = (vat := RULES["vat_rate"]).values  # noqa: PD011
    dated = (*earlier, dataclasses.replace(last, since=dt.date(2019, 5, 1)))
    other = Rules({**RULES.rules, "vat_rate": dataclasses.replace(vat, values=dated)}, "x")
    shown = trail(run({}, tax_basis="excl").accepted_table, "E012", 1, rules=other).set_index("field")
    assert shown.loc["含税标志 tax_basis", "why"] == "这些规则中没有 not in these rules"


def test_trail_shows_what_a_decision_corrected(clean):
    frame = pd.DataFrame([{**clean, "unit_system": "", "amount": 77.24}])
    digest = record_digests(Batch.of(frame).table)[0]
    values = json.dumps({"amount": 7724.0})
    decision = (1, "E012", "2025-06", 1, digest, "identity", "correct", values, "王敏", "2025-07-04", JUDGEMENT, "因")
    decided = pd.DataFrame([decision], columns=list(DECISION_COLUMNS)).astype({"line_no": "Int64"})
    shown = validate(frame, rules=RULES, month="2025-06", decisions=decided).trail("E012", 1).set_index("field")
    assert shown.loc["更正 correction", ["reported", "settled"]].tolist() == ["77.24", "7724"]
    assert "王敏" in shown.loc["更正 correction", "note"]
    assert shown.loc["金额 amount", ["reported", "settled"]].tolist() == ["7724 元", "772400"]


def test_records_of_an_older_version_are_read_beside_new_ones(run, tmp_path: Path):
    """A store upgraded in the middle of its months goes on working."""
    months = ["2025-04", "2025-05", "2025-06"]
    reports = [
        run({"period": m, "deal_time": None, "metal_price": None, "amount": amount}, metal_prices=None, month=m)
        for m, amount in zip(months, (7724.0, 7800.0, 7900.0), strict=True)
    ]
    tables = [old(reports[0].accepted_table), old(reports[1].accepted_table), reports[2].accepted_table]
    objects = Objects(tmp_path / "objects")
    paths = [objects.checked_path(objects.put_table(table)) for table in tables]

    whole = concat_records([objects.get_table(path.stem) for path in paths])
    assert whole.schema.equals(RECORD)
    assert whole["period"].to_pylist() == months
    assert whole["weight_rule"].to_pylist() == [None, None, "weight_factors.g (2005-01-01)"]
    assert whole.drop_columns(list(TRAIL)).equals(
        concat_records([r.accepted_table for r in reports]).drop_columns(list(TRAIL))
    )

    panel, same = (sx.make_panel(source, rules=RULES) for source in (paths, [r.accepted_table for r in reports]))
    pd.testing.assert_frame_equal(panel.to_frame(), same.to_frame())
    jump = {"deal_time": None, "metal_price": None, "amount": 40_000.0}
    first = [r.accepted_table for r in reports[:2]]
    for history in (concat_records(tables[:2]), concat_records(first), old(whole)[:2]):
        asked = run(jump, metal_prices=None, history=history)
        assert "price_jump" in asked.findings["rule"].tolist()


def test_trail_of_an_older_record_says_that_nothing_was_kept(run):
    shown = trail(old(run({}, tax_basis="excl").accepted_table), "E012", 1, rules=RULES).set_index("field")
    assert shown.loc["重量 weight", ["reported", "settled"]].tolist() == ["", "10000"]
    assert "旧版本" in shown.loc["重量 weight", "note"]


def test_only_the_new_columns_may_be_missing(run):
    table = run({}).accepted_table
    with pytest.raises(ShapeError, match="no column amount_fen"):
        concat_records([table.drop_columns(["amount_fen"])])
    assert concat_records([]).schema.equals(RECORD)
