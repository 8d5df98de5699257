"""Why a class moved: its parts, weights, sample and rules. Internal view: names items of enterprises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.aggregate import PricePanel
from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index import IndexSeries
from shuibei_index.index.contributions import stretches

_LAG = {"mom": 1, "yoy": 12}
_WORD = {"mom": "环比 month on month", "yoy": "同比 year on year"}
_ITEMS = 10


@dataclass(frozen=True)
class Explanation:
    """What stands behind the change of one class in one month.

    Parameters
    ----------
    facts : dict
        Level, change, status, sample and digests.
    parts : DataFrame
        class_code, name_zh, name_en, weight_share, change_pct, points_pp of the classes below, which add up to the
        class's own change; empty for a leaf.
    items : DataFrame
        For a leaf: the items with the largest turnover, their prices in both months and the change.
    """

    facts: dict[str, Any]
    parts: pd.DataFrame
    items: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {**self.facts, "parts": self.parts.to_dict("records"), "items": self.items.to_dict("records")}

    def text(self) -> str:
        """Return the explanation as text in Chinese and English."""
        f = self.facts
        lines = [
            f"{f['class_code']} {f['name_zh']} {f['name_en']}, {f['month']}: {f['index']:.2f} 点 "
            f"({f['base_period']} = 100), {_WORD[f['measure']]} {f['change_pct']:+.2f}%",
            f"样本 sample: {f['n_enterprises']} 户 firms, {f['n_items']} 规格品 items; "
            f"插补 imputed {_percent(f['imputed_share'])}, 回收率 response {_percent(f['response_rate_value'])}"
            + ("; 本月变动取自上级 movement taken from the parent" if f["obs_status"] == "I" else ""),
            f"权重 weight {_percent(f['weight_share'])} of the headline at {f['link_period']} prices; "
            f"链接系数 link factor {f['link_factor']:.4f}",
        ]
        if len(self.parts):
            lines.append("构成 parts (个百分点 points add up to the change):")
            lines += [
                f"  {r['class_code']:10} {r['points_pp']:+9.4f} pp  {r['change_pct']:+8.2f}%  "
                f"{_percent(r['weight_share']):>7}  {r['name_zh']} {r['name_en']}"
                for r in self.parts.to_dict("records")
            ]
        if len(self.items):
            lines.append("规格品 items with the largest turnover (internal 内部使用):")
            lines += [
                f"  {r['enterprise_id']} {r['item_id']:16} {r['price_before']:12.2f} → {r['price']:12.2f}  "
                f"{r['change_pct']:+8.2f}%"
                for r in self.items.to_dict("records")
            ]
        lines.append(f"规则 rules {f['rules_digest'][:16]}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "<br>".join(self.text().splitlines()[:3])
        return f"<p>{head}</p>" + (self.parts if len(self.parts) else self.items).to_html(index=False)


def explain(series: IndexSeries, panel: PricePanel, class_code: str, month: str, measure: str = "mom") -> Explanation:
    """Explain the change of a class in a month.

    Parameters
    ----------
    series : IndexSeries
    panel : PricePanel
        The prices the series was compiled from.
    class_code, month : str
    measure : str
        "mom" or "yoy".

    Raises
    ------
    UsageError
        No such class, or no change to explain in that month.
    """
    if class_code not in series.codes:
        raise UsageError(
            f"no class {class_code!r}{did_you_mean(class_code, series.codes)}", zh=f"没有分类 {class_code}"
        )
    if month not in series.months:
        raise UsageError(
            f"no index for {month}; compiled are {series.months[0]} to {series.months[-1]}", zh=f"{month} 尚无指数"
        )
    t, k = series.months.index(month), series.codes.index(class_code)
    s = t - _LAG[measure]
    if s < 0 or np.isnan(series.levels[[s, t], k]).any():
        raise UsageError(f"class {class_code} has no {measure} change in {month}: it has no level in one of the months")
    segment = next(g for g in reversed(series.segments) if g.span.link < t)
    here = int(np.flatnonzero(segment.place == k)[0])
    quality = series.quality_frame().query("period == @month and class_code == @class_code").iloc[0].to_dict()
    names = series.names.iloc[k]
    facts = {
        "class_code": class_code,
        "name_zh": names["name_zh"],
        "name_en": names["name_en"],
        "month": month,
        "compared_with": series.months[s],
        "measure": measure,
        "base_period": series.base_period,
        "index": float(series.index[t, k]),
        "change_pct": float(100 * (series.levels[t, k] / series.levels[s, k] - 1)),
        "obs_status": "I" if series.imputed[t, k] else "A",
        "weight_share": float(segment.weight[here]),
        "link_period": series.months[segment.span.link],
        "link_factor": float(series.index[segment.span.link, k]),
        **{name: quality[name] for name in ("n_enterprises", "n_items", "imputed_share", "response_rate_value")},
        "rules_digest": series.rules_digest,
    }
    parts = _parts(series, class_code, s, t)
    items = pd.DataFrame() if len(parts) else _items(panel, class_code, series.months[s], month)
    return Explanation(facts, parts, items)


def _parts(series: IndexSeries, class_code: str, s: int, t: int) -> pd.DataFrame:
    k = series.codes.index(class_code)
    points = np.full(len(series.codes), np.nan)
    share = np.full(len(series.codes), np.nan)
    for segment, a, b in stretches(series.segments, s, t):
        if class_code not in segment.tree.position:
            continue
        here = segment.tree.position[class_code]
        children = np.flatnonzero(segment.tree.parent == here)
        # a class whose leaves weigh nothing in the headline is an unweighted mean for its own series
        weight = segment.weight if segment.weight[here] > 0 else np.ones(len(segment.weight))
        within = weight[children] / weight[children].sum()
        scale = series.levels[segment.span.link, k] / series.levels[s, k]
        change = segment.relative[segment.row(b), children] - segment.relative[segment.row(a), children]
        at = segment.place[children]
        points[at] = np.nan_to_num(points[at]) + 100 * scale * within * change
        share[at] = within
    at = np.flatnonzero(~np.isnan(points))
    frame = series.names.iloc[at][["class_code", "name_zh", "name_en"]].reset_index(drop=True)
    frame["weight_share"] = share[at]
    frame["change_pct"] = 100 * (series.levels[t, at] / series.levels[s, at] - 1)
    frame["points_pp"] = points[at]
    order = frame["points_pp"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _items(panel: PricePanel, class_code: str, before: str, month: str) -> pd.DataFrame:
    # only the two months are laid out, not the whole panel
    t0, t1 = month_names.ordinal(panel.months[0]), month_names.ordinal(month)
    last = t1 - t0
    first = month_names.ordinal(before) - t0
    of_class = panel.items["class_code"].to_numpy() == class_code
    price = np.full((2, len(panel.items)), np.nan)
    turnover = np.zeros(len(panel.items))
    for row, t in enumerate((first, last)):
        cells = slice(int(panel.starts[t]), int(panel.starts[t + 1]))
        price[row, panel.item[cells]] = panel.price[cells]
        if row:
            turnover[panel.item[cells]] = panel.amount_fen[cells] / 100.0
    chosen = np.flatnonzero(of_class & ~np.isnan(price).any(axis=0))
    chosen = chosen[np.argsort(-turnover[chosen], kind="stable")][:_ITEMS]
    frame = panel.items.iloc[chosen][["enterprise_id", "item_id"]].reset_index(drop=True)
    frame["price_before"], frame["price"] = price[0, chosen], price[1, chosen]
    frame["change_pct"] = 100 * (frame["price"] / frame["price_before"] - 1)
    frame["turnover"] = turnover[chosen]
    return frame


def _percent(share: float) -> str:
    return "–" if share != share else f"{100 * share:.1f}%"
