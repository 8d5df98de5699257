"""Lights: green, amber or red by the gates and the dated rules, with the reasons in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shuibei_index.response.firms import ACCEPTED
from shuibei_index.rules import RulesAt
from shuibei_index.validation.gates import Gate
from shuibei_index.validation.response import LATE, MISSING

GREEN, AMBER, RED = "green", "amber", "red"


@dataclass(frozen=True)
class Light:
    """A colour and why it is not green; each reason in Chinese and English."""

    colour: str
    reasons: tuple[tuple[str, str], ...] = ()


def month_light(
    gates: Sequence[Gate],
    firms: pd.DataFrame,
    lost: float,
    rules: RulesAt,
    *,
    unread: int = 0,
    stale: Sequence[tuple[str, str]] = (),
) -> Light:
    """Return the light of a month.

    Parameters
    ----------
    gates : sequence of Gate
        Those `release` stops at: one not passed = red.
    firms : DataFrame
        As `firm_frame` gives it.
    lost : float
        Share of the headline's weight imputed for firms without an accepted record; NaN = not compiled. Items merely
        not sold in a month are the rule in this trade and no fault of the round.
    rules : RulesAt
    unread : int
        Files nobody's record could be read from.
    stale : sequence of tuple of str
        What has changed since the month was taken in, in Chinese and English: amber.
    """
    failed = [
        (f"{g.message_zh}，低于门槛 {g.threshold:.0%}", f"{g.message_en}, below the gate of {g.threshold:.0%}")
        for g in gates
        if not g.passed
    ]
    amber = []
    counted = int(firms["state"].isin([ACCEPTED, LATE]).sum())
    share, wanted = (counted / len(firms) if len(firms) else 1.0), float(rules["status_response_green"])
    if share < wanted:
        amber.append(
            (f"按户回收率 {share:.1%}，未达 {wanted:.0%}", f"response by firms {share:.1%}, below {wanted:.0%}")
        )
    limit = float(rules["status_missing_share"])
    if np.isnan(lost):
        amber.append(("本月总指数尚无法计算", "the headline of the month cannot be compiled yet"))
    elif lost > limit:
        amber.append(
            (
                f"缺报企业占总指数权重 {lost:.1%}，超过 {limit:.0%}",
                f"{lost:.1%} of the weight is imputed for firms without accepted records, above {limit:.0%}",
            )
        )
    queries = int(firms["open_queries"].sum())
    if queries:
        amber.append((f"尚有 {queries} 项质疑未决", f"queries without a decision: {queries}"))
    if unread:
        amber.append((f"{unread} 个文件未能读出任何企业的记录", f"files without any firm's record: {unread}"))
    amber.extend(stale)
    return Light(RED if failed else AMBER if amber else GREEN, (*failed, *amber))


def firm_lights(firms: pd.DataFrame) -> pd.Series:
    """Return the light of each firm: missing red, nothing accepted, late or asked amber, else green."""
    amber = firms["state"].ne(ACCEPTED) | firms["open_queries"].gt(0)
    colours = np.select([firms["state"].eq(MISSING), amber], [RED, AMBER], default=GREEN)
    return pd.Series(colours, index=firms.index, dtype=object)


def imputed_lights(imputed: pd.Series, rules: RulesAt) -> pd.Series:
    """Return the light of each class by the share of its weight that is imputed; "" = the class has no weight.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> imputed_lights(pd.Series([0.0, 0.4, 0.9]), Rules.load().at("2025-06")).tolist()
    ['green', 'amber', 'red']
    """
    limits = rules["status_imputed_share"]
    conditions = [imputed.isna(), imputed <= float(limits["green"]), imputed <= float(limits["amber"])]
    return pd.Series(np.select(conditions, ["", GREEN, AMBER], default=RED), index=imputed.index, dtype=object)
