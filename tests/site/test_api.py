"""The API and the data of the scripts: digit for digit what the bundles say, every vintage of it."""

import csv
import json
import re

import pytest

from shuibei_index.release import read_release
from shuibei_index.site.api import ENDPOINTS
from shuibei_index.site.literal import dumps, loads, numbers

MEASURES = ("index", "mom_pct", "yoy_pct", "ytd_pct")


def rows_of(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("code", ["00", "01", "02", "0101", "90"])
def test_series_of_a_class_in_every_form(site, bundles, code):
    expected = [r for r in rows_of(bundles / "2024-06/indices.csv") if r["class_code"] == code]
    assert rows_of(site / f"api/v1/series/{code}.csv") == expected
    content = loads((site / f"api/v1/series/{code}.json").read_bytes())
    scripts = [(site / f"data/series/{code}{e}.js").read_text(encoding="utf-8") for e in ("", ".parts", ".adjusted")]
    parts = [loads(re.fullmatch(r"shuibei\.add\((.*)\);\n", text)[1]) for text in scripts]
    for series in (content["series"], [s for part in parts for s in part["series"]]):
        found = {
            (p, s["component"], s["adjustment"], m): s[m][k]
            for s in series
            for k, p in enumerate(content["period"])
            for m in MEASURES
        }
        told = {(r["period"], r["component"], r["adjustment"], m): r[m] or None for r in expected for m in MEASURES}
        assert found == told
        conf = {(r["period"], r["component"], r["adjustment"]): r["obs_conf"] for r in expected}
        assert all(
            conf[p, s["component"], s["adjustment"]] == s["obs_conf"][k]
            for s in series
            for k, p in enumerate(content["period"])
        )


def test_real_time_data_give_back_every_vintage(site, bundles):
    order = [r["release"] for r in json.loads((site / "api/v1/releases.json").read_bytes())["releases"]]
    assert order == ["2024-03", "2024-04", "2024-05", "2024-06", "2024-04-r1"]
    changes = rows_of(site / "api/v1/vintages.csv")
    for place, name in enumerate(order):
        rows = [r for r in rows_of(bundles / name / "indices.csv") if r["adjustment"] == "NSA"]
        now = {}
        for row in changes:
            if order.index(row["vintage"]) <= place:
                now[row["class_code"], row["component"], row["period"]] = row
        for row in rows:
            found = now[row["class_code"], row["component"], row["period"]]
            assert [found[m] for m in (*MEASURES, "obs_conf")] == [row[m] for m in (*MEASURES, "obs_conf")], (name, row)
    # a revision of one month is that month, its rates, and those a year's means take it into; not all of history
    assert 0 < sum(r["vintage"] == "2024-04-r1" for r in changes) <= 2 * 2 * 5
    one = loads((site / "api/v1/vintages/00.json").read_bytes())
    total = next(s for s in one["series"] if s["component"] == "total")
    own = [r for r in changes if (r["class_code"], r["component"]) == ("00", "total")]
    assert total["index"] == [r["index"] or None for r in own]
    assert [order[v] for v in total["vintage"]] == [r["vintage"] for r in own]


def test_addresses_are_documented_and_answer(site):
    page = (site / "api.html").read_text(encoding="utf-8")
    index = json.loads((site / "api/v1/index.json").read_bytes())
    assert index["release"] == "2024-06" and index["endpoints"] == [path for path, _ in ENDPOINTS]
    for path, _ in ENDPOINTS:
        assert f"<code>{path}</code>" in page
        assert (site / path.format(name="2024-06", class_code="00")).is_file()
    classes = json.loads((site / "api/v1/classes.json").read_bytes())["classes"]
    assert {c["class_code"]: c["parent"] for c in classes} == {
        "00": None,
        "01": "00",
        "02": "00",
        "0101": "01",
        "90": None,
    }
    latest = json.loads((site / "api/v1/latest.json").read_bytes())
    assert latest["classes"][0]["index"] == index["headline"]["index"]


def test_copies_of_bundles_verify_as_files(site, bundles):
    copy = read_release(site / "bundles/2024-04-r1")
    assert dict(copy.files) == dict(read_release(bundles / "2024-04-r1").files)


def test_digits_stay_and_text_stays_text():
    text = dumps({"a": numbers(["1.50", "", "-0.1"]), "b": "\x001.50\x00x", "c": "1.50"})
    assert text.startswith('{"a":[1.50,null,-0.1],') and json.loads(text)["b"] == "\x001.50\x00x"
    assert loads(text)["a"] == ["1.50", None, "-0.1"]
