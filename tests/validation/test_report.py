"""The report accounts for every record; gates and response."""

from __future__ import annotations

import dataclasses

import matplotlib as mpl
import pandas as pd
import pytest

from shuibei_index.errors import ShapeError, UsageError
from shuibei_index.intake.schema import FINDING_COLUMNS, RECORD
from shuibei_index.validation import ValidationReport, validate

BAD = {"amount": -1.0}
ASKED = {"amount": 9000.0}


def test_counts_per_firm_add_up(run):
    report = run({}, BAD, ASKED, {"enterprise_id": None}, {"enterprise_id": "E999"})
    counts = report.counts.set_index("enterprise_id")
    assert counts.loc["E012"].tolist() == [3, 1, 1, 1]
    assert counts.loc[""].tolist() == [1, 0, 0, 1]
    assert counts.loc["E999"].tolist() == [1, 0, 0, 1]
    assert report.totals == {"read": 5, "accepted": 1, "held": 1, "rejected": 3}


def test_kept_records_are_as_read_with_the_gravest_rule(run):
    report = run({"amount": -1.0, "fineness": "18K"}, ASKED)
    assert report.rejected_table["amount"].to_pylist() == [-1.0]
    assert report.rejected_table["rule"].to_pylist() == ["amount_range"]
    assert report.held_table["rule"].to_pylist() == ["identity"]
    assert report.held_table["weight_unit"].to_pylist() == ["克"]


