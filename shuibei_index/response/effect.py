"""Effect of the missing on the index: how much of the weight is imputed, for whom, and what that has done before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.aggregate import PricePanel
from shuibei_index.errors import PriceError
from shuibei_index.index import Hierarchy, IndexSeries
from shuibei_index.index.elementary.imputation import spells
from shuibei_index.index.hierarchy.nodes import node_weights
from shuibei_index.index.tree.classification import HEADLINE
from shuibei_index.rules import RulesAt

Floats = npt.NDArray[np.float64]

CLASS_COLUMNS: tuple[str, ...] = (
    "class_code", "level", "name_zh", "name_en", "weight", "n_firms", "n_expected", "response_count",
    "response_value", "imputed", "missing", "index", "low_95", "high_95",
)  # fmt: skip


@dataclass(frozen=True)
class Shares:
    """Who stands for what in one month.

    Attributes
    ----------
    cells : DataFrame
        enterprise_id, class_code (leaf), leaf (its position in the tree), value (last known turnover, CNY), seen (of
        it, with a price this month).
    weights : ndarray, shape (K,)
        Weights of the leaves at this month's prices, those of the headline summing to 1.
    tree : Hierarchy
    period : str
        The month, or the last one compiled where nothing of the month can be.
    """

    cells: pd.DataFrame
    weights: Floats
    tree: Hierarchy
    period: str

    @property
    def headline_weights(self) -> Floats:
        """Weight of each leaf in the headline, shape (K,); 0 = it does not enter."""
        K = len(self.tree.codes)
        enters = node_weights(np.eye(K), self.tree)[self.tree.position[HEADLINE]] > 0
        return np.where(enters, self.weights, 0.0)


def shares(series: IndexSeries, month: str) -> Shares:
    """Return the turnover behind each firm and leaf, of items observed or still carried.

    The same items as in `quality.csv`: observed in the month, or carried by the rule on imputation. In a month
    without data everything in the sample of the last month compiled counts, as not seen.
    """
    assert series.products is not None
    run = series.products.run
    inputs = run.inputs
    observed, cells = inputs.observed, inputs.cells
    last = month if month in series.months else series.months[-1]
    t = series.months.index(last)
    number = next((n for n, span in enumerate(inputs.spans) if t in span.months), 0)
    carried = spells(observed, cells.item_cell, inputs.reach)
    cell = cells.item_cell[observed.item[carried.observation]]
    breaks = run.links.breaks[..., 0]
    unbroken = breaks[carried.month, cell] == breaks[observed.month[carried.observation], cell]
    own = np.arange(observed.starts[t], observed.starts[t + 1])
    rows = np.concatenate([own, carried.observation[unbroken & (carried.month == t)]])
    seen = (np.arange(len(rows)) < len(own)) & (last == month)
    tree = inputs.trees[number]
    names, firm = inputs.firms
    item = observed.item[rows]
    leaf = inputs.leaves[number][cells.item_cell[item]]
    alive = leaf >= 0
    value = observed.value[rows] / 100.0
    frame = pd.DataFrame(
        {
            "enterprise_id": np.array(names, dtype=object)[firm[item[alive]]],
            "class_code": np.array(tree.codes, dtype=object)[leaf[alive]],
            "leaf": leaf[alive],
            "value": value[alive],
            "seen": np.where(seen, value, 0.0)[alive],
        }
    )
    segment = series.segments[number]
    now = np.where(tree.is_leaf, segment.weight * segment.relative[max(segment.row(t), 0)], 0.0)
    now = now / node_weights(now, tree)[tree.position[HEADLINE]]
    by_leaf = frame.groupby(["enterprise_id", "class_code", "leaf"], as_index=False, sort=True).sum()
    return Shares(by_leaf, now, tree, last)


def firm_effect(found: Shares, firms: pd.Series, level: float) -> pd.DataFrame:
    """Return what the index imputes for each firm.

    Parameters
    ----------
    found : Shares
    firms : Series
        Codes of the firms to tell about.
    level : float
        Index level of the headline.

    Returns
    -------
    DataFrame
        enterprise_id, weight (share of the headline its items stand for), imputed (of it, without a price this
        month), points_per_pct (index points by which the headline is off for each per cent by which the prices imputed
        for the firm are off).
    """
    cells = found.cells
    leaf = cells["leaf"].to_numpy()
    total = np.bincount(leaf, weights=cells["value"], minlength=len(found.weights))[leaf]
    share = np.divide(found.headline_weights[leaf], total, out=np.zeros(len(cells)), where=total > 0)
    frame = pd.DataFrame(
        {
            "enterprise_id": cells["enterprise_id"],
            "weight": share * cells["value"],
            "imputed": share * (cells["value"] - cells["seen"]),
        }
    )
    sums = frame.groupby("enterprise_id")[["weight", "imputed"]].sum().reindex(list(firms), fill_value=0.0)
    sums["points_per_pct"] = sums["imputed"] * level / 100.0
    return sums.rename_axis("enterprise_id").reset_index()


def class_effect(found: Shares, series: IndexSeries, missing: Sequence[str], month: str) -> pd.DataFrame:
    """Return response, imputed weight and 95 % band of every class, `CLASS_COLUMNS`.

    `imputed` is the share of the class's weight without a price this month, `missing` the part of it that belongs to
    the firms named; classes above the leaves are weighted as in the index. Response by value is the last known
    turnover of the firms that reported anything, over that of all.
    """
    tree, cells = found.tree, found.cells
    K = len(tree.codes)
    leaf, value = cells["leaf"].to_numpy(), cells["value"].to_numpy()
    carried = value - cells["seen"].to_numpy()
    lost = np.where(cells["enterprise_id"].isin(list(missing)), carried, 0.0)
    reporting = cells.groupby("enterprise_id")["seen"].transform("sum").gt(0).to_numpy()
    parts = (value, carried, lost, np.where(reporting, value, 0.0))
    sums = [np.bincount(leaf, weights=w, minlength=K).astype(float) for w in parts]
    of_leaf = np.where(sums[0] > 0, sums[0], 1.0)
    # a class nobody stands for any more moves with its parent: all of it is imputed
    gap = np.where(sums[0] > 0, sums[1] / of_leaf, 1.0)
    weight = node_weights(found.weights, tree)
    safe = np.where(weight > 0, weight, np.nan)
    all_value = node_weights(sums[0], tree)
    n_firms, n_expected = _firm_counts(found)
    quality = series.quality_frame()
    band = quality[quality["period"] == month].set_index("class_code").reindex(list(tree.codes))
    level = series.levels_frame().reindex([month])[list(tree.codes)].iloc[0]
    names = series.names.set_index("class_code").loc[list(tree.codes)]
    frame = pd.DataFrame(
        {
            "class_code": list(tree.codes),
            **{name: names[name].to_numpy() for name in ("level", "name_zh", "name_en")},
            "weight": weight,
            "n_firms": n_firms,
            "n_expected": n_expected,
            "response_count": n_firms / np.where(n_expected > 0, n_expected, np.nan),
            "response_value": node_weights(sums[3], tree) / np.where(all_value > 0, all_value, np.nan),
            "imputed": node_weights(found.weights * gap, tree) / safe,
            "missing": node_weights(found.weights * sums[2] / of_leaf, tree) / safe,
            "index": level.to_numpy(dtype=float),
            "low_95": band["low_95"].to_numpy(dtype=float),
            "high_95": band["high_95"].to_numpy(dtype=float),
        }
    )
    return frame[list(CLASS_COLUMNS)].sort_values("class_code", ignore_index=True)


def _firm_counts(found: Shares) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return by class the firms with a price this month, and the firms with items in the sample."""
    names, firm = np.unique(found.cells["enterprise_id"].to_numpy(dtype=str), return_inverse=True)
    counts = []
    for column in ("seen", "value"):
        there = np.zeros((len(found.tree.codes), len(names)))
        there[found.cells["leaf"].to_numpy(), firm] = (found.cells[column] > 0).to_numpy()
        counts.append((node_weights(there, found.tree) > 0).sum(axis=1))
    return counts[0], counts[1]


