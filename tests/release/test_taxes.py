"""The series without tax in a release: only where a tax changes, with its links, its width and a note."""

from __future__ import annotations

import dataclasses
import io
import json

import numpy as np
import pandas as pd
import pytest

from shuibei_index.aggregate import make_panel
from shuibei_index.index import IndexSeries, compile_index, without_tax
from shuibei_index.release import Release, make_release
from shuibei_index.release.taxes import without_tax_of
from shuibei_index.release.words import tax_note
from shuibei_index.rules import Rules
from shuibei_index.simulation import simulate

from .test_verify import resigned

RULES = Rules.load()
BREAK = "2025-11"


def compiled(start: str, end: str) -> IndexSeries:
    market = simulate(start=start, end=end, seed=11, firms=6, sampled=1.0, items_per_firm=20, mistakes=0.0)
    panel = make_panel(market.records, stage="wholesale")
    return compile_index(panel, market.trees, rules=RULES, weights=market.weights, base_period=start, replicates=0)


@pytest.fixture(scope="module")
def market() -> IndexSeries:
    return compiled("2025-09", "2025-12")


@pytest.fixture(scope="module")
def made(market: IndexSeries, no_charts: None) -> Release:
    return make_release(market, rules=RULES, taxes=without_tax_of(market, RULES, "incl"))


def assumed(entry: list[float]) -> Rules:
    """Return the packaged rules with another content of gold since the break."""
    rule = RULES["tax_content"]
    first, second = rule.values  # noqa: PD011
    second = dataclasses.replace(second, value={"other": [0.0, 0.0, 0.0], "01": entry})
    return Rules({**RULES.rules, "tax_content": dataclasses.replace(rule, values=(first, second))})


def test_nothing_is_published_before_a_tax_changes() -> None:
    before = compiled("2025-08", "2025-10")
    assert without_tax_of(before, RULES, "incl") is None


def test_the_bulletin_names_both_files(made: Release, release: Release) -> None:
    for lang in ("zh", "en"):
        page, plain = (one.files[f"bulletin.{lang}.html"].decode() for one in (made, release))
        files = page.split("revisions.csv")[-1]
        assert "without_tax.csv" in files and "tax_links.csv" in files and {"tax_links.csv"} <= set(made.files)
        assert "tax_links.csv" not in plain


def test_a_release_without_it_says_nothing_of_it(release: Release) -> None:
    assert not {name for name in release.files if "tax" in name} and release.facts.taxes is None
    assert "税收口径" not in release.files["bulletin.zh.html"].decode()


def test_the_table_is_the_restated_series(market: IndexSeries, made: Release) -> None:
    pair = without_tax(market, rules=RULES)
    table = made.frame("without_tax")
    index = table.set_index(["period", "class_code"])["index"].unstack()  # noqa: PD010
    np.testing.assert_array_equal(index.to_numpy(), pair.series.levels_frame()[index.columns].to_numpy())
    stated = made.frame("indices").query("component == 'total' and adjustment == 'NSA'")
    both = table.merge(stated, on=["period", "class_code"], suffixes=("", "_stated"))
    assert len(both) == len(table) == len(stated)
    moved = both[both["period"] != market.months[0]]
    np.testing.assert_allclose(moved["mom_pct"] + moved["tax_mom_pp"], moved["mom_pct_stated"], atol=1e-12)
    head = table[table["class_code"] == "00"].set_index("period")
    # nothing of the market without tax is another before the break
    assert head.loc["2025-10", "tax_mom_pp"] == pytest.approx(0.0, abs=1e-9) and head.loc[BREAK, "tax_mom_pp"] > 1.0


def test_the_width_of_the_assumption_is_beside_it(market: IndexSeries) -> None:
    packaged = without_tax_of(market, RULES, "incl")
    assert packaged is not None
    # the least that is assumed is no change at all: the index as published; the most is the central assumption
    np.testing.assert_array_equal(packaged.low, market.index)
    np.testing.assert_array_equal(packaged.high, packaged.pair.series.index)
    wide = without_tax_of(market, assumed([4.0, 2.0, 6.0]), "incl")
    assert wide is not None
    low, central, high = (x[-1, 0] for x in (wide.low, wide.pair.series.index, wide.high))
    assert high < central < low < market.index[-1, 0]


