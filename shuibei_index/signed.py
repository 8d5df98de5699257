"""Signed numbers as text: what shows as zero has no sign."""

from __future__ import annotations


def signed_text(value: float, decimals: int) -> str:
    """Return a number with its sign and some decimals; without a sign where all digits shown are 0; – = not known.

    Examples
    --------
    >>> signed_text(0.25, 3), signed_text(-0.0004, 3), signed_text(float("nan"), 3)
    ('+0.250', '0.000', '–')
    """
    if value != value:
        return "–"
    text = f"{value:+.{decimals}f}"
    return text if text.strip("+-0.") else text[1:]
