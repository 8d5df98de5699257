"""Late, mixed and future months."""

from __future__ import annotations

import types

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.errors import UsageError
from shuibei_index.validation import validate

MAY, JUNE, JULY = ({"period": f"2025-0{m}", "deal_time": None, "metal_price": None} for m in (5, 6, 7))


def rules_found(report):
    return dict(zip(report.findings["line_no"], report.findings["rule"], strict=True))


def test_a_whole_file_of_an_earlier_month_is_late_and_used(run):
    report = run(MAY, MAY)
    assert rules_found(report) == {1: "late", 2: "late"}
    assert report.totals["accepted"] == 2
    assert report.findings["expected"].tolist() == ["2025-06"] * 2


def test_a_file_of_mixed_months_is_asked_about(run):
    report = run(MAY, JUNE, MAY)
    assert rules_found(report) == {1: "wrong_month", 3: "wrong_month"}
    assert report.totals == {"read": 3, "accepted": 1, "held": 2, "rejected": 0}
    assert report.held_table["rule"].to_pylist() == ["wrong_month"] * 2


def test_two_earlier_months_in_one_file_are_not_simply_late(run):
    april = {**MAY, "period": "2025-04"}
    assert set(rules_found(run(MAY, april)).values()) == {"wrong_month"}


def test_each_file_for_itself(run):
    report = run(MAY, {**JUNE, "receipt": 2, "file": "E012b.xlsx"})
    assert rules_found(report) == {1: "late"}


def test_a_later_month_is_rejected(run):
    report = run(JUNE, JULY)
    assert rules_found(report) == {2: "period_future"}
    assert report.totals["rejected"] == 1


def test_the_receipt_knows_its_month_better_than_the_option(clean, rules):
    table = pa.Table.from_pandas(pd.DataFrame([{**clean, "stone_carat": 0.0, "unit_system": ""}]))
    files = pd.DataFrame({"receipt": [1], "inbox_month": ["2025-07"]})
    reports = types.SimpleNamespace(table=table, files=files)
    assert validate(reports, rules=rules, month="2025-06").findings["rule"].tolist() == ["late"]
    assert validate(reports, rules=rules).findings["rule"].tolist() == ["late"]
    files["inbox_month"] = np.array([""], dtype=object)
    assert validate(reports, rules=rules, month="2025-06").findings.empty


def test_a_month_that_is_none_is_wrong_use(run):
    with pytest.raises(UsageError, match="2025-13"):
        run({}, month="2025-13")
    with pytest.raises(UsageError, match="tax_basis must be one of incl, excl"):
        run({}, tax_basis="gross")
    with pytest.raises(UsageError, match="stage must be one of"):
        run({}, stage="export")


def test_deal_times_in_every_form(run):
    forms = ["2025-06-03", "2025-06-03 14:20", "2025-06-03T14:20:05", "2025-06-30T23:59:59+08:00", None]
    report = run(*[{"deal_time": form} for form in forms])
    assert report.findings.empty
    stamps = report.accepted_table["deal_time"].cast(pa.string()).to_pylist()
    assert stamps == [
        "2025-06-03 00:00:00", "2025-06-03 14:20:00", "2025-06-03 14:20:05", "2025-06-30 23:59:59", None,
    ]  # fmt: skip


def test_deal_times_of_other_zones_are_left_out(run):
    assert rules_found(run({"deal_time": "2025-06-03T14:20:00Z"})) == {1: "deal_time_format"}
