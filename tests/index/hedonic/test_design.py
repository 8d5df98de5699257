"""From characteristics to the matrix."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError, UsageError
from shuibei_index.index.hedonic import Category, Characteristics, FineMetal, Grade, Measure, make_design


def design(table, *terms, regression=None):
    table = pd.DataFrame(table)
    return make_design(table, Characteristics(terms), np.zeros(len(table), int) if regression is None else regression)


def test_steps_begin_at_the_trades_sizes():
    found = design({"stone_carat": [0.29, 0.30, 0.49, 0.5, 0.99, 1.0]}, Measure("stone_carat", steps=(0.3, 0.5, 1.0),
                                                                                fewest=1))  # fmt: skip
    assert found.names == ("log stone_carat", "stone_carat band <0.3", "stone_carat band 0.5-1",
                           "stone_carat band >=1")  # fmt: skip
    np.testing.assert_array_equal(found.matrix[:, 1:].argmax(axis=1), [0, 0, 0, 1, 1, 2])
    np.testing.assert_array_equal(found.matrix[:, 1:].sum(axis=1), [1, 0, 0, 1, 1, 1])
    assert found.signs.tolist() == [1, -1, 1, 1]


def test_straight_pieces_and_restricted_cubic_curve():
    x = np.array([0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0])
    straight = design({"mm": x}, Measure("mm", "linear", knots=(1.5,)))
    assert_allclose(straight.matrix[:, 1], np.maximum(x - 1.5, 0), rtol=1e-15)
    curve = design({"mm": x}, Measure("mm", "linear", knots=(1.0, 2.0, 3.0), curve="cubic"))
    # straight outside the knots: second differences vanish at 3, 4, 5
    assert_allclose(np.diff(curve.matrix[4:, 1], 2), 0.0, atol=1e-12)
    assert curve.matrix[:2, 1].tolist() == [0.0, 0.0] and curve.matrix[3, 1] == pytest.approx(0.25)


def test_grades_as_dummies_or_score_and_the_expected_signs():
    table = {"c": ["D", "E", "E", "G"] * 5}
    dummies = design(table, Grade("c", "colour"))
    assert dummies.names == ("c D", "c G") and dummies.signs.tolist() == [1, -1]
    assert dummies.ladders[0].labels == ("D", "E", "G") and dummies.ladders[0].places == (0, -1, 1)
    score = design(table, Grade("c", "colour", "score"))
    assert score.matrix[:4, 0].tolist() == [22.0, 21.0, 21.0, 19.0] and score.signs.tolist() == [1]


def test_constant_characteristics_are_left_out_and_named():
    found = design({"c": ["D"] * 6, "mm": [7.0] * 6, "s": ["ruby"] * 3 + ["spinel"] * 3}, Grade("c", "colour"),
                   Measure("mm"), Category("s", fewest=1))  # fmt: skip
    assert found.constant == ("c", "log mm") and found.names == ("s spinel",)


def test_pooling_is_reported_with_its_column():
    found = design({"c": ["D"] * 2 + ["E"] * 9 + ["F"] * 9}, Grade("c", "colour"))
    assert found.pooled.to_dict("records")[0] == {
        "column": "c", "level": "D", "n": 2, "fewest": 2, "pooled_into": "D+E",
    }  # fmt: skip


def test_metal_as_fine_grams_or_value():
    table = {"net_weight": [10.0, 4.0], "fineness": [750.0, 990.0], "metal_price": [500.0, 600.0]}
    assert_allclose(design(table, FineMetal()).matrix[:, 0], np.log([7.5, 3.96]), rtol=1e-15)
    assert_allclose(design(table, FineMetal(valued=True)).matrix[:, 0], np.log([3750.0, 2376.0]), rtol=1e-15)


@pytest.mark.parametrize(
    ("column", "values", "term", "message"),
    [
        ("stone_carat", [0.3, 0.0], Measure("stone_carat"), "stone_carat must be a number above 0.*row 1"),
        ("stone_carat", [-1.0, 0.3], Measure("stone_carat", "linear"), "0 or more.*-1 in row 0"),
        ("stone_carat", ["0.3", "big"], Measure("stone_carat"), "not a number: 1 \\('big'\\)"),
        ("c", ["D", "Q1"], Grade("c", "colour"), "'Q1'"),
    ],
)
def test_numbers_and_grades_that_cannot_be(column, values, term, message):
    with pytest.raises(PriceError, match=message):
        design({column: values}, term)
    with pytest.raises(PriceError, match="between 0 and 1000"):
        design({"net_weight": [1.0], "fineness": [1001.0]}, FineMetal())


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Measure("x", "square"),
        lambda: Measure("x", curve="cubic", knots=(1.0, 2.0)),
        lambda: Measure("x", knots=(2.0, 1.0)),
        lambda: Grade("x", "colour", "one-hot"),
        lambda: Grade("x", "hue"),
    ],
)
def test_forms_that_do_not_exist(wrong):
    with pytest.raises(UsageError):
        wrong()
