"""Trees: what is packaged holds together; what is broken is refused by name."""

import pandas as pd
import pytest

from shuibei_index.errors import TreeError
from shuibei_index.index import Hierarchy
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
