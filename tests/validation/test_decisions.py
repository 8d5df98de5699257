"""Decisions in validation: bound to what was sent, applied before the checks, replayable."""

import json

import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.decisions import (
    DECISION_COLUMNS,
    JUDGEMENT,
    decisions_bytes,
    decisions_from,
    record_digests,
    standing,
)
from shuibei_index.errors import UsageError
from shuibei_index.rules import Rules
from shuibei_index.validation import validate
from shuibei_index.validation.batch import Batch

RULES = Rules.load()


def record(line=1, **changes):
    # 10 g × (500 × 0.999 + 15.5) = 5150
    base = {
        "enterprise_id": "E1", "period": "2024-01", "line_no": line, "item_id": f"R{line}", "class_code": "01010101",
        "weight": 10.0, "weight_unit": "克", "fineness": "足金999", "amount": 5150.0, "tax_basis": "含税",
        "metal_price": 500.0, "making_charge": 15.5, "charge_basis": "克工费",
    }  # fmt: skip
    return base | changes


def digest(frame, at):
    return record_digests(Batch.of(frame).table)[at]


def decisions(frame, *taken):
    """Each: (row, action, rule, values)."""
    rows = [
        (n + 1, frame["enterprise_id"].iloc[at], frame["period"].iloc[at], frame["line_no"].iloc[at],
         digest(frame, at), rule, action, json.dumps(values), "王敏", "2024-02-01", JUDGEMENT, "因")
        for n, (at, action, rule, values) in enumerate(taken)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(DECISION_COLUMNS)).astype({"line_no": "Int64"})


def run(frame, *taken):
    return validate(frame, rules=RULES, month="2024-01", decisions=decisions(frame, *taken))


def severities(report):
    return dict(zip(report.findings["rule"], report.findings["severity"], strict=True))


def test_accepted_as_it_is():
    frame = pd.DataFrame([record(), record(2, amount=7000.0)])
    assert run(frame).totals["held"] == 1
    report = run(frame, (1, "accept", "identity", {}))
    assert report.totals == {"read": 2, "accepted": 2, "held": 0, "rejected": 0}
    assert severities(report) == {"identity": "note"}
    assert "decision 1, 王敏" in report.findings["message_en"].iloc[0]
    assert "第 1 号决定" in report.findings["message_zh"].iloc[0]


def test_accepting_one_query_leaves_the_others():
    frame = pd.DataFrame([record(amount=7000.0, deal_time="2023-12-05")])
    report = run(frame, (0, "accept", "identity", {}))
    assert severities(report) == {"identity": "note", "deal_time_outside": "query"} and report.totals["held"] == 1
    assert run(frame, (0, "accept", "", {})).totals["accepted"] == 1


def test_what_is_rejected_is_not_accepted_by_a_word():
    frame = pd.DataFrame([record(class_code="99")])
    assert run(frame, (0, "accept", "", {})).totals["rejected"] == 1


def test_corrected_before_the_checks_and_the_original_kept():
    frame = pd.DataFrame([record(), record(2, amount=0.515, weight_unit="千克")])
    before = frame.copy()
    report = run(frame, (1, "correct", "identity", {"weight_unit": "g", "amount_unit": "万元", "loss_rate": None}))
    pd.testing.assert_frame_equal(frame, before)
    assert report.totals["accepted"] == 2
    assert report.accepted_table["amount_fen"].to_pylist() == [515_000, 515_000]
    found = report.findings
    assert set(found["rule"]) == {"corrected_by_decision"} and set(found["severity"]) == {"note"}
    assert sorted(found[["value", "expected"]].to_numpy().tolist()) == [["", "万元"], ["千克", "g"]]


def test_a_correction_that_is_wrong_too_is_asked_about_again():
    frame = pd.DataFrame([record(amount=7000.0)])
    report = run(frame, (0, "correct", "identity", {"amount": 9000.0}))
    assert severities(report)["identity"] == "query"
    # held and rejected records are what was sent
    assert report.held_table["amount"].to_pylist() == [7000.0]


@pytest.mark.parametrize(("action", "words"), [("exclude", "left out ("), ("impute", "left out to be imputed")])
def test_kept_out_whatever_else_is_found(action, words):
    frame = pd.DataFrame([record(amount=7000.0), record(2, class_code="99"), record(3)])
    report = run(frame, (0, action, "identity", {}), (1, action, "class_unknown", {}), (2, action, "", {}))
    assert report.totals == {"read": 3, "accepted": 0, "held": 3, "rejected": 0}
    assert report.held_table["rule"].to_pylist() == ["excluded_by_decision"] * 3
    assert set(report.findings["severity"]) == {"note"}
    assert report.findings.query("rule == 'excluded_by_decision'")["message_en"].str.contains(words, regex=False).all()


