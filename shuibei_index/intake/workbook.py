"""Workbooks: xlsx, xls and ods files, opened in a process of their own that may die without harm."""

from __future__ import annotations

import re

import numpy as np

from shuibei_index.intake.block import Block, CellFault, FileFault, FileRead
from shuibei_index.intake.child.cells import letters
from shuibei_index.intake.headers import Header, find_header, nearest
from shuibei_index.intake.limits import Limits
from shuibei_index.intake.parser import Parser
from shuibei_index.intake.schema import FOR_PEOPLE
from shuibei_index.intake.sheet import Sheet

#: Columns in which one value may stand merged beside several lines.
_ONE_FOR_MANY = ("enterprise_id", "period")
_SHOWN = 10
_REFERENCE = re.compile(r"^([A-Z]{1,3})(\d+)$")


def read_workbook(data: bytes, read: FileRead, parser: Parser, limits: Limits) -> None:
    """Find the reports in a workbook and add them to `read`.

    Raises
    ------
    FileFault
        No sheet, or a sheet that cannot be used.
    """
    read.encoding = read.format or "xlsx"
    content = parser.read(data, read.encoding, figures=True)
    if content["links"]:
        read.say("external_links", count=content["links"])
    seen: list[tuple[str, Header]] = []
    ours: set[str] = set()
    for sheet in map(Sheet, content["sheets"]):
        if not sheet.width:
            continue
        if sheet.hidden:
            read.say("hidden_sheet", sheet.name)
            continue
        header = _header(sheet, limits)
        if header is None:
            if not _for_people(sheet):
                read.say("sheet_skipped", sheet.name)
            continue
        seen.append((sheet.name, header))
        if _for_people(sheet):
            ours.add(sheet.name)
        if _usable(header, limits):
            read.blocks.append(_block(sheet, header, read))
    if not seen:
        raise FileFault("header_missing", lines=str(limits.header_lines))
    if not read.blocks:
        name, header = seen[0]
        raise header_fault(header, name, limits=limits)
    for name, header in seen:
        if not _usable(header, limits):
            fault = header_fault(header, name, limits=limits)
            read.say(fault.rule, **fault.fields)
        else:
            header_notes(header, read, name, lead=name not in ours)


def _usable(header: Header, limits: Limits) -> bool:
    return not (header.missing or header.duplicates or header.unit_refused) and header.width <= limits.columns


def _for_people(sheet: Sheet) -> bool:
    # What our own forms say to people need not be reported back to them as unread.
    return (sheet.top, sheet.left) == (0, 0) and sheet.line(0, 1)[0].startswith(FOR_PEOPLE)


def header_fault(header: Header, sheet: str = "", *, limits: Limits) -> FileFault:
    """Return why a table with this header cannot be used."""
    if header.width > limits.columns:
        return FileFault("columns_too_many", sheet=sheet, limit=str(limits.columns))
    if header.duplicates:
        return FileFault("header_duplicate", sheet=sheet, columns="、".join(header.duplicates))
    if header.unit_refused:
        at, text, _ = header.unit_refused[0]
        return FileFault("header_unit", sheet=sheet, value=text, cell=f"{letters(at)}{header.line}")
    found = "、".join(text for _, _, text in header.positions)
    return FileFault("columns_missing", sheet=sheet, columns="、".join(header.missing), value=found)


def header_notes(header: Header, read: FileRead, sheet: str = "", *, lead: bool = True) -> None:
    """Say what stood above the header (not with `lead` False: it was ours) and which columns are not used."""
    if lead and header.line > 1:
        read.say("lines_above_header", sheet, lines=header.line - 1)
    for at, text in header.unknown:
        near = nearest(text)
        read.say(
            "unknown_column",
            sheet,
            cell=f"{letters(at)}{header.line}",
            value=text,
            near_zh=f"，是否为“{near}”" if near else "",
            near_en=f"; did you mean {near!r}?" if near else "",
        )


def _header(sheet: Sheet, limits: Limits) -> Header | None:
    count = max(0, min(limits.header_lines - sheet.top, sheet.height))
    # One more than allowed, to tell; of a sheet of 16 384 columns no more is looked at.
    most = limits.columns + 1
    lines = [([""] * sheet.left + sheet.line(number, most))[:most] for number in range(count)]
    return find_header(lines, sheet.top + 1)


