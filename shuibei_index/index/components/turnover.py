"""Turnover by part: what metal, making charges and stones are in the turnover of every class, and what is unsplit."""

from __future__ import annotations

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
    panel, T, G, C = inputs.panel, len(inputs.panel.months), inputs.cells.number, len(COMPONENTS)
    key = panel.month * G + inputs.cells.item_cell[panel.item]
    nothing = np.zeros(len(key), dtype=np.int64)
    parts = panel.parts
    split = (nothing,) * 3 if parts is None else (parts.metal_fen, parts.making_fen, parts.stone_fen)
    rest = np.maximum(panel.amount_fen, 0) - sum(split)
    fen = np.stack([np.bincount(key, one, T * G).reshape(T, G) for one in (*split, np.maximum(rest, 0))], axis=2)
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
