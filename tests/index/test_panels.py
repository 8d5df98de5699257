"""Doors of the multilateral and seasonal indices: masks, nulls, text, window lengths, unknown formulas."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.errors import ShapeError, UsageError
from shuibei_index.index import extender, multilateral, seasonal_baskets, splice
from shuibei_index.index.multilateral.similarity import dissimilarity, similarity_linked

P = np.array([[1.0, 1.0], [2.0, 7.0], [4.0, 9.0]])
Q = np.array([[1.0, 2.0], [3.0, 1.0], [1.0, 1.0]])
GAP = np.where(np.array([[0, 0], [0, 1], [0, 0]], dtype=bool), np.nan, P)
CALLS = {
    "geks": lambda p: multilateral.geks(p, Q),
    "tpd": multilateral.tpd,
    "wtpd": lambda p: multilateral.wtpd(p, Q),
    "geary_khamis": lambda p: multilateral.geary_khamis(p, Q),
    "time_dummy_hedonic": lambda p: multilateral.time_dummy_hedonic(p, Q, [[1.0], [2.0]]),
    "dissimilarity": lambda p: dissimilarity(p, Q),
    "similarity_linked": lambda p: similarity_linked(p, Q),
    "extend": lambda p: splice.extend(p, Q, window=2),
    "Extender": lambda p: extender.Extender(p, Q, window=2).levels,
    "year_over_year": lambda p: seasonal_baskets.year_over_year(p, Q, season=1),
    "rothwell": lambda p: seasonal_baskets.rothwell(p, Q, season=1),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_masks_and_nulls_are_not_sold(call):
    expected = call(GAP)
    masked = np.ma.array(P, mask=np.isnan(GAP))
    table = pa.table({"a": P[:, 0], "b": pa.array([1.0, None, 9.0])})
    nullable = pd.DataFrame({"a": P[:, 0], "b": pd.array([1, None, 9], dtype="Int64")})
    for given in (masked, table, nullable, list(masked)):
        np.testing.assert_array_equal(call(given), expected)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_what_is_no_number_is_refused_by_name(call):
    dates = P.astype(int).astype("datetime64[M]")
    for strange in (P.astype(str), dates, P.astype(complex), P > 0, [["a", "b"]] * 3):
        with pytest.raises(ShapeError, match=r"^p\b.* must hold numbers"):
            call(strange)


def test_tables_match_by_name():
    p, q = pa.table({"a": P[:, 0], "b": P[:, 1]}), pa.table({"b": Q[:, 1], "a": Q[:, 0]})
    np.testing.assert_array_equal(multilateral.geks(p, q), multilateral.geks(P, Q))


def test_characteristics_are_numbers():
    with pytest.raises(ShapeError, match="characteristics must hold numbers"):
        multilateral.time_dummy_hedonic(P, Q, [["1"], ["2"]])
    masked = np.ma.array([[1.0], [2.0]], mask=[[0], [1]])
    with pytest.raises(ValueError, match="characteristics with gaps"):
        multilateral.time_dummy_hedonic(P, Q, masked)


@pytest.mark.parametrize("window", [2.5, "a", None, True, 1, float("nan")])
def test_windows_are_whole_numbers(window):
    with pytest.raises(ShapeError, match="a window needs"):
        splice.extend(P, Q, window=window)


def test_other_choices_of_a_rolling_index():
    for splice_ in (1.5, True, None, 2):
        with pytest.raises(UsageError, match="splice="):
            splice.extend(P, Q, window=2, splice=splice_)
    with pytest.raises(UsageError, match=r"base=1\.5"):
        splice.extend(P, Q, window=2, base=1.5)
    for method in ("geks", "tpd", "wtpd", "geary_khamis"):
        for bilateral in ("zzz", 5, ["fisher"]):
            with pytest.raises(UsageError, match="unknown bilateral formula"):
                splice.extend(P, Q, method=method, bilateral=bilateral, window=2)
    chosen = splice.extend(P, Q, window=np.int64(2), splice=np.int64(1), base=np.int64(0))
    np.testing.assert_array_equal(chosen, splice.extend(P, Q, window=2, splice=1))


@pytest.mark.parametrize("season", [0, 1.5, "a", True])
def test_seasons_are_whole_numbers(season):
    with pytest.raises(UsageError, match="season is the number of periods"):
        seasonal_baskets.year_over_year(P, Q, season=season)


def test_columns_stay_when_an_item_leaves_the_window():
    start = np.array([[1.0, 1.0, 2.0], [2.0, 1.0, 3.0], [1.0, 2.0, 2.0]])
    later = np.array([[1.0, 2.0, np.nan]] * 3 + [[2.0, 1.0, 5.0], [3.0, 1.0, 4.0]])
    index = extender.Extender(start, np.ones((3, 3)), window=3)
    for t, month in enumerate(later):
        if t == 4:
            # an item that left the window keeps its column through storage as well
            index = extender.Extender.from_dict(json.loads(json.dumps(index.to_dict())))
        index.update(month, np.ones(3))
        assert index.items[:2] == (0, 1)
    whole = splice.extend(np.vstack([start, later]), np.ones((8, 3)), window=3)
    np.testing.assert_allclose(index.levels, whole, rtol=1e-13)


def test_new_items_must_be_named():
    index = extender.Extender(P, Q, window=3, items=["a", "b"])
    index.update([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], ["b", "a", "new"])
    index.update([2.0, 1.0], [1.0, 1.0])
    assert index.items == ("a", "b", "new")
    with pytest.raises(ShapeError, match=r"2 item names but 3 prices.*pass items="):
        index.update([2.0, 1.0, 3.0], [1.0, 1.0, 1.0])


def test_a_new_month_goes_through_the_same_door():
    def made():
        return extender.Extender(P, Q, window=3)

    expected = made().update([5.0, np.nan], [1.0, 1.0])
    for month in (np.ma.array([5.0, 99.0], mask=[0, 1]), pa.array([5.0, None]), pd.Series([5, None], dtype="Int64")):
        assert made().update(month, [1.0, 1.0]) == expected
    for strange in (["5", "6"], np.array([1, 2], dtype="datetime64[M]")):
        with pytest.raises(ShapeError, match=r"^p_new must hold numbers"):
            made().update(strange, [1.0, 1.0])
    with pytest.raises(ShapeError, match="p_new must be one month"):
        made().update([[1.0, 2.0]], [1.0, 1.0])
