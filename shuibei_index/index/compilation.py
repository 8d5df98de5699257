"""Compilation: the price panel becomes chained indices of every class, month by month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.aggregate.panel import PricePanel
from shuibei_index.errors import PriceError, RulesError, UsageError, first_few
from shuibei_index.index.elementary import FORMULAS, elementary_links, formula_codes
from shuibei_index.index.hierarchy import complete_links, node_weights
from shuibei_index.index.quality import MonthQuality, month_quality
from shuibei_index.index.segments import Segment, Span, entry_levels, trees_of, weight_years
from shuibei_index.index.series import IndexSeries
from shuibei_index.index.tree import HEADLINE, Hierarchy
from shuibei_index.index.weights import YearWeights, price_updated, stated_weights

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def compile_index(
    panel: PricePanel,
    tree: Hierarchy | Mapping[int, Hierarchy],
    *,
    rules: Rules | RulesAt,
    weights: pd.DataFrame | None = None,
    base_period: str = "",
    link_month: int = 12,
    panel_firms: pd.DataFrame | None = None,
) -> IndexSeries:
    """Compile the chained index of every class.

    Parameters
    ----------
    panel : PricePanel
        Prices of N items in T months.
    tree : Hierarchy or mapping of year to Hierarchy
        The classification, one for all years or one for each weight year.
    rules : Rules or RulesAt
        Elementary formulas and the longest imputation spell, by month.
    weights : DataFrame, optional
        weights.csv (year, class_code, weight, price_period). Years without rows are weighted by the accepted turnover
        of the previous year; the first year by its own.
    base_period : str
        "2014" or "2014-06": the months whose mean is 100. Empty = the first calendar year in the data.
    link_month : int
        Month (1–12) at which years are linked; 12 = December.
    panel_firms : DataFrame, optional
        panel.csv: enterprises expected to report, for the headline's response rate.

    Returns
    -------
    IndexSeries

    Raises
    ------
    PriceError
        A month without any price of the headline.
    UsageError
        An unknown formula, class or base period.

    Notes
    -----
    Method page: methodology/4-index.md, step by step with the equations.
    """
    compilation = _Compilation(panel, tree, rules, link_month)
    table = weights if weights is not None and len(weights) else None
    turnover = panel.turnover()
    for number, span in enumerate(compilation.spans):
        stated = stated_weights(span.year, compilation.trees[number], table, turnover, first_year=number == 0)
        compilation.run(number, stated)
    return compilation.result(base_period, panel_firms)


@dataclass
class _State:
    """What is carried from month to month: each item's reference price, its last turnover, its months of absence."""

    price: Floats
    turnover: Floats
    absent: Ints
    started: npt.NDArray[np.bool_]

    def copy(self) -> _State:
        return _State(self.price.copy(), self.turnover.copy(), self.absent.copy(), self.started.copy())


