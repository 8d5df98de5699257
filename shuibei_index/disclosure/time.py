"""Time: how long a class stays withheld, and which later period would tell what an earlier one kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.disclosure.cells import Rows, standing
from shuibei_index.disclosure.primary import NEIGHBOUR, largest_of, sensitive
from shuibei_index.errors import RulesError
from shuibei_index.rules import RulesAt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def period_of(month: str, rules: RulesAt) -> str:
    """Return the period within which a class is withheld as a whole: the year or the month itself.

    Raises
    ------
    RulesError
        The rule names another one.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> period_of("2025-06", Rules.load().at("2025-06"))
    '2025'
    """
    kind = str(rules["disclosure_period"])
    if kind not in ("year", "month"):
        raise RulesError(
            f"rule 'disclosure_period' is {kind!r}; expected year or month",
            zh=f"规则 disclosure_period 的取值 {kind} 无效，应为 year 或 month",
        )
    return month[:4] if kind == "year" else month


def carry_over(rows: Rows, period: Ints, reason: Ints, rules: list[RulesAt]) -> Ints:
    """Return the reasons by period with those of periods that would tell what the ones before kept.

    Parameters
    ----------
    rows : Rows
    period : ndarray of int64, shape (T,)
        Period of each month, 0 … P − 1.
    reason : ndarray of int64, shape (P, C)
        0 = the cell may be published.
    rules : list of RulesAt, length P

    Notes
    -----
    Levels on both sides of withheld periods tell the change over all of them together, and weights taken from turnover
    tell the sum of the year before. A cell therefore stays withheld while the respondents' turnover in the whole
    stretch withheld before, or in the period before alone, is itself sensitive.
    """
    result = reason.copy()
    P, C = reason.shape
    start = np.full(C, -1, dtype=np.int64)
    own = period[rows.month]
    for p in range(1, P):
        start = np.where(result[p - 1] > 0, np.where(start < 0, p - 1, start), -1)
        waiting = (start >= 0) & (result[p] == 0)
        if not waiting.any():
            continue
        first = [np.where(waiting, start, P)]
        in_force = rules[p]
        if str(in_force["disclosure_weights"]) == "turnover":
            first.append(np.where(waiting, p - 1, P))
        for since in first:
            inside = (own >= since[rows.cell]) & (own < p)
            found = standing(
                rows.cell[inside], C, rows.respondent[inside], rows.amount[inside], rows.n_respondents,
                largest_of(rules[p]),
            )  # fmt: skip
            result[p, waiting & (sensitive(found, rules[p]) > 0)] = NEIGHBOUR
    return result
