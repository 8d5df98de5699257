"""Workbook: a form as .xlsx, with one sheet to fill in and four to look at."""

from __future__ import annotations

from typing import Any

from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.templates.form import NAMES, Form
from shuibei_index.templates.guides import add_examples, add_guide, add_last_month, add_lists, last_month_cell
from shuibei_index.templates.inputs import FIXED, MONTHLY, Limits, fineness_list
from shuibei_index.templates.styles import Book, letters
from shuibei_index.templates.words import FOR_PEOPLE, HELP, REPORT

_TITLE, _LABELS, _HEADER = range(3)
#: Line of the sheet, from 0, on which the first record stands.
FIRST = _HEADER + 1
_AT = {name: position for position, name in enumerate(NAMES)}
_WIDTH = {
    "enterprise_id": 10,
    "period": 8.5,
    "line_no": 5,
    "item_id": 14,
    "class_code": 10.5,
    "deal_time": 15.5,
    "trade_type": 9,
    "stage": 6.5,
    "fineness": 9,
    "amount": 13,
    "certificate": 12,
    "note": 18,
}
#: Columns that must exist in every record; their heads stand out.
_NEEDED = {c.name for c in SUBMISSION if c.required} | {"tax_basis", "weight_unit"}
#: A figure of this month equal to last month's is as a rule a copy; a making charge stays the same for months.
_STALE = ("weight", "amount", "metal_price")
_OPTIONS = {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True, "select_locked_cells": True}


def form_workbook(form: Form) -> bytes:
    """Return a form as the bytes of a workbook."""
    book = Book(form.month)
    sheet = book.sheet(REPORT)
    # the order of the tabs is the order in which people read them
    add_guide(book, form)
    add_examples(book, form)
    add_last_month(book, form)
    lists = add_lists(book, form)
    _heads(book, sheet, form)
    _lines(book, sheet, form)
    _inputs(sheet, form, lists)
    _warnings(book, sheet, form)
    sheet.activate()
    return book.content()


def _heads(book: Book, sheet: Any, form: Form) -> None:
    who = f"{form.enterprise_id} {form.name}".strip()
    title = f"{FOR_PEOPLE}月报表 Monthly report · {who} · {form.month}"
    sheet.write_string(_TITLE, 0, title, book.style("title"))
    sheet.write_row(_LABELS, 0, [HELP[name].label for name in NAMES], book.style("label"))
    for position, column in enumerate(SUBMISSION):
        style = "head_needed" if column.name in _NEEDED else "head"
        sheet.write_string(_HEADER, position, column.name_zh, book.style(style))
        about = HELP[column.name]
        text = f"{column.name_zh} {column.name}\n{about.zh}\n{about.en}"
        sheet.write_comment(_HEADER, position, text, {"author": "", "x_scale": 2, "y_scale": 1.3, "font_size": 9})
        sheet.set_column(position, position, _WIDTH.get(column.name, 8.5))
    sheet.set_row(_TITLE, 24)
    sheet.set_row(_LABELS, 24)
    sheet.set_row(_HEADER, 20)
    sheet.freeze_panes(FIRST, _AT["class_code"] + 1)
    sheet.repeat_rows(_TITLE, _HEADER)
    # two A4 pages side by side: on one, 29 columns could not be read
    sheet.fit_to_pages(2, 0)
    sheet.repeat_columns(0, _AT["class_code"])
    sheet.print_area(0, 0, FIRST + len(form.lines) - 1, len(NAMES) - 1)
    # no password: whoever must can lift the protection; it only keeps fixed cells from being changed by accident
    sheet.protect("", _OPTIONS)


def _lines(book: Book, sheet: Any, form: Form) -> None:
    for position, name in enumerate(NAMES):
        cells = form.lines[name].tolist()
        own, spare = cells[: form.own], cells[form.own :]
        if name in FIXED:
            style = "fixed_number" if name == "line_no" else "fixed"
            sheet.write_column(FIRST, position, cells, book.style(style))
            continue
        empty = {"deal_time": "time", "pieces": "whole"}.get(name, "number" if name in MONTHLY else "text")
        empty = "text" if name in ("certificate", "note") else empty
        filled = "fixed" if name == "item_id" else "trait"
        for start, values in ((0, own), (form.own, spare)):
            for offset, value in enumerate(values):
                row = FIRST + start + offset
                if value == "":
                    sheet.write_blank(row, position, None, book.style(empty))
                else:
                    sheet.write_string(row, position, value, book.style(filled))
    _mark_needed(book, sheet, form)
    names = {leaf.code: f"{leaf.name_zh} {leaf.name_en}" for leaf in form.leaves}
    for row, code in enumerate(form.lines["class_code"].iloc[: form.own]):
        if code:
            options = {"author": "", "x_scale": 1.5, "y_scale": 0.6, "font_size": 9}
            sheet.write_comment(FIRST + row, _AT["class_code"], f"{code}\n{names[code]}", options)


