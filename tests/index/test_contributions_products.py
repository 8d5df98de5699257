"""Contributions to bilateral indices: every formula adds up, values by other routes, groups, gaps, refusals."""

import inspect

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index import bilateral, contributions
from shuibei_index.index.means import generalized_mean

#: Months 1 and 2 of the six items of PPI Manual (2004), tables 19.1 and 19.2 (price6, quantity6 of gpindex).
P0, P1 = np.ones(6), np.array([1.2, 3, 1.3, 0.7, 1.4, 0.8])
Q0, Q1 = np.array([1, 1, 2, 1, 4.5, 0.5]), np.array([0.8, 0.9, 1.9, 1.3, 4.7, 0.6])
SIX = {"p0": P0, "p1": P1, "q0": Q0, "q1": Q1, "pb": P0 * 2, "qb": Q1 + 1}
EXTRA = {"lloyd_moulton": {"sigma": 0.7}}
ALL = sorted(bilateral.__all__)
#: Formulas that are a geometric mean of two means: two ways to split them.
TWO = ["bialek", "cswd", "cswdb", "davies", "fisher", "geo_ag_mean", "quadratic_mean"]


def call(name, data, **more):
    """Return the index and the contributions of one formula."""
    function = getattr(bilateral, name)
    taken = {k: v for k, v in data.items() if k in inspect.signature(function).parameters}
    group = {k: more.pop(k) for k in ("group",) if k in more}
    return (
        function(**taken, **group, **EXTRA.get(name, {})),
        contributions.bilateral(name, **data, **group, **EXTRA.get(name, {}), **more),
    )


@pytest.mark.parametrize("method", ["van_ijzeren", "reinsdorf"])
@pytest.mark.parametrize("name", ALL)
def test_every_formula_adds_up_over_the_six_items(name, method):
    index, points = call(name, SIX, method=method)
    assert_allclose(points.sum(), index - 1, rtol=1e-12, atol=1e-13)
    # an item whose price rises adds, one whose price falls takes away; the unit value also moves with the mix
    if name != "unit_value":
        assert (np.sign(points) == np.sign(P1 - P0)).all()


def euler(x):
    """L(x, y) by quadrature, another route to the logarithmic mean: ∫ a^t b^(1−t) dt."""
    node, weight = np.polynomial.legendre.leggauss(60)
    at = 0.5 * (node + 1)
    return lambda m: 0.5 * (weight * x[:, None] ** at * m ** (1 - at)).sum(axis=1)


def test_against_formulas_written_out():
    x, s0, s1 = P1 / P0, P0 * Q0 / (P0 @ Q0), P1 * Q1 / (P1 @ Q1)
    of = lambda name, **more: contributions.bilateral(name, **SIX, **more)  # noqa: E731
    assert_allclose(of("laspeyres"), s0 * (x - 1), rtol=1e-12)
    assert_allclose(of("paasche"), P0 * Q1 / (P0 @ Q1) * (x - 1), rtol=1e-12)
    assert_allclose(of("carli"), (x - 1) / 6, rtol=1e-12)
    assert_allclose(of("walsh"), np.sqrt(Q0 * Q1) / np.sqrt(Q0 * Q1).sum() * (x - 1), rtol=1e-12)
    jevons = np.exp(np.log(x).mean())
    weight = 1 / euler(x)(jevons)
    assert_allclose(of("jevons"), weight / weight.sum() * (x - 1), rtol=1e-12)
    mean = np.exp(0.5 * (s0 + s1) @ np.log(x))
    weight = (s0 + s1) / euler(x)(mean)
    assert_allclose(of("tornqvist"), weight / weight.sum() * (x - 1), rtol=1e-12)
    # Balk (2008), section 4.2.2: van IJzeren by the quantity indices
    laspeyres, paasche = s0 @ x, (P1 @ Q1) / (P0 @ Q1)
    fisher = np.sqrt(laspeyres * paasche)
    qf, ql = (P1 @ Q1) / (P0 @ Q0) / fisher, (P0 @ Q1) / (P0 @ Q0)
    expected = (qf / (qf + ql) * s0 + ql / (qf + ql) * P0 * Q1 / (P0 @ Q1)) * (x - 1)
    assert_allclose(of("fisher"), expected, rtol=1e-12)
    # Reinsdorf, Diewert and Ehemann (2002), section 6: geometric weights of both, averaged, then made arithmetic
    wl = s0 * euler(x)(laspeyres)
    wp = s1 * euler(1 / x)(1 / paasche)
    weight = (wl / wl.sum() + wp / wp.sum()) / euler(x)(fisher)
    assert_allclose(of("fisher", method="reinsdorf"), weight / weight.sum() * (x - 1), rtol=1e-12)
    # Montgomery–Vartia: values, not shares
    logmean = lambda a, b: (a - b) / np.log(a / b)  # noqa: E731
    log_weight = logmean(P1 * Q1, P0 * Q0) / logmean(P1 @ Q1, P0 @ Q0)
    index = np.exp(log_weight @ np.log(x))
    assert_allclose(of("montgomery_vartia"), (index - 1) / np.log(index) * log_weight * np.log(x), rtol=1e-12)
    # Lloyd–Moulton: Σ v (x − 1) with v ∝ s0 (x^r − M^r) / (x − M), r = 1 − σ
    mean = (s0 @ x**0.3) ** (1 / 0.3)
    weight = s0 * (x**0.3 - mean**0.3) / (x - mean)
    assert_allclose(of("lloyd_moulton", sigma=0.7), weight / weight.sum() * (x - 1), rtol=1e-10)


