"""Make Parquet files that are hostile, broken or merely odd."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import random
import struct
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tests.hostile.kinds import Kind, bad, good, values
from tests.intake.conftest import record


def _frame(**changes: list[Any]) -> pd.DataFrame:
    frame = pd.DataFrame([record(1, amount=100.5), record(2, amount=200.0)])
    return frame.assign(**changes) if changes else frame


def _file(table: pd.DataFrame | pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.Table.from_pandas(table), sink, **options)
    return sink.getvalue()


def _column(name: str, values: pa.Array, **options: Any) -> bytes:
    table = pa.Table.from_pandas(_frame(), preserve_index=False)
    if name not in table.column_names:
        return _file(table.append_column(name, values), **options)
    return _file(table.set_column(table.column_names.index(name), name, values), **options)


def _footer(body: bytes) -> bytes:
    return b"PAR1" + bytes(100) + body + struct.pack("<I", len(body)) + b"PAR1"


def _miscounted(sound: bytes, records: int) -> bytes:
    """Return the file with another number of records in its footer: a zigzag number of one byte after field 3."""
    begin = len(sound) - 8 - struct.unpack("<I", sound[-8:-4])[0]
    for at in range(begin, len(sound) - 8):
        other = sound[:at] + bytes([2 * records]) + sound[at + 1 :]
        try:
            found = pq.ParquetFile(io.BytesIO(other)).metadata
            if found.num_rows == records != found.row_group(0).num_rows and found.num_columns > 1:
                return other
        except (OSError, pa.ArrowException):
            continue
    raise AssertionError("no number of records in the footer")


def tables() -> list[Kind]:
    """Return Parquet files, with what is to become of them."""
    sound = _file(_frame())
    tail = struct.unpack("<I", sound[-8:-4])[0]
    noise = random.Random(3)
    flipped = bytearray(sound)
    for _ in range(30):
        flipped[noise.randrange(len(sound) - tail - 8, len(sound) - 8)] = noise.randrange(256)
    two = pa.array([[1.0], [2.0]])
    big = 2**63 + 1
    names = ["enterprise_id"] * 2
    doubled = pa.table(
        [pa.array(["a"]), pa.array(["b"]), *[pa.array([1]) for _ in range(6)]],
        names=[*names, "period", "line_no", "item_id", "class_code", "amount", "x"],
    )
    wide = pd.concat([_frame(), pd.DataFrame(1, index=range(2), columns=[f"c{n}" for n in range(2_000)])], axis=1)
    broken_text = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(struct.pack("<3i", 0, 2, 4)), pa.py_buffer(b"\xff\xfe\xc0\x80")]
    )
    loose = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int32()), pa.array(["E001", "E002"]))
    return [
        good("plain.parquet", sound),
        good("dictionaries.parquet", _column("enterprise_id", loose)),
        good("brotli.parquet", _file(_frame(), compression="brotli")),
        good("one-line-groups.parquet", _file(_frame(), row_group_size=1)),
        values(
            "decimal.parquet",
            _column("amount", pa.array([decimal.Decimal("100.50"), decimal.Decimal("-1")], pa.decimal128(20, 2))),
            [100.5, -1.0],
        ),
        values(
            "text-amount.parquet",
            _column("amount", pa.array(["1,234.5", "约5"])),
            [1234.5, None],
            "normalised",
            "number_format",
        ),
        values("nan.parquet", _column("amount", pa.array([float("nan"), float("inf")])), [None, None], "number_format"),
        good("line-number-2-63.parquet", _column("line_no", pa.array([big, 2], pa.uint64())), "integer_expected"),
        good(
            "date-period.parquet", _column("period", pa.array([dt.date(2025, 6, 1)] * 2)), period=["2025-06", "2025-06"]
        ),
        good(
            "year-200000.parquet",
            _column("deal_time", pa.array([2**53, -(2**53)], pa.int64()).cast(pa.timestamp("ms"))),
        ),
        good("half-floats.parquet", _column("weight", pa.array(np.array([1, 2], np.float16)))),
        good("all-null-column.parquet", _column("weight", pa.nulls(2))),
        Kind("no-records.parquet", _file(_frame().iloc[:0]), "read", "no_records", (), ("no_records",)),
        Kind(
            "no-groups.parquet",
            _file(pa.Table.from_pandas(_frame()).schema.empty_table()),
            "read",
            "no_records",
            (),
            ("no_records",),
        ),
        bad("nested.parquet", _column("amount", two), "column_type"),
        bad("struct.parquet", _column("enterprise_id", pa.array([{"a": 1}, {"a": 2}])), "column_type"),
        bad("booleans.parquet", _column("amount", pa.array([True, False])), "column_type"),
        bad("bytes.parquet", _column("item_id", pa.array([b"a", b"b"])), "column_type"),
        bad("times-as-amount.parquet", _column("amount", pa.array([1, 2], pa.timestamp("s"))), "column_type"),
        bad("text-not-utf-8.parquet", _column("item_id", broken_text, use_dictionary=False), "parquet_damaged"),
        bad("column-missing.parquet", _file(_frame().drop(columns="amount")), "columns_missing"),
        bad("column-twice.parquet", _file(doubled), "header_duplicate"),
        bad("columns-2000.parquet", _file(wide), "columns_too_many"),
        bad("cut.parquet", sound[: len(sound) // 2], "parquet_damaged"),
        bad("tail-only.parquet", b"PAR1" + sound[-200:], "parquet_damaged"),
        bad("footer-length-4-gb.parquet", sound[:-8] + b"\xff\xff\xff\xff" + b"PAR1", "parquet_damaged"),
        bad("footer-length-0.parquet", sound[:-8] + bytes(4) + b"PAR1", "parquet_damaged"),
        bad("footer-flipped.parquet", bytes(flipped), "parquet_damaged"),
        bad("footer-miscounts.parquet", _miscounted(sound, 63), "parquet_damaged"),
        bad("footer-noise.parquet", _footer(noise.randbytes(3000)), "parquet_damaged"),
        # a list of two thousand million schema elements in thirty bytes
        bad(
            "footer-list-2-31.parquet", _footer(b"\x15\x02\x19\xfc\xff\xff\xff\xff\x07" + bytes(20)), "parquet_damaged"
        ),
        bad(
            "footer-text-2-31.parquet",
            _footer(b"\x15\x02\x19\x1c\x48\xff\xff\xff\xff\x07" + bytes(20)),
            "parquet_damaged",
        ),
        bad("footer-nested-structs.parquet", _footer(b"\x15\x02" + b"\x1c" * 100_000), "parquet_damaged"),
        bad("magic-only.parquet", b"PAR1PAR1", "parquet_damaged"),
        bad("encrypted.parquet", b"PARE" + bytes(100) + b"PARE", "file_content"),
        bad("csv.parquet", b"enterprise_id,period\r\n", "file_content"),
        bad("zero-bytes.parquet", b"", "file_empty"),
    ]
