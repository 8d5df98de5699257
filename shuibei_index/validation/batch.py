"""The reports as columns: text as sorted dictionary codes, numbers with a mask of what is known.

A NaN or an infinity never reaches a check: both become "not known" here, the infinity with a finding.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.intake.schema import SUBMISSION

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]

PROVENANCE = ("receipt", "file", "sheet", "row")
#: Text columns whose words are compared with lists; full-width letters and outer spaces do not count in them.
CLEANED = (
    "enterprise_id",
    "period",
    "item_id",
    "class_code",
    "trade_type",
    "stage",
    "weight_unit",
    "unit_system",
    "fineness",
    "amount_unit",
    "tax_basis",
    "charge_basis",
)
# no figure of a trade; up to here every product the checks form stays finite, and fen stay exact in int64
_LARGEST = 1e15
_ZH = {column.name_zh: column.name for column in SUBMISSION}
_KIND = {column.name: column.kind for column in SUBMISSION}


@dataclass(frozen=True)
class Coded:
    """A text column: `codes` point into `words` (sorted, distinct); −1 = empty."""

    codes: Codes
    words: list[str]

    def lookup(self, of: Callable[[str], object], empty: object, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return `of(word)` for each distinct word, with `empty` last: index it with the codes themselves."""
        return np.array([*[of(word) for word in self.words], empty], dtype=dtype)


@dataclass(frozen=True)
class Number:
    """A number column: `values` are 0 where not `known`; `impossible` marks infinities and what is beyond 1e15."""

    values: npt.NDArray[np.float64]
    known: Mask
    impossible: Mask | None = None


@dataclass(frozen=True)
class Batch:
    """Every column of the reports, ready for vectorised checks."""

    table: pa.Table
    text: dict[str, Coded]
    number: dict[str, Number]
    line_no: npt.NDArray[np.int64]
    receipt: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]

    @property
    def size(self) -> int:
        """Number of records read."""
        return int(self.table.num_rows)

    @classmethod
    def of(cls, table: pa.Table | pd.DataFrame) -> Batch:
        """Bring a table of submission columns (English or Chinese names) into canonical columns.

        Raises
        ------
        UsageError
            A required column is missing, a name is not a column of a submission, or a number column holds text.
        """
        table = _canonical(table)
        text = {
            name: coded(table[name], clean=name in CLEANED)
            for name, kind in {**_KIND, "file": "text", "sheet": "text"}.items()
            if kind == "text" and name != "deal_time"
        }
        number = {name: _number(table[name]) for name, kind in _KIND.items() if kind != "text" and name != "line_no"}
        return cls(
            table,
            text,
            number,
            pc.fill_null(table["line_no"], 0).to_numpy(),
            table["receipt"].to_numpy(),
            table["row"].to_numpy(),
        )


