"""Upward: the parts of every class from those of its cells, month by month, as the links themselves go up the tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.index.components.cells import CellParts
from shuibei_index.index.hierarchy.nodes import complete_links

if TYPE_CHECKING:
    from shuibei_index.index.compilation.run import Compilation

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class YearParts:
    """Parts of the links of one weight year, shape (1 + months, K of the year's tree, 4); row 0 is the link month.

    Parameters
    ----------
    before, after : ndarray
        As `CellParts`, of every class; a class taken from its parent has its parent's.
    """

    before: Floats
    after: Floats

    def risen(self, relative: Floats) -> Floats:
        """Return what each component adds to the class's index since the link month, same shape.

        Parameters
        ----------
        relative : ndarray, shape (1 + months, K)
            The class's index over its link month.

        Returns
        -------
        ndarray
            Σ R(t−1) (after − before); over the components it adds up to R − 1.
        """
        added = np.zeros_like(self.after)
        # a top without any price stands still
        added[1:] = relative[:-1, :, np.newaxis] * np.nan_to_num((self.after - self.before)[1:])
        return np.cumsum(added, axis=0)


def years_of(run: Compilation, cells: CellParts) -> list[YearParts]:
    """Return the parts of all classes in each weight year of a compilation.

    Notes
    -----
    The link of a class is the mean of its children's, weighted with their values of the month before; the parts of
    both sides are means with the same weights, so the movement of a component is that of its own value. A leaf nothing
    of which was matched moves with a class above it as a whole: its parts keep their shares, so that jade that was not
    sold for a month has no metal, and its stones are where they were when it is back. A leaf never seen so far has
    the parts of the class above.
    """
    n = len(COMPONENTS)
    found = []
    #: shares of the parts of each cell after its last link of its own
    held = np.full((run.inputs.cells.number, n), np.nan)
    for number, segment in enumerate(run.segments):
        leaf = run.inputs.leaves[number]
        inside = np.flatnonzero(leaf >= 0)
        K = len(segment.tree.codes)
        sides = np.zeros((1 + len(segment.span.months), K, 2 * n))
        for row, t in enumerate(segment.span.months, start=1):
            of_class = np.full((K, 2 * n), np.nan)
            own = ~np.isnan(cells.after[t, :, 0])
            held[own] = cells.after[t, own] / cells.after[t, own].sum(axis=1, keepdims=True)
            of_class[leaf[inside]] = np.concatenate([cells.before[t], cells.after[t]], axis=1)[inside]
            absent = inside[~own[inside] & ~np.isnan(held[inside, 0])]
            moved = segment.relative[row, leaf[absent]] / segment.relative[row - 1, leaf[absent]]
            of_class[leaf[absent]] = np.concatenate([held[absent], held[absent] * moved[:, np.newaxis]], axis=1)
            sides[row] = complete_links(of_class, segment.relative[row - 1], segment.weight, segment.tree).link
        found.append(YearParts(sides[..., :n], sides[..., n:]))
    return found
