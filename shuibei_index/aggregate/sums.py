"""The streaming kernel: records → sums per item and month, exact, in any order, on any engine.

`partial_sums` turns one Arrow batch into a small table of int64 sums; `merge_sums` adds such tables. Adding whole
numbers does not depend on order, so shuffled files, threads or another engine (Spark's ``mapInArrow``, Dask …) give
the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shuibei_index.errors import ShapeError, UsageError

#: What a cell of the sums is: one item (a firm's own code within a class) in one month.
KEYS = ("enterprise_id", "item_id", "class_code", "period")
#: What is summed, all int64.
SUMS = ("amount_fen", "quantity_milli", "n_records")
_CODED = (*KEYS, "trade_type", "stage")
_COLUMNS = (*_CODED, "amount_fen", "quantity_milli")
_BATCH = 1 << 20
#: Cells are added up in a grid of items × months while that has at most so many cells per row; else by sorting.
_GRID = 3

Ints = npt.NDArray[np.int64]
#: Codes of a text column and its words (an Arrow array of strings).
Coded = tuple[npt.NDArray[np.int32], pa.Array]
#: Codes of the classes fed by toll deals, the same for all months or by month.
Toll = tuple[str, ...] | Callable[[str], tuple[str, ...]]


def partial_sums(batch: pa.RecordBatch | pa.Table, *, toll_classes: Toll = (), stage: str | None = None) -> pa.Table:
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

    Returns
    -------
    Table
        `KEYS` (dictionary-coded text) and `SUMS` (int64), each item and month once, sorted by key.
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
    amount, quantity = (_int64(table.column(c)) for c in ("amount_fen", "quantity_milli"))
    if not used.all():
        coded = {name: (codes[used], words) for name, (codes, words) in coded.items()}
        amount, quantity = amount[used], quantity[used]
    return _group({k: coded[k] for k in KEYS}, [amount, quantity], None)


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
    table = pa.concat_tables(tables)
    amount, quantity, count = (_int64(table.column(c)) for c in SUMS)
    return _group({k: _codes(table.column(k), k) for k in KEYS}, [amount, quantity], count)


def stream(source: object) -> Iterator[pa.Table]:
    """Yield the records of a table, a Parquet file, a folder of them, or a list of these, a batch at a time."""
    if isinstance(source, pa.RecordBatch):
        yield pa.Table.from_batches([source])
    elif isinstance(source, pa.Table):
        yield source
    elif isinstance(source, pd.DataFrame):
        yield pa.Table.from_pandas(source, preserve_index=False)
    elif isinstance(source, str | Path):
        path = Path(source)
        files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
        if not files or not files[0].exists():
            raise UsageError(f"{path}: no such file, or a folder without *.parquet")
        for file in files:
            yield from _stream_file(file)
    elif isinstance(source, Iterable):
        for part in source:
            yield from stream(part)
    else:
        raise UsageError(f"cannot read records from {type(source).__name__}; pass a table, a path or a list of them")


def _stream_file(path: Path) -> Iterator[pa.Table]:
    with pq.ParquetFile(path, read_dictionary=list(_CODED)) as file:
        names = file.schema_arrow.names
        # the text columns come as dictionaries: masks and sums then work on small integers
        for batch in file.iter_batches(batch_size=_BATCH, columns=[c for c in _COLUMNS if c in names]):
            yield pa.Table.from_batches([batch])


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


def _in_index(coded: dict[str, Coded], toll_classes: Toll, stage: str | None) -> npt.NDArray[np.bool_]:
    # rules are applied to the few distinct words, then spread over the rows by their codes
    trade, trades = coded["trade_type"]
    used = np.where(_toll_rows(coded, toll_classes), _is(trades, "toll")[trade], _is(trades, "sale")[trade])
    if stage is not None and "stage" in coded:
        at, stages = coded["stage"]
        used &= _is(stages, stage)[at]
    return np.asarray(used, dtype=bool)


def _toll_rows(coded: dict[str, Coded], toll_classes: Toll) -> npt.NDArray[np.bool_]:
    (period, months), (classes, codes) = coded["period"], coded["class_code"]
    below: dict[tuple[str, ...], npt.NDArray[np.bool_]] = {}
    used = np.flatnonzero(np.bincount(period, minlength=len(months)))
    named = {int(m): tuple(toll_classes(months[m].as_py()) if callable(toll_classes) else toll_classes) for m in used}
    for toll in set(named.values()):
        below[toll] = np.array([bool(toll) and code.startswith(toll) for code in codes.to_pylist()], dtype=bool)
    if len(below) <= 1:
        return next(iter(below.values()), np.zeros(len(codes), dtype=bool))[classes]
    by_month = np.zeros((len(months), len(codes)), dtype=bool)
    for month, toll in named.items():
        by_month[month] = below[toll]
    return np.asarray(by_month[period, classes], dtype=bool)


def _is(words: pa.Array, word: str) -> npt.NDArray[np.bool_]:
    return np.array([w == word for w in words.to_pylist()], dtype=bool)


def _group(keys: dict[str, Coded], sums: list[Ints], count: Ints | None) -> pa.Table:
    """Add rows of the same key; `count` is the records behind each row, None = one."""
    names = KEYS[:3]
    size = [max(len(keys[name][1]), 1) for name in names]
    if math.prod(size) >= 1 << 62:
        raise UsageError("more firms × items × classes than a 62-bit key can hold; split by month")
    key = np.multiply(keys[names[0]][0], size[1], dtype=np.int64)
    key += keys[names[1]][0]
    key *= size[2]
    key += keys[names[2]][0]
    # items are few beside the rows: found first, then put in order; cells then have small numbers, item by item
    item, found = _items(key, keys[names[1]][0], size[1])
    codes = np.unravel_index(found, size)
    ordered = {name: _in_order(code, keys[name][1]) for name, code in zip(names, codes, strict=True)}
    rank = _ranks([ordered[name][0] for name in names])
    period, months = _in_order(*keys["period"])
    item = rank[item]
    # two names of one item (a word that stood twice) have one rank
    first = np.zeros(int(rank.max(initial=-1)) + 1, dtype=np.int64)
    first[rank] = np.arange(len(rank))
    grid = len(first) * len(months)
    cell = item * max(len(months), 1) + period
    distinct, totals = (_by_grid if grid <= _GRID * len(cell) else _by_sorting)(cell, sums, count, grid)
    row, code = np.divmod(distinct, max(len(months), 1))
    columns = {name: (ordered[name][0][first][row], ordered[name][1]) for name in names} | {"period": (code, months)}
    arrays = [pa.DictionaryArray.from_arrays(columns[k][0].astype(np.int32), columns[k][1]) for k in KEYS]
    return pa.table(dict(zip((*KEYS, *SUMS), [*arrays, *(pa.array(total) for total in totals)], strict=True)))


def _items(key: Ints, item_id: npt.NDArray[np.int32], words: int) -> tuple[Ints, Ints]:
    """Give each distinct key a number; return the number of each row and the key of each number."""
    last = np.full(words, -1, dtype=np.int64)
    last[item_id] = key
    if (last[item_id] == key).all():
        # each item code stands for one firm and class here: codes number the items, nothing needs hashing
        used = last >= 0
        return (np.cumsum(used) - 1)[item_id], last[used]
    number, distinct = pd.factorize(key)
    return number.astype(np.int64, copy=False), np.asarray(distinct, dtype=np.int64)


def _ranks(codes: list[npt.NDArray[np.int32]]) -> Ints:
    """Return the place of each row in the order of several columns of codes; equal rows share a place."""
    order = np.lexsort(codes[::-1])
    new = np.logical_or.reduce([np.diff(c[order], prepend=-1) != 0 for c in codes])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.cumsum(new) - 1
    return rank


def _by_grid(cell: Ints, sums: list[Ints], count: Ints | None, grid: int) -> tuple[Ints, list[Ints]]:
    def added(values: Ints) -> Ints:
        total = np.zeros(grid, dtype=np.int64)
        # whole numbers are added as such; bincount would go through doubles and lose cents above 2^53
        np.add.at(total, cell, values)
        return total

    number = np.bincount(cell, minlength=grid) if count is None else added(count)
    distinct = np.flatnonzero(number)
    totals = []
    for values in sums:
        _check_range(values, lambda size: np.asarray(np.bincount(cell, size, grid), dtype=float))
        totals.append(added(values)[distinct])
    return distinct, [*totals, number[distinct]]


def _by_sorting(cell: Ints, sums: list[Ints], count: Ints | None, grid: int) -> tuple[Ints, list[Ints]]:
    bits = max(len(cell) - 1, 1).bit_length()
    if grid < 1 << (62 - bits):
        # cell and row in one number: sorting numbers is twice as fast as sorting positions by them
        packed = np.sort((cell << bits) | np.arange(len(cell)))
        order, cell = packed & ((1 << bits) - 1), packed >> bits
    else:
        order = np.argsort(cell)
        cell = cell[order]
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    totals = []
    for values in sums:
        _check_range(values, lambda size: np.asarray(np.add.reduceat(size[order], starts), dtype=float))
        totals.append(np.add.reduceat(values[order], starts))
    number = np.diff(starts, append=len(cell)) if count is None else np.add.reduceat(count[order], starts)
    return cell[starts], [*totals, number]


def _check_range(values: Ints, summed: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]) -> None:
    """Refuse sums that 64 bits may not hold: first by a bound on all of them, then cell by cell."""
    if not len(values) or max(-float(values.min()), float(values.max())) * len(values) < 2.0**62:
        return
    largest = summed(np.abs(values.astype(np.float64))).max()
    # doubles round: what comes within a millionth of the limit is refused as well
    if largest >= 2.0**63 * (1 - 1e-6):
        raise UsageError(
            f"the records of one item and month add up to about {largest:.3g}, more than 64 bits hold; "
            f"no real turnover or quantity is so large: look for a wrong unit"
        )
