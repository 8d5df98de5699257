"""Index formulas, hierarchy, chaining and the compiled series."""

from shuibei_index.index.chain import chain, link, price_update, rebase, unchain
from shuibei_index.index.compilation import compile_index
from shuibei_index.index.hierarchy import Hierarchy, aggregate
from shuibei_index.index.series import IndexSeries

__all__ = [
    "Hierarchy",
    "IndexSeries",
    "aggregate",
    "chain",
    "compile_index",
    "link",
    "price_update",
    "rebase",
    "unchain",
]
