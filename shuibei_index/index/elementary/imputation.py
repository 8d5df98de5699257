"""Imputation of absent items: how a reference price moves on, for how long, and which values were imputed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.elementary.observations import Observations

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
#: Type of a column.
Number = TypeVar("Number", np.int64, np.float64)

#: How the reference price of an absent item moves on, and the flag of a value imputed so:
#: parental = with its cell, a cell without any matched item with the class above it; class_mean = with its cell
#: only, and not beyond a month in which the cell has no matched item; carry_forward = not at all, and the item counts
#: in the cell as unchanged; none = it is dropped at once.
METHODS = {"parental": "P", "class_mean": "C", "carry_forward": "F", "none": ""}
PARENTAL, CLASS_MEAN, CARRY_FORWARD, NONE = range(4)


@dataclass(frozen=True)
class Imputation:
    """The rule of each cell and month.

    Parameters
    ----------
    method : ndarray of int, shape (T, G) or (T, 1)
        Position in `METHODS`.
    limit : ndarray of int, same shape
        Longest spell of months an absent item is carried.
    """

    method: Ints
    limit: Ints

    @classmethod
    def uniform(cls, method: str, limit: int, n_months: int) -> Imputation:
        """Return one rule for all cells and months."""
        code = method_codes([method])[0]
        return cls(np.full((n_months, 1), code, dtype=np.int64), np.full((n_months, 1), limit, dtype=np.int64))

    def reach(self, alive: Bools) -> Ints:
        """Return the last month to which a price of each month is carried.

        Parameters
        ----------
        alive : ndarray of bool, shape (T, G) or (T, 1)
            Whether the cell is part of the month's classification; outside it nothing is carried.

        Returns
        -------
        ndarray of int, shape (T, G) or (T, 1)
            Row s: a price observed in month s stands for itself in s and is carried in s+1 … reach. At least s.
        """
        T = len(self.method)
        months = np.arange(T, dtype=np.int64)[:, None]
        shape = np.broadcast_shapes(self.method.shape, alive.shape)
        reach = np.broadcast_to(months, shape).copy()
        carries = (self.method != NONE) & alive
        for u in range(1, T):
            # carried so far without a gap, and not yet too long
            on = (reach[:u] == u - 1) & carries[u] & (u - months[:u] <= self.limit[u])
            reach[:u][np.broadcast_to(on, reach[:u].shape)] = u
        return reach


def method_codes(names: list[str]) -> Ints:
    """Return the position in `METHODS` of each name.

    Raises
    ------
    UsageError
        A name is not a known method.
    """
    known = list(METHODS)
    for name in sorted(set(names)):
        if name not in METHODS:
            raise UsageError(
                f"unknown imputation method {name!r}{did_you_mean(name, known)}; known: {', '.join(known)}"
            )
    return np.array([known.index(name) for name in names], dtype=np.int64)


@dataclass(frozen=True)
class Spells:
    """Values imputed for absent items, one row per item and month. Shape (M,) each.

    Parameters
    ----------
    observation : ndarray of int
        Position of the item's last observation, from which the value is carried.
    month : ndarray of int
        The month without a price.
    """

    observation: Ints
    month: Ints


def spells(observed: Observations, cell: Ints, reach: Ints) -> Spells:
    """Return every item and month in which an absent item is carried.

    Parameters
    ----------
    observed : Observations
        C prices.
    cell : ndarray of int, shape (N,)
        Cell of each item.
    reach : ndarray of int, shape (T, G) or (T, 1), or (C,)
        As `Imputation.reach`, or the last month for each observation.
    """
    last = last_carried(observed, cell, reach)
    rows, lengths = [], []
    # month by month: most prices are followed by the next
    for t, (a, b) in enumerate(pairwise(observed.starts.tolist())):
        carries = a + np.flatnonzero((observed.next_month[a:b] > t + 1) & (last[a:b] > t))
        rows.append(carries)
        lengths.append(np.minimum(last[carries], observed.next_month[carries] - 1) - t)
    carried, length = np.concatenate(rows), np.concatenate(lengths)
    total = int(length.sum())
    # 1, 2, … within each spell
    step = np.arange(total, dtype=np.int64) - np.repeat(np.cumsum(length) - length, length) + 1
    observation = np.repeat(carried, length)
    return Spells(observation, observed.month[observation] + step)


def last_carried(observed: Observations, cell: Ints, reach: Ints) -> Ints:
    """Return the last month to which each observation is carried, shape (C,); `reach` as in `spells`."""
    if reach.ndim == 1:
        return reach
    if reach.shape[1] == 1:
        return np.asarray(np.repeat(reach[: observed.n_months, 0], np.diff(observed.starts)))
    last = np.empty(len(observed), dtype=reach.dtype)
    # month by month one row of the table is enough
    for t, (a, b) in enumerate(pairwise(observed.starts.tolist())):
        if a < b:
            last[a:b] = reach[t][cell[observed.item[a:b]]]
    return last


@dataclass(frozen=True)
class Places:
    """Where rows put among others stand: in order of month, within a month behind the others.

    Parameters
    ----------
    starts, added : ndarray of int, shape (T + 1,)
        First row of each month among those before, and among the new ones in order of month.
    order : ndarray of int, shape (M,)
        Order of the new rows by month.
    """

    starts: Ints
    added: Ints
    order: Ints

    @classmethod
    def of(cls, observed: Observations, month: Ints) -> Places:
        """Return the places of new rows of some months."""
        # small whole numbers are sorted by counting
        narrow = month.astype(np.int16) if observed.n_months < 1 << 15 else month
        added = np.cumsum([0, *np.bincount(month, minlength=observed.n_months)])
        return cls(observed.starts, added, np.argsort(narrow, kind="stable"))

    @property
    def where(self) -> Ints:
        """Positions of the new rows among all, in order of month, shape (M,)."""
        behind = np.repeat(self.starts[1:], np.diff(self.added))
        return np.asarray(behind + np.arange(len(self.order), dtype=np.int64))

    def among(self, before: npt.NDArray[Number] | None, new: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Return the values of the rows before (None = their positions) with those of the new ones among them."""
        result = np.empty(int(self.starts[-1]) + len(new), dtype=new.dtype)
        new = new[self.order]
        starts, added = self.starts.tolist(), self.added.tolist()
        for a, b, first, end in zip(starts[:-1], starts[1:], added[:-1], added[1:], strict=True):
            result[a + first : b + first] = np.arange(a, b) if before is None else before[a:b]
            result[b + first : b + end] = new[first:end]
        return result


