"""Tax content: how much of a price is tax, by class and month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import RulesError, UsageError, did_you_mean

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt

Floats = npt.NDArray[np.float64]

#: Assumptions on what cannot be known: the order of the numbers in the rule.
ASSUMPTIONS = ("central", "low", "high")


def tax_content(rules: RulesAt, code: str, assumption: str = "central") -> float:
    """Return the tax beyond VAT in the price of a class, as a share of the price before it.

    Parameters
    ----------
    rules : RulesAt
        `tax_content`: the entry of the longest code that the class begins with, else other.
    code : str
    assumption : {"central", "low", "high"}

    Raises
    ------
    UsageError
        No such assumption.
    RulesError
        The rule lacks other, or an entry is not three numbers, not negative, the second not above the first, the third
        not below it.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> tax_content(Rules.load().at("2025-10"), "0101"), tax_content(Rules.load().at("2025-11"), "0101")
    (0.0, 0.0622)
    """
    if assumption not in ASSUMPTIONS:
        raise UsageError(
            f"assumption must be one of {', '.join(ASSUMPTIONS)}, not {assumption!r}"
            f"{did_you_mean(assumption, ASSUMPTIONS)}",
            f"assumption 应为 {'、'.join(ASSUMPTIONS)} 之一，而不是 {assumption!r}",
        )
    table: dict[str, list[float]] = rules["tax_content"]
    best = max((prefix for prefix in table if prefix.isdigit() and code.startswith(prefix)), key=len, default="other")
    entry = table.get(best, [])
    if len(entry) != len(ASSUMPTIONS) or not 0 <= entry[1] <= entry[0] <= entry[2]:
        raise RulesError(
            f"rule 'tax_content', {best!r}: expected three numbers [central, low, high], 0 ≤ low ≤ central ≤ high, "
            f"not {entry}",
            f"规则 tax_content 的 {best!r}：应为三个数 [中心, 下限, 上限]，0 ≤ 下限 ≤ 中心 ≤ 上限；实为 {entry}",
        )
    return float(entry[ASSUMPTIONS.index(assumption)]) / 100.0


def content_factors(
    rules: Rules | RulesAt, months: Sequence[str], codes: Sequence[str], assumption: str = "central"
) -> Floats:
    """Return 1 + the tax content of each month and class, shape (T, K)."""
    factors = np.empty((len(months), len(codes)))
    # the same dated value serves many months
    of_value: dict[dt.date, list[float]] = {}
    for t, month in enumerate(months):
        at = rules.at(month)
        since = at.entry("tax_content").since
        if since not in of_value:
            of_value[since] = [1.0 + tax_content(at, code, assumption) for code in codes]
        factors[t] = of_value[since]
    return factors


def vat_factors(rules: Rules | RulesAt, months: Sequence[str]) -> Floats:
    """Return 1 + the VAT rate of each month, shape (T,)."""
    return np.array([1.0 + float(rules.at(month)["vat_rate"]) / 100.0 for month in months])
