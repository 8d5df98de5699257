"""X-13's own regression terms that the own X-11 takes: outliers of given dates, trading days, leap years."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust import periods
from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.adjust.specification.vocabulary import width
from shuibei_index.adjust.x11.setting import Floats
from shuibei_index.errors import UsageError

_DATE = r"(\d{4})\.(\d{1,2}|[a-z]{3})"
_DATED = re.compile(rf"(ao|ls|tc){_DATE}")
_RAMP = re.compile(rf"(rp){_DATE}-{_DATE}")
_CALENDAR = ("td", "tdnolpyear", "td1coef", "lpyear")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
# What is left of a temporary change after a month in X-13; a quarter is three of them.
_LEFT = 0.7
# X-13's group of the coefficients of each kind.
_OUTLIER, _TRADING, _ONE, _LEAP = "Outlier", "Trading Day", "1-Coefficient Trading Day", "Leap Year"
# The division of the series by the length of its Februaries.
LENGTH = (_LEAP, "Length")


@dataclass(frozen=True)
class Terms:
    """Regression terms of one series over its own periods and the forecasts.

    Parameters
    ----------
    groups, names
        As X-13 names the coefficients, one of each a column.
    types
        Where their effects belong, X-13's words for the type of a regressor.
    values
        Shape (T, K).
    held
        Value at which a coefficient is held, None = estimated.
    """

    groups: tuple[str, ...]
    names: tuple[str, ...]
    types: tuple[str, ...]
    values: Floats
    held: tuple[float | None, ...]


def takes(term: str) -> bool:
    """Return whether the own X-11 knows a term of `variables`.

    Examples
    --------
    >>> takes("ls2008.Nov"), takes("td1coef"), takes("easter[8]")
    (True, True, False)
    """
    word = term.lower()
    return word in _CALENDAR or _DATED.fullmatch(word) is not None or _RAMP.fullmatch(word) is not None


def terms(spec: Specification, first: str, length: int, *, logs: bool) -> Terms:
    """Return the columns of `variables` the own X-11 takes; the others are named by `not_taken`.

    Parameters
    ----------
    spec
        The specification.
    first, length
        First period, and how many, the forecasts included.
    logs
        Whether the model is in logs: "td" and "td1coef" then divide by the length of February beforehand, else they
        bring the leap year as a regressor, as in X-13.

    Raises
    ------
    UsageError
        `fixed_regression` has another number of values than the term has coefficients.
    """
    held = dict(spec.fixed_regression)
    found: list[tuple[str, str, str, Floats, float | None]] = []
    for term in filter(takes, spec.variables):
        columns = _columns(term, first, length, logs)
        fixed: tuple[float | None, ...] = held.get(term, (None,) * len(columns))
        if len(fixed) != len(columns):
            raise UsageError(
                f"fixed_regression has {len(fixed)} values for {term}, which has {len(columns)} coefficients",
                zh=f"fixed_regression 为 {term} 给出 {len(fixed)} 个值，应为 {len(columns)} 个",
            )
        found += [(*column, value) for column, value in zip(columns, fixed, strict=True)]
    if logs and any(width(term, "none") > width(term, "log") for term in map(str.lower, spec.variables)):
        # Not an estimate: the series is divided by the length of the month or quarter, as a share of the usual one.
        found.append((*LENGTH, "td", np.log1p(_leap(first, length) / _usual(first)), 1.0))
    values = np.column_stack([column for _, _, _, column, _ in found]) if found else np.zeros((length, 0))
    return Terms(
        groups=tuple(group for group, *_ in found),
        names=tuple(name for _, name, *_ in found),
        types=tuple(kind for _, _, kind, *_ in found),
        values=values,
        held=tuple(value for *_, value in found),
    )


def _columns(term: str, first: str, length: int, logs: bool) -> list[tuple[str, str, str, Floats]]:
    word = term.lower()
    if word not in _CALENDAR:
        kind, column = _dated(word, first, length)
        return [(_OUTLIER, kind.upper() + term[2:] if kind != "rp" else "Rp" + term[2:], kind, column)]
    leap = [(_LEAP, "Leap Year", "lpyear", _leap(first, length))]
    if word == "lpyear":
        return leap
    days = weekday_counts(first, length)
    if word == "td1coef":
        weekday = days[:, :5].sum(axis=1) - 2.5 * days[:, 5:].sum(axis=1)
        return [(_ONE, "Weekday", "td", weekday), *([] if logs else leap)]
    contrasts = days[:, :6] - days[:, 6:]
    trading = [(_TRADING, name, "td", contrasts[:, k]) for k, name in enumerate(_DAYS)]
    return trading if logs or word == "tdnolpyear" else [*trading, *leap]


def _dated(word: str, first: str, length: int) -> tuple[str, Floats]:
    """Return the kind and the column of an outlier; before a level shift it is -1, so the last level stays."""
    period, at = periods.per_year(first), np.arange(length, dtype=np.float64)
    ramp = _RAMP.fullmatch(word)
    if ramp is not None:
        begin, end = (_row(ramp[k], ramp[k + 1], first) for k in (2, 4))
        return "rp", np.clip(at, begin, end) - end
    match = _DATED.fullmatch(word)
    assert match is not None  # `takes` let it through
    since = at - _row(match[2], match[3], first)
    if match[1] == "ao":
        return "ao", np.where(since == 0, 1.0, 0.0)
    if match[1] == "ls":
        return "ls", np.where(since < 0, -1.0, 0.0)
    return "tc", np.where(since < 0, 0.0, _LEFT ** (np.maximum(since, 0.0) * 12 / period))


def _row(year: str, part: str, first: str) -> int:
    number = int(part) if part.isdigit() else _MONTHS.index(part) + 1
    return int(year) * periods.per_year(first) + number - 1 - periods.ordinal(first)


def weekday_counts(first: str, length: int) -> Floats:
    """Return how many Mondays to Sundays each period has, shape (T, 7)."""
    day = _edges(first, length).astype(np.int64)
    # Day 0 is a Thursday: the Mondays before a day are (day + 2) // 7 counted from some fixed week, and so on.
    before = np.floor_divide(day[:, None] + 2 - np.arange(7), 7)
    return np.asarray(np.diff(before, axis=0), dtype=np.float64)


def _edges(first: str, length: int) -> npt.NDArray[np.datetime64]:
    """Return the first day of each period and the day after the last."""
    per = 12 // periods.per_year(first)
    months = (periods.ordinal(first) + np.arange(length + 1)) * per - 1970 * 12
    return months.astype("datetime64[M]").astype("datetime64[D]")


def _leap(first: str, length: int) -> Floats:
    """Return 0.75 in the February (first quarter) of a leap year, -0.25 in that of others, 0 elsewhere."""
    period = periods.per_year(first)
    number = periods.ordinal(first) + np.arange(length)
    long = (np.diff(_edges(first, length)).astype(np.int64) - (90 if period == 4 else 28)) == 1
    return np.where(number % period == (0 if period == 4 else 1), np.where(long, 0.75, -0.25), 0.0)


def _usual(first: str) -> float:
    return 90.25 if periods.per_year(first) == 4 else 28.25
