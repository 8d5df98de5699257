"""Replacements: items whose imputation ends, and the new items of the same firm and class that may stand for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.checks import Checks
from shuibei_index.index.compilation.run import Compilation
from shuibei_index.index.compilation.series import IndexSeries
from shuibei_index.index.elementary.imputation import NONE
from shuibei_index.index.elementary.pairing import at
from shuibei_index.index.upkeep.effects import MonthEffects, position
from shuibei_index.index.upkeep.wording import percentages

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

REPLACEMENT_COLUMNS: tuple[str, ...] = (
    "period", "class_code", "enterprise_id", "item_id", "status", "last_period", "months_absent", "limit",
    "class_share", "replacement_item_id", "replacement_since", "linked_by", "n_candidates", "effect_class_pp",
    "effect_pp", "text_zh", "text_en",
)  # fmt: skip
#: In the order of the table: left without a successor, left with one, last month of imputation.
STATUSES = ("dropped", "replaced", "due")
DROPPED, REPLACED, DUE = range(len(STATUSES))


@dataclass(frozen=True)
class Standing:
    """Where every item stands in a month. Shape (N,) each.

    Parameters
    ----------
    first, last : ndarray of int
        Position of the item's first price up to the month, and of its last one before it; −1 = none.
    sold : ndarray of bool
        Priced in the month.
    before, now : ndarray of bool
        In the sample of the month before and of the month without a price in it: carried from the last price.
    limit : ndarray of int
        Longest spell, by the rule in force in the month; 0 where absent items are dropped at once.
    """

    first: Ints
    last: Ints
    sold: Bools
    before: Bools
    now: Bools
    limit: Ints

    @classmethod
    def of(cls, run: Compilation, t: int) -> Standing:
        """Return the standing of all items in month `t`."""
        inputs, observed = run.inputs, run.inputs.observed
        here, end = int(observed.starts[t]), int(observed.starts[t + 1])
        first, last = (np.full(observed.n_items, -1, dtype=np.int64) for _ in range(2))
        # what is written last stays
        first[observed.item[:end][::-1]] = np.arange(end)[::-1]
        last[observed.item[:here]] = np.arange(here)
        sold = np.zeros(observed.n_items, dtype=bool)
        sold[observed.item[here:end]] = True
        cell, known = inputs.cells.item_cell, last >= 0
        start = np.where(known, observed.month[last] if len(observed) else 0, 0)
        reach, breaks = at(inputs.reach, start, cell), run.links.breaks[..., 0]
        before, now = (known & (reach >= u) & (breaks[max(u, 0), cell] == breaks[start, cell]) for u in (t - 1, t))
        rule = inputs.cells.imputation
        limit = np.where(at(rule.method, t, cell) == NONE, 0, at(rule.limit, t, cell))
        return cls(first, last, sold, before, now & ~sold, np.broadcast_to(limit, cell.shape))


def replacements(series: IndexSeries, month: str, *, checks: Checks | None = None) -> pd.DataFrame:
    """Return the items whose imputation reaches its limit in a month or ended in it. For the index team only.

    Parameters
    ----------
    series : IndexSeries
        Made by `compile_index`.
    month : str
    checks : Checks, optional
        The texts, which say what to do.

    Returns
    -------
    DataFrame
        One row per item. status: "due" = carried for the last time the rule imputation_max_months allows, so that it
        leaves next month unless sold; "dropped" = left the sample in this month; "replaced" = left, and a new item
        of the firm stands in the class. last_period, months_absent: last sale, and months since; class_share: last
        turnover over that of all items of the class in the sample of the month before. replacement_item_id: of the
        items of the same enterprise and class first sold since last_period and still in the sample (n_candidates of
        them) the first to enter, of several in one month the one whose first price is nearest to the last one of the
        item; a proposal, people decide. replacement_since
        its first month; linked_by "overlap" (both priced in last_period) or "class_mean" (the class bridged the
        months between). effect_class_pp, effect_pp: what its imputed price adds to the month's change of class and
        headline beside leaving it out, in percentage points; 0 where it is carried with the class or left. In order
        of status, then share.

    Raises
    ------
    UsageError
        No such month, or a series not made by `compile_index`.

    Notes
    -----
    An item that is back in the month, or whose class left the tree, is no row. Source: CPI Manual 2020, ch. 6 (forced
    replacement); decision 0252.
    """
    t, run = position(series, month), series.own_products().run
    inputs, observed = run.inputs, run.inputs.observed
    if t == 0:
        return pd.DataFrame(columns=list(REPLACEMENT_COLUMNS))
    standing = Standing.of(run, t)
    cell = inputs.cells.item_cell
    alive = np.broadcast_to(at(inputs.cells.alive, t, cell), cell.shape)
    absent = np.where(standing.last >= 0, t - observed.month[standing.last], 0)
    due = standing.now & (absent >= standing.limit)
    left = standing.before & ~standing.now & ~standing.sold & alive
    item = np.flatnonzero(due | left)
    frame = inputs.panel.items.iloc[item][["class_code", "enterprise_id", "item_id"]].reset_index(drop=True)
    frame.insert(0, "period", month)
    names = np.array(inputs.panel.months, dtype=object)
    frame["last_period"] = names[observed.month[standing.last[item]]]
    frame["months_absent"], frame["limit"] = absent[item], standing.limit[item]
    value = np.where(standing.before, observed.value[standing.last], 0.0)
    total = np.bincount(cell, value, inputs.cells.number)[cell[item]]
    frame["class_share"] = value[item] / np.where(total > 0, total, np.nan)
    frame = _with_candidates(frame, run, standing, item)
    status = np.where(due[item], DUE, np.where(frame["n_candidates"] > 0, REPLACED, DROPPED))
    frame["status"] = np.array(STATUSES, dtype=object)[status]
    frame["effect_class_pp"], frame["effect_pp"] = _effects(MonthEffects(run, t), item)
    frame = _worded(frame, Checks.load() if checks is None else checks)
    order = np.lexsort((frame["item_id"], frame["enterprise_id"], -frame["class_share"], status))
    return frame.iloc[order][list(REPLACEMENT_COLUMNS)].reset_index(drop=True)


def _with_candidates(frame: pd.DataFrame, run: Compilation, standing: Standing, item: Ints) -> pd.DataFrame:
    """Return the table with the next new item of the same firm and class of each row."""
    inputs, observed = run.inputs, run.inputs.observed
    firm, cell = inputs.firms[1], inputs.cells.item_cell
    first_month = np.where(standing.first >= 0, observed.month[standing.first], -1)
    # what is there in the first month of the data did not enter
    new = np.flatnonzero((first_month > 0) & (standing.sold | standing.now))
    lost = pd.DataFrame({"firm": firm[item], "cell": cell[item], "row": np.arange(len(item)), "old": item})
    since = pd.DataFrame({"firm": firm[new], "cell": cell[new], "new": new})
    both = lost.merge(since, on=["firm", "cell"])
    old, other = both["old"].to_numpy(dtype=np.int64), both["new"].to_numpy(dtype=np.int64)
    gone = observed.month[standing.last[old]]
    # an item that left with it, or was there before, is no successor
    later = standing.sold[other] | (observed.month[standing.last[other]] > gone)
    both = both[(first_month[other] >= gone) & later & (other != old)]
    old, other = both["old"].to_numpy(dtype=np.int64), both["new"].to_numpy(dtype=np.int64)
    far = np.abs(observed.log_price[standing.first[other]] - observed.log_price[standing.last[old]])
    row = both["row"].to_numpy(dtype=np.int64)
    best = np.lexsort((other, far, first_month[other], row))
    best = best[np.unique(row[best], return_index=True)[1]]
    named, month = np.full((2, len(item)), -1, dtype=np.int64)
    named[row[best]], month[row[best]] = other[best], first_month[other[best]]
    there, names = named >= 0, np.array(inputs.panel.months, dtype=object)
    ids = inputs.panel.items["item_id"].to_numpy(dtype=object)
    overlap = month <= observed.month[standing.last[item]]
    return frame.assign(
        replacement_item_id=np.where(there, ids[named], ""),
        replacement_since=np.where(there, names[month], ""),
        linked_by=np.where(there, np.where(overlap, "overlap", "class_mean"), ""),
        n_candidates=np.bincount(row, minlength=len(item)),
    )


def _effects(effects: MonthEffects, item: Ints) -> tuple[Floats, Floats]:
    """Return what the imputed price of each item adds to the change of its class and of the headline."""
    pairs = effects.pairs
    row_of = np.full(effects.run.inputs.observed.n_items, -1, dtype=np.int64)
    counted = np.flatnonzero(effects.imputed & effects.unbroken)
    row_of[pairs.item[counted]] = counted
    of_class, of_headline = np.zeros((2, len(item)))
    there = np.flatnonzero(row_of[item] >= 0)
    rows = row_of[item[there]]
    cell = pairs.cell[rows]
    link = effects.links(rows, np.arange(len(rows)), cell, None)
    of_class[there], of_headline[there] = effects.points(cell, link)
    return of_class, of_headline


def _worded(frame: pd.DataFrame, checks: Checks) -> pd.DataFrame:
    names, since = (frame[c].to_numpy(dtype=object) for c in ("replacement_item_id", "replacement_since"))
    there = names != ""
    fields: dict[str, Any] = {
        "last": frame["last_period"].to_numpy(dtype=object),
        "absent": frame["months_absent"].astype(str).to_numpy(dtype=object),
        "limit": frame["limit"].astype(str).to_numpy(dtype=object),
        "share": percentages(frame["class_share"]),
        "candidate_zh": np.where(there, "；该企业同类新规格品 " + names + "（自 " + since + "）可作替换", ""),
        "candidate_en": np.where(there, "; its new item " + names + " (since " + since + ") may stand for it", ""),
    }
    zh, en = (np.full(len(frame), "", dtype=object) for _ in range(2))
    for status in STATUSES:
        mine = (frame["status"] == status).to_numpy()
        chosen: dict[str, Any] = {name: values[mine] for name, values in fields.items()}
        text = checks.find(f"upkeep_{status}", **chosen)
        zh[mine], en[mine] = text["message_zh"], text["message_en"]
    return frame.assign(text_zh=zh, text_en=en)
