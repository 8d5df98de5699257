"""Means against gpindex's printed values, exact arithmetic near the singular orders, and their own identities."""

import csv
from decimal import Decimal, getcontext
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index.means import (
    convert_weights,
    extended_mean,
    generalized_mean,
    lehmer_mean,
    logarithmic_mean,
)

#: gpindex 0.6.3, input_means.csv and expected_means.csv of the reference folder gpindex_price6.
X, W = [0.4, 1, 1, 2.7, 3.5, 9], [1, 2, 3, 4, 5, 6]
GPINDEX = {
    -3: (0.69725007061204547, 1.0007460390329566, 0.43079349919631116, 0.474351831633752),
    -2: (0.8411010747412383, 1.307657308470763, 0.47914760859387218, 0.58611623161979165),
    -1: (1.1391260673028627, 1.8958681633627898, 0.62104716785729908, 0.90194438064931226),
    -0.5: (1.4074007932406616, 2.3537152325543036, 0.79421659152580204, 1.2627055391489377),
    0: (1.8000685805729384, 2.9200865896814232, 1.1391260673028629, 1.8958681633627896),
    0.5: (2.3238217311461034, 3.548607297799204, 1.8084657994457383, 2.8900538145825854),
    1: (2.9333333333333336, 4.1761904761904765, 2.9333333333333336, 4.1761904761904765),
    2: (4.1372293466360635, 5.2624908098551133, 5.8352272727272725, 6.6313568985176738),
    3: (5.0951168604444144, 6.0594491445730654, 7.7275754625121706, 8.033720790274602),
}
values = st.floats(1e-12, 1e12)
orders = st.floats(-20, 20)


@pytest.mark.parametrize("order", GPINDEX)
def test_equal_to_gpindex(order):
    found = (
        generalized_mean(X, order),
        generalized_mean(X, order, weight=W),
        lehmer_mean(X, order),
        lehmer_mean(X, order, weight=W),
    )
    np.testing.assert_allclose(found, GPINDEX[order], rtol=1e-14, atol=0)


def exact_mean(x, weight, order):
    """The mean in 60 digits."""
    getcontext().prec = 60
    x, weight, order = [Decimal(v) for v in x], [Decimal(v) for v in weight], Decimal(order)
    logs = [v.ln() for v in x]
    if order == 0:
        return float((sum(w * v for w, v in zip(weight, logs, strict=True)) / sum(weight)).exp())
    power = sum(w * (order * v).exp() for w, v in zip(weight, logs, strict=True)) / sum(weight)
    return float((power.ln() / order).exp())


@pytest.mark.parametrize(
    "order", [1e-20, 1e-12, -1e-9, 1e-9, 1e-6, -1e-3, 0.1, 1 - 1e-9, 1 + 1e-9, -1 + 1e-7, 7.5, -40.0, 300.0]
)
@pytest.mark.parametrize("x", [X, [1e-12, 1e12, 1, 3, 5, 1e4], [1, 1 + 1e-9, 1, 1, 1, 1 - 1e-9]])
def test_every_order_is_right_to_the_last_digits(order, x):
    np.testing.assert_allclose(generalized_mean(x, order, weight=W), exact_mean(x, W, order), rtol=1e-13, atol=0)


def exact_extended(a, b, r, s):
    getcontext().prec = 80
    a, b, r, s = (Decimal(v) for v in (a, b, r, s))

    def part(k):
        return ((k * a.ln()).exp() - (k * b.ln()).exp()) / k

    return float((((part(s) / part(r)).ln()) / (s - r)).exp())


@pytest.mark.parametrize("r, s", [(1e-9, 1), (1e-9, 2e-9), (1, 1 + 1e-9), (-3, 3.5), (2, 1), (0.3, 0.30000001), (9, 8)])
@pytest.mark.parametrize("a, b", [(1, 4), (1e-12, 1e12), (3, 3.0000001), (5e5, 2e-3)])
def test_extended_mean_has_no_singular_orders(a, b, r, s):
    np.testing.assert_allclose(extended_mean([a], [b], r, s), exact_extended(a, b, r, s), rtol=1e-12, atol=0)


def test_extended_mean_contains_the_named_means():
    a, b = np.array([1.0, 2.0, 7.0]), np.array([4.0, 2.0, 0.001])
    np.testing.assert_allclose(extended_mean(a, b, 0, 0), np.sqrt(a * b), rtol=1e-14)
    np.testing.assert_allclose(extended_mean(a, b, 1, 2), (a + b) / 2, rtol=1e-14)
    np.testing.assert_allclose(extended_mean(a, b, -2, -1), 2 / (1 / a + 1 / b), rtol=1e-14)
    np.testing.assert_allclose(extended_mean(a, b, 0, 1), logarithmic_mean(a, b), rtol=1e-14)
    np.testing.assert_allclose(extended_mean([1.0], [4.0], 1, 1), 4 ** (4 / 3) / np.e, rtol=1e-14)
    assert extended_mean([2.0], [2.0], 3, 3)[0] == pytest.approx(2.0, rel=1e-15)


