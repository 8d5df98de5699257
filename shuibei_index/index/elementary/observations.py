"""Observations: the price of every item in every month it was sold, and each one's last price before it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from shuibei_index.aggregate.panel import PricePanel
from shuibei_index.errors import PriceError, ShapeError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class RepeatedItemsError(ShapeError):
    """Items stand twice in a month.

    Parameters
    ----------
    item : ndarray of int
    month : int
    """

    def __init__(self, item: Ints, month: int) -> None:
        super().__init__(
            f"{len(item)} items stand twice in a month (the first: item {item[0]}, month {month}); add their values "
            "and quantities up first"
        )
        self.item, self.month = item, month


@dataclass(frozen=True)
class Pairs:
    """Prices of an item in two months, with none between. Shape (P,) each, in order of the later month.

    Parameters
    ----------
    before, after : ndarray of int
        Positions among the observations.
    start, end : ndarray of int
        Months of the two, start < end.
    item : ndarray of int
    log_relative : ndarray
        ln(price in `end` / price in `start`).
    """

    before: Ints
    after: Ints
    start: Ints
    end: Ints
    item: Ints
    log_relative: Floats

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.before)


@dataclass(frozen=True)
class Observations:
    """Prices and values of N items in T months, C of them observed, in order of month.

    Parameters
    ----------
    month, item : ndarray of int, shape (C,)
        Positions 0 … T−1 (not falling) and 0 … N−1; an item at most once a month.
    price : ndarray, shape (C,)
        Above 0, in the item's own unit.
    value : ndarray, shape (C,)
        Turnover or another weight of the observation, not negative; any unit.
    n_months, n_items : int
    log_quality : ndarray, shape (C,), optional
        ln of the quality of what was priced, on any scale of the item's own: where a product takes the place of
        another, the difference is taken out of the relative. Default: an item keeps its quality.

    Raises
    ------
    ShapeError
        Lengths differ, months fall, or an item stands twice in a month.
    PriceError
        A price is not above 0, or a value is negative or not a number.
    """

    month: Ints
    item: Ints
    price: Floats
    value: Floats
    n_months: int
    n_items: int
    log_quality: Floats | None = None

    def __post_init__(self) -> None:
        """Check lengths, order and signs."""
        arrays = (self.month, self.item, self.price, self.value)
        if len({len(a) for a in arrays}) > 1:
            raise ShapeError(f"month, item, price and value must be of one length, not {[len(a) for a in arrays]}")
        if (self.month[1:] < self.month[:-1]).any():
            raise ShapeError("observations must be in order of month")
        # one value for all rows (a broadcast scalar) is looked at once
        value = self.value[:1] if self.value.strides == (0,) else self.value
        if len(self) and not (self.price.min() > 0 and self.price.max() < np.inf):
            _refuse(self.price, (self.price > 0) & (self.price < np.inf), "prices must be numbers above 0")
        if len(self) and not (value.min() >= 0 and value.max() < np.inf):
            _refuse(value, (value >= 0) & (value < np.inf), "values must be numbers not below 0")
        _ = self.last

    @classmethod
    def of(cls, panel: PricePanel) -> Observations:
        """Return the panel's unit values with their turnover (fen); cells without a price are no observations."""
        price = panel.price
        month, item, value = panel.month, panel.item, panel.amount_fen
        known = ~np.isnan(price)
        if not known.all():
            month, item, value, price = month[known], item[known], value[known], price[known]
        return cls(month, item, price, value.astype(float), len(panel.months), len(panel.items))

    def __len__(self) -> int:
        """Return the number of observations."""
        return len(self.month)

    @cached_property
    def starts(self) -> Ints:
        """First observation of each month, shape (T + 1,)."""
        return np.searchsorted(self.month, np.arange(self.n_months + 1)).astype(np.int64)

    @cached_property
    def log_price(self) -> Floats:
        """ln(price) less ln(quality), shape (C,)."""
        logs: Floats = np.log(self.price)
        return logs if self.log_quality is None else logs - self.log_quality

    @cached_property
    def last(self) -> Ints:
        """Position of the item's observation before, shape (C,); −1 = none."""
        # the last position of every item is kept in hand from month to month: no sort of all rows
        here = np.full(self.n_items, -1, dtype=np.int64)
        last = np.empty(len(self), dtype=np.int64)
        for a, b in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True):
            items, own = self.item[a:b], np.arange(a, b, dtype=np.int64)
            last[a:b] = here[items]
            here[items] = own
            twice = np.flatnonzero(here[items] != own)
            if len(twice):
                raise RepeatedItemsError(items[twice], int(self.month[a]))
        return last

    def of_quality(self, log_quality: Floats) -> Observations:
        """Return the observations with another `log_quality`; what is known of their order stays known."""
        other = copy.copy(self)
        object.__setattr__(other, "log_quality", log_quality)
        for name in ("log_price", "pairs"):
            other.__dict__.pop(name, None)
        return other

    @cached_property
    def pairs(self) -> Pairs:
        """Every observation with the item's last one before it."""
        after = np.flatnonzero(self.last >= 0)
        before = self.last[after]
        start, end, item, log_relative = (np.empty(len(after), dtype=t) for t in (np.int64, np.int64, np.int64, float))
        # month by month, so that what one step writes is still at hand for the next
        cuts = np.searchsorted(after, self.starts)
        for a, b in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
            late, early = after[a:b], before[a:b]
            start[a:b] = self.month[early]
            end[a:b] = self.month[late]
            item[a:b] = self.item[late]
            np.subtract(self.log_price[late], self.log_price[early], out=log_relative[a:b])
        return Pairs(before, after, start, end, item, log_relative)

    @cached_property
    def next_month(self) -> Ints:
        """Month of the item's next observation, shape (C,); T where there is none."""
        result = np.full(len(self), self.n_months, dtype=np.int64)
        for t, (a, b) in enumerate(pairwise(self.starts.tolist())):
            before = self.last[a:b]
            result[before[before >= 0]] = t
        return result


def _refuse(values: Floats, good: npt.NDArray[np.bool_], rule: str) -> None:
    bad = np.flatnonzero(~good)
    if len(bad):
        raise PriceError(f"{rule}; {len(bad)} are not, the first at position {bad[0]} ({float(values[bad[0]]):g})")
