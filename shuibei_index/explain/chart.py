"""Chart: the change as a waterfall, from zero to the published change, one step a cause."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.errors import UsageError
from shuibei_index.explain.effects import NOISE
from shuibei_index.explain.wording import CAUSES, MEASURES, SHORT, worded
from shuibei_index.explain.wording import COMPONENTS as COMPONENT_WORDS
from shuibei_index.release.palette import BARS, CARD, GRID, INK, MUTED
from shuibei_index.release.typeface import FONT
from shuibei_index.signed import signed_text

if TYPE_CHECKING:
    from shuibei_index.explain.explanation import Explanation

#: Up, down, whole: apart for every common colour blindness, and by the sign beside each bar.
_UP, _DOWN, _WHOLE = BARS[6], BARS[5], MUTED
#: Causes that are drawn by component.
_SPLIT = ("price", "continuing")


def steps(found: Explanation, lang: str) -> list[tuple[str, float]]:
    """Return the steps of the waterfall, name and percentage points; they add up to the published change.

    Prices of products sold in both months are drawn by component where the series has more than one; every other
    cause is a step of its own.
    """
    lines = found.lines
    reported = lines["cause"].isin(_SPLIT)
    of_parts = lines.loc[reported, list(COMPONENTS)].sum()
    drawn: list[tuple[str, float]] = []
    if (of_parts != 0.0).sum() > 1:
        drawn = [(worded(COMPONENT_WORDS[name], lang), float(of_parts[name])) for name in COMPONENTS]
        lines = lines[~reported]
    whole = {**SHORT, "continuing": SHORT["price"]}
    for cause, link, points in zip(lines["cause"], lines["link_period"], lines["points_pp"], strict=True):
        name = worded(whole[cause], lang) + (f" {link}" if link else "")
        drawn.append((name, float(points)))
    return [(name, points) for name, points in drawn if abs(points) > NOISE]


def waterfall(found: Explanation, lang: str = "zh", ax: Any = None) -> Any:
    """Draw the waterfall; returns the matplotlib axes."""
    rows = steps(found, lang)
    total = float(found.facts["published_pct"])
    title = ("发布", "published") if found.facts["release"] else ("修约后", "rounded")
    height = 1.15 + 0.34 * (len(rows) + 1)
    axes = ax if ax is not None else _axes(height)
    at, low, high = 0.0, min(0.0, total), max(0.0, total)
    ends = []
    for _, points in rows:
        ends.append((at, at + points))
        at += points
        low, high = min(low, at), max(high, at)
    reach = max(high - low, 0.01)
    for y, ((_, points), (first, last)) in enumerate(zip(rows, ends, strict=True)):
        axes.barh(y, points, 0.62, left=first, color=_UP if points > 0 else _DOWN, linewidth=0)
        axes.plot([last, last], [y + 0.31, y + 0.69], color=MUTED, linewidth=0.7)
        _label(axes, max(first, last) + 0.012 * reach, y, signed_text(points, 4).replace("-", "−"))
    axes.barh(len(rows), total, 0.62, color=_WHOLE, linewidth=0)
    _label(axes, max(total, 0.0) + 0.012 * reach, len(rows), f"{found.facts['published_text']}%")
    axes.axvline(0.0, color=INK, linewidth=0.8)
    axes.set_xlim(low - 0.04 * reach, high + 0.16 * reach)
    axes.set_ylim(len(rows) + 0.6, -0.6)
    axes.set_yticks(range(len(rows) + 1), [*(name for name, _ in rows), worded(title, lang)])
    axes.set_xlabel(_unit(rows, found, lang), color=MUTED, fontproperties=_font(8.5))
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        label.set_fontproperties(_font(9))
        label.set_color(INK)
        label.set_parse_math(False)
    axes.set_title(_title(found, lang), loc="left", color=INK, fontproperties=_font(10.5), pad=10, parse_math=False)
    return axes


def waterfall_svg(found: Explanation, lang: str = "zh") -> str:
    """Return the waterfall as SVG: the same bytes for the same explanation, on every machine."""
    figure = waterfall(found, lang).figure
    sink = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "shuibei_index", "svg.fonttype": "path"}):
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(sink, format="svg", metadata=nothing, facecolor=CARD)
    return re.sub(r"\s*<metadata>.*?</metadata>", "", sink.getvalue(), flags=re.DOTALL)


def write_waterfall(found: Explanation, path: Path, lang: str = "zh") -> Path:
    """Write the waterfall as .svg or .png.

    Raises
    ------
    UsageError
        The name ends otherwise.
    """
    kind = path.suffix.lower()
    if kind not in (".svg", ".png"):
        raise UsageError(
            f"a chart is written as .svg or .png, not {path.name!r}", zh="图表文件名应以 .svg 或 .png 结尾"
        )
    if kind == ".svg":
        path.write_text(waterfall_svg(found, lang), encoding="utf-8")
    else:
        waterfall(found, lang).figure.savefig(path, dpi=160, facecolor=CARD, metadata={"Software": None})
    return path


def _title(found: Explanation, lang: str) -> str:
    f = found.facts
    measure = worded(MEASURES[f["measure"]], lang).format(before=f["compared_with"])
    component = "" if f["component"] == "total" else f" · {worded(COMPONENT_WORDS[f['component']], lang)}"
    words = worded(("变动的构成", "what made the change"), lang)
    return (
        f"{f['class_code']} {worded((f['name_zh'], f['name_en']), lang)}{component}  {f['month']}  {measure}: {words}"
    )


def _unit(rows: list[tuple[str, float]], found: Explanation, lang: str) -> str:
    """Return the unit, and which prices the components in the picture are of."""
    names = [worded(COMPONENT_WORDS[name], lang) for name in COMPONENTS]
    unit = worded(("个百分点", "percentage points"), lang)
    first = str(found.lines["cause"].iloc[0])
    if first == "price" or not any(name in names for name, _ in rows):
        return unit
    drawn = [name for name, _ in rows if name in names]
    return f"{unit}{'；' if lang == 'zh' else '; '}{', '.join(drawn)}: {worded(CAUSES[first], lang)}"


def _axes(height: float) -> Any:
    with mpl.rc_context():
        # a user's own style must not reach the picture
        mpl.rcdefaults()
        figure = Figure(figsize=(7.2, height), facecolor=CARD, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
    axes.set_facecolor("none")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=MUTED)
    return axes


def _label(axes: Any, x: float, y: float, text: str) -> None:
    # on a ground of its own: a line behind it stays readable
    ground = {"facecolor": CARD, "edgecolor": "none", "pad": 0.6}
    font = _font(8.5)
    axes.text(x, y, text, ha="left", va="center", color=INK, fontproperties=font, parse_math=False, bbox=ground)


def _font(size: float) -> FontProperties:
    return FontProperties(fname=str(FONT), size=size)
