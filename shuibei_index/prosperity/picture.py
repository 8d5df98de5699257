"""The picture of the prosperity index: one line a dimension, the total in ink, in the shipped font."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.font_manager import FontProperties

from shuibei_index.prosperity.result import NAMES, TOTAL
from shuibei_index.release.palette import BARS, GRID, INK, MUTED
from shuibei_index.release.typeface import FONT

if TYPE_CHECKING:
    from shuibei_index.prosperity.result import ProsperityIndex

_COLOURS = {"scale": BARS[5], "efficiency": BARS[3], "confidence": BARS[0], TOTAL: INK}


def draw(index: ProsperityIndex, ax: Any = None) -> Any:
    """Draw into `ax`, or into a figure of its own; returns the axes."""
    import matplotlib.pyplot as plt

    axes = ax if ax is not None else plt.subplots(figsize=(7.6, 3.8), layout="constrained")[1]
    place = np.arange(len(index.months))
    axes.axhline(index.base_value, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    for name in index.components:
        level = index.published(name)
        width = 2.2 if name == TOTAL else 1.3
        axes.plot(place, level, color=_COLOURS[name], linewidth=width, label=" ".join(NAMES[name]))
        # a value with gaps on both sides would not be seen
        gap = np.isnan(np.concatenate([[np.nan], level, [np.nan]]))
        alone = ~np.isnan(level) & gap[:-2] & gap[2:]
        axes.plot(place[alone], level[alone], "o", color=_COLOURS[name], markersize=3)
    januaries = [k for k, m in enumerate(index.months) if m.endswith("-01")]
    many = len(januaries) > 2
    step = -(-len(index.months) // 6)
    ticks = januaries[:: -(-len(januaries) // 10)] if many else list(range(0, len(index.months), step))
    axes.set_xticks(ticks, [index.months[k][:4] if many else index.months[k] for k in ticks])
    bases = sorted(set(index.bases.values()))
    # dimensions that begin later have a base of their own: the summary names it
    base = bases[0] if len(bases) == 1 else "基期 base"
    axes.set_title(
        f"景气指数 Prosperity index（{base} = {index.base_value:g}）", loc="left", fontproperties=_font(10.5)
    )
    axes.legend(frameon=False, prop=_font(8.5), ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.08))
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(length=0, colors=MUTED)
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        label.set_fontproperties(_font(8.5))
    return axes


def _font(size: float) -> FontProperties:
    return FontProperties(fname=str(FONT), size=size)
