"""Adjustments of metal content: what was taken out, and its effect against a compilation without it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from shuibei_index.errors import UsageError
from shuibei_index.index import Hierarchy, IndexSeries
from shuibei_index.index.compilation.run import compile_inputs
from shuibei_index.index.upkeep import ADJUSTMENT_COLUMNS, adjustments, upkeep_log
from shuibei_index.index.upkeep.effects import MonthEffects
from tests.index.components.market import Deal, series_of
from tests.index.components.test_components import wide_market

WEIGHTS = {"0101": 40.0, "0102": 20.0, "0302": 40.0}


def necklace(grams: float, fineness: float = 1000.0, others: int = 2) -> list[Deal]:
    """Return two months of pieces, one of which has another content in the second; gold rises by 5 %."""
    deals = []
    for period, gold, weight, fine in (("2024-01", 500, 10.0, 1000.0), ("2024-02", 525, grams, fineness)):
        deals.append(Deal(period, "N", "0302", gold, 20, weight, fine, unit="piece"))
        deals += [Deal(period, f"P{n}", "0302", gold, 30 + n, 5 + n, unit="piece", pieces=2) for n in range(others)]
        deals += [Deal(period, "G", "0101", gold, 20), Deal(period, "K", "0102", gold, 40, fineness=750.0)]
    return deals


def without_adjustment(series: IndexSeries) -> IndexSeries:
    """Compile once more with the rule metal_content_adjustment = none."""
    assert series.products is not None
    inputs = series.products.run.inputs
    none = dataclasses.replace(inputs, adjusts=np.zeros_like(inputs.adjusts))
    return compile_inputs(none).series(series.base_period, None)


def mom(series: IndexSeries, code: str) -> float:
    """Return the last change of a class on the month before, per cent."""
    level = series.levels[:, series.codes.index(code)]
    return float(100 * (level[-1] / level[-2] - 1))


def test_a_lighter_necklace_is_listed_with_what_was_taken_out() -> None:
    frame = adjustments(series_of(necklace(8.0), WEIGHTS), "2024-02")
    assert tuple(frame.columns) == ADJUSTMENT_COLUMNS
    assert len(frame) == 1
    row = frame.iloc[0]
    assert (row["item_id"], row["class_code"], row["method"], row["n_items"]) == ("N", "0302", "content", 1)
    assert row["reference_period"] == "2024-01"
    assert row["net_before"] == pytest.approx(10.0) and row["net"] == pytest.approx(8.0)
    assert row["fineness_before"] == pytest.approx(1000.0) == row["fineness"]
    assert row["factor"] == pytest.approx(0.8)
    # 10 g × (500 + 20) at 8 g
    assert row["price_before"] == pytest.approx(5200.0)
    assert row["price_before_adjusted"] == pytest.approx(4160.0)
    assert row["price"] == pytest.approx(8 * 545.0)
    assert "8 克" in row["text_zh"] and "4160" in row["text_en"] and f"{row['effect_pp']:+.3f}" in row["text_en"]


@pytest.mark.parametrize("grams, fineness", [(8.0, 1000.0), (13.0, 1000.0), (10.0, 750.0), (9.0, 916.0)])
@pytest.mark.parametrize("formula", ["jevons", "tornqvist", "dutot", "fisher", "harmonic", "walsh"])
def test_the_effect_is_that_of_compiling_without_the_rule(grams: float, fineness: float, formula: str) -> None:
    series = series_of(necklace(grams, fineness), WEIGHTS, tree=_tree(formula))
    plain = without_adjustment(series)
    (row,) = adjustments(series, "2024-02").to_dict("records")
    assert row["effect_class_pp"] == pytest.approx(mom(series, "0302") - mom(plain, "0302"), abs=1e-10)
    assert row["effect_pp"] == pytest.approx(mom(series, "00") - mom(plain, "00"), abs=1e-10)
    assert abs(row["effect_pp"]) > 0.1


def test_the_effect_on_the_headline_counts_classes_that_move_with_those_above() -> None:
    # K (0102) is not sold in the second month: class 0102 moves with 01, and nothing of 0302 is in that
    deals = [d for d in necklace(8.0) if not (d.period == "2024-02" and d.class_code in ("0101", "0102"))]
    series = series_of(deals, WEIGHTS)
    plain = without_adjustment(series)
    (row,) = adjustments(series, "2024-02").to_dict("records")
    # all that is left moves the headline with its whole weight
    assert row["effect_pp"] == pytest.approx(row["effect_class_pp"], abs=1e-10)
    assert row["effect_pp"] == pytest.approx(mom(series, "00") - mom(plain, "00"), abs=1e-10)


def test_small_changes_stand_together_by_class() -> None:
    deals = necklace(9.9)
    series = series_of(deals, WEIGHTS)
    plain = without_adjustment(series)
    (row,) = adjustments(series, "2024-02").to_dict("records")
    assert (row["method"], row["item_id"], row["enterprise_id"], row["n_items"]) == ("content_small", "", "", 1)
    assert row["effect_class_pp"] == pytest.approx(mom(series, "0302") - mom(plain, "0302"), abs=1e-10)
    assert row["effect_class_pp"] != 0


def test_without_a_change_or_the_rule_there_is_none() -> None:
    series = series_of(necklace(10.0), WEIGHTS)
    assert adjustments(series, "2024-02").empty
    assert adjustments(series_of(necklace(8.0), WEIGHTS), "2024-01").empty
    assert adjustments(without_adjustment(series_of(necklace(8.0), WEIGHTS)), "2024-02").empty
    with pytest.raises(UsageError, match="no index for 2025-01"):
        adjustments(series, "2025-01")
    with pytest.raises(UsageError, match="no products"):
        adjustments(dataclasses.replace(series, products=None), "2024-02")


def test_a_month_without_a_change_after_one_with() -> None:
    later = [dataclasses.replace(d, period="2024-03") for d in necklace(8.0) if d.period == "2024-02"]
    series = series_of(necklace(8.0) + later, WEIGHTS)
    assert len(adjustments(series, "2024-02")) == 1
    nothing = adjustments(series, "2024-03")
    assert nothing.empty and tuple(nothing.columns) == ADJUSTMENT_COLUMNS
    assert upkeep_log(series)["period"].tolist() == ["2024-02"]


def test_links_of_every_month_and_class_come_out_of_the_pairs() -> None:
    series = series_of(wide_market("2024-01", 20))
    assert series.products is not None
    run = series.products.run
    found = 0
    for t in range(1, len(series.months)):
        effects = MonthEffects(run, t)
        some = np.flatnonzero(effects.unbroken)
        cell, first = np.unique(effects.pairs.cell[some], return_index=True)
        # nothing changed: the links as compiled
        link = effects.links(some[first], np.arange(len(cell)), cell, np.zeros(len(cell)))
        assert np.allclose(link, run.own[t, cell], rtol=1e-12, atol=0)
        assert np.allclose(effects.points(cell, link), 0.0, atol=1e-10)
        found += len(cell)
    assert found > 30


def test_all_rows_of_a_month_taken_together_are_the_rule(month: str = "2024-12") -> None:
    series = series_of(wide_market("2024-01", 20))
    frame = adjustments(series, month)
    assert set(frame["method"]) == {"content", "content_small"}
    assert (frame["effect_pp"].abs().diff().dropna() <= 1e-12).all()
    plain = without_adjustment(series)
    t, k = series.months.index(month), series.codes.index("0302")
    # one after the other is not all at once, but for the products of small changes
    whole = 100 * (series.levels[t, k] / series.levels[t - 1, k] - plain.levels[t, k] / plain.levels[t - 1, k])
    own = frame[frame["class_code"] == "0302"]["effect_class_pp"].sum()
    assert own == pytest.approx(whole, abs=0.02 * frame["effect_class_pp"].abs().sum())


def test_the_log_holds_all_months() -> None:
    series = series_of(wide_market("2024-01", 20))
    log = upkeep_log(series)
    for month in series.months:
        own = adjustments(series, month)
        rows = log[(log["period"] == month) & log["kind"].isin(["content", "content_small"])]
        assert rows["effect_pp"].tolist() == own["effect_pp"].tolist()
    assert {"content", "content_small", "due"} <= set(log["kind"])


def _tree(formula: str) -> Hierarchy:
    """Return the tree of the market with one formula for all classes."""
    parents = {"01": "00", "0101": "01", "0102": "01", "03": "00", "0302": "03"}
    return Hierarchy.from_parents(parents, formula=dict.fromkeys(parents, formula))
