"""Numbers: the one door by which callers' lists, arrays, pandas and Arrow columns and frames become floats."""

from __future__ import annotations

import numbers
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index.errors import ShapeError, first_few

Floats = npt.NDArray[np.float64]

#: Kinds of numpy types that look like numbers to numpy and are none here, and what they hold.
_REFUSED = {
    "b": ("true and false", "真假值"),
    "c": ("complex numbers", "复数"),
    "M": ("dates", "日期"),
    "m": ("spans of time", "时间间隔"),
    "U": ("text", "文本"),
    "S": ("bytes", "字节"),
    "T": ("text", "文本"),
    "V": ("records", "结构"),
}


def as_floats(values: Any, name: str) -> Floats:
    """Return numbers of any container as floats, NaN = not observed.

    Parameters
    ----------
    values : list, ndarray, Series, Index, DataFrame, Arrow array, chunked array or table, any shape
        Real numbers (Decimal too). A masked cell, None, NaN, pandas NA and an Arrow null all become NaN.
    name : str
        What the caller calls them, for errors.

    Returns
    -------
    ndarray of float64, same shape
        May be the caller's own memory: never write into it.

    Raises
    ------
    ShapeError
        Text, dates, spans of time, complex numbers, true and false, or rows of different lengths.

    Notes
    -----
    Text that reads as a number is refused as well: a column that arrives as text was read wrongly, and what its
    separators mean is not for a formula to guess.

    Examples
    --------
    >>> as_floats(np.ma.array([2.0, 999.0], mask=[False, True]), "p1")
    array([ 2., nan])
    >>> as_floats(pa.array([1, None]), "p1")
    array([ 1., nan])
    """
    if isinstance(values, pa.Table | pa.RecordBatch):
        values = values.to_pandas()
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return _of_arrow(values, name)
    if isinstance(values, pd.DataFrame):
        return _of_frame(values, name)
    if isinstance(values, pd.Series | pd.Index | pd.api.extensions.ExtensionArray):
        if not isinstance(values.dtype, np.dtype):
            return _of_extension(values, values.dtype.kind, name)
        values = values.to_numpy()
    if isinstance(values, np.ma.MaskedArray):
        return _of_masked(values, name)
    return _plain(_array(values, name), name)


def _array(values: Any, name: str) -> npt.NDArray[Any]:
    if isinstance(values, np.ndarray):
        return values
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise ShapeError(f"{name} must hold numbers in rows of one length: {error}", f"{name} 各行长度不同") from error
    # numpy drops the masks and reads the nulls of rows one by one: rows are put through the door themselves
    if array.ndim > 1 and isinstance(values, list | tuple) and not isinstance(values[0], list | tuple | np.ndarray):
        return np.stack([as_floats(row, name) for row in values])
    if array.ndim > 1 and isinstance(values, list | tuple) and any(isinstance(v, np.ma.MaskedArray) for v in values):
        return np.stack([as_floats(row, name) for row in values])
    return array


def _plain(array: npt.NDArray[Any], name: str) -> Floats:
    kind = array.dtype.kind
    if kind in "fiu":
        return np.asarray(array, dtype=np.float64)
    if kind != "O":
        raise _refused(name, *_REFUSED.get(kind, (str(array.dtype), str(array.dtype))))
    missing = np.asarray(pd.isna(array), dtype=np.bool_)
    # an object column is slow in any case; what counts is the set of its types
    types = set(map(type, array[~missing].ravel().tolist()))
    strange = sorted(t.__name__ for t in types if issubclass(t, bool) or not issubclass(t, numbers.Real | Decimal))
    if strange:
        raise _refused(name, f"values of type {first_few(strange)}", f"类型为 {'、'.join(strange[:3])} 的值")
    return np.where(missing, np.nan, array).astype(np.float64)


def _of_masked(values: np.ma.MaskedArray[Any, Any], name: str) -> Floats:
    if values.dtype.kind == "O":
        known = np.full(values.shape, None, dtype=object)
        np.copyto(known, values.data, where=~np.ma.getmaskarray(values))
        return _plain(known, name)
    flat = _plain(np.asarray(values.data), name)
    return np.where(np.ma.getmaskarray(values), np.nan, flat)


def _of_extension(values: Any, kind: str, name: str) -> Floats:
    """Convert a pandas column, index or array of pandas' own types (nullable, Arrow-backed, categories …)."""
    if kind in "fiu":
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
    if kind in _REFUSED:
        raise _refused(name, *_REFUSED[kind])
    return _plain(np.asarray(values, dtype=object), name)


def _of_frame(frame: pd.DataFrame, name: str) -> Floats:
    types = frame.dtypes.unique()
    kinds = {t.kind for t in types}
    for kind in sorted(kinds & set(_REFUSED)):
        columns = frame.columns[[t.kind == kind for t in frame.dtypes]]
        what, zh = _REFUSED[kind]
        raise _refused(f"{name}, column {first_few(columns)},", what, zh)
    if not kinds <= set("fiu"):
        return _plain(frame.to_numpy(dtype=object), name)
    if all(isinstance(t, np.dtype) for t in types):
        return frame.to_numpy(dtype=np.float64)
    return frame.to_numpy(dtype=np.float64, na_value=np.nan)


def _of_arrow(values: pa.Array | pa.ChunkedArray, name: str) -> Floats:
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    kind = values.type
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if not (numeric or pa.types.is_null(kind)):
        raise _refused(name, f"Arrow values of type {kind}", f"Arrow 类型 {kind}")
    found = values.cast(pa.float64(), safe=False)
    return np.asarray(found.to_numpy() if isinstance(found, pa.ChunkedArray) else found.to_numpy(zero_copy_only=False))


def _refused(name: str, what: str, zh: str) -> ShapeError:
    return ShapeError(
        f"{name} must hold numbers, not {what}; convert it first, with NaN for what was not observed",
        f"{name} 必须是数值,而不是{zh}:请先转换,没有观测到的给 NaN",
    )
