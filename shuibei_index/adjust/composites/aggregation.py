"""Indirect adjustment: the chain-linked aggregation over again, with the adjusted series of the children."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.adjust.composites.keys import TOTAL, series_key
from shuibei_index.errors import UsageError
from shuibei_index.index.compilation.segments import entry_levels
from shuibei_index.index.components.series import SERIES
from shuibei_index.index.hierarchy.nodes import child_weights

if TYPE_CHECKING:
    from shuibei_index.adjust.adjustment import Adjustment
    from shuibei_index.index import IndexSeries
    from shuibei_index.index.compilation.segments import Segment

Floats = npt.NDArray[np.float64]
INPUTS = ("children", "leaves")
_YEAR = 12


def indirect(
    series: IndexSeries,
    adjusted: Adjustment | pd.DataFrame,
    *,
    component: str = TOTAL,
    inputs: str = "children",
) -> pd.DataFrame:
    """Adjust every parent class through the classes below it.

    Parameters
    ----------
    series : IndexSeries
        K classes over T months.
    adjusted : Adjustment or DataFrame
        Adjusted series by class (`series_key`), months × series; NaN or no column = not adjusted: the class then enters
        unadjusted.
    component : {"total", "metal", "making", "stone"}
    inputs : {"children", "leaves"}
        What a parent is made of: the adjusted series of its own children, or, from the bottom up, those of the leaves
        only.

    Returns
    -------
    DataFrame
        Months × parent classes (class codes). The mean over the base period is that of the unadjusted class; of a class
        that begins later, the mean over its first twelve months.

    Raises
    ------
    UsageError
        The component or `inputs` does not exist, or the adjusted series have other months.

    Notes
    -----
    With the weights w (price-updated to the link month), the unadjusted relatives R(t) to the link month and the
    factors f = unadjusted / adjusted of the children c, the parent moves from month t − 1 to t by

        Σ w R_c(t) a_c(t) h_c(t) / Σ w R_c(t−1) b_c(t) h_c(t−1),    h_c(t) = f_c(link) / f_c(t),

    where a and b are the child's own link and 1, or, for a component, its share in the child's value at both ends of
    the month. Weights, links and link months are those of the compilation; with all factors 1 the unadjusted parent
    comes out. Over a whole year of stable factors, from link month to link month, the two grow alike.
    Source: Eurostat (2024), ESS Guidelines on Seasonal Adjustment, item 3.4; decision 0285.
    """
    if component != TOTAL and (component not in SERIES or series.components is None):
        raise UsageError(f"no component {component!r} in this series", zh=f"该序列没有构成 {component}")
    if inputs not in INPUTS:
        raise UsageError(f"inputs is {inputs!r}; expected one of {', '.join(INPUTS)}", zh=f"inputs 不能是 {inputs}")
    plain = series.component_index[component]
    factor = np.where(np.isnan(plain), np.nan, plain / adjusted_levels(series, adjusted, component))
    levels = np.full(plain.shape, np.nan)
    levels[0] = 1.0
    held, parents = _held(factor), np.zeros(plain.shape[1], dtype=bool)
    for number, segment in enumerate(series.segments):
        _run(series, component, number, levels, held, bottom_up=inputs == "leaves")
        parents[segment.place[~segment.tree.is_leaf]] = True
    level = np.where(np.isnan(plain), np.nan, levels)
    scaled = level * _scale(series, level, plain)
    codes = [code for code, is_parent in zip(series.codes, parents, strict=True) if is_parent]
    return pd.DataFrame(scaled[:, parents], pd.Index(series.months, name="period"), codes)


def adjusted_levels(series: IndexSeries, adjusted: Adjustment | pd.DataFrame, component: str = TOTAL) -> Floats:
    """Return the adjusted index of a component, shape (T, K), NaN = not adjusted.

    Raises
    ------
    UsageError
        The adjusted series have other months.
    """
    frame = adjusted if isinstance(adjusted, pd.DataFrame) else adjusted.components["SA"]
    if [str(month) for month in frame.index] != list(series.months):
        raise UsageError(
            f"the adjusted series must have the months of the index, {series.months[0]} to {series.months[-1]}",
            zh=f"季节调整序列的月份应与指数一致（{series.months[0]} 至 {series.months[-1]}）",
        )
    keys = [series_key(code, component) for code in series.codes]
    return frame.reindex(columns=keys).to_numpy(dtype=np.float64)


def _held(factor: Floats) -> Floats:
    """Fill the factors beyond the months a series is adjusted in with the nearest; 1 where it is adjusted in none."""
    frame = pd.DataFrame(factor)
    return frame.ffill().bfill().fillna(1.0).to_numpy(copy=True)


def _run(series: IndexSeries, component: str, number: int, levels: Floats, factor: Floats, *, bottom_up: bool) -> None:
    """Carry the levels of all classes through one weight year; in place."""
    segment = series.segments[number]
    link, place, tree = segment.span.link, segment.place, segment.tree
    if not segment.span.months:
        return
    rows = np.array([link, *segment.span.months])
    own = factor[np.ix_(rows, place)]
    after, before, taken = _sides(series, component, segment)
    # a class without any price of its own yet moves with the class above, which is as if it were not there
    unseen = np.isnan(series.levels[np.ix_(rows, place)])
    absent = segment.imputed[1:] & (unseen[1:] | unseen[:-1])
    levels[link, place] = entry_levels(levels[: link + 1, place, np.newaxis], link, tree)[:, 0]
    # what the factors have done to each class since the link month
    h = np.ones(len(place))
    for row in range(len(rows) - 1):
        last, h = h, h * own[row] / own[row + 1]
        old, new = (segment.relative[row] * unit[row] for unit in (before, after))
        plain = _ratio(new, old)
        move = _ratio(new * h, old * last)
        for rung in tree.rungs:
            counts = np.where(absent[row, rung.child], 0.0, child_weights(segment.weight, rung))
            top, bottom = (rung.sum(counts * value[rung.child]) for value in (new * h, old * last))
            move[rung.parent] = _ratio(top, bottom)
            if bottom_up:
                h[rung.parent] = (last * np.nan_to_num(move / plain, nan=1.0))[rung.parent]
        move[absent[row] | taken[row]] = np.nan
        for at in tree.steps_down:
            move[at] = np.where(np.isnan(move[at]), move[tree.parent[at]], move[at])
        h = np.where(absent[row], last * np.nan_to_num(move / plain, nan=1.0), h)
        # a top without any price stands still
        levels[rows[row + 1], place] = levels[rows[row], place] * np.nan_to_num(move, nan=1.0)


def _sides(series: IndexSeries, component: str, segment: Segment) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Return what a unit of each class is worth after and before each month, (M, K), and what moves with the parent."""
    moved = segment.relative[1:] / segment.relative[:-1]
    if component == TOTAL:
        return moved, np.ones_like(moved), np.zeros(moved.shape, dtype=bool)
    parts, c = series.components, SERIES.index(component)
    assert parts is not None
    at = np.ix_(np.array(segment.span.months), segment.place)
    return parts.after[..., c][at], parts.before[..., c][at], parts.imputed[..., c][at]


def _ratio(top: Floats, bottom: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((bottom > 0) & (top > 0), top / bottom, np.nan)


def _scale(series: IndexSeries, level: Floats, plain: Floats) -> Floats:
    """Return what brings the levels to the base period of the unadjusted index, shape (K,).

    A class without a month in it is brought to the unadjusted mean of its first twelve months.
    """
    of_base = np.isin(series.months, month_names.months_of(series.base_period))[:, np.newaxis]
    known = ~np.isnan(level)
    within = known & of_base
    within = np.where(within.any(axis=0), within, known & (np.cumsum(known, axis=0) <= _YEAR))
    with np.errstate(divide="ignore", invalid="ignore"):
        top, bottom = (np.where(within, np.nan_to_num(x), 0.0).sum(axis=0) for x in (plain, level))
        return np.asarray(top / bottom)
