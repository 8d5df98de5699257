"""Upkeep of the sample: every adjustment of an item and every item to be replaced, with its effect on the index.

`effects` works out what a pair of prices does to the links of a month, `adjustments` lists changes of metal content,
`replacements` the items whose imputation ends, `log` both over all months. For the index team: they name firms.
"""

from shuibei_index.index.upkeep.adjustments import ADJUSTMENT_COLUMNS, adjustments
from shuibei_index.index.upkeep.log import LOG_COLUMNS, upkeep_log
from shuibei_index.index.upkeep.replacements import REPLACEMENT_COLUMNS, replacements

__all__ = [
    "ADJUSTMENT_COLUMNS",
    "LOG_COLUMNS",
    "REPLACEMENT_COLUMNS",
    "adjustments",
    "replacements",
    "upkeep_log",
]
