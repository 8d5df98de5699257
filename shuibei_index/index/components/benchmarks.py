"""Benchmarks: the price of each cell's metal by month, in the tax basis of the records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import UsageError
from shuibei_index.index.components.carrying import Benchmarks
from shuibei_index.index.tree import METALS
from shuibei_index.index.tree.classification import Hierarchy
from shuibei_index.metal_prices import month_prices, price_table

if TYPE_CHECKING:
    from shuibei_index.rules import RulesAt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
COLUMNS = ("period", "metal", "cny_per_gram")


def metals_of(trees: Sequence[Hierarchy], words: npt.NDArray[np.str_]) -> Ints:
    """Return the metal of each cell by the newest tree that has its class, position in `METALS`, −1 = none."""
    named: dict[str, str] = {}
    for tree in trees:
        named |= tree.column("metal")
    return np.array([METALS.index(m) if (m := named.get(str(w), "")) in METALS else -1 for w in words], dtype=np.int64)


def benchmarks_of(
    metal_prices: pd.DataFrame,
    months: Sequence[str],
    metal: Ints,
    carries: Bools,
    rules: Sequence[RulesAt],
    tax_basis: str,
) -> Benchmarks:
    """Return the benchmark of each cell and month.

    Parameters
    ----------
    metal_prices : DataFrame
        period, metal, cny_per_gram: one price a month and metal. With a column factor (`bullion.reference`) the price
        that is carried with is cny_per_gram · factor: over a change of series it moves as one series does.
    months : sequence of str, length T
    metal : ndarray of int, shape (G,)
    carries : ndarray of bool, shape (T, G)
    rules : sequence of RulesAt, length T
        `benchmark_tax_basis` and `vat_rate`.
    tax_basis : {"incl", "excl"}
        Tax basis of the records.

    Raises
    ------
    UsageError
        A column is missing, or a price or factor is not above 0.
    """
    factor = _factor(metal_prices)
    metal_prices = month_prices(price_table(metal_prices))
    missing = [name for name in COLUMNS if name not in metal_prices.columns]
    if missing:
        raise UsageError(
            f"metal_prices: no column {', '.join(missing)}; expected {', '.join(COLUMNS)}",
            f"金属价格表缺少列 {'、'.join(missing)}；应有 {'、'.join(COLUMNS)}",
        )
    price = metal_prices["cny_per_gram"].to_numpy(dtype=float)
    if not (price > 0).all():
        raise UsageError("metal_prices: every cny_per_gram must be above 0", "金属价格表：cny_per_gram 必须大于 0")
    row = pd.Index(list(months)).get_indexer(pd.Index(metal_prices["period"].astype(str)))
    column = pd.Index(METALS).get_indexer(pd.Index(metal_prices["metal"].astype(str)))
    inside = (row >= 0) & (column >= 0)
    # the last column is that of cells without metal
    table = np.full((len(months), len(METALS) + 1), np.nan)
    keys = pd.MultiIndex.from_frame(metal_prices[["period", "metal"]].astype(str))
    # months that are means of quotes have no factor of their own
    level = price * factor.reindex(keys, fill_value=1.0).to_numpy(dtype=float)
    table[row[inside], column[inside]] = np.log(level[inside])
    for t, at in enumerate(rules):
        given = at["benchmark_tax_basis"]
        if given != tax_basis:
            step = np.log1p(float(at["vat_rate"]) / 100.0)
            table[t] += step if tax_basis == "incl" else -step
    return Benchmarks(table[:, metal], carries, metal)


def _factor(metal_prices: pd.DataFrame) -> pd.Series:
    """Return the factor of each month and metal; empty for tables of one series."""
    if "factor" not in metal_prices:
        return pd.Series(dtype=float, index=pd.MultiIndex.from_arrays([[], []]))
    rows = month_prices(metal_prices)
    if not (rows["factor"] > 0).all():
        raise UsageError("metal_prices: every factor must be above 0", "金属价格表：factor 必须大于 0")
    keys = pd.MultiIndex.from_frame(rows[["period", "metal"]].astype(str))
    factor = pd.Series(rows["factor"].to_numpy(dtype=float), index=keys)
    return factor[~factor.index.duplicated()]
