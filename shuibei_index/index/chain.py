"""Chaining: links to levels and back, joining series, moving the base, price-updating weights."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import PriceError, ShapeError

Floats = npt.NDArray[np.float64]


def chain(links: npt.ArrayLike, base: float = 1.0) -> Floats:
    """Return levels from month-on-month links: level(t) = level(t−1) · link(t).

    Parameters
    ----------
    links : array_like, shape (T,) or (T, K)
        Ratios, 1.0 = no change; the first row is taken as the start and not read.
    base : float
        Level of the first month.

    Returns
    -------
    ndarray, same shape

    Examples
    --------
    >>> [float(x) for x in chain([1.0, 2.0, 0.5])]
    [1.0, 2.0, 1.0]
    """
    links = np.array(links, dtype=float)
    _positive(links[1:], "links")
    if len(links):
        links[0] = base
    return np.cumprod(links, axis=0)


def unchain(levels: npt.ArrayLike) -> Floats:
    """Return month-on-month links from levels; the first is 1.0. The inverse of `chain`.

    Examples
    --------
    >>> [float(x) for x in unchain([100.0, 200.0, 100.0])]
    [1.0, 2.0, 0.5]
    """
    levels = np.array(levels, dtype=float)
    _positive(levels, "levels")
    links = np.ones_like(levels)
    links[1:] = levels[1:] / levels[:-1]
    return links


def link(old: npt.ArrayLike, new: npt.ArrayLike, at: int) -> Floats:
    """Join two series of the same months: `old` up to month `at`, then the movement of `new`.

    Parameters
    ----------
    old, new : array_like, shape (T,) or (T, K)
    at : int
        Position of the overlap month (the link month), known in both.

    Returns
    -------
    ndarray, same shape
        Level of `old` throughout: new(t) · old(at) / new(at) after `at`. The factor is the published link factor.

    Examples
    --------
    >>> [float(x) for x in link([100.0, 110.0, 0.0], [1.0, 2.0, 3.0], at=1)]
    [100.0, 110.0, 165.0]
    """
    old, new = np.array(old, dtype=float), np.array(new, dtype=float)
    if old.shape != new.shape:
        raise ShapeError(f"old has shape {old.shape} and new {new.shape}; both must cover the same months")
    if not -len(old) <= at < len(old):
        raise ShapeError(f"the overlap month {at} lies outside the {len(old)} months")
    if not (np.all(old[at] > 0) and np.all(new[at] > 0)):
        raise PriceError(f"both series must be above 0 in the overlap month {at}")
    result = old.copy()
    result[at:] = new[at:] * (old[at] / new[at])
    result[at] = old[at]
    return result


def rebase(levels: npt.ArrayLike, base: npt.ArrayLike, to: float = 100.0) -> Floats:
    """Put the mean of the months `base` to `to` (100): rates of change stay as they are.

    Parameters
    ----------
    levels : array_like, shape (T,) or (T, K)
    base : array_like of int or bool
        Positions (or a mask) of the base months; NaN among them are left out.

    Examples
    --------
    >>> [float(x) for x in rebase([1.0, 3.0, 4.0], [0, 1])]
    [50.0, 150.0, 200.0]
    """
    levels = np.array(levels, dtype=float)
    chosen = levels[np.asarray(base)]
    if chosen.size == 0 or np.isnan(chosen).all(axis=0).any():
        raise PriceError("a series has no level in the base months; choose a base period the series covers")
    return np.asarray(levels * (to / np.nanmean(chosen, axis=0)), dtype=float)


def price_update(weights: npt.ArrayLike, relatives: npt.ArrayLike) -> Floats:
    """Carry weights from the prices of their own period to those of the link month; the result sums to 1.

    Parameters
    ----------
    weights : array_like, shape (K,)
        Values or value shares at prices of the weight period, not negative.
    relatives : array_like, shape (K,)
        Price index of each class from the weight period to the link month.

    Notes
    -----
    PPI Manual, eq. 9.20–9.22.

    Examples
    --------
    >>> [round(float(x), 3) for x in price_update([1.0, 1.0], [3.0, 1.0])]
    [0.75, 0.25]
    """
    weights, relatives = np.array(weights, dtype=float), np.array(relatives, dtype=float)
    if weights.shape != relatives.shape:
        raise ShapeError(f"{weights.shape} weights but {relatives.shape} relatives")
    if not (np.isfinite(weights) & (weights >= 0)).all() or not weights.sum() > 0:
        raise PriceError("weights must not be negative, and at least one must be above 0")
    _positive(relatives, "relatives")
    updated = weights * np.where(weights > 0, relatives, 1.0)
    return np.asarray(updated / updated.sum(), dtype=float)


def _positive(values: Floats, name: str) -> None:
    if (values <= 0).any():
        raise PriceError(f"{name} must be above 0; position {np.argwhere(values <= 0)[0].tolist()} is not")
