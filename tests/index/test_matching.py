"""Doors of the formulas: what is missing in the caller's container is not observed, what is no number is refused."""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.errors import ShapeError
from shuibei_index.index import bilateral, quantity
from shuibei_index.index.means import convert_weights, extended_mean, generalized_mean, lehmer_mean, logarithmic_mean

HIDDEN = {
    "masked": np.ma.array([2.0, 999.0, 8.0], mask=[0, 1, 0]),
    "Arrow": pa.array([2.0, None, 8.0]),
    "chunked": pa.chunked_array([[2.0], [None, 8.0]]),
    "nullable": pd.Series([2, None, 8], dtype="Int64"),
    "list": [2.0, None, 8.0],
}


@pytest.mark.parametrize("p1", HIDDEN.values(), ids=HIDDEN.keys())
def test_missing_prices_are_unmatched(p1):
    ones = np.ones(3)
    assert bilateral.jevons(p0=ones, p1=p1) == pytest.approx(4.0, rel=1e-15)
    assert bilateral.fisher(p0=ones, p1=p1, q0=ones, q1=ones) == pytest.approx(5.0, rel=1e-15)
    assert quantity.value_index(p0=ones, p1=p1, q0=ones, q1=ones) == 5.0
    assert quantity.quantity_index("jevons", q0=ones, q1=p1) == pytest.approx(4.0, rel=1e-15)
    assert generalized_mean(p1, 1) == 5.0
    assert generalized_mean([5.0, 1.0, 5.0], 1, weight=p1) == 5.0
    assert lehmer_mean(p1, 1) == 5.0
    np.testing.assert_allclose(convert_weights(p1, order=1, to=1), [0.5, np.nan, 0.5], rtol=1e-15)
    np.testing.assert_allclose(logarithmic_mean(p1, p1), [2.0, np.nan, 8.0], rtol=1e-15)
    np.testing.assert_allclose(extended_mean(p1, p1, 0, 1), [2.0, np.nan, 8.0], rtol=1e-15)


def test_masked_group_codes_are_left_out():
    group = np.ma.array([0, 0, 1], mask=[0, 1, 0])
    np.testing.assert_allclose(bilateral.jevons(p0=[1.0] * 3, p1=[2.0, 9.0, 3.0], group=group), [2.0, 3.0])


STRANGE = {
    "dates": np.array(["2024-01", "2024-02"], dtype="datetime64[M]"),
    "spans": np.array([1, 2], dtype="timedelta64[D]"),
    "complex": np.array([1 + 0j, 2 + 0j]),
    "bool": np.array([True, True]),
    "text": ["1", "2"],
    "Arrow text": pa.array(["1", "2"]),
    "Arrow dates": pa.array([datetime.date(2024, 1, 1)] * 2),
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE.keys())
def test_what_is_no_number_is_refused_by_name(strange):
    ones = [1.0, 1.0]
    with pytest.raises(ShapeError, match=r"^p1 must hold numbers"):
        bilateral.jevons(p0=ones, p1=strange)
    with pytest.raises(ShapeError, match=r"^q0 must hold numbers"):
        quantity.quantity_index("jevons", q0=strange, q1=ones)
    with pytest.raises(ShapeError, match=r"^x must hold numbers"):
        generalized_mean(strange, 0)
    with pytest.raises(ShapeError, match=r"^weight must hold numbers"):
        generalized_mean(ones, 0, weight=strange)
    for mean in (logarithmic_mean, lambda a, b: extended_mean(a, b, 1, 2)):
        with pytest.raises(ShapeError, match=r"^b must hold numbers"):
            mean(ones, strange)


def test_group_codes_have_a_bound():
    with pytest.raises(ShapeError, match=r"group code 1000000000000 at position 1.*pandas\.factorize"):
        bilateral.jevons(p0=[1.0, 1.0], p1=[1.0, 2.0], group=[0, 10**12])
    with pytest.raises(ShapeError, match="group code 18446744073709551615 at position 0"):
        bilateral.jevons(p0=[1.0], p1=[1.0], group=np.array([2**64 - 1], dtype=np.uint64))
    sparse = bilateral.jevons(p0=[1.0, 1.0], p1=[3.0, 2.0], group=[0, 100_000])
    assert sparse.shape == (100_001,)
    assert sparse[100_000] == pytest.approx(2.0, rel=1e-15)


def test_pairs_of_single_numbers():
    assert float(extended_mean(1.0, 4.0, 1, 2)) == pytest.approx(2.5, rel=1e-15)
    assert float(extended_mean(1.0, 4.0, 0, 1)) == pytest.approx(float(logarithmic_mean(1.0, 4.0)), rel=1e-15)
    np.testing.assert_allclose(extended_mean([1.0, 7.0], 4.0, 1, 2), [2.5, 5.5], rtol=1e-15)
    for mean in (logarithmic_mean, lambda a, b: extended_mean(a, b, 1, 2)):
        with pytest.raises(ShapeError, match="a has 2 values and b has 3"):
            mean([1.0, 2.0], [1.0, 2.0, 3.0])
