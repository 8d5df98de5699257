"""Up a classification tree: aggregation of any order, several trees, superlative indices, reconciliation."""

from shuibei_index.index.hierarchy.aggregation import Aggregation, aggregation
from shuibei_index.index.hierarchy.nodes import CompleteLinks, complete_links, counted, node_weights
from shuibei_index.index.hierarchy.reconcile import reconcile
from shuibei_index.index.hierarchy.reconciliation import Reconciliation, check_reconciliation
from shuibei_index.index.hierarchy.superlative import superlative
from shuibei_index.index.hierarchy.upward import aggregate, aggregate_trees
from shuibei_index.index.tree import HEADLINE, METALS, UNITS, Hierarchy

__all__ = [
    "HEADLINE",
    "METALS",
    "UNITS",
    "Aggregation",
    "CompleteLinks",
    "Hierarchy",
    "Reconciliation",
    "aggregate",
    "aggregate_trees",
    "aggregation",
    "check_reconciliation",
    "complete_links",
    "counted",
    "node_weights",
    "reconcile",
    "superlative",
]
