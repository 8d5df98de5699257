"""What the pages load: the chart library as recorded, colours that can be told apart, pages of the methodology."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from shuibei_index.release.palette import COLOURS
from shuibei_index.resources import methodology_dir
from shuibei_index.site import methodology
from shuibei_index.site.build import ROOM
from shuibei_index.site.palette import LINES, OTHERS, style_sheet
from shuibei_index.site.words import SCRIPT_WORDS, WORDS

VENDOR = ROOM / "assets/vendor"
LOCK = Path(__file__).parents[2] / "tools/vendor_charts.lock.json"


def test_the_chart_library_is_the_recorded_one():
    record = json.loads((VENDOR / "plot.json").read_text(encoding="utf-8"))
    script = (VENDOR / "plot.js").read_bytes()
    assert hashlib.sha256(script).hexdigest() == record["sha256"] and len(script) == record["bytes"]
    version = record["packages"]["@observablehq/plot"]
    assert f"Observable Plot {version}".encode() in script[:200]
    licence = (VENDOR / "LICENSE.txt").read_text(encoding="utf-8")
    locked = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    for name, version in record["packages"].items():
        assert f"{name} {version} (" in licence
        assert locked[f"node_modules/{name}"]["version"] == version
        assert locked[f"node_modules/{name}"]["integrity"].startswith("sha512-")


def _luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(a: str, b: str) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_contrast_is_that_of_wcag_aa(dark):
    colour = {name: pair[dark] for name, pair in {**COLOURS, **OTHERS}.items()}
    for name in ("ink", "muted", "main", "note"):
        assert all(_contrast(colour[name], colour[ground]) >= 4.5 for ground in ("page", "card", "band")), name
    assert _contrast(colour["mark"], colour["markink"]) >= 4.5
    assert _contrast(colour["line"], colour["page"]) >= 3 and _contrast(colour["second"], colour["page"]) >= 3
    assert all(_contrast(pair[dark], colour["card"]) >= 3 for pair in LINES)


def test_every_colour_of_the_style_sheet_is_declared():
    rules = (ROOM / "assets/site.css").read_text(encoding="utf-8")
    used = set(re.findall(r"var\((--[a-z0-9]+)\)", rules)) - {"--key"}
    assert used <= set(re.findall(r"(--[a-z0-9]+):", style_sheet()))


def test_scripts_and_templates_use_words_that_are_there():
    explorer = (ROOM / "assets/explorer.js").read_text(encoding="utf-8")
    triangle = (ROOM / "assets/triangle.js").read_text(encoding="utf-8")
    for name in set(re.findall(r"\bwords\.(\w+)", explorer + triangle)):
        assert name in SCRIPT_WORDS, name
    assert set(SCRIPT_WORDS) <= set(WORDS)
    for name, (zh, en) in WORDS.items():
        assert zh and en and zh.count("{") == en.count("{"), name


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not on this machine: the scripts are not parsed")
def test_scripts_are_sound():
    for path in sorted((ROOM / "assets").glob("*.js")):
        subprocess.run(["node", "--check", str(path)], check=True, capture_output=True)


def test_methodology_pages_let_no_html_through_and_links_lead_on(small_methodology):
    first, glossary, decision = methodology.pages(small_methodology)
    assert (first.path, first.title, decision.path) == ("1-first.html", "First 首", "decisions/0001-x.html")
    assert "<script" not in first.html and "rules:x" not in first.html
    assert 'href="decisions/0001-x.html#why"' in first.html and 'id="why"' in decision.html
    assert "code" in first.html and "tests/x.py" not in first.html
    assert 'href="../../methodology/rules/a.toml"' in methodology.in_page(first.html, "../../methodology/")
    assert 'href="1-first.html"' in glossary.html


def test_links_between_the_real_pages_are_whole():
    found = {p.path: p.html for p in methodology.pages(methodology_dir())}
    assert {"4-index.html", "glossary.html"} <= set(found)
    ids = {path: set(re.findall(r' id="([^"]*)"', html)) for path, html in found.items()}
    for path, html in found.items():
        for link in re.findall(r'href="([^"]*)"', html):
            if link.startswith(("http", "plain-file:")):
                continue
            target, _, anchor = link.partition("#")
            place = (Path("/") / Path(path).parent / target).resolve().relative_to("/").as_posix() if target else path
            assert place in found, (path, link)
            assert not anchor or anchor in ids[place], (path, link)