def _mark_needed(book: Book, sheet: Any, form: Form) -> None:
    # of an item whose class is known it can be said which figures are asked for
    needed = {leaf.code: leaf.needed for leaf in form.leaves}
    for row, code in enumerate(form.lines["class_code"].iloc[: form.own]):
        for name in needed.get(code, ()):
            style = "whole_needed" if name == "pieces" else "needed"
            sheet.write_blank(FIRST + row, _AT[name], None, book.style(style))


def _inputs(sheet: Any, form: Form, lists: dict[str, str]) -> None:
    end = FIRST + len(form.lines) - 1

    def allow(name: str, rule: dict[str, Any], first: int = FIRST, last: int = end) -> None:
        sheet.data_validation(first, _AT[name], last, _AT[name], {**_message(name), **rule})

    allow(
        "enterprise_id",
        {"validate": "list", "source": [form.enterprise_id], **_refusal("只能填 only", form.enterprise_id)},
    )
    allow("period", {"validate": "list", "source": [form.month], **_refusal("只能填 only", form.month)})
    allow("line_no", {"validate": "integer", "criteria": ">", "value": 0, **_refusal("整数 a whole number", "> 0")})
    for name, source in lists.items():
        if name in ("item_id", "fineness"):
            # a new item has a new code, and a fineness may be any number of parts per thousand
            rule = {"validate": "list", "source": source, "show_error": False}
        else:
            rule = {"validate": "list", "source": source, **_refusal("请从列表选择 choose from the list", "")}
        if name != "fineness":
            allow(name, rule)
    for name, limits in form.limits.items():
        allow(name, _between(limits))
    _fineness(form, allow, lists)


def _fineness(form: Form, allow: Any, lists: dict[str, str]) -> None:
    marks = {leaf.code: fineness_list(leaf, form.rules) for leaf in form.leaves}
    for row, code in enumerate(form.lines["class_code"].iloc[: form.own]):
        own = marks.get(code, ())
        rule: dict[str, Any] = (
            {"validate": "list", "source": list(own), "show_error": False} if own else {"validate": "any"}
        )
        allow("fineness", rule, FIRST + row, FIRST + row)
    every = {"validate": "list", "source": lists["fineness"], "show_error": False}
    allow("fineness", every, FIRST + form.own, FIRST + len(form.lines) - 1)


def _message(name: str) -> dict[str, str]:
    column = next(c for c in SUBMISSION if c.name == name)
    about = HELP[name]
    return {"input_title": f"{column.name_zh} {about.label}"[:32], "input_message": f"{about.zh}\n{about.en}"[:255]}


def _refusal(what: str, detail: str) -> dict[str, str]:
    return {
        "error_title": "请核对 Please check",
        "error_message": f"{what} {detail}".strip() + "。\n见“填报说明”表 see the sheet of instructions.",
    }


def _between(limits: Limits) -> dict[str, Any]:
    kinds = {"integer": "整数 a whole number", "decimal": "数字 a number", "date": "日期时间 a date and time"}
    return {
        "validate": limits.kind,
        "criteria": "between",
        "minimum": limits.least,
        "maximum": limits.most,
        **_refusal(kinds[limits.kind], limits.text()),
    }


def _warnings(book: Book, sheet: Any, form: Form) -> None:
    end = FIRST + len(form.lines) - 1
    unit, system = letters(_AT["weight_unit"]), letters(_AT["unit_system"])
    rule = f'=AND(OR(${unit}{FIRST + 1}="钱",${unit}{FIRST + 1}="两"),${system}{FIRST + 1}="")'
    options = {"type": "formula", "criteria": rule, "format": book.style("absent")}
    sheet.conditional_format(FIRST, _AT["unit_system"], end, _AT["unit_system"], options)
    if not form.own:
        return
    for name in _STALE:
        cell = f"{letters(_AT[name])}{FIRST + 1}"
        rule = f'=AND({cell}<>"",{cell}={last_month_cell(name)})'
        options = {"type": "formula", "criteria": rule, "format": book.style("stale")}
        sheet.conditional_format(FIRST, _AT[name], FIRST + form.own - 1, _AT[name], options)
