"""Outlier rules of price statistics: plain functions of relatives, each for one group or for many at once.

All rules lay a lower and an upper fence round a group's middle and object to what lies strictly outside. A missing
number (NaN) is not judged. `upper` and `lower` say how wide, and may differ; `spread` keeps a fence open where most
prices did not move. Sources: CPI Manual (2020) 5.113–5.135; Hidiroglou and Berthelot (1986).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import ShapeError
from shuibei_index.validation.edits.ordered import Floats, Ints, Ordered

Mask = npt.NDArray[np.bool_]
#: The median absolute deviation of normal numbers, as a share of their standard deviation, inverted.
MAD_SCALE = 1.4826


@dataclass(frozen=True)
class Fences:
    """Lower and upper fence of each group; NaN = the group is empty, nothing is outside."""

    low: Floats
    high: Floats

    def outside(self, x: Floats, group: Ints) -> Mask:
        """Tell which numbers lie strictly outside the fences of their group; a group below 0 has none."""
        at = np.maximum(group, 0)
        return np.asarray(((x < self.low[at]) | (x > self.high[at])) & (group >= 0))


def quartile_fences(ordered: Ordered, upper: float, lower: float, spread: float = 0.0) -> Fences:
    """Return median + upper × (Q3 − median) and median − lower × (median − Q1)."""
    first, middle, third = (ordered.quantile(share) for share in (0.25, 0.5, 0.75))
    least = np.abs(spread * middle)
    return Fences(
        middle - lower * np.maximum(middle - first, least), middle + upper * np.maximum(third - middle, least)
    )


def resistant_fences_of(ordered: Ordered, upper: float, lower: float, spread: float = 0.0) -> Fences:
    """Return Q3 + upper × (Q3 − Q1) and Q1 − lower × (Q3 − Q1)."""
    first, middle, third = (ordered.quantile(share) for share in (0.25, 0.5, 0.75))
    width = np.maximum(third - first, np.abs(spread * middle))
    return Fences(first - lower * width, third + upper * width)


def kimber_fences(ordered: Ordered, upper: float, lower: float, spread: float = 0.0) -> Fences:
    """Return Q3 + upper × (Q3 − median) and Q1 − lower × (median − Q1): resistant fences of a lopsided group."""
    first, middle, third = (ordered.quantile(share) for share in (0.25, 0.5, 0.75))
    least = np.abs(spread * middle)
    return Fences(first - lower * np.maximum(middle - first, least), third + upper * np.maximum(third - middle, least))


def robust_z_fences(ordered: Ordered, upper: float, lower: float) -> Fences:
    """Return median ± so many robust standard deviations (1.4826 × median absolute deviation)."""
    middle = ordered.quantile(0.5)
    scale = MAD_SCALE * median_deviation(ordered, middle)
    return Fences(middle - lower * scale, middle + upper * scale)


def median_deviation(ordered: Ordered, middle: Floats) -> Floats:
    """Return the median distance of each group's numbers from its middle."""
    away = np.abs(ordered.values - middle[ordered.group])
    return Ordered.of(away, ordered.group, middle.size).quantile(0.5)


def tukey_fences(ordered: Ordered, upper: float, lower: float) -> Fences:
    """Return Tukey's fences: 5 % at each end are always outside; the rest without 1 sets a mean and two half means."""
    low, high = ordered.quantile(0.05), ordered.quantile(0.95)
    of, x = ordered.group, ordered.values
    inner = (x >= low[of]) & (x <= high[of]) & (x != 1.0)
    middle = ordered.mean(inner)
    above, below = ordered.mean(inner & (x >= middle[of])), ordered.mean(inner & (x <= middle[of]))
    # with nothing inside but ones, only the ends are outside
    return Fences(np.fmax(middle - lower * (middle - below), low), np.fmin(middle + upper * (above - middle), high))


def _flags(
    rule: Callable[..., Fences],
    x: npt.ArrayLike,
    group: npt.ArrayLike | None,
    upper: float,
    lower: float | None,
    *more: float,
) -> Mask:
    number, of = _arrays(x, group)
    ordered = Ordered.of(number, of)
    return rule(ordered, upper, upper if lower is None else lower, *more).outside(number, of)


def _arrays(x: npt.ArrayLike, group: npt.ArrayLike | None) -> tuple[Floats, Ints]:
    number = np.asarray(x, dtype=np.float64)
    of = np.zeros(number.size, dtype=np.int64) if group is None else np.asarray(group, dtype=np.int64)
    if number.ndim != 1 or of.shape != number.shape:
        raise ShapeError(f"x and group must be one-dimensional and of one length, not {number.shape} and {of.shape}")
    return number, of


