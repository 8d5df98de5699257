"""Across months: a price many times, or a small part of, what the same item cost in the months before.

This is a net against slips of units and 万元 where no identity can show them (stones, jade, pearls), not an outlier
test: the fence is wide, and what it catches is asked about, not thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months
from shuibei_index.index.tree import UNITS
from shuibei_index.validation.batch import Mask, dense
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.registry import numbers

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Prices of an item that are remembered; their median is not moved by one wrong price among them.
_KEPT = 3


def price_jumps(facts: Facts, standing: Mask, history: pd.DataFrame | None) -> tuple[Mask, Floats]:
    """Find sales and toll work whose price is out of all proportion to the item's own earlier prices.

    Parameters
    ----------
    facts : Facts
    standing : ndarray of bool, shape (N,)
        Records no other check holds or rejects.
    history : DataFrame or None
        enterprise_id, item_id, class_code, period, price of earlier accepted item-months; those of months that are in
        this batch too are left out.

    Returns
    -------
    jump : ndarray of bool, shape (N,)
        True where price / reference or its inverse passes the rule ``price_jump_factor``. The reference is the median
        of the item's last accepted prices, not older than ``price_jump_months``; an item without one is not judged.
    reference : ndarray, shape (N,)
        CNY per pricing unit; NaN = none.

    Notes
    -----
    Months are taken in order: a record that is caught does not become a reference for the next month. So a range of
    months gives what the months give one by one.
    """
    n = facts.batch.size
    jump, reference = np.zeros(n, dtype=bool), np.full(n, np.nan)
    rows = np.flatnonzero(standing & facts.priced & facts.in_tree & (facts.sale | facts.toll))
    if not rows.size:
        return jump, reference
    month = facts.classified.reported_month[rows].astype(np.int64)
    price = np.log(facts.price[rows])
    past = _past(facts, history, set(np.unique(month).tolist()))
    items, item = dense(np.concatenate([_item(facts, rows), past["key"].to_numpy(np.int64)]))
    kept = np.full((items.size, _KEPT), np.nan)
    seen = np.full(items.size, -(10**6), dtype=np.int64)
    factor = np.log(facts.classified.per_month(lambda rules: float(rules["price_jump_factor"]), np.inf)[rows])
    oldest = facts.classified.per_month(lambda rules: int(rules["price_jump_months"]), 0)[rows]
    at_month = dict(_by_month(month))
    past_months = dict(_by_month(past["month"].to_numpy(np.int64)))
    for number in sorted({*at_month, *past_months}):
        if number not in at_month:
            part = past_months[number]
            _remember(kept, seen, item[rows.size + part], past["log_price"].to_numpy()[part], number)
            continue
        part = at_month[number]
        who = item[part]
        middle = _median(kept[who])
        known = ~np.isnan(middle) & (number - seen[who] <= oldest[part])
        caught = known & (np.abs(price[part] - middle) > factor[part])
        jump[rows[part[caught]]] = True
        reference[rows[part[known]]] = np.exp(middle[known])
        _remember(kept, seen, who[~caught], price[part[~caught]], number)
    return jump, reference


def words(facts: Facts, jump: Mask, reference: Floats) -> dict[str, npt.NDArray[np.str_]]:
    """Return what is said about each record caught, for all records (empty where there is nothing to say)."""
    rows = np.flatnonzero(jump)
    told = {name: np.full(facts.batch.size, "", dtype="U64") for name in ("price", "unit", "expected", "ratio")}
    told["price"][rows] = numbers(facts.price[rows])
    told["unit"][rows] = np.array([*UNITS, ""])[facts.classified.unit[rows]]
    told["expected"][rows] = numbers(reference[rows])
    told["ratio"][rows] = [f"{value:.3g}" for value in (facts.price[rows] / reference[rows]).tolist()]
    return told


def _item(facts: Facts, rows: Ints) -> Ints:
    text = facts.batch.text
    key = text["enterprise_id"].codes[rows].astype(np.int64)
    for column in ("item_id", "class_code"):
        key = key * (len(text[column].words) + 1) + text[column].codes[rows]
    return key


def _past(facts: Facts, history: pd.DataFrame | None, judged: set[int]) -> pd.DataFrame:
    """Return the earlier prices of items of this batch: month, key, log_price."""
    if history is None or history.empty:
        return pd.DataFrame({"month": [], "key": np.empty(0, dtype=np.int64), "log_price": []})
    key = np.zeros(len(history), dtype=np.int64)
    known = np.ones(len(history), dtype=bool)
    for column in ("enterprise_id", "item_id", "class_code"):
        listed = facts.batch.text[column].words
        code = pd.Index(listed).get_indexer(pd.Index(history[column].astype(str)))
        known &= code >= 0
        key = key * (len(listed) + 1) + code
    number = history["period"].map({m: months.ordinal(m) for m in set(history["period"])}).to_numpy(np.int64)
    keep = known & ~np.isin(number, list(judged)) & (history["price"].to_numpy(float) > 0)
    past = pd.DataFrame({"month": number, "key": key, "log_price": 0.0})[keep].reset_index(drop=True)
    past["log_price"] = np.log(history["price"].to_numpy(float)[keep])
    return past


def _by_month(month: Ints) -> Iterator[tuple[int, Ints]]:
    order = np.argsort(month, kind="stable")
    values, starts = np.unique(month[order], return_index=True)
    # splitting nothing gives one empty part
    yield from zip(values.tolist(), np.split(order, starts[1:])[: values.size], strict=True)


def _median(kept: Floats) -> Floats:
    # NaN sorts last: with one, two or three prices the middle is known by their number
    ordered = np.sort(kept, axis=1)
    count = (~np.isnan(ordered)).sum(axis=1)
    row = np.arange(len(ordered))
    low, high = ordered[row, np.maximum(count - 1, 0) // 2], ordered[row, count // 2 * (count > 0)]
    return np.where(count > 0, np.where(count % 2 == 1, low, 0.5 * (low + high)), np.nan)


def _remember(kept: Floats, seen: Ints, item: Ints, price: Floats, month: int) -> None:
    """Put the mean log price of each item in this month in the place of its oldest one."""
    if not item.size:
        return
    which, at = np.unique(item, return_inverse=True)
    mean = np.bincount(at, weights=price) / np.bincount(at)
    kept[which, :-1] = kept[which, 1:]
    kept[which, -1] = mean
    seen[which] = month
