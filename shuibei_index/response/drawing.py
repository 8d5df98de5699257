"""Drawings of these pages: plain SVG, written number by number, so that the same data give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt
import pandas as pd

_INK, _MUTED, _GRID = "#1b2530", "#5b6774", "#d5dae0"
_SEEN, _IMPUTED, _MISSING = "#17456f", "#b9c4cf", "#c2570c"
OWN, CLASS = "#c2570c", "#17456f"
_ROW, _LEFT, _WIDTH = 22, 270, 680


def response_bars(classes: pd.DataFrame) -> str:
    """Draw for each class the weight with a price, imputed for other reasons, and imputed for missing firms."""
    height = _ROW * len(classes) + 30
    bar = _WIDTH - _LEFT - 60
    parts = [_legend()]
    for at, row in enumerate(classes.to_dict("records")):
        y = 26 + at * _ROW
        seen, missing = 1.0 - row["imputed"], row["missing"]
        label = f"{row['class_code']} {row['name_zh']} {row['name_en']}"
        parts.append(_text(_LEFT - 6, y + 12, _short(label, 44), anchor="end"))
        left = float(_LEFT)
        for share, colour in ((seen, _SEEN), (row["imputed"] - missing, _IMPUTED), (missing, _MISSING)):
            width = bar * max(share, 0.0)
            if width >= 0.05:
                parts.append(f'<rect x="{left:.1f}" y="{y}" width="{width:.1f}" height="15" fill="{colour}"/>')
            left += width
        parts.append(_text(_LEFT + bar + 6, y + 12, f"{100.0 * seen:.0f}%"))
    return _svg(_WIDTH, height, "各类有价格的权重 weight with a price, by class", "".join(parts))


def _legend() -> str:
    words = (
        ("有价格 priced", _SEEN),
        ("其他插补 imputed, other", _IMPUTED),
        ("缺报插补 imputed, missing firms", _MISSING),
    )
    left = (120, 250, 420)
    return "".join(
        f'<rect x="{x}" y="4" width="10" height="10" fill="{colour}"/>' + _text(x + 14, 13, word, colour=_MUTED)
        for x, (word, colour) in zip(left, words, strict=True)
    )


def two_lines(
    months: Sequence[str], own: npt.NDArray[np.float64], other: npt.NDArray[np.float64] | None, *, title: str
) -> str:
    """Draw a firm's own index and, if given, that of its class; NaN breaks a line."""
    width, height, left, right, top, foot = 680, 180, 44, 108, 14, 26
    values = np.concatenate([own, other if other is not None else own])
    known = values[np.isfinite(values)]
    if not known.size:
        return ""
    low, high = float(known.min()), float(known.max())
    room = max((high - low) * 0.08, 0.5)
    low, high = low - room, high + room
    x = left + (width - left - right) * np.arange(len(months)) / max(len(months) - 1, 1)

    def y(v: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return top + (height - top - foot) * (high - v) / (high - low)

    parts = []
    for tick in np.linspace(low + room, high - room, 4):
        at = float(y(np.array(tick)))
        parts.append(f'<line x1="{left}" x2="{width - right}" y1="{at:.1f}" y2="{at:.1f}" stroke="{_GRID}"/>')
        parts.append(_text(left - 5, at + 4, f"{tick:.1f}", anchor="end", colour=_MUTED))
    step = max(1, -(-len(months) // 7))
    shown = range((len(months) - 1) % step, len(months), step)
    parts += [_text(float(x[k]), height - 8, months[k], anchor="middle", colour=_MUTED) for k in shown]
    lines = [("本企业 own", own, OWN)] if other is None else [("本类 class", other, CLASS), ("本企业 own", own, OWN)]
    ends: list[tuple[float, str, str]] = []
    for word, line, colour in lines:
        parts.append(
            f'<path d="{_path(x, y(line), np.isfinite(line))}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        last = np.flatnonzero(np.isfinite(line))
        if last.size:
            ends.append((float(y(line)[last[-1]]) + 4, f"{word} {line[last[-1]]:.1f}", colour))
    if len(ends) == 2 and abs(ends[0][0] - ends[1][0]) < 13:
        # two labels on one height could not be read
        ends.sort()
        middle = (ends[0][0] + ends[1][0]) / 2.0
        ends = [(middle + by, word, colour) for by, (_, word, colour) in zip((-7, 7), ends, strict=True)]
    parts += [_text(width - right + 6, at, word, colour=colour) for at, word, colour in ends]
    return _svg(width, height, title, "".join(parts))


def _path(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], known: npt.NDArray[np.bool_]) -> str:
    return "".join(f"{'L' if k and known[k - 1] else 'M'}{x[k]:.1f} {y[k]:.1f}" for k in np.flatnonzero(known).tolist())


def month_boxes(months: Sequence[str], states: Sequence[str]) -> str:
    """Draw one box per month: filled = accepted records, empty = none, none drawn before the firm was in the panel."""
    width = 50
    parts = []
    for at, (month, state) in enumerate(zip(months, states, strict=True)):
        x = at * width + 4
        fill = {"yes": "#2e7d4f", "no": "#ffffff"}.get(state)
        if fill is not None:
            stroke = "#2e7d4f" if state == "yes" else "#b03a2e"
            parts.append(f'<rect x="{x}" y="4" width="40" height="14" rx="3" fill="{fill}" stroke="{stroke}"/>')
        parts.append(_text(x + 20, 32, month[2:], anchor="middle", colour=_MUTED))
    return _svg(width * len(months) + 4, 38, "各月报送 reporting by month", "".join(parts))


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = _INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def _svg(width: int, height: int, title: str, content: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" font-size="11" '
        f'font-family="inherit" xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{content}</svg>'
    )


def _short(text: str, room: int) -> str:
    """Return a text cut to a width in half-width characters; Chinese characters take two."""
    width = np.cumsum([2 if ord(c) > 0x2E7F else 1 for c in text])
    return text if width[-1] <= room else text[: int((width < room).sum())] + "…"
