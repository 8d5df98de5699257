"""The streaming kernel: records → sums per item and month, exact, in any order, on any engine.

`partial_sums` turns one Arrow batch into a small table of int64 sums; `merge_sums` adds such tables. Adding whole
numbers does not depend on order, so shuffled files, threads or another engine (Spark's ``mapInArrow``, Dask …) give
the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shuibei_index.aggregate.adding import Column, joined
from shuibei_index.aggregate.grouping import KEYS as KEYS
from shuibei_index.aggregate.grouping import Coded, Grouped, group, in_order
from shuibei_index.aggregate.parts import PARTS, is_split, part_columns
from shuibei_index.errors import ShapeError, UsageError

#: What is summed, all int64.
SUMS = ("amount_fen", "quantity_milli", "n_records")
_CODED = (*KEYS, "trade_type", "stage")
#: What is read of a record.
COLUMNS = (*_CODED, "amount_fen", "quantity_milli")
#: Partial sums are merged when so many of their rows wait (about 40 bytes each).
_WAITING = 1 << 20

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
#: Codes of the classes fed by toll deals, the same for all months or by month.
Toll = tuple[str, ...] | Callable[[str], tuple[str, ...]]


def partial_sums(
    batch: pa.RecordBatch | pa.Table, *, toll_classes: Toll = (), stage: str | None = None, parts: bool = False
) -> pa.Table:
    """Sum the records of one batch that enter the price index, per item and month.

    Parameters
    ----------
    batch : RecordBatch or Table
        Accepted records (`intake.schema.RECORD`; further columns are not read).
    toll_classes
        Classes (with all below them) fed by toll deals, or a function of the month that names them; every other class
        is fed by sales. Trade-ins and returns never enter prices.
    stage
        "wholesale" or "retail": records of the other stage are left out. None = both.
    parts
        Whether to sum the parts of the prices too (`parts.PARTS`), of records that have them.

    Returns
    -------
    Table
        `KEYS` (dictionary-coded text), `SUMS` (int64) and, if asked for, `PARTS` (int64); each item and month once,
        sorted by key.
    """
    table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
    missing = [c for c in (*KEYS, "amount_fen", "quantity_milli", "trade_type") if c not in table.column_names]
    if missing:
        raise ShapeError(
            f"not a table of accepted records: no column {', '.join(missing)}. "
            f"Submissions as firms send them go through validate() first; pass its .accepted."
        )
    coded = {name: _codes(table.column(name), name) for name in _CODED if name in table.column_names}
    used = _in_index(coded, toll_classes, stage)
    sums: dict[str, Column] = {name: [joined(_int64(table.column(name)))] for name in SUMS[:2]}
    if parts and is_split(table):
        sums |= {name: [values] for name, values in part_columns(table).items()}
    found = group({k: coded[k] for k in KEYS}, list(sums.values()), None, None if used.all() else used)
    return _table(found, list(sums))


def merge_sums(partials: Iterable[pa.Table]) -> pa.Table:
    """Add partial sums of any origin; the order does not matter.

    Returns
    -------
    Table
        As `partial_sums`.
    """
    return _table(*_merged(list(partials)))


def merge_cells(partials: Iterable[pa.Table]) -> tuple[Grouped, list[str]]:
    """Add partial sums as `add_up` does, to cells in order of month, and the names of their columns of sums."""
    return _merged(list(_condensed(partials)), by_month=True)


def _merged(tables: list[pa.Table], by_month: bool = False) -> tuple[Grouped, list[str]]:
    if not tables:
        raise UsageError("no partial sums to merge")
    # records of files that were not split have no parts: they count as 0
    table = pa.concat_tables(tables, promote_options="default" if len({t.num_columns for t in tables}) > 1 else "none")
    sums = {name: _int64(table.column(name)) for name in SUMS[:2]}
    for name in PARTS if PARTS[0] in table.column_names else ():
        column = table.column(name)
        sums[name] = _int64(column.fill_null(0) if column.null_count else column)
    coded = {k: _codes(table.column(k), k) for k in KEYS}
    count = _int64(table.column(SUMS[2]))
    return group(coded, list(sums.values()), count, None, by_month=by_month), list(sums)


def _table(cells: Grouped, names: list[str]) -> pa.Table:
    arrays = {k: pa.DictionaryArray.from_arrays(codes, words) for k, (codes, words) in cells.coded().items()}
    sums = dict(zip([*names, SUMS[2]], cells.sums, strict=True))
    return pa.table({k: arrays[k] for k in KEYS} | {name: pa.array(sums[name]) for name in (*SUMS, *names)})


def add_up(partials: Iterable[pa.Table]) -> pa.Table:
    """Add any number of partial sums as they come in, in memory bounded by the sums themselves.

    Raises
    ------
    UsageError
        There are none.
    """
    parts = _condensed(partials)
    return parts[0] if len(parts) == 1 else merge_sums(parts)


def _condensed(partials: Iterable[pa.Table]) -> list[pa.Table]:
    """Take in partial sums, merging some on the way where that saves memory."""
    parts: list[pa.Table] = []
    merged = 0
    least: dict[str, int] = {}
    for part in partials:
        parts.append(part)
        for month, rows in _rows_by_month(part).items():
            least[month] = max(least.get(month, 0), rows)
        # merge when that can bring the waiting rows down to half: each sum is then moved only a few times, and tables
        # of different months, which share no cell, only once
        waiting = sum(len(p) for p in parts)
        if waiting > merged + _WAITING and waiting > 2 * sum(least.values()):
            parts = [merge_sums(parts)]
            merged = len(parts[0])
            least = _rows_by_month(parts[0])
    if not parts:
        raise UsageError("no records to add up")
    return parts


def _rows_by_month(part: pa.Table) -> dict[str, int]:
    """Return the sums of each month in a table: there are at least so many once it is merged with others."""
    period, words = _codes(part.column("period"), "period")
    return dict(zip(words.to_pylist(), np.bincount(period, minlength=len(words)).tolist(), strict=True))


def in_word_order(column: pa.ChunkedArray, name: str) -> Coded:
    """Return the codes of a text column in the order of its words, without unused ones."""
    return in_order(*_codes(column, name))


def _codes(column: pa.ChunkedArray, name: str) -> Coded:
    """Return the integer codes and words of a text column."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries()
    if column.num_chunks == 0:
        return np.zeros(0, dtype=np.int32), pa.array([], pa.string())
    words = column.chunk(0).dictionary
    # an empty cell may hide in the codes or, decoded, in the words
    if column.null_count or (words.null_count and column.cast(words.type).null_count):
        raise ShapeError(
            f"accepted records never have an empty {name}, and this table has; pass validate(...).accepted"
        )
    codes = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in column.chunks]
    joined = codes[0] if len(codes) == 1 else np.concatenate(codes)
    return joined.astype(np.int32, copy=False), words.cast(pa.string())


