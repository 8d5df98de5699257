"""Parts of prices among which imputed ones stand, held as the parts of the reported prices and the few new values."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from shuibei_index.index.components.unit_parts import UnitParts, scaled
from shuibei_index.index.elementary.imputation import Places

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class CarriedParts(UnitParts):
    """Parts of C reported prices and of M imputed ones among them.

    A tenth more prices are no reason to write all columns anew: rows are looked up in the reported prices, at the
    content last seen. The columns of `UnitParts` are made when asked for.

    Parameters
    ----------
    own : UnitParts
        Of the C reported prices.
    new : ndarray, shape (4, M)
        Parts of the imputed prices, as given to `places`; all of them are split.
    source : ndarray of int, shape (C + M,)
        Position of each price, or of that it was imputed from, among the reported.
    places : Places
        Where the new rows stand.
    """

    def __init__(self, own: UnitParts, new: Floats, source: Ints, places: Places) -> None:
        self._own, self._new, self._source = own, new[:, places.order], source
        self._where = places.where
        self._late = np.zeros(len(source), dtype=bool)
        self._late[self._where] = True

    @cached_property
    def value(self) -> Floats:
        """Metal, making charge, stones, unsplit, shape (C + M, 4)."""
        return self.at(np.arange(len(self._source), dtype=np.int64)).T

    @cached_property
    def net(self) -> Floats:
        """Net metal in a pricing unit."""
        return self._own.net[self._source]

    @cached_property
    def pure(self) -> Floats:
        """Pure metal in a pricing unit."""
        return self._own.pure[self._source]

    @cached_property
    def by_weight(self) -> Floats:
        """Share of the making charge that follows the weight."""
        return self._own.by_weight[self._source]

    @cached_property
    def pieces(self) -> Floats:
        """Pieces in a pricing unit."""
        return self._own.pieces[self._source]

    @cached_property
    def mixed(self) -> Floats | None:
        """The price over the unit value of its records that could be split."""
        return None if self._own.mixed is None else self._own.mixed[self._source]

    @cached_property
    def known(self) -> Bools:
        """Which prices could be split."""
        return np.asarray(self._own.known[self._source])

    def take(self, rows: Ints) -> UnitParts:
        """Return the parts of some prices."""
        own, source = self._own, self._source[rows]
        mixed = None if own.mixed is None else own.mixed[source]
        net, pure, by_weight, pieces = (x[source] for x in (own.net, own.pure, own.by_weight, own.pieces))
        return UnitParts(self.at(rows).T, net, pure, by_weight, pieces, mixed)

    def at(self, rows: Ints) -> Floats:
        """Return the parts of some prices, shape (4, Q)."""
        return self._at(rows, self._source[rows])

    def sides(self, before: Ints, after: Ints, adjusted: bool) -> tuple[Floats, Floats]:
        """As `UnitParts.sides`."""
        first, second = self._source[before], self._source[after]
        split = self._own.split(first, second)
        changed = self._own.content(first, second, split) if adjusted else None
        return scaled(self._at(before, first), split, changed), scaled(self._at(after, second), split)

    def _at(self, rows: Ints, source: Ints) -> Floats:
        parts = self._own.at(source)
        late = np.flatnonzero(self._late[rows])
        if len(late):
            parts[:, late] = self._new[:, np.searchsorted(self._where, rows[late])]
        return parts

    def split(self, before: Ints, after: Ints) -> Bools:
        """Return which pairs could be split on both sides, shape (Q,)."""
        return self._own.split(self._source[before], self._source[after])

    def content(self, before: Ints, after: Ints, change: Bools) -> tuple[Ints, Floats]:
        """As `UnitParts.content`: what was imputed has the content of its source."""
        return self._own.content(self._source[before], self._source[after], change)
