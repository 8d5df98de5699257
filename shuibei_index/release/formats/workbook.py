"""The annex bulletin.xlsx: tables a person can read, filter and print; no text in it can become a formula."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import pandas as pd
import xlsxwriter
from python_calamine import CalamineWorkbook

from shuibei_index.release.about import About, as_date
from shuibei_index.release.formats.cells import CELL_LIMIT
from shuibei_index.release.formats.sheets import NAMES, Sheet

#: Row of the names as in the files, counted from 0; the header in words stands above it, the table below.
NAMES_ROW = 4
_OPTIONS = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}  # fmt: skip
_BASE = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
_LINE = {"bottom": 1, "bottom_color": "#DDE2E7"}


def write_annex(listed: Sequence[Sheet], about: About) -> bytes:
    """Return the workbook; the same sheets give the same bytes.

    Parameters
    ----------
    listed : sequence of Sheet
    about : About
        Names the file and dates it: the clock is not asked.
    """
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, _OPTIONS)
    created = dt.datetime.combine(as_date(about.released_on, "released_on"), dt.time())
    title = f"{about.name('zh')} {about.release}"
    book.set_properties({"title": title[:200], "subject": about.name("en")[:200], "created": created})
    styles = _Styles(book)
    for sheet in listed:
        _write(book.add_worksheet(sheet.name), sheet, styles, about)
    book.close()
    return sink.getvalue()


class _Styles:
    """The formats of the workbook, made once each."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self.title = book.add_format({**_BASE, "font_size": 15, "bold": True, "font_color": "#17456F"})
        self.subtitle = book.add_format({**_BASE, "font_size": 11, "font_color": "#5A6673"})
        self.words = book.add_format({**_BASE, "text_wrap": True, "valign": "top"})
        self.head = book.add_format(
            {
                **_BASE,
                "bold": True,
                "font_color": "#FFFFFF",
                "bg_color": "#17456F",
                "text_wrap": True,
                "align": "center",
            }
        )
        self.names = book.add_format(
            {**_BASE, "font_size": 8, "font_color": "#17456F", "bg_color": "#E8EDF2", "align": "center"}
        )
        self.text = book.add_format({**_BASE, **_LINE, "num_format": "@", "text_wrap": True, "indent": 1})
        self._numbers: dict[int, Any] = {}

    def number(self, places: int) -> Any:
        """Return the format of a number with so many decimals."""
        if places not in self._numbers:
            code = "0" if places == 0 else "0." + "0" * places
            self._numbers[places] = self._book.add_format({**_BASE, **_LINE, "num_format": code, "align": "right"})
        return self._numbers[places]


def _write(page: Any, sheet: Sheet, styles: _Styles, about: About) -> None:
    page.set_paper(9)
    page.set_landscape()
    page.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    name = about.name("zh").replace("&", "&&")[:60]
    page.set_header(f"&L&9 {name}&R&9 {about.release} · {about.released_on}")
    page.set_footer("&L&8&F · &A&R&8&P / &N")
    page.hide_gridlines(2)
    page.write_string(0, 0, sheet.zh, styles.title)
    page.write_string(1, 0, f"{sheet.en} · {about.period}", styles.subtitle)
    page.set_row(0, 24)
    if not sheet.fields:
        page.set_column(0, 0, 120)
        page.fit_to_pages(1, 0)
        lines = [part for line in sheet.lines for part in _cut(line)]
        for at, line in enumerate(lines):
            page.write_string(3 + at, 0, line, styles.words)
            # so many lines as the words take at the width of the column; a sheet may be 409 points high
            page.set_row(3 + at, min(400, 18 * (1 + len(line) // 70 + line.count("\n"))))
        return
    for at, field in enumerate(sheet.fields):
        page.set_column(at, at, field.width)
        page.write_string(NAMES_ROW - 1, at, f"{field.zh}\n{field.en}"[:CELL_LIMIT], styles.head)
        style = styles.number(field.places) if field.places >= 0 else styles.text
        page.write_column(NAMES_ROW + 1, at, field.cells, style)
    page.set_row(NAMES_ROW - 1, 60)
    last = NAMES_ROW + max(sheet.n_rows, 1)
    columns = [{"header": field.name, "header_format": styles.names} for field in sheet.fields]
    table = {"name": f"t_{sheet.key}", "columns": columns, "style": "Table Style Light 1"}
    page.add_table(NAMES_ROW, 0, last, len(sheet.fields) - 1, table)
    page.freeze_panes(NAMES_ROW + 1, sheet.frozen)
    page.repeat_rows(NAMES_ROW - 1, NAMES_ROW)
    if sheet.fits_width:
        page.fit_to_pages(1, 0)
    else:
        page.repeat_columns(0, sheet.frozen - 1)
        page.set_print_scale(60)


def _cut(text: str) -> list[str]:
    return [text[at : at + CELL_LIMIT] for at in range(0, len(text), CELL_LIMIT)] or [""]


def read_annex(content: bytes) -> dict[str, pd.DataFrame]:
    """Return the tables of the workbook by the key of their sheet, columns named as in the files.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    dict of str to DataFrame
        Numbers as float, texts as str; None where a cell is empty, `cells.HIDDEN` where its figure is withheld.
    """
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    found, there = {}, set(book.sheet_names)
    for key, name in NAMES.items():
        if key == "headline" or name not in there:
            continue
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if len(rows) <= NAMES_ROW:
            continue
        body = [[None if cell == "" else cell for cell in row] for row in rows[NAMES_ROW + 1 :]]
        frame = pd.DataFrame(body, columns=[str(cell) for cell in rows[NAMES_ROW]], dtype=object)
        found[key] = frame.dropna(how="all").reset_index(drop=True)
    return found


def words_of(content: bytes) -> list[str]:
    """Return the lines of the first sheet."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    return [str(row[0]) for row in rows[3:] if row[0] != ""]
