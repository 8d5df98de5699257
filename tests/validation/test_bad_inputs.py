"""Bad files as firms send them: each fault named by file and cell in both languages, the rest goes on."""

from __future__ import annotations

import pandas as pd
import pytest
import xlsxwriter

from shuibei_index.intake.read import read_submissions
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.validation import validate

ZH = {column.name: column.name_zh for column in SUBMISSION}
COLUMNS = [
    "enterprise_id", "period", "line_no", "item_id", "class_code", "weight", "weight_unit", "unit_system", "fineness",
    "amount", "tax_basis",
]  # fmt: skip
GOOD = ["E012", "2025-06", 1, "A", "01010101", 10, "克", "", "足金", 8000, "含税"]

FAULTS = [
    ("period_format", "period", "2025-13", "报告期 B3"),
    ("weight_range", "weight", -10, "重量 F3"),
    ("enterprise_unknown", "enterprise_id", "E777", "企业代码 A3"),
    ("unit_system_missing", "weight_unit", "两", "单位制 H3"),
    ("number_format", "amount", "约8000", "金额 J3"),
    ("required_cell", "amount", "", "金额 J3"),
    ("tax_basis_missing", "tax_basis", "", "含税标志 K3"),
]


def line(column=None, value=None, number=1):
    values = dict(zip(COLUMNS, GOOD, strict=True)) | {"line_no": number}
    if column is not None:
        values[column] = value
    return [values[name] for name in COLUMNS]


def workbook(path, lines):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("六月")
        for row, cells in enumerate([[ZH[name] for name in COLUMNS], *lines]):
            sheet.write_row(row, 0, cells)


@pytest.mark.parametrize(("rule", "column", "value", "cell"), FAULTS)
def test_a_faulty_cell_is_named(tmp_path, panel, rules, rule, column, value, cell):
    workbook(tmp_path / "E012.xlsx", [line(), line(column, value, 2)])
    reports = read_submissions(tmp_path / "E012.xlsx")
    report = validate(reports, rules=rules, panel=panel, month="2025-06")
    grave = report.findings.query("severity != 'note'")
    assert grave[["rule", "file", "sheet", "cell"]].to_numpy().tolist() == [[rule, "E012.xlsx", "六月", cell]]
    assert grave["message_zh"].str.contains("[\u4e00-\u9fff]").all()
    assert grave["message_en"].str.len().gt(20).all()
    assert report.totals == {"read": 2, "accepted": 1, "held": 0, "rejected": 1}
    assert report.rejected_table["rule"].to_pylist() == [rule]


def test_one_bad_file_does_not_stop_the_others(tmp_path, panel, rules):
    workbook(tmp_path / "a.xlsx", [line()])
    (tmp_path / "b.csv").write_bytes(b"")
    (tmp_path / "c.xlsx").write_bytes(b"\xff\xd8\xff\xe0 a picture")
    text = pd.DataFrame([line(number=2)], columns=[ZH[name] for name in COLUMNS]).to_csv(index=False)
    (tmp_path / "d.csv").write_bytes(text.encode("gb18030"))
    report = validate(read_submissions(tmp_path), rules=rules, panel=panel, month="2025-06")
    assert report.totals["accepted"] == 2
    assert {"b.csv", "c.xlsx"} <= set(report.findings.query("severity == 'reject'")["file"])


def test_an_empty_folder_is_an_empty_report(tmp_path, rules, panel):
    (tmp_path / "b.csv").write_bytes(b"")
    report = validate(read_submissions(tmp_path), rules=rules, panel=panel, month="2025-06")
    assert report.totals["read"] == 0
    assert not report.passed
