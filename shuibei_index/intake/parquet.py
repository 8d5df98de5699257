"""Parquet: typed columns, taken as they are, one row group at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pyarrow as pa

from shuibei_index.intake.block import Block, FileFault, FileRead
from shuibei_index.intake.headers import recognise
from shuibei_index.intake.limits import Limits
from shuibei_index.intake.parser import Parser
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.intake.workbook import header_fault, header_notes

_KINDS = {c.name: c.kind for c in SUBMISSION}


def read_parquet(descriptor: int, read: FileRead, parser: Parser, limits: Limits) -> None:
    """Find the reports in a Parquet file and add them to `read`.

    Raises
    ------
    FileFault
        The file is damaged or too large to be held, or its columns are not those of a submission.
    """
    for block in stream_parquet(descriptor, read, parser, limits, most=limits.records):
        read.blocks.append(block)


def stream_parquet(
    descriptor: int, read: FileRead, parser: Parser, limits: Limits, *, most: int | None = None
) -> Iterator[Block]:
    """Yield the reports in a Parquet file, one row group at a time, of at most `most` records.

    Raises
    ------
    FileFault
        As `read_parquet`; damage in a later row group shows only when its turn comes.
    """
    read.encoding = "parquet"
    schema, about = parser.parquet_schema(descriptor)
    if most is not None and not 0 <= about["records"] <= most:
        raise FileFault("parquet_too_large", detail=f"{about['records']} records, limit {most}")
    header = recognise(tuple(schema.names[: limits.columns + 1]), 0)
    if header.missing or header.duplicates or header.unit_refused or header.width > limits.columns:
        raise header_fault(header, limits=limits)
    header_notes(header, read)
    columns = header.columns
    for name, position in columns.items():
        _check_type(name, schema.field(position))
    names = [schema.names[position] for position in columns.values()]
    texts = [schema.names[p] for n, p in columns.items() if _KINDS[n] == "text" and _is_text(schema.field(p).type)]
    start = 1
    # closed at once when no more is wanted: the parser must not go on sending to whoever uses it next
    with closing(parser.parquet_groups(descriptor, names, texts)) as groups:
        for table in groups:
            if most is not None and start - 1 + table.num_rows > most:
                raise FileFault("parquet_too_large", detail=f"more records than it says, limit {most}")
            if table.column_names != names:
                raise FileFault("parquet_damaged", detail="columns other than those of the footer")
            table = table.rename_columns(list(columns))
            lines = np.arange(start, start + table.num_rows, dtype=np.int64)
            yield Block("", header, lines, table=table)
            start += table.num_rows


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _check_type(name: str, column: pa.Field) -> None:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    text = _is_text(kind) or pa.types.is_null(kind)
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    time = pa.types.is_timestamp(kind) or pa.types.is_date(kind)
    good = text or (number if _KINDS[name] != "text" else number or (time and name in ("deal_time", "period")))
    if not good:
        raise FileFault("column_type", value=f"{column.name}: {column.type}", column=column.name)
