from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import UsageError
from shuibei_index.release.formats import FORMATS, files, read
from shuibei_index.release.formats.sdmx.observations import MAPPED
from shuibei_index.release.schema import decimals
from shuibei_index.release.tables import rounded
from tests.release.formats.conftest import HIDDEN, NAMES, Bundle

FULL = ("parquet", "json")
SERIES = [(form, table) for form in ("sdmx-csv", "sdmx-ml") for table in MAPPED if table != "without_tax"]
TABLES = [(form, table) for form in ("parquet", "csv") for table in ("indices", "contributions", "links", "quality")]
SHEETS = [("xlsx", t) for t in ("indices", "contributions", "links", "quality", "revisions", "history")]
OTHERS = [("json", "indices"), ("excel-csv", "indices"), ("csv", "revisions"), ("csv", "prosperity")]


def facts_of(bundle: Bundle, name: str, form: str) -> pd.DataFrame:
    """The table of facts as a format should show it."""
    frame, table = bundle.frames["indices" if name == "history" else name], bundle.tables.get(name)
    table = table or bundle.tables["indices"]
    if form == "xlsx" and name in ("indices", "contributions", "quality"):
        frame = frame[frame["period"].eq(bundle.about.period)]
        frame = frame[frame["adjustment"].eq("NSA")] if "adjustment" in frame else frame
    frame = frame.reset_index(drop=True)
    for column in table.columns:
        if column.is_number and form not in FULL:
            frame[column.name] = rounded(frame[column.name], decimals(column.kind, bundle.about.policy))
    return frame


@pytest.mark.parametrize(("form", "name"), TABLES + OTHERS + SERIES + SHEETS)
def test_every_format_equals_the_facts_to_the_last_digit(bundle: Bundle, form: str, name: str) -> None:
    facts, found = facts_of(bundle, name, form), read(bundle.files, form, name)
    table = bundle.tables["indices" if name == "history" else name]
    key = [k for k in table.key if k in found]
    if form.startswith("sdmx"):
        # what there never was is not an observation
        numbers = [c.name for c in table.columns if c.is_number]
        there = facts[numbers].notna().any(axis=1) | facts["obs_conf"].eq("C")
        there |= facts["obs_status"].eq("M") if "obs_status" in facts else False
        facts = facts[there]
        if "level" in table.key:
            facts = facts.sort_values("level", kind="stable").drop_duplicates([k for k in key if k != "level"])
        facts, found = (f.assign(year=f["year"].astype(str)) if "year" in f else f for f in (facts, found))
    both = (f.assign(**{k: f[k].astype(float) for k in ("year", "level") if k in key}) for f in (facts, found))
    facts, found = (f.sort_values(key, kind="stable").reset_index(drop=True) for f in both)
    assert len(found) == len(facts) > 0
    compared = [c.name for c in table.columns if c.name in found]
    assert {c.name for c in table.columns if c.is_number and name != "history"} <= set(compared)
    for column in compared:
        mine, theirs = facts[column], found[column]
        if mine.dtype.kind in "fi":
            np.testing.assert_array_equal(theirs.astype(float).to_numpy(), mine.astype(float).to_numpy(), column)
        elif column not in ("reason", "name_zh", "name_en"):
            assert theirs.astype(str).tolist() == mine.astype(str).tolist(), column


@pytest.mark.parametrize("form", FORMATS)
def test_a_withheld_figure_is_in_no_format(bundle: Bundle, form: str) -> None:
    found = read(bundle.files, form)
    gone = found[found["class_code"].eq(HIDDEN)]
    assert len(gone)
    assert gone["obs_conf"].eq("C").all()
    assert gone[["index", "mom_pct", "yoy_pct", "ytd_pct"]].isna().all(axis=None)
    shown = found[found["class_code"].eq("00")]
    assert shown["index"].notna().all()


def test_hostile_names_come_back_as_they_are(bundle: Bundle) -> None:
    for form in ("parquet", "json"):
        names = read(bundle.files, form).drop_duplicates("class_code").set_index("class_code")["name_zh"]
        assert {code: names[code] for code in NAMES} == NAMES
    # what a spreadsheet would run stands behind an apostrophe in the CSV, and in a cell of text in the workbook
    risky = {c: "'" + t if t.startswith(("=", "@")) else t for c, t in NAMES.items()}
    for form in ("csv", "excel-csv"):
        names = read(bundle.files, form).drop_duplicates("class_code").set_index("class_code")["name_zh"]
        assert {code: names[code] for code in NAMES} == risky
    names = read(bundle.files, "xlsx").set_index(["class_code", "component"])["name_zh"]
    found = {code: names[code, "total"] for code in NAMES}
    assert found == {code: text.replace("\t", " ") for code, text in NAMES.items()}


def test_the_same_facts_give_the_same_bytes(bundle: Bundle) -> None:
    made = files(bundle.frames, bundle.tables, bundle.about)
    assert made == {path: bundle.files[path] for path in made}
    assert {"bulletin.xlsx", "sdmx/data.csv", "sdmx/data.xml", "excel/indices.csv"} <= set(made)
    assert "excel/links.csv" not in made
    assert made["excel/indices.csv"] == b"\xef\xbb\xbf" + bundle.files["indices.csv"]


def test_reading_a_folder_and_what_is_not_there(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "sdmx").mkdir()
    (tmp_path / "sdmx/data.csv").write_bytes(bundle.files["sdmx/data.csv"])
    assert len(read(tmp_path, "sdmx-csv", "prosperity"))
    for form, table, word in (
        ("ods", "indices", "no format"),
        ("xlsx", "indices", "has no bulletin.xlsx"),
        ("sdmx-csv", "quality", "no table"),
    ):
        with pytest.raises(UsageError, match=word) as error:
            read(tmp_path, form, table)
        assert any("一" <= letter <= "鿿" for letter in error.value.zh)
    with pytest.raises(UsageError, match="has no table 'links'"):
        read(bundle.files, "json", "links")
    with pytest.raises(UsageError, match="has no table 'nothing'"):
        read(bundle.files, "xlsx", "nothing")


def test_metadata_tell_the_release_and_nothing_unknown(bundle: Bundle) -> None:
    content = json.loads(bundle.files["sdmx/metadata.json"])
    rows = {row["id"]: row for row in content["report"]}
    assert rows["reference_period"]["zh"].startswith(bundle.about.period)
    assert rows["comment"]["en"] == "=1+1"
    assert all(row["zh"] and row["en"] for row in content["report"])
