"""Make workbooks that are hostile, broken or merely odd."""

from __future__ import annotations

import random
import struct
import zipfile

from tests.hostile.kinds import GOOD, Kind, bad, good, values
from tests.hostile.raw import (
    biff,
    book,
    cell,
    changed,
    container,
    directory_patched,
    lines,
    ods,
    ods_row,
    packed,
    parts,
    sheet,
    xls,
)

_SOUND = sheet(lines())
_BOOK = book(_SOUND)
_LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 10) for c in range(98, 108))
) + b"]>"
_XXE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
_CORNER = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
_ODS = "".join(map(ods_row, GOOD))
_NOISE = random.Random(1).randbytes(1_000_000).hex()


def bombs() -> list[Kind]:
    """Return workbooks that ask for more memory or time than they look."""
    wide = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1000"><c r="XFD1000"><v>1</v></c></row>'
    stored = packed(parts(_SOUND) | {"xl/media/a.zip": packed({"b.bin": bytes(9_000_000)})})
    sheets = "".join(f'<sheet name="T{n}" sheetId="{n}" r:id="rId1"/>' for n in range(2, 10_001))
    strings = f"<sst><si><t>{_NOISE}</t></si></sst>".encode()
    uses = "".join(f'<row r="{r}"><c r="A{r}" t="s"><v>0</v></c></row>' for r in range(1, 400))
    long = lines() + f'<row r="4">{cell(_NOISE, "D4")}</row>'
    deep = book(_SOUND, book="<a>" * 140_000 + "</a>" * 140_000)
    prefixed = (
        _CORNER.replace("<row", "<x:row").replace("</row", "</x:row").replace("<c ", "<x:c ").replace("</c", "</x:c")
    )
    return [
        bad("corner.xlsx", book(sheet(_CORNER)), "sheet_too_large"),
        bad(
            "corner-rows-unnumbered.xlsx",
            book(sheet('<row><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>')),
            "sheet_too_large",
        ),
        bad("corner-single-quotes.xlsx", book(sheet(_CORNER.replace('"', "'"))), "sheet_too_large"),
        bad("corner-prefixed.xlsx", book(sheet(prefixed).replace("xmlns=", "xmlns:x=")), "sheet_too_large"),
        bad(
            "row-2-31.xlsx",
            book(sheet('<row r="2147483648"><c r="A2147483648"><v>1</v></c></row>' + lines())),
            "sheet_too_large",
        ),
        bad(
            "row-2-64.xlsx",
            book(sheet('<row r="18446744073709551616"><c r="A1"><v>1</v></c></row>')),
            "workbook_damaged",
        ),
        bad("wide-sheets.xlsx", book(*[sheet(wide)] * 30), "sheet_too_large"),
        bad(
            "sheets-10000-one-part.xlsx",
            changed(_BOOK, "xl/workbook.xml", b"</sheets>", sheets.encode() + b"</sheets>"),
            "workbook_too_large",
        ),
        bad("sheets-600-parts.xlsx", book(*[_SOUND] * 600), "workbook_too_large"),
        bad("sheets-200.xlsx", book(*[sheet("")] * 200), "workbook_too_large"),
        bad("ratio.xlsx", book(_SOUND, more={"xl/media/zeros.bin": bytes(20_000_000)}), "workbook_too_large"),
        bad("ratio-sheet.xlsx", book(sheet(lines() + " " * 20_000_000)), "workbook_too_large"),
        good("nested-zip.xlsx", stored),
        bad(
            "claims-4-gb.xlsx",
            directory_patched(_BOOK, "xl/worksheets/sheet1.xml", 24, b"\xfe\xff\xff\xff"),
            "workbook_too_large",
        ),
        bad(
            "claims-less.xlsx",
            directory_patched(_BOOK, "xl/worksheets/sheet1.xml", 24, b"\x40\0\0\0"),
            "workbook_damaged",
        ),
        bad(
            "laughs-strings.xlsx",
            book(_SOUND, more={"xl/sharedStrings.xml": _LAUGHS + b"<sst><si><t>&k;</t></si></sst>"}),
            "workbook_damaged",
        ),
        bad(
            "laughs-sheet.xlsx", book(_SOUND.replace("<worksheet", _LAUGHS.decode() + "<worksheet")), "workbook_damaged"
        ),
        bad(
            "laughs-lower-case.xlsx",
            book(_SOUND.replace("<worksheet", "<!doctype x []><worksheet")),
            "workbook_damaged",
        ),
        bad(
            "laughs-utf-16.xlsx",
            book(_SOUND, more={"docProps/core.xml": (_LAUGHS.decode() + "<a>&k;</a>").encode("utf-16")}),
            "workbook_damaged",
        ),
        bad("xxe-book.xlsx", changed(_BOOK, "xl/workbook.xml", b"<workbook", _XXE + b"<workbook"), "workbook_damaged"),
        bad("xxe-properties.xlsx", book(_SOUND, more={"docProps/core.xml": _XXE + b"<a>&e;</a>"}), "workbook_damaged"),
        bad("string-bomb.xlsx", book(sheet(uses), more={"xl/sharedStrings.xml": strings}), "workbook_too_large"),
        values("one-text-of-2-mb.xlsx", book(sheet(long)), [*(100.5, 200.0)], "remark_row"),
        good("deep-xml.xlsx", deep),
        bad(
            "columns-16384.xlsx",
            book(sheet(lines([[*GOOD[0], *[f"列{n}" for n in range(16_000)]], *GOOD[1:]]))),
            "columns_too_many",
        ),
        bad(
            "ods-repeats-2-31.ods",
            ods(_ODS + ods_row(["x"], ' table:number-rows-repeated="2147483647"')),
            "sheet_too_large",
        ),
        bad(
            "ods-repeats-all.ods",
            ods(_ODS + ods_row(["x"] * 30, ' table:number-rows-repeated="1048000"')),
            "sheet_too_large",
        ),
        good(
            "ods-empty-repeats.ods",
            ods(
                _ODS + '<table:table-row table:number-rows-repeated="1048570">'
                '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
            ),
        ),
        bad("ods-laughs.ods", ods(_ODS, before=_LAUGHS.decode()), "workbook_damaged"),
        bad("ods-ratio.ods", ods(_ODS, {"Pictures/a.bin": bytes(20_000_000)}), "workbook_too_large"),
        bad(
            "xls-column-65535.xls",
            xls(extra=biff(0x0203, struct.pack("<HHHd", 60_000, 65_535, 0, 1.0))),
            "sheet_too_large",
        ),
        bad("xls-endless-chain.xls", container({"Workbook": bytes(5000)}, {3: 2}), "workbook_damaged"),
        bad("xls-chain-beyond-end.xls", container({"Workbook": bytes(5000)}, {0: 99_999}), "workbook_damaged"),
    ]


