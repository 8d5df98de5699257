"""Composites: classes adjusted directly and through their children, and annual means kept."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shuibei_index.adjust.composites.aggregation import indirect
    from shuibei_index.adjust.composites.benchmarking import benchmark_annual
    from shuibei_index.adjust.composites.comparing import compare_direct_indirect
    from shuibei_index.adjust.composites.comparison import DirectIndirect
    from shuibei_index.adjust.composites.keys import component_levels, series_key, split_key

__all__ = [
    "DirectIndirect",
    "benchmark_annual",
    "compare_direct_indirect",
    "component_levels",
    "indirect",
    "series_key",
    "split_key",
]

# scipy and the index stage load only when something is used: whoever needs the keys alone starts at once.
_WHERE = {
    "DirectIndirect": "comparison",
    "benchmark_annual": "benchmarking",
    "compare_direct_indirect": "comparing",
    "component_levels": "keys",
    "indirect": "aggregation",
    "series_key": "keys",
    "split_key": "keys",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
