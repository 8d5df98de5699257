from __future__ import annotations

import pandas as pd
import pytest

from shuibei_index.release import Release
from shuibei_index.release.facts import Row
from shuibei_index.release.founded import page_text
from shuibei_index.release.reasons import Mover, movers


def row(code: str, rate: str, level: int = 1) -> Row:
    return Row(code, level, f"类{code}", f"Class {code}", "", "100.00", rate, "", "", "0.50", "", "A")


def points(*cells: tuple[str, int, str, float, str]) -> pd.DataFrame:
    frame = pd.DataFrame(cells, columns=["class_code", "level", "component", "points_pp", "obs_conf"])
    return frame.assign(period="2025-06", measure="mom")


FALL = (
    ("01", 1, "total", -0.40, "F"),
    ("01", 1, "metal", -0.55, "F"),
    ("01", 1, "making", 0.20, "F"),
    ("01", 1, "unsplit", -0.05, "F"),
    ("0101", 2, "total", -0.70, "F"),
    ("0102", 2, "total", 0.30, "F"),
)


@pytest.fixture
def policy(release: Release):
    return release.about.policy


def test_what_did_most_of_it_in_its_direction(policy) -> None:
    (one,) = movers([row("01", "-1.0")], points(*FALL), "2025-06", "mom", policy)
    assert (one.part, one.part_pp, one.below, one.below_pp) == ("metal", "-0.55", "0101", "-0.70")


def test_nothing_leans_on_a_withheld_cell(policy) -> None:
    for hidden in ("metal", "making"):
        cells = [(*c[:3], float("nan"), "C") if (c[0], c[2]) == ("01", hidden) else c for c in FALL]
        (one,) = movers([row("01", "-1.0")], points(*cells), "2025-06", "mom", policy)
        assert (one.part, one.confidential, one.below) == ("", True, "0101")
    cells = [(*c[:3], float("nan"), "C") if c[0] == "0102" else c for c in FALL]
    (one,) = movers([row("01", "-1.0")], points(*cells), "2025-06", "mom", policy)
    assert (one.part, one.below) == ("metal", "")


def test_classes_that_do_not_add_up_are_no_reason(policy) -> None:
    (one,) = movers([row("01", "-1.0")], points(*FALL[:-1]), "2025-06", "mom", policy)
    assert (one.part, one.below) == ("metal", "")


def test_so_many_of_each_direction_the_largest_first(policy) -> None:
    rows = [row(f"0{k}", rate) for k, rate in enumerate(("0.3", "-0.2", "0.0", "2.0", "", "0.9", "0.5", "-7.0"), 1)]
    found = movers(rows, points(*FALL), "2025-06", "mom", policy)
    assert [m.rate for m in found] == ["2.0", "0.9", "0.5", "-7.0", "-0.2"]


def test_both_pages_name_them(release: Release) -> None:
    for lang, head in (("zh", "涨跌居前的分类"), ("en", "Largest movers")):
        text = page_text(release.files[f"bulletin.{lang}.html"].decode())
        part = text[text.index(head) :].split("分类指数" if lang == "zh" else "Index by class")[0]
        for measure in ("yoy", "mom"):
            assert 3 <= len(release.facts.leaders[measure]) <= 6
            for one in release.facts.leaders[measure]:
                assert isinstance(one, Mover) and one.row.name(lang) in part and one.rate in part
