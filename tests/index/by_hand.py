"""Second computation of every formula, one item after another in plain Python, as the manuals and papers print them.

Nothing of the package is used here. Prices and quantities are lists, None = not sold; matched items only.
"""

import math
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

REPOSITORY = Path(__file__).parents[2]
REFERENCE = REPOSITORY.parent / "shared" / "data" / "reference" / "index"


def read(folder):
    """Panel of the reference data, months × items; skipped where the data are absent."""
    path = REFERENCE / folder
    if not path.exists():
        pytest.skip(f"reference data {folder} are not here")
    table = pd.read_csv(next(f for f in sorted(path.glob("input*.csv")) if "groups" not in f.name))
    wide = table.set_index(["time", "prodID"])
    return tuple(wide[c].unstack() for c in ("prices", "quantities"))  # noqa: PD010


def ces():
    """CES_sigma_2 of IndexNumR from what its vignette prints: prices, expenditure, preferences, elasticity 2.

    IndexNumR, vignettes/indexnumr.Rmd, section "Sample data" (Diewert and Fox 2017).
    """
    p1 = [2.00, 1.75, 1.60, 1.50, 1.45, 1.40, 1.35, 1.30, 1.25, 1.20, 1.15, 1.10]
    p2 = [1.00, 0.50, 1.05, 1.10, 1.12, 1.15, 1.18, 0.60, 1.20, 1.25, 1.28, 1.30]
    p3 = [1.00, 0.95, 0.90, 0.85, 0.40, 0.80, 0.75, 0.72, 0.70, 0.40, 0.70, 0.65]
    p4 = [0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.70, 0.65, 0.70, 0.75, 0.75, 0.80]
    spent = [10, 13, 11, 12, 15, 13, 14, 17, 15, 18, 16, 17]
    p = np.array([p1, p2, p3, p4]).T
    weight = np.array([0.2, 0.2, 0.2, 0.4]) / p
    return p, np.array(spent)[:, None] * weight / weight.sum(axis=1, keepdims=True) / p


def cells(row):
    return [None if math.isnan(x) else float(x) for x in row]


def matched(*rows):
    return [items for items in zip(*rows, strict=True) if None not in items]


# --- two months: items are tuples of p0, p1, q0, q1 (pb, qb) ---


def mean(order, terms):
    """Weighted mean of pairs (x, weight)."""
    total = math.fsum(w for _, w in terms)
    if order == 0:
        return math.exp(math.fsum(w / total * math.log(x) for x, w in terms))
    return math.fsum(w / total * x**order for x, w in terms) ** (1 / order)


def log_mean(a, b):
    # (a − b) / ln(a/b) as printed loses all digits where totals differ by rounding only (months of equal turnover)
    low, high = min(a, b), max(a, b)
    return low if low == high else (high - low) / math.log1p((high - low) / low)


def shares(items):
    v0 = math.fsum(p0 * q0 for p0, _, q0, _ in items)
    v1 = math.fsum(p1 * q1 for _, p1, _, q1 in items)
    return [(p0 * q0 / v0, p1 * q1 / v1) for p0, p1, q0, q1 in items], v0, v1


def basket(items, quantity):
    up = math.fsum(p1 * quantity(q0, q1) for _, p1, q0, q1 in items)
    return up / math.fsum(p0 * quantity(q0, q1) for p0, _, q0, q1 in items)


def by_shares(items, order, weight):
    return mean(order, [(p1 / p0, weight(*s)) for (p0, p1, _, _), s in zip(items, shares(items)[0], strict=True)])


def implicit(items, price):
    """Value index over the quantity index at the prices `price(p0, p1, q0, q1)`."""
    up = math.fsum(p1 * q1 for _, p1, _, q1 in items) / math.fsum(p0 * q0 for p0, _, q0, _ in items)
    return up * math.fsum(price(*i) * i[2] for i in items) / math.fsum(price(*i) * i[3] for i in items)


