"""Colours of charts and pages: one list, light and dark.

A chart is drawn in the light colours; in a page each becomes a CSS variable, so that one drawing serves both. The
bars follow Okabe and Ito's palette, which people with the common colour blindnesses can tell apart.
"""

from __future__ import annotations

INK, MUTED, GRID, CARD = "#1c2530", "#5a6673", "#dde2e7", "#fefefe"
MAIN, SECOND = "#17456f", "#c2570c"
BARS = ("#e3a008", "#8c97a3", "#56b4e9", "#009e73", "#cc79a7", "#0072b2", "#d55e00", "#6b4c9a")

# name of the CSS variable: light, dark
COLOURS = {
    "ink": (INK, "#e6eaee"),
    "muted": (MUTED, "#a3afba"),
    "grid": (GRID, "#39434d"),
    "card": (CARD, "#1b2127"),
    "main": (MAIN, "#7fb8ea"),
    "second": (SECOND, "#f0935a"),
    **{f"bar{k}": (colour, colour) for k, colour in enumerate(BARS)},
    "bar5": (BARS[5], "#1f86c8"),
    "bar7": (BARS[7], "#a48bd0"),
    "page": ("#f3f5f7", "#12161a"),
    "band": ("#eef2f6", "#232b33"),
}


def css_variables(dark: bool) -> str:
    """Return the declarations of one colour scheme."""
    return " ".join(f"--{name}: {pair[dark]};" for name, pair in COLOURS.items())


def themed(svg: str) -> str:
    """Replace the light colours of a chart by the page's variables."""
    for name, (light, _) in COLOURS.items():
        svg = svg.replace(light, f"var(--{name}, {light.upper()})")
    return svg
