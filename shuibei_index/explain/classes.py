"""Classes: the same table for the classes below, adding up to the change of the class above."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.explain.effects import CAUSES, Change, Effects
from shuibei_index.explain.paths import Path, Piece
from shuibei_index.explain.years import Year

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Columns with the points of each component.
PARTS = tuple(f"{name}_pp" for name in COMPONENTS)


def class_table(effects: Effects, steps: int = 1) -> pd.DataFrame:
    """Return what the classes some steps below add to a change, by cause and by component.

    Parameters
    ----------
    effects : Effects
    steps : int
        1 = the next level; a leaf that ends above the level stands for itself.

    Returns
    -------
    DataFrame
        class_code, name_zh, name_en, weight_share (of the class's value in the first month), change_pct, one column a
        cause, metal_pp, making_pp, stone_pp, unsplit_pp, points_pp. Causes add up to the points of a row, components
        too, rows to the change. A row without a class is a movement taken from above as a whole. Largest first;
        empty for a leaf.
    """
    change, series = effects.change, effects.change.series
    first = effects.paths[0].pieces[0]
    tree = first.year.segment.tree
    owner = _owners(first.year, first.node, steps)
    if not (owner >= 0).any():
        return pd.DataFrame()
    codes = sorted(_codes(effects.paths[0], steps) | _codes(effects.paths[-1], steps))
    number = {code: n for n, code in enumerate(codes)}
    added = np.zeros((len(codes) + 1, len(CAUSES), len(COMPONENTS)))
    by_leaf = effects.by_leaf.transpose(1, 0, 2)
    for k in np.unique(owner[owner >= 0]):
        added[number[tree.codes[k]], :-1] = by_leaf[owner == k].sum(axis=0)
    added[-1, CAUSES.index("above")] = effects.paths[0].above.sum(axis=0)
    begun, done = (_points(path, number, steps) for path in (effects.paths[0], effects.paths[-1]))
    added[:, CAUSES.index("weights")] = done - begun
    share = dict.fromkeys(codes, 0.0)
    worth = first.year.worth(first.start + 1, first.node, first.year.shares(first.node))
    share |= {code: float(worth[tree.position[code]]) for code in codes if code in tree.position}
    place = np.array([series.codes.index(code) for code in codes], dtype=np.int64)
    levels = _levels(change)
    frame = series.names.iloc[place][["class_code", "name_zh", "name_en"]].reset_index(drop=True)
    frame["weight_share"] = list(share.values())
    frame["change_pct"] = 100.0 * (levels[change.end, place] / levels[change.start, place] - 1.0)
    above = {"class_code": "", "name_zh": "", "name_en": "", "weight_share": np.nan, "change_pct": np.nan}
    frame = pd.concat([frame, pd.DataFrame([above])], ignore_index=True)
    frame[list(CAUSES)] = added.sum(axis=2)
    frame[list(PARTS)] = added.sum(axis=1)
    frame["points_pp"] = frame[list(PARTS)].sum(axis=1)
    if not np.abs(added[-1]).any():
        frame = frame.iloc[:-1]
    return frame.iloc[np.argsort(-frame["points_pp"].abs().to_numpy(), kind="stable")].reset_index(drop=True)


def _owners(year: Year, top: int, steps: int) -> Ints:
    """Return for each class the class some steps below `top` that it belongs to, shape (K,); −1 = none."""
    below = year.below(top)
    tree = year.segment.tree
    owner = np.full(len(tree.codes), -1, dtype=np.int64)
    depth = tree.depth - tree.depth[top]
    for at in tree.steps_down:
        at = at[tree.counted[at]]
        inside = below[at] & (depth[at] > 0)
        stands = inside & ((depth[at] == steps) | (tree.is_leaf[at] & (depth[at] < steps)))
        owner[at] = np.where(stands, at, owner[tree.parent[at]])
    return owner


def _stand(piece: Piece, steps: int) -> Ints:
    owner = _owners(piece.year, piece.node, steps)
    return np.unique(owner[owner >= 0])


def _codes(path: Path, steps: int) -> set[str]:
    return {piece.year.segment.tree.codes[k] for piece in path.pieces for k in _stand(piece, steps)}


def _points(path: Path, number: dict[str, int], steps: int) -> Floats:
    """Return what each class adds along a path, shape (classes + 1, 4); the last row is what was taken from above."""
    total = np.zeros((len(number) + 1, len(COMPONENTS)))
    for piece, points in zip(path.pieces, path.points(), strict=True):
        # a class that a later tree split does not stand for itself there: its successors do
        stand = _stand(piece, steps)
        total[[number[piece.year.segment.tree.codes[k]] for k in stand]] += points[stand]
    total[-1] = path.above.sum(axis=0)
    return total


def _levels(change: Change) -> Floats:
    components = change.series.components
    if change.column is None or components is None:
        return np.asarray(change.series.levels)
    return np.asarray(components.levels[..., change.column])
