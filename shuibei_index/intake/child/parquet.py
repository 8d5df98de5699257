"""Parquet, opened beside the main process: each row group becomes plain bytes of Arrow, or the check it fails."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

#: What pyarrow raises on damaged files, as a search with damaged files found; names that are not UTF-8 among them.
DAMAGE = (pa.ArrowException, OSError, ValueError, KeyError, OverflowError, IndexError, TypeError, NotImplementedError)


class TooLarge(Exception):  # noqa: N818 -- an answer, not an error of ours
    """The file holds more than the limits allow."""


def open_parquet(descriptor: int, limits: Mapping[str, Any]) -> tuple[pq.ParquetFile, dict[str, Any]]:
    """Return an open file and what its footer says: Arrow schema, records, row groups."""
    # The stream closes the descriptor it was given: one of its own, so that the file can be opened again.
    stream = os.fdopen(os.dup(descriptor), "rb")
    file = pq.ParquetFile(stream, **_bounds(limits))
    schema = file.schema_arrow.remove_metadata()
    held = sum(file.metadata.row_group(group).num_rows for group in range(file.num_row_groups))
    if held != file.metadata.num_rows:
        raise ValueError(f"the footer says {file.metadata.num_rows} records, the row groups hold {held}")
    return file, {"records": file.metadata.num_rows, "groups": file.num_row_groups, "columns": len(schema)}


def read_groups(descriptor: int, names: list[str], texts: list[str], limits: Mapping[str, Any]) -> Iterator[pa.Table]:
    """Yield the row groups: the columns `names`, those of `texts` as dictionaries.

    Raises
    ------
    TooLarge
        A row group has more lines, or takes more memory, than the limits allow.
    """
    stream = os.fdopen(os.dup(descriptor), "rb")
    # Opened so that texts arrive as dictionaries: cleaning then works on each distinct text once.
    with pq.ParquetFile(stream, read_dictionary=texts, **_bounds(limits)) as file:
        for group in range(file.num_row_groups):
            about = file.metadata.row_group(group)
            # at least four bytes a cell once unpacked, however tightly they are packed
            if about.num_rows < 0 or about.num_rows * len(names) * 4 > limits["group_bytes"]:
                raise TooLarge(f"{about.num_rows} records in one row group")
            table = file.read_row_group(group, columns=names, use_threads=False).select(names)
            if table.nbytes > limits["group_bytes"]:
                raise TooLarge(f"{table.nbytes} bytes in one row group")
            yield table


def _bounds(limits: Mapping[str, Any]) -> dict[str, int]:
    # A footer is thrift: without bounds a few bytes of it may ask for gigabytes.
    return {
        "thrift_string_size_limit": int(limits["thrift"]),
        "thrift_container_size_limit": int(limits["thrift"]) // 100,
    }