def dense(values: npt.NDArray[np.integer]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the distinct values in order, and the place of each value among them.

    Examples
    --------
    >>> dense(np.array([7, 3, 7]))
    (array([3, 7]), array([1, 0, 1]))
    """
    if not values.size:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    low, high = int(values.min()), int(values.max())
    if high - low > max(1 << 16, 8 * values.size):
        distinct, at = np.unique(values, return_inverse=True)
        return distinct.astype(np.int64), at.astype(np.int64)
    # counting is ten times as fast as sorting, and almost all codes lie close together
    shifted = values - low
    present = np.flatnonzero(np.bincount(shifted, minlength=high - low + 1))
    place = np.zeros(high - low + 1, dtype=np.int64)
    place[present] = np.arange(present.size)
    return present + low, place[shifted]


def clean(text: str) -> str:
    """Return the text without outer spaces and with full-width letters and digits made half-width.

    Examples
    --------
    >>> clean(" Ｅ０１２ ")
    'E012'
    """
    return unicodedata.normalize("NFKC", text).strip()


def _canonical(table: pa.Table | pd.DataFrame) -> pa.Table:
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    if not isinstance(table, pa.Table):
        raise UsageError(f"reports must be Reports, a pyarrow Table or a DataFrame, not {type(table).__name__}")
    names = [_ZH.get(name, name) for name in table.column_names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"reports: the column {twice[0]!r} stands twice (perhaps once in each language); keep one")
    table = table.rename_columns(names)
    known = [*_KIND, *PROVENANCE]
    for name in names:
        if name not in known:
            raise UsageError(f"reports: unknown column {name!r}{did_you_mean(name, [*known, *_ZH])}")
    for column in SUBMISSION:
        if column.required and column.name not in names:
            raise UsageError(
                f"reports: column {column.name!r} ({column.name_zh}) is missing; found {', '.join(names) or 'none'}"
            )
    rows = table.num_rows
    arrays = [_typed(table[name], name) if name in names else _absent(name, rows) for name in known]
    return pa.table(dict(zip(known, arrays, strict=True)))


def _absent(name: str, rows: int) -> pa.Array:
    if name == "receipt":
        return pa.array(np.ones(rows, dtype=np.int64))
    if name == "row":
        return pa.array(np.arange(1, rows + 1, dtype=np.int64))
    return pa.nulls(rows, _arrow_type(name))


def _arrow_type(name: str) -> pa.DataType:
    kind = _KIND.get(name, "integer" if name in ("receipt", "row") else "text")
    return {"text": pa.string(), "number": pa.float64(), "integer": pa.int64()}[kind]


def _typed(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    wanted, given = _arrow_type(name), column.type
    if name == "deal_time" and pa.types.is_temporal(given):
        return column.cast(pa.timestamp("s"), safe=False)
    if pa.types.is_dictionary(given):
        if wanted == pa.string() and given.value_type in (pa.string(), pa.large_string()):
            return column
        column, given = column.cast(given.value_type), given.value_type
    if given == wanted:
        return column
    if wanted != pa.string() and (pa.types.is_string(given) or pa.types.is_large_string(given)):
        raise UsageError(
            f"reports: the column {name!r} holds text where numbers are expected; "
            "read the files with read_submissions(), which turns text into numbers and names the cells that are none"
        )
    if wanted == pa.int64() and pa.types.is_floating(given):
        # pandas makes integers with gaps into floats; what is no whole number is no integer
        whole = pc.and_kleene(pc.is_finite(column), pc.equal(pc.round(column), column))
        whole = pc.and_kleene(whole, pc.less(pc.abs(column), 2.0**53))
        broken = pc.and_(pc.fill_null(pc.is_finite(column), False), pc.invert(pc.fill_null(whole, False)))
        if pc.any(broken).as_py():
            row = pc.index(broken, True).as_py()
            value = column[row].as_py()
            raise UsageError(f"reports: the column {name!r} holds {value!r} in row {row + 1}; expected whole numbers")
        column = pc.if_else(pc.fill_null(whole, False), column, pa.scalar(None, given))
    try:
        return column.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UsageError(f"reports: the column {name!r} of type {given} cannot be read as {wanted}: {error}") from error


def coded(column: pa.ChunkedArray, *, clean: bool = False) -> Coded:
    """Return a text column as codes; `clean` = without outer spaces and full-width letters."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries().combine_chunks()
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    if not chunks:
        return Coded(np.empty(0, dtype=np.int32), [])
    array = chunks[0]
    codes = pc.fill_null(array.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    words = array.dictionary.to_pylist()
    return sorted_codes(codes, [_clean_word(w) if clean else w for w in words])


def _clean_word(word: str | None) -> str | None:
    return None if word is None else clean(word)


def sorted_codes(codes: Codes, words: Iterable[str | None]) -> Coded:
    """Return the column with distinct, sorted, non-empty values: the same whatever order the rows came in."""
    words = list(words)
    values = sorted({word for word in words if word})
    if values == words:
        return Coded(codes, values)
    position = {word: code for code, word in enumerate(values)}
    remap = np.array([*[position.get(word or "", -1) for word in words], -1], dtype=np.int32)
    return Coded(remap[codes], values)


def _number(column: pa.ChunkedArray) -> Number:
    if column.null_count == len(column):
        return Number(np.zeros(len(column)), np.zeros(len(column), dtype=bool))
    if column.null_count:
        known = column.is_valid().to_numpy().astype(bool, copy=False)
        values = pc.fill_null(column, 0).to_numpy()
    else:
        known, values = np.ones(len(column), dtype=bool), column.to_numpy()
    values = values.astype(np.float64, copy=False)
    # false for NaN as well
    possible = np.abs(values) <= _LARGEST
    if possible.all():
        return Number(values, known)
    return Number(np.where(possible, values, 0.0), known & possible, ~possible & ~np.isnan(values))
