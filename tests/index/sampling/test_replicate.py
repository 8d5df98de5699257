"""Replicates of formulas on arrays."""

import numpy as np
import pytest

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index import bilateral, geks, tpd
from shuibei_index.index.elementary.formulas import NAMES
from shuibei_index.index.sampling.draws import replicate_weights
from shuibei_index.index.sampling.replicate import replicate

RNG = np.random.default_rng(2)
N, FIRM = 30, np.repeat([f"f{k}" for k in range(6)], 5)
P = np.exp(RNG.normal(3, 0.5, N) + np.cumsum(RNG.normal(0, 0.1, (4, N)), axis=0))
Q = RNG.integers(1, 30, (4, N)).astype(float)
PRICES_ONLY = ("jevons", "carli", "harmonic", "cswd", "bmw", "dutot")


def bilateral_of(name):
    function = getattr(bilateral, name)
    if name in PRICES_ONLY:
        return lambda p, q: [function(p0=p[0], p1=p[-1])]
    takes = {"laspeyres": "q0", "geo_laspeyres": "q0", "paasche": "q1", "palgrave": "q1", "geo_paasche": "q1"}.get(name)

    def call(p, q):
        given = {"q0": q[0], "q1": q[-1]}
        return [function(p0=p[0], p1=p[-1], **({takes: given[takes]} if takes else given))]

    return call


@pytest.mark.parametrize("name", NAMES)
def test_named_formulas_are_those_of_items_repeated(name):
    ends = [0, 3]
    fast = replicate(name, P[ends], Q[ends], firm=FIRM, replicates=25, seed=3)
    slow = replicate(bilateral_of(name), P[ends], Q[ends], firm=FIRM, replicates=25, seed=3)
    np.testing.assert_allclose(fast.value, slow.value, rtol=1e-12, atol=0)
    np.testing.assert_allclose(fast.replicates, slow.replicates, rtol=1e-12, atol=0)
    np.testing.assert_allclose(fast.se, slow.se, rtol=1e-9, atol=0)


def test_items_repeated_and_quantities_multiplied_agree_for_value_weighted_indices():
    items = replicate(geks, P, Q, firm=FIRM, replicates=8, seed=1)
    quantities = replicate(geks, P, Q, firm=FIRM, replicates=8, seed=1, by="quantities")
    np.testing.assert_allclose(items.replicates, quantities.replicates, rtol=1e-10, atol=0)
    assert items.to_frame().shape == (4, 4)
    assert items.se[0] == 0.0
    assert "4 months" in items._repr_html_()


def test_a_function_of_prices_only():
    found = replicate(tpd, P, firm=FIRM, method="jackknife")
    leave_out = [tpd(P[:, f"f{k}" != FIRM]) for k in range(6)]
    np.testing.assert_allclose(found.replicates, np.stack(leave_out, axis=1), rtol=1e-12, atol=0)


def test_jackknife_of_a_jevons_of_firms():
    means = np.log(P[3] / P[0]).reshape(6, 5).mean(axis=1)
    found = replicate("jevons", P, firm=FIRM, method="jackknife")
    assert found.log_se[0] == pytest.approx(means.std(ddof=1) / np.sqrt(6), rel=1e-12)
    low, high = found.band()
    # t with 5 degrees of freedom: 2.570582
    assert np.log(high / low)[0] / 2 == pytest.approx(2.5705818 * found.log_se[0], rel=1e-6)


def test_unsold_items_and_strata():
    p = P.copy()
    p[0, :5] = np.nan
    found = replicate("tornqvist", p, Q, firm=FIRM, replicates=10)
    kept = slice(5, None)
    expected = bilateral.tornqvist(p0=P[0, kept], p1=P[3, kept], q0=Q[0, kept], q1=Q[3, kept])
    assert found.value[0] == pytest.approx(expected, rel=1e-12)
    strata = np.where(np.isin(FIRM, ["f0", "f1"]), "x", "y")
    drawn = replicate_weights(6, replicates=10, strata=list("xxyyyy"))
    same = replicate("jevons", P, firm=FIRM, strata=strata, replicates=10)
    logs = np.log(P[3] / P[0]).reshape(6, 5).sum(axis=1)
    by_hand = np.exp(logs @ drawn.multiplicity / (5 * drawn.multiplicity.sum(axis=0)))
    np.testing.assert_allclose(same.replicates[0], by_hand, rtol=1e-12, atol=0)
    with pytest.raises(UsageError, match="broken number"):
        replicate(tpd, P, firm=FIRM, strata=strata, replicates=10)


def test_wrong_use_is_told():
    with pytest.raises(ShapeError, match="3 firms for 30 items"):
        replicate("jevons", P, firm=list("abc"))
    with pytest.raises(ShapeError, match="one shape"):
        replicate("jevons", P, Q[:2], firm=FIRM)
    with pytest.raises(ShapeError, match="3 strata"):
        replicate("jevons", P, firm=FIRM, strata=list("abc"))
    with pytest.raises(UsageError, match="did you mean 'jevons'"):
        replicate("jevon", P, firm=FIRM)
    with pytest.raises(UsageError, match="give quantities"):
        replicate("fisher", P, firm=FIRM)
    with pytest.raises(UsageError, match="by must be"):
        replicate(geks, P, Q, firm=FIRM, by="firm")
    with pytest.raises(UsageError, match="needs quantities"):
        replicate(tpd, P, firm=FIRM, by="quantities")
    with pytest.raises(PriceError, match="above 0"):
        replicate("jevons", np.where(P[0, 0] == P, 0.0, P), firm=FIRM)
