"""Replicate weights: what each method promises."""

import numpy as np
import pytest

from shuibei_index.errors import ShapeError, UsageError
from shuibei_index.index.sampling.draws import replicate_weights, strata_codes


def test_rescaled_bootstrap_has_mean_and_variance_one():
    for strata, n in ((None, 7), (list("aaabbb"), 3)):
        F = 7 if strata is None else 6
        weight = replicate_weights(F, replicates=40_000, seed=3, strata=strata).multiplicity
        np.testing.assert_allclose(weight.mean(axis=1), 1.0, rtol=0.03, atol=0)
        covariance = np.cov(weight)
        np.testing.assert_allclose(np.diag(covariance), 1.0, rtol=0.05, atol=0)
        # firms of a stratum are drawn instead of each other
        assert covariance[0, 1] == pytest.approx(-1 / (n - 1), abs=0.03)
        if strata is not None:
            assert covariance[0, 5] == pytest.approx(0.0, abs=0.03)


def test_plain_bootstrap_counts_whole_firms_and_is_too_small_in_small_strata():
    weight = replicate_weights(2, method="resample", replicates=20_000, seed=1).multiplicity
    assert set(np.unique(weight)) == {0.0, 1.0, 2.0}
    assert (weight.sum(axis=0) == 2).all()
    assert weight[0].var() == pytest.approx(0.5, rel=0.05)


def test_jackknife_variance_of_a_mean_is_the_textbook_one():
    x = np.array([1.0, 4.0, 2.0, 8.0, 5.0])
    for strata in (None, [0, 0, 1, 1, 1]):
        drawn = replicate_weights(5, method="jackknife", strata=strata)
        mean = (x @ drawn.multiplicity) / drawn.multiplicity.sum(axis=0)
        if strata is None:
            assert ((mean - x.mean()) ** 2) @ drawn.factor == pytest.approx(x.var(ddof=1) / 5, rel=1e-12)
        total = x @ drawn.multiplicity - x.sum()
        parts = [x] if strata is None else [x[:2], x[2:]]
        assert total**2 @ drawn.factor == pytest.approx(sum(len(y) * y.var(ddof=1) for y in parts), rel=1e-12)


def test_groups_are_left_out_once_each_and_strata_stay_whole():
    drawn = replicate_weights(12, method="grouped_jackknife", replicates=4, seed=5, strata=[0] * 6 + [1] * 6)
    assert ((drawn.multiplicity == 0).sum(axis=1) == 1).all()
    assert ((drawn.multiplicity == 0).sum(axis=0) == 3).all()
    np.testing.assert_allclose(drawn.multiplicity[:6].sum(axis=0), 6.0, rtol=1e-12, atol=0)


def test_population_shrinks_the_variance():
    whole, part = (replicate_weights(10, seed=1, population=n).factor.sum() for n in (None, 40))
    assert part == pytest.approx(0.75 * whole, rel=1e-12)


def test_strata_of_one_firm_are_put_together():
    assert strata_codes(["a", "b", "c", "c", "c"], 5).tolist() == [1, 1, 0, 0, 0]
    assert strata_codes(["a", "b", "b", "c", "c", "c"], 6).tolist() == [1, 1, 1, 0, 0, 0]
    assert strata_codes(["x", "y"], 2).tolist() == [0, 0]


def test_same_seed_same_weights_whatever_the_machine():
    drawn = replicate_weights(4, replicates=3, seed=25071)
    np.testing.assert_array_equal(drawn.multiplicity, replicate_weights(4, replicates=3, seed=25071).multiplicity)
    assert (replicate_weights(40, seed=1).multiplicity != replicate_weights(40, seed=2).multiplicity).any()
    # the first numbers of PCG64 under this seed; they stay what they are in every version of NumPy
    assert np.rint(drawn.multiplicity * 3 / 4).tolist() == [[0, 1, 0], [2, 0, 0], [1, 0, 2], [0, 2, 1]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"firms": 5, "method": "bootstap"}, "did you mean 'bootstrap'"),
        ({"firms": 1}, "at least 2 firms"),
        ({"firms": 5, "replicates": 1}, "2 replicates"),
        ({"firms": 5, "population": 4}, "smaller than the sample"),
        ({"firms": 5, "method": "grouped_jackknife", "replicates": 6}, "6 groups"),
    ],
)
def test_wrong_use_is_told(options, words):
    with pytest.raises(UsageError, match=words):
        replicate_weights(options.pop("firms"), **options)


def test_strata_must_be_there_for_every_firm():
    with pytest.raises(ShapeError, match="3 strata for 4 firms"):
        replicate_weights(4, strata=list("abc"))
    with pytest.raises(ShapeError, match="no stratum"):
        replicate_weights(3, strata=["a", None, "a"])
