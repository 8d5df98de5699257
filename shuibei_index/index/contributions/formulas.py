"""What each bilateral formula is made of, for its contributions: a mean of relatives, a mean of two, or neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from shuibei_index.errors import UsageError
from shuibei_index.index.bilateral.variants import VARIANTS
from shuibei_index.index.contributions.shares import shares_of_order
from shuibei_index.index.matching import Floats, Items
from shuibei_index.index.means import logarithmic_mean, mean_by_group

METHODS = ("van_ijzeren", "reinsdorf")


@dataclass(frozen=True)
class Mean:
    """A mean of price relatives: its order and the weights of the items, shape (N,), any scale."""

    order: float
    weights: Floats

    def value(self, items: Items) -> Floats:
        """Return the mean of every group, shape (G,)."""
        return mean_by_group(items.relative, self.weights, self.order, items.groups)

    def shares(self, items: Items, to: float) -> Floats:
        """Return the shares of the equal mean of order `to`."""
        return shares_of_order(items.relative, self.weights, self.order, to, items.groups)


@dataclass(frozen=True)
class Nest:
    """A mean of order `order` (1, 0 or −1) of two means, weighted `by`."""

    order: float
    by: tuple[float, float]
    means: tuple[Mean, Mean]

    def shares(self, items: Items, method: str) -> Floats:
        """Return the shares of the equal arithmetic mean of relatives, as `contributions.bilateral` describes them."""
        if method == "reinsdorf":
            if min(self.by) < 0:
                raise UsageError(
                    f"method='reinsdorf' needs weights of the two means that are not negative, not {self.by} "
                    "(sigma between 0 and 1); use 'van_ijzeren'"
                )
            inner = [t * m.shares(items, self.order) for t, m in zip(self.by, self.means, strict=True)]
            return shares_of_order(items.relative, inner[0] + inner[1], self.order, 1.0, items.groups)
        first, second = outer_shares(self.order, self.by, *(m.value(items) for m in self.means))
        spread = items.groups.spread
        a, b = (m.shares(items, 1.0) for m in self.means)
        return spread(first) * a + spread(second) * b


def outer_shares(order: float, by: tuple[float, float], a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return the shares of two means in their mean of order 1, 0 or −1 written as an arithmetic one, (G,) each."""
    if order == 1:
        first, second = np.full_like(a, by[0]), np.full_like(b, by[1])
    elif order == -1:
        first, second = by[0] / a, by[1] / b
    else:
        total = by[0] + by[1]
        mean = np.exp((by[0] * np.log(a) + by[1] * np.log(b)) / total)
        first, second = by[0] / logarithmic_mean(a, mean), by[1] / logarithmic_mean(b, mean)
    return first / (first + second), second / (first + second)


@dataclass(frozen=True)
class Parts:
    """Contributions of a formula that is no mean of relatives: fractions that add up to index − 1, shape (N,)."""

    points: Floats


Made = Mean | Nest | Parts
Numbers = Mapping[str, float]


def _pair(order: float, first: tuple[float, Floats], second: tuple[float, Floats], by: float = 0.5) -> Nest:
    return Nest(order, (by, 1.0 - by), (Mean(*first), Mean(*second)))


def _unit_value(items: Items) -> Parts:
    # m the shares in the quantity: UV1 − UV0 = Σ m̄ (p1 − p0) + Σ (m1 − m0)(p̄ − c), whatever c, since Σ (m1 − m0) = 0;
    # c midway between the two unit values makes the contribution of an item as it were under another currency or unit
    share, spread = items.groups.share, items.groups.spread
    m0, m1, p0, p1 = share(items["q0"]), share(items["q1"]), items["p0"], items["p1"]
    before = items.groups.sum(m0 * p0)
    middle = spread(0.5 * (before + items.groups.sum(m1 * p1)))
    return Parts((0.5 * (m0 + m1) * (p1 - p0) + (m1 - m0) * (0.5 * (p0 + p1) - middle)) / spread(before))


def _lehr(items: Items) -> Parts:
    # with v the item's average price and h = q0 q1 / (q0 + q1): q1 (p1 − v) = q0 (v − p0) = h (p1 − p0)
    q = items["q0"] + items["q1"]
    at_average = np.divide((items.v0 + items.v1) * items["q1"], q, out=np.zeros_like(q), where=q > 0)
    both = np.divide(items["q0"] * items["q1"], q, out=np.zeros_like(q), where=q > 0)
    value0, value1 = items.groups.sum(items.v0), items.groups.sum(items.v1)
    scale = (value0 + value1) / (value0 * items.groups.sum(at_average))
    return Parts(items.groups.spread(scale) * both * (items["p1"] - items["p0"]))


def _montgomery_vartia(items: Items) -> Parts:
    total = logarithmic_mean(items.groups.sum(items.v0), items.groups.sum(items.v1))
    logs = logarithmic_mean(items.v0, items.v1) / items.groups.spread(total) * items.log_relative
    index = np.exp(items.groups.sum(logs))
    return Parts(items.groups.spread(to_change(index)) * logs)


