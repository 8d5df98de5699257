"""Seasonal factors of one year, taken from a trend: the adjustment of PPI Manual (2004), table 22.26."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import PriceError, ShapeError
from shuibei_index.index.chain.labelled import Floats, floats, positive


def seasonally_adjusted_to(index: npt.ArrayLike, target: npt.ArrayLike, *, first: int = 0, season: int = 12) -> Floats:
    """Adjust a seasonal index by the ratio of a trend to it in one year, the same factor each year.

    Parameters
    ----------
    index : array_like, shape (T,)
        For example `annual_basket`.
    target : array_like, shape (T,)
        For example the centred `rolling_year`, on the level of `index` at the first month of the factors.
    first : int
        Position of the first of the `season` months that give the factors.

    Returns
    -------
    ndarray, shape (T,)
        index · factor of its month; equal to `target` in the months of the factors, NaN before them.

    Raises
    ------
    ShapeError, PriceError
        The series differ in length, the months of the factors lie outside, or one has no level there.

    Notes
    -----
    PPI Manual (2004), section 22.K, table 22.26 (columns *SA). Factors of one year, held for ever: for a description
    of past seasons, no replacement for `shuibei_index.adjust`.

    Examples
    --------
    >>> [float(x) for x in seasonally_adjusted_to([1.0, 2.0, 2.0, 4.0], [1.0, 1.0, 0.0, 0.0], season=2)]
    [1.0, 1.0, 2.0, 2.0]
    """
    values, trend = floats(index), floats(target)
    if values.shape != trend.shape or values.ndim != 1:
        raise ShapeError(f"index has the shape {values.shape} and target {trend.shape}; both must be (months,)")
    if not 0 <= first <= len(values) - season:
        raise ShapeError(f"the {season} months of the factors from position {first} lie outside {len(values)} months")
    at = slice(first, first + season)
    if np.isnan(values[at]).any() or np.isnan(trend[at]).any():
        raise PriceError("index and target need a level in every month that gives a factor")
    positive(values[at], "index")
    positive(trend[at], "target")
    factor = trend[at] / values[at]
    adjusted = values * factor[(np.arange(len(values)) - first) % season]
    adjusted[at] = trend[at]
    adjusted[:first] = np.nan
    return adjusted
