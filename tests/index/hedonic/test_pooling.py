"""Pooling of rare grades: into the neighbour, as far as needed, and reported."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuibei_index.index.hedonic.pooling import pool


def test_rare_grade_joins_the_nearer_neighbour():
    pools = pool(np.array([[30, 2, 40]]), ["VVS1", "VS1", "VS2"], np.array([2.0, 4.0, 5.0]), 5)
    assert pools.labels == ["VVS1", "VS1+VS2"] and pools.of_level.tolist() == [0, 1, 1]
    assert pools.report.to_dict("list") == {
        "level": ["VS1", "VS2"],
        "n": [2, 40],
        "fewest": [2, 40],
        "pooled_into": ["VS1+VS2"] * 2,
    }


def test_of_two_equally_near_the_one_with_more_sales():
    assert pool(np.array([[30, 2, 40]]), list("DEF"), np.arange(3.0), 5).labels == ["D", "E+F"]


def test_a_grade_must_be_frequent_in_every_regression():
    pools = pool(np.array([[30, 9, 40], [30, 0, 40]]), list("DEF"), np.arange(3.0), 5)
    assert pools.labels == ["D", "E+F"] and pools.report["fewest"].tolist() == [0, 40]


def test_kinds_without_order_join_one_another():
    pools = pool(np.array([[1, 50, 1, 60, 2]]), list("abcde"), np.arange(5.0), 4, ordered=False)
    assert pools.labels == ["a+c+e", "b", "d"]


@pytest.mark.parametrize("ordered", [True, False])
@given(
    table=st.lists(st.lists(st.integers(0, 12), min_size=5, max_size=5), min_size=1, max_size=3),
    fewest=st.integers(1, 8),
)
def test_nothing_is_lost_and_every_pool_is_large_enough(table, fewest, ordered):
    counts = np.array(table)
    pools = pool(counts, list("abcde"), np.arange(5.0), fewest, ordered=ordered)
    P = len(pools.labels)
    assert sorted("".join(pools.labels).replace("+", "")) == list("abcde")
    sums = np.array([np.bincount(pools.of_level, row, P) for row in counts])
    assert sums.sum() == counts.sum() and (P == 1 or sums.min() >= fewest)
    if ordered:
        assert (np.diff(pools.of_level) >= 0).all()
