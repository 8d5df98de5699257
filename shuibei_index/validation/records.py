"""Accepted records: the columns of the RECORD schema, sorted by key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.errors import ShapeError
from shuibei_index.intake.schema import LATER, RECORD
from shuibei_index.validation.batch import Coded, Mask, coded
from shuibei_index.validation.classify import GRAM
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.normalise import Exact
from shuibei_index.validation.registry import Rows
from shuibei_index.validation.split import HOW, split_records
from shuibei_index.validation.words import EMPTY

#: Cells that may be empty and are then read as something; the bits of `defaulted` in this order.
DEFAULTS = ("trade_type", "stage", "amount_unit", "net_weight")
_SETS = ["/".join(name for k, name in enumerate(DEFAULTS) if bits >> k & 1) for bits in range(1 << len(DEFAULTS))]


def accepted_records(facts: Facts, rows: Rows, stage: str) -> pa.Table:
    """Return the given records (in the order given) with units, money, tax and codes settled."""
    normal, batch = facts.normalised, facts.batch
    every = rows.size == batch.size and bool((np.diff(rows) == 1).all())

    def pick(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return values if every else values[rows]

    def exact(quantity: Exact) -> pa.Array:
        return pa.array(pick(quantity.values), mask=~pick(quantity.known))

    def word(column: str, default: str | None) -> pa.Array:
        words = list(facts.codes[column])
        codes = pick(facts.words[column])
        if default is None:
            return _dictionary(np.where(codes == EMPTY, len(words), codes), [*words, ""], codes == EMPTY)
        return _dictionary(np.where(codes == EMPTY, words.index(default), codes), words, None)

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
            columns[name] = _text(column, pick(column.codes))
    columns |= _trail(facts, pick)
    columns |= _parts(facts, rows)
    # a file of a table that came without files
    columns["file"] = _filled(columns["file"])
    return pa.table([columns[name] for name in RECORD.names], schema=RECORD)


def concat_records(tables: Sequence[pa.Table]) -> pa.Table:
    """Return accepted records of several months as one table, those of older versions among them.

    Parameters
    ----------
    tables : sequence of pyarrow.Table
        Columns of `RECORD`; those of `LATER` may be missing and are then empty.

    Returns
    -------
    pyarrow.Table
        Schema `RECORD`.

    Raises
    ------
    ShapeError
        Another column is missing.
    """
    return pa.concat_tables([RECORD.empty_table(), *map(_completed, tables)])


def _completed(table: pa.Table) -> pa.Table:
    lacking = [name for name in RECORD.names if name not in table.column_names]
    wrong = [name for name in lacking if name not in LATER]
    if wrong:
        raise ShapeError(f"accepted records have no column {', '.join(wrong)}")
    for name in lacking:
        table = table.append_column(RECORD.field(name), pa.nulls(table.num_rows, RECORD.field(name).type))
    return table.select(RECORD.names).cast(RECORD)


def _trail(facts: Facts, pick: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> dict[str, pa.Array]:
    """Return the columns of `TRAIL`: cells as they were written, the rules used, the empty cells filled."""
    batch, normal = facts.batch, facts.normalised
    columns: dict[str, pa.Array] = {}
    for name in ("weight", "net_weight", "amount"):
        number = batch.number[name]
        columns[f"{name}_reported"] = pa.array(pick(number.values), mask=_mask(pick(~number.known)))
    for name in ("weight_unit", "unit_system", "fineness", "amount_unit"):
        # as written: neither full-width letters nor the spelling of a unit are made equal here
        column = coded(batch.table[name])
        columns[f"{name}_reported"] = _text(column, pick(column.codes))
    weighed = normal.weight.known | normal.net_weight.known
    rule = normal.weight_rule
    codes = rule.codes if weighed.all() else np.where(weighed, rule.codes, -1)
    columns["weight_rule"] = _text(rule, pick(codes))
    columns["fineness_rule"] = _text(facts.fineness.rule, pick(facts.fineness.rule.codes))
    columns["tax_rule"] = _text(normal.tax_rule, pick(normal.tax_rule.codes))
    columns["defaulted"] = _dictionary(pick(_defaulted(facts)), _SETS, None)
    return columns


def _parts(facts: Facts, rows: Rows) -> dict[str, pa.Array]:
    """Return the columns of `SPLIT`: the parts of each amount; empty where it could not be split."""
    split = split_records(facts, rows)
    unknown = _mask(~split.known)
    metal = _mask(split.net_mg == 0)
    columns = {"split": _dictionary(split.how, list(HOW), None)}
    for name, part in (("metal", split.metal), ("loss", split.loss), ("making", split.making), ("stone", split.stone)):
        columns[f"{name}_fen"] = pa.array(part, mask=unknown)
    return columns | {"net_mg": pa.array(split.net_mg, mask=metal), "pure_ug": pa.array(split.pure_ug, mask=metal)}


def _defaulted(facts: Facts) -> npt.NDArray[np.int8]:
    normal, net = facts.normalised, facts.batch.number["net_weight"].known
    bits = np.zeros(facts.batch.size, dtype=np.int8)
    for k, name in enumerate(DEFAULTS):
        empty = facts.words[name] == EMPTY if name in facts.words else ~net
        if name == "net_weight" and empty.any():
            # only where goods are priced by the gram does the weight stand for the net weight
            empty &= normal.weight.known & (facts.classified.unit == GRAM)
        if empty.any():
            bits |= empty.astype(np.int8) << k
    return bits


def _mask(mask: Mask) -> Mask | None:
    return mask if mask.any() else None


def _text(column: Coded, codes: npt.NDArray[Any]) -> pa.DictionaryArray:
    return _dictionary(codes, column.words, codes < 0)


def _dictionary(codes: npt.NDArray[Any], words: list[str], empty: Mask | None) -> pa.DictionaryArray:
    """Return a dictionary column that holds only words in use, in sorted order: the same for the same contents."""
    codes = codes.astype(np.int32, copy=False)
    if (
        codes.size
        and (first := int(codes[0])) >= 0
        and bool((codes == first).all())
        and not (empty is not None and empty.any())
    ):
        # most columns of a month hold one word: nothing to count or to sort
        return pa.DictionaryArray.from_arrays(
            np.zeros(codes.size, dtype=np.int32), pa.array([words[first]], pa.string())
        )
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
