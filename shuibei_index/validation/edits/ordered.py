"""Quantiles of many groups at once, from one sort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ordered:
    """The numbers of each of G groups in order; NaN belongs to no group.

    Examples
    --------
    >>> ordered = Ordered.of(np.array([3.0, 1.0, 2.0, 10.0]), np.array([0, 0, 0, 1]), 2)
    >>> ordered.quantile(0.5)
    array([ 2., 10.])
    """

    values: Floats
    group: Ints
    count: Ints
    start: Ints

    @classmethod
    def of(cls, x: Floats, group: npt.NDArray[np.integer] | None = None, size: int | None = None) -> Ordered:
        """Sort numbers within groups 0 … size − 1; without groups all are one, and a group below 0 is left out."""
        number = np.asarray(x, dtype=np.float64)
        of = np.zeros(number.size, dtype=np.int64) if group is None else np.asarray(group, dtype=np.int64)
        size = (int(of.max()) + 1 if of.size else 1) if size is None else size
        kept = ~np.isnan(number) & (of >= 0)
        if not kept.all():
            number, of = number[kept], of[kept]
        at = np.argsort(number, kind="stable")
        if size > 1:
            at = at[np.argsort(of[at], kind="stable")]
        count = np.bincount(of, minlength=size)
        return cls(number[at], of[at], count, np.concatenate([[0], np.cumsum(count)[:-1]]))

    def quantile(self, share: float) -> Floats:
        """Return a quantile of each group, between two numbers on the straight line (type 7); NaN if it is empty."""
        if not self.values.size:
            return np.full(self.count.size, np.nan)
        at = share * np.maximum(self.count - 1, 0)
        low = np.floor(at).astype(np.int64)
        last = self.values.size - 1
        below = self.values[np.minimum(self.start + low, last)]
        above = self.values[np.minimum(self.start + np.minimum(low + 1, np.maximum(self.count - 1, 0)), last)]
        return np.where(self.count > 0, below + (at - low) * (above - below), np.nan)

    def mean(self, where: npt.NDArray[np.bool_]) -> Floats:
        """Return the mean of each group's chosen numbers (in the order of `values`), NaN if there are none."""
        size = self.count.size
        total = np.bincount(self.group[where], self.values[where], size)
        number = np.bincount(self.group[where], minlength=size)
        return np.where(number > 0, total / np.maximum(number, 1), np.nan)