def replay(
    series: IndexSeries,
    panel: PricePanel,
    missing: Sequence[str],
    month: str,
    again: Callable[[PricePanel], IndexSeries],
    rules: RulesAt,
) -> pd.DataFrame:
    """Leave the missing firms out of each of the months before as well, and return what it would have done.

    Parameters
    ----------
    series : IndexSeries
        With everything there was.
    panel : PricePanel
        Behind the series.
    missing : sequence of str
        The firms that have not reported this month.
    month : str
    again : callable
        Compiles a panel as the series was.
    rules : RulesAt
        Says how many months.

    Returns
    -------
    DataFrame
        period, mom_pct (as it was), without_pct (without those firms in that month), difference (percentage points;
        NaN where the others alone give no index).
    """
    months = int(rules["status_replay_months"])
    before = [m for m in series.months[1:] if m < month][-months:] if missing and months else []
    rows = []
    for m in before:
        t = series.months.index(m)
        was = 100.0 * (
            series.index[t, series.codes.index(HEADLINE)] / series.index[t - 1, series.codes.index(HEADLINE)]
        )
        try:
            other = again(without(panel, missing, m))
        except PriceError:
            rows.append((m, was - 100.0, np.nan))
            continue
        k, at = other.codes.index(HEADLINE), other.months.index(m)
        rows.append((m, was - 100.0, 100.0 * (other.index[at, k] / other.index[at - 1, k]) - 100.0))
    frame = pd.DataFrame(rows, columns=["period", "mom_pct", "without_pct"]).astype({"period": object})
    return frame.assign(difference=frame["without_pct"] - frame["mom_pct"])


def without(panel: PricePanel, firms: Sequence[str], month: str) -> PricePanel:
    """Return the panel up to a month, in which some firms sold nothing in that month."""
    cut = panel.select([panel.months[0], month])
    gone = cut.items["enterprise_id"].isin(list(firms)).to_numpy()[cut.item] & (cut.month == cut.months.index(month))
    return cut.keep(np.flatnonzero(~gone))
