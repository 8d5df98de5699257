"""Markets whose true price movement is known, written as workspaces. No stage of the compilation imports this."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shuibei_index.simulation.market import Market, simulate
    from shuibei_index.simulation.settings import MarketSettings
    from shuibei_index.simulation.superlative_truth import superlative
    from shuibei_index.simulation.truth import Goods, same_formula

#: Public name → file. Imported on first use: numpy, pandas and pyarrow are not needed to name them.
_PUBLIC = {
    "Goods": "truth",
    "Market": "market",
    "MarketSettings": "settings",
    "same_formula": "truth",
    "simulate": "market",
    "superlative": "superlative_truth",
}

__all__ = ["Goods", "Market", "MarketSettings", "same_formula", "simulate", "superlative"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