def test_the_later_decision_stands():
    frame = pd.DataFrame([record(amount=7000.0)])
    report = run(frame, (0, "exclude", "identity", {}), (0, "accept", "identity", {}))
    assert report.totals["accepted"] == 1
    assert run(frame, (0, "accept", "identity", {}), (0, "exclude", "", {})).totals["held"] == 1
    assert run(frame, (0, "exclude", "identity", {}), (0, "accept", "", {})).totals["accepted"] == 1
    # to accept all that is doubtful about a record does not undo its correction
    report = run(frame, (0, "correct", "identity", {"amount": 5151.0}), (0, "accept", "", {}))
    assert report.accepted_table["amount_fen"].to_pylist() == [515_100]


def test_a_changed_line_is_asked_about():
    frame = pd.DataFrame([record(amount=7000.0)])
    taken = decisions(frame, (0, "accept", "identity", {}))
    report = validate(pd.DataFrame([record()]), rules=RULES, month="2024-01", decisions=taken)
    assert severities(report) == {"decision_outdated": "query"} and report.totals["held"] == 1
    assert "decision 1" in report.findings["message_en"].iloc[0]
    # of the two submissions neither counts until somebody decides again
    both = pd.DataFrame([record(amount=7000.0, receipt=1), record(receipt=2)])
    report = validate(both, rules=RULES, month="2024-01", decisions=taken)
    assert report.totals["held"] == 2 and severities(report)["superseded"] == "note"
    again = pd.concat([taken, decisions(both.iloc[[1]].drop(columns="receipt"), (0, "accept", "", {}))])
    again["decision"] = [1, 2]
    report = validate(both, rules=RULES, month="2024-01", decisions=again)
    assert report.accepted_table["amount_fen"].to_pylist() == [515_000]


def test_a_line_sent_again_unchanged_keeps_its_decision():
    frame = pd.DataFrame([record(amount=7000.0, receipt=1), record(amount=7000.0, receipt=2)])
    report = run(frame, (0, "accept", "identity", {}))
    assert report.accepted_table["receipt"].to_pylist() == [2]


def test_of_two_rows_with_one_number_only_one_can_be_accepted():
    frame = pd.DataFrame([record(), record(amount=5151.0)])
    assert run(frame).totals["held"] == 2
    assert run(frame, (1, "accept", "duplicate_key", {})).accepted_table["amount_fen"].to_pylist() == [515_100]
    both = run(frame, (0, "accept", "duplicate_key", {}), (1, "accept", "", {}))
    assert both.totals == {"read": 2, "accepted": 0, "held": 2, "rejected": 0}
    apart = run(frame, (1, "correct", "duplicate_key", {"line_no": 2}))
    assert apart.accepted_table["line_no"].to_pylist() == [1, 2]


def test_a_record_without_a_line_number():
    frame = pd.DataFrame([record(), record(2)]).astype({"line_no": "Int64"})
    frame.loc[1, "line_no"] = pd.NA
    report = run(frame, (1, "correct", "required_cell", {"line_no": 7}))
    assert report.accepted_table["line_no"].to_pylist() == [1, 7]


def test_what_is_no_decision_is_refused():
    frame = pd.DataFrame([record()])
    with pytest.raises(UsageError, match="columns missing: reason"):
        validate(frame, rules=RULES, decisions=decisions(frame, (0, "accept", "", {})).drop(columns="reason"))
    with pytest.raises(UsageError, match="action 'keep'"):
        run(frame, (0, "keep", "", {}))
    with pytest.raises(UsageError, match="did you mean 'amount'"):
        run(frame, (0, "correct", "", {"amuont": 5.0}))


def test_no_decisions_change_nothing():
    frame = pd.DataFrame([record(), record(2, amount=7000.0)])
    one, other = validate(frame, rules=RULES, month="2024-01"), run(frame)
    assert one.accepted_table.equals(other.accepted_table) and one.findings.equals(other.findings)


def test_digests_depend_on_content_alone():
    frame = pd.DataFrame([record(deal_time="2024-01-05T09:00:00"), record(deal_time="2024-01-05T09:00:01")])
    one = record_digests(Batch.of(frame).table)
    parsed = frame.assign(deal_time=pd.to_datetime(frame["deal_time"]), receipt=9, file="other.csv", row=[5, 6])
    assert record_digests(Batch.of(parsed).table) == one and one[0] != one[1]
    coded = pa.table({n: c.dictionary_encode() if pa.types.is_string(c.type) or pa.types.is_large_string(c.type) else c
                      for n, c in zip(frame.columns, pa.Table.from_pandas(frame).columns, strict=True)})  # fmt: skip
    assert record_digests(Batch.of(coded).table) == one


def test_frozen_decisions_read_back_as_they_were():
    frame = pd.DataFrame([record(), record(2)])
    taken = decisions(frame, (0, "accept", "", {}), (1, "correct", "identity", {"amount": 5.0}))
    again = decisions_from(decisions_bytes(taken))
    assert decisions_bytes(again) == decisions_bytes(taken)
    assert standing(again).equals(standing(taken))
