"""Figures of the latest vintage, class by class, as published text: for tables, data files and the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from shuibei_index.release import Release
from shuibei_index.release.schema import INDICES
from shuibei_index.release.tables import printed, published
from shuibei_index.site.literal import numbers

VALUES = ("index", "mom_pct", "yoy_pct", "ytd_pct")
COMPONENTS = ("total", "metal", "making", "stone")
ADJUSTMENTS = ("NSA", "SA", "TREND")
_QUALITY = ("n_enterprises", "n_items", "response_rate_count", "response_rate_value", "imputed_share")


#: Parts of a class that pages load one by one, and the ending of their files: most readers need the first only.
PARTS = {"TOTAL": "", "PARTS": ".parts", "ADJUSTED": ".adjusted"}


def part_of(component: str, adjustment: str) -> str:
    """Return the part that a series belongs to."""
    return "ADJUSTED" if adjustment != "NSA" else "TOTAL" if component == "total" else "PARTS"


@dataclass(frozen=True)
class ClassFigures:
    """All published series of one class.

    Parameters
    ----------
    code : str
        Class code.
    periods : list of str
        Months, ascending.
    series : dict of (str, str) to DataFrame
        (component, adjustment) → texts by month: columns `VALUES`, obs_status, obs_conf; a month without a row is "",
        M, F.
    """

    code: str
    periods: list[str]
    series: dict[tuple[str, str], pd.DataFrame]

    def data(self, part: str, about: dict[str, Any]) -> dict[str, Any]:
        """Return the content of a data file: a part as `part_of` names it, or "ALL", with the head given."""
        chosen = {key: table for key, table in self.series.items() if part in ("ALL", part_of(*key))}
        series = [
            {
                "component": component,
                "adjustment": adjustment,
                "obs_status": "".join(table["obs_status"]),
                "obs_conf": "".join(table["obs_conf"]),
                **{name: numbers(table[name]) for name in VALUES},
            }
            for (component, adjustment), table in chosen.items()
        ]
        return {**about, "class_code": self.code, "part": part, "period": self.periods, "series": series}


def printed_indices(release: Release) -> pd.DataFrame:
    """Return ``indices.csv`` as text: a row per month, class, component and adjustment, "" where there is no number."""
    return printed(release.frame("indices"), INDICES, release.about.policy).astype(object)


def class_figures(indices: pd.DataFrame) -> dict[str, ClassFigures]:
    """Return the figures of every class, in the order of their codes, from `printed_indices`."""
    found = {}
    filled = {**dict.fromkeys(VALUES, ""), "obs_status": "M", "obs_conf": "F"}
    for code, rows in indices.groupby("class_code", sort=True):
        periods = sorted(rows["period"].unique())
        series = {}
        for key, table in rows.groupby(["component", "adjustment"], sort=False):
            wide = table.set_index("period")[[*VALUES, "obs_status", "obs_conf"]]
            if len(wide) < len(periods):
                # text has no gaps of its own: only a month without a row needs filling, and filling is slow
                wide = wide.reindex(periods).fillna(filled)
            series[(str(key[0]), str(key[1]))] = wide
        found[str(code)] = ClassFigures(str(code), periods, dict(sorted(series.items(), key=_place)))
    return found


def _place(item: tuple[tuple[str, str], pd.DataFrame]) -> tuple[int, str, int]:
    component, adjustment = item[0]
    known = COMPONENTS.index(component) if component in COMPONENTS else len(COMPONENTS)
    return known, component, ADJUSTMENTS.index(adjustment)


def class_quality(release: Release) -> dict[str, list[tuple[str, str]]]:
    """Return what stands behind each class in the month of the release, as published text by name."""
    frame = release.frame("quality")
    now = frame[frame["period"] == release.period]
    places = release.about.policy.bulletin_share_decimals
    columns: dict[str, list[str]] = {}
    for name in _QUALITY:
        values = now[name].astype(float).to_numpy()
        whole = name.startswith("n_")
        columns[name] = list(published(values if whole else 100 * values, 0 if whole else places))
    rows = zip(*columns.values(), strict=True)
    pairs = [[(name, text) for name, text in zip(columns, row, strict=True) if text] for row in rows]
    return dict(zip(now["class_code"].astype(str), pairs, strict=True))


def parents(classes: list[dict[str, Any]]) -> dict[str, str]:
    """Return the class above each class: the longest shorter code it begins with, else the headline.

    A bundle names levels, not parents; codes of a classification grow by digits with its levels.

    Examples
    --------
    >>> rows = [{"class_code": c, "level": n, "in_headline": True} for c, n in (("00", 0), ("01", 1), ("0101", 2))]
    >>> parents(rows)
    {'01': '00', '0101': '01'}
    """
    levels = {row["class_code"]: row["level"] for row in classes}
    found = {}
    for row in classes:
        code, level = row["class_code"], row["level"]
        above = [c for c in levels if c != code and code.startswith(c) and levels[c] < level]
        if above:
            found[code] = max(above, key=len)
        elif level == 1 and row["in_headline"] and classes[0]["class_code"] != code:
            found[code] = classes[0]["class_code"]
    return found
