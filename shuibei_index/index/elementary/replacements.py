"""Replacements: a product that takes the place of another, linked by a named rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, UsageError, did_you_mean, first_few

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Rule, and the flag of the first price linked by it: overlap = both were priced in the month before, the difference
#: of their prices there is quality; bridged = the old one has no price beside the new one's, its cell's movement
#: bridges the month; direct = of the same quality; factor, amount = quality stated, as new / old or in money.
METHODS = {"overlap": "L", "bridged": "R", "direct": "D", "factor": "Q", "amount": "Q"}
_COLUMNS = ("old_product", "new_product", "period", "method")


@dataclass(frozen=True)
class Slots:
    """Which slot each row of a table stands in after replacements.

    Parameters
    ----------
    item : ndarray of int, shape (R,)
        Slot of each row: the code of the first product in it.
    log_quality : ndarray, shape (R,)
        ln of the quality of the product beside the slot's first one.
    used : ndarray of bool, shape (R,)
        False for prices of a product before it takes over and after it has left.
    linked : ndarray of int, shape (P,)
        For each product, the row of its first price after it took over; −1 = none.
    frame : DataFrame
        The replacements with the quality ratio (new / old) that each of them uses: `quality`, NaN = bridged.
    """

    item: Ints
    log_quality: Floats
    used: Bools
    linked: Ints
    frame: pd.DataFrame


def slots_of(
    replacements: pd.DataFrame, month: Ints, product: Ints, price: Floats, periods: pd.Index, products: pd.Index
) -> Slots:
    """Put products that replace each other into common slots.

    Parameters
    ----------
    replacements : DataFrame
        old_product, new_product, period (the first in which the new one counts), method (`METHODS`), adjustment (for
        "factor" the quality of the new over that of the old; for "amount" what the difference is worth, in the unit
        of the price: the old price plus the amount is comparable with the new one).
    month, product, price : ndarray, shape (R,)
        Rows of the table.
    periods, products : Index
        Labels.

    Raises
    ------
    ShapeError
        A column is missing, a product replaces or is replaced twice, or replacements go in a circle.
    UsageError
        An unknown product, period or method.
    PriceError
        A price that the rule needs is missing (overlap: of both in the month before; amount: of the old one), or an
        adjustment is not a number that leaves a quality above 0.

    Notes
    -----
    Source: PPI Manual, ch. 8; CPI Manual 2020, ch. 6.
    """
    lacking = [c for c in _COLUMNS if c not in replacements]
    if lacking:
        raise ShapeError(f"replacements: no column {first_few(lacking)}; expected {', '.join(_COLUMNS)}, adjustment")
    frame = replacements.reset_index(drop=True).copy()
    old, new = (_places(frame[c], products, "product") for c in ("old_product", "new_product"))
    when = _places(frame["period"], periods, "period")
    for name in sorted({str(m) for m in frame["method"]}):
        if name not in METHODS:
            raise UsageError(
                f"unknown replacement method {name!r}{did_you_mean(name, METHODS)}; known: {', '.join(METHODS)}"
            )
    for code, what in ((old, "is replaced"), (new, "replaces another")):
        twice = pd.Series(code).duplicated().to_numpy()
        if twice.any():
            raise ShapeError(f"a product {what} twice: {first_few(products[code[twice]])}")
    quality = _qualities(frame, old, new, when, month, product, price, products, periods)
    enters, leaves = (np.full(len(products), fill, dtype=np.int64) for fill in (0, len(periods)))
    enters[new], leaves[old] = when, when
    used = (month >= enters[product]) & (month < leaves[product])
    slot, log_quality = _slots(old, new, quality, products)
    linked = np.full(len(products), -1, dtype=np.int64)
    rows = np.flatnonzero(used & np.isin(product, new) & ~np.isnan(price))
    linked[product[rows[::-1]]] = rows[::-1]
    return Slots(slot[product], log_quality[product], used, linked, frame.assign(quality=quality))


def _places(labels: pd.Series, known: pd.Index, what: str) -> Ints:
    found = known.get_indexer(pd.Index(labels))
    if (found < 0).any():
        stray = [str(x) for x in labels[found < 0]]
        hint = did_you_mean(stray[0], known.astype(str))
        raise UsageError(f"replacements: {what} not in the table: {first_few(stray)}{hint}")
    return np.asarray(found, dtype=np.int64)


def _qualities(
    frame: pd.DataFrame, old: Ints, new: Ints, when: Ints, month: Ints, product: Ints, price: Floats,
    products: pd.Index, periods: pd.Index,
) -> Floats:  # fmt: skip
    """Return the quality of each new product over that of the old one; NaN = bridged."""
    method = frame["method"].to_numpy(dtype=str)
    stated = frame["adjustment"] if "adjustment" in frame else pd.Series(np.nan, frame.index)
    adjustment = pd.to_numeric(stated, errors="coerce").to_numpy(dtype=float)
    # prices of the products concerned, in the month before the change and the last before it
    concerned = np.flatnonzero(np.isin(product, np.concatenate([old, new])) & ~np.isnan(price))
    table = pd.Series(price[concerned], pd.MultiIndex.from_arrays([product[concerned], month[concerned]]))

    def before(code: Ints) -> Floats:
        return np.asarray(table.reindex(pd.MultiIndex.from_arrays([code, when - 1])), dtype=np.float64)

    latest = pd.DataFrame({"product": product[concerned], "month": month[concerned], "price": price[concerned]})
    changes = pd.DataFrame({"product": old, "when": when, "number": np.arange(len(old))})
    known = changes.merge(latest, on="product").query("month < when").sort_values("month", kind="stable")
    last = known.groupby("number")["price"].last().reindex(range(len(old))).to_numpy(dtype=float)
    quality: npt.NDArray[Any] = np.select(
        [method == "overlap", method == "bridged", method == "direct", method == "factor"],
        [before(new) / before(old), np.full(len(old), np.nan), np.ones(len(old)), adjustment],
        1.0 + adjustment / last,
    )
    bad = np.flatnonzero((method != "bridged") & ~((quality > 0) & np.isfinite(quality)))
    if len(bad):
        at = bad[0]
        need = {
            "overlap": f"prices of both in the period before {periods[when[at]]}",
            "factor": "an adjustment above 0 (quality of the new over that of the old)",
        }.get(method[at], "an adjustment, and a price of the old product before, that together are above 0")
        raise PriceError(
            f"replacements: {len(bad)} cannot be linked, the first: {products[old[at]]!r} by {products[new[at]]!r} "
            f"({method[at]}) needs {need}; state another method, or bridged"
        )
    return np.asarray(quality)


def _slots(old: Ints, new: Ints, quality: Floats, products: pd.Index) -> tuple[Ints, Floats]:
    """Return slot and ln quality of every product, following replacements of replacements."""
    slot, above = np.arange(len(products)), np.zeros(len(products))
    comes_from = np.full(len(products), -1, dtype=np.int64)
    joined = ~np.isnan(quality)
    comes_from[new[joined]] = old[joined]
    step = np.zeros(len(products))
    step[new[joined]] = np.log(quality[joined])
    here = np.unique(new)
    for _ in range(len(old) + 1):
        moving = comes_from[slot[here]] >= 0
        if not moving.any():
            return slot, above
        at = here[moving]
        above[at] += step[slot[at]]
        slot[at] = comes_from[slot[at]]
    raise ShapeError(f"replacements go in a circle: {first_few(products[here[moving]])}")
