"""The one primitive: an index is a mean of price relatives, declared by its order and a rule for the weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.index.matching import Floats, Items, Result, match
from shuibei_index.index.means import logarithmic_mean, mean_by_group

Weights = Callable[[Items], Floats]


@dataclass(frozen=True)
class Variant:
    """A formula as a mean of price relatives: `order` of the mean, `weights` of the items (any scale)."""

    order: float
    weights: Weights


def _equal(items: Items) -> Floats:
    return np.ones(items.groups.items)


def _ratio(upper: Floats, lower: Floats) -> Floats:
    """Return upper / lower, 0 where lower is 0: the limit of the weights for quantities going to 0."""
    return np.divide(upper, lower, out=np.zeros_like(upper), where=lower > 0)


def _theil(items: Items) -> Floats:
    return np.cbrt(0.5 * (items.s0 + items.s1) * items.s0 * items.s1)


def _geary_khamis(items: Items) -> Floats:
    return items["p0"] * _ratio(items["q0"] * items["q1"], items["q0"] + items["q1"])


def _drobisch(items: Items) -> Floats:
    # Laspeyres has the weights p0 q0; Paasche, as an arithmetic mean, p0 q1
    return items.s0 + items.groups.share(items["p0"] * items["q1"])


VARIANTS: dict[str, Variant] = {
    "jevons": Variant(0, _equal),
    "carli": Variant(1, _equal),
    "harmonic": Variant(-1, _equal),
    "dutot": Variant(1, lambda i: i["p0"]),
    "bmw": Variant(1, lambda i: np.sqrt(i["p0"] / i["p1"])),
    "laspeyres": Variant(1, lambda i: i.v0),
    "paasche": Variant(-1, lambda i: i.v1),
    "palgrave": Variant(1, lambda i: i.v1),
    "harmonic_laspeyres": Variant(-1, lambda i: i.v0),
    "geo_laspeyres": Variant(0, lambda i: i.v0),
    "geo_paasche": Variant(0, lambda i: i.v1),
    "tornqvist": Variant(0, lambda i: i.s0 + i.s1),
    "unnamed": Variant(1, lambda i: i.s0 + i.s1),
    "geo_walsh": Variant(0, lambda i: np.sqrt(i.v0) * np.sqrt(i.v1)),
    "theil": Variant(0, _theil),
    "rao": Variant(0, lambda i: _ratio(i.s0 * i.s1, i.s0 + i.s1)),
    "sato_vartia": Variant(0, lambda i: logarithmic_mean(i.s0, i.s1)),
    "walsh": Variant(1, lambda i: i["p0"] * np.sqrt(i["q0"] * i["q1"])),
    "marshall_edgeworth": Variant(1, lambda i: i["p0"] * (i["q0"] + i["q1"])),
    "geary_khamis": Variant(1, _geary_khamis),
    "drobisch": Variant(1, _drobisch),
    "lowe": Variant(1, lambda i: i["p0"] * i["qb"]),
    "young": Variant(1, lambda i: i["pb"] * i["qb"]),
    "geo_young": Variant(0, lambda i: i["pb"] * i["qb"]),
    "harmonic_young": Variant(-1, lambda i: i["pb"] * i["qb"]),
}


def index_of(name: str, group: npt.ArrayLike | None, **arrays: npt.ArrayLike) -> Result:
    """Return the declared formula over the matched items of each group."""
    items = match(arrays, group)
    with np.errstate(divide="ignore", invalid="ignore"):
        return items.groups.result(mean_index(items, name))


def combination(
    combine: Callable[[Items], Floats],
    group: npt.ArrayLike | None,
    *,
    sold: tuple[str, ...] = (),
    **arrays: npt.ArrayLike,
) -> Result:
    """Return a formula made of several means or sums over the matched items of each group."""
    items = match(arrays, group, sold)
    with np.errstate(divide="ignore", invalid="ignore"):
        return items.groups.result(combine(items))


def mean_index(items: Items, name: str) -> Floats:
    """Return the declared formula over `items`, shape (G,)."""
    variant = VARIANTS[name]
    return mean_of_relatives(items, variant.order, variant.weights(items))


def mean_of_relatives(items: Items, order: float, weights: Floats) -> Floats:
    """Return the mean of the price relatives, shape (G,)."""
    log = items.log_relative if order not in (1, -1) else None
    return mean_by_group(items.relative, weights, order, items.groups, log)
