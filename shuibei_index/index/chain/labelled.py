"""Arrays with or without labels: read numbers from both, give results back in the form that came in."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError
from shuibei_index.index.numbers import as_floats
from shuibei_index.index.period_labels import in_order

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: A pandas object of months × series.
Table = TypeVar("Table", pd.Series, pd.DataFrame)


def floats(values: Any, name: str = "values") -> Floats:
    """Return a copy of the values as floats, NaN = not observed; a single number is refused.

    Raises
    ------
    ShapeError
        They are no numbers, or a single one.
    """
    array = np.array(as_floats(values, name))
    if array.ndim == 0:
        raise ShapeError(f"{name}: expected a series with one number a month (or a class), not a single number")
    return array


def by_period(values: Any, name: str) -> Floats:
    """Return `floats` of rows that are periods: labels that are repeated, or out of order, are refused.

    Raises
    ------
    ShapeError
    """
    if isinstance(values, pd.Series | pd.DataFrame):
        in_order(values.index, name)
    return floats(values, name)


def like(source: Any, values: Floats) -> Any:
    """Return `values` with the labels of `source`, or as they are."""
    if isinstance(source, pd.DataFrame):
        return pd.DataFrame(values, index=source.index, columns=source.columns)
    if isinstance(source, pd.Series):
        return pd.Series(values, index=source.index, name=source.name)
    return values


def positive(values: Floats, name: str, first: int = 0) -> None:
    """Refuse numbers that are not above 0 (NaN is let through), naming the first position."""
    bad = np.argwhere((values <= 0) | np.isinf(values))
    if len(bad):
        at = [int(bad[0][0]) + first, *bad[0][1:].tolist()]
        raise PriceError(f"{name} must be numbers above 0; position {at} is not")
