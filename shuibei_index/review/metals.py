"""Metals: the headline's change beside what metal prices alone would have given."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.aggregate import PricePanel
from shuibei_index.index import IndexSeries
from shuibei_index.index.tree.classification import HEADLINE, METALS

Floats = npt.NDArray[np.float64]


def metal_table(series: IndexSeries, metal_prices: pd.DataFrame | None, months: list[str]) -> pd.DataFrame:
    """Return metal prices and what they alone would have done to the headline, one row a month.

    Parameters
    ----------
    series : IndexSeries
        From `compile_index`: it carries its panel.
    metal_prices : DataFrame, optional
        period, metal, cny_per_gram.
    months : list of str
        Months of the series.

    Returns
    -------
    DataFrame
        period; for each metal with prices its price (CNY per gram) and change on the month before (`gold`, `gold_pct`
        …); headline_pct; expected_pct; gap_pp (headline less expected). NaN where a price or the month before is
        missing.

    Notes
    -----
    expected(t) = 100 · Σ w_k(t−1) · s_k(t−1) · (P_m(t) / P_m(t−1) − 1) over the leaves k of metal m: w_k the leaf's
    price-updated share of the headline, s_k the share of metal in its turnover of the month before (over all months
    where it had none), P_m the benchmark price. Making charges and stones are taken to stay; a part of a price that
    could not be split counts as none.
    """
    prices = _prices(metal_prices)
    level = series.levels_frame()[HEADLINE]
    share = _metal_share(series)
    rows = []
    for month in months:
        before = month_names.shift(month, -1)
        row: dict[str, object] = {"period": month}
        for metal in prices:
            now, then = (float(prices[metal].get(m, np.nan)) for m in (month, before))
            row[metal], row[f"{metal}_pct"] = now, 100.0 * (now / then - 1.0)
        change = float(level.get(month, np.nan)) / float(level.get(before, np.nan)) - 1.0
        row["headline_pct"] = 100.0 * change
        changes = {metal: float(str(row[f"{metal}_pct"])) for metal in prices}
        row["expected_pct"] = _expected(series, series.months.index(month), share, changes)
        rows.append(row)
    frame = pd.DataFrame(rows)
    return frame.assign(gap_pp=frame["headline_pct"] - frame["expected_pct"])


def _prices(metal_prices: pd.DataFrame | None) -> dict[str, dict[str, float]]:
    if metal_prices is None or not len(metal_prices):
        return {}
    monthly = metal_prices
    if "quoted_at" in monthly:
        monthly = monthly[monthly["quoted_at"].fillna("").astype(str) == ""]
    found: dict[str, dict[str, float]] = {}
    for metal in METALS:
        own = monthly[monthly["metal"] == metal]
        if len(own):
            found[metal] = dict(zip(own["period"].astype(str), own["cny_per_gram"].astype(float), strict=True))
    return found


def _metal_share(series: IndexSeries) -> pd.DataFrame | None:
    """Return metal's share of turnover, months × classes with turnover; None where prices were not split."""
    panel: PricePanel = series.own_products().run.inputs.panel
    if panel.parts is None:
        return None
    codes, names = pd.factorize(panel.items["class_code"].to_numpy(dtype=object)[panel.item])
    shape = (len(panel.months), len(names))
    cell = panel.month * shape[1] + codes

    def total(fen: npt.NDArray[np.int64]) -> Floats:
        sums = np.bincount(cell, np.maximum(fen, 0).astype(float), minlength=shape[0] * shape[1])
        return np.asarray(sums, dtype=float).reshape(shape)

    metal, whole = total(panel.parts.metal_fen), total(panel.amount_fen)
    every = whole.sum(axis=0)
    usual = metal.sum(axis=0) / np.where(every > 0, every, np.nan)
    share = np.where(whole > 0, metal / np.where(whole > 0, whole, 1.0), usual)
    return pd.DataFrame(np.nan_to_num(share), index=pd.Index(panel.months), columns=pd.Index(names))


def _expected(series: IndexSeries, t: int, share: pd.DataFrame | None, changes: dict[str, float]) -> float:
    segment = next((s for s in series.segments if t in s.span.months), None)
    if segment is None or share is None or t == 0:
        return float("nan")
    tree, before = segment.tree, segment.row(t) - 1
    inner = set(tree.frame["parent"])
    leaf = ~np.isin(np.array(tree.codes, dtype=object), list(inner)) & np.asarray(tree.in_headline, dtype=bool)
    worth = np.nan_to_num(segment.weight * segment.relative[before]) * leaf
    metal = tree.frame.set_index("class_code")["metal"].reindex(list(tree.codes)).to_numpy(dtype=object)
    # a leaf without a metal does not move with any; one whose metal has no price makes the whole unknown
    change = np.array([changes.get(m, np.nan) if m else 0.0 for m in metal], dtype=float)
    content = share.loc[series.months[t - 1]].reindex(list(tree.codes)).fillna(0.0).to_numpy(dtype=float)
    parts = np.where(worth * content > 0, worth * content * change, 0.0)
    return float(parts.sum() / worth.sum()) if worth.sum() > 0 else float("nan")
