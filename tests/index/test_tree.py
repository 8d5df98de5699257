"""Trees: what is packaged holds together; what is broken is refused by name."""

import pandas as pd
import pytest

from shuibei_index.errors import PriceError, TreeError, UsageError
from shuibei_index.index import Hierarchy
from shuibei_index.index.tree.weights import weight_faults
from shuibei_index.resources import methodology_dir

TREES = sorted((methodology_dir() / "trees").glob("*.csv"))


@pytest.mark.parametrize("path", TREES, ids=lambda p: p.stem)
def test_packaged_trees(path):
    tree = Hierarchy.read(path)
    frame = tree.frame.set_index("class_code")
    assert (frame["level"].to_numpy()[tree.in_headline] == tree.depth[tree.in_headline]).all()
    leaves = frame.loc[list(tree.leaves)]
    assert (leaves["unit"] != "").all() and (frame["name_zh"] != "").all() and (frame["name_en"] != "").all()
    assert (frame["gbt_25071"] == "").all(), "codes of GB/T 25071 are not known: none may be invented"
    assert not frame.loc[["90", "91"], "in_headline"].any()


def test_tree_in_force_by_year_and_month():
    assert Hierarchy.load("2025").year == Hierarchy.load("2021-01").year == "2021"
    assert "0303" in Hierarchy.load("2025").leaves and "0303" not in Hierarchy.load("2020-12").leaves
    with pytest.raises(TreeError, match=r"the first is 2005\.csv"):
        Hierarchy.load("1999")


def broken(**change):
    frame = Hierarchy.from_parents({"A": "00", "B": "00", "A1": "A"}).frame.set_index("class_code")
    for code, values in change.items():
        for column, value in values.items():
            frame.loc[code, column] = value
    return frame.reset_index()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (broken(A={"parent": "A1"}), "their own ancestors: 2"),
        (broken(A1={"parent": "AA"}), "parent unknown for 1 \\('A1'\\): 'AA'; did you mean 'A'"),
        (pd.concat([broken(), broken().iloc[[2]]]), "stand twice: 1"),
        (broken(A1={"unit": "kg"}), "unit of 1 \\('A1'\\) is not one of g, ct, piece"),
        (broken(A1={"metal": "iron"}), "metal of 1"),
        (broken(B={"parent": ""}), "in the headline but without a parent: 1 \\('B'\\)"),
        (broken().iloc[1:], "no class '00'"),
        (broken().drop(columns="name_zh"), "column 'name_zh' is missing"),
        (broken().assign(level="x"), "level is not a number"),
    ],
    ids=["loop", "orphan", "twice", "unit", "metal", "stray", "headline", "column", "level"],
)
def test_broken_trees_are_refused(frame, message):
    with pytest.raises(TreeError, match=message):
        Hierarchy(frame)


def test_a_tree_from_classification_columns():
    leaves = pd.DataFrame({"code": [1, 2, 3], "kind": ["ring", "ring", "chain"], "craft": ["cast", "wrought", "cast"]})
    tree = Hierarchy.from_columns(leaves, ["kind", "craft"], code="code")
    assert tree.leaves == ("1", "2", "3") and tree.column("parent")["3"] == "chain/cast"
    assert tree.column("parent")["ring/cast"] == "ring" and tree.column("parent")["ring"] == "00"
    assert Hierarchy.from_columns(leaves, ["kind"], code="code").depth.max() == 2


@pytest.mark.parametrize(
    ("change", "columns", "message"),
    [
        ({}, ["knid"], "'knid'.*did you mean 'kind'"),
        ({}, [], "classification columns"),
        ({"kind": ["ring", ""]}, ["kind"], "no kind… for 1 \\('b'\\)"),
        ({"kind": ["ring", None]}, ["kind"], "'b'"),
        ({"kind": ["a", "b"]}, ["kind"], "classes above: 2"),
        ({"code": ["a", "a"]}, ["kind"], "stand twice"),
        ({"kind": ["00", "ring"]}, ["kind"], "classes above"),
    ],
)
def test_columns_that_make_no_tree(change, columns, message):
    leaves = pd.DataFrame({"code": ["a", "b"], "kind": ["ring", "chain"]} | change)
    with pytest.raises(TreeError, match=message):
        Hierarchy.from_columns(leaves, columns, code="code")


STATED = {"00": 10.0, "A": 6.0, "A1": 6.0, "B": 4.0}


