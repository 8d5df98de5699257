"""Form → filled in → intake and validation: nothing to object to; an untouched form: one thing to say."""

import openpyxl
import pandas as pd
import pytest

from shuibei_index.index.hierarchy import Hierarchy
from shuibei_index.intake.read import read_submissions
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.templates import write_template
from shuibei_index.templates.examples import EXAMPLE_FIRM, example_lines
from shuibei_index.templates.inputs import fineness_list, leaves_of
from shuibei_index.templates.words import EXAMPLES, FOR_PEOPLE, REPORT
from shuibei_index.validation.fineness import STATED, parse_fineness

from .conftest import FIRST, NAMES

MONTHS = ["2012-06", "2015-03", "2017-01", "2019-01", "2025-06"]
RING = {"pieces": 3, "weight": 12.5, "net_weight": 12.5, "metal_price": 768.0, "making_charge": 20.0, "amount": 9840.4}


def filled_examples(month, rules, metals):
    leaves = leaves_of(Hierarchy.load(month), month)
    lines = example_lines(leaves, rules.at(month), metal_prices=metals.assign(period=month)).to_dict("records")
    skip = ("enterprise_id", "period", "line_no")
    return leaves, {at: {k: v for k, v in line.items() if k not in skip} for at, line in enumerate(lines)}


@pytest.mark.parametrize("month", MONTHS)
def test_every_class_filled_in_gives_no_finding(month, tmp_path, rules, metals, panel, fill):
    from shuibei_index.validation import validate

    leaves, lines = filled_examples(month, rules, metals)
    path = write_template(tmp_path / "E012.xlsx", enterprise_id="E012", month=month, rules=rules)
    reports = read_submissions(fill(path, lines), rules=rules, month=month)
    prices = metals.assign(period=month)
    report = validate(reports, rules=rules, panel=panel, metal_prices=prices, month=month)
    assert report.findings[["rule", "cell", "message_en"]].to_numpy().tolist() == []
    accepted = report.accepted_table.to_pandas()
    assert sorted(accepted["class_code"]) == [leaf.code for leaf in leaves]
    assert set(accepted["enterprise_id"]) == {"E012"} and set(accepted["period"]) == {month}


def test_the_own_items_filled_in_give_no_finding(tmp_path, items, fill, check):
    path = write_template(tmp_path / "E012.xlsx", enterprise_id="E012", month="2025-06", items=items)
    lines = {
        0: {**RING, "deal_time": pd.Timestamp("2025-06-30 23:59").to_pydatetime()},
        1: RING,
        2: {"weight": 5.0, "metal_price": 768.0, "making_charge": 30.0, "amount": 3030.0},
        3: {"weight": 10.0, "making_charge": 21.0, "amount": 210.0},
    }
    report = check(fill(path, lines))
    assert len(report.findings) == 0, report.findings[["rule", "cell"]]
    assert report.accepted_table["item_id"].to_pylist() == ["OLD", "RG-1", "=1+1", "TL-9"]


def test_items_left_empty_are_not_traded_and_spare_lines_say_nothing(tmp_path, items, fill, check):
    path = write_template(tmp_path / "E012.xlsx", enterprise_id="E012", month="2025-06", items=items)
    report = check(fill(path, {1: RING}))
    assert report.totals == {"read": 1, "accepted": 1, "held": 0, "rejected": 0}
    assert report.findings[["rule", "severity", "value", "cell"]].to_numpy().tolist() == [
        ["untraded_items", "note", "3", "4:4"]
    ]
    # half a line is a line: what is missing is asked for
    half = check(fill(path, {2: {"weight": 5.0}}))
    assert "required_cell" in set(half.findings["rule"]) and half.totals["rejected"] == 1


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_an_untouched_form_gives_one_query_not_a_rejection_for_each_line(suffix, tmp_path, items, check):
    path = write_template(tmp_path / f"E012{suffix}", enterprise_id="E012", month="2025-06", items=items)
    report = check(path)
    assert report.totals["read"] == 0
    assert sorted(report.findings["rule"]) == ["no_records", "untraded_items"]
    assert (report.findings["severity"] != "reject").all()


