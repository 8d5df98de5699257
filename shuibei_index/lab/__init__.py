"""The method lab: formulas, windows and splices side by side on a market whose true index is known, or on one's own.

Names by use: `compare_methods` runs them, `MethodComparison` holds the result, `compare_workspace` takes the accepted
records of a workspace.
"""

from shuibei_index.lab.compare import compare_methods
from shuibei_index.lab.comparison import MethodComparison
from shuibei_index.lab.workspaces import compare_workspace

__all__ = ["MethodComparison", "compare_methods", "compare_workspace"]
