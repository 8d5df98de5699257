"""Picture of an index with and without tax, labelled in Chinese and English."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from shuibei_index.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from shuibei_index.index.taxes.restated import Restated

# The Chinese font that comes with the package; the machine may have none.
_FONTS = Path(__file__).parents[2] / "release" / "fonts"
_LABELS = {"without_tax": "不含税 without tax", "with_tax": "含税 with tax"}
_INK, _MUTED, _GRID = "#1c2530", "#5a6673", "#e3e7eb"


def restated_chart(found: Restated, code: str, ax: Any = None) -> Any:
    """Draw a class as compiled and in the other treatment of tax, with the months in which tax changed."""
    stated = found.stated
    if code not in stated.codes:
        raise UsageError(f"no class {code!r}{did_you_mean(code, stated.codes)}", f"没有分类 {code!r}")
    k = stated.codes.index(code)
    axes = ax if ax is not None else Figure(figsize=(9, 4.2), layout="constrained").subplots()
    when = pd.PeriodIndex(list(stated.months), freq="M").to_timestamp()
    axes.plot(when, stated.index[:, k], lw=1.8, color=_INK, label="编制口径 as compiled")
    axes.plot(when, found.series.index[:, k], lw=1.5, color="#c8963e", label=_LABELS[found.treatment])
    for month in found.breaks:
        axes.axvline(float(date2num(when[stated.months.index(month)])), color=_MUTED, lw=0.9, ls=":")
    name = stated.names.set_index("class_code").loc[code]
    title = f"{code} {name['name_zh']} {name['name_en']}：{found.stated.base_period} = 100"
    axes.set_title(title, fontproperties=_font(11), color=_INK, loc="left", parse_math=False)
    axes.grid(axis="y", color=_GRID, lw=0.8)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0, colors=_MUTED)
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        label.set_fontproperties(_font(8))
    axes.legend(prop=_font(8), frameon=False, loc="best", labelcolor=_INK)
    if found.breaks:
        note = "虚线：税率或税负变动 dotted: tax changes"
        axes.set_xlabel(note, fontproperties=_font(8.5), color=_MUTED, loc="left", parse_math=False)
    return axes


def _font(size: float) -> FontProperties:
    return FontProperties(fname=str(next(_FONTS.glob("*.otf"))), size=size)
