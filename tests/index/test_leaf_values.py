"""What a caller hands over for the leaves of a tree, in any container: by label, never by place; faults named."""

import importlib.util

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index.elementary.aggregates import elementary_aggregates
from shuibei_index.index.hierarchy import (
    Hierarchy,
    aggregate,
    aggregate_trees,
    aggregation,
    check_reconciliation,
    reconcile,
    superlative,
)

TREE = Hierarchy.from_parents({"A": "00", "B": "00", "C": "00"})
LEVELS = pd.DataFrame({"A": [1.0, 2.0], "B": [1.0, 1.0], "C": [1.0, 4.0]})
STATED = {"C": 5.0, "A": 1.0, "B": 2.0}
EXPECTED = (2.0 + 2.0 + 20.0) / 8.0
FORMS = {
    "dict": STATED,
    "Series": pd.Series(STATED),
    "row": pd.DataFrame([STATED]),
    "row with a label": pd.DataFrame([STATED], index=["2024"]),
    "Arrow": pa.table({k: [v] for k, v in STATED.items()}),
    "Arrow batch": pa.RecordBatch.from_pydict({k: [v] for k, v in STATED.items()}),
    "array": np.array([1.0, 2.0, 5.0]),
    "Arrow array": pa.array([1.0, 2.0, 5.0]),
}
if importlib.util.find_spec("polars"):
    # comes with the benchmarks only
    FORMS["polars"] = importlib.import_module("polars").DataFrame([STATED])


@pytest.mark.parametrize("form", FORMS)
def test_weights_in_every_form_meet_by_label(form):
    weights = FORMS[form]
    np.testing.assert_allclose(aggregate(LEVELS, weights, TREE)["00"].iloc[1], EXPECTED, rtol=1e-14)
    whole = LEVELS.assign(**{"00": [1.0, EXPECTED]})
    assert check_reconciliation(whole, weights, TREE).holds
    np.testing.assert_allclose(reconcile(whole, weights, TREE).expected["00"].iloc[1] / 100, EXPECTED / 100, rtol=1e-14)
    table = {"period": [1, 2] * 3, "product": [*"aabbcc"], "cell": [*"AABBCC"], "price": LEVELS.to_numpy().T.ravel()}
    found = elementary_aggregates(table, tree=TREE, weights=weights)
    np.testing.assert_allclose(np.asarray(found.classes)[-1, TREE.position["00"]], EXPECTED, rtol=1e-14)


@pytest.mark.parametrize("make", [lambda d: d, lambda d: pa.Table.from_pandas(d)])
def test_levels_in_every_form(make):
    whole = LEVELS.assign(**{"00": [1.0, EXPECTED]})
    shuffled = LEVELS[["C", "A", "B"]]
    found = aggregate(make(shuffled), STATED, TREE)
    assert isinstance(found, pd.DataFrame)
    np.testing.assert_allclose(found["00"].iloc[1], EXPECTED, rtol=1e-14)
    assert check_reconciliation(make(whole), STATED, TREE).holds
    pd.testing.assert_frame_equal(superlative(make(shuffled), make(shuffled), TREE), superlative(LEVELS, LEVELS, TREE))


@pytest.mark.parametrize(
    "weights",
    [pd.DataFrame([STATED, STATED]), np.ones((2, 3)), pa.table({k: [v, v] for k, v in STATED.items()}),
     pd.Series(STATED).to_frame("weight"), pd.DataFrame([STATED]).iloc[:0]],
)  # fmt: skip
def test_more_than_one_row_of_weights_is_refused(weights):
    whole = LEVELS.assign(**{"00": [1.0, EXPECTED]})
    table = {"period": [1, 2] * 3, "product": [*"aabbcc"], "cell": [*"AABBCC"], "price": LEVELS.to_numpy().T.ravel()}
    for call in (
        lambda: aggregate(LEVELS, weights, TREE),
        lambda: check_reconciliation(whole, weights, TREE),
        lambda: reconcile(whole, weights, TREE),
        lambda: elementary_aggregates(table, tree=TREE, weights=weights),
    ):
        with pytest.raises(ShapeError, match=r"weights has \d rows"):
            call()


