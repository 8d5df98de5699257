"""Adding whole numbers by cell: exact, refused where 64 bits may not hold a sum."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError

Ints = npt.NDArray[np.int64]


def by_grid(cell: Ints, sums: list[Ints], count: Ints | None, grid: int) -> tuple[Ints, list[Ints]]:
    """Add values cell by cell where the cells are not many more than the rows; as `by_sorting`."""

    def added(values: Ints) -> Ints:
        # the cell behind the last takes what is not to be added
        total = np.zeros(grid + 1, dtype=np.int64)
        # whole numbers are added as such; bincount would go through doubles and lose cents above 2^53
        np.add.at(total, cell, values)
        return total[:grid]

    number = np.bincount(cell, minlength=grid + 1)[:grid] if count is None else added(count)
    distinct = np.flatnonzero(number)
    totals = []
    for values in sums:
        _check_range(values, lambda size: np.asarray(np.bincount(cell, size, grid + 1)[:grid], dtype=float))
        totals.append(added(values)[distinct])
    return distinct, [*totals, number[distinct]]


def by_sorting(cell: Ints, sums: list[Ints], count: Ints | None, grid: int) -> tuple[Ints, list[Ints]]:
    """Return the cells that occur, in order, their sums, and how many records each has."""
    bits = max(len(cell) - 1, 1).bit_length()
    if grid < 1 << (62 - bits):
        # cell and row in one number: sorting numbers is twice as fast as sorting positions by them
        packed = np.sort((cell << bits) | np.arange(len(cell)))
        order, cell = packed & ((1 << bits) - 1), packed >> bits
    else:
        order = np.argsort(cell)
        cell = cell[order]
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    totals = []
    for values in sums:
        _check_range(values, lambda size: np.asarray(np.add.reduceat(size[order], starts), dtype=float))
        totals.append(np.add.reduceat(values[order], starts))
    number = np.diff(starts, append=len(cell)) if count is None else np.add.reduceat(count[order], starts)
    return cell[starts], [*totals, number]


def _check_range(values: Ints, summed: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]) -> None:
    """Refuse sums that 64 bits may not hold: first by a bound on all of them, then cell by cell."""
    if not len(values) or max(-float(values.min()), float(values.max())) * len(values) < 2.0**62:
        return
    largest = summed(np.abs(values.astype(np.float64))).max()
    # doubles round: what comes within a millionth of the limit is refused as well
    if largest >= 2.0**63 * (1 - 1e-6):
        raise UsageError(
            f"the records of one item and month add up to about {largest:.3g}, more than 64 bits hold; "
            f"no real turnover or quantity is so large: look for a wrong unit"
        )
