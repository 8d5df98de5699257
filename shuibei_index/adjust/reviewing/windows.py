"""Which days around the Spring Festival matter: every window of a grid, ranked by AICc."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from shuibei_index.adjust.adjusting import seasonally_adjust
from shuibei_index.adjust.policies.held import outlier_terms
from shuibei_index.adjust.reviewing.candidates import Candidates
from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.rules import RulesAt

Window = tuple[int, int, int]
NONE = "none"


def window_grid(rules: RulesAt) -> dict[str, Window | None]:
    """Return the windows the review tries, by name: "none" and "before-during-after" in days.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> list(window_grid(Rules.load().at("2025-06")))[:3]
    ['none', '7-7-0', '7-7-7']
    """
    before, during, after = rules["spring_festival_window_grid"]
    grid: dict[str, Window | None] = {NONE: None}
    grid |= {f"{b}-{d}-{a}": (int(b), int(d), int(a)) for b in before for d in during for a in after}
    return grid


def choose_windows(
    frame: pd.DataFrame,
    specifications: Mapping[str, Specification],
    rules: RulesAt,
    *,
    program: str | Path | None = None,
    workers: int = 2,
) -> pd.DataFrame:
    """Return the AICc of every window of the grid for every series.

    Parameters
    ----------
    frame
        Months down, one column a series.
    specifications
        Series → the specification whose festival windows are to be chosen; all else of it stays.
    rules
        The month's rules.
    program, workers
        As in `seasonally_adjust`.

    Returns
    -------
    DataFrame
        series, window, aicc, chosen: one row per series and window; chosen = the smallest AICc of the series. No row
        is chosen where no model got through.

    Notes
    -----
    Outliers are searched for once, with the widest windows, and their dates then held for all: an AICc compares only
    models of the same outliers, and a window that is too short would make outliers of the days it leaves out.
    Source: Lin and Liu (2003), Modeling lunar calendar holiday effects in Taiwan.
    """
    grid = window_grid(rules)
    widest = max((w for w in grid.values() if w is not None), key=sum)
    wide = {name: replace(spec, festival=widest) for name, spec in specifications.items()}
    first = seasonally_adjust(frame, rules=rules, specification=wide, program=program, workers=workers)
    tried = {}
    for name, spec in specifications.items():
        found = outlier_terms(first, name)
        variables = spec.variables + tuple(term for term in found if term not in spec.variables)
        own = replace(spec, outliers=(), outlier_span=None, variables=variables)
        tried[name] = {label: replace(own, festival=window) for label, window in grid.items()}
    table = Candidates(frame, tried, rules, program, workers).aicc().rename(columns={"candidate": "window"})
    best = table.groupby("series", sort=False)["aicc"].transform("min")
    # of equal ones the first, which is the shortest
    table["chosen"] = table["aicc"].eq(best) & ~table[table["aicc"].eq(best)].duplicated("series").reindex(
        table.index, fill_value=True
    )
    return table
