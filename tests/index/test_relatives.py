"""Relatives and back prices of a long table, row by row."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import ShapeError
from shuibei_index.index.elementary.relatives import back_prices, price_relatives
from tests.index.test_elementary_aggregates import matched_sample, read

#: price_relative() of piar 0.10.1 on ms_prices: periods 202002 and 202003 in the order of product.
EXPECTED = {
    "3": [0.89490968801313631, np.nan],
    "7": [93, 0.26164874551971329],
    "2": [np.nan, 0.33429394812680113],
    "4": [np.nan, np.nan],
}


def test_relatives_as_piar():
    table = matched_sample()
    found = table.assign(relative=price_relatives(table)).set_index(["period", "product"])["relative"]
    for product, values in EXPECTED.items():
        np.testing.assert_allclose(found[[("202002", product), ("202003", product)]], values, rtol=1e-14)
    expected = read("expected_relatives.csv")
    if expected is not None:
        both = expected.merge(found.reset_index(), on=["period", "product"])
        assert len(both) == len(expected) == len(table)
        np.testing.assert_allclose(both["relative_y"], both["relative_x"].astype(float), rtol=1e-14)


def test_order_of_rows_is_kept():
    table = matched_sample()
    shuffled = table.sample(frac=1, random_state=1)
    pd.testing.assert_series_equal(price_relatives(shuffled).sort_index(), price_relatives(table))
    pd.testing.assert_series_equal(back_prices(shuffled).sort_index(), back_prices(table))
    as_array = back_prices({c: table[c].to_numpy() for c in table})
    assert isinstance(as_array, np.ndarray)
    np.testing.assert_array_equal(as_array, back_prices(table))


def test_a_product_twice_in_a_period():
    with pytest.raises(ShapeError, match=r"stand twice in period 2 .*'a'"):
        back_prices({"period": [1, 2, 2], "product": ["a", "a", "a"], "price": [1.0, 2.0, 3.0]})
