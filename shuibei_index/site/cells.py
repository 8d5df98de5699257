"""Columns of the table of all months of a class."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuibei_index.component_names import COMPONENT_NAMES
from shuibei_index.site.address import LANGUAGES
from shuibei_index.site.figures import VALUES


def shown(table: pd.DataFrame, measure: str, confidential: str, none: str) -> list[str]:
    """Return the texts of a measure, latest month first; a word where nothing is published."""
    texts, conf = table[measure].to_numpy(dtype=object), table["obs_conf"].to_numpy(dtype=object)
    words_ = np.where(conf == "C", confidential, none)
    found: list[str] = np.where(texts == "", words_, texts)[::-1].tolist()
    return found


def columns(component: str, adjustment: str) -> tuple[str, ...]:
    """Return the measures of a series that the table of a class shows."""
    # a table of every measure of every series would be wider than any page
    if component == "total":
        return VALUES if adjustment == "NSA" else ("index", "mom_pct") if adjustment == "SA" else ("index",)
    return ("index",) if adjustment == "NSA" else ()


def head(component: str, adjustment: str, measure: str, lang: str, t: dict[str, str]) -> str:
    """Return the heading of a column."""
    name = {"index": "index_col", "mom_pct": "mom_col", "yoy_pct": "yoy_col", "ytd_pct": "ytd_col"}[measure]
    parts = [] if component == "total" else [COMPONENT_NAMES[component].pair[LANGUAGES.index(lang)]]
    parts += [] if adjustment == "NSA" else [t[f"{adjustment}_short"]]
    return " ".join([*parts, t[name]])
