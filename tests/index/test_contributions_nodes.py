"""Contributions up a tree: results of piar, any order, missing cells, superlative indices, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index import Hierarchy, aggregate, contributions
from shuibei_index.index.means import generalized_mean

REFERENCE = Path(__file__).parents[3] / "shared/data/reference/index/piar_matched_sample"
#: Made-up sample shipped with piar: businesses B1 to B5 in classes 11 and 12 of the headline, and their weights.
PARENTS = {"11": "00", "12": "00", "B1": "11", "B2": "11", "B3": "11", "B4": "12", "B5": "12"}
WEIGHTS = {"B1": 553.0, "B2": 646.0, "B3": 312.0, "B4": 622.0, "B5": 330.0}
#: April 2020 on March: product, business, price relative; the stated weights price-updated to April; and contributions
#: to the headline and the classes below it, all by piar 0.10.1.
APRIL = [
    *[("4", "B2", 0.87458745874587462), ("5", "B2", 1.9182389937106916), ("6", "B2", 12.675000000000001)],
    *[("7", "B3", 0.82648401826484019), ("8", "B3", 0.93711467324290998), ("9", "B3", 0.38212927756653992)],
    *[("10", "B3", 0.28306010928961745), ("11", "B4", 1.1937424789410349), ("12", "B4", 17.543478260869566)],
]
UP_TO_APRIL = {"B1": 260.48322261740407, "B2": 2474.7571156046602, "B3": 554.48863168594971,
               "B4": 3935.9748484649595, "B5": 2088.2181671920202}  # fmt: skip
TO_HEADLINE = [-0.018209690130928661, 0.094562962509017551, 0.42793508137939329, -0.011177529575800701,
               -0.0037848451746003175, -0.058699008335307147, -0.078173578834518781, 0.059392635071043434,
               1.3229153008529644]  # fmt: skip
TO_12 = {"11": 0.1536597270798109, "12": 3.4226264558832473}
TO_11 = {"4": -0.029682638512559426, "5": 0.15414200970199221, "6": 0.6975540075694544, "7": -0.01821989102925025,
         "8": -0.0061694729748779497, "9": -0.095682102931741564, "10": -0.12742655504263387}  # fmt: skip


def april(order=1.0, weights=None):
    tree = Hierarchy.from_parents(PARENTS)
    table = pd.DataFrame(APRIL, columns=["product", "cell", "relative"]).set_index("product")
    code, cells = table["cell"].factorize()
    points = contributions.of_mean(table["relative"], 0, group=code)
    links = 1 + contributions.roll_up(points, table["cell"])
    return contributions.tree_contributions(points, table["cell"], links, weights or updated(), tree, order), cells


def updated():
    """Return the weights at March prices: stated ones times the chained indices that piar gives."""
    chain = {"B1": 0.89490968801313631 * 0.33429394812680113, "B2": 1.3007239110787892 * 1.0630743272016652,
             "B3": 2.0200036077304113 * 1.6353354906289708, "B4": 1.3007239110787892 * 1.0630743272016652}  # fmt: skip
    return {k: w * chain.get(k, chain["B4"]) for k, w in WEIGHTS.items()}


def test_printed_results_of_piar():
    made, _ = april()
    after = {c: w * made.links[made.tree.position[c]] for c, w in updated().items()}
    assert after == pytest.approx(UP_TO_APRIL, rel=1e-12)
    assert_allclose(made.of_items("00"), TO_HEADLINE, rtol=1e-10)
    assert made.of_items("12").to_dict() == pytest.approx(TO_12, rel=1e-10)
    assert made.of_items("11").to_dict() == pytest.approx(TO_11, rel=1e-10)
    # B1 has no observed product: it moves with 11, and so with the products of 11; B5 with 12
    assert made.of_items("B1").to_dict() == pytest.approx(TO_11, rel=1e-10)
    assert made.of_items("B5").to_dict() == pytest.approx(TO_12, rel=1e-10)
    assert made.links[made.tree.position["00"]] == pytest.approx(2.7347613277612628, rel=1e-12)
    assert made.of_classes("00").to_dict() == pytest.approx({"11": 0.35245339183725521, "12": 1.3823079359240078})
    assert made.of_classes("00", 2).sum() == pytest.approx(2.7347613277612628 - 1, rel=1e-12)
    assert made.of_classes("00", 0).to_dict() == pytest.approx({"00": 1.7347613277612628})
    frame = made.to_frame()
    sums = frame.groupby("class_code")["points_pp"].sum()
    assert_allclose(sums, 100 * (made.links - 1), rtol=1e-12)


def every_month():
    """Yield month, products' contributions up the tree, and the elementary links, as piar 0.10.1 compiles them."""
    prices = pd.read_csv(REFERENCE / "expected_relatives.csv", dtype={"period": str, "product": str})
    weights = pd.read_csv(REFERENCE / "input_weights.csv").set_index("business")["weight"]
    tree = Hierarchy.from_parents(PARENTS)
    for month, rows in prices.groupby("period"):
        rows = rows.set_index("product")
        code, _ = rows["business"].factorize()
        points = contributions.of_mean(rows["relative"], 0, group=code)
        links = 1 + contributions.roll_up(points, rows["business"])
        made = contributions.tree_contributions(points, rows["business"], links, weights, tree)
        yield month, made
        weights = weights * made.links[[tree.position[c] for c in weights.index]]


