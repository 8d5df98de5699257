"""Segments: the stretches of months between two link months, each with one tree and one set of weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import numpy.typing as npt

from shuibei_index import months as month_names
from shuibei_index.errors import TreeError, UsageError
from shuibei_index.index.tree.classification import HEADLINE, Hierarchy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Span:
    """One weight year: its link month and the months it compiles, as positions 0 … T−1."""

    year: int
    link: int
    months: tuple[int, ...]


@dataclass(frozen=True)
class Segment:
    """A compiled weight year.

    Parameters
    ----------
    span : Span
    tree : Hierarchy
        The year's classification, K classes.
    place : ndarray of int, shape (K,)
        Position of each class in the codes of the whole series.
    stated, weight : ndarray, shape (K,)
        Weight of each class as stated and price-updated to the link month; each sums to 1 over the headline's leaves.
    relative : ndarray, shape (1 + len(span.months), K)
        Index relative to the link month; the first row, the link month itself, is 1.
    imputed : ndarray of bool, same shape
        Whether the month's movement was taken from the parent.
    """

    span: Span
    tree: Hierarchy
    place: Ints
    stated: Floats
    weight: Floats
    relative: Floats
    imputed: npt.NDArray[np.bool_]

    def row(self, t: int) -> int:
        """Return the row of `relative` for month position `t` (the link month is row 0)."""
        return t - self.span.link


def check_link_month(link_month: object) -> None:
    """Refuse what is not a month, 1 to 12.

    Raises
    ------
    UsageError
    """
    if not isinstance(link_month, Integral) or isinstance(link_month, bool) or not 1 <= int(link_month) <= 12:
        raise UsageError(f"link_month must be 1 to 12, not {link_month!r}", "link_month 必须是 1 至 12")


def weight_years(months: tuple[str, ...], link_month: int) -> list[Span]:
    """Cut the months into weight years.

    With `link_month` 12 the weights of year Y serve January to December of Y, linked at December of Y−1; with 1 they
    serve February of Y to January of Y+1, linked at January of Y. The first year is linked at the first month.

    Raises
    ------
    UsageError
        `link_month` is not a month, 1 to 12.

    Examples
    --------
    >>> [(s.year, s.link, s.months) for s in weight_years(("2024-11", "2024-12", "2025-01"), 12)]
    [(2024, 0, (1,)), (2025, 1, (2,))]
    """
    check_link_month(link_month)
    number = month_names.ordinals(list(months))
    # months after link month m of year y belong to the same weight year; m > 6 counts towards the next year
    year = (number - link_month) // 12 + (1 if link_month > 6 else 0)
    # the first month of the data is a link month itself: it belongs to the year of the month after it
    starts = [0, *(int(t) for t in np.flatnonzero(np.diff(year[1:])) + 1)]
    ends = [*starts[1:], len(months) - 1]
    spans = [
        Span(int(year[min(a + 1, len(months) - 1)]), a, tuple(range(a + 1, b + 1)))
        for a, b in zip(starts, ends, strict=True)
    ]
    return spans


def trees_of(tree: Hierarchy | Mapping[int, Hierarchy], spans: list[Span]) -> list[Hierarchy]:
    """Return the tree of each weight year.

    Raises
    ------
    UsageError
        A mapping lacks a year, or holds something else.
    TreeError
        The class above all of a tree is not "00", as everything behind the compilation expects.
    """
    found = _trees_of(tree, spans)
    for one in found:
        if one.top != HEADLINE:
            raise TreeError(
                f"{f'tree {one.year}'.strip()}: the class above all is {one.top!r}; a compilation needs {HEADLINE!r} "
                f"(rename it, or aggregate with hierarchy.aggregate, which takes any code)",
                f"总指数的类代码是 {one.top!r}；编制指数要求 {HEADLINE!r}",
            )
    return found


def _trees_of(tree: Hierarchy | Mapping[int, Hierarchy], spans: list[Span]) -> list[Hierarchy]:
    if isinstance(tree, Hierarchy):
        return [tree for _ in spans]
    if not isinstance(tree, Mapping) or not all(isinstance(one, Hierarchy) for one in tree.values()):
        raise UsageError(
            f"tree must be a Hierarchy, or a mapping of weight years to one, not {type(tree).__name__}",
            "tree 必须是 Hierarchy,或“年份 → Hierarchy”的映射",
        )
    # data that begin before a link month early in the year belong to a weight year before their first calendar year
    years = [max(s.year, min(tree, default=s.year)) if n == 0 else s.year for n, s in enumerate(spans)]
    missing = [year for year in years if year not in tree]
    if missing:
        raise UsageError(f"no tree for the weight years {missing}; pass one Hierarchy, or a mapping with every year")
    return [tree[year] for year in years]


def entry_levels(levels: Floats, link: int, tree: Hierarchy) -> Floats:
    """Return the levels from which the classes of a tree set out at a link month.

    Parameters
    ----------
    levels : ndarray, shape (T, K, R)
        Chained levels of the tree's classes in R replicates, NaN where a class has none.
    link : int
        Position of the link month.

    Returns
    -------
    ndarray, shape (K, R)
        The level in the link month. A class that was left out of the trees for a while sets out from its last level,
        moved as its nearest ancestor with levels in both months; one that never had a level from 1 (only a scale).
    """
    start: Floats = levels[link].copy()
    # a class has levels in all replicates or in none
    known = ~np.isnan(levels[: link + 1, :, 0])
    last = link - np.argmax(known[::-1], axis=0)
    start[np.isnan(start)] = 1.0
    back = np.flatnonzero(known.any(axis=0) & ~known[link])
    above = tree.parent[back]
    for _ in range(int(tree.depth.max(initial=0))):
        gap = (above >= 0) & ~(known[link, above] & known[last[back], above])
        above[gap] = tree.parent[above[gap]]
    start[back] = levels[last[back], back]
    moved = above >= 0
    at, above = back[moved], above[moved]
    start[at] *= levels[link, above] / levels[last[at], above]
    return start
