"""Turnover by part: what metal, making charges and stones are in the turnover of every class, and what is unsplit."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.index.hierarchy.nodes import node_weights

if TYPE_CHECKING:
    from shuibei_index.index.compilation.run import Compilation

Floats = npt.NDArray[np.float64]


def turnover_shares(run: Compilation) -> Floats:
    """Return the share of each part in the turnover of a class, shape (T, K, 4); NaN = no turnover in the month.

    The last is that of records that could not be split; without any split at all it is 1.
    """
    inputs = run.inputs
    C, fen = len(COMPONENTS), _fen_of_cells(run)
    share = np.full((*run.levels.shape[:2], C), np.nan)
    for number, segment in enumerate(run.segments):
        leaf = inputs.leaves[number]
        inside = np.flatnonzero(leaf >= 0)
        # the first month of all is a link month of its own; later ones belong to the year before
        months = [*([segment.span.link] if number == 0 else []), *segment.span.months]
        of_leaf = np.zeros((len(segment.tree.codes), len(months) * C))
        of_leaf[leaf[inside]] = fen[months][:, inside].transpose(1, 0, 2).reshape(len(inside), -1)
        sums = node_weights(of_leaf, segment.tree).reshape(len(of_leaf), len(months), C).transpose(1, 0, 2)
        total = sums.sum(axis=2, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            share[np.array(months)[:, np.newaxis], segment.place] = np.where(total > 0, sums / total, np.nan)
    return share


def _fen_of_cells(run: Compilation) -> Floats:
    """Return the turnover of each part in each month and cell, shape (T, G, 4)."""
    inputs, panel, parts = run.inputs, run.inputs.panel, run.inputs.panel.parts
    G, starts = inputs.cells.number, panel.starts.tolist()
    fen = np.zeros((len(panel.months), G, len(COMPONENTS)))
    # month by month, so that what one step writes is still at hand for the next
    for t, rows in enumerate(slice(a, b) for a, b in pairwise(starts)):
        cell = inputs.cells.item_cell[panel.item[rows]]
        rest = np.maximum(panel.amount_fen[rows], 0)
        if parts is not None:
            for c, values in enumerate((parts.metal_fen[rows], parts.making_fen[rows], parts.stone_fen[rows])):
                fen[t, :, c] = np.bincount(cell, values, G)
                rest -= values
        if rest.any():
            fen[t, :, -1] = np.bincount(cell, np.maximum(rest, 0), G)
    return fen