def test_a_lost_record_is_refused(run):
    report = run({}, BAD)
    with pytest.raises(ShapeError, match="accepted: 0 records in the table but 1 counted"):
        dataclasses.replace(report, accepted_table=report.accepted_table.slice(0, 0))
    wrong = report.tallies.assign(read=report.tallies["read"] + 1)
    with pytest.raises(ShapeError, match="3 records read but 1 accepted, 0 held, 1 rejected"):
        dataclasses.replace(report, tallies=wrong)
    with pytest.raises(ShapeError, match="findings must have the columns"):
        dataclasses.replace(report, findings=report.findings.drop(columns="cell"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.held_table = report.rejected_table


def test_accepted_has_the_record_schema(run):
    report = run({}, {})
    assert report.accepted_table.schema.equals(RECORD)
    assert not [field.name for field in RECORD if not field.nullable and report.accepted_table[field.name].null_count]
    assert list(report.findings.columns) == list(FINDING_COLUMNS)
    first = report.accepted_table.slice(0, 1).to_pylist()[0]
    assert first["trade_type"] == "sale"
    assert first["stage"] == "wholesale"
    assert first["charge_basis"] == "per_gram"
    assert first["tax_basis"] == "incl"


def test_empty_trade_type_is_a_sale_and_empty_stage_the_default(run):
    record = run({"trade_type": None, "stage": None}, stage="retail").accepted_table.to_pylist()[0]
    assert (record["trade_type"], record["stage"]) == ("sale", "retail")


def test_returns_and_trade_ins_are_accepted_with_their_type(run):
    report = run({"trade_type": "退货"}, {"trade_type": "以旧换新", "amount": 500.0}, {"trade_type": "RETURN"})
    assert report.accepted_table["trade_type"].to_pylist() == ["return", "trade_in", "return"]


def test_summary_puts_the_grave_first(run):
    summary = run(BAD, BAD, ASKED, {"amount": 7724.004}).summary()
    assert summary["rule"].tolist() == ["amount_range", "identity", "amount_rounded"]
    assert summary["findings"].tolist() == [2, 1, 1]


def test_gates(run):
    report = run({}, BAD, BAD)
    frame = report.gates_frame().set_index("gate")
    assert frame.loc["gate_accepted_share", "value"] == pytest.approx(1 / 3)
    assert not frame.loc["gate_accepted_share", "passed"]
    # E012 is the only firm of the panel that is active in June
    assert frame.loc["gate_response_count", "value"] == 1.0
    assert not report.passed
    assert run({}, {}).passed


def test_a_whole_month_sent_twice_does_not_fail_the_gate(run):
    again = [{"receipt": r, "line_no": n, "row": n + 1, "file": f"{r}.csv"} for r in (1, 2, 3) for n in (1, 2)]
    report = run(*again)
    assert report.totals["held"] == 4
    assert report.passed


def test_nobody_answers(run, clean, panel, rules):
    report = validate(
        pd.DataFrame([clean]).iloc[:0].astype({"stone_carat": float}), rules=rules, panel=panel, month="2025-06"
    )
    assert report.totals["read"] == 0
    assert not report.passed
    assert report.response(panel, "2025-06")["status"].tolist() == ["missing"]


def test_response(run, panel):
    wide = panel.assign(joined="", left="")
    report = run(
        {},
        BAD,
        {"enterprise_id": "E013", "period": "2025-05", "deal_time": None, "metal_price": None, "receipt": 2},
        panel=wide,
    )
    june, may = report.response(wide, "2025-06"), report.response(wide, "2025-05")
    assert june["status"].tolist() == ["reported", "missing", "missing"]
    assert june.loc[0, ["name", "files", "read", "accepted", "held", "rejected"]].tolist() == ["甲", 1, 2, 1, 0, 1]
    assert may["status"].tolist() == ["missing", "late", "missing"]
    assert list(run({}).response(panel, "2025-06")["enterprise_id"]) == ["E012"]


def test_html_speaks_both_languages_and_escapes(run):
    html = run({"fineness": "<script>alert(1)</script>"}, {"amount": -1.0})._repr_html_()
    assert "<script>" not in html
    assert "退回" in html
    assert "rejected" in html


def test_plot_draws_a_bar_for_each_rule(run):
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    axes = run(BAD, ASKED).plot()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["identity", "amount_range"]  # from below
    plt.close("all")


def test_wrong_use_says_what_is_wrong(clean, rules):
    frame = pd.DataFrame([clean])
    with pytest.raises(UsageError, match="did you mean 'weight'"):
        validate(frame.rename(columns={"weight": "wieght"}), rules=rules)
    with pytest.raises(UsageError, match="column 'amount' \\(金额\\) is missing"):
        validate(frame.drop(columns="amount"), rules=rules)
    with pytest.raises(UsageError, match="holds text where numbers are expected"):
        validate(frame.astype({"amount": "str"}), rules=rules)
    with pytest.raises(UsageError, match="stands twice"):
        validate(frame.assign(金额=1.0), rules=rules)
    with pytest.raises(UsageError, match="not list"):
        validate([clean], rules=rules)
    with pytest.raises(UsageError, match="panel: column 'enterprise_id' is missing"):
        validate(frame, rules=rules, panel=pd.DataFrame({"id": []}))


def test_the_public_names_of_the_stage(clean, rules):
    import shuibei_index.validation as stage

    assert isinstance(stage.validate(pd.DataFrame([clean]), rules=rules), ValidationReport)
    with pytest.raises(AttributeError, match="nothing"):
        stage.nothing  # noqa: B018


def test_callers_data_are_not_changed(clean, rules):
    frame = pd.DataFrame([clean, {**clean, "amount": float("inf")}])
    before = frame.copy(deep=True)
    validate(frame, rules=rules)
    pd.testing.assert_frame_equal(frame, before)


def test_tables_are_pandas_too_with_whole_numbers_and_texts(run):
    import pandas as pd

    import shuibei_index as sx

    report = run({}, {"stone_carat": 0.3, "line_no": 2, "amount": -1.0})
    frame = report.accepted
    assert isinstance(frame, pd.DataFrame) and isinstance(report.rejected, pd.DataFrame)
    assert list(frame.columns) == report.accepted_table.column_names and len(report.rejected) == 1
    assert frame["class_code"].tolist() == report.accepted_table["class_code"].to_pylist()
    assert frame["amount_fen"].dtype == "int64" and not isinstance(frame["class_code"].dtype, pd.CategoricalDtype)
    # pieces may be missing: whole numbers all the same
    assert all(value is pd.NA or isinstance(value, int) for value in frame["net_weight_mg"].astype(object))
    one, other = sx.make_panel(frame), sx.make_panel(report.accepted_table)
    assert one.to_frame().equals(other.to_frame())
