"""The door for numbers: what is missing becomes NaN in every container, what is no number is refused."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.errors import ShapeError
from shuibei_index.index.numbers import as_floats

MISSING = {
    "list": [1, None, 3.5],
    "tuple": (1, float("nan"), 3.5),
    "ndarray": np.array([1.0, np.nan, 3.5]),
    "object": np.array([1, pd.NA, Decimal("3.5")], dtype=object),
    "masked": np.ma.array([1.0, 999.0, 3.5], mask=[0, 1, 0]),
    "masked objects": np.ma.array([1.0, "x", 3.5], mask=[0, 1, 0], dtype=object),
    "Series": pd.Series([1.0, np.nan, 3.5]),
    "Index": pd.Index([1.0, np.nan, 3.5]),
    "nullable": pd.Series([1.0, None, 3.5], dtype="Float64"),
    "nullable array": pd.array([1.0, None, 3.5], dtype="Float64"),
    "Arrow-backed": pd.Series([1.0, None, 3.5], dtype="float64[pyarrow]"),
    "decimals": pd.Series([Decimal("1"), None, Decimal("3.5")], dtype=pd.ArrowDtype(pa.decimal128(6, 2))),
    "categories": pd.Series([1.0, None, 3.5]).astype("category"),
    "Arrow": pa.array([1.0, None, 3.5]),
    "Arrow sliced": pa.array([9.0, 1.0, None, 3.5])[1:],
    "chunked": pa.chunked_array([[1.0, None], [3.5]]),
    "Arrow decimals": pa.array([Decimal("1.0"), None, Decimal("3.5")]),
    "Arrow dictionary": pa.array([1.0, None, 3.5]).dictionary_encode(),
}


@pytest.mark.parametrize("values", MISSING.values(), ids=MISSING.keys())
def test_missing_is_nan_in_every_container(values):
    found = as_floats(values, "p1")
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [1.0, np.nan, 3.5])


WIDE = np.array([[1.0, np.nan], [2.0, 3.0]])
PANELS = {
    "lists": [[1, None], [2, 3]],
    "masked": np.ma.array([[1.0, 9.0], [2.0, 3.0]], mask=[[0, 1], [0, 0]]),
    "rows masked": [np.ma.array([1.0, 9.0], mask=[0, 1]), np.ma.array([2.0, 3.0])],
    "second row masked": [np.array([1.0, np.nan]), np.ma.array([2.0, 3.0], mask=[0, 0])],
    "rows nullable": [pd.array([1, None], dtype="Int64"), pd.array([2, 3], dtype="Int64")],
    "rows Arrow": [pa.array([1, None]), pa.array([2, 3])],
    "frame": pd.DataFrame(WIDE),
    "nullable frame": pd.DataFrame({"a": [1, 2], "b": pd.array([None, 3], dtype="Int64")}),
    "object frame": pd.DataFrame({"a": [1, 2], "b": pd.Series([None, 3], dtype=object)}),
    "Arrow table": pa.table({"a": [1, 2], "b": pa.array([None, 3], pa.int64())}),
}


@pytest.mark.parametrize("values", PANELS.values(), ids=PANELS.keys())
def test_panels(values):
    np.testing.assert_array_equal(as_floats(values, "p"), WIDE)


REFUSED = {
    "text": ["1", "2"],
    "text among numbers": [1.0, "2"],
    "text objects": np.array([1.0, "2"], dtype=object),
    "bytes": np.array([b"1"]),
    "masked text": np.ma.array(["1", "2"], mask=[0, 1]),
    "text Series": pd.Series(["1", "2"]),
    "text categories": pd.Series(["1", "2"]).astype("category"),
    "dates": np.array(["2024-01", "2024-02"], dtype="datetime64[M]"),
    "spans": np.array([1, 2], dtype="timedelta64[D]"),
    "date objects": [datetime.date(2024, 1, 1)],
    "DatetimeIndex": pd.date_range("2024-01", periods=2),
    "zoned": pd.Series(pd.date_range("2024-01", periods=2, tz="UTC")),
    "PeriodIndex": pd.period_range("2024-01", periods=2, freq="M"),
    "complex": [1 + 2j],
    "bool": np.array([True, False]),
    "nullable bool": pd.array([True, None], dtype="boolean"),
    "bool objects": np.array([True, None], dtype=object),
    "Arrow text": pa.array(["1"]),
    "Arrow chunked text": pa.chunked_array([["1"]]),
    "Arrow dates": pa.array([datetime.date(2024, 1, 1)]),
    "Arrow bool": pa.array([True]),
    "frame with text": pd.DataFrame({"a": [1.0], "b": ["x"]}),
    "frame with dates": pd.DataFrame({"a": [1.0], "b": pd.to_datetime(["2024-01-01"])}),
    "frame with bool": pd.DataFrame({"a": [1.0], "b": [True]}),
    "ragged": [[1.0], [1.0, 2.0]],
    "mapping": {"a": 1.0},
    "records": np.zeros(2, dtype=[("a", float)]),
}


@pytest.mark.parametrize("values", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_number_is_refused_by_name(values):
    with pytest.raises(ShapeError, match=r"^the price of today\b") as caught:
        as_floats(values, "the price of today")
    assert "the price of today" in caught.value.zh


def test_large_whole_numbers_are_rounded_not_refused():
    assert as_floats(pa.array([2**60 + 1]), "q") == 2.0**60


def test_empty_columns():
    for nothing in ([], np.zeros(0), pd.Series(dtype=object), pa.array([], pa.null()), pa.chunked_array([], pa.int8())):
        assert as_floats(nothing, "p").shape == (0,)
    assert as_floats([[], []], "p").shape == (2, 0)


def test_no_copy_of_floats():
    given = np.array([1.0, 2.0])
    assert as_floats(given, "p") is given
