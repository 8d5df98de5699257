"""Charts of a validation: findings by rule, by firm, and which firm makes which mistake; labels in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.validation.report import SEVERITY_WORDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.font_manager import FontProperties

    from shuibei_index.validation.report import ValidationReport

#: The typeface that comes with the package: matplotlib's own has no Chinese.
_FONT = Path(__file__).parents[1] / "release" / "fonts" / "NotoSansSC-Regular-subset.otf"
_COLOURS = {"note": "#8aa4b8", "query": "#e0a030", "reject": "#b03a2e"}

_INK, _MUTED, _GRID = "#1c2530", "#5a6673", "#dde2e7"
#: Bars and cells beyond these numbers are added up in one: more could not be read.
_BARS, _FIRMS, _RULES = 25, 30, 18
_TITLES = {
    "rule": ("各审核项发现数", "findings by rule"),
    "enterprise": ("各企业发现数", "findings by firm"),
    "both": ("企业与审核项", "findings by firm and rule"),
}


def draw(report: ValidationReport, by: str, ax: Axes | None = None) -> Axes:
    """Draw findings by "rule", "enterprise" or "both" into `ax`, or a new figure, and return the axes."""
    if by not in _TITLES:
        raise UsageError(
            f"by must be one of {', '.join(_TITLES)}, not {by!r}{did_you_mean(by, _TITLES)}",
            zh=f"by 只能是 {'、'.join(_TITLES)}",
        )
    if by == "both":
        table = report.by_rule_and_enterprise()
        table = _capped(_capped(table, _FIRMS).T, _RULES).T
        axes = ax if ax is not None else _new(max(7.0, 0.42 * len(table.columns) + 3.0), 0.27 * len(table) + 3.2)
        _grid(axes, table)
    else:
        table = _capped(report.by_rule() if by == "rule" else report.by_enterprise(), _BARS)
        axes = ax if ax is not None else _new(8.5, 0.3 * max(len(table), 1) + 1.6)
        _bars(axes, table)
    zh, en = _TITLES[by]
    total = len(report.findings)
    axes.set_title(f"{zh} {en}（{total:,}）", fontproperties=_font(11), color=_INK, loc="left", pad=10)
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        label.set_fontproperties(_font(8.5))
        label.set_color(_INK)
        label.set_parse_math(False)
    return axes


def _new(width: float, height: float) -> Axes:
    import matplotlib.pyplot as plt

    axes: Axes = plt.subplots(figsize=(width, height), layout="constrained")[1]
    return axes


def _capped(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return the first rows and one with the sum of the others; firms without a code are named so."""
    named = table.rename(index=lambda name: str(name) or "（未填 not given）")
    if len(named) <= most:
        return named
    rest = named.iloc[most - 1 :]
    return pd.concat([named.iloc[: most - 1], rest.sum().to_frame(f"其他 {len(rest)} others").T])


def _bars(axes: Axes, table: pd.DataFrame) -> None:
    from matplotlib.ticker import MaxNLocator

    table = table.iloc[::-1]
    place = np.arange(len(table))
    left = np.zeros(len(table))
    for severity, colour in _COLOURS.items():
        values = table[severity].to_numpy(dtype=float)
        axes.barh(place, values, left=left, height=0.72, color=colour, label=SEVERITY_WORDS[severity])
        left += values
    for y, total in zip(place.tolist(), left.tolist(), strict=True):
        axes.annotate(f"{total:,.0f}", (total, y), (4, 0), textcoords="offset points", va="center", fontsize=8,
                      color=_MUTED)  # fmt: skip
    axes.set_yticks(place, [str(name) for name in table.index])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlim(0, max(float(left.max(initial=0.0)) * 1.12, 1.0))
    axes.grid(axis="x", color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_GRID)
    axes.tick_params(length=0)
    legend: dict[str, Any] = {"frameon": False, "prop": _font(8.5), "loc": "lower right", "labelcolor": _INK}
    axes.legend(**legend)


def _grid(axes: Axes, table: pd.DataFrame) -> None:
    values = table.to_numpy(dtype=float)
    if not values.size:
        axes.set_axis_off()
        return
    # small and large counts side by side: the shade follows the logarithm, the figure says the number
    axes.imshow(np.log1p(values), aspect="auto", cmap="YlOrBr", vmin=0.0)
    shade = np.log1p(values) / max(float(np.log1p(values).max(initial=0.0)), 1e-9)
    for y, x in np.argwhere(values > 0).tolist():
        axes.text(x, y, f"{values[y, x]:.0f}", ha="center", va="center", fontsize=8,
                  color="white" if shade[y, x] > 0.6 else _INK)  # fmt: skip
    axes.set_xticks(range(len(table.columns)), [str(c) for c in table.columns], rotation=40, ha="right")
    axes.set_yticks(range(len(table)), [str(name) for name in table.index])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _font(size: float) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=str(_FONT), size=size)