def relatives(items, order):
    return mean(order, [(i[1] / i[0], 1.0) for i in items])


def root(first, second):
    return math.sqrt(first * second)


def laspeyres(items):
    return basket(items, lambda q0, q1: q0)


def paasche(items):
    return basket(items, lambda q0, q1: q1)


def geo_laspeyres(items):
    return by_shares(items, 0, lambda s0, s1: s0)


def bialek(items):
    return root(basket(items, min), basket(items, max))


def montgomery_vartia(items):
    _, v0, v1 = shares(items)
    terms = [log_mean(p0 * q0, p1 * q1) * math.log(p1 / p0) for p0, p1, q0, q1 in items]
    return math.exp(math.fsum(terms) / log_mean(v0, v1))


def stuvel(items):
    # as printed it may subtract near equal numbers: in decimals with digits enough
    with localcontext(prec=120):
        rows = [tuple(map(Decimal, item)) for item in items]
        v0, v1 = sum(p0 * q0 for p0, _, q0, _ in rows), sum(p1 * q1 for _, p1, _, q1 in rows)
        half = (sum(p1 * q0 for _, p1, q0, _ in rows) - sum(p0 * q1 for p0, _, _, q1 in rows)) / v0 / 2
        return float(half + (half**2 + v1 / v0).sqrt())


def cswdb(items):
    count = len(items)
    price = math.fsum(p1 / p0 for p0, p1, _, _ in items) / count
    quantity = math.fsum(q1 / q0 for _, _, q0, q1 in items) / count
    value = math.fsum(p1 * q1 / (p0 * q0) for p0, p1, q0, q1 in items) / count
    return math.sqrt(price * value / quantity)


def balk_walsh(items):
    return math.fsum((i[1] / i[0]) ** 0.5 for i in items) / math.fsum((i[0] / i[1]) ** 0.5 for i in items)


def ag_mean(items, sigma=0.7):
    return sigma * geo_laspeyres(items) + (1 - sigma) * laspeyres(items)


#: name → (items of p0, p1, q0, q1) → index.
FORMULAS = {
    "jevons": lambda items: relatives(items, 0),
    "carli": lambda items: relatives(items, 1),
    "harmonic": lambda items: relatives(items, -1),
    "dutot": lambda items: math.fsum(i[1] for i in items) / math.fsum(i[0] for i in items),
    "cswd": lambda items: root(relatives(items, 1), relatives(items, -1)),
    "bmw": balk_walsh,
    "hybrid_cswd": balk_walsh,
    "laspeyres": laspeyres,
    "paasche": paasche,
    "fisher": lambda items: root(laspeyres(items), paasche(items)),
    "drobisch": lambda items: (laspeyres(items) + paasche(items)) / 2,
    "harmonic_laspeyres_paasche": lambda items: 2 / (1 / laspeyres(items) + 1 / paasche(items)),
    "walsh": lambda items: basket(items, lambda q0, q1: math.sqrt(q0 * q1)),
    "marshall_edgeworth": lambda items: basket(items, lambda q0, q1: (q0 + q1) / 2),
    "geary_khamis": lambda items: basket(items, lambda q0, q1: 2 / (1 / q0 + 1 / q1)),
    "martini": lambda items: basket(items, lambda q0, q1: math.sqrt(q0 * q1)),
    "bialek": bialek,
    "tornqvist": lambda items: by_shares(items, 0, lambda s0, s1: (s0 + s1) / 2),
    "unnamed": lambda items: by_shares(items, 1, lambda s0, s1: (s0 + s1) / 2),
    "geo_laspeyres": geo_laspeyres,
    "geo_paasche": lambda items: by_shares(items, 0, lambda s0, s1: s1),
    "palgrave": lambda items: by_shares(items, 1, lambda s0, s1: s1),
    "harmonic_laspeyres": lambda items: by_shares(items, -1, lambda s0, s1: s0),
    "geo_walsh": lambda items: by_shares(items, 0, lambda s0, s1: math.sqrt(s0 * s1)),
    "theil": lambda items: by_shares(items, 0, lambda s0, s1: ((s0 + s1) / 2 * s0 * s1) ** (1 / 3)),
    "rao": lambda items: by_shares(items, 0, lambda s0, s1: s0 * s1 / (s0 + s1)),
    "sato_vartia": lambda items: by_shares(items, 0, log_mean),
    "montgomery_vartia": montgomery_vartia,
    "stuvel": stuvel,
    "unit_value": lambda items: implicit(items, lambda p0, p1, q0, q1: 1.0),
    "lehr": lambda items: implicit(items, lambda p0, p1, q0, q1: (p0 * q0 + p1 * q1) / (q0 + q1)),
    "davies": lambda items: implicit(items, lambda p0, p1, q0, q1: math.sqrt(p0 * p1)),
    "banerjee": lambda items: implicit(items, lambda p0, p1, q0, q1: (p0 + p1) / 2),
    "cswdb": cswdb,
    "ag_mean": ag_mean,
    "geo_ag_mean": lambda items: geo_laspeyres(items) ** 0.7 * laspeyres(items) ** 0.3,
    "lloyd_moulton": lambda items: by_shares(items, 1 - 0.7, lambda s0, s1: s0),
    "quadratic_mean": lambda items: root(
        by_shares(items, 1, lambda s0, s1: s0), by_shares(items, -1, lambda s0, s1: s1)
    ),
}


