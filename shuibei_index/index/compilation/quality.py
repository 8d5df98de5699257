"""What stands behind each month's number: firms, items, imputed and missing shares, by class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.index.elementary.imputation import spells
from shuibei_index.index.hierarchy.nodes import counted
from shuibei_index.index.tree import Hierarchy

if TYPE_CHECKING:
    from shuibei_index.index.compilation.run import Compilation

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class MonthQuality:
    """Counts and shares of one month by class, shape (K,) each."""

    n_enterprises: Ints
    n_items: Ints
    n_expected: Ints
    response_value: Floats
    imputed_share: Floats

    def to_frame(self, month: str, codes: list[str]) -> pd.DataFrame:
        """Return the columns of quality.csv for one month."""
        expected = np.maximum(self.n_expected, 1)
        return pd.DataFrame(
            {
                "period": month,
                "class_code": codes,
                "n_enterprises": self.n_enterprises,
                "n_items": self.n_items,
                "response_rate_count": np.where(self.n_expected > 0, self.n_enterprises / expected, np.nan),
                "response_rate_value": self.response_value,
                "imputed_share": self.imputed_share,
            }
        )


def month_quality(tree: Hierarchy, leaf: Ints, firm: Ints, n_firms: int, seen: Bools, turnover: Floats) -> MonthQuality:
    """Count what was observed and what was carried in one month.

    Parameters
    ----------
    tree : Hierarchy
        K classes.
    leaf, firm : ndarray of int, shape (A,)
        Class (−1 = none) and firm of each item that is observed or carried this month.
    n_firms : int
    seen : ndarray of bool, shape (A,)
        Observed this month; the others are carried.
    turnover : ndarray, shape (A,)
        Last known turnover.

    Returns
    -------
    MonthQuality
        A firm is expected in a class while one of its items there is observed or still carried. Response by value is
        the last known turnover of items of the firms that reported anything, the imputed share that of all items
        carried, each over the turnover of all items in the sample.
    """
    K = len(tree.codes)
    alive = leaf >= 0
    observed = alive & seen
    reporting = np.zeros(n_firms, dtype=bool)
    reporting[firm[seen]] = True
    answered = alive & reporting[firm]
    present, expected = np.zeros((K, n_firms), dtype=bool), np.zeros((K, n_firms), dtype=bool)
    present[leaf[observed], firm[observed]] = True
    expected[leaf[alive], firm[alive]] = True
    sums = np.zeros((4, K))
    for number, chosen in enumerate((observed, alive, answered)):
        sums[number] = np.bincount(leaf[chosen], weights=turnover[chosen], minlength=K)
    sums[3] = np.bincount(leaf[observed], minlength=K)
    inside = counted(tree)
    for level in range(int(tree.depth.max(initial=0)), 0, -1):
        at = np.flatnonzero((tree.depth == level) & inside)
        above = tree.parent[at]
        np.logical_or.at(present, above, present[at])
        np.logical_or.at(expected, above, expected[at])
        for row in sums:
            np.add.at(row, above, row[at])
    seen_value, all_value, answered_value = sums[0], sums[1], sums[2]
    with np.errstate(divide="ignore", invalid="ignore"):
        response = np.where(all_value > 0, answered_value / all_value, np.nan)
        imputed = np.where(all_value > 0, 1.0 - seen_value / all_value, np.nan)
    return MonthQuality(present.sum(1), sums[3].astype(np.int64), expected.sum(1), response, np.maximum(imputed, 0.0))


def quality_frames(run: Compilation) -> tuple[pd.DataFrame, Bools]:
    """Return what stands behind every month of a compilation, and which classes have begun.

    Returns
    -------
    frame : DataFrame
        Columns of quality.csv, one row per month and class of the month's tree.
    begun : ndarray of bool, shape (T, K)
        Whether an item of the class was observed in the month or before (within the tree in force).
    """
    inputs = run.inputs
    observed, cells = inputs.observed, inputs.cells
    carried = spells(observed, cells.item_cell, inputs.reach)
    cell = cells.item_cell[observed.item[carried.observation]]
    breaks = run.links.breaks[..., 0]
    unbroken = breaks[carried.month, cell] == breaks[observed.month[carried.observation], cell]
    observation, month = carried.observation[unbroken], carried.month[unbroken]
    order = np.argsort(month, kind="stable")
    observation, month = observation[order], month[order]
    starts = np.searchsorted(month, np.arange(observed.n_months + 1))
    n_firms, firm_of_item = len(inputs.firms[0]), inputs.firms[1]
    number_of_month = [0] + [n for n, span in enumerate(inputs.spans) for _ in span.months]
    begun_class = np.zeros(len(inputs.codes), dtype=bool)
    begun = np.zeros((observed.n_months, len(inputs.codes)), dtype=bool)
    frames = []
    for t, number in enumerate(number_of_month):
        own = np.arange(observed.starts[t], observed.starts[t + 1])
        rows = np.concatenate([own, observation[starts[t] : starts[t + 1]]])
        item = observed.item[rows]
        leaf = inputs.leaves[number][cells.item_cell[item]]
        seen = np.arange(len(rows)) < len(own)
        tree, place = inputs.trees[number], inputs.places[number]
        found = month_quality(tree, leaf, firm_of_item[item], n_firms, seen, observed.value[rows])
        begun_class[place] |= found.n_items > 0
        begun[t, place] = begun_class[place]
        frames.append(found.to_frame(inputs.panel.months[t], [inputs.codes[k] for k in place]))
    return pd.concat(frames, ignore_index=True), begun
