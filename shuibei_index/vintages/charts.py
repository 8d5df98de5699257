"""Pictures of a series' vintages: every release as a line, and revisions since first publication as a triangle."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.font_manager import FontProperties

from shuibei_index.release.palette import BARS, GRID, INK, MUTED
from shuibei_index.release.typeface import FONT

if TYPE_CHECKING:
    from shuibei_index.vintages.series import VintageSeries

_TITLES = {"index": "指数 index", "mom_pct": "环比 mom %", "yoy_pct": "同比 yoy %", "ytd_pct": "累计 ytd %"}
_TICKS = 8


def lines(series: VintageSeries, measure: str, ax: Any = None) -> Any:
    """Draw every vintage as a thin line, what stands today in ink, first figures as dots; returns the axes."""
    axes = _axes(ax)
    triangle = series.triangle(measure)
    place = np.arange(len(triangle))
    values = triangle.to_numpy()
    axes.plot(place, values, color=BARS[5], linewidth=0.7, alpha=0.5)
    axes.plot(place, series.grid.in_force(measure)[:, -1], color=INK, linewidth=1.8)
    first = series.first().set_index("period")
    if measure in first:
        axes.plot(place, first[measure].reindex(triangle.index), ".", color=BARS[0], markersize=3)
    return _labelled(axes, series, measure, list(triangle.index))


def triangle(series: VintageSeries, measure: str, ax: Any = None) -> Any:
    """Draw month × vintage, coloured by the revision since first publication; returns the axes."""
    axes = _axes(ax)
    table = series.triangle(measure)
    at = series.grid.first_at
    first = np.where(at >= 0, table.to_numpy()[np.arange(len(at)), np.maximum(at, 0)], np.nan)
    change = table.to_numpy() - first[:, None]
    finite = np.abs(change[np.isfinite(change)])
    most = float(finite.max()) if len(finite) and finite.max() > 0 else 1.0
    picture = axes.imshow(change.T, cmap="RdBu_r", vmin=-most, vmax=most, aspect="auto", interpolation="nearest")
    axes.figure.colorbar(picture, ax=axes)
    _labelled(axes, series, measure, list(table.index))
    names = list(table.columns)
    shown = np.unique(np.linspace(0, len(names) - 1, min(_TICKS, len(names))).round().astype(int))
    axes.set_yticks(shown, [names[k] for k in shown], fontsize=8)
    return axes


KINDS: dict[str, Callable[..., Any]] = {"lines": lines, "triangle": triangle}


def _axes(ax: Any) -> Any:
    import matplotlib.pyplot as plt

    return ax if ax is not None else plt.subplots(figsize=(7.6, 3.8), layout="constrained")[1]


def _labelled(axes: Any, series: VintageSeries, measure: str, months: list[str]) -> Any:
    shown = np.unique(np.linspace(0, len(months) - 1, min(_TICKS, len(months))).round().astype(int))
    axes.set_xticks(shown, [months[k] for k in shown], fontsize=8)
    words = f"{series.label} {_TITLES[measure]}: {len(series.vintages)} 次发布 releases"
    axes.set_title(words, fontproperties=FontProperties(fname=str(FONT)), fontsize=10, color=INK, loc="left")
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.tick_params(colors=MUTED)
    return axes
