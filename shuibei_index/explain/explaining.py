"""Explaining: the change of a series put together with what was published and what stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.aggregate import PricePanel
from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.errors import UsageError
from shuibei_index.explain.classes import class_table
from shuibei_index.explain.effects import CAUSES, PAIRS, Change, Effects
from shuibei_index.explain.explanation import BY, Explanation
from shuibei_index.explain.products import enterprise_table, product_table
from shuibei_index.explain.published import Published, published
from shuibei_index.index import IndexSeries
from shuibei_index.index.tree.classification import HEADLINE
from shuibei_index.release.policy import publication_policy
from shuibei_index.release.tables import as_published

if TYPE_CHECKING:
    from shuibei_index.release import Release

LAG = {"mom": 1, "yoy": 12}


def explain(
    series: IndexSeries,
    panel: PricePanel | None = None,
    class_code: str = HEADLINE,
    month: str = "",
    measure: str = "mom",
    *,
    component: str = "total",
    since: str = "",
    by: str = "",
    steps: int = 1,
    release: Release | None = None,
    public: bool = False,
) -> Explanation:
    """Explain the change of a class, or of a component of it, between two months.

    Parameters
    ----------
    series : IndexSeries
        From `compile_index`; bands are not needed (``replicates=0``).
    panel : PricePanel, optional
        Not needed: a series carries its prices.
    class_code : str
    month : str
        Default: the last of the series.
    measure : {"mom", "yoy"}
    component : {"total", "metal", "making", "stone"}
    since : str
        Compare with this month instead of that of the measure.
    by : {"class", "enterprise", "product"}, optional
        List enterprises or products as `items`. Default: products for a leaf, else classes alone.
    steps : int
        How many levels below the class the classes in `parts` stand.
    release : Release, optional
        The release of the month: what was published.
    public : bool
        Only what is published anyway: neither firms, nor items, nor the effect of single products.

    Returns
    -------
    Explanation

    Raises
    ------
    UsageError
        No such class, component, month or measure; no level in one of the months; firms asked for in public.
    """
    change = Change(series, class_code, component, *_span(series, month, measure, since))
    if by not in ("", *BY):
        raise UsageError(f"by must be one of {', '.join(BY)}, not {by!r}", zh=f"by 应为 {'、'.join(BY)}")
    if public and by in ("enterprise", "product"):
        raise UsageError("enterprises and products are not for the public", zh="企业与规格品明细不对外公开")
    if steps < 1:
        raise UsageError(f"classes must stand 1 or more levels below, not {steps}", zh="下级层数至少为 1")
    effects = Effects.of(change)
    shown = published(change, release)
    parts = class_table(effects, steps)
    items = pd.DataFrame()
    if not public and (by in ("enterprise", "product") or (not by and not len(parts))):
        items = product_table(effects)
        items = enterprise_table(items) if by == "enterprise" else items
    facts = _facts(change, effects, shown, "since" if since else measure)
    if not public:
        facts |= _neutral(effects) | _sample(change, effects)
    lines = _lines(effects, shown)
    return Explanation(facts, _merged(lines) if public else lines, _without(parts) if public else parts, items)


def _span(series: IndexSeries, month: str, measure: str, since: str) -> tuple[int, int]:
    month = month or series.months[-1]
    if measure not in LAG:
        raise UsageError(f"measure must be 'mom' or 'yoy', not {measure!r}", zh="measure 应为 mom 或 yoy")
    for one in (month, since):
        if one and one not in series.months:
            raise UsageError(
                f"no index for {one}; compiled are {series.months[0]} to {series.months[-1]}", zh=f"{one} 尚无指数"
            )
    end = series.months.index(month)
    start = series.months.index(since) if since else end - LAG[measure]
    if start < 0:
        before = month_names.shift(month, -LAG[measure])
        raise UsageError(
            f"no {measure} change in {month}: the series begins in {series.months[0]}, after {before}",
            zh=f"{month} 没有可解释的变动：序列自 {series.months[0]} 起",
        )
    if start >= end:
        raise UsageError(f"the first month ({since}) must lie before {month}", zh=f"起始月 {since} 应早于 {month}")
    return start, end


def _lines(effects: Effects, shown: Published) -> pd.DataFrame:
    lines = effects.table()
    rest = pd.DataFrame(
        {"cause": ["revision", "rounding"], "link_period": "", "points_pp": [shown.revision, shown.rounding]}
    )
    nothing = rest.assign(**dict.fromkeys(COMPONENTS, np.nan))
    return pd.concat([lines, nothing[lines.columns]], ignore_index=True)


def _merged(lines: pd.DataFrame) -> pd.DataFrame:
    """Put the causes that tell of single products together."""
    of_pairs = lines["cause"].isin(PAIRS)
    numbers = [*COMPONENTS, "points_pp"]
    price = pd.DataFrame([lines.loc[of_pairs, numbers].sum()]).assign(cause="price", link_period="")
    return pd.concat([price[lines.columns], lines[~of_pairs]], ignore_index=True)


def _without(parts: pd.DataFrame) -> pd.DataFrame:
    return parts.drop(columns=[name for name in CAUSES if name in parts.columns])


def _facts(change: Change, effects: Effects, shown: Published, measure: str) -> dict[str, Any]:
    series, k, t = change.series, change.place, change.end
    segment = next(g for g in reversed(series.segments) if g.span.link < t and change.class_code in g.tree.position)
    month = series.months[t]
    quality = series.quality[(series.quality["period"] == month) & (series.quality["class_code"] == change.class_code)]
    names = series.names.iloc[k]
    components = series.components
    imputed = bool(series.imputed[t, k])
    if change.column is not None and components is not None:
        imputed |= bool(components.imputed[t, k, change.column])
    counts = ("n_enterprises", "n_items", "imputed_share", "response_rate_value")
    policy = publication_policy(series.own_products().run.inputs.rules.at(month))
    return {
        "class_code": change.class_code,
        "name_zh": str(names["name_zh"]),
        "name_en": str(names["name_en"]),
        "component": change.component,
        "month": month,
        "compared_with": series.months[change.start],
        "measure": measure,
        "base_period": series.base_period,
        "index": float(series.component_index[change.component][t, k]),
        "change_pct": change.percent,
        "published_pct": shown.percent,
        "published_text": as_published(shown.percent, policy.rate_decimals),
        "release": shown.release,
        "revision_pp": shown.revision,
        "rounding_pp": shown.rounding,
        "obs_status": "I" if imputed else "A",
        "weight_share": float(segment.weight[segment.tree.position[change.class_code]]),
        "link_period": series.months[segment.span.link],
        "link_factor": float(series.index[segment.span.link, k]),
        # a class that has left the tree has no row
        **{name: quality[name].iloc[0] if len(quality) else np.nan for name in counts},
        "rules_digest": series.rules_digest,
    }


def _neutral(effects: Effects) -> dict[str, Any]:
    """Return what changes of content would have added, in points, whole and by component."""
    neutral = effects.neutral.sum(axis=0)
    by_component = {name: float(value) for name, value in zip(COMPONENTS, neutral, strict=True)}
    return {"neutral_pp": float(neutral.sum()), "neutral": by_component}


def _sample(change: Change, effects: Effects) -> dict[str, int]:
    """Count the products of the class sold in both months, in one of them, and those whose content was adjusted."""
    inputs = change.series.own_products().run.inputs
    mine = effects.inside[inputs.cells.item_cell]
    sold = np.zeros((2, len(mine)), dtype=bool)
    for side, month in enumerate((change.start, change.end)):
        sold[side, inputs.observed.item[inputs.observed.starts[month] : inputs.observed.starts[month + 1]]] = True
    adjusted = np.unique(effects.pairs.item[np.abs(effects.neutral).any(axis=1)])
    return {
        "n_both": int((sold[0] & sold[1] & mine).sum()),
        "n_entered": int((~sold[0] & sold[1] & mine).sum()),
        "n_left": int((sold[0] & ~sold[1] & mine).sum()),
        "n_adjusted": len(adjusted),
    }
