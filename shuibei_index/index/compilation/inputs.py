"""Inputs of a compilation, coded once: observations, cells, trees and stated weights of every weight year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.aggregate.panel import PricePanel
from shuibei_index.errors import UsageError, first_few
from shuibei_index.index.compilation.cell_rules import formulas_of, imputation_of
from shuibei_index.index.compilation.segments import Span, trees_of, weight_years
from shuibei_index.index.compilation.weights import YearWeights, stated_weights
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
    """

    panel: PricePanel
    rules: Rules | RulesAt
    spans: list[Span]
    trees: list[Hierarchy]
    stated: list[YearWeights]
    words: tuple[str, ...]
    observed: Observations
    cells: Cells

    @classmethod
    def of(
        cls,
        panel: PricePanel,
        tree: Hierarchy | Mapping[int, Hierarchy],
        rules: Rules | RulesAt,
        link_month: int,
        weights: pd.DataFrame | None,
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
        observed = Observations.of(panel)
        return cls(panel, rules, spans, trees, stated, tuple(str(w) for w in words), observed, cells)

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
    def pairs(self) -> MatchedPairs:
        """The pairs of prices that enter the links."""
        return matched_pairs(self.observed, self.cells, self.reach)
