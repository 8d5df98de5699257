"""Reconciliation: parents against their children, named where they disagree; and made to agree."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from shuibei_index.errors import PriceError, ShapeError, TreeError, UsageError
from shuibei_index.index import Hierarchy, aggregate
from shuibei_index.index.hierarchy.reconcile import reconcile
from shuibei_index.index.hierarchy.reconciliation import check_reconciliation

PARENTS = {"A": "00", "B": "00", "A1": "A", "A2": "A", "B1": "B", "B2": "B", "B3": "B"}
LEAVES = ["A1", "A2", "B1", "B2", "B3"]
MONTHS = ["2024-12", "2025-01", "2025-02", "2025-03"]
WEIGHTS = pd.Series([4.0, 1.0, 2.0, 2.0, 1.0], LEAVES)


def tree():
    return Hierarchy.from_parents(PARENTS)


def market(order=1.0):
    rng = np.random.default_rng(8)
    leaves = pd.DataFrame(rng.lognormal(sigma=0.2, size=(4, 5)), MONTHS, LEAVES)
    base = pd.Series(np.linspace(90.0, 130.0, 8), list(tree().codes))
    return aggregate(leaves, WEIGHTS, tree(), order=order) * base


@pytest.mark.parametrize("order", [-1, 0, 1, 2])
@pytest.mark.parametrize("scale", [1e-12, 1, 1e12])
def test_what_was_aggregated_holds(order, scale):
    found = check_reconciliation(market(order) * scale, WEIGHTS * scale, tree(), order=order, tolerance=1e-13)
    assert found.holds and len(found.to_frame()) == 12
    found.raise_on_fault()
    assert not check_reconciliation(market(order) * scale, WEIGHTS, tree(), order=order + 1).holds


def test_a_fault_is_named_where_it_is():
    levels = market()
    levels.loc["2025-02", "B"] *= 1.01
    found = check_reconciliation(levels, WEIGHTS, tree())
    faults = found.faults()
    assert faults["class_code"].tolist() == ["00", "B"] and set(faults["period"]) == {"2025-02"}
    assert_allclose(faults["residual"].iloc[1], levels.loc["2025-02", "B"] * (1 - 1 / 1.01), rtol=1e-9)
    with pytest.raises(PriceError, match=r"2 levels of 2 \('00', 'B'\).*2025-02, B") as caught:
        found.raise_on_fault()
    assert "上级" in caught.value.zh
    summary = found.summary().set_index("class_code")
    assert summary["months_at_fault"].to_dict() == {"00": 1, "A": 0, "B": 1} and summary.loc["B", "period"] == "2025-02"
    assert "2 faults, relative tolerance 1e-09" in repr(found) and "<table" in found._repr_html_()
    assert found.plot("B").get_title() == "B"
    with pytest.raises(UsageError, match="no class"):
        found.plot("C")
    # the leaf is at fault: its own parent only, the others above agree with their children
    leaf = market()
    leaf.loc["2025-01", "B2"] *= 1.01
    assert check_reconciliation(leaf, WEIGHTS, tree()).faults()["class_code"].tolist() == ["B"]


@pytest.mark.parametrize("order", [-1, 0, 1])
@pytest.mark.parametrize("decimals", [0, 1, 2, 4])
def test_rounded_levels_hold_within_their_rounding_and_not_far_beyond(order, decimals):
    levels = market(order)
    rounded = check_reconciliation(levels.round(decimals), WEIGHTS, tree(), order=order, decimals=decimals)
    assert rounded.holds
    assert not check_reconciliation(levels.round(decimals), WEIGHTS, tree(), order=order).holds
    assert (rounded.allowed[["00", "A", "B"]].to_numpy() < 4 * 10.0**-decimals).all()
    moved = levels.round(decimals)
    moved.loc["2025-03", "A"] += 5 * 10.0**-decimals
    assert (
        "A"
        in check_reconciliation(moved, WEIGHTS, tree(), order=order, decimals=decimals).faults()["class_code"].tolist()
    )


def test_a_class_without_level_leaves_the_others_to_stand_for_it():
    levels = market()
    levels.loc["2025-03", ["B1", "B2"]] = np.nan
    levels.loc["2025-03", "B"] = levels.loc["2024-12", "B"] * levels.loc["2025-03", "B3"] / levels.loc["2024-12", "B3"]
    found = check_reconciliation(levels, WEIGHTS, tree())
    assert found.faults()["class_code"].tolist() == ["00"]
    absent = market()
    absent.loc["2025-03", "A"] = np.nan
    faults = check_reconciliation(absent, WEIGHTS, tree()).faults()
    # children without their parent are a fault; 00 then follows from B alone
    assert faults["class_code"].tolist() == ["00", "A"] and faults["residual"].isna().tolist() == [False, True]
    nothing = market()
    nothing.iloc[2] = np.nan
    assert check_reconciliation(nothing, WEIGHTS, tree()).holds


def test_parents_are_recomputed_from_leaves():
    levels = market()
    given = levels.assign(A=levels["A"].round(1))
    found = reconcile(given, WEIGHTS, tree())
    start = given.iloc[0] / levels.iloc[0]
    assert_allclose(found.expected, levels * start, rtol=1e-14)
    assert_allclose(found.residual["A"], given["A"] - levels["A"] * start["A"], rtol=1e-9, atol=1e-12)
    assert check_reconciliation(found.expected, WEIGHTS, tree(), tolerance=1e-13).holds
    only = reconcile(levels[LEAVES], WEIGHTS, tree(), start=50.0)
    assert_allclose(only.expected["00"], 50 * levels["00"] / levels["00"].iloc[0], rtol=1e-14)
    assert only.residual["00"].isna().all()


@pytest.mark.parametrize("order", [-1, 0, 1, 2])
def test_a_held_class_moves_what_is_above_and_below_it(order):
    levels = market(order)
    levels["B"] = levels["B"].iloc[0] * np.array([1.0, 1.3, 0.6, 2.0])
    found = reconcile(levels, WEIGHTS, tree(), hold=["B"], order=order)
    assert_allclose(found.expected["B"], levels["B"], rtol=1e-14)
    assert_allclose(found.expected[["A", "A1", "A2"]], levels[["A", "A1", "A2"]], rtol=1e-13)
    assert check_reconciliation(found.expected, WEIGHTS, tree(), order=order, tolerance=1e-13).holds
    # within the held class the structure stays
    assert_allclose(found.expected["B1"] / found.expected["B2"], levels["B1"] / levels["B2"], rtol=1e-13)
    kept = reconcile(levels, WEIGHTS, tree(), hold=["B"], order=order, below="keep")
    assert_array_equal(kept.expected["00"], found.expected["00"])
    assert_allclose(kept.expected[LEAVES], levels[LEAVES], rtol=1e-14)
    faults = check_reconciliation(kept.expected, WEIGHTS, tree(), order=order).faults()
    assert set(faults["class_code"]) == {"B"}


def test_a_held_headline_scales_everything_and_gaps_follow_the_held():
    levels = market()
    levels["00"] *= np.array([1.0, 1.02, 0.99, 1.0])
    found = reconcile(levels, WEIGHTS, tree(), hold=["00"])
    assert_allclose(found.expected.loc["2025-01"], market().loc["2025-01"] * 1.02, rtol=1e-13)
    gaps = market()
    gaps.loc["2025-01", ["B1", "B2", "B3"]] = np.nan
    gaps.loc["2025-02", "B"] = np.nan
    found = reconcile(gaps, WEIGHTS, tree(), hold=["B"])
    assert_allclose(found.expected["B"].iloc[[0, 1, 3]], gaps["B"].iloc[[0, 1, 3]], rtol=1e-13)
    # not given in that month: nothing is held
    assert_allclose(found.expected.loc["2025-02"], market().loc["2025-02"], rtol=1e-13)
    ratio = found.expected.loc["2025-01", ["B", "B1", "B3"]] / found.expected.iloc[0][["B", "B1", "B3"]]
    assert_allclose(ratio, ratio.iloc[0], rtol=1e-13)
    assert check_reconciliation(found.expected, WEIGHTS, tree(), tolerance=1e-13).holds


def test_what_is_refused():
    levels = market()
    with pytest.raises(TreeError, match=r"1 \('B1'\) lie below another"):
        reconcile(levels, WEIGHTS, tree(), hold=["B", "B1"])
    for hold in (["X"], "B"):
        with pytest.raises(UsageError, match="hold"):
            reconcile(levels, WEIGHTS, tree(), hold=hold)
    with pytest.raises(UsageError, match="'A'"):
        reconcile(levels[LEAVES], WEIGHTS, tree(), hold=["A"])
    with pytest.raises(UsageError, match="below"):
        reconcile(levels, WEIGHTS, tree(), below="scaled")
    with pytest.raises(UsageError, match="start"):
        reconcile(levels, WEIGHTS, tree(), start=0.0)
    for wrong, error in (
        (levels[LEAVES], ShapeError),
        (levels.assign(X=1.0), ShapeError),
        (pd.concat([levels, levels[["A"]]], axis=1), ShapeError),
        (levels.assign(A=0.0), PriceError),
        (levels.assign(A=np.nan), PriceError),
    ):
        with pytest.raises(error):
            check_reconciliation(wrong, WEIGHTS, tree())
    with pytest.raises(PriceError, match="first row"):
        reconcile(levels.assign(A1=np.nan), WEIGHTS, tree())
    for option in ({"tolerance": -1.0}, {"decimals": -1}, {"order": np.inf}):
        with pytest.raises(UsageError):
            check_reconciliation(levels, WEIGHTS, tree(), **option)
