"""What multilateral indices must do on panels whose answer is known, and at the edges."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index.multilateral import ccdi, geary_khamis, geks, time_dummy_hedonic, tpd, wtpd
from shuibei_index.index.multilateral.matrices import FORMULAS, MOST, log_matrix, read_panel

NAN = float("nan")
METHODS = {
    **{f"geks {name}": (lambda p, q, name=name: geks(p, q, name)) for name in FORMULAS},
    "tpd": tpd,
    "wtpd": wtpd,
    "geary_khamis": geary_khamis,
    "geary_khamis iterative": lambda p, q: geary_khamis(p, q, solver="iterative"),
}


def noise_free(months=20, items=60, seed=1):
    """Prices that move as one, items entering and leaving, and the movement."""
    rng = np.random.default_rng(seed)
    truth = np.exp(np.concatenate([[0.0], rng.normal(0, 0.1, months - 1).cumsum()]))
    p = truth[:, None] * rng.lognormal(3, 2, items)
    q = rng.lognormal(1, 1.5, (months, items))
    enters, stays = rng.integers(0, months, items), rng.integers(2, 8, items)
    t = np.arange(months)[:, None]
    p[(t < enters - 3) | (t >= enters + stays)] = np.nan
    return p, q, truth


def panel(months=7, items=15, seed=2):
    rng = np.random.default_rng(seed)
    p, q = rng.lognormal(0, 0.5, (months, items)), rng.lognormal(0, 1, (months, items))
    p[rng.random((months, items)) < 0.3] = np.nan
    return p, q


# --- by hand -------------------------------------------------------------------------------------------------------

#: two items, two months, both sold: values 2·1, 1·4 and 4·1, 1·2
P2, Q2 = np.array([[2.0, 1.0], [4.0, 1.0]]), np.array([[1.0, 4.0], [1.0, 2.0]])
BY_HAND = {
    # item 1 doubles with shares 2/6 and 4/6: 2^(1/2)
    "tornqvist": 2**0.5,
    # Laspeyres (4 + 4)/6, Paasche 6/(2 + 2)
    "fisher": (8 / 6 * 6 / 4) ** 0.5,
    # root quantities 1 and √8
    "walsh": (4 + 8**0.5) / (2 + 8**0.5),
    "jevons": 2**0.5,
    "dutot": 5 / 3,
    "marshall_edgeworth": (8 + 6) / (6 + 4),
    # weights √(2·4) and √(4·2): one half each
    "geo_walsh": 2**0.5,
    # half difference of price and quantity Laspeyres (8/6 − 4/6)/2 = 1/3, value ratio 1
    "stuvel": 1 / 3 + (1 / 9 + 1) ** 0.5,
}


@pytest.mark.parametrize("name", FORMULAS)
def test_two_months_are_the_bilateral_index(name):
    assert_allclose(geks(P2, Q2, name), [1.0, BY_HAND[name]], rtol=1e-15)
    # an item of one month only must not move the shares of the matched ones: match first, then scale
    p, q = np.column_stack([P2, [9.0, NAN]]), np.column_stack([Q2, [50.0, NAN]])
    assert_allclose(geks(p, q, name), [1.0, BY_HAND[name]], rtol=1e-15)


def test_two_months_of_the_regressions_and_geary_khamis_by_hand():
    assert_allclose(tpd(P2), [1.0, 2**0.5], rtol=1e-15)
    # weights s0·s1/(s0 + s1): (1/3·2/3) for both items
    assert_allclose(wtpd(P2, Q2), [1.0, 2**0.5], rtol=1e-15)
    # bilateral Geary-Khamis: harmonic means of quantities 1·1/2 and 4·2/6
    assert_allclose(geary_khamis(P2, Q2), [1.0, (4 / 2 + 8 / 6) / (2 / 2 + 8 / 6)], rtol=1e-15)


def test_three_months_of_geks_by_hand():
    # Jevons of matched items: 1→2: 2, 2→3: 4 (item b), 1→3: 2·√(1·4)… = √(6·6)
    p = [[1.0, 1.0, NAN], [2.0, NAN, 1.0], [6.0, 6.0, 4.0]]
    one, two, three = np.log(2), np.log(6), np.log((3 * 4) ** 0.5)
    assert_allclose(np.log(geks(p, bilateral="jevons")), [0, (2 * one + two - three) / 3, (2 * two + one + three) / 3])


# --- truth ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [m for m in METHODS if m != "geary_khamis iterative"])
def test_a_common_movement_is_recovered_through_entry_and_exit(method):
    p, q, truth = noise_free()
    assert np.isnan(p).any(axis=0).all()  # no item is there throughout
    assert_allclose(METHODS[method](p, q), truth, rtol=1e-12)
    assert np.max(np.abs(np.nanmean(p, axis=1) / np.nanmean(p[0]) / truth - 1)) > 0.5


def test_hedonic_index_recovers_movement_though_no_item_stays():
    rng = np.random.default_rng(4)
    months, items = 8, 160
    grade, carat = rng.choice(["D", "E", "F"], items), rng.uniform(0.3, 3, items)
    truth = np.exp(np.concatenate([[0.0], rng.normal(0, 0.1, months - 1).cumsum()]))
    quality = 8 + 1.9 * np.log(carat) + pd.Series(grade).map({"D": 0.3, "E": 0.1, "F": 0.0}).to_numpy()
    p = truth[:, None] * np.exp(quality)
    p[np.arange(months)[:, None] != np.arange(items) % months] = np.nan
    q = rng.lognormal(1, 1, p.shape)
    traits = pd.DataFrame({"grade": grade, "log_carat": np.log(carat)}, index=[f"i{n}" for n in range(items)])
    frame = pd.DataFrame(p, columns=traits.index)
    for weights in ("shares", "values", "equal"):
        assert_allclose(time_dummy_hedonic(p, q, traits, weights=weights), truth, rtol=1e-12)
    shuffled = traits.sample(frac=1, random_state=1)
    assert_allclose(time_dummy_hedonic(frame, q, shuffled), truth, rtol=1e-12)


def test_hedonic_index_is_the_weighted_regression():
    p, q = panel(6, 40)
    z = np.random.default_rng(5).normal(1e6, 1e3, (40, 3)) * [1, 1e-6, 1e3]
    value = np.where(np.isnan(p), 0.0, p * q)
    month, item = np.nonzero(np.isfinite(p))
    for weights, w in (("shares", value / value.sum(axis=1, keepdims=True)), ("equal", np.ones_like(p))):
        root = np.sqrt(w[month, item])
        scaled = (z - z.mean(axis=0)) / z.std(axis=0)
        columns = np.column_stack([np.eye(6)[month], scaled[item]]) * root[:, None]
        slopes = np.linalg.lstsq(columns, np.log(p[month, item]) * root)[0][:6]
        assert_allclose(time_dummy_hedonic(p, q, z, weights=weights), np.exp(slopes - slopes[0]), rtol=1e-12)


# --- what must not matter --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [m for m in METHODS if m != "geks stuvel"])
def test_months_in_another_currency_move_by_its_rate(method):
    # Stuvel is not proportional to the prices of one month
    p, q = panel()
    rate = np.linspace(1, 3, len(p))
    assert_allclose(METHODS[method](p * rate[:, None], q), METHODS[method](p, q) * rate, rtol=1e-12)


@pytest.mark.parametrize("method", [m for m in METHODS if m != "geks dutot"])
def test_order_units_and_scale_do_not_matter(method):
    # Dutot depends on units by nature
    p, q = panel()
    expected = METHODS[method](p, q)
    order = np.random.default_rng(3).permutation(p.shape[1])
    assert_allclose(METHODS[method](p[:, order], q[:, order]), expected, rtol=1e-12)
    # grams for kilograms, item by item, over 24 orders of magnitude
    factor = 10.0 ** np.random.default_rng(3).integers(-12, 13, p.shape[1])
    assert_allclose(METHODS[method](p * factor, q / factor), expected, rtol=1e-12)
    assert_allclose(METHODS[method](p * 1e-12, q * 1e12), expected, rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_first_month_is_one_and_items_sold_nowhere_change_nothing(method):
    p, q = panel()
    expected = METHODS[method](p, q)
    assert expected[0] == 1.0 and expected.shape == (7,)
    wide = np.column_stack([p, np.full(7, NAN)]), np.column_stack([q, np.ones(7)])
    assert_allclose(METHODS[method](*wide), expected, rtol=1e-13)
    unsold = q.copy()
    unsold[2, np.flatnonzero(np.isfinite(p[2]))[0]] = NAN
    masked = np.where(np.isnan(unsold), NAN, p)
    assert_allclose(METHODS[method](p, unsold), METHODS[method](masked, q), rtol=1e-13)


@pytest.mark.parametrize("method", ["geks tornqvist", "geks fisher", "wtpd", "tpd", "geary_khamis"])
def test_the_size_of_blocks_does_not_matter(method, monkeypatch):
    p, q = panel(5, MOST + 3)
    expected = METHODS[method](p, q)
    monkeypatch.setattr("shuibei_index.index.multilateral.matrices.MOST", 100)
    assert_allclose(METHODS[method](p, q), expected, rtol=1e-12)


def test_frames_go_by_label_and_callers_data_stay_as_they_are():
    p, q = panel()
    months, items = [f"2025-{m:02d}" for m in range(1, 8)], [f"i{n}" for n in range(15)]
    fp, fq = pd.DataFrame(p, months, items), pd.DataFrame(q, months, items)
    before = fp.copy(), fq.copy()
    assert_allclose(ccdi(fp, fq[items[::-1]]), geks(p, q), rtol=1e-15)
    pd.testing.assert_frame_equal(fp, before[0])
    pd.testing.assert_frame_equal(fq, before[1])
    assert_allclose(geks(p.astype(np.float32), q), geks(p.astype(np.float32).astype(float), q), rtol=0)


def test_a_function_as_bilateral_formula():
    p, q = panel()

    def tornqvist(p0, p1, q0, q1):
        s0, s1 = p0 * q0 / (p0 * q0).sum(), p1 * q1 / (p1 * q1).sum()
        return np.exp(((s0 + s1) / 2 * np.log(p1 / p0)).sum())

    def laspeyres(*, p0, p1, q0):
        return (p1 * q0).sum() / (p0 * q0).sum()

    assert_allclose(geks(p, q, tornqvist), geks(p, q), rtol=1e-13)
    assert_allclose(geks(p, q, laspeyres), geks(p, q, "laspeyres"), rtol=1e-13)
    assert_allclose(geks(p, None, lambda p0, p1: np.exp(np.log(p1 / p0).mean())), geks(p, None, "jevons"), rtol=1e-13)


# --- edges ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_one_month_one_item_and_no_item(method):
    assert METHODS[method]([[2.0, NAN]], [[1.0, 1.0]]).tolist() == [1.0]
    assert_allclose(METHODS[method]([[2.0], [3.0]], [[1.0], [7.0]]), [1.0, 1.5], rtol=1e-15)
    assert np.isnan(METHODS[method](np.empty((3, 0)), np.empty((3, 0)))).all()
    assert np.isnan(METHODS[method](np.full((3, 2), NAN), np.ones((3, 2)))).all()


@pytest.mark.parametrize("method", METHODS)
def test_months_without_a_link_are_missing_and_others_are_not(method):
    # month 2 sells nothing; month 3 shares no item with any other
    p = np.array([[1.0, 2.0, NAN], [2.0, 4.0, NAN], [NAN, NAN, NAN], [NAN, NAN, 5.0], [3.0, NAN, NAN]])
    found = METHODS[method](p, np.ones_like(p))
    assert_allclose(found, [1.0, 2.0, NAN, NAN, 3.0], rtol=1e-13)


def test_a_pair_without_a_match_is_bridged_by_the_other_months():
    # months 0 and 2 share nothing; both share items with month 1
    p = np.array([[1.0, 5.0, NAN], [2.0, NAN, 3.0], [NAN, NAN, 6.0]])
    assert np.isnan(log_matrix(*read_panel(p, np.ones_like(p)), "tornqvist")[0, 2])
    assert_allclose(geks(p, np.ones_like(p)), [1.0, 2.0, 4.0], rtol=1e-14)


@pytest.mark.parametrize("method", METHODS)
def test_zero_quantities_weigh_nothing(method):
    p, q = panel(4, 6, seed=9)
    p[:] = np.random.default_rng(9).lognormal(0, 1, p.shape)
    q[:, 2] = 0.0
    rest = [0, 1, 3, 4, 5]
    weighted = method not in ("geks jevons", "geks dutot", "tpd")
    chosen = rest if weighted else slice(None)
    assert_allclose(METHODS[method](p, q), METHODS[method](p[:, chosen], q[:, chosen]), rtol=1e-13)


def test_wrong_use_is_told():
    p, q = panel()
    bad = p.copy()
    bad[3, 4] = 0.0
    with pytest.raises(PriceError, match=r"first is 0\.0 \(month 3, item 4\)"):
        geks(bad, q)
    with pytest.raises(PriceError, match="quantity"):
        tpd(p, np.where(np.arange(15) == 3, -1.0, q))
    with pytest.raises(PriceError, match="inf"):
        geks(np.full((2, 2), np.inf), np.ones((2, 2)))
    with pytest.raises(UsageError, match="did you mean 'fisher'"):
        geks(p, q, "fischer")
    with pytest.raises(UsageError, match="quantities"):
        geks(p, None, "fisher")
    with pytest.raises(UsageError, match="solver"):
        geary_khamis(p, q, solver="guess")
    with pytest.raises(PriceError, match="did not settle"):
        geary_khamis(p, q, solver="iterative", max_rounds=1)
    for wrong in (p[0], p[:, :3], np.empty((0, 15))):
        with pytest.raises(ShapeError):
            geks(wrong, q)
    frame = pd.DataFrame(p)
    with pytest.raises(ShapeError, match="not in order"):
        tpd(frame[::-1])
    with pytest.raises(ShapeError, match="more than once"):
        tpd(pd.concat([frame, frame], axis=1))
    with pytest.raises(ShapeError, match="same items"):
        geks(frame, pd.DataFrame(q).drop(columns=3))


def test_hedonic_index_refuses_what_it_cannot_tell_apart():
    p = np.array([[1.0, 2.0, NAN, NAN], [NAN, NAN, 3.0, 4.0]])
    with pytest.raises(PriceError, match="'maker_B'"):
        time_dummy_hedonic(p, None, pd.DataFrame({"maker": ["A", "A", "B", "B"]}))
    with pytest.raises(PriceError, match="gaps"):
        time_dummy_hedonic(p, None, [[1.0], [2.0], [NAN], [4.0]])
    with pytest.raises(ShapeError, match="3 items but prices of 4"):
        time_dummy_hedonic(p, None, [[1.0], [2.0], [3.0]])
    with pytest.raises(ShapeError, match="no characteristics"):
        time_dummy_hedonic(pd.DataFrame(p, columns=list("abcd")), None, pd.DataFrame({"g": [1.0]}, index=["a"]))
    with pytest.raises(UsageError, match="weights"):
        time_dummy_hedonic(p, None, [[1.0], [2.0], [1.0], [2.0]], weights="shares of")
    # characteristics that say the same twice do no harm
    twice = np.array([[1.0, 1.0], [2.0, 2.0], [1.0, 1.0], [2.0, 2.0]])
    assert_allclose(time_dummy_hedonic(p, None, twice), time_dummy_hedonic(p, None, twice[:, 0]), rtol=1e-13)
    # without any, the mean of log prices
    assert_allclose(time_dummy_hedonic(p), [1.0, 6**0.5], rtol=1e-14)
