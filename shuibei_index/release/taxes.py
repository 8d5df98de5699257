"""The series without tax in a release: published where a tax changes within the data, with the documented links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.index.taxes.content import ASSUMPTIONS, content_factors, vat_factors
from shuibei_index.index.taxes.restated import without_tax
from shuibei_index.index.tree.classification import HEADLINE
from shuibei_index.release.optional import TAX_LINKS
from shuibei_index.release.schema import empty
from shuibei_index.release.tables import as_published
from shuibei_index.rules import Rules

if TYPE_CHECKING:
    from shuibei_index.index import IndexSeries, Restated
    from shuibei_index.release.about import About
    from shuibei_index.rules import RulesAt

Floats = npt.NDArray[np.float64]
#: Rules whose values say what tax is in a price.
RULES = ("vat_rate", "tax_content")
_LEVELS = ("index", "index_low_content", "index_high_content")
_SMALL = 1e-12


@dataclass(frozen=True, repr=False)
class WithoutTax:
    """The index without tax, and what is known of its width.

    Parameters
    ----------
    pair : Restated
        As compiled, and without tax by the central assumption of the rule tax_content.
    low, high : ndarray, shape (T, K)
        Index without tax (base period = 100) if the tax content is the lowest, the highest of the rule.
    sources : dict of str to str
        Month of a change of tax → the regulation it comes from.
    """

    pair: Restated
    low: Floats
    high: Floats
    sources: dict[str, str]

    def to_frame(self) -> pd.DataFrame:
        """Return period, class_code, level, index, mom_pct, yoy_pct, tax_mom_pp, tax_yoy_pp, two bounds of the index.

        ``tax_*_pp`` is the published change less the change without tax, in percentage points.
        """
        keys = ["period", "class_code"]
        stated, other = (
            frame[frame["component"] == "total"][[*keys, "level", "index", "mom_pct", "yoy_pct"]]
            for frame in (self.pair.stated.to_frame(), self.pair.series.to_frame())
        )
        rows = other.merge(stated[[*keys, "mom_pct", "yoy_pct"]], on=keys, suffixes=("", "_stated"))
        t = pd.Index(self.pair.stated.months).get_indexer(pd.Index(rows["period"]))
        k = pd.Index(self.pair.stated.codes).get_indexer(pd.Index(rows["class_code"]))
        return rows.assign(
            tax_mom_pp=rows["mom_pct_stated"] - rows["mom_pct"],
            tax_yoy_pp=rows["yoy_pct_stated"] - rows["yoy_pct"],
            index_low_content=self.low[t, k],
            index_high_content=self.high[t, k],
        ).drop(columns=["mom_pct_stated", "yoy_pct_stated"])

    def links_frame(self) -> pd.DataFrame:
        """Return the documented links: period, class_code, link_stated, link_restated, factor, tax_points_pp, source.

        ``obs_status`` is I where the class has no price of its own in the month: its factor is that of the class above.
        """
        frame = self.pair.links_frame()
        status = np.where(frame["imputed"].astype(bool), "I", "A")
        return frame.assign(obs_status=status, source=frame["period"].map(self.sources))


@dataclass(frozen=True)
class _Dated(Rules):
    """Rules whose months have been looked up."""

    months: dict[str, RulesAt] = field(default_factory=dict)

    def at(self, month: str) -> RulesAt:
        """Return the rules of one of the months."""
        return self.months[month]


@dataclass(frozen=True)
class TaxFacts:
    """The headline without tax in the release month, as published text, and the changes of tax so far.

    Parameters
    ----------
    index, mom_pct, yoy_pct, low, high : str
        "" = there is none.
    breaks : tuple of (str, str, str)
        Month, points_pp by which it moved the headline's monthly change, regulation.
    """

    index: str
    mom_pct: str
    yoy_pct: str
    low: str
    high: str
    breaks: tuple[tuple[str, str, str], ...]


def without_tax_of(series: IndexSeries, rules: Rules, tax_basis: str) -> WithoutTax | None:
    """Compile a series without tax if a tax changes within its months.

    Parameters
    ----------
    series : IndexSeries
        From `compile_index`.
    rules : Rules
        vat_rate, tax_content.
    tax_basis : {"incl", "excl"}
        Of the prices the series was compiled from.

    Returns
    -------
    WithoutTax or None
        None where no tax changes: the two series then tell the same, and nothing is published (decision 0265).
    """
    leaves = sorted({code for segment in series.segments for code in segment.tree.leaves})
    # the rules of a month are looked up once: there are months, leaves and assumptions of them
    dated = _Dated(rules.rules, rules.digest, {month: rules.at(month) for month in series.months})
    vat = vat_factors(dated, series.months)[:, np.newaxis] if tax_basis == "incl" else np.ones(1)
    factors = {name: content_factors(dated, series.months, leaves, name) * vat for name in ASSUMPTIONS}
    steps = {name: (np.abs(np.diff(np.log(by), axis=0)) > _SMALL).any() for name, by in factors.items()}
    if not any(steps.values()):
        return None
    # of the series without tax the totals alone are published
    pair = without_tax(series, rules=dated, tax_basis=tax_basis, components=False)
    width: dict[str, Floats] = {}
    for name in ("low", "high"):
        # most often an end is the central assumption itself, or nothing changes at it: no market to compile anew
        if np.array_equal(factors[name], factors["central"]):
            width[name] = pair.series.index
        elif not steps[name]:
            width[name] = series.index
        else:
            other = without_tax(series, rules=dated, tax_basis=tax_basis, assumption=name, components=False)
            width[name] = other.series.index
    sources = {month: _source(dated, month, before) for month, before in _changes(series.months, pair.breaks)}
    return WithoutTax(pair, width["low"], width["high"], sources)


def tax_facts(frames: Mapping[str, pd.DataFrame], about: About) -> TaxFacts | None:
    """Return what a bulletin says of the series without tax; None where the release has none."""
    if "without_tax" not in frames:
        return None
    policy, table = about.policy, frames["without_tax"]
    now = table[(table["class_code"] == HEADLINE) & (table["period"] == about.period)]
    if now.empty:
        return None
    row = now.iloc[0]
    index = {name: as_published(row[name], policy.index_decimals) for name in _LEVELS}
    rates = {name: as_published(row[name], policy.rate_decimals) for name in ("mom_pct", "yoy_pct")}
    # where only an end of what is assumed has a change of tax there is no link
    links = frames.get("tax_links", empty(TAX_LINKS))
    head = links[links["class_code"] == HEADLINE].sort_values("period")
    points = [as_published(p, policy.bulletin_contribution_decimals) for p in head["tax_points_pp"]]
    return TaxFacts(
        index=index["index"],
        mom_pct=rates["mom_pct"],
        yoy_pct=rates["yoy_pct"],
        low=index["index_low_content"],
        high=index["index_high_content"],
        breaks=tuple(zip(head["period"].astype(str), points, head["source"].astype(str), strict=True)),
    )


def _changes(months: tuple[str, ...], breaks: list[str]) -> list[tuple[str, str]]:
    return [(month, months[months.index(month) - 1]) for month in breaks]


def _source(rules: Rules, month: str, before: str) -> str:
    """Return the regulations that begin with a month: what the rules' references name before they explain."""
    here, then = rules.at(month), rules.at(before)
    changed = [here.entry(name).reference for name in RULES if here[name] != then[name]]
    return "; ".join(text.partition(": ")[0].partition(" (")[0] for text in changed)
