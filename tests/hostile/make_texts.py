"""Make delimited texts that are hostile, broken or merely odd."""

from __future__ import annotations

import gzip
import random

from tests.hostile.kinds import GOOD, Kind, bad, good, text, values
from tests.intake.conftest import grid, record

_TEXT = text()
_HEAD = text(GOOD[:1])
_TRADITIONAL = str.maketrans("业码报号规编类数单额", "業碼報號規編類數單額")


def _with(**changes: object) -> str:
    return text(grid([{**record(1, amount=100.5), **changes}, record(2, amount=200)]))


def encodings() -> list[Kind]:
    """Return texts in encodings people send, and in ones nobody can tell."""
    mixed = _HEAD.encode() + _TEXT.encode("gb18030")
    return [
        good("utf-8.csv", _TEXT.encode()),
        good("utf-8-bom.csv", _TEXT.encode("utf-8-sig")),
        good("gb18030.csv", _TEXT.encode("gb18030"), "encoding"),
        good("gb18030-four-bytes.csv", _with(item_id="㐀𠀀").encode("gb18030"), "encoding", item_id=["㐀𠀀", "RG-2"]),
        good("big5.csv", _TEXT.translate(_TRADITIONAL).encode("big5"), "encoding"),
        good("utf-16.csv", _TEXT.encode("utf-16"), "encoding"),
        good("utf-16-be-mark.csv", b"\xfe\xff" + _TEXT.encode("utf-16-be"), "encoding"),
        good("utf-16-le-bare.csv", _TEXT.encode("utf-16-le"), "encoding"),
        good("utf-16-be-bare.csv", _TEXT.encode("utf-16-be"), "encoding"),
        bad("utf-16-cut.csv", _TEXT.encode("utf-16")[:-1], "encoding_unknown"),
        bad("utf-32.csv", _TEXT.encode("utf-32"), "header_missing"),
        bad("shift-jis.csv", "コード,期間\r\n".encode("shift-jis"), "header_missing"),
        bad("mixed.csv", mixed, "encoding_unknown"),
        bad("bad-byte.csv", _TEXT.encode() + b"\xff\xff", "encoding_unknown"),
        bad("overlong.csv", _TEXT.encode() + b"\xc0\xaf\xc0\xaf\xff", "encoding_unknown"),
        bad("nul.csv", _TEXT.encode() + b"\0", "nul_byte"),
        bad("nul-utf-16.csv", (_TEXT + "E001,\0\r\n").encode("utf-16"), "csv_damaged", "encoding"),
        bad("random.csv", random.Random(2).randbytes(20_000), "nul_byte"),
        bad("only-a-mark.csv", b"\xef\xbb\xbf", "header_missing"),
        bad("blanks.csv", b" \r\n" * 100, "header_missing"),
        bad("zero-bytes.csv", b"", "file_empty"),
        bad("gzip.csv", gzip.compress(_TEXT.encode(), mtime=0), "file_content"),
        bad("gzip.csv.gz", gzip.compress(_TEXT.encode(), mtime=0), "file_type"),
        bad("html.csv", "<html><table>企业代码</table></html>".encode(), "file_content"),
    ]


def bombs() -> list[Kind]:
    """Return texts that ask for more memory or time than they look."""
    wide = ",".join(f"c{n}" for n in range(1_000_000))
    return [
        bad("million-columns.csv", f"{wide}\r\n".encode(), "header_missing"),
        bad(
            "columns-100000.csv",
            (_HEAD.strip() + "," + ",".join(f"c{n}" for n in range(100_000)) + "\r\n").encode(),
            "columns_too_many",
        ),
        values(
            "million-cells-in-a-line.csv",
            (
                _TEXT
                + text(grid([record(3, amount=7)])[1:]).strip()
                + "," * 900_000
                + "x\r\n"
                + text(grid([record(n, amount=7) for n in range(4, 1000)])[1:])
            ).encode(),
            [100.5, 200, *[7.0] * 997],
            "ragged_row",
        ),
        bad("field-of-30-mb.csv", (_TEXT + '"' + "x" * 30_000_000).encode(), "csv_damaged"),
        bad("line-of-30-mb.csv", (_TEXT + "," * 30_000_000).encode(), "csv_damaged"),
        bad("no-line-end-30-mb.csv", b"x" * 30_000_000, "header_missing"),
        good("million-empty-lines.csv", (_TEXT + "\n" * 1_000_000).encode()),
        bad("million-quotes.csv", (_TEXT + '"' * 999_999).encode(), "csv_damaged"),
        bad("quote-open.csv", (_TEXT + 'E001,"2025-06\r\n').encode(), "csv_damaged"),
        bad("quote-in-the-middle.csv", (_TEXT + '"E0"01,2025-06\r\n').encode(), "csv_damaged"),
    ]


