"""Contributions of classes to the change of the headline, in percentage points, adding up exactly across links."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.index.compilation.segments import Segment
from shuibei_index.index.tree.classification import HEADLINE, Hierarchy

Floats = npt.NDArray[np.float64]


def stretches(segments: Sequence[Segment], start: int, end: int) -> list[tuple[Segment, int, int]]:
    """Return the weight years between two months, each with the first and last month of its stretch."""
    found = []
    for segment in segments:
        last = segment.span.months[-1] if segment.span.months else segment.span.link
        a, b = max(start, segment.span.link), min(end, last)
        if a < b:
            found.append((segment, a, b))
    return found


def points(segment: Segment, a: int, b: int, scale: float) -> Floats:
    """Return what each class of a weight year adds to the headline between two of its months, in percentage points.

    Parameters
    ----------
    segment : Segment
        K classes.
    a, b : int
        Months within the year (the link month included), a < b.
    scale : float
        Headline level in the link month over that in the month of comparison, I(L)/I(s).

    Returns
    -------
    ndarray, shape (K,)
        100 · I(L)/I(s) · w_k [R_k(b) − R_k(a)]; NaN outside the headline.

    Notes
    -----
    Summed over the stretches between two months this is Ribe's decomposition, for any number of links; at every level
    of the tree the classes add up to the headline's change. Source: Ribe (1999), as in the HICP Methodological Manual,
    ch. 8.
    """
    change = segment.weight * (segment.relative[segment.row(b)] - segment.relative[segment.row(a)])
    return np.where(segment.tree.in_headline, 100.0 * scale * change, np.nan)


def frontier(tree: Hierarchy, level: int) -> list[str]:
    """Return the classes that make up the headline at a level: those of the level, and leaves that end above it.

    Examples
    --------
    >>> tree = Hierarchy.from_parents({"A": "00", "B": "00", "A1": "A"})
    >>> frontier(tree, 1), frontier(tree, 2)
    (['A', 'B'], ['A1', 'B'])
    """
    at = (tree.depth == level) | (tree.is_leaf & (tree.depth < level))
    return [code for code, chosen in zip(tree.codes, at & tree.in_headline, strict=True) if chosen]


def contributions_frame(
    months: Sequence[str], codes: Sequence[str], segments: Sequence[Segment], levels: Floats
) -> pd.DataFrame:
    """Return contributions.csv: every month, level, class, to the month-on-month and the year-on-year change.

    Returns
    -------
    DataFrame
        period, class_code, level, component, measure, points_pp. A leaf that ends above a level is repeated there,
        so that the rows of every level add up to the headline.
    """
    headline = levels[:, list(codes).index(HEADLINE)]
    depth = max(int(s.tree.depth[s.tree.in_headline].max(initial=0)) for s in segments)
    # which classes stand at each level, by weight year: a class that is split later counts as a leaf only until then
    stands = {id(s): [np.isin(s.tree.codes, frontier(s.tree, level)) for level in range(depth + 1)] for s in segments}
    parts = []
    for measure, lag in (("mom", 1), ("yoy", 12)):
        value = np.full((len(months), depth + 1, len(codes)), np.nan)
        for t in range(lag, len(months)):
            for segment, a, b in stretches(segments, t - lag, t):
                added = points(segment, a, b, headline[segment.span.link] / headline[t - lag])
                for level, at in enumerate(stands[id(segment)]):
                    row = value[t, level]
                    row[segment.place[at]] = np.nan_to_num(row[segment.place[at]]) + added[at]
        where = np.argwhere(~np.isnan(value))
        parts.append(
            pd.DataFrame(
                {
                    "period": np.array(months, dtype=object)[where[:, 0]],
                    "class_code": np.array(codes, dtype=object)[where[:, 2]],
                    "level": where[:, 1],
                    "component": "total",
                    "measure": measure,
                    "points_pp": value[tuple(where.T)],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
