"""Make workbooks of Excel 97 and LibreOffice with loops and lies, and what programs save under their names."""

from __future__ import annotations

import struct

from tests.hostile.kinds import COLUMNS, GOOD, Kind, bad, good, text, values
from tests.hostile.raw import biff, book, changed, container, ods, ods_cell, ods_row, short_container, xls
from tests.intake.conftest import grid, record

_ODS = "".join(map(ods_row, GOOD))
_XLS = xls()
_AMOUNT = COLUMNS - 1
_SHORT = [GOOD[0], [*GOOD[1][:-1], ""], GOOD[2]]


def old() -> list[Kind]:
    """Return workbooks of Excel 97 and before."""
    start = struct.unpack_from("<I", _XLS, 48)[0]
    directory = 512 + 512 * start
    rk = biff(0x027E, struct.pack("<HHHI", 1, _AMOUNT, 0, (10050 << 2) | 3))
    formula = struct.pack("<HHH", 1, _AMOUNT, 0)
    number = biff(0x0006, formula + struct.pack("<dHIH", 100.5, 0, 0, 0))
    words = biff(0x0006, formula + b"\0\0\0\0\0\0\xff\xff" + bytes(8)) + biff(0x0207, struct.pack("<HB", 3, 0) + b"7.5")
    last = struct.unpack_from("<H", _XLS, 30)[0]
    return [
        bad("xls-sectors-of-2-60.xls", _XLS[:30] + struct.pack("<H", 60) + _XLS[32:], "workbook_damaged"),
        bad("xls-sectors-of-2-0.xls", _XLS[:30] + struct.pack("<H", last - last) + _XLS[32:], "workbook_damaged"),
        bad("xls-directory-loop.xls", container({"Workbook": bytes(5000)}, {10: 10}), "workbook_damaged"),
        bad("xls-directory-beyond.xls", _XLS[:48] + b"\xf0\xff\xff\x7f" + _XLS[52:], "workbook_damaged"),
        bad("xls-table-of-tables-loop.xls", _XLS[:68] + struct.pack("<II", 0, 2**31) + _XLS[76:], "workbook_damaged"),
        bad("xls-stream-of-2-63.xls", _patched_size(directory, 2**63), "workbook_damaged"),
        bad("xls-stream-of-0.xls", _patched_size(directory, 0), "workbook_damaged"),
        bad(
            "xls-record-beyond-the-end.xls",
            container({"Workbook": biff(0x0809, bytes(16)) + struct.pack("<HH", 0x0203, 0xFFFF)}),
            "workbook_damaged",
        ),
        bad("xls-no-book.xls", container({"Summary": b"x" * 5000}), "file_content"),
        bad(
            "xls-excel-95.xls",
            container({"Book": biff(0x0809, struct.pack("<HHHH", 0x500, 5, 0, 0)) + biff(0x000A)}),
            "header_missing",
        ),
        bad("xls-excel-4.xls", b"\x09\x04\x06\x00\x00\x00\x10\x00\x00\x00\x0a\x00\x00\x00", "file_content"),
        bad("xls-sheet-twice.xls", _sheet_twice(), "workbook_damaged"),
        bad("xls-sheet-beyond.xls", _moved_sheet(10**6), "workbook_damaged"),
        bad(
            "xls-deep.xls",
            container({"Workbook": biff(0x0809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) * 3_000}),
            "header_missing",
        ),
        values("xls-compressed-number.xls", xls(_SHORT, rk), [100.5, 200]),
        good("xls-formula.xls", xls(_SHORT, number), "formulas"),
        values("xls-formula-of-text.xls", xls(_SHORT, words), [7.5, 200], "formulas"),
        values("xls-cell-twice.xls", xls(extra=biff(0x0203, struct.pack("<HHHd", 1, _AMOUNT, 0, 7.0))), [7, 200]),
        bad(
            "xls-text-beyond-the-list.xls",
            xls(_SHORT, biff(0x00FD, struct.pack("<HHHI", 1, _AMOUNT, 0, 99))),
            "workbook_damaged",
        ),
        values(
            "xls-nan.xls",
            xls(_SHORT, biff(0x0203, struct.pack("<HHHd", 1, _AMOUNT, 0, float("nan")))),
            [None, 200],
            "number_format",
        ),
    ]


