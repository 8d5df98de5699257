"""Formulas on prices alone: what an elementary aggregate without quantities can use."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.index.bilateral.documentation import documented
from shuibei_index.index.bilateral.variants import combination, index_of, mean_index
from shuibei_index.index.matching import Result


@documented
def jevons(*, p0: npt.ArrayLike, p1: npt.ArrayLike, group: npt.ArrayLike | None = None) -> Result:
    """Jevons: geometric mean of the price relatives.

    Notes
    -----
    (Π p1/p0)^(1/N), in logarithms. PPI Manual 2004, eq. 9.3 and ch. 20. The default for single stones and pieces:
    every item counts the same, and a dear one no more than a cheap one.

    Examples
    --------
    >>> round(jevons(p0=[1, 1], p1=[1, 4]), 6)
    2.0
    """
    return index_of("jevons", group, p0=p0, p1=p1)


@documented
def dutot(*, p0: npt.ArrayLike, p1: npt.ArrayLike, group: npt.ArrayLike | None = None) -> Result:
    """Dutot: ratio of the mean prices.

    Notes
    -----
    Σ p1 / Σ p0: the arithmetic mean of relatives with weights p0. PPI Manual 2004, eq. 9.2 and ch. 20. Only for
    items in one unit that stand for one another: the dearest item decides.

    Examples
    --------
    >>> round(dutot(p0=[1, 3], p1=[2, 4]), 6)
    1.5
    """
    return index_of("dutot", group, p0=p0, p1=p1)


@documented
def carli(*, p0: npt.ArrayLike, p1: npt.ArrayLike, group: npt.ArrayLike | None = None) -> Result:
    """Carli: arithmetic mean of the price relatives.

    Notes
    -----
    Σ (p1/p0) / N. PPI Manual 2004, ch. 9 and 20. Chained, it drifts upwards: there and back gives more than 1.

    Examples
    --------
    >>> carli(p0=[1, 1], p1=[2, 4])
    3.0
    """
    return index_of("carli", group, p0=p0, p1=p1)


@documented
def harmonic(*, p0: npt.ArrayLike, p1: npt.ArrayLike, group: npt.ArrayLike | None = None) -> Result:
    """Harmonic mean of the price relatives (Coggeshall).

    Notes
    -----
    N / Σ (p0/p1). CPI Manual 2004, ch. 20. Chained, it drifts downwards.

    Examples
    --------
    >>> round(harmonic(p0=[1, 1], p1=[2, 4]), 6)
    2.666667
    """
    return index_of("harmonic", group, p0=p0, p1=p1)


@documented
def cswd(*, p0: npt.ArrayLike, p1: npt.ArrayLike, group: npt.ArrayLike | None = None) -> Result:
    """Carruthers–Sellwood–Ward–Dalén: geometric mean of Carli and harmonic.

    Notes
    -----
    √(Carli · harmonic). CPI Manual 2004, ch. 20: close to Jevons, and like it reversible in time.

    Examples
    --------
    >>> cswd(p0=[1, 1], p1=[1, 4])
    2.0
    """
    return combination(
        lambda items: np.sqrt(mean_index(items, "carli")) * np.sqrt(mean_index(items, "harmonic")),
        group,
        p0=p0,
        p1=p1,
    )


@documented
def bmw(*, p0: npt.ArrayLike, p1: npt.ArrayLike, group: npt.ArrayLike | None = None) -> Result:
    """Balk–Mehrhoff–Walsh (Balk–Walsh): the sample form of the Walsh index.

    Notes
    -----
    Σ √(p1/p0) / Σ √(p0/p1): the arithmetic mean of relatives with weights √(p0/p1). Balk (2005), Mehrhoff (2007);
    `bw_index` of gpindex.

    Examples
    --------
    >>> round(bmw(p0=[1, 1], p1=[1, 4]), 6)
    2.0
    """
    return index_of("bmw", group, p0=p0, p1=p1)


@documented
def hybrid_cswd(*, p0: npt.ArrayLike, p1: npt.ArrayLike, group: npt.ArrayLike | None = None) -> Result:
    """Hybrid Carruthers–Sellwood–Ward–Dalén: arithmetic mean of relatives with weights √(p0/p1).

    Notes
    -----
    Σ √(p1/p0) / Σ √(p0/p1): as gpindex defines "HybridCSWD", after von der Lippe (2015). The same number as `bmw`,
    reached from another side; both names are kept because users look for both.

    Examples
    --------
    >>> round(hybrid_cswd(p0=[1, 1], p1=[1, 9]), 6)
    3.0
    """
    return index_of("bmw", group, p0=p0, p1=p1)
