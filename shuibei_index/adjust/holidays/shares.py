"""How much of each window around a holiday lies in each month or quarter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from shuibei_index import months
from shuibei_index.adjust import periods
from shuibei_index.errors import UsageError

PERIODS = (12, 4)
_EPOCH = 1970 * 12

Days = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
Bounds = tuple[int, int]


def number(label: str, period: int = 12) -> int:
    """Return a period's number, counted from year 0.

    Parameters
    ----------
    label
        "YYYY-MM" where `period` is 12, "YYYY-Qn" where it is 4.
    period
        Periods a year.

    Raises
    ------
    UsageError
        Not such a label, or neither months nor quarters are asked for.

    Examples
    --------
    >>> number("2025-Q1", 4) - number("2024-Q4", 4)
    1
    """
    if period not in PERIODS:
        raise UsageError(
            f"period is {period!r}; expected 12 (months) or 4 (quarters)",
            zh=f"period 为 {period!r}，应为 12（月）或 4（季）",
        )
    if period == 12:
        return months.ordinal(label)
    if not periods.is_quarter(label):
        raise UsageError(
            f"{label!r} is not a quarter; expected YYYY-Qn, e.g. 2025-Q1",
            zh=f"{label!r} 不是季度，应为 YYYY-Qn，如 2025-Q1",
        )
    return periods.ordinal(label)


def labels(start: str, end: str, period: int = 12) -> list[str]:
    """Return the periods from `start` to `end`, both included.

    Raises
    ------
    UsageError
        `end` lies before `start`, or one of them is not a period.

    Examples
    --------
    >>> labels("2024-Q4", "2025-Q1", 4)
    ['2024-Q4', '2025-Q1']
    """
    if period == 12:
        return months.between(start, end)
    first, last = number(start, period), number(end, period)
    if last < first:
        raise UsageError(f"the last quarter {end} lies before the first {start}", zh=f"末季 {end} 早于首季 {start}")
    return [periods.label(quarter, 4) for quarter in range(first, last + 1)]


def flow(
    days: Days, bounds: Sequence[Bounds], weights: Sequence[Floats | None], first: int, last: int, period: int
) -> Floats:
    """Return the share of each window that falls in each period, shape (T, windows).

    Parameters
    ----------
    days
        Day 0 of every year, shape (Y,).
    bounds
        First and last day of each window, counted from day 0.
    weights
        Of each window the weight of its days, summing to 1; None = equal.
    first, last
        Numbers of the first and last period, see `number`.
    period
        Periods a year.
    """
    count = last - first + 1
    out = np.zeros((count, len(bounds)))
    for column, ((begin, end), weight) in enumerate(zip(bounds, weights, strict=True)):
        position = _periods(days, begin, end, period).ravel() - first
        inside = (position >= 0) & (position < count)
        if weight is None:
            # counted first and divided once: equal to the published generator to the last digit
            out[:, column] = np.bincount(position[inside], minlength=count) / (end - begin + 1)
        else:
            out[:, column] = np.bincount(position[inside], np.tile(weight, len(days))[inside], minlength=count)
    return out


def stock(
    days: Days, bounds: Sequence[Bounds], weights: Sequence[Floats | None], first: int, last: int, period: int
) -> Floats:
    """Return the share of each window that is over at the end of each period, shape (T, windows).

    Notes
    -----
    Let F(k, t) be the share of the window of holiday k that lies before the end of period t, and y(k) its year. Then

      q(t) = sum over k of F(k, t) - #{ k : y(k) < y(t) }

    which is 0 before the window and 1 after it, to the end of the year, and runs on where a window crosses the turn
    of the year: such a holiday counts 1 + share in its December, or share - 1 in the January after.
    """
    count = last - first + 1
    out = np.zeros((count, len(bounds)))
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    past = np.searchsorted(np.sort(years), (first + np.arange(count)) // period, side="left")
    for column, ((begin, end), weight) in enumerate(zip(bounds, weights, strict=True)):
        position = np.maximum(_periods(days, begin, end, period).ravel() - first, 0)
        inside = position < count
        if weight is None:
            total = np.cumsum(np.bincount(position[inside], minlength=count)) / (end - begin + 1)
        else:
            total = np.cumsum(np.bincount(position[inside], np.tile(weight, len(days))[inside], minlength=count))
        out[:, column] = total - past
    return out


def checked_weights(
    bounds: Mapping[str, Bounds], weights: Mapping[str, Sequence[float] | Floats] | None
) -> list[Floats | None]:
    """Return the daily weights of each window in order; None = equal.

    Raises
    ------
    UsageError
        Weights for a window that is not there, of another length, not finite, or not summing to 1.
    """
    given = weights or {}
    strange = [name for name in given if name not in bounds]
    if strange:
        raise UsageError(
            f"daily weights for {strange[0]!r}, which is no window here; windows: {', '.join(bounds)}",
            zh=f"日权重 {strange[0]} 没有对应的窗口；窗口：{'、'.join(bounds)}",
        )
    out: list[Floats | None] = []
    for name, (begin, end) in bounds.items():
        if name not in given:
            out.append(None)
            continue
        weight = np.array(given[name], dtype=np.float64)
        if weight.shape != (end - begin + 1,) or not np.isfinite(weight).all() or abs(weight.sum() - 1) > 1e-9:
            raise UsageError(
                f"daily weights of window {name!r}: expected {end - begin + 1} finite numbers that sum to 1",
                zh=f"窗口 {name} 的日权重应为 {end - begin + 1} 个有限数，合计为 1",
            )
        out.append(weight)
    return out


def _periods(days: Days, begin: int, end: int, period: int) -> npt.NDArray[np.int64]:
    """Return the number of the period each day of each year's window lies in, shape (Y, days)."""
    covered = days[:, None] + np.arange(begin, end + 1)
    return (covered.astype("datetime64[M]").astype(np.int64) + _EPOCH) // (12 // period)
