from __future__ import annotations

import base64
import csv
import dataclasses
import io
import re
from html.parser import HTMLParser

import pytest
from fontTools.ttLib import TTFont

from shuibei_index.errors import ReleaseError
from shuibei_index.release import Release, make_release
from shuibei_index.release.typeface import characters, cut, missing
from shuibei_index.rules import Rules
from shuibei_index.workspace import Settings

from .conftest import classes, make_adjusted, make_series

LANGUAGES = ("zh", "en")


class Page(HTMLParser):
    """Tags, and what a reader sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if not (self.tags and self.tags[-1][0] == "style" and "@font-face" in data):
            self.text.append(data)


@pytest.fixture(params=LANGUAGES)
def html(request: pytest.FixtureRequest, release: Release) -> str:
    return release.files[f"bulletin.{request.param}.html"].decode()


def test_a_page_needs_nothing_from_elsewhere(html: str) -> None:
    assert not re.search(r"""(src|href|srcset|action|poster|data)\s*=\s*["'](?!#)""", html)
    assert [u[:20] for u in re.findall(r"url\(([^)]*)\)", html) if not u.startswith("#")] == ["data:font/otf;base64"]
    assert "@import" not in html
    tags = {tag for tag, _ in Page(html).tags}
    assert not tags & {"script", "link", "iframe", "img", "object"}
    # names of XML vocabularies are no addresses to fetch
    assert set(re.findall(r"https?://[^\"' )]+", html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_structure(html: str) -> None:
    page = Page(html)
    root = dict(page.tags)["html"]
    assert root["lang"] in ("zh-CN", "en")
    ids = [a["id"] for _, a in page.tags if a.get("id")]
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', html))
    assert used <= set(ids)
    charts = [a for tag, a in page.tags if tag == "svg"]
    assert len(charts) == 4
    assert all(a["role"] == "img" and a["aria-label"] for a in charts)
    heads = [a.get("scope") for tag, a in page.tags if tag == "th"]
    assert set(heads) == {"row", "col", "rowgroup"}
    for words in ("prefers-color-scheme: dark", "@media print", "@media (max-width", "size: A4"):
        assert words in html


def test_every_number_equals_indices_csv(release: Release) -> None:
    rows = csv.DictReader(io.StringIO(release.files["indices.csv"].decode()))
    now = {r["class_code"]: r for r in rows if r["period"] == "2025-06" and r["adjustment"] == "NSA"}
    cells = {}
    for lang in LANGUAGES:
        html = release.files[f"bulletin.{lang}.html"].decode()
        cells[lang] = re.findall(r'<(?:td|span) data-class="(\w+)" data-measure="(\w+)">([^<]*)<', html)
        checked = 0
        for code, measure, text in cells[lang]:
            if measure in now[code]:
                assert text == (now[code][measure] or "–"), (lang, code, measure)
                checked += 1
        assert checked > 4 * len(now)
        assert {code for code, _, _ in cells[lang]} == set(now)
    assert cells["zh"] == cells["en"]  # one fact base


def test_every_character_is_in_the_shipped_font(html: str) -> None:
    text = "".join(Page(html).text)
    assert missing(text) == []
    assert any("\u4e00" <= c <= "\u9fff" for c in text) == ('lang="zh-CN"' in html)


def test_a_page_carries_its_own_font(release: Release) -> None:
    for lang in LANGUAGES:
        html = release.files[f"bulletin.{lang}.html"].decode()
        uri = re.search(r"base64,([^)]+)\)", html)
        assert uri is not None
        have = set(TTFont(io.BytesIO(base64.b64decode(uri[1]))).getBestCmap())
        shown = {ord(c) for c in "".join(Page(html).text)} - {9, 10, 13}
        assert shown <= have
        assert len(have) < 700


def test_the_cut_font_is_the_same_every_time() -> None:
    assert cut("水贝指数0123.%") == cut("%.3210数指贝水")
    assert len(characters()) > 7000


@pytest.mark.usefixtures("no_charts")
def test_names_are_text_and_never_markup(rules: Rules) -> None:
    tree = classes()
    evil = "<script>alert('x')</script>&\"$1"
    tree.loc[tree["class_code"].isin(["00", "01", "0101"]), ["name_zh", "name_en"]] = evil
    series = make_series("2024-06", 14, tree=tree)
    settings = Settings(name_zh=f"指数{evil}", name_en=f"Index {evil}", trial=True)
    release = make_release(series, rules=rules, settings=settings, reason=f"改{evil}", notes=[evil])
    for lang in LANGUAGES:
        page = Page(release.files[f"bulletin.{lang}.html"].decode())
        assert "script" not in {tag for tag, _ in page.tags}
        assert "".join(page.text).count("<script>alert('x')</script>&\"$1") > 8
    assert release.verify().ok


def test_a_character_nobody_could_read_is_refused(rules: Rules) -> None:
    settings = Settings(name_zh="水贝\U0001f48e指数")
    with pytest.raises(ReleaseError, match="the shipped font lacks 1 \\('\U0001f48e'\\)"):
        make_release(make_series("2025-01", 2), rules=rules, settings=settings)


@pytest.mark.usefixtures("no_charts")
def test_a_weaker_method_is_named(rules: Rules) -> None:
    series = make_series("2024-06", 14)
    adjusted = make_adjusted(series)
    adjusted.diagnostics.loc[:1, "status"] = "fallback"
    own = make_release(series, dataclasses.replace(adjusted, engine={"name": "own X-11"}), rules=rules)
    assert "其中2个序列因无法使用X-13ARIMA-SEATS，改用本系统自有的X-11" in own.files["bulletin.zh.html"].decode()
    assert "; 2 by the program&#x27;s own X-11" in own.files["bulletin.en.html"].decode()
    release = make_release(series, dataclasses.replace(adjusted, engine={"name": "STL (statsmodels)"}), rules=rules)
    assert "其中2个序列因无法使用X-13ARIMA-SEATS，改用STL方法" in release.files["bulletin.zh.html"].decode()
    assert "; 2 by the weaker STL method" in release.files["bulletin.en.html"].decode()
    assert release.files["adjustment.csv"].decode().splitlines()[1].endswith(",0.400000,14")
    assert release.verify().ok


@pytest.mark.usefixtures("no_charts")
def test_series_not_adjusted_as_configured_are_named(rules: Rules) -> None:
    series = make_series("2024-06", 14)
    adjusted = make_adjusted(series)
    adjusted.diagnostics["step"] = ["configured", "airline", "x11", ""]
    plain = make_adjusted(series)
    plain.diagnostics["step"] = ["configured"] * 3 + [""]
    names = {row["class_code"]: row for _, row in classes().iterrows()}
    files, before = (make_release(series, one, rules=rules).files for one in (adjusted, plain))
    said = {
        "zh": f"{names['01']['name_zh']}（全价）：航空模型；{names['04']['name_zh']}（全价）：仅X-11滤波",
        "en": f"{names['01']['name_en']} (total) by the airline model; {names['04']['name_en']} (total) by the X-11 ",
    }
    for lang, words in said.items():
        assert words in files[f"bulletin.{lang}.html"].decode()
        assert words not in before[f"bulletin.{lang}.html"].decode()
    assert "Not adjusted as configured" not in before["bulletin.en.html"].decode()


def test_sections_in_both_languages(release: Release) -> None:
    zh, en = (release.files[f"bulletin.{lang}.html"].decode() for lang in LANGUAGES)
    for words in (
        "初步数",
        "分类指数",
        "数据质量",
        "回收率",
        "季节调整",
        "修订",
        "指标解释",
        "统计范围",
        "调查方法",
        "下次发布",
    ):
        assert words in zh
    for words in ("Provisional", "Index by class", "Data quality", "Revisions", "Definitions", "Scope", "Next release"):
        assert words in en
    assert "X-13ARIMA-SEATS 1.1 build 62" in zh
    assert "15 August 2025" in en
    assert "1 not adjusted" in en
    assert "总指数：存在可识别的季节性。" in zh
    assert "Headline: identifiable seasonality." in en
    assert "<abbr" in zh
