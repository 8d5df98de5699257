"""Time dummy method: one regression over several months, the month effects are the index."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.hedonic.characteristics import Characteristics
from shuibei_index.index.hedonic.covariance import check_kind, errors, influence, total_variance
from shuibei_index.index.hedonic.covariance import covariance as covariance_of
from shuibei_index.index.hedonic.design import make_design
from shuibei_index.index.hedonic.regression import Regression, regress
from shuibei_index.index.hedonic.result import HedonicIndex
from shuibei_index.index.hedonic.sales import read_sales

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

WINDOWS = ("pooled", "adjacent")
CORRECTIONS = (None, "kennedy")


def time_dummy_index(
    table: Any,
    characteristics: Characteristics,
    *,
    window: str = "pooled",
    weights: str | None = None,
    norm: str | None = None,
    covariance: str = "HC1",
    cluster: str | None = None,
    bias_correction: str | None = None,
    missing: str = "raise",
) -> HedonicIndex:
    """Time dummy hedonic index: log price on months and characteristics.

    Parameters
    ----------
    table : DataFrame or Arrow table
        One row one sale: period, price (or amount and quantity), the characteristics.
    characteristics : Characteristics
        For instance `LOOSE_DIAMONDS`.
    window : {"pooled", "adjacent"}
        One regression over all months, or one for each pair of adjacent months, chained: effects may then change.
    weights : {"shares", "values", "equal"}, optional
        Value share within the month (default if quantities are known), value, or 1 (default otherwise).
    norm : {"huber", "tukey"}, optional
        Weight outlying sales down.
    covariance : {"HC1", "HC3", "cluster", "classic"}
        Of the standard errors: robust to unequal variances, the same for small samples, robust to dependence within a
        cluster, or the textbook one.
    cluster : str, optional
        Column of the cluster, for instance enterprise_id.
    bias_correction : {"kennedy"}, optional
        exp(δ − ½·var δ) for exp(δ), which is too large on average (Kennedy 1981).
    missing : {"raise", "drop"}
        Rows with gaps: an error, or left out and counted in `sales.dropped`.

    Returns
    -------
    HedonicIndex
        First month = 1.0; NaN for a month without sales.

    Raises
    ------
    PriceError, ShapeError, UsageError
        As of `read_sales` and `regress`.

    Notes
    -----
    Months are absorbed, so that memory is that of the characteristics (n × K numbers) whatever the number of months.
    Standard errors are of log level(t) − log level(first). Decisions 0086, 0140, 0141.
    Source: CPI Manual 2020; Triplett (2006), Handbook on Hedonic Indexes, ch. III; de Haan (2010).

    Examples
    --------
    >>> import pandas as pd
    >>> carat = [0.3, 0.4, 0.5, 0.6] * 2
    >>> deals = pd.DataFrame({"period": ["2025-01"] * 4 + ["2025-02"] * 4, "stone_carat": carat})
    >>> deals["price"] = 20_000 * deals["stone_carat"] ** 2
    >>> deals.loc[4:, "price"] *= 1.1
    >>> from shuibei_index.index.hedonic import Measure
    >>> found = time_dummy_index(deals, Characteristics((Measure("stone_carat"),)))
    >>> [round(float(x), 6) for x in found.levels]
    [1.0, 1.1]
    """
    if window not in WINDOWS:
        raise UsageError(f"unknown window {window!r}{did_you_mean(window, WINDOWS)}; there are {', '.join(WINDOWS)}")
    if bias_correction not in CORRECTIONS:
        raise UsageError(f"bias_correction must be None or 'kennedy', not {bias_correction!r}")
    sales = read_sales(table, characteristics.columns, cluster=cluster, missing=missing)
    check_kind(covariance, sales.cluster, norm)
    chosen = weights or ("equal" if sales.quantity is None else "shares")
    weight = sales.weights(chosen)
    sold, month = np.unique(sales.month, return_inverse=True)
    pairs = np.column_stack([month - 1, np.where(month < len(sold) - 1, month, -1)])
    design = make_design(sales.table, characteristics, np.zeros(len(month), int) if window == "pooled" else pairs)
    y = np.log(sales.price)
    units = sales.cluster if covariance == "cluster" else None
    if window == "pooled" or len(sold) == 1:
        label = f"{sales.months[0]} to {sales.months[-1]}"
        fit = regress(y, design.matrix, month, weight, names=design.names, label=label, norm=norm)
        logs, variance = _pooled(fit, covariance, units)
        fits: tuple[Regression, ...] = (fit,)
    else:
        fits, logs, variance = _adjacent(
            y, design.matrix, month, weight, [sales.months[s] for s in sold], design.names, norm, covariance, units
        )
    if bias_correction == "kennedy":
        logs = logs - variance / 2
    return HedonicIndex.of(
        "time dummy",
        sales,
        sold,
        logs,
        np.sqrt(variance),
        fits,
        design,
        {
            "window": window,
            "weights": chosen,
            "norm": norm,
            "covariance": covariance,
            "bias_correction": bias_correction,
        },
    )


def _pooled(fit: Regression, kind: str, units: Ints | None) -> tuple[Floats, Floats]:
    G = len(fit.mass)
    among = covariance_of(fit, kind, units)[:G, :G]
    variance = np.diag(among) + among[0, 0] - 2 * among[0]
    variance[0] = 0.0
    return fit.effects - fit.effects[0], np.maximum(variance, 0.0)


def _adjacent(
    y: Floats,
    z: Floats,
    month: Ints,
    weight: Floats,
    months: list[str],
    names: tuple[str, ...],
    norm: str | None,
    kind: str,
    units: Ints | None,
) -> tuple[tuple[Regression, ...], Floats, Floats]:
    order = np.argsort(month, kind="stable")
    ends = np.searchsorted(month[order], np.arange(len(months) + 1))
    logs, variance = np.zeros(len(months)), np.zeros(len(months))
    parts, fits = np.zeros(len(y)), []
    for t in range(1, len(months)):
        rows = order[ends[t - 1] : ends[t + 1]]
        label = f"{months[t - 1]} and {months[t]}"
        fit = regress(
            y[rows], z[rows], month[rows] - (t - 1), weight[rows], names=names, label=label, rows=rows, norm=norm
        )
        fits.append(fit)
        logs[t] = logs[t - 1] + fit.effects[1] - fit.effects[0]
        e = errors(fit, kind, None if units is None else units[rows])
        # a month's sales push the link into it and the link out of it in opposite directions
        parts[rows] += influence(fit, e, np.array([-1.0, 1.0]), np.zeros(len(names)))
        variance[t] = total_variance(parts, units)
    return tuple(fits), logs, variance
