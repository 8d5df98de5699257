"""Corrections, embargoes and the calendar: said on both pages, in the feeds and the API, and nothing told too early."""

import json
import shutil
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import GateError
from shuibei_index.site import build_site
from shuibei_index.site.api import marked
from shuibei_index.site.cells import withheld
from shuibei_index.site.coming import past_rows
from shuibei_index.site.files import bulletins, label
from shuibei_index.site.literal import dumps, loads

from .conftest import CORRECTION, contents, write_bundle

LATER = "2024-07-15T09:30+08:00"


def text(site, path):
    return (site / path).read_text(encoding="utf-8")


def test_the_corrected_and_the_correcting_release_name_each_other(site):
    for lang, (old, new) in {"": ("请改用", "本次发布更正"), "en/": ("Use instead", "This release corrects")}.items():
        corrected = text(site, f"{lang}releases/2024-04.html")
        assert old in corrected and 'class="correction"' in corrected
        assert corrected.index('class="correction"') < corrected.index('class="lead"')
        notice = corrected[corrected.index('class="correction"') : corrected.index('class="lead"')]
        assert 'releases/2024-04-r1.html"' in notice and CORRECTION["zh" if not lang else "en"] in notice
        correcting = text(site, f"{lang}releases/2024-04-r1.html")
        assert new in correcting and 'releases/2024-04.html"' in correcting[: correcting.index('class="lead"')]
        assert 'class="correction"' not in text(site, f"{lang}releases/2024-05.html")
        page = text(site, f"{lang}errata.html")
        assert 'releases/2024-04-r1.html"' in page and 'releases/2024-04.html"' in page


def test_feeds_and_api_state_the_correction(site):
    atom = ET.parse(site / "atom.xml").getroot()
    space = "{http://www.w3.org/2005/Atom}"
    entries = {e.find(f"{space}link").get("href").rsplit("/", 1)[1]: e for e in atom.iter(f"{space}entry")}
    assert entries["2024-04-r1.html"].find(f"{space}title").text.startswith("【更正】")
    old = entries["2024-04.html"]
    assert "已更正，见 2024-04-r1" in old.find(f"{space}summary").text
    assert old.find(f"{space}updated").text.startswith("2024-08-01")
    assert "Corrected: see 2024-04-r1" in text(site, "en/rss.xml")
    (erratum,) = json.loads(text(site, "api/v1/errata.json"))["errata"]
    assert (erratum["release"], erratum["corrects"], erratum["reason"]) == ("2024-04-r1", "2024-04", CORRECTION)
    told = {r["release"]: r for r in json.loads(text(site, "api/v1/releases.json"))["releases"]}
    assert (
        told["2024-04"]["corrected_by"] == ["2024-04-r1"] and told["2024-04-r1"]["errata"][0]["corrects"] == "2024-04"
    )
    assert json.loads(text(site, "api/v1/releases/2024-04.json"))["corrected_by"][0]["release"] == "2024-04-r1"


def test_a_record_read_back_and_written_again_is_the_same(site):
    for path in sorted((site / "api/v1/releases").glob("*.json")):
        content = path.read_text(encoding="utf-8")
        assert dumps(marked(loads(content))) + "\n" == content