def test_labels_that_are_no_leaves():
    with pytest.raises(ShapeError, match=r"not a leaf of the tree: .*'D'"):
        aggregate(LEVELS, pd.DataFrame([{"A": 1.0, "D": 2.0}]), TREE)


def test_masked_is_not_observed():
    table = np.ma.array(LEVELS.to_numpy(), mask=[[0, 0, 0], [0, 0, 1]])
    found = aggregation(table, [1.0, 2.0, 5.0], TREE)
    assert found.imputed[1].tolist() == [False, False, False, True]
    one = aggregation(np.ma.array([2.0, 1.0, 999.0], mask=[0, 0, 1]), [1.0, 2.0, 5.0], TREE)
    np.testing.assert_allclose(one.level[0, 0], 4 / 3, rtol=1e-14)
    with pytest.raises(PriceError, match="weights must be numbers"):
        aggregate(LEVELS, np.ma.array([1.0, 2.0, 5.0], mask=[0, 0, 1]), TREE)
    nulls = aggregate(pa.table({"A": [1.0, 2.0], "B": [1.0, 1.0], "C": [1.0, None]}), STATED, TREE)
    np.testing.assert_allclose(nulls["00"].iloc[1], 4 / 3, rtol=1e-14)


def test_no_numbers_and_no_rows():
    text, whole = LEVELS.astype(object), LEVELS.assign(**{"00": [1.0, EXPECTED]}).astype(object)
    text.iloc[1, 0] = whole.iloc[1, 0] = "abc"
    dates = LEVELS.assign(A=pd.to_datetime(["2024-01-01", "2024-02-01"]))
    for call in (
        lambda: aggregate(text, STATED, TREE),
        lambda: aggregate(dates, STATED, TREE),
        lambda: aggregate(LEVELS, {**STATED, "A": "abc"}, TREE),
        lambda: aggregate({**STATED, "A": "abc"}, STATED, TREE),
        lambda: superlative(text, LEVELS, TREE),
        lambda: superlative(LEVELS, text, TREE),
        lambda: check_reconciliation(whole, STATED, TREE),
        lambda: reconcile(whole, STATED, TREE),
    ):
        with pytest.raises(ShapeError, match="must hold numbers"):
            call()
    empty = LEVELS.iloc[:0]
    for call in (
        lambda: aggregate(empty, STATED, TREE),
        lambda: aggregate(empty, STATED, TREE, links=True, base="before"),
        lambda: aggregate(np.ones((0, 3)), STATED, TREE),
        lambda: superlative(empty, empty, TREE),
        lambda: check_reconciliation(empty.assign(**{"00": 1.0}), STATED, TREE),
        lambda: reconcile(empty, STATED, TREE),
    ):
        with pytest.raises(ShapeError, match="no rows"):
            call()


def test_a_mapping_is_a_tree_and_nothing_else_is():
    plain = {"A": "00", "B": "00", "C": "00"}
    for tree in (plain, dict.fromkeys("ABC", "TOTAL")):
        np.testing.assert_allclose(aggregate(LEVELS, STATED, tree).iloc[1][tree["A"]], EXPECTED, rtol=1e-14)
    pd.testing.assert_frame_equal(superlative(LEVELS, LEVELS, plain), superlative(LEVELS, LEVELS, TREE))
    whole = LEVELS.assign(**{"00": [1.0, EXPECTED]})
    assert check_reconciliation(whole, STATED, plain).holds and reconcile(whole, STATED, plain).holds
    found = aggregate_trees(LEVELS, STATED, {"one": plain, "other": dict.fromkeys("ABC", "T")})
    np.testing.assert_allclose(found["one"]["00"], found["other"]["T"], rtol=1e-14)
    with pytest.raises(UsageError, match="tree must be a Hierarchy"):
        aggregate(LEVELS, STATED, ["A", "B"])
