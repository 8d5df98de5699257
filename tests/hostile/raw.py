"""Raw: workbooks put together byte by byte, as no program would write them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any
from xml.sax.saxutils import escape

from shuibei_index.intake.child.cells import letters
from tests.hostile.kinds import GOOD

_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACK = "http://schemas.openxmlformats.org/package/2006"


def cell(value: Any, address: str = "", more: str = "") -> str:
    """Return a cell: a number, or an inline text."""
    at = f' r="{address}"' if address else ""
    if isinstance(value, str):
        return f'<c{at}{more} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f"<c{at}{more}><v>{value}</v></c>"


def lines(rows: list[list[Any]] = GOOD, first: int = 1) -> str:
    """Return lines with their cells."""
    return "".join(
        f'<row r="{r}">' + "".join(cell(v, f"{letters(c)}{r}") for c, v in enumerate(row) if v != "") + "</row>"
        for r, row in enumerate(rows, first)
    )


def sheet(data: str, after: str = "", before: str = "") -> str:
    """Return the XML of a sheet."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f"{head}<worksheet {_NS}>{before}<sheetData>{data}</sheetData>{after}</worksheet>"


def parts(*sheets: str, book: str = "", styles: str = "", count: int | None = None) -> dict[str, bytes]:
    """Return the parts of a workbook."""
    number = count if count is not None else len(sheets)
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, number + 1))
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_REL}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, number + 1)
    )
    texts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACK}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACK}/relationships">'
        f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_NS} xmlns:r="{_REL}">{book}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACK}/relationships">{relations}</Relationships>',
        **({"xl/styles.xml": f"<styleSheet {_NS}>{styles}</styleSheet>"} if styles else {}),
        **{f"xl/worksheets/sheet{n}.xml": xml for n, xml in enumerate(sheets, 1)},
    }
    return {name: xml.encode() for name, xml in texts.items()}


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP file."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return sink.getvalue()


def book(*sheets: str, more: dict[str, bytes] | None = None, **options: Any) -> bytes:
    """Return a workbook of sheets given as XML, with further parts."""
    return packed(parts(*sheets, **options) | (more or {}))


