"""Roughness of an adjusted series: R1 and R2."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust.x11.henderson import symmetric
from shuibei_index.errors import ShapeError

_TERMS = 13


def r1(values: npt.ArrayLike, last: int | None = None) -> float:
    """Return the mean square of the month-on-month differences; small = smooth.

    Parameters
    ----------
    values : array_like, shape (T,)
        Adjusted levels, no NaN.
    last : int, optional
        Only the last so many differences.

    Raises
    ------
    ShapeError
        Fewer than two values.

    Notes
    -----
    Dagum (1979), On the seasonal adjustment of economic time series aggregates, eq. 5; X-13's composite spec prints it
    as "R1-MEAN SQUARE ERROR".

    Examples
    --------
    >>> r1([100.0, 102.0, 101.0])
    2.5
    """
    change = np.diff(_series(values, 2))
    return float(np.mean(change[-last if last else 0 :] ** 2))


def r2(values: npt.ArrayLike, last: int | None = None) -> float:
    """Return the mean square of the relative deviations from a 13-term Henderson average, in percent squared.

    Parameters
    ----------
    values, last
        As in `r1`; the first and last six months have no deviation.

    Raises
    ------
    ShapeError
        Fewer than 13 values.

    Notes
    -----
    Dagum (1979), eq. 6, over the months with a whole average, relative to it, so that levels do not matter.
    """
    x = _series(values, _TERMS)
    smooth = np.convolve(x, symmetric(_TERMS)[::-1], mode="valid")
    half = _TERMS // 2
    rest = 100.0 * (x[half:-half] / smooth - 1.0)
    return float(np.mean(rest[-last if last else 0 :] ** 2))


def _series(values: npt.ArrayLike, least: int) -> npt.NDArray[np.float64]:
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or len(x) < least or not np.isfinite(x).all():
        raise ShapeError(f"expected one series of at least {least} finite values, got shape {x.shape}")
    return x