@dataclass(frozen=True)
class CarriedPrices:
    """Observations with prices carried forward among them.

    Parameters
    ----------
    observed : Observations
    source : ndarray of int, shape (C,)
        Position, among the observations before, of the price each row has.
    reach : ndarray of int, shape (C,)
        Last month to which each is carried: that of its source.
    places : Places
        Where the new rows stand.
    """

    observed: Observations
    source: Ints
    reach: Ints
    places: Places


def carried_forward(observed: Observations, cell: Ints, method: Ints, reach: Ints) -> CarriedPrices:
    """Put the last price in place of a missing one, in the months and cells that carry forward.

    Parameters
    ----------
    observed : Observations
    cell : ndarray of int, shape (N,)
    method : ndarray of int, shape (T, G) or (T, 1)
        As `Imputation.method`.
    reach : ndarray of int
        As in `spells`.
    """
    last = last_carried(observed, cell, reach)
    absent = spells(observed, cell, last)
    cells = cell[observed.item[absent.observation]] if method.shape[1] > 1 else 0
    chosen = method[absent.month, cells] == CARRY_FORWARD
    whole = filled(observed, absent.observation[chosen], absent.month[chosen])
    return dataclasses.replace(whole, reach=last[whole.source])


def filled(
    observed: Observations, observation: Ints, month: Ints, value: Floats | None = None, price: Floats | None = None
) -> CarriedPrices:
    """Return the observations with prices of some put into other months too.

    Parameters
    ----------
    observation, month : ndarray of int, shape (M,)
        Position of the price, and the month of the item it is put into.
    value : ndarray, shape (M,), optional
        Values of the new rows; that of the observation if not given.
    price : ndarray, shape (M,), optional
        Prices of the new rows; that of the observation if not given.
    """
    places = Places.of(observed, month)

    def among(before: Floats, new: Floats | None = None) -> Floats:
        return places.among(before, before[observation] if new is None else new)

    source = places.among(None, observation)
    whole = Observations(
        np.repeat(np.arange(observed.n_months, dtype=np.int64), np.diff(places.starts) + np.diff(places.added)),
        places.among(observed.item, observed.item[observation]),
        among(observed.price, price),
        among(observed.value, value),
        observed.n_months,
        observed.n_items,
        None if observed.log_quality is None else among(observed.log_quality),
    )
    return CarriedPrices(whole, source, np.zeros(0, dtype=np.int64), places)
