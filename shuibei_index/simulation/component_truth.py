"""Metal, making charge and stones of the true index: chained once more from decision 0232, in dense arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from shuibei_index.simulation.truth import Branches

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NAMES = ("metal", "making", "stone")


class ComponentChain:
    """Levels of the components of all classes, made month by month.

    Parameters
    ----------
    n_months, n_classes : int
    """

    def __init__(self, n_months: int, n_classes: int) -> None:
        #: chained levels on an arbitrary base, shape (T, K, 3); NaN = no such component (yet)
        self.level: Floats = np.full((n_months, n_classes, len(NAMES)), np.nan)
        #: shares of the components in each leaf when it was last matched, shape (K, 3)
        self.held: Floats = np.full((n_classes, len(NAMES)), np.nan)

    def add(
        self,
        t: int,
        here: Branches,
        cols: npt.NDArray[np.int64],
        sides: tuple[Floats, Floats],
        matched: Bools,
        moved: Floats,
        relative: Floats,
        weight: Floats,
        least: float,
    ) -> None:
        """Chain month t.

        Parameters
        ----------
        cols : ndarray of int, shape (k,)
            Position of the tree's classes among all.
        sides : two ndarrays, shape (k, 3)
            Σ ω p0c'/p0' and Σ ω p1c/p0' of the leaves (`leaf_sides`); NaN = nothing matched.
        matched : ndarray of bool, shape (k,)
            Classes with a matched item below them.
        moved : ndarray, shape (k,)
            Link of each class, its own or that of a class above.
        relative, weight : ndarray, shape (k,)
            Index of each class over the link month a month before, and its weight at link prices.
        least : float
            Smallest share of a component that moves on its own.
        """
        old, new = sides
        own_leaf = here.tree.is_leaf & ~np.isnan(new[:, 0])
        self.held[cols[own_leaf]] = new[own_leaf] / new[own_leaf].sum(axis=1, keepdims=True)
        # a leaf that is absent moves as a whole: its components keep their shares
        absent = np.flatnonzero(here.tree.is_leaf & ~own_leaf & ~np.isnan(self.held[cols, 0]))
        old, new = old.copy(), new.copy()
        old[absent] = self.held[cols[absent]]
        new[absent] = self.held[cols[absent]] * moved[absent, np.newaxis]
        before, after = (self._up(here, side, relative, weight) for side in (old, new))
        with np.errstate(divide="ignore", invalid="ignore"):
            own = np.where((before >= least) & (after > 0), after / before, np.nan)
        link = np.stack([_down(here, own[:, c]) for c in range(len(NAMES))], axis=1)
        start = self.level[t - 1, cols]
        start = np.where(np.isnan(start) & ~np.isnan(own) & matched[:, np.newaxis], 1.0, start)
        self.level[t - 1, cols] = start
        self.level[t, cols] = start * np.where(np.isnan(link), 1.0, link)

    @staticmethod
    def _up(here: Branches, side: Floats, relative: Floats, weight: Floats) -> Floats:
        columns = [_down(here, here.young(side[:, c], relative, weight)) for c in range(side.shape[1])]
        return np.stack(columns, axis=1)


def _down(here: Branches, values: Floats) -> Floats:
    """Let classes without a value take that of the class above; a top without one keeps NaN."""
    values, tree = values.copy(), here.tree
    for depth in range(1, int(tree.depth.max(initial=0)) + 1):
        gap = np.flatnonzero((tree.depth == depth) & np.isnan(values) & (tree.parent >= 0))
        values[gap] = values[tree.parent[gap]]
    return values


def leaf_sides(
    here: Branches, matched: Bools, weight: Floats, ratio: Floats, link: Floats, before: Floats, after: Floats
) -> tuple[Floats, Floats]:
    """Return what the components are in the leaves before and after, shape (K, 3) each; they add up to 1 and the link.

    Parameters
    ----------
    matched : ndarray of bool, shape (N,)
    weight, ratio : ndarray, shape (N,)
        Weight of each item in the mean of logarithms, and ln(p1/p0').
    link : ndarray, shape (K,)
        exp of that mean.
    before, after : ndarray, shape (N, 3)
        Parts of the two prices in any unit, of the reference price at the later content.

    Notes
    -----
    ω ∝ w ln x/(x − 1) with x = (p1/p0')/link makes Σ ω p1/p0' = link: Σ ω (x − 1) = Σ w ln x = 0.
    """
    n = np.flatnonzero(matched)
    leaf = here.leaf[n]
    x = ratio[n] - np.log(link[leaf])
    steep = np.abs(x) > 1e-9
    omega = weight[n] * np.where(steep, np.where(steep, x, 1.0) / np.where(steep, np.expm1(x), 1.0), 1.0 - x / 2.0)
    K = len(here.tree.codes)
    omega = omega / np.bincount(leaf, omega, K)[leaf]
    shares0 = before[n] / before[n].sum(axis=1, keepdims=True)
    shares1 = after[n] / after[n].sum(axis=1, keepdims=True) * np.exp(ratio[n])[:, np.newaxis]
    nothing = np.bincount(leaf, minlength=K) == 0

    def side(shares: Floats) -> Floats:
        sums = [np.bincount(leaf, omega * shares[:, c], K).astype(float) for c in range(len(NAMES))]
        return np.where(nothing[:, np.newaxis], np.nan, np.stack(sums, axis=1))

    return side(shares0), side(shares1)
