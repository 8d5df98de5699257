"""Reconciliation: whether every parent is the weighted mean of its children."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, UsageError, did_you_mean, first_few
from shuibei_index.index.hierarchy.leaf_values import as_table, leaf_weights, positive_rows, rows_of_months
from shuibei_index.index.hierarchy.nodes import child_weights, node_weights
from shuibei_index.index.matching import Floats
from shuibei_index.index.means import mean_by_group, number
from shuibei_index.index.numbers import as_floats
from shuibei_index.index.tree.classification import HEADLINE, Hierarchy


@dataclass(frozen=True, repr=False)
class Reconciliation:
    """Levels of a tree, what each parent would be from its children, and what is left between them.

    Parameters
    ----------
    levels : DataFrame, shape (T, K)
        Levels by month and class as they were given.
    expected : DataFrame, shape (T, K)
        `check_reconciliation`: each class above from the levels of its children, on its own base; NaN for leaves.
        `reconcile`: levels of all classes that do agree.
    allowed : DataFrame, shape (T, K)
        Largest difference accepted.
    tolerance : float
        Relative; part of `allowed` everywhere.
    decimals : int or None
        The decimals the levels are rounded to; None = not rounded.
    top : str
        Code of the headline.
    """

    levels: pd.DataFrame
    expected: pd.DataFrame
    allowed: pd.DataFrame
    tolerance: float
    decimals: int | None = None
    top: str = HEADLINE

    @property
    def residual(self) -> pd.DataFrame:
        """Level less what follows from the children, months × classes."""
        return self.levels - self.expected

    @property
    def holds(self) -> bool:
        """Whether every parent agrees with its children within what is allowed."""
        return self.faults().empty

    def to_frame(self) -> pd.DataFrame:
        """Return one row per month and class above: period, class_code, level, expected, residual, allowed, holds."""
        row, at = np.nonzero(self.expected.notna().to_numpy())
        tables = {"level": self.levels, "expected": self.expected, "residual": self.residual, "allowed": self.allowed}
        frame = pd.DataFrame(
            {"period": self.levels.index.take(row), "class_code": np.array(self.levels.columns, dtype=object)[at]}
            | {name: table.to_numpy()[row, at] for name, table in tables.items()}
        )
        # a class above without a level does not agree with children that have one
        return frame.assign(holds=frame["residual"].abs() <= frame["allowed"])

    def faults(self) -> pd.DataFrame:
        """Return the rows of `to_frame` in which a parent does not agree with its children."""
        frame = self.to_frame()
        return frame[~frame["holds"]].reset_index(drop=True)

    def raise_on_fault(self) -> None:
        """Refuse levels that do not hold together.

        Raises
        ------
        PriceError
            Names the first classes and the largest residual.
        """
        faults = self.faults()
        if len(faults):
            worst = faults.iloc[int(faults["residual"].abs().fillna(np.inf).to_numpy().argmax())]
            where = first_few(dict.fromkeys(faults["class_code"]))
            raise PriceError(
                f"{len(faults)} levels of {where} do not follow from their children; the largest residual is "
                f"{worst['residual']:.6g} in {worst['period']}, {worst['class_code']} (allowed {worst['allowed']:.3g})",
                f"{len(faults)} 个上级指数与下级加权结果不符：{where}",
            )

    def summary(self) -> pd.DataFrame:
        """Return one row per class above: class_code, months, months_at_fault, largest_residual, period of it."""
        frame = self.to_frame()
        size = frame["residual"].abs().fillna(np.inf)
        worst = frame.loc[size.groupby(frame["class_code"], sort=False).idxmax()]
        by_class = frame.groupby("class_code", sort=False)["holds"]
        return pd.DataFrame(
            {
                "class_code": worst["class_code"].to_numpy(),
                "months": by_class.size().to_numpy(),
                "months_at_fault": (by_class.size() - by_class.sum()).to_numpy(),
                "largest_residual": worst["residual"].to_numpy(),
                "period": worst["period"].to_numpy(),
            }
        )

    def __repr__(self) -> str:
        rounded = "" if self.decimals is None else f", levels rounded to {self.decimals} decimals"
        state = "holds" if self.holds else f"{len(self.faults())} faults"
        return f"Reconciliation: {state}, relative tolerance {self.tolerance:g}{rounded}"

    def _repr_html_(self) -> str:
        return f"<h4>{self!r}</h4>" + self.summary().to_html(index=False)

    def plot(self, class_code: str = "", ax: Any = None) -> Any:
        """Plot the residual of one class (empty = the headline) and what is allowed; returns the matplotlib axes."""
        import matplotlib.pyplot as plt

        class_code = class_code or self.top
        if class_code not in self.levels:
            raise UsageError(
                f"no class {class_code!r}{did_you_mean(class_code, self.levels.columns)}", zh=f"没有分类 {class_code}"
            )
        axes = ax if ax is not None else plt.subplots()[1]
        x, allowed = [str(p) for p in self.levels.index], self.allowed[class_code].to_numpy()
        axes.fill_between(x, -allowed, allowed, alpha=0.2, label="allowed")
        axes.plot(x, self.residual[class_code].to_numpy(), marker="o", label="residual")
        axes.set(title=class_code)
        axes.legend(frameon=False)
        return axes


def check_reconciliation(
    levels: pd.DataFrame,
    weights: Any,
    tree: Hierarchy | Mapping[str, str],
    *,
    order: float = 1.0,
    tolerance: float = 1e-9,
    decimals: int | None = None,
) -> Reconciliation:
    """Hold the level of every class above against the weighted mean of its children, month by month.

    Parameters
    ----------
    levels : DataFrame, shape (T, K)
        Levels of all classes, each on its own base; the first row is the link month, whose prices the weights carry.
        NaN = no level: the others of the same parent then stand for it, as under parental imputation of levels.
    weights : Series, dict or array
        Weight of each leaf, as `aggregate` takes them.
    tree : Hierarchy or mapping of class to parent
    order : float
        Order of the mean, finite.
    tolerance : float
        Largest relative difference.
    decimals : int, optional
        The levels are rounded to so many decimals: what the rounding of the parent, of its children and of all of them
        in the link month can add up to is allowed beside the tolerance.

    Returns
    -------
    Reconciliation

    Raises
    ------
    ShapeError
        A class of the tree has no column, or a column no class.
    PriceError
        A level is not above 0, a weight is negative, or a class with a weight has no level in the first row.
    UsageError
        `order`, `tolerance` or `decimals` is no such number.

    Notes
    -----
    Each parent is held against its children as they stand, not against the leaves: a fault is named where it is, and
    not again in every class above. With R the levels relative to the link month and shares s ∝ w R^r, an error e of
    rounding in each level moves what is expected by at most expected · Σ s_c (e/I_c(t) + e/I_c(0)), to the first order.

    Examples
    --------
    >>> tree = Hierarchy.from_parents({"A": "00", "B": "00"})
    >>> levels = pd.DataFrame({"00": [100.0, 104.0], "A": [100.0, 110.0], "B": [100.0, 100.0]})
    >>> check_reconciliation(levels, {"A": 1, "B": 1}, tree).faults()["residual"].round(6).tolist()
    [-1.0]
    """
    order = number("order", order, finite=True)
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise UsageError(f"tolerance must be a number of 0 or above, not {tolerance}")
    if decimals is not None and decimals < 0:
        raise UsageError(f"decimals must be 0 or more, not {decimals}")
    tree, levels = Hierarchy.of(tree), as_table(levels)
    values, leaf = class_columns(levels, tree, tree.codes), leaf_weights(weights, tree)
    node = node_weights(leaf, tree)
    lacking = [c for c, m in zip(tree.codes, np.isnan(values[0]) & (node > 0), strict=True) if m]
    if lacking:
        raise PriceError(f"no level in the first row (the link month) for {first_few(lacking)}, which have a weight")
    relative = values / values[0]
    expected, half = np.full(values.shape, np.nan), 0.0 if decimals is None else 0.5 * 10.0**-decimals
    rounding = np.zeros(values.shape)
    for rung in tree.rungs:
        at, above = rung.child, rung.parent
        x = relative[:, at].T
        gap = np.isnan(x)
        x, share = np.where(gap, 1.0, x), np.where(gap, 0.0, child_weights(node, rung)[:, np.newaxis])
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = mean_by_group(x, share, order, rung)
            moved = share * (x / rung.spread(mean)) ** order / rung.spread(rung.sum(share))
            parts = np.where(gap, 0.0, moved * (1.0 / values[:, at].T + 1.0 / values[0, at][:, np.newaxis]))
        expected[:, above] = mean.T * values[0, above]
        rounding[:, above] = half * (1.0 + expected[:, above] * (1.0 / values[0, above] + rung.sum(parts).T))
    given, follows, allowed = (
        pd.DataFrame(t, levels.index, list(tree.codes)) for t in (values, expected, tolerance * expected + rounding)
    )
    return Reconciliation(given, follows, allowed, tolerance, decimals, tree.top)


def class_columns(levels: pd.DataFrame, tree: Hierarchy, needed: Sequence[str]) -> Floats:
    """Return levels by month and class in the order of the tree, shape (T, K), NaN for classes without a column.

    Raises
    ------
    ShapeError
        A column is no class of the tree or stands twice, or one of `needed` has no column; no rows, rows that are
        repeated or out of order, no numbers.
    PriceError
        A level is not above 0.
    """
    if not isinstance(levels, pd.DataFrame):
        raise ShapeError(f"levels must be a table with the classes as columns, not {type(levels).__name__}")
    if levels.columns.duplicated().any():
        raise ShapeError(f"levels: classes stand twice: {first_few(levels.columns[levels.columns.duplicated()])}")
    stray, lacking = [c for c in levels if c not in tree.position], [c for c in needed if c not in levels]
    if stray:
        raise ShapeError(
            f"levels: not a class of the tree: {first_few(stray)}{did_you_mean(str(stray[0]), tree.codes)}"
        )
    if lacking:
        raise ShapeError(f"levels: no column for {first_few(lacking)}; give NaN where a class has no level")
    rows_of_months(levels, "levels")
    given = pd.DataFrame(as_floats(levels, "levels"), levels.index, levels.columns)
    values = given.reindex(columns=list(tree.codes)).to_numpy(copy=True)
    positive_rows(values, tree)
    return values
