"""Primary suppression: which cells tell too much of one respondent, by the rules of the month."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shuibei_index.disclosure.cells import Standing
from shuibei_index.errors import RulesError
from shuibei_index.rules import RulesAt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Reasons in the order in which they are named: the first that holds. 0 = none.
FREE, THRESHOLD, DOMINANCE, P_PERCENT, IMPUTED, NEIGHBOUR, PERIOD, KEPT, SECONDARY = range(9)
REASONS = ("", "threshold", "dominance", "p_percent", "imputed", "neighbour", "period", "kept", "secondary")
WORDS = {
    "": ("", ""),
    "threshold": ("填报单位数少于规定家数", "fewer respondents than the threshold"),
    "dominance": ("少数单位占比过高（主导规则）", "a few respondents dominate ((n, k) rule)"),
    "p_percent": ("第二大单位可推算最大单位（p% 规则）", "the second largest could estimate the largest (p % rule)"),
    "imputed": ("当月全为插补，依据最近有报送的月份", "imputed only, judged as the month last reported"),
    "neighbour": (
        "上一保密期间的合计或权数会因此泄露",
        "it would tell the sum or the weight of the period withheld before",
    ),
    "period": ("同一期间内另有月份须保密", "another month of the same period is withheld"),
    "kept": ("以往发布中已不公布，此后不再公开", "withheld in an earlier release, and so for good"),
    "secondary": ("二次抑制，防止由合计倒推", "secondary: another cell could be recomputed from it"),
}
#: Sums of the same amounts in another order may differ by less than this share.
ROUNDING = 1e-12


def largest_of(rules: RulesAt) -> int:
    """Return of how many respondents the dominance rule adds up."""
    return int(rules["disclosure_dominance"]["largest"])


def sensitive(found: Standing, rules: RulesAt) -> Ints:
    """Return the reason why each group of rows may not be published; 0 = it may, or nobody stands behind it.

    Notes
    -----
    With x1 ≥ x2 ≥ … the absolute turnover of respondents and X their sum, a cell is sensitive if fewer than n have
    turnover; if the largest together have more than k·X; if X − x1 − x2 < p·x1. Firms without turnover do not count.

    Examples
    --------
    >>> from shuibei_index.disclosure.cells import standing
    >>> from shuibei_index.rules import Rules
    >>> rules = Rules.load().at("2025-06")
    >>> group, firm = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 1, 2])
    >>> found = standing(group, 2, firm, np.array([5.0, 4.0, 5.0, 4.0, 3.0]), 3, 2)
    >>> [REASONS[r] for r in sensitive(found, rules)]
    ['threshold', '']
    """
    share = float(rules["disclosure_dominance"]["share"])
    p = float(rules["disclosure_p_percent"]) / 100.0
    there = found.n > 0
    reason = np.zeros(len(found.n), dtype=np.int64)
    # what lies on the limit itself must not depend on the order in which amounts were added up
    edge = ROUNDING * found.size
    reason[there & (found.size - found.first - found.second < p * found.first - edge)] = P_PERCENT
    reason[there & (found.top > share * found.size + edge)] = DOMINANCE
    reason[there & (found.n < int(rules["disclosure_min_respondents"]))] = THRESHOLD
    return reason


def carried(reason: Ints, reporting: Bools, rules: Sequence[RulesAt]) -> Ints:
    """Return the reasons with those of months in which a cell has no turnover, but had some before.

    Parameters
    ----------
    reason : ndarray of int64, shape (T, C)
    reporting : ndarray of bool, shape (T, C)
        Whether somebody has turnover.
    rules : sequence of RulesAt, length T
    """
    T = len(reason)
    last = np.maximum.accumulate(np.where(reporting, np.arange(T)[:, np.newaxis], -1), axis=0)
    empty = ~reporting & (last >= 0)
    before = np.take_along_axis(reason, np.maximum(last, 0), axis=0) > 0
    result = reason.copy()
    for t, at in enumerate(rules):
        how = str(at["disclosure_imputed_only"])
        if how not in ("as_last_reported", "withhold", "free"):
            raise RulesError(
                f"rule 'disclosure_imputed_only' is {how!r}; expected as_last_reported, withhold or free",
                zh=f"规则 disclosure_imputed_only 的取值 {how} 无效",
            )
        if how != "free":
            result[t, empty[t] & (before[t] | (how == "withhold"))] = IMPUTED
    return result
