"""Product values: price, reference price, relative and flag of every product of the sample in every period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.index.elementary.imputation import CLASS_MEAN
from shuibei_index.index.elementary.replacements import METHODS as REPLACEMENTS
from shuibei_index.index.elementary.run import ElementaryRun

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: What stands behind a value.
FLAGS = {
    "O": "observed",
    "N": "observed, new: no reference price",
    "P": "imputed by the movement of its cell or of a class above (parental)",
    "C": "imputed by the movement of its cell (class mean)",
    "F": "carried forward",
    "B": "carried backward",
    "L": "observed, replaces another product: linked by overlap",
    "R": "observed, replaces another product: bridged by the movement of the cell",
    "D": "observed, replaces another product of the same quality",
    "Q": "observed, replaces another product: quality adjusted",
    "M": "in the sample, but missing",
    "X": "observed, but not used: before it replaced another product, or after it was replaced",
}


@dataclass(frozen=True)
class ProductValues:
    """All products of the sample, in order of period. Shape (S,) each.

    Parameters
    ----------
    month, item, product : ndarray of int
        `item` is the slot: the first of products that replace each other.
    price : ndarray
        Observed or imputed; NaN = missing.
    back_price : ndarray
        Reference price in the period before, at the quality of this one; in the first period the price itself.
    relative : ndarray
        price / back_price.
    flag : ndarray of str
    """

    month: Ints
    item: Ints
    product: Ints
    price: Floats
    back_price: Floats
    relative: Floats
    flag: npt.NDArray[np.str_]


def log_moves(run: ElementaryRun, start: Ints, end: Ints, cell: Ints) -> Floats:
    """Return ln of the movement with which prices are carried between months; NaN past a break."""
    drift, breaks = run.links.drift[..., 0].ravel(), run.links.breaks[..., 0].ravel()
    G = run.links.cells.number
    a, b = start * G + cell, np.maximum(end, start) * G + cell
    moved = drift[b] - drift[a]
    broken = breaks[b] != breaks[a]
    if broken.any():
        moved[broken] = np.nan
    return np.asarray(moved)


def product_values(run: ElementaryRun) -> ProductValues:
    """Return every product of the sample in every period."""
    observed, pairs, coded = run.observed, run.pairs, run.coded
    price = observed.price
    back, flag = np.full(len(observed), np.nan), np.full(len(observed), "N")
    first = observed.month == 0
    back[first], flag[first] = price[first], "O"
    moved = log_moves(run, pairs.start, pairs.end - 1, pairs.cell)
    known = ~np.isnan(moved)
    after = pairs.after[known]
    back[after] = pairs.weighing.price[known] * np.exp(moved[known])
    flag[after] = "O"
    _flag_linked(run, flag)
    if run.origin is not None:
        later = run.sample.observed.month[run.origin]
        flag[observed.month > later], flag[observed.month < later] = "F", "B"
    # a price stands under the name of the product that was priced
    rows = np.arange(len(coded.product), dtype=np.int64)[run.sample.row]
    product = coded.product[rows if run.origin is None else rows[run.origin]]

    gaps = run.gaps()
    source, when = gaps.observation, gaps.month
    cell = coded.item_cell[observed.item[source]]
    here = log_moves(run, observed.month[source], when, cell)
    before = log_moves(run, observed.month[source], when - 1, cell)
    reached = run.imputed_gaps(gaps) & ~np.isnan(here)
    imputed = np.where(reached, price[source] * np.exp(here), np.nan)
    reference = np.where(reached, price[source] * np.exp(before), np.nan)
    method = np.broadcast_to(run.links.cells.imputation.method[0], (run.links.cells.number,))[cell]
    word = np.where(reached, np.where(method == CLASS_MEAN, "C", "P"), "M")

    early_month, early_item = _early(run)
    nothing = np.full(len(early_month), np.nan)
    slots = coded.unused if coded.unused is not None else (early_month[:0], early_month[:0], nothing[:0])
    blank = np.full(len(slots[0]), np.nan)
    month = np.concatenate([observed.month, when, early_month, slots[0]])
    item = np.concatenate([observed.item, observed.item[source], early_item, slots[1]])
    order = np.lexsort((item, month))
    values = np.concatenate([price, imputed, nothing, slots[2]])
    references = np.concatenate([back, reference, nothing, blank])
    return ProductValues(
        month[order],
        item[order],
        np.concatenate([product, product[source], early_item, slots[1]])[order],
        values[order],
        references[order],
        (values / references)[order],
        np.concatenate([flag, word, np.full(len(early_month), "M"), np.full(len(slots[0]), "X")])[order],
    )


def _early(run: ElementaryRun) -> tuple[Ints, Ints]:
    month, item = run.sample.early
    if run.origin is not None:
        observed = run.observed
        left = ~np.isin(month * observed.n_items + item, observed.month * observed.n_items + observed.item)
        month, item = month[left], item[left]
    return month, item


def _flag_linked(run: ElementaryRun, flag: npt.NDArray[np.str_]) -> None:
    coded = run.coded
    if coded.slots is None or coded.linked is None:
        return
    rows = np.arange(len(coded.product), dtype=np.int64)[run.sample.row]
    place = np.full(len(coded.product), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    if run.origin is not None:
        # the row of each price itself, among the rows with what was carried
        own = np.flatnonzero(run.observed.month == run.sample.observed.month[run.origin])
        where = np.full(len(rows), -1, dtype=np.int64)
        where[run.origin[own]] = own
        place[rows] = where
    frame = coded.slots.frame
    new = coded.products.get_indexer(pd.Index(frame["new_product"]))
    linked = coded.linked[new]
    found = linked >= 0
    words = np.array([REPLACEMENTS[m] for m in frame["method"]])
    flag[place[linked[found]]] = words[found]
