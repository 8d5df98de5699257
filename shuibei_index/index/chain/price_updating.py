"""Price-updating of weights: from the prices of their own period to those of the link month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, first_few
from shuibei_index.index.chain.labelled import floats, like, positive


def price_update(weights: Any, relatives: Any) -> Any:
    """Carry weights from the prices of their own period to those of the link month; the result sums to 1.

    Parameters
    ----------
    weights : array_like, Series or dict, shape (K,)
        Values or value shares at prices of the weight period, not negative.
    relatives : array_like, Series or dict, shape (K,)
        Price index of each class from the weight period to the link month. With labels on both sides classes meet by
        label, not by place. May be NaN where the weight is 0.

    Returns
    -------
    ndarray, or Series if `weights` has labels

    Raises
    ------
    ShapeError
        The classes of the two differ.
    PriceError
        A weight is negative, or a class with a weight has no relative above 0.

    Notes
    -----
    PPI Manual, eq. 9.20–9.22.

    Examples
    --------
    >>> [round(float(x), 3) for x in price_update([1.0, 1.0], [3.0, 1.0])]
    [0.75, 0.25]
    """
    weights, relatives = (pd.Series(x) if isinstance(x, Mapping) else x for x in (weights, relatives))
    if isinstance(weights, pd.Series) and isinstance(relatives, pd.Series):
        differing = weights.index.symmetric_difference(relatives.index)
        if len(differing):
            raise ShapeError(f"weights and relatives are of different classes: {first_few(differing)}")
        relatives = relatives.reindex(weights.index)
    value, ratio = floats(weights, "weights"), floats(relatives, "relatives")
    if value.shape != ratio.shape:
        raise ShapeError(f"{value.shape} weights but {ratio.shape} relatives")
    if not (np.isfinite(value) & (value >= 0)).all() or not value.sum() > 0:
        raise PriceError("weights must be numbers that are not negative, and at least one must be above 0")
    used = value > 0
    if np.isnan(ratio[used]).any():
        raise PriceError(f"no relative for a class with a weight, position {np.argwhere(used & np.isnan(ratio))[0]}")
    positive(ratio, "relatives")
    updated = value * np.where(used, ratio, 1.0)
    return like(weights, updated / updated.sum())
