"""Elementary indices: the month-on-month link of every cell from the matched prices of its items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError, did_you_mean

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Formulas a rule or a tree may name, and how each weighs the log price relatives of matched items.
FORMULAS = ("jevons", "tornqvist")


@dataclass(frozen=True)
class ElementaryLinks:
    """Links of all cells in one month, shape (G,): NaN where no item is matched; and the number matched."""

    link: Floats
    matched: Ints


def formula_codes(names: list[str]) -> Ints:
    """Return the position in `FORMULAS` of each cell's formula, shape (G,).

    Raises
    ------
    UsageError
        A name is not a known formula.
    """
    for name in sorted(set(names)):
        if name not in FORMULAS:
            hint = did_you_mean(name, FORMULAS)
            raise UsageError(f"unknown elementary formula {name!r}{hint}; known: {', '.join(FORMULAS)}")
    return np.array([FORMULAS.index(name) for name in names], dtype=np.int64)


def elementary_links(*, p0: Floats, p1: Floats, v0: Floats, v1: Floats, cell: Ints, formula: Ints) -> ElementaryLinks:
    """Return the link of every cell from one month to the next, over the items priced in both.

    Parameters
    ----------
    p0, p1 : ndarray, shape (N,)
        Prices of the same items, CNY per unit; NaN = none. `p0` may hold imputed prices, `p1` only observed ones.
    v0, v1 : ndarray, shape (N,)
        Turnover, 0 where not observed; used by "tornqvist" only.
    cell : ndarray of int, shape (N,)
        Cell of each item, 0 … G−1.
    formula : ndarray of int, shape (G,)
        Formula of each cell (`formula_codes`).

    Returns
    -------
    ElementaryLinks

    Notes
    -----
    ln g = Σ ω_i ln(p1_i / p0_i) over the matched items of the cell: Jevons ω = 1/n (CPI Manual 2020, eq. 8.3);
    Törnqvist ω = ½(s0 + s1) with the shares s scaled over the matched items (match first, then scale: scaling over
    all items first would make the index depend on unmatched ones). A cell without turnover in the first month takes
    the shares of the second.
    """
    n_cells = len(formula)
    matched = np.flatnonzero(~np.isnan(p0) & ~np.isnan(p1))
    at = cell[matched]
    log_relative = np.log(p1[matched] / p0[matched])
    count = np.bincount(at, minlength=n_cells)
    total0 = np.bincount(at, weights=v0[matched], minlength=n_cells)
    total1 = np.bincount(at, weights=v1[matched], minlength=n_cells)
    weighted = (formula == FORMULAS.index("tornqvist"))[at]
    with np.errstate(divide="ignore", invalid="ignore"):
        s1 = v1[matched] / total1[at]
        s0 = np.where(total0[at] > 0, v0[matched] / total0[at], s1)
        weight = np.where(weighted, 0.5 * (s0 + s1), 1.0 / count[at])
        mean = np.bincount(at, weights=weight * log_relative, minlength=n_cells)
        link = np.where(count > 0, np.exp(mean), np.nan)
    return ElementaryLinks(link, count.astype(np.int64))
