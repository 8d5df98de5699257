"""Similarity linking: measures item by item, trees of known shape, panels without noise."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from shuibei_index.errors import UsageError
from shuibei_index.index.multilateral.matrices import log_matrix
from shuibei_index.index.multilateral.similarity import MEASURES, TREES, dissimilarity, similarity_linked

NAN = float("nan")


def panel(months=6, items=9, seed=2):
    rng = np.random.default_rng(seed)
    p, q = rng.lognormal(0, 0.5, (months, items)), rng.lognormal(0, 1, (months, items))
    p[rng.random((months, items)) < 0.3] = NAN
    return p, q


def plainly(p0, p1, q0, q1, measure):
    """One pair of months, item by item."""
    both = np.isfinite(p0) & np.isfinite(p1)
    v0, v1 = np.nan_to_num(p0 * q0), np.nan_to_num(p1 * q1)
    x01, x10 = np.where(both, p0 * q1, 0.0), np.where(both, p1 * q0, 0.0)
    if measure == "predicted_share":
        return np.sum((v1 / v1.sum() - x01 / x01.sum()) ** 2) + np.sum((v0 / v0.sum() - x10 / x10.sum()) ** 2)
    laspeyres, paasche = x10.sum() / v0[both].sum(), v1[both].sum() / x01.sum()
    if measure == "spread":
        return abs(np.log(laspeyres / paasche))
    shares = (v0[both] / v0[both].sum() + v1[both] / v1[both].sum()) / 2
    return np.sum(shares * (np.log(p1 / p0)[both] - np.log(laspeyres * paasche) / 2) ** 2)


@pytest.mark.parametrize("measure", MEASURES)
def test_measures_against_one_pair_at_a_time(measure):
    p, q = panel()
    found = dissimilarity(p, q, measure)
    expected = [[plainly(p[i], p[j], q[i], q[j], measure) for j in range(6)] for i in range(6)]
    assert_allclose(found, expected, rtol=1e-11, atol=1e-14)
    assert_allclose(found, found.T, rtol=1e-11)


def test_predicted_share_of_unmatched_items_by_hand():
    # month 0 sells a and b for 1 each, month 1 only a: 1² for half of the value, and shares 1, 0 for 1/2, 1/2
    found = dissimilarity([[1.0, 1.0], [3.0, NAN]], [[1.0, 1.0], [1.0, NAN]])
    assert_allclose(found[0, 1], 0.0 + 0.5**2 + 0.5**2, rtol=1e-15)


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("measure", MEASURES)
def test_a_common_movement_is_recovered(measure, tree):
    rng = np.random.default_rng(8)
    truth = np.exp(np.concatenate([[0.0], rng.normal(0, 0.1, 14).cumsum()]))
    p, q = truth[:, None] * rng.lognormal(2, 1, 20), rng.lognormal(0, 1, (15, 20))
    p[rng.random(p.shape) < 0.4] = NAN
    assert_allclose(similarity_linked(p, q, "fisher", measure, tree), truth, rtol=1e-12)


def test_seasonal_months_link_to_their_like():
    # odd months are like odd months, even like even
    p = np.array([[1.0, 1.0], [1.0, 9.0], [2.0, 2.0], [2.0, 18.0], [3.0, 3.0]])
    q = 1 / p
    logs = log_matrix(p, q, "fisher")
    expected = [0, logs[0, 1], logs[0, 2], logs[0, 1] + logs[1, 3], logs[0, 2] + logs[2, 4]]
    for tree in TREES:
        assert_allclose(similarity_linked(p, q, tree=tree), np.exp(expected), rtol=1e-14)


def test_real_time_links_never_look_ahead_and_the_spanning_tree_does():
    # month 1 is far from month 0, month 2 lies between both
    p = np.array([[1.0, 1.0], [1.0, 9.0], [1.0, 3.0]])
    q = np.array([[2.0, 1.0], [5.0, 1.0], [3.0, 4.0]])
    logs = log_matrix(p, q, "walsh")
    assert_allclose(np.log(similarity_linked(p, q, "walsh")[1]), logs[0, 1], rtol=1e-13)
    spanning = similarity_linked(p, q, "walsh", tree="spanning")
    assert_allclose(np.log(spanning), [0, logs[0, 2] + logs[2, 1], logs[0, 2]], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("tree", TREES)
def test_edges(tree):
    assert similarity_linked([[2.0, NAN]], [[1.0, NAN]], tree=tree).tolist() == [1.0]
    p = np.array([[1.0, 2.0, NAN], [NAN, NAN, NAN], [NAN, NAN, 5.0], [3.0, NAN, NAN]])
    assert_allclose(similarity_linked(p, np.ones_like(p), tree=tree), [1.0, NAN, NAN, 3.0], rtol=1e-14)
    assert np.isnan(similarity_linked(np.empty((2, 0)), np.empty((2, 0)), tree=tree)).all()


def test_wrong_choices_are_told():
    p, q = panel()
    with pytest.raises(UsageError, match="did you mean 'spread'"):
        dissimilarity(p, q, "spreads")
    with pytest.raises(UsageError, match="tree"):
        similarity_linked(p, q, tree="oak")
