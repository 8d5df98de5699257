"""The six stages on one screen: intake → validation → aggregate → index → adjust → release, for a workspace.

Each function is one command: it reads the workspace and the store, and either leaves the new state or the old one.
"""

from shuibei_index.pipeline.adjusting import adjust
from shuibei_index.pipeline.compiling import compile_, prices
from shuibei_index.pipeline.explaining import explain
from shuibei_index.pipeline.publishing import release, verify
from shuibei_index.pipeline.queries import answer, decide, export_letters, list_decisions, list_queries, read_value
from shuibei_index.pipeline.running import run
from shuibei_index.pipeline.taking_in import intake, validate, write_work_table

__all__ = [
    "adjust",
    "answer",
    "compile_",
    "decide",
    "explain",
    "export_letters",
    "intake",
    "list_decisions",
    "list_queries",
    "prices",
    "read_value",
    "release",
    "run",
    "validate",
    "verify",
    "write_work_table",
]
