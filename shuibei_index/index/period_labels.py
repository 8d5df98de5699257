"""Labels of periods: read from text, dates, pandas periods and numbers alike; and refused out of order."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.errors import ShapeError, first_few

#: Text that tells a time, by kind; months and days also as callers write them without zeros, or in Chinese.
_TEXT = {
    "year": re.compile(r"^(\d{4})年?$"),
    "quarter": re.compile(r"^(\d{4})-?Q([1-4])$"),
    "week": re.compile(r"^(\d{4})-?W(\d{1,2})$"),
    "month": re.compile(r"^(\d{4})(?:[-/.M年](\d{1,2})月?|(\d{2}))$"),
    "day": re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$"),
}


def written(label: Any) -> Any:
    """Return the label of a period as text, "2024-05", "2024-Q2", "2024-W05" or "2024"; others as they are.

    Parameters
    ----------
    label : object
        pandas Period of a month, calendar quarter, ISO week or calendar year; a date of any kind, read as its month;
        or a whole number like 202405.

    Examples
    --------
    >>> written(pd.Period("2024-05")), written(datetime.date(2024, 5, 31)), written(202405), written("2024-05")
    ('2024-05', '2024-05', '2024-05', '2024-05')
    """
    if isinstance(label, str | bool) or label is pd.NaT:
        return label
    if isinstance(label, pd.Period):
        return _of_period(label)
    if isinstance(label, np.datetime64) and not np.isnat(label):
        label = pd.Timestamp(label)
    if isinstance(label, datetime.date):
        return f"{label.year:04d}-{label.month:02d}"
    if isinstance(label, Integral) and 1000 <= int(label) // 100 <= 9999 and 1 <= int(label) % 100 <= 12:
        return f"{int(label) // 100:04d}-{int(label) % 100:02d}"
    return label


def _of_period(period: pd.Period) -> Any:
    kind = period.freqstr
    if kind == "M":
        return f"{period.year:04d}-{period.month:02d}"
    if kind == "Q-DEC":
        return f"{period.year:04d}-Q{period.quarter}"
    if kind == "W-SUN":
        year, week, _ = period.end_time.isocalendar()
        return f"{year:04d}-W{week:02d}"
    return f"{period.year:04d}" if kind == "Y-DEC" else period


def in_order(labels: Iterable[Any], name: str) -> None:
    """Refuse rows whose periods are repeated or do not go forward in time.

    Parameters
    ----------
    labels : Index or list
        Labels of the rows. Text that tells no time ("before", "after") stands in the caller's order; it must only not
        be repeated.
    name : str
        What the caller calls the table, for errors.

    Raises
    ------
    ShapeError
        Names the first label at fault.

    Examples
    --------
    >>> in_order(["2023-12", "2024-01"], "levels")
    """
    if isinstance(labels, pd.RangeIndex) and labels.step > 0:
        return
    names = list(labels)
    keys = [_key(label) for label in names]
    twice = [label for label, again in zip(names, pd.Series(keys, dtype=object).duplicated(), strict=True) if again]
    if twice:
        raise ShapeError(
            f"{name}: rows stand more than once: {first_few(map(str, twice))}; one row a period is expected",
            f"{name}：行标签重复：{first_few(map(str, twice))}；每期只能有一行",
        )
    if len({kind for kind, _ in keys}) != 1 or keys[0][0] == "name":
        return
    back = [t for t in range(1, len(keys)) if keys[t][1] < keys[t - 1][1]]
    if back:
        before, here = str(names[back[0] - 1]), str(names[back[0]])
        bare = keys[0][0] == "month" and any(isinstance(x, str) and len(x) < 6 + ("-" in x) for x in names)
        how = f"write months as YYYY-MM ({_padded(here)}), so that they sort as time" if bare else "sort them first"
        raise ShapeError(
            f"{name}: the row {here!r} stands after {before!r}; rows must go forward in time: {how}",
            f"{name}：{here} 排在 {before} 之后；各行必须按时间先后排列",
        )


def _padded(month: str) -> str:
    _, (year, number, *_) = _key(month)
    return f"{year:04d}-{number:02d}"


def _key(label: Any) -> tuple[str, Any]:
    """Return what kind of time a label tells, and which; ("name", label) for other labels."""
    if isinstance(label, str):
        for kind, pattern in _TEXT.items():
            match = pattern.match(label)
            if match:
                return kind, tuple(int(part) for part in match.groups() if part is not None)
        return "name", label
    if isinstance(label, pd.Period):
        return f"period {label.freqstr}", label.ordinal
    if isinstance(label, np.datetime64) and not np.isnat(label):
        label = pd.Timestamp(label)
    if isinstance(label, datetime.date) and label is not pd.NaT:
        stamp = pd.Timestamp(label)
        return "date" if stamp.tzinfo is None else "date with a zone", stamp
    if isinstance(label, Real) and not isinstance(label, bool) and label == label:
        return "number", label
    return "name", str(label)
