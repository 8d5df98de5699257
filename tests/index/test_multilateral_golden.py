"""WTPD, Geary-Khamis and their splices as IndexNumR prints them, and a published table of rolling years."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.index.multilateral import ccdi, geary_khamis, geks, tpd, wtpd
from shuibei_index.index.multilateral.matrices import log_matrix, read_panel
from shuibei_index.index.splice import extend
from tests.index import by_hand
from tests.index.by_hand import REFERENCE, read

#: CES_sigma_2, 12 months: IndexNumR tests/testthat/test-wtpd.R and test-gk.R; equal in PriceIndices and dfvad.
WTPD = [1, 0.880339868502394, 1.11310561070234, 1.15879006335178, 0.944228876424154, 1.23413422819567,
        1.17381864977063, 0.96466253410287, 1.14473361053433, 0.955804858341343, 1.17418844896016,
        1.17377193225844]  # fmt: skip
GK = [1, 0.87763982, 1.14963977, 1.20948388, 0.97735333, 1.30228207, 1.23643987, 1.00131376, 1.20675381, 0.98419301,
      1.23476104, 1.23245315]  # fmt: skip
#: First window of 11 months, then month 12 by splice (same tests). WISP, HASP and mean_pub stand for on="published".
WTPD_11 = [1, 0.88125316126336, 1.11113003298188, 1.15577105831891, 0.939283785493012, 1.22946886276831,
           1.16928578010074, 0.962925047843644, 1.13966638509599, 0.949589626761819, 1.16793031098926]  # fmt: skip
GK_11 = [1, 0.880516792639476, 1.14677616370861, 1.20478883103346, 0.970884329042465, 1.29443693892348,
         1.22885984521462, 1.00009556334273, 1.19801321479787, 0.975391622972356, 1.22318540412509]  # fmt: skip
MONTH_12 = [
    # method, splice, on, value, digits printed
    ("wtpd", "mean", "calculated", 1.17283932343105, 13),
    ("wtpd", "movement", "calculated", 1.169222231299, 11),
    ("wtpd", "window", "calculated", 1.18221020311053, 13),
    ("wtpd", "half", "calculated", 1.17307644429241, 13),
    ("wtpd", "window", "published", 1.18221020311053, 13),
    ("wtpd", "half", "published", 1.17307644429241, 13),
    ("wtpd", "mean", "published", 1.17283932343105, 13),
    ("geary_khamis", "mean", "calculated", 1.230446268, 8),
    ("geary_khamis", "movement", "calculated", 1.223542862, 8),
    ("geary_khamis", "window", "calculated", 1.243101, 6),
    ("geary_khamis", "half", "calculated", 1.23085666351138, 13),
    ("geary_khamis", "window", "published", 1.24310097571958, 13),
    ("geary_khamis", "half", "published", 1.23085666351138, 13),
    ("geary_khamis", "mean", "published", 1.23044626729226, 13),
]


@pytest.fixture(scope="module")
def ces():
    return tuple(pd.DataFrame(table) for table in by_hand.ces())


def test_wtpd_of_the_full_window(ces):
    assert_allclose(wtpd(*ces), WTPD, rtol=2e-14)


def test_geary_khamis_of_the_full_window(ces):
    assert_allclose(geary_khamis(*ces), GK, rtol=0, atol=6e-9)
    assert_allclose(geary_khamis(*ces, solver="iterative"), geary_khamis(*ces), rtol=1e-13)


def test_geks_tornqvist_does_not_depend_on_the_order_of_rows(ces):
    # notes on packages: 1.132820 with sorted rows; 1.076107 in a package that pairs by position
    assert round(float(geks(*ces)[-1]), 6) == 1.132820
    p, q = ces
    assert_allclose(ccdi(p, q[q.columns[::-1]]), geks(p, q), rtol=0)


@pytest.mark.parametrize(("method", "splice", "on", "value", "digits"), MONTH_12)
def test_splices_of_the_twelfth_month(ces, method, splice, on, value, digits):
    found = extend(*ces, method, window=11, splice=splice, on=on)
    assert_allclose(found[:11], WTPD_11 if method == "wtpd" else GK_11, rtol=2e-14)
    assert_allclose(found[11], value, rtol=10.0**-digits)


def test_half_splice_names_its_linking_point(ces):
    # IndexNumR links at (w + 1)/2 = 4 of the new window, multilateral and piar at 3
    assert round(float(extend(*ces, "geks", "fisher", 7, "half")[-1]), 6) == 1.118285
    assert round(float(extend(*ces, "geks", "fisher", 7, 4)[-1]), 6) == 1.118285
    assert round(float(extend(*ces, "geks", "fisher", 7, 3)[-1]), 6) == 1.118725


def rolling_years(p, q):
    """Rolling years as periods, fruit × calendar month as items (48 months → 37 years)."""
    return tuple(
        np.array([np.roll(x[t - 11 : t + 1], t - 11, axis=0).ravel() for t in range(11, len(x))])
        for x in (p.to_numpy(), q.to_numpy())
    )


def test_rolling_year_fisher_of_the_manual():
    # PPI Manual (2004), table 22.18: Fisher, fixed base 1970, and chained at the year that ended 12 months before
    published = pd.read_csv(_file("ppi_manual_ch22/table_22_18_published.csv"))
    p, q = read_panel(*rolling_years(*read("ppi_manual_ch22")))
    logs = log_matrix(p, q, "fisher")[: len(published), : len(published)]
    assert_allclose(np.exp(logs[0]), published["rolling_fisher_fixed"], atol=5.01e-5, rtol=0)
    chained = logs[0].copy()
    for t in range(13, len(logs)):
        chained[t] = chained[t - 12] + logs[t - 12, t]
    assert_allclose(np.exp(chained), published["rolling_fisher_chained"], atol=5.01e-5, rtol=0)


def _file(name):
    if not (REFERENCE / name).exists():
        pytest.skip(f"reference data {name} are not here")
    return REFERENCE / name


@pytest.mark.parametrize(
    "folder",
    ["multilateral_milk_pl", "multilateral_pic_scanner", "multilateral_turvey", "turvey_seasonal"],
)
def test_real_panels_against_regression_with_all_dummies(folder):
    # the textbook computation: one column a month and an item, least squares on the root of the weights
    p, q = (frame.to_numpy() for frame in read(folder))
    for index, weighted in ((wtpd, True), (tpd, False)):
        assert_allclose(index(p, q), by_hand.dummies(p, q, weighted), rtol=1e-10)
