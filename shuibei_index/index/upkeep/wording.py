"""Wording: numbers of the upkeep log as text."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from shuibei_index.signed import signed_text

Words = npt.NDArray[np.object_]


def figures(values: Iterable[float]) -> Words:
    """Return quantities and prices with up to 6 significant digits; – = not known."""
    return np.array(["–" if v != v else f"{v:.6g}" for v in values] or [], dtype=object)


def signed(values: Iterable[float]) -> Words:
    """Return percentage points with sign and 3 decimals, "0.000" where they show as none; – = not known."""
    return np.array([signed_text(v, 3) for v in values] or [], dtype=object)


def percentages(values: Iterable[float]) -> Words:
    """Return shares in per cent with 1 decimal; – = not known."""
    return np.array(["–" if v != v else f"{100.0 * v:.1f}%" for v in values] or [], dtype=object)
