"""The streaming kernel: records → sums per item and month, exact, in any order, on any engine.

`partial_sums` turns one Arrow batch into a small table of int64 sums; `merge_sums` adds such tables. Adding whole
numbers does not depend on order, so shuffled files, threads or another engine (Spark's ``mapInArrow``, Dask …) give
the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from shuibei_index.errors import ShapeError, UsageError

#: What a cell of the sums is: one item (a firm's own code within a class) in one month.
KEYS = ("enterprise_id", "item_id", "class_code", "period")
#: What is summed, all int64.
SUMS = ("amount_fen", "quantity_milli", "n_records")
_CODED = (*KEYS, "trade_type", "stage")
_COLUMNS = (*_CODED, "amount_fen", "quantity_milli")
_BATCH = 1 << 19

Ints = npt.NDArray[np.int64]
#: Codes of a text column and its words.
Coded = tuple[npt.NDArray[np.int32], npt.NDArray[np.object_]]


def partial_sums(
    batch: pa.RecordBatch | pa.Table, *, toll_classes: tuple[str, ...] = (), stage: str | None = None
) -> pa.Table:
    """Sum the records of one batch that enter the price index, per item and month.

    Parameters
    ----------
    batch : RecordBatch or Table
        Accepted records (`intake.schema.RECORD`; further columns are not read).
    toll_classes
        Classes (with all below them) fed by toll deals; every other class is fed by sales. Trade-ins and returns
        never enter prices.
    stage
        "wholesale" or "retail": records of the other stage are left out. None = both.

    Returns
    -------
    Table
        `KEYS` (dictionary-coded text) and `SUMS` (int64), one row per item and month, in no order to rely on.
    """
    table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
    missing = [c for c in (*KEYS, "amount_fen", "quantity_milli", "trade_type") if c not in table.column_names]
    if missing:
        raise ShapeError(
            f"not a table of accepted records: no column {', '.join(missing)}. "
            f"Submissions as firms send them go through validate() first; pass its .accepted."
        )
    coded = {name: _codes(table.column(name)) for name in _CODED if name in table.column_names}
    used = _in_index(coded, toll_classes, stage)
    amount, quantity = (_int64(table.column(c)) for c in ("amount_fen", "quantity_milli"))
    if not used.all():
        coded = {name: (codes[used], words) for name, (codes, words) in coded.items()}
        amount, quantity = amount[used], quantity[used]
    return _group({k: coded[k] for k in KEYS}, [amount, quantity, np.ones(len(amount), dtype=np.int64)])


def merge_sums(partials: Iterable[pa.Table]) -> pa.Table:
    """Add partial sums of any origin; the order does not matter.

    Returns
    -------
    Table
        As `partial_sums`, each item and month once, sorted by key.
    """
    tables = list(partials)
    if not tables:
        raise UsageError("no partial sums to merge")
    table = pa.concat_tables(tables)
    return _group({k: _in_order(*_codes(table.column(k))) for k in KEYS}, [_int64(table.column(c)) for c in SUMS])


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


def _codes(column: pa.ChunkedArray) -> Coded:
    """Return the integer codes and words of a text column."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries()
    if column.null_count:
        raise ShapeError("accepted records never have an empty key, trade type or stage")
    if column.num_chunks == 0:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=object)
    words = column.chunk(0).dictionary.to_pandas().to_numpy(dtype=object)
    codes = np.concatenate([chunk.indices.to_numpy(zero_copy_only=False) for chunk in column.chunks])
    return codes.astype(np.int32, copy=False), words


def _in_order(codes: npt.NDArray[np.int32], words: npt.NDArray[np.object_]) -> Coded:
    """Return codes in the order of their words; a word that stands twice in a dictionary gets one code."""
    distinct, place = np.unique(words.astype(str), return_inverse=True)
    return place.astype(np.int32)[codes], distinct.astype(object)


def _int64(column: pa.ChunkedArray) -> Ints:
    if not pa.types.is_integer(column.type):
        raise ShapeError(f"money and quantities are int64 (fen, thousandths), not {column.type}")
    if column.null_count:
        raise ShapeError(f"{column.null_count} records without an amount or a quantity; accepted records have both")
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _in_index(coded: dict[str, Coded], toll_classes: tuple[str, ...], stage: str | None) -> npt.NDArray[np.bool_]:
    # rules are applied to the few distinct words, then spread over the rows by their codes
    trade, trades = coded["trade_type"]
    classes, codes = coded["class_code"]
    toll = np.array([str(c).startswith(toll_classes) if toll_classes else False for c in codes], dtype=bool)
    used = np.where(toll[classes], (trades == "toll")[trade], (trades == "sale")[trade])
    if stage is not None and "stage" in coded:
        at, stages = coded["stage"]
        used &= (stages == stage)[at]
    return np.asarray(used, dtype=bool)


def _group(keys: dict[str, Coded], sums: list[Ints]) -> pa.Table:
    n = len(sums[0])
    combined = np.zeros(n, dtype=np.int64)
    size = 1
    for codes, words in keys.values():
        size *= max(len(words), 1)
        if size >= 1 << 62:
            raise UsageError("more firms × items × classes × months than a 62-bit key can hold; split by month")
        combined *= max(len(words), 1)
        combined += codes
    # sorting once and adding runs beats hashing here (measured: benchmarks/bench_index.py)
    order = np.argsort(combined)
    combined = combined[order]
    starts = np.flatnonzero(np.diff(combined, prepend=-1))
    totals = []
    for values in sums:
        _check_range(values)
        # whole numbers are added as such; bincount would go through doubles and lose cents above 2^53
        totals.append(np.add.reduceat(values[order], starts) if n else values)
    distinct = combined[starts]
    columns: dict[str, pa.Array] = {}
    rest = distinct
    for name, (_, words) in reversed(keys.items()):
        rest, code = np.divmod(rest, max(len(words), 1))
        columns[name] = pa.DictionaryArray.from_arrays(code.astype(np.int32), pa.array(words, pa.string()))
    ordered = {name: columns[name] for name in keys}
    return pa.table(ordered | {name: pa.array(total) for name, total in zip(SUMS, totals, strict=True)})


def _check_range(values: Ints) -> None:
    if len(values) and float(np.abs(values).max()) * len(values) >= 2.0**63:
        raise UsageError(
            f"{len(values)} values of up to {int(np.abs(values).max())} may add up to more than 64 bits hold; "
            f"pass them in smaller batches"
        )
