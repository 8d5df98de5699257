"""The index in another treatment of tax: the same market compiled at prices without tax, or with it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import UsageError
from shuibei_index.index.compilation.run import compile_inputs
from shuibei_index.index.compilation.series import IndexSeries
from shuibei_index.index.taxes.content import content_factors, vat_factors
from shuibei_index.index.taxes.revalued import revalued
from shuibei_index.index.tree.classification import HEADLINE

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt

Floats = npt.NDArray[np.float64]
_BASES = ("incl", "excl")


@dataclass(frozen=True, repr=False)
class Restated:
    """An index series in two treatments of tax.

    Parameters
    ----------
    stated : IndexSeries
        As compiled.
    series : IndexSeries
        The same market in the other treatment: levels, weights, links, contributions of its own.
    treatment : {"without_tax", "with_tax"}
    factors : ndarray, shape (T, K)
        What the prices of each month and class were divided by; that of a class that is no leaf is not used.
    """

    stated: IndexSeries
    series: IndexSeries
    treatment: str
    factors: Floats

    @property
    def breaks(self) -> list[str]:
        """Months in which the factor of a class is not that of the month before."""
        leaves = self._leaves()
        step = np.abs(np.diff(np.log(self.factors[:, leaves]), axis=0)) > 1e-12
        return [self.stated.months[t + 1] for t in np.flatnonzero(step.any(axis=1))]

    def links_frame(self) -> pd.DataFrame:
        """Return the documented links: what the change of tax did to each class in each month of a break.

        Returns
        -------
        DataFrame
            period, class_code, name_zh, name_en, link_stated, link_restated (both month on month), factor (their
            ratio), tax_points_pp (the difference, in percentage points), imputed (a class without a price of its own in
            the month: its movement, and so its factor, is that of the class above).
        """
        both = [self.stated.levels, self.series.levels]
        frames = []
        for month in self.breaks:
            t = self.stated.months.index(month)
            here, other = (level[t] / level[t - 1] for level in both)
            frame = self.stated.names[["class_code", "name_zh", "name_en"]].assign(
                link_stated=here,
                link_restated=other,
                factor=here / other,
                tax_points_pp=100.0 * (here - other),
                imputed=self.stated.imputed[t],
            )
            frame.insert(0, "period", month)
            frames.append(frame[frame["factor"].notna()])
        columns = ["period", "class_code", "name_zh", "name_en", "link_stated", "link_restated", "factor"]
        empty = pd.DataFrame(columns=[*columns, "tax_points_pp", "imputed"])
        return pd.concat(frames, ignore_index=True) if frames else empty

    def to_frame(self) -> pd.DataFrame:
        """Return period, class_code, index_stated and index_restated (base = 100 each), one row per class and month."""
        T, K = self.stated.levels.shape
        frame = pd.DataFrame(
            {
                "period": np.repeat(np.array(self.stated.months, dtype=object), K),
                "class_code": np.tile(np.array(self.stated.codes, dtype=object), T),
                "index_stated": self.stated.index.ravel(),
                "index_restated": self.series.index.ravel(),
            }
        )
        return frame[frame["index_stated"].notna()].reset_index(drop=True)

    def summary(self) -> pd.DataFrame:
        """Return the last month of both, one row per class."""
        frame = self.to_frame()
        return frame[frame["period"] == self.stated.months[-1]].reset_index(drop=True)

    def plot(self, class_code: str = HEADLINE, ax: Any = None) -> Any:
        """Plot one class in both treatments; returns the axes."""
        from shuibei_index.index.taxes.chart import restated_chart

        return restated_chart(self, class_code, ax)

    def _leaves(self) -> list[int]:
        leaves = sorted({code for segment in self.stated.segments for code in segment.tree.leaves})
        return [self.stated.codes.index(code) for code in leaves]

    def __repr__(self) -> str:
        return f"Restated: {self.stated!r}; tax changes in {', '.join(self.breaks) or 'no month'}"

    def _repr_html_(self) -> str:
        head = "<h4>含税与不含税 With and without tax</h4>"
        return head + self.links_frame().round(6).to_html(index=False) + self.summary().round(2).to_html(index=False)


def without_tax(
    series: IndexSeries,
    *,
    rules: Rules | RulesAt | None = None,
    tax_basis: str = "incl",
    assumption: str = "central",
    components: bool = True,
) -> Restated:
    """Compile the market of a series at prices without tax.

    Parameters
    ----------
    series : IndexSeries
        From `compile_index`.
    rules : Rules or RulesAt, optional
        vat_rate, tax_content. Default: those of the series.
    tax_basis : {"incl", "excl"}
        Tax basis of the prices the series was compiled from.
    assumption : {"central", "low", "high"}
        Which number of the rule tax_content: what it says of gold from 2025-11 is an assumption, not knowledge.
    components : bool
        Whether metal, making charge and stones are compiled too.

    Returns
    -------
    Restated
        A change of tax at constant prices before tax moves `stated` and not `series`.

    Raises
    ------
    UsageError
        The series was not made by `compile_index`, or no such basis or assumption.

    Notes
    -----
    Every price of class k in month t is divided by f = (1 + VAT(t)) (1 + c_k(t)) (by 1 + c_k(t) where the prices have
    no VAT), and the market compiled anew: cells, weights, links. Source: PPI Manual (2004), ch. 4 (basic prices);
    HICP Methodological Manual (2024), constant tax rates; decisions 0247, 0248.
    """
    found = _rules(series, rules, tax_basis)
    vat = vat_factors(found, series.months)
    content = content_factors(found, series.months, series.codes, assumption)
    if tax_basis == "excl":
        return _restated(series, "without_tax", content, np.ones(len(vat)), components)
    # what cannot be deducted is a cost of those who make jewellery: the exchange's price has the VAT alone
    return _restated(series, "without_tax", content * vat[:, np.newaxis], vat, components)


def with_tax(series: IndexSeries, *, rules: Rules | RulesAt | None = None, tax_basis: str = "excl") -> Restated:
    """Compile the market of a series at prices with VAT; a series that has it stays as it is.

    Parameters
    ----------
    series, rules, tax_basis
        As in `without_tax`.

    Returns
    -------
    Restated

    Raises
    ------
    UsageError
        As `without_tax`.
    """
    found = _rules(series, rules, tax_basis)
    vat = vat_factors(found, series.months)
    by = np.ones(len(vat)) if tax_basis == "incl" else 1.0 / vat
    return _restated(series, "with_tax", np.broadcast_to(by[:, np.newaxis], series.levels.shape).copy(), by)


def _rules(series: IndexSeries, rules: Rules | RulesAt | None, tax_basis: str) -> Rules | RulesAt:
    if series.products is None:
        raise UsageError(
            "this series carries no products; compile it with compile_index(panel, tree, rules=…)",
            "该序列不含规格品数据；请用 compile_index(panel, tree, rules=…) 编制",
        )
    if tax_basis not in _BASES:
        raise UsageError(
            f"tax_basis must be 'incl' or 'excl', not {tax_basis!r}",
            f"tax_basis 应为 incl 或 excl，而不是 {tax_basis!r}",
        )
    return rules if rules is not None else series.products.run.inputs.rules


def _restated(series: IndexSeries, treatment: str, by: Floats, benchmark: Floats, components: bool = True) -> Restated:
    assert series.products is not None
    run = series.products.run
    inputs = revalued(run.inputs, run.levels[..., 0], by, benchmark)
    other = compile_inputs(inputs).series(series.base_period, None, components=components)
    # who answered does not depend on tax
    keys = ["period", "class_code"]
    response = series.quality.set_index(keys)["response_rate_count"]
    rate = response.reindex(pd.MultiIndex.from_frame(other.quality[keys])).to_numpy()
    other = dataclasses.replace(other, quality=other.quality.assign(response_rate_count=rate))
    by.setflags(write=False)
    return Restated(series, other, treatment, by)
