"""Values by leaf: what a caller hands over (tables, dicts, arrays) put in the order of a tree, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, did_you_mean, first_few
from shuibei_index.index.matching import Floats
from shuibei_index.index.tree.classification import Hierarchy


def one_row(values: Any) -> pd.DataFrame | Floats:
    """Return one value a leaf (Series, dict or array) as a table of one row."""
    if isinstance(values, pd.Series | Mapping):
        series = pd.Series(values, dtype=float)
        return pd.DataFrame([series.to_numpy()], columns=series.index)
    return np.atleast_2d(np.asarray(values, dtype=float))


def leaf_weights(weights: Any, tree: Hierarchy) -> Floats:
    """Return the weight of each class by position in the tree, shape (K,): leaves that are not listed weigh 0.

    Raises
    ------
    ShapeError
        As `by_leaf`.
    PriceError
        A stated weight is no number or negative, or none of the headline is above 0.
    """
    stated = one_row(weights)
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


def by_leaf(values: pd.DataFrame | Floats, name: str, tree: Hierarchy) -> pd.DataFrame:
    """Return the values in the order of the tree's classes, NaN for those not given.

    Raises
    ------
    ShapeError
        A column is not a leaf of the tree, stands twice, or an array has not one column for each leaf.
    """
    if not isinstance(values, pd.DataFrame):
        values = np.asarray(values, dtype=float)
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
    return values.astype(float).reindex(columns=list(tree.codes))


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
