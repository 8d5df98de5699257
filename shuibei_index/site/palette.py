"""Colours of the site: those of the bulletin, and lines that stand out from both backgrounds by 3 : 1 or more."""

from __future__ import annotations

from shuibei_index.release.palette import css_variables

#: Lines of a chart in the order they are used: light, dark. WCAG 2.1 asks 3 : 1 of graphics, which the bars of the
#: bulletin, drawn large and beside each other, need not reach one by one.
LINES = (
    ("#17456f", "#7fb8ea"),
    ("#c2570c", "#f0935a"),
    ("#00785a", "#3fc49b"),
    ("#a3317a", "#e59ac6"),
    ("#7a6a00", "#e3c341"),
    ("#0072b2", "#4aa8e0"),
    ("#6b4c9a", "#b39ddb"),
    ("#5a6673", "#a3afba"),
)
#: Coloured words (4.5 : 1 on every background), borders of controls, and the mark of a trial.
OTHERS = {
    "note": ("#a1450a", "#f0935a"),
    "line": ("#7b8794", "#77828d"),
    "mark": ("#7a3203", "#f6c9a4"),
    "markink": ("#ffffff", "#33200f"),
}


def _declarations(dark: bool) -> str:
    lines = "".join(f" --s{k}: {pair[dark]};" for k, pair in enumerate(LINES))
    others = "".join(f" --{name}: {pair[dark]};" for name, pair in OTHERS.items())
    return css_variables(dark) + lines + others


def style_sheet() -> str:
    """Return the declarations of both colour schemes; paper is always light."""
    light, dark = _declarations(dark=False), _declarations(dark=True)
    return (
        f":root {{ {light} color-scheme: light dark; }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        "@media print { :root { --page: #ffffff; --card: #ffffff; } }\n"
    )
