"""Accepted records: the columns of the RECORD schema, sorted by key."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.intake.schema import RECORD
from shuibei_index.validation.batch import Coded, Mask
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.normalise import Exact
from shuibei_index.validation.registry import Rows
from shuibei_index.validation.words import EMPTY


def accepted_records(facts: Facts, rows: Rows, stage: str) -> pa.Table:
    """Return the given records (in the order given) with units, money, tax and codes settled."""
    normal, batch = facts.normalised, facts.batch
    every = rows.size == batch.size and bool((np.diff(rows) == 1).all())

    def pick(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return values if every else values[rows]

    def exact(quantity: Exact) -> pa.Array:
        return pa.array(pick(quantity.values), mask=~pick(quantity.known))

    def word(column: str, default: str | None) -> pa.Array:
        words = [*facts.codes[column], default or ""]
        codes = pick(facts.words[column])
        last = len(words) - 1
        return _dictionary(np.where(codes == EMPTY, last, codes), words, (codes == EMPTY) if default is None else None)

    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "line_no": pa.array(pick(batch.line_no)),
        "deal_time": facts.deal_time if every else facts.deal_time.take(pa.array(rows)),
        "trade_type": word("trade_type", "sale"),
        "stage": word("stage", stage),
        "weight_mg": exact(normal.weight),
        "net_weight_mg": exact(normal.net_weight),
        "quantity_milli": pa.array(pick(normal.quantity)),
        "fineness": pa.array(pick(facts.fineness.permille), mask=pick(facts.fineness.permille <= 0)),
        "tax_basis": word("tax_basis", None),
        "amount_reported_fen": pa.array(pick(normal.reported.values)),
        "amount_fen": pa.array(pick(normal.amount)),
        "stone_amount_fen": exact(normal.stone),
        "charge_basis": word("charge_basis", None),
        "receipt": pa.array(pick(batch.receipt)),
        "row": pa.array(pick(batch.row)),
    }
    number = batch.number
    for name in ("metal_price", "making_charge", "loss_rate", "stone_carat"):
        columns[name] = pa.array(pick(number[name].values), mask=~pick(number[name].known))
    columns["pieces"] = pa.array(pick(number["pieces"].values).astype(np.int64), mask=~pick(number["pieces"].known))
    for name, column in batch.text.items():
        if name in RECORD.names and name not in columns:
            columns[name] = _coded(column, pick(column.codes))
    # a file of a table that came without files
    columns["file"] = _filled(columns["file"])
    return pa.table([columns[name] for name in RECORD.names], schema=RECORD)


def _coded(column: Coded, codes: npt.NDArray[Any]) -> pa.DictionaryArray:
    return _dictionary(codes, column.words, codes < 0)


def _dictionary(codes: npt.NDArray[Any], words: list[str], empty: Mask | None) -> pa.DictionaryArray:
    """Return a dictionary column that holds only words in use, in sorted order: the same for the same contents."""
    codes = codes.astype(np.int32)
    used = codes if empty is None or not empty.any() else codes[~empty]
    present = np.flatnonzero(np.bincount(used, minlength=len(words))) if used.size else np.empty(0, dtype=np.int64)
    kept = [words[k] for k in present.tolist()]
    order = np.array(sorted(range(len(kept)), key=kept.__getitem__), dtype=np.int64)
    if len(kept) != len(words) or not (order == np.arange(order.size)).all():
        place = np.zeros(len(words) + 1, dtype=np.int32)
        place[present[order]] = np.arange(order.size)
        codes, kept = place[codes], [kept[k] for k in order.tolist()]
    indices = pa.array(codes, pa.int32(), mask=empty if empty is not None and empty.any() else None)
    return pa.DictionaryArray.from_arrays(indices, pa.array(kept, pa.string()))


def _filled(column: pa.DictionaryArray) -> pa.DictionaryArray:
    if not column.null_count:
        return column
    return pc.fill_null(column.cast(pa.string()), "").dictionary_encode()