def short() -> list[Kind]:
    """Return workbooks of a few records: below 4096 bytes they stand in small sectors."""
    stream = xls(bare=True)
    far = 2**31 - 1
    sound = short_container(stream)
    root = 512 + 2 * 512 + 66
    whole = 512 + 2 * 512 + 120
    # a text beyond the list, a huge sheet: the guards look into a short book as into a long one
    beyond = xls(_SHORT, biff(0x00FD, struct.pack("<HHHI", 1, _AMOUNT, 0, 99)), bare=True)
    wide = xls(extra=biff(0x0203, struct.pack("<HHHd", 60_000, 65_535, 0, 1.0)), bare=True)
    return [
        good("xls-short.xls", sound),
        bad("xls-short-loop.xls", short_container(stream, follow={3: 1}), "workbook_damaged"),
        bad("xls-short-itself.xls", short_container(stream, follow={0: 0}), "workbook_damaged"),
        bad("xls-short-beyond.xls", short_container(stream, follow={2: far}), "workbook_damaged"),
        bad("xls-short-start-beyond.xls", short_container(stream, first=100), "workbook_damaged"),
        bad("xls-short-ends-early.xls", short_container(stream, follow={1: 0xFFFFFFFE}), "workbook_damaged"),
        bad("xls-short-longer-than-there-is.xls", short_container(stream, size=4095), "workbook_damaged"),
        bad("xls-short-no-table.xls", short_container(stream, table=0xFFFFFFFE), "workbook_damaged"),
        bad("xls-short-table-beyond.xls", short_container(stream, table=far), "workbook_damaged"),
        bad("xls-short-table-loop.xls", _looped(sound, 1), "workbook_damaged"),
        bad("xls-short-place-loop.xls", _looped(sound, 3), "workbook_damaged"),
        bad("xls-short-no-root.xls", sound[:root] + b"\2" + sound[root + 1 :], "workbook_damaged"),
        bad("xls-short-empty-place.xls", sound[:whole] + bytes(8) + sound[whole + 8 :], "workbook_damaged"),
        bad("xls-short-by-one-account.xls", sound[:56] + struct.pack("<I", 64) + sound[60:], "workbook_damaged"),
        bad("xls-short-text-beyond.xls", short_container(beyond), "workbook_damaged"),
        bad("xls-short-huge-sheet.xls", short_container(wide), "sheet_too_large"),
        bad("xls-short-password.xls", short_container(xls(head=biff(0x002F, bytes(6)), bare=True)), "file_encrypted"),
    ]


def _looped(data: bytes, sector: int) -> bytes:
    # A sector that is followed by itself.
    at = 512 + 4 * sector
    return data[:at] + struct.pack("<I", sector) + data[at + 4 :]


def _patched_size(directory: int, size: int) -> bytes:
    # The second entry of the directory is the workbook's.
    at = directory + 128 + 120
    return _XLS[:at] + struct.pack("<Q", size) + _XLS[at + 8 :]


def _sheet_twice() -> bytes:
    # Two entries of the list of sheets lead to one and the same sheet: its records would be read twice.
    at = _XLS.index(b"\x85\x00")
    size = struct.unpack_from("<H", _XLS, at + 2)[0]
    entry = bytearray(_XLS[at : at + 4 + size])
    stream = bytearray(_XLS[512 : 512 + 4096])
    here = at - 512
    offset = struct.unpack_from("<I", stream, here + 4)[0] + len(entry)
    second = bytearray(entry)
    second[-2:] = "乙".encode("utf-16-le")
    for one in (entry, second):
        one[4:8] = struct.pack("<I", offset)
    return container({"Workbook": bytes(stream[:here] + entry + second + stream[here + len(entry) :])})


def _moved_sheet(offset: int) -> bytes:
    at = _XLS.index(b"\x85\x00") + 4
    return _XLS[:at] + struct.pack("<I", offset) + _XLS[at + 4 :]


