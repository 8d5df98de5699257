"""GEKS over imputed panels against weighted least squares by statsmodels and prices imputed one by one."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index import Extender, extend, geks, imputed_geks, time_dummy_hedonic
from shuibei_index.index.hedonic import Characteristics, Measure, imputation_index
from shuibei_index.index.multilateral import fits
from shuibei_index.index.multilateral.imputed import FORMULAS, IMPUTATIONS, imputed_logs

NAN = float("nan")


def market(months=6, items=40, seed=3, noise=0.2):
    """Items entering and leaving, three characteristics, and the true movement."""
    rng = np.random.default_rng(seed)
    z = np.column_stack([rng.normal(1, 0.5, items), rng.integers(0, 2, items), rng.normal(8, 3, items)]).astype(float)
    truth = np.exp(np.concatenate([[0.0], rng.normal(0, 0.1, months - 1).cumsum()]))
    p = truth[:, None] * np.exp(3 + z @ [1.5, 0.3, -0.1] + noise * rng.standard_normal((months, items)))
    q = rng.lognormal(1, 1, (months, items))
    begins, stays = rng.integers(-3, months, items), rng.integers(2, 6, items)
    t = np.arange(months)[:, None]
    p[(t < begins) | (t >= begins + stays)] = NAN
    return p, q, z, truth


def wls(y, z, weights, extra=None):
    columns = [np.ones(len(y)), z] if extra is None else [np.ones(len(y)), extra, z]
    return sm.WLS(y, np.column_stack(columns), weights=weights).fit().params


def month_shares(p, q, t, bilateral):
    value = np.where(np.isnan(p[t]), 0.0, 1.0 if bilateral == "jevons" else p[t] * q[t])
    return value / value.sum()


def pair_regression(p, q, z, a, b, bilateral="tornqvist"):
    """R's ITRYGEKS_t: a row a price, the weight half the sum of the item's shares in both months."""
    shares = (month_shares(p, q, a, bilateral) + month_shares(p, q, b, bilateral)) / 2
    rows = [(t, i) for t in (a, b) for i in np.flatnonzero(~np.isnan(p[t]))]
    y = np.array([np.log(p[t, i]) for t, i in rows])
    late = np.array([float(t == b) for t, i in rows])
    return wls(y, z[[i for _, i in rows]], [shares[i] for _, i in rows], late)


def slow(p, q, z, a, b, bilateral, imputation):
    """Log index from month a to month b: every price looked up or imputed by itself."""
    fit = {}
    if imputation == "time_dummy":
        constant, month, *slopes = pair_regression(p, q, z, a, b, bilateral)
        fit[a], fit[b] = (constant, slopes), (constant + month, slopes)
    else:
        for t in (a, b):
            own = np.flatnonzero(~np.isnan(p[t]))
            constant, *slopes = wls(np.log(p[t, own]), z[own], month_shares(p, q, t, bilateral)[own])
            fit[t] = constant, slopes

    def price(i, t, other):
        seen, matched = not np.isnan(p[t, i]), not np.isnan(p[t, i]) and not np.isnan(p[other, i])
        if imputation != "full" and (matched or (seen and imputation != "double")):
            return p[t, i]
        return float(np.exp(fit[t][0] + z[i] @ np.array(fit[t][1])))

    sides = []
    for own, other in ((a, b), (b, a)):
        items = np.flatnonzero(~np.isnan(p[own]))
        if bilateral == "fisher":
            above = sum(q[own, i] * price(i, other, own) for i in items)
            sides.append(np.log(above / sum(q[own, i] * price(i, own, other) for i in items)))
        else:
            share = month_shares(p, q, own, bilateral)
            sides.append(sum(share[i] * np.log(price(i, other, own) / price(i, own, other)) for i in items))
    return (sides[0] - sides[1]) / 2


def slow_geks(p, q, z, bilateral, imputation):
    months = range(len(p))
    logs = [[slow(p, q, z, a, b, bilateral, imputation) if a != b else 0.0 for b in months] for a in months]
    levels = np.mean(logs, axis=0)
    return np.exp(levels - levels[0])


@pytest.mark.parametrize("imputation", IMPUTATIONS)
@pytest.mark.parametrize("bilateral", FORMULAS)
def test_as_with_every_price_imputed_by_itself(bilateral, imputation):
    # where there are many characteristics for the months (the last), the sums are made in one product
    for traits, months in ((3, 4), (1, 5), (3, 2)):
        p, q, z, _ = market(months, items=30)
        found = imputed_geks(p, q, z[:, :traits], bilateral=bilateral, imputation=imputation)
        assert_allclose(found, slow_geks(p, q, z[:, :traits], bilateral, imputation), rtol=1e-11)


def test_the_coefficient_of_the_month_is_the_tornqvist_index():
    p, q, z, _ = market()
    logs = imputed_logs(p, q, z, "tornqvist", "time_dummy")
    assert_allclose(logs, -logs.T, rtol=0, atol=0)
    for a, b in ((0, 1), (1, 4), (0, 5)):
        assert_allclose(logs[a, b], pair_regression(p, q, z, a, b)[1], rtol=1e-10)
        assert_allclose(logs[a, b], slow(p, q, z, a, b, "tornqvist", "time_dummy"), rtol=1e-10)


@pytest.mark.parametrize("imputation", IMPUTATIONS)
@pytest.mark.parametrize("bilateral", FORMULAS)
def test_prices_that_follow_the_characteristics_give_the_movement(bilateral, imputation):
    p, q, z, truth = market(noise=0.0, items=80)
    assert_allclose(imputed_geks(p, q, z, bilateral=bilateral, imputation=imputation), truth, rtol=1e-12)


@pytest.mark.parametrize("bilateral", FORMULAS)
def test_without_coming_and_going_it_is_geks(bilateral):
    rng = np.random.default_rng(5)
    p, q, z = rng.lognormal(2, 1, (5, 12)), rng.lognormal(0, 1, (5, 12)), rng.normal(size=(12, 2))
    for imputation in IMPUTATIONS[:3]:
        found = imputed_geks(p, q, z, bilateral=bilateral, imputation=imputation)
        assert_allclose(found, geks(p, q, bilateral), rtol=1e-12)
    # even where there are more characteristics than items: nothing is imputed
    for imputation in IMPUTATIONS[:3]:
        found = imputed_geks(p, q, rng.normal(size=(12, 20)), bilateral=bilateral, imputation=imputation)
        assert_allclose(found, geks(p, q, bilateral), rtol=1e-12)


@pytest.mark.parametrize("imputation", ["double", "single", "full"])
@pytest.mark.parametrize("bilateral", ["tornqvist", "fisher"])
def test_two_months_agree_with_the_hedonic_room(bilateral, imputation):
    p, q, z, _ = market(months=2)
    t, i = np.nonzero(~np.isnan(p))
    table = pd.DataFrame(
        {"period": np.array(["2024-01", "2024-02"])[t], "item": i, "price": p[t, i], "quantity": q[t, i]}
        | {name: np.exp(z[i, k]) for k, name in enumerate("xyz")}
    )
    found = imputation_index(
        table,
        Characteristics(tuple(Measure(name) for name in "xyz")),
        formula=bilateral,
        imputation=imputation,
        regression_weights="values",
        item="item",
    )
    expected = imputed_geks(p, q, z, bilateral=bilateral, imputation=imputation)
    assert_allclose(found.levels, expected, rtol=1e-11)


def test_by_hand():
    # items of 1, 2 and 4 grams; price per gram 100 then 110
    p = [[100.0, 200.0, NAN], [110.0, NAN, 440.0]]
    grams = np.log([[1.0], [2.0], [4.0]])
    for imputation in ("time_dummy", "single", "double", "full"):
        found = imputed_geks(p, [[3.0, 5.0, NAN], [1.0, NAN, 2.0]], grams, imputation=imputation)
        assert_allclose(found, [1.0, 1.1], rtol=1e-13)
    # without characteristics, equal shares: mean log price after mean log price, the matched item's weight doubled
    p = [[1.0, 4.0, NAN], [2.0, NAN, 8.0]]
    before, after = np.log(4) / 3, (2 * np.log(2) + np.log(8)) / 3
    assert_allclose(imputed_geks(p, bilateral="jevons"), [1.0, np.exp(after - before)], rtol=1e-14)


def test_what_regressions_cannot_tell_is_bridged_or_missing():
    # heavy goods only in month 2, light ones only in months 1 and 3: no pair with month 2 can be compared
    p = [[1.0, 2.0, NAN, NAN], [NAN, NAN, 5.0, 6.0], [2.0, 4.0, NAN, NAN]]
    heavy = [[0.0], [0.0], [1.0], [1.0]]
    for imputation in IMPUTATIONS:
        found = imputed_geks(p, None, heavy, bilateral="jevons", imputation=imputation)
        assert_allclose(found, [1.0, NAN, 2.0], rtol=1e-13)
    # a new grade beside matched goods: regressions of single months cannot price it before it came
    p = [[1.0, 2.0, NAN], [2.0, 4.0, NAN], [3.0, 6.0, 7.0]]
    grade = [[0.0], [0.0], [1.0]]
    assert_allclose(imputed_geks(p, None, grade, bilateral="jevons"), [1.0, 2.0, 3.0], rtol=1e-13)
    found = imputed_geks(p, None, grade, bilateral="jevons", imputation="double")
    assert_allclose(found, [1.0, 2.0, NAN], rtol=1e-13)
    # the pair of months 1 and 3 has no index; month 2 has both grades and bridges them
    p = [[1.0, NAN, NAN], [2.0, NAN, 9.0], [NAN, 5.0, 12.0]]
    grade = [[0.0], [0.0], [1.0]]
    logs = imputed_logs(np.array(p), None, np.array(grade), "jevons", "full")
    assert np.isnan(logs[0, 2]) and np.isnan(logs[0, 1]) and not np.isnan(logs[1, 2])
    logs = imputed_logs(np.array(p), None, np.array(grade), "jevons", "time_dummy")
    assert not np.isnan(logs).any()


def test_months_without_sales_and_quantities_of_nought():
    p, q, z, _ = market()
    p[2] = NAN
    q[4] = 0.0
    kept = [0, 1, 3, 5]
    for imputation in IMPUTATIONS:
        for bilateral in ("tornqvist", "fisher"):
            found = imputed_geks(p, q, z, bilateral=bilateral, imputation=imputation)
            expected = imputed_geks(p[kept], q[kept], z, bilateral=bilateral, imputation=imputation)
            assert_allclose(found[kept], expected, rtol=1e-12)
            assert np.isnan(found[[2, 4]]).all()
    p[0] = NAN
    assert np.isnan(imputed_geks(p, q, z)).all()


@pytest.mark.parametrize("imputation", IMPUTATIONS)
@pytest.mark.parametrize("bilateral", FORMULAS)
def test_units_repeated_characteristics_and_blocks_do_not_matter(bilateral, imputation, monkeypatch):
    p, q, z, _ = market()
    before = p.copy(), q.copy(), z.copy()
    expected = imputed_geks(p, q, z, bilateral=bilateral, imputation=imputation)
    odd = np.column_stack([1e6 + z[:, 0] * 1e3, z[:, 1:], z[:, 1] - z[:, 2], np.ones(len(z))])
    found = imputed_geks(p * 1e6, q * np.arange(1, 7)[:, None], odd, bilateral=bilateral, imputation=imputation)
    assert_allclose(found, expected, rtol=1e-10)
    monkeypatch.setattr(fits, "HELD", 300)
    assert_allclose(imputed_geks(p, q, z, bilateral=bilateral, imputation=imputation), expected, rtol=1e-12)
    for mine, kept in zip((p, q, z), before, strict=True):
        np.testing.assert_array_equal(mine, kept)


def test_frames_are_matched_by_label():
    p, q, z, _ = market()
    names = [f"d{k}" for k in range(p.shape[1])]
    frame = pd.DataFrame(p, columns=names)
    traits = pd.DataFrame({"carat": z[:, 0], "grade": np.where(z[:, 1] > 0, "VVS1", "SI1"), "w": z[:, 2]}, index=names)
    expected = imputed_geks(p, q, z)
    assert_allclose(imputed_geks(frame, q, traits.sample(frac=1, random_state=1)), expected, rtol=1e-12)
    extended = extend(frame, q, "imputed_geks", window=4, characteristics=traits[::-1])
    assert_allclose(extended, extend(p, q, "imputed_geks", window=4, characteristics=z), rtol=1e-12)


@pytest.mark.parametrize("imputation", IMPUTATIONS)
def test_windows_are_extended(imputation):
    p, q, z, _ = market(months=9)
    chosen = {"bilateral": "fisher", "imputation": imputation}
    found = extend(p, q, "imputed_geks", window=5, characteristics=z, **chosen)
    expected = imputed_geks(p[:5], q[:5], z, **chosen)
    for t in range(5, 9):
        new = imputed_geks(p[t - 4 : t + 1], q[t - 4 : t + 1], z, **chosen)
        expected = np.append(expected, expected[-1] * new[-1] / new[-2])
    assert_allclose(found, expected, rtol=1e-12)
    whole = extend(p, q, "imputed_geks", window=13, characteristics=z, **chosen)
    assert_allclose(whole, imputed_geks(p, q, z, **chosen), rtol=1e-12)


def test_windows_of_the_time_dummy_index_are_extended():
    p, q, z, truth = market(months=9)
    found = extend(p, q, "time_dummy_hedonic", window=5, splice="window", on="published", characteristics=z)
    expected = time_dummy_hedonic(p[:5], q[:5], z)
    for t in range(5, 9):
        new = time_dummy_hedonic(p[t - 4 : t + 1], q[t - 4 : t + 1], z)
        expected = np.append(expected, expected[t - 4] * new[-1])
    assert_allclose(found, expected, rtol=1e-12)
    p, _, z, truth = market(months=9, noise=0.0)
    for splice in ("movement", "mean", "fbew", "fbmw"):
        found = extend(p, None, "time_dummy_hedonic", window=4, splice=splice, characteristics=z)
        assert_allclose(found, truth, rtol=1e-12)


def test_faults_are_named():
    p, q, z, _ = market()
    with pytest.raises(UsageError, match="unknown bilateral formula 'walsh' on imputed panels"):
        imputed_geks(p, q, z, bilateral="walsh")
    with pytest.raises(UsageError, match="did you mean 'double'"):
        imputed_geks(p, q, z, imputation="duoble")
    with pytest.raises(UsageError, match="needs quantities"):
        imputed_geks(p, None, z)
    with pytest.raises(ShapeError, match="characteristics of 39 items but prices of 40"):
        imputed_geks(p, q, z[1:])
    with pytest.raises(PriceError, match="gaps"):
        imputed_geks(p, q, np.where(z > 12, NAN, z))
    with pytest.raises(UsageError, match="needs characteristics"):
        extend(p, q, "imputed_geks")
    with pytest.raises(UsageError, match="not `Extender`"):
        Extender(p, q, method="time_dummy_hedonic", window=4)
    with pytest.raises(UsageError, match="makes no use of characteristics"):
        extend(p, q, "wtpd", characteristics=z)
    with pytest.raises(UsageError, match="on imputed panels"):
        extend(p, q, "imputed_geks", "walsh", characteristics=z)
