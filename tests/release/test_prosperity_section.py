"""The prosperity index in the bulletins: only where there is one, in figures as published, in both languages."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import pandas as pd
import pytest

from shuibei_index.release import Release, make_release
from shuibei_index.rules import Rules

from .conftest import Series
from .test_verify import resigned


@dataclass(frozen=True)
class Prosperity:
    """Stands in for ProsperityIndex: the last two months of some components."""

    rows: tuple[tuple[str, float, float, float, str], ...]
    period: str

    def to_frame(self) -> pd.DataFrame:
        names = ["component", "index", "mom_pct", "yoy_pct", "obs_conf"]
        now = pd.DataFrame(self.rows, columns=names).assign(period=self.period, family="C", n_enterprises=8)
        return now


WHOLE = (
    ("scale", 1033.141, -5.61, -14.12, "F"),
    ("efficiency", 1040.502, 3.44, 3.5, "F"),
    ("confidence", 982.0, 0.04, 2.5, "F"),
    ("total", 1025.129, -2.04, 6.36, "F"),
)


@pytest.fixture(scope="module")
def made(series: Series, rules: Rules, no_charts: None):
    def made(rows: tuple[tuple[str, float, float, float, str], ...]) -> Release:
        return make_release(series, rules=rules, prosperity=Prosperity(rows, series.months[-1]))

    return made


def page(release: Release, lang: str) -> str:
    return release.files[f"bulletin.{lang}.html"].decode()


def test_without_the_family_there_is_nothing(release: Release) -> None:
    assert release.facts.prosperity == ()
    for lang, word in (("zh", "景气"), ("en", "rosperity")):
        assert word not in re.sub(r"base64,[^)]*", "", page(release, lang))


def test_sentence_and_table_in_both_languages(made) -> None:
    release = made(WHOLE)
    zh, en = page(release, "zh"), page(release, "en")
    assert (
        "2025年6月份，景气指数为1025.13点，同比上升6.4%，环比下降2.0%。"
        "其中，规模指数环比下降5.6%，效益指数环比上升3.4%，信心指数环比持平。" in zh
    )
    assert (
        "In June 2025, the prosperity index stood at 1025.13 points: it rose 6.4% from the same month a year earlier "
        "and fell 2.0% from the previous month. On the month the index of scale fell 5.6%, the index of efficiency "
        "rose 3.4% and the index of confidence was unchanged." in en
    )
    table = zh[zh.index("<h2>景气</h2>") : zh.index("<h2>近期走势</h2>")]
    names = re.findall(r'scope="row">([^<]*)<', table)
    assert names == ["景气指数", "规模", "效益", "信心"] and "权数为示意" in table
    assert "illustrative weights" in en and "prosperity.csv" in zh and "prosperity.csv" in en
    # every figure of the table is the one of the file
    rows = pd.read_csv(io.BytesIO(release.files["prosperity.csv"]), dtype=str).set_index("component")
    cells = [re.findall(r"<td>([^<]*)</td>", row) for row in table.split("<tr")[2:]]
    for name, row in zip(["total", "scale", "efficiency", "confidence"], cells, strict=True):
        assert row == rows.loc[name, ["index", "mom_pct", "yoy_pct", "n_enterprises"]].tolist()
    assert release.verify().ok


def test_without_a_total_each_dimension_is_told(made) -> None:
    release = made((("confidence", 982.0, float("nan"), float("nan"), "F"), WHOLE[0]))
    assert "2025年6月份，规模指数为1033.14点，同比下降14.1%，环比下降5.6%；信心指数为982.00点。" in page(release, "zh")
    assert "; the index of confidence stood at 982.00 points." in page(release, "en")


def test_a_withheld_value_is_said_to_be_withheld(made) -> None:
    none = float("nan")
    release = made((("total", none, none, none, "C"), ("scale", none, none, none, "C")))
    assert "景气指数不予公布。" in page(release, "zh")
    assert "In June 2025, the prosperity index is withheld." in page(release, "en")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_changed_sentence_is_found(made, lang: str) -> None:
    release = made(WHOLE)
    path = f"bulletin.{lang}.html"
    report = resigned(release, path, lambda content: content.replace(b"1025.13", b"1035.13", 1)).verify()
    # nor is it the page its facts give; the number is no fact of the release, nor is the print of the page any more
    assert [(p.file, "prosperity does not say" in p.en) for p in report.problems] == [
        (path, False),
        (path, True),
        (path, False),
        (f"bulletin.{lang}.pdf", False),
    ]
