"""Aggregation: records become one price and one quantity per item and month."""

from shuibei_index.aggregate.panel import PricePanel, make_panel
from shuibei_index.aggregate.sums import merge_sums, partial_sums
from shuibei_index.aggregate.totals import Totals, totals

__all__ = ["PricePanel", "Totals", "make_panel", "merge_sums", "partial_sums", "totals"]
