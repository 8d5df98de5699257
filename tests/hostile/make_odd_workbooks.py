"""Make workbooks people make, odd but meant well, with what is read of them."""

from __future__ import annotations

import struct

from tests.hostile.kinds import COLUMNS, GOOD, Kind, bad, good, values
from tests.hostile.raw import biff, book, cell, changed, lines, ods, ods_row, packed, parts, sheet, xls
from tests.intake.conftest import grid, record

_SOUND = sheet(lines())
_BOOK = book(_SOUND)
_ODS = "".join(map(ods_row, GOOD))


def odd() -> list[Kind]:
    """Return workbooks that people make, with what is read of them."""
    above = [["水贝报表"], ["填表说明", "x"], *GOOD]
    blank = [""] * COLUMNS
    total = ["本月合计", *blank[1:-1], 300.5]
    deep = [["说明"]] * 29 + GOOD
    side = [[*row, "", *row] for row in GOOD]
    below = [*GOOD, blank, *grid([record(3, amount=7), record(4, amount=8)])]
    merged = '<mergeCells><mergeCell ref="A2:A3"/></mergeCells>'
    title = '<mergeCells><mergeCell ref="A1:I1"/></mergeCells>'
    hidden = sheet(
        lines().replace('<row r="2">', '<row r="2" hidden="1">'),
        before='<cols><col min="2" max="3" hidden="1"/></cols>',
    )
    beyond = '<row r="4"><c r="A4" t="s"><v>7</v></c></row>'
    title_with_signs = 'name=" 数&amp;据 &lt;1&gt; "'

    def one_cell(old: str, new: object) -> bytes:
        return book(sheet(lines([GOOD[0], [new if v == old else v for v in GOOD[1]], GOOD[2]])))

    last = f"{chr(64 + COLUMNS)}2"

    def last_cell(xml: str, styles: str = "", more: dict[str, bytes] | None = None, head: str = "") -> bytes:
        return book(sheet(lines().replace(cell(100.5, last), xml)), styles=styles, more=more, book=head)

    formats = (
        '<numFmts count="1"><numFmt numFmtId="200" formatCode="0.0%"/></numFmts><cellXfs count="4">'
        '<xf numFmtId="0"/><xf numFmtId="10"/><xf numFmtId="200"/><xf numFmtId="14"/></cellXfs>'
    )
    loss = grid(
        [record(1, amount=100.5, loss_rate=0.015), record(2, amount=200, loss_rate=0.07)],
        columns=[
            "enterprise_id",
            "period",
            "line_no",
            "item_id",
            "class_code",
            "weight",
            "weight_unit",
            "loss_rate",
            "amount",
        ],
    )
    percent = lines(loss).replace('<c r="H2">', '<c r="H2" s="1">').replace('<c r="H3">', '<c s="2" r="H3">')
    return [
        good("plain.xlsx", _BOOK),
        good("plain.xls", xls()),
        good("plain.ods", ods(_ODS)),
        good("notes-above.xlsx", book(sheet(lines(above))), "lines_above_header"),
        good("merged-title.xlsx", book(sheet(lines([["水贝"], *GOOD]), title)), "lines_above_header"),
        bad("merged-data.xlsx", book(sheet(lines(), merged)), "merged_cells"),
        bad(
            "merged-data.ods",
            ods(_ODS.replace("<table:table-cell", '<table:table-cell table:number-rows-spanned="2"', 12)),
            "merged_cells",
        ),
        bad("header-in-line-30.xlsx", book(sheet(lines(deep))), "header_missing", "sheet_skipped"),
        bad("tables-side-by-side.xlsx", book(sheet(lines(side))), "header_duplicate"),
        bad("header-twice.xlsx", book(sheet(lines([[*row, row[-1]] for row in GOOD]))), "header_duplicate"),
        values("tables-below.xlsx", book(sheet(lines(below))), [100.5, 200, 7, 8], "repeated_header"),
        values("several-sheets.xlsx", book(_SOUND, sheet(lines(grid([record(5, amount=5)])))), [100.5, 200, 5]),
        good("hidden-lines-and-columns.xlsx", book(hidden), "hidden_rows", "hidden_columns"),
        good(
            "hidden-sheet.xlsx",
            changed(book(_SOUND, _SOUND), "xl/workbook.xml", b'sheetId="2"', b'sheetId="2" state="veryHidden"'),
            "hidden_sheet",
        ),
        good("totals.xlsx", book(sheet(lines([*GOOD, total]))), "totals_row"),
        good("totals-traditional.xlsx", book(sheet(lines([*GOOD, ["合 計：", *total[1:]]]))), "totals_row"),
        good(
            "column-without-a-name.xlsx",
            book(sheet(lines([[*row, "" if n == 0 else n] for n, row in enumerate(GOOD)]))),
            "unnamed_columns",
        ),
        good("links.xlsx", book(_SOUND, more={"xl/externalLinks/externalLink1.xml": b"<a/>"}), "external_links"),
        values(
            "percent-loss.xlsx", book(sheet(percent), styles=formats), [100.5, 200], "normalised", loss_rate=[1.5, 7.0]
        ),
        values("percent-loss.xls", _percent_xls(), [100.5, 200], "normalised", loss_rate=[1.5, 7.0]),
        values(
            "percent-amount.xlsx",
            last_cell(f'<c r="{last}" s="1"><v>0.5</v></c>', formats),
            [None, 200],
            "number_format",
        ),
        values("true-amount.xlsx", last_cell(f'<c r="{last}" t="b"><v>1</v></c>'), [None, 200], "number_format"),
        values("error-amount.xlsx", last_cell(f'<c r="{last}" t="e"><v>#DIV/0!</v></c>'), [None, 200], "error_cell"),
        values(
            "error-amount.xls",
            xls(
                [GOOD[0], [*GOOD[1][:-1], ""], GOOD[2]], biff(0x0205, struct.pack("<HHHBB", 1, COLUMNS - 1, 0, 0x2A, 1))
            ),
            [None, 200],
            "error_cell",
        ),
        good("formula-with-value.xlsx", last_cell(f'<c r="{last}"><f>50*2.01</f><v>100.5</v></c>'), "formulas"),
        values(
            "formula-without-value.xlsx",
            last_cell(f'<c r="{last}"><f>50*2</f></c>'),
            [None, 200],
            "formula_without_value",
        ),
        values(
            "formula-of-empty-text.xlsx",
            last_cell(f'<c r="{last}" t="str"><f>""</f><v></v></c>'),
            [None, 200],
            "formulas",
        ),
        values(
            "formula-of-a-command.xlsx",
            last_cell(f'<c r="{last}" t="str"><f>cmd|\'/c calc\'!A1</f><v>100</v></c>'),
            [100, 200],
            "formulas",
        ),
        values(
            "date-as-amount.xlsx",
            last_cell(f'<c r="{last}" s="3"><v>45810</v></c>', formats),
            [None, 200],
            "number_format",
        ),
        values(
            "negative-date-as-amount.xlsx",
            last_cell(f'<c r="{last}" s="3"><v>-5</v></c>', formats),
            [None, 200],
            "number_format",
        ),
        values("text-wide.xlsx", last_cell(cell("１，２３４．５", last)), [1234.5, 200], "normalised"),
        values("text-thousands.xlsx", last_cell(cell("1,234.50", last)), [1234.5, 200], "normalised"),
        values("text-yuan.xlsx", last_cell(cell("￥1,234元", last)), [1234, 200], "normalised"),
        values("text-about.xlsx", last_cell(cell("约100", last)), [None, 200], "number_format"),
        values("text-from.xlsx", last_cell(cell("100起", last)), [None, 200], "number_format"),
        values("text-nan.xlsx", last_cell(cell("NaN", last)), [None, 200], "number_format"),
        values("number-inf.xlsx", last_cell(f'<c r="{last}"><v>INF</v></c>'), [None, 200], "number_format"),
        values("number-1e400.xlsx", last_cell(f'<c r="{last}"><v>1e400</v></c>'), [None, 200], "number_format"),
        values("number-exponent.xlsx", last_cell(f'<c r="{last}"><v>1.005E2</v></c>'), [100.5, 200]),
        values("date-1904.xlsx", _dates(True), [100.5, 200], deal_time=["2025-06-03", "2025-06-03"]),
        values("date-1900.xlsx", _dates(False), [100.5, 200], deal_time=["2025-06-03", "2025-06-03"]),
        bad("string-beyond-the-list.xlsx", book(sheet(lines() + beyond)), "workbook_damaged"),
        values("period-as-a-number.xlsx", one_cell("2025-06", 45658), [100.5, 200], period=["45658", "2025-06"]),
        values("id-as-a-number.xlsx", one_cell("RG-1", 1001), [100.5, 200], item_id=["1001", "RG-2"]),
        good("title-with-signs.xlsx", changed(_BOOK, "xl/workbook.xml", b'name="S1"', title_with_signs.encode())),
        good("upper-case.XLSX", book(_SOUND + "<!-- upper -->")),
        good(
            "part-in-capitals.xlsx",
            packed(
                {
                    n.replace("worksheets/sheet1", "WorkSheets/Sheet1"): d.replace(
                        b"worksheets/sheet1", b"WorkSheets/Sheet1"
                    )
                    for n, d in parts(_SOUND).items()
                }
            ),
        ),
    ]