def _int64(column: pa.ChunkedArray) -> Column:
    """Return the whole numbers of a column, in the pieces it came in."""
    if not pa.types.is_integer(column.type):
        raise ShapeError(f"money and quantities are int64 (fen, thousandths), not {column.type}")
    if column.null_count:
        raise ShapeError(f"{column.null_count} records without an amount or a quantity; accepted records have both")
    try:
        return [np.asarray(chunk.to_numpy(), dtype=np.int64) for chunk in column.cast(pa.int64()).chunks]
    except pa.ArrowInvalid as error:
        raise UsageError(f"an amount or quantity does not fit into 64 bits with a sign: {error}") from error


def _in_index(coded: dict[str, Coded], toll_classes: Toll, stage: str | None) -> Mask:
    # rules are applied to the few distinct words, then spread over the rows by their codes
    trade = coded["trade_type"]
    toll = _toll_rows(coded, toll_classes)
    used = _is(trade, "sale") if toll is None else np.where(toll, _is(trade, "toll"), _is(trade, "sale"))
    if stage is not None and "stage" in coded:
        used = used & _is(coded["stage"], stage)
    return np.asarray(used, dtype=bool)


def _toll_rows(coded: dict[str, Coded], toll_classes: Toll) -> Mask | None:
    """Tell which rows are of a class fed by toll deals; None = no class of the batch is."""
    (period, months), (classes, codes) = coded["period"], coded["class_code"]
    below: dict[tuple[str, ...], Mask] = {}
    used = np.flatnonzero(np.bincount(period, minlength=len(months))) if callable(toll_classes) else [0]
    named = {int(m): tuple(toll_classes(months[m].as_py()) if callable(toll_classes) else toll_classes) for m in used}
    for toll in set(named.values()):
        below[toll] = np.array([bool(toll) and code.startswith(toll) for code in codes.to_pylist()], dtype=bool)
    if not any(classes_of.any() for classes_of in below.values()):
        return None
    if len(below) == 1:
        return next(iter(below.values()))[classes]
    by_month = np.zeros((len(months), len(codes)), dtype=bool)
    for month, toll in named.items():
        by_month[month] = below[toll]
    return np.asarray(by_month[period, classes], dtype=bool)


def _is(coded: Coded, word: str) -> Mask:
    codes, words = coded
    at = [k for k, each in enumerate(words.to_pylist()) if each == word]
    if len(at) == 1:
        return np.asarray(codes == at[0], dtype=bool)
    return np.isin(codes, at)