def test_every_contribution_of_the_sample_of_piar():
    if not REFERENCE.is_dir():
        pytest.skip("reference data piar_matched_sample are not here")
    expected = pd.read_csv(REFERENCE / "expected_contributions.csv", dtype={"period": str, "product": str})
    levels = pd.read_csv(REFERENCE / "expected_index_period_on_period.csv", dtype={"period": str})
    seen = 0
    for month, made in every_month():
        for level, rows in expected[expected["period"] == month].groupby("level"):
            found = made.of_items("00" if level == "1" else level)
            rows = rows.set_index("product")["value"]
            assert sorted(found.index) == sorted(rows.index)
            assert_allclose(found[rows.index], rows, rtol=1e-10, atol=1e-14)
            seen += len(rows)
        index = levels[levels["period"] == month].set_index("level")["value"].rename({"1": "00"})
        assert_allclose(made.links[[made.tree.position[c] for c in index.index]], index, rtol=1e-12)
    assert seen == len(expected)


def test_second_level_to_first_and_through_the_chain_of_piar():
    if not REFERENCE.is_dir():
        pytest.skip("reference data piar_matched_sample are not here")
    names = {"period": str, "level": str, "product": str}
    one, chained = (
        pd.read_csv(REFERENCE / f"expected_level2_contributions_to_level1{end}.csv", dtype=names)
        for end in ("", "_chained")
    )
    one, chained = (t[t["level"] == "1"].pivot_table("value", "period", "product") for t in (one, chained))
    tree = Hierarchy.from_parents({"11": "00", "12": "00"})
    weights = pd.Series({"11": 1511.0, "12": 952.0})
    found, links = [], []
    for _, made in every_month():
        position = [made.tree.position[c] for c in ("11", "12")]
        top = contributions.tree_contributions(
            made.links[position] - 1,
            ["11", "12"],
            dict(zip(["11", "12"], made.links[position], strict=True)),
            weights,
            tree,
        )
        found.append(top.of_items("00").to_numpy())
        links.append(top.links[top.tree.position["00"]])
        weights = weights * made.links[position]
    points = pd.DataFrame(found, index=one.index, columns=one.columns)
    assert_allclose(points, one, rtol=1e-10, atol=1e-14)
    for month in one.index[1:]:
        assert_allclose(contributions.over_span(points, links, end=month), chained.loc[month], rtol=1e-10)


@settings(max_examples=40)
@given(
    st.integers(0, 10**6), st.sampled_from([1.0, 0.0, -1.0, 2.5, -0.3, 1e-9]), st.floats(1e-9, 2.5), st.floats(0, 0.9)
)
def test_adds_up_at_every_class_for_any_order(seed, order, spread, missing):
    rng = np.random.default_rng(seed)
    parents = {f"{a}": "00" for a in "ABC"} | {f"{a}{b}": a for a in "AB" for b in "123"} | {"A1x": "A1", "A1y": "A1"}
    tree = Hierarchy.from_parents(parents)
    leaves = list(tree.leaves)
    cell = rng.choice(leaves, size=25)
    relative = pd.Series(np.where(rng.random(25) < missing, np.nan, np.exp(spread * rng.normal(size=25))))
    code, _ = pd.factorize(cell)
    points = contributions.of_mean(relative, 0, group=code)
    links = 1 + contributions.roll_up(points, cell)
    made = contributions.tree_contributions(
        points, cell, links, pd.Series(rng.uniform(0.1, 9, len(leaves)), leaves), tree, order
    )
    for k, name in enumerate(tree.codes):
        if np.isnan(made.links[k]):
            assert links.isna().all()
            continue
        for parts in (made.of_items(name), made.of_classes(name), made.of_classes(name, 2)):
            # a leaf, or a class that moves with its parent, has no classes below it that move by themselves
            if parts.notna().any():
                assert abs(parts.sum() - (made.links[k] - 1)) <= 1e-11 * (1 + parts.abs().sum())
    if links.notna().all() and len(links) == len(leaves) and order == 1:
        weights = dict.fromkeys(leaves, 1.0)
        same = contributions.tree_contributions(points, cell, links, weights, tree)
        assert_allclose(same.links, aggregate(links.to_dict(), weights, tree).reindex(tree.codes), rtol=1e-12)


def test_a_geometric_level_by_hand():
    tree = Hierarchy.from_parents({"A": "00", "B": "00", "C": "00"})
    made = contributions.tree_contributions(
        [1.0, -0.5], ["A", "B"], {"A": 2.0, "B": 0.5, "C": np.nan}, {"A": 3.0, "B": 1.0, "C": 6.0}, tree, 0
    )
    mean = 2**0.75 * 0.5**0.25
    a, b = 3 * np.log(2 / mean) / (2 - mean), 1 * np.log(0.5 / mean) / (0.5 - mean)
    assert_allclose(made.of_items("00"), [a / (a + b) * 1.0, b / (a + b) * -0.5], rtol=1e-12)
    assert_allclose(made.links[made.tree.position["C"]], mean, rtol=1e-12)
    assert made.of_classes("00").isna().tolist() == [False, False, True]


