"""Charts of a bulletin as SVG. Text is drawn as outlines of the shipped font: the same picture on every machine."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from shuibei_index.release.facts import HEADLINE, Facts
from shuibei_index.release.palette import BARS, CARD, GRID, INK, MAIN, MUTED, SECOND
from shuibei_index.release.typeface import FONT
from shuibei_index.release.withholding import shown as as_shown
from shuibei_index.release.words import base_words

WIDTH = 5.8
LABELS = {
    "zh": {
        "level": "{name}（{base}）",
        "NSA": "未经季节调整",
        "SA": "季节调整后",
        "yoy": "同比（%）",
        "mom": "环比（%）",
        "shares_yoy": "各大类对总指数同比的影响（个百分点）",
        "shares_mom": "各大类对总指数环比的影响（个百分点）",
        "all_yoy": "总指数同比（%）",
        "all_mom": "总指数环比（%）",
        "classes_yoy": "各大类同比（%）",
        "classes_mom": "各大类环比（%）",
        "other": "其他",
        "withheld": "统计保密、未绘出：{names}",
    },
    "en": {
        "level": "{name}, index ({base})",
        "NSA": "Not seasonally adjusted",
        "SA": "Seasonally adjusted",
        "yoy": "Change on a year earlier (%)",
        "mom": "Change on the previous month (%)",
        "shares_yoy": "Contributions to the year-on-year change (percentage points)",
        "shares_mom": "Contributions to the month-on-month change (percentage points)",
        "all_yoy": "Headline, year on year (%)",
        "all_mom": "Headline, month on month (%)",
        "classes_yoy": "Change on a year earlier by class (%)",
        "classes_mom": "Change on the previous month by class (%)",
        "other": "Other",
        "withheld": "Confidential, not drawn: {names}",
    },
}


def level_chart(facts: Facts, lang: str) -> str:
    """Draw the headline's level since the first month, unadjusted and adjusted."""
    words, history = LABELS[lang], facts.history
    figure, (axes,) = _figure(3.1, [(0.20, 0.66)])
    axes.axhline(100.0, color=MUTED, linewidth=0.7, linestyle=(0, (2, 2)))
    handles = _line(axes, history["index:NSA"].to_numpy(), MAIN, words["NSA"], 1.6)
    if "index:SA" in history:
        handles += _line(axes, history["index:SA"].to_numpy(), SECOND, words["SA"], 1.2, (0, (4, 1.5)))
    axes.plot([len(history) - 1], [history["index:NSA"].iloc[-1]], "o", color=MAIN, markersize=4)
    _months(axes, list(history.index))
    _title(figure, 0.955, title(facts, "level", lang))
    if len(handles) > 1:
        _legend(figure, handles, 0.045, columns=2)
    return _svg(figure)


def rates_chart(facts: Facts, lang: str) -> str:
    """Draw the headline's rates of change: year on year as a line, month on month as bars."""
    history = facts.history
    shown = [m for m in ("yoy", "mom") if history[f"{m}_pct:NSA"].notna().any()]
    boxes = [(0.56, 0.30), (0.10, 0.30)] if len(shown) == 2 else [(0.10, 0.75)]
    figure, panels = _figure(3.1, boxes)
    for axes, measure, (bottom, tall) in zip(panels, shown, boxes, strict=True):
        values = history[f"{measure}_pct:NSA"].to_numpy()
        axes.axhline(0.0, color=MUTED, linewidth=0.8)
        axes.spines["bottom"].set_visible(False)
        _months(axes, list(history.index))
        if measure == "yoy":
            _line(axes, values, MAIN, "", 1.6)
        else:
            axes.bar(np.arange(len(values)), np.nan_to_num(values), width=0.72, color=SECOND)
        _title(figure, bottom + tall + 0.085, LABELS[lang][measure])
    for axes in panels[:-1]:
        axes.set_xticklabels([])
    return _svg(figure)


