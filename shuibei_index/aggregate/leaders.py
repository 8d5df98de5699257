"""The two largest firms of each class and month: how much of the turnover they have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from shuibei_index.aggregate.sums import in_word_order


def leaders(sums: pa.Table) -> pa.Table:
    """Return the turnover share of the two largest firms by month and class.

    Parameters
    ----------
    sums : Table
        Merged sums (`aggregate.sums.merge_sums`).

    Returns
    -------
    Table
        period, class_code (sorted), n_enterprises, amount_fen (int64, all firms), largest_fen, second_fen (0 where
        there is one firm), share (of the two; null where the turnover is not above 0). Firms are not named.

    Notes
    -----
    A firm's turnover in a class and month is the exact sum over its items. The p% and dominance rules of disclosure
    control look at these figures.
    """
    if not len(sums):
        return pa.table({name: pa.array([], kind) for name, kind in _SCHEMA.items()})
    coded = [in_word_order(sums.column(name), name) for name in ("period", "class_code", "enterprise_id")]
    (month, months), (leaf, leaves), (firm, firms) = coded
    cell = month.astype(np.int64) * len(leaves) + leaf
    pair, fen = _added(cell * len(firms) + firm, sums.column("amount_fen").to_numpy())
    cell = pair // len(firms)
    # within a cell by turnover: the largest two stand at the end
    order = np.lexsort((fen, cell))
    cell, fen = cell[order], fen[order]
    last = np.flatnonzero(np.diff(cell, append=-1))
    count = np.diff(last, prepend=-1)
    second = np.where(count > 1, fen[np.maximum(last - 1, 0)], 0)
    total = np.add.reduceat(fen, last - count + 1)
    sold = total > 0
    share = np.zeros(len(total))
    np.divide((fen[last] + second).astype(np.float64), total, out=share, where=sold)
    columns = [
        pa.DictionaryArray.from_arrays((cell[last] // len(leaves)).astype(np.int32), months).cast(pa.string()),
        pa.DictionaryArray.from_arrays((cell[last] % len(leaves)).astype(np.int32), leaves).cast(pa.string()),
        *(pa.array(values.astype(np.int64)) for values in (count, total, fen[last], second)),
        pa.array(share, mask=~sold),
    ]
    return pa.table(dict(zip(_SCHEMA, columns, strict=True)))


_SCHEMA: dict[str, Any] = {
    "period": pa.string(),
    "class_code": pa.string(),
    "n_enterprises": pa.int64(),
    "amount_fen": pa.int64(),
    "largest_fen": pa.int64(),
    "second_fen": pa.int64(),
    "share": pa.float64(),
}


def _added(keys: Any, values: Any) -> tuple[Any, Any]:
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    return keys[starts], np.add.reduceat(values[order], starts)
