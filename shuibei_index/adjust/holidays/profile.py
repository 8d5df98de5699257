"""Turnover of each day around a holiday, relative to ordinary days."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import UsageError

Floats = npt.NDArray[np.float64]
_YEAR = 365
# Days of a weekday or month from which their median is taken as its factor.
_FEWEST = 60


def per_day(deals: pd.Series | pd.DataFrame | pd.DatetimeIndex) -> pd.DataFrame:
    """Return turnover and number of deals by day, without gaps; days without deals are 0.

    Parameters
    ----------
    deals
        As in `daily_weights`.

    Returns
    -------
    DataFrame
        Index: days. Columns: ``value``, ``deals``.

    Raises
    ------
    UsageError
        No deals, an index that is not dates, a row without a date, or a value that is negative or not finite.

    Examples
    --------
    >>> per_day(pd.DatetimeIndex(["2025-01-02 10:30", "2025-01-02 15:00", "2025-01-04 09:00"]))["deals"].tolist()
    [2, 0, 1]
    """
    if isinstance(deals, pd.DatetimeIndex):
        frame = pd.DataFrame({"value": 1.0, "deals": 1}, index=deals)
    elif isinstance(deals, pd.Series):
        frame = pd.DataFrame({"value": deals, "deals": 1})
    else:
        missing = [name for name in ("value", "deals") if name not in deals.columns]
        if missing:
            raise UsageError(
                f"deals: no column {missing[0]!r}; expected value and deals", zh=f"成交表缺少列 {missing[0]}"
            )
        frame = deals[["value", "deals"]]
    if frame.empty:
        raise UsageError("there are no deals", zh="没有成交")
    if not isinstance(frame.index, pd.DatetimeIndex) or frame.index.hasnans:
        raise UsageError(
            "deals need a date each: the index is to be dates or times", zh="每笔成交都要有日期：索引应为日期或时间"
        )
    numbers = frame.to_numpy(dtype=np.float64)
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise UsageError("deals: a value is negative, missing or infinite", zh="成交值有负数、缺失或无穷大")
    # local time as written: a zone would move late deals into the next day
    days = frame.index.tz_localize(None).normalize()
    summed = frame.groupby(days).sum()
    return summed.reindex(pd.date_range(summed.index[0], summed.index[-1], freq="D"), fill_value=0)


def ordinary_factors(value: pd.Series[float], inside: npt.NDArray[np.bool_]) -> Floats:
    """Return what an ordinary day of its weekday and calendar month sells, relative to the year around it, shape (D,).

    Parameters
    ----------
    value
        Turnover by day without gaps, shape (D,).
    inside
        Whether the day is in a window of the holiday, shape (D,): such days say nothing of ordinary ones.

    Notes
    -----
    Turnover is divided by the median of the 365 days around it. Medians by weekday, then by month after division by
    those, are the factors. One with fewer than `_FEWEST` ordinary days, or mostly closed, takes the line between its
    neighbours: February has few ordinary days, and their noise would pass into the level.
    """
    around = value.rolling(_YEAR, center=True).median().to_numpy(dtype=np.float64)
    usable = np.isfinite(around) & (around > 0) & ~inside
    relative = np.divide(value.to_numpy(dtype=np.float64), around, out=np.zeros(len(value)), where=usable)
    index = pd.DatetimeIndex(value.index)
    factors = np.ones(len(value))
    for group, first, count in ((index.day_of_week.to_numpy(), 0, 7), (index.month.to_numpy(), 1, 12)):
        medians = pd.Series(relative[usable] / factors[usable]).groupby(group[usable]).agg(["median", "size"])
        medians = medians.reindex(range(first, first + count))
        known = ((medians["size"] >= _FEWEST) & (medians["median"] > 0)).to_numpy()
        if known.any():
            at = np.flatnonzero(known)
            each = np.interp(np.arange(count), at, medians["median"].to_numpy(dtype=np.float64)[at], period=count)
            factors = factors * each[group - first]
    return factors


def day_ratios(
    value: pd.Series[float], holidays: list[dt.date], others: list[dt.date], begin: int, end: int, reference: int
) -> tuple[Floats, list[dt.date]]:
    """Return turnover around each holiday relative to ordinary days.

    Parameters
    ----------
    value
        Turnover by day without gaps, covering every stretch asked for.
    holidays
        Day 0 of each year used, shape (Y,).
    others
        Day 0 of every year the deals reach: days in their windows are no ordinary days.
    begin, end
        First and last day asked for.
    reference
        Length in days of the stretch of ordinary days on each side.

    Returns
    -------
    ratios, dark
        Shape (years, end - begin + 1), and the holidays left out: an ordinary stretch is mostly without turnover.
    """
    width = end - begin + 1
    if not holidays:
        return np.empty((0, width)), []
    start = int(np.datetime64(value.index[0].date(), "D").astype(np.int64))
    window = (_numbers(others)[:, None] + np.arange(begin, end + 1) - start).ravel()
    inside = np.zeros(len(value), dtype=np.bool_)
    inside[window[(window >= 0) & (window < len(value))]] = True
    offsets = np.arange(begin - reference, end + reference + 1)
    adjusted = value.to_numpy(dtype=np.float64) / ordinary_factors(value, inside)
    turnover = adjusted[_numbers(holidays)[:, None] + offsets - start]
    levels = np.median(np.stack([turnover[:, :reference], turnover[:, -reference:]], axis=1), axis=2)
    light = (levels > 0).all(axis=1)
    dark = [day for day, kept in zip(holidays, light, strict=True) if not kept]
    middle = (reference - 1) / 2
    along = np.clip((np.arange(len(offsets)) - middle) / (len(offsets) - 1 - 2 * middle), 0, 1)
    level = levels[light, :1] * (1 - along) + levels[light, 1:] * along
    return (turnover[light] / level)[:, reference : reference + width], dark


def _numbers(days: list[dt.date]) -> npt.NDArray[np.int64]:
    return np.array(days, dtype="datetime64[D]").astype(np.int64)


def smooth(values: Floats, penalty: float) -> Floats:
    """Return values smoothed by a penalty on second differences (Whittaker 1923); straight lines stay as they are.

    Parameters
    ----------
    values
        Shape (N,).
    penalty
        0 = as they are; the greater the smoother.

    Examples
    --------
    >>> smooth(np.array([1.0, 2.0, 3.0, 4.0]), 10.0).round(9).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    if len(values) < 3 or penalty == 0:
        return values.copy()
    second = np.diff(np.eye(len(values)), n=2, axis=0)
    return np.asarray(np.linalg.solve(np.eye(len(values)) + penalty * second.T @ second, values), dtype=np.float64)
