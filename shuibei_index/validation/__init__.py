"""Validation: reports become accepted, held and rejected records, with one table of findings."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shuibei_index.validation.examine import validate
    from shuibei_index.validation.report import ValidationReport

_HOME = {"validate": "examine", "ValidationReport": "report"}
__all__ = ["ValidationReport", "validate"]


def __getattr__(name: str) -> Any:
    # numpy, pandas and pyarrow are loaded only when validation is really used
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
