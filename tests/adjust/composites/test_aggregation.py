"""Indirect adjustment is the compilation over again: exact without seasonality, right with a known one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust.composites import component_levels, indirect, series_key, split_key
from shuibei_index.errors import UsageError
from shuibei_index.index import IndexSeries
from tests.explain.market import every_effect

COMPONENTS = ("total", "metal", "making", "stone")


@pytest.fixture(scope="module")
def series() -> IndexSeries:
    return every_effect()


def plain(series: IndexSeries, component: str = "total") -> pd.DataFrame:
    index = series.component_index[component]
    return pd.DataFrame(index, list(series.months), list(series.codes))


def season(series: IndexSeries, size: float, seed: int = 1) -> pd.DataFrame:
    """Factors by calendar month, their logs with mean 0, another pattern for every class."""
    log = np.random.default_rng(seed).normal(0, size, (12, len(series.codes)))
    month = np.array([int(m[5:]) - 1 for m in series.months])
    return pd.DataFrame(np.exp((log - log.mean(axis=0))[month]), list(series.months), list(series.codes))


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("inputs", ["children", "leaves"])
def test_without_seasonality_the_unadjusted_parent_comes_out(series: IndexSeries, component: str, inputs: str) -> None:
    # trees, weights and items change in this market, and classes begin late
    through = indirect(series, component_levels(series), component=component, inputs=inputs)
    own = plain(series, component)[through.columns]
    assert set(through.columns) == {"00", "01", "03"}
    pd.testing.assert_frame_equal(through, own, rtol=1e-10, atol=0, check_names=False)


def test_nothing_adjusted_is_the_unadjusted_parent_too(series: IndexSeries) -> None:
    none = pd.DataFrame(index=list(series.months))
    through = indirect(series, none)
    pd.testing.assert_frame_equal(through, plain(series)[through.columns], rtol=1e-10, atol=0, check_names=False)


def test_by_hand_within_a_weight_year_and_over_the_link(series: IndexSeries) -> None:
    factors = season(series, 0.05)
    levels = plain(series)
    adjusted = levels / factors
    through = indirect(series, adjusted)
    # 01 has 0101 and, from the second year on, 0102
    for segment in series.segments:
        tree, link = segment.tree, segment.span.link
        rows = [link, *segment.span.months]
        children = [k for k, code in enumerate(tree.codes) if tree.column("parent")[code] == "01"]
        codes = [tree.codes[k] for k in children]
        move = adjusted[codes].iloc[rows] / adjusted[codes].iloc[link]
        if move.isna().any().any():
            continue
        expected = (move * segment.weight[children]).sum(axis=1) / segment.weight[children].sum()
        found = through["01"].iloc[rows] / through["01"].iloc[link]
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_stable_factors_leave_growth_from_link_to_link_as_it_is(series: IndexSeries) -> None:
    factors = season(series, 0.05)
    through = indirect(series, plain(series) / factors)
    links = [segment.span.link for segment in series.segments[1:]]
    assert len(links) >= 2
    grown, own = (x["00"].iloc[links].to_numpy() for x in (through, plain(series)))
    np.testing.assert_allclose(grown[1:] / grown[:-1], own[1:] / own[:-1], rtol=1e-9)


def test_base_period_keeps_its_mean(series: IndexSeries) -> None:
    through = indirect(series, plain(series) / season(series, 0.05))
    base = [m for m in series.months if m.startswith(series.base_period)]
    np.testing.assert_allclose(through.loc[base, "00"].mean(), 100.0, rtol=1e-12)


def test_unadjusted_child_enters_unadjusted(series: IndexSeries) -> None:
    adjusted = plain(series) / season(series, 0.05)
    with_gap = indirect(series, adjusted.drop(columns="0302"))
    as_it_is = indirect(series, adjusted.assign(**{"0302": plain(series)["0302"]}))
    pd.testing.assert_frame_equal(with_gap, as_it_is, rtol=1e-12)
    assert not np.allclose(with_gap["03"], indirect(series, adjusted)["03"])


def test_children_and_leaves_differ_where_a_child_is_a_parent(series: IndexSeries) -> None:
    adjusted = plain(series) / season(series, 0.05)
    top = indirect(series, adjusted)["00"]
    # from the leaves up, what the classes between say of themselves does not matter
    leaves = indirect(series, adjusted, inputs="leaves")["00"]
    other = indirect(series, adjusted.drop(columns=["00", "01", "03"]), inputs="leaves")["00"]
    pd.testing.assert_series_equal(leaves, other, rtol=1e-12)
    assert not np.allclose(top, leaves, rtol=1e-6)


def test_component_of_the_children_makes_that_of_the_parent(series: IndexSeries) -> None:
    # one pattern for every class: the parent's factor is that pattern, whatever the weights
    pattern = season(series, 0.05)["00"]
    levels = component_levels(series)
    making = [key for key in levels if split_key(key)[1] == "making"]
    through = indirect(series, levels[making].div(pattern, axis=0), component="making")
    expected = levels[[series_key(code, "making") for code in through]].div(pattern, axis=0)
    scaled = through / through.iloc[-1] * expected.iloc[-1].to_numpy()
    np.testing.assert_allclose(scaled, expected, rtol=1e-9)


def test_a_series_adjusted_late_takes_its_first_factor_before(series: IndexSeries) -> None:
    adjusted = plain(series) / season(series, 0.05)
    adjusted.loc[adjusted.index[:6], "0302"] = np.nan
    through = indirect(series, adjusted)
    assert np.isfinite(through["03"]).all()
    own = plain(series)["03"]
    moves = through["03"].iloc[1:6].to_numpy() / through["03"].iloc[:5].to_numpy()
    np.testing.assert_allclose(moves, own.iloc[1:6].to_numpy() / own.iloc[:5].to_numpy(), rtol=1e-10)
    # nor does its first factor make a step where it begins: 03 has no other child
    step = through["03"].iloc[6] / through["03"].iloc[5]
    assert step == pytest.approx(own.iloc[6] / own.iloc[5], rel=1e-10)


def test_callers_frame_is_untouched(series: IndexSeries) -> None:
    adjusted = plain(series) / season(series, 0.05)
    before = adjusted.copy(deep=True)
    indirect(series, adjusted)
    pd.testing.assert_frame_equal(adjusted, before)


def test_what_cannot_be_done_is_refused(series: IndexSeries) -> None:
    levels = component_levels(series)
    with pytest.raises(UsageError, match="no component"):
        indirect(series, levels, component="gold")
    with pytest.raises(UsageError, match="no component"):
        indirect(dataclasses.replace(series, components=None), levels, component="making")
    with pytest.raises(UsageError, match="months of the index"):
        indirect(series, levels.iloc[1:])
    with pytest.raises(UsageError, match="inputs"):
        indirect(series, levels, inputs="items")
    with pytest.raises(UsageError, match="no series"):
        component_levels(series, ["00:gold"])