def test_against_small_results_printed_in_gpindex():
    # its help page and tests: harmonic_contributions(1:4), geometric_contributions(c(1, 4)), arithmetic of 1:4
    assert_allclose(contributions.of_mean([1, 2, 3, 4], 1), [0, 0.25, 0.5, 0.75], atol=1e-15)
    assert_allclose(contributions.of_mean([1, 2, 3, 4], -1), [0, 0.24, 0.32, 0.36], atol=1e-15)
    assert_allclose(contributions.of_mean([1, 4], 0), [0, 1], atol=1e-14)


@pytest.mark.parametrize("name", ALL)
def test_groups_are_worked_out_each_for_itself(name):
    rng = np.random.default_rng(2)
    data = {k: np.exp(rng.normal(size=40)) for k in SIX}
    data["p1"][3] = np.nan
    data["q1"][[5, 6]] = 0.0
    group = rng.integers(-1, 4, size=40)
    group[group == 2] = 3
    index, points = call(name, data, group=group)
    assert np.isnan(index[2]) and np.isnan(points[3]) and np.isnan(points[group == -1]).all()
    for g in (0, 1, 3):
        at = group == g
        alone = call(name, {k: v[at] for k, v in data.items()})[1]
        assert_allclose(points[at], alone, rtol=1e-12, atol=1e-16)
        assert_allclose(np.nansum(points[at]), index[g] - 1, rtol=0, atol=1e-12)


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(ALL), st.floats(1e-10, 6.0), st.integers(1, 9))
def test_adds_up_over_wide_magnitudes(seed, name, spread, count):
    rng = np.random.default_rng(seed)
    scale = 10.0 ** rng.uniform(-12, 12)
    data = {k: scale * np.exp(rng.normal(size=count)) for k in SIX}
    data["p1"] = data["p0"] * np.exp(spread * rng.normal(size=count))
    index, points = call(name, data)
    # unit_value takes away and adds parts far larger than the change; so may wild prices
    assert abs(points.sum() - (index - 1)) <= 1e-12 * (1 + np.abs(points).sum())


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(-4, 4), st.floats(1e-8, 3.0))
def test_means_of_any_order(seed, order, spread):
    rng = np.random.default_rng(seed)
    x, weight = np.exp(spread * rng.normal(size=7)), rng.uniform(0, 1, size=7)
    points = contributions.of_mean(x, order, weight=weight)
    assert abs(points.sum() - (generalized_mean(x, order, weight=weight) - 1)) <= 1e-12 * (1 + np.abs(points).sum())


