"""Links of elementary cells in R replicates at once, from the same sums kept by firm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from shuibei_index.index.compilation.weights import turnover_by_firm
from shuibei_index.index.elementary.cell_links import CellLinks
from shuibei_index.index.elementary.formulas import PowerMean, mean_of_known
from shuibei_index.index.elementary.imputation import PARENTAL
from shuibei_index.index.elementary.link_sums import LinkSums, link_sums
from shuibei_index.index.elementary.pairing import Cells

if TYPE_CHECKING:
    from shuibei_index.index.compilation.inputs import Inputs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class FirmSums:
    """The sums of `LinkSums` as sparse matrices over firms: one row for each month, cell and month last seen.

    A matrix times the multiplicities (firms, R) gives the sums of R replicates without ever forming rows × R. Made
    once, used for every block of replicates.

    Parameters
    ----------
    sums : LinkSums
        Kept by firm.
    n_firms : int
    turnover : list of csr_array or None
        For each weight year the firms' shares in the turnover of each class that is its weight, shape (K, firms); None
        where the weights are not turnover.
    """

    def __init__(self, sums: LinkSums, n_firms: int, turnover: list[csr_array | None]) -> None:
        J = len(sums.month)
        self.sums, self.n_firms, self.turnover = sums, n_firms, turnover
        # firms of one row side by side
        order = np.lexsort((sums.start, sums.cell, sums.month))
        month, cell, start = sums.month[order], sums.cell[order], sums.start[order]
        new = np.ones(J, dtype=bool)
        new[1:] = (np.diff(month) != 0) | (np.diff(cell) != 0) | (np.diff(start) != 0)
        first = np.flatnonzero(new)
        self.cell, self.start, self.formula = cell[first], start[first], sums.formula[order[first]]
        self.codes = np.unique(self.formula)
        self._above, self._below = sums.above[:, order], sums.below[:, order]
        self._firm = sums.firm[order].astype(np.int32)
        self._rows = np.append(first, J).astype(np.int32)
        self._starts = np.searchsorted(first, sums.starts)

    @classmethod
    def of(cls, inputs: Inputs) -> FirmSums:
        """Sum the pairs of a compilation by firm."""
        names, firm = inputs.firms
        sums = link_sums(inputs.pairs, len(inputs.panel.months), inputs.cells.number, firm[inputs.pairs.item])
        return cls(sums, len(names), [turnover_by_firm(inputs, number) for number in range(len(inputs.spans))])

    def of_month(self, t: int) -> slice:
        """Return the rows of month `t`."""
        return slice(int(self._starts[t]), int(self._starts[t + 1]))

    def times(self, rows: slice, mean: int, multiplicity: Floats) -> tuple[Floats, Floats]:
        """Return the two sums of a mean (0 or 1) in all replicates, for some rows: shape (rows, R) each."""
        at = self._rows[rows.start : rows.stop + 1]
        entries = slice(int(at[0]), int(at[-1]))
        matrix = csr_array(
            (self._above[mean, entries], self._firm[entries], at - at[0]),
            shape=(rows.stop - rows.start, self.n_firms),
        )
        above = np.asarray(matrix @ multiplicity)
        matrix.data = self._below[mean, entries]
        return above, np.asarray(matrix @ multiplicity)


class ReplicateLinks(CellLinks):
    """The recursion of `CellLinks` in R replicates.

    Parameters
    ----------
    firm_sums : FirmSums
    cells : Cells
    n_months : int
    multiplicity : ndarray, shape (firms, R)
        How often each firm counts.
    """

    def __init__(self, firm_sums: FirmSums, cells: Cells, n_months: int, multiplicity: Floats) -> None:
        self._times = np.ascontiguousarray(multiplicity, dtype=np.float64)
        super().__init__(firm_sums.sums, cells, n_months, self._times)
        self._firm_sums = firm_sums
        # where every cell is imputed with its parent nothing breaks, and every cell moves by its link
        self._plain = bool((cells.imputation.method == PARENTAL).all())

    def weights(self, number: int) -> Floats:
        """Return the weights of a weight year over those stated, shape (K, R); (1, 1) where they are not sampled."""
        shares = self._firm_sums.turnover[number]
        if shares is None:
            return np.ones((1, 1))
        # a class without turnover weighs nothing whatever it is multiplied by
        return np.where((np.diff(shares.indptr) > 0)[:, np.newaxis], np.asarray(shares @ self._times), 1.0)

    def links(self, t: int) -> Floats:
        """Return the links of month `t`, shape (G, R): NaN where no item is matched in the replicate."""
        own = self._firm_sums
        rows = own.of_month(t)
        cell, start, formula = own.cell[rows], own.start[rows], own.formula[rows]
        back = np.flatnonzero(start < t - 1)
        move = self.drift[t - 1, cell[back]] - self.drift[start[back], cell[back]]
        whole = None
        if not self._plain and self.breaks[t - 1].any():
            whole = self.breaks[t - 1, cell[back]] == self.breaks[start[back], cell[back]]
        new = np.ones(len(cell), dtype=bool)
        new[1:] = np.diff(cell) != 0
        first = np.flatnonzero(new)
        present, of_cell = cell[first], formula[first]
        gather = None
        if len(first) < len(cell):
            J = len(cell)
            gather = csr_array((np.ones(J), np.arange(J), np.append(first, J)), shape=(len(first), J))
        link = np.full((self.cells.number, self.replicates), np.nan)
        for code in own.codes:
            mine = np.flatnonzero(formula[back] == code)
            logs = [
                self._log_mean(m, mean, rows, back, mine, move, whole, gather)
                for m, mean in enumerate(self.cells.means[code])
            ]
            # a mean without weight in the cell leaves it to the other
            found = logs[0] if len(logs) == 1 else mean_of_known(logs[0], logs[1])
            if len(own.codes) == 1:
                link[present] = np.exp(found, out=found)
            else:
                chosen = np.flatnonzero(of_cell == code)
                link[present[chosen]] = np.exp(found[chosen])
        return link

    def carry(self, t: int, link: Floats, own: Floats) -> None:
        """Take in the movement of the cells in month `t`, as `CellLinks.carry`."""
        if self._plain and not np.isnan(link).any():
            np.log(link, out=self.drift[t])
            self.drift[t] += self.drift[t - 1]
        else:
            super().carry(t, link, own)

    def _log_mean(
        self,
        number: int,
        mean: PowerMean,
        rows: slice,
        back: Ints,
        mine: Ints,
        move: Floats,
        whole: npt.NDArray[np.bool_] | None,
        gather: csr_array | None,
    ) -> Floats:
        """Return the logarithm of one mean for the cells of the month, shape (cells present, R)."""
        above, below = self._firm_sums.times(rows, number, self._times)
        if len(mine):
            at = back[mine]
            above[at], below[at] = mean.moved(above[at], below[at], move[mine])
        if whole is not None:
            above[back] *= whole
            below[back] *= whole
        if gather is not None:
            above, below = np.asarray(gather @ above), np.asarray(gather @ below)
        return mean.log_value(above, below)
