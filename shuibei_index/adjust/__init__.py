"""Adjust: index series → seasonally adjusted series and trends, Spring Festival included, by X-13ARIMA-SEATS."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shuibei_index.adjust.adjusting import seasonally_adjust
    from shuibei_index.adjust.adjustment import Adjustment
    from shuibei_index.adjust.holidays.regressors import (
        festival_regressors,
        spring_festival_dates,
        spring_festival_regressors,
    )
    from shuibei_index.adjust.specification.fields import Specification, default_specification

__all__ = [
    "Adjustment",
    "Specification",
    "default_specification",
    "festival_regressors",
    "seasonally_adjust",
    "spring_festival_dates",
    "spring_festival_regressors",
]

# pandas and statsmodels load only when something is used: the command line must start at once.
_WHERE = {
    "Adjustment": "adjustment",
    "Specification": "specification.fields",
    "default_specification": "specification.fields",
    "festival_regressors": "holidays.regressors",
    "seasonally_adjust": "adjusting",
    "spring_festival_dates": "holidays.regressors",
    "spring_festival_regressors": "holidays.regressors",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
