"""Formulas that price one basket of goods in both months, and means of two of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.index.bilateral.documentation import documented
from shuibei_index.index.bilateral.variants import combination, index_of, mean_index, mean_of_relatives
from shuibei_index.index.matching import Floats, Items, Result
from shuibei_index.index.means import number


@documented
def laspeyres(*, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, group: npt.ArrayLike | None = None) -> Result:
    """Laspeyres: the basket of month 0.

    Notes
    -----
    Σ p1 q0 / Σ p0 q0: arithmetic mean of relatives with the values of month 0. CPI Manual 2004, ch. 15.

    Examples
    --------
    >>> round(laspeyres(p0=[1, 1], p1=[1, 4], q0=[1, 1]), 6)
    2.5
    """
    return index_of("laspeyres", group, p0=p0, p1=p1, q0=q0)


@documented
def paasche(*, p0: npt.ArrayLike, p1: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None) -> Result:
    """Paasche: the basket of month 1.

    Notes
    -----
    Σ p1 q1 / Σ p0 q1: harmonic mean of relatives with the values of month 1. CPI Manual 2004, ch. 15.

    Examples
    --------
    >>> round(paasche(p0=[1, 1], p1=[1, 4], q1=[4, 1]), 6)
    1.6
    """
    return index_of("paasche", group, p0=p0, p1=p1, q1=q1)


@documented
def lowe(*, p0: npt.ArrayLike, p1: npt.ArrayLike, qb: npt.ArrayLike, group: npt.ArrayLike | None = None) -> Result:
    """Lowe: the basket of a third period b.

    Notes
    -----
    Σ p1 qb / Σ p0 qb. CPI Manual 2004, ch. 15. With last year's quantities this is what most offices publish; with
    b = 0 it is Laspeyres, with b = 1 Paasche.

    Examples
    --------
    >>> round(lowe(p0=[1, 1], p1=[1, 4], qb=[2, 1]), 6)
    2.0
    """
    return index_of("lowe", group, p0=p0, p1=p1, qb=qb)


@documented
def walsh(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Walsh (I): the basket of geometric mean quantities.

    Notes
    -----
    Σ p1 √(q0 q1) / Σ p0 √(q0 q1). CPI Manual 2004, ch. 15; "Walsh1" of gpindex. Superlative.

    Examples
    --------
    >>> round(walsh(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.0
    """
    return index_of("walsh", group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def marshall_edgeworth(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Marshall–Edgeworth: the basket of arithmetic mean quantities.

    Notes
    -----
    Σ p1 (q0 + q1) / Σ p0 (q0 + q1). CPI Manual 2004, ch. 15. The month with more turnover decides.

    Examples
    --------
    >>> round(marshall_edgeworth(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    1.857143
    """
    return index_of("marshall_edgeworth", group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def geary_khamis(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Geary–Khamis of two months: the basket of harmonic mean quantities.

    Notes
    -----
    Σ p1 h / Σ p0 h, h = q0 q1 / (q0 + q1). Geary (1958), Khamis (1972); Balk (2008), ch. 7.

    Examples
    --------
    >>> round(geary_khamis(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.153846
    """
    return index_of("geary_khamis", group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def martini(
    *,
    p0: npt.ArrayLike,
    p1: npt.ArrayLike,
    q0: npt.ArrayLike,
    q1: npt.ArrayLike,
    a: float = 0.5,
    group: npt.ArrayLike | None = None,
) -> Result:
    """Martini: the basket of weighted geometric mean quantities.

    Notes
    -----
    Σ p1 q0^(1−a) q1^a / Σ p0 q0^(1−a) q1^a. a = 0 is Laspeyres, 1 Paasche, ½ (the default) Walsh, the only one that
    is reversible in time. von der Lippe (2007); `martini_index` of gpindex.

    Examples
    --------
    >>> round(martini(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1], a=0.3), 6)
    2.192503
    """
    a = number("a", a, finite=True)
    return combination(lambda items: _martini(items, a), group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def fisher(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Fisher's ideal index: geometric mean of Laspeyres and Paasche.

    Notes
    -----
    √(Laspeyres · Paasche). CPI Manual 2004, ch. 15. Superlative.

    Examples
    --------
    >>> round(fisher(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.0
    """
    return combination(lambda items: _geometric(items, "laspeyres", "paasche"), group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def drobisch(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Drobisch: arithmetic mean of Laspeyres and Paasche.

    Notes
    -----
    ½ (Laspeyres + Paasche). CPI Manual 2004, ch. 15 (Sidgwick, Bowley).

    Examples
    --------
    >>> round(drobisch(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.05
    """
    return index_of("drobisch", group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def harmonic_laspeyres_paasche(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Harmonic mean of Laspeyres and Paasche.

    Notes
    -----
    2 / (1/Laspeyres + 1/Paasche): Fisher's (1922) formula 8054; `hlp_index` of gpindex.

    Examples
    --------
    >>> round(harmonic_laspeyres_paasche(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    1.95122
    """
    return combination(
        lambda items: 2.0 / (1.0 / mean_index(items, "laspeyres") + 1.0 / mean_index(items, "paasche")),
        group,
        p0=p0,
        p1=p1,
        q0=q0,
        q1=q1,
    )


@documented
def bialek(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Białek: geometric mean of the indices of the smaller and the larger basket.

    Notes
    -----
    √(Σ p1 min / Σ p0 min · Σ p1 max / Σ p0 max), min and max of q0 and q1 item by item. Białek (2013, 2014); von der
    Lippe (2012); `bialek` of PriceIndices.

    Examples
    --------
    >>> round(bialek(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.0
    """
    return combination(_bialek, group, p0=p0, p1=p1, q0=q0, q1=q1)


def _geometric(items: Items, first: str, second: str) -> Floats:
    return np.sqrt(mean_index(items, first)) * np.sqrt(mean_index(items, second))


def _martini(items: Items, a: float) -> Floats:
    return mean_of_relatives(items, 1, items["p0"] * items["q0"] ** (1.0 - a) * items["q1"] ** a)


def _bialek(items: Items) -> Floats:
    small, large = np.minimum(items["q0"], items["q1"]), np.maximum(items["q0"], items["q1"])
    inner = mean_of_relatives(items, 1, items["p0"] * small)
    outer = mean_of_relatives(items, 1, items["p0"] * large)
    return np.sqrt(inner) * np.sqrt(outer)
