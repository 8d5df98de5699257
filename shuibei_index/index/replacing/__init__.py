"""Replacing: items that stand for others in the compiled index, with the difference of quality taken out.

The folder tells the order of the work: `links` (which item stands for which, and by which method), `models` (what a
difference of characteristics is worth in charges and stones), `factors` (the method asked for becomes numbers),
`panel` (the price panel in which the successor goes on in the place of the old item), `forced` (links made by rule at
the limit of imputation), `effects` (what each link does to the index). Everything happens before the compilation.
"""

from shuibei_index.index.replacing.effects import LINKED_COLUMNS, TOTAL_COLUMNS, linked, total_effects
from shuibei_index.index.replacing.factors import Factors, factors_of
from shuibei_index.index.replacing.forced import forced_links
from shuibei_index.index.replacing.links import LINK_COLUMNS, METHODS, TOLD_COLUMNS, checked_links, method_of, no_links
from shuibei_index.index.replacing.models import CharacteristicsModel, characteristics, fit_model
from shuibei_index.index.replacing.panel import ReplacedPanel, apply_replacements

__all__ = [
    "LINKED_COLUMNS",
    "LINK_COLUMNS",
    "METHODS",
    "TOLD_COLUMNS",
    "TOTAL_COLUMNS",
    "CharacteristicsModel",
    "Factors",
    "ReplacedPanel",
    "apply_replacements",
    "characteristics",
    "checked_links",
    "factors_of",
    "fit_model",
    "forced_links",
    "linked",
    "method_of",
    "no_links",
    "total_effects",
]
