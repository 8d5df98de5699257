"""The classification tree of a year: codes, parents, names, pricing units."""

from shuibei_index.index.tree.classification import HEADLINE, METALS, UNITS, Hierarchy

__all__ = ["HEADLINE", "METALS", "UNITS", "Hierarchy"]
