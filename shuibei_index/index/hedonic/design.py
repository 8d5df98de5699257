"""The matrix of the regression: numbers and dummies, with what was pooled or left out on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.index.hedonic.characteristics import Characteristics, Levels, Numbers
from shuibei_index.index.hedonic.pooling import pool

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

POOLED = ["column", "level", "n", "fewest", "pooled_into"]


@dataclass(frozen=True)
class Ladder:
    """The levels of one characteristic in order, and where each stands in the matrix (−1 = the reference)."""

    column: str
    labels: tuple[str, ...]
    places: tuple[int, ...]
    sign: int
    ordered: bool


@dataclass(frozen=True)
class Design:
    """Characteristics of n sales as numbers.

    Parameters
    ----------
    names : tuple of str, length K
    matrix : ndarray, shape (n, K)
        No column for the months: these are absorbed.
    signs : ndarray of int, shape (K,)
        Expected sign of each effect, 0 = none.
    ladders : tuple of Ladder
        Characteristics that enter as dummies.
    pooled : DataFrame
        column, level, n, fewest, pooled_into.
    constant : tuple of str
        Characteristics left out because all sales share one value.
    """

    names: tuple[str, ...]
    matrix: Floats
    signs: Ints
    ladders: tuple[Ladder, ...]
    pooled: pd.DataFrame
    constant: tuple[str, ...]


def make_design(table: pd.DataFrame, characteristics: Characteristics, regression: Ints) -> Design:
    """Turn characteristics into the matrix of the regression.

    Parameters
    ----------
    table : DataFrame, n rows
        Without gaps in the characteristics.
    characteristics : Characteristics
    regression : ndarray of int, shape (n, R) or (n,)
        The regression, or regressions, each sale belongs to: a grade must be frequent enough in each. −1 = none.

    Returns
    -------
    Design

    Raises
    ------
    PriceError
        A grade is not on its scale, or a number is not what its form needs.
    """
    member = regression.reshape(len(table), -1)
    names: list[str] = []
    columns: list[Floats] = []
    signs: list[int] = []
    ladders: list[Ladder] = []
    reports: list[pd.DataFrame] = []
    constant: list[str] = []
    for part in (part for term in characteristics.terms for part in term.parts(table)):
        if isinstance(part, Numbers):
            if np.ptp(part.values) == 0.0:
                constant.append(part.name)
                continue
            names.append(part.name)
            columns.append(part.values)
            signs.append(part.sign)
            continue
        pools = pool(_counts(part, member), part.labels, part.places, part.fewest, ordered=part.ordered)
        reports.append(pools.report.assign(column=part.column))
        if len(pools.labels) == 1:
            constant.append(part.column)
            continue
        codes = pools.of_level[part.codes]
        reference = int(np.argmax(np.bincount(codes, minlength=len(pools.labels))))
        places = []
        for level, label in enumerate(pools.labels):
            if level == reference:
                places.append(-1)
                continue
            places.append(len(names))
            names.append(f"{part.column} {label}")
            columns.append((codes == level).astype(float))
            signs.append(part.sign if level > reference else -part.sign)
        ladders.append(Ladder(part.column, tuple(pools.labels), tuple(places), part.sign, part.ordered))
    matrix = np.column_stack(columns) if columns else np.zeros((len(table), 0))
    pooled = pd.concat(reports, ignore_index=True)[POOLED] if reports else pd.DataFrame(columns=POOLED)
    return Design(tuple(names), matrix, np.array(signs, dtype=np.int64), tuple(ladders), pooled, tuple(constant))


def _counts(part: Levels, member: Ints) -> Ints:
    """Return sales by regression and level, shape (R, L), of regressions and levels that occur."""
    L, R = len(part.labels), int(member.max(initial=-1)) + 1
    counts = np.zeros((R, L), dtype=np.int64)
    for regression in member.T:
        inside = regression >= 0
        counts += np.bincount(regression[inside] * L + part.codes[inside], minlength=R * L).reshape(R, L)
    return np.asarray(counts[counts.sum(axis=1) > 0])
