"""A bulletin is drawn once more from its facts: no word or number of it can be another one, be it a fact elsewhere."""

from __future__ import annotations

import dataclasses
import re

import pytest

from shuibei_index.release import Release
from shuibei_index.release.bulletin import bulletin, drawing_mark, redrawn

from .test_verify import resigned

PAGE = "bulletin.zh.html"


def told(release: Release, path: str = PAGE) -> list[str]:
    # what the PDF says of its page is another matter
    return [p.zh for p in release.verify().problems if p.file == path]


def test_a_page_names_the_program_that_drew_it(release: Release) -> None:
    mark = f'<meta name="generator" content="shuibei-index {drawing_mark()}">'
    assert all(mark in release.files[f"bulletin.{lang}.html"].decode() for lang in ("zh", "en"))
    assert list(redrawn(release.files, release.facts)) == []


def test_a_word_or_number_that_is_a_fact_elsewhere_is_found(release: Release) -> None:
    text = release.files[PAGE].decode()
    rates = list(re.finditer(r"(上涨|下降)(\d+\.\d)%", text))
    one, other = rates[0], next(m for m in rates if m[2] != rates[0][2])
    swapped = text[: one.start(2)] + other[2] + text[one.end(2) :]
    turned = text.replace("影响总指数上涨", "影响总指数下降", 1)
    final = text.replace('<span class="badge">初步数', '<span class="badge">终值', 1)
    for changed in (swapped, turned, final):
        assert changed != text
        problems = told(resigned(release, PAGE, lambda _, new=changed: new.encode()))
        assert any("与由数据重绘的公报不同" in zh for zh in problems)


def test_the_page_of_another_program_is_left_to_its_numbers(release: Release) -> None:
    older = release.files[PAGE].replace(drawing_mark().encode(), b"0" * 64).replace("初步数".encode(), "初步".encode())
    assert told(resigned(release, PAGE, lambda _: older)) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_chart_in_the_page_is_that_of_the_bundle(release: Release, lang: str) -> None:
    path = f"bulletin.{lang}.html"
    curve = re.search(rb'<path d="M ([\d.]+) ', release.files[path])
    assert curve
    moved = release.files[path].replace(curve[0], curve[0].replace(curve[1], curve[1] + b"1"), 1)
    (found,) = list(redrawn({**release.files, path: moved}, release.facts))
    assert found[0] == path and "should read" in found[2]


@pytest.mark.parametrize("name", ["url()", 'src: url() format("opentype")'])
def test_a_name_is_never_taken_for_the_place_of_the_font(release: Release, name: str) -> None:
    facts = dataclasses.replace(
        release.facts, about=dataclasses.replace(release.facts.about, title={"zh": name, "en": name})
    )
    text = bulletin(facts, "zh", {}, drawing_mark())
    files = {"bulletin.zh.html": text.encode(), "bulletin.en.html": bulletin(facts, "en", {}, drawing_mark()).encode()}
    assert text.count("base64,") == 1 and text.index("base64,") > text.index("@font-face")
    assert list(redrawn(files, facts)) == []
