"""Make delimited texts with figures, ends and marks that people and old programs write."""

from __future__ import annotations

import base64

from tests.hostile.kinds import GOOD, Kind, bad, good, text, values
from tests.intake.conftest import grid, record

_TEXT = text()
_HEAD, _ONE, _TWO = _TEXT.strip().split("\r\n")
#: What stands in the cell, what is read, what is said.
_FIGURES: dict[str, tuple[str, float | None, str]] = {
    "minus-sign": ("−100.5", None, "number_format"),
    "minus-behind": ("100.5-", None, "number_format"),
    "two-signs": ("+-5", None, "number_format"),
    "plus": ("+100.5", 100.5, ""),
    "leading-zeros": ("000100.5", 100.5, ""),
    "no-whole-part": (".5", None, "number_format"),
    "no-fraction": ("100.", 100.0, ""),
    "two-points": ("1.234.5", None, "number_format"),
    "german": ('"1.234,56"', None, "number_format"),
    "indian": ('"1,23,456.5"', None, "number_format"),
    "commas-out-of-place": ('"1,0000.5"', None, "number_format"),
    "swiss": ("1'234.5", None, "number_format"),
    "no-break-space-around": ("\u00a0100.5\u00a0", 100.5, ""),
    "no-break-space-within": ("1\u00a0234.5", None, "number_format"),
    "thin-space-within": ("1\u2009234.5", None, "number_format"),
    "zero-width-within": ("1\u200b00.5", None, "number_format"),
    "direction-mark": ("\u202e5.001", None, "number_format"),
    "chinese": ("一百二十", None, "number_format"),
    "chinese-capital": ("壹佰贰拾元整", None, "number_format"),
    "chinese-zero": ("〇", None, "number_format"),
    "half": ("½", None, "number_format"),
    "superscript": ("10²", None, "number_format"),
    "brackets-wide": ("（500）", None, "number_format"),
    "devanagari": ("१२", None, "number_format"),
    "mathematical": ("𝟏𝟎𝟎", None, "number_format"),
    "dollar": ("$100", None, "number_format"),
    "rmb": ("RMB100", None, "number_format"),
    "per-gram": ("500元/克", None, "number_format"),
    "thousand": ("5k", None, "number_format"),
    "percent": ("5%", None, "number_format"),
    "true": ("TRUE", None, "number_format"),
    "dash": ("-", None, "number_format"),
    "slash": ("/", None, "number_format"),
    "none": ("无", None, "number_format"),
    "reference": ("#REF!", None, "number_format"),
    "date": ("2025-06-03", None, "number_format"),
    "sum": ("100+200", None, "number_format"),
    "octal": ("0o17", None, "number_format"),
    "infinity-sign": ("∞", None, "number_format"),
    "sixteen-digits": ("1234567890123456", None, "number_format"),
    "quoted-formula": ('"=""100.5"""', None, "number_format"),
    "apostrophe": ("'100.5", None, "number_format"),
    "cents": ("0.005", 0.005, ""),
    "empty": ("", None, ""),
}


def _with(**changes: object) -> str:
    return text(grid([{**record(1, amount=100.5), **changes}, record(2, amount=200)]))


def figures() -> list[Kind]:
    """Return texts with a figure written in one of the ways of the world: read with certainty, or refused by cell."""
    return [
        values(f"figure-{name}.csv", _with(amount=written).encode(), [read, 200], *([rule] if rule else []))
        for name, (written, read, rule) in _FIGURES.items()
    ]


