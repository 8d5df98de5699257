"""The streaming kernel: records → sums per item and month, exact, in any order, on any engine.

`partial_sums` turns one Arrow batch into a small table of int64 sums; `merge_sums` adds such tables. Adding whole
numbers does not depend on order, so shuffled files, threads or another engine (Spark's ``mapInArrow``, Dask …) give
the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.aggregate.adding import by_grid, by_sorting
from shuibei_index.aggregate.parts import PARTS, is_split, part_columns
from shuibei_index.errors import ShapeError, UsageError

#: What a cell of the sums is: one item (a firm's own code within a class) in one month.
KEYS = ("enterprise_id", "item_id", "class_code", "period")
#: What is summed, all int64.
SUMS = ("amount_fen", "quantity_milli", "n_records")
_CODED = (*KEYS, "trade_type", "stage")
#: What is read of a record.
COLUMNS = (*_CODED, "amount_fen", "quantity_milli")
#: Partial sums are merged when so many of their rows wait (about 40 bytes each).
_WAITING = 1 << 20
#: Cells are added up in a grid of items × months while that has at most so many cells per row; else by sorting.
_GRID = 3

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
#: Codes of a text column and its words (an Arrow array of strings).
Coded = tuple[npt.NDArray[np.int32], pa.Array]
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
    sums = {name: _int64(table.column(name)) for name in SUMS[:2]}
    if parts and is_split(table):
        sums |= part_columns(table)
    return _group({k: coded[k] for k in KEYS}, sums, None, None if used.all() else used)


def merge_sums(partials: Iterable[pa.Table]) -> pa.Table:
    """Add partial sums of any origin; the order does not matter.

    Returns
    -------
    Table
        As `partial_sums`.
    """
    tables = list(partials)
    if not tables:
        raise UsageError("no partial sums to merge")
    # records of files that were not split have no parts: they count as 0
    table = pa.concat_tables(tables, promote_options="default" if len({t.num_columns for t in tables}) > 1 else "none")
    sums = {name: _int64(table.column(name)) for name in SUMS[:2]}
    for name in PARTS if PARTS[0] in table.column_names else ():
        column = table.column(name)
        sums[name] = _int64(column.fill_null(0) if column.null_count else column)
    return _group({k: _codes(table.column(k), k) for k in KEYS}, sums, _int64(table.column(SUMS[2])), None)


def add_up(partials: Iterable[pa.Table]) -> pa.Table:
    """Add any number of partial sums as they come in, in memory bounded by the sums themselves.

    Raises
    ------
    UsageError
        There are none.
    """
    parts: list[pa.Table] = []
    merged = 0
    for part in partials:
        parts.append(part)
        # merge when the waiting parts outgrow what is merged: each sum is then moved only a few times
        if sum(len(p) for p in parts) > merged + max(_WAITING, merged):
            parts = [merge_sums(parts)]
            merged = len(parts[0])
    if not parts:
        raise UsageError("no records to add up")
    return parts[0] if len(parts) == 1 else merge_sums(parts)


def in_word_order(column: pa.ChunkedArray, name: str) -> Coded:
    """Return the codes of a text column in the order of its words, without unused ones."""
    return _in_order(*_codes(column, name))


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


def _in_order(codes: npt.NDArray[np.integer], words: pa.Array) -> Coded:
    """Return codes in the order of their words, without unused ones; a word that stands twice gets one code."""
    used = np.flatnonzero(np.bincount(codes, minlength=len(words)))
    same = words.take(pa.array(used)).dictionary_encode()
    order = pc.sort_indices(same.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    place = np.zeros(len(words), dtype=np.int32)
    place[used] = rank[same.indices.to_numpy()]
    return place[codes], same.dictionary.take(pa.array(order))


def _int64(column: pa.ChunkedArray) -> Ints:
    if not pa.types.is_integer(column.type):
        raise ShapeError(f"money and quantities are int64 (fen, thousandths), not {column.type}")
    if column.null_count:
        raise ShapeError(f"{column.null_count} records without an amount or a quantity; accepted records have both")
    try:
        whole = column.cast(pa.int64())
        return np.asarray(whole.chunk(0).to_numpy() if whole.num_chunks == 1 else whole.to_numpy(), dtype=np.int64)
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


def _group(keys: dict[str, Coded], columns: dict[str, Ints], count: Ints | None, used: Mask | None) -> pa.Table:
    """Add rows of the same key; `count` is the records behind each row (None = one), `used` the rows to add."""
    names, sums = KEYS[:3], list(columns.values())
    keys = {name: _each_once(*coded) for name, coded in keys.items()}
    item, codes = _items([keys[name] for name in names])
    month, months = keys["period"]
    spans, grid = max(len(months), 1), len(codes[0]) * max(len(months), 1)
    if grid > _GRID * len(item) and used is not None:
        item, month, sums = item[used], month[used], [values[used] for values in sums]
        used = None
    # items are few beside the rows: they are numbered in order of their names first, and the cells come out in order
    found = np.flatnonzero(np.bincount(item if used is None else item[used], minlength=len(codes[0])))
    ordered = {name: _in_order(code[found], keys[name][1]) for name, code in zip(names, codes, strict=True)}
    by_name = np.argsort(_ranks([ordered[name][0] for name in names]))
    place = np.zeros(len(codes[0]), dtype=np.int64)
    place[found[by_name]] = np.arange(len(found))
    in_use = np.flatnonzero(np.bincount(month if used is None else month[used], minlength=len(months)))
    at = np.zeros(max(len(months), 1), dtype=np.int32)
    at[in_use], months = _in_order(in_use, months)
    spans, month = max(len(months), 1), at[month]
    cell = place[item]
    if spans > 1:
        cell *= spans
        cell += month
    grid = len(found) * spans
    if used is not None:
        # rows that are not added go to a cell behind the last: cheaper than taking all columns apart
        cell[~used] = grid
    distinct, totals = (by_grid if grid <= _GRID * len(cell) else by_sorting)(cell, sums, count, grid)
    item, month = np.divmod(distinct, spans)
    item = by_name[item]
    coded = {name: (ordered[name][0][item], ordered[name][1]) for name in names} | {"period": (month, months)}
    arrays = {k: pa.DictionaryArray.from_arrays(coded[k][0].astype(np.int32), coded[k][1]) for k in KEYS}
    added = {name: pa.array(total) for name, total in zip([*columns, SUMS[2]], totals, strict=True)}
    return pa.table(arrays | {name: added[name] for name in (*SUMS, *columns)})


def _each_once(codes: npt.NDArray[np.int32], words: pa.Array) -> Coded:
    """Return the column with every word once: one that stands twice gets one code."""
    same = words.dictionary_encode()
    if len(same.dictionary) == len(words):
        return codes, words
    return same.indices.to_numpy()[codes], same.dictionary


def _items(keys: list[Coded]) -> tuple[npt.NDArray[np.integer], list[npt.NDArray[np.integer]]]:
    """Return the number of each row's item and, for each number, its codes in the three columns."""
    (firm, firms), (code, words), (leaf, leaves) = keys
    size = (len(firms), len(words), len(leaves))
    if math.prod(max(n, 1) for n in size) >= 1 << 62:
        raise UsageError("more firms × items × classes than a 62-bit key can hold; split by month")
    small = size[0] * size[2] < 1 << 31
    pair = np.multiply(firm, size[2], dtype=np.int32 if small else np.int64)
    pair += leaf
    last = np.full(max(len(words), 1), -1, dtype=pair.dtype)
    last[code] = pair
    if (last[code] == pair).all():
        # each item code stands for one firm and class here: codes number the items, nothing needs hashing
        known = np.maximum(last, 0)
        return code, [known // max(size[2], 1), np.arange(len(known)), known % max(size[2], 1)]
    key = pair.astype(np.int64) * size[1] + code
    number, distinct = pd.factorize(key)
    pairs, codes = np.divmod(np.asarray(distinct, dtype=np.int64), size[1])
    return number, [pairs // size[2], codes, pairs % size[2]]


def _ranks(codes: list[npt.NDArray[np.int32]]) -> Ints:
    """Return the place of each row in the order of several columns of codes; equal rows share a place."""
    order = np.lexsort(codes[::-1])
    new = np.logical_or.reduce([np.diff(c[order], prepend=-1) != 0 for c in codes])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.cumsum(new) - 1
    return rank
