"""Aggregation: records become one price and one quantity per item and month."""

from shuibei_index.aggregate.panel import PricePanel, make_panel
from shuibei_index.aggregate.sums import merge_sums, partial_sums

__all__ = ["PricePanel", "make_panel", "merge_sums", "partial_sums"]
