"""Choosing: which series of a metal counts in which month, and by what factors the chosen ones become one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import RulesError, did_you_mean

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_NONE = -1


@dataclass(frozen=True)
class Era:
    """Months (positions first … last) with one order of series (positions among the columns), the first the best."""

    first: int
    last: int
    order: tuple[int, ...]


@dataclass(frozen=True)
class Joint:
    """Where two series meet.

    Parameters
    ----------
    month : int
        First month of the series `after`.
    length : int
        Months it stands in; 0 = it is the reference from now on.
    before, after : int
        Positions among the columns.
    overlap : int
        Month with both prices behind the factor; −1 = none, the factor is 1.
    factor : float
        By which `after` is multiplied while it stands in; by which everything before is, at a change.
    """

    month: int
    length: int
    before: int
    after: int
    overlap: int
    factor: float


@dataclass(frozen=True)
class Chosen:
    """One series of T months out of several.

    Parameters
    ----------
    column : ndarray of int, shape (T,)
        Which series each month's price is of; −1 = none.
    factor : ndarray, shape (T,)
        What its own price is multiplied by to be of one level with the newest reference.
    joints : tuple of Joint
    """

    column: Ints
    factor: Floats
    joints: tuple[Joint, ...]


def eras_of(metal: str, months: Sequence[str], names: Sequence[str], rules: Rules | RulesAt) -> list[Era]:
    """Return the stretches of months in which the rule `bullion_reference` names the same order of series.

    Parameters
    ----------
    metal : str
    months : sequence of str, length T
        In order.
    names : sequence of str
        The known series of the metal that the table has: what the order speaks of.

    Raises
    ------
    RulesError
        The rule names no series for the metal, or one that is not known.
    """
    orders = []
    for month in months:
        at = rules.at(month)
        known = [str(entry["name"]) for entry in at["bullion_series"] if entry["metal"] == metal]
        listed = list(at["bullion_reference"].get(metal, ()))
        stray = [name for name in listed if name not in known]
        if stray or not listed:
            what = repr(stray[0]) if stray else "no series"
            raise RulesError(
                f"rule 'bullion_reference', {month}, {metal}: {what}"
                f"{did_you_mean(stray[0], known) if stray else ''}; known are {', '.join(known)}",
                f"规则 bullion_reference（{month}，{metal}）：{stray[0] if stray else '未列序列'}；"
                f"已知序列为 {'、'.join(known)}",
            )
        orders.append(tuple(names.index(name) for name in listed if name in names))
    eras, start = [], 0
    for order, run in itertools.groupby(orders):
        length = len(list(run))
        eras.append(Era(start, start + length - 1, order))
        start += length
    return eras


def choose(price: Floats, eras: Sequence[Era]) -> Chosen:
    """Return one series out of several.

    Parameters
    ----------
    price : ndarray, shape (T, S)
        NaN = no price.
    eras : sequence of Era

    Returns
    -------
    Chosen

    Notes
    -----
    Within an era the reference is the first series in its order that has any price there. Where it has none, the next
    one stands in, multiplied by the ratio of the two in the last month before with both (else the first after). Where
    the reference changes from A to B, all before is multiplied by B / A in that month: the newest reference stands at
    its own level, and every movement is that of one series. Without a month with both the factor is 1. Source: PPI
    Manual (2004), ch. 8 (overlap method); decision 0245.
    """
    T = len(price)
    column, factor = np.full(T, _NONE, dtype=np.int64), np.ones(T)
    joints: list[Joint] = []
    reference = _NONE
    for era in eras:
        rows = slice(era.first, era.last + 1)
        there = ~np.isnan(price[rows])
        order = [s for s in era.order if there[:, s].any()]
        if not order:
            continue
        if reference not in (_NONE, order[0]):
            overlap, ratio = _ratio(price, order[0], reference, era.first)
            joints.append(Joint(era.first, 0, reference, order[0], overlap, ratio))
            factor[: era.first] *= ratio
        reference = order[0]
        for s in reversed(order):
            column[rows] = np.where(there[:, s], s, column[rows])
        joints += _stand_ins(price, column, factor, era, reference)
    return Chosen(column, factor, tuple(sorted(joints, key=lambda joint: (joint.month, joint.length))))


def _stand_ins(price: Floats, column: Ints, factor: Floats, era: Era, reference: int) -> list[Joint]:
    """Bring what stands in to the level of the reference; `factor` in place."""
    found, t = [], era.first
    for s, run in itertools.groupby(column[era.first : era.last + 1].tolist()):
        length = len(list(run))
        if s not in (_NONE, reference):
            overlap, ratio = _ratio(price, reference, s, t)
            found.append(Joint(t, length, reference, s, overlap, ratio))
            factor[t : t + length] *= ratio
        t += length
    return found


def _ratio(price: Floats, over: int, under: int, month: int) -> tuple[int, float]:
    """Return the last month before `month` with both prices (else the first from it on; −1 = none), and their ratio."""
    both = np.flatnonzero(~np.isnan(price[:, over]) & ~np.isnan(price[:, under]))
    if not len(both):
        return _NONE, 1.0
    before = both[both < month]
    at = int(before[-1] if len(before) else both[0])
    return at, float(price[at, over] / price[at, under])
