"""One firm moving a line: classes whose change in the month is another one without a single firm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.index.influence.result import Influence
from shuibei_index.index.influence.window import Found, usual_of
from shuibei_index.index.tree import Hierarchy

if TYPE_CHECKING:
    from shuibei_index.rules import RulesAt

Bools = npt.NDArray[np.bool_]


def one_firm(influence: Influence, month: str, tree: Hierarchy, rules: RulesAt, length: int, least: int) -> Found:
    """Find classes whose monthly change turns, or differs much, without one firm.

    Parameters
    ----------
    influence : Influence
    month : str
        Not the first of the series.
    tree : Hierarchy
        In force in the month: a firm that moves a class is not told again for the classes above it.
    rules : RulesAt
        The rule influence_one_firm.
    length, least : int
        Months looked back over, and how many of them it takes to know what is usual.

    Notes
    -----
    Usual is the median over the months before of the largest effect any firm had on the class: in a small class it is
    always large.
    """
    rule = rules["influence_one_firm"]
    t = influence.months.index(month)
    months = np.arange(max(t - length, 1), t + 1)
    before, now = influence.index[months - 1], influence.index[months]
    with_all = 100.0 * (now / before - 1.0)
    effect = 100.0 * (influence.without[months] / influence.without[months - 1] - (now / before)[:, :, np.newaxis])
    largest = np.abs(np.nan_to_num(effect)).max(axis=2, initial=0.0)
    largest[np.isnan(with_all)] = np.nan
    usual = usual_of(largest, least)
    change = with_all[-1][:, np.newaxis]
    size, without = np.abs(effect[-1]), change + effect[-1]
    floor = float(rule["sign"])
    with np.errstate(invalid="ignore"):
        turned = (change * without < 0) & (np.minimum(np.abs(change), np.abs(without)) >= floor)
        flagged = (size >= float(rule["times"]) * usual[:, np.newaxis]) & (turned | (size >= float(rule["points"])))
    k, f = np.nonzero(_lowest(flagged, influence, tree))
    alone = influence.only[t, k] == f
    return Found(
        signal="influence_one_firm",
        class_code=np.array(influence.codes, dtype=object)[k],
        value=change[k, 0],
        usual=without[k, f],
        candidate=np.arange(len(k), dtype=np.int64),
        firm=f.astype(np.int64),
        code=np.array(influence.codes, dtype=object)[k],
        fields={
            "alone_zh": np.where(alone, "（该类仅此一家，剔除后随上级类变动）", "").astype(object),
            "alone_en": np.where(alone, " (the only firm of the class: without it the class moves with the one above)",
                                 "").astype(object),
        },
    )  # fmt: skip


def _lowest(flagged: Bools, influence: Influence, tree: Hierarchy) -> Bools:
    """Keep a firm's row only in the lowest class in which it stands."""
    place = np.array([influence.codes.index(code) for code in tree.codes])
    told = flagged[place]
    below = np.zeros_like(told)
    for depth in range(int(tree.depth.max(initial=0)), 0, -1):
        at = np.flatnonzero((tree.depth == depth) & (tree.parent >= 0))
        np.logical_or.at(below, tree.parent[at], told[at] | below[at])
    kept = np.zeros_like(flagged)
    kept[place] = told & ~below
    return kept
