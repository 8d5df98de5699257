"""Paths: how a class, or a component of it, got from one month to another, month by month, under some weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.explain.years import Year
from shuibei_index.index.components.unit_parts import UNSPLIT

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Piece:
    """Months `start` + 1 … `end` of a path, compiled in one weight year, that has the class at position `node`."""

    year: Year
    start: int
    end: int
    node: int


@dataclass(frozen=True, eq=False)
class Path:
    """The way of a class from month `start` over M months.

    Parameters
    ----------
    start : int
    pieces : tuple of Piece
    component : int or None
        Position in `COMPONENTS`; None = the total.
    unit : ndarray, shape (M,)
        Percentage points that a movement of 1 of the class's whole value adds to the change; 0 in months whose
        movement was taken from above as a whole.
    above : ndarray, shape (M, 4)
        Points of those months, by component.
    """

    start: int
    pieces: tuple[Piece, ...]
    component: int | None
    unit: Floats
    above: Floats

    @classmethod
    def of(
        cls, pieces: list[Piece], levels: Floats, start: int, end: int, component: int | None, least: Floats
    ) -> Path:
        """Follow a class.

        Parameters
        ----------
        pieces : list of Piece
            In order; a gap between two is a time in which no tree had the class.
        levels : ndarray, shape (T,)
            Of the class or its component: the movement across gaps.
        start, end : int
        component : int or None
        least : ndarray, shape (T,)
            Rule component_least_share.
        """
        unit, above = np.zeros(end - start), np.zeros((end - start, len(COMPONENTS)))
        column = UNSPLIT if component is None else component
        grown, now = 1.0, start
        for piece in pieces:
            if piece.start > now:
                step = float(levels[piece.start] / levels[now])
                above[piece.start - start - 1, column] = 100.0 * grown * (step - 1.0)
                grown *= step
            for month in range(piece.start + 1, piece.end + 1):
                link, worth = _link(piece, month, component, float(least[month]))
                at = month - start - 1
                if worth > 0:
                    unit[at] = 100.0 * grown / worth
                else:
                    above[at, column] = 100.0 * grown * (link - 1.0)
                grown *= link
            now = piece.end
        return cls(start, tuple(pieces), component, unit, above)

    def points(self, shares: dict[int, Floats] | None = None) -> list[Floats]:
        """Return what the classes of each piece's tree add to the change, a list of arrays of shape (K, 4).

        A class adds what it is worth times its own movement, by component; the class itself is among them: its own
        row is the whole of the piece, but for what `above` has.
        """
        found = []
        for number, piece in enumerate(self.pieces):
            share = piece.year.shares(piece.node) if shares is None else shares[number]
            total = np.zeros((len(share), len(COMPONENTS)))
            for month in range(piece.start + 1, piece.end + 1):
                row = piece.year.segment.row(month)
                worth = self.unit[month - self.start - 1] * piece.year.worth(month, piece.node, share)
                total += worth[:, np.newaxis] * np.nan_to_num(piece.year.after[row] - piece.year.before[row])
            found.append(self.of_component(total))
        return found

    def of_component(self, points: Floats) -> Floats:
        """Return points (…, 4) with those of other components than the one explained set to 0."""
        if self.component is None:
            return points
        only = np.zeros_like(points)
        only[..., self.component] = points[..., self.component]
        return only

    def total(self) -> Floats:
        """Return the whole change in percentage points by component, shape (4,)."""
        whole = self.above.sum(axis=0)
        for piece, points in zip(self.pieces, self.points(), strict=True):
            whole = whole + points[piece.node]
        return np.asarray(whole)


def _link(piece: Piece, month: int, component: int | None, least: float) -> tuple[float, float]:
    """Return a month's link, and the value of the class before that it is a share of; 0 = taken from above."""
    segment, row = piece.year.segment, piece.year.segment.row(month)
    if component is None:
        return float(segment.relative[row, piece.node] / segment.relative[row - 1, piece.node]), 1.0
    node = piece.node
    while node >= 0:
        before, after = (float(side[row, node, component]) for side in (piece.year.before, piece.year.after))
        if before >= least and after > 0:
            return after / before, before if node == piece.node else 0.0
        node = int(segment.tree.parent[node])
    # without any price the top stands still
    return 1.0, 0.0
