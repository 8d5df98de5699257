"""Links of elementary cells: the pairs of prices summed once, then month by month with imputed reference prices.

All formulas are means of power sums, and an imputed reference price is the last price times the movement of its cell.
The movement is common to all items of a cell last seen in the same month: so the pairs are summed once by month,
cell and month last seen (and by firm, for replicates), and the recursion over months works on these few sums.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from shuibei_index.index.elementary.formulas import mean_of_known
from shuibei_index.index.elementary.imputation import CARRY_FORWARD, CLASS_MEAN
from shuibei_index.index.elementary.link_sums import LinkSums, link_sums
from shuibei_index.index.elementary.pairing import Cells, MatchedPairs, matched_pairs

__all__ = ["CellLinks", "Cells", "LinkSums", "MatchedPairs", "link_sums", "matched_pairs"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class CellLinks:
    """The recursion over months: links of all cells, with reference prices carried by what was found before.

    Parameters
    ----------
    sums : LinkSums
    cells : Cells
    n_months : int
    multiplicity : ndarray, shape (firms, R), optional
        How often each firm counts in each of R replicates. Default: one replicate in which every firm counts once.
    """

    def __init__(self, sums: LinkSums, cells: Cells, n_months: int, multiplicity: Floats | None = None) -> None:
        self.sums, self.cells, self.multiplicity = sums, cells, multiplicity
        self._codes = np.unique(sums.formula)
        self.replicates = 1 if multiplicity is None else multiplicity.shape[1]
        shape = (n_months, cells.number, self.replicates)
        #: ln of the cumulated movement with which absent items are carried
        self.drift: Floats = np.zeros(shape)
        #: how many months had no movement to carry an item with (class_mean without a matched item)
        self.breaks: npt.NDArray[np.int32] = np.zeros(shape, dtype=np.int32)
        #: number of pairs behind the links of each month, in a run without replicates
        self.matched: Ints = np.zeros((n_months, cells.number), dtype=np.int64)

    def links(self, t: int) -> Floats:
        """Return the links of month `t`, shape (G, R): NaN where no item is matched."""
        sums, G = self.sums, self.cells.number
        rows = slice(int(sums.starts[t]), int(sums.starts[t + 1]))
        cell, start = sums.cell[rows], sums.start[rows]
        back = np.flatnonzero(start < t - 1)
        move = self.drift[t - 1, cell[back]] - self.drift[start[back], cell[back]]
        broken = self.breaks[t - 1, cell[back]] != self.breaks[start[back], cell[back]]
        J = len(cell)
        times = np.ones((J, 1)) if self.multiplicity is None else self.multiplicity[sums.firm[rows]]
        if broken.any():
            times = np.broadcast_to(times, (J, self.replicates)).copy()
            times[back] *= ~broken
        gather = _gatherer(cell, G, self.replicates)
        if self.multiplicity is None:
            self.matched[t] = np.bincount(cell, weights=sums.matched[rows] * times[:, 0], minlength=G)
        of_row = sums.formula[rows]
        codes = np.unique(of_row) if len(self._codes) > 1 else self._codes
        link = np.full((G, self.replicates), np.nan)
        for code in codes:
            mine = np.flatnonzero(of_row[back] == code) if len(codes) > 1 else slice(None)
            moved, logs = back[mine], []
            for m, mean in enumerate(self.cells.means[code]):
                above, below = (x[m, rows][:, None] * times for x in (sums.above, sums.below))
                above[moved], below[moved] = mean.moved(above[moved], below[moved], move[mine])
                logs.append(mean.log_value(gather(above), gather(below)))
            # a mean without weight in the cell (values of the month before all 0 in a replicate) leaves it to the other
            log_link = logs[0] if len(logs) == 1 else mean_of_known(logs[0], logs[1])
            if len(codes) == 1:
                return np.exp(log_link)
            of_code = cell[of_row == code]
            link[of_code] = np.exp(log_link[of_code])
        return link

    def carry(self, t: int, link: Floats, own: Floats) -> None:
        """Take in the movement of the cells in month `t`.

        Parameters
        ----------
        link : ndarray, shape (G, R)
            Links with missing cells taken from their parents (NaN = none).
        own : ndarray, shape (G, R)
            The cells' own links, as `links` returned them.
        """
        method = np.broadcast_to(self.cells.imputation.method[t], (self.cells.number,))
        moved = np.where((method == CLASS_MEAN)[:, None], own, link)
        moved = np.where((method == CARRY_FORWARD)[:, None], 1.0, moved)
        unknown = np.isnan(moved)
        self.drift[t] = self.drift[t - 1] + np.log(np.where(unknown, 1.0, moved))
        self.breaks[t] = self.breaks[t - 1] + unknown


def _gatherer(cell: Ints, n_cells: int, replicates: int) -> Callable[[Floats], Floats]:
    """Return the function that sums rows (J, R) by cell, to (G, R)."""
    if replicates == 1:

        def gather(rows: Floats) -> Floats:
            return np.bincount(cell, weights=rows[:, 0], minlength=n_cells)[:, np.newaxis].astype(np.float64)

        return gather
    J = len(cell)
    matrix = csr_array((np.ones(J), (cell, np.arange(J))), shape=(n_cells, J))
    return lambda rows: np.asarray(matrix @ rows)
