"""A small release whose names are hostile and of which some figures are withheld, in every format."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from shuibei_index.release.about import About
from shuibei_index.release.computed import computed_tables, tables_of
from shuibei_index.release.datapackage import datapackage
from shuibei_index.release.facts import gather
from shuibei_index.release.formats import files
from shuibei_index.release.policy import publication_policy
from shuibei_index.release.schema import REVISIONS, Table, conform, empty
from shuibei_index.release.tables import csv_bytes, indices_json, parquet_bytes
from shuibei_index.release.words import headline
from shuibei_index.rules import Rules
from tests.release.conftest import Series, classes, make_adjusted, make_series

NAMES = {
    "0101": "<script>alert(1)</script>",
    "0102": "=cmd|' /C calc'!A0",
    "0201": "@SUM(1,2)\t+",
    "0202": "Quote \" and ' and ‘，”",
    "0203": "two\nlines; _x0041_",
    "0301": "表情 💎 emoji & <b>",
}
NOTE = "备注 long " * 1000
HIDDEN = "0401"


class Withhold:
    """Stands in for Protection: one class is withheld in every table that knows it."""

    def apply(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        if "class_code" not in frame or "obs_conf" not in frame:
            return frame
        gone = frame["class_code"].eq(HIDDEN)
        numbers = [c for c in frame.columns if frame[c].dtype.kind in "fi" and c not in ("level", "year")]
        shown = frame.copy()
        shown[numbers] = shown[numbers].astype(float).mask(gone)
        return shown.assign(obs_conf=np.where(gone, "C", shown["obs_conf"]))


@dataclass(frozen=True)
class Prosperity:
    frame: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        return self.frame


@dataclass(frozen=True)
class Bundle:
    frames: dict[str, pd.DataFrame]
    tables: dict[str, Table]
    about: About
    files: dict[str, bytes]
    sentences: dict[str, str]


def with_parts(series: Series) -> Series:
    """Add the components of two classes, and a month without a value."""
    indices, points = series.frames["indices"], series.frames["contributions"]
    some = indices[indices["class_code"].isin(["00", "01"])]
    parts = [
        some.assign(component=name, index=some["index"] * factor) for name, factor in (("metal", 1.1), ("making", 0.7))
    ]
    own = points[points["class_code"].isin(["00", "01"])]
    halves = [own.assign(component=name, points_pp=own["points_pp"] / 2) for name in ("metal", "unsplit")]
    whole = pd.concat([indices, *parts], ignore_index=True)
    lost = whole["class_code"].eq("0602") & whole["period"].eq(series.months[5])
    whole.loc[lost, ["index", "mom_pct", "yoy_pct", "ytd_pct"]] = np.nan
    whole.loc[lost, "obs_status"] = "M"
    frames = {**series.frames, "indices": whole, "contributions": pd.concat([points, *halves], ignore_index=True)}
    return dataclasses.replace(series, frames=frames)


@pytest.fixture(scope="session")
def bundle(rules: Rules) -> Bundle:
    tree = classes()
    tree["name_zh"] = tree["class_code"].map(NAMES).fillna(tree["name_zh"])
    tree["name_en"] = tree["class_code"].map(NAMES).fillna(tree["name_en"])
    plain = make_series("2023-01", 14, tree=tree)
    series = with_parts(plain)
    month = series.months[-1]
    prosperity = pd.DataFrame(
        {"period": np.repeat(series.months, 2), "component": ["scale", "total"] * len(series.months)}
    )
    prosperity = prosperity.assign(family="C", index=1000.125, mom_pct=0.05, yoy_pct=np.nan, n_enterprises=9)
    about = About(
        release=month,
        period=month,
        status="provisional",
        vintage=month,
        base_period="2023",
        package_version="0",
        title={"zh": "水贝·中国珠宝指数", "en": "Shuibei China Jewelry Index"},
        released_on="2024-03-15",
        next_release="2024-04-15",
        tax_basis="incl",
        stage="wholesale",
        trial=True,
        reason="",
        notes=({"zh": NOTE, "en": "=1+1"},),
        intake={"read": 10, "accepted": 9, "held": 1, "rejected": 0},
        engine={},
        policy=publication_policy(rules.at(month)),
        digests={"inputs": "ab" * 32},
    )
    frames = computed_tables(
        series,
        about.policy,
        month,
        adjusted=make_adjusted(plain),
        prosperity=Prosperity(prosperity.assign(obs_conf="F")),
        protection=Withhold(),  # type: ignore[arg-type]
    )
    first = frames["indices"].iloc[[0]]
    changed = first.assign(previous=99.0, current=100.0, revision=1.0, reason='=HYPERLINK("x")')
    frames["revisions"] = conform(changed, REVISIONS, "test") if len(changed) else empty(REVISIONS)
    tables = tables_of(frames)
    made: dict[str, bytes] = {}
    marks = {k: getattr(about, k) for k in ("release", "period", "vintage", "base_period", "status")}
    for name, table in tables.items():
        made[f"{name}.csv"] = csv_bytes(frames[name], table, about.policy)
        made[f"{name}.parquet"] = parquet_bytes(frames[name], table, marks)
    made["indices.json"] = indices_json(frames["indices"], marks)
    facts = gather(frames, about)
    made |= files(frames, tables, about, facts=facts, csv=made)
    made["datapackage.json"] = datapackage(tables, made, about)
    return Bundle(frames, tables, about, made, {lang: headline(facts, lang) for lang in ("zh", "en")})
