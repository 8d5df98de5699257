"""Whether to adjust: tests first, metal-dominated prices left as they are, short series refused or adjusted by rule."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shuibei_index.adjust.whether.deciding import candidates
    from shuibei_index.adjust.whether.present import seasonality_present
    from shuibei_index.adjust.whether.selected import adjust_index
    from shuibei_index.adjust.whether.shares import metal_shares

__all__ = [
    "adjust_index",
    "candidates",
    "metal_shares",
    "seasonality_present",
]

# scipy and the index stage load only when something is used: whoever needs the keys alone starts at once.
_WHERE = {
    "adjust_index": "selected",
    "candidates": "deciding",
    "metal_shares": "shares",
    "seasonality_present": "present",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
