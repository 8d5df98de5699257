"""The picture of one class: levels, errors over time, and the size of every method's error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from shuibei_index.lab.elementary import AVERAGE_PRICE
from shuibei_index.release.palette import BARS, CARD, GRID, INK, MAIN, MUTED
from shuibei_index.release.typeface import FONT

if TYPE_CHECKING:
    from shuibei_index.lab.comparison import MethodComparison

#: Methods whose paths are drawn if they are there, in this order; the best method is always drawn.
_DRAWN = (
    "jevons chained", "tornqvist chained", "jevons carried", "tornqvist carried", "carli chained", "average_price",
    "geks_tornqvist full",
)  # fmt: skip
#: The best method first; the truth is drawn in ink.
_PATHS = (BARS[6], BARS[5], BARS[3], BARS[0], BARS[4], BARS[2], BARS[1], BARS[7])
#: Rows of the dot plot.
_DOTS = 24
_TARGETS = {
    "superlative": "最优真值 superlative truth",
    "transitive": "传递真值 transitive truth",
    "same_formula": "同公式真值 same-formula truth",
    "": "全窗口GEKS full-window GEKS",
}


def draw(found: MethodComparison, g: int, target: str) -> Figure:
    """Return the figure of class `g`."""
    name = found.classes.iloc[g]
    truth = found.log_targets[target][:, g] if target else found.log_reference[:, g]
    words = _TARGETS.get(target, f"真值 {target}")
    sizes = found.measures[f"{target}:rmse" if target else "distance"][:, g]
    whole = found.measures[f"{target}:months" if target else "months"][:, g]
    sizes = np.where(whole == whole.max(), sizes, np.nan)
    labels = found.methods["method"].to_list()
    chosen = _chosen(labels, sizes)
    known = np.flatnonzero(~np.isnan(truth))
    base = known[: found.base_months]
    errors = found.log_levels[:, :, g] - truth
    early = errors[:, base]
    count = (~np.isnan(early)).sum(axis=1)
    errors = errors - (np.nansum(early, axis=1) / np.where(count > 0, count, np.nan))[:, None]
    with mpl.rc_context():
        mpl.rcdefaults()
        figure = Figure(figsize=(11.0, 6.8), facecolor=CARD)
        FigureCanvasAgg(figure)
        top = figure.add_axes((0.06, 0.56, 0.47, 0.33))
        low = figure.add_axes((0.06, 0.19, 0.47, 0.27))
        dots = figure.add_axes((0.76, 0.09, 0.22, 0.80))
    months = np.arange(len(found.months))
    level = truth - truth[base].mean() if len(base) else truth
    (line,) = top.plot(months, 100 * np.exp(level), color=INK, linewidth=2.4, label=words)
    handles = [line]
    for m, colour in zip(chosen, _PATHS, strict=False):
        (line,) = top.plot(months, 100 * np.exp(level + errors[m]), color=colour, linewidth=1.1, label=labels[m])
        low.plot(months, 100 * errors[m], color=colour, linewidth=1.1)
        handles.append(line)
    low.axhline(0.0, color=INK, linewidth=1.2)
    # an average price runs out of the picture: on its scale nothing else could be told apart
    inside = [m for m in chosen if labels[m] != AVERAGE_PRICE] or chosen
    _limits(low, 100 * errors[inside])
    _limits(top, 100 * np.exp(level + np.vstack([errors[inside], np.zeros(len(level))])))
    _dot_plot(dots, labels, sizes)
    size = f"RMSE {'' if target else '(distance) '}%"
    title = f"{name['class_code']} {name['name_zh']} {name['name_en']}"
    notes = "，".join(
        w for w in (found.sample and f"样本 {found.sample}", found.stress and f"情景 {found.stress}") if w
    )
    _text(figure, 0.06, 0.965, title + (f"（{notes}）" if notes else ""), 12)
    _text(figure, 0.06, 0.915, f"指数水平 index level（前{len(base)}个月 first {len(base)} months = 100）", 9.5)
    _text(figure, 0.06, 0.485, f"误差 error: 100 · ln(指数 index / {words})", 9.5)
    shown = int(np.isfinite(sizes).sum())
    _text(figure, 0.58, 0.915, f"均方根误差 {size}（{shown}种方法中最小的{min(_DOTS, shown)}种 smallest）", 9.5)
    for axes in (top, low):
        _months(axes, found.months)
    for axes in (top, low, dots):
        _plain(axes)
    figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0.05, 0.01), ncols=3, frameon=False,
        prop=_font(8.5), labelcolor=INK,
    )  # fmt: skip
    return figure


def _chosen(labels: list[str], sizes: np.ndarray[Any, np.dtype[np.float64]]) -> list[int]:
    wanted = [labels.index(name) for name in _DRAWN if name in labels]
    ranked = [int(m) for m in np.argsort(sizes, kind="stable") if np.isfinite(sizes[m])]
    best = ranked[:1] if wanted else ranked[:6]
    return list(dict.fromkeys([*best, *wanted]))[: len(_PATHS)]


def _dot_plot(axes: Any, labels: list[str], sizes: np.ndarray[Any, np.dtype[np.float64]]) -> None:
    ranked = [m for m in np.argsort(sizes, kind="stable") if np.isfinite(sizes[m])][:_DOTS]
    place = np.arange(len(ranked))[::-1]
    values = sizes[ranked]
    axes.hlines(place, 0, values, color=GRID, linewidth=1.0)
    axes.plot(values, place, "o", color=MAIN, markersize=4.5)
    axes.set_yticks(place, [labels[m] for m in ranked])
    axes.set_xlim(left=0)
    axes.set_ylim(-0.7, max(len(ranked) - 0.3, 0.7))


def _limits(axes: Any, values: np.ndarray[Any, np.dtype[np.float64]]) -> None:
    if np.isfinite(values).any():
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        room = 0.06 * (high - low) or 0.5
        axes.set_ylim(low - room, high + room)


def _months(axes: Any, months: tuple[str, ...]) -> None:
    years = [k for k, m in enumerate(months) if m.endswith("-01")]
    ticks = years[:: -(-len(years) // 10)] if len(years) > 2 else list(range(0, len(months), -(-len(months) // 6)))
    axes.set_xticks(ticks, [months[k][:4] if len(years) > 2 else months[k] for k in ticks])
    axes.set_xlim(-0.5, max(len(months) - 0.5, 1))
    axes.grid(axis="y", color=GRID, linewidth=0.6)


def _plain(axes: Any) -> None:
    axes.set_facecolor("none")
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(length=0, colors=MUTED)
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        label.set_fontproperties(_font(8))
        label.set_color(INK)


def _text(figure: Figure, x: float, y: float, text: str, size: float) -> None:
    figure.text(x, y, text, color=INK, fontproperties=_font(size), va="center", ha="left", parse_math=False)


def _font(size: float) -> FontProperties:
    return FontProperties(fname=str(FONT), size=size)
