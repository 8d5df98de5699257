"""Adding whole numbers by cell: exact, refused where 64 bits may not hold a sum.

A column is given as the pieces it came in, so that merging many tables does not copy them into one first. What is
carried along costs: a column of zeros, or one that repeats an earlier one, is told from the others and not added again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError

Ints = npt.NDArray[np.int64]
#: A column in pieces, in the order of the rows.
Column = Sequence[Ints]


def by_grid(cell: Ints, columns: Sequence[Column], count: Column | None, grid: int) -> tuple[Ints, list[Ints]]:
    """Add values cell by cell where the cells are not many more than the rows; as `by_sorting`."""
    number = np.bincount(cell, minlength=grid + 1)[:grid]
    distinct = np.flatnonzero(number)
    # sums stand side by side from the start: no column has to be gathered out of the grid. The place behind the last
    # takes what is not to be added
    place = np.full(grid + 1, len(distinct), dtype=np.int64)
    place[distinct] = np.arange(len(distinct))
    to = place[cell]

    def added(column: Column) -> Ints:
        total = np.zeros(len(distinct) + 1, dtype=np.int64)
        # whole numbers are added as such; bincount would go through doubles and lose cents above 2^53
        for at, values in _pieces(column):
            np.add.at(total, to[at], values)
        return total[:-1]

    def size(column: Column) -> npt.NDArray[np.float64]:
        return np.asarray(np.bincount(to, np.abs(joined(column).astype(float)), len(distinct) + 1)[:-1], dtype=float)

    totals = _each_once(columns, added, size, len(distinct))
    return distinct, [*totals, number[distinct] if count is None else added(count)]


def by_sorting(cell: Ints, columns: Sequence[Column], count: Column | None, grid: int) -> tuple[Ints, list[Ints]]:
    """Return the cells that occur, in order, their sums, and how many records each has.

    Parameters
    ----------
    cell : ndarray of int, shape (R,)
        Cell of each row, 0 … `grid` − 1; `by_grid` leaves rows of cell `grid` out.
    columns : sequence
        Columns of R whole numbers, each in pieces.
    count : sequence of ndarray, optional
        Records behind each row, in pieces. Default: one.
    grid : int

    Raises
    ------
    UsageError
        A sum does not fit into 64 bits.
    """
    bits = max(len(cell) - 1, 1).bit_length()
    if grid < 1 << (62 - bits):
        # cell and row in one number: sorting numbers is twice as fast as sorting positions by them
        packed = np.sort((cell << bits) | np.arange(len(cell)))
        order, cell = packed & ((1 << bits) - 1), packed >> bits
    else:
        order = np.argsort(cell)
        cell = cell[order]
    starts = np.flatnonzero(np.diff(cell, prepend=-1))

    def added(column: Column) -> Ints:
        return np.asarray(np.add.reduceat(joined(column)[order], starts))

    def size(column: Column) -> npt.NDArray[np.float64]:
        return np.asarray(np.add.reduceat(np.abs(joined(column).astype(float))[order], starts), dtype=float)

    totals = _each_once(columns, added, size, len(starts))
    return cell[starts], [*totals, np.diff(starts, append=len(cell)) if count is None else added(count)]


def joined(column: Column) -> Ints:
    """Return a column in one piece."""
    if len(column) == 1:
        return column[0]
    return np.concatenate(column) if len(column) else np.zeros(0, dtype=np.int64)


def firsts(columns: Sequence[Column]) -> list[int]:
    """Return, for each column, the position of the first one with the same numbers; −1 = all are 0."""
    found: list[int] = []
    for k, column in enumerate(columns):
        if not any(piece.any() for piece in column):
            found.append(-1)
            continue
        same = (j for j in range(k) if found[j] == j and _equal(columns[j], column))
        found.append(next(same, k))
    return found


def _each_once(
    columns: Sequence[Column],
    added: Callable[[Column], Ints],
    size: Callable[[Column], npt.NDArray[np.float64]],
    number: int,
) -> list[Ints]:
    """Return the sums of all columns, those of equal columns only once made."""
    totals: list[Ints] = []
    for column, first in zip(columns, firsts(columns), strict=True):
        if first < 0:
            totals.append(np.zeros(number, dtype=np.int64))
        elif first < len(totals):
            totals.append(totals[first])
        else:
            _check_range(column, size)
            totals.append(added(column))
    return totals


def _equal(one: Column, other: Column) -> bool:
    # nearly all differ in the first rows already
    if len(one) != len(other) or any(len(a) != len(b) for a, b in zip(one, other, strict=True)):
        return False
    pairs = list(zip(one, other, strict=True))
    return all(np.array_equal(a[:64], b[:64]) for a, b in pairs) and all(np.array_equal(a, b) for a, b in pairs)


def _pieces(column: Column) -> list[tuple[slice, Ints]]:
    ends = np.cumsum([0, *(len(piece) for piece in column)]).tolist()
    return [(slice(a, b), piece) for a, b, piece in zip(ends[:-1], ends[1:], column, strict=True)]


def _check_range(column: Column, size: Callable[[Column], npt.NDArray[np.float64]]) -> None:
    """Refuse sums that 64 bits may not hold: first by a bound on all of them, then cell by cell."""
    filled = [piece for piece in column if len(piece)]
    largest = max((max(-float(piece.min()), float(piece.max())) for piece in filled), default=0.0)
    if largest * sum(map(len, filled)) < 2.0**62:
        return
    # doubles round: what comes within a millionth of the limit is refused as well
    worst = size(column).max()
    if worst >= 2.0**63 * (1 - 1e-6):
        raise UsageError(
            f"the records of one item and month add up to about {worst:.3g}, more than 64 bits hold; "
            f"no real turnover or quantity is so large: look for a wrong unit"
        )
