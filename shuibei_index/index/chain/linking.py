"""Joining an old and a new series of the same thing: link factors, linked series, level-shift factors."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, UsageError, first_few
from shuibei_index.index.chain.labelled import Floats, Ints, Table, by_period, like
from shuibei_index.index.chain.overlap import yearly_means
from shuibei_index.index.chain.periods import Periods, is_year, periods_of, write
from shuibei_index.index.period_labels import written

LAST = "last"


@overload
def link(old: Table, new: Table, at: int | str, *, until: int | str | None = None) -> Table: ...
@overload
def link(old: pd.Series, new: pd.Series, at: list[Any], *, until: int | str | None = None) -> pd.DataFrame: ...
@overload
def link(old: npt.ArrayLike, new: npt.ArrayLike, at: int, *, until: int | str | None = None) -> Floats: ...
def link(old: Any, new: Any, at: Any, *, until: int | str | None = None) -> Any:
    """Join two series: `old` up to the overlap, then the movement of `new`.

    Parameters
    ----------
    old, new : array_like, Series or DataFrame, shape (T,) or (T, K)
        Arrays cover the same months. Two pandas objects are put side by side by their labels, so `old` may end and
        `new` may begin in the link month.
    at : int, str, or list of them
        The overlap: position of a month known in both; in pandas also its label, or a year "2017" for the annual
        overlap (means over a whole year known in both). A list gives one linked series for each of several
        candidate overlaps, side by side.
    until : int or str, optional
        Last month taken from `old`; by default the overlap month, or the last month of the overlap year. "last" keeps
        `old` for as long as it goes.

    Returns
    -------
    ndarray, Series or DataFrame
        Level of `old` throughout: factor · new(t) after `until`, factor = old(at)/new(at), or the ratio of the two
        means of a year. With a list for `at`: a DataFrame (T, len(at)), its columns the overlaps; from two arrays an
        array of that shape.

    Raises
    ------
    ShapeError
        The series do not cover the same months, or not the overlap month; months are repeated or not in order.
    PriceError
        One of them has no level above 0 in the overlap (any month of an overlap year).

    Notes
    -----
    The factor is what `link_factors` gives. Source: PPI Manual (2004), ch. 9; HICP Methodological Manual (2024).

    Examples
    --------
    >>> [float(x) for x in link([100.0, 110.0, 0.0], [1.0, 2.0, 3.0], at=1)]
    [100.0, 110.0, 165.0]
    """
    old, new, before, after = _side_by_side(old, new)
    if isinstance(at, list | tuple):
        if before.ndim != 1:
            raise ShapeError("several overlaps at once are for one pair of series; link the columns one by one")
        linked = np.column_stack([_linked(old, before, after, a, until) for a in at])
        return pd.DataFrame(linked, old.index, [str(a) for a in at]) if isinstance(old, pd.Series) else linked
    return like(old, _linked(old, before, after, at, until))


def link_factors(old: pd.Series, new: pd.Series, at: str | Iterable[str] | None = None) -> pd.Series:
    """Return the factors that bring `new` to the level of `old`, one for each overlap.

    Parameters
    ----------
    old, new : Series
        Levels above 0 by month ("2024-05"), ISO week ("2024-W05") or quarter ("2024-Q2"); NaN = none.
    at : str or list of str, optional
        Overlaps: years ("2017") or single periods ("2017-12"). Default: every year and every period known in both.

    Returns
    -------
    Series
        old/new by overlap, years (mean/mean) before single periods.

    Raises
    ------
    PriceError
        No overlap at all, or not the one asked for.

    Examples
    --------
    >>> months = ["2024-11", "2024-12"]
    >>> link_factors(pd.Series([100.0, 110.0], months), pd.Series([50.0, 50.0], months)).to_dict()
    {'2024-11': 2.0, '2024-12': 2.2}
    """
    old, new, before, after = _side_by_side(old, new)
    if not isinstance(old, pd.Series):
        raise ShapeError("link factors are named by their overlap: pass two Series with periods as labels")
    periods = periods_of(old)
    if at is not None:
        wanted = [at] if isinstance(at, str) else [str(a) for a in at]
        return pd.Series([float(_factor(old, before, after, a)) for a in wanted], wanted, name="link_factor")
    means = (yearly_means(x[:, None], periods)[:, 0] for x in (before, after))
    with np.errstate(divide="ignore", invalid="ignore"):
        years, single = np.divide(*means), before / after
    labels = [*(str(y) for y in periods.years), *(str(written(x)) for x in old.index)]
    values = np.concatenate([years, single])
    known = np.isfinite(values) & (values > 0)
    if not known.any():
        raise PriceError("the two series have no period in common with levels above 0: they cannot be linked")
    return pd.Series(values[known], [n for n, k in zip(labels, known, strict=True) if k], name="link_factor")


def level_shift_factor(
    old: pd.Series, new: pd.Series, at: str | Iterable[str] | None = None, *, standard: str | None = None
) -> pd.Series:
    """Return the level-shift factors: link factor of each overlap over that of the standard one-month overlap.

    A series linked in at the standard month and multiplied by the factor stands where the other overlap would have
    put it: the factor says how much of the level hangs on the choice of the overlap.

    Parameters
    ----------
    old, new, at
        As in `link_factors`.
    standard : str, optional
        The standard overlap; default: the last December (last week, last quarter of a year) known in both.

    Returns
    -------
    Series
        1.0 = the choice does not matter.

    Raises
    ------
    PriceError
        No such overlap.

    Notes
    -----
    Annual overlap of year y on December: [mean_y(old)/mean_y(new)] / [old(Dec)/new(Dec)]. HICP Methodological Manual
    (2024), on linking-in new series.

    Examples
    --------
    >>> months = ["2024-11", "2024-12"]
    >>> old, new = pd.Series([100.0, 110.0], months), pd.Series([50.0, 50.0], months)
    >>> level_shift_factor(old, new, "2024-11").round(6).to_dict()
    {'2024-11': 0.909091}
    """
    factors = link_factors(old, new, at)
    if standard is None:
        every = link_factors(old, new)
        periods = Periods.read([name for name in old.index.union(new.index) if not is_year(name)])
        ends = {write(periods.kind, int(y), int(n)) for y, n in
                zip(periods.year[periods.ends(None)], periods.number[periods.ends(None)], strict=True)}  # fmt: skip
        common = [name for name in every.index if name in ends]
        if not common:
            raise PriceError(
                f"no last {periods.kind} of a year is known in both series; name the standard overlap, one of "
                f"{first_few(every.index)}"
            )
        standard = common[-1]
    return (factors / float(link_factors(old, new, standard).iloc[0])).rename("level_shift_factor")


def _side_by_side(old: Any, new: Any) -> tuple[Any, Any, Floats, Floats]:
    before, after = by_period(old, "old"), by_period(new, "new")
    if isinstance(old, pd.Series | pd.DataFrame) and type(old) is type(new):
        old, new = like(old, before).align(like(new, after))
        before, after = by_period(old, "old and new together"), by_period(new, "old and new together")
    if before.shape != after.shape:
        raise ShapeError(f"old has shape {before.shape} and new {after.shape}; both must cover the same months")
    return old, new, before, after


def _overlap_rows(source: Any, at: Any) -> Ints:
    """Return the rows of an overlap: one month, or all months of a year."""
    labelled = isinstance(source, pd.Series | pd.DataFrame)
    if isinstance(at, str) or not isinstance(at, Integral):
        labels = [written(x) for x in source.index] if labelled else []
        at = written(at)
        if labelled and is_year(at) and at not in labels:
            periods = periods_of(source)
            if not periods.whole(int(at)):
                raise ShapeError(
                    f"the overlap year {at} is not covered by both series: it needs all its {periods.kind}s"
                )
            return periods.rows_of(int(at))
        if at not in labels:
            raise ShapeError(f"the overlap month {at} is not among the labels of both series")
        return np.array([labels.index(at)], dtype=np.int64)
    if not -len(source) <= int(at) < len(source):
        raise ShapeError(f"the overlap month {at} lies outside the {len(source)} months")
    return np.array([int(at) % len(source)], dtype=np.int64)


def _factor(source: Any, before: Floats, after: Floats, at: Any) -> Floats:
    rows = _overlap_rows(source, at)
    if not (np.all(before[rows] > 0) and np.all(after[rows] > 0)):
        what = f"month {at}" if len(rows) == 1 else f"year {at} (in each of its {len(rows)} periods)"
        raise PriceError(f"both series must have a level above 0 in the overlap {what}")
    return np.asarray(before[rows].mean(axis=0) / after[rows].mean(axis=0), dtype=float)


def _linked(source: Any, before: Floats, after: Floats, at: Any, until: int | str | None) -> Floats:
    factor = _factor(source, before, after, at)
    rows = np.arange(len(before))[(...,) + (None,) * (before.ndim - 1)]
    if until == LAST:
        known = ~np.isnan(before)
        last: Any = np.where(known.any(axis=0), len(before) - 1 - np.argmax(known[::-1], axis=0), -1)
    else:
        chosen = _overlap_rows(source, at if until is None else until)
        if until is not None and len(chosen) != 1 and not is_year(until):
            raise UsageError(f"until must be one month or a year, not {until!r}")
        last = int(chosen[-1])
    return np.asarray(np.where(rows <= last, before, after * factor), dtype=float)
