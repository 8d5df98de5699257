"""The static API: JSON and CSV at addresses that stay, and the same data for the scripts of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from shuibei_index.site.address import slug
from shuibei_index.site.corrections import errata_rows
from shuibei_index.site.figures import PARTS, ClassFigures
from shuibei_index.site.history import VALUES
from shuibei_index.site.literal import dumps, number, numbers
from shuibei_index.site.record import MEASURES, REVISED

#: Address, and the word that says what it holds.
ENDPOINTS = (
    ("api/v1/index.json", "api_index"),
    ("api/v1/latest.json", "api_latest"),
    ("api/v1/releases.json", "api_releases"),
    ("api/v1/releases/{name}.json", "api_release"),
    ("api/v1/errata.json", "api_errata"),
    ("api/v1/calendar.json", "api_calendar"),
    ("api/v1/classes.json", "api_classes"),
    ("api/v1/series/{class_code}.json", "api_series"),
    ("api/v1/series/{class_code}.csv", "api_series_csv"),
    ("api/v1/vintages/{class_code}.json", "api_vintages"),
    ("api/v1/vintages.csv", "api_vintages_csv"),
    ("bundles/{name}/manifest.json", "api_bundle"),
)
_LISTED = (
    "release",
    "period",
    "status",
    "vintage",
    "released_on",
    "next_release",
    "trial",
    "reason",
    "headline",
    "errata",
)
HISTORY = "api/v1/vintages.csv"


def record_path(name: str) -> str:
    """Return where the record of a release is published."""
    return f"api/v1/releases/{name}.json"


def marked(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record that was read back with its published numbers marked for writing again."""
    classes, revisions = (
        [{k: number(v) if k in names and v is not None else v for k, v in row.items()} for row in record[part]]
        for part, names in (("classes", MEASURES), ("revisions", REVISED))
    )
    return {**record, "classes": classes, "revisions": revisions}


def lists(records: list[dict[str, Any]], latest: dict[str, Any], bases: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield path and content of the entry points: index, latest, releases, errata.

    Parameters
    ----------
    records : list of dict
        Records of all releases in the order of publication.
    latest : dict
        The record of the latest vintage.
    bases : dict
        What every answer says of itself: api, site.
    """
    head = latest["classes"][0]
    figures = {name: number(head[name] or "") for name in VALUES}
    told = {name: latest[name] for name in ("release", "period", "released_on", "next_release", "base_period")}
    yield (
        "api/v1/index.json",
        dumps({**bases, "endpoints": [path for path, _ in ENDPOINTS], **told, "headline": figures}),
    )
    yield "api/v1/latest.json", dumps({**bases, **marked(latest)})
    rows = [
        {
            **{name: r[name] for name in _LISTED},
            "corrected_by": [one["release"] for one in r["corrected_by"]],
            "record": record_path(r["release"]),
            "bundle": f"bundles/{r['release']}/",
        }
        for r in records
    ]
    yield "api/v1/releases.json", dumps({**bases, "releases": rows})
    yield "api/v1/errata.json", dumps({**bases, "errata": errata_rows(records)})


def calendar_json(coming: list[dict[str, Any]], past: list[dict[str, Any]], bases: dict[str, Any]) -> str:
    """Return the release calendar with the state of each month."""
    return dumps({**bases, "coming": coming, "released": past})


def classes_json(latest: dict[str, Any], figures: dict[str, ClassFigures], above: dict[str, str], bases: Any) -> str:
    """Return the list of classes with the series each has."""
    rows = [
        {
            **{name: row[name] for name in ("class_code", "level", "name_zh", "name_en", "in_headline")},
            "parent": above.get(row["class_code"]),
            "first": figures[row["class_code"]].periods[0],
            "last": figures[row["class_code"]].periods[-1],
            "series": [list(key) for key in figures[row["class_code"]].series],
            "url": f"api/v1/series/{slug(row['class_code'])}.json",
        }
        for row in latest["classes"]
        if row["class_code"] in figures
    ]
    return dumps({**bases, "release": latest["release"], "classes": rows})


def series_files(
    indices: pd.DataFrame, figures: dict[str, ClassFigures], latest: dict[str, Any]
) -> Iterator[tuple[str, bytes]]:
    """Yield the series of every class: JSON and CSV of the API, and the scripts that pages load."""
    by_class = {str(code): rows for code, rows in indices.groupby("class_code", sort=True)}
    names = {row["class_code"]: (row["name_zh"], row["name_en"]) for row in latest["classes"]}
    for code, one in figures.items():
        zh, en = names.get(code, (code, code))
        head = {
            "release": latest["release"],
            "base_period": latest["base_period"],
            "decimals": latest["decimals"],
            "name_zh": zh,
            "name_en": en,
        }
        name = slug(code)
        yield f"api/v1/series/{name}.json", dumps(one.data("ALL", head)).encode()
        yield f"api/v1/series/{name}.csv", by_class[code].to_csv(index=False, lineterminator="\n").encode()
        for part, ending in PARTS.items():
            yield f"data/series/{name}{ending}.js", f"shuibei.add({dumps(one.data(part, head))});\n".encode()


def vintage_files(printed: pd.DataFrame, order: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the real-time data of every class: JSON of the API and the script of the triangle.

    `vintage` of a value is the place, counted from 0, of the release in `vintages` that first showed it; it holds until
    the next value of the same month.
    """
    place = pd.Series(range(len(order)), index=order)
    for code, rows in printed.groupby("class_code", sort=True):
        series = [
            {
                "component": str(component),
                "adjustment": "NSA",
                "period": part["period"].tolist(),
                "vintage": part["vintage"].map(place).tolist(),
                "obs_conf": "".join(part["obs_conf"]),
                **{name: numbers(part[name]) for name in VALUES},
            }
            for component, part in rows.groupby("component", sort=True)
        ]
        text = dumps({"class_code": str(code), "vintages": order, "series": series})
        yield f"api/v1/vintages/{slug(str(code))}.json", text.encode()
        yield f"data/vintages/{slug(str(code))}.js", f"shuibei.addVintages({text});\n".encode()
