"""Accepted records of earlier months as lines, and which of their items are those of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index import months
from shuibei_index.index.hierarchy import Hierarchy
from shuibei_index.index.tree import METALS, UNITS
from shuibei_index.metal_prices import month_prices, price_table
from shuibei_index.rules import Rules, RulesAt
from shuibei_index.validation.batch import dense
from shuibei_index.validation.classify import CARAT
from shuibei_index.validation.edits.lines import NO_BASIS, OTHER, SALE, TOLL, Floats, Ints, Lines, Mask, days_of
from shuibei_index.validation.facts import Facts

_BASES = ("per_gram", "per_piece", "percent")
KEYS = ("enterprise_id", "item_id", "class_code")


@dataclass(frozen=True)
class Classes:
    """Codes of classes with their metal and unit; one more of each for "none of them"."""

    codes: list[str]
    metal: npt.NDArray[np.int8]
    unit: npt.NDArray[np.int8]

    @classmethod
    def of_batch(cls, facts: Facts) -> Classes:
        """Return those of a batch."""
        at = facts.classified
        width = len(at.classes) + 1
        return cls(
            at.classes, at.metal_of_cell.reshape(-1, width).max(axis=0), at.unit_of_cell.reshape(-1, width).max(axis=0)
        )

    @classmethod
    def packaged(cls, years: Sequence[str]) -> Classes:
        """Return those of the packaged trees of some years."""
        known: dict[str, tuple[int, int]] = {}
        for year in years:
            frame = Hierarchy.load(year).frame
            for code, metal, unit in frame[["class_code", "metal", "unit"]].to_numpy().tolist():
                known[code] = (METALS.index(metal) if metal else -1, UNITS.index(unit) if unit else -1)
        pairs = np.array([*known.values(), (-1, -1)], dtype=np.int8)
        return cls(list(known), pairs[:, 0], pairs[:, 1])


def lines_of_records(
    records: pa.Table,
    metal_prices: pd.DataFrame | None,
    rules: Rules | RulesAt,
    known: Classes | None = None,
    firms: Sequence[str] = (),
) -> Lines:
    """Return accepted records as lines; firms and classes not among those known are −1 and the last; items are −1."""
    period = records["period"].to_pandas().astype(str)
    if known is None:
        known = Classes.packaged(sorted({p[:4] for p in period.unique()}))
    metals, units = known.metal, known.unit
    classes = {code: k for k, code in enumerate(known.codes)}
    klass = _coded(records["class_code"], classes, len(classes))
    metal = metals[klass].astype(np.int8)
    month = period.map({p: months.ordinal(p) for p in period.unique()}).to_numpy(np.int64)
    vat = _vat(period, rules)
    incl = _coded(records["tax_basis"], {"incl": 1}, 0) == 1
    bases = {name: k for k, name in enumerate(_BASES)}
    grams = _floats(records["net_weight_mg"]) / 1000.0
    gross = _floats(records["weight_mg"]) / 1000.0
    quantity = _floats(records["quantity_milli"]) / 1000.0
    return Lines(
        month=month,
        day=days_of(records["deal_time"]),
        firm=_coded(records["enterprise_id"], {word: k for k, word in enumerate(firms)}, -1),
        item=np.full(len(month), -1, dtype=np.int64),
        klass=klass,
        trade=_coded(records["trade_type"], {"sale": SALE, "toll": TOLL}, OTHER).astype(np.int8),
        metal=metal,
        unit=units[klass].astype(np.int8),
        grams=np.where(grams > 0, grams, np.where(gross > 0, gross, np.nan)),
        gross=np.where(gross > 0, gross, np.nan),
        carats=np.where(units[klass] == CARAT, quantity, _floats(records["stone_carat"])),
        pieces=np.where(_floats(records["pieces"]) > 0, _floats(records["pieces"]), np.nan),
        quantity=np.where(quantity > 0, quantity, np.nan),
        fineness=np.where(metal >= 0, _floats(records["fineness"]) / 1000.0, 0.0),
        loss=np.nan_to_num(_floats(records["loss_rate"])) / 100.0,
        price=_floats(records["metal_price"]),
        charge=_floats(records["making_charge"]),
        basis=_coded(records["charge_basis"], bases, NO_BASIS).astype(np.int8),
        stone=_floats(records["stone_amount_fen"]) / 100.0,
        amount=_floats(records["amount_reported_fen"]) / 100.0,
        incl=incl,
        vat=vat,
        benchmark=_benchmark(metal_prices, rules, period, metal, incl, vat),
    )


def lines_of_prices(panel: pd.DataFrame, tax_basis: str, rules: Rules | RulesAt) -> Lines:
    """Return item-months of which only a price is known as lines of one unit."""
    n = len(panel)
    none, nothing = np.full(n, np.nan), np.full(n, -1, dtype=np.int64)
    period = panel["period"].astype(str)
    small = np.full(n, -1, dtype=np.int8)
    return Lines(
        month=period.map({p: months.ordinal(p) for p in period.unique()}).to_numpy(np.int64),
        day=nothing,
        firm=nothing,
        item=nothing,
        klass=nothing,
        trade=np.full(n, SALE, dtype=np.int8),
        metal=small,
        unit=small,
        grams=none,
        gross=none,
        carats=none,
        pieces=none,
        quantity=np.ones(n),
        fineness=none,
        loss=np.zeros(n),
        price=none,
        charge=none,
        basis=np.full(n, NO_BASIS, dtype=np.int8),
        stone=none,
        amount=panel["price"].to_numpy(np.float64),
        incl=np.full(n, tax_basis == "incl"),
        vat=_vat(period, rules),
        benchmark=none,
    )


def item_codes(facts: Facts, keys: pd.DataFrame | None) -> tuple[Ints, Ints, int]:
    """Return the items' codes of the batch, those of earlier records (−1 = not in the batch), and their number."""
    text = facts.batch.text
    columns = KEYS
    # a cell that is empty is a word of its own: nothing is compared with it, its class is unknown
    key = text[columns[0]].codes.astype(np.int64)
    for column in columns[1:]:
        key = key * (len(text[column].words) + 1) + text[column].codes
    distinct, code = dense(key)
    if keys is None:
        return code, np.empty(0, dtype=np.int64), distinct.size
    before, known = np.zeros(len(keys), dtype=np.int64), np.ones(len(keys), dtype=bool)
    for column in columns:
        words = text[column].words
        place = pd.Index(words).get_indexer(pd.Index(keys[column]))
        known &= place >= 0
        before = before * (1 if column == columns[0] else len(words) + 1) + place
    where = np.minimum(np.searchsorted(distinct, before), max(distinct.size - 1, 0))
    known &= (distinct[where] == before) if distinct.size else False
    return code, np.where(known, where, -1), distinct.size


