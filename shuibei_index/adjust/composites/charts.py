"""Picture of one parent class adjusted both ways."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    from shuibei_index.adjust.composites.comparison import DirectIndirect

# The Chinese font that comes with the package; the machine may have none.
_FONTS = Path(__file__).parents[2] / "release" / "fonts"
_LABELS = {
    "en": (
        "unadjusted",
        "direct",
        "indirect",
        "direct − indirect: level (%)",
        "m/m (percentage points)",
    ),
    "zh": ("未经季节调整", "直接调整", "间接调整", "直接 − 间接：水平 (%)", "环比 (百分点)"),
}
_COMPONENTS = {
    "en": {"total": "price", "metal": "metal", "making": "making charge", "stone": "stone"},
    "zh": {"total": "价格", "metal": "料价", "making": "工费", "stone": "石价"},
}


def draw(compared: DirectIndirect, class_code: str, language: str) -> Figure:
    """Draw levels above and differences below; a side that is missing is left out of the picture."""
    from matplotlib.figure import Figure

    plain, direct, through, gap, rate = _LABELS[language]
    when = pd.PeriodIndex([str(month) for month in compared.indirect.index], freq="M").to_timestamp().to_numpy()
    own = {name: getattr(compared, name)[class_code].to_numpy() for name in ("unadjusted", "direct", "indirect")}
    figure = Figure(figsize=(9, 6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    upper.plot(when, own["unadjusted"], color="0.65", linewidth=1, label=plain)
    upper.plot(when, own["direct"], color="tab:red", linewidth=1.4, label=direct)
    upper.plot(when, own["indirect"], color="tab:blue", linewidth=1.4, linestyle="--", label=through)
    differences = compared.differences()
    differences = differences[differences["class_code"] == class_code].set_index("period")
    differences = differences.reindex([str(month) for month in compared.indirect.index])
    lower.axhline(0.0, color="0.7", linewidth=0.8)
    rates, levels = (differences[name].to_numpy(dtype=np.float64) for name in ("mom_pp", "level_pct"))
    lower.bar(when, rates, width=np.timedelta64(20, "D"), color="0.75", label=rate)
    lower.plot(when, levels, color="black", linewidth=1.2, label=gap)
    row = compared.row(class_code)
    name = f"{class_code} {row[f'name_{language}']} · {_COMPONENTS[language][compared.component]}"
    figure.suptitle(name, fontproperties=_font(12), x=0.01, ha="left", parse_math=False)
    for axes in (upper, lower):
        axes.grid(axis="y", color="0.92", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        # beside the lines, not over them
        axes.legend(prop=_font(9), frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3)
        for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
            label.set_fontproperties(_font(9))
    return figure


def _font(size: float) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=str(next(_FONTS.glob("*.otf"))), size=size)
