"""Parquet: typed columns, taken as they are, one row group at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shuibei_index.intake.block import Block, FileFault, FileRead
from shuibei_index.intake.headers import recognise
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.intake.workbook import header_fault, header_notes

#: What pyarrow raises on damaged files, as a search with damaged files found; names that are not UTF-8 among them.
_DAMAGE = (pa.ArrowException, OSError, ValueError, KeyError, OverflowError)
_KINDS = {c.name: c.kind for c in SUBMISSION}


def read_parquet(stream: BinaryIO, read: FileRead) -> None:
    """Find the reports in a Parquet file and add them to `read`.

    Raises
    ------
    FileFault
        The file is damaged, or its columns are not those of a submission.
    """
    read.blocks.extend(stream_parquet(stream, read))


def stream_parquet(stream: BinaryIO, read: FileRead) -> Iterator[Block]:
    """Yield the reports in a Parquet file, one row group at a time.

    Raises
    ------
    FileFault
        As `read_parquet`; damage in a later row group shows only when its turn comes.
    """
    read.encoding = "parquet"
    try:
        schema = pq.ParquetFile(stream).schema_arrow
    except _DAMAGE as error:
        raise FileFault("parquet_damaged", detail=_first_line(error)) from None
    header = recognise(tuple(schema.names), 0)
    if header.missing or header.duplicates or header.unit_refused:
        raise header_fault(header)
    header_notes(header, read)
    columns = header.columns
    for name, position in columns.items():
        _check_type(name, schema.field(position))
    names = [schema.names[position] for position in columns.values()]
    texts = [schema.names[p] for n, p in columns.items() if _KINDS[n] == "text" and _is_text(schema.field(p).type)]
    start = 1
    try:
        # Opened again so that texts arrive as dictionaries: cleaning then works on each distinct text once.
        file = pq.ParquetFile(stream, read_dictionary=texts)
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=names, use_threads=True).select(names)
            # Also that texts are UTF-8: the reader itself takes them as they come.
            table.validate(full=True)
            table = table.rename_columns(list(columns))
            lines = np.arange(start, start + table.num_rows, dtype=np.int64)
            yield Block("", header, lines, table=table)
            start += table.num_rows
    except _DAMAGE as error:
        raise FileFault("parquet_damaged", detail=_first_line(error)) from None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


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
