"""Link sums: the pairs of prices summed once by month, cell and month last seen (and by firm, for replicates)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import ShapeError
from shuibei_index.index.elementary.formulas import PowerMean
from shuibei_index.index.elementary.pairing import MatchedPairs, MonthPairs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Block = tuple[Ints, Ints, Ints, Ints, Ints, Floats, Floats, Ints]


@dataclass(frozen=True)
class LinkSums:
    """Sums of the matched pairs by later month, cell, earlier month and firm. Shape (J,) each, in order of month.

    Parameters
    ----------
    month, cell, start, firm : ndarray of int
    matched : ndarray of int
        Number of pairs.
    above, below : ndarray, shape (2, J)
        The two sums of each of the at most two means of the cell's formula.
    formula : ndarray of int
    starts : ndarray of int, shape (T + 1,)
        First row of each month.
    """

    month: Ints
    cell: Ints
    start: Ints
    firm: Ints
    matched: Ints
    above: Floats
    below: Floats
    formula: Ints
    starts: Ints


def link_sums(pairs: MatchedPairs, n_months: int, n_cells: int, firm: Ints | None = None) -> LinkSums:
    """Sum the pairs.

    Parameters
    ----------
    pairs : MatchedPairs
        Q pairs.
    n_months, n_cells : int
    firm : ndarray of int, shape (Q,), optional
        Firm of each pair; sums are then kept by firm, for replicates. Default: one firm.
    """
    n_firms = 1 if firm is None else int(firm.max(initial=0)) + 1
    if firm is not None and len(firm) != len(pairs.cell):
        raise ShapeError(f"{len(firm)} firms for {len(pairs.cell)} pairs; expected one for each")
    blocks, done = [], 0
    for t in range(n_months):
        own_pairs = pairs.month(t)
        number = len(own_pairs.cell)
        own = None if firm is None else firm[done : done + number]
        blocks.append(_month_sums(own_pairs, pairs.cells.means, t, n_cells, n_firms, own))
        done += number
    whole = [np.concatenate(parts, axis=-1) for parts in zip(*blocks, strict=True)]
    starts = np.cumsum([0, *(len(block[0]) for block in blocks)])
    month, cell, start, firms, matched, above, below, formula = whole
    return LinkSums(month, cell, start, firms, matched, above, below, formula, starts)


def _month_sums(
    pairs: MonthPairs, means: tuple[tuple[PowerMean, ...], ...], t: int, n_cells: int, n_firms: int, firm: Ints | None
) -> Block:
    """Sum the pairs of one later month: month, cell, earlier month, firm, count, sums above and below, formula."""
    key = pairs.cell if firm is None else pairs.cell * n_firms + firm
    first_far, near = n_cells * n_firms, None
    distant = np.flatnonzero(~pairs.weighing.consecutive)
    far, gap = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    far_key = key[distant]
    if first_far > 4 * len(key) + 4096:
        # few pairs for so many keys: number those that occur
        near, key = np.unique(key, return_inverse=True)
        first_far = len(near)
    if len(distant):
        lag, widest = t - pairs.start[distant], t + 1
        found, row = np.unique(far_key * widest + lag, return_inverse=True)
        far, gap = np.divmod(found, widest)
        key = key.copy() if near is None else key
        key[distant] = first_far + row
    J = first_far + len(far)
    counts = np.bincount(key, minlength=J)
    sums = np.zeros((2, 2, J))
    formula = np.zeros(J, dtype=np.int64)
    single = len(pairs.formula) == 1
    for code in pairs.formula if single else np.unique(pairs.formula):
        chosen = slice(None) if single else np.flatnonzero(pairs.formula == code)
        row, logs = key[chosen], pairs.log_relative[chosen]
        formula[row] = code
        for m, mean in enumerate(means[code]):
            weight = pairs.weighing.weights(mean.weight)
            terms = mean.terms(np.ones(1) if weight is None else weight[chosen], logs)
            for side, term in enumerate(terms):
                if len(term) == 1 != len(logs):
                    sums[side, m] += counts if single else np.bincount(row, minlength=J)
                else:
                    sums[side, m] += np.bincount(row, weights=np.broadcast_to(term, logs.shape), minlength=J)
    rows = np.flatnonzero(counts)
    split = int(np.searchsorted(rows, first_far))
    keys = np.concatenate([rows[:split] if near is None else near[rows[:split]], far])
    cell, firms = (keys, np.zeros(len(keys), dtype=np.int64)) if firm is None else np.divmod(keys, n_firms)
    start = np.full(len(keys), t - 1)
    start[split:] = t - gap
    return (
        np.full(len(keys), t), cell, start, firms, counts[rows], sums[0][:, rows], sums[1][:, rows], formula[rows]
    )  # fmt: skip
