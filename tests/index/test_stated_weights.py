"""Weights that cannot be used: the Chinese cause names the file and its line, and leaves that would do."""

from __future__ import annotations

import pandas as pd
import pytest

from shuibei_index.errors import PriceError
from shuibei_index.index.compilation.weights import stated_weights
from shuibei_index.index.tree.classification import Hierarchy
from shuibei_index.workspace import Workspace

TREE = Hierarchy.load("2025")
NONE = pd.DataFrame({"01010101": [1.0]}, index=["2025-01"])


def table(*rows: tuple[str, float]) -> pd.DataFrame:
    codes, weights = zip(("01010101", 9.0), *rows, strict=True)
    # the first row is of another year: lines are those of the file
    years = [2024] + [2025] * len(rows)
    return pd.DataFrame({"year": years, "class_code": codes, "weight": weights, "price_period": ""})


def refused(*rows: tuple[str, float]) -> PriceError:
    with pytest.raises(PriceError) as error:
        stated_weights(2025, TREE, table(*rows), NONE, first_year=True)
    return error.value


def test_a_class_that_has_classes_below() -> None:
    error = refused(("01010101", 1.0), ("0301", 2.0))
    below = [c for c in TREE.leaves if c.startswith("0301")]
    assert "weights.csv 第 4 行" in error.zh and "0301" in error.zh and "末级" in error.zh
    assert "line 4" in str(error) and "not a leaf" in str(error)
    assert below[0] in error.zh and f"'{below[0]}'" in str(error)


def test_a_class_that_is_none() -> None:
    error = refused(("01010191", 1.0))
    assert "weights.csv 第 3 行" in error.zh and "01010101" in error.zh and "01010101" in str(error)


def test_all_zero_and_below_zero() -> None:
    error = refused(("01010101", 0.0))
    assert "weights.csv 第 3" in error.zh and "大于 0" in error.zh and "line" in str(error)
    error = refused(("01010101", -2.0))
    assert "weights.csv 第 3 行" in error.zh and "line 3" in str(error)


def test_good_rows_are_taken() -> None:
    found = stated_weights(2025, TREE, table(("01010101", 2.0)), NONE, first_year=True)
    assert found.value.sum() == 2.0 and found.source == "weights.csv"


def test_the_file_itself(tmp_path) -> None:
    (tmp_path / "workspace.toml").write_text("", encoding="utf-8")
    for line, zh in (
        ("2025,0101,-1,", "weights.csv 第 2 行：weight 为 '-1'；应为不小于 0 的数"),
        ("2025,0101,many,", "weights.csv 第 2 行：weight 为 'many'"),
        ("25,0101,1,", "weights.csv 第 2 行：year 为 '25'；应为年份"),
    ):
        (tmp_path / "weights.csv").write_text(f"year,class_code,weight,price_period\n{line}\n", encoding="utf-8")
        with pytest.raises(ValueError, match="line 2") as error:
            Workspace.open(tmp_path).weights()
        assert zh in error.value.zh
