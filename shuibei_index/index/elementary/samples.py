"""Samples: in which months an item belongs to the sample, with or without a price, and which prices are filled in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.elementary.imputation import CarriedPrices, filled
from shuibei_index.index.elementary.observations import Observations

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: When an item belongs to the sample: "span" = from its first row in the table to its last, "rows" = where it has a
#: row, "open" = from its first row to the last month. A row without a price says: in the sample, but missing.
SAMPLES = ("span", "rows", "open")


@dataclass(frozen=True)
class Rows:
    """All R rows of a table in order of month, those without a price too. Shape (R,) each."""

    month: Ints
    item: Ints
    price: Floats
    value: Floats
    n_months: int
    n_items: int


@dataclass(frozen=True)
class Sample:
    """Observations, and the sample they are from.

    Parameters
    ----------
    observed : Observations
        C prices.
    row : ndarray of int, shape (C,), or slice
        Row of each among all rows.
    rows : Rows
    kind : str
        One of `SAMPLES`.
    """

    observed: Observations
    row: Ints | slice
    rows: Rows
    kind: str

    @property
    def whole(self) -> bool:
        """Whether an item is in the sample in all months between two of its prices."""
        return self.kind != "rows"

    @cached_property
    def until(self) -> Ints:
        """Last month to which the item stays in the sample, counted from each price, shape (C,)."""
        if self.kind == "rows":
            return np.asarray(self._runs[0][self.row])
        return self._last[self.observed.item]

    @cached_property
    def early(self) -> Ints:
        """Month and item, in the sample without a price and without one before that counts on, shape (2, B)."""
        if self.kind == "rows":
            blank = np.flatnonzero(np.isnan(self.rows.price) & ~self._runs[1])
            return np.array([self.rows.month[blank], self.rows.item[blank]])
        if isinstance(self.row, slice):
            return np.zeros((2, 0), dtype=np.int64)
        return _early(self.rows, self.observed, self._last)

    @property
    def next_row(self) -> Ints:
        """For each row, the row of the item's next price if it has a row in every month up to it; −1 = none."""
        return self._runs[2]

    @cached_property
    def _runs(self) -> tuple[Ints, Bools, Ints]:
        return _runs(self.rows)

    @cached_property
    def _last(self) -> Ints:
        return _last_month(self.rows, self.kind)


def sample_of(rows: Rows, kind: str, log_quality: Floats | None = None) -> Sample:
    """Find the sample behind the rows of a table.

    Raises
    ------
    UsageError
        `kind` is not in `SAMPLES`.
    """
    if kind not in SAMPLES:
        raise UsageError(f"sample: no kind {kind!r}{did_you_mean(kind, SAMPLES)}; known: {', '.join(SAMPLES)}")
    T, N = rows.n_months, rows.n_items
    known = ~np.isnan(rows.price)
    if known.all():
        observed = Observations(rows.month, rows.item, rows.price, rows.value, T, N, log_quality)
        return Sample(observed, slice(None), rows, kind)
    row = np.flatnonzero(known)
    month, item, price = rows.month[row], rows.item[row], rows.price[row]
    value = np.broadcast_to(1.0, len(row)) if rows.value.strides == (0,) else rows.value[row]
    quality = None if log_quality is None else log_quality[row]
    return Sample(Observations(month, item, price, value, T, N, quality), row, rows, kind)


def _last_month(rows: Rows, kind: str) -> Ints:
    last = np.full(rows.n_items, rows.n_months - 1, dtype=np.int64)
    if kind == "span":
        # rows are in order of month: what is written last stays
        last[rows.item] = rows.month
    return last


def _runs(rows: Rows) -> tuple[Ints, Bools, Ints]:
    """Return of each row what its run, the item's rows in months that follow each other, says.

    Returns
    -------
    ends : ndarray of int, shape (R,)
        Last month of the run.
    reached : ndarray of bool, shape (R,)
        Whether it has a price here or before.
    next_row : ndarray of int, shape (R,)
        Row of its first price here or later, −1 = none.
    """
    starts = np.searchsorted(rows.month, np.arange(rows.n_months + 1)).tolist()
    known, number = ~np.isnan(rows.price), np.arange(len(rows.month), dtype=np.int64)
    ends, next_row = np.empty_like(number), np.empty_like(number)
    reached = np.empty(len(number), dtype=np.bool_)
    # what the item's row in the month beside says, and which month that was
    beside = np.full(rows.n_items, -2, dtype=np.int64)
    end, price = np.zeros(rows.n_items, dtype=np.int64), np.zeros(rows.n_items, dtype=np.int64)
    for t in range(rows.n_months - 1, -1, -1):
        at = slice(starts[t], starts[t + 1])
        items = rows.item[at]
        goes_on = beside[items] == t + 1
        ends[at] = end[items] = np.where(goes_on, end[items], t)
        next_row[at] = price[items] = np.where(known[at], number[at], np.where(goes_on, price[items], -1))
        beside[items] = t
    beside[:], seen = -2, np.zeros(rows.n_items, dtype=np.bool_)
    for t in range(rows.n_months):
        at = slice(starts[t], starts[t + 1])
        items = rows.item[at]
        reached[at] = seen[items] = known[at] | (seen[items] & (beside[items] == t - 1))
        beside[items] = t
    return ends, reached, next_row


def _early(rows: Rows, observed: Observations, last: Ints) -> Ints:
    first = np.full(rows.n_items, rows.n_months, dtype=np.int64)
    first[observed.item[::-1]] = observed.month[::-1]
    blank = np.flatnonzero(np.isnan(rows.price))
    before = blank[rows.month[blank] < first[rows.item[blank]]]
    # from the item's first row on, every month until its first price
    begin = np.full(rows.n_items, rows.n_months, dtype=np.int64)
    begin[rows.item[before][::-1]] = rows.month[before][::-1]
    item = np.flatnonzero(begin < first)
    item, month = _spread(item, begin[item], np.minimum(first[item] - 1, last[item]))
    return np.array([month, item])


def _spread(what: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Return every month from first to last, and what it is of."""
    length = np.maximum(last - first + 1, 0)
    step = np.arange(int(length.sum()), dtype=np.int64) - np.repeat(np.cumsum(length) - length, length)
    return np.repeat(what, length), np.repeat(first, length) + step


def carried_backward(sample: Sample, chosen: Bools, limit: int) -> CarriedPrices:
    """Put an item's next price into the months of the sample without one, at most `limit` months back.

    Parameters
    ----------
    sample : Sample
    chosen : ndarray of bool, shape (N,)
        Items to which it applies.
    limit : int
    """
    observed, rows = sample.observed, sample.rows
    if not sample.whole:
        blank = np.flatnonzero(np.isnan(rows.price) & (sample.next_row >= 0) & chosen[rows.item])
        place = np.cumsum(~np.isnan(rows.price)) - 1
        source, month = place[sample.next_row[blank]], rows.month[blank]
    else:
        pairs = observed.pairs
        gap = np.flatnonzero(chosen[pairs.item] & (pairs.end - pairs.start > 1))
        source, month = _spread(pairs.after[gap], pairs.start[gap] + 1, pairs.end[gap] - 1)
        first = np.full(observed.n_items, -1, dtype=np.int64)
        first[observed.item[::-1]] = np.arange(len(observed))[::-1]
        at = first[sample.early[1]]
        usable = (at >= 0) & chosen[sample.early[1]]
        source = np.concatenate([source, at[usable]])
        month = np.concatenate([month, sample.early[0][usable]])
    near = observed.month[source] - month <= limit
    return filled(observed, source[near], month[near])