def odd() -> list[Kind]:
    """Return texts people make, with what is read of them."""
    head, one, two = _TEXT.strip().split("\r\n")
    amount = {
        "thousands": ('"1,234.5"', 1234.5, "normalised"),
        "wide": ("１２３４．５", 1234.5, "normalised"),
        "yuan-sign": ("￥100.5", 100.5, "normalised"),
        "decimal-comma": ('"3,5"', None, "number_format"),
        "brackets": ("(500.00)", None, "number_format"),
        "exponent": ("1.5E+3", None, "number_format"),
        "nan": ("nan", None, "number_format"),
        "inf": ("-inf", None, "number_format"),
        "circled": ("①", None, "number_format"),
        "arabic": ("٣٤", None, "number_format"),
        "underscore": ("1_000", None, "number_format"),
        "hexadecimal": ("0x10", None, "number_format"),
        "ten-thousands": ("5万", None, "number_format"),
        "about": ("约500", None, "number_format"),
        "from": ("500起", None, "number_format"),
        "range": ("500-600", None, "number_format"),
        "beyond": ("9" * 400, None, "number_format"),
        "error": ("#N/A", None, "number_format"),
        "injection": ("=1+1", None, "number_format"),
    }
    return [
        *[values(f"amount-{n}.csv", _with(amount=w).encode(), [v, 200], rule) for n, (w, v, rule) in amount.items()],
        good("line-feed.csv", _TEXT.replace("\r\n", "\n").encode()),
        good("lone-return.csv", _TEXT.replace("\r\n", "\r").encode()),
        good("mixed-line-ends.csv", f"{head}\r{one}\n{two}\r\n".encode()),
        good("semicolon.csv", text(separator=";").encode(), "separator"),
        good("tab.tsv", text(separator="\t").encode(), "separator"),
        bad("pipe.csv", text(separator="|").encode(), "header_missing"),
        good("sep-line.csv", f"sep=,\r\n{_TEXT}".encode(), "lines_above_header"),
        good("break-in-a-cell.csv", _with(item_id='"a\nb"').encode(), "hidden_characters"),
        good("trailing-separators.csv", "".join(f"{line},,,\r\n" for line in (head, one, two)).encode()),
        values("ragged.csv", f"{head}\r\n{one},x\r\n{two[:-6]}\r\n".encode(), [100.5, None], "ragged_row"),
        good("totals.csv", (_TEXT + "合计,,,,,,,,300.5\r\n总 计：,,,,,,,,300.5\r\n").encode(), "totals_row"),
        good("header-repeated.csv", f"{_TEXT}{head}\r\n".encode(), "repeated_header"),
        good("remark.csv", f"{_TEXT}填表人：张三\r\n".encode(), "remark_row"),
        Kind("header-only.csv", _HEAD.encode(), "read", "no_records", (), ("no_records",)),
        bad("header-twice.csv", f"{head},金额\r\n{one},1\r\n".encode(), "header_duplicate"),
        bad("header-in-line-30.csv", ("说明\r\n" * 29 + _TEXT).encode(), "header_missing"),
        bad("column-missing.csv", _TEXT.replace("金额", "钱数").encode(), "columns_missing"),
        bad("unit-in-header.csv", _TEXT.replace("重量,", "重量(千克),").encode(), "header_unit"),
        good("unknown-column.csv", f"{head},电话\r\n{one},1\r\n{two},2\r\n".encode(), "unknown_column"),
        good(
            "formula-in-an-id.csv", _with(item_id="=cmd|'/c calc'!A0").encode(), item_id=["=cmd|'/c calc'!A0", "RG-2"]
        ),
        good("path-in-an-id.csv", _with(enterprise_id="../../etc/passwd").encode()),
        good("direction-mark-in-an-id.csv", _with(enterprise_id="E\u202e001").encode(), "hidden_characters"),
        good("zero-width-in-an-id.csv", _with(enterprise_id="E\u200b001").encode(), "hidden_characters"),
        good("wide-id.csv", _with(enterprise_id="Ｅ００１").encode(), "normalised", enterprise_id=["E001", "E001"]),
        good("id-of-10000.csv", _with(item_id="x" * 10_000).encode()),
        values("line-number-beyond.csv", _with(line_no="9" * 15 + "0" * 10).encode(), [100.5, 200], "number_format"),
        good("script-in-an-id.csv", _with(item_id="<script>alert(1)</script>").encode()),
    ]
