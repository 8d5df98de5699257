"""Compilation: the price panel becomes chained indices of every class, month by month."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.aggregate.panel import PricePanel
from shuibei_index.errors import PriceError
from shuibei_index.index.compilation.inputs import Inputs
from shuibei_index.index.compilation.products import Products
from shuibei_index.index.compilation.quality import quality_frames
from shuibei_index.index.compilation.replicate_links import FirmSums, ReplicateLinks
from shuibei_index.index.compilation.segments import Segment, entry_levels
from shuibei_index.index.compilation.series import IndexSeries
from shuibei_index.index.compilation.weights import price_updated
from shuibei_index.index.components.series import ComponentSeries
from shuibei_index.index.components.turnover import turnover_shares
from shuibei_index.index.elementary.cell_links import CellLinks, link_sums
from shuibei_index.index.hierarchy.nodes import complete_links, node_weights
from shuibei_index.index.sampling.estimate import estimate, groups_of, with_bands
from shuibei_index.index.tree.classification import HEADLINE, Hierarchy

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def compile_index(
    panel: PricePanel,
    tree: Hierarchy | Mapping[int, Hierarchy],
    *,
    rules: Rules | RulesAt,
    weights: pd.DataFrame | None = None,
    base_period: str = "",
    link_month: int = 12,
    panel_firms: pd.DataFrame | None = None,
    metal_prices: pd.DataFrame | None = None,
    tax_basis: str = "incl",
    replicates: int | None = None,
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
        panel.csv: enterprises expected to report, for the headline's response rate; their `group` are the strata of
        the bands.
    metal_prices : DataFrame, optional
        Benchmark: period, metal, cny_per_gram. With it the metal of absent items moves as the rule imputation_method
        says.
    tax_basis : {"incl", "excl"}
        Tax basis of the records.
    replicates : int, optional
        Bootstrap replicates behind the 95 % bands of `quality`; 0 = no bands. Default: the rule confidence_replicates.

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
    inputs = Inputs.of(panel, tree, rules, link_month, weights, metal_prices, tax_basis)
    series = compile_inputs(inputs).series(base_period, panel_firms)
    wanted = int(rules.at(panel.months[-1])["confidence_replicates"]) if replicates is None else replicates
    if wanted == 0:
        return series
    compiled = partial(compile_inputs, inputs, firm_sums=FirmSums.of(inputs))
    strata = groups_of(inputs.firms[0], panel_firms)
    return dataclasses.replace(
        series, quality=with_bands(series, estimate(inputs, series, compiled, replicates=wanted, strata=strata))
    )


def compile_inputs(
    inputs: Inputs, multiplicity: Floats | None = None, firm_sums: FirmSums | None = None
) -> Compilation:
    """Compile once, or in R replicates in which firm f counts multiplicity[f, r] times, shape (F, R).

    `firm_sums` (`FirmSums.of`) are shared by several blocks of replicates.
    """
    T, cells = len(inputs.panel.months), inputs.cells
    # the pairs are gone through for the links, the firms behind them and the components
    inputs.pairs.keep()
    links: CellLinks = (
        CellLinks(link_sums(inputs.pairs, T, cells.number), cells, T)
        if multiplicity is None
        else ReplicateLinks(firm_sums or FirmSums.of(inputs), cells, T, multiplicity)
    )
    compilation = Compilation(inputs, links)
    for number in range(len(inputs.spans)):
        compilation.run(number)
    return compilation


class Compilation:
    """One run over the months: chained levels of all classes, shape (T, K, R), and the weight years behind them."""

    def __init__(self, inputs: Inputs, links: CellLinks) -> None:
        self.inputs, self.links = inputs, links
        T, K = len(inputs.panel.months), len(inputs.codes)
        self.levels: Floats = np.full((T, K, links.replicates), np.nan)
        self.imputed: Bools = np.zeros((T, K), dtype=bool)
        #: links of the cells by their own items in the first replicate, NaN = no item matched
        self.own: Floats = np.full((T, inputs.cells.number), np.nan)
        #: replicates in which a month has no price of the headline, shape (R,)
        self.lost: Bools = np.zeros(links.replicates, dtype=bool)
        self.segments: list[Segment] = []
        self.levels[0, inputs.places[0]] = 1.0

    def run(self, number: int) -> None:
        """Compile one weight year: link month, price-updated weights, then month by month."""
        inputs = self.inputs
        span, tree = inputs.spans[number], inputs.trees[number]
        place, stated = inputs.places[number], inputs.stated[number]
        entering = np.isnan(self.levels[span.link, place, 0])
        self.levels[span.link, place] = entry_levels(self._until(number), span.link, tree)
        if any(_touches(p, {inputs.panel.months[t] for t in span.months}) for p in set(stated.price_period)):
            # The weights carry prices of the months they are about to weigh: a first pass with the weights as they
            # stand gives the class levels, the second uses the weights updated by them.
            self._months(number, node_weights(stated.value[:, np.newaxis] * self._sampled(number), tree))
        weight = self._updated(number, entering)
        relative, imputed = self._months(number, weight)
        headline = tree.position[HEADLINE]
        stated_nodes = node_weights(stated.value, tree)
        stated_share, share = stated_nodes / stated_nodes[headline], weight / weight[headline]
        self.segments.append(Segment(span, tree, place, stated_share, share[:, 0], relative[..., 0], imputed))

    def _until(self, number: int) -> Floats:
        """Return the levels of a year's classes up to its last month: a view where all classes are in its tree."""
        place, end = (
            self.inputs.places[number],
            max((self.inputs.spans[number].link, *self.inputs.spans[number].months)),
        )
        return self.levels[: end + 1] if len(place) == self.levels.shape[1] else self.levels[: end + 1, place]

    def _updated(self, number: int, entering: Bools) -> Floats:
        inputs = self.inputs
        span, tree = inputs.spans[number], inputs.trees[number]
        levels = self._until(number)
        months = inputs.panel.months[: len(levels)]
        at_link = levels[span.link].copy()
        if entering.any():
            # a class that enters here was given its level in the link month; that month alone is no price period
            levels = levels.copy()
            levels[span.link, entering] = np.nan
        updated = price_updated(inputs.stated[number], tree, months, levels, at_link, span.year)
        return node_weights(updated * self._sampled(number), tree)

    def _sampled(self, number: int) -> Floats:
        """Return the weights of the replicates over those stated, shape (1, 1) or (K, R): turnover is sampled too."""
        return self.links.weights(number) if isinstance(self.links, ReplicateLinks) else np.ones((1, 1))

    def _months(self, number: int, weight: Floats) -> tuple[Floats, Bools]:
        inputs = self.inputs
        span, tree = inputs.spans[number], inputs.trees[number]
        place, leaf = inputs.places[number], inputs.leaves[number]
        K = len(tree.codes)
        relative: Floats = np.ones((1 + len(span.months), K, self.links.replicates))
        imputed: Bools = np.zeros((1 + len(span.months), K), dtype=np.bool_)
        inside = np.flatnonzero(leaf >= 0)
        for row, t in enumerate(span.months, start=1):
            own = self.links.links(t)
            self.own[t] = own[:, 0]
            of_class = np.full((K, self.links.replicates), np.nan)
            of_class[leaf[inside]] = own[inside]
            done = complete_links(of_class, relative[row - 1], weight, tree)
            nothing = np.isnan(done.link[tree.position[HEADLINE]])
            self.lost |= nothing
            if nothing[0] and self.links.multiplicity is None:
                month = inputs.panel.months[t]
                raise PriceError(
                    f"no item of the headline has a price in {month} and the month before; the chain "
                    f"cannot go on. Load the reports of {month} or end the range before it.",
                    f"{month} 与上月之间总指数没有任何可比的规格品价格，链条无法延续。"
                    f"请补报 {month} 的数据，或将编制区间止于上月。",
                )
            link = np.where(np.isnan(done.link), 1.0, done.link)
            relative[row] = relative[row - 1] * link
            imputed[row] = done.imputed[:, 0]
            self.levels[t, place] = self.levels[span.link, place] * relative[row]
            self.imputed[t, place] = imputed[row]
            of_cell = np.ones_like(own)
            of_cell[inside] = link[leaf[inside]]
            self.links.carry(t, of_cell, own)
        return relative, imputed

    def series(self, base_period: str, panel_firms: pd.DataFrame | None, *, components: bool = True) -> IndexSeries:
        """Put the pieces of the first replicate together; `components` False = of the totals alone."""
        inputs = self.inputs
        quality, published = quality_frames(self)
        products = Products(self)
        names = pd.concat([t.frame for t in reversed(inputs.trees)]).drop_duplicates("class_code")
        return IndexSeries(
            months=inputs.panel.months,
            codes=inputs.codes,
            names=names.set_index("class_code").loc[list(inputs.codes)].reset_index(),
            levels=np.where(published, self.levels[..., 0], np.nan),
            imputed=self.imputed,
            segments=tuple(self.segments),
            quality=quality,
            base_period=base_period,
            rules_digest=inputs.rules.digest,
            products=products,
            components=self._components(products) if components else None,
        ).with_response(panel_firms, self._reporting())

    def _components(self, products: Products) -> ComponentSeries | None:
        parts = self.inputs.priced[1]
        if parts is None:
            return None
        least = [float(self.inputs.rules.at(m)["component_least_share"]) for m in self.inputs.panel.months]
        return ComponentSeries.of(products, parts, np.array(least), turnover_shares(self))

    def _reporting(self) -> pd.DataFrame:
        panel, (names, firm) = self.inputs.panel, self.inputs.firms
        pairs = pd.DataFrame({"period": panel.month, "enterprise_id": firm[panel.item]}).drop_duplicates()
        pairs["period"] = np.array(panel.months, dtype=object)[pairs["period"]]
        pairs["enterprise_id"] = np.array(names, dtype=object)[pairs["enterprise_id"]]
        return pairs


def _touches(period: str, own: set[str]) -> bool:
    return bool(period) and any(m.startswith(period) for m in own)
