"""Components: metal, making charge and stones in every price, each a chained series of its own.

The folder tells the order of the work: `unit_parts` (the parts of each price), `content` (a changed weight or fineness
is no price change), `carrying` (an absent item's metal moves with the benchmark), `cells` (what the parts add to the
link of a cell), `upward` (to every class), `series` (chained levels and contributions).
"""

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.index.components.series import ComponentSeries

__all__ = ["COMPONENTS", "ComponentSeries"]
