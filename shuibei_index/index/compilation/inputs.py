"""Inputs of a compilation, coded once: observations, cells, trees and stated weights of every weight year."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.aggregate.panel import PricePanel
from shuibei_index.errors import UsageError, first_few
from shuibei_index.index.compilation.cell_rules import carried_with_benchmark, formulas_of, imputation_of
from shuibei_index.index.compilation.segments import Span, trees_of, weight_years
from shuibei_index.index.compilation.weights import YearWeights, stated_weights
from shuibei_index.index.components.benchmarks import benchmarks_of, metals_of
from shuibei_index.index.components.carrying import Benchmarks, carried_by_benchmark
from shuibei_index.index.components.content import at_constant_content
from shuibei_index.index.components.unit_parts import UnitParts
from shuibei_index.index.elementary.cell_links import Cells, MatchedPairs, matched_pairs
from shuibei_index.index.elementary.observations import Observations
from shuibei_index.index.tree.classification import Hierarchy

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Inputs:
    """All that a compilation takes, coded once: observations, cells, trees and stated weights of every weight year.

    Parameters
    ----------
    panel : PricePanel
    rules : Rules or RulesAt
    spans : list of Span
    trees : list of Hierarchy
        One for each span.
    stated : list of YearWeights
    words : tuple of str
        Class codes of the items: the elementary cells, W of them.
    observed : Observations
    cells : Cells
    parts : UnitParts or None
        Of the observed prices; None = the panel knows no parts.
    benchmarks : Benchmarks or None
        With which absent items are carried; None = no table of metal prices, or no parts.
    adjusts : ndarray of bool, shape (T,)
        Months in which a change of metal content is taken out by rule.
    """

    panel: PricePanel
    rules: Rules | RulesAt
    spans: list[Span]
    trees: list[Hierarchy]
    stated: list[YearWeights]
    words: tuple[str, ...]
    observed: Observations
    cells: Cells
    parts: UnitParts | None
    benchmarks: Benchmarks | None
    adjusts: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        panel: PricePanel,
        tree: Hierarchy | Mapping[int, Hierarchy],
        rules: Rules | RulesAt,
        link_month: int,
        weights: pd.DataFrame | None,
        metal_prices: pd.DataFrame | None = None,
        tax_basis: str = "incl",
    ) -> Inputs:
        """Code a panel for compilation."""
        spans = weight_years(panel.months, link_month)
        trees = trees_of(tree, spans)
        words, item_cell = np.unique(panel.items["class_code"].to_numpy(dtype=str), return_inverse=True)
        known = {code for tree in trees for code in tree.leaves}
        stray = [str(w) for w in words if w not in known]
        if stray:
            raise UsageError(f"the records carry classes that are not leaves of any tree in force: {first_few(stray)}")
        by_month = [trees[0]] + [trees[n] for n, span in enumerate(spans) for _ in span.months]
        # items of classes that are not leaves of a year's tree wait outside until a tree takes them back
        alive = np.array([np.isin(words, tree.leaves) for tree in by_month])
        at = [rules.at(month) for month in panel.months]
        cells = Cells(
            item_cell.astype(np.int64),
            formulas_of(by_month, words, at),
            imputation_of(by_month, words, at),
            alive,
            len(words),
        )
        table = weights if weights is not None and len(weights) else None
        turnover = panel.turnover()
        stated = [
            stated_weights(span.year, trees[number], table, turnover, first_year=number == 0)
            for number, span in enumerate(spans)
        ]
        observed, parts = Observations.of(panel), UnitParts.of(panel)
        benchmarks = None
        if parts is not None and metal_prices is not None:
            carries = carried_with_benchmark(words, at)
            metals = metals_of(by_month, words)
            benchmarks = benchmarks_of(metal_prices, panel.months, metals, carries, at, tax_basis)
        # without parts there is nothing to adjust, and releases of older versions have no such rule
        adjusts = np.array([parts is not None and rules_at["metal_content_adjustment"] == "exact" for rules_at in at])
        return cls(
            panel,
            rules,
            spans,
            trees,
            stated,
            tuple(str(w) for w in words),
            observed,
            cells,
            parts,
            benchmarks,
            adjusts,
        )

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Codes of the classes of all trees, sorted; K of them."""
        return tuple(sorted({code for tree in self.trees for code in tree.codes}))

    @cached_property
    def places(self) -> list[Ints]:
        """Position of each tree's classes among `codes`."""
        place = {code: k for k, code in enumerate(self.codes)}
        return [np.array([place[c] for c in tree.codes], dtype=np.int64) for tree in self.trees]

    @cached_property
    def leaves(self) -> list[Ints]:
        """Position of each cell in each tree, −1 = not a leaf of it."""
        return [
            np.array([tree.position[w] if w in tree.leaves else -1 for w in self.words], dtype=np.int64)
            for tree in self.trees
        ]

    @cached_property
    def firms(self) -> tuple[tuple[str, ...], Ints]:
        """Enterprises, sorted, and the position of each item's enterprise among them."""
        names, firm = np.unique(self.panel.items["enterprise_id"].to_numpy(dtype=str), return_inverse=True)
        return tuple(str(f) for f in names), firm.astype(np.int64)

    @cached_property
    def reach(self) -> Ints:
        """Last month to which a price is carried, by month of the price and cell."""
        return self.cells.imputation.reach(self.cells.alive)

    @cached_property
    def priced(self) -> tuple[MatchedPairs, UnitParts | None]:
        """The pairs of prices that enter the links, and the parts of the prices behind them."""
        if self.parts is None:
            return matched_pairs(self.observed, self.cells, self.reach), None
        observed, parts, source, reach = self.observed, self.parts, None, self.reach
        if self.benchmarks is not None and self.benchmarks.carries.any():
            carried, parts = carried_by_benchmark(observed, parts, self.cells.item_cell, reach, self.benchmarks)
            observed, source, reach = carried.observed, carried.source, carried.reach
        observed = at_constant_content(observed, parts, self.adjusts)
        pairs = matched_pairs(observed, self.cells, reach)
        if pairs.source is not None:
            # prices carried forward stand among them once more
            parts = parts.take(pairs.source)
            source = pairs.source if source is None else source[pairs.source]
        return dataclasses.replace(pairs, source=source), parts

    @cached_property
    def pairs(self) -> MatchedPairs:
        """The pairs of prices that enter the links."""
        return self.priced[0]
