"""Means: of any order, Lehmer, extended (Stolarsky), logarithmic; weights moved from one mean to another."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index.matching import Floats, Groups, Result, floats, match, positive
from shuibei_index.index.numbers import as_floats

# Gauss–Legendre on [0, 1]: eight points integrate the Langevin function over a unit step to the last digit
_NODE, _NODE_WEIGHT = np.polynomial.legendre.leggauss(8)
# coth z − 1/z = Σ c_k z^(2k+1), c_k = 2^(2k+2) B_(2k+2) / (2k+2)!; the ratio of terms tends to (z/π)²
_LANGEVIN = (
    *(1 / 3, -1 / 45, 2 / 945, -1 / 4725, 2 / 93555, -1382 / 638512875, 4 / 18243225, -3617 / 162820783125),
    *(87734 / 38979295480125, -349222 / 1531329465290625, 310732 / 13447856940643125),
)


def generalized_mean(
    x: npt.ArrayLike, order: float, *, weight: npt.ArrayLike | None = None, group: npt.ArrayLike | None = None
) -> Result:
    """Weighted mean of the given order: (Σ ω x^r)^(1/r), with the geometric mean at r = 0.

    Parameters
    ----------
    x : array_like, shape (N,)
        Values above 0; NaN is left out.
    order : float
        r: 1 arithmetic, 0 geometric, −1 harmonic; any other, and ±inf for the largest and the smallest.
    weight : array_like, shape (N,), optional
        Not negative, any scale; equal if not given. NaN is left out together with its x.
    group : array_like of int, shape (N,), optional
        Codes 0 … G−1; −1 is left out.

    Returns
    -------
    float or ndarray, shape (G,)
        NaN for a group without items of any weight.

    Raises
    ------
    ShapeError, PriceError
        Lengths differ; a value is not above 0 or a weight is negative (names the first).
    UsageError
        `order` is not a number.

    Notes
    -----
    Around the logarithm of the geometric mean g, with d = ln x − g,
    ln M_r = g + ln(1 + Σ ω (e^(r d) − 1)) / r,
    which keeps all digits as r goes to 0; (Σ ω x^r)^(1/r) as written loses as many digits as 1/r has.
    Source: Hardy, Littlewood and Pólya (1934), ch. 2; CPI Manual 2020, ch. 8; decision 0081.

    Examples
    --------
    >>> [round(float(generalized_mean([1, 4], r)), 6) for r in (1, 0, -1)]
    [2.5, 2.0, 1.6]
    """
    items = match(_weighted(x, weight), group)
    with np.errstate(divide="ignore", invalid="ignore"):
        return items.groups.result(mean_by_group(items["x"], items["weight"], number("order", order), items.groups))


def mean_by_group(x: Floats, weight: Floats, order: float, groups: Groups, log_x: Floats | None = None) -> Floats:
    """Return the mean of order `order` of every group, shape (G,): the primitive under all formulas.

    `log_x` saves taking the logarithm again. Arrays are taken as they are: checked, positive, without NaN.
    """
    if order == 1:
        return groups.sum(weight * x) / groups.sum(weight)
    if order == -1:
        return groups.sum(weight) / groups.sum(weight / x)
    if math.isinf(order):
        sign = math.copysign(1.0, order)
        extreme = sign * groups.max(np.where(weight > 0, sign * x, -np.inf))
        return np.where(np.isinf(extreme), np.nan, extreme)
    log_x = np.log(x) if log_x is None else log_x
    if order == 0:
        return np.exp(groups.sum(weight * log_x) / groups.sum(weight))
    total = groups.sum(weight)
    share = weight / groups.spread(total)
    centre = groups.sum(weight * log_x) / total
    # an item without weight must not decide the scale of the sum
    stretched = np.where(share > 0, order * (log_x - groups.spread(centre)), -np.inf)
    top = groups.max(stretched)
    log_mean = np.log1p(groups.sum(share * np.expm1(np.minimum(stretched, 1.0))))
    if (top > 1.0).any():
        scaled = groups.sum(share * np.exp(stretched - groups.spread(top)))
        log_mean = np.where(top > 1.0, top + np.log(scaled), log_mean)
    return np.exp(centre + log_mean / order)


def lehmer_mean(
    x: npt.ArrayLike, order: float, *, weight: npt.ArrayLike | None = None, group: npt.ArrayLike | None = None
) -> Result:
    """Lehmer mean Σ ω x^r / Σ ω x^(r−1): 1 arithmetic, 0 harmonic, 2 contraharmonic.

    Parameters
    ----------
    x, weight, group
        As in `generalized_mean`.
    order : float
        r, finite.

    Returns
    -------
    float or ndarray, shape (G,)
        NaN for a group without items of any weight.

    Notes
    -----
    Equals the arithmetic mean with weights ω x^(r−1). Powers are taken of x over the largest (r ≥ 1) or the smallest
    x of the group, so that none overflows. Source: von der Lippe (2015), MPRA paper 64952.

    Examples
    --------
    >>> round(lehmer_mean([1, 3], 2), 12)
    2.5
    """
    items = match(_weighted(x, weight), group)
    order = number("order", order, finite=True)
    log_x, weight_, groups = np.log(items["x"]), items["weight"], items.groups
    steep = np.where(weight_ > 0, (order - 1.0) * log_x, -np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight_ = weight_ * np.exp(steep - groups.spread(groups.max(steep)))
        return groups.result(mean_by_group(items["x"], weight_, 1.0, groups))


def extended_mean(a: npt.ArrayLike, b: npt.ArrayLike, r: float, s: float) -> Floats:
    """Return the extended (Stolarsky) mean of each pair: [(a^s − b^s) r / ((a^r − b^r) s)]^(1/(s−r)), and its limits.

    Parameters
    ----------
    a, b : float or array_like, shape (N,)
        Values above 0. NaN gives NaN.
    r, s : float
        Orders, finite, in either order: (0, 1) logarithmic, (1, 1) identric, (0, 0) geometric, (1, 2) arithmetic.

    Returns
    -------
    ndarray, shape (N,) or ()

    Raises
    ------
    ShapeError, PriceError, UsageError
        Two lengths; a value is not above 0; an order is not a finite number.

    Notes
    -----
    With h = ½ ln(a/b) the mean is √(ab) · exp[h (φ(s h) − φ(r h)) / (s h − r h)], φ(z) = ln(sinh z / z): one
    expression, without the cases r = s, r = 0, s = 0, a = b. Where s h and r h are near, the quotient is the average
    of φ'(z) = coth z − 1/z between them (Gauss–Legendre). Source: Stolarsky (1975), Math. Mag. 48, 87–92;
    decision 0081.

    Examples
    --------
    >>> extended_mean([1.0, 2.0], [4.0, 2.0], 0, 1).round(6).tolist()
    [2.164043, 2.0]
    """
    low, high = _pairs(positive("a", a), positive("b", b))
    r, s = number("r", r, finite=True), number("s", s, finite=True)
    half = 0.5 * np.log(low / high)
    return np.asarray(np.sqrt(low) * np.sqrt(high) * np.exp(half * _quotient(r * half, s * half)))


def logarithmic_mean(a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    """Logarithmic mean of each pair: (a − b) / ln(a / b); a where a = b; 0 where either is 0.

    Parameters
    ----------
    a, b : float or array_like, shape (N,)
        Values not negative. NaN gives NaN.

    Returns
    -------
    ndarray, shape (N,) or ()

    Raises
    ------
    ShapeError, PriceError
        Two lengths; a value is negative.

    Notes
    -----
    Written as d / ln(1 + d / low) with d = high − low: all digits stay when a and b are near.
    Source: CPI Manual 2020, ch. 3 (Vartia); `extended_mean` of orders 0 and 1.

    Examples
    --------
    >>> logarithmic_mean([1.0, 2.0, 0.0], [4.0, 2.0, 5.0]).round(6).tolist()
    [2.164043, 2.0, 0.0]
    """
    a, b = _pairs(as_floats(a, "a"), as_floats(b, "b"))
    if (a < 0).any() or (b < 0).any():
        raise PriceError("the logarithmic mean needs values of 0 or above", "对数平均要求数值不为负")
    low = np.minimum(a, b)
    gap = np.maximum(a, b) - low
    with np.errstate(divide="ignore", invalid="ignore"):
        mean: Floats = np.where(gap == 0, low, gap / np.log1p(gap / low))
    return mean


def convert_weights(
    x: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    *,
    order: float,
    to: float,
    group: npt.ArrayLike | None = None,
) -> Floats:
    """Shares that make the mean of order `to` equal the mean of order `order` with the given weights.

    Parameters
    ----------
    x, weight, group
        As in `generalized_mean`.
    order, to : float
        Orders r and s, finite.

    Returns
    -------
    ndarray, shape (N,)
        Sum to 1 in each group; NaN where x or weight is NaN and for items left out.

    Notes
    -----
    v_i ∝ ω_i E_{r,s}(x_i, M_r)^(r−s), E the extended mean. With `to=1` the terms v_i (x_i − 1) add up to M_r − 1:
    contributions of any mean. Source: Balk (2008), ch. 4; Martin (2021), A note on general
    decompositions for price indexes, Statistics Canada.

    Examples
    --------
    >>> v = convert_weights([1.0, 4.0], order=0, to=1)
    >>> round(float(v @ [1.0, 4.0]), 12)
    2.0
    """
    length = len(floats("x", x))
    codes = np.zeros(length, dtype=np.int64) if group is None else group
    items = match({**_weighted(x, weight), "row": np.arange(float(length))}, codes)
    r, s = number("order", order, finite=True), number("to", to, finite=True)
    groups = items.groups
    converted = np.full(length, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = groups.spread(mean_by_group(items["x"], items["weight"], r, groups))
        half = 0.5 * np.log(items["x"] / mean)
        # ln E^(r−s) up to the constant ln M: ln √(x M) = ln M + half
        tilt = (r - s) * (half + half * _quotient(r * half, s * half))
        tilt = np.where(items["weight"] > 0, tilt, -np.inf)
        scaled = items["weight"] * np.exp(tilt - groups.spread(groups.max(tilt)))
        converted[items["row"].astype(np.int64)] = groups.share(scaled)
    return converted


def _weighted(x: npt.ArrayLike, weight: npt.ArrayLike | None) -> dict[str, npt.ArrayLike]:
    return {"x": x, "weight": np.ones(len(floats("x", x))) if weight is None else weight}


def _pairs(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Refuse arrays of two lengths; a single number goes with every value of the other."""
    if a.ndim and b.ndim and a.shape != b.shape:
        raise ShapeError(f"a has {a.size} values and b has {b.size}; pairs are expected", "a 与 b 的长度必须相同")
    return a, b


