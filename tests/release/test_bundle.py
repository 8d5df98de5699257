from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from shuibei_index.errors import ReleaseError, RulesError, UsageError
from shuibei_index.release import Release, make_release, read_release
from shuibei_index.release.about import scheduled
from shuibei_index.release.policy import publication_policy
from shuibei_index.rules import Rules
from shuibei_index.workspace import Settings

from .conftest import SECRET, Checked, Series, make_adjusted, make_series

CONTRACT = {
    "indices": "period, class_code, level, name_zh, name_en, component, adjustment, index, mom_pct, yoy_pct, ytd_pct, "
    "obs_status, obs_conf",
    "contributions": "period, class_code, level, component, measure, points_pp, obs_conf",
    "links": "year, class_code, link_period, link_factor, weight, price_updated_weight, obs_conf",
    "quality": "period, class_code, n_enterprises, n_items, response_rate_count, response_rate_value, imputed_share, "
    "low_95, high_95, obs_conf",
    "revisions": "period, class_code, component, adjustment, previous, current, revision, reason, obs_conf",
}


@pytest.mark.parametrize("name", CONTRACT)
def test_columns_of_the_contract(release: Release, name: str) -> None:
    columns = CONTRACT[name].split(", ")
    assert release.files[f"{name}.csv"].decode().splitlines()[0].split(",") == columns
    assert list(release.frame(name).columns) == columns


def test_manifest_lists_every_file_but_itself(release: Release) -> None:
    manifest = json.loads(release.files["manifest.json"])
    for key in (
        "schema_version",
        "release",
        "period",
        "status",
        "vintage",
        "base_period",
        "package_version",
        "digests",
    ):
        assert manifest[key], key
    assert manifest["digests"]["inputs"] == "ab" * 32
    assert len(manifest["digests"]["rules"]) == 64
    listed = {f["path"]: (f["bytes"], f["sha256"]) for f in manifest["files"]}
    there = {p: (len(c), hashlib.sha256(c).hexdigest()) for p, c in release.files.items() if p != "manifest.json"}
    assert listed == there
    assert {"charts/level.zh.svg", "charts/contributions.en.svg", "bulletin.zh.html", "adjustment.csv"} <= set(there)


def test_nothing_names_an_enterprise_or_a_machine_path(release: Release) -> None:
    # the fixture's frames carry an enterprise in extra columns, and the engine its path
    for path, content in release.files.items():
        text = content.decode("utf-8", "replace")
        if path.endswith(".parquet"):
            table = pq.read_table(io.BytesIO(content))
            text = f"{table.schema.to_string(show_schema_metadata=True)}{table.to_pydict()}"
        for word in (SECRET, "E0042", "enterprise_id", "/secret", str(Path.cwd())):
            assert word not in text, (path, word)


def test_same_bytes_whatever_the_environment(
    tmp_path: Path, release: Release, series: Series, checked: Checked
) -> None:
    script = (
        "import os, sys; os.umask(0o077); from release.conftest import *\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "s = make_series()\n"
        "counts = pd.DataFrame({'enterprise_id': [SECRET, 'E2'], 'read': [700, 300], 'accepted': [690, 280]})\n"
        "c = Checked(counts.assign(held=[6, 12], rejected=[4, 8]))\n"
        "make_release(s, make_adjusted(s), c, rules=Rules.load(), digests={'inputs': 'ab' * 32}).write(sys.argv[1])\n"
    )
    (tmp_path / "matplotlibrc").write_text("font.size: 25\nlines.linewidth: 9\nsvg.fonttype: none\n")
    environment = {
        **os.environ,
        "TZ": "Asia/Shanghai",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "SOURCE_DATE_EPOCH": "12345",
        "MATPLOTLIBRC": str(tmp_path / "matplotlibrc"),
        "PYTHONPATH": f"{Path(__file__).parents[1]}:{Path(__file__).parents[2]}",
    }
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "out")], check=True, env=environment, timeout=60)
    there = read_release(tmp_path / "out").files
    assert there == release.files
    assert (tmp_path / "out" / "indices.csv").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755


def test_round_trip(release: Release, tmp_path: Path) -> None:
    folder = release.write(tmp_path / "releases" / "2025-06")
    back = read_release(folder)
    assert back.files == release.files
    assert back.name == back.period == "2025-06"
    pd.testing.assert_frame_equal(back.to_frame(), release.to_frame())
    assert back.headline("zh") == release.headline("zh")
    assert "2025年6月份" in back._repr_html_()
    with pytest.raises(UsageError, match=r"no table 'index'.*indices"):
        back.frame("index")


