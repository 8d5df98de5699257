"""Workbook of a letter: the firm reads what is doubtful, chooses an answer, and sends the same file back."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Hashable, Mapping
from typing import Any

import xlsxwriter

from shuibei_index.intake.child.cells import letters
from shuibei_index.intake.schema import CODES, SUBMISSION
from shuibei_index.queries.letter import ANSWERS, CORRECTABLE, EMPTY_WORD, Letter
from shuibei_index.templates.words import code_in_words, reading_in_words

SHEET = "质疑单 Queries"
LINES = "原报数据 As sent"
#: First cells of the row that tells whose letter it is, and of the header above the queries.
FIRM_LABEL, ID_LABEL = "企业代码 enterprise_id", "质疑编号 query"
ANSWER_LABEL, REMARK_LABEL = "答复 answer", "说明 remark"
PROPOSED_LABEL = "建议读法 proposed"
_BEFORE = (
    (ID_LABEL, 20), ("行号 line_no", 8), ("规格品 item_id", 14), ("疑问 what is doubtful", 62),
    ("单元格 cell", 12), ("原报值 reported", 16), ("应有范围 expected", 22), (PROPOSED_LABEL, 24),
    (ANSWER_LABEL, 18),
)  # fmt: skip
#: Row of the header, counted from 0.
HEADER_ROW = 7
_INSTRUCTIONS = (
    "请在“答复”列逐行选择：确认无误（数据属实）、更正（在右侧黄色列填写正确值）、撤回（该行不应报送）；填好后原文件发回，不要改动质疑编号。",
    "For each line choose an answer: confirm (it is right), correct (write the right values in the yellow columns), "
    "withdraw (the line should not be reported); send this same file back and leave the query ids alone.",
    "选“更正”而不填数值，表示同意“建议读法”；要清空一格请填“清空 empty”。红色编号的行不能按原样使用，只能更正或撤回。 "
    "Correct without a value agrees to the proposed reading; write 清空 empty to clear a cell. Lines with a red id "
    "cannot be used as they are: correct or withdraw.",
)
#: Columns that say which line is meant, shown even where a firm left them empty.
_ALWAYS = ("enterprise_id", "period", "line_no", "item_id", "class_code")
#: Columns that can be read side by side on one A4 page.
_ONE_PAGE = 14
_EPOCH = dt.datetime(2000, 1, 1)


def correction_label(name_zh: str, name: str) -> str:
    """Return the header of a corrected column.

    Examples
    --------
    >>> correction_label("金额", "amount")
    '更正 金额 amount'
    """
    return f"更正 {name_zh} {name}"


#: Titles of a letter: nothing is looked for under any other.
COLUMNS: frozenset[str] = frozenset(
    [title for title, _ in _BEFORE] + [correction_label(c.name_zh, c.name) for c in CORRECTABLE] + [REMARK_LABEL]
)


def write_workbook(letter: Letter) -> bytes:
    """Return the letter as .xlsx; the same letter gives the same bytes."""
    sink = io.BytesIO()
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    book = xlsxwriter.Workbook(sink, options)
    book.set_properties({"title": f"质疑单 Queries {letter.firm} {letter.month}", "created": _EPOCH})
    style = _styles(book)
    _queries(book.add_worksheet(SHEET), letter, style)
    _as_sent(book.add_worksheet(LINES), letter, style)
    book.close()
    return sink.getvalue()


def _styles(book: Any) -> dict[str, Any]:
    base = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top", "text_wrap": True}
    line = {**base, "border": 1, "border_color": "#b8bec6"}
    return {
        "title": book.add_format({**base, "font_size": 16, "bold": True, "text_wrap": False}),
        "plain": book.add_format(base),
        "bold": book.add_format({**base, "bold": True, "text_wrap": False}),
        "head": book.add_format({**line, "bold": True, "bg_color": "#1f3a5f", "font_color": "#ffffff"}),
        "cell": book.add_format(line),
        "doubt": book.add_format({**line, "bg_color": "#fde9d9", "bold": True}),
        "grave": book.add_format({**line, "font_color": "#b03a2e", "bold": True}),
        "answer": book.add_format({**line, "bg_color": "#fff2cc", "locked": False}),
        "fill": book.add_format({**line, "bg_color": "#fffbe6", "locked": False, "num_format": "@"}),
    }


def _queries(sheet: Any, letter: Letter, style: dict[str, Any]) -> None:
    titles = [title for title, _ in _BEFORE]
    titles += [correction_label(c.name_zh, c.name) for c in CORRECTABLE] + [REMARK_LABEL]
    sheet.write_string(0, 0, f"质疑单 Query letter · {letter.month}", style["title"])
    sheet.set_row(0, 26)
    sheet.write_string(1, 0, FIRM_LABEL, style["bold"])
    sheet.write_string(1, 2, letter.firm, style["bold"])
    sheet.write_string(2, 0, "企业名称 name", style["bold"])
    sheet.write_string(2, 2, letter.name, style["bold"])
    for at, text in enumerate(_INSTRUCTIONS):
        sheet.merge_range(3 + at, 0, 3 + at, len(_BEFORE) - 1, "", style["plain"])
        sheet.write_string(3 + at, 0, text, style["plain"])
        sheet.set_row(3 + at, 32)
    for at, title in enumerate(titles):
        sheet.write_string(HEADER_ROW, at, title, style["head"])
    sheet.set_row(HEADER_ROW, 34)
    for at, (_, width) in enumerate(_BEFORE):
        sheet.set_column(at, at, width)
    sheet.set_column(len(_BEFORE), len(titles) - 2, 13)
    sheet.set_column(len(titles) - 1, len(titles) - 1, 30)
    first, last = HEADER_ROW + 1, HEADER_ROW + max(len(letter.asked), 1)
    for at, row in enumerate(letter.asked.to_dict("records")):
        _one(sheet, first + at, row, style)
        for extra in range(len(_BEFORE), len(titles)):
            sheet.write_blank(first + at, extra, None, style["fill"])
    _choices(sheet, first, last)
    sheet.freeze_panes(HEADER_ROW + 1, 2)
    sheet.autofilter(HEADER_ROW, 0, last, len(titles) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    # on paper only what is doubtful: the columns to fill in are for the screen
    sheet.print_area(0, 0, last, len(_BEFORE) - 1)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)
    # no password: it keeps the ids from being overwritten by mistake, not from people
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": False})


def _one(sheet: Any, at: int, row: Mapping[Hashable, Any], style: dict[str, Any]) -> None:
    line = str(row["line_no"])
    place = " ".join(part for part in (row["sheet"], row["cell"]) if part) or row["file"]
    texts = [
        row["query"], "" if line == "<NA>" else line, row["item_id"], f"{row['message_zh']}\n{row['message_en']}",
        place, row["value"], row["expected"], reading_in_words(str(row["proposed"])), "",
    ]  # fmt: skip
    grave = row["severity"] == "reject"
    kinds = ["grave" if grave else "cell", "cell", "cell", "cell", "cell", "doubt", "cell", "cell", "answer"]
    for column, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
        sheet.write_string(at, column, str(text), style[kind])
    sheet.set_row(at, 84)


def _choices(sheet: Any, first: int, last: int) -> None:
    answer = len(_BEFORE) - 1
    message = {"error_title": "答复 answer", "error_message": "请从列表中选择 / choose from the list"}
    sheet.data_validation(first, answer, last, answer, {"validate": "list", "source": list(ANSWERS), **message})
    for at, column in enumerate(CORRECTABLE, start=len(_BEFORE)):
        if column.name in CODES:
            words = [f"{zh} {code}" for code, zh in CODES[column.name].items()] + [EMPTY_WORD]
            sheet.data_validation(first, at, last, at, {"validate": "list", "source": words, **message})


def _as_sent(sheet: Any, letter: Letter, style: dict[str, Any]) -> None:
    sheet.write_string(0, 0, "原报数据（供核对，请勿填写） What you sent, for reference; not read back", style["bold"])
    lines = letter.lines
    shown = [c for c in SUBMISSION if c.name in _ALWAYS or lines[c.name].ne("").any()]
    for at, column in enumerate(shown):
        sheet.write_string(1, at, f"{column.name_zh}\n{column.name}", style["head"])
        for line, text in enumerate(lines[column.name].tolist(), start=2):
            sheet.write_string(line, at, code_in_words(column.name, text), style["cell"])
        sheet.set_column(at, at, 19 if column.name == "deal_time" else 13)
    sheet.set_row(1, 30)
    sheet.freeze_panes(2, 4)
    sheet.set_landscape()
    sheet.set_paper(9)
    # two A4 pages side by side hold every column
    sheet.fit_to_pages(2 if len(shown) > _ONE_PAGE else 1, 0)
    sheet.repeat_rows(0, 1)
    sheet.repeat_columns(0, 3)
    sheet.autofilter(f"A2:{letters(len(shown) - 1)}{max(len(lines) + 2, 3)}")
    sheet.protect("", {"format_columns": True, "autofilter": True})
