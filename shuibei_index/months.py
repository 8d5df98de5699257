"""Months: "YYYY-MM" at the edges, integers (year * 12 + month - 1) inside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shuibei_index.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")
_YEAR = re.compile(r"^\d{4}$")


def is_month(text: object) -> bool:
    """Tell whether `text` is a month written "YYYY-MM".

    Examples
    --------
    >>> is_month("2025-06"), is_month("2025-13"), is_month("2025-6")
    (True, False, False)
    """
    return isinstance(text, str) and _MONTH.match(text) is not None


def ordinal(month: str) -> int:
    """Return the month's number, counted from year 0.

    Raises
    ------
    UsageError
        `month` is not "YYYY-MM" with a month from 01 to 12.

    Examples
    --------
    >>> ordinal("2025-01") - ordinal("2024-12")
    1
    """
    match = _MONTH.match(month) if isinstance(month, str) else None
    if match is None:
        raise UsageError(
            f"{month!r} is not a month; expected YYYY-MM with a month from 01 to 12, e.g. 2025-06",
            zh=f"{month!r} 不是有效月份，应为 YYYY-MM，如 2025-06",
        )
    return int(match[1]) * 12 + int(match[2]) - 1


def label(number: int) -> str:
    """Return "YYYY-MM" of a month's number.

    Examples
    --------
    >>> label(ordinal("2025-12") + 1)
    '2026-01'
    """
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def between(start: str, end: str) -> list[str]:
    """Return the months from `start` to `end`, both included.

    Raises
    ------
    UsageError
        `end` lies before `start`, or one of them is not a month.

    Examples
    --------
    >>> between("2024-11", "2025-01")
    ['2024-11', '2024-12', '2025-01']
    """
    first, last = ordinal(start), ordinal(end)
    if last < first:
        raise UsageError(f"the last month {end} lies before the first month {start}", zh=f"末月 {end} 早于首月 {start}")
    return [label(m) for m in range(first, last + 1)]


def shift(month: str, by: int) -> str:
    """Return the month `by` months later (earlier if negative).

    Examples
    --------
    >>> shift("2025-01", -1)
    '2024-12'
    """
    return label(ordinal(month) + by)


def months_of(period: str) -> list[str]:
    """Return the months of a year ("2014") or the one month ("2014-06").

    Examples
    --------
    >>> len(months_of("2014")), months_of("2014-06")
    (12, ['2014-06'])
    """
    if isinstance(period, str) and _YEAR.match(period):
        return [f"{period}-{m:02d}" for m in range(1, 13)]
    return [label(ordinal(period))]


def ordinals(months: list[str]) -> npt.NDArray[np.int64]:
    """Return the numbers of many months, shape (T,)."""
    import numpy as np  # late: the command line starts without it

    return np.array([ordinal(m) for m in months], dtype=np.int64)
