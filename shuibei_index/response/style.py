"""Style of the pages of this room: A4, printable, readable without any program or font of ours."""

from __future__ import annotations

from html import escape

from shuibei_index.response.lights import AMBER, GREEN, RED

#: Background and ink of a light: at least 4.5 to 1 between them, and of different lightness, whatever colours are seen.
COLOURS = {
    GREEN: ("#1f6b41", "#ffffff"),
    AMBER: ("#f2b84b", "#1b2530"),
    RED: ("#8e1f16", "#ffffff"),
    "": ("#5b6774", "#ffffff"),
}
LIGHT_WORDS = {GREEN: "绿 green", AMBER: "黄 amber", RED: "红 red", "": "–"}
STATE_WORDS = {
    "accepted": "已采用 accepted",
    "late": "迟报 late",
    "waiting": "待核 held",
    "missing": "未报 missing",
}
_STYLE = """
@page { size: A4; margin: 14mm 13mm; }
body { font: 10pt/1.45 "Noto Sans CJK SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif; color: #1b2530;
  max-width: 184mm; margin: 4mm auto; background: #fff; }
h1 { font-size: 17pt; margin: 2mm 0 1mm; } h1 small, h2 small { font-weight: normal; color: #5b6774; font-size: 10pt; }
h2 { font-size: 12pt; margin: 5mm 0 1.5mm; border-bottom: 1px solid #d5dae0; padding-bottom: 0.8mm; }
p { margin: 1mm 0; } .en { color: #43505d; } .muted { color: #5b6774; font-size: 8.5pt; }
table { border-collapse: collapse; width: 100%; font-size: 8.5pt; margin: 1.5mm 0; }
th, td { border-bottom: 1px solid #e2e6ea; padding: 0.9mm 1.4mm; text-align: left; vertical-align: top; }
th { background: #eef2f6; font-weight: 600; } th small { display: block; font-weight: normal; color: #43505d; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.light { display: inline-block; border-radius: 2mm; padding: 0.2mm 2mm; font-size: 8.5pt;
  white-space: nowrap; }
.facts { display: grid; grid-template-columns: repeat(4, 1fr); gap: 3mm; margin: 3mm 0; }
.facts div { background: #f3f5f7; border-radius: 1.5mm; padding: 2mm 3mm; font-size: 8.5pt; color: #43505d; }
.facts b { display: block; font-size: 15pt; color: #1b2530; font-variant-numeric: tabular-nums; }
footer { color: #5b6774; font-size: 8.5pt; margin-top: 5mm; border-top: 1px solid #d5dae0; padding-top: 1.5mm; }
svg { display: block; max-width: 100%; height: auto; } tr, figure { break-inside: avoid; } figure { margin: 0; }
"""


def page(title: str, body: str, more_style: str = "") -> str:
    """Return a self-contained HTML page."""
    return (
        '<!doctype html>\n<html lang="zh-Hans">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}{more_style}</style></head>\n<body>\n{body}</body>\n</html>\n"
    )


def light_mark(colour: str) -> str:
    """Return a light as a coloured word: legible without colour too."""
    ground, ink = COLOURS[colour]
    return f'<span class="light" style="background:{ground};color:{ink}">{LIGHT_WORDS[colour]}</span>'


def percent(value: float, digits: int = 1) -> str:
    """Return a share as per cent, – where there is none."""
    return "–" if value != value else f"{100.0 * value:.{digits}f}%"


def number(value: float, digits: int) -> str:
    """Return a number with fixed decimals, – where there is none; never a negative zero."""
    return "–" if value != value else f"{round(value, digits) + 0.0:.{digits}f}"


def head_cells(titles: list[tuple[str, str, bool]]) -> str:
    """Return a table's head: Chinese above English, right-aligned where numbers stand."""
    cells = "".join(
        f'<th{" class=n" if right else ""}>{zh}<small lang="en">{en}</small></th>' for zh, en, right in titles
    )
    return f"<tr>{cells}</tr>\n"
