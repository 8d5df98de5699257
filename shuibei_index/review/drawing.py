"""Drawing: the headline's monthly changes beside those metal prices alone would give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from shuibei_index.signed import signed_text

_FONT = Path(__file__).parents[1] / "release" / "fonts"
_BAR, _DOT, _INK, _LINE = "#9db4c9", "#8e5a00", "#1b2530", "#8a949e"
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 680, 190, 44, 22, 24


def metal_svg(metals: pd.DataFrame) -> str:
    """Return the picture as SVG: bars the headline, dots what metal prices give; "" where there is nothing to draw.

    Parameters
    ----------
    metals : DataFrame
        period, headline_pct, expected_pct, oldest first.
    """
    drawn = metals.dropna(subset=["headline_pct"])
    if drawn.empty:
        return ""
    values = pd.concat([drawn["headline_pct"], drawn["expected_pct"].dropna(), pd.Series([0.0])])
    low, high = float(values.min()), float(values.max())
    scale = (_HEIGHT - _TOP - _BOTTOM) / max(high - low, 0.1)
    zero = _TOP + high * scale
    step = (_WIDTH - _LEFT) / len(drawn)
    wide, parts = min(0.6 * step, 40.0), []
    for number, (period, shown, expected) in enumerate(
        zip(drawn["period"], drawn["headline_pct"], drawn["expected_pct"], strict=True)
    ):
        x = _LEFT + step * (number + 0.5)
        top, height = min(zero, zero - shown * scale), abs(shown) * scale
        parts.append(
            f'<rect x="{x - wide / 2:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{max(height, 0.6):.1f}" '
            f'fill="{_BAR}"/>'
        )
        if expected == expected:
            parts.append(f'<circle cx="{x:.1f}" cy="{zero - expected * scale:.1f}" r="3.6" fill="{_DOT}"/>')
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{period[2:]}</text>')
    for value in (high, low):
        y = zero - value * scale
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 3.5:.1f}" text-anchor="end">{signed_text(value, 1)}%</text>')
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="总指数环比与金属推算 headline and metals" '
        f'font-size="10" fill="{_INK}" font-family="inherit">'
        f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{zero:.1f}" y2="{zero:.1f}" stroke="{_LINE}"/>'
        f'<rect x="{_LEFT}" y="4" width="10" height="8" fill="{_BAR}"/>'
        f'<text x="{_LEFT + 14}" y="12">总指数环比 headline</text>'
        f'<circle cx="{_LEFT + 125}" cy="8" r="3.6" fill="{_DOT}"/>'
        f'<text x="{_LEFT + 133}" y="12">按金属价格推算 metal prices alone</text>'
        f"{''.join(parts)}</svg>"
    )


def metal_chart(metals: pd.DataFrame, ax: Any = None) -> Any:
    """Draw the same with matplotlib; returns the axes."""
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    if ax is None:
        ax = Figure(figsize=(8, 3), layout="constrained").subplots()
    files = sorted(_FONT.glob("*.[ot]tf"))
    font = FontProperties(fname=files[0], size=9) if files else FontProperties(size=9)
    at = range(len(metals))
    ax.bar(at, metals["headline_pct"], width=0.6, color=_BAR, label="总指数环比 headline")
    ax.plot(at, metals["expected_pct"], "o", color=_DOT, label="按金属价格推算 metal prices alone")
    ax.axhline(0.0, color=_LINE, linewidth=0.8)
    ax.set_xticks(list(at), [str(period)[2:] for period in metals["period"]])
    ax.set_ylabel("%")
    ax.legend(prop=font, frameon=False)
    return ax
