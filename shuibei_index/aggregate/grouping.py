"""Grouping: rows of coded keys are added up by item and month, and the cells come out in order."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.aggregate.adding import Column, by_grid, by_sorting, joined
from shuibei_index.errors import UsageError

#: What a cell of the sums is: one item (a firm's own code within a class) in one month.
KEYS = ("enterprise_id", "item_id", "class_code", "period")
#: Cells are added up in a grid of items × months while that has at most so many cells per row; else by sorting.
_GRID = 3

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
#: Codes of a text column and its words (an Arrow array of strings).
Coded = tuple[npt.NDArray[np.int32], pa.Array]


@dataclass(frozen=True)
class Grouped:
    """Sums of C cells of N items and T months.

    Parameters
    ----------
    items : dict of str to (codes, words)
        Enterprise, item and class of each item, shape (N,); the items in order of these.
    months : Array
        Words of the months, in order.
    item, month : ndarray of int, shape (C,)
        Positions of each cell.
    sums : dict of str to ndarray
        Columns of sums, shape (C,), with the number of records last.
    """

    items: dict[str, Coded]
    months: pa.Array
    item: Ints
    month: Ints
    sums: list[Ints]

    def coded(self) -> dict[str, Coded]:
        """Return the keys of every cell."""
        of_items = {name: (codes[self.item].astype(np.int32), words) for name, (codes, words) in self.items.items()}
        return of_items | {KEYS[3]: (self.month.astype(np.int32), self.months)}


def group(
    keys: dict[str, Coded],
    sums: list[Column],
    count: Column | None,
    used: Mask | None,
    *,
    by_month: bool = False,
) -> Grouped:
    """Add up rows of the same key.

    Parameters
    ----------
    keys : dict of str to (codes, words)
        `KEYS` of the rows.
    sums : list
        Columns to add, in pieces.
    count : optional
        Records behind each row, in pieces; None = one.
    used : ndarray of bool, optional
        Rows to add; None = all.
    by_month : bool
        Whether the cells come out by month, then item; else by item, then month.
    """
    names = KEYS[:3]
    keys = {name: _each_once(*coded) for name, coded in keys.items()}
    item, codes = _items([keys[name] for name in names])
    month, months = keys["period"]
    spans, grid = max(len(months), 1), len(codes[0]) * max(len(months), 1)
    if grid > _GRID * len(item) and used is not None:
        item, month, sums = item[used], month[used], [[joined(column)[used]] for column in sums]
        used = None
    # items are few beside the rows: they are numbered in order of their names first, and the cells come out in order
    found = np.flatnonzero(np.bincount(item if used is None else item[used], minlength=len(codes[0])))
    ordered = {name: in_order(code[found], keys[name][1]) for name, code in zip(names, codes, strict=True)}
    by_name = np.argsort(_ranks([ordered[name][0] for name in names]))
    place = np.zeros(len(codes[0]), dtype=np.int64)
    place[found[by_name]] = np.arange(len(found))
    in_use = np.flatnonzero(np.bincount(month if used is None else month[used], minlength=len(months)))
    at = np.zeros(max(len(months), 1), dtype=np.int32)
    at[in_use], months = in_order(in_use, months)
    spans = max(len(months), 1)
    many = max(len(found), 1)
    if by_month:
        cell = place[item] if spans == 1 else at[month] * np.int64(many) + place[item]
    else:
        cell = place[item]
        if spans > 1:
            cell *= spans
            cell += at[month]
    grid = len(found) * spans
    if used is not None:
        # rows that are not added go to a cell behind the last: cheaper than taking all columns apart
        cell[~used] = grid
    distinct, totals = (by_grid if grid <= _GRID * len(cell) else by_sorting)(cell, sums, count, grid)
    first, second = np.divmod(distinct, many if by_month else spans)
    of_item, of_month = (second, first) if by_month else (first, second)
    # the codes of the items in the order of their names
    items = {name: (codes[by_name], words) for name, (codes, words) in ordered.items()}
    return Grouped(items, months, of_item, of_month, totals)


def in_order(codes: npt.NDArray[np.integer], words: pa.Array) -> Coded:
    """Return codes in the order of their words, without unused ones; a word that stands twice gets one code."""
    used = np.flatnonzero(np.bincount(codes, minlength=len(words)))
    same = words.take(pa.array(used)).dictionary_encode()
    order = pc.sort_indices(same.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    place = np.zeros(len(words), dtype=np.int32)
    place[used] = rank[same.indices.to_numpy()]
    return place[codes], same.dictionary.take(pa.array(order))


def _each_once(codes: npt.NDArray[np.int32], words: pa.Array) -> Coded:
    """Return the column with every word once: one that stands twice gets one code."""
    same = words.dictionary_encode()
    if len(same.dictionary) == len(words):
        return codes, words
    return same.indices.to_numpy()[codes], same.dictionary


def _items(keys: list[Coded]) -> tuple[npt.NDArray[np.integer], list[npt.NDArray[np.integer]]]:
    """Return the number of each row's item and, for each number, its codes in the three columns."""
    (firm, firms), (code, words), (leaf, leaves) = keys
    size = (len(firms), len(words), len(leaves))
    if math.prod(max(n, 1) for n in size) >= 1 << 62:
        raise UsageError("more firms × items × classes than a 62-bit key can hold; split by month")
    small = size[0] * size[2] < 1 << 31
    pair = np.multiply(firm, size[2], dtype=np.int32 if small else np.int64)
    pair += leaf
    last = np.full(max(len(words), 1), -1, dtype=pair.dtype)
    last[code] = pair
    if (last[code] == pair).all():
        # each item code stands for one firm and class here: codes number the items, nothing needs hashing
        known = np.maximum(last, 0)
        return code, [known // max(size[2], 1), np.arange(len(known)), known % max(size[2], 1)]
    key = pair.astype(np.int64) * size[1] + code
    number, distinct = pd.factorize(key)
    pairs, codes = np.divmod(np.asarray(distinct, dtype=np.int64), size[1])
    return number, [pairs // size[2], codes, pairs % size[2]]


def _ranks(codes: list[npt.NDArray[np.int32]]) -> Ints:
    """Return the place of each row in the order of several columns of codes; equal rows share a place."""
    order = np.lexsort(codes[::-1])
    new = np.logical_or.reduce([np.diff(c[order], prepend=-1) != 0 for c in codes])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.cumsum(new) - 1
    return rank
