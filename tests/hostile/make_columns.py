"""Make Parquet files with types, footers and row groups no spreadsheet has."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import struct
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tests.hostile.kinds import Kind, bad, good, values
from tests.intake.conftest import record

_TIMES = [dt.datetime(2025, 6, 3, 9, 5), dt.datetime(2025, 6, 4, 1, 0)]


def _table() -> pa.Table:
    return pa.Table.from_pandas(pd.DataFrame([record(1, amount=100.5), record(2, amount=200.0)]), preserve_index=False)


def _file(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def _with(name: str, column: pa.Array, **options: Any) -> bytes:
    table = _table()
    if name in table.column_names:
        return _file(table.set_column(table.column_names.index(name), name, column), **options)
    return _file(table.append_column(name, column), **options)


def columns() -> list[Kind]:
    """Return Parquet files, with what is to become of them."""
    sound = _file(_table())
    zoned = pa.array(_TIMES, pa.timestamp("us", "UTC"))
    page = bytearray(_file(_table(), compression="snappy", use_dictionary=False))
    page[30:60] = b"\xff" * 30
    codes = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int8()), pa.array(["RG-1", "RG-2"]))
    empty = _file(_table().slice(0, 0))
    groups = io.BytesIO()
    with pq.ParquetWriter(groups, _table().schema) as writer:
        for n in (0, 2, 0):
            writer.write_table(_table().slice(0, n))
    local = ["2025-06-03T17:05:00", "2025-06-04T09:00:00"]
    lies = {b"ARROW:schema": b"AAAA", b"pandas": b'{"index_columns": ["../../x"]}'}
    return [
        good("zoned-times.parquet", _with("deal_time", zoned), deal_time=[t.replace("T", " ") for t in local]),
        good(
            "int96-times.parquet",
            _with("deal_time", pa.array(_TIMES, pa.timestamp("ns")), use_deprecated_int96_timestamps=True),
            deal_time=["2025-06-03 09:05:00", "2025-06-04 01:00:00"],
        ),
        good("nanosecond-times.parquet", _with("deal_time", pa.array([2**62, 1], pa.timestamp("ns")))),
        good(
            "date64.parquet",
            _with("deal_time", pa.array([dt.date(2025, 6, 3)] * 2, pa.date64())),
            deal_time=["2025-06-03", "2025-06-03"],
        ),
        bad(
            "time-of-day.parquet",
            _with("deal_time", pa.array([dt.time(9), dt.time(10)], pa.time32("s"))),
            "column_type",
        ),
        bad("durations.parquet", _with("amount", pa.array([1, 2], pa.duration("s"))), "column_type"),
        good(
            "decimal256.parquet",
            _with("amount", pa.array([decimal.Decimal("100.5"), decimal.Decimal("200")], pa.decimal256(50, 4))),
        ),
        good(
            "large-text.parquet",
            _with("item_id", pa.array(["RG-1", "RG-2"], pa.large_string())),
            item_id=["RG-1", "RG-2"],
        ),
        good("codes-of-one-byte.parquet", _with("item_id", codes), item_id=["RG-1", "RG-2"]),
        values("amount-of-null.parquet", _with("amount", pa.array([None, 200.0])), [None, 200.0]),
        good("item-as-a-number.parquet", _with("item_id", pa.array([1001, 10**17])), item_id=["1001", "1" + "0" * 17]),
        good(
            "item-as-a-float.parquet",
            _with("item_id", pa.array([1001.0, 1e17])),
            "digits_lost",
            item_id=["1001", "1e+17"],
        ),
        good("period-as-a-number.parquet", _with("period", pa.array([202506, 202506])), period=["202506", "202506"]),
        bad("codes-of-codes.parquet", _with("amount", pa.array([{"a": 1}, {"a": 2}])), "column_type"),
        bad(
            "map.parquet",
            _with("item_id", pa.array([[("a", "b")], []], pa.map_(pa.string(), pa.string()))),
            "column_type",
        ),
        good("unknown-nested.parquet", _with("extra", pa.array([[1], [2]])), "unknown_column"),
        good("column-without-a-name.parquet", _with("", pa.array([1, 2]))),
        good("name-of-5000.parquet", _with("x" * 5000, pa.array([1, 2])), "unknown_column"),
        good("name-as-a-formula.parquet", _with("=cmd|' /C calc'!A0", pa.array([1, 2])), "unknown_column"),
        bad("metadata-lies.parquet", _file(_table().replace_schema_metadata(lies)), "parquet_damaged"),
        good("groups-of-none.parquet", groups.getvalue()),
        good("version-1.parquet", _file(_table(), version="1.0", data_page_version="1.0")),
        good("version-2-pages.parquet", _file(_table(), version="2.6", data_page_version="2.0", compression="zstd")),
        good(
            "delta.parquet", _file(_table(), use_dictionary=False, column_encoding={"line_no": "DELTA_BINARY_PACKED"})
        ),
        good("page-index.parquet", _file(_table(), write_page_index=True, write_page_checksum=True)),
        bad("page-broken.parquet", bytes(page), "parquet_damaged"),
        bad("groups-cut-out.parquet", b"PAR1" + sound[-struct.unpack("<I", sound[-8:-4])[0] - 8 :], "parquet_damaged"),
        bad("magic-of-another.parquet", b"PAR2" + sound[4:], "file_content"),
        bad("end-of-another.parquet", sound[:-4] + b"PARE", "parquet_damaged"),
        bad("footer-negative.parquet", sound[:-8] + struct.pack("<i", -5) + b"PAR1", "parquet_damaged"),
        Kind("schema-only.parquet", empty, "read", "no_records", (), ("no_records",)),
        bad("arrow-file.parquet", _arrow(), "file_content"),
        values(
            "amounts-of-halves.parquet",
            _with("amount", pa.array(np.array([100.5, np.inf], np.float16))),
            [100.5, None],
            "number_format",
        ),
    ]


def _arrow() -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, _table().schema) as writer:
        writer.write_table(_table())
    return sink.getvalue()
