"""Public: what of an explanation may leave the house: nothing that a release withholds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.disclosure import Protection
from shuibei_index.errors import UsageError
from shuibei_index.explain.classes import PARTS
from shuibei_index.explain.explanation import Explanation

#: Of the year of the weights, which are withheld with any month of it.
_WEIGHTS = ("weight_share", "link_factor")


def for_public(found: Explanation, protection: Protection | None) -> Explanation:
    """Return a public explanation without what a release withholds.

    Parameters
    ----------
    found : Explanation
        From `explain(..., public=True)`.
    protection : Protection or None
        None: no pattern can be found, since the headline itself is confidential.

    Returns
    -------
    Explanation
        Numbers of withheld classes and components are NaN; `parts` has obs_conf (F, C).

    Raises
    ------
    UsageError
        The series itself is withheld in one of the two months.
    """
    facts = found.facts
    code, component = str(facts["class_code"]), str(facts["component"])
    span = (str(facts["compared_with"]), str(facts["month"]))
    hidden = _hidden(protection, span)
    if protection is None or (code, component) in hidden:
        raise UsageError(
            f"{component} of {code} is confidential in {span[0]} or {span[1]}: no release publishes it",
            zh=f"{code} 的 {component} 在 {span[0]} 或 {span[1]} 属统计保密，不予公布",
        )
    lines = found.lines.copy()
    for name in COMPONENTS:
        if (code, name) in hidden and name in lines:
            lines[name] = np.nan
    months = [m for m in protection.months if span[0][:4] <= m[:4] <= span[1][:4] or m == facts["link_period"]]
    of_years = _hidden(protection, months)
    if (code, "total") in of_years:
        facts = facts | dict.fromkeys(_WEIGHTS, float("nan"))
    return dataclasses.replace(found, facts=facts, lines=lines, parts=_parts(found.parts, component, hidden, of_years))


def _hidden(protection: Protection | None, months: tuple[str, ...] | list[str]) -> set[tuple[str, str]]:
    if protection is None:
        return set()
    pattern = protection.pattern
    rows = pattern[(pattern["obs_conf"] == "C") & pattern["period"].isin(list(months)) & (pattern["stage"] == "all")]
    return set(zip(rows["class_code"], rows["component"], strict=True))


def _parts(
    parts: pd.DataFrame, component: str, hidden: set[tuple[str, str]], of_years: set[tuple[str, str]]
) -> pd.DataFrame:
    if not len(parts):
        return parts
    shown = parts.copy()
    codes = shown["class_code"].astype(str)
    whole = codes.map(lambda code: (code, component) in hidden).to_numpy(dtype=bool)
    for column, name in zip(PARTS, COMPONENTS, strict=True):
        shown.loc[whole | codes.map(lambda code, name=name: (code, name) in hidden).to_numpy(dtype=bool), column] = (
            np.nan
        )
    shown.loc[whole, ["change_pct", "points_pp"]] = np.nan
    shown.loc[codes.map(lambda code: (code, "total") in of_years).to_numpy(dtype=bool), "weight_share"] = np.nan
    # the order would tell which of the withheld are large
    shown = shown.assign(obs_conf=np.where(whole, "C", "F"))
    return pd.concat([shown[~whole], shown[whole].sort_values("class_code")], ignore_index=True)
