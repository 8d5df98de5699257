"""The time of a deal, read by its ISO forms."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.validation.batch import Batch

# local time; a zone other than China's would move deals over the end of a month
_ISO = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?$"
_ZONE = r"\+08:?00$"


def deal_times(batch: Batch) -> pa.Array:
    """Return the deal time of each record as a timestamp in seconds, null where it is empty or not readable.

    Forms: 2025-06-03, 2025-06-03 14:20, 2025-06-03T14:20:05, each also with +08:00.
    """
    column = batch.table["deal_time"]
    if pa.types.is_temporal(column.type):
        return _one(column)
    if pa.types.is_dictionary(column.type):
        array = _one(column.unify_dictionaries())
        return pc.take(_parse(array.dictionary), array.indices)
    return _parse(_one(column))


def _one(column: pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        return array.chunk(0) if array.num_chunks else pa.array([], column.type)
    return array


def _parse(texts: pa.Array) -> pa.Array:
    if texts.null_count == len(texts):
        return pa.nulls(len(texts), pa.timestamp("s"))
    try:
        # the common case first: every text is in one of the forms Arrow reads by itself
        return _seconds(texts)
    except pa.ArrowInvalid:
        texts = pc.replace_substring_regex(pc.utf8_trim_whitespace(texts), _ZONE, "")
        iso = pc.fill_null(pc.match_substring_regex(texts, _ISO), False)
        texts = pc.if_else(iso, texts, pa.scalar(None, texts.type))
    try:
        return _seconds(texts)
    except pa.ArrowInvalid:
        # days that do not exist (2025-02-30): pandas drops them one by one
        parsed = pd.to_datetime(texts.to_pandas(), errors="coerce", format="ISO8601")
        return pa.Array.from_pandas(parsed).cast(pa.timestamp("s"), safe=False)


def _seconds(texts: pa.Array) -> pa.Array:
    return texts.cast(pa.timestamp("ns")).cast(pa.timestamp("s"), safe=False)
