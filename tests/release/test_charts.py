from __future__ import annotations

import re
import warnings
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pandas as pd
import pytest

from shuibei_index.release import Release, make_release
from shuibei_index.release.charts import CHARTS, LABELS, _bars, draw, title
from shuibei_index.release.labels import LABELS as PAGE_LABELS
from shuibei_index.release.labels import method_notes
from shuibei_index.release.palette import BARS, COLOURS, themed
from shuibei_index.release.typeface import missing
from shuibei_index.rules import Rules

from .conftest import classes, make_series


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_charts_draw_without_a_missing_glyph(release: Release, lang: str) -> None:
    before = dict(mpl.rcParams)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns once for each glyph it cannot find
        charts = draw(release.facts, lang)
    assert dict(mpl.rcParams) == before
    assert list(charts) == list(CHARTS)
    for name, svg in charts.items():
        assert release.files[f"charts/{name}.{lang}.svg"] == svg.encode()
        ET.fromstring(svg)
        assert "<text" not in svg  # outlines: no font needed to read it
        assert "DejaVu" not in svg
        assert not re.search(r"<metadata|<!DOCTYPE|<dc:date", svg)
        assert title(release.facts, name, lang)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_label_is_in_the_shipped_font(lang: str, rules: Rules) -> None:
    notes = method_notes(lang, "wholesale", "incl", 3, "unrounded") + method_notes(
        lang, "retail", "excl", 3, "published"
    )
    text = "".join([*LABELS[lang].values(), *PAGE_LABELS[lang].values(), *(part for note in notes for part in note)])
    names = classes()
    assert missing(text + "".join(names["name_zh"]) + "".join(names["name_en"])) == []
    assert LABELS["zh"].keys() == LABELS["en"].keys()
    assert PAGE_LABELS["zh"].keys() == PAGE_LABELS["en"].keys()


@pytest.mark.parametrize(("start", "n", "charts"), [("2014-01", 144, 4), ("2025-01", 3, 4), ("2025-01", 1, 1)])
def test_long_and_short_series(rules: Rules, start: str, n: int, charts: int) -> None:
    release = make_release(make_series(start, n), rules=rules)
    assert sum(path.startswith("charts/") for path in release.files) == 2 * charts
    assert release.verify().ok


def test_many_classes_share_the_last_colour(rules: Rules, no_charts: None) -> None:
    tree = classes()
    more = tree[tree["class_code"] == "90"]
    extra = [
        more.assign(class_code=str(c), parent="00", in_headline=1, name_en="A $long_name$ " * 4) for c in range(10, 16)
    ]
    facts = make_release(make_series("2024-01", 14, tree=pd.concat([tree, *extra])), rules=rules).facts
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = CHARTS["contributions"](facts, "en")
        assert CHARTS["classes"](facts, "en")
    assert all(colour in svg for colour in BARS)
    values, names = _bars(facts, "en")
    assert names[-1] == "Other"
    assert len(names) == values.shape[1] == len(BARS)
    whole = facts.shares["00"].to_numpy()
    assert values.sum(axis=1) == pytest.approx(whole)


def test_a_chart_in_a_page_follows_its_colours(release: Release) -> None:
    svg = themed(release.files["charts/level.zh.svg"].decode())
    lights = {light for name, (light, dark) in COLOURS.items()}
    assert not any(light in svg for light in lights)
    assert "var(--main, #17456F)" in svg
