"""Down the tree: classes, enterprises, products; text, table, JSON; nothing of firms in public."""

from __future__ import annotations

import json

import numpy as np
import pytest

from shuibei_index.explain import Change, Effects, explain
from shuibei_index.explain.classes import PARTS, class_table
from shuibei_index.explain.effects import CAUSES
from shuibei_index.explain.products import enterprise_table, product_table
from shuibei_index.index import Hierarchy, IndexSeries, compile_index
from tests.explain.market import MONTHS, benchmark, every_effect, weights
from tests.index.components.market import RULES, panel_of
from tests.index.components.test_components import gold_tree, wide_market


@pytest.fixture(scope="module")
def series() -> IndexSeries:
    return every_effect()


@pytest.mark.parametrize("component", ["total", "metal", "making"])
def test_classes_products_and_firms_add_up(series: IndexSeries, component: str) -> None:
    for end, lag in ((20, 1), (20, 12), (MONTHS - 1, 12), (MONTHS - 1, 30)):
        change = Change(series, "00", component, end - lag, end)
        effects = Effects.of(change)
        whole = effects.table().groupby("cause")["points_pp"].sum()
        for steps in (1, 2, 3):
            classes = class_table(effects, steps)
            np.testing.assert_allclose(classes[list(CAUSES)].sum(), whole[list(CAUSES)], atol=1e-9)
            np.testing.assert_allclose(classes[list(CAUSES)].sum(axis=1), classes["points_pp"], atol=1e-9)
            np.testing.assert_allclose(classes[list(PARTS)].sum(axis=1), classes["points_pp"], atol=1e-9)
            assert classes["points_pp"].sum() == pytest.approx(change.percent, abs=1e-9)
            if steps == 1:
                assert set(classes["class_code"]) - {""} == {"01", "03"}
                assert classes["weight_share"].sum() == pytest.approx(1.0)
        products = product_table(effects)
        assert products["points_pp"].sum() == pytest.approx(change.percent, abs=1e-9)
        np.testing.assert_allclose(products[list(PARTS)].sum(axis=1), products["points_pp"], atol=1e-9)
        firms = enterprise_table(products)
        assert firms["points_pp"].sum() == pytest.approx(change.percent, abs=1e-9)
        assert firms["n_items"].sum() == (products["item_id"] != "").sum()


def test_products_are_those_of_the_contributions(series: IndexSeries) -> None:
    month = series.months[MONTHS - 10]
    mine = explain(series, None, "01", month, by="product").items
    stated = series.product_contributions(month, "mom", "01")
    left, right = (
        frame[frame["item_id"] != ""].set_index(["enterprise_id", "item_id"])["points_pp"] for frame in (mine, stated)
    )
    np.testing.assert_allclose(left[right.index], right, atol=1e-9)
    assert len(left) == len(right) > 20


def test_prices_and_their_parts_are_the_reported_ones(series: IndexSeries) -> None:
    found = explain(series, None, "0101", series.months[15], by="product").items
    sold = found[(found["cause"] == "continuing") & (found["unsplit"] == 0.0)]
    assert len(sold) > 5
    np.testing.assert_allclose(sold[["metal", "making", "stone", "unsplit"]].sum(axis=1), sold["price"])
    weight = found.loc[found["item_id"] != "", "weight_share"]
    # the shares of all matched products of a class in a month are the whole of it
    assert weight.sum() == pytest.approx(1.0)


def test_a_class_that_is_split_hands_over_to_its_successors() -> None:
    frame = gold_tree().frame.assign(formula="")
    # before 2023 the gold class is one leaf
    merged = frame[~frame["class_code"].isin(["0101", "0102"])].reset_index(drop=True)
    deals = [d for d in wide_market("2022-01", 30) if d.class_code != "0102"]
    early = [d for d in deals if d.class_code == "0302" or d.period >= "2022-12"]
    early += [_as(d, "01") for d in deals if d.class_code == "0101" and d.period <= "2022-12"]
    trees = {2022: Hierarchy(merged), 2023: Hierarchy(frame), 2024: Hierarchy(frame)}
    table = weights()
    table = table[~((table["year"] == 2022) & (table["class_code"] != "0302")) & (table["year"] > 2021)]
    table.loc[len(table) + 100] = [2022, "01", 70.0, ""]
    series = compile_index(
        panel_of(early), trees, rules=RULES, weights=table, metal_prices=benchmark(deals), replicates=0
    )
    change = Change(series, "00", "total", 5, 20)
    classes = class_table(Effects.of(change), 2)
    assert {"01", "0101", "0302"} <= set(classes["class_code"])
    assert classes["points_pp"].sum() == pytest.approx(change.percent, abs=1e-9)


def _as(deal, code):  # type: ignore[no-untyped-def]
    import dataclasses

    return dataclasses.replace(deal, class_code=code, item=f"{deal.item}-{code}")


def test_text_in_each_language(series: IndexSeries) -> None:
    found = explain(series, None, "00", measure="yoy", by="product")
    zh, en, both = (found.text(lang) for lang in ("zh", "en", "both"))
    assert "料价" in zh and "metal" not in zh
    assert "new weights (link of 2023-12)" in en and not any("\u4e00" <= c <= "\u9fff" for c in en)
    assert "料价 metal" in both and "规格品" in both
    assert found.table("zh")["points_pp"].iloc[:-1].sum() == pytest.approx(found.facts["published_pct"], abs=1e-9)
    assert "<table" in found._repr_html_()
    with pytest.raises(Exception, match="lang"):
        found.text("fr")


def test_json_has_every_number_in_full(series: IndexSeries) -> None:
    found = explain(series, None, "00", measure="yoy", by="enterprise")
    again = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert sum(row["points_pp"] for row in again["lines"]) == pytest.approx(again["published_pct"], abs=1e-9)
    assert sum(row["points_pp"] for row in again["parts"]) == pytest.approx(again["change_pct"], abs=1e-9)
    assert again["lines"][0]["metal"] == found.lines["metal"].iloc[0]
    # neither revision nor rounding is split
    assert again["lines"][-1]["metal"] is None


def test_nothing_of_firms_in_public(series: IndexSeries) -> None:
    for code in ("00", "0101", "0302"):
        found = explain(series, None, code, measure="yoy", public=True)
        assert not len(found.items)
        text = json.dumps(found.to_dict())
        assert not any(f"E{n:03d}" in text for n in range(7))
        assert {"n_both", "n_adjusted", "neutral_pp"}.isdisjoint(found.facts)
        assert not set(found.lines["cause"]) & {"continuing", "entered", "left", "between", "absent", "returned"}
        assert set(CAUSES).isdisjoint(found.parts.columns)
        assert found.lines["points_pp"].sum() == pytest.approx(found.facts["published_pct"], abs=1e-9)
        assert "价格变动" in found.text("zh")