@dataclass
class _Compilation:
    panel: PricePanel
    tree: Hierarchy | Mapping[int, Hierarchy]
    rules: Rules | RulesAt
    link_month: int
    segments: list[Segment] = field(default_factory=list)
    quality: list[MonthQuality] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spans = weight_years(self.panel.months, self.link_month)
        self.trees = trees_of(self.tree, self.spans)
        self.codes = tuple(sorted({code for tree in self.trees for code in tree.codes}))
        place = {code: k for k, code in enumerate(self.codes)}
        self.places = [np.array([place[c] for c in tree.codes], dtype=np.int64) for tree in self.trees]
        words, self.item_class = np.unique(self.panel.items["class_code"].to_numpy(dtype=str), return_inverse=True)
        known = {code for tree in self.trees for code in tree.leaves}
        stray = [str(w) for w in words if w not in known]
        if stray:
            raise UsageError(f"the records carry classes that are not leaves of any tree in force: {first_few(stray)}")
        self.class_words = [str(w) for w in words]
        firms, self.item_firm = np.unique(self.panel.items["enterprise_id"].to_numpy(dtype=str), return_inverse=True)
        self.firms = [str(f) for f in firms]
        n, T, K = len(self.panel.items), len(self.panel.months), len(self.codes)
        self.levels = np.full((T, K), np.nan)
        self.published = np.zeros((T, K), dtype=bool)
        self.imputed = np.zeros((T, K), dtype=bool)
        self.state = _State(np.full(n, np.nan), np.zeros(n), np.zeros(n, dtype=np.int64), np.zeros(K, dtype=bool))

    def run(self, number: int, stated: YearWeights) -> None:
        """Compile one weight year: link month, price-updated weights, then month by month."""
        span, tree, place = self.spans[number], self.trees[number], self.places[number]
        if number == 0:
            self._first_month(tree, place)
        entering = np.isnan(self.levels[span.link, place])
        self.levels[span.link, place] = entry_levels(self.levels[:, place], span.link, tree)
        if any(_touches(p, {self.panel.months[t] for t in span.months}) for p in stated.price_period):
            # The weights carry prices of the months they are about to weigh: a first pass with the weights as they
            # stand gives the class levels, the second uses the weights updated by them.
            before, kept = self.state.copy(), len(self.quality)
            self._months(span, tree, place, node_weights(stated.value, tree))
            self.state = before
            del self.quality[kept:]
        weight = self._updated(stated, span, tree, place, entering)
        relative, imputed = self._months(span, tree, place, weight)
        headline = tree.position[HEADLINE]
        stated_nodes = node_weights(stated.value, tree)
        stated_share, share = stated_nodes / stated_nodes[headline], weight / weight[headline]
        self.segments.append(Segment(span, tree, place, stated_share, share, relative, imputed))

    def _updated(
        self, stated: YearWeights, span: Span, tree: Hierarchy, place: Ints, entering: npt.NDArray[np.bool_]
    ) -> Floats:
        levels = self.levels[:, place]
        at_link = levels[span.link].copy()
        # a class that enters here was given its level in the link month; that month alone is no price period
        levels[span.link, entering] = np.nan
        return node_weights(price_updated(stated, tree, self.panel.months, levels, at_link, span.year), tree)

    def _first_month(self, tree: Hierarchy, place: Ints) -> None:
        price, turnover = self._observed(0)
        self.levels[0, place] = 1.0
        self._carry(0, tree, place, price, turnover, np.ones(len(tree.codes)), np.zeros(len(tree.codes), dtype=bool))

    def _observed(self, t: int) -> tuple[Floats, Floats]:
        cells = slice(int(self.panel.starts[t]), int(self.panel.starts[t + 1]))
        price, turnover = np.full(len(self.panel.items), np.nan), np.zeros(len(self.panel.items))
        item = self.panel.item[cells]
        price[item] = self.panel.price[cells]
        turnover[item] = np.where(np.isnan(price[item]), 0.0, self.panel.amount_fen[cells])
        return price, turnover

    def _months(self, span: Span, tree: Hierarchy, place: Ints, weight: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        K = len(tree.codes)
        relative = np.ones((1 + len(span.months), K))
        imputed = np.zeros((1 + len(span.months), K), dtype=bool)
        leaf = self._leaf_of_items(tree)
        for row, t in enumerate(span.months, start=1):
            price, turnover = self._observed(t)
            rules = self.rules.at(self.panel.months[t])
            kept = leaf >= 0
            links = elementary_links(
                p0=self.state.price[kept],
                p1=price[kept],
                v0=np.where(self.state.absent == 0, self.state.turnover, 0.0)[kept],
                v1=turnover[kept],
                cell=leaf[kept],
                formula=_formulas(tree, rules["elementary_formula"]),
            )
            done = complete_links(links.link, relative[row - 1], weight, tree)
            if np.isnan(done.link[tree.position[HEADLINE]]):
                raise PriceError(
                    f"no item of the headline has a price in {self.panel.months[t]} and the month before; the chain "
                    f"cannot go on. Load the reports of {self.panel.months[t]} or end the range before it."
                )
            link = np.where(np.isnan(done.link), 1.0, done.link)
            relative[row] = relative[row - 1] * link
            imputed[row] = done.imputed
            self.levels[t, place] = self.levels[span.link, place] * relative[row]
            self._carry(t, tree, place, price, turnover, link, done.imputed, leaf)
        return relative, imputed

    def _carry(
        self,
        t: int,
        tree: Hierarchy,
        place: Ints,
        price: Floats,
        turnover: Floats,
        link: Floats,
        imputed: npt.NDArray[np.bool_],
        leaf: Ints | None = None,
    ) -> None:
        """Move the items' reference prices to month `t`: observed ones as they are, others by their cell's mean."""
        leaf = self._leaf_of_items(tree) if leaf is None else leaf
        state, seen = self.state, ~np.isnan(price)
        limit = int(self.rules.at(self.panel.months[t])["imputation_max_months"])
        state.absent = np.where(seen, 0, state.absent + 1)
        carried = ~seen & (leaf >= 0) & (state.absent <= limit)
        moved = np.where(carried, state.price * link[np.maximum(leaf, 0)], np.nan)
        state.price = np.where(seen, price, moved)
        state.turnover = np.where(seen, turnover, np.where(np.isnan(state.price), 0.0, state.turnover))
        found = month_quality(tree, leaf, self.item_firm, len(self.firms), seen, state.turnover, state.price)
        self.quality.append(found)
        started = self.state.started[place] | (found.n_items > 0)
        self.state.started[place] = started
        self.published[t, place] = started
        self.imputed[t, place] = imputed

    def _leaf_of_items(self, tree: Hierarchy) -> Ints:
        # items of classes that are not leaves of this year's tree wait outside (−1) until a tree takes them back
        leaf = np.array([tree.position[w] if w in tree.leaves else -1 for w in self.class_words], dtype=np.int64)
        return leaf[self.item_class]

    def result(self, base_period: str, panel_firms: pd.DataFrame | None) -> IndexSeries:
        """Put the pieces together."""
        quality = []
        place_of_month = [self.places[0]] + [self.places[n] for n, s in enumerate(self.spans) for _ in s.months]
        for month, place, found in zip(self.panel.months, place_of_month, self.quality, strict=True):
            quality.append(found.to_frame(month, [self.codes[k] for k in place]))
        names = pd.concat([t.frame for t in reversed(self.trees)]).drop_duplicates("class_code").set_index("class_code")
        return IndexSeries(
            months=self.panel.months,
            codes=self.codes,
            names=names.loc[list(self.codes)].reset_index(),
            levels=np.where(self.published, self.levels, np.nan),
            imputed=self.imputed,
            segments=tuple(self.segments),
            quality=pd.concat(quality, ignore_index=True),
            base_period=base_period,
            rules_digest=self.rules.digest,
        ).with_response(panel_firms, self._reporting())

    def _reporting(self) -> pd.DataFrame:
        firm = self.item_firm[self.panel.item]
        pairs = pd.DataFrame({"period": self.panel.month, "enterprise_id": firm}).drop_duplicates()
        pairs["period"] = np.array(self.panel.months, dtype=object)[pairs["period"]]
        pairs["enterprise_id"] = np.array(self.firms, dtype=object)[pairs["enterprise_id"]]
        return pairs


def _formulas(tree: Hierarchy, by_unit: Mapping[str, str]) -> Ints:
    frame = tree.frame
    own = [f or by_unit.get(u, by_unit.get("other", "")) for f, u in zip(frame["formula"], frame["unit"], strict=True)]
    lacking = [c for c, f, leaf in zip(tree.codes, own, tree.is_leaf, strict=True) if leaf and not f]
    if lacking:
        unit = tree.column("unit")[lacking[0]]
        raise RulesError(
            f"the rule elementary_formula names no formula for the unit {unit!r} of {first_few(lacking)}, "
            f"nor one for 'other'; add one, or fill the tree's column 'formula'"
        )
    # classes above need none: any known name stands in their place
    return formula_codes([f or FORMULAS[0] for f in own])


def _touches(period: str, own: set[str]) -> bool:
    return bool(period) and any(m.startswith(period) for m in own)
