"""Values by leaf: what a caller hands over (tables, dicts, arrays) put in the order of a tree, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, did_you_mean, first_few
from shuibei_index.index.matching import Floats
from shuibei_index.index.numbers import as_floats
from shuibei_index.index.period_labels import in_order
from shuibei_index.index.tree.classification import Hierarchy


def as_table(values: Any) -> Any:
    """Return an Arrow or polars table as a DataFrame, so that its columns meet by label; other things as they are."""
    return values.to_pandas() if hasattr(values, "to_pandas") and hasattr(values, "columns") else values


def one_row(values: Any, name: str) -> pd.DataFrame | Floats:
    """Return one value a leaf (Series, dict, table of one row or array) as a table of one row.

    Raises
    ------
    ShapeError
        There are more rows, or none, or no numbers.
    """
    values = as_table(values)
    if isinstance(values, pd.Series | Mapping):
        series = pd.Series(values, dtype=None if len(values) else float)
        return pd.DataFrame([as_floats(series, name)], columns=series.index)
    table = values if isinstance(values, pd.DataFrame) else np.atleast_2d(as_floats(values, name))
    if len(table) != 1 or table.ndim != 2:
        raise ShapeError(
            f"{name} has {len(table)} rows; one number a leaf is expected: a Series or dict by class, or a table of "
            f"one row with the classes as columns",
            f"{name} 有 {len(table)} 行；每个最细类只能有一个数：按类代码的 Series、字典，或一行的表",
        )
    return table


def leaf_weights(weights: Any, tree: Hierarchy) -> Floats:
    """Return the weight of each class by position in the tree, shape (K,): leaves that are not listed weigh 0.

    Raises
    ------
    ShapeError
        As `by_leaf`.
    PriceError
        A stated weight is no number or negative, or none of the headline is above 0.
    """
    stated = one_row(weights, "weights")
    named = by_leaf(stated, "weights", tree)
    values = named.to_numpy()[0]
    listed = named.columns.isin(stated.columns) if isinstance(stated, pd.DataFrame) else tree.is_leaf
    bad = [c for c, v, s in zip(tree.codes, values, listed, strict=True) if s and not (np.isfinite(v) and v >= 0)]
    if bad:
        raise PriceError(f"weights must be numbers that are not negative; see {first_few(bad)}")
    result: Floats = np.where(listed, values, 0.0)
    if not (result[tree.in_headline] > 0).any():
        raise PriceError("at least one weight of the headline must be above 0")
    return result


def by_leaf(values: Any, name: str, tree: Hierarchy) -> pd.DataFrame:
    """Return the values in the order of the tree's classes, NaN for those not given.

    Raises
    ------
    ShapeError
        A column is not a leaf of the tree, stands twice, or an array has not one column for each leaf; no rows, rows
        that are repeated or out of order, no numbers.
    """
    values = as_table(values)
    if not isinstance(values, pd.DataFrame):
        values = as_floats(values, name)
        if values.ndim != 2:
            raise ShapeError(f"{name} has shape {values.shape}; (months, leaves) is expected")
        if values.shape[1] != len(tree.leaves):
            raise ShapeError(
                f"{name}: {values.shape[1]} columns for {len(tree.leaves)} leaves: {first_few(tree.leaves)}"
            )
        values = pd.DataFrame(values, columns=list(tree.leaves))
    codes = values.columns
    known = set(tree.leaves)
    stray = [c for c in codes if c not in known]
    if stray:
        hint = did_you_mean(str(stray[0]), tree.leaves)
        raise ShapeError(f"{name}: not a leaf of the tree: {first_few(stray)}{hint}")
    if codes.duplicated().any():
        raise ShapeError(f"{name}: classes stand twice: {first_few(codes[codes.duplicated()])}")
    rows_of_months(values, name)
    return pd.DataFrame(as_floats(values, name), values.index, codes).reindex(columns=list(tree.codes))


def rows_of_months(values: pd.DataFrame, name: str) -> None:
    """Refuse a table without rows, or whose rows are repeated or do not go forward in time.

    Raises
    ------
    ShapeError
    """
    if not len(values):
        raise ShapeError(f"{name} has no rows; expected one for each month", f"{name} 没有任何行；每月应有一行")
    in_order(values.index, name)


def positive_rows(values: Floats, tree: Hierarchy, first: int = 0) -> None:
    """Refuse levels or links, shape (T, K), that are not above 0.

    Raises
    ------
    PriceError
        Names the first; rows count from `first`.
    """
    bad = np.argwhere((values <= 0) | np.isinf(values))
    if len(bad):
        row, at = bad[0]
        raise PriceError(
            f"levels and links are numbers above 0; row {row + first}, {tree.codes[at]!r} is not "
            f"({len(bad)} in all); use NaN for what was not observed"
        )
