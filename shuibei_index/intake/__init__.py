"""Intake: files as enterprises sent them become one table of reports."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shuibei_index.intake.read import read_batches, read_receipts, read_submissions
    from shuibei_index.intake.reports import Reports

__all__ = ["Reports", "read_batches", "read_receipts", "read_submissions"]

_HOME = {"Reports": "reports", "read_batches": "read", "read_receipts": "read", "read_submissions": "read"}


def __getattr__(name: str) -> Any:
    # Late, so that a command that reads nothing does not wait for pandas and pyarrow.
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
