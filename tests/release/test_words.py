from __future__ import annotations

import dataclasses
import re

import pytest

from shuibei_index.release import Release
from shuibei_index.release.facts import Facts, Movers
from shuibei_index.release.words import headline, paragraphs


@pytest.fixture
def facts(release: Release) -> Facts:
    return release.facts


def with_row(facts: Facts, **values: str) -> Facts:
    return dataclasses.replace(facts, headline=dataclasses.replace(facts.headline, **values))


def test_the_official_pattern_year_on_year_first(facts: Facts) -> None:
    facts = with_row(facts, index="123.45", yoy_pct="8.4", mom_pct="-0.3", ytd_pct="7.5")
    zh = (
        "2025年6月份，水贝·中国珠宝指数为123.45点（2019年平均=100），同比上涨8.4%，环比下降0.3%。"
        "1—6月平均，指数比上年同期上涨7.5%。"
    )
    en = (
        "In June 2025, the Shuibei China Jewelry Index stood at 123.45 points (2019 average = 100). "
        "It rose 8.4% from the same month a year earlier and fell 0.3% from the previous month. "
        "The average of January to June rose 7.5% from the same months a year earlier."
    )
    assert headline(facts, "zh") == zh
    assert headline(facts, "en") == en


def test_unchanged_is_what_is_published_as_zero(facts: Facts) -> None:
    facts = with_row(facts, yoy_pct="0.0", mom_pct="0.0")
    assert "同比持平，环比持平。" in headline(facts, "zh")
    assert "was unchanged from the previous month" in headline(facts, "en")


def test_a_young_series_says_only_what_it_knows(facts: Facts) -> None:
    assert headline(with_row(facts, yoy_pct="", mom_pct="", ytd_pct=""), "zh").endswith("（2019年平均=100）。")
    text = headline(with_row(facts, yoy_pct="", mom_pct="1.0", ytd_pct=""), "en")
    assert text.endswith("It rose 1.0% from the previous month.")


def test_of_january_the_year_to_date_is_the_change_on_the_year(facts: Facts) -> None:
    january = dataclasses.replace(facts, about=dataclasses.replace(facts.about, release="2025-01", period="2025-01"))
    assert "平均，" not in headline(january, "zh") and "average of January" not in headline(january, "en")


def test_points_percent_and_percentage_points_never_mix(facts: Facts) -> None:
    zh = headline(facts, "zh") + "".join(paragraphs(facts, "zh"))
    for match in re.finditer(r"(同比|环比|同期|价格)?(上涨|下降)(约?)(\d+\.\d+)(%|个百分点|点)", zh):
        assert match[5] == ("个百分点" if match[3] else "%"), match[0]
    assert re.findall(r"(\d+\.\d+)点", zh) == [facts.headline.index, facts.adjusted[0][1]]
    assert len(re.findall(r"影响总指数(上涨|下降)约\d+\.\d\d个百分点", zh)) == 6
    en = headline(facts, "en") + " ".join(paragraphs(facts, "en"))
    assert len(re.findall(r"(added|took off) \d+\.\d\d percentage points", en)) == 6
    assert not re.search(r"(rose|fell) \d+\.\d+ (percentage|points)", en)


def test_the_largest_contributors_at_the_level_of_the_rule(facts: Facts, release: Release) -> None:
    rows = release.frame("contributions").query("period == '2025-06' and level == 2 and measure == 'yoy'")
    largest = rows.reindex(rows["points_pp"].abs().sort_values(ascending=False).index)["class_code"].head(3)
    assert [r.code for r in facts.top["yoy_pp"]] == largest.tolist()


def test_a_fall_takes_off(facts: Facts) -> None:
    row = dataclasses.replace(facts.headline, name_zh="甲", name_en="A", yoy_pct="-2.0", yoy_pp="-1.00")
    facts = dataclasses.replace(facts, top={"yoy_pp": (row,), "mom_pp": ()})
    assert "从同比看，影响较大的是：甲价格下降2.0%，影响总指数下降约1.00个百分点。" in paragraphs(facts, "zh")
    assert "Largest effects on the year-on-year change: A fell 2.0% and took off 1.00 percentage point." in paragraphs(
        facts, "en"
    )


def test_movers_are_counted_by_published_direction(facts: Facts) -> None:
    counted = [r for r in facts.rows if r.level == 2]
    assert facts.movers["yoy_pct"].up == sum(float(r.yoy_pct) > 0 for r in counted)
    movers = {"yoy_pct": Movers(up=3, down=0, flat=1), "mom_pct": Movers(up=0, down=4, flat=0)}
    text = paragraphs(dataclasses.replace(facts, movers=movers), "zh")
    assert "4个中类中，同比上涨的3个、持平的1个；环比下降的4个。" in text
    text = paragraphs(dataclasses.replace(facts, movers=movers), "en")
    assert "Of 4 classes: 3 rose, 1 unchanged on a year earlier; 4 fell on the previous month." in text


def test_an_adjusted_change_without_seasonality_is_no_news(facts: Facts) -> None:
    assert any("经季节调整" in p for p in paragraphs(facts, "zh"))
    none = dataclasses.replace(facts, verdict={"code": "none", "zh": "无可识别的季节性", "en": "no seasonality"})
    assert not any("经季节调整" in p for p in paragraphs(none, "zh"))


def test_satellites_stand_apart(facts: Facts) -> None:
    assert [r.code for r in facts.satellites] == ["90", "91"]
    assert all(r.yoy_pp == r.weight == "" for r in facts.satellites)
    assert not {"90", "91"} & {r.code for r in facts.rows}
    tops = [r for r in facts.rows if r.level == 1]
    assert sum(float(r.weight) for r in tops) == pytest.approx(100, abs=0.5)
    assert sum(float(r.yoy_pp) for r in tops) == pytest.approx(float(facts.headline.yoy_pp), abs=0.04)
    assert float(facts.headline.yoy_pp) == pytest.approx(float(facts.headline.yoy_pct), abs=0.055)
