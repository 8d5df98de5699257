"""What an item cost, weighed and was charged for in the months before."""

from __future__ import annotations

import numpy as np

from shuibei_index.validation.edits.lines import Floats, Ints, Mask

#: Months that are remembered; their median is not moved by one wrong month among them.
_KEPT = 3
_NEVER = -(10**6)


class Memory:
    """The last values of each item, by month; what is remembered is logarithms, one mean for each month."""

    def __init__(self, items: int) -> None:
        self.kept = np.full((items, _KEPT), np.nan)
        self.seen = np.full(items, _NEVER, dtype=np.int64)
        self.empty = True
        #: Medians of what is kept; made when first asked for after something was remembered.
        self._middle: Floats | None = None

    def reference(self, item: Ints, month: int, oldest: int) -> Floats:
        """Return the median of each item's last values, NaN where the last is older than `oldest` months."""
        if self.empty:
            return np.broadcast_to(np.nan, item.size)
        if self._middle is None:
            self._middle = _median(self.kept)
        return np.where(month - self.seen[item] <= oldest, self._middle[item], np.nan)

    def remember(self, item: Ints, value: Floats, month: int) -> None:
        """Put the mean of each item's values of a month in the place of its oldest; NaN is not a value."""
        given = ~np.isnan(value) & (item >= 0)
        if not given.any():
            return
        self.empty, self._middle = False, None
        count = np.bincount(item[given], minlength=self.seen.size)
        total = np.bincount(item[given], value[given], self.seen.size)
        which = np.flatnonzero(count)
        self.kept[which, :-1] = self.kept[which, 1:]
        self.kept[which, -1] = total[which] / count[which]
        self.seen[which] = month


def _median(kept: Floats) -> Floats:
    # NaN sorts last: with one, two or three values the middle is known by their number
    ordered = np.sort(kept, axis=1)
    count: Ints = (~np.isnan(ordered)).sum(axis=1)
    row = np.arange(len(ordered))
    low, high = ordered[row, np.maximum(count - 1, 0) // 2], ordered[row, count // 2 * (count > 0)]
    return np.where(count > 0, np.where(count % 2 == 1, low, 0.5 * (low + high)), np.nan)


def item_means(item: Ints, value: Floats, size: int) -> Floats:
    """Return the mean of each item's values, NaN where there is none."""
    given: Mask = ~np.isnan(value)
    if not given.all():
        item, value = item[given], value[given]
    count, total = np.bincount(item, minlength=size), np.bincount(item, value, size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
