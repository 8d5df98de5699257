"""Characteristics method: the shadow prices of two months at the mean characteristics of one of them, or of both."""

from __future__ import annotations

from typing import Any

import numpy as np

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.hedonic.characteristics import Characteristics
from shuibei_index.index.hedonic.covariance import check_kind
from shuibei_index.index.hedonic.design import make_design
from shuibei_index.index.hedonic.monthly import Spread, regress_months
from shuibei_index.index.hedonic.result import HedonicIndex
from shuibei_index.index.hedonic.sales import read_sales

FORMULAS = ("laspeyres", "paasche", "fisher", "pooled")


def characteristics_index(
    table: Any,
    characteristics: Characteristics,
    *,
    formula: str = "fisher",
    weights: str | None = None,
    regression_weights: str = "equal",
    norm: str | None = None,
    covariance: str = "HC1",
    cluster: str | None = None,
    missing: str = "raise",
) -> HedonicIndex:
    """Characteristics index: what the mean bundle of characteristics costs at each month's shadow prices.

    Parameters
    ----------
    table, characteristics, norm, covariance, cluster, missing
        As in `time_dummy_index`.
    formula : {"fisher", "laspeyres", "paasche", "pooled"}
        Mean characteristics of the first month (Laspeyres type), of each month (Paasche type), the geometric mean of
        both, or of all months together (a fixed bundle, transitive).
    weights : {"values", "equal"}, optional
        Of the mean characteristics: by value (default if quantities are known) or one sale, one vote.
    regression_weights : {"equal", "values"}
        Of the month's regression.

    Returns
    -------
    HedonicIndex
        First month = 1.0; NaN for a month without sales.

    Raises
    ------
    PriceError, ShapeError, UsageError
        As of `read_sales` and `regress`: every month needs more sales than characteristics.

    Notes
    -----
    log P(0,t) = (α(t) − α(0)) + z̄·(β(t) − β(0)). On a log-linear regression these are the geometric imputation
    indices with every price imputed (Hill and Melser 2008). Standard errors take z̄ as given.
    Source: Triplett (2006), ch. III; Eurostat, Handbook on Residential Property Price Indices (2013), ch. 5.
    """
    if formula not in FORMULAS:
        raise UsageError(f"unknown formula {formula!r}{did_you_mean(formula, FORMULAS)}; there are {FORMULAS}")
    sales = read_sales(table, characteristics.columns, cluster=cluster, missing=missing)
    check_kind(covariance, sales.cluster, norm)
    chosen = weights or ("equal" if sales.quantity is None else "values")
    weight = sales.weights(chosen)
    design = make_design(sales.table, characteristics, sales.month)
    z = design.matrix
    monthly = regress_months(
        sales, np.log(sales.price), z, design.names, sales.weights(regression_weights), norm
    )  # fmt: skip
    spread = Spread(monthly, covariance, sales.cluster if covariance == "cluster" else None)
    means = np.array([weight[rows] @ z[rows] / weight[rows].sum() for rows in monthly.rows])
    bundles = {
        "laspeyres": np.broadcast_to(means[0], means.shape),
        "paasche": means,
        "fisher": (means[0] + means) / 2,
        "pooled": np.broadcast_to(weight @ z / weight.sum(), means.shape),
    }
    bundle = bundles[formula]
    slopes, constants = monthly.slopes, monthly.constants
    logs = constants - constants[0] + ((slopes - slopes[0]) * bundle).sum(axis=1)
    variance = np.zeros(len(logs))
    for t in range(1, len(logs)):
        gradient = np.concatenate([[1.0], bundle[t]])
        parts = spread.nothing()
        spread.add(parts, 0, -gradient)
        spread.add(parts, t, gradient)
        variance[t] = spread.variance(parts)
    options = {
        "formula": formula,
        "weights": chosen,
        "regression_weights": regression_weights,
        "norm": norm,
        "covariance": covariance,
    }
    return HedonicIndex.of(
        "characteristics", sales, monthly.sold, logs, np.sqrt(variance), monthly.fits, design, options
    )
