"""How grades are read: spellings, ranges, Chinese scales, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import PriceError, UsageError
from shuibei_index.index.hedonic.grades import CLARITY, COLOUR, CUT, read_grades, scale_named


@pytest.mark.parametrize(
    ("scale", "written", "span"),
    [
        (COLOUR, "D", (0, 0)),
        (COLOUR, "d-e", (0, 1)),
        (COLOUR, "I/J", (5, 6)),
        (COLOUR, "Ｈ色", (4, 4)),
        (COLOUR, "<N", (11, 22)),
        (COLOUR, "＜N", (11, 22)),
        (COLOUR, "100", (0, 0)),
        (COLOUR, "90", (10, 10)),
        (COLOUR, "F – G", (2, 3)),
        (COLOUR, "J-I", (5, 6)),
        (CLARITY, "LC", (0, 1)),
        (CLARITY, "vvs", (2, 3)),
        (CLARITY, "VVS1-VVS2", (2, 3)),
        (CLARITY, "VS至SI", (4, 7)),
        (CLARITY, "P", (8, 10)),
        (CLARITY, "P1", (8, 8)),
        (CLARITY, "SI 2", (7, 7)),
        (CUT, "Very Good", (3, 3)),
        (CUT, "3EX", (1, 1)),
        (CUT, "Ideal", (0, 0)),
        (CUT, "很好", (3, 3)),
        (CUT, "EX-VG", (1, 3)),
    ],
)
def test_spellings(scale, written, span):
    assert scale.read(written) == span


@pytest.mark.parametrize("written", ["", "C", "D-", "VS3", "D-E-F", "-", "fancy yellow", "nan"])
def test_what_is_not_on_the_scale_is_not_guessed(written):
    assert COLOUR.read(written) is None


def test_same_span_same_grade_best_first():
    codes, labels, places = read_grades(pd.Series(["VS", "VVS1", "VS1-VS2", "VS1", "P", "VS1/VS2"]), CLARITY)
    assert labels == ["VVS1", "VS1", "VS", "P"]
    assert codes.tolist() == [2, 0, 2, 1, 3, 2]
    np.testing.assert_array_equal(places, [2.0, 4.0, 4.5, 9.0])


def test_unknown_grades_are_named_with_near_ones_and_in_chinese():
    with pytest.raises(PriceError, match=r"'stone_clarity'.* 1 \('VSI1'\) in 2 rows; did you mean .*VS1") as caught:
        read_grades(pd.Series(["VS1", "VSI1", "VSI1"], name="stone_clarity"), CLARITY)
    assert "VSI1" in caught.value.zh and "2 行" in caught.value.zh


def test_unknown_scale():
    with pytest.raises(UsageError, match="did you mean 'colour'"):
        scale_named("color")
