"""The absorbed regression against statsmodels with every dummy in place."""

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from statsmodels.stats.diagnostic import het_breuschpagan, linear_reset
from statsmodels.stats.outliers_influence import variance_inflation_factor

from shuibei_index.errors import PriceError, UsageError
from shuibei_index.index.hedonic import LOOSE_DIAMONDS, make_design
from shuibei_index.index.hedonic import diagnostics as checks
from shuibei_index.index.hedonic.covariance import check_kind, covariance, errors, influence, total_variance
from shuibei_index.index.hedonic.regression import ROWS, regress
from tests.index.hedonic.markets import dense, stones

TABLE, _ = stones(T=4, n=90, noise=0.15)
DESIGN = make_design(TABLE, LOOSE_DIAMONDS, np.zeros(len(TABLE), int))
X, Y, MONTH = dense(TABLE, DESIGN)
WEIGHT = TABLE["quantity"].to_numpy()
FIRM = np.unique(TABLE["enterprise_id"], return_inverse=True)[1]


def fit(weight=WEIGHT, **options):
    return regress(Y, DESIGN.matrix, MONTH, weight, names=DESIGN.names, label="all", **options)


def test_estimates_by_numpy():
    root = np.sqrt(WEIGHT)
    by_hand = np.linalg.lstsq(X * root[:, None], Y * root, rcond=None)[0]
    mine = fit()
    assert_allclose(np.concatenate([mine.effects, mine.slopes]), by_hand, rtol=1e-11)
    assert_allclose(mine.residuals, Y - X @ by_hand, rtol=0, atol=1e-12)


@pytest.mark.parametrize("weight", [np.ones(len(Y)), WEIGHT], ids=["OLS", "WLS"])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("classic", {}),
        ("HC1", {"cov_type": "HC1"}),
        ("HC3", {"cov_type": "HC3"}),
        ("cluster", {"cov_type": "cluster", "cov_kwds": {"groups": FIRM}}),
    ],
)
def test_covariances_by_statsmodels(weight, kind, options):
    theirs = sm.WLS(Y, X, weights=weight).fit(**options)
    mine = fit(weight)
    units = FIRM if kind == "cluster" else None
    among = covariance(mine, kind, units)
    assert_allclose(among, theirs.cov_params(), rtol=1e-8, atol=1e-14)
    # the same variance sale by sale, as chains of regressions need it
    effects, slopes = np.array([-1.0, 0.0, 0.5, 1.0]), np.linspace(-1, 1, len(mine.slopes))
    parts = influence(mine, errors(mine, kind, units), effects, slopes)
    whole = np.concatenate([effects, slopes])
    assert_allclose(total_variance(parts, units), whole @ among @ whole, rtol=1e-9)


@pytest.mark.parametrize("norm", ["huber", "tukey"])
def test_robust_regression_by_statsmodels(norm):
    spoilt = Y.copy()
    spoilt[::17] += 1.5
    shape = sm.robust.norms.HuberT() if norm == "huber" else sm.robust.norms.TukeyBiweight()
    theirs = sm.RLM(spoilt, X, M=shape).fit(maxiter=500, tol=1e-11, conv="coefs")
    mine = regress(spoilt, DESIGN.matrix, MONTH, np.ones(len(Y)), names=DESIGN.names, label="all", norm=norm)
    assert_allclose(np.concatenate([mine.effects, mine.slopes]), theirs.params, rtol=1e-6)
    assert (mine.weight[::17] < 0.5).all()
    ratio = np.sqrt(np.diag(covariance(mine, "HC1"))) / theirs.bse
    assert ratio.min() > 0.7 and ratio.max() < 1.4 and abs(ratio.mean() - 1) < 0.1


def test_diagnostics_by_statsmodels():
    ones = np.ones(len(Y))
    mine, theirs = fit(ones), sm.OLS(Y, X).fit()
    constant = np.column_stack([ones, X[:, 1:]])  # spans the same; statsmodels wants to see a constant
    assert_allclose(checks.r_squared(mine), (theirs.rsquared, theirs.rsquared_adj), rtol=1e-10)
    assert_allclose(checks.breusch_pagan(mine), het_breuschpagan(theirs.resid, constant)[:2], rtol=1e-7)
    reset = linear_reset(theirs, power=3, use_f=True)
    assert_allclose(checks.ramsey_reset(mine), (reset.fvalue, reset.pvalue), rtol=1e-6)
    influence_ = theirs.get_influence()
    assert_allclose(mine.leverage(), influence_.hat_matrix_diag, rtol=1e-8)
    assert_allclose(checks.cook(mine), influence_.cooks_distance[0], rtol=1e-7)
    within = DESIGN.matrix - X[:, :4] @ np.linalg.lstsq(X[:, :4], DESIGN.matrix, rcond=None)[0]
    assert_allclose(mine.inflation[0], variance_inflation_factor(within, 0, standardize=False), rtol=1e-8)
    assert_allclose(mine.statsmodels().params, theirs.params, rtol=1e-9)


def test_units_of_measurement_do_not_cost_digits():
    table = TABLE.assign(mg=TABLE["stone_carat"] * 2e8)
    log = np.log(table["mg"].to_numpy())
    z = np.column_stack([table["mg"] + 1e9, log])
    mine = regress(Y, z, MONTH, np.ones(len(Y)), names=("mg", "log"), label="all")
    plain = regress(Y, np.column_stack([TABLE["stone_carat"], log]), MONTH, np.ones(len(Y)),
                    names=("ct", "log"), label="all")  # fmt: skip
    assert_allclose(mine.residuals, plain.residuals, rtol=0, atol=1e-9)


def test_more_rows_than_a_chunk():
    repeats = ROWS // len(Y) + 2
    y, z, month = np.tile(Y, repeats), np.tile(DESIGN.matrix, (repeats, 1)), np.tile(MONTH, repeats)
    many = regress(y, z, month, np.ones(len(y)), names=DESIGN.names, label="all")
    assert_allclose(many.slopes, fit(np.ones(len(Y))).slopes, rtol=1e-10)


def test_what_cannot_be_told_apart_is_named():
    ones, log = np.ones(len(Y)), DESIGN.matrix[:, 0]
    with pytest.raises(PriceError, match=r"without variation within any month.*'gold price'"):
        regress(Y, np.column_stack([log, MONTH * 2.0]), MONTH, ones, names=("size", "gold price"), label="2024")
    with pytest.raises(PriceError, match=r"told apart in 2024: 2 \('size', 'twice'\)"):
        regress(Y, np.column_stack([log, 2 * log + 1]), MONTH, ones, names=("size", "twice"), label="2024")
    with pytest.raises(PriceError, match="3 sales in 2024-01 for 3 parameters"):
        regress(Y[:3], DESIGN.matrix[:3, :2], np.zeros(3, int), ones[:3], names=("a", "b"), label="2024-01")
    with pytest.raises(PriceError, match="lie exactly on the regression"):
        regress(log * 2, log[:, None], MONTH, ones, names=("size",), label="2024", norm="huber")
    with pytest.raises(UsageError, match="did you mean 'huber'"):
        fit(norm="hubert")


def test_covariances_that_do_not_fit():
    for kind, cluster, norm in (("HC2", None, None), ("cluster", None, None), ("classic", None, "huber"),
                                ("cluster", np.zeros(3, int), None)):  # fmt: skip
        with pytest.raises(UsageError):
            check_kind(kind, cluster, norm)