def leftovers() -> list[Kind]:
    """Return texts with ends, marks and line ends that editors and old programs leave."""
    seven = "".join(
        c if c.isascii() else "+" + base64.b64encode(c.encode("utf-16-be")).decode().rstrip("=") + "-" for c in _TEXT
    )
    comma = text(grid([record(1, amount="100,5"), record(2, amount="200,0")]), ";")
    return [
        bad("utf-7.csv", seven.encode(), "header_missing"),
        bad(
            "ebcdic.csv", _TEXT.translate(str.maketrans("", "", "业企")).encode("cp037", "replace"), "encoding_unknown"
        ),
        good("mark-twice.csv", b"\xef\xbb\xbf\xef\xbb\xbf" + _TEXT.encode()),
        good("joined-files.csv", (_TEXT + "\ufeff" + _HEAD + "\r\n").encode("utf-8-sig"), "repeated_header"),
        good("end-mark-of-dos.csv", _TEXT.encode() + b"\x1a", "remark_row"),
        good("carriage-twice.csv", _TEXT.replace("\r\n", "\r\r\n").encode()),
        good("form-feed.csv", (_TEXT + "\f\r\n").encode()),
        good(
            "line-separator-in-a-note.csv",
            f"{_HEAD},备注\r\n{_ONE},a\u2028b\u0085c\r\n{_TWO},\v\r\n".encode(),
            note=["a\u2028b\u0085c", None],
        ),
        values(
            "sep-and-decimal-comma.csv",
            ("sep=;\r\n" + comma).encode(),
            [None, None],
            "lines_above_header",
            "separator",
            "number_format",
        ),
        good("sep-line-semicolon.csv", ("sep=;\r\n" + text(separator=";")).encode(), "lines_above_header", "separator"),
        good("every-cell-quoted.csv", "".join(",".join(f'"{v}"' for v in row) + "\r\n" for row in GOOD).encode()),
        good("blanks-around.csv", _TEXT.replace(",", " , ").encode()),
        good(
            "header-of-two-languages.csv",
            _TEXT.replace(
                _HEAD, "enterprise_id,period,line_no,item_id,class_code,pieces,weight,weight_unit,amount"
            ).encode(),
        ),
        bad("quotes-of-books.csv", _TEXT.replace("RG-1", "“RG-1”").replace(",", "，").encode(), "header_missing"),
        bad("quote-by-backslash.csv", _with(item_id='"a\\"b"').encode(), "csv_damaged"),
        good("comment-line.csv", ("# made by x\r\n" + _TEXT).encode(), "lines_above_header"),
        good("code-as-formula.csv", _with(item_id='"=""0012"""').encode(), item_id=['="0012"', "RG-2"]),
        good("null-words.csv", _with(item_id="NULL").encode(), item_id=["NULL", "RG-2"]),
        good("nan-as-a-code.csv", _with(item_id="nan").encode(), item_id=["nan", "RG-2"]),
        good("lone-surrogate.csv", _with(item_id="😀").encode(), item_id=["😀", "RG-2"]),
        good("composed-letters.csv", _with(item_id="é|e\u0301").encode(), item_id=["é|e\u0301", "RG-2"]),
        good("full-stop-lines.csv", (_TEXT + ",,,,,,,,\r\n" * 500).encode()),
        good("thousand-totals.csv", (_TEXT + "合计,,,,,,,,1\r\n" * 50).encode(), "totals_row", "stated_total"),
        bad("header-only-known-in-part.csv", "企业代码,报告期,行号\r\nE001,2025-06,1\r\n".encode(), "columns_missing"),
        bad("one-column.csv", "企业代码\r\nE001\r\n".encode(), "header_missing"),
        bad(
            "header-sideways.csv",
            "\r\n".join(",".join(map(str, row)) for row in zip(*GOOD, strict=True)).encode(),
            "header_missing",
        ),
        bad("surrogate-bytes.csv", _TEXT.encode() + b"\xed\xa0\x80\r\n", "encoding_unknown"),
        bad("utf-16-odd.csv", _TEXT.encode("utf-16") + b"x", "encoding_unknown"),
        bad("utf-16-surrogate.csv", _TEXT.encode("utf-16") + b"\x00\xd8", "encoding_unknown"),
        bad(
            "mixed-three.csv",
            _HEAD.encode() + b"\r\n" + _ONE.encode("gb18030") + b"\r\n" + _TWO.encode("utf-16-le"),
            "nul_byte",
        ),
    ]
