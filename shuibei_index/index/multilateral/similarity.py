"""Similarity linking: each month is compared with the month most like it, along a tree of bilateral links."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.multilateral.matrices import (
    Bilateral,
    Floats,
    Items,
    Pairs,
    Panel,
    Sums,
    log_matrix,
    matched_sums,
    need_quantities,
    read_panel,
)

TREES = ("real_time", "spanning")


def _predicted_share(f: Sums, g: Sums) -> Floats:
    # month i to j: shares of j less those that the prices of i would give with the quantities of j, squared; and back
    forth = f[2] - 2 * g[3] / f[0] + f[1] / f[0] ** 2
    back = g[2] - 2 * f[3] / g[0] + g[1] / g[0] ** 2
    return np.maximum(forth, 0.0) + np.maximum(back, 0.0)


def _log_quadratic(f: Sums, g: Sums) -> Floats:
    # mean of Törnqvist's shares of (log relative − log Fisher)²
    mean, mean_back = (f[1] - f[2]) / f[0], (g[1] - g[2]) / g[0]
    square = (f[3] - 2 * f[4] + f[5]) / f[0]
    square_back = (g[3] - 2 * g[4] + g[5]) / g[0]
    fisher = (np.log(g[6] / f[0]) + np.log(g[0] / f[6])) / 2
    forth = square - 2 * fisher * mean + fisher**2
    back = square_back + 2 * fisher * mean_back + fisher**2
    return np.maximum((forth + back) / 2, 0.0)


def _spread(f: Sums, g: Sums) -> Floats:
    return np.asarray(np.abs(np.log(g[1] / f[0]) - np.log(g[0] / f[1])), dtype=float)


def _shares(n: Items, totals: Floats) -> Pairs:
    share = n.v / totals[:, None]
    squared = share**2
    return [
        (n.p, n.q),
        (n.p**2, n.q**2),
        # Σ over all items of the month, so not matched: the same for every partner
        (np.ones_like(n.p), squared),
        (share * n.q, n.p),
    ]


#: measure → the products it needs and the dissimilarity from them (f, g as in `matrices.FORMULAS`).
MEASURES: dict[str, tuple[Callable[[Items, Floats], Pairs], Callable[[Sums, Sums], Floats]]] = {
    "predicted_share": (_shares, _predicted_share),
    "log_quadratic": (
        lambda n, _: [
            (n.v, n.m),
            (n.v, n.logs),
            (n.v * n.logs, n.m),
            (n.v, n.logs**2),
            (n.v * n.logs, n.logs),
            (n.v * n.logs**2, n.m),
            (n.p, n.q),
        ],
        _log_quadratic,
    ),
    "spread": (lambda n, _: [(n.v, n.m), (n.p, n.q)], _spread),
}


def dissimilarity(p: Panel, q: Panel, measure: str = "predicted_share") -> Floats:
    """Return how unlike the relative prices of every two months are.

    Parameters
    ----------
    p, q : array_like or DataFrame, shape (T, N)
        Prices (above 0) and quantities (0 or more); NaN = not sold.
    measure : {"predicted_share", "log_quadratic", "spread"}
        predicted_share: squared differences between the value shares of a month and those that the prices of the
        other would give with its quantities, both ways; items sold in one of them only count as such differences.
        log_quadratic: weighted mean of (log relative − log Fisher)². spread: |log Laspeyres − log Paasche|. The
        last two see only matched items: few matches can look alike by chance.

    Returns
    -------
    ndarray, shape (T, T)
        Symmetric, 0 = prices proportional; NaN for months without a common item.

    Notes
    -----
    Source: CPI Manual 2020; Diewert (2009, 2021). Decision 0089.

    Examples
    --------
    >>> d = dissimilarity([[1.0, 1.0], [2.0, 2.0], [1.0, 3.0]], [[1.0, 1.0]] * 3)
    >>> [float(x) for x in d[0]]
    [0.0, 0.0, 0.25]
    """
    if measure not in MEASURES:
        raise UsageError(f"unknown measure {measure!r}{did_you_mean(measure, MEASURES)}; there are {list(MEASURES)}")
    prices, quantities = read_panel(p, q)
    quantities = need_quantities(quantities, "dissimilarity")
    everything = slice(None)
    values = matched_sums(prices, quantities, lambda n: [(n.v, np.ones_like(n.v))], everything, everything)[0]
    unlike = np.full((len(prices), len(prices)), np.nan)
    if values:
        totals = values[0][:, 0]
        pairs, finish = MEASURES[measure]
        safe = np.where(totals > 0, totals, 1.0)
        sums = matched_sums(prices, quantities, lambda n: pairs(n, safe), everything, everything)
        with np.errstate(divide="ignore", invalid="ignore"):
            unlike = finish(*sums)
        unlike[~np.isfinite(unlike)] = np.nan
        np.fill_diagonal(unlike, np.where(totals > 0, 0.0, np.nan))
    return unlike


def similarity_linked(
    p: Panel,
    q: Panel,
    bilateral: Bilateral = "fisher",
    measure: str = "predicted_share",
    tree: str = "real_time",
) -> Floats:
    """Index that links each month bilaterally to the month most like it.

    Parameters
    ----------
    p, q : array_like or DataFrame, shape (T, N)
        As in `dissimilarity`.
    bilateral : str or callable
        As in `multilateral.geks`.
    measure : str
        As in `dissimilarity`.
    tree : {"real_time", "spanning"}
        real_time: the most similar earlier month; nothing is ever revised. spanning: the minimum spanning tree over
        all months, grown from the first; new months may change it.

    Returns
    -------
    ndarray, shape (T,)
        First month = 1.0; NaN for months that no link reaches. Of equally similar months the latest is taken.

    Examples
    --------
    >>> p = [[1.0, 1.0], [1.0, 4.0], [2.0, 2.0]]
    >>> [round(float(x), 6) for x in similarity_linked(p, [[1.0, 1.0], [4.0, 1.0], [1.0, 1.0]])]
    [1.0, 2.0, 2.0]
    """
    if tree not in TREES:
        raise UsageError(f"unknown tree {tree!r}{did_you_mean(tree, TREES)}; there are {list(TREES)}")
    prices, quantities = read_panel(p, q)
    logs = log_matrix(prices, quantities, bilateral)
    unlike = dissimilarity(prices, need_quantities(quantities, "similarity linking"), measure)
    unlike[np.isnan(logs)] = np.nan
    levels = np.full(len(logs), np.nan)
    levels[0] = logs[0, 0]
    if tree == "real_time":
        for t in range(1, len(logs)):
            levels[t] = _best(unlike[:t, t : t + 1], levels[:t], logs[:t, t : t + 1])[1]
    else:
        for _ in range(1, len(logs)):
            outside = np.where(np.isnan(levels)[None, :], unlike, np.nan)
            t, level = _best(outside, levels, logs)
            levels[t] = level
    return np.asarray(np.exp(levels), dtype=float)


def _best(unlike: Floats, levels: Floats, logs: Floats) -> tuple[int, float]:
    """Return the column with the least dissimilarity to a month with a level, and the level it gets by that link."""
    usable = np.where(np.isnan(unlike) | np.isnan(levels)[:, None], np.inf, unlike)
    # from the last month back, so that of equal ones the latest wins
    place = usable.size - 1 - int(np.argmin(usable[::-1, ::-1]))
    i, t = divmod(place, usable.shape[1])
    return t, float(levels[i] + logs[i, t]) if np.isfinite(usable[i, t]) else float("nan")
