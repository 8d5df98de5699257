"""Formulas that weigh price relatives by value shares: geometric means, and arithmetic ones without a basket."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.index.bilateral.documentation import documented
from shuibei_index.index.bilateral.variants import combination, index_of
from shuibei_index.index.matching import Floats, Items, Result
from shuibei_index.index.means import logarithmic_mean


@documented
def tornqvist(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Törnqvist price index from month 0 to month 1.

    Notes
    -----
    ln P = Σ ½ (s0 + s1) ln(p1/p0), s the value shares. CPI Manual 2004, ch. 15. Superlative.

    Examples
    --------
    >>> round(tornqvist(p0=[1, 1], p1=[1, 8], q0=[1, 16], q1=[1, 1]), 4)
    6.7044
    """
    return index_of("tornqvist", group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def geo_laspeyres(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Geometric Laspeyres: geometric mean of relatives with the shares of month 0.

    Notes
    -----
    ln P = Σ s0 ln(p1/p0). CPI Manual 2004, ch. 15 (Konüs–Byushgens); exact for an elasticity of substitution of 1.

    Examples
    --------
    >>> round(geo_laspeyres(p0=[1, 1], p1=[1, 4], q0=[1, 1]), 6)
    2.0
    """
    return index_of("geo_laspeyres", group, p0=p0, p1=p1, q0=q0)


@documented
def geo_paasche(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Geometric Paasche: geometric mean of relatives with the shares of month 1.

    Notes
    -----
    ln P = Σ s1 ln(p1/p0). CPI Manual 2004, ch. 15.

    Examples
    --------
    >>> round(geo_paasche(p0=[1, 1], p1=[1, 4], q1=[4, 1]), 6)
    2.0
    """
    return index_of("geo_paasche", group, p0=p0, p1=p1, q1=q1)


@documented
def geo_walsh(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Geometric Walsh (Walsh II): geometric mean of relatives with weights √(v0 v1).

    Notes
    -----
    ln P = Σ ω ln(p1/p0), ω ∝ √(p0 q0 p1 q1). CPI Manual 2004, ch. 16 (stochastic approach); "Walsh2" of gpindex.

    Examples
    --------
    >>> round(geo_walsh(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.0
    """
    return index_of("geo_walsh", group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def theil(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Theil: geometric mean of relatives with weights [½ (s0 + s1) s0 s1]^(1/3).

    Notes
    -----
    The weights are scaled to sum to 1. Theil (1973); CPI Manual 2004, ch. 16. An item sold in one month only has no
    weight.

    Examples
    --------
    >>> round(theil(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.0
    """
    return index_of("theil", group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def rao(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Rao: geometric mean of relatives with weights s0 s1 / (s0 + s1).

    Notes
    -----
    The weights are scaled to sum to 1: the weighted time-product dummy index of two months. Rao (1990); CPI Manual
    2004, ch. 16.

    Examples
    --------
    >>> round(rao(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.0
    """
    return index_of("rao", group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def sato_vartia(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Sato–Vartia (Vartia II): weights are logarithmic means of the two shares.

    Notes
    -----
    ln P = Σ ω ln(p1/p0), ω ∝ L(s0, s1), L the logarithmic mean. Sato (1976), Vartia (1976); exact for CES
    preferences. It can fall when a price of month 1 rises.

    Examples
    --------
    >>> round(sato_vartia(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.0
    """
    return index_of("sato_vartia", group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def montgomery_vartia(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Montgomery–Vartia (Vartia I): weights are logarithmic means of values over that of the totals.

    Notes
    -----
    ln P = Σ L(v0, v1) / L(Σ v0, Σ v1) · ln(p1/p0). The weights sum to at most 1, so P is no mean of the relatives and
    prices that all double do not double it. Montgomery (1937), Vartia (1976).

    Examples
    --------
    >>> round(montgomery_vartia(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.0
    """
    return combination(_montgomery_vartia, group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def palgrave(*, p0: npt.ArrayLike, p1: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None) -> Result:
    """Palgrave: arithmetic mean of relatives with the values of month 1.

    Notes
    -----
    Σ s1 p1/p0. Palgrave (1886); CPI Manual 2004, ch. 16.

    Examples
    --------
    >>> round(palgrave(p0=[1, 1], p1=[1, 4], q1=[4, 1]), 6)
    2.5
    """
    return index_of("palgrave", group, p0=p0, p1=p1, q1=q1)


@documented
def unnamed(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, q1: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Arithmetic mean of Laspeyres and Palgrave; it has no name in the literature.

    Notes
    -----
    Σ ½ (s0 + s1) p1/p0: the arithmetic counterpart of Törnqvist. "Unnamed" of gpindex; CPI Manual 2004, ch. 16.

    Examples
    --------
    >>> round(unnamed(p0=[1, 1], p1=[1, 4], q0=[1, 1], q1=[4, 1]), 6)
    2.5
    """
    return index_of("unnamed", group, p0=p0, p1=p1, q0=q0, q1=q1)


@documented
def harmonic_laspeyres(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, q0: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Harmonic Laspeyres: harmonic mean of relatives with the values of month 0.

    Notes
    -----
    1 / Σ s0 p0/p1. CPI Manual 2004, ch. 16; `harmonic_index("Laspeyres")` of gpindex.

    Examples
    --------
    >>> round(harmonic_laspeyres(p0=[1, 1], p1=[1, 4], q0=[1, 1]), 6)
    1.6
    """
    return index_of("harmonic_laspeyres", group, p0=p0, p1=p1, q0=q0)


@documented
def young(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, pb: npt.ArrayLike, qb: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Young: arithmetic mean of relatives with the values of period b.

    Notes
    -----
    Σ sb p1/p0, sb ∝ pb qb. CPI Manual 2004, ch. 15. Not reversible in time: it drifts upwards like Carli when
    prices bounce.

    Examples
    --------
    >>> round(young(p0=[1, 1], p1=[1, 4], pb=[2, 1], qb=[1, 1]), 6)
    2.0
    """
    return index_of("young", group, p0=p0, p1=p1, pb=pb, qb=qb)


@documented
def geo_young(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, pb: npt.ArrayLike, qb: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Geometric Young: geometric mean of relatives with the values of period b.

    Notes
    -----
    ln P = Σ sb ln(p1/p0), sb ∝ pb qb. CPI Manual 2020, ch. 8: transitive, for what its fixed weights are worth.

    Examples
    --------
    >>> round(geo_young(p0=[1, 1], p1=[1, 4], pb=[1, 1], qb=[1, 1]), 6)
    2.0
    """
    return index_of("geo_young", group, p0=p0, p1=p1, pb=pb, qb=qb)


@documented
def harmonic_young(
    *, p0: npt.ArrayLike, p1: npt.ArrayLike, pb: npt.ArrayLike, qb: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> Result:
    """Harmonic Young: harmonic mean of relatives with the values of period b.

    Notes
    -----
    1 / Σ sb p0/p1. `harmonic_index("Young")` of gpindex: the Young index with time reversed.

    Examples
    --------
    >>> round(harmonic_young(p0=[1, 1], p1=[1, 4], pb=[1, 1], qb=[1, 1]), 6)
    1.6
    """
    return index_of("harmonic_young", group, p0=p0, p1=p1, pb=pb, qb=qb)


def _montgomery_vartia(items: Items) -> Floats:
    total = logarithmic_mean(items.groups.sum(items.v0), items.groups.sum(items.v1))
    return np.exp(items.groups.sum(logarithmic_mean(items.v0, items.v1) * items.log_relative) / total)
