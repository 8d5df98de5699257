"""Chart of a class's level or change with its band, labelled in Chinese and English."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

if TYPE_CHECKING:
    from shuibei_index.index.sampling.uncertainty import Uncertainty

# The Chinese font that comes with the package; the machine may have none.
_FONTS = Path(__file__).parents[2] / "release" / "fonts"
_INK, _MUTED, _GRID, _MAIN = "#1c2530", "#5a6673", "#dde2e7", "#17456f"
_LABELS = {
    "index": "指数 Index（{base} = 100）",
    "mom": "环比 Change on the month before（%）",
    "yoy": "同比 Change on a year before（%）",
}


def band_chart(found: Uncertainty, code: str, measure: str) -> Figure:
    """Draw one measure of a class with its 95 % band."""
    font = _font(9)
    k = found.codes.index(code)
    name = found.names.set_index("class_code").loc[code]
    value = 100.0 * (found.ratio(measure)[:, k] - (measure != "index"))
    low, high = (end[:, k] for end in found.band(measure))
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    x = np.arange(len(found.months))
    axes.fill_between(x, low, high, color=_MAIN, alpha=0.22, linewidth=0, label="95% 置信区间 95 % band")
    axes.plot(x, value, color=_MAIN, linewidth=1.5, label=_LABELS[measure].format(base=found.base_period))
    bare = ~np.isnan(value) & np.isnan(low)
    if bare.any():
        axes.plot(x[bare], value[bare], "o", color=_MUTED, markersize=3, label="无法估计误差 no estimate of error")
    level = 100.0 if measure == "index" else 0.0
    axes.axhline(level, color=_MUTED, linewidth=0.7, linestyle=(0, (2, 2)))
    title = f"{code} {name['name_zh']} {name['name_en']}"
    axes.set_title(title, fontproperties=_font(12), color=_INK, loc="left", parse_math=False)
    _months(axes, found.months)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_GRID)
    axes.grid(axis="y", color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=_MUTED)
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        label.set_fontproperties(font)
    note = f"{found.n_firms} 家企业 firms · {found.replicates} 次重抽样 replicates · {found.method}"
    axes.set_xlabel(note, fontproperties=_font(8), color=_MUTED, loc="left", parse_math=False)
    axes.legend(frameon=False, prop=font, labelcolor=_INK, loc="best")
    return figure


def _months(axes: object, months: tuple[str, ...]) -> None:
    years = [t for t, m in enumerate(months) if m.endswith("-01")]
    ticks = years[:: -(-len(years) // 10)] if len(years) > 2 else list(range(0, len(months), -(-len(months) // 8)))
    axes.set_xticks(ticks, [months[t][:4] if len(years) > 2 else months[t] for t in ticks])  # type: ignore[attr-defined]
    axes.set_xlim(-0.5, max(len(months) - 0.5, 1))  # type: ignore[attr-defined]


def _font(size: float) -> FontProperties:
    return FontProperties(fname=str(next(_FONTS.glob("*.otf"))), size=size)
