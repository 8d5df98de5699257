"""Indices of many months at once, free of chain drift: GEKS, time-product dummy, Geary-Khamis, time-dummy hedonic."""

from __future__ import annotations

import numpy as np

from shuibei_index.errors import PriceError, UsageError
from shuibei_index.index.multilateral.dummies import product_dummy_logs, time_dummy_hedonic
from shuibei_index.index.multilateral.matrices import (
    Bilateral,
    Floats,
    Items,
    Panel,
    blocks,
    linked_to,
    log_matrix,
    need_quantities,
    read_panel,
    solve_linked,
)

__all__ = ["ccdi", "geary_khamis", "geks", "time_dummy_hedonic", "tpd", "wtpd"]


def geks(p: Panel, q: Panel | None = None, bilateral: Bilateral = "tornqvist") -> Floats:
    """GEKS index: the transitive series nearest to all bilateral comparisons of the months.

    Parameters
    ----------
    p, q : array_like or DataFrame, shape (T, N)
        Prices (CNY per unit, above 0) and quantities (0 or more) of N items in T months; NaN = not sold. An item
        counts in a month if both are known. `q` may be left out for jevons and dutot.
    bilateral : str or callable
        tornqvist (then also called CCDI), fisher, walsh, jevons, dutot, marshall_edgeworth, geo_walsh, stuvel;
        any other name of `shuibei_index.index.bilateral` that needs no more than p0, p1, q0, q1; or a function of
        these (both slower: called once for each ordered pair of months).

    Returns
    -------
    ndarray, shape (T,)
        First month = 1.0. NaN for a month that no chain of matched months joins to the first; all NaN if nothing
        is sold in the first month.

    Notes
    -----
    For each pair of months only items sold in both count, and value shares are scaled over them: match first, then
    scale. With every pair matched, log level(t) = mean over k of log P(k,t) − log P(k,1), also for formulas that fail
    time reversal (GEKS-L over Laspeyres is not GEKS-F). A pair without a match has no bilateral index; the levels x
    then minimise Σ (log P(k,t) − x(t) + y(k))² over the pairs that have one, of which the formula above is the complete
    case; y = x where P is reversible. Decisions 0085 and 0160. Source: CPI Manual 2020; Ivancic, Diewert, Fox (2011).

    Examples
    --------
    >>> p = [[1.0, 2.0], [1.0, 8.0], [1.0, 2.0]]
    >>> q = [[4.0, 2.0], [4.0, 0.5], [4.0, 2.0]]
    >>> [round(float(x), 6) for x in geks(p, q)]
    [1.0, 2.0, 1.0]
    """
    prices, quantities = read_panel(p, q)
    return np.exp(geks_logs(log_matrix(prices, quantities, bilateral)))


def ccdi(p: Panel, q: Panel) -> Floats:
    """CCDI index (Caves, Christensen, Diewert, Inklaar): `geks` over Törnqvist.

    Examples
    --------
    >>> [round(float(x), 6) for x in ccdi([[1.0, 1.0], [4.0, 1.0]], [[1.0, 1.0], [0.25, 1.0]])]
    [1.0, 2.0]
    """
    return geks(p, q, "tornqvist")


def geks_logs(logs: Floats, at: int = 0) -> Floats:
    """Return log GEKS levels with x(at) = 0 from a matrix of log bilateral indices (month i to month j)."""
    known = ~np.isnan(logs)
    if known.all():
        levels = logs.mean(axis=0)
        return np.asarray(levels - levels[at], dtype=float)
    # two sides of one graph, each month as the one compared and as the one compared with
    filled, here = np.where(known, logs, 0.0), np.diag(np.diag(known))
    links = np.block([[here, known.T], [known, here]]).astype(float)
    moves = np.concatenate([filled.sum(axis=0), -filled.sum(axis=1)])
    return solve_linked(links, moves, at)[: len(logs)]


def tpd(p: Panel, q: Panel | None = None) -> Floats:
    """Time-product dummy index, every observed price with the same weight.

    Parameters
    ----------
    p, q : array_like or DataFrame, shape (T, N)
        As in `geks`; of `q` only whether it is known is used.

    Returns
    -------
    ndarray, shape (T,)
        First month = 1.0; NaN as in `geks`.

    Notes
    -----
    Least squares of log p(t,n) on month and item effects. The item effects are absorbed: a system of T − 1 months
    remains whatever the number of items. Two months: the Jevons index of matched items. Decision 0086.

    Examples
    --------
    >>> nan = float("nan")
    >>> [round(float(x), 6) for x in tpd([[1.0, 5.0, nan], [2.0, nan, 3.0], [nan, 20.0, 6.0]])]
    [1.0, 2.0, 4.0]
    """
    prices, quantities = read_panel(p, q)
    return np.exp(product_dummy_logs(prices, quantities, weighted=False))


