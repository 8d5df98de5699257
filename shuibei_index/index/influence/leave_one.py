"""Sums with one firm left out in each replicate: the total less the firm's own part, instead of a product."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.index.compilation.replicate_links import FirmSums

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: What is left after a subtraction has lost digits in proportion: below this share of the total it is added up anew.
_CANCELLED = 1e-3


class LeaveOneSums(FirmSums):
    """The sums of `FirmSums` for replicates that each leave one firm out: every column of multiplicities is 1 but one.

    A product with such a matrix adds up all firms for each replicate; the difference touches each firm's part once.
    """

    #: Added to the sums above and below of the replicates at hand, shape (2, rows, R) each; None = nothing.
    changes: tuple[Floats, Floats] | None = None

    def times(self, rows: slice, mean: int, multiplicity: Floats) -> tuple[Floats, Floats]:
        """Return the two sums of a mean in all replicates, for some rows: shape (rows, R) each."""
        at = self._rows[rows.start : rows.stop + 1].astype(np.int64)
        entries = slice(int(at[0]), int(at[-1]))
        first, size = at[:-1] - at[0], np.diff(at)
        R = multiplicity.shape[1]
        column = np.full(self.n_firms, -1, dtype=np.int64)
        column[np.argmin(multiplicity, axis=0)] = np.arange(R)
        of_entry = column[self._firm[entries]]
        mine = np.flatnonzero(of_entry >= 0)
        place = np.repeat(np.arange(len(size)), size)[mine] * R + of_entry[mine]
        above, below = self._above[mean, entries], self._below[mean, entries]
        rest, total = [], []
        for part in (above, below):
            whole = np.add.reduceat(part, first) if len(first) else np.zeros(0)
            left = np.repeat(whole, R)
            left[place] -= part[mine]
            rest.append(left)
            total.append(whole)
        weak = mine[rest[1][place] < _CANCELLED * total[1][place // R]]
        if len(weak):
            row = np.searchsorted(first, weak, side="right") - 1
            at_place = row * R + of_entry[weak]
            for part, left in zip((above, below), rest, strict=True):
                left[at_place] = _others(part, weak, first[row], size[row])
        found = rest[0].reshape(-1, R), rest[1].reshape(-1, R)
        if self.changes is not None:
            for side, changed in zip(found, self.changes, strict=True):
                side += changed[mean, rows]
        return found


def _others(values: Floats, own: Ints, first: Ints, size: Ints) -> Floats:
    """Return for each of some entries the sum of the other entries of its row."""
    begins = np.cumsum(size) - size
    position = np.repeat(first - begins, size) + np.arange(int(size.sum()))
    others = values[position]
    others[begins + own - first] = 0.0
    return np.asarray(np.add.reduceat(others, begins))
