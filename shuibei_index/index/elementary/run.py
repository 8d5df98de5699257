"""Elementary runs: month by month the links of the cells, of the classes above them, and what is carried on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from shuibei_index.index.elementary.cell_links import CellLinks, MatchedPairs
from shuibei_index.index.elementary.imputation import Spells, spells
from shuibei_index.index.elementary.observations import Observations
from shuibei_index.index.elementary.samples import Sample
from shuibei_index.index.elementary.table import ElementaryTable
from shuibei_index.index.hierarchy.nodes import complete_links
from shuibei_index.index.tree.classification import Hierarchy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Tops:
    """The tree above the cells: position of each cell in it, shape (G,), and weights of all K classes."""

    tree: Hierarchy
    leaf: Ints
    weight: Floats


@dataclass(frozen=True)
class ElementaryRun:
    """All that elementary aggregates are made of, and their links and levels once it has run.

    Parameters
    ----------
    coded : ElementaryTable
    sample : Sample
    pairs : MatchedPairs
        Over the observations with what was carried forward or backward among them.
    links : CellLinks
    reach : ndarray of int
        Last month to which each of these is carried, as `Imputation.reach` or by observation.
    origin : ndarray of int, or None
        Position of the price of each of these among the sample's observations; None = nothing was carried.
    tops : Tops or None
    order : float
    own : ndarray, shape (T, G)
        Links of the cells; NaN where none.
    class_link, class_level : ndarray, shape (T, K)
        Of the classes of the tree, with missing ones taken from their parents; NaN where nothing at all is matched.
    imputed : ndarray of bool, shape (T, K)
        Whether a class took its parent's link.
    """

    coded: ElementaryTable
    sample: Sample
    pairs: MatchedPairs
    links: CellLinks
    reach: Ints
    origin: Ints | None
    tops: Tops | None
    order: float
    own: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    class_link: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    class_level: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    imputed: Bools = field(default_factory=lambda: np.zeros((0, 0), dtype=np.bool_))

    @property
    def observed(self) -> Observations:
        """Prices, with what was carried forward or backward among them."""
        return self.pairs.observed

    def gaps(self) -> Spells:
        """Return the months of the sample in which an item has no price, but had one before."""
        observed, until = self.observed, self.sample.until
        last = until if self.origin is None else until[self.origin]
        return spells(observed, self.coded.item_cell, last)

    def imputed_gaps(self, gaps: Spells) -> Bools:
        """Tell which gaps are carried, as far as the rules reach."""
        observed = self.observed
        if self.reach.ndim == 1:
            return np.asarray(gaps.month <= self.reach[gaps.observation])
        return np.asarray(gaps.month <= self.reach[observed.month[gaps.observation], 0])


def run_months(run: ElementaryRun, keep: bool) -> ElementaryRun:
    """Run the months.

    Parameters
    ----------
    keep : bool
        A cell in which a product of the sample has no relative has no link of its own.
    """
    coded, links, tops = run.coded, run.links, run.tops
    T, G = len(coded.periods), len(coded.cells)
    K = 0 if tops is None else len(tops.tree.codes)
    own = np.full((T, G), np.nan)
    class_link, class_level = np.full((T, K), np.nan), np.full((T, K), np.nan)
    imputed = np.zeros((T, K), dtype=np.bool_)
    relative, going = np.ones(K), np.ones(K, dtype=np.bool_)
    whole = _Wholeness(run) if keep else None
    for t in range(T):
        if t == 0:
            first = run.observed.item[: int(run.observed.starts[1])]
            own[0, coded.item_cell[first]] = 1.0
        else:
            own[t] = links.links(t)[:, 0]
        if whole is not None:
            own[t, ~whole.complete(t)] = np.nan
        moved = own[t]
        if tops is not None:
            of_leaf = np.full(K, np.nan)
            of_leaf[tops.leaf] = own[t]
            done = complete_links(of_leaf, relative, tops.weight, tops.tree, order=run.order)
            relative = relative * np.where(np.isnan(done.link), 1.0, done.link)
            # past a month in which nothing at all is matched there is no level
            going &= ~np.isnan(done.link)
            class_link[t], imputed[t] = done.link, done.imputed
            class_level[t] = np.where(going, relative, np.nan)
            moved = done.link[tops.leaf]
        if t:
            links.carry(t, moved[:, np.newaxis], own[t][:, np.newaxis])
    filled = {"own": own, "class_link": class_link, "class_level": class_level, "imputed": imputed}
    for array in filled.values():
        array.setflags(write=False)
    return ElementaryRun(
        run.coded, run.sample, run.pairs, run.links, run.reach, run.origin, run.tops, run.order, **filled
    )


class _Wholeness:
    """Whether every product of the sample in a cell has a relative, its own or an imputed one."""

    def __init__(self, run: ElementaryRun) -> None:
        self.run, coded = run, run.coded
        T, G = len(coded.periods), len(coded.cells)
        observed, gaps = run.observed, run.gaps()
        gap_cell = coded.item_cell[observed.item[gaps.observation]]
        early_month, early_item = run.sample.early
        if run.origin is not None:
            # what was carried backward is no gap any more
            present = observed.month * observed.n_items + observed.item
            early = ~np.isin(early_month * observed.n_items + early_item, present)
            early_month, early_item = early_month[early], early_item[early]
        cells = np.concatenate([coded.item_cell[observed.item], gap_cell, coded.item_cell[early_item]])
        months = np.concatenate([observed.month, gaps.month, early_month])
        #: products of the sample, shape (T, G)
        self.number = np.bincount(months * G + cells, minlength=T * G).reshape(T, G)
        self.priced = np.bincount(observed.month * G + coded.item_cell[observed.item], minlength=T * G).reshape(T, G)
        carried = run.imputed_gaps(gaps)
        order = np.argsort(gaps.month[carried], kind="stable")
        self.start = observed.month[gaps.observation[carried]][order]
        self.cell = gap_cell[carried][order]
        self.starts = np.searchsorted(gaps.month[carried][order], np.arange(T + 1))

    def complete(self, t: int) -> Bools:
        """Return whether each cell is whole in a month; the months before it are done."""
        if t == 0:
            return np.asarray(self.priced[0] == self.number[0])
        rows = slice(self.starts[t], self.starts[t + 1])
        cell, start, breaks = self.cell[rows], self.start[rows], self.run.links.breaks[..., 0]
        unbroken = breaks[t - 1, cell] == breaks[start, cell]
        carried = np.bincount(cell[unbroken], minlength=self.number.shape[1])
        return np.asarray(self.run.links.matched[t] + carried == self.number[t])