def contributions_chart(facts: Facts, lang: str) -> str:
    """Draw what each top-level class adds to the headline's change, stacked, with the change itself as a line."""
    words, measure = LABELS[lang], facts.shares_measure
    columns, names = _bars(facts, lang)
    told = _withheld(facts, lang)
    below = 0.16 * (told.count("\n") + 1) + 0.05 if told else 0.0
    labels = [words[f"all_{measure}"], *(_wrapped(name, 44) for name in names)]
    half = -(-len(labels) // 2)  # a legend of two columns fills the first one first
    lines = max(sum(label.count("\n") + 1 for label in part) for part in (labels[:half], labels[half:] or [""]))
    legend = 0.175 * lines + 0.08 + below
    height = 2.5 + legend
    figure, (axes,) = _figure(height, [((legend + 0.30) / height, 1 - (legend + 0.30 + 0.38) / height)])
    place = np.arange(columns.shape[0])
    up, down = np.zeros(len(place)), np.zeros(len(place))
    handles: list[Any] = []
    for k, label in enumerate(labels[1:]):
        values = np.nan_to_num(columns[:, k])
        bottom = np.where(values >= 0, up, down)
        bars = axes.bar(place, values, 0.72, bottom=bottom, color=BARS[k], linewidth=0)
        bars.set_label(label)
        handles.append(bars)
        up, down = up + np.maximum(values, 0), down + np.minimum(values, 0)
    axes.axhline(0.0, color=MUTED, linewidth=0.8)
    rate = facts.shares[HEADLINE].to_numpy(dtype=float)
    (line,) = axes.plot(
        place,
        rate,
        color=INK,
        linewidth=1.1,
        marker="o",
        markersize=3,
        markerfacecolor=CARD,
        label=labels[0],
    )
    _months(axes, list(facts.shares.index))
    _title(figure, 1 - 0.15 / height, title(facts, "contributions", lang))
    _legend(figure, [line, *handles], 0.02 + below / height, columns=2)
    if told:
        font = _font(8.0)
        figure.text(0.012, 0.02, told, color=MUTED, fontproperties=font, va="bottom", ha="left", parse_math=False)
    return _svg(figure)


def classes_chart(facts: Facts, lang: str) -> str:
    """Draw the rate of change of the headline and of each top-level class as bars with their published figures."""
    measure = f"{facts.shares_measure}_pct"
    rows = [r for r in facts.rows if r.level <= 1 and (getattr(r, measure) or measure in r.withheld)]
    names = [_wrapped(r.name(lang), 26) for r in rows]
    tall = np.array([0.2 + 0.14 * (name.count("\n") + 1) for name in names])  # inches of each row
    height = max(2.6, 0.55 + float(tall.sum()))
    figure, (axes,) = _figure(height, [(0.1 / height, 1 - 0.5 / height)], left=0.34, width=0.60)
    # a figure that is withheld has its place and its mark, and no bar
    values = np.array([float(getattr(r, measure) or 0.0) for r in rows])
    place = tall.sum() - np.cumsum(tall) + tall / 2
    axes.barh(place, values, 0.2, color=[MAIN if r.code == HEADLINE else SECOND for r in rows], linewidth=0)
    axes.axvline(0.0, color=MUTED, linewidth=0.8)
    reach = max(float(np.abs(values).max(initial=0.0)), 0.1)
    low, high = min(values.min(initial=0.0), 0.0), max(values.max(initial=0.0), 0.0)
    axes.set_xlim(low - (0.22 * reach if low < 0 else 0.0), high + (0.22 * reach if high > 0 else 0.02 * reach))
    axes.set_ylim(0.0, max(float(tall.sum()), 0.5))
    axes.spines["bottom"].set_visible(False)
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    for y, value, name, row in zip(place, values, names, rows, strict=True):
        label, side = as_shown(getattr(row, measure), measure, row.withheld, lang, ""), -1 if value < 0 else 1
        font = {"fontproperties": _font(8.5), "va": "center", "parse_math": False}
        axes.text(value + side * 0.02 * reach, y, label, ha="left" if side > 0 else "right", color=INK, **font)
        axes.text(-0.02, y, name, ha="right", color=INK, transform=axes.get_yaxis_transform(), **font)
    _title(figure, 1 - 0.15 / height, title(facts, "classes", lang))
    return _svg(figure)


CHARTS = {
    "level": level_chart,
    "rates": rates_chart,
    "contributions": contributions_chart,
    "classes": classes_chart,
}


def title(facts: Facts, chart: str, lang: str) -> str:
    """Return what a chart shows, in words."""
    words = LABELS[lang]
    if chart == "level":
        base = base_words(facts.about.base_period, lang)
        return words["level"].format(name=facts.headline.name(lang), base=base)
    if chart == "rates":
        return f"{words['yoy']}{'，' if lang == 'zh' else '; '}{words['mom']}"
    return words[f"{'shares' if chart == 'contributions' else chart}_{facts.shares_measure}"]


def draw(facts: Facts, lang: str) -> dict[str, str]:
    """Draw every chart in one language, by name; a first month has no change to draw."""
    changes = facts.history["mom_pct:NSA"].notna().any()
    return {name: chart(facts, lang) for name, chart in CHARTS.items() if changes or name == "level"}


def _bars(facts: Facts, lang: str) -> tuple[np.ndarray[Any, np.dtype[np.float64]], list[str]]:
    # no more classes than colours that everybody can tell apart: the smallest share the last one
    wide = facts.shares.drop(columns=HEADLINE).dropna(axis="columns", how="all")
    names = {r.code: r.name(lang) for r in facts.rows}
    order = list(wide.columns)
    if len(order) > len(BARS):
        small = wide.abs().mean().sort_values(kind="stable").index[: len(order) - len(BARS) + 1]
        wide = wide.drop(columns=small).assign(**{"": wide[small].sum(axis=1, min_count=1)})
        names[""] = LABELS[lang]["other"]
    return wide.to_numpy(dtype=float), [names.get(code, code) for code in wide.columns]


def _withheld(facts: Facts, lang: str) -> str:
    """Name the classes whose contribution of the release month is withheld; "" = none."""
    wide = facts.shares.drop(columns=HEADLINE)
    last = wide.columns[wide.iloc[-1:].isna().any().to_numpy()]
    measure = f"{facts.shares_measure}_pp"
    names = [r.name(lang) for r in facts.rows if r.code in set(last) and measure in r.withheld]
    if not names:
        return ""
    between = "、" if lang == "zh" else ", "
    return _wrapped(LABELS[lang]["withheld"].format(names=between.join(names)), 52 if lang == "zh" else 100)


def _font(size: float) -> FontProperties:
    return FontProperties(fname=str(FONT), size=size)


def _wrapped(name: str, columns: int) -> str:
    # a legend takes no label that starts with an underscore
    return "\n".join(textwrap.wrap(name.lstrip("_"), columns)) or "–"


def _figure(
    height: float, boxes: Sequence[tuple[float, float]], left: float = 0.092, width: float = 0.882
) -> tuple[Figure, list[Any]]:
    with mpl.rc_context():
        mpl.rcdefaults()  # a user's own style must not reach a publication
        figure = Figure(figsize=(WIDTH, height), facecolor=CARD)
        FigureCanvasSVG(figure)
        axes = [figure.add_axes((left, bottom, width, tall)) for bottom, tall in boxes]
    for one in axes:
        one.set_facecolor("none")
        for side in ("top", "right", "left"):
            one.spines[side].set_visible(False)
        one.spines["bottom"].set_color(GRID)
        one.grid(axis="y", color=GRID, linewidth=0.6)
        one.set_axisbelow(True)
        one.tick_params(length=0, colors=MUTED)
        one.tick_params(axis="x", pad=6)
        one.yaxis.set_major_locator(mpl.ticker.MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        one.yaxis.set_major_formatter(mpl.ticker.FuncFormatter(_plain))
    return figure, axes


def _plain(value: float, _position: int) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _line(axes: Any, values: Any, colour: str, label: str, width: float, style: Any = "-") -> list[Any]:
    x = np.arange(len(values))
    lines: list[Any] = axes.plot(x, values, color=colour, linewidth=width, linestyle=style, label=label)
    if np.isfinite(values).sum() == 1:
        axes.plot(x, values, "o", color=colour, markersize=3)
    return lines


def _months(axes: Any, months: Sequence[str]) -> None:
    # January carries the year; a short series names its months
    count = len(months)
    axes.set_xlim(-0.8, max(count - 0.2, 2))
    if count > 30:
        years = [k for k, m in enumerate(months) if m.endswith("-01")]
        step = -(-len(years) // 10)
        ticks = years[::step]
        labels = [months[k][:4] for k in ticks]
    else:
        ticks = list(range(count - 1, -1, -max(1, -(-count // 6))))[::-1]
        labels = [months[k] for k in ticks]
    axes.set_xticks(ticks, labels)
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        label.set_fontproperties(_font(8.5))
        label.set_color(MUTED)


def _title(figure: Figure, height: float, text: str) -> None:
    figure.text(0.012, height, text, color=INK, fontproperties=_font(10.5), va="center", ha="left", parse_math=False)


def _legend(figure: Figure, handles: list[Any], height: float, columns: int) -> None:
    legend = figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.0, height - 0.02),
        ncols=columns,
        frameon=False,
        prop=_font(8.5),
        labelcolor=INK,
        handlelength=1.4,
        handleheight=0.7,
        handletextpad=0.5,
        columnspacing=1.4,
        labelspacing=0.35,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _svg(figure: Figure) -> str:
    sink = io.StringIO()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams["svg.hashsalt"] = "shuibei_index"
        mpl.rcParams["svg.fonttype"] = "path"
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(sink, format="svg", metadata=nothing, facecolor=CARD)
    text = sink.getvalue()
    text = re.sub(r"<!DOCTYPE[^>]*>\s*", "", text)
    return re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