def changed(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """Return a workbook with a text in one part replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    if old not in members[name]:
        raise AssertionError(f"{old!r} is not in {name}")
    return packed(members | {name: members[name].replace(old, new, 1)})


def directory_patched(data: bytes, name: str, offset: int, value: bytes) -> bytes:
    """Return a ZIP file with bytes of the directory entry of a part replaced."""
    at = data.index(name.encode(), data.index(b"PK\x01\x02")) - 46
    return data[: at + offset] + value + data[at + offset + len(value) :]


def biff(kind: int, body: bytes = b"") -> bytes:
    """Return one record of an .xls stream."""
    return struct.pack("<HH", kind, len(body)) + body


def xls(rows: list[list[Any]] = GOOD, extra: bytes = b"", head: bytes = b"", *, bare: bool = False) -> bytes:
    """Return a workbook of Excel 97; `extra` are further records of the sheet, `head` of the book.

    `bare`: the stream alone, without the container.
    """
    name = "数据"
    sound = biff(0x0809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    cells = b"".join(_xls_cell(r, c, v) for r, row in enumerate(rows) for c, v in enumerate(row) if v != "")
    sheet_part = sound + cells + extra + biff(0x000A)
    start = biff(0x0809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + biff(0x0042, struct.pack("<H", 1200)) + head
    listed = struct.pack("<IBBBB", 0, 0, 0, len(name), 1) + name.encode("utf-16-le")
    offset = len(start) + 4 + len(listed) + 4
    listed = struct.pack("<I", offset) + listed[4:]
    book = start + biff(0x0085, listed) + biff(0x000A) + sheet_part
    return book if bare else container({"Workbook": book})


def _xls_cell(row: int, column: int, value: Any) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, str):
        return biff(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
    return biff(0x0203, place + struct.pack("<d", value))


def container(streams: dict[str, bytes], fat_patch: dict[int, int] | None = None) -> bytes:
    """Return a container of Office 97 with the streams given; `fat_patch` replaces entries of its table of sectors."""
    chain: list[int] = []
    body = b""
    entries = [_entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)]
    for number, (name, data) in enumerate(streams.items(), 1):
        data = data.ljust(4096, b"\0")
        padded = data + b"\0" * (-len(data) % 512)
        first, count = len(chain), len(padded) // 512
        chain += [*range(first + 1, first + count), 0xFFFFFFFE]
        body += padded
        entries.append(_entry(name, 2, first, len(data), right=number + 1 if number < len(streams) else 0xFFFFFFFF))
    listing = b"".join(entries)
    listing += b"\0" * (-len(listing) % 512)
    directory, sectors = len(chain), len(listing) // 512
    chain += [*range(directory + 1, directory + sectors), 0xFFFFFFFE]
    body += listing
    tables = 1
    while tables * 128 < len(chain) + tables:
        tables += 1
    places = range(len(chain), len(chain) + tables)
    chain += [0xFFFFFFFD] * tables
    for at, value in (fat_patch or {}).items():
        chain[at] = value
    table = struct.pack(f"<{tables * 128}I", *chain, *[0xFFFFFFFF] * (tables * 128 - len(chain)))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, tables, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", *places, *[0xFFFFFFFF] * (109 - tables))
    return head + body + table


def short_container(
    book: bytes, size: int | None = None, follow: dict[int, int] | None = None, first: int = 0, table: int = 1
) -> bytes:
    """Return a container whose one stream, the workbook, stands in small sectors of 64 bytes.

    `size` is the length it states, `follow` replaces entries of the table of small sectors, `first` is the small sector
    it starts in, and `table` the sector the table stands in.
    """
    count = -(-len(book) // 64)
    place = book.ljust(count * 64, b"\0")
    place += b"\0" * (-len(place) % 512)
    following = [*range(1, count), 0xFFFFFFFE, *[0xFFFFFFFF] * (128 - count)]
    for at, value in (follow or {}).items():
        following[at] = value
    sectors = len(place) // 512
    listing = _entry("Root Entry", 5, 3, count * 64, child=1)
    listing += _entry("Workbook", 2, first, len(book) if size is None else size)
    chain = [0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFE, *range(4, 3 + sectors), 0xFFFFFFFE]
    fat = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 2, 0, 4096, table, 1, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return head + fat + struct.pack("<128I", *following) + listing.ljust(512, b"\0") + place


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF) -> bytes:
    title = name.encode("utf-16-le")
    return (
        title.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(title) + 2, kind, 1, 0xFFFFFFFF, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


_ODS = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
)


def ods(rows: str, more: dict[str, bytes] | None = None, before: str = "") -> bytes:
    """Return a spreadsheet of LibreOffice with one sheet of the lines given as XML."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content {_ODS}><office:body>'
        f'<office:spreadsheet><table:table table:name="数据">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    mime = {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}
    listed = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return packed(mime | {"content.xml": content.encode(), "META-INF/manifest.xml": listed} | (more or {}))


def ods_row(values: list[Any], more: str = "") -> str:
    """Return a line of a spreadsheet of LibreOffice."""
    return f"<table:table-row{more}>" + "".join(map(ods_cell, values)) + "</table:table-row>"


def ods_cell(value: Any) -> str:
    """Return a cell of a spreadsheet of LibreOffice."""
    kind = "string" if isinstance(value, str) else "float"
    stated = "" if isinstance(value, str) else f' office:value="{value}"'
    return (
        f'<table:table-cell office:value-type="{kind}"{stated}><text:p>{escape(str(value))}</text:p></table:table-cell>'
    )


def members(data: bytes) -> dict[str, bytes]:
    """Return the parts of a ZIP package; none if it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        ValueError,
        LookupError,
        zlib.error,
    ):
        return {}
