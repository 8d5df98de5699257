"""Chaining: links to levels and back, yearly sub-series, joining series, moving the base, price-updating weights."""

from shuibei_index.index.chain.averages import average
from shuibei_index.index.chain.chained_aggregate import chained_aggregate
from shuibei_index.index.chain.chaining import chain, rebase, unchain
from shuibei_index.index.chain.linking import level_shift_factor, link, link_factors
from shuibei_index.index.chain.overlap import OVERLAPS
from shuibei_index.index.chain.price_updating import price_update

__all__ = [
    "OVERLAPS",
    "average",
    "chain",
    "chained_aggregate",
    "level_shift_factor",
    "link",
    "link_factors",
    "price_update",
    "rebase",
    "unchain",
]