def test_datapackage_follows_the_frictionless_specification(release: Release) -> None:
    package = json.loads(release.files["datapackage.json"])
    tables = [r for r in package["resources"] if r["profile"] == "tabular-data-resource"]
    assert {r["name"] for r in tables} == {*CONTRACT, "adjustment", "first_published"}
    types = {"string", "number", "integer", "yearmonth"}
    for resource in tables:
        content = release.files[resource["path"]]
        assert resource["bytes"] == len(content)
        assert resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
        fields = resource["schema"]["fields"]
        assert [f["name"] for f in fields] == content.decode().splitlines()[0].split(",")
        assert all(f["type"] in types and f["title"] and f["description"] for f in fields)
        assert set(resource["schema"]["primaryKey"]) <= {f["name"] for f in fields}
        table = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
        assert not table.duplicated(resource["schema"]["primaryKey"]).any()
        for field in fields:
            values = table[field["name"]]
            constraints = field.get("constraints", {})
            assert set(values) <= set(constraints.get("enum", values))
            if constraints.get("required"):
                assert (values != "").all()
            if field["type"] in ("number", "integer"):
                pd.to_numeric(values[values != ""], errors="raise")
    assert {f["name"]: f.get("unit") for f in package["resources"][0]["schema"]["fields"]}["mom_pct"] == "percent"


@pytest.mark.usefixtures("no_charts")
def test_an_earlier_month_and_other_names(rules: Rules) -> None:
    series = make_series("2024-01", 18)
    settings = Settings(name_zh="试编指数", name_en="Trial Index", tax_basis="excl", stage="retail", trial=True)
    release = make_release(series, rules=rules, month="2025-03", settings=settings, notes=[("样例。", "Sample.")])
    assert release.to_frame()["period"].max() == release.frame("contributions")["period"].max() == "2025-03"
    assert release.about.released_on == "2025-04-15"
    assert release.about.next_release == "2025-05-15"
    assert "adjustment.csv" not in release.files
    zh, en = release.files["bulletin.zh.html"].decode(), release.files["bulletin.en.html"].decode()
    assert "试编指数为" in zh
    assert "试运行" in zh
    assert "零售环节成交价格，不含税" in zh
    assert "样例。" in zh
    assert "Trial compilation" in en
    assert "retail transactions" in en
    assert "Sample." in en
    assert "no seasonally adjusted series" in en
    given = {"vintage": "2025-03-r2", "released_on": "2025-04-20", "status": "final"}
    other = make_release(series, rules=rules, month="2025-03", **given)
    assert (other.name, other.about.status, other.about.released_on) == ("2025-03-r2", "final", "2025-04-20")


def test_the_calendar_avoids_week_ends(rules: Rules) -> None:
    policy = publication_policy(rules.at("2025-06"))
    assert scheduled("2025-01", policy) == "2025-02-17"  # the 15th is a Saturday
    assert scheduled("2025-05", policy) == "2025-06-16"  # a Sunday
    assert scheduled("2025-12", policy) == "2026-01-15"


@pytest.mark.usefixtures("no_charts")
def test_wrong_frames_are_refused_in_words(series: Series, rules: Rules) -> None:
    def changed(table: str, frame: pd.DataFrame) -> Series:
        return dataclasses.replace(series, frames={**series.frames, table: frame})

    frame = series.to_frame()
    with pytest.raises(ReleaseError, match=r"series.to_frame\(\): mom_pct missing; expected the columns"):
        make_release(changed("indices", frame.drop(columns="mom_pct")), rules=rules)
    with pytest.raises(ReleaseError, match=r"1 rows stand twice, first .*2019-01"):
        make_release(changed("indices", pd.concat([frame, frame.head(1)])), rules=rules)
    with pytest.raises(ReleaseError, match="obs_status is 'X' at 2019-01, 00"):
        make_release(changed("indices", frame.assign(obs_status="X")), rules=rules)
    with pytest.raises(ReleaseError, match=r"index is .*inf.* finite"):
        make_release(changed("indices", frame.assign(index=float("inf"))), rules=rules)
    with pytest.raises(ReleaseError, match="no headline"):
        make_release(changed("indices", frame[frame["class_code"] != "00"]), rules=rules)
    strange = make_adjusted(series)
    strange.frame.loc[strange.frame["series"] == "04", "series"] = "77"
    with pytest.raises(ReleaseError, match="series that the indices do not have, first '77'"):
        make_release(series, strange, rules=rules)
    with pytest.raises(ReleaseError, match="status is 'draft'"):
        make_release(series, rules=rules, status="draft")
    with pytest.raises(ReleaseError, match="released_on is '1 July'"):
        make_release(series, rules=rules, released_on="1 July")


def test_a_method_the_code_does_not_have_is_refused(rules: Rules) -> None:
    at = rules.at("2025-06")
    entry = dataclasses.replace(at.entry("rounding_method"), value="truncate")
    with pytest.raises(RulesError, match="'rounding_method' is 'truncate'; expected one of half_even"):
        publication_policy(dataclasses.replace(at, entries={**at.entries, "rounding_method": entry}))


def test_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="is not a folder"):
        read_release(tmp_path / "none")
    with pytest.raises(ReleaseError, match=r"manifest\.json is missing"):
        read_release(tmp_path)