def test_logarithmic_mean_of_near_values():
    a = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 1e12])
    b = np.array([1.0, 1 + 1e-15, 1 + 1e-8, 3.0, 0.0, 1e-12])
    expected = [1.0, 1 + 5e-16, 1 + 5e-9 - 1e-16 / 12, 0.0, 0.0, 1e12 / np.log(1e24)]
    np.testing.assert_allclose(logarithmic_mean(a, b), expected, rtol=1e-14, atol=0)
    with pytest.raises(PriceError, match="0 or above"):
        logarithmic_mean([-1.0], [1.0])


@given(st.lists(st.tuples(values, st.floats(1e-6, 1e6)), min_size=1, max_size=6), orders, orders)
def test_mean_lies_between_and_rises_with_the_order(pairs, r, s):
    x, w = zip(*pairs, strict=True)
    low, high = (generalized_mean(x, o, weight=w) for o in sorted((r, s)))
    assert low <= high * (1 + 1e-12)
    assert min(x) * (1 - 1e-12) <= low and high <= max(x) * (1 + 1e-12)
    lehmer = lehmer_mean(x, r, weight=w)
    assert min(x) * (1 - 1e-12) <= lehmer <= max(x) * (1 + 1e-12)


@given(st.lists(st.tuples(values, st.floats(1e-6, 1e6)), min_size=1, max_size=6), st.floats(-4, 4), st.floats(-4, 4))
def test_converted_weights_give_the_same_mean(pairs, r, s):
    x, w = zip(*pairs, strict=True)
    share = convert_weights(x, w, order=r, to=s)
    assert share.sum() == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(
        generalized_mean(x, s, weight=share), generalized_mean(x, r, weight=w), rtol=1e-9, atol=0
    )


def test_converted_weights_are_known_ones():
    # an arithmetic mean with weights w is the harmonic mean with weights w x (PPI Manual: hybrid weights)
    np.testing.assert_allclose(
        convert_weights(X, W, order=1, to=-1), np.multiply(X, W) / np.dot(X, W), rtol=1e-14, atol=0
    )
    np.testing.assert_allclose(convert_weights(X, W, order=2, to=2), np.array(W) / sum(W), rtol=1e-15, atol=0)


def test_groups_missing_values_and_infinite_orders():
    x = [1.0, 4.0, np.nan, 9.0, 5.0]
    group = [0, 0, 0, 2, -1]
    np.testing.assert_allclose(generalized_mean(x, 0, group=group), [2.0, np.nan, 9.0])
    np.testing.assert_allclose(generalized_mean(x, np.inf, group=group), [4.0, np.nan, 9.0])
    np.testing.assert_allclose(generalized_mean(x, -np.inf, group=group), [1.0, np.nan, 9.0])
    np.testing.assert_allclose(generalized_mean(x, 3.5, group=group), [exact_mean([1, 4], [1, 1], 3.5), np.nan, 9.0])
    np.testing.assert_allclose(convert_weights(x, order=0, to=1, group=group)[2:], [np.nan, 1.0, np.nan])
    assert np.isnan(generalized_mean([], 1)) and np.isnan(generalized_mean([2.0], 1, weight=[0.0]))
    assert generalized_mean([1e12, 3.0], 5, weight=[0, 1]) == pytest.approx(3.0, rel=1e-15)
    assert generalized_mean(pd.Series([1, None, 4], dtype="Float64"), 0) == pytest.approx(2.0)


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: generalized_mean([1.0, 0.0], 1), PriceError, "x must be above 0 and finite: 0.0 at position 1"),
        (lambda: generalized_mean([1.0], 1, weight=[-1.0]), PriceError, "weight must be 0 or above"),
        (lambda: generalized_mean([1.0], np.nan), UsageError, "order must be a number"),
        (lambda: lehmer_mean([1.0], np.inf), UsageError, "finite"),
        (lambda: generalized_mean([1.0], "two"), UsageError, "one number"),
        (lambda: extended_mean([1.0], [1.0, 2.0], 0, 1), ShapeError, "pairs"),
        (lambda: extended_mean([1.0], [0.0], 0, 1), PriceError, "b must be above 0"),
    ],
)
def test_wrong_use_is_told(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_typed_figures_are_those_of_the_reference():
    folder = Path(__file__).parents[3] / "shared/data/reference/index/gpindex_price6"
    if not folder.is_dir():
        pytest.skip("reference data are not here")
    with (folder / "expected_means.csv").open(encoding="utf-8") as file:
        rows = {float(r["order"]): tuple(float(v) for k, v in r.items() if k != "order") for r in csv.DictReader(file)}
    for order, expected in GPINDEX.items():
        assert rows[order] == expected