def test_no_change_one_item_no_match_nothing():
    for name in ALL:
        data = {k: np.array([2.0, 3.0]) for k in SIX}
        assert_allclose(call(name, data)[1], 0, atol=1e-15)
        one = {k: np.array([3.0]) for k in SIX} | {"p1": np.array([4.5])}
        assert_allclose(call(name, one)[1], [0.5], rtol=1e-12)
        none = {k: np.array([1.0, np.nan]) if k == "p0" else np.array([np.nan, 1.0]) for k in SIX}
        assert np.isnan(call(name, none)[1]).all()
        assert call(name, {k: np.array([]) for k in SIX})[1].shape == (0,)
    weightless = contributions.bilateral("laspeyres", p0=[1.0, 1.0], p1=[2.0, 2.0], q0=[0.0, 0.0])
    assert np.isnan(weightless).all()
    # nothing left of a move there and back but the last digit
    tiny = contributions.bilateral("jevons", p0=[1.0, 1.0], p1=[2.0, 0.5])
    assert_allclose(tiny.sum(), 0, atol=1e-15)
    assert_allclose(tiny, [1 / 3, -1 / 3], rtol=1e-12)


def test_labels_stay_and_arrays_are_not_changed():
    data = {k: pd.Series(v, index=list("abcdef")) for k, v in SIX.items()}
    before = {k: v.copy() for k, v in data.items()}
    points = contributions.bilateral("fisher", **data)
    assert isinstance(points, pd.Series) and points.index.tolist() == list("abcdef") and points.name == "points"
    assert_allclose(points, contributions.bilateral("fisher", **SIX), rtol=1e-15)
    assert all(data[k].equals(before[k]) for k in data)
    # what a formula does not take is not looked at
    wrong = contributions.bilateral("jevons", **(SIX | {"q0": np.full(6, np.nan)}))
    assert_allclose(wrong, contributions.bilateral("jevons", p0=P0, p1=P1), rtol=1e-15)


def test_units_do_not_matter():
    gram = np.array([1, 10, 0.1, 1000, 5, 7.0])
    other = {k: v / gram if k[0] == "p" else v * gram for k, v in SIX.items()}
    # dutot, the unit value and quantity relatives with equal weights depend on units, as the indices do
    for name in sorted(set(ALL) - {"dutot", "unit_value"}):
        assert_allclose(call(name, other)[1], call(name, SIX)[1], rtol=1e-11, err_msg=name)


@pytest.mark.parametrize("name", TWO)
def test_the_two_ways_differ_but_little(name):
    ways = [contributions.bilateral(name, **SIX, method=m) for m in ("van_ijzeren", "reinsdorf")]
    assert 1e-9 < np.abs(ways[0] - ways[1]).max() < 0.02


def test_refusals():
    with pytest.raises(UsageError, match="did you mean 'fisher'"):
        contributions.bilateral("fischer", p0=P0, p1=P1)
    with pytest.raises(UsageError, match="fisher needs q0, q1"):
        contributions.bilateral("fisher", p0=P0, p1=P1)
    with pytest.raises(UsageError, match="lloyd_moulton needs sigma"):
        contributions.bilateral("lloyd_moulton", p0=P0, p1=P1, q0=Q0)
    with pytest.raises(UsageError, match="does not take sigma"):
        contributions.bilateral("jevons", p0=P0, p1=P1, sigma=1.0)
    with pytest.raises(UsageError, match="did you mean 'reinsdorf'"):
        contributions.bilateral("fisher", **SIX, method="reinsdorff")
    with pytest.raises(UsageError, match="sigma between 0 and 1"):
        contributions.bilateral("ag_mean", p0=P0, p1=P1, q0=Q0, sigma=1.5, method="reinsdorf")
    assert_allclose(
        contributions.bilateral("ag_mean", p0=P0, p1=P1, q0=Q0, sigma=1.5).sum(),
        bilateral.ag_mean(p0=P0, p1=P1, q0=Q0, sigma=1.5) - 1,
    )
    with pytest.raises(UsageError, match="same sign"):
        contributions.bilateral("stuvel", **SIX, a=1.0, b=-1.0)
    with pytest.raises(UsageError, match="finite"):
        contributions.of_mean(P1, np.inf)
    with pytest.raises(PriceError, match="above 0"):
        contributions.bilateral("jevons", p0=P0, p1=-P1)
    with pytest.raises(ShapeError, match="same items"):
        contributions.bilateral("jevons", p0=P0, p1=P1[:5])
