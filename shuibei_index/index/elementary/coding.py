"""Coding: the columns of a long table become integer codes, once, and its rows stand in order of period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from shuibei_index.errors import ShapeError, UsageError, did_you_mean, first_few
from shuibei_index.index.numbers import as_floats

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: What a long table may be.
Table: TypeAlias = pd.DataFrame | pa.Table | Mapping[str, Any] | str | Path


@dataclass(frozen=True)
class Codes:
    """A column as positions among its distinct labels, which are sorted."""

    labels: pd.Index
    code: Ints


def column(table: Table, name: str) -> Any:
    """Return a column of a pandas, Arrow or Parquet table, or of a mapping of names to arrays.

    Raises
    ------
    ShapeError
        There is no such column.
    """
    names = [str(c) for c in (table.column_names if isinstance(table, pa.Table) else table)]  # type: ignore[union-attr]
    if name not in names:
        raise ShapeError(f"the table has no column {name!r}{did_you_mean(name, names)}; it has {', '.join(names)}")
    return table[name]  # type: ignore[index]


def opened(table: Table, names: Sequence[str]) -> Table:
    """Return the table itself, or the named columns of the Parquet file that it names."""
    if not isinstance(table, str | Path):
        return table
    known = pq.read_schema(table).names
    lacking = [n for n in names if n not in known]
    if lacking:
        raise ShapeError(
            f"{Path(table).name} has no column {first_few(lacking)}{did_you_mean(lacking[0], known)}; "
            f"it has {', '.join(known)}"
        )
    return pq.read_table(table, columns=list(names))


def encode(values: Any, name: str) -> Codes:
    """Return a column of labels (text, whole numbers, dates, categories …) as codes.

    Raises
    ------
    ShapeError
        A label is missing.
    """
    if isinstance(values, np.ma.MaskedArray):
        hidden = int(np.ma.getmaskarray(values).sum())
        if hidden:
            raise ShapeError(f"column {name!r} is empty in {hidden} of {len(values)} rows")
        values = values.data
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.PeriodDtype):
        values = values.astype(str)
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.CategoricalDtype):
        return _sorted(values.cat.categories, values.cat.codes.to_numpy(dtype=np.int64), name)
    if isinstance(values, pd.Series) and isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu":
        values = values.to_numpy()
    if isinstance(values, np.ndarray) and values.dtype.kind in "iu":
        return _whole_numbers(values)
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else _arrow(values)
    if array.null_count:
        raise ShapeError(f"column {name!r} is empty in {array.null_count} of {len(array)} rows")
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    if isinstance(array, pa.ChunkedArray):
        array = array.unify_dictionaries()
        chunks = array.chunks
        labels = chunks[0].dictionary if chunks else pa.array([], type=array.type.value_type)
        code = [c.indices.to_numpy(zero_copy_only=False) for c in chunks]
        return _sorted(_index(labels), np.concatenate(code) if code else np.zeros(0, dtype=np.int64), name)
    return _sorted(_index(array.dictionary), array.indices.to_numpy(zero_copy_only=False), name)


def encode_key(table: Table, names: str | Sequence[str], what: str) -> Codes:
    """Return one column as codes, or several that identify something together (labels joined by "/")."""
    if isinstance(names, str):
        return encode(column(table, names), names)
    if not names:
        raise UsageError(f"{what}: no column is named")
    parts = [encode(column(table, name), name) for name in names]
    joint = parts[0].code
    for part in parts[1:]:
        joint = joint * len(part.labels) + part.code
    found = _whole_numbers(joint)
    rest, words = np.asarray(found.labels, dtype=np.int64), []
    for part in reversed(parts[1:]):
        rest, at = np.divmod(rest, len(part.labels))
        words.append(part.labels.astype(str)[at])
    label = parts[0].labels.astype(str)[rest]
    for word in reversed(words):
        label = label + "/" + word
    return Codes(pd.Index(label), found.code)


def numbers(values: Any, name: str) -> Floats:
    """Return a column of numbers as floats, NaN = not observed; perhaps the caller's own memory.

    Raises
    ------
    ShapeError
        It does not hold numbers, or more than one a row.
    """
    found = as_floats(values, f"column {name!r}")
    if found.ndim != 1:
        raise ShapeError(f"column {name!r} has the shape {found.shape}; expected one number a row")
    return found


def by_period(period: Ints, number: int) -> Ints | None:
    """Return the order that puts rows in order of period and keeps it within; None if they are."""
    if not (period[1:] < period[:-1]).any():
        return None
    return np.argsort(period.astype(np.uint16) if number < 1 << 16 else period, kind="stable")


def _arrow(values: Any) -> pa.Array | pa.ChunkedArray:
    if isinstance(values, np.ndarray) and values.dtype.kind == "U":
        values = values.astype(object)
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        # labels of several types: their text
        return pa.array(pd.Series(values).astype("string"), from_pandas=True)


def _index(labels: pa.Array) -> pd.Index:
    found: pd.Index[Any] = pd.Index(labels.to_pandas())
    return found.astype(object) if pd.api.types.is_string_dtype(found.dtype) else found


def _sorted(labels: pd.Index, code: npt.NDArray[Any], name: str) -> Codes:
    code = code.astype(np.int64, copy=False)
    if len(code) and int(code.min()) < 0:
        raise ShapeError(f"column {name!r} is empty in {int((code < 0).sum())} of {len(code)} rows")
    present = np.zeros(len(labels), dtype=np.bool_)
    present[code] = True
    order = np.argsort(labels.to_numpy(), kind="stable")
    order = order[present[order]]
    if len(order) == len(labels) and (order[1:] > order[:-1]).all():
        return Codes(labels, code)
    rank = np.zeros(len(labels), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return Codes(labels[order], rank[code])


def _whole_numbers(values: npt.NDArray[Any]) -> Codes:
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, -1)
    if high - low > 4 * len(values) + 4096:
        labels, code = np.unique(values, return_inverse=True)
        return Codes(pd.Index(labels), code.astype(np.int64))
    from_low = (values if low == 0 else values - low).astype(np.int64, copy=False)
    present = np.zeros(high - low + 1, dtype=np.bool_)
    present[from_low] = True
    labels = np.flatnonzero(present)
    if len(labels) == len(present):
        return Codes(pd.Index(labels + low), from_low)
    place = np.zeros(len(present), dtype=np.int64)
    place[labels] = np.arange(len(labels))
    return Codes(pd.Index(labels + low), place[from_low])
