"""What a record does to the headline: who is asked first, and whom it is not worth asking."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from shuibei_index import months
from shuibei_index.index.tree import Hierarchy
from shuibei_index.validation.classify import Trees
from shuibei_index.validation.edits.lines import Floats, Lines, Mask

#: A class whose turnover is nearly all one line would have no other lines to stand for it.
_LEAST_REST = 0.05


def influence(deviation: Floats, value: Floats, lines: Lines, rows: Mask, stands: Mask, counted: Mask) -> Floats:
    """Return by how many index points the month's headline would change if a record were left out.

    Parameters
    ----------
    deviation : ndarray, shape (N,)
        Log distance d of each price from what the item's past and its class let expect.
    value : ndarray, shape (N,)
        Turnover v with which each line would count, CNY before tax.
    lines : Lines
    rows, stands : ndarray of bool, shape (N,)
        Lines asked about; lines whose turnover makes up the weights.
    counted : ndarray of bool, shape (K,)
        Whether a class is in the headline.

    Returns
    -------
    ndarray, shape (N,)
        −100 · (v/V) / (1 − v/Vc) · d for the lines asked about, at a headline of 100: V is the turnover of all classes
        in the headline, Vc that of the class. 0 in a class outside it; NaN elsewhere, and where d is not known.
    """
    inside = counted[lines.klass]
    turnover = np.where(stands & inside & ~np.isnan(value), value, 0.0)
    by_class = np.bincount(lines.klass, turnover, counted.size)
    whole = max(float(by_class.sum()), 1.0)
    own = np.maximum(by_class[lines.klass], value)
    rest = np.maximum(1.0 - value / np.where(own > 0, own, 1.0), _LEAST_REST)
    points = np.where(inside, -100.0 * value / np.fmax(whole, value) / rest * deviation, 0.0)
    return np.where(rows & ~np.isnan(deviation), points, np.nan)


def classes_counted(tree: Trees, month: int, classes: list[str]) -> Mask:
    """Tell for each class (the last is "none") whether the headline of a month has it."""
    year = months.label(month)[:4]
    source: Hierarchy | Callable[[str], Hierarchy] = _packaged if tree is None else tree
    hierarchy = source if isinstance(source, Hierarchy) else source(year)
    inside = {hierarchy.codes[k] for k in np.flatnonzero(hierarchy.in_headline)}
    return np.array([*[code in inside for code in classes], False])


@cache
def _packaged(year: str) -> Hierarchy:
    # what comes with the package does not change while it runs
    return Hierarchy.load(year)
