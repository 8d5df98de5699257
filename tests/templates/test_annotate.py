"""A copy of what a firm sent: same cells as values, every finding at its place, nothing computed, safe to open."""

import stat
import zipfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from shuibei_index.checks import Checks
from shuibei_index.errors import UsageError
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.templates import annotate_workbook
from shuibei_index.templates.words import FINDINGS, FOR_PEOPLE

from .conftest import NAMES, record

HEADER = [column.name_zh for column in SUBMISSION]
WORDS = {"sale": "销售", "wholesale": "批发", "g": "克", "incl": "含税", "per_gram": "克工费"}
RED, AMBER, BLUE = "FFF6C1BC", "FFFBE3A6", "FFD5E6F5"


def rows_of(*changes):
    rows = [record(period="2025-06", line_no=k + 1, **change) for k, change in enumerate(changes)]
    return [[WORDS.get(row[name], row[name]) for name in NAMES] for row in rows]


def write_xlsx(path, rows, *, title=True, name="六月"):
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(name)
        top = 1 if title else 0
        if title:
            sheet.write_string(0, 0, "甲珠宝 月报")
        sheet.write_row(top, 0, HEADER)
        for number, row in enumerate(rows):
            sheet.write_row(top + 1 + number, 0, [("" if v is None else v) for v in row])
    return path


def fill_of(cell):
    return cell.fill.start_color.rgb if cell.fill.fill_type else None


def cell_of(sheet, name, line):
    return sheet.cell(line, NAMES.index(name) + 1)


def links_of(sheet):
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    return {cell.coordinate: cell.hyperlink.location for cell in cells}


@pytest.fixture
def sent(tmp_path):
    faults = [{}, {"tax_basis": None}, {"amount": 99_999.0}, {"amount": "约7800"}, {"item_id": "=1+1"}]
    return write_xlsx(tmp_path / "E012.xlsx", rows_of(*faults))


@pytest.fixture
def copy(tmp_path, sent, check):
    report = check(sent)
    out = annotate_workbook(report.findings, sent, tmp_path / "out" / "copy.xlsx", month="2025-06")
    return openpyxl.load_workbook(out), report.findings, out


def test_every_finding_stands_at_its_cell(copy):
    book, findings, _ = copy
    sheet = book["六月"]
    assert fill_of(cell_of(sheet, "tax_basis", 4)) == RED and fill_of(cell_of(sheet, "amount", 6)) == RED
    assert fill_of(cell_of(sheet, "amount", 5)) in (AMBER, RED)
    assert fill_of(cell_of(sheet, "amount", 3)) is None and cell_of(sheet, "amount", 3).comment is None
    said = cell_of(sheet, "tax_basis", 4).comment.text
    assert "[退回 rejected]" in said and "未注明金额含税或不含税" in said and "does not say" in said
    named = findings[findings["cell"] != ""]
    commented = [c for row in sheet.iter_rows() for c in row if c.comment]
    assert len(commented) == named["cell"].nunique() == 3 < len(named)


def test_cells_are_values_and_keep_their_places(copy):
    book, _, out = copy
    sheet = book["六月"]
    assert sheet["A1"].value == "甲珠宝 月报" and [c.value for c in sheet[2]] == HEADER
    assert cell_of(sheet, "amount", 3).value == 7792.4 and cell_of(sheet, "line_no", 3).value == 1
    assert cell_of(sheet, "amount", 6).value == "约7800"
    assert cell_of(sheet, "item_id", 7).value == "=1+1" and cell_of(sheet, "item_id", 7).data_type == "s"
    with zipfile.ZipFile(out) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        assert not any(b"<f>" in archive.read(name) for name in sheets)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_the_summary_lists_all_gravest_first_with_links(copy):
    book, findings, _ = copy
    assert book.sheetnames == [FINDINGS, "六月"]
    sheet = book[FINDINGS]
    assert sheet["A1"].value.startswith(FOR_PEOPLE) and "E012.xlsx" in sheet["A1"].value
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=9)]
    assert len(lines) == len(findings) and [line[0] for line in lines] == list(range(1, len(lines) + 1))
    words = [line[1].split()[0] for line in lines]
    assert words == sorted(words, key=["退回", "待核实", "提示"].index)
    links = links_of(sheet)
    assert len(links) == (findings["cell"] != "").sum()
    first = next(line for line in lines if line[10] == "tax_basis_missing")
    assert links[f"D{8 + first[0]}"] == f"'六月'!{openpyxl.utils.get_column_letter(NAMES.index('tax_basis') + 1)}4"


def test_the_corrected_copy_can_be_sent_in(copy, check, tmp_path):
    book, _, out = copy
    sheet = book["六月"]
    cell_of(sheet, "tax_basis", 4).value = "含税"
    cell_of(sheet, "amount", 5).value = cell_of(sheet, "amount", 6).value = 7792.4
    cell_of(sheet, "item_id", 7).value = "RG-5"
    book.save(out)
    report = check(out)
    assert report.totals == {"read": 5, "accepted": 5, "held": 0, "rejected": 0}
    assert sorted(report.findings["rule"]) == ["lines_above_header"]


def test_csv_keeps_the_lines_of_an_editor(tmp_path, check):
    rows = pd.DataFrame(rows_of({"note": "两行\n备注"}, {"amount": -5.0}), columns=HEADER)
    path = tmp_path / "E012.csv"
    path.write_bytes(rows.to_csv(index=False, sep=";").encode("gb18030"))
    report = check(path)
    out = annotate_workbook(report.findings, path, tmp_path / "c.xlsx", month="2025-06")
    sheet = openpyxl.load_workbook(out)["Sheet1"]
    # the quoted line break takes a line: the second record stands on the fourth
    assert cell_of(sheet, "amount", 4).value == "-5.0" and fill_of(cell_of(sheet, "amount", 4)) == RED
    assert [cell.value for cell in sheet[3]] == [None] * len(HEADER)


