"""Rare grades are pooled with their neighbour, so that every effect rests on enough sales; nothing is dropped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pools:
    """Which levels count as one.

    Parameters
    ----------
    of_level : ndarray of int, shape (L,)
        Pool of each level.
    labels : list of str, length P
        Names of the pools, in the order of the levels.
    places : ndarray, shape (P,)
        Mean place of each pool's sales.
    report : DataFrame
        level, n, fewest (in one regression), pooled_into: one row for each level that shares its pool.
    """

    of_level: Ints
    labels: list[str]
    places: Floats
    report: pd.DataFrame


def pool(counts: Ints, labels: list[str], places: Floats, fewest: int, *, ordered: bool = True) -> Pools:
    """Pool levels until each has at least `fewest` sales in every regression, or one is left.

    Parameters
    ----------
    counts : ndarray of int, shape (R, L)
        Sales of each level in each regression.
    labels : list of str, length L
    places : ndarray, shape (L,)
        Places on the scale, ascending.
    fewest : int
    ordered : bool
        True: the rarest level joins the neighbour nearest on the scale (of two equally near the one with more sales).
        False: rare levels join one another.

    Examples
    --------
    >>> import numpy as np
    >>> pools = pool(np.array([[40, 2, 30]]), ["D", "E", "F"], np.array([0.0, 1.0, 2.0]), 5)
    >>> pools.labels, pools.of_level.tolist()
    (['D+E', 'F'], [0, 0, 1])
    """
    members = [[k] for k in range(len(labels))]
    table = [counts[:, k].copy() for k in range(len(labels))]
    middle = [float(place) for place in places]
    while len(members) > 1:
        least = [int(column.min(initial=fewest)) for column in table]
        rarest = int(np.argmin(least))
        if least[rarest] >= fewest:
            break
        other = _neighbour(rarest, middle, table) if ordered else _companion(rarest, members, table)
        low, high = sorted((rarest, other))
        n = [int(table[low].sum()), int(table[high].sum())]
        middle[low] = (middle[low] * n[0] + middle[high] * n[1]) / max(sum(n), 1)
        table[low] = table[low] + table[high]
        members[low] = sorted(members[low] + members[high])
        del members[high], table[high], middle[high]
    of_level = np.zeros(len(labels), dtype=np.int64)
    names = ["+".join(labels[k] for k in group) for group in members]
    shared = []
    for place, group in enumerate(members):
        of_level[group] = place
        if len(group) > 1:
            shared += [(labels[k], int(counts[:, k].sum()), int(counts[:, k].min()), names[place]) for k in group]
    report = pd.DataFrame(shared, columns=["level", "n", "fewest", "pooled_into"])
    return Pools(of_level, names, np.array(middle), report)


def _neighbour(rarest: int, middle: list[float], table: list[Ints]) -> int:
    beside = [k for k in (rarest - 1, rarest + 1) if 0 <= k < len(middle)]
    return min(beside, key=lambda k: (abs(middle[k] - middle[rarest]), -int(table[k].sum())))


def _companion(rarest: int, members: list[list[int]], table: list[Ints]) -> int:
    others = [k for k in range(len(members)) if k != rarest]
    return min(others, key=lambda k: (len(members[k]) == 1, int(table[k].sum())))
