from __future__ import annotations

import dataclasses
import json
import re

import jsonschema
import pytest

from shuibei_index.release import Release, make_release
from shuibei_index.release.bulletin import bulletin
from shuibei_index.release.facts import gather
from shuibei_index.release.factsheet import FACTS, Fact, fact_table, read_facts
from shuibei_index.release.formats.json_schema import facts_schema, manifest_schema
from shuibei_index.release.founded import page_text, unfounded
from shuibei_index.rules import Rules
from shuibei_index.workspace import Settings

from .conftest import make_series
from .test_verify import resigned

LANGUAGES = ("zh", "en")


def table_of(release: Release) -> tuple[Fact, ...]:
    return read_facts(release.files[FACTS])


def page(release: Release, lang: str) -> str:
    return release.files[f"bulletin.{lang}.html"].decode()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_number_of_a_page_is_a_fact(release: Release, lang: str) -> None:
    assert len(re.findall(r"\d+(?:\.\d+)?", page_text(page(release, lang)))) > 500
    assert unfounded(page(release, lang), table_of(release), lang) == []
    # no place of a number was left open
    assert not re.search(r"[{}]", page_text(page(release, lang)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_number_that_is_no_fact_is_found(release: Release, lang: str) -> None:
    text, row = page(release, lang), release.facts.headline
    table = table_of(release)
    assert unfounded(text.replace(f"{row.index}", "777.77", 1), table, lang) != []
    # the right number with the wrong unit
    assert unfounded(f"<p>{row.yoy_pct}{'个百分点' if lang == 'zh' else ' percentage points'}</p>", table, lang)
    without = [f for f in table if f.value != row.index]
    assert {re.sub(r"[^0-9.]", "", n) for n in unfounded(text, without, lang)} == {row.index}


def test_ids_stand_once_and_numbers_have_units(release: Release) -> None:
    table = table_of(release)
    assert len({f.id for f in table}) == len(table) > 400
    by = {f.id: f for f in table}
    row = release.facts.headline
    assert by["class.00.total.index"][1:] == (row.index, "points", f"{row.index}点", f"{row.index} points")
    assert by["class.00.total.yoy_pct"].zh.startswith(("上涨", "下降", "持平"))
    jsonschema.validate(json.loads(release.files[FACTS]), facts_schema())
    jsonschema.validate(release.manifest, manifest_schema())
    assert FACTS in {r["path"] for r in json.loads(release.files["datapackage.json"])["resources"]}


def test_one_fact_changed_changes_both_pages(release: Release) -> None:
    tables, about = dict(release.tables), release.about
    indices = tables["indices"].copy()
    at = (indices["period"] == about.period) & (indices["class_code"] == "0101") & (indices["adjustment"] == "NSA")
    assert at.sum() == 1
    indices.loc[at, "index"] = 4321.05
    changed = gather({**tables, "indices": indices}, about)
    before, after = ({f.id: f for f in fact_table(facts)} for facts in (release.facts, changed))
    assert {name for name in before if before[name] != after[name]} == {"class.0101.total.index"}
    for lang in LANGUAGES:
        text = bulletin(changed, lang, {})
        assert "4321.05" in page_text(text) and "4321.05" not in page_text(page(release, lang))
        assert unfounded(text, after.values(), lang) == []


def test_verification_compares_the_facts_with_the_tables(release: Release) -> None:
    old = f'"value": "{release.facts.headline.index}"'.encode()
    report = resigned(release, FACTS, lambda c: c.replace(old, b'"value": "999.99"')).verify()
    said = {(p.file, p.en) for p in report.problems}
    assert (FACTS, f"class.00.total.index reads 999.99, the tables say {release.facts.headline.index}.") in said
    # and a page that says what is no fact
    path = "bulletin.en.html"
    report = resigned(release, path, lambda c: c.replace(b"</footer>", b"<p>31415.9</p></footer>")).verify()
    assert (path, "31415.9 is no fact of facts.json.") in {(p.file, p.en) for p in report.problems}
    report = resigned(release, FACTS, lambda _: b'{"facts": 1}').verify()
    assert any(p.file == FACTS and "cannot be read" in p.en for p in report.problems)


def test_a_bundle_from_before_there_were_facts_verifies(release: Release) -> None:
    files = {path: content for path, content in release.files.items() if path != FACTS}
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = [entry for entry in manifest["files"] if entry["path"] != FACTS]
    old = Release({**files, "manifest.json": json.dumps(manifest, ensure_ascii=False).encode()})
    assert old.verify().problems == ()


def test_boxes_that_a_release_may_have(release: Release) -> None:
    changed = {"values": 12, "from": "2025-04", "to": "2025-05", "classes": ["00", "01"]}
    erratum = {"corrects": "2025-05", "reason": {"zh": "权数更正", "en": "weights corrected"}, "changed": changed}
    contact = {"name_zh": "指数<编制>办公室", "phone": "0755-8888 0000"}
    about = dataclasses.replace(
        release.about, errata=(erratum,), contact=contact, embargo_until="2025-07-15T09:30+08:00", trial=True
    )
    facts = dataclasses.replace(release.facts, about=about)
    said = {
        "zh": "更正：本版更正 2025-05。原因：权数更正。更正的数值：12个|发布日程|2025年9月15日|指数<编制>办公室",
        "en": "Correction of release 2025-05. Reason: weights corrected.|Release calendar|15 September 2025|Contact",
    }
    for lang, words in said.items():
        text = bulletin(facts, lang, {})
        for one in (*words.split("|"), "0755-8888 0000"):
            assert one in page_text(text), one
        # on every printed page
        assert re.search(r'@bottom-left \{[^}]*content: "[^"]*(限时发布|Embargoed)[^"]*(试运行|Trial)', text)
        assert text.index('class="banner erratum"') < text.index('class="headline"')
        assert unfounded(text, fact_table(facts), lang) == []
        assert "Release calendar" not in page_text(
            bulletin(dataclasses.replace(facts, about=dataclasses.replace(about, next_dates=())), lang, {})
        )
    names = {f.id: f.zh for f in fact_table(facts)}
    assert names["contact.2"] == "0755-8888 0000" and names["erratum.1.values"] == "12个"


@pytest.mark.usefixtures("no_charts")
def test_whom_to_ask_is_what_the_settings_say(rules: Rules) -> None:
    @dataclasses.dataclass(frozen=True)
    class Office(Settings):
        contact_name_en: str = "Index office"
        contact_phone: str = "0755-1234"
        contact_email: str = ""

    made = make_release(make_series("2025-01", 2), rules=rules, settings=Office())
    assert made.manifest["contact"] == {"name_en": "Index office", "phone": "0755-1234"}
    # the only name there is serves both
    assert all("Index office" in page(made, lang) for lang in LANGUAGES)
    assert made.verify().ok
    assert "contact" not in make_release(make_series("2025-01", 2), rules=rules).manifest
