"""Workbooks: xlsx, xls and ods files, opened in a process of their own that may die without harm."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.intake.block import Block, CellFault, FileFault, FileRead
from shuibei_index.intake.child.cells import letters
from shuibei_index.intake.headers import Header, find_header, nearest
from shuibei_index.intake.limits import Limits
from shuibei_index.intake.parser import Parser
from shuibei_index.intake.schema import FOR_PEOPLE

_REFERENCE = re.compile(r"^([A-Z]{1,3})(\d+)$")


def read_workbook(data: bytes, read: FileRead, parser: Parser, limits: Limits) -> None:
    """Find the reports in a workbook and add them to `read`.

    Raises
    ------
    FileFault
        No sheet, or a sheet that cannot be used.
    """
    read.encoding = read.format or "xlsx"
    content = parser.read(data, read.encoding)
    sheets = content["sheets"]
    if content["links"]:
        read.say("external_links", count=content["links"])
    seen: list[tuple[str, Header]] = []
    ours: set[str] = set()
    for sheet in sheets:
        width = sheet["width"]
        if not width:
            continue
        if sheet["hidden"]:
            read.say("hidden_sheet", sheet["name"])
            continue
        header = _header(sheet, limits)
        if header is None:
            if not _for_people(sheet):
                read.say("sheet_skipped", sheet["name"])
            continue
        seen.append((sheet["name"], header))
        if _for_people(sheet):
            ours.add(sheet["name"])
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


def _for_people(sheet: dict[str, Any]) -> bool:
    # What our own forms say to people need not be reported back to them as unread.
    return list(sheet["start"]) == [0, 0] and str(sheet["text"][0]).startswith(FOR_PEOPLE)


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


def _header(sheet: dict[str, Any], limits: Limits) -> Header | None:
    width, text = sheet["width"], sheet["text"]
    row, column = sheet["start"]
    count = max(0, min(limits.header_lines - row, len(text) // width))
    # One more than allowed, to tell; of a sheet of 16 384 columns no more is looked at.
    most = limits.columns + 1
    lines = [([""] * column + _list(text[n * width : (n + 1) * width]))[:most] for n in range(count)]
    return find_header(lines, row + 1)


def _block(sheet: dict[str, Any], header: Header, read: FileRead) -> Block:
    width, text, kinds = sheet["width"], sheet["text"], sheet["kinds"].encode("ascii")
    row, column = sheet["start"]
    skip = (header.line - row) * width
    height = len(text) // width - (header.line - row)
    block = Block(sheet["name"], header, np.arange(header.line + 1, header.line + 1 + height, dtype=np.int64))
    for name, position in header.columns.items():
        block.cells[name] = _every(text, skip + position - column, width)
        block.kinds[name] = kinds[skip + position - column :: width]
    block.first = [_every(text, skip + n, width) for n in range(min(3, width))]
    for r0, c0, r1, c1 in sheet["merged"]:
        if r1 >= header.line and r0 != r1:
            raise FileFault("merged_cells", sheet=sheet["name"], cell=f"{letters(c0)}{r0 + 1}:{letters(c1)}{r1 + 1}")
    names = {letters(position): name for name, position in header.columns.items()}
    for reference in sheet.get("empty_formulas", []):
        _fault(block, names, reference, "formula_without_value", "")
    for reference, value in sheet.get("errors", []):
        _fault(block, names, reference, "error_cell", value)
    if sheet.get("formulas", 0) > len(sheet.get("empty_formulas", [])):
        read.say("formulas", sheet["name"], count=sheet["formulas"] - len(sheet["empty_formulas"]))
    if sheet.get("hidden_rows", 0):
        read.say("hidden_rows", sheet["name"], count=sheet["hidden_rows"])
    if sheet.get("hidden_columns", 0):
        read.say("hidden_columns", sheet["name"], count=sheet["hidden_columns"])
    _unnamed(sheet, header, skip, read)
    return block


def _unnamed(sheet: dict[str, Any], header: Header, skip: int, read: FileRead) -> None:
    # Figures under an empty header are not used: whoever typed them must know.
    width, text, column = sheet["width"], sheet["text"], sheet["start"][1]
    named = {at for _, at, _ in header.positions} | {at for at, _ in header.unknown}
    bare = [at for at in range(column, column + width) if at not in named and _any(text, skip + at - column, width)]
    if bare:
        cells = "、".join(map(letters, bare[:10])) + ("…" if len(bare) > 10 else "")
        read.say("unnamed_columns", sheet["name"], cell=f"{letters(bare[0])}{header.line}", value=cells)


def _list(cells: list[str] | pa.Array) -> list[str]:
    return cells if isinstance(cells, list) else list(cells.to_pylist())


def _every(cells: list[str] | pa.Array, start: int, step: int) -> list[str] | pa.Array:
    return cells[start::step] if isinstance(cells, list) else cells.take(pa.array(np.arange(start, len(cells), step)))


def _any(cells: list[str] | pa.Array, start: int, step: int) -> bool:
    column = _every(cells, start, step)
    return any(column) if isinstance(column, list) else bool(pc.any(pc.not_equal(column, "")).as_py())


def _fault(block: Block, names: dict[str, str], reference: str, rule: str, value: str) -> None:
    match = _REFERENCE.match(reference)
    if match and match[1] in names and int(match[2]) > block.header.line:
        block.faults.append(CellFault(int(match[2]), names[match[1]], rule, value))
