"""Contributions of products to a movement of a multilateral index: GEKS, time-product dummy, Geary-Khamis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import ShapeError, UsageError, did_you_mean
from shuibei_index.index import bilateral as formulas
from shuibei_index.index.contributions.formulas import NAMES, to_change
from shuibei_index.index.contributions.products import pair_logs
from shuibei_index.index.contributions.shares import shares_of_order
from shuibei_index.index.matching import Groups
from shuibei_index.index.multilateral.matrices import (
    Bilateral,
    Floats,
    Items,
    Panel,
    blocks,
    formula_name,
    log_matrix,
    need_quantities,
    read_panel,
    solve_linked,
)
from shuibei_index.index.multilateral.methods import geary_khamis_logs

METHODS = ("geks", "ccdi", "tpd", "wtpd", "geary_khamis")
#: Bilateral formulas whose log is Σ a(k) b(t) (y(t) − y(k)) / Σ a(k) b(t), alone or averaged with its mirror image,
#: y = log price: all pairs of months together are two matrix products.
_PRODUCTS: dict[str, Callable[[Items], tuple[Floats, Floats]]] = {
    "tornqvist": lambda n: (n.v, n.m),
    "jevons": lambda n: (n.m, n.m),
    "geo_walsh": lambda n: (np.sqrt(n.v), np.sqrt(n.v)),
}


def multilateral(
    p: Panel,
    q: Panel | None = None,
    method: str = "geks",
    bilateral: Bilateral = "tornqvist",
    *,
    start: int | str = 0,
    end: int | str = -1,
) -> Floats | pd.Series:
    """Contributions of items to the movement of a multilateral index between two months of its window.

    Parameters
    ----------
    p, q : array_like or DataFrame, shape (T, N)
        The whole window: prices and quantities as in `multilateral.geks`; NaN = not sold.
    method : {"geks", "ccdi", "tpd", "wtpd", "geary_khamis"}
    bilateral : str or function
        For "geks": any formula of `index.bilateral` that needs no more than p0, p1, q0, q1, as in `multilateral.geks`.
    start, end : int or str
        The two months: positions, or labels of the rows of `p`.

    Returns
    -------
    ndarray, or Series if p is a DataFrame; shape (N,)
        Fractions that add up to level(end)/level(start) − 1. NaN for an item that is never sold; all NaN if no chain
        of matched months joins the two.

    Raises
    ------
    UsageError, ShapeError, PriceError
        No such method, formula or month; as `multilateral.geks`.

    Notes
    -----
    All are contributions to ln(level(end)/level(start)), times L = (P − 1)/ln P, and so exactly additive:

    - GEKS: with all pairs matched, the mean over months k of item n's part in ln P(k, end) − ln P(k, start); with
      unmatched pairs the same linear solution as the index itself. For CCDI that is Webster and Tarnow-Mordi (2019),
      section 2.2; other formulas enter with geometric weights by the logarithmic mean.
    - TPD, WTPD: levels are linear in log prices, so item n's part is Σ_t c(t) w(t,n)(y(t,n) − ȳ(n)): Webster and
      Tarnow-Mordi (2019), section 2.1. An item seen in one month only has none.
    - Geary–Khamis: level(t) is an arithmetic mean of p(t,n)/b(n), b the average prices of the window; in logs by the
      logarithmic mean, b scaled so that level(start)·level(end) = 1: the two months change sides, the signs change.

    An item not sold in the two months can contribute: it ties other months to them. Decision 0122.

    Examples
    --------
    >>> p = [[1.0, 1.0], [4.0, 1.0]]
    >>> multilateral(p, [[1.0, 1.0], [0.25, 1.0]]).round(12).tolist()
    [1.0, 0.0]
    """
    if method not in METHODS:
        raise UsageError(f"unknown method {method!r}{did_you_mean(method, METHODS)}; there are {', '.join(METHODS)}")
    prices, quantities = read_panel(p, q)
    s, t = (_month(p, at, len(prices)) for at in (start, end))
    if method in ("geks", "ccdi"):
        logs = _geks(prices, quantities, "tornqvist" if method == "ccdi" else bilateral, s, t)
    elif method == "geary_khamis":
        logs = _geary_khamis(prices, need_quantities(quantities, method), s, t)
    else:
        logs = _product_dummy(prices, quantities, method == "wtpd", s, t)
    points = to_change(np.exp(logs.sum(keepdims=True))) * logs
    known = ~np.isnan(prices) if quantities is None else ~(np.isnan(prices) | np.isnan(quantities))
    points = np.where(known.any(axis=0), points, np.nan)
    return pd.Series(points, index=p.columns, name="points") if isinstance(p, pd.DataFrame) else points


def _month(p: Panel, at: int | str, months: int) -> int:
    if isinstance(p, pd.DataFrame) and at in p.index:
        return int(p.index.get_indexer(pd.Index([at]))[0])
    if isinstance(at, str) or not -months <= at < months:
        raise ShapeError(f"no month {at!r} in the window of {months} months", zh=f"窗口内没有月份 {at}")
    return int(at) % months


def _row(linked: Floats, s: int, t: int) -> Floats:
    """Return c with x(t) − x(s) = Σ c · moves; 0 outside what is linked to s, all NaN if t is outside."""
    unit = np.zeros(len(linked))
    unit[t] = float(s != t)
    c = solve_linked(linked, unit, s)
    return np.full(len(c), np.nan) if np.isnan(c[t]) else np.where(np.isnan(c), 0.0, c)


def _geks(p: Floats, q: Floats | None, bilateral: Bilateral, s: int, t: int) -> Floats:
    name = formula_name(bilateral)
    times = _times(~np.isnan(log_matrix(p, q, bilateral)), s, t)
    if np.isnan(times).any():
        return np.full(p.shape[1], np.nan)
    if not isinstance(name, str):
        return _by_pairs(p, q, getattr(name, "__name__", "") if _ours(name) else "", times)
    # ln P(j, k) = −ln P(k, j): one of the two carries both
    both = times - times.T
    return _all_pairs(p, q, _PRODUCTS[name], both) if name in _PRODUCTS else _by_pairs(p, q, name, np.triu(both))


def _ours(formula: Callable[..., object]) -> bool:
    return getattr(formulas, getattr(formula, "__name__", ""), None) is formula


def _times(known: npt.NDArray[np.bool_], s: int, t: int) -> Floats:
    """Return how often each ln P(k, j) goes into the change from s to t, shape (T, T); NaN if they are not linked."""
    months = len(known)
    if known.all():
        to = np.zeros(months)
        to[t] += 1.0 / months
        to[s] -= 1.0 / months
        return np.tile(to, (months, 1))
    # the system of `multilateral.geks_logs`: each month as the one compared and as the one compared with
    here = np.diag(np.diag(known))
    c = _row(np.block([[here, known.T], [known, here]]).astype(float), s, t)
    return np.asarray(np.where(known, c[None, :months] - c[months:, None], 0.0 if not np.isnan(c).any() else np.nan))


def _all_pairs(p: Floats, q: Floats | None, make: Callable[[Items], tuple[Floats, Floats]], times: Floats) -> Floats:
    cut = blocks(p)
    total = np.zeros((len(p), len(p)))
    for block in cut:
        a, b = make(Items(p[:, block], None if q is None else q[:, block]))
        total += a @ b.T
    scale = np.divide(times, total, out=np.zeros_like(times), where=(total > 0) & (times != 0))
    logs = np.zeros(p.shape[1])
    for block in cut:
        items = Items(p[:, block], None if q is None else q[:, block])
        a, b = make(items)
        # both orders of every pair: the same part twice
        logs[block] = 0.5 * (a * (scale @ (b * items.logs)) - a * items.logs * (scale @ b)).sum(axis=0)
    return logs


def _by_pairs(p: Floats, q: Floats | None, name: str, times: Floats) -> Floats:
    if name not in NAMES:
        raise UsageError(
            "the contributions to this function are not known; give the name of a formula of index.bilateral",
            zh="无法分解这个函数:请用 index.bilateral 中的公式",
        )
    logs = np.zeros(p.shape[1])
    for k, j in np.argwhere(times != 0):
        if k != j:
            logs += times[k, j] * pair_logs(name, p[k], p[j], *((None, None) if q is None else (q[k], q[j])))
    return logs


def _product_dummy(p: Floats, q: Floats | None, weighted: bool, s: int, t: int) -> Floats:
    cut = blocks(p)
    values = np.ones(len(p))
    if weighted:
        q = need_quantities(q, "wtpd")
        values = sum((Items(p[:, b], q[:, b]).v.sum(axis=1) for b in cut), np.zeros(len(p)))
    values = np.where(values > 0, values, 1.0)
    links = np.zeros((len(p), len(p)))
    for block in cut:
        w, per_item, _ = _weights(p, q, block, weighted, values)
        links += w @ per_item.T
    c = _row(links, s, t)
    if np.isnan(c).any():
        return np.full(p.shape[1], np.nan)
    logs = np.zeros(p.shape[1])
    for block in cut:
        w, per_item, y = _weights(p, q, block, weighted, values)
        logs[block] = c @ (w * (y - (per_item * y).sum(axis=0)))
    return logs


def _weights(
    p: Floats, q: Floats | None, block: slice, weighted: bool, values: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the regression weights of a block, the same as shares within each item, and the log prices."""
    items = Items(p[:, block], None if q is None else q[:, block])
    w = items.v / values[:, None] if weighted else items.m
    total = w.sum(axis=0)
    return w, w / np.where(total > 0, total, 1.0), items.logs


def _geary_khamis(p: Floats, q: Floats, s: int, t: int) -> Floats:
    levels = geary_khamis_logs(p, q, at=s)
    if np.isnan(levels[t]):
        return np.full(p.shape[1], np.nan)
    # P(s) P(t) = 1; months that are not linked share no item with these two
    inside = ~np.isnan(levels)
    deflator = np.exp(-(levels[inside] - 0.5 * levels[t]))
    items = Items(p[inside], q[inside])
    quantity = items.q.sum(axis=0)
    average = np.divide(deflator @ items.v, quantity, out=np.zeros(p.shape[1]), where=quantity > 0)
    result = np.zeros(p.shape[1])
    for month, sign in ((t, 1.0), (s, -1.0)):
        row = Items(p[[month]], q[[month]])
        at = np.flatnonzero((row.v[0] > 0) & (average > 0))
        relative = row.p[0, at] / average[at]
        shares = shares_of_order(relative, average[at] * row.q[0, at], 1.0, 0.0, Groups(None, len(at), 1))
        result[at] += sign * shares * np.log(relative)
    return result
