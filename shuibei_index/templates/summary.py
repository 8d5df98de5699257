"""Summary: the sheet in front of an annotated copy, with every finding and a link to its cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.intake.schema import SEVERITIES
from shuibei_index.templates.grids import Grid
from shuibei_index.templates.styles import Book, letters
from shuibei_index.templates.words import FINDINGS, FOR_PEOPLE, SEVERITY, reading_in_words

_HEAD = 7
#: Excel takes no more links than this in a sheet.
_LINKS = 60_000
_LINES = 1_000_000
_COLUMNS: tuple[tuple[str, int], ...] = (
    ("序号 No.", 6),
    ("处理 Outcome", 19),
    ("工作表 Sheet", 10),
    ("单元格 Cell", 11),
    ("·行号 Line no.", 8),
    ("填写内容 What stands there", 16),
    ("应为 Expected", 18),
    ("说明", 46),
    ("In English", 46),
    ("建议 Proposed", 26),
    ("规则 Rule", 16),
)


def add_summary(
    book: Book,
    placed: pd.DataFrame,
    names: Sequence[str],
    grids: Sequence[Grid],
    file: str,
    month: str,
    *,
    guides: bool = False,
) -> None:
    """Add the sheet with all findings, gravest first.

    Parameters
    ----------
    placed : DataFrame
        What `place_findings` gives.
    names : sequence of str
        The name in the copy of each sheet.
    guides : bool
        Sheets of instructions were left out.
    """
    title = FINDINGS
    while title.casefold() in {name.casefold() for name in names}:
        title += "+"
    sheet = book.sheet(title)
    sheet.set_tab_color("#C2570C")
    counts = placed["severity"].value_counts()
    sheet.write_string(0, 0, f"{FOR_PEOPLE}审核结果 Findings · {file} · {month}", book.style("title"))
    lines = [
        f"{zh} {en}: {int(counts.get(name, 0))}" for name, (zh, en) in ((s, SEVERITY[s]) for s in reversed(SEVERITIES))
    ]
    sheet.write_string(1, 0, " · ".join(lines), book.style("lead"))
    for position, name in enumerate(reversed(SEVERITIES)):
        sheet.write_string(2 + position, 0, "", book.style(name))
        sheet.write_string(2 + position, 1, _MEANING[name], book.style("lead"))
    sheet.write_string(5, 0, _about(grids, guides), book.style("lead"))
    sheet.write_row(_HEAD, 0, [name for name, _ in _COLUMNS], book.style("head"))
    for position, (_, width) in enumerate(_COLUMNS):
        sheet.set_column(position, position, width)
    grave = placed["severity"].map(SEVERITIES.index).to_numpy()
    order = placed.iloc[np.argsort(-grave, kind="stable")[:_LINES]]
    _table(book, sheet, order, names)
    sheet.set_row(_HEAD, 30)
    sheet.freeze_panes(_HEAD + 1, 2)
    sheet.repeat_rows(_HEAD)
    sheet.autofilter(_HEAD, 0, _HEAD + max(1, len(order)), len(_COLUMNS) - 1)
    sheet.activate()


_MEANING = {
    "reject": "退回：未采用，请改正后重新报送 Rejected: not used; please correct and send again",
    "query": "待核实：答复前暂不采用 Please answer: not used until you have",
    "note": "提示：已采用，仅供参考 Note: used all the same",
}


def _about(grids: Sequence[Grid], guides: bool) -> str:
    if not grids:
        return "文件无法打开，仅列出审核结果。 The file could not be opened; only the findings are listed."
    cut = sum(grid.cut for grid in grids)
    left_out = f" 另有 {cut} 行过多未复制 {cut} further lines are not copied." if cut else ""
    if guides:
        left_out += " 填报表的说明、示例等表从略 The form's sheets of instructions and examples are left out."
    return (
        "后面各表为贵方文件的数值副本，公式、宏、图片未复制；可直接改正后报送。 The sheets behind are your file's "
        "values, without formulas, macros or pictures; correct them and send this file." + left_out
    )


def _table(book: Book, sheet: Any, found: pd.DataFrame, names: Sequence[str]) -> None:
    plain = book.style("wrapped")
    text = {name: found[name].astype(object).where(found[name].notna(), "").astype(str) for name in _TEXTS}
    better = found["proposed"].fillna("").astype(str) if "proposed" in found else [""] * len(found)
    proposed = [reading_in_words(text) for text in better]
    cells = text["cell"].tolist()
    outcome = ["{} {}".format(*SEVERITY[name]) for name in found["severity"]]
    columns: list[list[Any]] = [
        list(range(1, len(found) + 1)),
        outcome,
        text["sheet"].tolist(),
        cells,
        text["line_no"].tolist(),
        text["value"].tolist(),
        text["expected"].tolist(),
        text["message_zh"].tolist(),
        text["message_en"].tolist(),
        proposed,
        text["rule"].tolist(),
    ]
    for position, values in enumerate(columns):
        sheet.write_column(_HEAD + 1, position, values, plain)
    for line, name in enumerate(found["severity"]):
        sheet.write_string(_HEAD + 1 + line, 1, outcome[line], book.style(name))
        # a height that is not stated is worked out by some programs and not by others
        lines = max(_lines(text, width) for text, width in zip(_long(columns, line), _WIDE, strict=True))
        sheet.set_row(_HEAD + 1 + line, 15 * max(2, lines))
    _links(book, sheet, found, names, cells)


#: Columns whose texts decide how high a line is, and how wide they are.
_LONG = (5, 6, 7, 8, 9)
_WIDE = tuple(_COLUMNS[position][1] for position in _LONG)


def _long(columns: list[list[Any]], line: int) -> list[str]:
    return [str(columns[position][line]) for position in _LONG]


def _lines(text: str, width: int) -> int:
    # Chinese characters take two places; words that do not fit leave some of a line empty
    places = sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
    return -(-places * 11 // (10 * width))


def _links(book: Book, sheet: Any, found: pd.DataFrame, names: Sequence[str], cells: list[str]) -> None:
    grid, row, column = (found[name].to_numpy() for name in ("grid", "at_row", "at_column"))
    for line in np.flatnonzero(grid >= 0)[:_LINKS].tolist():
        name = names[grid[line]].replace("'", "''")
        place = f"internal:'{name}'!{letters(max(0, int(column[line])))}{int(row[line]) + 1}"
        sheet.write_url(_HEAD + 1 + line, 3, place, book.style("link"), cells[line])


_TEXTS = ("sheet", "cell", "line_no", "value", "expected", "message_zh", "message_en", "rule")