def test_a_form_without_history_is_empty_lines(tmp_path, check, rules):
    path = write_template(tmp_path / "E012.xlsx", enterprise_id="E012", month="2025-06", rules=rules)
    sheet = openpyxl.load_workbook(path)[REPORT]
    assert sheet.max_row == FIRST - 1 + rules.at("2025-06")["form_spare_lines"]
    assert [cell.value for cell in sheet[FIRST]][:5] == ["E012", "2025-06", 1, None, None]
    assert check(path).findings["rule"].tolist() == ["no_records"]


def test_a_csv_form_filled_in_gives_no_finding(tmp_path, items, check):
    path = write_template(tmp_path / "E012.csv", enterprise_id="E012", month="2025-06", items=items)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\r\n") == 5
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert frame.columns.tolist() == [column.name_zh for column in SUBMISSION]
    assert frame["分类代码"].tolist() == ["01010101", "01010101", "010202", "91"]
    # what a spreadsheet would run is written as text
    assert frame["规格品编码"].tolist() == ["OLD", "RG-1", "'=1+1", "TL-9"]
    chinese = {column.name: column.name_zh for column in SUBMISSION}
    for name, value in RING.items():
        frame.loc[1, chinese[name]] = str(value)
    frame.iloc[[1]].to_csv(path, index=False, encoding="utf-8-sig")
    report = check(path)
    assert len(report.findings) == 0 and report.totals["accepted"] == 1


def test_only_one_sheet_is_a_report(tmp_path, items, check):
    path = write_template(tmp_path / "E012.xlsx", enterprise_id="E012", month="2025-06", items=items)
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) == 5
    for name in book.sheetnames:
        assert book[name]["A1"].value.startswith(FOR_PEOPLE)
    del book[REPORT]
    book.save(path)
    # without it there is no report at all: the examples are never read as one
    assert check(path).findings["rule"].tolist() == ["header_missing"]


def test_a_line_copied_from_the_examples_never_counts(tmp_path, fill, check, rules, metals):
    path = write_template(tmp_path / "E012.xlsx", enterprise_id="E012", month="2025-06")
    line = filled_examples("2025-06", rules, metals)[1][0]
    report = check(fill(path, {0: {**line, "enterprise_id": EXAMPLE_FIRM}}))
    assert "enterprise_unknown" in set(report.findings["rule"]) and report.totals["accepted"] == 0
    sheet = openpyxl.load_workbook(path)[EXAMPLES]
    assert sheet.protection.sheet
    leaves = leaves_of(Hierarchy.load("2025-06"), "2025-06")
    assert sheet.max_row == 4 + len(leaves)


@pytest.mark.parametrize("month", MONTHS)
def test_every_mark_of_fineness_offered_is_one_the_checks_read(month, rules):
    at = rules.at(month)
    for leaf in leaves_of(Hierarchy.load(month), month):
        marks = fineness_list(leaf, at)
        assert bool(marks) == bool(leaf.metal), leaf
        for mark in marks:
            metal = ["gold", "platinum", "palladium", "silver"].index(leaf.metal)
            permille, status, named, old = parse_fineness(mark, metal, at)
            assert status == STATED and named == metal and not old and 300 < permille <= 1000


def test_a_line_of_words_that_is_no_form_is_still_a_record(tmp_path, check):
    head = ",".join(NAMES)
    # no line number: not a line of a form, and asked about as before
    path = tmp_path / "own.csv"
    path.write_text(f"{head}\nE012,2025-06,,RG-1,01010101{',' * 24}\n", encoding="utf-8")
    report = check(path)
    assert report.totals["rejected"] == 1 and "required_cell" in set(report.findings["rule"])
