"""Statistical edits of what firms set themselves: making charges and stone prices, once the metal is taken out."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shuibei_index.validation.edits.outliers import (
        fixed_cutoff,
        hb_transform,
        hidiroglou_berthelot,
        kimber,
        quartile,
        resistant_fences,
        robust_z,
        tukey,
    )
    from shuibei_index.validation.edits.stripping import stripped_parts

_HOME = {
    "fixed_cutoff": "outliers",
    "hb_transform": "outliers",
    "hidiroglou_berthelot": "outliers",
    "kimber": "outliers",
    "quartile": "outliers",
    "resistant_fences": "outliers",
    "robust_z": "outliers",
    "stripped_parts": "stripping",
    "tukey": "outliers",
}
__all__ = [
    "fixed_cutoff",
    "hb_transform",
    "hidiroglou_berthelot",
    "kimber",
    "quartile",
    "resistant_fences",
    "robust_z",
    "stripped_parts",
    "tukey",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
