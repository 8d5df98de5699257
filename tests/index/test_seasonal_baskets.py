"""Indices for seasonal products against the printed tables of PPI Manual (2004), chapter 22."""

import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index import bilateral
from shuibei_index.index.seasonal_baskets import (
    annual_basket,
    rolling_year,
    rothwell,
    year_over_year,
)
from shuibei_index.index.seasonal_factors import seasonally_adjusted_to

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "reference" / "index" / "ppi_manual_ch22"

# Printed figures, PPI Manual (2004), from December 1970 on
#: table 22.18, rolling-year Laspeyres, Paasche and Fisher, fixed and chained, to December 1972 (every third month)
TABLE_22_18 = {
    "1971-03": [1.0257, 1.0274, 1.0265, 1.0257, 1.0274, 1.0265],
    "1971-06": [1.0516, 1.0537, 1.0527, 1.0516, 1.0537, 1.0527],
    "1971-09": [1.0750, 1.0740, 1.0745, 1.0750, 1.0740, 1.0745],
    "1971-12": [1.1008, 1.0961, 1.0984, 1.1008, 1.0961, 1.0984],
    "1972-03": [1.1287, 1.1246, 1.1266, 1.1290, 1.1260, 1.1275],
    "1972-06": [1.1530, 1.1481, 1.1505, 1.1528, 1.1505, 1.1517],
    "1972-09": [1.1812, 1.1680, 1.1746, 1.1787, 1.1730, 1.1758],
    "1972-12": [1.2091, 1.1884, 1.1987, 1.2052, 1.1949, 1.2001],
    "1973-02": [1.2300, 1.2086, 1.2193, 1.2263, 1.2172, 1.2218],
}
#: table 22.25, Lowe with carry-forward prices, and Rothwell
LOWE = [1.0000, 1.0554, 1.0711, 1.1500, 1.2251, 1.3489, 1.4428, 1.3789, 1.3378, 1.1952, 1.1543, 1.1639, 1.0824, 1.1370,
        1.1731, 1.2455, 1.3155, 1.4262, 1.5790, 1.5297, 1.4416, 1.3038, 1.2752, 1.2852, 1.1844, 1.2427, 1.3003, 1.3699,
        1.4691, 1.5972, 1.8480, 1.7706, 1.6779, 1.5253, 1.5371, 1.5634, 1.4181]  # fmt: skip
ROTHWELL = [0.9750, 1.0306, 0.9978, 1.0068, 1.1006, 1.2720, 1.1771, 1.2319, 1.1997, 1.0268, 1.0077, 1.1146, 1.0577,
            1.1212, 1.1216, 1.1459, 1.2247, 1.3889, 1.2737, 1.3719, 1.3158, 1.0813, 1.0917, 1.2396, 1.1661, 1.2348,
            1.2647, 1.3130, 1.4292, 1.6078, 1.4612, 1.6155, 1.5898, 1.2366, 1.2998, 1.5261, 1.4143]  # fmt: skip
#: table 22.24, centred rolling year (last column), to June 1973
CENTRED = [1.0000, 1.0091, 1.0179, 1.0242, 1.0298, 1.0388, 1.0478, 1.0547, 1.0631, 1.0729, 1.0814, 1.0885, 1.0965,
           1.1065, 1.1174, 1.1254, 1.1313, 1.1402, 1.1502, 1.1591, 1.1690, 1.1806, 1.1924, 1.2049, 1.2203, 1.2386,
           1.2608, 1.2809, 1.2966, 1.3176, 1.3406]  # fmt: skip
#: table 22.26, seasonally adjusted Lowe, Young, geometric Laspeyres, December 1971 to August 1972
ADJUSTED = {
    "lowe": [1.0824, 1.0871, 1.1148, 1.1093, 1.1057, 1.0983, 1.1467, 1.1701, 1.1456],
    "young": [1.0932, 1.0960, 1.1207, 1.1214, 1.1132, 1.1039, 1.1471, 1.1667, 1.1443],
    "geo_laspeyres": [1.0900, 1.0919, 1.1204, 1.1318, 1.1226, 1.1120, 1.1505, 1.1715, 1.1461],
}
HALF_A_DIGIT = 5e-5


@pytest.fixture(scope="module")
def turvey():
    if not REFERENCE.exists():
        pytest.skip("reference data ppi_manual_ch22 are not here")
    table = pd.read_csv(REFERENCE / "input_turvey.csv")
    table = table.assign(time=table["time"].str[:7]).set_index(["time", "prodID"])
    return tuple(table[c].unstack() for c in ("prices", "quantities"))  # noqa: PD010


