"""Whatever monthly or quarterly table a user has → one column per series, one row per period, none left out."""

from __future__ import annotations

import re
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from shuibei_index import months
from shuibei_index.adjust import periods
from shuibei_index.errors import UsageError, first_few

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?")


@runtime_checkable
class HasLevels(Protocol):
    """An object that gives its index levels as a frame, such as ``IndexSeries``."""

    def levels_frame(self) -> pd.DataFrame:
        """Return levels: index months, columns series."""


@runtime_checkable
class HasPandas(Protocol):
    """An Arrow table."""

    def to_pandas(self) -> pd.DataFrame:
        """Return the table as pandas."""


def monthly_frame(series: object) -> pd.DataFrame:
    """Return a frame of floats: index months "YYYY-MM" or quarters "YYYY-Qn" without gaps, columns series' names.

    Parameters
    ----------
    series
        A pandas Series or DataFrame whose index is months "YYYY-MM" or quarters "YYYY-Qn", a PeriodIndex of either, or
        a DatetimeIndex with one date a period (or with a column "period"); an Arrow table with a column "period"; or an
        object with ``levels_frame()``. Dates three months apart throughout are quarters.

    Raises
    ------
    UsageError
        Not such an object; a period stands twice; two series have one name; a column is not numeric.
    """
    if isinstance(series, HasLevels):
        frame = series.levels_frame()
    elif isinstance(series, pd.Series):
        frame = series.to_frame("series" if series.name is None else series.name)
    elif isinstance(series, pd.DataFrame):
        frame = series
    elif isinstance(series, HasPandas):
        frame = series.to_pandas()
    else:
        raise UsageError(
            f"cannot adjust a {type(series).__name__}; expected a pandas Series or DataFrame by month or quarter, "
            "an Arrow table with a column 'period', or an IndexSeries",
            zh=f"不能调整 {type(series).__name__}，应为按月或按季的 Series、DataFrame、含 period 列的表，或指数序列",
        )
    if "period" in frame.columns:
        frame = frame.set_index("period")
    if frame.empty:
        raise UsageError(
            "nothing to adjust: the table has no months or no series", zh="没有可调整的数据：表中没有月份或没有序列"
        )
    labels = period_labels(frame.index)
    twice = sorted({label for label in labels if labels.count(label) > 1}) if len(set(labels)) < len(labels) else []
    if twice:
        raise UsageError(
            f"a month stands twice: {first_few(twice)}; expected one row per month or quarter",
            zh=f"有月份重复：{first_few(twice)}；每月（季）只能有一行",
        )
    names = [str(name) for name in frame.columns]
    doubled = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if doubled:
        raise UsageError(f"two series have the same name: {first_few(doubled)}", zh=f"有序列同名：{first_few(doubled)}")
    columns = {name: _numbers(name, frame.iloc[:, k]) for k, name in enumerate(names)}
    out = pd.DataFrame(columns, index=pd.Index(labels), columns=names)
    return out.reindex(periods.between(min(labels), max(labels)))


def period_labels(index: pd.Index) -> list[str]:
    """Return "YYYY-MM" or "YYYY-Qn" of every entry of an index of months or quarters.

    Raises
    ------
    UsageError
        The index is not one of months, nor one of quarters.
    """
    empty = np.flatnonzero(index.isna())
    if len(empty):
        raise UsageError(
            f"row {empty[0] + 1} of the table has no period; every row needs its month or quarter",
            zh=f"表的第 {empty[0] + 1} 行没有时期，每一行都须有月份或季度",
        )
    if isinstance(index, pd.PeriodIndex):
        if index.freqstr == "M":
            return [str(label) for label in index.strftime("%Y-%m")]
        if index.freqstr.startswith("Q"):
            return [f"{year:04d}-Q{quarter}" for year, quarter in zip(index.qyear, index.quarter, strict=True)]
        raise UsageError(
            f"the index has periods of frequency {index.freqstr}; expected months (M) or quarters (Q)",
            zh=f"索引的频率为 {index.freqstr}，应为月（M）或季（Q）",
        )
    if isinstance(index, pd.DatetimeIndex):
        return _of_dates(index)
    labels = [str(label) for label in index]
    if all(periods.is_quarter(label) for label in labels):
        return [periods.label(periods.ordinal(label), 4) for label in labels]
    wrong = [label for label in labels if not months.is_month(label)]
    if wrong and all(_DATE.fullmatch(label) for label in labels):
        return _of_dates(pd.DatetimeIndex(labels))
    if wrong:
        raise UsageError(
            f"the index is not months: {first_few(wrong)}; expected YYYY-MM (quarters YYYY-Qn), PeriodIndex or dates",
            zh=f"索引不是月份：{first_few(wrong)}；应为 YYYY-MM（季度为 YYYY-Qn）、PeriodIndex 或日期",
        )
    return labels


def _of_dates(index: pd.DatetimeIndex) -> list[str]:
    """Label dates by month, or by quarter where they stand three months apart throughout."""
    numbers = np.sort(index.year.to_numpy() * 12 + index.month.to_numpy() - 1)
    steps = np.diff(numbers)
    if len(steps) and (steps % 3 == 0).all() and (steps > 0).all():
        return [f"{year:04d}-Q{quarter}" for year, quarter in zip(index.year, index.quarter, strict=True)]
    return [str(label) for label in index.strftime("%Y-%m")]


def _numbers(name: str, column: pd.Series) -> np.ndarray:
    # Dates and complex numbers would pass for numbers, as nanoseconds and without the imaginary part.
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind.startswith(("datetime", "date", "timedelta", "time", "period", "complex")) or kind == "boolean":
        raise _not_numeric(name, f"values of kind {kind}")
    try:
        return pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise _not_numeric(name, str(error)) from error


def _not_numeric(name: str, why: str) -> UsageError:
    return UsageError(f"series {name!r} is not numeric: {why}", zh=f"序列“{name}”不是数值：{why}")