def _dates(mac: bool) -> bytes:
    names = ["enterprise_id", "period", "line_no", "item_id", "class_code", "deal_time", "amount"]
    serial = 45811 - (1462 if mac else 0)
    rows = grid([record(1, amount=100.5, deal_time=serial), record(2, amount=200, deal_time=serial)], columns=names)
    xml = lines(rows).replace('<c r="F2">', '<c r="F2" s="1">').replace('<c r="F3">', '<c r="F3" s="1">')
    styles = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    return book(sheet(xml), styles=styles, book='<workbookPr date1904="1"/>' if mac else "")


def _percent_xls() -> bytes:
    names = ["enterprise_id", "period", "line_no", "item_id", "class_code", "loss_rate", "amount"]
    rows = grid([record(1, amount=100.5), record(2, amount=200)], columns=names)
    form = biff(0x041E, struct.pack("<HHB", 200, 4, 0) + b"0.0%")
    styles = b"".join(biff(0x00E0, struct.pack("<HH", 0, number) + bytes(16)) for number in (0, 10, 200))
    cells = biff(0x0203, struct.pack("<HHHd", 1, 5, 1, 0.015)) + biff(0x0203, struct.pack("<HHHd", 2, 5, 2, 0.07))
    return xls(rows, cells, form + styles)
