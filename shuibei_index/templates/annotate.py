"""Annotate: a copy of what a firm sent, with colours and comments where something was found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.errors import UsageError
from shuibei_index.intake.block import FileFault
from shuibei_index.intake.limits import reading_limits
from shuibei_index.intake.schema import FINDING_COLUMNS, SEVERITIES
from shuibei_index.rules import Rules, RulesAt
from shuibei_index.templates.bulk import is_bulk, put_cells
from shuibei_index.templates.grids import Grid, read_grids
from shuibei_index.templates.places import place_findings
from shuibei_index.templates.private import write_private
from shuibei_index.templates.styles import Book
from shuibei_index.templates.summary import add_summary
from shuibei_index.templates.words import FOR_PEOPLE, REPORT, SEVERITY, reading_in_words
from shuibei_index.templates.workbook import FIRST

#: Excel ends a comment here.
_COMMENT = 8000
_SHEET = "Sheet1"


def annotate_workbook(
    findings: pd.DataFrame,
    source: str | Path,
    out: str | Path,
    *,
    month: str,
    file: str = "",
    rules: Rules | RulesAt | None = None,
    overwrite: bool = True,
) -> Path:
    """Write a copy of a firm's file as a workbook with every finding at its cell, and a summary sheet in front.

    Parameters
    ----------
    findings : DataFrame
        The findings about this file (`FINDING_COLUMNS`, and `proposed` if there is one), e.g. rows of
        `ValidationReport.findings`.
    source : str or Path
        The file as received: .xlsx, .csv, .tsv or .parquet.
    out : str or Path
        The workbook to write (.xlsx), readable by its owner only.
    month : str
        The month the file was sent for.
    file : str
        The name its sender gave it. Default: that of `source`.
    rules : Rules or RulesAt, optional
        Default: the packaged ones.
    overwrite : bool
        Replace a file with other content.

    Returns
    -------
    Path

    Raises
    ------
    UsageError
        `out` is no .xlsx, or `findings` lack a column.

    Notes
    -----
    Cells are copied as values, sheets and cells keep their names and places; formulas, macros, links and pictures are
    not copied, nothing is computed, and sheets of our form that are only for looking at are left out. A file
    that cannot be opened gives the summary alone. Intake passes over the summary: the copy, once corrected, can be
    sent in.
    """
    target = Path(out)
    if target.suffix.lower() != ".xlsx":
        raise UsageError(f"{target.name}: an annotated copy is a workbook; give a name that ends in .xlsx")
    missing = [name for name in FINDING_COLUMNS if name not in findings]
    if missing:
        raise UsageError(f"findings lack the columns {', '.join(missing)}")
    at = (Rules.load() if rules is None else rules).at(month)
    name = file or Path(source).name
    try:
        grids = read_grids(Path(source), name, reading_limits(at), int(at["annotated_lines_max"]))
    except FileFault:
        # what is wrong with the file as a whole stands among the findings already
        grids = []
    return write_private(target, _annotated(findings, grids, name, month, at), overwrite=overwrite)


def _annotated(findings: pd.DataFrame, grids: list[Grid], file: str, month: str, rules: RulesAt) -> bytes:
    placed = place_findings(findings.reset_index(drop=True), grids)
    told = set(placed["grid"])
    ours = {number for number, grid in enumerate(grids) if _guide(grid) and number not in told}
    book = Book(month)
    names = [grid.name or _SHEET for grid in grids]
    add_summary(book, placed, names, grids, file, month, guides=bool(ours))
    left = int(rules["annotated_comments_max"])
    bulk: dict[int, Grid] = {}
    for number, (grid, name) in enumerate(zip(grids, names, strict=True)):
        if number in ours:
            continue
        sheet = book.sheet(name)
        sheet.fit_to_pages(2, 0)
        if grid.name == REPORT:
            # our own form: what stands above its lines stays in sight, on paper too
            sheet.freeze_panes(FIRST, 5)
            sheet.repeat_rows(0, FIRST - 1)
            sheet.repeat_columns(0, 4)
        if grid.hidden:
            sheet.hide()
        found = placed[placed["grid"] == number]
        if is_bulk(grid, found["at_row"].to_numpy(), found["at_column"].to_numpy()):
            bulk[len(book.book.worksheets())] = grid
        _copy(sheet, grid, cells=len(book.book.worksheets()) not in bulk)
        left -= _mark(book, sheet, grid, found, left)
    return put_cells(book.content(), bulk) if bulk else book.content()


def _guide(grid: Grid) -> bool:
    """Tell whether a sheet is one of our form's for looking at: nobody needs it back."""
    first = str(grid.columns[0][0]) if grid.top == 0 and grid.left == 0 and grid.columns and grid.columns[0] else ""
    return grid.name != REPORT and first.startswith(FOR_PEOPLE)


