"""Months "YYYY-MM" and quarters "YYYY-Qn" behind one set of functions: the label tells which."""

from __future__ import annotations

import re

from shuibei_index import months
from shuibei_index.errors import UsageError

_QUARTER = re.compile(r"(\d{4})-?Q([1-4])")


def per_year(label: str) -> int:
    """Return 4 for a quarter, 12 for a month.

    Examples
    --------
    >>> per_year("2015-Q2"), per_year("2015-02")
    (4, 12)
    """
    return 4 if _QUARTER.fullmatch(label) else 12


def is_quarter(label: object) -> bool:
    """Tell whether a label is a quarter written "YYYY-Qn"."""
    return isinstance(label, str) and _QUARTER.fullmatch(label) is not None


def ordinal(label: str) -> int:
    """Return the number of a month (year × 12 + month − 1) or quarter (year × 4 + quarter − 1).

    Raises
    ------
    UsageError
        The label is neither.
    """
    match = _QUARTER.fullmatch(label)
    return int(match[1]) * 4 + int(match[2]) - 1 if match else months.ordinal(label)


def label(number: int, period: int) -> str:
    """Return the label of a month's (12) or quarter's (4) number.

    Examples
    --------
    >>> label(ordinal("2015-Q4") + 1, 4)
    '2016-Q1'
    """
    return f"{number // 4:04d}-Q{number % 4 + 1}" if period == 4 else months.label(number)


def shift(start: str, by: int) -> str:
    """Return the period `by` periods later.

    Examples
    --------
    >>> shift("2015-Q4", 2), shift("2015-12", -1)
    ('2016-Q2', '2015-11')
    """
    return label(ordinal(start) + by, per_year(start))


def between(start: str, end: str) -> list[str]:
    """Return the periods from `start` to `end`, both included.

    Raises
    ------
    UsageError
        `end` lies before `start`, or one is a month and the other a quarter.
    """
    period = per_year(start)
    if period != per_year(end):
        raise UsageError(f"{start} and {end} are a month and a quarter", zh=f"{start} 与 {end} 一为月一为季")
    first, last = ordinal(start), ordinal(end)
    if last < first:
        raise UsageError(f"the last period {end} lies before the first {start}", zh=f"末期 {end} 早于首期 {start}")
    return [label(number, period) for number in range(first, last + 1)]


def stamp(start: str) -> str:
    """Return the label as X-13 prints it in saved tables: year and two digits.

    Examples
    --------
    >>> stamp("2015-02"), stamp("2015-Q2")
    ('201502', '201502')
    """
    period = per_year(start)
    number = ordinal(start)
    return f"{number // period}{number % period + 1:02d}"


def months_in(quarter: str) -> list[str]:
    """Return the three months of a quarter, or the one month.

    Examples
    --------
    >>> months_in("2015-Q2")
    ['2015-04', '2015-05', '2015-06']
    """
    if per_year(quarter) == 12:
        return [quarter]
    year, number = divmod(ordinal(quarter), 4)
    return [f"{year:04d}-{3 * number + k:02d}" for k in (1, 2, 3)]
