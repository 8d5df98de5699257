"""Aggregation: levels of every class from those of the leaves, with what was missing and how it was made up for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, UsageError, did_you_mean, first_few
from shuibei_index.index.hierarchy.leaf_values import as_table, by_leaf, leaf_weights, one_row, positive_rows
from shuibei_index.index.hierarchy.nodes import complete_links, node_weights
from shuibei_index.index.hierarchy.walk import unknown, walk
from shuibei_index.index.matching import Floats
from shuibei_index.index.means import number
from shuibei_index.index.tree.classification import Hierarchy
from shuibei_index.index.tree.rungs import Bools

MISSING = ("parent", "parent_level", "drop", "spread")
BASES = ("first", "before")


@dataclass(frozen=True, repr=False)
class Aggregation:
    """Levels of K classes in T months, made from the leaves, and which of them rest on what part of their weight.

    Parameters
    ----------
    periods : Index
        The T months.
    tree : Hierarchy
    level : ndarray, shape (T, K)
        Relative to the link month. What `missing="drop"` or "spread" leaves out is NaN.
    carried : ndarray, shape (T, K)
        Index that each class's weight was carried on with from the link month to each month; without gaps `level`.
    imputed : ndarray of bool, shape (T, K)
        The class had no movement of its own: no leaf below it was observed.
    seen : ndarray of bool, shape (T, K)
        The leaf was observed.
    leaf_weight : ndarray, shape (K,)
        Weights at prices of the link month.
    order : float
    missing : str
    """

    periods: pd.Index
    tree: Hierarchy
    level: Floats
    carried: Floats
    imputed: Bools
    seen: Bools
    leaf_weight: Floats
    order: float
    missing: str

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for values in (self.level, self.carried, self.imputed, self.seen, self.leaf_weight):
            values.setflags(write=False)

    @property
    def levels(self) -> pd.DataFrame:
        """Levels, months × classes."""
        return pd.DataFrame(self.level, self.periods, list(self.tree.codes))

    @cached_property
    def weight(self) -> pd.DataFrame:
        """Weights of all classes price-updated to each month, w R^r; months × classes, on the scale of the weights."""
        moved = np.where(np.isnan(self.carried), 1.0, self.carried) ** _finite(self.order)
        return pd.DataFrame(
            node_weights((self.leaf_weight * moved).T, self.tree).T, self.periods, list(self.tree.codes)
        )

    @cached_property
    def observed(self) -> pd.DataFrame:
        """Share of each class's weight whose leaves were observed, months × classes; NaN for a class without weight."""
        leaf = np.where(self.tree.is_leaf, self._before, 0.0)
        return self._share(node_weights((leaf * self.seen).T, self.tree).T)

    @cached_property
    def own(self) -> pd.DataFrame:
        """Share of each class's weight in children with a movement of their own, over which it was re-normalised."""
        weight = self._before
        moving: Floats = np.where(self.tree.is_leaf, weight * self.seen, 0.0)
        for rung in self.tree.rungs:
            at = rung.child
            moving[:, rung.parent] = rung.sum((weight[:, at] * ~self.imputed[:, at]).T).T
        return self._share(moving)

    @cached_property
    def _before(self) -> Floats:
        # a month's mean is weighted at prices of the month before; with levels taken each on its own, of the link month
        start = node_weights(self.leaf_weight, self.tree)
        if self.missing in ("spread", "parent_level"):
            return np.broadcast_to(start, self.carried.shape)
        # only shares are wanted: beside the most extreme class no power of a long rise overflows
        order, reached = _finite(self.order), np.where(np.isnan(self.carried), 1.0, self.carried)
        edge = reached.max(axis=1, keepdims=True) if order > 0 else reached.min(axis=1, keepdims=True)
        moved = node_weights((self.leaf_weight * (reached / edge) ** order).T, self.tree).T
        return np.vstack([start, moved[:-1]])

    def _share(self, part: Floats) -> pd.DataFrame:
        whole = self._before
        share = np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)
        return pd.DataFrame(share, self.periods, list(self.tree.codes))

    def report(self) -> pd.DataFrame:
        """Return what was re-normalised or taken from above: one row per month and class, nothing else.

        Returns
        -------
        DataFrame
            period, class_code, observed (share of the weight below that was observed), own (share of the weight in
            children with a movement of their own), taken_from (the class whose movement stands in; "" where the class
            has its own; with `missing="spread"` none stands in).
        """
        own, observed = self.own.to_numpy(), self.observed.to_numpy()
        row, at = np.nonzero(self.imputed | (observed < 1.0))
        return pd.DataFrame(
            {
                "period": self.periods.take(row),
                "class_code": np.array(self.tree.codes, dtype=object)[at],
                "observed": observed[row, at],
                "own": own[row, at],
                "taken_from": self._sources()[row, at],
            }
        )

    def _sources(self) -> npt.NDArray[np.object_]:
        source = np.broadcast_to(np.arange(len(self.tree.codes)), self.imputed.shape).copy()
        for at in self.tree.steps_down:
            source[:, at] = np.where(self.imputed[:, at], source[:, self.tree.parent[at]], source[:, at])
        found = np.array(self.tree.codes, dtype=object)[source]
        # what is missing right up to the top, or is meant to stay missing, was taken from nobody
        top = np.take_along_axis(self.imputed, source, axis=1)
        return np.where(~self.imputed | top | (self.missing == "spread"), "", found)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per month and class: period, class_code, level, weight, observed, own, imputed."""
        T, K = self.level.shape
        return pd.DataFrame(
            {
                "period": self.periods.repeat(K),
                "class_code": np.tile(np.array(self.tree.codes, dtype=object), T),
                "level": self.level.ravel(),
                "weight": self.weight.to_numpy().ravel(),
                "observed": self.observed.to_numpy().ravel(),
                "own": self.own.to_numpy().ravel(),
                "imputed": self.imputed.ravel(),
            }
        )

    def summary(self) -> pd.DataFrame:
        """Return one row per class with gaps: class_code, months taken from above, smallest share observed, its month.

        Classes with nothing missing are left out.
        """
        report, observed = self.report(), self.observed
        codes = list(dict.fromkeys(report["class_code"]))
        some = observed[codes].fillna(np.inf)
        worst = some.to_numpy().argmin(axis=0) if len(some) else np.zeros(0, dtype=np.int64)
        least = observed[codes].to_numpy()[worst, np.arange(len(codes))]
        imputed = pd.DataFrame(self.imputed, columns=list(self.tree.codes))[codes].sum()
        return pd.DataFrame(
            {
                "class_code": codes,
                "months_imputed": imputed.to_numpy(),
                "least_observed": least,
                "period": self.periods.take(worst),
            }
        )

    def __repr__(self) -> str:
        T, K = self.level.shape
        return f"Aggregation: {K} classes, {T} months, order {self.order:g}, missing={self.missing!r}"

    def _repr_html_(self) -> str:
        return f"<h4>{self!r}</h4>" + self.summary().to_html(index=False)

    def plot(self, class_code: str = "", ax: Any = None) -> Any:
        """Plot the level of one class and, below it, the share of its weight observed; returns the matplotlib axes.

        `class_code` empty = the headline.
        """
        import matplotlib.pyplot as plt

        class_code = class_code or self.tree.top
        if class_code not in self.tree.codes:
            raise UsageError(
                f"no class {class_code!r}{did_you_mean(class_code, self.tree.codes)}", zh=f"没有分类 {class_code}"
            )
        axes = ax if ax is not None else plt.subplots()[1]
        x = [str(p) for p in self.periods]
        axes.plot(x, self.levels[class_code].to_numpy(), label="level")
        axes.bar(x, self.observed[class_code].to_numpy(), alpha=0.2, label="share observed")
        axes.set(title=class_code, ylim=(0, None))
        axes.legend(frameon=False)
        return axes


def aggregation(
    levels_or_links: Any,
    weights: Any,
    tree: Hierarchy | Mapping[str, str],
    *,
    links: bool = False,
    order: float = 1.0,
    missing: str = "parent",
    base: str = "first",
) -> Aggregation:
    """Aggregate up a tree as `aggregate` does, and keep what was missing.

    Parameters, errors
        As `aggregate`. One month (Series, dict) is a table of one row with ``base="before"``.

    Returns
    -------
    Aggregation

    Examples
    --------
    >>> tree = Hierarchy.from_parents({"A": "00", "B": "00"})
    >>> found = aggregation({"A": 2.0, "B": float("nan")}, {"A": 3, "B": 1}, tree)
    >>> found.report()[["class_code", "observed", "taken_from"]].to_dict("list")
    {'class_code': ['00', 'B'], 'observed': [0.75, 0.0], 'taken_from': ['', '00']}
    """
    order = number("order", order)
    for name, value, known in (("missing", missing, MISSING), ("base", base, BASES)):
        if value not in known:
            raise UsageError(
                f"{name} must be one of {', '.join(known)}, not {value!r}{did_you_mean(str(value), known)}"
            )
    tree, levels_or_links = Hierarchy.of(tree), as_table(levels_or_links)
    if not isinstance(levels_or_links, pd.DataFrame) and np.ndim(levels_or_links) != 2:
        levels_or_links, links, base = one_row(levels_or_links, "levels_or_links"), True, "before"
    frame = by_leaf(levels_or_links, "levels_or_links", tree)
    values, leaf = frame.to_numpy(copy=True), leaf_weights(weights, tree)
    if links and base == "first":
        values[:1] = 1.0
    positive_rows(values, tree)
    if base == "before":
        values = np.vstack([np.ones(values.shape[1]), values])
    lacking = [c for c, m in zip(tree.codes, np.isnan(values[0]) & (leaf > 0), strict=True) if m]
    if lacking:
        raise PriceError(
            f"no level in the first row (the link month) for {first_few(lacking)}, which have a weight; begin with a "
            f"month in which they are known, or pass month-on-month links with links=True"
        )
    node = node_weights(leaf, tree)
    if missing in ("parent", "drop"):
        carried, level, imputed = walk(
            values, links, lambda t, link, relative: complete_links(link, relative, node, tree, order=order)
        )
    else:
        relative = np.cumprod(values, axis=0) if links else values / values[0]
        done = complete_links(relative.T, np.ones(len(node)), node, tree, order=order)
        carried, level, imputed = done.link.T.copy(), done.link.T.copy(), done.imputed.T.copy()
    if missing == "drop":
        level[imputed] = np.nan
    if missing == "spread":
        level[unknown(np.isnan(relative).T, leaf, tree).T] = np.nan
    kept = slice(1, None) if base == "before" else slice(None)
    seen = ~np.isnan(values) & tree.is_leaf
    imputed[0] = False
    parts = (level[kept], carried[kept], imputed[kept], seen[kept])
    return Aggregation(frame.index, tree, *parts, leaf, order, missing)


def _finite(order: float) -> float:
    # a mean of infinite order is decided by the largest: its weights never move
    return order if np.isfinite(order) else 0.0