def number(name: str, value: float, *, finite: bool = False) -> float:
    """Return a parameter as float; refuse what is not a number.

    Raises
    ------
    UsageError
        Not a number, or infinite where a finite one is needed.
    """
    try:
        value = float(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name} must be one number, got {value!r}", f"{name} 必须是一个数") from error
    if math.isnan(value) or (finite and math.isinf(value)):
        raise UsageError(f"{name} must be a {'finite ' if finite else ''}number, got {value}", f"{name} 不能是 {value}")
    return value


def _quotient(x: Floats, y: Floats) -> Floats:
    """Return (φ(y) − φ(x)) / (y − x), φ(z) = ln(sinh z / z), to the last digits also where y and x are near."""
    step = y - x
    points = (w * _langevin(x + 0.5 * (1.0 + at) * step) for at, w in zip(_NODE, _NODE_WEIGHT, strict=True))
    average: Floats = 0.5 * np.add.reduce(list(points))
    far = np.abs(step) > 1.0
    if not far.any():
        return average
    wide = np.where(far, step, 1.0)
    return np.where(far, (_log_sinhc(y) - _log_sinhc(x)) / wide, average)


def _langevin(z: Floats) -> Floats:
    """Return coth z − 1/z."""
    small = np.abs(z) < 0.5
    inner, outer = np.where(small, z, 0.0), np.where(small, 1.0, z)
    square = inner * inner
    series = np.zeros_like(z)
    for coefficient in reversed(_LANGEVIN):
        series = series * square + coefficient
    return np.where(small, inner * series, 1.0 / np.tanh(outer) - 1.0 / outer)


def _log_sinhc(z: Floats) -> Floats:
    """Return ln(sinh z / z); 0 at 0."""
    size = np.abs(z)
    small = size < 1.0
    inner, outer = np.where(small & (size > 0), size, 1.0), np.where(small, 1.0, size)
    near = np.where(size > 0, np.log(np.sinh(inner) / inner), 0.0)
    return np.where(small, near, outer + np.log1p(-np.exp(-2.0 * outer)) - np.log(2.0 * outer))
