"""Contributions of single products: from an item of an enterprise up to the headline, adding up exactly.

Every elementary formula is turned into an arithmetic mean of its price relatives, so that the change of a cell is the
sum over its products; the cell's movement then enters the classes above it as in `contributions.points`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.compilation.segments import Segment
from shuibei_index.index.contributions import stretches
from shuibei_index.index.elementary.formulas import FORMULAS, NAMES, arithmetic_shares
from shuibei_index.index.elementary.pairing import MonthPairs

if TYPE_CHECKING:
    from shuibei_index.index.compilation.run import Compilation

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: What contributions may be summed by, and the columns that name it.
BY = {
    "product": ["enterprise_id", "item_id", "class_code"],
    "enterprise": ["enterprise_id"],
    "class": ["class_code"],
}


@dataclass(frozen=True)
class Products:
    """What every product adds to the movement of its cell, month by month.

    Parameters
    ----------
    run : Compilation
    """

    run: Compilation

    @cached_property
    def moved(self) -> Floats:
        """Ln of the movement with which the reference price of each matched pair was carried, shape (Q,)."""
        pairs = self.run.inputs.pairs
        moved = np.zeros(len(pairs.cell))
        for t in range(1, len(self.run.own)):
            far, log_move = self._carried(t, pairs.month(t))
            moved[pairs.cuts[t] + far] = log_move
        return moved

    @cached_property
    def share(self) -> Floats:
        """Share of each matched pair in the link of its cell as an arithmetic mean, shape (Q,); 0 past a break."""
        pairs = self.run.inputs.pairs
        share = np.zeros(len(pairs.cell))
        for t in range(1, len(self.run.own)):
            share[pairs.cuts[t] : pairs.cuts[t + 1]] = self.month_shares(t, pairs.month(t))[0]
        return share

    def month_shares(self, t: int, pairs: MonthPairs) -> tuple[Floats, Floats]:
        """Return `share` and `moved` of the pairs of one later month, shape (Q of the month,) each.

        Parameters
        ----------
        t : int
        pairs : MonthPairs
        """
        far, log_move = self._carried(t, pairs)
        moved = np.zeros(len(pairs.cell))
        moved[far] = log_move
        # ln of the price relative to the carried reference price
        log_relative = pairs.log_relative - moved
        breaks = self.run.links.breaks[..., 0]
        whole = np.ones(len(pairs.cell), dtype=bool)
        whole[far] = breaks[t - 1, pairs.cell[far]] == breaks[pairs.start[far], pairs.cell[far]]
        share = np.zeros(len(pairs.cell))
        codes = np.unique(pairs.formula)
        for code in codes:
            chosen = np.flatnonzero((pairs.formula == code) & whole)
            means, weights = FORMULAS[NAMES[code]], []
            for mean in means:
                weight = pairs.weighing.weights(mean.weight)
                if weight is not None:
                    # a Dutot weight is the reference price, carried
                    weight = weight[chosen] * (np.exp(moved[chosen]) if mean.weight == "price" else 1.0)
                weights.append(weight)
            logs, cell = log_relative[chosen], pairs.cell[chosen]
            share[chosen] = arithmetic_shares(means, weights, logs, cell, self.run.own.shape[1])
        return share, moved

    def _carried(self, t: int, pairs: MonthPairs) -> tuple[Ints, Floats]:
        """Return the pairs of a month whose reference price was carried over months without one, and how far (ln)."""
        drift = self.run.links.drift[..., 0]
        far = np.flatnonzero(pairs.start < t - 1)
        cell = pairs.cell[far]
        return far, drift[t - 1, cell] - drift[pairs.start[far], cell]

    @cached_property
    def added(self) -> Floats:
        """What each matched pair adds to (link − 1) of its cell, shape (Q,); the sum over a cell is exact."""
        return self.share * np.expm1(self.run.inputs.pairs.log_relative - self.moved)

    def points(self, start: int, end: int, class_code: str = "00") -> pd.DataFrame:
        """Return what every product adds to the change of a class between two months, in percentage points.

        Parameters
        ----------
        start, end : int
            Positions of the months, start < end.
        class_code : str

        Returns
        -------
        DataFrame
            enterprise_id, item_id, class_code, points_pp; a row without enterprise and item stands for the movement
            of a class without any matched product, taken from the class above it.

        Raises
        ------
        UsageError
            No such class, or it has no level in one of the months.
        """
        run, inputs = self.run, self.run.inputs
        if class_code not in inputs.codes:
            raise UsageError(
                f"no class {class_code!r}{did_you_mean(class_code, inputs.codes)}", zh=f"没有分类 {class_code}"
            )
        k = inputs.codes.index(class_code)
        level = run.levels[:, k, 0]
        if not (start < end and level[start] > 0 and level[end] > 0):
            raise UsageError(f"class {class_code!r} has no level in one of the two months, or they are in wrong order")
        n_items, n_cells = len(inputs.panel.items), inputs.cells.number
        by_item, by_cell = np.zeros(n_items), np.zeros(n_cells)
        by_bare: dict[str, float] = {}
        for segment, a, b in stretches(run.segments, start, end):
            number = next(n for n, s in enumerate(run.segments) if s is segment)
            value = self._values(segment, number, k, a, b, 100.0 * level[segment.span.link] / level[start])
            observed = ~np.isnan(run.own[a + 1 : b + 1])
            # a cell without matched products moves with its parent: the movement is no product's
            imputed = np.where(observed, 0.0, value * (self._moves(segment, number, a, b) - 1.0))
            by_cell += imputed.sum(axis=0)
            # a leaf that never had a product is no cell: it moves with its parent all the same
            for code, points in self._bare(segment, k, a, b, 100.0 * level[segment.span.link] / level[start]):
                by_bare[code] = by_bare.get(code, 0.0) + points
            pairs = inputs.pairs
            mine = np.flatnonzero((pairs.end > a) & (pairs.end <= b))
            end_, cell = pairs.end[mine], pairs.cell[mine]
            item = pairs.item[mine]
            worth = value[end_ - a - 1, cell]
            by_item += np.bincount(item, weights=worth * self.added[mine], minlength=n_items)
        touched = np.flatnonzero(by_item != 0.0)
        frame = inputs.panel.items.iloc[touched][BY["product"]].assign(points_pp=by_item[touched])
        left = np.flatnonzero(by_cell != 0.0)
        codes = [*(inputs.words[g] for g in left), *by_bare]
        rest = pd.DataFrame({"enterprise_id": "", "item_id": "", "class_code": codes})
        return pd.concat([frame, rest.assign(points_pp=[*by_cell[left], *by_bare.values()])], ignore_index=True)

    def _bare(self, segment: Segment, k: int, a: int, b: int, scale: float) -> list[tuple[str, float]]:
        """Return what the leaves without any product add between two months of a year, by class code."""
        tree = segment.tree
        top = np.flatnonzero(segment.place == k)
        known = np.isin(np.array(tree.codes), self.run.inputs.words)
        leaf = np.flatnonzero(tree.is_leaf & ~known)
        if not len(top):
            return []
        change = segment.relative[segment.row(b), leaf] - segment.relative[segment.row(a), leaf]
        points = scale * _shares(segment, leaf, int(top[0])) * change
        return [(tree.codes[n], float(p)) for n, p in zip(leaf, points, strict=True) if p != 0.0]

    def _values(self, segment: Segment, number: int, k: int, a: int, b: int, scale: float) -> Floats:
        """Return what a cell's weight is worth at prices of the month before, by month of the stretch, (b − a, G)."""
        leaf = self.run.inputs.leaves[number]
        top = np.flatnonzero(self.run.inputs.places[number] == k)
        inside = np.flatnonzero(leaf >= 0)
        share = np.zeros(len(leaf))
        if len(top):
            share[inside] = _shares(segment, leaf[inside], int(top[0]))
        relative = segment.relative[segment.row(a) : segment.row(b)]
        value = np.zeros((b - a, len(leaf)))
        value[:, inside] = scale * share[inside] * relative[:, leaf[inside]]
        return value

    def _moves(self, segment: Segment, number: int, a: int, b: int) -> Floats:
        leaf = self.run.inputs.leaves[number]
        inside = np.flatnonzero(leaf >= 0)
        moves = np.ones((b - a, len(leaf)))
        rows = segment.relative[segment.row(a) : segment.row(b) + 1]
        moves[:, inside] = (rows[1:] / rows[:-1])[:, leaf[inside]]
        return moves


def _shares(segment: Segment, leaf: Ints, top: int) -> Floats:
    """Return the weight of each leaf in a class above it, 0 for a leaf that is not below it."""
    tree, weight, parent = segment.tree, segment.weight, segment.tree.parent
    counted = tree.counted
    number = np.bincount(parent[counted], minlength=len(parent))
    above = weight[parent]
    with np.errstate(divide="ignore", invalid="ignore"):
        # under a class without weight the children count alike (hierarchy.complete_links)
        in_parent = np.where(above > 0, weight / above, 1.0 / number[parent])
    in_parent[~counted] = 0.0
    share, node = np.ones(len(leaf)), leaf.copy()
    for _ in range(int(tree.depth.max(initial=0))):
        climbing = (node != top) & (node >= 0)
        share[climbing] *= in_parent[node[climbing]]
        node[climbing] = parent[node[climbing]]
    return np.where(node == top, share, 0.0)