def _vat(period: pd.Series, rules: Rules | RulesAt) -> Floats:
    return period.map({p: 1 + float(rules.at(p)["vat_rate"]) / 100 for p in period.unique()}).to_numpy(np.float64)


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy())


def _coded(column: pa.ChunkedArray, codes: dict[str, int], other: int) -> Ints:
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries().combine_chunks()
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    if not chunks:
        return np.empty(0, dtype=np.int64)
    table = np.array([*[codes.get(word, other) for word in chunks[0].dictionary.to_pylist()], other], dtype=np.int64)
    indices = pc.fill_null(chunks[0].indices, -1).to_numpy(zero_copy_only=False)
    return np.asarray(table[indices], dtype=np.int64)


def _benchmark(
    metal_prices: pd.DataFrame | None,
    rules: Rules | RulesAt,
    period: pd.Series,
    metal: npt.NDArray[np.int8],
    incl: Mask,
    vat: Floats,
) -> Floats:
    if metal_prices is None or not len(metal_prices):
        return np.full(len(period), np.nan)
    table = (
        month_prices(price_table(metal_prices))
        .drop_duplicates(["period", "metal"])
        .set_index(["period", "metal"])["cny_per_gram"]
    )
    names = np.array([*METALS, ""], dtype=object)[metal]
    found = table.reindex(pd.MultiIndex.from_arrays([period, names])).to_numpy(np.float64)
    stated = period.map({p: rules.at(p)["benchmark_tax_basis"] == "incl" for p in period.unique()}).to_numpy(bool)
    return np.where(stated == incl, found, np.where(incl, found * vat, found / vat))
