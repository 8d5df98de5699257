"""Imputation method: prices that were not observed are those of the month's regression; then an index formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.hedonic.characteristics import Characteristics
from shuibei_index.index.hedonic.covariance import check_kind
from shuibei_index.index.hedonic.design import make_design
from shuibei_index.index.hedonic.metal_cost import COLUMNS, MetalCost, metal_cost
from shuibei_index.index.hedonic.monthly import Monthly, Spread, regress_months
from shuibei_index.index.hedonic.result import HedonicIndex
from shuibei_index.index.hedonic.sales import Sales, read_sales

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

IMPUTATIONS = ("double", "single", "full")
#: Formula → whether means are arithmetic, and the shares of its two sides (month before, month after).
FORMULAS = {
    "laspeyres": (True, 1.0, 0.0),
    "paasche": (True, 0.0, 1.0),
    "fisher": (True, 0.5, 0.5),
    "geo_laspeyres": (False, 1.0, 0.0),
    "geo_paasche": (False, 0.0, 1.0),
    "tornqvist": (False, 0.5, 0.5),
}


def imputation_index(
    table: Any,
    characteristics: Characteristics,
    *,
    formula: str = "tornqvist",
    imputation: str = "double",
    link: str = "direct",
    weights: str | None = None,
    regression_weights: str = "equal",
    item: str | Sequence[str] | None = None,
    metal: str = "none",
    norm: str | None = None,
    covariance: str = "HC1",
    cluster: str | None = None,
    bias_correction: str | None = None,
    missing: str = "raise",
) -> HedonicIndex:
    """Hedonic imputation index: a price for every sale in both months, observed or by the month's regression.

    Parameters
    ----------
    table, characteristics, norm, covariance, cluster, missing
        As in `time_dummy_index`.
    formula : {"tornqvist", "fisher", "laspeyres", "paasche", "geo_laspeyres", "geo_paasche"}
    imputation : {"double", "single", "full"}
        What stands for the price of goods sold in one of the two months only. double: the regression's price in both
        months, so that what the characteristics leave out cancels; single: the regression's price where there is
        none, the observed one where there is; full: the regression's price for every sale, matched ones too.
    link : {"direct", "chained"}
        Each month with the first, or with the month before, chained. Where prices only change when goods are replaced,
        a chain of double imputation understates the movement (decision 0142).
    weights : {"values", "equal"}, optional
        Quantities and value shares (default if quantities are known), or one sale, one vote.
    regression_weights : {"equal", "values"}
        Of the month's regression.
    item : str or sequence of str, optional
        Columns that tell an item, e.g. ("enterprise_id", "item_id"): an item sold in both months is matched and keeps
        its observed prices (unit value of the other month). None = nothing is matched.
    metal : {"none", "cost"}
        "cost": net_weight × fineness × metal_price (and loss_rate) is taken out of each price, the rest is regressed,
        and an imputed price is the rest by regression plus the same metal at that month's mean metal price.
    bias_correction : {"lognormal"}, optional
        exp(fit + ½ σ²) for exp(fit) in imputed prices.

    Returns
    -------
    HedonicIndex
        First month = 1.0; NaN for a month without sales.

    Raises
    ------
    PriceError, ShapeError, UsageError
        As of `read_sales`, `regress` and `metal_cost`.

    Notes
    -----
    Laspeyres: Σ q(0)·p̂(t) / Σ q(0)·p̂(0) over the sales of month 0; Paasche: Σ q(t)·p̂(t) / Σ q(t)·p̂(0) over those of
    month t; geometric: value shares and logs; Fisher and Törnqvist: geometric mean of the two sides. Standard errors
    are of the regressions, given the sales and the observed prices (delta method); those of single imputation are
    therefore too small. Decision 0142. Source: de Haan (2010), Hedonic Price Indexes; CPI Manual 2020; Diewert,
    Heravi, Silver (2009).
    """
    if formula not in FORMULAS:
        raise UsageError(
            f"unknown formula {formula!r}{did_you_mean(formula, FORMULAS)}; there are {', '.join(FORMULAS)}"
        )
    for name, value, known in (
        ("imputation", imputation, IMPUTATIONS),
        ("link", link, ("direct", "chained")),
        ("metal", metal, ("none", "cost")),
        ("bias_correction", bias_correction, (None, "lognormal")),
    ):
        if value not in known:
            raise UsageError(f"unknown {name} {value!r}; there are {', '.join(map(str, known))}")
    columns = dict.fromkeys([*characteristics.columns, *(COLUMNS if metal == "cost" else ())])
    sales = read_sales(table, list(columns), cluster=cluster, item=item, missing=missing)
    check_kind(covariance, sales.cluster, norm)
    chosen = weights or ("equal" if sales.quantity is None else "values")
    if chosen not in ("values", "equal"):
        raise UsageError(f"weights must be 'values' or 'equal', not {chosen!r}")
    cost = metal_cost(sales) if metal == "cost" else None
    rest = sales.price if cost is None else sales.price - cost.own
    design = make_design(sales.table, characteristics, sales.month)
    monthly = regress_months(
        sales, np.log(rest), design.matrix, design.names, sales.weights(regression_weights), norm
    )  # fmt: skip
    spread = Spread(monthly, covariance, sales.cluster if covariance == "cluster" else None)
    prices = _Prices(sales, monthly, design.matrix, chosen, imputation, cost, bias_correction == "lognormal")
    arithmetic, before, after = FORMULAS[formula]
    logs, variance, parts = np.zeros(len(monthly.sold)), np.zeros(len(monthly.sold)), spread.nothing()
    for t in range(1, len(logs)):
        base = 0 if link == "direct" else t - 1
        parts = spread.nothing() if link == "direct" else parts
        change = 0.0
        for share, own, other, sign in ((before, base, t, 1.0), (after, t, base, -1.0)):
            if share == 0.0:
                continue
            side, gradient_own, gradient_other = prices.side(own, other, arithmetic)
            change += sign * share * side
            spread.add(parts, own, sign * share * gradient_own)
            spread.add(parts, other, sign * share * gradient_other)
        logs[t] = logs[base] + change
        variance[t] = spread.variance(parts)
    options = {
        "formula": formula,
        "imputation": imputation,
        "link": link,
        "weights": chosen,
        "regression_weights": regression_weights,
        "metal": metal,
        "norm": norm,
        "covariance": covariance,
        "bias_correction": bias_correction,
    }
    return HedonicIndex.of("imputation", sales, monthly.sold, logs, np.sqrt(variance), monthly.fits, design, options)


@dataclass(frozen=True)
class _Prices:
    """Observed and imputed prices of every sale in any month."""

    sales: Sales
    monthly: Monthly
    z: Floats
    weights: str
    imputation: str
    cost: MetalCost | None
    lognormal: bool

    def side(self, own: int, other: int, arithmetic: bool) -> tuple[float, Floats, Floats]:
        """Return log of prices in month `other` over month `own` for the sales of `own`, with both gradients."""
        rows = self.monthly.rows[own]
        price = self.sales.price[rows]
        quantity = np.ones(len(rows)) if self.weights == "equal" or self.sales.quantity is None else (
            self.sales.quantity[rows]
        )  # fmt: skip
        elsewhere = self._matched(rows, other)
        matched = ~np.isnan(elsewhere) & (self.imputation != "full")
        there, there_rest = self._imputed(rows, other)
        here, here_rest = self._imputed(rows, own)
        observed = matched | (self.imputation == "single")
        there, there_rest = np.where(matched, elsewhere, there), np.where(matched, 0.0, there_rest)
        here, here_rest = np.where(observed, price, here), np.where(observed, 0.0, here_rest)
        if arithmetic:
            above, below = quantity @ there, quantity @ here
            ratio = float(np.log(above) - np.log(below))
            pull_there, pull_here = quantity * there_rest / above, quantity * here_rest / below
        else:
            share = np.ones(len(rows)) if self.weights == "equal" else quantity * price
            share = share / share.sum()
            ratio = float(share @ (np.log(there) - np.log(here)))
            pull_there, pull_here = share * there_rest / there, share * here_rest / here
        return ratio, -self._gradient(pull_here, rows), self._gradient(pull_there, rows)

    def _imputed(self, rows: Ints, month: int) -> tuple[Floats, Floats]:
        """Return prices by the month's regression, and their part that the regression gives."""
        log = self.monthly.constants[month] + self.z[rows] @ self.monthly.slopes[month]
        if self.lognormal:
            log = log + self.monthly.fits[month].variance / 2
        rest = np.exp(log)
        if self.cost is None:
            return rest, rest
        return rest + self.cost.at(rows, int(self.monthly.sold[month])), rest

    def _matched(self, rows: Ints, month: int) -> Floats:
        """Return the observed price in another month of the items of these sales; NaN = not sold there."""
        sales = self.sales
        if sales.item is None:
            return np.full(len(rows), np.nan)
        there, N = self.monthly.rows[month], int(sales.item.max()) + 1
        count = np.bincount(sales.item[there], minlength=N)
        if sales.quantity is not None:
            value = np.bincount(sales.item[there], sales.price[there] * sales.quantity[there], N)
            sold = np.bincount(sales.item[there], sales.quantity[there], N)
            mean = value / np.where(count > 0, sold, 1.0)
        else:
            mean = np.exp(np.bincount(sales.item[there], np.log(sales.price[there]), N) / np.maximum(count, 1))
        return np.asarray(np.where(count > 0, mean, np.nan)[sales.item[rows]])

    def _gradient(self, pull: Floats, rows: Ints) -> Floats:
        return np.concatenate([[pull.sum()], pull @ self.z[rows]])
