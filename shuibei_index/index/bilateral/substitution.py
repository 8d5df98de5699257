"""Formulas that assume how far buyers move from dear items to cheap ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.index.bilateral.documentation import documented
from shuibei_index.index.bilateral.variants import combination, mean_index, mean_of_relatives
from shuibei_index.index.matching import Floats, Items, Result
from shuibei_index.index.means import number


@documented
def lloyd_moulton(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, sigma: float, group: npt.ArrayLike | None = None
) -> Result:
    """Lloyd–Moulton: mean of relatives of order 1 − σ with the values of month 0.

    Notes
    -----
    [Σ s0 (p1/p0)^(1−σ)]^(1/(1−σ)): exact for CES preferences. σ = 0 is Laspeyres, 1 geometric Laspeyres; exact near 1
    too. The form with the shares of month 1 is 1 / lloyd_moulton(p0=p1, p1=p0, q0=q1, sigma=σ). Lloyd (1975), Moulton
    (1996); CPI Manual 2004, ch. 17.

    Examples
    --------
    >>> round(lloyd_moulton(p0=[1, 1], p1=[1, 4], q0=[1, 1], sigma=0.5), 6)
    2.25
    """
    order = 1.0 - number("sigma", sigma, finite=True)
    return combination(lambda items: mean_of_relatives(items, order, items.v0), group, p0=p0, p1=p1, q0=q0)


@documented
def ag_mean(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, sigma: float = 0.7, group: npt.ArrayLike | None = None
) -> Result:
    """AG mean: arithmetic mean of geometric Laspeyres and Laspeyres, weighted σ and 1 − σ.

    Notes
    -----
    σ · geometric Laspeyres + (1 − σ) · Laspeyres. Lent and Dorfman (2009). The default σ = 0.7 is the one PriceIndices
    uses; give your own where you have one.

    Examples
    --------
    >>> round(ag_mean(p0=[1, 1], p1=[1, 4], q0=[1, 1], sigma=0.5), 6)
    2.25
    """
    sigma = number("sigma", sigma, finite=True)
    return combination(lambda items: _ag_mean(items, sigma), group, p0=p0, p1=p1, q0=q0)


@documented
def geo_ag_mean(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, sigma: float = 0.7, group: npt.ArrayLike | None = None
) -> Result:
    """Geometric AG mean: geometric mean of geometric Laspeyres and Laspeyres, weighted σ and 1 − σ.

    Notes
    -----
    (geometric Laspeyres)^σ · Laspeyres^(1−σ). `geometric_agmean_index` of gpindex, after Lent and Dorfman (2009).

    Examples
    --------
    >>> round(geo_ag_mean(p0=[1, 1], p1=[1, 4], q0=[1, 1], sigma=0.5), 6)
    2.236068
    """
    sigma = number("sigma", sigma, finite=True)
    return combination(lambda items: _geo_ag_mean(items, sigma), group, p0=p0, p1=p1, q0=q0)


@documented
def quadratic_mean(
    *,
    p0: npt.ArrayLike,
    p1: npt.ArrayLike,
    q0: npt.ArrayLike,
    q1: npt.ArrayLike,
    order: float = 2.0,
    group: npt.ArrayLike | None = None,
) -> Result:
    """Quadratic mean of order r: the family of superlative indices.

    Notes
    -----
    √(M_{r/2}(p1/p0; s0) · M_{−r/2}(p1/p0; s1)), M the mean of that order. r = 2 is Fisher, r → 0 Törnqvist. Diewert
    (1976); CPI Manual 2004, ch. 17.

    Examples
    --------
    >>> round(quadratic_mean(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1], order=2), 6)
    2.0
    """
    half = 0.5 * number("order", order, finite=True)
    return combination(lambda items: _quadratic_mean(items, half), group, p0=p0, p1=p1, q0=q0, q1=q1)


def _ag_mean(items: Items, sigma: float) -> Floats:
    return sigma * mean_index(items, "geo_laspeyres") + (1.0 - sigma) * mean_index(items, "laspeyres")


def _geo_ag_mean(items: Items, sigma: float) -> Floats:
    logs = sigma * np.log(mean_index(items, "geo_laspeyres")) + (1.0 - sigma) * np.log(mean_index(items, "laspeyres"))
    return np.exp(logs)


def _quadratic_mean(items: Items, half: float) -> Floats:
    return np.sqrt(mean_of_relatives(items, half, items.v0)) * np.sqrt(mean_of_relatives(items, -half, items.v1))
