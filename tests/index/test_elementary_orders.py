"""Elementary aggregates of any order, and how the table's columns are read."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index.elementary.aggregates import elementary_aggregates
from shuibei_index.index.means import generalized_mean

TABLE = {
    "period": [1, 1, 1, 2, 2, 2, 3, 3, 3],
    "product": ["a", "b", "c"] * 3,
    "cell": ["A"] * 9,
    "price": [1.0, 1.0, 2.0, 2.0, 5.0, 2.0, 3.0, 4.0, 9.0],
}
ORDERS = [-30.0, -2.0, -1.0, -0.3, -1e-9, 0.0, 1e-9, 0.25, 0.5, 1.0, 2.0, 30.0]


def price(*holes):
    found = np.array(TABLE["price"])
    found[list(holes)] = np.nan
    return found


@pytest.mark.parametrize("order", ORDERS)
def test_links_are_generalised_means(order):
    found = elementary_aggregates(TABLE, formula=order)
    wide = np.array(TABLE["price"]).reshape(3, 3)
    expected = [1.0, *(generalized_mean(wide[t] / wide[t - 1], order) for t in (1, 2))]
    np.testing.assert_allclose(found.links[:, 0], expected, rtol=2e-15)
    points = found.contributions("A").groupby("period")["contribution"].sum()
    np.testing.assert_allclose(points, found.links[:, 0] - 1.0, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("order", ORDERS)
def test_imputed_reference_prices(order):
    # b is missing in period 2: its reference price in 3 is its price in 1, carried by the link of 2
    found = elementary_aggregates(TABLE | {"price": price(4)}, formula=order)
    link = generalized_mean([2.0, 1.0], order)
    np.testing.assert_allclose(found.links[1, 0], link, rtol=2e-15)
    np.testing.assert_allclose(found.links[2, 0], generalized_mean([1.5, 4.0 / link, 4.5], order), rtol=4e-15)


def test_orders_weigh_by_the_rows_weights():
    weight = [1.0, 1.0, 1.0, 3.0, 1.0, 2.0, 1.0, 5.0, 2.0]
    found = elementary_aggregates(TABLE | {"w": weight}, formula=0.3, weight="w")
    expected = generalized_mean([2.0, 5.0, 1.0], 0.3, weight=[3.0, 1.0, 2.0])
    np.testing.assert_allclose(found.links[1, 0], expected, rtol=2e-15)


def test_names_and_orders_by_cell():
    table = {k: v * 3 for k, v in TABLE.items()}
    table["cell"] = np.repeat(["A", "B", "C"], 9)
    table["product"] = [f"{cell}{product}" for cell, product in zip(table["cell"], table["product"], strict=True)]
    found = elementary_aggregates(table, formula={"A": 2, "B": "jevons", "other": np.float64(0.3)}).links
    for column, formula in enumerate((2.0, "jevons", 0.3)):
        np.testing.assert_array_equal(found[:, column], elementary_aggregates(TABLE, formula=formula).links[:, 0])


def test_named_orders_are_the_named_formulas():
    for order, name in ((0, "jevons"), (1, "carli"), (-1.0, "harmonic")):
        found, named = (elementary_aggregates(TABLE, formula=f).links for f in (order, name))
        np.testing.assert_array_equal(found, named)


def test_orders_that_are_none():
    for formula in (float("nan"), float("inf"), True, None, 1j, [1], {"A": float("nan")}):
        with pytest.raises(UsageError, match="formula"):
            elementary_aggregates(TABLE, formula=formula)
    with pytest.raises(PriceError, match="order 1000"):
        elementary_aggregates(TABLE, formula=1000)


@pytest.mark.parametrize("months", [1.5, -1, True, "a", float("nan")])
def test_spells_are_whole_periods(months):
    with pytest.raises(UsageError, match="max_months"):
        elementary_aggregates(TABLE, max_months=months)


def test_masks_and_nulls_are_missing_prices():
    expected = elementary_aggregates(TABLE | {"price": price(4, 6)}).links
    for given in (
        np.ma.array(TABLE["price"], mask=np.isnan(price(4, 6))),
        pa.array(price(4, 6), from_pandas=True),
        pa.chunked_array([pa.array(price(4, 6), from_pandas=True)]),
        pd.Series(price(4, 6)).astype("Float64"),
    ):
        np.testing.assert_array_equal(elementary_aggregates(TABLE | {"price": given}).links, expected)


def test_prices_that_are_no_numbers():
    price = np.array(TABLE["price"])
    for strange in (price.astype(str), price.astype("timedelta64[D]"), price.astype(complex), price > 0):
        for given in (strange, pd.Series(strange)):
            with pytest.raises(ShapeError, match="column 'price' must hold numbers"):
                elementary_aggregates(TABLE | {"price": given})
    with pytest.raises(ShapeError, match="column 'price'"):
        elementary_aggregates(TABLE | {"price": np.ones((9, 1))})


def test_masked_labels_are_missing():
    for name in ("period", "cell"):
        hidden = np.ma.array(np.ones(9, dtype=int), mask=[0] * 8 + [1])
        with pytest.raises(ShapeError, match=f"column '{name}' is empty in 1 of 9 rows"):
            elementary_aggregates(TABLE | {name: hidden})


def test_a_product_twice_is_named_by_its_labels():
    twice = {name: [*values, values[4], values[5]] for name, values in TABLE.items()}
    with pytest.raises(ShapeError, match=r"2 \('b', 'c'\).*period 2"):
        elementary_aggregates(twice)
