"""Pictures of the bullion reference and of the dealers' spread, labelled in Chinese and English."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from shuibei_index.bullion.rows import METALS_ZH

if TYPE_CHECKING:
    from shuibei_index.bullion.dealers import DealersSpread
    from shuibei_index.bullion.reference import BullionReference

# The Chinese font that comes with the package; the machine may have none.
_FONTS = Path(__file__).parents[1] / "release" / "fonts"
_INK, _MUTED, _GRID = "#1c2530", "#5a6673", "#e3e7eb"
_LINES = ("#c8963e", "#3f7cac", "#7a9e4f", "#9a6fb0", "#b5524c")


def reference_chart(found: BullionReference, metal: str, ax: Any = None) -> Any:
    """Draw the reference of a metal over the series it comes from; a dotted line where another one takes over."""
    axes = ax if ax is not None else Figure(figsize=(9, 4.2), layout="constrained").subplots()
    own = found.candidates[found.candidates["metal"] == metal]
    for number, name in enumerate(sorted(own["series"].unique())):
        # months without a price are gaps
        every = sorted(own["period"].unique())
        rows = own[own["series"] == name].set_index("period").reindex(every).rename_axis("period").reset_index()
        axes.plot(_when(rows), rows["cny_per_gram"], lw=2.6, alpha=0.5, color=_LINES[number % len(_LINES)], label=name)
    rows = found.series[found.series["metal"] == metal].sort_values("period")
    axes.plot(_when(rows), rows["cny_per_gram"], lw=1.3, color=_INK, label="参考价 reference")
    changes = found.splices[(found.splices["metal"] == metal) & (found.splices["kind"] == "change")]
    for when in _when(changes):
        axes.axvline(when, color=_MUTED, lw=0.9, ls=":")
    note = "虚线：更换序列 dotted: another series from here on" if len(changes) else ""
    return _finish(axes, f"{METALS_ZH[metal]}参考价（元/克） Reference price of {metal}, CNY per gram", note)


def spread_chart(found: DealersSpread, metal: str, ax: Any = None) -> Any:
    """Draw the spread of a metal in per cent, its quartiles' distance as a band, and that over the last quote."""
    axes = ax if ax is not None else Figure(figsize=(9, 4.2), layout="constrained").subplots()
    rows = found.table[found.table["metal"] == metal].sort_values("period")
    when, value, half = _when(rows), rows["spread_pct"], rows["iqr_pct"] / 2.0
    axes.fill_between(
        when, value - half, value + half, color=_LINES[0], alpha=0.22, lw=0, label="企业间四分位距 IQR between firms"
    )
    axes.plot(when, value, lw=1.8, color=_LINES[0], label="对当月基准 over the month's benchmark")
    if rows["quote_spread_pct"].notna().any():
        label = "对成交前报价 over the last quote before the deal"
        axes.plot(when, rows["quote_spread_pct"], lw=1.3, color=_LINES[1], label=label)
    axes.axhline(0.0, color=_MUTED, lw=0.8)
    note = "缺口：企业数不足，不显示 gaps: too few firms" if rows["withheld"].any() else ""
    return _finish(axes, f"{METALS_ZH[metal]}料价价差（%） Spread of firms' own {metal} prices, per cent", note)


def _when(rows: pd.DataFrame) -> Any:
    return pd.PeriodIndex(rows["period"].tolist(), freq="M").to_timestamp()


def _finish(axes: Any, title: str, note: str) -> Any:
    axes.set_title(title, fontproperties=_font(11), color=_INK, loc="left", parse_math=False)
    axes.grid(axis="y", color=_GRID, lw=0.8)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0, colors=_MUTED)
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        label.set_fontproperties(_font(8))
    axes.legend(prop=_font(8), frameon=False, loc="best", labelcolor=_INK)
    if note:
        axes.set_xlabel(note, fontproperties=_font(8.5), color=_MUTED, loc="left", parse_math=False)
    return axes


def _font(size: float) -> FontProperties:
    return FontProperties(fname=str(next(_FONTS.glob("*.otf"))), size=size)