def slow() -> list[Kind]:
    """Return workbooks that make a careless search look at everything again and again."""
    endless = '<c t="e" s="9" r="1" <f ' * 40_000
    errors = '<row r="9"><c r="A9" t="e">' * 30_000
    rows = '<row r="9" r="9" ' * 40_000
    formula = f'<row r="9"><c r="K9"><f>{"1+" * 4000}1</f><v>1</v></c></row>'
    return [
        bad("tags-that-never-end.xlsx", book(sheet(lines() + endless)), "workbook_damaged"),
        bad("lines-that-never-end.xlsx", book(sheet(lines() + rows)), "workbook_damaged"),
        bad("errors-without-a-value.xlsx", book(sheet(lines() + errors)), "workbook_damaged"),
        bad("entities-half-begun.xlsx", book(sheet(lines() + "<!" * 400_000)), "workbook_damaged"),
        good("formula-of-8000.xlsx", book(sheet(lines() + formula)), "formulas", "unnamed_columns"),
        good("line-heights-to-the-end.xlsx", book(sheet(lines() + '<row r="1048576" ht="20"/>'))),
    ]


def damaged() -> list[Kind]:
    """Return workbooks that are broken, locked, or not what they seem."""
    cut = len(_BOOK) // 2
    middle = _BOOK.index(b"PK\x01\x02") - 40
    with_upper = parts(_SOUND) | {"xl/worksheets/SHEET1.xml": _SOUND.encode()}
    outside = changed(_BOOK, "xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", b"../../../../etc/passwd")
    external = changed(_BOOK, "xl/_rels/workbook.xml.rels", b"/>", b' TargetMode="External"/>')
    html = "<html><body><table><tr><td>企业代码</td></tr></table></body></html>".encode()
    return [
        bad("truncated.xlsx", _BOOK[:cut], "workbook_damaged"),
        bad(
            "flipped.xlsx",
            _BOOK[:middle] + bytes(b ^ 0x55 for b in _BOOK[middle : middle + 20]) + _BOOK[middle + 20 :],
            "workbook_damaged",
        ),
        bad("only-magic.xlsx", b"PK\x03\x04", "workbook_damaged"),
        bad("empty-zip.xlsx", packed({}), "file_content"),
        bad("before-the-zip.xlsx", b"GIF89a" + _BOOK, "file_content"),
        bad("same-name-other-case.xlsx", packed(with_upper), "workbook_damaged"),
        bad("path-up.xlsx", book(_SOUND, more={"../../evil.txt": b"x"}), "workbook_damaged"),
        bad("path-up-backslash.xlsx", book(_SOUND, more={"..\\..\\evil.txt": b"x"}), "workbook_damaged"),
        bad("path-absolute.xlsx", book(_SOUND, more={"/etc/cron.d/evil": b"x"}), "workbook_damaged"),
        bad("path-drive.xlsx", book(_SOUND, more={"C:\\evil.txt": b"x"}), "workbook_damaged"),
        bad("sheet-outside.xlsx", outside, "workbook_damaged"),
        bad("sheet-on-the-web.xlsx", external, "workbook_damaged"),
        bad("sheet-missing.xlsx", book(_SOUND, count=2), "workbook_damaged"),
        bad("no-sheets.xlsx", book(), "header_missing"),
        bad("bzip2.xlsx", packed(parts(_SOUND), zipfile.ZIP_BZIP2), "workbook_damaged"),
        bad("lzma.xlsx", packed(parts(_SOUND), zipfile.ZIP_LZMA), "workbook_damaged"),
        bad("zip-password.xlsx", directory_patched(_BOOK, "xl/workbook.xml", 8, b"\x01\0"), "file_encrypted"),
        bad("office-password.xlsx", container({"EncryptedPackage": b"x", "EncryptionInfo": b"y"}), "file_encrypted"),
        bad("xls-password.xls", xls(head=biff(0x002F, bytes(54))), "file_encrypted"),
        bad(
            "ods-password.ods",
            ods(_ODS, {"META-INF/manifest.xml": b"<a><manifest:encryption-data/></a>"}),
            "file_encrypted",
        ),
        bad("macros.xlsx", book(_SOUND, more={"xl/vbaProject.bin": b"x"}), "workbook_macros"),
        bad("macros-4.xlsx", book(_SOUND, more={"xl/macrosheets/sheet1.xml": b"<a/>"}), "workbook_macros"),
        bad("macros.xlsm", _BOOK, "file_type"),
        bad("macros.xls", container({"Workbook": b"x", "_VBA_PROJECT_CUR": b"y"}), "workbook_macros"),
        bad("macros.ods", ods(_ODS, {"Basic/Standard/Module1.xml": b"<a/>"}), "workbook_macros"),
        bad("binary.xlsb", packed({"xl/workbook.bin": b"x"}), "file_type"),
        bad("binary-renamed.xlsx", packed({"xl/workbook.bin": b"x"}), "file_content"),
        bad("word.xlsx", packed({"word/document.xml": b"<a/>"}), "file_content"),
        bad("word.xls", container({"WordDocument": b"x"}), "file_content"),
        bad("xls-renamed.xlsx", xls(), "file_content"),
        bad("xlsx-renamed.xls", _BOOK, "file_content"),
        bad("html.xls", html, "file_content"),
        bad("html.xlsx", html, "file_content"),
        bad(
            "xml-2003.xls", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "file_content"
        ),
        bad("csv.xls", ",".join(GOOD[0]).encode(), "file_content"),
        bad("xls-truncated.xls", xls()[:2000], "workbook_damaged"),
        bad("xls-head-only.xls", xls()[:512], "workbook_damaged"),
        bad("xml-broken.xlsx", book(_SOUND.replace("</sheetData>", "</row>")), "workbook_damaged"),
        bad(
            "xml-utf-16.xlsx",
            packed(parts(_SOUND) | {"xl/worksheets/sheet1.xml": _SOUND.encode("utf-16")}),
            "workbook_damaged",
        ),
        bad("zeros.xlsx", b"", "file_empty"),
    ]
