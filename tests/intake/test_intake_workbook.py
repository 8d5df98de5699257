from __future__ import annotations

import dataclasses
import datetime as dt
import io
import os
import signal
import zipfile

import openpyxl
import pytest
import xlsxwriter

from shuibei_index.errors import ShuibeiIndexError
from shuibei_index.intake.block import FileFault, FileRead
from shuibei_index.intake.child.cells import letters
from shuibei_index.intake.limits import reading_limits
from shuibei_index.intake.parser import Parser
from shuibei_index.intake.workbook import read_workbook
from tests.hostile import raw


@pytest.fixture
def limits():
    return reading_limits()


def corners() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = 1
    book.active["XFD1048576"] = 1
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def test_corner_cells_are_refused_before_the_parser_sees_them(limits) -> None:
    data = corners()
    assert len(data) < 5000
    with Parser(limits) as parser, pytest.raises(FileFault) as fault:
        parser.read(data)
    assert fault.value.rule == "sheet_too_large"


def test_death_of_the_parser_is_a_finding_and_the_next_file_is_read(limits, make) -> None:
    blind = dataclasses.replace(limits, sheet_cells=10**12)
    with Parser(blind) as parser:
        with pytest.raises(FileFault) as fault:
            parser.read(corners())
        assert fault.value.rule == "parser_died"
        assert fault.value.fields["detail"] == "SIGABRT"
        read = FileRead(1, "a.xlsx")
        read_workbook(make.xlsx(("S", make.grid([make.record()]))), read, parser, blind)
        assert read.blocks[0].cells["amount"] == ["9876.54"]


def test_a_process_that_cannot_be_started_is_said_in_words(limits, make, monkeypatch) -> None:
    def full(*given, **more):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("shuibei_index.intake.parser.subprocess.Popen", full)
    with Parser(limits) as parser, pytest.raises(ShuibeiIndexError, match=r"cannot be started .*free memory") as said:
        parser.read(make.xlsx(("S", [["a"]])))
    assert "无法启动" in said.value.zh


def test_memory_limit_holds(limits, make) -> None:
    # Enough for the interpreter, not for a part of 80 MB.
    tight = dataclasses.replace(limits, parser_memory=64_000_000, ratio=1e9)
    sink = io.BytesIO(make.xlsx(("S", [["a"]])))
    with zipfile.ZipFile(sink, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/big.xml", bytes(80_000_000))
    big = sink.getvalue()
    with Parser(tight) as parser:
        with pytest.raises(FileFault) as fault:
            parser.read(big)
        assert fault.value.rule in ("parser_died", "workbook_too_large")
        assert parser.read(make.xlsx(("S", [["a"]])))["sheets"][0]["text"] == ["a"]


def test_time_limit_holds(limits, make, monkeypatch) -> None:
    # the other process is stopped in its tracks: it neither answers nor uses its processor time
    with Parser(limits) as parser:
        parser._patience = 0.5
        parser.read(make.xlsx(("S", [["a"]])))
        os.kill(parser._process.pid, signal.SIGSTOP)
        with pytest.raises(FileFault) as fault:
            parser.read(make.xlsx(("S", [["a"]])))
        assert fault.value.fields["detail"] == "SIGKILL"
        parser._patience = 30.0
        assert parser.read(make.xlsx(("S", [["a"]])))["sheets"][0]["text"] == ["a"]


def test_processor_time_limit_holds(limits) -> None:
    many = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"><v>1</v></c></row>' for n in range(1, 1_000_000)
    )
    with Parser(dataclasses.replace(limits, parser_seconds=0)) as parser:
        with pytest.raises(FileFault) as fault:
            parser.read(raw.book(raw.sheet(many)))
        assert fault.value.fields["detail"] == "SIGXCPU"


def test_letters() -> None:
    assert [letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_typed_cells(read, make) -> None:
    names = [*make.columns, "deal_time", "certificate"]
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink) as book:
        sheet = book.add_worksheet("数据")
        month = book.add_format({"num_format": "yyyy-mm"})
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        row = make.record(1, item_id=1001, amount="１，２３４", certificate="=1+1")
        for at, name in enumerate(names):
            sheet.write(0, at, make.zh[name])
            sheet.write(1, at, row.get(name, "")) if name != "certificate" else sheet.write_string(1, at, "=1+1")
            sheet.write(2, at, make.record(2, period=45658, amount=True).get(name, ""))
        sheet.write_datetime(1, names.index("period"), dt.datetime(2025, 6, 1), month)
        sheet.write_datetime(1, names.index("deal_time"), dt.datetime(2025, 6, 3, 14, 30, 5), time)
        sheet.write_datetime(2, names.index("weight"), dt.datetime(2025, 3, 5), month)
    reports = read(sink.getvalue(), "a.xlsx")
    first, second = reports.table.to_pylist()
    assert (first["period"], first["item_id"], first["amount"]) == ("2025-06", "1001", 1234.0)
    assert first["deal_time"] == dt.datetime(2025, 6, 3, 14, 30, 5)
    assert first["certificate"] == "=1+1"
    assert second["period"] == "45658"
    rejected = reports.findings[reports.findings["severity"] == "reject"]
    assert sorted(rejected["cell"]) == ["重量 G3", "金额 I3"]


