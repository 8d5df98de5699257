"""Paper, type and colours of the pictures of the adjust stage, drawn alike on every machine."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

# The release's palette and typeface; a stage may not import a later one, so a test holds the colours together.
INK, MUTED, GRID, CARD = "#1c2530", "#5a6673", "#dde2e7", "#fefefe"
MAIN, SECOND, THIRD, GREY = "#17456f", "#c2570c", "#009e73", "#8c97a3"
# name of the CSS variable: light, dark
COLOURS = {
    "ink": (INK, "#e6eaee"),
    "muted": (MUTED, "#a3afba"),
    "grid": (GRID, "#39434d"),
    "card": (CARD, "#1b2127"),
    "main": (MAIN, "#7fb8ea"),
    "second": (SECOND, "#f0935a"),
    "third": (THIRD, "#2fc79a"),
    "grey": (GREY, "#8c97a3"),
    "page": ("#f3f5f7", "#12161a"),
    "band": ("#eef2f6", "#232b33"),
}
FONT = Path(__file__).parents[2] / "release" / "fonts" / "NotoSansSC-Regular-subset.otf"
# Narrow on purpose: on a telephone, 360 pixels wide, type of 8.5 points is then still 9 pixels high.
WIDTH = 4.6
SMALL, LARGE = 8.5, 10.5
_LEFT, _RIGHT, _TOP, _BOTTOM, _LEGEND, _GAP = 0.56, 0.20, 0.38, 0.34, 0.26, 0.42  # inches
_CAPTION = 0.18


def panels(heights: Sequence[float], *, legend: int = 0, captions: bool = False) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels of these heights in inches, one below the other, and room for lines of legend.

    `captions`: the first panel has a caption too.
    """
    above = _TOP + (_CAPTION if captions else 0.0)
    total = above + sum(heights) + _GAP * (len(heights) - 1) + _BOTTOM + _LEGEND * legend
    with mpl.rc_context():
        mpl.rcdefaults()  # a user's own style must not reach a publication
        figure = Figure(figsize=(WIDTH, total), facecolor=CARD)
        FigureCanvasSVG(figure)
        axes, top = [], total - above
        for tall in heights:
            box = (_LEFT / WIDTH, (top - tall) / total, 1 - (_LEFT + _RIGHT) / WIDTH, tall / total)
            axes.append(figure.add_axes(box))
            top -= tall + _GAP
    for one in axes:
        one.set_facecolor("none")
        for side in ("top", "right", "left"):
            one.spines[side].set_visible(False)
        one.spines["bottom"].set_color(GRID)
        one.grid(axis="y", color=GRID, linewidth=0.6)
        one.set_axisbelow(True)
        one.tick_params(length=0, colors=MUTED)
        one.tick_params(axis="x", pad=6)
        one.yaxis.set_major_locator(mpl.ticker.MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        one.yaxis.set_major_formatter(mpl.ticker.FuncFormatter(plain))
    return figure, axes


def plain(value: float, _position: int | None = None) -> str:
    """Return a number for an axis: no zeros at the end, large ones shortened."""
    if abs(value) >= 1e5:
        power = int(np.floor(np.log10(abs(value))))
        return f"{value / 10.0**power:.3g}e{power}"
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def font(size: float = SMALL) -> FontProperties:
    """Return the shipped typeface."""
    return FontProperties(fname=str(FONT), size=size)


@cache
def _characters() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(FONT, lazy=True) as face:
        return frozenset(face.getBestCmap())


def drawable(text: str) -> str:
    """Replace what the shipped typeface cannot show by a question mark."""
    return "".join(c if ord(c) in _characters() else "?" for c in text)


def title(figure: Figure, text: str) -> None:
    """Write the figure's title at its upper left; a long one is cut."""
    tall = figure.get_figheight()
    cut = drawable(text)
    room = 60  # widths of a Latin letter; a Chinese one takes two
    while sum(2 if ord(c) > 0x2E7F else 1 for c in cut) > room:
        cut = cut[:-2].rstrip() + "…"
    figure.text(0.1 / WIDTH, 1 - 0.17 / tall, cut, color=INK, fontproperties=font(LARGE), va="center", parse_math=False)


def caption(axes: Axes, text: str) -> None:
    """Write a panel's name above its upper left corner."""
    axes.set_title(text, loc="left", pad=4, fontproperties=font(), color=MUTED)


def legend(figure: Figure, handles: Sequence[Any], *, columns: int) -> None:
    """Write the legend at the foot of the figure, in the order of the handles."""
    box = figure.legend(
        handles=list(handles),
        loc="lower left",
        bbox_to_anchor=(0.0, 0.0),
        ncols=columns,
        frameon=False,
        prop=font(),
        labelcolor=INK,
        handlelength=1.5,
        handletextpad=0.5,
        columnspacing=1.3,
        labelspacing=0.4,
    )
    for text in box.get_texts():
        text.set_parse_math(False)


def finish(axes: Sequence[Axes]) -> None:
    """Set the type of every label of an axis."""
    for one in axes:
        for label in [*one.get_xticklabels(), *one.get_yticklabels()]:
            label.set_fontproperties(font())
            label.set_color(MUTED)


def years(axes: Axes, labels: Sequence[str], *, show: bool = True) -> None:
    """Mark the first period of each year; a long series names every few years."""
    starts = [k for k, label in enumerate(labels) if label.endswith(("-01", "-Q1"))]
    step = max(1, -(-len(starts) // 7))
    ticks = starts[::-1][::step][::-1]
    axes.set_xlim(-0.8, len(labels) - 0.2)
    axes.set_xticks(ticks, [labels[k][:4] for k in ticks] if show else [])


def svg(figure: Figure, name: str) -> str:
    """Return the figure as an ``<svg>`` element whose ids begin with `name`, in the page's colours."""
    sink = io.StringIO()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams["svg.hashsalt"] = "shuibei_index"
        mpl.rcParams["svg.fonttype"] = "path"
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(sink, format="svg", metadata=nothing, facecolor=CARD)
    text = sink.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{name}-", text)
    for variable, (light, _) in COLOURS.items():
        text = text.replace(light, f"var(--{variable}, {light.upper()})")
    return text.strip()


def font_uri(text: str) -> str:
    """Return the shipped typeface, cut to the characters of a page, as a data URI."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.drop_tables += ["GPOS", "GSUB", "GDEF"]
    options.name_IDs = [0, 1, 13, 14]
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(c for c in text if ord(c) in _characters()))
    sink = io.BytesIO()
    with TTFont(FONT, recalcTimestamp=False, lazy=True) as face:
        cutter.subset(face)
        face.save(sink)
    return "data:font/otf;base64," + base64.b64encode(sink.getvalue()).decode("ascii")
