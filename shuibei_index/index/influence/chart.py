"""Picture of drop-one effects: months across, firms down, the effect in colour, labelled in Chinese and English."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

if TYPE_CHECKING:
    from shuibei_index.index.influence.result import Influence

# The Chinese font that comes with the package; the machine may have none.
_FONTS = Path(__file__).parents[2] / "release" / "fonts"
_INK, _MUTED = "#1c2530", "#5a6673"
_LABELS = {
    "index": "剔除后指数变动（点） Effect on the index, points",
    "mom": "剔除后环比变动（百分点） Effect on the monthly change, pp",
    "yoy": "剔除后同比变动（百分点） Effect on the yearly change, pp",
}


def heat_chart(found: Influence, code: str, measure: str, top: int) -> Figure:
    """Draw the effects of the firms with the largest mean absolute effect on a class."""
    k = found.codes.index(code)
    effect = found.effect(measure)[:, k]
    mean = np.nan_to_num(np.abs(effect)).mean(axis=0)
    chosen = np.argsort(-mean, kind="stable")[:top]
    chosen = chosen[mean[chosen] > 0]
    rows = effect[:, chosen].T
    name = found.names.set_index("class_code").loc[code]
    figure = Figure(figsize=(9, 1.7 + 0.27 * max(len(chosen), 2)), layout="constrained")
    axes = figure.subplots()
    title = f"{code} {name['name_zh']} {name['name_en']}：剔除单个企业的影响 Effect of leaving one firm out"
    axes.set_title(title, fontproperties=_font(11), color=_INK, loc="left", parse_math=False)
    if len(chosen):
        limit = max(float(np.nanmax(np.abs(rows))), 1e-9)
        picture = axes.imshow(rows, aspect="auto", cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
        bar = figure.colorbar(picture, ax=axes, fraction=0.03, pad=0.01)
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0, colors=_MUTED)
        for label in bar.ax.get_yticklabels():
            label.set_fontproperties(_font(8))
        alone = np.argwhere(found.only[:, k][np.newaxis, :] == chosen[:, np.newaxis])
        if len(alone):
            axes.plot(alone[:, 1], alone[:, 0], ".", color=_INK, markersize=2)
    axes.set_yticks(range(len(chosen)), [found.firms[f] for f in chosen])
    years = [t for t, m in enumerate(found.months) if m.endswith("-01")]
    ticks = years[:: -(-len(years) // 10)] if len(years) > 2 else list(range(0, len(found.months), 3))
    axes.set_xticks(ticks, [found.months[t][:4] if len(years) > 2 else found.months[t] for t in ticks])
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0, colors=_MUTED)
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        label.set_fontproperties(_font(8))
    note = f"{_LABELS[measure]} · 黑点：该类唯一的企业 dot: only firm of the class"
    axes.set_xlabel(note, fontproperties=_font(8.5), color=_MUTED, loc="left", parse_math=False)
    return figure


def _font(size: float) -> FontProperties:
    return FontProperties(fname=str(next(_FONTS.glob("*.otf"))), size=size)
