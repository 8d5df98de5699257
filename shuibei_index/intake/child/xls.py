"""Xls: a workbook of Excel 97–2003, its container and records walked before the parser sees them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shuibei_index.intake.child.archive import Refused
from shuibei_index.intake.child.cells import PERCENT, QUOTED, letters

Facts = dict[str, Any]
_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Sector numbers from here on mean "end of chain" or "no sector".
_END = 0xFFFFFFFA
_FREE = 0xFFFFFFFF
#: Below this length a stream stands in small sectors; their size; the kind of the entry they stand in.
_SHORT, _SMALL, _ROOT = 4096, 64, 5
_BOF, _EOF, _BOUNDSHEET, _FILEPASS = 0x0809, 0x000A, 0x0085, 0x002F
_ROW, _BOOLERR, _FORMULA, _SUPBOOK = 0x0208, 0x0205, 0x0006, 0x01AE
_SST, _LABELSST = 0x00FC, 0x00FD
_XF, _FORMAT, _NUMBER, _RK, _MULRK, _MULBLANK = 0x00E0, 0x041E, 0x0203, 0x027E, 0x00BD, 0x00BE
#: Records that put something in a cell: line and column come first.
_CELLS = {0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x027E}
#: Excel's error codes.
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


def open_xls(data: bytes, limits: Mapping[str, Any]) -> tuple[bytes, dict[int, Facts], Facts]:
    """Return the workbook, what is known of each sheet by its position, and of the book as a whole."""
    if not data.startswith(_MAGIC):
        raise Refused("workbook_damaged", "no container of Office 97")
    names, stream = _stream(data, limits)
    if "EncryptedPackage" in names:
        raise Refused("file_encrypted", "")
    if any(name.startswith("_VBA_PROJECT") for name in names):
        raise Refused("workbook_macros", "")
    facts, links = _read(stream, limits)
    return data, dict(enumerate(facts)), {"links": links}


def _stream(data: bytes, limits: Mapping[str, Any]) -> tuple[list[str], bytes]:
    # Names in the container, and the content of its workbook.
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    if size not in (512, 4096):
        raise Refused("workbook_damaged", "sector size")
    sectors = memoryview(data)[size:]
    count = -(-len(sectors) // size)

    def sector(number: int) -> memoryview:
        if number >= count:
            raise Refused("workbook_damaged", "a sector beyond the end")
        return sectors[number * size : (number + 1) * size]

    table = [n for n in struct.unpack_from("<109I", data, 76) if n != _FREE]
    more, left = struct.unpack_from("<I", data, 68)[0], count
    while more < _END and left:
        part = struct.unpack(f"<{size // 4}I", sector(more))
        table += [n for n in part[:-1] if n != _FREE]
        more, left = part[-1], left - 1
    following = [
        n for number in table for n in struct.unpack(f"<{size // 4}I", bytes(sector(number)).ljust(size, b"\xff"))
    ]

    def chain(start: int) -> bytes:
        return b"".join(bytes(sector(number)) for number in _chain(start, following, count))

    directory = chain(struct.unpack_from("<I", data, 48)[0])
    entries = []
    for at in range(0, len(directory) - 127, 128):
        length = min(struct.unpack_from("<H", directory, at + 64)[0], 64)
        name = directory[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
        entries.append((name, directory[at + 66], *struct.unpack_from("<II", directory, at + 116)))
    books = [e for e in entries if e[0] in ("Workbook", "Book") and e[1] == 2]
    if not books:
        raise Refused("file_content", "不是 Excel 工作簿的旧版 Office 文件 / an old Office file that is no workbook")
    _, _, start, length = books[0]
    if length > limits["expanded"]:
        raise Refused("workbook_too_large", f"{length} bytes unpacked")
    bounds = (_SHORT, struct.unpack_from("<I", data, 56)[0])
    if length >= max(bounds):
        return [e[0] for e in entries], chain(start)[:length]
    if length >= min(bounds):
        # two programs would read the book from different places
        raise Refused("workbook_damaged", "short by one account only")
    # a book of few records stands in small sectors inside the stream of the first entry, with a table of their own
    _, kind, place, whole = entries[0]
    if kind != _ROOT or struct.unpack_from("<H", data, 32)[0] != 6:
        raise Refused("workbook_damaged", "no place of short streams")
    small = chain(place)[:whole]
    told = chain(struct.unpack_from("<I", data, 60)[0])
    numbers = _chain(start, struct.unpack(f"<{len(told) // 4}I", told), len(small) // _SMALL)
    book = b"".join(small[number * _SMALL : (number + 1) * _SMALL] for number in numbers)
    if len(book) < length or not length:
        raise Refused("workbook_damaged", "a short stream that ends too early")
    return [e[0] for e in entries], book[:length]


def _chain(start: int, following: Sequence[int], count: int) -> Iterator[int]:
    # Numbers of the sectors of a chain: each of them there, and no more of them than there are.
    seen = 0
    while start < _END:
        seen += 1
        if seen > count or start >= count or start >= len(following):
            raise Refused("workbook_damaged", "a chain of sectors without an end")
        yield start
        start = following[start]


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    # Kind, start and length of each record. The records are a chain: none is found without the one before.
    at, end = 0, len(stream) - 4
    while at <= end:
        kind, length = struct.unpack_from("<HH", stream, at)
        if at + 4 + length > len(stream):
            raise Refused("workbook_damaged", "a record beyond the end")
        yield kind, at + 4, length
        at += 4 + length


def _read(stream: bytes, limits: Mapping[str, Any]) -> tuple[list[Facts], int]:
    sheets: list[Facts] = []
    starts: dict[int, int] = {}
    current: Facts | None = None
    styles: list[int] = []
    percent = set(PERCENT)
    found: set[int] = set()
    texts = 0
    links, depth, height, width, room = 0, 0, 0, 0, limits["cells"]
    for kind, at, length in _records(stream):
        if kind == _FILEPASS:
            raise Refused("file_encrypted", "")
        if kind == _BOUNDSHEET and length >= 8:
            if stream[at + 5] == 0:
                place = struct.unpack_from("<I", stream, at)[0]
                if place in starts:
                    raise Refused("workbook_damaged", "two sheets in one place")
                starts[place] = len(sheets)
            sheets.append({"empty_formulas": [], "errors": [], "percent": [], "formulas": 0, "hidden_rows": 0})
            if len(sheets) > limits["sheets"]:
                raise Refused("workbook_too_large", f"{len(sheets)} sheets")
        elif kind == _BOF:
            depth += 1
            if at - 4 in starts:
                found.add(at - 4)
                current, height, width = sheets[starts[at - 4]], 0, 0
        elif kind == _EOF:
            depth -= 1
            room -= height * width
            height = width = 0
            current = None if depth <= 0 else current
        elif kind == _SST and length >= 8:
            texts = struct.unpack_from("<I", stream, at + 4)[0]
        elif kind == _SUPBOOK and length > 4:
            links += 1
        elif kind == _XF and length >= 4:
            styles.append(struct.unpack_from("<H", stream, at + 2)[0])
        elif (
            kind == _FORMAT and length > 5 and b"%" in QUOTED.sub(b"", stream[at + 5 : at + length].replace(b"\0", b""))
        ):
            percent.add(struct.unpack_from("<H", stream, at)[0])
        elif current is None:
            continue
        elif kind in _CELLS and length >= 6:
            line, column = struct.unpack_from("<HH", stream, at)
            # a record may hold several cells; its last two bytes then name the last column
            last = struct.unpack_from("<H", stream, at + length - 2)[0] if kind in (_MULRK, _MULBLANK) else column
            height, width = max(height, line + 1), max(width, column + 1, last + 1)
            if height * width > room:
                raise Refused("sheet_too_large", f"{height} × {width}")
            if kind == _LABELSST and (length < 10 or struct.unpack_from("<I", stream, at + 6)[0] >= texts):
                raise Refused("workbook_damaged", "a text beyond the list")
            _look(current, kind, stream, at, length, f"{letters(column)}{line + 1}")
            for place, style in _styled(kind, stream, at, length, column):
                if style < len(styles) and styles[style] in percent:
                    current["percent"].append(f"{letters(place)}{line + 1}")
        elif kind == _ROW and length >= 16 and stream[at + 12] & 0x20:
            current["hidden_rows"] += 1
    if len(found) < len(starts):
        raise Refused("workbook_damaged", "a sheet that is not where the list says")
    return sheets, links


def _look(facts: Facts, kind: int, stream: bytes, at: int, length: int, reference: str) -> None:
    if kind == _BOOLERR and length >= 8 and stream[at + 7]:
        facts["errors"].append([reference, _ERRORS.get(stream[at + 6], "#?")])
    elif kind == _FORMULA and length >= 14:
        facts["formulas"] += 1
        if stream[at + 12 : at + 14] == b"\xff\xff" and stream[at + 6] == 2:
            facts["errors"].append([reference, _ERRORS.get(stream[at + 8], "#?")])


def _styled(kind: int, stream: bytes, at: int, length: int, column: int) -> Iterator[tuple[int, int]]:
    # Column and style of each number in a record.
    if kind in (_NUMBER, _RK, _FORMULA):
        yield column, struct.unpack_from("<H", stream, at + 4)[0]
    elif kind == _MULRK:
        for number in range((length - 6) // 6):
            yield column + number, struct.unpack_from("<H", stream, at + 4 + 6 * number)[0]