def rolling_columns(p, q):
    return pd.DataFrame(
        {
            f"rolling_{f}_{'chained' if chained else 'fixed'}": rolling_year(p, q, f, chained=chained)
            for chained in (False, True)
            for f in ("laspeyres", "paasche", "fisher")
        },
        p.index,
    )


def test_table_22_18(turvey):
    found = rolling_columns(*turvey)
    printed = pd.DataFrame.from_dict(TABLE_22_18, orient="index", columns=found.columns)
    assert_allclose(found.loc[printed.index], printed, rtol=0, atol=HALF_A_DIGIT)
    whole = pd.read_csv(REFERENCE / "table_22_18_published.csv", index_col="period")
    assert_allclose(found.loc[whole.index, whole.columns], whole, rtol=0, atol=HALF_A_DIGIT)
    assert found.iloc[:11].isna().all().all()


def test_table_22_25(turvey):
    p, q = turvey
    assert_allclose(annual_basket(p, q)[11:], LOWE, rtol=0, atol=HALF_A_DIGIT)
    assert_allclose(rothwell(p, q)[11:], ROTHWELL, rtol=0, atol=HALF_A_DIGIT)
    whole = pd.read_csv(REFERENCE / "table_22_25_published.csv", index_col="period")
    assert_allclose(rothwell(p, q, normalised=True)[11:], whole["rothwell_normalised"], rtol=0, atol=HALF_A_DIGIT)
    assert len(whole) == len(LOWE) == len(ROTHWELL) == 37


def test_tables_22_24_and_22_26(turvey):
    p, q = turvey
    centred = rolling_year(p, q, "laspeyres", centred=True)
    centred /= centred[11]
    assert_allclose(centred[11:42], CENTRED, rtol=0, atol=HALF_A_DIGIT)
    assert np.isnan(centred[:6]).all() and np.isnan(centred[42:]).all()
    whole = pd.read_csv(REFERENCE / "table_22_26_published_to_1972_08.csv", index_col="period")
    for formula, printed in ADJUSTED.items():
        adjusted = pd.Series(seasonally_adjusted_to(annual_basket(p, q, formula), centred, first=11), p.index)
        assert_allclose(adjusted["1971-12":"1972-08"], printed, rtol=0, atol=HALF_A_DIGIT)
        column = whole[f"{formula.replace('_', '')}_sa"]
        assert_allclose(adjusted[column.index], column, rtol=0, atol=HALF_A_DIGIT)


def panel(months=36, items=7, season=12, seed=5):
    """Prices and quantities; items 0 and 1 are sold in some months of the year only."""
    rng = np.random.default_rng(seed)
    p = np.exp(np.cumsum(rng.normal(0, 0.1, (months, items)), axis=0))
    q = rng.uniform(1, 9, (months, items))
    off = (np.arange(months) % season)[:, None] >= np.array([4, 9, *[season] * (items - 2)])
    return np.where(off, np.nan, p), np.where(off, np.nan, q)


@pytest.mark.parametrize("formula", ["laspeyres", "paasche", "fisher"])
def test_year_over_year_is_the_bilateral_formula_of_each_month(formula):
    p, q = panel()
    fixed, chained = (year_over_year(p, q, formula, chained=c) for c in (False, True))
    assert (fixed[:12] == 1).all() and (chained[:12] == 1).all()
    for t in range(12, 36):
        sold = ~np.isnan(p[t])
        links = []
        for a in (t % 12, t - 12):
            values = {"p0": p[a, sold], "p1": p[t, sold], "q0": q[a, sold], "q1": q[t, sold]}
            reads = inspect.signature(getattr(bilateral, formula)).parameters
            links.append(getattr(bilateral, formula)(**{k: v for k, v in values.items() if k in reads}))
        assert_allclose(fixed[t], links[0], rtol=1e-13)
        assert_allclose(chained[t], links[1] * chained[t - 12], rtol=1e-13)


def test_rolling_year_by_hand():
    p, q = panel()
    for t in (11, 17, 23, 24, 35):
        rows, base = np.arange(t - 11, t + 1), np.arange(t - 11, t + 1) % 12
        laspeyres = np.nansum(p[rows] * q[base]) / np.nansum(p[base] * q[base])
        paasche = np.nansum(p[rows] * q[rows]) / np.nansum(p[base] * q[rows])
        assert_allclose(rolling_year(p, q, "fisher")[t], np.sqrt(laspeyres * paasche), rtol=1e-13)
        if t >= 23:
            link = np.nansum(p[rows] * q[rows - 12]) / np.nansum(p[rows - 12] * q[rows - 12])
            level = rolling_year(p, q, "laspeyres", chained=True)
            assert_allclose(level[t] / level[t - 12], link, rtol=1e-13)