def test_superlative_up_a_tree_is_the_mean_of_two():
    made, _ = april(1.0)
    current, _ = april(-1.0, {k: w + 100 for k, w in updated().items()})
    one, two = (m.links[m.tree.position["00"]] for m in (made, current))
    both = contributions.mean_of_two(made.of_items("00"), current.of_items("00"), (one, two))
    assert_allclose(both.sum(), np.sqrt(one * two) - 1, rtol=1e-12)
    weight = contributions.of_mean([one, two], 0) / (np.array([one, two]) - 1)
    assert_allclose(both, weight[0] * made.of_items("00") + weight[1] * current.of_items("00"), rtol=1e-12)
    arithmetic = contributions.mean_of_two(made.of_items("00"), current.of_items("00"), (one, two), 1)
    assert_allclose(arithmetic.sum(), generalized_mean([one, two], 1) - 1, rtol=1e-12)
    with pytest.raises(UsageError, match="order"):
        contributions.mean_of_two(both, both, (1.0, 1.0), 0.5)
    with pytest.raises(PriceError, match="above 0"):
        contributions.mean_of_two(both, both, (1.0, 0.0))


def test_many_products_at_once():
    rng = np.random.default_rng(0)
    leaves = [f"L{k:03d}" for k in range(400)]
    tree = Hierarchy.from_parents({f"G{k}": "00" for k in range(20)} | {c: f"G{n % 20}" for n, c in enumerate(leaves)})
    cell = rng.choice(leaves, size=100_000)
    code, _ = pd.factorize(cell)
    points = contributions.of_mean(np.exp(0.1 * rng.normal(size=100_000)), 0, group=code)
    links = 1 + contributions.roll_up(points, cell)
    made = contributions.tree_contributions(points, cell, links, dict.fromkeys(leaves, 1.0), tree)
    assert len(made.of_items("00")) == 100_000
    assert_allclose(made.of_items("00").sum(), made.links[0] - 1, rtol=1e-9)


def test_refusals():
    tree = Hierarchy.from_parents({"A": "00", "B": "00"})
    with pytest.raises(ShapeError, match="not a leaf of the tree: 1 \\('AA'\\); did you mean 'A'"):
        contributions.tree_contributions([0.1], ["AA"], {"A": 1.1}, {"A": 1.0}, tree)
    with pytest.raises(ShapeError, match="links: not a leaf"):
        contributions.tree_contributions([0.1], ["A"], {"00": 1.1}, {"A": 1.0}, tree)
    with pytest.raises(ShapeError, match="one cell a product"):
        contributions.tree_contributions([0.1, 0.2], ["A"], {"A": 1.1}, {"A": 1.0}, tree)
    with pytest.raises(ShapeError, match="twice"):
        contributions.tree_contributions([0.1], ["A"], pd.Series([1, 2], index=["A", "A"]), {"A": 1.0}, tree)
    with pytest.raises(PriceError, match="links must be numbers above 0; see 1 \\('A'\\)"):
        contributions.tree_contributions([0.1], ["A"], {"A": -1.1}, {"A": 1.0}, tree)
    with pytest.raises(PriceError, match="not negative"):
        contributions.tree_contributions([0.1], ["A"], {"A": 1.1}, {"A": -1.0}, tree)
    made = contributions.tree_contributions([0.1, np.nan], ["A", None], {"A": 1.1}, {"A": 1.0}, tree)
    with pytest.raises(UsageError, match="no class 'C'"):
        made.of_items("C")
    with pytest.raises(UsageError, match="steps down"):
        made.of_classes("00", -1)
    assert made.of_items("00").index.tolist() == [0]
    at = tree.position["A"]
    same = contributions.tree_contributions([0.1, np.nan], [at, -1], {"A": 1.1}, {"A": 1.0}, tree)
    assert same.of_items("00").tolist() == made.of_items("00").tolist()
    by_place = np.where(np.array(tree.codes) == "A", 1.1, np.nan)
    same = contributions.tree_contributions([0.1, np.nan], [at, -1], by_place, np.array([5.0, 1.0, 1.0]), tree)
    assert same.of_items("00").tolist()[0] == pytest.approx(0.1)
    with pytest.raises(ShapeError, match="one place a class, 3"):
        contributions.tree_contributions([0.1], [at], by_place[:2], {"A": 1.0}, tree)
    for wrong in ([tree.position["00"]], [-2], [3]):
        with pytest.raises(ShapeError, match="positions of leaves"):
            contributions.tree_contributions([0.1], wrong, {"A": 1.1}, {"A": 1.0}, tree)
    empty = contributions.tree_contributions([], [], {}, {"A": 1.0}, tree)
    assert np.isnan(empty.links).all() and empty.to_frame().empty
