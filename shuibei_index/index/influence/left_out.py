"""Left out of one month: what single lines of a month do to its index, the history staying as it is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.index.compilation.series import IndexSeries
from shuibei_index.index.elementary.cell_links import CellLinks
from shuibei_index.index.elementary.link_sums import LinkSums, link_sums
from shuibei_index.index.hierarchy.nodes import complete_links

if TYPE_CHECKING:
    from shuibei_index.index.compilation.inputs import Inputs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Candidates worked on at a time.
_BLOCK = 64


@dataclass(frozen=True)
class Candidates:
    """What is left out, one candidate after the other: firms, in one cell or in all.

    Parameters
    ----------
    candidate : ndarray of int, shape (M,)
        Number of the candidate, 0 … R−1, to which each pair of firm and cell belongs.
    firm, cell : ndarray of int, shape (M,)
        Positions in `Inputs.firms[0]` and `Inputs.words`; −1 as a cell = all cells.
    number : int
        R.
    """

    candidate: Ints
    firm: Ints
    cell: Ints
    number: int


def month_sums(inputs: Inputs, t: int) -> LinkSums:
    """Return the sums by firm of the pairs that enter the links of one month."""
    firm = inputs.firms[1][inputs.pairs.item]
    sums = link_sums(inputs.pairs, len(inputs.panel.months), inputs.cells.number, firm)
    rows = slice(int(sums.starts[t]), int(sums.starts[t + 1]))
    starts = np.zeros(len(sums.starts), dtype=np.int64)
    starts[t + 1 :] = rows.stop - rows.start
    wide = {name: getattr(sums, name)[:, rows] for name in ("above", "below")}
    narrow = {name: getattr(sums, name)[rows] for name in ("month", "cell", "start", "firm", "matched", "formula")}
    return dataclasses.replace(sums, **narrow, **wide, starts=starts)


def left_out(series: IndexSeries, t: int, candidates: Candidates, sums: LinkSums | None = None) -> Floats:
    """Return the index of one month without some lines of that month, less the index with them.

    Parameters
    ----------
    series : IndexSeries
        As `compile_index` made it.
    t : int
        Position of the month, at least 1.
    candidates : Candidates
    sums : LinkSums, optional
        `month_sums` of the month, if several questions are asked about it.

    Returns
    -------
    ndarray, shape (K, R)
        Index points, by class; NaN where nothing of the headline would be left.

    Notes
    -----
    All months before stay as they were, and so do the weights; what is left out is not imputed. For items that were
    sold in the month before this is the effect of the firm not having reported. Decision 0226.
    """
    assert series.products is not None
    run = series.products.run
    inputs = run.inputs
    sums = month_sums(inputs, t) if sums is None else sums
    number = next(n for n, span in enumerate(inputs.spans) if t in span.months)
    segment, tree = run.segments[number], inputs.trees[number]
    place, leaf = inputs.places[number], inputs.leaves[number]
    row, inside = segment.row(t), np.flatnonzero(leaf >= 0)
    now = segment.relative[row] / segment.relative[row - 1]
    G, T, J = inputs.cells.number, len(inputs.panel.months), len(sums.cell)
    every = dataclasses.replace(sums, firm=np.arange(J, dtype=np.int64))
    effect = np.full((len(inputs.codes), candidates.number), np.nan)
    for first in range(0, candidates.number, _BLOCK):
        R = min(_BLOCK, candidates.number - first)
        links = CellLinks(every, inputs.cells, T, _kept(candidates, first, R, sums, len(inputs.firms[0]), G))
        links.drift = np.broadcast_to(run.links.drift[..., :1], links.drift.shape)
        links.breaks = np.broadcast_to(run.links.breaks[..., :1], links.breaks.shape)
        own = links.links(t)
        of_class = np.full((len(tree.codes), R), np.nan)
        of_class[leaf[inside]] = own[inside]
        link = complete_links(of_class, segment.relative[row - 1], segment.weight, tree).link
        effect[place, first : first + R] = series.index[t, place, np.newaxis] * (link / now[:, np.newaxis] - 1.0)
    return effect


def _kept(candidates: Candidates, first: int, R: int, sums: LinkSums, F: int, G: int) -> Floats:
    """Return 1 for rows that stay and 0 for rows that a candidate leaves out, shape (J, R)."""
    chosen = (candidates.candidate >= first) & (candidates.candidate < first + R)
    column = candidates.candidate[chosen] - first
    firm, cell = candidates.firm[chosen], candidates.cell[chosen]
    # one table a candidate: which (firm, cell) go; a cell of −1 takes a whole row
    gone = np.zeros((R, F, G), dtype=np.bool_)
    whole = cell < 0
    gone[column[whole], firm[whole]] = True
    gone[column[~whole], firm[~whole], cell[~whole]] = True
    return np.where(gone[:, sums.firm, sums.cell].T, 0.0, 1.0)
