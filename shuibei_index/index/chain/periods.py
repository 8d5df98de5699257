"""Periods of a year by their labels: months "2024-05", ISO weeks "2024-W05", quarters "2024-Q2"."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import ShapeError, UsageError, first_few
from shuibei_index.index.period_labels import written

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MONTH, WEEK, QUARTER = "month", "week", "quarter"
_LABEL = re.compile(r"^(\d{4})-(?:(0[1-9]|1[0-2])|W(0[1-9]|[1-4]\d|5[0-3])|Q([1-4]))$")
_KINDS = {2: MONTH, 3: WEEK, 4: QUARTER}
_YEAR = re.compile(r"^\d{4}$")


def weeks_in(year: int) -> int:
    """Return the number of ISO weeks of a year, 52 or 53 (ISO 8601: 28 December lies in the last week).

    Examples
    --------
    >>> weeks_in(2020), weeks_in(2024)
    (53, 52)
    """
    return datetime.date(year, 12, 28).isocalendar().week


def periods_in(year: int, kind: str) -> int:
    """Return how many months, weeks or quarters a year has."""
    return weeks_in(year) if kind == WEEK else 12 if kind == MONTH else 4


def parse(label: object) -> tuple[str, int, int]:
    """Return kind, year and number within the year of one label: text, a pandas Period, a date, a number like 202405.

    Raises
    ------
    UsageError
        Not a label of a month, ISO week or quarter, or a week 53 in a year without one.

    Examples
    --------
    >>> parse("2020-W53")
    ('week', 2020, 53)
    """
    label = written(label)
    match = _LABEL.match(label) if isinstance(label, str) else None
    if match is None or match.lastindex is None:
        raise UsageError(
            f"{label!r} is not a period; expected a month 2024-05, an ISO week 2024-W05 or a quarter 2024-Q2 "
            "(dates are read as their month; weeks: index.strftime('%G-W%V'))"
        )
    kind, year, number = _KINDS[match.lastindex], int(match[1]), int(match[match.lastindex])
    if kind == WEEK and number > weeks_in(year):
        raise UsageError(f"{label!r}: the ISO year {year} has {weeks_in(year)} weeks")
    return kind, year, number


def write(kind: str, year: int, number: int) -> str:
    """Return the label of a period.

    Examples
    --------
    >>> write("week", 2024, 5)
    '2024-W05'
    """
    return f"{year:04d}-" + (f"{number:02d}" if kind == MONTH else f"W{number:02d}" if kind == WEEK else f"Q{number}")


@dataclass(frozen=True)
class Periods:
    """T periods one after the other, of one kind: year and number within the year, shape (T,) each."""

    kind: str
    year: Ints
    number: Ints

    @classmethod
    def read(cls, labels: Iterable[object]) -> Periods:
        """Read the labels of the rows of a table.

        Raises
        ------
        ShapeError
            Kinds are mixed, or the periods do not follow one another without a gap.
        """
        names = [written(label) for label in labels]
        parsed = [parse(label) for label in names]
        kinds = sorted({kind for kind, _, _ in parsed})
        if len(kinds) != 1:
            raise ShapeError(f"the rows must be periods of one kind; they are {', '.join(kinds) or 'none'}")
        kind = kinds[0]
        year, number = (np.array(column, dtype=np.int64) for column in list(zip(*parsed, strict=True))[1:])
        last = np.array([periods_in(y, kind) for y in year.tolist()])
        follows = np.where(number[:-1] == last[:-1], (year[1:] == year[:-1] + 1) & (number[1:] == 1),
                           (year[1:] == year[:-1]) & (number[1:] == number[:-1] + 1))  # fmt: skip
        if not follows.all():
            at = int(np.argmin(follows))
            raise ShapeError(
                f"the row {names[at + 1]!r} does not follow {names[at]!r}: rows must be in order and without gaps "
                "(a period without levels is a row of NaN)"
            )
        return cls(kind, year, number)

    def __len__(self) -> int:
        return len(self.year)

    @cached_property
    def years(self) -> tuple[int, ...]:
        """The calendar years (ISO years of weeks) that the rows touch."""
        return tuple(range(int(self.year[0]), int(self.year[-1]) + 1))

    def rows_of(self, year: int) -> Ints:
        """Return the rows of a year."""
        return np.flatnonzero(self.year == year)

    def whole(self, year: int) -> bool:
        """Tell whether every period of a year has a row."""
        return len(self.rows_of(year)) == periods_in(year, self.kind)

    def ends(self, at: int | None) -> Bools:
        """Mark the link periods, shape (T,): number `at` of each year; None, or past the end = the last of the year.

        Raises
        ------
        UsageError
            `at` is not the number of a period of the year.
        """
        most = 53 if self.kind == WEEK else periods_in(0, self.kind)
        if at is not None and (not isinstance(at, Integral) or isinstance(at, bool) or not 1 <= at <= most):
            raise UsageError(f"the link {self.kind} must be 1 to {most}, not {at!r}")
        last = np.array([periods_in(y, self.kind) for y in self.year.tolist()])
        return np.asarray(self.number == (last if at is None else np.minimum(at, last)), dtype=bool)

    def year_before(self) -> Ints:
        """Return the row of the same period a year before, shape (T,), −1 = none; week 53 falls back on week 52."""
        row = {key: t for t, key in enumerate(zip(self.year.tolist(), self.number.tolist(), strict=True))}
        keys = zip((self.year - 1).tolist(), self.number.tolist(), strict=True)
        return np.array([row.get((y, min(n, periods_in(y, self.kind))), -1) for y, n in keys], dtype=np.int64)

    def place(self, year: int, number: int) -> int:
        """Return the row of a period; below 0 or past the end where the rows do not reach."""
        first, row = self.years[0], number - int(self.number[0])
        lengths = sum(periods_in(y, self.kind) for y in range(min(year, first), max(year, first)))
        return row + (lengths if year >= first else -lengths)

    def row(self, label: str) -> int:
        """Return the row of a label, −1 if it has none."""
        kind, year, number = parse(label)
        if kind != self.kind:
            raise UsageError(f"{label!r} is a {kind}, but the rows are {self.kind}s")
        place = self.place(year, number)
        return place if 0 <= place < len(self) else -1

    def rows(self, period: str) -> Ints:
        """Return the rows of a year ("2024") or of one period ("2024-05", "2024-W05")."""
        if _YEAR.match(period):
            return self.rows_of(int(period))
        at = self.row(period)
        return np.array([at] if at >= 0 else [], dtype=np.int64)


def periods_of(source: Any, labels: Iterable[object] | None = None) -> Periods:
    """Return the periods of the rows of a Series or DataFrame, or those given for an array.

    Raises
    ------
    ShapeError
        An array comes without labels, or with another number of them.
    """
    own = source.index if isinstance(source, pd.Series | pd.DataFrame) else None
    if labels is not None and own is not None:
        raise ShapeError("the rows have labels of their own; pass periods with arrays only")
    names = own if own is not None else labels
    if names is None:
        raise ShapeError("overlaps need to know the months: pass a Series or DataFrame, or periods=[…] with an array")
    periods = Periods.read(names)
    if len(periods) != len(source):
        raise ShapeError(f"{len(periods)} periods for {len(source)} rows: {first_few(list(names))}")
    return periods


def is_year(period: object) -> bool:
    """Tell whether a period is a year, as text, number or pandas Period.

    Examples
    --------
    >>> is_year("2024"), is_year(2024), is_year("2024-05")
    (True, True, False)
    """
    return _YEAR.match(str(written(period))) is not None