def open_document() -> list[Kind]:
    """Return spreadsheets of LibreOffice and WPS."""
    code = ods_cell("RG-1")
    noted = code.replace("<text:p>", "<office:annotation><text:p>请核对</text:p></office:annotation><text:p>")
    spaced = code.replace("RG-1", 'RG<text:s/>-<text:s text:c="2"/>1')
    spans = code.replace("RG-1", "<text:span>RG</text:span>-<text:span>1</text:span>")
    row = f"<table:table-row>{code}</table:table-row>"
    deleted = f"<table:deletion><table:deleted>{row}</table:deleted></table:deletion>"
    deleted = f"<table:tracked-changes>{deleted}</table:tracked-changes>"
    inner = f'<table:table table:name="x">{_ODS}</table:table>'
    amount = ods_cell(100.5)
    money = amount.replace('"float"', '"currency" office:currency="CNY"')
    shown = amount.replace("<text:p>100.5", "<text:p>￥999")
    source = '<table:table-source xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="file:///etc/passwd"/>'
    return [
        good("ods-comment-in-a-cell.ods", ods(_ODS.replace(code, noted)), item_id=["RG-1", "RG-2"]),
        good("ods-blanks-in-a-cell.ods", ods(_ODS.replace(code, spaced)), item_id=["RG -  1", "RG-2"]),
        good("ods-spans-in-a-cell.ods", ods(_ODS.replace(code, spans)), item_id=["RG-1", "RG-2"]),
        good(
            "ods-tracked-changes.ods",
            changed(ods(_ODS), "content.xml", b"<office:spreadsheet>", f"<office:spreadsheet>{deleted}".encode()),
        ),
        good("ods-currency.ods", ods(_ODS.replace(amount, money))),
        good("ods-shown-otherwise.ods", ods(_ODS.replace(amount, shown))),
        values(
            "ods-number-nan.ods",
            ods(_ODS.replace(amount, amount.replace("100.5", "NaN"))),
            [None, 200],
            "number_format",
        ),
        bad(
            "ods-number-that-is-none.ods",
            ods(_ODS.replace(amount, amount.replace('"100.5"', '"1O0.5"'))),
            "workbook_damaged",
        ),
        good("ods-source-of-a-table.ods", ods(source + _ODS)),
        good("ods-script-event.ods", ods(_ODS, {"Object 1/content.xml": b"<a/>"})),
        values(
            "ods-line-three-times.ods",
            ods(
                _ODS.replace("<table:table-row>", '<table:table-row table:number-rows-repeated="3">', 3).replace(
                    ' table:number-rows-repeated="3">', ">", 2
                )
            ),
            [100.5, 200, 200, 200],
        ),
        bad(
            "ods-table-in-a-table.ods",
            ods(_ODS + f"<table:table-row><table:table-cell>{inner}</table:table-cell></table:table-row>"),
            "workbook_too_large",
        ),
        bad("ods-flat.fods", b"<?xml version='1.0'?><office:document/>", "file_type"),
        bad("xlsx-renamed.ods", book(), "file_content"),
        bad("ods-renamed.xlsx", ods(_ODS), "file_content"),
        bad("ods-no-content.ods", ods("").replace(b"content.xml", b"kontent.xml"), "file_content"),
    ]


def exports() -> list[Kind]:
    """Return what other programs save under the names of workbooks; each is named for what it is."""
    cells = "".join("<tr>" + "".join(f"<td>{v}</td>" for v in row) + "</tr>" for row in GOOD)
    html = f"<html><body><table>{cells}</table></body></html>"
    xml = '<?xml version="1.0"?>\r\n<?mso-application progid="Excel.Sheet"?><Workbook/>'
    mime = b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n\r\n"
    return [
        bad("export-html.xls", html.encode(), "file_content"),
        bad("export-html-gb.xls", html.encode("gb18030"), "file_content"),
        bad("export-html-utf-16.xls", html.encode("utf-16"), "file_content"),
        bad("export-html-after-blanks.xlsx", b"\r\n\r\n" + html.encode(), "file_content"),
        bad("export-html.csv", html.encode(), "file_content"),
        bad("export-xml.xls", xml.encode(), "file_content"),
        bad("export-xml-bom.xml", b"\xef\xbb\xbf" + xml.encode(), "file_type"),
        bad("export-mht.xls", mime, "file_content"),
        bad("export-tabs.xls", text(separator="\t").encode("gb18030"), "file_content"),
        bad("export-unicode-text.xls", text(separator="\t").encode("utf-16"), "file_content"),
        good("export-unicode-text.csv", text(separator="\t").encode("utf-16"), "encoding", "separator"),
        bad("export-json.csv", b'[{"enterprise_id": "E001"}]', "header_missing"),
        bad("export-rtf.xls", b"{\\rtf1 x}", "file_content"),
        bad("wps.et", _XLS, "file_type"),
        bad("mail.eml", mime, "file_type"),
        bad("photo.jpg", b"\xff\xd8\xff\xe0", "file_type"),
        bad("photo-named.csv", b"\xff\xd8\xff\xe0" + bytes(99), "file_content"),
        bad("program.csv", b"\x7fELF" + bytes(99), "nul_byte"),
        bad("half-sent.xlsx.part", b"PK\x03\x04", "file_type"),
        bad("download.csv.crdownload", text().encode(), "file_type"),
        bad("book.xltx", b"PK\x03\x04", "file_type"),
        bad("sparse-name", grid_bytes(), "file_type"),
    ]


def grid_bytes() -> bytes:
    """Return a sound text of one record."""
    return text(grid([record(5, amount=5)])).encode()
