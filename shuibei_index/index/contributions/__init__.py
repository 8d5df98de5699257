"""Contributions to the change of an index, adding up to it exactly: by class, by product, through any chain.

All functions that take plain arrays return fractions (0.01 = one percentage point), NaN for what was not in the
comparison; columns named ``points_pp``, and the compiled series (`points`, `contributions_frame`), hold percentage
points.

- `bilateral`, `of_mean`: products in an index of two months, whatever its formula.
- `multilateral`: products in the movement of GEKS, (W)TPD or Geary-Khamis between two months.
- `tree_contributions`, `mean_of_two`: from products or classes to any class above.
- `ribe`: classes in an annually linked index; `over_lag`, `over_span`: link by link through any chain.
- `roll_up`: by label; `share_of_change`: 贡献率, guarded near zero; `decomposition`: for tables and charts.
"""

from shuibei_index.index.contributions.classes import contributions_frame, frontier, points, stretches
from shuibei_index.index.contributions.decomposition import Decomposition, decomposition
from shuibei_index.index.contributions.guard import ShareOfChange, share_of_change
from shuibei_index.index.contributions.linked import ribe
from shuibei_index.index.contributions.nodes import TreeContributions, mean_of_two, tree_contributions
from shuibei_index.index.contributions.products import bilateral
from shuibei_index.index.contributions.shares import of_mean
from shuibei_index.index.contributions.spans import over_lag, over_span, roll_up
from shuibei_index.index.contributions.window import multilateral

__all__ = [
    "Decomposition",
    "ShareOfChange",
    "TreeContributions",
    "bilateral",
    "contributions_frame",
    "decomposition",
    "frontier",
    "mean_of_two",
    "multilateral",
    "of_mean",
    "over_lag",
    "over_span",
    "points",
    "ribe",
    "roll_up",
    "share_of_change",
    "stretches",
    "tree_contributions",
]