CALLS = [
    *(lambda p, q, s, f=f, c=c: year_over_year(p, q, f, chained=c, season=s) for f in ("fisher", "laspeyres")
      for c in (False, True)),
    *(lambda p, q, s, f=f, c=c: rolling_year(p, q, f, chained=c, season=s) for f in ("fisher", "paasche")
      for c in (False, True)),
    *(lambda p, q, s, f=f: annual_basket(p, q, f, season=s) for f in ("lowe", "young", "geo_laspeyres")),
    *(lambda p, q, s, n=n: rothwell(p, q, normalised=n, season=s) for n in (False, True)),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("season", [4, 12])
def test_units_scale_order_and_proportion(call, season):
    p, q = panel(season=season)
    level = call(p, q, season)
    shuffled = np.random.default_rng(1).permutation(p.shape[1])
    assert_allclose(call(p[:, shuffled], q[:, shuffled], season), level, rtol=1e-12)
    units = 10.0 ** np.arange(-3, 4)
    assert_allclose(call(p * units, q / units, season), level, rtol=1e-12)
    for scale in (1e-12, 1e12):
        assert_allclose(call(p * scale, q * scale, season), level, rtol=1e-12)
    # prices thrice those of the year before, month by month: every index says so
    year, month = np.divmod(np.arange(len(p)), season)
    level = call(p[month] * 3.0 ** year[:, None], q[month], season)
    assert_allclose(level[-1] / level[season - 1], 3.0 ** year[-1], rtol=1e-12)


def test_gaps_and_edges():
    p, q = panel()
    # a product that stops being sold leaves the month's comparison on both sides
    gone_p, gone_q = p.copy(), q.copy()
    gone_p[30:, 3] = gone_q[30:, 3] = np.nan
    others = [0, 1, 2, 4, 5, 6]
    assert_allclose(year_over_year(gone_p, gone_q)[30:], year_over_year(p[:, others], q[:, others])[30:], rtol=1e-13)
    assert_allclose(rothwell(gone_p, gone_q)[:30], rothwell(p, q)[:30], rtol=1e-13)
    # a month without sales
    none_p, none_q = p.copy(), q.copy()
    none_p[20], none_q[20] = np.nan, np.nan
    assert np.isnan(year_over_year(none_p, none_q)[20]) and np.isnan(rothwell(none_p, none_q)[20])
    chained = year_over_year(none_p, none_q, chained=True)
    assert np.isnan(chained[[20, 32]]).all() and np.isnan(chained).sum() == 2
    assert_allclose(annual_basket(none_p, none_q)[20], annual_basket(none_p, none_q)[19], rtol=1e-15)
    assert_allclose(year_over_year([[2.0]], [[3.0]]), [1.0])
    # without carrying forward a missing price of the basket is a missing index
    with pytest.raises(PriceError, match=r"no price in the last month of the base year for items 2 \(.*carry_forward"):
        annual_basket(p, q, missing="spread")
    steady = annual_basket(none_p[:, 2:], none_q[:, 2:], missing="spread")
    assert np.isnan(steady[20]) and np.isnan(steady).sum() == 1
    before = p.copy(), q.copy()
    rolling_year(p, q, chained=True, centred=True)
    np.testing.assert_array_equal(p, before[0])
    np.testing.assert_array_equal(q, before[1])


def test_wrong_use_is_refused():
    p, q = panel()
    with pytest.raises(UsageError, match=r"formula 'fishers' is not known.*did you mean 'fisher'"):
        rolling_year(p, q, "fishers")
    with pytest.raises(ShapeError, match="11 months are less than a whole base year of 12"):
        rothwell(p[:11], q[:11])
    with pytest.raises(UsageError, match="missing 'drop' is not known"):
        annual_basket(p, q, missing="drop")
    with pytest.raises(PriceError, match="there is no basket"):
        annual_basket(p, q * 0)
    with pytest.raises(UsageError, match="periods in a year, not 0"):
        year_over_year(p, q, season=0)
    with pytest.raises(ShapeError, match="outside 36 months"):
        seasonally_adjusted_to(np.ones(36), np.ones(36), first=30)
    with pytest.raises(PriceError, match="need a level in every month"):
        seasonally_adjusted_to(np.full(36, np.nan), np.ones(36))
