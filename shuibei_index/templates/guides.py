"""Guides: the sheets of a form that are for looking at. None of them can be mistaken for a report by intake."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.index.tree import METALS
from shuibei_index.intake.schema import CODES, SUBMISSION
from shuibei_index.templates.form import Form
from shuibei_index.templates.styles import Book, letters
from shuibei_index.templates.words import CODE_LISTS, EXAMPLES, FOR_PEOPLE, GUIDE, HELP, LAST, STEPS

#: Before each column name on these sheets: a line of bare names would be taken for the header of a report.
_EXAMPLE_SIGN, _LAST_SIGN, _LIST_SIGN = "例·", "上月·", "可填·"
_UNIT = {"g": "克 g", "ct": "克拉 ct", "piece": "件 piece"}
_HEAD = 2
_LAST_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("item_id", "规格品编码", "Item code"),
    ("class_code", "分类代码", "Class code"),
    ("last_period", "最近月份", "Month"),
    ("lines", "行数", "Lines"),
    ("pieces", "件数", "Pieces"),
    ("weight", "重量", "Gross weight"),
    ("net_weight", "净金重", "Net metal weight"),
    ("unit", "重量单位", "Unit"),
    ("amount", "金额(元)", "Total, CNY"),
    ("metal_price", "料价", "Metal price"),
    ("making_charge", "工费", "Making charge"),
    ("charge_basis", "工费计价", "Basis"),
    ("loss_rate", "损耗", "Loss, %"),
    ("stone_amount", "石价(元)", "Stones, CNY"),
)
_LAST_AT = {name: position for position, (name, _, _) in enumerate(_LAST_COLUMNS)}


def _open(book: Book, name: str, title: str, lead: str) -> Any:
    sheet = book.sheet(name)
    sheet.write_string(0, 0, FOR_PEOPLE + title, book.style("title"))
    sheet.write_string(1, 0, lead, book.style("lead"))
    sheet.set_row(0, 24)
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})
    return sheet


def add_guide(book: Book, form: Form) -> None:
    """Add the sheet of instructions."""
    sheet = _open(book, GUIDE, "填报说明 Instructions", f"{form.enterprise_id} {form.name} · {form.month}")
    sheet.set_portrait()
    sheet.fit_to_pages(1, 1)
    sheet.set_column(0, 0, 6)
    sheet.set_column(1, 1, 52)
    sheet.set_column(2, 2, 62)
    sheet.write_row(2, 0, ["", "怎样填写", "How to fill in the form"], book.style("head"))
    for number, (zh, en) in enumerate(STEPS, start=1):
        sheet.write_row(2 + number, 0, [number, zh, en], book.style("wrapped"))
        sheet.set_row(2 + number, 36)
    top = 4 + len(STEPS)
    sheet.write_row(top, 0, ["", "各列含义", "What each column asks for"], book.style("head"))
    for number, column in enumerate(SUBMISSION, start=1):
        about, limits = HELP[column.name], form.limits.get(column.name)
        span = f" [{limits.text()}]" if limits else ""
        texts = [
            letters(number - 1),
            f"{column.name_zh}：{about.zh}{span}",
            f"{about.label} ({column.name}): {about.en}",
        ]
        sheet.write_row(top + number, 0, texts, book.style("wrapped"))
        sheet.set_row(top + number, 30)


def add_examples(book: Book, form: Form) -> None:
    """Add one filled line per class, under heads intake does not know, for a firm that does not exist."""
    sheet = _open(
        book,
        EXAMPLES,
        "各分类填写示例 One filled line per class",
        "仅示范填写方式，价格不代表行情，请勿复制到填报表。 "
        "These show how to fill in a line; the prices are not the market's. Do not copy them.",
    )
    names = {leaf.code: (leaf.name_zh, leaf.name_en, _UNIT[leaf.unit]) for leaf in form.leaves}
    used = [c for c in SUBMISSION if c.name not in ("enterprise_id", "period", "line_no")]
    used = [c for c in used if (form.examples[c.name] != "").any()]
    heads = ["分类名称", "Class", "计价单位"] + [_EXAMPLE_SIGN + column.name_zh for column in used]
    labels = ["", "", "Priced by"] + [HELP[column.name].label for column in used]
    sheet.write_row(_HEAD, 0, labels, book.style("label"))
    sheet.write_row(_HEAD + 1, 0, heads, book.style("head"))
    titles = [names[code] for code in form.examples["class_code"]]
    for position in range(3):
        sheet.write_column(_HEAD + 2, position, [title[position] for title in titles], book.style("shown"))
    for position, column in enumerate(used, start=3):
        style = "shown_number" if column.kind != "text" else "shown"
        sheet.write_column(_HEAD + 2, position, form.examples[column.name].tolist(), book.style(style))
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 34)
    sheet.set_column(2, len(heads) - 1, 10)
    sheet.set_column(3, 3, 13)
    sheet.set_column(3 + [c.name for c in used].index("deal_time"), 3 + [c.name for c in used].index("deal_time"), 16)
    sheet.freeze_panes(_HEAD + 2, 1)
    sheet.repeat_rows(_HEAD, _HEAD + 1)
    sheet.fit_to_pages(2, 0)
    sheet.repeat_columns(0, 1)


def add_last_month(book: Book, form: Form) -> None:
    """Add the figures of the month each item was last sold in, line by line as on the sheet to fill in."""
    lead = (
        "仅供核对，不会被读取；顺序与填报表相同。 For comparison only, never read; in the order of the form."
        if form.own
        else "没有以往数据。 No figures of earlier months."
    )
    sheet = _open(book, LAST, "上月数字 Last month's figures", lead)
    sheet.write_row(_HEAD, 0, [f"Last: {en}" for _, _, en in _LAST_COLUMNS], book.style("label"))
    sheet.write_row(_HEAD + 1, 0, [_LAST_SIGN + zh for _, zh, _ in _LAST_COLUMNS], book.style("head"))
    sheet.set_column(0, len(_LAST_COLUMNS) - 1, 13)
    sheet.set_tab_color("#8C97A3")
    sheet.freeze_panes(_HEAD + 2, 1)
    sheet.repeat_rows(_HEAD, _HEAD + 1)
    if not form.own:
        return
    for name, values in _last_figures(form).items():
        style = "shown_number" if values.dtype != object else "shown"
        cells = values.astype(object).where(values.notna(), "").tolist()
        sheet.write_column(_HEAD + 2, _LAST_AT[name], cells, book.style(style))


def last_month_cell(name: str) -> str:
    """Return the reference of the last month's figure beside the first line of the form, for a formula.

    Examples
    --------
    >>> last_month_cell("amount")
    "'上月 Last month'!$I5"
    """
    return f"'{LAST}'!${letters(_LAST_AT[name])}{_HEAD + 3}"


def _last_figures(form: Form) -> dict[str, pd.Series]:
    last = form.last
    unit = last["class_code"].map({leaf.code: leaf.unit for leaf in form.leaves}).fillna("g")
    # in the unit the form offers for the class: grams, or carats for loose stones
    per_unit = np.where(unit == "ct", 200.0, 1000.0)
    return {
        "item_id": last["item_id"].astype(object),
        "class_code": last["class_code"].astype(object),
        "last_period": last["last_period"].astype(object),
        "lines": last["lines"].astype(float),
        "pieces": last["pieces"].astype(float),
        "weight": last["weight_mg"].astype(float) / per_unit,
        "net_weight": last["net_weight_mg"].astype(float) / per_unit,
        "unit": unit.map({"g": "克", "ct": "克拉", "piece": "克"}).astype(object),
        "amount": last["amount_reported_fen"].astype(float) / 100.0,
        "metal_price": last["metal_price"].astype(float),
        "making_charge": last["making_charge"].astype(float),
        "charge_basis": last["charge_basis"].map(CODES["charge_basis"]).fillna("").astype(object),
        "loss_rate": last["loss_rate"].astype(float),
        "stone_amount": last["stone_amount_fen"].astype(float) / 100.0,
    }


def _systems(form: Form) -> list[str]:
    units = form.rules["unit_systems"].values()
    return [f"钱 {unit['qian'] / 1000:g} g, 两 {unit['liang'] / 1000:g} g" for unit in units]


def add_lists(book: Book, form: Form) -> dict[str, str]:
    """Add the words each column takes, and return for each column the range its cells choose from."""
    sheet = _open(book, CODE_LISTS, "可填的代码和名称 Codes and names", "列表来自现行规则。 From the rules in force.")
    marks = [(metal, name) for metal in METALS for name in form.rules["form_fineness"].get(metal, [])]
    own = form.lines["item_id"].iloc[: form.own].tolist()
    lists: dict[str, list[str]] = {
        "class_code": [leaf.code for leaf in form.leaves],
        **{name: list(words) for name, words in form.words.items()},
        "fineness": [name for _, name in marks],
        **({"item_id": own} if own else {}),
    }
    beside = {
        "class_code": [[getattr(leaf, part) for leaf in form.leaves] for part in ("name_zh", "name_en")]
        + [[_UNIT[leaf.unit] for leaf in form.leaves]],
        **{name: [list(words)] for name, words in CODES.items()},
        "unit_system": [_systems(form)],
        "fineness": [[metal for metal, _ in marks]],
    }
    title = {c.name: c.name_zh for c in SUBMISSION}
    sources, position = {}, 0
    for name, words in lists.items():
        sheet.write_string(_HEAD, position, HELP[name].label, book.style("label"))
        sheet.write_string(_HEAD + 1, position, _LIST_SIGN + title[name], book.style("head"))
        sheet.write_column(_HEAD + 2, position, words, book.style("shown"))
        column = letters(position)
        sources[name] = f"='{CODE_LISTS}'!${column}${_HEAD + 3}:${column}${_HEAD + 2 + len(words)}"
        sheet.set_column(position, position, 15)
        for texts in beside.get(name, []):
            position += 1
            sheet.write_string(_HEAD + 1, position, "", book.style("head"))
            sheet.write_column(_HEAD + 2, position, texts, book.style("shown"))
            sheet.set_column(position, position, max(12, *(len(text) + 2 for text in texts)))
        position += 1
    sheet.set_column(1, 1, 28)
    sheet.fit_to_pages(2, 0)
    sheet.freeze_panes(_HEAD + 2, 0)
    return sources
