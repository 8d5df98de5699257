"""Grids: a firm's file as it stands, cell by cell as values, to be given back with remarks. Nothing is computed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from shuibei_index.intake.block import FileFault
from shuibei_index.intake.delimited import encodings
from shuibei_index.intake.filetype import check_type
from shuibei_index.intake.headers import column_of, recognise
from shuibei_index.intake.limits import Limits
from shuibei_index.intake.parser import Parser
from shuibei_index.intake.source import NotRegularError, open_regular

_HEAD = 4096
_SEPARATORS = (",", "\t", ";")
#: Bytes in which the header is looked for.
_HEADER_BYTES = 200_000
_NUMBER, _BOOL = ord("n"), ord("b")


@dataclass(frozen=True)
class Grid:
    """One sheet: its cells by column, and where the first of them stands.

    Attributes
    ----------
    name : str
        "" where the file has no sheets.
    top, left : int
        Line and column of the first cell, from 0.
    columns : list of list
        The values of each column: text, float, bool, or None; all of one length.
    cut : int
        Lines at the end that were left out.
    titles : dict
        Column of a submission → its position, where the file's cells have no letters (Parquet).
    """

    name: str
    top: int
    left: int
    columns: list[list[Any]]
    hidden: bool = False
    cut: int = 0
    titles: dict[str, int] | None = None

    @property
    def height(self) -> int:
        """Number of lines."""
        return len(self.columns[0]) if self.columns else 0


def read_grids(path: Path, file: str, limits: Limits, most: int) -> list[Grid]:
    """Return the sheets of a file as values; of each at most the first `most` lines.

    Parameters
    ----------
    path, file
        Where the content lies, and the name its sender gave it.
    limits
        The limits of reading: what intake does not open is not opened here either.

    Raises
    ------
    FileFault
        The file cannot be opened: damaged, too large, of another type.
    """
    try:
        with open_regular(path) as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - _HEAD))
            tail = stream.read()
            stream.seek(0)
            head = stream.read(_HEAD)
            stream.seek(0)
            if Path(file).suffix.lower() == ".parquet":
                check_type(file, head, tail)
                with Parser(limits) as parser:
                    return [_parquet(parser, stream.fileno(), most)]
            if size > limits.file_bytes:
                raise FileFault("file_too_large", value=str(size), limit=str(limits.file_bytes))
            body = stream.read()
    except NotRegularError:
        raise FileFault("not_regular") from None
    kind = check_type(file, head, tail, body)
    if kind == "csv":
        return [_delimited(body, limits, most)]
    with Parser(limits) as parser:
        return [_sheet(sheet, most) for sheet in parser.read(body, kind)["sheets"]]


def _sheet(sheet: dict[str, Any], most: int) -> Grid:
    width, (top, left) = sheet["width"], sheet["start"]
    text, kinds = sheet["text"], np.frombuffer(sheet["kinds"].encode("ascii"), dtype=np.uint8)
    columns = [_values(text[at::width][:most], kinds[at::width][:most]) for at in range(width)]
    height = len(text) // width if width else 0
    return Grid(sheet["name"], top, left, columns, bool(sheet["hidden"]), max(0, height - most))


def _values(text: list[str], kinds: np.ndarray[Any, np.dtype[np.uint8]]) -> list[Any]:
    # figures stay figures; times stay the text that says them, whatever format the firm's cell had
    values = np.array([*text, None], dtype=object)[:-1]
    number, truth = np.flatnonzero(kinds == _NUMBER), np.flatnonzero(kinds == _BOOL)
    values[number] = values[number].astype(np.float64)
    values[truth] = values[truth] == "True"
    found: list[Any] = values.tolist()
    return found


def _delimited(body: bytes, limits: Limits, most: int) -> Grid:
    # as in reading: of the encodings and separators that are possible, those with which the header makes sense
    head = body[:_HEADER_BYTES]
    ways = [(codec, sign) for codec, _ in encodings(body) for sign in _SEPARATORS]
    codec, separator = max(ways, key=lambda way: _known_names(head, way[0], way[1], limits.header_lines))
    text = body.decode(codec)
    try:
        rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), most))
    except csv.Error as error:
        raise FileFault("csv_damaged", detail=str(error)) from None
    # a quoted cell may span lines: empty ones keep the lines' numbers those of an editor
    spread = (
        [line for row in rows for line in (row, *[[]] * sum(cell.count("\n") for cell in row))] if '"' in text else rows
    )
    cut = max(0, text.count("\n") - len(spread) - 1) if len(rows) == most else 0
    return Grid("", 0, 0, [list(column) for column in zip_longest(*spread, fillvalue="")], cut=cut)


def _known_names(head: bytes, codec: str, separator: str, lines: int) -> int:
    # the last character of a piece of a file may be cut through
    rows = [line.split(separator) for line in head.decode(codec, "ignore").splitlines()[:lines]]
    return max((len(recognise(tuple(cell.strip('"') for cell in row)).positions) for row in rows), default=0)


def _parquet(parser: Parser, descriptor: int, most: int) -> Grid:
    schema, _ = parser.parquet_schema(descriptor)
    tables, size = [schema.empty_table()], 0
    # all groups are asked for, also those past the most: the process must not be left talking to nobody
    for table in parser.parquet_groups(descriptor, schema.names, []):
        if size < most:
            tables.append(table.slice(0, most - size).cast(schema))
        size += table.num_rows
    whole = pa.concat_tables(tables)
    columns = [[name, *_typed(whole.column(at))] for at, name in enumerate(schema.names)]
    return Grid("", 0, 0, columns, cut=max(0, size - most), titles=_titles(schema.names))


def _typed(column: pa.ChunkedArray) -> list[Any]:
    plain = pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_boolean(column.type)
    values: list[Any] = (column if plain else column.cast(pa.string())).to_pylist()
    return values


def _titles(names: Sequence[str]) -> dict[str, int]:
    return {column_of(name)[0]: at for at, name in reversed(list(enumerate(names))) if column_of(name)[0]}
