"""Delimited text: CSV and TSV files in the encodings firms use."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import chain, islice, zip_longest

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.intake.block import Block, FileFault, FileRead
from shuibei_index.intake.headers import Header, find_header
from shuibei_index.intake.limits import Limits
from shuibei_index.intake.workbook import header_fault, header_notes

_BOMS: tuple[tuple[bytes, str, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 BOM"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SEPARATORS = (",", "\t", ";")
#: Records held as Python texts at a time: what fits the processor's cache is twice as fast as 50 000.
_CHUNK = 2_000
#: Characters the header is searched in: a copy of a large file for each separator would be wasted.
_HEADER_TEXT = 1_000_000


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a file and the name of its encoding.

    A byte order mark decides; else strict UTF-8; else strict GB18030. Other encodings may pass for GB18030 by
    accident: that the header is then not found is what refuses them.

    Raises
    ------
    FileFault
        A NUL byte, or bytes of no encoding known here.
    """
    for mark, codec, name in _BOMS:
        if data.startswith(mark):
            return _strict(data, codec, name), name
    if b"\0" in data:
        raise FileFault("nul_byte", detail=str(data.index(b"\0")))
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        first = error
    try:
        return data.decode("gb18030"), "GB18030"
    except UnicodeDecodeError as error:
        # A single bad byte in a UTF-8 file is best reported where UTF-8 broke off.
        raise FileFault("encoding_unknown", detail=str(max(first.start, error.start))) from None


def _strict(data: bytes, codec: str, name: str) -> str:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        raise FileFault("encoding_unknown", detail=f"{error.start} ({name})") from None
    if "\0" in text:
        raise FileFault("nul_byte", detail=str(text.index("\0")))
    return text


def read_delimited(data: bytes, read: FileRead, limits: Limits) -> None:
    """Find the reports in a delimited text and add them to `read`.

    Raises
    ------
    FileFault
        The file cannot be used.
    """
    text, read.encoding = decode(data)
    if read.encoding in ("GB18030", "UTF-16"):
        read.say("encoding", value=read.encoding)
    header, separator = _header(text, limits)
    if header.missing or header.duplicates or header.unit_refused:
        raise header_fault(header)
    header_notes(header, read)
    if separator != ",":
        read.say("separator", value={"\t": "TAB"}.get(separator, separator))
    # Only within quotes may a record go on over the end of a line.
    spans = '"' in text
    try:
        lines_before = 0
        for rows in _chunks(text, separator):
            block, lines_before = _block(rows, header, lines_before, spans)
            if len(block.lines):
                read.blocks.append(block)
    except csv.Error as error:
        raise FileFault("csv_damaged", detail=str(error)) from None


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def _chunks(text: str, separator: str) -> Iterator[list[list[str]]]:
    rows = _rows(text, separator)
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


def _header(text: str, limits: Limits) -> tuple[Header, str]:
    best: tuple[Header, str] | None = None
    for separator in _SEPARATORS:
        lines = _first_rows(text, separator, limits.header_lines)
        header = find_header(_numbered(lines) if '"' in text else lines, 1)
        if header is None:
            continue
        if not header.missing:
            return header, separator
        if best is None or len(header.positions) > len(best[0].positions):
            best = header, separator
    if best is None:
        raise FileFault("header_missing", lines=str(limits.header_lines))
    return best


def _first_rows(text: str, separator: str, count: int) -> list[list[str]]:
    # As many as can be read: with the wrong separator a sound file may look broken, and a file that is broken further
    # down is told so when all of it is read.
    found: list[list[str]] = []
    rows = _rows(text[:_HEADER_TEXT], separator)
    try:
        found.extend(islice(rows, count))
    except csv.Error:
        return found
    return found


def _numbered(rows: list[list[str]]) -> list[list[str]]:
    # A quoted field may span lines; empty lines put in its place keep the count of lines true.
    return list(chain.from_iterable([row, *[[]] * sum(cell.count("\n") for cell in row)] for row in rows))


def _block(rows: list[list[str]], header: Header, lines_before: int, spans: bool) -> tuple[Block, int]:
    # Returns the records below the header among these rows, and the number of lines of the file used up so far.
    lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    columns: list[tuple[str, ...]] = list(zip_longest(*rows, fillvalue=""))
    breaks = np.zeros(len(rows), dtype=np.int64)
    beyond = np.zeros(len(rows), dtype=bool)
    for at, column in enumerate(columns):
        if at >= header.width or (spans and any(map("\n".__contains__, column))):
            texts = pa.array(column, pa.string())
            breaks += pc.count_substring(texts, "\n").to_numpy()
            if at >= header.width:
                beyond |= pc.not_equal(pc.utf8_trim_whitespace(texts), "").to_numpy(zero_copy_only=False)
    ends = lines_before + np.cumsum(breaks + 1)
    lines = ends - breaks
    keep = int(np.searchsorted(lines, header.line, side="right"))
    ragged = beyond | ((lengths < header.width) & (lengths > 0))
    block = Block("", header, lines[keep:], ragged=ragged[keep:])
    # Many small files are cheapest joined as lists; of a large one the texts must not stay Python objects.
    hold = list if len(rows) < _CHUNK else pa.array
    empty = [""] * (len(rows) - keep)
    for name, position in header.columns.items():
        block.cells[name] = hold(columns[position][keep:] if position < len(columns) else empty)
    block.first = [hold(column[keep:]) for column in columns[:3]]
    return block, int(ends[-1])