def third_period(items):
    """Formulas with a weight period b: items of p0, p1, pb, qb."""
    values = [(p1 / p0, pb * qb) for p0, p1, pb, qb in items]
    return {
        "young": mean(1, values),
        "geo_young": mean(0, values),
        "harmonic_young": mean(-1, values),
        "lowe": math.fsum(p1 * qb for _, p1, _, qb in items) / math.fsum(p0 * qb for p0, _, _, qb in items),
    }


# --- many months ---


def geks(p, q, formula):
    """Π_k [P(k,t)/P(k,1)]^(1/T): every pair of months must share an item."""
    months = range(len(p))
    rows = [(cells(p[t]), cells(q[t])) for t in months]
    one = {
        (k, t): FORMULAS[formula](matched(rows[k][0], rows[t][0], rows[k][1], rows[t][1]))
        for k in months
        for t in months
    }
    return [math.exp(math.fsum(math.log(one[k, t] / one[k, 0]) for k in months) / len(p)) for t in months]


def dummies(p, q, weighted):
    """Time-product dummy index: least squares with one column a month and an item."""
    value = p * q
    weight = value / np.nansum(value, axis=1, keepdims=True) if weighted else np.where(np.isfinite(value), 1.0, np.nan)
    month, item = np.nonzero(np.isfinite(value))
    root_weight = np.sqrt(weight[month, item])
    columns = np.zeros((len(month), len(p) - 1 + p.shape[1]))
    late = month > 0
    columns[np.flatnonzero(late), month[late] - 1] = 1.0
    columns[np.arange(len(month)), len(p) - 1 + item] = 1.0
    slopes = np.linalg.lstsq(columns * root_weight[:, None], np.log(p[month, item]) * root_weight)[0]
    return np.concatenate([[1.0], np.exp(slopes[: len(p) - 1])])


def geary_khamis(p, q):
    """Prices of all months and levels of the months in turn, until nothing moves (Khamis 1972)."""
    value, quantity = np.nan_to_num(p * q), np.where(np.isfinite(p * q), q, 0.0)
    total = quantity.sum(axis=0)
    level = np.ones(len(p))
    for _ in range(200_000):
        before = level
        average = (value / level[:, None]).sum(axis=0) / np.where(total > 0, total, 1.0)
        level = value.sum(axis=1) / (quantity @ average)
        level = level / level[0]
        if np.abs(level / before - 1).max() < 1e-15:
            break
    return level
