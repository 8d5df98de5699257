"""Delimited text: CSV and TSV files in the encodings firms use."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice, zip_longest

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
#: Bytes decoded at a time when only the encoding is looked at.
_PIECE = 1 << 20
#: Characters of one line: a record of the form has a few hundred, a wide table of another kind some thousand.
_LINE = 1_000_000


def encodings(data: bytes) -> list[tuple[str, str]]:
    """Return the encodings a text may be in, the likeliest first: codec and the name people know it by.

    A byte order mark decides; else UTF-8 if it fits, which other text almost never does; else GB18030, and Big5. That
    a header is found decides between the last two: almost any text passes for GB18030. NUL bytes are UTF-16 without a
    mark, or damage.

    Raises
    ------
    FileFault
        Bytes of no encoding known here.

    Examples
    --------
    >>> encodings("金额".encode("gb18030"))
    [('gb18030', 'GB18030'), ('big5hkscs', 'Big5')]
    """
    for mark, codec, name in _BOMS:
        if data.startswith(mark):
            possible = [(codec, name)]
            break
    else:
        if b"\0" in data:
            possible = [("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16")]
        else:
            possible = [("utf-8", "UTF-8"), ("gb18030", "GB18030"), ("big5hkscs", "Big5")]
    broken: dict[str, int] = {}
    for codec, name in possible:
        broken[codec] = _breaks_at(data, codec)
        if codec == "utf-8" and broken[codec] < 0:
            return [(codec, name)]
    fitting = [(codec, name) for codec, name in possible if broken[codec] < 0]
    if not fitting and possible[0][0].startswith("utf-16-"):
        raise FileFault("nul_byte", detail=str(data.index(b"\0")))
    if not fitting:
        # A single bad byte in a UTF-8 file is best reported where UTF-8 broke off.
        where = max(at for codec, at in broken.items() if codec != "big5hkscs")
        raise FileFault("encoding_unknown", detail=str(where))
    return fitting


def _breaks_at(data: bytes, codec: str) -> int:
    # Position of the first byte that does not fit the encoding; -1 if all do. In pieces: a text takes up to four times
    # the memory of its bytes.
    decoder = codecs.getincrementaldecoder(codec)("strict")
    view, at = memoryview(data), 0
    while True:
        piece = view[at : at + _PIECE]
        waiting = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            return at - waiting + error.start
        if not piece:
            return -1
        at += len(piece)


def read_delimited(data: bytes, read: FileRead, limits: Limits) -> None:
    """Find the reports in a delimited text and add them to `read`.

    Raises
    ------
    FileFault
        The file cannot be used.
    """
    codec, read.encoding, header, separator = _choose(data, limits)
    if read.encoding not in ("UTF-8", "UTF-8 BOM"):
        read.say("encoding", value=read.encoding)
    if header.missing or header.duplicates or header.unit_refused or header.width > limits.columns:
        raise header_fault(header, limits=limits)
    # as many lines as there may be: a record in quotes has more, and another encoding fewer
    lines = max(data.count(b"\n"), data.count(b"\r"))
    if lines * header.width > limits.text_cells:
        raise FileFault("text_too_large", value=str(lines), columns=str(header.width), limit=str(limits.text_cells))
    header_notes(header, read)
    if separator != ",":
        read.say("separator", value={"\t": "TAB"}.get(separator, separator))
    # Only within quotes may a record go on over the end of a line.
    spans = b'"' in data
    try:
        lines_before = 0
        for rows, beyond, breaks in _chunks(_rows(data, codec, separator), header.width):
            block, lines_before = _block(rows, beyond, breaks, header, lines_before, spans)
            if len(block.lines):
                read.blocks.append(block)
    except csv.Error as error:
        raise FileFault("csv_damaged", detail=str(error)) from None


def _choose(data: bytes, limits: Limits) -> tuple[str, str, Header, str]:
    # The encoding and separator a whole header is found with; else those of the most of it.
    best: tuple[str, str, Header, str] | None = None
    possible = encodings(data)
    for codec, name in possible:
        for separator in _SEPARATORS:
            lines = _first_rows(data, codec, separator, limits)
            header = find_header(lines, 1)
            if header is None:
                continue
            if not header.missing:
                return codec, name, header, separator
            if best is None or len(header.positions) > len(best[2].positions):
                best = codec, name, header, separator
    if best is None and possible[0][0].startswith("utf-16-"):
        raise FileFault("nul_byte", detail=str(data.index(b"\0")))
    if best is None:
        raise FileFault("header_missing", lines=str(limits.header_lines))
    return best


def _rows(data: bytes, codec: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(_lines(data, codec), delimiter=separator, strict=True)


def _lines(data: bytes, codec: str) -> Iterator[str]:
    text = io.TextIOWrapper(io.BytesIO(data), encoding=codec, newline="")
    while line := text.readline(_LINE):
        if len(line) == _LINE:
            raise csv.Error(f"a line of more than {_LINE} characters")
        if "\0" in line:
            raise csv.Error("a NUL character")
        yield line


def _chunks(rows: Iterator[list[str]], width: int) -> Iterator[tuple[list[list[str]], dict[int, bool], dict[int, int]]]:
    # Records of at most `width` cells, and of the longer ones by their place whether the rest holds anything, and how
    # many line breaks: a million cells beyond the header are not kept.
    while True:
        kept: list[list[str]] = []
        beyond: dict[int, bool] = {}
        breaks: dict[int, int] = {}
        for at, row in enumerate(islice(rows, _CHUNK)):
            if len(row) > width:
                rest = row[width:]
                beyond[at], breaks[at] = any(map(str.strip, rest)), sum(cell.count("\n") for cell in rest)
                del row[width:]
            kept.append(row)
        if not kept:
            return
        yield kept, beyond, breaks


def _first_rows(data: bytes, codec: str, separator: str, limits: Limits) -> list[list[str]]:
    # As many as can be read: with the wrong separator a sound file may look broken, and a file that is broken further
    # down is told so when all of it is read.
    found: list[list[str]] = []
    try:
        for row in islice(_rows(data, codec, separator), limits.header_lines):
            # A quoted field may span lines; empty lines put in its place keep the count of lines true.
            found += [row[: limits.columns + 1], *[[]] * sum(cell.count("\n") for cell in row)]
    except csv.Error:
        return found
    return found


def _block(
    rows: list[list[str]],
    far: dict[int, bool],
    more: dict[int, int],
    header: Header,
    lines_before: int,
    spans: bool,
) -> tuple[Block, int]:
    # Returns the records below the header among these rows, and the number of lines of the file used up so far.
    lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    columns: list[tuple[str, ...]] = list(zip_longest(*rows, fillvalue=""))
    breaks = np.zeros(len(rows), dtype=np.int64)
    for column in columns if spans else ():
        if any(map("\n".__contains__, column)):
            breaks += pc.count_substring(pa.array(column, pa.string()), "\n").to_numpy()
    breaks[list(more)] += np.fromiter(more.values(), dtype=np.int64, count=len(more))
    beyond = np.zeros(len(rows), dtype=bool)
    beyond[list(far)] = list(far.values())
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