def test_an_assumption_with_a_change_at_its_end_only_is_published_without_a_link(market: IndexSeries) -> None:
    found = without_tax_of(market, assumed([0.0, 0.0, 3.0]), "incl")
    assert found is not None and found.pair.breaks == [] and found.high[-1, 0] < market.index[-1, 0]
    release = make_release(market, rules=RULES, taxes=found)
    assert "tax_links.csv" not in release.files and release.facts.taxes is not None
    assert release.facts.taxes.breaks == () and release.verify().ok


def test_a_change_of_the_rate_is_told_with_its_regulation() -> None:
    found = without_tax_of(compiled("2019-03", "2019-04"), RULES, "incl")
    assert found is not None and found.sources == {"2019-04": "财政部 税务总局 海关总署公告2019年第39号"}
    links = found.links_frame()
    np.testing.assert_allclose(links["factor"].astype(float), 1.13 / 1.16)


def test_of_several_changes_the_last_is_told_and_the_others_named(made: Release) -> None:
    taxes = made.facts.taxes
    assert taxes is not None
    earlier = ("2019-04", "-1.00", "财政部 税务总局 海关总署公告2019年第39号")
    facts = dataclasses.replace(made.facts, taxes=dataclasses.replace(taxes, breaks=(earlier, *taxes.breaks)))
    zh, en = tax_note(facts, "zh")[1], tax_note(facts, "en")[1]
    assert "此前变动：2019年4月。" in zh and "2025年11月税收规定变动（财政部 税务总局公告2025年第11号）" in zh
    assert "It had changed before in April 2019. " in en and "第39号" not in zh + en


def test_it_is_listed_wherever_tables_are(made: Release) -> None:
    listed = {entry["path"] for entry in made.manifest["files"]}
    assert {"without_tax.csv", "without_tax.parquet", "tax_links.csv", "tax_links.parquet"} <= listed
    described = json.loads(made.files["datapackage.json"])["resources"]
    assert {"without_tax", "tax_links"} <= {resource["name"] for resource in described}
    links = pd.read_csv(io.BytesIO(made.files["tax_links.csv"]), dtype={"class_code": str})
    assert set(links["period"]) == {BREAK} and set(links["source"]) == {"财政部 税务总局公告2025年第11号"}
    assert links["factor"].max() == pytest.approx(1.0622) and made.verify().ok


def test_the_note_says_what_changed_and_where_the_series_is(made: Release) -> None:
    taxes = made.facts.taxes
    assert taxes is not None
    ((month, points, source),) = taxes.breaks
    assert month == BREAK and float(points) > 1.0
    zh, en = (made.files[f"bulletin.{lang}.html"].decode() for lang in ("zh", "en"))
    assert f"2025年11月税收规定变动（{source}），按税负含量的中心假定，影响当月总指数环比约{points}个百分点" in zh
    assert f"不含税指数：2025年12月为{taxes.index}点" in zh and "without_tax.csv" in zh
    assert f"In November 2025 the tax changed ({source})" in en and f"about {points} percentage points" in en
    assert f"{taxes.low} points with the least, {taxes.high} with the most" in en
    rows = pd.read_csv(io.BytesIO(made.files["without_tax.csv"]), dtype=str)
    last = rows[(rows["class_code"] == "00") & (rows["period"] == made.period)].iloc[0]
    assert [taxes.index, taxes.mom_pct] == last[["index", "mom_pct"]].tolist()


def test_a_changed_note_is_found(made: Release) -> None:
    taxes = made.facts.taxes
    assert taxes is not None
    points = taxes.breaks[0][1]
    old, new = f"环比约{points}个".encode(), "环比约9.99个".encode()
    report = resigned(made, "bulletin.zh.html", lambda content: content.replace(old, new)).verify()
    # nor is it the page its facts give; the number is no fact of the release, nor is the print of the page any more
    assert ["note on tax" in p.en for p in report.problems] == [False, True, False, False]
