"""Records in pieces: row groups of Parquet files or tables in memory, each piece read where it is worked on.

Two threads that each read and work on their own pieces keep two cores busy without waiting for one reader; memory holds
a few pieces and what came of the others.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from shuibei_index.errors import UsageError
from shuibei_index.intake.schema import RECORD
from shuibei_index.kernel.proof import Range

#: Records of a piece; a larger row group is read in batches of so many.
PIECE = 1 << 20
#: A row group with more bytes than this is read through a small buffer and not at once.
_LARGE = 256 << 20
_NUMBERS = {field.name for field in RECORD if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)}
_TEXTS = {field.name for field in RECORD if pa.types.is_dictionary(field.type)}

Result = TypeVar("Result")
Work = TypeVar("Work")


@dataclass(frozen=True)
class Piece:
    """Some row groups of a file, or a table in memory."""

    table: pa.Table | None = None
    path: Path | None = None
    groups: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    ranges: Mapping[str, Range] = field(default_factory=dict)
    large: bool = False

    def read(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Yield the records, text columns as dictionaries; of `columns` those that are there (None = all)."""
        if self.path is None:
            if self.table is not None:
                yield self.table if columns is None else self.table.select(_there(columns, self.table.column_names))
            return
        buffer = 1 << 20 if self.large else 0
        with pq.ParquetFile(self.path, read_dictionary=list(self.texts), buffer_size=buffer) as file:
            names = _there(columns if columns is not None else RECORD.names, file.schema_arrow.names)
            if not self.large:
                yield file.read_row_groups(list(self.groups), columns=names, use_threads=False)
                return
            for batch in file.iter_batches(PIECE, row_groups=list(self.groups), columns=names, use_threads=False):
                yield pa.Table.from_batches([batch])


def pieces(source: object) -> Iterator[Piece]:
    """Yield the pieces of a table, a Parquet file, a folder of them, or a list of these.

    Raises
    ------
    UsageError
        Nothing to read there.
    """
    if isinstance(source, pa.RecordBatch):
        yield Piece(pa.Table.from_batches([source]))
    elif isinstance(source, pa.Table):
        for at in range(0, max(source.num_rows, 1), PIECE):
            yield Piece(source.slice(at, PIECE))
    elif isinstance(source, pd.DataFrame):
        yield from pieces(pa.Table.from_pandas(source, preserve_index=False))
    elif isinstance(source, str | Path):
        path = Path(source)
        files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
        if not files or not files[0].exists():
            raise UsageError(f"{path}: no such file, or a folder without *.parquet")
        for file in files:
            yield from _of_file(file)
    elif isinstance(source, Iterable):
        for part in source:
            yield from pieces(part)
    else:
        raise UsageError(f"cannot read records from {type(source).__name__}; pass a table, a path or a list of them")


def in_threads(work: Callable[[Work], Result], source: Iterable[Work], threads: int = 2) -> Iterator[Result]:
    """Yield what comes of each piece, in order; a few pieces are on the way at a time."""
    # NumPy and Arrow let go of the interpreter lock for most of their work
    with ThreadPoolExecutor(threads) as pool:
        running: deque[Future[Result]] = deque()
        for piece in source:
            running.append(pool.submit(work, piece))
            if len(running) > threads:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _of_file(path: Path) -> Iterator[Piece]:
    metadata = pq.read_metadata(path)
    texts = tuple(name for name in metadata.schema.names if name in _TEXTS)
    rows: list[int] = []
    count = 0
    for k in range(metadata.num_row_groups):
        group = metadata.row_group(k)
        if rows and count + group.num_rows > PIECE:
            yield Piece(path=path, groups=tuple(rows), texts=texts, ranges=_ranges(metadata, rows))
            rows, count = [], 0
        if group.num_rows > 2 * PIECE or group.total_byte_size > _LARGE:
            yield Piece(path=path, groups=(k,), texts=texts, ranges=_ranges(metadata, [k]), large=True)
            continue
        rows.append(k)
        count += group.num_rows
    if rows or not metadata.num_row_groups:
        yield Piece(path=path, groups=tuple(rows), texts=texts, ranges=_ranges(metadata, rows))


def _ranges(metadata: pq.FileMetaData, groups: Sequence[int]) -> dict[str, Range]:
    """Return what the file states about the number columns of some row groups; those it is silent about are absent."""
    places = {metadata.schema.column(k).path: k for k in range(metadata.num_columns)}
    found = {}
    for name in sorted(_NUMBERS & set(places)):
        stated = [metadata.row_group(k).column(places[name]).statistics for k in groups]
        span = _span(stated)
        if span is not None:
            found[name] = span
    return found


def _span(stated: Sequence[Any]) -> Range | None:
    ends: list[float] = []
    full = True
    for each in stated:
        if each is None or not each.has_null_count:
            return None
        if each.num_values == 0:
            # nothing but empty cells here: no value to bound
            full = False
            continue
        if not each.has_min_max or not all(
            isinstance(e, int | float) and math.isfinite(e) for e in (each.min, each.max)
        ):
            return None
        ends += [each.min, each.max]
        # a NaN leaves no trace in what is stated
        full = full and each.null_count == 0 and isinstance(each.min, int)
    return Range(min(ends), max(ends), full) if ends else Range(0, 0, False)


def _there(columns: Sequence[str], names: Sequence[str]) -> list[str]:
    return [name for name in columns if name in names]
