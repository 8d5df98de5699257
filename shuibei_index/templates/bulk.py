"""Bulk: the cells of large sheets put into a workbook column by column, beside those it has already."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Mapping
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.errors import ShuibeiIndexError
from shuibei_index.templates.grids import Grid
from shuibei_index.templates.styles import letters

Ints = npt.NDArray[np.int64]
#: Cells of a sheet from which on it is written in bulk.
_MANY = 50_000
#: A text may be twice as long; what is longer is left to the writer that counts as Excel does.
_LONGEST = 16_383
_CELL = re.compile(r'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
_ROW = re.compile(r'<row r="\d+"(?: spans="\d+:\d+")?>|</row>')
_DATA = re.compile(r"<sheetData/>|<sheetData>(.*)</sheetData>", re.DOTALL)
_DIMENSION = re.compile(r'<dimension ref="[A-Z0-9:]+"/>')
#: What XML has no way to write, as Excel writes it; and a text that already looks like that.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]|_x[0-9a-fA-F]{4}_")
#: Kinds of values, and what stands around them after the number of their line.
_KINDS: dict[type, int] = {type(None): 0, str: 1, float: 2, int: 2, bool: 3}
_TYPES = set(_KINDS)
_AROUND = {
    1: ('" t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>"),
    2: ('"><v>', "</v></c>"),
    3: ('" t="b"><v>', "</v></c>"),
}
#: How hard the parts are packed: less than usual, for packing takes most of the time.
_LEVEL = 3


def is_bulk(grid: Grid, row: Ints, column: Ints) -> bool:
    """Tell whether a sheet is so large that its cells are better put in afterwards.

    Parameters
    ----------
    grid
        The sheet.
    row, column : ndarray of int
        Where other cells are written: all must lie within the sheet (column −1: a whole line).
    """
    width = len(grid.columns)
    if grid.height * width < _MANY or not all(map(_writable, grid.columns)):
        return False
    lines = (row >= grid.top) & (row < grid.top + grid.height)
    return bool(np.all(lines & ((column < 0) | (column >= grid.left) & (column < grid.left + width))))


def put_cells(content: bytes, grids: Mapping[int, Grid]) -> bytes:
    """Return a workbook with the cells of some sheets put in.

    Parameters
    ----------
    content
        The workbook, as xlsxwriter makes it. The cells its sheets have already stay as they are.
    grids
        Number of the sheet, from 1 → its cells.
    """
    parts = {f"xl/worksheets/sheet{number}.xml": grid for number, grid in grids.items()}
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            data = old.read(member)
            if member.filename in parts:
                data = _filled(data.decode(), parts.pop(member.filename))
            new.writestr(member, data, zipfile.ZIP_DEFLATED, _LEVEL)
    if parts:
        raise ShuibeiIndexError(f"a workbook without {', '.join(parts)}; the version of XlsxWriter does not suit")
    return sink.getvalue()


def _writable(values: list[Any]) -> bool:
    if not {*map(type, values)} <= _TYPES:
        return False
    return all(len(v) <= _LONGEST if type(v) is str else math.isfinite(v) for v in values if v is not None)


def _filled(xml: str, grid: Grid) -> bytes:
    data = _DATA.search(xml)
    there = (data[1] or "") if data else ""
    if data is None or _ROW.sub("", _CELL.sub("", there)):
        raise ShuibeiIndexError("a sheet with more than cells in its lines; the version of XlsxWriter does not suit")
    marked: dict[str, dict[int, str]] = {}
    for cell in _CELL.finditer(there):
        marked.setdefault(cell[1], {})[int(cell[2]) - grid.top - 1] = cell[0]
    names = [letters(grid.left + at) for at in range(len(grid.columns))]
    numbers = pa.array(np.arange(grid.top + 1, grid.top + grid.height + 1)).cast(pa.string())
    columns = [
        _column(name, numbers, values, marked.get(name, {})) for name, values in zip(names, grid.columns, strict=True)
    ]
    lines = pc.binary_join_element_wise('<row r="', numbers, '">', *columns, "</row>", "")
    area = f'<dimension ref="{names[0]}{grid.top + 1}:{names[-1]}{grid.top + grid.height}"/>'
    head, tail = _DIMENSION.sub(area, xml[: data.start()]), xml[data.end() :]
    whole = pc.binary_join(pa.ListArray.from_arrays([0, len(lines)], lines), "")[0].as_buffer().to_pybytes()
    return b"".join([head.encode(), b"<sheetData>", whole, b"</sheetData>", tail.encode()])


def _column(name: str, numbers: pa.Array, values: list[Any], marked: Mapping[int, str]) -> pa.Array:
    cells = pa.array([""], pa.string()).take(pa.array(np.zeros(len(values), dtype=np.int64)))
    kinds = np.array([_KINDS[type(value)] if value != "" else 0 for value in values], dtype=np.uint8)
    for kind, (before, after) in _AROUND.items():
        mask = kinds == kind
        if mask.any():
            told = pa.array([str(v) for v in compress(values, mask)], pa.string())
            inner = _escaped(told) if kind == _KINDS[str] else told
            if kind == _KINDS[bool]:
                inner = pc.if_else(pc.equal(told, "True"), "1", "0")
            chosen = pa.array(mask)
            made = pc.binary_join_element_wise(f'<c r="{name}', numbers.filter(chosen), before, inner, after, "")
            cells = pc.replace_with_mask(cells, chosen, made)
    if marked:
        mask = np.zeros(len(values), dtype=bool)
        mask[list(marked)] = True
        cells = pc.replace_with_mask(
            cells, pa.array(mask), pa.array([marked[at] for at in sorted(marked)], pa.string())
        )
    return cells


def _escaped(texts: pa.Array) -> pa.Array:
    # each distinct text once
    coded = pc.dictionary_encode(texts)
    words = coded.dictionary
    odd = np.flatnonzero(pc.match_substring_regex(words, r"[\x00-\x08\x0b-\x1f]|_x[0-9a-fA-F]{4}_").to_numpy(False))
    if len(odd):
        plain = words.to_pylist()
        for at in odd.tolist():
            plain[at] = _CONTROL.sub(_spelt, plain[at])
        words = pa.array(plain, pa.string())
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        words = pc.replace_substring(words, sign, name)
    return words.take(coded.indices)


def _spelt(match: re.Match[str]) -> str:
    return f"_x{ord(match[0]):04X}_" if len(match[0]) == 1 else f"_x005F{match[0]}"
