"""Large sheets of an annotated copy: the same cells, marks and comments as of small ones."""

import zipfile

import openpyxl
import pandas as pd
import pytest
import python_calamine
import xlsxwriter

from shuibei_index.checks import Checks
from shuibei_index.errors import ShuibeiIndexError
from shuibei_index.templates import annotate_workbook, bulk
from shuibei_index.templates.grids import Grid

ODD = ["甲 & 乙 <丙>", " 12 ", "a\x01b_x0041_", "=1+1", 12.5, 1e16, -3.0, True, "行\n二", "", "@x", '"']


def write(path, lines, width=30):
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("六月")
        for line in range(lines):
            sheet.write_row(line + 1, 2, [ODD[(line + at) % len(ODD)] for at in range(width)])
    return path


def findings(cells):
    found = [
        Checks.load().find(
            "number_format", file="a.xlsx", sheet="六月", cell=cell, value="x", column="金额", column_en="amount"
        )
        for cell in cells
    ]
    return pd.concat(found, ignore_index=True)


def cells_of(path, sheet="六月"):
    cells = (cell for row in openpyxl.load_workbook(path)[sheet].iter_rows() for cell in row)
    return {
        cell.coordinate: (
            _plain(cell.value),
            cell.data_type,
            cell.fill.start_color.rgb,
            cell.comment and cell.comment.text,
        )
        for cell in cells
    }


def test_a_large_sheet_is_copied_as_a_small_one(tmp_path, monkeypatch):
    sent = write(tmp_path / "a.xlsx", 60)
    found = findings(["金额 C2", "金额 D9", "金额 AF61", "7:7"])
    small = annotate_workbook(found, sent, tmp_path / "small.xlsx", month="2025-06")
    monkeypatch.setattr(bulk, "_MANY", 1)
    large = annotate_workbook(found, sent, tmp_path / "large.xlsx", month="2025-06")
    assert b"inlineStr" in _sheet(large) and b"inlineStr" not in _sheet(small)
    ours, theirs = cells_of(large), cells_of(small)
    assert ours == theirs
    assert ours["D9"][3] and ours["C7"][2] != "00000000" and ours["C8"][2] == "00000000"
    assert "=1+1" in {value for value, *_ in ours.values()}
    assert all(kind != "f" for _, kind, *_ in ours.values())


def test_one_of_more_than_a_million_bytes_of_text_is_copied(tmp_path):
    sent = write(tmp_path / "a.xlsx", 6_000)
    out = annotate_workbook(findings(["金额 D9"]), sent, tmp_path / "copy.xlsx", month="2025-06")
    sent_rows, rows = (
        python_calamine.load_workbook(str(path)).get_sheet_by_name("六月").to_python() for path in (sent, out)
    )
    assert rows == sent_rows and len(rows) == 6_000 and len(rows[0]) == 30


def test_what_lies_beside_the_sheet_is_written_the_other_way(monkeypatch):
    monkeypatch.setattr(bulk, "_MANY", 1)
    grid = Grid("六月", 1, 2, [["a", 1.0], ["b", None]])
    at = pd.Series
    assert bulk.is_bulk(grid, at([1, 2]).to_numpy(), at([2, -1]).to_numpy())
    assert not bulk.is_bulk(grid, at([3]).to_numpy(), at([2]).to_numpy())
    assert not bulk.is_bulk(grid, at([1]).to_numpy(), at([4]).to_numpy())
    none = at([], dtype=int).to_numpy()
    assert not bulk.is_bulk(Grid("", 0, 0, [["x" * 20_000]]), none, none)
    assert not bulk.is_bulk(Grid("", 0, 0, [[float("nan")]]), none, none)


def test_a_workbook_of_another_make_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().set_row(0, 40)
    with pytest.raises(ShuibeiIndexError, match="version of XlsxWriter"):
        bulk.put_cells(path.read_bytes(), {1: Grid("", 0, 0, [["a"]])})
    with pytest.raises(ShuibeiIndexError, match=r"without xl/worksheets/sheet2\.xml"):
        bulk.put_cells(path.read_bytes(), {2: Grid("", 0, 0, [["a"]])})


def _plain(value):
    # openpyxl takes the escape of an escape from shared texts, and leaves it in those that stand in their cells
    return value.replace("_x005F", "") if isinstance(value, str) else value


def _sheet(path):

    with zipfile.ZipFile(path) as archive:
        return archive.read("xl/worksheets/sheet2.xml")