def to_change(index: Floats) -> Floats:
    """Return L(P, 1) = (P − 1) / ln P, which turns contributions to ln P into contributions to P − 1; NaN stays."""
    known = ~np.isnan(index)
    return np.where(known, logarithmic_mean(np.where(known, index, 1.0), np.ones_like(index)), np.nan)


def _stuvel(items: Items, c: float) -> Mean:
    # P − c Q = P_L − c Q_L with P Q = V1/V0 says Σ p0 (P q0 + c q1)(P − p1/p0) = 0
    value0 = items.groups.sum(items.v0)
    half = (
        0.5 * (items.groups.sum(items["p1"] * items["q0"]) - c * items.groups.sum(items["p0"] * items["q1"])) / value0
    )
    product = c * items.groups.sum(items.v1) / value0
    root = np.hypot(half, np.sqrt(product))
    index = np.where(half < 0, product / (root - half), half + root)
    return Mean(1, items["p0"] * (items.groups.spread(index) * items["q0"] + c * items["q1"]))


def _banerjee(items: Items) -> Mean:
    # P V0 Σ q1 (p0 + p1) = V1 Σ q0 (p0 + p1) says Σ p0 (V0 q1 + V1 q0)(P − p1/p0) = 0
    value0, value1 = items.groups.sum(items.v0), items.groups.sum(items.v1)
    spread = items.groups.spread
    return Mean(1, items["p0"] * (spread(value0) * items["q1"] + spread(value1) * items["q0"]))


#: Formulas that are not one declared mean of relatives, by name: what they are made of.
_MADE: dict[str, Callable[[Items, Numbers], Made]] = {
    "hybrid_cswd": lambda i, n: Mean(1, np.sqrt(i["p0"] / i["p1"])),
    "martini": lambda i, n: Mean(1, i["p0"] * i["q0"] ** (1.0 - n["a"]) * i["q1"] ** n["a"]),
    "lloyd_moulton": lambda i, n: Mean(1.0 - n["sigma"], i.v0),
    "stuvel": lambda i, n: _stuvel(i, n["b"] / n["a"]),
    "banerjee": lambda i, n: _banerjee(i),
    "fisher": lambda i, n: _pair(0, (1, i.v0), (-1, i.v1)),
    "harmonic_laspeyres_paasche": lambda i, n: _pair(-1, (1, i.v0), (-1, i.v1)),
    "bialek": lambda i, n: _pair(
        0, (1, i["p0"] * np.minimum(i["q0"], i["q1"])), (1, i["p0"] * np.maximum(i["q0"], i["q1"]))
    ),
    "cswd": lambda i, n: _pair(0, (1, np.ones(i.groups.items)), (-1, np.ones(i.groups.items))),
    "cswdb": lambda i, n: _pair(0, (1, np.ones(i.groups.items)), (1, i["q1"] / i["q0"])),
    "davies": lambda i, n: _pair(0, (0.5, i.v0), (0.5, i["q1"] * np.sqrt(i["p0"]) * np.sqrt(i["p1"]))),
    "quadratic_mean": lambda i, n: _pair(0, (0.5 * n["order"], i.v0), (-0.5 * n["order"], i.v1)),
    "ag_mean": lambda i, n: _pair(1, (0, i.v0), (1, i.v0), n["sigma"]),
    "geo_ag_mean": lambda i, n: _pair(0, (0, i.v0), (1, i.v0), n["sigma"]),
    "lehr": lambda i, n: _lehr(i),
    "unit_value": lambda i, n: _unit_value(i),
    "montgomery_vartia": lambda i, n: _montgomery_vartia(i),
}
NAMES = (*VARIANTS, *_MADE)


def made_of(name: str, items: Items, numbers: Numbers) -> Made:
    """Return what the formula is made of over `items`."""
    if name in VARIANTS:
        return Mean(VARIANTS[name].order, VARIANTS[name].weights(items))
    return _MADE[name](items, numbers)


def points_of(name: str, items: Items, numbers: Numbers, method: str) -> Floats:
    """Return fractions that add up to index − 1 in every group, shape (N,)."""
    made = made_of(name, items, numbers)
    if isinstance(made, Parts):
        return made.points
    shares = made.shares(items, method) if isinstance(made, Nest) else made.shares(items, 1.0)
    return shares * (items.relative - 1.0)


def logs_of(name: str, items: Items, numbers: Numbers) -> Floats:
    """Return contributions to ln(index), shape (N,): geometric weights times log relatives, where there are such."""
    made = made_of(name, items, numbers)
    if isinstance(made, Mean):
        return made.shares(items, 0.0) * items.log_relative
    if isinstance(made, Nest) and made.order == 0:
        a, b = (t * m.shares(items, 0.0) for t, m in zip(made.by, made.means, strict=True))
        return (a + b) * items.log_relative
    points = points_of(name, items, numbers, "van_ijzeren")
    return points / items.groups.spread(to_change(1.0 + items.groups.sum(points)))
