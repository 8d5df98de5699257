"""Moments: days and times as people give them; the one place that says which texts are one."""

from __future__ import annotations

import datetime as dt
import re

from shuibei_index.errors import UsageError

#: Days are days in China: a time that states another zone is carried over.
CHINA = dt.timezone(dt.timedelta(hours=8))
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)  # fmt: skip


def read_day(text: str, option: str = "--on") -> dt.date:
    """Return a date written YYYY-MM-DD.

    Raises
    ------
    UsageError
        It is none.

    Examples
    --------
    >>> read_day("2025-07-04")
    datetime.date(2025, 7, 4)
    """
    try:
        return dt.date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError as error:
        raise UsageError(
            f"{option} {text!r} is not a date; expected YYYY-MM-DD", zh=f"{option} {text!r} 不是日期，应为 YYYY-MM-DD"
        ) from error


def read_moment(text: str, option: str) -> str:
    """Return a date or a date with a time as it was written, without blanks around it.

    Parameters
    ----------
    text
        YYYY-MM-DD, or with hours and minutes after a T or a blank, seconds and zone if wanted.
    option
        What to call it if it is none.

    Raises
    ------
    UsageError
        It is none.

    Examples
    --------
    >>> read_moment(" 2025-07-04T10:30+08:00 ", "--at")
    '2025-07-04T10:30+08:00'
    """
    written = text.strip()
    try:
        _moment(written)
    except ValueError as error:
        raise UsageError(
            f"{option} {text!r} is not a time; expected a date 2025-07-04, or a date and time 2025-07-04T10:30, "
            "with a zone if wanted: 2025-07-04T10:30+08:00",
            zh=f"{option} {text!r} 不是时间；应为日期 2025-07-04，或日期时间 2025-07-04T10:30，"
            "可带时区 2025-07-04T10:30+08:00",
        ) from error
    return written


def day_of(text: str) -> dt.date | None:
    """Return the day in China of a moment on record; None where it says none, as older records may.

    Examples
    --------
    >>> day_of("2025-07-06T17:00Z"), day_of("2025-07-06 17:00"), day_of("yesterday")
    (datetime.date(2025, 7, 7), datetime.date(2025, 7, 6), None)
    """
    try:
        moment = _moment(text.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo is None else moment.astimezone(CHINA)).date()


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text if _MOMENT.fullmatch(text) else "")
    # so that it can be told in another zone
    if moment.tzinfo is not None and not 1 < moment.year < 9999:
        raise ValueError(text)
    return moment