def test_parquet_records_stand_below_their_names(tmp_path, check):
    frame = pd.DataFrame(rows_of({}, {"amount": -5.0}), columns=NAMES)
    path = tmp_path / "E012.parquet"
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    report = check(path)
    out = annotate_workbook(report.findings, path, tmp_path / "c.xlsx", month="2025-06")
    sheet = openpyxl.load_workbook(out)["Sheet1"]
    assert [cell.value for cell in sheet[1]] == NAMES
    assert cell_of(sheet, "amount", 3).value == -5 and fill_of(cell_of(sheet, "amount", 3)) == RED


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no workbook", b"%PDF-1.7"])
def test_a_file_that_cannot_be_opened_gives_the_summary_alone(content, tmp_path, check):
    path = tmp_path / "E012.xlsx"
    path.write_bytes(content)
    report = check(path)
    out = annotate_workbook(report.findings, path, tmp_path / "c.xlsx", month="2025-06")
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == [FINDINGS] and "could not be opened" in book[FINDINGS]["A6"].value
    assert book[FINDINGS]["K9"].value == report.findings["rule"].iloc[0]


def test_formulas_are_not_copied_and_hidden_sheets_stay_hidden(tmp_path, check):
    path = tmp_path / "E012.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(FINDINGS)
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, [("" if v is None else v) for v in rows_of({})[0]])
        sheet.write_formula(1, NAMES.index("amount"), "=10*779.24", None, 7792.4)
        book.add_worksheet("别的").hide()
        book.get_worksheet_by_name("别的").write_string(0, 0, "secret")
    findings = check(path).findings
    out = annotate_workbook(findings, path, tmp_path / "c.xlsx", month="2025-06")
    copied = openpyxl.load_workbook(out)
    assert copied.sheetnames == [FINDINGS + "+", FINDINGS, "别的"] and copied["别的"].sheet_state == "hidden"
    assert cell_of(copied[FINDINGS], "amount", 2).value == 7792.4
    assert set(findings["rule"]) == {"formulas", "hidden_sheet"}


def test_what_is_proposed_is_said(tmp_path, sent, check):
    findings = check(sent).findings
    findings = findings.assign(
        proposed=["tax_basis=incl" if r == "tax_basis_missing" else "" for r in findings["rule"]]
    )
    out = annotate_workbook(findings, sent, tmp_path / "c.xlsx", month="2025-06")
    book = openpyxl.load_workbook(out)
    assert "建议 proposed: 含税标志 tax_basis = 含税 incl" in cell_of(book["六月"], "tax_basis", 4).comment.text


def test_more_findings_than_comments_are_coloured_all_the_same(tmp_path, rules):
    import dataclasses

    at = rules.at("2025-06")
    few = {**at.entries, "annotated_comments_max": dataclasses.replace(at.entry("annotated_comments_max"), value=40)}
    path = write_xlsx(tmp_path / "E012.xlsx", rows_of(*[{}] * 120), title=False)
    letter = openpyxl.utils.get_column_letter(NAMES.index("amount") + 1)
    cells = [f"金额 {letter}{line}" for line in range(2, 122)]
    findings = Checks.load().find("number_format", sheet="六月", cell=cells, column="金额", column_en="amount")
    cut = dataclasses.replace(at, entries=few)
    out = annotate_workbook(findings, path, tmp_path / "c.xlsx", month="2025-06", rules=cut)
    sheet = openpyxl.load_workbook(out)["六月"]
    marked = [cell_of(sheet, "amount", line) for line in range(2, 122)]
    assert {fill_of(cell) for cell in marked} == {RED}
    assert sum(cell.comment is not None for cell in marked) == 40


def test_lines_beyond_the_most_are_left_out_and_counted(tmp_path, rules):
    import dataclasses

    at = rules.at("2025-06")
    few = {**at.entries, "annotated_lines_max": dataclasses.replace(at.entry("annotated_lines_max"), value=3)}
    path = write_xlsx(tmp_path / "E012.xlsx", rows_of(*[{}] * 5), title=False)
    letter = openpyxl.utils.get_column_letter(NAMES.index("amount") + 1)
    cells = [f"金额 {letter}{line}" for line in (3, 6)]
    findings = Checks.load().find("number_format", sheet="六月", cell=cells, column="金额", column_en="amount")
    cut = dataclasses.replace(at, entries=few)
    book = openpyxl.load_workbook(annotate_workbook(findings, path, tmp_path / "c.xlsx", month="2025-06", rules=cut))
    assert book["六月"].max_row == 3 and "3 further lines" in book[FINDINGS]["A6"].value
    assert len(links_of(book[FINDINGS])) == 1 and book[FINDINGS].max_row == 10


def test_wrong_use_is_named(tmp_path, sent):
    findings = Checks.load().find("file_empty", file="a")
    with pytest.raises(UsageError, match=r"ends in \.xlsx"):
        annotate_workbook(findings, sent, tmp_path / "c.csv", month="2025-06")
    with pytest.raises(UsageError, match="lack the columns rule"):
        annotate_workbook(findings.drop(columns="rule"), sent, tmp_path / "c.xlsx", month="2025-06")