def test_formulas_errors_and_cells_without_a_value(read, make) -> None:
    def change(sheet) -> None:
        sheet["I2"] = "=1+1"
        sheet["D3"] = "#N/A"
        sheet["D3"].data_type = "e"

    reports = read(make.edited(change), "a.xlsx")
    found = dict(zip(reports.findings["cell"], reports.findings["rule"], strict=True))
    assert found == {"金额 I2": "formula_without_value", "规格品编码 D3": "error_cell"}
    assert reports.rejected_rows.tolist() == [0, 1]
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(make.grid([make.record()])):
            sheet.write_row(at, 0, row)
        sheet.write_formula("I2", "=2*3", None, 6)
    reports = read(sink.getvalue(), "b.xlsx")
    assert reports.table.column("amount").to_pylist() == [6.0]
    assert reports.findings["rule"].tolist() == ["formulas"]


def test_merged_cells_in_the_data_but_not_above(read, make) -> None:
    rows = [["水贝报表"], *make.grid([make.record(1), make.record(2)])]
    reports = read(make.edited(lambda sheet: sheet.merge_cells("A1:I1"), rows), "a.xlsx")
    assert len(reports) == 2
    assert reports.findings["rule"].tolist() == ["lines_above_header"]
    for place in ("D3:D4", "A3:B4", "A2:A3", "I3:I4"):
        reports = read(make.edited(lambda sheet, at=place: sheet.merge_cells(at), rows), "a.xlsx")
        assert reports.files["reason"].tolist() == ["merged_cells"]
        assert place in reports.findings["message_en"].iloc[0]


@pytest.mark.parametrize(("places", "column"), [(["A2:A4"], 1), (["A2:A4", "B2:B3"], 2), (["B3:B4"], 2)])
def test_one_firm_or_month_merged_beside_several_lines(read, make, places, column) -> None:
    rows = make.grid([make.record(n) for n in (1, 2, 3)])

    def change(sheet):
        for place in places:
            sheet.merge_cells(place)

    reports = read(make.edited(change, rows), "a.xlsx")
    assert reports.table.equals(read(make.xlsx(("Sheet", rows)), "a.xlsx").table)
    (said,) = reports.findings.to_dict("records")
    assert said["rule"] == "merged_filled" and said["value"] == "、".join(places)


def test_a_merged_firm_without_a_code_is_refused(read, make) -> None:
    def change(sheet):
        sheet["A2"] = None
        sheet.merge_cells("A2:A3")

    assert read(make.edited(change), "a.xlsx").files["reason"].tolist() == ["merged_cells"]


def test_sheets_hidden_other_and_several(read, make) -> None:
    rows = make.grid([make.record(1)])
    book = openpyxl.load_workbook(
        io.BytesIO(
            make.xlsx(
                ("填表说明", [["请逐行填写"]]),
                ("六月", rows),
                ("补报", make.grid([make.record(2)])),
                ("旧", make.grid([make.record(3)])),
                ("缺列", [row[:-1] for row in rows]),
            )
        )
    )
    book["旧"].sheet_state = "hidden"
    book["六月"].row_dimensions[2].hidden = True
    sink = io.BytesIO()
    book.save(sink)
    reports = read(sink.getvalue(), "a.xlsx")
    assert reports.table.column("sheet").to_pylist() == ["六月", "补报"]
    assert dict(zip(reports.findings["sheet"], reports.findings["rule"], strict=True)) == {
        "填表说明": "sheet_skipped",
        "六月": "hidden_rows",
        "旧": "hidden_sheet",
        "缺列": "columns_missing",
    }
    assert reports.files["outcome"].tolist() == ["read"]


def test_table_that_does_not_begin_in_a1(read, make) -> None:
    rows = make.grid([make.record(1)])
    shifted = [[], [], *[["", "", *row] for row in rows]]
    reports = read(make.xlsx(("S", shifted)), "a.xlsx")
    assert reports.cell("amount", 1, 4) == "金额 K4"
    assert reports.table.column("amount").to_pylist() == [9876.54]
