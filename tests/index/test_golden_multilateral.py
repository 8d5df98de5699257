"""Multilateral indices and splices: printed figures, and loops over pairs, dummies and turns on every data set."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from shuibei_index.index import bilateral
from shuibei_index.index.extender import Extender
from shuibei_index.index.multilateral import geary_khamis, geks, time_dummy_hedonic, tpd, wtpd
from shuibei_index.index.splice import METHODS, SPLICES, extend
from tests.index import by_hand

DATA = [
    "multilateral_ces_sigma_2",
    "multilateral_milk_pl",
    "multilateral_pic_scanner",
    "multilateral_turvey",
    "indexnumr_indicators",
]
PRINTED = {"rtol": 0, "atol": 5.1e-8}


def panel(folder, months=25):
    return tuple(frame.to_numpy()[:months] for frame in by_hand.read(folder))


@pytest.mark.parametrize("folder", DATA)
def test_geks_over_any_formula_against_pairs_in_plain_python(folder):
    p, q = panel(folder, 8)
    for name in by_hand.FORMULAS:
        given = {"lloyd_moulton": lambda p0, p1, q0: bilateral.lloyd_moulton(p0=p0, p1=p1, q0=q0, sigma=0.7)}
        found = geks(p, q, given.get(name, name))
        assert_allclose(found, by_hand.geks(p, q, name), rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("folder", DATA)
@pytest.mark.parametrize("name", ["tornqvist", "fisher", "walsh", "jevons"])
def test_geks_of_25_months_against_pairs_in_plain_python(folder, name):
    p, q = panel(folder)
    assert_allclose(geks(p, q, name), by_hand.geks(p, q, name), rtol=1e-12)


@pytest.mark.parametrize("folder", DATA)
def test_regressions_and_geary_khamis_against_the_textbook(folder):
    p, q = panel(folder, 13)
    assert_allclose(tpd(p, q), by_hand.dummies(p, q, False), rtol=1e-11)
    assert_allclose(wtpd(p, q), by_hand.dummies(p, q, True), rtol=1e-11)
    assert_allclose(geary_khamis(p, q), by_hand.geary_khamis(p, q), rtol=1e-11)


@pytest.mark.parametrize("splice", [*SPLICES, 3])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("folder", ["multilateral_ces_sigma_2", "multilateral_turvey"])
def test_splices_against_windows_of_the_textbook(folder, method, splice):
    p, q = panel(folder, 12)
    window = 5
    run = {
        "geks": lambda a, b: by_hand.geks(p[a:b], q[a:b], "fisher"),
        "tpd": lambda a, b: by_hand.dummies(p[a:b], q[a:b], False),
        "wtpd": lambda a, b: by_hand.dummies(p[a:b], q[a:b], True),
        "geary_khamis": lambda a, b: by_hand.geary_khamis(p[a:b], q[a:b]),
    }[method]
    for on in ("calculated", "published"):
        series = list(run(0, window))
        old = list(series)
        for t in range(window, len(p)):
            new = run(t - window + 1, t + 1)
            base = (t - 1) // (window - 1) * (window - 1)
            if splice == "fbew":
                series.append(series[base] * run(base, t + 1)[-1])
            elif splice == "fbmw":
                series.append(series[base] * new[-1] / new[base - (t - window + 1)])
            else:
                named = {"movement": [4], "window": [1], "half": [3], "mean": [1, 2, 3, 4]}
                links = []
                for at in named.get(splice, [splice]):
                    before = series[t - window + at] if on == "published" else series[-1] * old[at] / old[-1]
                    links.append(before * new[-1] / new[at - 1])
                series.append(float(np.exp(np.mean(np.log(links)))))
            old = new
        assert_allclose(extend(p, q, method, "fisher", window, splice, on), series, rtol=1e-11)


#: PriceIndices, README.md, data set milk: GEKS (Fisher) and CCDI over 13 months from December 2018, seven decimals.
GEKS = [1, 1.0020172, 1.0001330, 0.9839258, 0.9936427, 0.9899234, 0.9889829, 0.9862652, 0.9981114, 0.9952078,
        0.9776535, 0.9805743, 0.9876664]  # fmt: skip
CCDI = [1, 1.0018004, 0.9997978, 0.9840643, 0.9932822, 0.9898612, 0.9888433, 0.9864494, 0.9978518, 0.9951481,
        0.9773428, 0.9815496, 0.9876167]  # fmt: skip
#: geksl_fbew: GEKS over Laspeyres, each month of the first year from its own expanding window.
GEKSL_FBEW = [1, 1.0021692, 0.9964178, 0.9856119, 0.9914299, 0.9884677, 0.9873196, 0.9874639, 0.9957917, 0.9951035,
              0.9739414, 0.9882475, 0.9844756]  # fmt: skip
#: tpd_splice(window = 10, splice = "half"): weighted time-product dummy, an even window.
WTPD_HALF = [1, 1.0038893, 1.0000284, 0.9837053, 0.9954196, 0.9924919, 0.9913655, 0.9866847, 0.9998615, 0.9949000,
             0.9806788, 0.9808493, 0.9888003, 0.9628623, 1.0021956]  # fmt: skip


def test_printed_by_priceindices():
    p, q = by_hand.read("multilateral_milk_pl")
    assert_allclose(geks(p[:13], q[:13], "fisher"), GEKS, **PRINTED)
    assert_allclose(geks(p[:13], q[:13]), CCDI, **PRINTED)
    assert_allclose(geks(p[1:11], q[1:11], "fisher")[3], 0.9912305, **PRINTED)
    laspeyres = geks(p[:13], q[:13], "laspeyres")
    assert_allclose(laspeyres[5] / laspeyres[3], 1.002251, rtol=0, atol=5.1e-7)
    found = extend(p[:13], q[:13], bilateral="laspeyres", splice="fbew", first="expanding")
    assert_allclose(found, GEKSL_FBEW, **PRINTED)
    assert_allclose(extend(p[:15], q[:15], "wtpd", window=10, splice="half"), WTPD_HALF, **PRINTED)


def test_fixed_base_windows_printed_by_priceindices():
    """geks_fbew and ccdi_fbmw of milk, December 2018 to March 2020: December 2019 is the link."""
    p, q = by_hand.read("multilateral_milk_pl")
    assert_allclose(extend(p[:16], q[:16], bilateral="fisher", splice="fbew")[-1], 0.9891602, **PRINTED)
    assert_allclose(extend(p[:16], q[:16], splice="fbmw")[-1], 0.9874252, **PRINTED)
    # data that begin in October: the bases are named, the first one lies in the third month
    late = extend(p[10:], q[10:], bilateral="fisher", splice="fbew", window=13, base=2, first="expanding")
    assert_allclose(late[3] / late[2], geks(p[10:14], q[10:14], "fisher")[3] / geks(p[10:13], q[10:13], "fisher")[2])


#: multilateral, tests/testthat (calculation methods): last of 48 months of Turvey's data, six decimals. Its TPD
#: weighs by value, not by share: the hedonic regression with one characteristic a product and weights="values".
TURVEY = {"tornqvist": 1.476020, "jevons": 1.169337, "fisher": 1.440379}


def test_printed_by_multilateral():
    p, q = by_hand.read("multilateral_turvey")
    for name, value in TURVEY.items():
        assert_allclose(geks(p, q, name)[-1], value, rtol=0, atol=5.1e-7)
    products = np.eye(p.shape[1])[:, 1:]
    assert_allclose(time_dummy_hedonic(p, q, products, weights="values")[-1], 1.526554, rtol=0, atol=5.1e-7)


def gpindex_data():
    """gpindex, tests/testthat/test-geks.R: five products, 13 months; the second panel lacks five of the rows."""
    p = np.arange(1.0, 66.0).reshape(5, 13).T
    q = np.arange(65.0, 0.0, -1.0).reshape(5, 13).T
    order = [*range(65, 59, -1), *range(3, 60), 1, 2]
    lost = [order[place - 1] - 1 for place in (2, 3, 7, 15, 64)]
    holes = p.copy()
    for row in lost:
        holes[row % 13, row // 13] = np.nan
    return p, q, holes


#: The same file; "agrees with IndexNumR" there. Törnqvist, Jevons, Walsh; then matched Törnqvist and Jevons with gaps.
GPINDEX = {
    "tornqvist": [1.07334245809641, 1.13758500234551, 1.19943273670278, 1.26078373138759, 1.32242752173496,
                  1.38478458426165, 1.44813211799635, 1.51269173915522, 1.57867050804161, 1.64628410287697,
                  1.71577307463249, 1.78741712742392],
    "jevons": [1.18338442313092, 1.32033674805411, 1.43711591151299, 1.54248452241533, 1.64048980305452,
               1.73334427991861, 1.82239254133738, 1.90851390842145, 1.99231538702512, 2.07423380909548,
               2.15459410924166, 2.23364458259815],
    "walsh": [1.0566699129383, 1.11378295838144, 1.17139426903106, 1.22956960896297, 1.28838882562161,
              1.34795095779689, 1.40838221049365, 1.46984928172641, 1.53258374680655, 1.59693277586978,
              1.66348762735518, 1.7335492978583],
}  # fmt: skip
GPINDEX_GAPS = {
    "tornqvist": [0.97012367078552, 1.07680890198379, 1.07558882705777, 1.12676970820557, 1.17801945580172,
                  1.22966120693395, 1.28190412021848, 1.33491131065706, 1.38883148578389, 1.40614308033419,
                  1.5157156152315, 1.55767693905705],
    "jevons": [0.881430091367338, 1.07738238354928, 1.04409985620757, 1.11240421520015, 1.1762944906968,
               1.23711048474119, 1.29566160297349, 1.35247476672703, 1.40791242863053, 1.40078559388863,
               1.56851442510621, 1.56825957051767],
}  # fmt: skip
#: Fisher, window 11, movement splice.
GPINDEX_MOVEMENT = [1.05584109330239, 1.11216779883715, 1.16904493358996, 1.22654588965604, 1.28475480484066,
                    1.34376919838486, 1.40370325012859, 1.46469196029632, 1.5268965162016, 1.59051132643364,
                    1.65525192178965, 1.721202953357]  # fmt: skip


def test_printed_by_gpindex():
    p, q, holes = gpindex_data()
    for name, values in GPINDEX.items():
        assert_allclose(geks(p, q, name)[1:], values, rtol=2e-14, err_msg=name)
    for name, values in GPINDEX_GAPS.items():
        assert_allclose(geks(holes, q, name)[1:], values, rtol=2e-14, err_msg=name)
    assert_allclose(extend(p, q, bilateral="fisher", window=11)[1:], GPINDEX_MOVEMENT, rtol=2e-14)
    # window 2: the chained bilateral index; with gaps over matched items only (Walsh)
    chained = extend(holes, q, bilateral="walsh", window=2)
    assert_allclose(chained[[1, 2, 12]], [1.03718005998263, 1.07464654973022, 1.60081842092565], rtol=2e-14)


def test_intersection_example_of_lamboray_and_krsinich():
    """IndexNumR, tests/testthat/test-geks.R: one item falls by 1 % a month; two others, by 10 %, replace each other.

    Without a dump of stock between months 4 and 5 both the time-product dummy and GEKS over matched pairs must not
    see the change of items as a change of price: all pairs from month 4 to 5 share the first item only.
    """
    p = np.full((8, 3), np.nan)
    p[:, 0] = 0.99 ** np.arange(8)
    p[:4, 1] = p[4:, 2] = 0.9 ** np.arange(4)
    found = geks(p, np.ones_like(p))
    assert_allclose(found, by_hand.geks(p, np.where(np.isnan(p), np.nan, 1.0), "tornqvist"), rtol=1e-13)
    two_months = geks(p[3:5], np.ones((2, 3)))
    assert_allclose(two_months[1], 0.99, rtol=1e-14)


@pytest.mark.parametrize("name", ["laspeyres", "sato_vartia"])
def test_extender_over_a_formula_that_is_called_for_pairs(name):
    _, q, holes = gpindex_data()
    index = Extender(holes[:8], q[:8], bilateral=name, window=5, splice="mean")
    for t in range(8, 13):
        index.update(holes[t], q[t], range(5))
        index = Extender.from_dict(index.to_dict())
    assert_allclose(index.levels, extend(holes, q, bilateral=name, window=5, splice="mean"), rtol=1e-12)


def test_months_without_a_match_under_a_formula_that_is_not_reversible():
    """Months 0 and 2 share nothing; prices move as one, so every link says the same."""
    p = np.array([[1.0, 5.0, np.nan], [2.0, np.nan, 3.0], [np.nan, np.nan, 6.0]])
    assert_allclose(geks(p, np.ones_like(p), "laspeyres"), [1.0, 2.0, 4.0], rtol=1e-14)


def test_first_months_as_production_would_have_published_them():
    p, q, _ = gpindex_data()
    found = extend(p, q, window=6, splice="window", first="expanding")
    assert_allclose(found[:6], [geks(p[: t + 1], q[: t + 1])[t] for t in range(6)], rtol=1e-14)
    # from the first full window on nothing depends on it but what links to published months
    assert_allclose(found[5:], extend(p, q, window=6, splice="window")[5:], rtol=1e-14)
    published = extend(p, q, window=6, splice="window", on="published", first="expanding")
    assert abs(published[7] / found[7] - 1) > 1e-6
    index = Extender(p[:6], q[:6], window=6, splice="window", on="published", first="expanding")
    for t in range(6, 13):
        index.update(p[t], q[t])
    assert_allclose(index.levels, published, rtol=1e-13)
