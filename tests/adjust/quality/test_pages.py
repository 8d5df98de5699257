"""Pictures and pages: nothing overlaps, nothing is asked of the network, names cannot break out."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from shuibei_index.adjust.adjustment import Adjustment
from shuibei_index.adjust.quality import drawing
from shuibei_index.adjust.quality.appendix import appendix, appendix_of_table, quality_page, rated, rated_summary
from shuibei_index.adjust.quality.picture_words import NAMES, WORDS
from shuibei_index.adjust.quality.pictures import PICTURES, revisions_picture, si_picture
from shuibei_index.adjust.quality.report import QualityReport, quality_report
from shuibei_index.errors import UsageError
from shuibei_index.release import palette


@pytest.fixture(scope="module")
def report(market_adjusted: Adjustment) -> QualityReport:
    return quality_report(market_adjusted, "总指数", extended=True)


def _boxes(figure: Figure) -> dict[str, object]:
    renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else None
    texts = list(figure.texts)
    for legend in figure.legends:
        texts += legend.get_texts()
    for axes in figure.axes:
        # A tick outside the limits has a label that is not drawn.
        for ticks, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            places = zip(ticks.get_ticklocs(), ticks.get_ticklabels(), strict=True)
            texts += [label for at, label in places if low - 1e-9 <= at <= high + 1e-9]
        texts.append(axes._left_title)
    found = {}
    for k, text in enumerate(texts):
        if text.get_text().strip():
            found[f"{k} {text.get_text()}"] = text.get_window_extent(renderer)
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_words_overlap_or_leave_the_paper(report: QualityReport, language: str) -> None:
    figures = report.figures(language)
    assert set(figures) == set(PICTURES)
    for name, figure in figures.items():
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        FigureCanvasAgg(figure).draw()
        paper = figure.bbox
        boxes = _boxes(figure)
        assert len(boxes) > 6, name
        for label, box in boxes.items():
            assert box.x0 >= paper.x0 - 1, (name, label)
            assert box.x1 <= paper.x1 + 1, (name, label)
            assert box.y0 >= paper.y0 - 1, (name, label)
            assert box.y1 <= paper.y1 + 1, (name, label)
        for (one, a), (two, b) in combinations(boxes.items(), 2):
            assert not a.overlaps(b), (name, one, two)


def test_both_languages_have_the_same_words() -> None:
    assert set(NAMES["zh"]) == set(NAMES["en"]) == set(PICTURES)
    assert set(WORDS["zh"]) == set(WORDS["en"])
    for words in (NAMES["zh"], WORDS["zh"]):
        for text in words.values():
            assert drawing.drawable(text) == text


def test_colours_are_those_of_the_release() -> None:
    for name in ("ink", "muted", "grid", "card", "main", "second", "page", "band"):
        assert drawing.COLOURS[name] == palette.COLOURS[name], name


def test_revisions_from_a_table(report: QualityReport, market_adjusted: Adjustment) -> None:
    found = quality_report(market_adjusted, "walk").evidence
    assert found is not None
    with pytest.raises(UsageError, match="extended=True"):
        revisions_picture(found)
    history = pd.DataFrame({"first": [100.0, 101.0], "final": [100.5, 100.8]}, index=["2024-12", "2025-01"])
    figure = revisions_picture(found, "en", history)
    heights = [bar.get_height() for bar in figure.axes[1].patches]
    assert heights == pytest.approx([0.5, 100 * (100.8 / 101 - 1)])


def test_replaced_extremes_are_marked(market_adjusted: Adjustment) -> None:
    found = quality_report(market_adjusted, "noise").evidence
    assert found is not None
    other = found.tables["d9"]
    replaced = int((np.isfinite(other) & (other != -999)).sum())
    crosses = [line for line in si_picture(found).axes[0].lines if line.get_marker() == "x"]
    assert replaced > 0
    assert sum(len(line.get_xdata()) for line in crosses) == replaced


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_stand_alone_and_escape(market_adjusted: Adjustment, language: str, tmp_path: Path) -> None:
    one = quality_report(market_adjusted, "<b>spiked</b>").to_html(language, tmp_path / "one.html")
    everything = quality_page(market_adjusted, language, tmp_path / "all.html")
    assert (tmp_path / "one.html").read_text(encoding="utf-8") == one
    for page in (one, everything):
        assert "<b>spiked" not in page
        assert "&lt;b&gt;spiked&lt;/b&gt;" in page
        assert "<script" not in page
        asked = re.findall(r"""(?:src|href)\s*[=:]\s*["']?(?!#)(\w+:[^"' )]{0,30})|url\((?!#)(\w+:[^)]{0,20})""", page)
        kinds = {(a or b)[:9] for a, b in asked}
        assert kinds <= {"data:font"}, kinds
    assert one.count("<svg") == 6
    ids = re.findall(r'\bid="([^"]+)"', one)
    assert len(ids) == len(set(ids))
    assert everything.count("<tr>") == 6


def test_pages_are_the_same_twice(market_adjusted: Adjustment) -> None:
    first = quality_report(market_adjusted, "总指数").to_html("zh")
    assert first == quality_report(market_adjusted, "总指数").to_html("zh")


def test_fragment_and_appendix(market_adjusted: Adjustment) -> None:
    report = quality_report(market_adjusted, "<b>spiked</b>")
    shown = report._repr_html_()
    assert "<b>" not in shown
    assert "良好 good" in shown
    part = appendix(market_adjusted, "en")
    assert part.count("<tr>") == 6
    assert "<b>" not in part
    assert "not adjusted" in part
    with pytest.raises(UsageError):
        appendix(market_adjusted, "de")


def test_a_name_the_typeface_lacks(market_adjusted: Adjustment) -> None:
    assert drawing.drawable("金😀$x") == "金?$x"
    figure, _ = drawing.panels([1.0])
    drawing.title(figure, "很长的名称" * 30)
    assert figure.texts[0].get_text().endswith("…")


def test_summary_for_notebooks(market_adjusted: Adjustment) -> None:
    table = rated_summary(market_adjusted)
    assert list(table["rating"]) == ["良好 good", "良好 good", "不合格 bad", "不合格 bad", "未调整 not adjusted"]
    assert "rating" not in rated_summary(market_adjusted, most=3)


def test_a_release_makes_the_same_appendix_from_its_table(market_adjusted: Adjustment) -> None:
    table = rated(market_adjusted).rename(columns={"series": "class_code"})
    for language in ("zh", "en"):
        ratings = re.findall(r"class=\"rating (\w+)\"", appendix_of_table(table, language))
        assert ratings == ["good", "good", "bad", "bad", "none"]
    direct, stored = appendix(market_adjusted, "en"), appendix_of_table(table, "en", {"walk": "A <walk>"})
    assert stored.replace("A &lt;walk&gt;", "walk") == direct
    assert appendix_of_table(table.drop(columns="rating"), "en") == ""
