"""The building blocks as a notebook uses them: arrays, pandas objects, gaps, mistakes."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import PriceError, ShapeError
from shuibei_index.index import Hierarchy, aggregate, link, price_update, rebase, unchain
from shuibei_index.index.chain import chain

MONTHS = ["2020-11", "2020-12", "2021-01"]


def tree():
    return Hierarchy.from_parents({"A": "00", "B": "00"})


def test_pandas_in_pandas_out():
    levels = pd.DataFrame({"A": [100.0, 110.0, 121.0], "B": [50.0, 50.0, 55.0]}, index=MONTHS)
    pd.testing.assert_frame_equal(chain(unchain(levels), base=100.0)["A"].to_frame(), levels[["A"]])
    assert list(unchain(levels["A"]).index) == MONTHS
    pd.testing.assert_series_equal(rebase(levels["B"], "2020"), levels["B"] * 2.0)
    pd.testing.assert_frame_equal(rebase(levels, ["2020-11", "2020-12"]), rebase(levels, [0, 1]))
    pd.testing.assert_frame_equal(rebase(levels, "2021-01"), 100.0 * levels / levels.iloc[2])


def test_growth_factors_of_pandas_start_with_a_gap():
    level = pd.Series([100.0, 110.0, 121.0], index=MONTHS)
    np.testing.assert_allclose(chain(level / level.shift(), base=100.0), level, rtol=1e-12)


def test_gaps_stay_gaps():
    np.testing.assert_array_equal(np.isnan(chain([1.0, np.nan, 2.0])), [False, True, True])
    np.testing.assert_array_equal(np.isnan(unchain([np.nan, 2.0, 4.0])), [True, True, False])
    np.testing.assert_array_equal(np.isnan(rebase([1.0, np.nan, 2.0], [0, 1])), [False, True, False])
    np.testing.assert_allclose(rebase([1.0, np.nan, 2.0], [0, 1])[[0, 2]], [100, 200])


@pytest.mark.parametrize("bad", [0.0, -1.0, np.inf])
def test_levels_and_links_that_are_none(bad):
    for call in (lambda: chain([1.0, bad]), lambda: unchain([1.0, bad]), lambda: rebase([bad, 1.0], [0])):
        with pytest.raises(PriceError, match="above 0"):
            call()
    with pytest.raises(PriceError, match="base"):
        chain([1.0, 1.1], base=bad)
    with pytest.raises(ShapeError, match="one number a month"):
        chain(5.0)


def test_rebase_on_one_month_of_many_series():
    levels = np.array([[1.0, 10.0], [2.0, 40.0]])
    np.testing.assert_allclose(rebase(levels, 0), [[100, 100], [200, 400]])
    np.testing.assert_allclose(rebase(levels, [True, False]), [[100, 100], [200, 400]])
    with pytest.raises(ShapeError, match="mask of 3 months for 2"):
        rebase(levels, [True, False, True])
    with pytest.raises(PriceError, match="2019"):
        rebase(pd.Series([1.0], index=["2020-01"]), "2019")


def test_series_that_meet_in_the_link_month():
    old = pd.Series([100.0, 110.0], index=MONTHS[:2])
    new = pd.Series([1.0, 2.0], index=MONTHS[1:])
    joined = link(old, new, at="2020-12")
    assert list(joined.index) == MONTHS
    np.testing.assert_allclose(joined, [100.0, 110.0, 220.0])
    with pytest.raises(ShapeError, match="2022-01"):
        link(old, new, at="2022-01")
    with pytest.raises(PriceError, match="overlap month"):
        link([1.0, np.nan], [1.0, 1.0], at=1)


def test_weights_and_relatives_meet_by_class_not_by_place():
    weights, relatives = pd.Series({"A": 1.0, "B": 1.0}), pd.Series({"B": 1.0, "A": 3.0})
    assert price_update(weights, relatives).to_dict() == pytest.approx({"A": 0.75, "B": 0.25})
    with pytest.raises(ShapeError, match="'C'"):
        price_update(weights, pd.Series({"A": 1.0, "C": 1.0}))
    with pytest.raises(PriceError, match="no relative"):
        price_update([1.0, 1.0], [np.nan, 1.0])
    np.testing.assert_allclose(price_update([1.0, 0.0], [2.0, np.nan]), [1.0, 0.0])


def test_aggregate_takes_links_one_month_and_arrays():
    levels = pd.DataFrame({"A": [100.0, 110.0, 121.0], "B": [50.0, 50.0, 55.0]}, index=MONTHS)
    whole = aggregate(levels, {"A": 1.0, "B": 1.0}, tree())
    pd.testing.assert_frame_equal(aggregate(unchain(levels), {"A": 1, "B": 1}, tree(), links=True), whole)
    np.testing.assert_allclose(aggregate(levels.to_numpy(), [1.0, 1.0], tree()), whole, rtol=1e-12)
    one = aggregate(pd.Series({"B": 1.0, "A": 1.2}), {"A": 3.0, "B": 1.0}, tree())
    assert one.to_dict() == pytest.approx({"00": 1.15, "A": 1.2, "B": 1.0})
    assert aggregate({"A": 1.2, "B": np.nan}, {"A": 3.0, "B": 1.0}, tree())["B"] == pytest.approx(1.2)


def test_aggregate_does_not_make_up_a_month_without_anything():
    levels = pd.DataFrame({"A": [100.0, np.nan, 121.0], "B": [50.0, np.nan, 55.0]}, index=MONTHS)
    total = aggregate(levels, {"A": 1.0, "B": 1.0}, tree())["00"]
    assert np.isnan(total["2020-12"]) and total["2021-01"] == pytest.approx((1.21 + 1.1) / 2)


def test_aggregate_mends_nothing_in_silence():
    levels = pd.DataFrame({"A": [100.0, 110.0], "B": [50.0, 50.0]})
    with pytest.raises(PriceError, match="at least one weight"):
        aggregate(levels, {"A": 0.0, "B": 0.0}, tree())
    for bad in (np.nan, np.inf, -1.0):
        with pytest.raises(PriceError, match="'A'"):
            aggregate(levels, {"A": bad, "B": 1.0}, tree())
    with pytest.raises(ShapeError, match="twice"):
        aggregate(pd.concat([levels, levels[["A"]]], axis=1), {"A": 1.0, "B": 1.0}, tree())
    with pytest.raises(PriceError, match="row 1"):
        aggregate(levels.replace(110.0, np.inf), {"A": 1.0, "B": 1.0}, tree())
    with pytest.raises(ShapeError, match="3 columns"):
        aggregate(np.ones((2, 3)), [1.0, 1.0], tree())


def test_what_stands_outside_the_headline_stays_outside_with_all_below_it():
    frame = Hierarchy.from_parents({"A": "00", "X": "00", "X1": "X", "X2": "X"}).frame
    frame.loc[frame["class_code"] == "X", "in_headline"] = 0
    levels = pd.DataFrame({"A": [1.0, 1.1], "X1": [1.0, 3.0], "X2": [1.0, 5.0]})
    found = aggregate(levels, {"A": 1.0, "X1": 1.0, "X2": 1.0}, Hierarchy(frame))
    assert found.iloc[1].to_dict() == pytest.approx({"00": 1.1, "A": 1.1, "X": 4.0, "X1": 3.0, "X2": 5.0})
