"""Disclosure: what may not be published of a class, so that no respondent's figures can be told from what is.

`protect` finds the pattern, `Protection.apply` blanks the tables of a bundle, `Protection.audit` says how near an
attacker comes. Page methodology/disclosure.md.
"""

from shuibei_index.disclosure.attack import determined, outsider, reach, scenarios
from shuibei_index.disclosure.heuristic import by_flows
from shuibei_index.disclosure.inputs import index_values, protect_series, turnover_cells
from shuibei_index.disclosure.optimum import optimum
from shuibei_index.disclosure.protecting import protect
from shuibei_index.disclosure.protection import Protection
from shuibei_index.disclosure.table import Table

__all__ = [
    "Protection",
    "Table",
    "by_flows",
    "determined",
    "index_values",
    "optimum",
    "outsider",
    "protect",
    "protect_series",
    "reach",
    "scenarios",
    "turnover_cells",
]
