"""Formulas through values and quantities: the value ratio over a measure of quantity change, and unit values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError
from shuibei_index.index.bilateral.documentation import documented
from shuibei_index.index.bilateral.variants import combination, mean_index
from shuibei_index.index.matching import Floats, Items, Result
from shuibei_index.index.means import number


@documented
def unit_value(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Ratio of the average prices paid (unit value index).

    Notes
    -----
    (Σ p1 q1 / Σ q1) / (Σ p0 q0 / Σ q0). CPI Manual 2004, ch. 20. For one and the same good in one unit; over different
    items it moves with the mix, and with the units. Over the matched items, as all formulas here.

    Examples
    --------
    >>> round(unit_value(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    1.6
    """
    return combination(_unit_value, group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def lehr(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Lehr: values over quantities at the items' average prices of both months.

    Notes
    -----
    V1/V0 · Σ v q0 / Σ v q1 with v = (p0 q0 + p1 q1) / (q0 + q1). Lehr (1885): Geary–Khamis without deflating the
    average prices; `lehr_index` of gpindex.

    Examples
    --------
    >>> round(lehr(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.153846
    """
    return combination(_lehr, group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def davies(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Davies: values over quantities at the geometric mean prices.

    Notes
    -----
    V1/V0 · Σ q0 √(p0 p1) / Σ q1 √(p0 p1). Davies (1924); von der Lippe (2007); `davies` of PriceIndices.

    Examples
    --------
    >>> round(davies(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.0
    """
    return combination(_davies, group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def banerjee(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Banerjee: values over quantities at the arithmetic mean prices (factorial approach).

    Notes
    -----
    V1/V0 · Σ q0 (p0 + p1) / Σ q1 (p0 + p1). Banerjee (1977); von der Lippe (2007); spelled `banajree` in PriceIndices.

    Examples
    --------
    >>> round(banerjee(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.153846
    """
    return combination(_banerjee, group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def stuvel(
    *,
    p0: npt.ArrayLike,
    p1: npt.ArrayLike,
    q0: npt.ArrayLike,
    q1: npt.ArrayLike,
    a: float = 1.0,
    b: float = 1.0,
    group: npt.ArrayLike | None = None,
) -> Result:
    """Stuvel: the solution of P − c Q = Laspeyres price − c Laspeyres quantity with P Q = V1/V0.

    Notes
    -----
    P = d + √(d² + c V), d = ½ (P_L − c Q_L), c = b/a; a = b = 1 (the default) is Stuvel's own (1957); other values are
    Balk's (2008) generalisation, `stuvel_index(a, b)` of gpindex. For d < 0 it is written c V / (√(d² + c V) − d).

    Examples
    --------
    >>> round(stuvel(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.0
    """
    c = _stuvel_ratio(a, b)
    return combination(lambda items: _stuvel(items, c), group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def cswdb(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Carruthers–Sellwood–Ward–Dalén–Balk: sample form of Fisher with quantity relatives.

    Notes
    -----
    √(mean(p1/p0) · mean(v1/v0) / mean(q1/q0)). Balk (2005); `cswdb_index` of gpindex. Items with a quantity of 0 in
    either month are unmatched.

    Examples
    --------
    >>> round(cswdb(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.0
    """
    return combination(_cswdb, group, sold=("q0", "q1"), p0=p0, p1=p1, q0=q0, q1=q1)


def _value_ratio(items: Items) -> Floats:
    return items.groups.sum(items.v1) / items.groups.sum(items.v0)


def _at_prices(items: Items, price: Floats) -> Floats:
    """Return the value ratio over the quantity change at the given prices."""
    sums = items.groups.sum
    return _value_ratio(items) * sums(price * items["q0"]) / sums(price * items["q1"])


def _unit_value(items: Items) -> Floats:
    return _value_ratio(items) * items.groups.sum(items["q0"]) / items.groups.sum(items["q1"])


def _lehr(items: Items) -> Floats:
    value, quantity = items.v0 + items.v1, items["q0"] + items["q1"]
    return _at_prices(items, np.divide(value, quantity, out=np.zeros_like(value), where=quantity > 0))


def _davies(items: Items) -> Floats:
    return _at_prices(items, np.sqrt(items["p0"]) * np.sqrt(items["p1"]))


def _banerjee(items: Items) -> Floats:
    return _at_prices(items, items["p0"] + items["p1"])


def _stuvel_ratio(a: float, b: float) -> float:
    a, b = number("a", a, finite=True), number("b", b, finite=True)
    if a == 0 or b / a <= 0:
        raise UsageError(f"a and b must have the same sign and not be 0, got {a} and {b}", "a 与 b 必须同号且不为 0")
    return b / a


def _stuvel(items: Items, c: float) -> Floats:
    value0 = items.groups.sum(items.v0)
    laspeyres_quantity = items.groups.sum(items["p0"] * items["q1"]) / value0
    half = 0.5 * (mean_index(items, "laspeyres") - c * laspeyres_quantity)
    product = c * items.groups.sum(items.v1) / value0
    root = np.hypot(half, np.sqrt(product))
    # two nearly equal numbers must not be subtracted
    return np.where(half < 0, product / (root - half), half + root)


def _cswdb(items: Items) -> Floats:
    quantity = items["q1"] / items["q0"]
    values = items.groups.sum(items.relative * quantity) / items.groups.sum(quantity)
    return np.sqrt(mean_index(items, "carli")) * np.sqrt(values)
