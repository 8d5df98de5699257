"""Sums of a month's accepted records: what they were made of, made once, and as bytes that can be kept."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from shuibei_index.aggregate.parts import PART_COLUMNS, PARTS
from shuibei_index.aggregate.reading import pieces
from shuibei_index.aggregate.sums import COLUMNS, KEYS, SUMS, Toll, add_up, partial_sums

#: What is read of a record.
READ = (*COLUMNS, *PART_COLUMNS)
#: Files of this package that decide what the sums are: kept sums of other code are not used.
_CODE = ("adding.py", "grouping.py", "month_sums.py", "parts.py", "sums.py")
_SCHEMA = pa.schema(
    [*(pa.field(k, pa.dictionary(pa.int32(), pa.string())) for k in KEYS), *(pa.field(n, pa.int64()) for n in SUMS)]
)
_WITH_PARTS = pa.schema([*_SCHEMA, *(pa.field(n, pa.int64()) for n in PARTS)])


@cache
def code_digest() -> str:
    """Return the digest of the code that makes the sums."""
    digest = hashlib.sha256()
    for name in _CODE:
        digest.update(files("shuibei_index.aggregate").joinpath(name).read_bytes())
    return digest.hexdigest()


def sums_key(records: str, month: str, toll_classes: tuple[str, ...], stage: str | None) -> str:
    """Return the digest of all that decides a month's sums: its records, the rule, the stage, the code.

    Parameters
    ----------
    records : str
        Digest of the accepted records.
    month : str
    toll_classes : tuple of str
        Classes fed by toll deals in that month.
    stage : str or None
    """
    made_of = ["month sums", records, month, list(toll_classes), stage, code_digest()]
    return hashlib.sha256(json.dumps(made_of, ensure_ascii=False).encode()).hexdigest()


def month_sums(source: bytes | Path, *, toll_classes: Toll, stage: str | None) -> pa.Table:
    """Return the sums of the accepted records of a Parquet file, by item and month, with their parts.

    Parameters
    ----------
    source : bytes or path
        Only the columns `READ` are decoded. A path is read a row group at a time.
    """
    read: Iterator[pa.Table]
    if isinstance(source, Path):
        read = (table for piece in pieces(source) for table in piece.read(READ))
    else:
        with pq.ParquetFile(pa.BufferReader(source)) as file:
            names = [name for name in READ if name in file.schema_arrow.names]
            read = iter([file.read(columns=names, use_threads=False)])
    return add_up(partial_sums(table, toll_classes=toll_classes, stage=stage, parts=True) for table in read)


def only_of(sums: pa.Table, month: str) -> bool:
    """Tell whether sums are of one month alone: the rule of that month then is all that decided them."""
    return all(chunk.dictionary.to_pylist() in ([], [month]) for chunk in sums.column("period").chunks)


def to_bytes(sums: pa.Table) -> bytes:
    """Return sums as bytes to keep."""
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
    with pa.ipc.new_file(sink, sums.schema, options=options) as file:
        file.write_table(sums)
    return sink.getvalue()


def from_bytes(content: bytes) -> pa.Table | None:
    """Return kept sums; None = that is no table of them."""
    try:
        with pa.ipc.open_file(pa.BufferReader(content), options=pa.ipc.IpcReadOptions(use_threads=False)) as file:
            sums = file.read_all()
        # codes beyond the words would be read from memory that is not theirs
        sums.validate(full=True)
    except (pa.ArrowInvalid, OSError):
        return None
    return sums if sums.schema.equals(_SCHEMA) or sums.schema.equals(_WITH_PARTS) else None
