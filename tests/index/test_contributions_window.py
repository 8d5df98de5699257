"""Contributions to multilateral indices: they add up, published results, naive double sums, unlinked months."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index import bilateral, contributions
from shuibei_index.index import multilateral as ml
from tests.index.test_multilateral_golden import read

LEVELS = {"ccdi": ml.ccdi, "tpd": ml.tpd, "wtpd": ml.wtpd, "geary_khamis": ml.geary_khamis}
FORMULAS = ["tornqvist", "fisher", "walsh", "jevons", "dutot", "marshall_edgeworth", "geo_walsh", "stuvel", "paasche",
            "sato_vartia", "davies", "montgomery_vartia", bilateral.laspeyres, bilateral.unit_value]  # fmt: skip


def panel(seed, months=7, items=12, missing=0.3, spread=1.0):
    rng = np.random.default_rng(seed)
    p, q = (np.exp(spread * rng.normal(size=(months, items))) for _ in range(2))
    p[rng.random(p.shape) < missing] = np.nan
    return p, q


def adds_up(points, levels, start, end):
    change = levels[end] / levels[start] - 1
    if np.isnan(change):
        assert np.isnan(points).all()
        return
    known = points[~np.isnan(points)]
    assert abs(known.sum() - change) <= 1e-12 * (1 + np.abs(known).sum())


@pytest.mark.parametrize("missing", [0.0, 0.3, 0.75])
@pytest.mark.parametrize("formula", FORMULAS)
def test_geks_of_every_formula_adds_up(formula, missing):
    p, q = panel(5, missing=missing)
    levels = ml.geks(p, q, formula)
    for start, end in ((0, -1), (3, 2), (4, 4)):
        adds_up(contributions.multilateral(p, q, "geks", formula, start=start, end=end), levels, start, end)


@settings(max_examples=40)
@given(
    st.integers(0, 10**6),
    st.sampled_from(sorted(LEVELS)),
    st.sampled_from([0.0, 0.5, 0.85]),
    st.floats(1e-9, 3.0),
    st.integers(1, 6),
)
def test_other_methods_add_up(seed, method, missing, spread, items):
    p, q = panel(seed, items=items, missing=missing, spread=spread)
    levels = LEVELS[method](p, q)
    # months linked to each other, but not to the first, have contributions and no levels
    assume(not np.isnan(levels[1]))
    adds_up(contributions.multilateral(p, q, method, start=1, end=4), levels, 1, 4)


def test_published_decompositions_of_the_fruit_data():
    # April to May 1973, whole window of 48 months: factors printed in the help pages of the R packages GEKSdecomp and
    # TPDdecomp, written after Webster and Tarnow-Mordi (2019); three decimals, the first three items of TPDdecomp
    p, q = read("multilateral_turvey")
    for method, expected in (
        ("geks", {"Apples": 1.035, "Grapes": 0.998, "Oranges": 1.017, "Strawberries": 1.034, "Peaches": 1.0}),
        ("wtpd", {"Apples": 1.039, "Grapes": 1.017, "Oranges": 0.997}),
    ):
        points = contributions.multilateral(p, q, method, start="1973-04-01", end="1973-05-01")
        factor = np.exp(points * np.log1p(points.sum()) / points.sum())
        assert_allclose(factor[list(expected)], list(expected.values()), atol=5.01e-4, rtol=0)


def test_ccdi_as_the_double_sum_it_is():
    p, q = panel(9, missing=0.2, items=20)
    months = range(len(p))
    logs = np.zeros(p.shape[1])
    for k in months:
        for end, sign in ((5, 1.0), (1, -1.0)):
            both = ~np.isnan(p[k]) & ~np.isnan(p[end])
            v0, v1 = p[k, both] * q[k, both], p[end, both] * q[end, both]
            share = 0.5 * (v0 / v0.sum() + v1 / v1.sum())
            logs[both] += sign * share * np.log(p[end, both] / p[k, both]) / len(p)
    found = contributions.multilateral(p, q, "ccdi", start=1, end=5)
    total = logs.sum()
    assert_allclose(found, logs * np.expm1(total) / total, rtol=1e-10, atol=1e-15)


def test_wtpd_by_regression_with_all_dummies():
    # the textbook way: what happens to the estimate when only one item's prices are left in
    p, q = panel(4, missing=0.3, items=9)
    months, items = p.shape
    t, n = np.nonzero(~np.isnan(p))
    value = np.where(np.isnan(p), 0, p * q)
    root = np.sqrt((value / value.sum(axis=1, keepdims=True))[t, n])
    x = np.zeros((len(t), months + items))
    x[np.arange(len(t)), t] = 1
    x[np.arange(len(t)), months + n] = 1
    x = np.delete(x, 0, axis=1) * root[:, None]
    logs = []
    for item in range(items):
        y = np.where(n == item, np.log(p[t, n]), 0.0) * root
        effects = np.concatenate([[0.0], np.linalg.lstsq(x, y, rcond=None)[0][: months - 1]])
        logs.append(effects[6] - effects[2])
    total = np.sum(logs)
    found = contributions.multilateral(p, q, "wtpd", start=2, end=6)
    assert_allclose(found, np.array(logs) * np.expm1(total) / total, rtol=1e-9, atol=1e-13)


def test_two_months_are_the_bilateral_index():
    p, q = panel(6, months=2, missing=0.0)
    logs = 0.5 * (p[0] * q[0] / (p[0] @ q[0]) + p[1] * q[1] / (p[1] @ q[1])) * np.log(p[1] / p[0])
    found = contributions.multilateral(p, q)
    assert_allclose(found, logs * np.expm1(logs.sum()) / logs.sum(), rtol=1e-12)


@pytest.mark.parametrize("method", ["geks", "ccdi", "tpd", "wtpd", "geary_khamis"])
def test_turned_round_the_factors_are_turned_round(method):
    p, q = panel(8)
    there, back = (contributions.multilateral(p, q, method, start=s, end=e) for s, e in ((1, 5), (5, 1)))
    factor = [x * np.log1p(np.nansum(x)) / np.nansum(x) for x in (there, back)]
    assert_allclose(factor[0], -factor[1], rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("method", ["geks", "ccdi", "tpd", "wtpd", "geary_khamis"])
def test_units_labels_and_order_do_not_matter(method):
    p, q = panel(10)
    base = contributions.multilateral(p, q, method, start=1, end=5)
    gram = 10.0 ** np.arange(-6, 6)
    assert_allclose(contributions.multilateral(p / gram, q * gram, method, start=1, end=5), base, rtol=1e-9, atol=1e-14)
    frame = pd.DataFrame(p, index=[f"2024-{m:02d}" for m in range(1, 8)])
    other = pd.DataFrame(q, index=frame.index)[frame.columns[::-1]]
    named = contributions.multilateral(frame, other, method, start="2024-02", end="2024-06")
    assert isinstance(named, pd.Series)
    assert_allclose(named, base, rtol=1e-12, atol=1e-15)


def test_items_that_do_not_matter_and_months_that_are_not_linked():
    p, q = panel(12, missing=0.0, items=4)
    p[:, 1] = np.nan
    p[1:, 2] = np.nan  # seen in one month only
    for method in ("geks", "tpd", "wtpd"):
        points = contributions.multilateral(p, q, method)
        assert np.isnan(points[1]) and points[2] == 0.0 and (points[[0, 3]] != 0).all()
    p, q = np.full((4, 3), np.nan), np.ones((4, 3))
    p[:2, 0], p[2:, 1] = [1.0, 2.0], [5.0, 7.0]
    for method in ("geks", "tpd", "wtpd", "geary_khamis"):
        assert np.isnan(contributions.multilateral(p, q, method, start=0, end=2)).all()
        assert_allclose(contributions.multilateral(p, q, method, start=2, end=3), [0, 0.4, np.nan], atol=1e-12)


def test_many_items_in_blocks():
    p, q = panel(13, months=5, items=20_000)
    points = contributions.multilateral(p, q)
    assert_allclose(np.nansum(points), ml.geks(p, q)[-1] - 1, rtol=0, atol=1e-12)
    few = contributions.multilateral(p[:, :50], q[:, :50])
    assert not np.allclose(few, points[:50], rtol=1e-3)


def test_refusals():
    p, q = panel(1)
    with pytest.raises(UsageError, match="did you mean 'wtpd'"):
        contributions.multilateral(p, q, "wtdp")
    with pytest.raises(UsageError, match="needs quantities"):
        contributions.multilateral(p, None, "wtpd")
    with pytest.raises(ShapeError, match="no month 7"):
        contributions.multilateral(p, q, end=7)
    with pytest.raises(ShapeError, match="no month '2024-01'"):
        contributions.multilateral(p, q, end="2024-01")
    with pytest.raises(UsageError, match="not known"):
        contributions.multilateral(p, q, "geks", lambda p0, p1: float(np.mean(p1 / p0)))
    with pytest.raises(PriceError, match="price values"):
        contributions.multilateral(-p, q)
