"""Replacements by hand: overlap, bridged, same quality, quality adjusted (PPI Manual ch. 8; CPI Manual 2020 ch. 6)."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index.elementary.aggregates import elementary_aggregates

#: a leaves after month 2, b stays; c takes a's place from month 3 (it was already priced at 12 in month 2).
PRICES = {"a": [10.0, 11.0, None, None], "b": [20.0, 20.0, 22.0, 22.0], "c": [None, 12.0, 15.0, 18.0]}


def table(**other):
    rows = [(t + 1, p, "x", v) for p, vs in (PRICES | other).items() for t, v in enumerate(vs) if v is not None]
    return pd.DataFrame(rows, columns=["period", "product", "cell", "price"])


def replaced(method, adjustment=None, old="a", new="c", period=3, **other):
    by = pd.DataFrame([(old, new, period, method, adjustment)], columns=[
        "old_product", "new_product", "period", "method", "adjustment",
    ])  # fmt: skip
    return elementary_aggregates(table(**other), replacements=by)


@pytest.mark.parametrize(
    ("method", "adjustment", "slot", "quality", "flag"),
    [
        # the slot's relative from month 2 to month 3
        ("overlap", None, 15 / 12, 12 / 11, "L"),
        ("direct", None, 15 / 11, 1.0, "D"),
        ("factor", 1.2, 15 / (11 * 1.2), 1.2, "Q"),
        ("amount", 2.0, 15 / (11 + 2), 13 / 11, "Q"),
    ],
)
def test_links_by_hand(method, adjustment, slot, quality, flag):
    found = replaced(method, adjustment)
    expected = [1, np.sqrt(11 / 10), np.sqrt(slot * 22 / 20), np.sqrt(18 / 15)]
    np.testing.assert_allclose(found.links[:, 0], expected, rtol=1e-13)
    assert found.replacements()["quality"].tolist() == [pytest.approx(quality, rel=1e-14)]
    frame = found.relatives_frame().set_index(["period", "product"])
    assert frame.loc[(3, "c"), "flag"] == flag and frame.loc[(4, "c"), "flag"] == "O"
    # the reference price is the old price at the quality of the new product
    assert frame.loc[(3, "c"), "back_price"] == pytest.approx(11 * quality, rel=1e-14)
    assert frame.loc[(3, "c"), "relative"] == pytest.approx(slot, rel=1e-13)
    # the price of month 2 is shown, but counts only where the rule says so
    assert frame.loc[(2, "c"), "flag"] == "X" and len(frame) == len(table())
    sums = found.contributions("x").groupby("period")["contribution"].sum()
    np.testing.assert_allclose(sums, found.links[:, 0] - 1, rtol=1e-10, atol=1e-14)
    assert set(found.contributions("x").query("period == 3")["product"]) == {"b", "c"}


def test_bridged_moves_with_the_cell():
    found = replaced("bridged", c=[None, None, 15.0, 18.0])
    np.testing.assert_allclose(found.links[:, 0], [1, np.sqrt(1.1), 22 / 20, np.sqrt(18 / 15)], rtol=1e-13)
    flags = found.prices.set_index(["period", "product"])["flag"]
    assert flags[3, "c"] == "R" and flags[4, "c"] == "O"
    assert np.isnan(found.replacements()["quality"][0])


def test_a_reference_price_of_dutot_has_the_quality_of_the_new_product():
    by = pd.DataFrame(
        {"old_product": ["a"], "new_product": ["c"], "period": [3], "method": ["factor"], "adjustment": 1.2}
    )
    found = elementary_aggregates(table(), formula="dutot", replacements=by)
    assert found.links[2, 0] == pytest.approx((15 + 22) / (11 * 1.2 + 20), rel=1e-14)


def test_replaced_twice_and_after_a_gap():
    by = pd.DataFrame(
        [("a", "c", 3, "factor", 1.2), ("c", "d", 5, "direct", None)],
        columns=["old_product", "new_product", "period", "method", "adjustment"],
    )
    data = table(b=[20.0, 20.0, 22.0, 22.0, 33.0], c=[None, 12.0, 15.0, None, None], d=[None, None, None, None, 30.0])
    found = elementary_aggregates(data, replacements=by)
    # in month 4 the slot moves with b, which stands still
    np.testing.assert_allclose(found.links[3:, 0], [1.0, np.sqrt(1.5 * 30 / 15)], rtol=1e-13)
    frame = found.relatives_frame().set_index(["period", "product"])
    assert frame.loc[(4, "c"), "flag"] == "P" and frame.loc[(4, "c"), "price"] == pytest.approx(15.0, rel=1e-14)
    assert frame.loc[(5, "d"), "flag"] == "D"


@pytest.mark.parametrize("method", ["carry_forward", "carry_backward"])
def test_carried_prices_beside_replacements(method):
    by = pd.DataFrame(
        {"old_product": ["a"], "new_product": ["c"], "period": [3], "method": ["factor"], "adjustment": 1.2}
    )
    data = table(c=[None, None, None, 18.0])
    found = elementary_aggregates(data, imputation=method, replacements=by)
    third, fourth = (1.0, 18 / 13.2) if method == "carry_forward" else (18 / 13.2, 1.0)
    np.testing.assert_allclose(found.links[2:, 0], [np.sqrt(third * 1.1), np.sqrt(fourth)], rtol=1e-13)
    flags = found.prices.set_index(["period", "product"])["flag"]
    assert flags[4, "c"] == "Q" and flags[3, "a" if method == "carry_forward" else "c"] == method[6].upper()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"method": "overlap", "c": [None, None, 15.0, 18.0]}, PriceError, "period before 3"),
        ({"method": "factor"}, PriceError, "above 0"),
        ({"method": "amount", "adjustment": -11.0}, PriceError, "above 0"),
        ({"method": "overlapp"}, UsageError, "did you mean 'overlap'"),
        ({"method": "direct", "old": "z"}, UsageError, "not in the table"),
        ({"method": "direct", "period": 9}, UsageError, "period not in the table"),
    ],
)
def test_mistakes(options, error, words):
    with pytest.raises(error, match=words):
        replaced(**options)


def test_circles_and_doubles():
    columns = ["old_product", "new_product", "period", "method"]
    for rows, words in (
        ([("a", "c", 3, "direct"), ("c", "a", 4, "direct")], "circle"),
        ([("a", "c", 3, "direct"), ("a", "b", 4, "direct")], "twice"),
        ([("a", "c", 3, "direct"), ("b", "c", 4, "direct")], "twice"),
    ):
        with pytest.raises(ShapeError, match=words):
            elementary_aggregates(table(), replacements=pd.DataFrame(rows, columns=columns))
    with pytest.raises(ShapeError, match="no column"):
        elementary_aggregates(table(), replacements=pd.DataFrame({"old_product": ["a"]}))
