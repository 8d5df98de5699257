"""Comparing direct and indirect adjustment: differences, seasonality that is left, smoothness."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.adjust.composites.aggregation import adjusted_levels, indirect
from shuibei_index.adjust.composites.comparison import DirectIndirect
from shuibei_index.adjust.composites.keys import TOTAL
from shuibei_index.adjust.composites.smoothness import r1, r2
from shuibei_index.adjust.quality.seasonality_tests import qs, residual_seasonality
from shuibei_index.rules import Rules, RulesAt

if TYPE_CHECKING:
    from shuibei_index.adjust.adjustment import Adjustment
    from shuibei_index.index import IndexSeries

Floats = npt.NDArray[np.float64]
_YEAR = 12
# X-13 looks at the last eight years (QS) and the last three (F); a test needs three years of differences
_QS_YEARS, _F_YEARS, _SHORTEST = 8, 3, 39
# of an airline model: one regular and one seasonal difference, X-13 then differences twice
_DIFFERENCES = 2


def compare_direct_indirect(
    series: IndexSeries,
    adjusted: Adjustment | pd.DataFrame,
    *,
    component: str = TOTAL,
    inputs: str = "children",
    rules: Rules | RulesAt | None = None,
) -> DirectIndirect:
    """Compare the direct adjustment of every parent class with that through its children.

    Parameters
    ----------
    series : IndexSeries
    adjusted : Adjustment or DataFrame
        Adjusted series by class (`series_key`), parents and children.
    component : {"total", "metal", "making", "stone"}
    inputs : {"children", "leaves"}
        As in `indirect`.
    rules : Rules or RulesAt, optional
        Significance level of the tests. Default: the packaged ones, at the last month.

    Returns
    -------
    DirectIndirect
        With a row for every parent that has the component; the direct side is empty where the parent is not adjusted.

    Raises
    ------
    UsageError
        As `indirect`.

    Notes
    -----
    QS: second differences, as X-13 of an airline model; F: three-month differences. Changes of R1 and R2 are
    100 (1 − indirect / direct): above 0 the indirect series is the smoother, as X-13 prints them.
    """
    through = indirect(series, adjusted, component=component, inputs=inputs)
    level = float((Rules.load() if rules is None else rules).at(series.months[-1])["seasonal_test_level"])
    at = [series.codes.index(code) for code in through.columns]
    plain = series.component_index[component][:, at]
    there = np.asarray(np.isfinite(plain).any(axis=0))
    codes, at = through.columns[there], [k for k, keep in zip(at, there, strict=True) if keep]
    index = through.index
    direct = pd.DataFrame(adjusted_levels(series, adjusted, component)[:, at], index, codes)
    made = children_of(series, adjusted, component)
    names = series.names.set_index("class_code")
    rows = []
    for code in codes:
        own = made[made["parent"] == code]
        row: dict[str, object] = {
            "class_code": code,
            "name_zh": names.loc[code, "name_zh"],
            "name_en": names.loc[code, "name_en"],
            "n_children": len(own),
            "n_adjusted": int(own["adjusted"].sum()),
            "unadjusted_share": _share(own),
        }
        row |= _differences(direct[code], through[code])
        row |= _tests("direct", direct[code]) | _tests("indirect", through[code])
        row |= _roughness(direct[code], through[code])
        row["residual"] = _residual(row, level)
        rows.append(row)
    return DirectIndirect(
        component=component,
        inputs=inputs,
        unadjusted=pd.DataFrame(plain[:, there], index, codes),
        direct=direct,
        indirect=through[codes],
        summary=pd.DataFrame(rows),
        children=made,
        level=level,
    )


def children_of(series: IndexSeries, adjusted: Adjustment | pd.DataFrame, component: str = TOTAL) -> pd.DataFrame:
    """Return class_code, parent, weight and whether it is adjusted, of every class counted in another one.

    Weights are those of the last weight year, as shares of the parent; a child without the component is left out.
    """
    segment = series.segments[-1]
    tree = segment.tree
    found = np.isfinite(adjusted_levels(series, adjusted, component)[:, segment.place])
    exists = np.isfinite(series.component_index[component][:, segment.place])
    known, has = (np.asarray(x.any(axis=0)) for x in (found, exists))
    child = np.flatnonzero(tree.counted & (tree.parent >= 0) & has)
    codes, parent = np.array(tree.codes, dtype=object), tree.parent[child]
    weight = pd.Series(segment.weight[child])
    return pd.DataFrame(
        {
            "class_code": codes[child],
            "parent": codes[parent],
            "adjusted": known[child],
            "weight": (weight / weight.groupby(parent).transform("sum")).to_numpy(),
        }
    )


def _share(own: pd.DataFrame) -> float:
    return float(100.0 * own.loc[~own["adjusted"], "weight"].sum()) if len(own) else math.nan


def _differences(direct: pd.Series, through: pd.Series) -> dict[str, object]:
    level = (100.0 * (direct / through - 1.0)).dropna()
    rate = (100.0 * (direct / direct.shift(1) - through / through.shift(1))).dropna()
    if not len(rate):
        names = ("level_mean_pct", "level_mean_abs_pct", "level_max_abs_pct", "mom_mean_abs_pp", "mom_max_abs_pp")
        return {**dict.fromkeys(names, math.nan), "level_max_month": "", "mom_max_month": ""}
    return {
        "level_mean_pct": float(level.mean()),
        "level_mean_abs_pct": float(level.abs().mean()),
        "level_max_abs_pct": float(level.abs().max()),
        "level_max_month": str(level.abs().idxmax()),
        "mom_mean_abs_pp": float(rate.abs().mean()),
        "mom_max_abs_pp": float(rate.abs().max()),
        "mom_max_month": str(rate.abs().idxmax()),
    }


def _tests(side: str, values: pd.Series) -> dict[str, object]:
    own = values.dropna()
    spans = {"": (None, None), "_last": (_QS_YEARS, _F_YEARS)}
    if len(own) < _SHORTEST:
        return {f"{test}_p{span}_{side}": math.nan for test in ("qs", "f") for span in spans}
    x, start = own.to_numpy(), month_names.ordinal(str(own.index[0])) % _YEAR + 1
    found: dict[str, object] = {}
    for span, (qs_years, f_years) in spans.items():
        found[f"qs_p{span}_{side}"] = float(qs(x, differences=_DIFFERENCES, years=qs_years).p)
        found[f"f_p{span}_{side}"] = float(residual_seasonality(x, start=start, years=f_years).p)
    return found


def _roughness(direct: pd.Series, through: pd.Series) -> dict[str, object]:
    both = pd.concat([direct, through], axis=1).dropna().to_numpy()
    found: dict[str, object] = {}
    for name, measure in (("r1", r1), ("r2", r2)):
        for span, last in (("", None), ("_last", _F_YEARS * _YEAR)):
            one, other = (measure(x, last) for x in both.T) if len(both) >= _SHORTEST else (math.nan, math.nan)
            found |= {f"{name}{span}_direct": one, f"{name}{span}_indirect": other}
            found[f"{name}_change{span}_pct"] = 100.0 * (1.0 - other / one) if one > 0 else math.nan
    return found


def _residual(row: dict[str, object], level: float) -> str:
    """Return on which side seasonality is left: none, direct, indirect, both, or untested."""
    left = []
    for side in ("direct", "indirect"):
        p = [float(str(row[f"{test}_p{span}_{side}"])) for test in ("qs", "f") for span in ("", "_last")]
        if any(value < level for value in p):
            left.append(side)
        elif all(math.isnan(value) for value in p) and side == "indirect":
            return "untested"
    return "both" if len(left) == 2 else left[0] if left else "none"
