"""Rungs: the children of one level of a tree, grouped by parent; sums and means over them, replicates side by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from shuibei_index.index.matching import Floats, Groups, Ints

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rung(Groups):
    """The counted classes of one depth, sorted by parent, as groups of their parents.

    `code` numbers the parents 0 … G−1 in the order of `parent`. Values have shape (n,) or (n, R): R replicates are
    reduced together.

    Parameters
    ----------
    child : ndarray of int, shape (n,)
        Positions of the classes in the tree.
    parent : ndarray of int, shape (G,)
        Positions of their parents, each once, ascending.
    """

    child: Ints
    parent: Ints

    @classmethod
    def of(cls, child: Ints, parent: Ints) -> Rung:
        """Make the rung of classes at positions `child` with the parents at positions `parent`, shape (n,) each."""
        order = np.argsort(parent, kind="stable")
        above, code = np.unique(parent[order], return_inverse=True)
        return cls(code.astype(np.int64), len(child), len(above), child[order], above)

    @property
    def codes(self) -> Ints:
        """Number of each class's parent within the rung, shape (n,)."""
        assert self.code is not None
        return self.code

    @cached_property
    def starts(self) -> Ints:
        """Where each parent's children begin, shape (G,)."""
        return np.searchsorted(self.codes, np.arange(self.number)).astype(np.int64)

    @cached_property
    def _matrix(self) -> sparse.csr_array:
        entries = np.ones(self.items), (self.codes, np.arange(self.items))
        return sparse.csr_array(entries, shape=(self.number, self.items))

    def sum(self, values: Floats) -> Floats:
        """Return the sum of `values` (n,) or (n, R) over each parent's children, shape (G,) or (G, R)."""
        # a sparse product adds in the same order as bincount: both shapes give the same bits
        return super().sum(values) if values.ndim == 1 else np.asarray(self._matrix @ values)

    def max(self, values: Floats) -> Floats:
        """Return the largest of `values` among each parent's children."""
        return np.asarray(np.maximum.reduceat(values, self.starts, axis=0))

    def spread(self, of_group: Floats) -> Floats:
        """Return each child's value of its parent: the inverse direction of `sum`."""
        return of_group[self.codes]


def rungs(parent: Ints, depth: Ints, counted: Bools) -> tuple[Rung, ...]:
    """Return the rungs of a tree from the deepest to the first.

    Parameters
    ----------
    parent, depth : ndarray of int, shape (K,)
    counted : ndarray of bool, shape (K,)
        Classes that count in the class above them.
    """
    found = []
    for level in range(int(depth.max(initial=0)), 0, -1):
        child = np.flatnonzero((depth == level) & counted)
        if len(child):
            found.append(Rung.of(child, parent[child]))
    return tuple(found)
