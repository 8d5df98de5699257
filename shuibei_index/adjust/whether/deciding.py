"""Deciding which series are adjusted, which are not, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from shuibei_index.adjust.composites.keys import TOTAL, component_levels, split_key
from shuibei_index.adjust.whether import reasons
from shuibei_index.adjust.whether.present import seasonality_present
from shuibei_index.adjust.whether.shares import metal_shares
from shuibei_index.adjust.wording import Text
from shuibei_index.errors import RulesError

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from shuibei_index.index import IndexSeries
    from shuibei_index.rules import Rules, RulesAt

COLUMNS = ("series", "class_code", "component", "metal_share", "n_obs", "combined", "qs_p", "present", "decision",
           "reason_zh", "reason_en")  # fmt: skip
SHORT_SERIES = ("refuse", "parent")
EVIDENCE = ("both", "one")


def candidates(series: IndexSeries, rules: Rules | RulesAt) -> pd.DataFrame:
    """Decide which series of an index are seasonally adjusted.

    Parameters
    ----------
    series : IndexSeries
    rules : Rules or RulesAt
        Those in force in the last month of the series.

    Returns
    -------
    DataFrame
        One row for every class and component with a series: series (`series_key`), class_code, component, metal_share
        (of the class, 0 to 1), n_obs, combined, qs_p, present (`seasonality_present`), decision ("adjust",
        "not_adjusted", "parent_factors", "refused"), reason_zh, reason_en.

    Raises
    ------
    RulesError
        A rule has a value that is not known.

    Notes
    -----
    In this order: metal prices, and full prices in which metal has the share of the rule, stay unadjusted; so do
    components the rule does not name; series under three years are refused or take the class above's factors; the rest
    is adjusted where the tests find seasonality. Tests and shares look at data up to the last review month, so that a
    decision stands for a year. Decision 0287.
    """
    in_force = rules.at(series.months[-1])
    until = _settled(series.months, int(in_force["seasonal_review_month"]), int(in_force["seasonal_minimum_months"]))
    levels = component_levels(series)
    n_obs = levels.notna().sum()
    tested = seasonality_present(levels.loc[:until], level=float(in_force["seasonal_test_level"]))
    of = {str(row["series"]): row for row in tested.to_dict("records")}
    share = metal_shares(series, until)
    rows = []
    for key in levels.columns:
        code, component = split_key(str(key))
        test, n = of[key], int(n_obs[key])
        decision, reason = _decide(component, float(share[code]), n, test, in_force)
        rows.append((key, code, component, float(share[code]), n, test["combined"], test["qs_p"], test["present"],
                     decision, reason.zh, reason.en))  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _settled(months: tuple[str, ...], review_month: int, least: int) -> str:
    """Return the last review month, or the last month of all where that leaves too little to look at."""
    past = [k for k, month in enumerate(months) if int(month[5:]) == review_month]
    return months[past[-1]] if past and past[-1] + 1 >= least else months[-1]


def _decide(component: str, share: float, n: int, test: Mapping[Hashable, object], rules: RulesAt) -> tuple[str, Text]:
    limit, least = float(rules["seasonal_metal_share"]), int(rules["seasonal_minimum_months"])
    if component == "metal":
        return reasons.LEFT, reasons.metal_price()
    if component == TOTAL and share >= limit:
        return reasons.LEFT, reasons.metal_dominated(share, limit)
    if component not in rules["seasonal_components"]:
        return reasons.LEFT, reasons.not_in_production(component)
    if n < least:
        by_parent = _known("seasonal_short_series", rules["seasonal_short_series"], SHORT_SERIES) == "parent"
        return (reasons.PARENT if by_parent else reasons.SHORT), reasons.too_short(n, least)
    present, asked = str(test["present"]), _known("seasonal_evidence", rules["seasonal_evidence"], EVIDENCE)
    if present == "untested":
        return reasons.ADJUST, reasons.untested(n)
    qs_p = float(str(test["qs_p"]))
    if present in {"both": ("both",), "one": ("one", "both")}[asked]:
        return reasons.ADJUST, reasons.established(present, qs_p, str(test["combined"]))
    return reasons.LEFT, reasons.not_established(present, qs_p, str(test["combined"]))


def _known(name: str, value: object, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise RulesError(f"rule {name} is {value!r}; expected one of {', '.join(choices)}")
    return str(value)
