"""Every page: sound HTML, links that lead somewhere, nothing from outside, small, and only text where text is meant."""

import csv
import html
import json
import posixpath
import re
import xml.etree.ElementTree as ET
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from .conftest import FORMULA, HOSTILE, WITHHELD

VOID = {"meta", "link", "img", "input", "br", "hr", "wbr"}
LIMIT = 300_000


class Sheet(HTMLParser):
    """Reads a page strictly: tags close in the order they opened, ids stand once."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.scripts, self.styles, self.cells = [], set(), [], [], [], []
        self.tags, self.data, self.blocks, self.text, self.cell = [], "", {}, [], None
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        assert len(found) == len(attrs), attrs
        assert not [n for n in found if n.startswith("on") or n == "style"], attrs
        self.tags.append(tag)
        if "id" in found:
            assert found["id"] not in self.ids, found["id"]
            self.ids.add(found["id"])
        if tag == "a":
            self.links.append(found["href"])
        elif tag == "script" and "src" in found:
            self.scripts.append(found["src"])
        elif tag == "link" and found["rel"] in ("stylesheet", "icon"):
            self.styles.append(found["href"])
        if "data-measure" in found:
            self.cell = [found["data-class"], found["data-measure"], ""]
            self.cells.append(self.cell)
        if tag not in VOID:
            self.open.append((tag, found.get("id")))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1][0] == tag, (tag, self.open[-3:])
        self.open.pop()
        if tag in ("td", "dd", "small"):
            self.cell = None

    def handle_data(self, data):
        if self.open and self.open[-1][0] == "script":
            self.blocks[self.open[-1][1]] = data
            return
        self.text.append(data)
        if self.cell is not None and self.open[-1][0] != "small":
            self.cell[2] += data


@pytest.fixture(scope="module")
def sheets(site):
    paths = [p for p in sorted(site.rglob("*.html")) if "bundles" not in p.parts]
    return {p.relative_to(site).as_posix(): Sheet(p.read_text(encoding="utf-8")) for p in paths}


def test_both_languages_have_every_page_and_name_each_other(site, sheets):
    own = {p for p in sheets if not p.startswith("en/")}
    assert {f"en/{p}" for p in own} == set(sheets) - own and len(own) > 20
    for path in own:
        for file, lang in ((path, "zh-CN"), (f"en/{path}", "en")):
            text = (site / file).read_text(encoding="utf-8")
            head = text[: text.index("</head>")]
            assert f'<html lang="{lang}">' in text
            address = f"https://example.org/index/{path}".removesuffix("index.html")
            assert f'hreflang="zh-CN" href="{address}"' in head
            assert f'hreflang="en" href="{address.replace("/index/", "/index/en/", 1)}"' in head
            described = re.search(r'<meta name="description" content="([^"]*)"', head)
            assert described and 10 <= len(html.unescape(described[1])) <= 300 and "<title>" in head
            assert '<link rel="canonical" href="https://example.org/index/' in head


def test_links_lead_to_what_is_there(site, sheets):
    for path, sheet in sheets.items():
        for link in [*sheet.links, *sheet.scripts, *sheet.styles]:
            target, _, anchor = link.partition("#")
            place = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(target))) if target else path
            assert (site / place).is_file(), (path, link)
            if anchor:
                assert unquote(anchor) in sheets[place].ids, (path, link)


def test_nothing_is_asked_from_outside(site, sheets):
    for path in sheets:
        text = (site / path).read_text(encoding="utf-8")
        assert "default-src 'none'; script-src 'self'" in unescape(text)
        for name in re.findall(r'(?:src|href)="([^"]*)"', text[text.index('<link rel="icon"') :]):
            assert not re.match(r"[a-z]+:|//", name), (path, name)
    for path in (site / "assets").iterdir():
        if path.name not in ("LICENSE.txt",):
            text = path.read_text(encoding="utf-8")
            urls = set(re.findall(r"https?://[\w./-]+", text)) - {"http://www.w3.org/2000/svg"}
            namespaces = {"http://www.w3.org/1999/xhtml", "http://www.w3.org/1999/xlink",
                          "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/"}  # fmt: skip
            # the chart library names its issue tracker in one message
            assert all(u in namespaces or "github.com" in u or "w3.org" in u for u in urls), (path, urls)
            assert "@import" not in text and "fetch(" not in text and "XMLHttpRequest" not in text


def test_a_page_with_all_it_loads_is_small(site, sheets):
    for path, sheet in sheets.items():
        weight = (site / path).stat().st_size
        for name in [*sheet.scripts, *sheet.styles]:
            weight += (site / posixpath.normpath(posixpath.join(posixpath.dirname(path), name))).stat().st_size
        if "setup" in sheet.blocks and "chosen" in (setup := json.loads(sheet.blocks["setup"])):
            slugs = {c["code"]: c["slug"] for c in setup["classes"]}
            weight += sum((site / f"data/series/{slugs[c]}.js").stat().st_size for c in setup["chosen"])
        assert weight < LIMIT, (path, weight)


def test_names_that_mean_harm_are_text(site, sheets):
    shown = "".join(sheets["classes/index.html"].text)
    assert HOSTILE in shown and FORMULA in "".join(sheets["en/classes/index.html"].text)
    for path in sheets:
        text = (site / path).read_text(encoding="utf-8")
        assert "<script>alert" not in text and "<img" not in text, path
    assert "很长" * 5000 in "".join(sheets["releases/2024-06.html"].text)
    rows = list(csv.DictReader((site / "api/v1/series/02.csv").read_text(encoding="utf-8").splitlines()))
    assert {r["name_en"] for r in rows} == {f"'{FORMULA}"}


def test_a_trial_says_so_on_each_page(sheets):
    for path, sheet in sheets.items():
        mark = "Trial compilation" if path.startswith("en/") else "试运行"
        assert mark in "".join(sheet.text), path


def test_figures_are_those_of_the_bundle(site, sheets, bundles):
    for name in ("2024-03", "2024-04-r1", "2024-06"):
        rows = csv.DictReader((bundles / name / "indices.csv").read_text(encoding="utf-8").splitlines())
        now = {
            r["class_code"]: r
            for r in rows
            if (r["period"], r["component"], r["adjustment"]) == (name[:7], "total", "NSA")
        }
        for path, none in ((f"releases/{name}.html", "保密"), (f"en/releases/{name}.html", "confidential")):
            cells = [c for c in sheets[path].cells if c[1] in ("index", "mom_pct", "yoy_pct", "ytd_pct")]
            assert len({(c, m) for c, m, _ in cells}) == 4 * len(now)
            for code, measure, text in cells:
                expected = now[code][measure] or (none if now[code]["obs_conf"] == "C" else "–")
                assert text.strip() == expected, (path, code, measure)
    withheld = [t for c, m, t in sheets["index.html"].cells if (c, m) == (WITHHELD, "index")]
    assert [t.strip() for t in withheld] == ["保密"]


def test_vintages_of_a_month_point_to_each_other(sheets):
    told = "".join(sheets["releases/2024-04.html"].text)
    assert "2024-04-r1" in told and "本次发布更正" in "".join(sheets["releases/2024-04-r1.html"].text)
    assert "这是最新版本" in "".join(sheets["releases/2024-06.html"].text)


def test_the_triangle_marks_what_was_revised(site):
    text = (site / "revisions.html").read_text(encoding="utf-8")
    head = re.findall(r'<th scope="col">(2024[^<]*)</th>', text)
    assert head == ["2024-04-r1", "2024-06", "2024-05", "2024-04", "2024-03"]
    row = re.search(r'<th scope="row">2024-03</th>(.*)</tr>', text)[1]
    cells = re.findall(r"<td([^>]*)>([^<]*)</td>", row)
    assert "changed" in cells[0][0] and not any("changed" in c[0] for c in cells[1:])
    assert float(cells[0][1]) == pytest.approx(float(cells[1][1]) + 1.5, abs=0.011)


def test_search_engines_and_readers_of_feeds(site, sheets):
    for path in ("index.html", "en/classes/0101.html"):
        text = (site / path).read_text(encoding="utf-8")
        data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text)[1])
        assert data["@type"] == "Dataset" and data["temporalCoverage"] == "2022-01/2024-06"
        for file in data["distribution"]:
            assert (site / file["contentUrl"].removeprefix("https://example.org/index/")).is_file()
    places = [e.text for e in ET.parse(site / "sitemap.xml").getroot().iter() if e.tag.endswith("loc")]
    assert len(places) == len(sheets) and all(p.startswith("https://example.org/index/") for p in places)
    assert "Sitemap: https://example.org/index/sitemap.xml" in (site / "robots.txt").read_text(encoding="utf-8")
    for lang in ("", "en/"):
        atom, rss = (ET.parse(site / lang / name).getroot() for name in ("atom.xml", "rss.xml"))
        entries = atom.findall("{http://www.w3.org/2005/Atom}entry")
        items = rss.findall("channel/item")
        assert len(entries) == len(items) == 5
        for item in items:
            place = item.find("link").text.removeprefix("https://example.org/index/")
            assert (site / place).is_file() and "2024" in item.find("title").text
        assert len({item.find("guid").text for item in items}) == 5
