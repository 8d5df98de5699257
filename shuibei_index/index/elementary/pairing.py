"""Pairing: cells, and the pairs of prices in two months that enter their links."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from shuibei_index.index.elementary.formulas import MEANS, PowerMean, Weighing
from shuibei_index.index.elementary.imputation import CARRY_FORWARD, Imputation, carried_forward
from shuibei_index.index.elementary.observations import Observations

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
#: Type of a table's entries.
Code = TypeVar("Code", np.int64, np.bool_)


@dataclass(frozen=True)
class Cells:
    """Elementary cells: which items are in them, and by which formula and imputation rule they are compiled.

    Parameters
    ----------
    item_cell : ndarray of int, shape (N,)
        Cell of each item, 0 … G−1.
    formula : ndarray of int, shape (T, G) or (T, 1)
        Position in `means`.
    imputation : Imputation
    alive : ndarray of bool, shape (T, G) or (T, 1)
        Whether the cell belongs to the month's classification.
    number : int
        G.
    means : tuple
        Means of each formula by its code: those of `elementary.NAMES`, and further ones.
    """

    item_cell: Ints
    formula: Ints
    imputation: Imputation
    alive: Bools
    number: int
    means: tuple[tuple[PowerMean, ...], ...] = MEANS


def at(table: npt.NDArray[Code], month: Ints | int, cell: Ints) -> npt.NDArray[Code]:
    """Return the entries of a (T, G) or (T, 1) table, for months and cells."""
    return np.asarray(table[month, 0] if table.shape[1] == 1 else table[month, cell])


@dataclass(frozen=True)
class MonthPairs:
    """The pairs that enter the links of one month. Shape (Q,) each.

    Parameters
    ----------
    before, after : ndarray of int
        Positions among the observations.
    start, item, cell : ndarray of int
        Month before, item, cell.
    log_relative : ndarray
    formula : ndarray of int, shape (Q,) or (1,)
    weighing : Weighing
    """

    before: Ints
    after: Ints
    start: Ints
    item: Ints
    cell: Ints
    log_relative: Floats
    formula: Ints
    weighing: Weighing


@dataclass(frozen=True)
class MatchedPairs:
    """The pairs that enter the links (an item not carried to its return is new then), and their weights.

    They are made month by month, where they are small; the whole arrays, shape (Q,), only when asked for.

    Parameters
    ----------
    observed : Observations
        Those given, with the prices carried forward among them.
    source : ndarray of int, shape (C,), or None
        Position of the price of each row among the observations given; None = nothing was carried forward.
    cells : Cells
    reach : ndarray of int, shape (T, G) or (T, 1), or (C,)
        As `Imputation.reach`, or the last month for each observation.
    weigh_all : bool
        Values weigh formulas of prices only, too.
    """

    observed: Observations
    source: Ints | None
    cells: Cells
    reach: Ints
    weigh_all: bool = False

    @cached_property
    def _tests(self) -> tuple[bool, bool]:
        # whether cells leave the classification, and whether any price is not carried to the end
        last = np.minimum(len(self.reach), self.observed.n_months) - 2
        ends = self.reach.ndim == 1 or bool((self.reach < last).any())
        return not bool(self.cells.alive.all()), ends

    def month(self, t: int) -> MonthPairs:
        """Return the pairs of one later month."""
        return self._again(t) if "_made" in self.__dict__ else self._make(t)

    def keep(self) -> None:
        """Make all months now: for callers that go through them more than once."""
        _ = self._made

    def _again(self, t: int) -> MonthPairs:
        whole = {name: values[self.cuts[t] : self.cuts[t + 1]] for name, values in self._whole.items()}
        row = self.cells.formula[t if len(self.cells.formula) > 1 else 0]
        cell, before, after = whole["cell"], whole["before"], whole["after"]
        weighing = Weighing(self.observed, before, after, whole["start"] == t - 1, cell, self.weigh_all)
        return MonthPairs(**whole, formula=row if len(row) == 1 else row[cell], weighing=weighing)

    def _make(self, t: int) -> MonthPairs:
        observed, cells = self.observed, self.cells
        first = int(observed.starts[t])
        last = observed.last[first : int(observed.starts[t + 1])]
        after = np.flatnonzero(last >= 0)
        before = last[after]
        after += first
        item = observed.item[after]
        start, cell = observed.month[before], cells.item_cell[item]
        some_leave, some_end = self._tests
        if some_leave or some_end:
            entering = np.ones(len(after), dtype=np.bool_)
            if some_leave:
                entering &= at(cells.alive[t : t + 1], 0, cell)
            if some_end:
                entering &= (self.reach[before] if self.reach.ndim == 1 else at(self.reach, start, cell)) >= t - 1
            if not entering.all():
                before, after, item, start, cell = (x[entering] for x in (before, after, item, start, cell))
        log_relative = observed.log_price[after]
        log_relative -= observed.log_price[before]
        row = cells.formula[t if len(cells.formula) > 1 else 0]
        formula = row if len(row) == 1 else row[cell]
        weighing = Weighing(observed, before, after, start == t - 1, cell, self.weigh_all)
        return MonthPairs(before, after, start, item, cell, log_relative, formula, weighing)

    @cached_property
    def _made(self) -> tuple[dict[str, Any], list[int]]:
        names = ("before", "after", "start", "item", "cell", "log_relative")
        size = int(np.count_nonzero(self.observed.last >= 0))
        whole = {name: np.empty(size, dtype=float if name == "log_relative" else np.int64) for name in names}
        cuts = [0]
        for t in range(self.observed.n_months):
            month = self._make(t)
            here = slice(cuts[-1], cuts[-1] + len(month.cell))
            for name, values in whole.items():
                values[here] = getattr(month, name)
            cuts.append(here.stop)
        for values in whole.values():
            values.setflags(write=False)
        return {name: values[: cuts[-1]] for name, values in whole.items()}, cuts

    @property
    def _whole(self) -> dict[str, Any]:
        return self._made[0]

    @property
    def cuts(self) -> list[int]:
        """First pair of each later month, T + 1 of them."""
        return self._made[1]

    @property
    def before(self) -> Ints:
        """Position of the earlier observation, shape (Q,)."""
        return np.asarray(self._whole["before"])

    @property
    def after(self) -> Ints:
        """Position of the later observation, in order of month."""
        return np.asarray(self._whole["after"])

    @property
    def start(self) -> Ints:
        """Earlier month."""
        return np.asarray(self._whole["start"])

    @cached_property
    def end(self) -> Ints:
        """Later month."""
        return np.repeat(np.arange(self.observed.n_months, dtype=np.int64), np.diff(self.cuts))

    @property
    def item(self) -> Ints:
        """Item."""
        return np.asarray(self._whole["item"])

    @property
    def cell(self) -> Ints:
        """Cell."""
        return np.asarray(self._whole["cell"])

    @property
    def log_relative(self) -> Floats:
        """ln(price / last price), quality taken out."""
        return np.asarray(self._whole["log_relative"])

    @cached_property
    def formula(self) -> Ints:
        """Position in `elementary.NAMES`, shape (Q,), or (1,) if there is one only."""
        table = self.cells.formula
        if (table == table.flat[0]).all():
            return table.ravel()[:1]
        formula = np.empty(len(self.cell), dtype=np.int64)
        for t in range(self.observed.n_months):
            # month by month one row of the table is enough
            here = slice(self.cuts[t], self.cuts[t + 1])
            formula[here] = at(table[t : t + 1] if len(table) > 1 else table, 0, self.cell[here])
        return formula

    @cached_property
    def weighing(self) -> Weighing:
        """Weights of all pairs."""
        key = self.end * self.cells.number + self.cell
        return Weighing(self.observed, self.before, self.after, self.end - self.start == 1, key, self.weigh_all)

    @cached_property
    def chosen(self) -> Ints:
        """Positions among `observed.pairs`."""
        number = np.cumsum(self.observed.last >= 0) - 1
        return np.asarray(number[self.after])


def matched_pairs(observed: Observations, cells: Cells, reach: Ints, *, weigh_all: bool = False) -> MatchedPairs:
    """Return the pairs whose reference price is known in the month before the later one.

    Parameters
    ----------
    observed : Observations
    cells : Cells
    reach, weigh_all
        As `MatchedPairs`.
    """
    if not (cells.imputation.method == CARRY_FORWARD).any():
        return MatchedPairs(observed, None, cells, reach, weigh_all)
    carried = carried_forward(observed, cells.item_cell, cells.imputation.method, reach)
    return MatchedPairs(carried.observed, carried.source, cells, carried.reach, weigh_all)