def test_a_release_under_embargo_leaves_no_trace(own_bundles, tmp_path):
    shutil.rmtree(own_bundles / "2024-06")
    shutil.rmtree(own_bundles / "2024-04-r1")
    build_site(own_bundles, tmp_path / "public", at=LATER)
    write_bundle(own_bundles / "2024-06", "2024-06", embargo_until="2024-07-16T09:30+08:00")
    write_bundle(own_bundles / "2024-04-r1", "2024-04", "2024-04-r1", embargo_until="2024-07-17T09:30+08:00")
    done = build_site(own_bundles, tmp_path / "early", at=LATER)
    assert (done.releases, done.embargoed, done.latest) == (3, 2, "2024-05")
    early, public = contents(tmp_path / "early"), contents(tmp_path / "public")
    # the calendar says when it will come, and no file else differs from those of a site that never knew of it
    assert sorted(early) == sorted(public)
    state = early.pop(".site-state.json")
    assert b"2024-06" not in state and b"2024-04-r1" not in state
    assert {p for p, content in early.items() if content != public[p]} == {
        "calendar.html",
        "en/calendar.html",
        "api/v1/calendar.json",
    }
    assert b"2024-07-16 09:30" in early["en/calendar.html"] and b"2024-04-r1" not in early["en/calendar.html"]
    row = json.loads(early["api/v1/calendar.json"])["coming"][0]
    assert (row["period"], row["date"], row["state"]) == ("2024-06", "2024-07-16", "embargo")
    with pytest.raises(GateError, match="no time is given"):
        build_site(own_bundles, tmp_path / "unasked")
    assert not (tmp_path / "unasked").exists()
    with pytest.raises(GateError, match="embargo"):
        shutil.rmtree(own_bundles / "2024-03")
        shutil.rmtree(own_bundles / "2024-04")
        shutil.rmtree(own_bundles / "2024-05")
        build_site(own_bundles, tmp_path / "nothing", at=LATER)


def test_the_calendar_says_what_was_moved_and_why(site, bundles):
    page = text(site, "en/calendar.html")
    assert "Due" in page and "Released" in page and "weekend" in page
    rows = json.loads(text(site, "api/v1/calendar.json"))
    assert [r["state"] for r in rows["coming"]] == ["due"] * 12 and rows["coming"][0]["period"] == "2024-07"
    policy_of = {"period": "2026-01", "release": "2026-01", "status": "provisional", "corrected_by": []}
    from shuibei_index.release import read_release

    policy = read_release(bundles / "2024-06").about.policy
    (row,) = past_rows([{**policy_of, "released_on": "2026-02-24"}], policy)
    assert row["planned"] == "2026-02-15" and row["why"] == {"zh": "春节", "en": "Spring Festival"}
    (row,) = past_rows([{**policy_of, "released_on": "2026-02-25"}], policy)
    assert row["planned"] == "" and row["why"]["zh"] == ""


def test_every_file_of_a_manifest_is_listed_and_known_ones_in_words(site):
    page = text(site, "releases/2024-06.html")
    for path, said in (("bulletin.zh.pdf", "中文公报"), ("facts.json", "公报中的每个数字"), ("new/thing.bin", "")):
        row = page[page.index(f">{path}</a>") :]
        assert said in row[: row.index("</tr>")]
    assert "Bulletin in Chinese (PDF)" in text(site, "en/releases/2024-06.html")
    assert label("facts.json", "en") and not label("new/thing.bin", "en")
    order = [path for path, _ in bulletins(["bulletin.en.pdf", "bulletin.zh.html", "bulletin.en.html", "x"], "en")]
    assert order == ["bulletin.en.html", "bulletin.en.pdf", "bulletin.zh.html"]


def test_a_rate_compared_with_a_withheld_month_is_withheld_too():
    months = [str(m) for m in pd.period_range("2022-01", "2024-03", freq="M")]
    table = pd.DataFrame({"index": "1.0", "mom_pct": "", "yoy_pct": "", "ytd_pct": "", "obs_conf": "F"}, index=months)
    table.loc["2023-02", ["index", "obs_conf"]] = ["", "C"]
    found = {m: np.array(months)[withheld(table, m)].tolist() for m in ("index", "mom_pct", "yoy_pct", "ytd_pct")}
    assert found["index"] == ["2023-02"]
    assert found["mom_pct"] == ["2023-02", "2023-03"]
    assert found["yoy_pct"] == ["2023-02", "2024-02"]
    assert found["ytd_pct"] == [m for m in months if m[:4] == "2023" and m != "2023-01"] + ["2024-02", "2024-03"]
    assert not withheld(table.assign(mom_pct="0.1"), "mom_pct").any()
