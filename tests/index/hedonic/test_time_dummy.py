"""The time dummy method: by hand with numpy, against the multilateral module, and what it must not depend on."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index.hedonic import LOOSE_DIAMONDS, Characteristics, Grade, Measure, make_design, time_dummy_index
from shuibei_index.index.multilateral import time_dummy_hedonic
from tests.index.hedonic.markets import dense, stones

TABLE, TRUTH = stones(noise=0.1, shift=0.03)


@pytest.mark.parametrize("window", ["pooled", "adjacent"])
def test_true_movement_though_stones_grow_larger(window):
    table, truth = stones(shift=0.05)
    found = time_dummy_index(table, LOOSE_DIAMONDS, window=window)
    assert_allclose(found.levels, truth, rtol=1e-11)
    mean = table.groupby("period")["price"].mean().to_numpy()
    assert abs(mean[-1] / mean[0] / truth[-1] - 1) > 0.3  # what an average price would say


def test_pooled_by_lstsq_and_robust_errors_of_statsmodels():
    found = time_dummy_index(TABLE, LOOSE_DIAMONDS, weights="equal", covariance="HC3")
    X, y, _ = dense(TABLE, make_design(TABLE, LOOSE_DIAMONDS, np.zeros(len(TABLE), int)))
    by_hand = np.linalg.lstsq(X, y, rcond=None)[0][:6]
    assert_allclose(found.levels, np.exp(by_hand - by_hand[0]), rtol=1e-11)
    with_constant = np.column_stack([np.ones(len(y)), X[:, 1:]])
    assert_allclose(found.errors[1:], sm.OLS(y, with_constant).fit(cov_type="HC3").bse[1:6], rtol=1e-8)
    assert found.errors[0] == 0.0
    assert_allclose(found.high / found.levels, found.levels / found.low, rtol=1e-12)


def test_adjacent_months_by_lstsq():
    found = time_dummy_index(TABLE, LOOSE_DIAMONDS, weights="equal", window="adjacent")
    months, level = sorted(TABLE["period"].unique()), [1.0]
    for before, after in pairwise(months):
        two = TABLE[TABLE["period"].isin([before, after])]
        X, y, _ = dense(two, make_design(two, LOOSE_DIAMONDS, np.zeros(len(two), int)))
        effects = np.linalg.lstsq(X, y, rcond=None)[0]
        level.append(level[-1] * np.exp(effects[1] - effects[0]))
    assert_allclose(found.levels, level, rtol=1e-10)
    two_months = TABLE[TABLE["period"] < "2024-03"]
    pooled, chained = (time_dummy_index(two_months, LOOSE_DIAMONDS, window=w) for w in ("pooled", "adjacent"))
    assert_allclose(chained.errors, pooled.errors, rtol=1e-9)


@pytest.mark.parametrize("weights", ["shares", "values", "equal"])
def test_agrees_with_the_multilateral_module(weights):
    rng = np.random.default_rng(3)
    T, N = 5, 60
    traits = pd.DataFrame({"mm": rng.lognormal(2, 0.3, N), "c": rng.choice(list("DEFG"), N)})
    p = np.exp(0.1 * np.arange(T)[:, None] + traits["mm"].to_numpy() + 0.1 * rng.standard_normal((T, N)))
    q = rng.lognormal(0, 1, (T, N))
    p[rng.random((T, N)) < 0.4] = np.nan
    t, n = np.nonzero(~np.isnan(p))
    long = traits.iloc[n].assign(period=[f"2024-0{k + 1}" for k in t], price=p[t, n], quantity=q[t, n])
    found = time_dummy_index(
        long, Characteristics((Measure("mm", "linear"), Grade("c", "colour", fewest=1))), weights=weights
    )
    assert_allclose(found.levels, time_dummy_hedonic(p, q, traits, weights=weights), rtol=1e-12)


def test_shuffled_renamed_and_in_grams_is_the_same():
    plain = time_dummy_index(TABLE, LOOSE_DIAMONDS)
    other = TABLE.sample(frac=1, random_state=1)
    other["stone_colour"] = other["stone_colour"].str.lower()
    other["stone_clarity"] = other["stone_clarity"] + "级"
    other["amount"] = other["price"] * other["quantity"]
    again = time_dummy_index(other.drop(columns="price"), LOOSE_DIAMONDS)
    assert_allclose(again.levels, plain.levels, rtol=1e-11)
    assert_allclose(again.errors, plain.errors, rtol=1e-9, atol=1e-14)
    scaled = Characteristics((Measure("g"), *LOOSE_DIAMONDS.terms[1:]))
    plain = time_dummy_index(TABLE, Characteristics((Measure("stone_carat"), *LOOSE_DIAMONDS.terms[1:])))
    grams = time_dummy_index(TABLE.assign(g=TABLE["stone_carat"] * 0.2, price=TABLE["price"] * 1e9), scaled)
    assert_allclose(grams.levels, plain.levels, rtol=1e-11)


def test_kennedys_correction_and_robust_regression():
    plain = time_dummy_index(TABLE, LOOSE_DIAMONDS)
    corrected = time_dummy_index(TABLE, LOOSE_DIAMONDS, bias_correction="kennedy")
    assert_allclose(corrected.levels, plain.levels * np.exp(-(plain.errors**2) / 2), rtol=1e-13)
    spoilt = TABLE.assign(price=np.where(np.arange(len(TABLE)) % 29 == 28, TABLE["price"] * 50, TABLE["price"]))
    spoilt.loc[spoilt["period"] > "2024-04", "price"] *= np.where(spoilt["quantity"][320:] == 1, 10.0, 1.0)
    off = [np.abs(np.log(time_dummy_index(spoilt, LOOSE_DIAMONDS, weights="equal", norm=norm).levels / TRUTH)).max()
           for norm in (None, "huber", "tukey")]  # fmt: skip
    assert off[2] < off[1] < off[0] / 2 and off[2] < 0.08


def test_bands_cover_the_truth():
    inside = []
    for seed in range(40):
        table, truth = stones(T=5, n=40, seed=seed, noise=0.2)
        found = time_dummy_index(table, LOOSE_DIAMONDS, weights="equal", covariance="HC3")
        inside.append((found.low <= truth) & (truth <= found.high))
    assert 0.90 <= np.mean(np.array(inside)[:, 1:]) <= 0.998


def test_clusters_widen_the_band_where_firms_move_together():
    rng = np.random.default_rng(5)
    firm = np.unique(TABLE["enterprise_id"], return_inverse=True)[1]
    month = np.unique(TABLE["period"], return_inverse=True)[1]
    common = rng.normal(0, 0.2, (8, 6))[firm, month]
    together = TABLE.assign(price=TABLE["price"] * np.exp(common))
    alone = time_dummy_index(together, LOOSE_DIAMONDS)
    clustered = time_dummy_index(together, LOOSE_DIAMONDS, covariance="cluster", cluster="enterprise_id")
    assert_allclose(clustered.levels, alone.levels, rtol=1e-13)
    assert (clustered.errors[1:] > 1.5 * alone.errors[1:]).mean() > 0.5


def test_a_month_without_sales_is_nan():
    gap = TABLE[TABLE["period"] != "2024-03"]
    for window in ("pooled", "adjacent"):
        found = time_dummy_index(gap, LOOSE_DIAMONDS, window=window)
        assert np.isnan(found.levels).tolist() == [False, False, True, False, False, False]
        assert found.counts[2] == 0
    one = time_dummy_index(TABLE[TABLE["period"] == "2024-01"], LOOSE_DIAMONDS)
    assert one.levels.tolist() == [1.0] and one.errors.tolist() == [0.0]


def test_input_is_left_alone_and_periods_may_be_dates():
    before = TABLE.copy(deep=True)
    plain = time_dummy_index(TABLE, LOOSE_DIAMONDS)
    pd.testing.assert_frame_equal(TABLE, before)
    dates = TABLE.assign(period=pd.to_datetime(TABLE["period"]))
    periods = TABLE.assign(period=pd.PeriodIndex(TABLE["period"], freq="M"))
    for table in (dates, periods):
        assert time_dummy_index(table, LOOSE_DIAMONDS).months == plain.months


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"price": -1.0}, PriceError, "price must be above 0; it is -1 in row 0 and not above 0 in 480 rows"),
        ({"price": np.nan}, PriceError, r"gaps in 1 \('price'\) of 480 of 480 rows.*missing='drop'"),
        ({"stone_colour": None}, PriceError, "gaps in"),
        ({"period": "2024-13"}, UsageError, "is not a month"),
        ({"amount": 5.0}, PriceError, "price × quantity is not the amount in"),
    ],
)
def test_data_that_cannot_be(change, error, message):
    with pytest.raises(error, match=message):
        time_dummy_index(TABLE.assign(**change), LOOSE_DIAMONDS)


def test_gaps_may_be_dropped_and_are_counted():
    holes = TABLE.copy()
    holes.loc[[3, 7], "stone_cut"] = None
    found = time_dummy_index(holes, LOOSE_DIAMONDS, missing="drop")
    assert found.sales.dropped.to_dict("list") == {"column": ["stone_cut"], "n": [2]}
    assert found.counts.sum() == len(TABLE) - 2
    with pytest.raises(ShapeError, match="no sales to regress"):
        time_dummy_index(holes.assign(price=np.nan), LOOSE_DIAMONDS, missing="drop")


def test_wrong_use():
    with pytest.raises(ShapeError, match=r"no column 'stone_colour'.*did you mean 'stone_color'"):
        time_dummy_index(TABLE.rename(columns={"stone_colour": "stone_color"}), LOOSE_DIAMONDS)
    with pytest.raises(ShapeError, match="needs the column price"):
        time_dummy_index(TABLE.drop(columns="price"), LOOSE_DIAMONDS)
    for wrong in ({"window": "rolling"}, {"weights": "share"}, {"bias_correction": "jensen"}, {"missing": "skip"},
                  {"covariance": "HC2"}, {"covariance": "cluster"}):  # fmt: skip
        with pytest.raises(UsageError):
            time_dummy_index(TABLE, LOOSE_DIAMONDS, **wrong)
    with pytest.raises(UsageError, match="needs the quantity"):
        time_dummy_index(TABLE.drop(columns="quantity"), LOOSE_DIAMONDS, weights="shares")
