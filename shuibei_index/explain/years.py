"""Years: weight years with the parts of every class, as compiled or with the weights held on past their last month."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.index import IndexSeries
from shuibei_index.index.compilation.segments import Segment
from shuibei_index.index.components.unit_parts import UNSPLIT
from shuibei_index.index.hierarchy.nodes import child_weights, complete_links

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_N = len(COMPONENTS)


@dataclass(frozen=True, eq=False)
class Year:
    """A weight year of K classes, with the parts of their links.

    Parameters
    ----------
    segment : Segment
    before, after : ndarray, shape (1 + months, K, 4)
        As `ComponentSeries`, by row of `segment.relative`; row 0 is not used.
    """

    segment: Segment
    before: Floats
    after: Floats

    @property
    def last(self) -> int:
        """Last month."""
        return self.segment.span.months[-1] if self.segment.span.months else self.segment.span.link

    def shares(self, node: int) -> Floats:
        """Return the weight of every class in a class above it, shape (K,); 0 for those not below it, 1 for itself."""
        tree = self.segment.tree
        share = np.zeros(len(tree.codes))
        share[node] = 1.0
        within = np.zeros(len(tree.codes))
        for rung in tree.rungs:
            weight = child_weights(self.segment.weight, rung)
            within[rung.child] = weight / rung.spread(rung.sum(weight))
        for at in tree.steps_down:
            at = at[at != node]
            share[at] = share[tree.parent[at]] * within[at]
        return share

    def below(self, node: int) -> Bools:
        """Tell which classes are a class or stand below it, shape (K,)."""
        tree = self.segment.tree
        found = np.zeros(len(tree.codes), dtype=bool)
        found[node] = True
        for at in tree.steps_down:
            found[at] |= found[tree.parent[at]] & tree.counted[at]
        return found

    def worth(self, month: int, node: int, shares: Floats) -> Floats:
        """Return what every class is worth in a class above it at prices of the month before, shape (K,)."""
        relative = self.segment.relative[self.segment.row(month) - 1]
        return np.asarray(shares * relative / relative[node])


def year_of(series: IndexSeries, segment: Segment) -> Year:
    """Return a weight year as it was compiled."""
    rows = np.array([segment.span.link, *segment.span.months], dtype=np.int64)
    if series.components is not None:
        parts = (side[np.ix_(rows, segment.place)] for side in (series.components.before, series.components.after))
        return Year(segment, *parts)
    before, after = np.zeros((*segment.relative.shape, _N)), np.zeros((*segment.relative.shape, _N))
    before[..., UNSPLIT] = 1.0
    after[1:, :, UNSPLIT] = segment.relative[1:] / segment.relative[:-1]
    return Year(segment, before, after)


def held(series: IndexSeries, segment: Segment, until: int) -> Year:
    """Return a weight year with its weights, updated by prices alone, held until a later month.

    Notes
    -----
    The links of the cells are those compiled; a class the later tree does not have takes the movement of the class
    above it.
    """
    year = year_of(series, segment)
    if until <= year.last:
        return year
    run = series.own_products().run
    number = next(n for n, one in enumerate(run.segments) if one is segment)
    tree, leaf = segment.tree, run.inputs.leaves[number]
    inside = np.flatnonzero(leaf >= 0)
    at = pd.Index(series.codes).get_indexer(pd.Index(run.inputs.words))[inside]
    relative, before, after = [segment.relative], [year.before], [year.after]
    now = segment.relative[-1]
    for month in range(year.last + 1, until + 1):
        own = np.full(len(tree.codes), np.nan)
        own[leaf[inside]] = run.own[month, inside]
        parts = np.full((len(tree.codes), 2 * _N), np.nan)
        parts[leaf[inside]] = _cell_parts(series, month, at, run.own[month, inside])
        link = complete_links(own, now, segment.weight, tree).link
        sides = complete_links(parts, now, segment.weight, tree).link
        now = now * np.where(np.isnan(link), 1.0, link)
        relative.append(now[np.newaxis])
        before.append(sides[np.newaxis, :, :_N])
        after.append(sides[np.newaxis, :, _N:])
    span = dataclasses.replace(segment.span, months=(*segment.span.months, *range(year.last + 1, until + 1)))
    longer = dataclasses.replace(segment, span=span, relative=np.concatenate(relative))
    return Year(longer, np.concatenate(before), np.concatenate(after))


def _cell_parts(series: IndexSeries, month: int, at: Ints, own: Floats) -> Floats:
    """Return the parts of the cells' own links, before and after, shape (cells, 8); NaN where nothing was matched."""
    sides = np.zeros((len(at), 2 * _N))
    if series.components is None:
        sides[:, UNSPLIT], sides[:, _N + UNSPLIT] = 1.0, own
    else:
        sides[:, :_N], sides[:, _N:] = series.components.before[month, at], series.components.after[month, at]
    sides[np.isnan(own)] = np.nan
    return sides
