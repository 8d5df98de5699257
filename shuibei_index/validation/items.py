"""What an item was in the months before: its class, its fineness, the weight of a piece, its price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index import months
from shuibei_index.index.tree import METALS, UNITS
from shuibei_index.metal_prices import month_prices
from shuibei_index.validation.batch import Mask
from shuibei_index.validation.classify import GRAM, LEAF
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.registry import Rows, numbers
from shuibei_index.validation.seen import Seen, sales_before, sales_of_batch

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: Ids of the checks of this module, in the order in which they are made.
ITEM_CHECKS = ("item_class_changed", "item_fineness_changed", "item_weight_changed", "price_unmoved")
_FEN = 0.01
_MONTHS = 1 << 16


@dataclass(frozen=True)
class Objection:
    """Records one check objects to: those to be asked about, those only noted, and what is said of each."""

    rule: str
    column: str
    asked: Rows
    noted: Rows
    told: dict[str, npt.NDArray[Any]]


def item_objections(
    facts: Facts, history: pa.Table | pd.DataFrame | None, fate: npt.NDArray[np.uint8]
) -> Iterator[Objection]:
    """Find items that are not what they were when last accepted, and prices left as they were while the metal moved.

    Parameters
    ----------
    facts : Facts
    history : pyarrow.Table, DataFrame or None
        As in `validate`: accepted records of earlier months, or only the prices of their items.
    fate : ndarray of uint8
        0 = the record stands so far. Only what stands is judged, and is a past for the months that follow; a month
        that has history is remembered as that says.

    Yields
    ------
    Objection
        Compared with the last month before in which the item was accepted, at most rule `price_jump_months` back.
    """
    now = np.flatnonzero((fate == 0) & facts.sale & facts.in_tree)
    own = sales_of_batch(facts, now)
    known = own.item >= 0
    now, own = now[known], own.take(known)
    before = sales_before(facts, history, own)
    if not before.item.size or not now.size:
        return
    compared = _Compared(facts, now, own, before)
    if compared.has.any():
        yield from compared.objections()


class _Compared:
    """Sales beside the last month before in which their item was sold."""

    def __init__(self, facts: Facts, rows: Rows, own: Seen, before: Seen) -> None:
        self.facts, self.rows, self.own, self.before = facts, rows, own, before
        pairs, at = np.unique(before.item * _MONTHS + before.month, return_inverse=True)
        self.group = at
        place = np.searchsorted(pairs, own.item * _MONTHS + own.month) - 1
        found = pairs[np.maximum(place, 0)]
        oldest = facts.classified.per_month(lambda rules: int(rules["price_jump_months"]))[rows]
        self.month = found % _MONTHS
        self.has = (place >= 0) & (found // _MONTHS == own.item) & (own.month - self.month <= oldest)
        self.place = np.maximum(place, 0)
        self.size = pairs.size
        self.first = np.zeros(pairs.size, dtype=np.int64)
        self.first[at[::-1]] = np.arange(at.size)[::-1]

    def objections(self) -> Iterator[Objection]:
        """Give what each check objects to."""
        klass = self.klass_changed()
        yield self.said("item_class_changed", "class_code", klass, self.klass_words)
        fineness = ~klass & self.fineness_changed()
        yield self.said("item_fineness_changed", "fineness", fineness, self.fineness_words)
        noted, asked = self.weight_changed()
        noted, asked = noted & ~klass, asked & ~klass
        yield self.said("item_weight_changed", "weight", noted, self.weight_words, asked)
        unmoved = ~klass & self.unmoved()
        asked = self.facts.classified.unit[self.rows] == GRAM
        yield self.said("price_unmoved", "amount", unmoved, self.price_words, asked)

    def said(self, rule: str, column: str, mask: Mask, words: Any, asked: Mask | None = None) -> Objection:
        """Return an objection with its words; all are asked about, or those of `asked`."""
        at = np.flatnonzero(mask)
        month = np.array([months.label(m) for m in self.month[at].tolist()], dtype=np.str_)
        told = {"month": month, **words(at)} if at.size else {}
        chosen = np.ones(at.size, dtype=bool) if asked is None else asked[at]
        table = {name: _spread(text, self.rows[at], self.facts.batch.size) for name, text in told.items()}
        return Objection(rule, column, self.rows[at[chosen]], self.rows[at[~chosen]], table)

    def changed(self, key: str) -> Floats:
        """Return one number of the rule item_changed for each sale, by its month."""
        values = self.facts.classified.per_month(lambda rules: float(rules["item_changed"][key]), 0.0)
        return np.asarray(values[self.rows], dtype=np.float64)

    def stood_still(self, key: str) -> Floats:
        """Return one number of the rule price_unmoved for each sale, by its month."""
        values = self.facts.classified.per_month(lambda rules: float(rules["price_unmoved"][key]), 0.0)
        return np.asarray(values[self.rows], dtype=np.float64)

    def klass_changed(self) -> Mask:
        """Find items in a class none of their sales was in, where that class is still in force."""
        classes = len(self.facts.classified.classes)
        width = int(max(self.before.klass.max(), classes)) + 1
        new = self.has & ~np.isin(self.place * width + self.own.klass, self.group * width + self.before.klass)
        old = self.before.klass[self.first[self.place]]
        cell = self.facts.classified.month[self.rows] * (classes + 1) + np.minimum(old, classes)
        # a class that was split or given up is left by everyone
        return np.asarray(new & (old < classes) & (self.facts.classified.status_of_cell[cell] == LEAF))

    def klass_words(self, at: Ints) -> dict[str, npt.NDArray[Any]]:
        """Return both classes with their names."""
        classified = self.facts.classified
        names = np.array([f"{c} {n}" for c, n in zip(classified.classes, classified.names_zh, strict=True)], np.str_)
        before, now = names[self.before.klass[self.first[self.place[at]]]], names[self.own.klass[at]]
        return {"before": before, "now": now, "expected": before}

    def fineness_changed(self) -> Mask:
        """Find items of a fineness none of their sales had."""
        old = self.before.permille[self.first[self.place]]
        steps = np.rint(self.own.permille * 10.0).astype(np.int64)
        seen = np.rint(self.before.permille * 10.0).astype(np.int64)
        new = ~np.isin(self.place * 20_000 + steps, self.group * 20_000 + seen)
        apart = np.abs(self.own.permille - old) >= self.changed("permille")
        return np.asarray(self.has & new & apart & (old > 0) & (self.own.permille > 0))

    def fineness_words(self, at: Ints) -> dict[str, npt.NDArray[Any]]:
        """Return both contents in per mille."""
        before = _short(self.before.permille[self.first[self.place[at]]])
        return {"before": before, "now": _short(self.own.permille[at]), "expected": before}

    def weight_changed(self) -> tuple[Mask, Mask]:
        """Find items a piece of which weighs otherwise; those so far off that the firm is asked."""
        # single rings and bangles weigh what their sizes weigh: only the mean of some pieces says anything
        few = self.changed("pieces")
        most = few.max(initial=0.0)
        low, high = self.range_of(np.where(self.before.pieces >= most, self.before.grams, np.nan))
        with np.errstate(invalid="ignore", divide="ignore"):
            apart = np.fmax(np.log(self.own.grams / high), np.log(low / self.own.grams))
        self.grams = np.where(self.own.grams > high, high, low)
        noted = self.has & (self.own.pieces >= few) & (apart > np.log(self.changed("note")))
        return noted, noted & (apart > np.log(self.changed("query")))

    def weight_words(self, at: Ints) -> dict[str, npt.NDArray[Any]]:
        """Return both weights of a piece."""
        before, now = self.grams[at], self.own.grams[at]
        ratio = np.array([f"{r:.3g}" for r in (now / before).tolist()], dtype=np.str_)
        return {"before": _short(before), "now": _short(now), "expected": _short(before), "ratio": ratio}

    def range_of(self, values: Floats) -> tuple[Floats, Floats]:
        """Return for each sale the least and the largest value of its item before; NaN = none is known."""
        low, high = np.full(self.size, np.inf), np.full(self.size, -np.inf)
        np.fmin.at(low, self.group, values)
        np.fmax.at(high, self.group, values)
        low, high = (np.where(np.isfinite(each), each, np.nan) for each in (low, high))
        return low[self.place], high[self.place]

    def unmoved(self) -> Mask:
        """Find prices nobody has split, equal to the fen to those of the item before, while the metal moved."""
        number = self.facts.batch.number
        bare = ~number["metal_price"].known[self.rows] & ~number["making_charge"].known[self.rows]
        metal = self.facts.metal[self.rows].astype(np.int64)
        table = _benchmarks(self.facts)
        if table is None or not (bare & (metal >= 0)).any():
            return np.zeros(self.rows.size, dtype=bool)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.move = np.log(table[_in(table, self.own.month), metal] / table[_in(table, self.month), metal])
        low, high = self.range_of(self.before.price)
        step = 0.5 * _FEN * (1.0 / self.own.least + 1.0 / self.range_of(self.before.least)[0])
        # all prices of the item before must be that one price: between two prices anything may come about
        same = (np.abs(self.own.price - low) <= step) & (np.abs(self.own.price - high) <= step)
        move = np.nan_to_num(np.abs(self.move), nan=0.0, posinf=0.0)
        told = (move >= self.stood_still("move")) & (self.own.price / _FEN * move >= self.stood_still("steps"))
        return np.asarray(self.has & bare & same & told)

    def price_words(self, at: Ints) -> dict[str, npt.NDArray[Any]]:
        """Return the price and how far the metal moved."""
        move = np.array([f"{m:+.1%}" for m in np.expm1(self.move[at]).tolist()], dtype=np.str_)
        unit = np.array([*UNITS, ""])[self.facts.classified.unit[self.rows[at]]]
        return {"price": numbers(self.own.price[at]), "unit": unit, "move": move}


def _benchmarks(facts: Facts) -> Floats | None:
    """Return CNY per gram by month (from 0 to the last of the table, then none) and metal (the last = none)."""
    if facts.metal_prices is None or not len(facts.metal_prices):
        return None
    prices = month_prices(facts.metal_prices)
    month = np.array([months.ordinal(str(p)) for p in prices["period"].unique()], dtype=np.int64)
    number = dict(zip(prices["period"].unique(), month.tolist(), strict=True))
    table = np.full((int(month.max()) + 2, len(METALS) + 1), np.nan)
    known = prices["metal"].isin(METALS).to_numpy()
    at = prices["metal"].map({name: k for k, name in enumerate(METALS)}).fillna(-1).to_numpy().astype(np.int64)
    rows = prices["period"].map(number).to_numpy().astype(np.int64)
    table[rows[known], at[known]] = (prices["cny_per_gram"] * prices.get("factor", 1.0)).to_numpy(np.float64)[known]
    return table


def _in(table: Floats, month: Ints) -> Ints:
    return np.minimum(month, len(table) - 1)


def _short(values: Floats) -> npt.NDArray[np.str_]:
    distinct, at = np.unique(values, return_inverse=True)
    return np.array([f"{value:,.6g}" for value in distinct.tolist()], dtype=np.str_)[at]


def _spread(texts: npt.NDArray[Any], rows: Rows, size: int) -> npt.NDArray[Any]:
    table = np.full(size, "", dtype=texts.dtype)
    table[rows] = texts
    return table
