"""Firms behind each number: how many were matched in a class over a stretch of months, and how unequal they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from shuibei_index.index.compilation.inputs import Inputs
from shuibei_index.index.elementary.formulas import FORMULAS, NAMES
from shuibei_index.index.tree.classification import Hierarchy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: What is measured, and over how many months (0 = since the base period).
STEPS = {"index": 0, "mom": 1, "yoy": 12}


@dataclass(frozen=True)
class FirmsBehind:
    """Firms behind a measure by month and class, shape (T, K) each.

    Parameters
    ----------
    number : ndarray of int
        Firms with a matched item in the stretch of months.
    effective : ndarray
        1 / Σ share² with the shares of the firms in the class's weight over the stretch: n firms alike give n. NaN
        where there is none.
    """

    number: Ints
    effective: Floats


def firms_behind(inputs: Inputs, base: tuple[int, int]) -> dict[str, FirmsBehind]:
    """Count the firms behind levels, month-on-month and year-on-year changes.

    A firm's weight in a class is its turnover in the weighted formulas; where items count alike it is its share of
    the items, times the turnover of the cell. A level rests on all months of the base period and those between.

    Parameters
    ----------
    inputs : Inputs
    base : tuple of int
        First and last month of the base period, as positions.
    """
    T = len(inputs.panel.months)
    by_month = _by_month(inputs)
    shape = by_month[0].shape
    found = {m: FirmsBehind(np.zeros((T, shape[0]), np.int64), np.full((T, shape[0]), np.nan)) for m in STEPS}
    # whole numbers, so that what leaves the twelve months is taken off exactly
    year = np.zeros(shape)
    for t in range(T):
        _note(found["mom"], t, by_month[t])
        _add(year, by_month[t])
        if t >= 12:
            _add(year, -by_month[t - 12])
        _note(found["yoy"], t, year)
    first, last = base
    within = np.zeros(shape)
    for t in range(first + 1, last + 1):
        _add(within, by_month[t])
    for t in range(first, last + 1):
        _note(found["index"], t, within)
    total = within.copy()
    for t in range(last + 1, T):
        _add(total, by_month[t])
        _note(found["index"], t, total)
    for t in range(first - 1, -1, -1):
        _add(within, by_month[t + 1])
        _note(found["index"], t, within)
    return found


def _add(total: Floats, weight: csr_array) -> None:
    """Add a sparse matrix to a dense one, in place: only where it has entries."""
    total[_rows(weight), weight.indices] += weight.data


def _rows(weight: csr_array) -> Ints:
    return np.repeat(np.arange(weight.shape[0]), np.diff(weight.indptr))


def _note(found: FirmsBehind, t: int, weight: Floats | csr_array) -> None:
    if isinstance(weight, np.ndarray):
        number, total = np.count_nonzero(weight, axis=1), weight.sum(axis=1)
        squares = np.einsum("kf,kf->k", weight, weight)
    else:
        number, row = np.diff(weight.indptr), _rows(weight)
        total, squares = (np.bincount(row, weight.data**power, minlength=len(number)) for power in (1, 2))
    found.number[t] = number
    known = total > 0
    found.effective[t, known] = total[known] ** 2 / squares[known]


def _by_month(inputs: Inputs) -> list[csr_array]:
    """Return the firms' weights in all classes, one sparse (K, F) of whole numbers for each month."""
    pairs, (names, firm) = inputs.pairs, inputs.firms
    T, G, F = len(inputs.panel.months), inputs.cells.number, len(names)
    end, cell, of_pair, after = pairs.end, pairs.cell, firm[pairs.item], pairs.after
    alike = np.array([FORMULAS[name][0].weight == "equal" for name in NAMES])[pairs.formula]
    value = pairs.observed.value[after]
    if pairs.source is not None:
        # a price carried forward is no report
        sold = inputs.observed.month[pairs.source[after]] == end
        end, cell, of_pair, value = (x[sold] for x in (end, cell, of_pair, value))
        alike = alike if len(alike) == 1 else alike[sold]
    place = end * G + cell
    number, turnover = np.bincount(place, minlength=T * G), np.bincount(place, value, minlength=T * G)
    weight = np.where(alike, turnover[place] / number[place], value)
    key = place * F + of_pair
    cells = csr_array((weight, np.divmod(key, F)), shape=(T * G, F))
    # a matched item counts, however small
    cells.data = np.maximum(np.rint(cells.data), 1.0)
    number_of_month = [0] + [n for n, span in enumerate(inputs.spans) for _ in span.months]
    up = [_ancestors(tree, leaf, place, len(inputs.codes)) for tree, leaf, place in _each_year(inputs)]
    return [csr_array(up[n] @ cells[t * G : (t + 1) * G]) for t, n in enumerate(number_of_month)]


def _each_year(inputs: Inputs) -> Iterable[tuple[Hierarchy, Ints, Ints]]:
    return zip(inputs.trees, inputs.leaves, inputs.places, strict=True)


def _ancestors(tree: Hierarchy, leaf: Ints, place: Ints, n_codes: int) -> csr_array:
    """Return the matrix (codes, cells) that adds cells up the tree."""
    cell = np.flatnonzero(leaf >= 0)
    node = leaf[cell]
    rows, columns = [], []
    while len(node):
        rows.append(place[node])
        columns.append(cell)
        climbs = tree.counted[node]
        cell, node = cell[climbs], tree.parent[node[climbs]]
    if not rows:
        return csr_array((n_codes, len(leaf)))
    entries = np.concatenate(rows), np.concatenate(columns)
    return csr_array((np.ones(len(entries[0])), entries), shape=(n_codes, len(leaf)))
