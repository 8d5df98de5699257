"""Columns of the table of all months of a class."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.component_names import COMPONENT_NAMES
from shuibei_index.site.address import LANGUAGES
from shuibei_index.site.figures import VALUES

#: Months back with which a rate compares.
_BACK = {"mom_pct": 1, "yoy_pct": 12}


def withheld(table: pd.DataFrame, measure: str) -> npt.NDArray[np.bool_]:
    """Tell in which months nothing is published because a level is withheld: the month's, or one it is compared with.

    Parameters
    ----------
    table : DataFrame
        One series by month, ascending, as `ClassFigures.series` has it.
    measure : str
        One of `VALUES`.

    Returns
    -------
    ndarray of bool, shape (T,)

    Notes
    -----
    The comparison is that of the bulletin (`release.withholding.withheld_of`): a year to date rests on the months of
    both years so far.
    """
    at = month_names.ordinals(table.index.tolist())
    empty: npt.NDArray[np.bool_] = (table[measure] == "").to_numpy()
    if not len(at):
        return empty
    hidden = np.zeros(at[-1] - at[0] + 13, dtype=bool)
    here = at - at[0] + 12
    hidden[here] = (table["obs_conf"] == "C").to_numpy()
    reason = hidden[here]
    if measure in _BACK:
        reason = reason | hidden[here - _BACK[measure]]
    elif measure == "ytd_pct":
        count = np.concatenate([[0], np.cumsum(hidden)])
        begin = here - at % 12
        before = np.maximum(begin - 12, 0)
        so_far = (count[here + 1] - count[begin]) + (count[here - 11] - count[before])
        reason = so_far > 0
    found: npt.NDArray[np.bool_] = empty & reason
    return found


def recent(table: pd.DataFrame, n: int) -> list[dict[str, Any]]:
    """Return the last n months of a series, latest first: period, texts, and `withheld`, the measures that are."""
    masks = {name: withheld(table, name)[::-1][:n] for name in VALUES}
    rows = table.iloc[::-1].head(n).reset_index(names="period").to_dict("records")
    return [
        {**{str(name): v for name, v in row.items()}, "withheld": [m for m in VALUES if masks[m][k]]}
        for k, row in enumerate(rows)
    ]


def shown(table: pd.DataFrame, measure: str, hidden: npt.NDArray[np.bool_], confidential: str, none: str) -> list[str]:
    """Return the texts of a measure, latest month first; a word where nothing is published, as `withheld` says."""
    texts = table[measure].to_numpy(dtype=object)
    words_ = np.where(hidden, confidential, none)
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
