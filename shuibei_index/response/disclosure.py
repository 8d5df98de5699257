"""Disclosure: when a scorecard may compare a firm with its class, and how its figures are rounded.

The firm that holds the card is the one to guard against: it knows its own figures. What is compared is therefore always
about the *other* firms, or about all of them where enough others stand behind it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.rules import RulesAt

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def may_compare(value: Floats, rules: RulesAt) -> Bools:
    """Tell for which firm and class the others may be shown as a group.

    Parameters
    ----------
    value : ndarray, shape (F, K)
        Turnover of each firm in each class; 0 = it did not report there.
    rules : RulesAt

    Returns
    -------
    ndarray of bool, shape (F, K)
        At least `scorecard_other_firms` other firms reported, and what the others sell besides the largest of them is
        at least `scorecard_dominance` of what that one sells: else the card's firm, which knows its own part, could
        tell the largest within that share.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> value = np.array([[5.0, 5.0], [4.0, 4.0], [3.0, 0.1], [2.0, 0.1]])
    >>> may_compare(value, Rules.load().at("2025-06"))[0]
    array([ True, False])
    """
    needed, p = int(rules["scorecard_other_firms"]), float(rules["scorecard_dominance"])
    if not value.size:
        return np.zeros(value.shape, dtype=bool)
    there = value > 0
    others = there.sum(axis=0) - there
    order = np.sort(np.vstack([value, np.zeros((2, value.shape[1]))]), axis=0)
    first, second = order[-1], order[-2]
    # the largest of the others: the second of all for the firm that is itself the largest
    largest = np.where((value == first) & there, second, first)
    ties = (value == first).sum(axis=0) > 1
    largest = np.where(ties, first, largest)
    rest = value.sum(axis=0) - value - largest
    return np.asarray((others >= needed) & (rest >= p * largest) & (largest > 0))


def others_middle(level: Floats, needed: int) -> Floats:
    """Return for each firm and class the middle of the other firms' levels, NaN where there are too few of them.

    Parameters
    ----------
    level : ndarray, shape (F, K)
        NaN = the firm has none.
    needed : int
        Least number of others.

    Returns
    -------
    ndarray, shape (F, K)
        Mean of the three (odd number of others) or four (even) levels in the middle: a plain median would be, of an odd
        number, exactly what one firm charges.
    """
    F, K = level.shape
    result = np.full((F, K), np.nan)
    there = ~np.isnan(level)
    count = there.sum(axis=0)
    ordered = np.sort(level, axis=0)
    rank = np.argsort(np.argsort(level, axis=0, kind="stable"), axis=0, kind="stable")
    # position among the others, by leaving one's own rank out; firms without a level leave out nobody
    n = count[None, :] - there
    own = np.where(there, rank, F)
    width = np.where(n % 2 == 1, 3, 4)
    begin = (n - width) // 2
    enough = n >= max(needed, 3)
    # of four or more even others four; three others give three; two or fewer never get here
    total = np.zeros((F, K))
    for step in range(4):
        at = begin + step
        position = np.clip(np.where(at >= own, at + 1, at), 0, F - 1)
        total += np.where(enough & (step < width), np.take_along_axis(ordered, position, axis=0), 0.0)
    np.divide(total, width, out=result, where=enough)
    return result


def rounded(values: Floats | pd.Series, kind: str, rules: RulesAt) -> Floats:
    """Round figures to the step of their kind (index, rate, charge); NaN stays.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> rounded(np.array([12.26, -0.04]), "charge", Rules.load().at("2025-06")).tolist()
    [12.5, 0.0]
    """
    step = float(rules["scorecard_rounding"][kind])
    # adding 0.0 turns a negative zero into zero
    return np.asarray(np.round(np.round(np.asarray(values, dtype=float) / step) * step, 6) + 0.0)
