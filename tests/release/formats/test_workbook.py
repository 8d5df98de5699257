from __future__ import annotations

import io

import openpyxl
import pytest

from shuibei_index.release.formats.sheets import NAMES as SHEETS
from shuibei_index.release.formats.workbook import NAMES_ROW, read_annex, words_of
from tests.release.formats.conftest import HIDDEN, NOTE, Bundle


@pytest.fixture(scope="module")
def book(bundle: Bundle) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(bundle.files["bulletin.xlsx"]))


def test_every_sheet_is_a_table_to_filter_read_and_print(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == list(SHEETS.values())
    for key, name in SHEETS.items():
        sheet = book[name]
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert "&P" in (sheet.oddFooter.right.text or "")
        if key == "headline":
            continue
        assert sheet.freeze_panes == f"{'B' if key == 'history' else 'C'}{NAMES_ROW + 2}"
        assert sheet.print_title_rows == f"${NAMES_ROW}:${NAMES_ROW + 1}"
        assert list(sheet.tables) == [f"t_{key}"]
        assert sheet.column_dimensions["B"].width >= 8


def test_no_cell_is_a_formula_and_numbers_show_their_published_decimals(
    book: openpyxl.Workbook, bundle: Bundle
) -> None:
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s", "n"}
    sheet = book[SHEETS["classes"]]
    names = [cell.value for cell in sheet[NAMES_ROW + 1]]
    row = next(r for r in sheet.iter_rows(min_row=NAMES_ROW + 2) if r[0].value == "00")
    formats = {name: cell.number_format for name, cell in zip(names, row, strict=True)}
    assert (formats["index"], formats["mom_pct"], formats["class_code"]) == ("0.00", "0.0", "@")
    hidden = next(r for r in sheet.iter_rows(min_row=NAMES_ROW + 2) if r[0].value == HIDDEN)
    said = {name: cell.value for name, cell in zip(names, hidden, strict=True)}
    assert {said[n] for n in ("index", "mom_pct", "mom_pp", "price_updated_weight")} == {"保密 c"}
    assert said["obs_conf"] == "C 保密 confidential"
    assert [cell.value for cell in row][names.index("obs_status")] == "A 正常 normal"


def test_words_notes_and_day(book: openpyxl.Workbook, bundle: Bundle) -> None:
    words = words_of(bundle.files["bulletin.xlsx"])
    assert words[:2] == [bundle.sentences["zh"], bundle.sentences["en"]]
    assert NOTE in words
    assert "=1+1" in words
    assert book.properties.created.date().isoformat() == bundle.about.released_on
    assert "水贝" in str(book.properties.title)
    assert set(read_annex(bundle.files["bulletin.xlsx"])) == set(SHEETS) - {"headline"}
