"""Whatever monthly table a user has → one column per series, one row per month, no month left out."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from shuibei_index import months
from shuibei_index.errors import UsageError, first_few


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
    """Return a frame of floats: index months "YYYY-MM" without gaps, columns the series' names as text.

    Parameters
    ----------
    series
        A pandas Series or DataFrame whose index is months "YYYY-MM", a monthly PeriodIndex or a DatetimeIndex with one
        date a month (or with a column "period"); an Arrow table with a column "period"; or an object with
        ``levels_frame()``.

    Raises
    ------
    UsageError
        Not such an object; a month stands twice; two series have one name; a column is not numeric.
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
            f"cannot adjust a {type(series).__name__}; expected a pandas Series or DataFrame by month, "
            "an Arrow table with a column 'period', or an IndexSeries"
        )
    if "period" in frame.columns:
        frame = frame.set_index("period")
    if frame.empty:
        raise UsageError("nothing to adjust: the table has no months or no series")
    labels = month_labels(frame.index)
    twice = sorted({label for label in labels if labels.count(label) > 1}) if len(set(labels)) < len(labels) else []
    if twice:
        raise UsageError(f"a month stands twice: {first_few(twice)}; expected one row per month")
    names = [str(name) for name in frame.columns]
    doubled = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if doubled:
        raise UsageError(f"two series have the same name: {first_few(doubled)}")
    columns = {name: _numbers(name, frame.iloc[:, k]) for k, name in enumerate(names)}
    out = pd.DataFrame(columns, index=pd.Index(labels), columns=names)
    return out.reindex(months.between(min(labels), max(labels)))


def month_labels(index: pd.Index) -> list[str]:
    """Return "YYYY-MM" of every entry of an index of months.

    Raises
    ------
    UsageError
        The index is not one of months.
    """
    if isinstance(index, pd.PeriodIndex):
        if index.freqstr != "M":
            raise UsageError(f"the index has periods of frequency {index.freqstr}; expected months (M)")
        return [str(label) for label in index.strftime("%Y-%m")]
    if isinstance(index, pd.DatetimeIndex):
        return [str(label) for label in index.strftime("%Y-%m")]
    labels = [str(label) for label in index]
    wrong = [label for label in labels if not months.is_month(label)]
    if wrong:
        raise UsageError(f"the index is not months: {first_few(wrong)}; expected YYYY-MM, a PeriodIndex or dates")
    return labels


def _numbers(name: str, column: pd.Series) -> np.ndarray:
    try:
        return pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise UsageError(f"series {name!r} is not numeric: {error}") from error
