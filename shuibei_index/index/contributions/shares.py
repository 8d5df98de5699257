"""Weights that turn a mean of price relatives of any order into an arithmetic or a geometric one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.index.matching import Floats, Groups, match
from shuibei_index.index.means import convert_weights, logarithmic_mean, mean_by_group, number


def shares_of_order(relative: Floats, weight: Floats, order: float, to: float, groups: Groups) -> Floats:
    """Return shares with which the mean of order `to` is the mean of order `order` with `weight`, shape (N,).

    Parameters
    ----------
    relative, weight : ndarray, shape (N,)
        Checked: relatives above 0, weights not negative, no NaN.
    order, to : float
        Orders r and s.
    groups : Groups

    Returns
    -------
    ndarray, shape (N,)
        Sum to 1 in each group; NaN in a group without weight.

    Notes
    -----
    v ∝ ω E(x, M)^(r−s), E the extended mean of orders r and s (`means.convert_weights`). The cases of nearly all
    published indices are one logarithmic mean or a product, and are written out: from 0 to 1, ω / L(x, M); from 1 to
    0, ω L(x, M); from −1 to 0, ω L(1/x, 1/M); from −1 to 1, ω / x. Source: Balk (2008), eq. 4.8 and 4.13.
    """
    if order == to:
        return groups.share(weight)
    if (order, to) == (-1, 1):
        return groups.share(weight / relative)
    if (order, to) == (1, -1):
        return groups.share(weight * relative)
    if (order, to) in ((0, 1), (1, 0), (-1, 0)):
        mean = groups.spread(mean_by_group(relative, weight, order, groups))
        # a group without weight has no mean; 1 in its place keeps the logarithmic mean defined
        mean = np.broadcast_to(np.where(np.isnan(mean), 1.0, mean), relative.shape)
        if order == -1:
            return groups.share(weight * logarithmic_mean(1.0 / relative, 1.0 / mean))
        between = logarithmic_mean(relative, mean)
        return groups.share(weight * between if order == 1 else weight / between)
    return convert_weights(relative, weight, order=order, to=to, group=groups.code)


def of_mean(
    relative: npt.ArrayLike, order: float, *, weight: npt.ArrayLike | None = None, group: npt.ArrayLike | None = None
) -> Floats | pd.Series:
    """Contributions of price relatives to the change of their generalised mean.

    Parameters
    ----------
    relative : array_like or Series, shape (N,)
        Price relatives p1 / p0, above 0; NaN = not observed.
    order : float
        Order of the mean, finite: 1 arithmetic (Carli), 0 geometric (Jevons), −1 harmonic, any other.
    weight : array_like, shape (N,), optional
        Not negative, any scale; equal if not given.
    group : array_like of int, shape (N,), optional
        Codes 0 … G−1; −1 is left out.

    Returns
    -------
    ndarray or Series, shape (N,)
        Fractions (0.01 = one percentage point) that add up to mean − 1 in every group. NaN for a relative that is
        not observed, left out, or in a group without weight.

    Raises
    ------
    ShapeError, PriceError
        As `means.generalized_mean`.
    UsageError
        `order` is not a finite number.

    Notes
    -----
    v (x − 1), v the weights of the equal arithmetic mean. Source: Martin (2021), A note on general decompositions for
    price indexes, Statistics Canada; decision 0121.

    Examples
    --------
    >>> of_mean([1.0, 4.0], 0).round(12).tolist()
    [0.0, 1.0]
    """
    length = len(np.asarray(relative))
    given = {"x": relative, "weight": np.ones(length) if weight is None else weight}
    codes = np.zeros(length, dtype=np.int64) if group is None else np.asarray(group)
    items = match({**given, "row": np.arange(float(length))}, codes)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = shares_of_order(items["x"], items["weight"], number("order", order, finite=True), 1.0, items.groups)
        return placed(shares * (items["x"] - 1.0), items["row"], relative, length)


def placed(values: Floats, row: Floats, like: npt.ArrayLike, length: int) -> Floats | pd.Series:
    """Return `values` at their rows among `length`, NaN elsewhere; a Series if `like` is one."""
    whole = np.full(length, np.nan)
    whole[row.astype(np.int64)] = values
    return pd.Series(whole, index=like.index, name="points") if isinstance(like, pd.Series) else whole