def quartile(
    x: npt.ArrayLike,
    *,
    upper: float = 2.5,
    lower: float | None = None,
    spread: float = 0.0,
    group: npt.ArrayLike | None = None,
) -> Mask:
    """Find what lies more than `upper` upper (`lower` lower) half quartile ranges from the median.

    Parameters
    ----------
    x : array_like, shape (N,)
        Price relatives (or their logarithms); NaN is not judged.
    upper, lower : float
        Widths; `lower` is `upper` unless given.
    spread : float
        Each half range counts as at least `spread` × |median|.
    group : array_like of int, optional
        Codes of groups judged apart.

    Returns
    -------
    ndarray of bool, shape (N,)

    Examples
    --------
    >>> quartile([1.0, 1.1, 0.9, 1.05, 0.95, 3.0]).tolist()
    [False, False, False, False, False, True]
    """
    return _flags(quartile_fences, x, group, upper, lower, spread)


def resistant_fences(
    x: npt.ArrayLike,
    *,
    upper: float = 2.5,
    lower: float | None = None,
    spread: float = 0.0,
    group: npt.ArrayLike | None = None,
) -> Mask:
    """Find what lies more than `upper` quartile ranges above Q3 or `lower` below Q1; arguments as in `quartile`."""
    return _flags(resistant_fences_of, x, group, upper, lower, spread)


def kimber(
    x: npt.ArrayLike,
    *,
    upper: float = 2.5,
    lower: float | None = None,
    spread: float = 0.0,
    group: npt.ArrayLike | None = None,
) -> Mask:
    """Find what lies more than `upper` × (Q3 − median) above Q3, or so below Q1; arguments as in `quartile`."""
    return _flags(kimber_fences, x, group, upper, lower, spread)


def robust_z(
    x: npt.ArrayLike, *, upper: float = 2.5, lower: float | None = None, group: npt.ArrayLike | None = None
) -> Mask:
    """Find what lies more than `upper` robust standard deviations from the median; arguments as in `quartile`."""
    return _flags(robust_z_fences, x, group, upper, lower)


def tukey(
    x: npt.ArrayLike, *, upper: float = 2.5, lower: float | None = None, group: npt.ArrayLike | None = None
) -> Mask:
    """Find what Tukey's algorithm finds: the 5 % at each end, and what is far from the mean; as in `quartile`."""
    return _flags(tukey_fences, x, group, upper, lower)


def fixed_cutoff(x: npt.ArrayLike, *, upper: float = 2.5, lower: float | None = None) -> Mask:
    """Find relatives above `upper` or below `lower` (its inverse unless given).

    Examples
    --------
    >>> fixed_cutoff([1.0, 3.0, 0.3]).tolist()
    [False, True, True]
    """
    number = np.asarray(x, dtype=np.float64)
    return np.asarray((number > upper) | (number < (1.0 / upper if lower is None else lower)))


def hb_transform(x: npt.ArrayLike, *, group: npt.ArrayLike | None = None) -> Floats:
    """Return relatives made symmetric about their median m: x/m − 1 above it, 1 − m/x below.

    Examples
    --------
    >>> hb_transform([0.5, 1.0, 2.0]).tolist()
    [-1.0, 0.0, 1.0]
    """
    number, of = _arrays(x, group)
    middle = Ordered.of(number, of).quantile(0.5)
    return symmetric(number, middle[of])


def symmetric(x: Floats, middle: Floats) -> Floats:
    """Return x/m − 1 from the middle up and 1 − m/x below it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(x >= middle, x / middle - 1.0, 1.0 - middle / x)


def hidiroglou_berthelot(
    before: npt.ArrayLike,
    now: npt.ArrayLike,
    *,
    u: float = 0.4,
    a: float = 0.05,
    c: float = 5.0,
    group: npt.ArrayLike | None = None,
) -> Mask:
    """Find changes that are large for their size (Hidiroglou and Berthelot 1986).

    Parameters
    ----------
    before, now : array_like, shape (N,)
        Two values of each unit, above zero; NaN is not judged.
    u : float
        Weight of size: the symmetric relative is multiplied by max(before, now)^u.
    a : float
        Each half quartile range counts as at least a × |median|.
    c : float
        Width of the fences in half quartile ranges.
    group : array_like of int, optional
        Codes of groups judged apart.

    Returns
    -------
    ndarray of bool, shape (N,)

    Examples
    --------
    >>> hidiroglou_berthelot([10, 10, 10, 10, 10], [10, 11, 10.5, 9.8, 20], u=0.4).tolist()
    [False, False, False, False, True]
    """
    old, new = np.asarray(before, dtype=np.float64), np.asarray(now, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        number, of = _arrays(np.where((old > 0) & (new > 0), new / old, np.nan), group)
    effect = hb_transform(number, group=of) * np.maximum(old, new) ** u
    return _flags(quartile_fences, effect, of, c, c, a)