def _copy(sheet: Any, grid: Grid, *, cells: bool) -> None:
    for at, values in enumerate(grid.columns if cells else []):
        sheet.write_column(grid.top, grid.left + at, values)
    width = [min(40, max(9, *(2 + len(str(v).encode("gb18030", "replace")) for v in c[:50]), 9)) for c in grid.columns]
    for at, size in enumerate(width):
        sheet.set_column(grid.left + at, grid.left + at, size)


def _mark(book: Book, sheet: Any, grid: Grid, found: pd.DataFrame, most: int) -> int:
    """Colour the cells something was found at, gravest last, and comment on them; return the number of comments."""
    if not len(found):
        return 0
    grave = found["severity"].map(SEVERITIES.index).to_numpy()
    row, column = found["at_row"].to_numpy(), found["at_column"].to_numpy()
    whole = np.flatnonzero(column < 0)
    for position in whole[np.argsort(grave[whole], kind="stable")].tolist():
        style = book.style(SEVERITIES[grave[position]])
        for at in range(len(grid.columns)):
            _again(sheet, grid, int(row[position]), grid.left + at, style)
    # what concerns a whole line is said at its first cell
    cells = pd.DataFrame(
        {
            "row": row,
            "column": np.where(column < 0, grid.left, column),
            "grave": grave,
            "text": _texts(found),
        }
    )
    groups = cells.sort_values(["row", "column", "grave"], ascending=[True, True, False], kind="stable")
    merged = (
        groups.groupby(["row", "column"], sort=False)
        .agg(grave=("grave", "max"), text=("text", "\n\n".join))
        .reset_index()
    )
    merged = merged.sort_values("grave", ascending=False, kind="stable")
    for place in zip(*(merged[name].tolist() for name in ("row", "column", "grave", "text")), strict=True):
        line, at, severity, text = place
        _again(sheet, grid, line, at, book.style(SEVERITIES[severity]))
        if most > 0:
            options = {"author": "", "x_scale": 2.2, "y_scale": 1.6, "font_size": 9}
            sheet.write_comment(line, at, text[:_COMMENT], options)
        most -= 1
    return len(merged)


def _again(sheet: Any, grid: Grid, row: int, column: int, style: Any) -> None:
    # a cell is coloured by writing its value once more
    line, at = row - grid.top, column - grid.left
    inside = 0 <= line < grid.height and 0 <= at < len(grid.columns)
    value = grid.columns[at][line] if inside else None
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    else:
        sheet.write(row, column, value, style)


def _texts(found: pd.DataFrame) -> list[str]:
    heads = ["[{} {}] ".format(*SEVERITY[name]) for name in found["severity"]]
    parts = [found["message_zh"].tolist(), found["message_en"].tolist()]
    texts = [f"{head}{zh}\n{en}" for head, zh, en in zip(heads, *parts, strict=True)]
    if "proposed" not in found:
        return texts
    proposed = found["proposed"].fillna("").astype(str)
    return [
        f"{text}\n建议 proposed: {reading_in_words(better)}" if better else text
        for text, better in zip(texts, proposed, strict=True)
    ]
