"""Adjust: index series → seasonally adjusted series and trends, Spring Festival included, by X-13ARIMA-SEATS."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shuibei_index.adjust.adjusting import seasonally_adjust
    from shuibei_index.adjust.adjustment import Adjustment
    from shuibei_index.adjust.composites.aggregation import indirect
    from shuibei_index.adjust.composites.benchmarking import benchmark_annual
    from shuibei_index.adjust.composites.comparing import compare_direct_indirect
    from shuibei_index.adjust.composites.comparison import DirectIndirect
    from shuibei_index.adjust.composites.keys import component_levels, series_key, split_key
    from shuibei_index.adjust.holidays.dates import holiday_dates, moving_holidays
    from shuibei_index.adjust.holidays.deals import deals_by_day
    from shuibei_index.adjust.holidays.regressors import (
        festival_regressors,
        spring_festival_dates,
        spring_festival_regressors,
    )
    from shuibei_index.adjust.holidays.several import holiday_regressors
    from shuibei_index.adjust.holidays.weights import daily_weights
    from shuibei_index.adjust.holidays.windows import describe_holidays, holiday_windows
    from shuibei_index.adjust.holidays.working_days import working_day_regressor
    from shuibei_index.adjust.policies.applying import adjust_by_policy
    from shuibei_index.adjust.policies.history import revision_history
    from shuibei_index.adjust.policies.policy import Policy
    from shuibei_index.adjust.quality.appendix import quality_page
    from shuibei_index.adjust.quality.report import quality_report, quality_table
    from shuibei_index.adjust.reviewing.review import review_specifications
    from shuibei_index.adjust.reviewing.windows import choose_windows
    from shuibei_index.adjust.specification.defaults import default_specification
    from shuibei_index.adjust.specification.fields import Specification
    from shuibei_index.adjust.whether.deciding import candidates
    from shuibei_index.adjust.whether.present import seasonality_present
    from shuibei_index.adjust.whether.selected import adjust_index
    from shuibei_index.adjust.whether.shares import metal_shares

__all__ = [
    "Adjustment",
    "DirectIndirect",
    "Policy",
    "Specification",
    "adjust_by_policy",
    "adjust_index",
    "benchmark_annual",
    "candidates",
    "choose_windows",
    "compare_direct_indirect",
    "component_levels",
    "daily_weights",
    "deals_by_day",
    "default_specification",
    "describe_holidays",
    "festival_regressors",
    "holiday_dates",
    "holiday_regressors",
    "holiday_windows",
    "indirect",
    "metal_shares",
    "moving_holidays",
    "quality_page",
    "quality_report",
    "quality_table",
    "review_specifications",
    "revision_history",
    "seasonality_present",
    "seasonally_adjust",
    "series_key",
    "split_key",
    "spring_festival_dates",
    "spring_festival_regressors",
    "working_day_regressor",
]

# pandas and statsmodels load only when something is used: the command line must start at once.
_WHERE = {
    "Adjustment": "adjustment",
    "DirectIndirect": "composites.comparison",
    "Policy": "policies.policy",
    "Specification": "specification.fields",
    "adjust_by_policy": "policies.applying",
    "adjust_index": "whether.selected",
    "benchmark_annual": "composites.benchmarking",
    "candidates": "whether.deciding",
    "choose_windows": "reviewing.windows",
    "compare_direct_indirect": "composites.comparing",
    "component_levels": "composites.keys",
    "daily_weights": "holidays.weights",
    "deals_by_day": "holidays.deals",
    "default_specification": "specification.defaults",
    "describe_holidays": "holidays.windows",
    "festival_regressors": "holidays.regressors",
    "holiday_dates": "holidays.dates",
    "holiday_regressors": "holidays.several",
    "holiday_windows": "holidays.windows",
    "indirect": "composites.aggregation",
    "metal_shares": "whether.shares",
    "moving_holidays": "holidays.dates",
    "quality_page": "quality.appendix",
    "quality_report": "quality.report",
    "quality_table": "quality.report",
    "review_specifications": "reviewing.review",
    "revision_history": "policies.history",
    "seasonality_present": "whether.present",
    "seasonally_adjust": "adjusting",
    "series_key": "composites.keys",
    "split_key": "composites.keys",
    "spring_festival_dates": "holidays.regressors",
    "spring_festival_regressors": "holidays.regressors",
    "working_day_regressor": "holidays.working_days",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
