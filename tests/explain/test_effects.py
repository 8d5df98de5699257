"""The change by cause and component: adds up everywhere, and each cause is what it says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.errors import UsageError
from shuibei_index.explain import Change, Effects, explain
from shuibei_index.explain.effects import CAUSES
from shuibei_index.index import Hierarchy, IndexSeries, compile_index
from tests.explain.market import MONTHS, benchmark, every_effect, weights
from tests.index.components.market import RULES, Deal, panel_of, series_of
from tests.index.components.test_components import gold_tree, wide_market


@pytest.fixture(scope="module")
def series() -> IndexSeries:
    return every_effect()


def changes(series: IndexSeries, lags: tuple[int, ...], step: int) -> list[Change]:
    """Return the changes of all classes and components over some lags, in some months."""
    found = []
    for end in range(MONTHS - 1, 0, -step):
        for lag in lags:
            for code in series.codes:
                for component in ("total", "metal", "making", "stone"):
                    try:
                        found.append(Change(series, code, component, end - lag, end))
                    except UsageError:
                        continue
    return found


@pytest.mark.parametrize("formula", ["", "dutot", "fisher"])
def test_causes_and_components_add_up(formula: str) -> None:
    series = every_effect(formula, seed=5)
    tried = changes(series, (1, 12, 27), step=13)
    assert len(tried) > 40
    for change in tried:
        table = Effects.of(change).table()
        assert table["points_pp"].sum() == pytest.approx(change.percent, abs=1e-9)
        assert table[list(COMPONENTS)].to_numpy().sum() == pytest.approx(change.percent, abs=1e-9)
        if change.component != "total":
            others = [name for name in COMPONENTS if name != change.component]
            # a component's series is moved by nothing else
            assert not table[others].to_numpy().any()


def test_every_cause_has_something_to_say(series: IndexSeries) -> None:
    table = Effects.of(Change(series, "00", "total", MONTHS - 13, MONTHS - 1)).table()
    assert set(table["cause"]) == set(CAUSES)
    assert (table["points_pp"].abs() > 1e-3).all()
    assert table.loc[table["cause"] == "weights", "link_period"].tolist() == ["2023-12"]


def test_components_are_those_of_the_contributions_table(series: IndexSeries) -> None:
    frame = series.contributions_frame()
    for end in range(13, MONTHS, 3):
        for measure, lag in (("mom", 1), ("yoy", 12)):
            table = Effects.of(Change(series, "00", "total", end - lag, end)).table()
            mine = frame[
                (frame["period"] == series.months[end]) & (frame["measure"] == measure) & (frame["level"] == 0)
            ]
            stated = mine.set_index("component")["points_pp"].reindex(COMPONENTS).fillna(0.0)
            np.testing.assert_allclose(table[list(COMPONENTS)].sum(), stated, atol=1e-9)


def test_a_span_may_cross_several_links(series: IndexSeries) -> None:
    table = Effects.of(Change(series, "00", "total", 2, MONTHS - 1)).table()
    assert table.loc[table["cause"] == "weights", "link_period"].tolist() == ["2021-12", "2022-12", "2023-12"]
    assert table["points_pp"].sum() == pytest.approx(Change(series, "00", "total", 2, MONTHS - 1).percent, abs=1e-9)


def test_no_new_weights_within_a_year(series: IndexSeries) -> None:
    link = series.months.index("2022-12")
    table = Effects.of(Change(series, "00", "total", link, link + 12)).table()
    assert table.set_index("cause")["points_pp"]["weights"] == 0.0


def test_weights_effect_is_that_of_compiling_with_the_old_ones(series: IndexSeries) -> None:
    """Brute force: give 2024 the weights of 2023 at prices of the link month, and compare the change."""
    old = next(s for s in series.segments if s.span.year == 2023)
    value = dict(zip(old.tree.codes, old.weight * old.relative[-1], strict=True))
    table = weights()
    last = table["year"] == 2024
    table.loc[last, "weight"] = table.loc[last, "class_code"].map(value)
    deals = wide_market("2021-06", MONTHS, 3)
    frame = gold_tree().frame.assign(formula="")
    small = Hierarchy(frame[frame["class_code"] != "0102"].reset_index(drop=True))
    trees = {2021: small, **dict.fromkeys((2022, 2023, 2024), Hierarchy(frame))}
    held = compile_index(
        panel_of(deals), trees, rules=RULES, weights=table, metal_prices=benchmark(deals), replicates=0
    )
    for code in ("00", "01"):
        change, kept = (Change(one, code, "total", MONTHS - 13, MONTHS - 1) for one in (series, held))
        found = Effects.of(change).table().set_index("cause")["points_pp"]["weights"]
        assert abs(found) > 0.01
        assert found == pytest.approx(change.percent - kept.percent, abs=1e-9)


def test_entry_exit_and_return_are_told_apart() -> None:
    def price(month: int, item: str, metal: float) -> Deal:
        return Deal(f"2024-{month:02d}", item, "0101", metal, firm=f"E{item}")

    deals = [price(m, "STAY", 100 + m) for m in (1, 2, 3, 4)]
    deals += [price(m, "NEW", 200 + 2 * m) for m in (2, 3, 4)]
    deals += [price(m, "GONE", 300 - m) for m in (1, 2)]
    deals += [price(m, "BACK", 400 + m) for m in (1, 2, 4)]
    deals += [price(m, "SHORT", 500 + m) for m in (2, 3)]
    series = series_of(deals, {"0101": 100.0, "0102": 0.0, "0302": 0.0})
    found = explain(series, None, "0101", "2024-04", since="2024-01", by="product")
    cause = found.items.set_index("item_id")["cause"]
    assert cause[["STAY", "NEW", "GONE", "SHORT"]].tolist() == ["continuing", "entered", "left", "between"]
    assert found.items.set_index("item_id").loc["BACK", "returned"]
    assert (found.facts["n_both"], found.facts["n_entered"], found.facts["n_left"]) == (2, 1, 1)
    points = found.lines.set_index("cause")["points_pp"]
    assert points["entered"] > 0 > points["left"]
    # what came back is measured against a price carried with the class: that step is no reported pair
    assert points["returned"] != 0.0 and points["absent"] == 0.0


def test_a_change_of_content_stands_beside_the_sum() -> None:
    deals = [
        Deal("2024-01", "N", "0302", 500, 20, 10, unit="piece"),
        Deal("2024-02", "N", "0302", 500, 20, 8, unit="piece"),
    ]
    series = series_of(deals, {"0101": 0.0, "0102": 0.0, "0302": 100.0})
    found = explain(series, None, "0302", "2024-02")
    assert found.facts["change_pct"] == pytest.approx(0.0, abs=1e-10)
    # 10 g to 8 g at the same prices per gram
    assert found.facts["neutral_pp"] == pytest.approx(-20.0)
    assert found.facts["neutral"]["metal"] == pytest.approx(-20.0 * 500 / 520)
    assert found.items.loc[0, "adjusted"] and found.facts["n_adjusted"] == 1
    assert "-20.0000" in found.text("zh") and "含量" in found.text("zh")


def test_a_class_without_products_moved_with_the_one_above(series: IndexSeries) -> None:
    # the stones are no longer reported in the last months
    found = explain(series, None, "0302", series.months[-1])
    assert found.facts["obs_status"] == "I"
    points = found.lines.set_index("cause")["points_pp"]
    assert points["above"] == pytest.approx(found.facts["change_pct"], abs=1e-9)
    assert found.items["enterprise_id"].tolist() == [""]


def test_a_leaf_that_never_had_a_product_is_part_of_the_sum() -> None:
    deals = [d for d in wide_market("2022-06", 10) if d.class_code == "0101"]
    weights_ = {"0101": 60.0, "0102": 40.0, "0302": 10.0}
    series = series_of(deals, weights_)
    for component in ("total", "making"):
        change = Change(series, "00", component, 2, 9)
        points = Effects.of(change).table().set_index("cause")["points_pp"]
        assert points.sum() == pytest.approx(change.percent, abs=1e-9)
        assert points["above"] == pytest.approx(change.percent * 50 / 110, abs=1e-9)
    items = explain(series, None, "00", series.months[9], since=series.months[2], by="product").items
    assert set(items.loc[items["cause"] == "above", "class_code"]) == {"0102", "0302"}


def test_prices_without_parts_are_all_unsplit() -> None:
    deals = [d for d in wide_market("2022-06", 20) if d.class_code == "0101"]
    panel = dataclasses.replace(panel_of(deals), parts=None)
    table = pd.DataFrame({"year": [2022, 2023, 2024], "class_code": "0101", "weight": 1.0, "price_period": ""})
    series = compile_index(panel, gold_tree(), rules=RULES, weights=table, replicates=0)
    assert series.components is None
    found = Effects.of(Change(series, "00", "total", 5, 17)).table()
    assert found["unsplit"].sum() == pytest.approx(Change(series, "00", "total", 5, 17).percent, abs=1e-9)
    assert found["metal"].eq(0.0).all()
    with pytest.raises(UsageError, match="component"):
        Change(series, "00", "metal", 5, 17)


def test_what_has_no_change_is_refused_in_words(series: IndexSeries) -> None:
    for options, words in (
        ({"class_code": "0109"}, "no class"),
        ({"component": "gold"}, "no component"),
        ({"measure": "qoq"}, "measure"),
        ({"month": "2030-01"}, "no index for"),
        ({"month": "2021-06"}, "begins in"),
        ({"class_code": "0102", "month": "2022-01", "measure": "mom"}, "no change to explain"),
        ({"since": "2024-09"}, "must lie before"),
        ({"by": "item"}, "by must be"),
        ({"steps": 0}, "1 or more"),
        ({"by": "product", "public": True}, "public"),
    ):
        with pytest.raises(UsageError, match=words) as refused:
            explain(series, None, **options)
        assert refused.value.zh
