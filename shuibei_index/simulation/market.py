"""The simulated market as one object, and the function that makes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index import months
from shuibei_index.index.hierarchy import Hierarchy
from shuibei_index.rules import Rules
from shuibei_index.simulation import seasons
from shuibei_index.simulation.classes import Classes, make_classes
from shuibei_index.simulation.copies import KIND, send_again
from shuibei_index.simulation.firms import Firms, make_firms
from shuibei_index.simulation.habits import Habits, make_habits
from shuibei_index.simulation.items import Items, make_items
from shuibei_index.simulation.kinds import Facts
from shuibei_index.simulation.lines import LineMaker, MonthLines
from shuibei_index.simulation.metals import metal_by_month, metal_table
from shuibei_index.simulation.mistakes import KEY_COLUMNS, make_mistakes
from shuibei_index.simulation.profiles import trees_by_year
from shuibei_index.simulation.records import goods_sold, month_table, yearly_weights
from shuibei_index.simulation.reports import ReportedMonth, report
from shuibei_index.simulation.settings import MarketSettings
from shuibei_index.simulation.streams import Streams
from shuibei_index.simulation.superlative_truth import superlative
from shuibei_index.simulation.truth import Goods, same_formula


@dataclass(frozen=True)
class Submissions:
    """What the panel sends for one month: rows as written, which files come late, and the mistakes in them."""

    month: ReportedMonth
    late: npt.NDArray[np.bool_]
    key: pd.DataFrame


@dataclass(frozen=True, repr=False)
class Market:
    """A market whose true price movement is known; made by :func:`simulate`.

    Parameters
    ----------
    periods
        The T months.
    seed, settings
        What made it.
    firms, items, classes
        The F enterprises, N items and C leaf classes.
    trees
        The packaged tree of each year.
    metal_prices
        period, metal, cny_per_gram, source.
    vat
        Value-added tax in percent, shape (T,).
    habits
        How enterprises fill in their reports.
    lines
        The lines of each month, the whole market.
    source
        Name of the metal price table, for the workspace's README.txt.
    """

    periods: tuple[str, ...]
    seed: int
    settings: MarketSettings
    firms: Firms
    items: Items
    classes: Classes
    trees: dict[int, Hierarchy]
    metal_prices: pd.DataFrame
    vat: npt.NDArray[np.float64]
    habits: Habits
    lines: tuple[MonthLines, ...]
    source: str = ""

    @cached_property
    def records(self) -> pa.Table:
        """All lines of the whole market: an Arrow table named like accepted records, and `in_panel`.

        `amount_fen` is in the workspace's tax basis; `aggregate.make_panel` takes the table as it is.
        """
        basis, stage = self.settings.tax_basis, self.settings.stage
        firms, items, classes = self.firms, self.items, self.classes
        each = zip(self.periods, self.lines, self.vat.tolist(), strict=True)
        parts = [month_table(p, lines, firms, items, classes, vat, basis, stage) for p, lines, vat in each]
        return pa.concat_tables(parts).unify_dictionaries()

    @cached_property
    def goods(self) -> Goods:
        """Turnover and quantity of the whole market by month and item, dense."""
        basis, prices = self.settings.tax_basis, metal_by_month(self.metal_prices, self.periods)
        return goods_sold(self.periods, self.lines, self.firms, self.items, self.classes, self.vat, basis, prices)

    @cached_property
    def weights(self) -> pd.DataFrame:
        """weights.csv: year, class_code, weight, price_period."""
        return yearly_weights(self.goods, self.trees)

    @property
    def base_period(self) -> str:
        """The first whole calendar year, or the first month if there is none."""
        years = [p[:4] for p in self.periods]
        return next((y for y in years if years.count(y) == 12), self.periods[0])

    @cached_property
    def truth(self) -> pd.DataFrame:
        """The true index of the whole market: period, class_code, component, target, index.

        Target "same_formula": the published formula on everything sold (what is left is sampling and response), the
        total and its components metal, making and stone;
        "superlative": chained Törnqvist over all items at constant quality (what is left beyond that is the formula).
        """
        goods, trees, base = self.goods, self.trees, self.base_period
        rules = Rules.load()
        targets = {
            "same_formula": same_formula(goods, trees=trees, weights=self.weights, base_period=base, rules=rules),
            "superlative": superlative(goods, trees=trees, base_period=base).assign(component="total"),
        }
        parts = [frame.assign(target=name) for name, frame in targets.items()]
        frame = pd.concat(parts, ignore_index=True)[["period", "class_code", "component", "target", "index"]]
        # the total of a class and month before its components
        return frame.sort_values(["target", "period", "class_code"], kind="stable", ignore_index=True)

    @cached_property
    def answer_key(self) -> pd.DataFrame:
        """The mistakes, one row per cell: file, enterprise, period, line, kind, column, reported and true value."""
        return pd.concat([s.key for s in self.submissions()], ignore_index=True)[list(KEY_COLUMNS)]

    def submissions(self) -> Iterator[Submissions]:
        """Yield what the panel sends, month by month."""
        streams, settings = Streams(self.seed), self.settings
        last_price = np.zeros(len(self.items.ids), dtype=np.int64)
        before, copied = None, np.zeros(len(self.firms.ids), dtype=bool)
        copies = settings.copied if KIND in settings.kinds and settings.mistakes > 0 else 0.0
        for t, period in enumerate(self.periods):
            lines = self.lines[t]
            rng = streams.of("response", t)
            answers = rng.random(len(self.firms.ids)) < settings.response
            # the last month's files are never late: there is no later month to find them in
            late = (rng.random(len(self.firms.ids)) < settings.late) & (t + 1 < len(self.periods))
            reporting = self.firms.in_panel & answers
            firms, items, classes, habits = self.firms, self.items, self.classes, self.habits
            month = report(period, lines, reporting, settings.stage, firms, items, classes, habits)
            facts = Facts.of(month, lines, last_price, items, classes, habits)
            wrong, key = make_mistakes(
                month, facts, settings, firms, habits, streams.of("mistakes", t), streams.of("doubled", t)
            )
            if before is not None:
                places = np.arange(len(firms.ids))
                both = np.isin(places, month.firm) & np.isin(places, before.firm)
                # nobody sends the same lines three times
                copied = both & ~copied & (streams.of("copies", t).random(len(firms.ids)) < copies)
                wrong, key = send_again(wrong, key, before, copied, firms, habits)
            before = month
            yield Submissions(wrong, late, key)
            last_price = np.zeros(len(self.items.ids), dtype=np.int64)
            last_price[lines.item] = lines.metal_price  # rows are in order of time: the last deal stays

    def write(self, out: str | Path) -> Path:
        """Write a complete workspace into the folder `out`, which must be empty or not exist yet.

        Raises
        ------
        UsageError
            The folder holds files already.
        """
        from shuibei_index.simulation.workspace_files import write_workspace

        return write_workspace(self, Path(out))

    def summary(self) -> pd.DataFrame:
        """Return what the market holds, one row per fact."""
        inside = sum(int(self.firms.in_panel[self.items.firm[m.item]].sum()) for m in self.lines)
        facts = {
            "months": f"{self.periods[0]} to {self.periods[-1]}",
            "seed": self.seed,
            "enterprises in the market": len(self.firms.ids),
            "enterprises in the panel": int(self.firms.in_panel.sum()),
            "items": len(self.items.ids),
            "lines in the market": sum(len(m.item) for m in self.lines),
            "lines of the panel": inside,
        }
        return pd.DataFrame({"fact": list(facts), "value": [str(v) for v in facts.values()]})

    def __repr__(self) -> str:
        return "Market\n" + self.summary().to_string(index=False, header=False)

    def _repr_html_(self) -> str:
        return "<h4>Simulated market</h4>" + self.summary().to_html(index=False, header=False)


def simulate(
    out: str | Path | None = None,
    *,
    start: str,
    end: str,
    seed: int,
    firms: int | None = None,
    metal_prices: str | Path | pd.DataFrame | None = None,
    mistakes: float | None = None,
    kinds: Sequence[str] | None = None,
    noise: float | None = None,
    churn: float | None = None,
    response: float | None = None,
    late: float | None = None,
    drift: float | None = None,
    sampled: float | None = None,
    items_per_firm: int | None = None,
    lines_per_item: float | None = None,
    formats: Sequence[str] | None = None,
    tax_basis: str | None = None,
    settings: MarketSettings | None = None,
) -> Market:
    """Simulate a market whose true index is known, and write it as a workspace if a folder is named.

    Parameters
    ----------
    out
        Folder of the workspace to write (empty or new); None = write nothing yet (see :meth:`Market.write`).
    start, end
        First and last month, "YYYY-MM".
    seed
        The same seed and settings give the same bytes.
    metal_prices
        A table (CSV path or DataFrame) of period, metal, cny_per_gram, read as tax-inclusive; metals it does not name
        follow a random path. None = all four do.
    firms, mistakes, kinds, noise, churn, response, late, drift, sampled, items_per_firm, lines_per_item, formats, \
    tax_basis
        Override the settings of the same name (:class:`~shuibei_index.simulation.settings.MarketSettings`); with
        noise=0, churn=0, response=1, mistakes=0, late=0, sampled=1 the reports tell the whole market exactly.
    settings
        All parameters of the market. Default: ``MarketSettings()``.

    Returns
    -------
    Market
        With `.records`, `.truth`, `.answer_key`, `.weights`, `.metal_prices`, `.write(out)`.

    Raises
    ------
    UsageError
        A month, a share, a format or the metal price table is not what it should be; the folder is not empty.

    Notes
    -----
    Model page: methodology/simulator.md.

    Examples
    --------
    >>> market = simulate(start="2024-01", end="2024-03", seed=1, firms=4, sampled=1.0)
    >>> sorted(market.truth["target"].unique().tolist())
    ['same_formula', 'superlative']
    """
    given = {
        "firms": firms,
        "mistakes": mistakes,
        "kinds": tuple(kinds) if kinds is not None else None,
        "noise": noise,
        "churn": churn,
        "response": response,
        "late": late,
        "drift": drift,
        "sampled": sampled,
        "items_per_firm": items_per_firm,
        "lines_per_item": lines_per_item,
        "formats": tuple(formats) if formats is not None else None,
        "tax_basis": tax_basis,
    }
    chosen = (settings or MarketSettings()).replace(**{k: v for k, v in given.items() if v is not None})
    periods, streams = months.between(start, end), Streams(int(seed))
    trees = trees_by_year(int(start[:4]), int(end[:4]))
    classes = make_classes(periods, trees)
    enterprises = make_firms(len(periods), np.bincount(classes.top, classes.share).astype(float), chosen, streams)
    items = make_items(len(periods), enterprises, classes, chosen, streams)
    table = metal_table(metal_prices, periods, chosen, streams)
    by_month = metal_by_month(table, periods)
    rules = Rules.load()
    vat = np.array([float(rules.at(p)["vat_rate"]) for p in periods])
    volume, charge = seasons.effects(periods, chosen)
    maker = LineMaker(periods, enterprises, items, classes, by_month, vat, volume, charge, chosen, streams)
    market = Market(
        periods=tuple(periods),
        seed=int(seed),
        settings=chosen,
        firms=enterprises,
        items=items,
        classes=classes,
        trees=trees,
        metal_prices=table,
        vat=vat,
        habits=make_habits(len(enterprises.ids), chosen, streams),
        lines=tuple(maker.make(t) for t in range(len(periods))),
        source=Path(metal_prices).name if isinstance(metal_prices, str | Path) else "",
    )
    if out is not None:
        market.write(out)
    return market
