"""Small sums: two or three withheld cells that add up to what published ones give away, over all dimensions at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from shuibei_index.disclosure.attack import ZERO, is_fixed
from shuibei_index.disclosure.table import Table

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def determined_sums(columns: Ints, basis: Floats, common: Bools) -> Iterator[tuple[int, ...]]:
    """Yield the pairs and threes of withheld cells without a common part whose sum is determined.

    Parameters
    ----------
    columns : ndarray of int64, shape (h,)
        Withheld cells, as positions in the table.
    basis : ndarray, shape (h, f)
        How they may move together; see `attack.freedom`.
    common : ndarray of bool, shape (n, n)
        Which cells have a part in common.

    Notes
    -----
    A sum is determined if the rows of its members add up to 0. Rows are first compared by one number each, their
    products with a fixed vector; what is equal there is then compared in full. Members of a determined pair are in no
    three: it would tell of a third cell that is determined by itself.
    """
    free = ~is_fixed(basis)
    columns, basis = columns[free], basis[free]
    mark = basis @ np.sqrt(np.arange(2.0, basis.shape[1] + 2.0)) if len(columns) else np.zeros(0)
    apart = ~common[np.ix_(columns, columns)]
    one, other = np.nonzero(np.triu(apart, 1))
    if not len(one):
        return
    sums = mark[one] + mark[other]
    pair = np.flatnonzero(np.abs(sums) < _near(basis))
    pair = pair[_is_zero(basis[one[pair]] + basis[other[pair]])]
    yield from zip(columns[one[pair]].tolist(), columns[other[pair]].tolist(), strict=True)
    order = np.argsort(mark, kind="stable")
    ranked = mark[order]
    first = np.searchsorted(ranked, -sums - _near(basis))
    count = np.searchsorted(ranked, -sums + _near(basis)) - first
    at = np.repeat(np.arange(len(sums)), count)
    third = order[np.repeat(first, count) + np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)]
    a, b = one[at], other[at]
    fits = (third > b) & apart[a, third] & apart[b, third]
    a, b, third = a[fits], b[fits], third[fits]
    whole = _is_zero(basis[a] + basis[b] + basis[third])
    yield from zip(columns[a[whole]].tolist(), columns[b[whole]].tolist(), columns[third[whole]].tolist(), strict=True)


def leaning_on(
    table: Table, hidden: Bools, block: int, members: tuple[int, ...], weights: Floats | float = 1.0
) -> tuple[int, ...]:
    """Return the published cells from which the weighted sum of some withheld ones follows in a block.

    Notes
    -----
    Of all combinations of relations that give the sum, the shortest one: what stands in it with a weight.
    """
    relations = table.sums[table.holds[block]]
    open_ = hidden & (table.room[block] > 0)
    wanted = np.zeros(len(hidden))
    wanted[list(members)] = weights
    factors = np.linalg.lstsq(relations[:, open_].T, wanted[open_], rcond=None)[0]
    used = np.abs(factors @ relations) > ZERO**0.5
    return tuple(np.flatnonzero(used & ~hidden & table.there[block]).tolist())


def _near(basis: Floats) -> float:
    # the fixed vector grows with the number of free directions
    return 1e-7 * float(basis.shape[1] + 1)


def _is_zero(rows: Floats) -> Bools:
    return np.asarray((np.abs(rows) < 1e-8).all(axis=1))
