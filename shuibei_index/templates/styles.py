"""Styles: the cell formats of our workbooks, in one place, and how a workbook is opened for writing."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

FONT = "Microsoft YaHei"
#: Nothing a firm wrote may become a formula, a link or an error on its way through us.
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": False,
}
_EDGE = {"border": 1, "border_color": "#C9D1D9"}
_CELL = {"font_name": FONT, "font_size": 10, "valign": "vcenter"}
_STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 13, "font_color": "#17456F"},
    "lead": {"font_color": "#5A6673"},
    "plain": {"text_wrap": True, "valign": "top"},
    "label": {**_EDGE, "font_size": 8, "font_color": "#5A6673", "text_wrap": True, "align": "center"},
    "head": {
        **_EDGE,
        "bold": True,
        "bg_color": "#17456F",
        "font_color": "#FFFFFF",
        "align": "center",
        "text_wrap": True,
    },
    "head_needed": {**_EDGE, "bold": True, "bg_color": "#C2570C", "font_color": "#FFFFFF", "align": "center"},
    "fixed": {**_EDGE, "bg_color": "#E4E8EC", "font_color": "#4A5560", "num_format": "@"},
    "fixed_number": {**_EDGE, "align": "center", "bg_color": "#E4E8EC", "font_color": "#4A5560"},
    "text": {**_EDGE, "num_format": "@", "locked": False},
    "trait": {**_EDGE, "bg_color": "#F3F5F7", "num_format": "@", "locked": False},
    "number": {**_EDGE, "num_format": "General", "locked": False},
    "needed": {**_EDGE, "num_format": "General", "bg_color": "#FFF8D6", "locked": False},
    "whole": {**_EDGE, "num_format": "0", "locked": False},
    "whole_needed": {**_EDGE, "num_format": "0", "bg_color": "#FFF8D6", "locked": False},
    "time": {**_EDGE, "num_format": "yyyy-mm-dd hh:mm", "locked": False},
    "shown": {**_EDGE, "num_format": "@", "font_color": "#4A5560", "bg_color": "#F3F5F7"},
    "shown_number": {**_EDGE, "num_format": "#,##0.###", "font_color": "#4A5560", "bg_color": "#F3F5F7"},
    "wrapped": {**_EDGE, "text_wrap": True, "valign": "top"},
    "link": {**_EDGE, "font_color": "#17456F", "underline": 1, "valign": "top"},
    "stale": {"bg_color": "#F9B872", "font_color": "#7A3300", "bold": True},
    "absent": {"bg_color": "#FBD5D5"},
    "reject": {**_EDGE, "bg_color": "#F6C1BC"},
    "query": {**_EDGE, "bg_color": "#FBE3A6"},
    "note": {**_EDGE, "bg_color": "#D5E6F5"},
}


def letters(position: int) -> str:
    """Return the letters of a column counted from 0.

    Examples
    --------
    >>> letters(0), letters(27)
    ('A', 'AB')
    """
    return str(xl_col_to_name(position))


class Book:
    """A workbook in memory, with the formats of this package; `content` holds its bytes once closed."""

    def __init__(self, month: str) -> None:
        self._sink = io.BytesIO()
        self.book = xlsxwriter.Workbook(self._sink, _OPTIONS)
        year, number = map(int, month.split("-"))
        # no clock: the same form made twice is the same file
        self.book.set_properties({"created": dt.datetime(year, number, 1)})
        self._formats: dict[str, Any] = {}

    def style(self, name: str) -> Any:
        """Return the format of that name."""
        if name not in self._formats:
            font = {} if name in ("stale", "absent") else _CELL
            self._formats[name] = self.book.add_format({**font, **_STYLES[name]})
        return self._formats[name]

    def sheet(self, name: str) -> Any:
        """Add a sheet printed on A4."""
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&8&F&C&8&A&R&8&P / &N")
        return sheet

    def content(self) -> bytes:
        """Close the workbook and return its bytes."""
        self.book.close()
        return self._sink.getvalue()
