"""Sales as items are remembered by: those of a batch, and those accepted before."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index import months
from shuibei_index.intake.schema import LATER, RECORD
from shuibei_index.validation.batch import Coded, coded
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.fineness import STATED
from shuibei_index.validation.registry import Rows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Seen:
    """Sales as far as items are remembered; NaN, and 0 ‰, are not known.

    `least` is the quantity behind the price, in pricing units: a price is known to half a fen over that.
    """

    item: Ints
    month: Ints
    klass: Ints
    permille: Floats
    pieces: Floats
    grams: Floats
    price: Floats
    least: Floats

    def take(self, rows: npt.NDArray[Any]) -> Seen:
        """Return some of the sales."""
        return Seen(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def sales_before(facts: Facts, history: pa.Table | pd.DataFrame | None, own: Seen) -> Seen:
    """Return what is remembered: history, and the batch's own sales of months without history but the last."""
    before = _of_history(facts, history)
    settled = np.unique(before.month) if before is not None else np.empty(0, dtype=np.int64)
    last = int(own.month.max()) if own.month.size else 0
    earlier = own.take((own.month < last) & ~np.isin(own.month, settled))
    if before is None:
        return earlier
    before = before.take((before.item >= 0) & (before.month < last))
    return Seen(**{f.name: np.concatenate([getattr(s, f.name) for s in (before, earlier)]) for f in fields(Seen)})


def sales_of_batch(facts: Facts, rows: Rows) -> Seen:
    """Return some sales of the batch."""
    firm, item = (facts.batch.text[name].codes[rows].astype(np.int64) for name in ("enterprise_id", "item_id"))
    classified = facts.classified
    number = facts.batch.number["pieces"]
    pieces = _ratio(np.where(number.known, number.values, 0.0)[rows], np.ones(rows.size))
    stated = facts.fineness.status[rows] == STATED
    return Seen(
        np.where((firm >= 0) & (item >= 0), firm * len(facts.batch.text["item_id"].words) + item, -1),
        classified.reported_month[rows].astype(np.int64),
        (classified.cell[rows] % (len(classified.classes) + 1)).astype(np.int64),
        np.where(stated, facts.fineness.permille[rows], 0.0),
        pieces,
        _ratio(facts.net_mg[rows] / 1000.0, pieces),
        facts.price[rows],
        np.where(facts.priced[rows], facts.normalised.quantity[rows] / 1000.0, np.nan),
    )


def _of_history(facts: Facts, history: pa.Table | pd.DataFrame | None) -> Seen | None:
    if history is None or not len(history):
        return None
    table = pa.Table.from_pandas(history, preserve_index=False) if isinstance(history, pd.DataFrame) else history
    full = set(RECORD.names) - set(LATER) <= set(table.column_names)
    if full:
        table = table.filter(pc.fill_null(pc.equal(table["trade_type"].cast(pa.string()), "sale"), False))
    words = {name: coded(table[name]) for name in ("enterprise_id", "item_id", "class_code", "period")}
    firm, item = (_placed(words[name], facts.batch.text[name].words) for name in ("enterprise_id", "item_id"))
    n, classes = table.num_rows, facts.classified.classes
    klass = _placed(words["class_code"], classes)
    month = words["period"].lookup(lambda word: months.ordinal(str(word)), -1, np.int64)[words["period"].codes]
    item = np.where((firm >= 0) & (item >= 0), firm * len(facts.batch.text["item_id"].words) + item, -1)
    klass = np.where(klass >= 0, klass, len(classes))
    nothing = np.full(n, np.nan)
    if not full:
        price = _floats(table, "price") if "price" in table.column_names else nothing
        return Seen(item, month, klass, np.zeros(n), nothing, nothing, price, np.ones(n))
    net, gross, quantity = (_floats(table, name) for name in ("net_weight_mg", "weight_mg", "quantity_milli"))
    return Seen(
        item,
        month,
        klass,
        np.nan_to_num(_floats(table, "fineness")),
        _floats(table, "pieces"),
        _ratio(np.where(net > 0, net, gross) / 1000.0, _floats(table, "pieces")),
        _ratio(10.0 * _floats(table, "amount_fen"), quantity),
        np.where(quantity > 0, quantity / 1000.0, np.nan),
    )


def _placed(column: Coded, words: list[str]) -> Ints:
    place = {word: at for at, word in enumerate(words)}
    return np.asarray(column.lookup(lambda word: place.get(str(word), -1), -1, np.int64)[column.codes])


def _floats(table: pa.Table, name: str) -> Floats:
    values = table[name].cast(pa.float64()).to_numpy()
    return np.asarray(values, dtype=np.float64)


def _ratio(part: Floats, of: Floats) -> Floats:
    good = (part > 0) & (of > 0)
    return np.where(good, part / np.where(good, of, 1.0), np.nan)