def _block(sheet: Sheet, header: Header, read: FileRead) -> Block:
    facts, skip = sheet.facts, header.line - sheet.top
    height = sheet.height - skip
    block = Block(sheet.name, header, np.arange(header.line + 1, header.line + 1 + height, dtype=np.int64))
    for name, position in header.columns.items():
        at = position - sheet.left
        block.cells[name], block.kinds[name] = sheet.texts(at, skip), sheet.kinds(at, skip)
        figures = sheet.figures(at, skip)
        if figures is not None:
            block.figures[name] = figures
    block.first = [sheet.texts(at, skip) for at in range(min(3, sheet.width))]
    _merged(block, sheet, read)
    names = {letters(position): name for name, position in header.columns.items()}
    for reference in facts.get("empty_formulas", []):
        _fault(block, names, reference, "formula_without_value", "")
    for reference, value in facts.get("errors", []):
        _fault(block, names, reference, "error_cell", value)
    if facts.get("formulas", 0) > len(facts.get("empty_formulas", [])):
        read.say("formulas", sheet.name, count=facts["formulas"] - len(facts["empty_formulas"]))
    if facts.get("hidden_rows", 0):
        read.say("hidden_rows", sheet.name, count=facts["hidden_rows"])
    if facts.get("hidden_columns", 0):
        read.say("hidden_columns", sheet.name, count=facts["hidden_columns"])
    _unnamed(sheet, header, skip, read)
    return block


def _merged(block: Block, sheet: Sheet, read: FileRead) -> None:
    # One firm or one month beside several lines can be read in one way only; anything else merged is refused.
    header = block.header
    names = {position: name for name, position in header.columns.items() if name in _ONE_FOR_MANY}
    columns: dict[str, tuple[list[str], bytearray]] = {}
    filled = []
    for r0, c0, r1, c1 in sheet.facts["merged"]:
        if r1 < header.line or r0 == r1:
            continue
        place = f"{letters(c0)}{r0 + 1}:{letters(c1)}{r1 + 1}"
        name = names.get(c0, "")
        if not name or c0 != c1 or r0 < header.line:
            raise FileFault("merged_cells", sheet=sheet.name, cell=place)
        if name not in columns:
            texts = block.cells[name]
            columns[name] = (
                list(texts) if isinstance(texts, list) else texts.to_pylist(),
                bytearray(block.kinds[name]),
            )
        texts, kinds = columns[name]
        first, end = r0 - header.line, min(r1 + 1 - header.line, len(texts))
        value = texts[first].strip() if first < len(texts) else ""
        if not value or any(texts[first + 1 : end]):
            raise FileFault("merged_cells", sheet=sheet.name, cell=place)
        texts[first + 1 : end] = [value] * (end - first - 1)
        kinds[first + 1 : end] = kinds[first : first + 1] * (end - first - 1)
        filled.append(place)
    for name, (texts, kinds) in columns.items():
        block.cells[name], block.kinds[name] = texts, bytes(kinds)
    if columns:
        # what stands first in a line is looked at for the label of a total
        at = {position - sheet.left: name for position, name in names.items()}
        block.first = [columns[at[n]][0] if at.get(n) in columns else cells for n, cells in enumerate(block.first)]
        more = "…" if len(filled) > _SHOWN else ""
        read.say("merged_filled", sheet.name, cell=filled[0], value="、".join(filled[:_SHOWN]) + more)


def _unnamed(sheet: Sheet, header: Header, skip: int, read: FileRead) -> None:
    # Figures under an empty header are not used: whoever typed them must know.
    named = {at for _, at, _ in header.positions} | {at for at, _ in header.unknown}
    columns = range(sheet.left, sheet.left + sheet.width)
    bare = [at for at in columns if at not in named and sheet.filled(at - sheet.left, skip)]
    if bare:
        cells = "、".join(map(letters, bare[:10])) + ("…" if len(bare) > 10 else "")
        read.say("unnamed_columns", sheet.name, cell=f"{letters(bare[0])}{header.line}", value=cells)


def _fault(block: Block, names: dict[str, str], reference: str, rule: str, value: str) -> None:
    match = _REFERENCE.match(reference)
    if match and match[1] in names and int(match[2]) > block.header.line:
        block.faults.append(CellFault(int(match[2]), names[match[1]], rule, value))
