"""Numbers, words and times as written."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from shuibei_index.simulation.cells import Cells, Times, Words
from shuibei_index.simulation.reports import ReportedMonth


def test_decimals_are_exact_at_any_scale():
    whole = np.array([1, 10, 123_456_789_012_345, 0, 7, 2**53 + 1])
    for scale in (0, 1, 2, 3, 6):
        cells = Cells.of(whole, scale)
        assert [Decimal(t) for t in cells.texts()] == [Decimal(int(w)).scaleb(-scale) for w in whole]
    assert Cells.of([314], 2).values().tolist() == [3.14]


def test_blank_and_worded_cells():
    cells = Cells.of([1, 2, 3], [0, 1, 2], [False, True, False]).write(
        np.array([2]), words=np.array(["约3"], dtype=object)
    )
    assert cells.texts().tolist() == ["1", "", "约3"]
    assert cells.objects().tolist() == [1.0, None, "约3"]
    assert cells.arrow(integer=True).to_pylist() == [1, None, 3]
    assert cells.take(slice(1, 2)).arrow(integer=False).to_pylist() == [None]


def test_words_keep_nothing_as_nothing_after_a_change():
    words = Words.of([0, -1, 1], ["a", "b"])
    changed = words.write(np.array([0]), np.array(["c"], dtype=object))
    assert words.texts().tolist() == ["a", "", "b"]
    assert changed.texts().tolist() == ["c", "", "b"]
    assert changed.blank.tolist() == [False, True, False]
    assert changed.objects().tolist() == ["c", None, "b"]
    assert (
        changed.arrow(False).to_pylist()
        == ["c", "", "b"]
        == words.write(np.array([0]), np.array(["c"])).texts().tolist()
    )


def test_times():
    times = Times("2024-02", np.array([0, 86_399 + 28 * 86_400]), np.array([True, False]))
    assert times.texts().tolist() == ["2024-02-01 00:00:00", "2024-02-29T23:59:59"]
    assert not times.blank.any() and times.objects().tolist() == times.texts().tolist()


def test_columns_are_asked_for_by_kind():
    month = ReportedMonth("2024-01", np.array([0]), np.array([0]), {"n": Cells.of([1], 0), "w": Words.of([0], ["x"])})
    assert month.cells("n").texts().tolist() == ["1"] and month.words("w").texts().tolist() == ["x"]
    with pytest.raises(TypeError, match="not a column of numbers"):
        month.cells("w")
    with pytest.raises(TypeError, match="not a column of texts"):
        month.words("n")