def wtpd(p: Panel, q: Panel) -> Floats:
    """Weighted time-product dummy index; the weights are value shares within the month.

    Parameters
    ----------
    p, q : array_like or DataFrame, shape (T, N)
        As in `geks`.

    Returns
    -------
    ndarray, shape (T,)
        First month = 1.0; NaN as in `geks`.

    Notes
    -----
    Weighted least squares of log p(t,n) on month and item effects, weight = share of the item in the value of all
    items of its month, so that every month weighs the same. (R's `multilateral` uses values instead: a month with
    more sales then weighs more.) Decision 0086. Source: CPI Manual 2020; Rao (2005).

    Examples
    --------
    >>> [round(float(x), 6) for x in wtpd([[1.0, 1.0], [4.0, 1.0]], [[1.0, 1.0], [0.25, 1.0]])]
    [1.0, 2.0]
    """
    prices, quantities = read_panel(p, q)
    return np.exp(product_dummy_logs(prices, need_quantities(quantities, "wtpd"), weighted=True))


def geary_khamis(
    p: Panel, q: Panel, *, solver: str = "linear", tolerance: float = 1e-14, max_rounds: int = 100_000
) -> Floats:
    """Geary-Khamis index: value at current prices over value at the average prices of all months.

    Parameters
    ----------
    p, q : array_like or DataFrame, shape (T, N)
        As in `geks`.
    solver : {"linear", "iterative"}
        The exact solution by elimination, or the classic turn-by-turn iteration (a check; slow where months are
        weakly linked).
    tolerance : float
        Iterative only: largest relative change of a level in the last round.
    max_rounds : int
        Iterative only.

    Returns
    -------
    ndarray, shape (T,)
        First month = 1.0; NaN as in `geks`.

    Raises
    ------
    PriceError
        The iteration did not settle within `max_rounds`.

    Notes
    -----
    Average price b(n) = Σ_t q(t,n)·p(t,n)/P(t) / Σ_t q(t,n), level P(t) = Σ p·q / Σ b·q. With y(t) = value(t)/P(t)
    both together say y = G·y, G(t,s) = Σ_n [q(t,n)/Σ_r q(r,n)]·[value(s,n)/value(s)], whose columns add to 1:
    y is the stationary vector of G. Elimination without subtractions keeps every digit. Decision 0087.

    Examples
    --------
    >>> [round(float(x), 6) for x in geary_khamis([[1.0, 2.0], [2.0, 4.0]], [[3.0, 1.0], [1.0, 5.0]])]
    [1.0, 2.0]
    """
    if solver not in ("linear", "iterative"):
        raise UsageError(f"unknown solver {solver!r}; there are 'linear' and 'iterative'")
    prices, quantities = read_panel(p, q)
    quantities = need_quantities(quantities, "geary_khamis")
    if solver == "linear":
        return np.exp(geary_khamis_logs(prices, quantities))
    values, flows = _geary_khamis_system(prices, quantities)
    inside = linked_to(flows > 0, 0)
    y = values[inside] / values[inside].sum() if inside.any() else values[inside]
    for _ in range(max_rounds if inside.any() else 0):
        previous, y = y, flows[np.ix_(inside, inside)] @ y
        if np.all(np.abs(y - previous) <= tolerance * y):
            break
    else:
        if inside.any():
            raise PriceError(f"Geary-Khamis did not settle in {max_rounds} rounds; use solver='linear'")
    levels = np.full(len(prices), np.nan)
    levels[inside] = values[inside] / y
    return np.asarray(levels / levels[0], dtype=float)


def geary_khamis_logs(p: Floats, q: Floats, at: int = 0) -> Floats:
    """Return log Geary-Khamis levels with x(at) = 0; NaN for months not linked to `at`."""
    values, flows = _geary_khamis_system(p, q)
    inside = linked_to(flows > 0, at)
    levels = np.full(len(p), np.nan)
    if inside.any():
        y = _stationary(flows[np.ix_(inside, inside)])
        levels[inside] = np.log(values[inside]) - np.log(y)
    return np.asarray(levels - levels[at], dtype=float)


def _geary_khamis_system(p: Floats, q: Floats) -> tuple[Floats, Floats]:
    values, flows = np.zeros(len(p)), np.zeros((len(p), len(p)))
    for block in blocks(p):
        items = Items(p[:, block], q[:, block])
        total = items.q.sum(axis=0)
        values += items.v.sum(axis=1)
        flows += (items.q / np.where(total > 0, total, 1.0)) @ items.v.T
    return values, flows / np.where(values > 0, values, 1.0)


def _stationary(flows: Floats) -> Floats:
    """Return y > 0 with flows @ y = y (Grassmann, Taksar, Heyman): one state out at a time, nothing subtracted."""
    flows = flows.copy()
    for n in range(len(flows) - 1, 0, -1):
        # of what leaves state n, the part that goes back to the states still in
        flows[n, :n] /= flows[:n, n].sum()
        flows[:n, :n] += np.outer(flows[:n, n], flows[n, :n])
    y = np.ones(len(flows))
    for n in range(1, len(flows)):
        y[n] = flows[n, :n] @ y[:n]
    return y