def test_weights_that_fit_the_tree():
    tree = Hierarchy(broken())
    assert tree.check_weights(STATED).to_dict() == {"A1": 6.0, "B": 4.0}
    assert tree.check_weights({"A1": 6.0}).to_dict() == {"A1": 6.0, "B": 0.0}
    assert tree.check_weights(STATED | {"00": 10.01}, tolerance=0.002)["B"] == 4.0


@pytest.mark.parametrize(
    ("change", "fault", "codes"),
    [
        ({"A": 6.1, "00": 10.1}, "not the sum", ["00", "A"]),
        ({"B": -4.0, "00": 2.0}, "negative", ["B"]),
        ({"B": float("nan"), "00": 6.0}, "not a number", ["B"]),
        ({"B": float("inf"), "00": 6.0}, "not a number", ["B"]),
        ({"A11": 1.0}, "unknown", ["A11"]),
    ],
)
def test_weights_that_do_not_fit(change, fault, codes):
    tree = Hierarchy(broken())
    faults = weight_faults(tree, STATED | change)
    assert faults["fault"].unique().tolist() == [fault] and faults["class_code"].tolist() == codes
    with pytest.raises(PriceError, match=f"'{codes[0]}'"):
        tree.check_weights(STATED | change)


def test_all_faults_of_weights_are_told_together():
    tree = Hierarchy(broken())
    stated = pd.Series([1.0, 1.0, 2.0, "x", -1.0], ["B", "B", "A", "C", "00"])
    with pytest.raises(PriceError, match=r"not in the tree.*stand twice.*without weights below") as caught:
        tree.check_weights(stated)
    assert "分类树" in caught.value.zh
    with pytest.raises(PriceError, match="no class of the headline"):
        tree.check_weights({"B": 0.0})
    with pytest.raises(UsageError, match="tolerance"):
        tree.check_weights(STATED, tolerance=-1.0)


@pytest.mark.parametrize(
    ("parents", "top"),
    [
        ({"11": "1", "12": "1"}, "1"),
        ({"1": "", "11": "1", "12": "1"}, "1"),
        ({"CP01": "TOTAL", "CP011": "CP01", "CP012": "CP01", "CP02": "TOTAL"}, "TOTAL"),
        ({"A": "00", "B": "00"}, "00"),
        ({"00": "", "A": "00"}, "00"),
        ({"1": None, "11": "1"}, "1"),
    ],
)
def test_the_one_class_above_all_is_the_headline(parents, top):
    tree = Hierarchy.from_parents(parents)
    assert tree.top == top and top not in tree.leaves and tree.in_headline.all()
    assert tree.depth[tree.position[top]] == 0 and set(tree.codes) == {*parents, top}
    assert tree.check_weights(dict.fromkeys(tree.leaves, 1.0)).sum() == len(tree.leaves)
    assert Hierarchy(tree.frame).top == top


@pytest.mark.parametrize(
    ("parents", "message"),
    [
        ({"A": "1", "B": "2"}, "'1', '2'.* one class above all"),
        ({"1": "", "2": "", "11": "1", "21": "2"}, "'1', '2'.* one class above all"),
        ({"1": "", "11": "1", "21": "2"}, "'1', '2'.* one class above all"),
        ({"A": "00", "B": "0O"}, "parent unknown for .*'B'.*'0O'"),
        ({"A": "B", "B": "A"}, "own ancestors|no class above all"),
    ],
)
def test_trees_with_no_one_top_are_refused(parents, message):
    with pytest.raises(TreeError, match=message):
        Hierarchy.from_parents(parents)


def test_satellites_beside_a_top_of_any_code():
    frame = Hierarchy.from_parents({"11": "1", "12": "1"}).frame
    beside = frame.iloc[[1]].assign(class_code="S", parent="", level=0, in_headline=0)
    tree = Hierarchy(pd.concat([frame, beside]))
    assert tree.top == "1" and set(tree.leaves) == {"11", "12", "S"}


def test_trees_in_force_need_the_headline_of_the_product(tmp_path):
    Hierarchy.from_parents({"11": "1", "12": "1"}).frame.to_csv(tmp_path / "2020.csv", index=False)
    assert Hierarchy.read(tmp_path / "2020.csv").top == "1"
    with pytest.raises(TreeError, match="'00'"):
        Hierarchy.load("2020", tmp_path)
