"""Effects: what single pairs of prices do to the links of a month, from their cell up to the headline, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError
from shuibei_index.index.compilation.run import Compilation
from shuibei_index.index.compilation.series import IndexSeries
from shuibei_index.index.elementary.formulas import MEANS, PowerMean, mean_of_known
from shuibei_index.index.elementary.pairing import MonthPairs
from shuibei_index.index.hierarchy.nodes import complete_links
from shuibei_index.index.tree.classification import HEADLINE

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: What is left of a sum when all its terms were taken away, as a share of it.
_NOTHING = 1e-12


@dataclass(frozen=True, eq=False)
class MonthEffects:
    """The pairs behind the links of one month, and what the index would be with some of them changed.

    Parameters
    ----------
    run : Compilation
    month : int
        Position of the month, at least 1.
    """

    run: Compilation
    month: int

    @classmethod
    def of(cls, series: IndexSeries, month: str) -> MonthEffects:
        """Return the effects of a month of a series.

        Raises
        ------
        UsageError
            The series was not made by `compile_index`, or has no such month.
        """
        run, t = series.own_products().run, position(series, month)
        return cls(run, t)

    @cached_property
    def pairs(self) -> MonthPairs:
        """The pairs of the month, Q of them."""
        return self.run.inputs.pairs.month(self.month)

    @cached_property
    def moved(self) -> Floats:
        """Ln of the movement with which each reference price was carried, shape (Q,)."""
        drift, pairs = self.run.links.drift[..., 0], self.pairs
        return np.asarray(drift[max(self.month - 1, 0), pairs.cell] - drift[pairs.start, pairs.cell])

    @cached_property
    def unbroken(self) -> Bools:
        """Whether each pair enters its link: its reference price was carried without a gap, shape (Q,)."""
        breaks, pairs = self.run.links.breaks[..., 0], self.pairs
        return np.asarray(breaks[max(self.month - 1, 0), pairs.cell] == breaks[pairs.start, pairs.cell])

    @cached_property
    def imputed(self) -> Bools:
        """Whether the later price of each pair is no report's, shape (Q,)."""
        whole, inputs = self.run.inputs.pairs, self.run.inputs
        if whole.source is None:
            return np.zeros(len(self.pairs.after), dtype=bool)
        return np.asarray(inputs.observed.month[whole.source[self.pairs.after]] != self.month)

    def links(self, rows: Ints, candidate: Ints, cell: Ints, log_step: Floats | None) -> Floats:
        """Return the links of cells with some of their pairs changed, one for each of J candidates.

        Parameters
        ----------
        rows, candidate : ndarray of int, shape (M,)
            Pairs, all unbroken, and the candidate each belongs to.
        cell : ndarray of int, shape (J,)
            The cell of each candidate's pairs.
        log_step : ndarray, shape (M,), or None
            What is added to ln(price / reference price) of each; the reference price itself falls by it. None = the
            pairs are left out.

        Returns
        -------
        ndarray, shape (J,)
            NaN where no pair is left.

        Notes
        -----
        The sums of the cell's formula with the terms of the pairs exchanged: exact for every formula. Where leaving
        pairs out leaves one of two means without weight, the other stands for both.
        """
        pairs, G, J = self.pairs, self.run.inputs.cells.number, len(cell)
        logs, valid = pairs.log_relative - self.moved, self.unbroken
        formula = np.broadcast_to(pairs.formula, len(pairs.cell))
        left = np.bincount(pairs.cell[valid], minlength=G)[cell]
        if log_step is None:
            left = left - np.bincount(candidate, minlength=J)
        result = np.full(J, np.nan)
        for code in np.unique(formula[rows]):
            chosen = np.flatnonzero((formula == code) & valid)
            mine = np.flatnonzero(formula[rows] == code)
            at, own, step = rows[mine], candidate[mine], None if log_step is None else log_step[mine]
            found = []
            for mean in MEANS[code]:
                weight = self._weight(mean)
                sums = []
                terms = mean.terms(weight[chosen], logs[chosen]), mean.terms(weight[at], logs[at])
                others: tuple[Floats, ...] = (np.zeros(len(at)), np.zeros(len(at)))
                if step is not None:
                    fallen = weight[at] * np.exp(-step) if mean.weight == "price" else weight[at]
                    others = mean.terms(fallen, logs[at] + step)
                for whole, old, new in zip(*terms, others, strict=True):
                    total = np.bincount(pairs.cell[chosen], whole, G)[cell]
                    sums.append(total + np.bincount(own, new - old, J))
                full = np.bincount(pairs.cell[chosen], terms[0][1], G)[cell]
                known = sums[1] > _NOTHING * full
                one = mean.log_value(np.where(known, sums[0], 1.0), np.where(known, sums[1], 1.0))
                found.append(np.where(known, one, np.nan))
            log_link = found[0] if len(found) == 1 else mean_of_known(found[0], found[1])
            done = np.unique(own)
            result[done] = np.exp(log_link[done])
        return np.where(left > 0, result, np.nan)

    def points(self, cell: Ints, link: Floats) -> tuple[Floats, Floats]:
        """Return what the links as compiled add to the month's change beside others, in percentage points.

        Parameters
        ----------
        cell : ndarray of int, shape (J,)
            Cells with a link of their own in the month.
        link : ndarray, shape (J,)
            The other link of each; NaN = the class would move with the class above it.

        Returns
        -------
        of_class, of_headline : ndarray, shape (J,)
            100 × (link as compiled − link with the other one), of the cell's class and of the headline. The weights
            are those compiled with. A class above is linear in the link of a cell, so this is exact.
        """
        run, t = self.run, self.month
        number = next(n for n, span in enumerate(run.inputs.spans) if t in span.months)
        segment, leaf = run.segments[number], run.inputs.leaves[number]
        tree = segment.tree
        some, j = np.unique(cell, return_inverse=True)
        inside = np.flatnonzero(leaf >= 0)
        own = np.full((len(tree.codes), 1 + 2 * len(some)), np.nan)
        own[leaf[inside]] = run.own[t, inside][:, np.newaxis]
        raised = 1 + np.arange(len(some))
        own[leaf[some], raised] += 1.0
        own[leaf[some], raised + len(some)] = np.nan
        before = segment.relative[segment.row(t) - 1]
        done = complete_links(own, before, segment.weight, tree).link
        result = []
        for node in (leaf[cell], np.full(len(cell), tree.position[HEADLINE])):
            as_is = done[node, 0]
            slope = done[node, 1 + j] - as_is
            gone = as_is - done[node, 1 + len(some) + j]
            # without any observed class there is nothing beside which to tell an effect: the month would not compile
            result.append(100.0 * np.where(np.isnan(link), gone, slope * (run.own[t, cell] - link)))
        return result[0], result[1]

    def _weight(self, mean: PowerMean) -> Floats:
        weight = self.pairs.weighing.weights(mean.weight)
        if weight is None:
            return np.ones(len(self.pairs.cell))
        # a Dutot weight is the reference price, carried
        return np.asarray(weight * (np.exp(self.moved) if mean.weight == "price" else 1.0))


def position(series: IndexSeries, month: str) -> int:
    """Return the position of a month.

    Raises
    ------
    UsageError
        The series has no such month.
    """
    if month not in series.months:
        raise UsageError(
            f"no index for {month}; the series runs from {series.months[0]} to {series.months[-1]}",
            zh=f"没有 {month} 的指数；序列自 {series.months[0]} 至 {series.months[-1]}",
        )
    return series.months.index(month)
