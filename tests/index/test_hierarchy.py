"""Aggregation up a tree: against piar, a plain second computation, over gaps, in replicates, by several trees."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from shuibei_index.errors import PriceError, TreeError, UsageError
from shuibei_index.index import Hierarchy, aggregate, unchain
from shuibei_index.index.hierarchy import aggregate_trees, aggregation, complete_links, node_weights

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "reference" / "index"
PERIODS = ["202001", "202002", "202003", "202004"]

#: piar 0.10.1, ms_prices and ms_weights: Jevons indices by business (month on month; B5 has no prices at all).
ELEMENTARY = pd.DataFrame(
    {
        "B1": [1, 0.89490968801313631, 0.33429394812680113, np.nan],
        "B2": [1, np.nan, np.nan, 2.7704563339076351],
        "B3": [1, 2.0200036077304113, 1.6353354906289708, 0.53799599832260792],
        "B4": [np.nan, np.nan, np.nan, 4.5762861829630586],
    },
    PERIODS,
)
WEIGHTS = {"B1": 553, "B2": 646, "B3": 312, "B4": 622, "B5": 330}
#: The same source: chained total, and weights price-updated to the last month.
CHAINED_TOTAL = [1, 1.3007239110787892, 1.3827661966452023, 3.7815355199208249]
UPDATED = {
    "B1": 260.48322261740407,
    "B2": 2474.7571156046602,
    "B3": 554.48863168594971,
    "B4": 3935.9748484649595,
    "B5": 2088.2181671920202,
}


def matched_sample():
    return Hierarchy.from_parents(
        {"11": "00", "12": "00"} | dict.fromkeys(("B1", "B2", "B3"), "11") | {"B4": "12", "B5": "12"}
    )


def read(folder, name, *index):
    path = REFERENCE / folder / name
    if not path.exists():
        pytest.skip(f"reference data {folder} are not here")
    return pd.read_csv(path, dtype={"period": str, "level": str}).set_index(list(index))["value"]


def test_piar_total_and_price_updated_weights_as_printed():
    found = aggregation(ELEMENTARY, WEIGHTS, matched_sample(), links=True)
    assert_allclose(found.levels["00"], CHAINED_TOTAL, rtol=1e-14)
    assert_allclose(found.weight.iloc[-1][list(UPDATED)], list(UPDATED.values()), rtol=1e-14)


@pytest.mark.parametrize("order", [-1, 0, 1])
def test_piar_by_order_of_aggregation(order):
    expected = read(
        "piar_matched_sample", "expected_index_by_aggregation_order.csv", "aggregate_order", "period", "level"
    )
    found = aggregate(ELEMENTARY, WEIGHTS, matched_sample(), links=True, order=order)
    links = unchain(found.rename(columns={"00": "1"}))
    expected = expected.loc[order].unstack()  # noqa: PD010
    assert_allclose(links[expected.columns], expected, rtol=1e-12)


def test_piar_chained_from_its_own_elementary_indices():
    elementary = read("piar_matched_sample", "expected_elementary_by_order.csv", "elementary_order", "period", "level")
    links = elementary.loc[0].unstack()  # noqa: PD010
    expected = read("piar_matched_sample", "expected_index_chained.csv", "period", "level").unstack()  # noqa: PD010
    found = aggregate(links, WEIGHTS, matched_sample(), links=True).rename(columns={"00": "1"})
    assert_allclose(found[expected.columns], expected, rtol=1e-12)


TREE = {"A": "00", "B": "00", "A1": "A", "A2": "A", "A11": "A1", "A12": "A1", "B1": "B", "B2": "B", "C": "00"}
LEAVES = ["A11", "A12", "A2", "B1", "B2", "C"]


def deep():
    return Hierarchy.from_parents(TREE)


def market(seed, T=5, gaps=0.3, spread=1.0):
    rng = np.random.default_rng(seed)
    links = np.exp(rng.normal(scale=spread, size=(T, len(LEAVES))))
    links[rng.random(links.shape) < gaps] = np.nan
    return pd.DataFrame(links, columns=LEAVES), pd.Series(rng.lognormal(size=len(LEAVES)), LEAVES)


def mean(x, w, r):
    w = w / w.sum()
    return np.exp(w @ np.log(x)) if r == 0 else (w @ x**r) ** (1 / r)


def plainly(links, weights, order):
    """Second computation, child by child as piar describes it: aggregate, fill from the parent, update the weights."""
    children = {p: [c for c in TREE if TREE[c] == p] for p in ["A1", "A", "B", "00"]}
    w, level, rows = dict(weights), dict.fromkeys([*TREE, "00"], 1.0), []
    for t in range(len(links)):
        g = {c: 1.0 if t == 0 else links[c].iloc[t] for c in LEAVES}
        total = dict(w)
        for p, below in children.items():
            seen = [c for c in below if not np.isnan(g[c])]
            g[p] = mean(np.array([g[c] for c in seen]), np.array([total[c] for c in seen]), order) if seen else np.nan
            total[p] = sum(total[c] for c in below)
        for c in ("A", "B", "C", "A1", "A2", "B1", "B2", "A11", "A12"):
            g[c] = g[TREE[c]] if np.isnan(g[c]) else g[c]
        w = {c: w[c] * g[c] ** order for c in LEAVES}
        level = {c: level[c] * g[c] for c in level}
        rows.append(level)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("order", [-2.5, -1, 0, 1e-9, 0.5, 1, 2, 7])
@pytest.mark.parametrize("seed", range(4))
def test_any_order_with_gaps_is_what_a_plain_loop_gives(order, seed):
    links, weights = market(seed)
    links.loc[:, "C"] = 1.01  # something is always observed
    found = aggregate(links, weights, deep(), links=True, order=order)
    # written as (Σ ω x^r)^(1/r), the loop itself has only 7 digits near order 0
    assert_allclose(
        found[list(TREE)], plainly(links, weights, order)[list(TREE)], rtol=1e-5 if order == 1e-9 else 1e-11
    )


def test_orders_join_without_a_step():
    links, weights = market(3)
    near = [aggregate(links, weights, deep(), links=True, order=r)["00"] for r in (-1e-7, 0, 1e-7)]
    assert_allclose((near[0] + near[2]) / 2, near[1], rtol=1e-12)
    assert_allclose(aggregate({"A": 2.0, "B": 5.0}, {"A": 1, "B": 9}, flat(), order=np.inf)["00"], 5.0, rtol=1e-15)


def flat(*codes):
    return Hierarchy.from_parents(dict.fromkeys(codes or ("A", "B"), "00"))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([-1.0, 0.0, 0.3, 1.0, 2.0]), st.floats(1e-12, 1e12))
def test_one_stage_is_two_and_scale_and_order_of_columns_do_not_matter(seed, order, scale):
    links, weights = market(seed, gaps=0.0)
    whole = aggregate(links, weights, deep(), links=True, order=order)
    assert_allclose(aggregate(links, weights, flat(*LEAVES), links=True, order=order)["00"], whole["00"], rtol=1e-12)
    shuffled = links[np.random.default_rng(seed).permutation(LEAVES)]
    assert_array_equal(aggregate(shuffled, weights[::-1], deep(), links=True, order=order), whole)
    assert_allclose(aggregate(links, weights * scale, deep(), links=True, order=order), whole, rtol=1e-12)
    levels = links.assign(**{c: np.r_[1.0, links[c][1:]].cumprod() * scale for c in LEAVES})
    assert_allclose(aggregate(levels, weights, deep(), order=order), whole, rtol=1e-11)


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("order", [-1, 0, 1, 3])
def test_magnitudes(size, order):
    links = pd.DataFrame({"A": [1.0, size, size, size], "B": [1.0, 1 / size, 1 / size, 1 / size]})
    found = aggregate(links, {"A": 1e-12, "B": 1e12}, flat(), links=True, order=order)
    assert np.isfinite(found.to_numpy()).all()
    assert ((found["00"] <= found.max(axis=1) * (1 + 1e-12)) & (found["00"] >= found.min(axis=1) * (1 - 1e-12))).all()


def test_a_single_leaf_is_its_headline():
    found = aggregate(pd.DataFrame({"A": [50.0, 60.0, np.nan, 90.0]}), {"A": 3.0}, flat("A"))
    assert_allclose(found["00"], [1.0, 1.2, np.nan, 1.8], rtol=1e-15)
    assert_array_equal(found["00"], found["A"])


def test_what_missing_means():
    levels = pd.DataFrame({"A": [1.0, 2.0, 2.0], "B": [1.0, np.nan, 1.5], "C": [1.0, 1.0, 1.0]})
    tree, weights = Hierarchy.from_parents({"X": "00", "A": "X", "B": "X", "C": "00"}), {"A": 1, "B": 1, "C": 2}
    parent = aggregate(levels, weights, tree)
    assert_allclose(parent, parent.assign(**{"00": [1, 1.5, 1.375], "X": [1, 2, 1.75], "B": [1, 2, 1.5]}), rtol=1e-15)
    drop = aggregate(levels, weights, tree, missing="drop")
    assert np.isnan(drop.loc[1, "B"]) and drop.isna().to_numpy().sum() == 1
    assert_array_equal(drop.fillna(parent), parent)
    spread = aggregate(levels, weights, tree, missing="spread")
    assert_array_equal(spread.isna().loc[1], [True, False, True, False, True])
    assert_allclose(spread.loc[2], parent.loc[2], rtol=1e-15)
    later = aggregate(unchain(levels), weights, tree, links=True, missing="spread")
    assert_array_equal(later["00"].isna(), [False, True, True])
    # a class without any weight leaves the ones above it alone
    assert aggregate(levels, {"A": 1, "C": 2}, tree, missing="spread")["00"].notna().all()


def test_parents_movement_or_parents_level():
    levels = pd.DataFrame({"A": [1.0, 3.0, 6.0], "B": [1.0, 1.0, np.nan]})
    weights = {"A": 1, "B": 1}
    assert_allclose(aggregate(levels, weights, flat()).loc[2, ["00", "B"]], [4.0, 2.0], rtol=1e-15)
    own = aggregate(levels, weights, flat(), missing="parent_level")
    assert_allclose(own.loc[2, ["00", "B"]], [6.0, 6.0], rtol=1e-15)


def test_base_before_the_first_row():
    relatives = pd.DataFrame({"A": [1.2, 1.5], "B": [1.0, 0.9]})
    found = aggregate(relatives, {"A": 3, "B": 1}, flat(), base="before")
    assert_allclose(found["00"], [1.15, 1.35], rtol=1e-15)
    links = relatives / relatives.shift().fillna(1.0)
    assert_allclose(aggregate(links, {"A": 3, "B": 1}, flat(), links=True, base="before"), found, rtol=1e-15)


def test_the_report_names_class_month_and_share():
    found = aggregation(ELEMENTARY, WEIGHTS, matched_sample(), links=True)
    report = found.report().set_index(["period", "class_code"])
    second = report.loc["202002"]
    assert_allclose(second.loc["11", "own"], (553 + 312) / (553 + 646 + 312), rtol=1e-15)
    assert_allclose(second.loc["00", ["observed", "own"]], [(553 + 312) / 2463, 1511 / 2463], rtol=1e-15)
    assert second["taken_from"].to_dict() == {"00": "", "11": "", "12": "00", "B2": "11", "B4": "00", "B5": "00"}
    # in the last month the weights have moved: those of B2, B3 and B4 before it
    w = np.array([646 * 1.3827661966452023, 312 * 2.0200036077304113 * 1.6353354906289708, 622 * 1.3827661966452023])
    assert_allclose(report.loc[("202004", "00"), "observed"], w.sum() / (2463 * 1.3827661966452023), rtol=1e-14)
    assert "B1" not in report.loc["202003"].index
    assert found.summary().set_index("class_code").loc["B5", "months_imputed"] == 3
    assert len(found.to_frame()) == 4 * 8 and "Aggregation" in found._repr_html_()
    none = aggregation(pd.DataFrame({"A": [1.0, 1.1], "B": [1.0, 1.0]}), {"A": 1, "B": 1}, flat())
    assert none.report().empty and none.summary().empty and "months" in repr(none)
    assert found.plot("11").get_title() == "11"
    with pytest.raises(UsageError, match="no class"):
        found.plot("99")


def test_a_month_without_anything_is_taken_from_nobody():
    links = pd.DataFrame({"A": [1.0, np.nan, 1.1], "B": [1.0, np.nan, 1.2]})
    found = aggregation(links, {"A": 1, "B": 1}, flat(), links=True)
    assert (found.report()["taken_from"] == "").all() and found.report()["observed"].tolist() == [0.0] * 3
    assert_allclose(found.levels["00"], [1.0, np.nan, 1.15], rtol=1e-15)
    everything = aggregate(links * np.nan, {"A": 1, "B": 1}, flat(), links=True, missing="drop")
    assert everything.iloc[1:].isna().all(axis=None)


def test_options_that_do_not_exist():
    one = {"A": 1.0, "B": 1.0}
    for option in ({"missing": "dropp"}, {"base": "last"}, {"order": "geometric"}, {"order": np.nan}):
        with pytest.raises(UsageError):
            aggregate(one, one, flat(), **option)
    with pytest.raises(PriceError, match="links=True"):
        aggregate(pd.DataFrame({"A": [np.nan, 1.0], "B": [1.0, 1.0]}), one, flat())


@pytest.mark.parametrize("order", [-1.0, 0.0, 1.0, 2.0])
def test_replicates_side_by_side_are_each_as_alone(order):
    tree, rng, K = deep(), np.random.default_rng(5), 10
    links, relatives = rng.lognormal(size=(2, K, 7))
    links[rng.random(links.shape) < 0.4] = np.nan
    weights = node_weights(rng.random((K, 7)) * (rng.random((K, 7)) < 0.8), tree)
    whole = complete_links(links, relatives, weights, tree, order=order)
    mixed = complete_links(links, relatives[:, 0], weights[:, 0], tree, order=order)
    for r in range(7):
        alone = complete_links(links[:, r], relatives[:, r], weights[:, r], tree, order=order)
        assert_array_equal(whole.link[:, r], alone.link)
        assert_array_equal(whole.imputed[:, r], alone.imputed)
        assert_array_equal(
            mixed.link[:, r], complete_links(links[:, r], relatives[:, 0], weights[:, 0], tree, order=order).link
        )
    assert_array_equal(node_weights(weights[:, 3], tree), node_weights(weights, tree)[:, 3])


def test_callers_data_stay_as_they_are():
    links, weights = market(1)
    before = links.copy(), weights.copy()
    for missing in ("parent", "drop", "spread", "parent_level"):
        aggregate(links, weights, deep(), links=True, missing=missing)
    pd.testing.assert_frame_equal(links, before[0])
    pd.testing.assert_series_equal(weights, before[1])


COLUMNS = pd.DataFrame(
    {
        "kind": ["ring", "ring", "chain", "chain"],
        "craft": ["cast", "wrought", "cast", "wrought"],
        "metal": list("ggps"),
    },
    index=["a", "b", "c", "d"],
)


def crossed():
    return {c: Hierarchy.from_columns(COLUMNS, [c]) for c in COLUMNS} | {
        "nested": Hierarchy.from_columns(COLUMNS, ["metal", "kind"])
    }


@pytest.mark.parametrize("missing", ["parent", "drop", "spread", "parent_level"])
def test_trees_on_the_same_leaves_share_one_headline(missing):
    levels = pd.DataFrame(np.random.default_rng(2).lognormal(size=(6, 4)), columns=list(COLUMNS.index))
    levels.iloc[2, 1] = levels.iloc[3, 1] = levels.iloc[4, 0] = np.nan
    levels.iloc[5] = np.nan
    weights = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0}
    found = aggregate_trees(levels, weights, crossed(), missing=missing)
    assert list(found) == ["kind", "craft", "metal", "nested"]
    for table in found.values():
        assert_allclose(table["00"], found["kind"]["00"], rtol=1e-12)
        assert_allclose(table[list("abcd")], found["kind"][list("abcd")], rtol=1e-12)
    assert_array_equal(found["kind"], aggregate(levels, weights, crossed()["kind"], missing=missing))
    if missing == "parent":
        # filled by its own parents, each tree has a headline of its own
        own = aggregate(levels, weights, crossed()["craft"])["00"]
        assert (own / found["kind"]["00"] - 1).abs().max() > 1e-3
        led = aggregate_trees(levels, weights, crossed(), lead="craft")
        assert_allclose(led["kind"]["00"], own, rtol=1e-12)


def test_trees_that_do_not_belong_together():
    levels, weights = pd.DataFrame({"a": [1.0, 1.2], "b": [1.0, 1.0]}), {"a": 1, "b": 1}
    two = COLUMNS.iloc[:2]
    trees = {"kind": Hierarchy.from_columns(two, ["kind"]), "all": Hierarchy.from_columns(COLUMNS, ["kind"])}
    with pytest.raises(TreeError, match="do not have the same leaves: 2"):
        aggregate_trees(levels, weights, trees)
    with pytest.raises(UsageError, match="lead"):
        aggregate_trees(levels, weights, trees, lead="knid")
    with pytest.raises(UsageError, match="no tree"):
        aggregate_trees(levels, weights, {})
    same = {c: Hierarchy.from_columns(two, [c]) for c in ("kind", "craft")}
    with pytest.raises(PriceError, match="differ in"):
        aggregate_trees(levels * np.pi, {"a": 1, "b": 1e-3}, same, tolerance=-1.0)
