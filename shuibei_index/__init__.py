"""shuibei_index: the Shuibei China Jewelry Index (水贝·中国珠宝指数), from raw submissions to a verified release.

>>> import shuibei_index as sx
>>> sx.Hierarchy.load("2025").position["00"]
0
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shuibei_index.adjust import adjust_index, seasonally_adjust
    from shuibei_index.aggregate import PricePanel, make_panel
    from shuibei_index.escalation import Escalation, escalate
    from shuibei_index.index import Hierarchy, IndexSeries, compile_index
    from shuibei_index.intake.read import read_submissions
    from shuibei_index.lab import MethodComparison, compare_methods
    from shuibei_index.pipeline.reviewing import review_month
    from shuibei_index.prosperity import ProsperityIndex, prosperity_index
    from shuibei_index.release import Release, make_release, read_release
    from shuibei_index.review import Review
    from shuibei_index.rules import Rules
    from shuibei_index.simulation import simulate
    from shuibei_index.templates import annotate_workbook, write_template
    from shuibei_index.validation import ValidationReport, validate
    from shuibei_index.version import __version__
    from shuibei_index.vintages import Vintages, VintageSeries, read_vintages
    from shuibei_index.workspace import Workspace

#: Public name → module. Imported on first use: the command line must start without pandas.
_PUBLIC = {
    "Escalation": "shuibei_index.escalation",
    "Hierarchy": "shuibei_index.index",
    "IndexSeries": "shuibei_index.index",
    "MethodComparison": "shuibei_index.lab",
    "PricePanel": "shuibei_index.aggregate",
    "ProsperityIndex": "shuibei_index.prosperity",
    "Release": "shuibei_index.release",
    "Review": "shuibei_index.review",
    "Rules": "shuibei_index.rules",
    "ValidationReport": "shuibei_index.validation",
    "VintageSeries": "shuibei_index.vintages",
    "Vintages": "shuibei_index.vintages",
    "Workspace": "shuibei_index.workspace",
    "__version__": "shuibei_index.version",
    "adjust_index": "shuibei_index.adjust",
    "annotate_workbook": "shuibei_index.templates",
    "compare_methods": "shuibei_index.lab",
    "compile_index": "shuibei_index.index",
    "escalate": "shuibei_index.escalation",
    "make_panel": "shuibei_index.aggregate",
    "make_release": "shuibei_index.release",
    "prosperity_index": "shuibei_index.prosperity",
    "read_release": "shuibei_index.release",
    "read_submissions": "shuibei_index.intake.read",
    "read_vintages": "shuibei_index.vintages",
    "review_month": "shuibei_index.pipeline.reviewing",
    "seasonally_adjust": "shuibei_index.adjust",
    "simulate": "shuibei_index.simulation",
    "validate": "shuibei_index.validation",
    "write_template": "shuibei_index.templates",
}

__all__ = [
    "Escalation",
    "Hierarchy",
    "IndexSeries",
    "MethodComparison",
    "PricePanel",
    "ProsperityIndex",
    "Release",
    "Review",
    "Rules",
    "ValidationReport",
    "VintageSeries",
    "Vintages",
    "Workspace",
    "__version__",
    "adjust_index",
    "annotate_workbook",
    "compare_methods",
    "compile_index",
    "escalate",
    "make_panel",
    "make_release",
    "prosperity_index",
    "read_release",
    "read_submissions",
    "read_vintages",
    "review_month",
    "seasonally_adjust",
    "simulate",
    "validate",
    "write_template",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'shuibei_index' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
