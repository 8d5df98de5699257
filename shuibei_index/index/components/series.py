"""Component series: metal, making charge and stones of every class, each chained on its own."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.index.compilation.segments import entry_levels
from shuibei_index.index.components.cells import CellParts
from shuibei_index.index.components.upward import years_of

if TYPE_CHECKING:
    from shuibei_index.index.compilation.products import Products
    from shuibei_index.index.compilation.segments import Segment
    from shuibei_index.index.components.unit_parts import UnitParts

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Components with a series of their own.
SERIES = COMPONENTS[:3]


@dataclass(frozen=True, eq=False)
class ComponentSeries:
    """Components of K classes over T months.

    Parameters
    ----------
    before, after : ndarray, shape (T, K, 4)
        Share of each component in the class's matched value of the month before, and the same a month later: after
        adds up to the class's link. NaN where the class has none.
    levels : ndarray, shape (T, K, 3)
        Chained levels of metal, making charge and stones on an arbitrary base; NaN where the component is none.
    imputed : ndarray of bool, shape (T, K, 3)
        Whether the month's movement was taken from the class above.
    turnover : ndarray, shape (T, K, 4)
        Share of each component in the turnover of the class's records; NaN = no turnover.
    segments : tuple of tuple of Segment
        For each component (4) the weight years, with what it added to each class since the link month as `relative`.
    """

    before: Floats
    after: Floats
    levels: Floats
    imputed: Bools
    turnover: Floats
    segments: tuple[tuple[Segment, ...], ...]

    @classmethod
    def of(cls, products: Products, parts: UnitParts, least_share: Floats, turnover: Floats) -> ComponentSeries:
        """Compile the components of a compilation.

        Parameters
        ----------
        products : Products
        parts : UnitParts
            Of the prices behind the pairs.
        least_share : ndarray, shape (T,)
            Share of a class's value a component must have for a movement of its own (rule component_least_share).
        turnover : ndarray, shape (T, K, 4)
            As the attribute.
        """
        run = products.run
        cells = CellParts.of(products, parts)
        years = years_of(run, cells)
        shape = (*run.levels.shape[:2], len(COMPONENTS))
        before, after = np.full(shape, np.nan), np.full(shape, np.nan)
        levels, imputed = np.full((*shape[:2], len(SERIES)), np.nan), np.zeros((*shape[:2], len(SERIES)), dtype=bool)
        for segment, year in zip(run.segments, years, strict=True):
            _enter(levels, segment)
            for row, t in enumerate(segment.span.months, start=1):
                before[t, segment.place], after[t, segment.place] = year.before[row], year.after[row]
                link, taken = _links(year.before[row], year.after[row], segment, least_share[t])
                here = levels[:, segment.place]
                # a component begins where the class first has a movement of its own in it: its level before is 1
                begins = np.isnan(here[t - 1]) & ~np.isnan(link) & ~taken & ~segment.imputed[row][:, np.newaxis]
                here[t - 1][begins] = 1.0
                # a top without any price stands still, as its total does
                still = np.isnan(link) & ~np.isnan(here[t - 1])
                here[t] = here[t - 1] * np.where(still, 1.0, link)
                levels[t - 1 : t + 1, segment.place] = here[t - 1 : t + 1]
                imputed[t, segment.place] = taken
        segments = tuple(
            tuple(
                dataclasses.replace(segment, relative=year.risen(segment.relative)[..., c])
                for segment, year in zip(run.segments, years, strict=True)
            )
            for c in range(len(COMPONENTS))
        )
        for array in (before, after, levels, imputed, turnover):
            array.setflags(write=False)
        return cls(before, after, levels, imputed, turnover, segments)

    def index(self, rows: list[int], shown: Bools) -> Floats:
        """Return the levels of the months `shown`, shape (T, K), with the mean of some as 100 (else the first)."""
        level = np.where(shown[..., np.newaxis], self.levels, np.nan)
        known = ~np.isnan(level)
        count = known[rows].sum(axis=0)
        mean = np.nansum(level[rows], axis=0) / np.where(count > 0, count, np.nan)
        first = np.take_along_axis(level, np.argmax(known, axis=0)[np.newaxis], axis=0)[0]
        return np.asarray(100.0 * level / np.where(np.isnan(mean), first, mean))


def _enter(levels: Floats, segment: Segment) -> None:
    """Let the classes a tree takes back set out from their last level, moved as the class above; in place."""
    link, place = segment.span.link, segment.place
    for c in range(levels.shape[2]):
        own = levels[: link + 1, place, c]
        back = np.isnan(own[link]) & ~np.isnan(own).all(axis=0)
        if back.any():
            start = entry_levels(levels[: link + 1, place, c : c + 1], link, segment.tree)[:, 0]
            levels[link, place[back], c] = start[back]


def _links(before: Floats, after: Floats, segment: Segment, least: float) -> tuple[Floats, Bools]:
    """Return the links of the components of one month, shape (K, 3), and which were taken from a class above."""
    n = len(SERIES)
    with np.errstate(divide="ignore", invalid="ignore"):
        link = np.where((before[:, :n] >= least) & (after[:, :n] > 0), after[:, :n] / before[:, :n], np.nan)
    taken = np.isnan(link)
    tree = segment.tree
    for at in tree.steps_down:
        gap = np.isnan(link[at])
        link[at] = np.where(gap, link[tree.parent[at]], link[at])
    return link, taken
