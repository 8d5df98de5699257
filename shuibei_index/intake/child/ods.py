"""Ods: a spreadsheet of LibreOffice or WPS, its repeated lines and cells counted before the parser expands them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from shuibei_index.intake.child.archive import Archive, Refused, packed, refuse_doctype
from shuibei_index.intake.child.cells import letters

Facts = dict[str, Any]
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_EXT = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_CELLS = (_TABLE + "table-cell", _TABLE + "covered-table-cell")
_BASE = {"mimetype", "content.xml", "styles.xml", "settings.xml", "meta.xml", "meta-inf/manifest.xml"}
#: Lines or columns of a sheet, by the largest program; a repetition beyond is no sheet.
_LINES = 1_048_576


def open_ods(data: bytes, limits: Mapping[str, Any]) -> tuple[bytes, dict[str, Facts], Facts]:
    """Return a spreadsheet the parser may open, what is known of each sheet by title, and of the book as a whole."""
    archive = Archive(data, limits)
    if "content.xml" not in archive.names and "xl/workbook.xml" in archive.names:
        raise Refused("file_content", "新版 Excel 工作簿(.xlsx) / an Excel workbook (.xlsx)")
    if "content.xml" not in archive.names:
        raise Refused("file_content", "不是表格文件的 ZIP 文件 / a ZIP file that is no spreadsheet")
    if any(name.startswith(("basic/", "scripts/")) and name.endswith(".xml") for name in archive.names):
        raise Refused("workbook_macros", "")
    if "meta-inf/manifest.xml" in archive.names and b"encryption-data" in archive.read("meta-inf/manifest.xml"):
        raise Refused("file_encrypted", "")
    for name in sorted(archive.names):
        if name.endswith(".xml"):
            refuse_doctype(archive.read(name))
    facts = _read(archive.read_xml("content.xml"), limits)
    kept = sorted(_BASE & archive.names)
    return packed({archive.original(name): archive.read(name) for name in kept}), facts, {"links": 0}


def _read(xml: bytes, limits: Mapping[str, Any]) -> dict[str, Facts]:
    found: dict[str, Facts] = {}
    sheet = _Sheet("", limits)
    room = limits["cells"]
    for event, item in ElementTree.iterparse(io.BytesIO(xml), events=("start", "end")):
        if event == "start":
            if item.tag == _TABLE + "table":
                sheet = _Sheet(item.get(_TABLE + "name", ""), limits)
            continue
        if item.tag == _TABLE + "table-row":
            sheet.add_row(item)
            item.clear()
        elif item.tag == _TABLE + "table":
            if sheet.title in found or len(found) >= limits["sheets"]:
                raise Refused("workbook_too_large", f"{len(found) + 1} sheets, or two of the same name")
            found[sheet.title] = sheet.facts
            room -= sheet.lines_used * sheet.columns_used
            if room < 0:
                raise Refused("sheet_too_large", f"{sheet.title}: {sheet.lines_used} × {sheet.columns_used}")
    return found


class _Sheet:
    # Counts the lines and columns of a sheet up to the last with something in it.
    def __init__(self, title: str, limits: Mapping[str, Any]) -> None:
        self.title = title
        self.lines = self.lines_used = self.columns_used = 0
        self._room = limits["cells"]
        self.facts: Facts = {
            "empty_formulas": [],
            "errors": [],
            "percent": [],
            "merged": [],
            "formulas": 0,
            "hidden_rows": 0,
        }

    def add_row(self, row: ElementTree.Element) -> None:
        """Count a line and look at its cells."""
        repeat = _times(row, "number-rows-repeated")
        column, used = 0, 0
        for cell in row:
            if cell.tag not in _CELLS:
                continue
            wide = _times(cell, "number-columns-repeated")
            if len(cell) or cell.get(_OFFICE + "value-type") or cell.get(_TABLE + "formula"):
                self._look(cell, self.lines, column)
                used = column + wide
            column += wide
        if row.get(_TABLE + "visibility", "visible") != "visible" and used:
            self.facts["hidden_rows"] += repeat
        self.lines += repeat
        if used:
            self.lines_used, self.columns_used = self.lines, max(self.columns_used, used)
            if self.lines_used * self.columns_used > self._room:
                raise Refused("sheet_too_large", f"{self.title}: {self.lines_used} × {self.columns_used}")

    def _look(self, cell: ElementTree.Element, line: int, column: int) -> None:
        facts, at = self.facts, f"{letters(column)}{line + 1}"
        kind = cell.get(_OFFICE + "value-type")
        text = "".join(cell.itertext()).strip()
        if cell.get(_TABLE + "formula") is not None:
            facts["formulas"] += 1
            if kind is None:
                facts["empty_formulas"].append(at)
        if cell.get(_EXT + "value-type") == "error" or text.startswith(("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "Err:")):
            facts["errors"].append([at, text[:20]])
        elif kind == "percentage":
            facts["percent"].append(at)
        down = _times(cell, "number-rows-spanned")
        if down > 1:
            right = column + _times(cell, "number-columns-spanned") - 1
            facts["merged"].append([line, column, line + down - 1, right])


def _times(item: ElementTree.Element, name: str) -> int:
    text = item.get(_TABLE + name, "1")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:12]) <= _LINES:
        raise Refused("sheet_too_large", f"{name} {text[:20]}")
    return int(text)
