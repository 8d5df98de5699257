"""Yearly sub-series: what they are, and that chaining gives the levels back for each overlap."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index.chain import OVERLAPS, chain, rebase, unchain
from shuibei_index.index.chain.periods import weeks_in, write
from shuibei_index.months import between

CASES = [("month", None), ("month", 12), ("month", 1), ("month", 5), ("annual", None), ("over_the_year", None)]
WEEKS = [write("week", y, w) for y in (2019, 2020, 2021) for w in range(1, weeks_in(y) + 1)]


def walk(labels, seed=1, scale=100.0, series=2):
    rng = np.random.default_rng(seed)
    levels = scale * np.exp(np.cumsum(rng.normal(0, 0.05, (len(labels), series)), axis=0))
    return pd.DataFrame(levels, labels, [f"S{k}" for k in range(series)])


@pytest.mark.parametrize(("overlap", "at"), CASES)
@pytest.mark.parametrize("start", ["2020-01", "2020-05", "2020-06", "2020-12"])
def test_chain_gives_back_what_unchain_took_apart(overlap, at, start):
    levels = walk(between(start, "2023-08"))
    back = chain(unchain(levels, overlap=overlap, link_month=at), overlap=overlap, link_month=at)
    assert_allclose(back / back.iloc[0], levels / levels.iloc[0], rtol=1e-13)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("overlap", OVERLAPS)
def test_sub_series_do_not_depend_on_the_base(overlap, scale):
    levels = walk(between("2020-01", "2022-12"))
    assert_allclose(unchain(levels * scale, overlap=overlap), unchain(levels, overlap=overlap), rtol=1e-13)


@settings(max_examples=40, deadline=None)
@given(st.integers(24, 60), st.integers(0, 11), st.integers(1, 12), st.integers(0, 10**6))
def test_round_trip_for_any_start_length_and_link_month(length, shift, at, seed):
    labels = between("2018-01", "2025-12")[shift : shift + length]
    levels = walk(labels, seed)["S0"]
    for overlap in OVERLAPS:
        options = {"overlap": overlap} | ({"link_month": at} if overlap == "month" else {})
        back = chain(unchain(levels, **options), **options)
        assert_allclose(back / back.iloc[0], levels / levels.iloc[0], rtol=1e-12)


def test_month_overlap_by_hand():
    levels = pd.Series([50.0, 100.0, 110.0, 120.0, 132.0], ["2022-11", "2022-12", "2023-01", "2023-02", "2023-03"])
    assert_allclose(unchain(levels, overlap="month"), [1.0, 2.0, 1.1, 1.2, 1.32], rtol=1e-15)
    assert_allclose(unchain(levels, overlap="month", link_month=1), [1.0, 2.0, 2.2, 120 / 110, 1.2], rtol=1e-15)
    assert_allclose(chain(unchain(levels, overlap="month"), 50.0, overlap="month"), levels, rtol=1e-15)


def test_annual_and_over_the_year_overlap_by_hand():
    labels = [f"{y}-Q{n}" for y in (2021, 2022, 2023) for n in (1, 2, 3, 4)]
    levels = pd.Series([1.0, 2, 3, 2, 4, 4, 4, 4, 2, 4, 6, 12], labels)
    annual = unchain(levels, overlap="annual")
    assert_allclose(annual, [0.5, 1, 1.5, 1, 2, 2, 2, 2, 0.5, 1, 1.5, 3], rtol=1e-15)
    # the base is the mean of the first whole year
    assert_allclose(chain(annual, 100.0, overlap="annual"), levels * 50, rtol=1e-15)
    yearly = unchain(levels, overlap="over_the_year")
    assert_allclose(yearly, [1, 2, 3, 2, 4, 2, 4 / 3, 2, 0.5, 1, 1.5, 3], rtol=1e-15)
    assert_allclose(chain(yearly, 7.0, overlap="over_the_year"), levels * 7, rtol=1e-15)


def test_as_the_package_hicp_where_it_defines_a_value():
    """Identities of R package hicp 1.1.0, tests/testthat/test_chaining.R: the first link month or whole year is 100."""
    levels = walk(between("2021-12", "2024-12"))["S0"]
    december = chain(unchain(levels, overlap="month"), 100.0, overlap="month")
    assert_allclose(december, 100 * levels / levels.iloc[0], rtol=1e-13)
    annual = chain(unchain(levels, overlap="annual"), 100.0, overlap="annual")
    assert_allclose(annual, 100 * levels / levels.iloc[1:13].mean(), rtol=1e-13)
    # sub-series without the link month they refer to, as hicp leaves them: the base is the level of that month
    sub = unchain(levels, overlap="month")
    sub.iloc[0] = np.nan
    assert_allclose(chain(sub, 100.0, overlap="month").iloc[1:], december.iloc[1:], rtol=1e-13)


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_weeks_with_a_year_of_53(overlap):
    assert len(WEEKS) == 52 + 53 + 52
    levels = walk(WEEKS)
    sub = unchain(levels, overlap=overlap)
    assert_allclose(chain(sub, levels.iloc[0].mean(), overlap=overlap).pct_change().iloc[1:],
                    levels.pct_change().iloc[1:], rtol=1e-9)  # fmt: skip
    reference = {
        "month": levels.loc["2020-W53"],
        "annual": levels.loc["2020-W01":"2020-W53"].mean(),
        "over_the_year": levels.loc["2020-W07"],
    }[overlap]
    assert_allclose(sub.loc["2021-W07"], levels.loc["2021-W07"] / reference, rtol=1e-14)


def test_week_53_is_compared_with_week_52_where_the_year_before_has_none():
    levels = walk(WEEKS)
    sub = unchain(levels, overlap="over_the_year")
    assert_allclose(sub.loc["2020-W53"], levels.loc["2020-W53"] / levels.loc["2019-W52"], rtol=1e-15)
    # link week 53 is the last week of a year of 52
    assert_allclose(unchain(levels, overlap="month", link_month=53), unchain(levels, overlap="month"), rtol=1e-15)
    by_52 = unchain(levels, overlap="month", link_month=52)
    assert_allclose(by_52.loc["2021-W01"], levels.loc["2021-W01"] / levels.loc["2020-W52"], rtol=1e-15)


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_a_gap_is_not_bridged(overlap):
    levels = walk(between("2019-01", "2022-12"))
    levels.loc["2020-12", "S0"] = np.nan
    back = chain(unchain(levels, overlap=overlap), overlap=overlap)
    known = back["S0"].notna()
    # where there is a level it is right, and the series with the gap does not touch the other
    ratio = back["S0"][known] / levels["S0"][known]
    assert_allclose(ratio, ratio.iloc[0], rtol=1e-13)
    assert_allclose(back["S1"] / back["S1"].iloc[0], levels["S1"] / levels["S1"].iloc[0], rtol=1e-13)
    lost = {"month": between("2020-12", "2022-12"), "annual": ["2020-12", *between("2021-01", "2022-12")],
            "over_the_year": ["2020-12", "2021-12", "2022-12"]}[overlap]  # fmt: skip
    assert back.index[~known].tolist() == lost


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_a_series_that_starts_later_starts_on_the_base(overlap):
    levels = walk(between("2019-01", "2022-12"))
    levels.loc[:"2019-12", "S1"] = np.nan
    back = chain(unchain(levels, overlap=overlap), 100.0, overlap=overlap)
    assert back["S1"].isna().tolist() == levels["S1"].isna().tolist()
    start = levels["S1"].loc["2020-01" : "2020-12" if overlap == "annual" else "2020-01"].mean()
    assert_allclose(back["S1"].dropna(), 100 * levels["S1"].dropna() / start, rtol=1e-13)


def test_a_single_month_and_no_level_at_all():
    one = pd.Series([7.0], ["2024-05"])
    for overlap in ("month", "over_the_year"):
        assert unchain(one, overlap=overlap).to_list() == [1.0]
        assert chain(unchain(one, overlap=overlap), 7.0, overlap=overlap).to_list() == [7.0]
    with pytest.raises(PriceError, match="at least one whole calendar year of levels; 1 of 1 series"):
        unchain(one, overlap="annual")
    nothing = pd.Series(np.nan, between("2024-01", "2024-12"))
    for overlap in OVERLAPS:
        assert chain(unchain(nothing, overlap=overlap), overlap=overlap).isna().all()


def test_arrays_take_the_periods_as_an_argument_and_are_not_changed():
    levels = walk(between("2022-11", "2023-02"))
    values = levels.to_numpy()
    before = values.copy()
    sub = unchain(values, overlap="month", periods=list(levels.index))
    assert_array_equal(values, before)
    assert isinstance(sub, np.ndarray)
    assert_array_equal(sub, unchain(levels, overlap="month"))
    assert_array_equal(unchain(values[:, 0], overlap="month", periods=list(levels.index)), sub[:, 0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: unchain(x, overlap="yearly"), UsageError, "overlap 'yearly' is not known; choose one of month"),
        (lambda x: unchain(x, link_month=12), UsageError, "belong to an overlap"),
        (lambda x: unchain(x, overlap="annual", link_month=12), UsageError, "has no link month"),
        (lambda x: unchain(x, overlap="month", link_month=13), UsageError, "link month must be 1 to 12, not 13"),
        (lambda x: unchain(x.to_numpy(), overlap="month"), ShapeError, "pass a Series or DataFrame, or periods="),
        (lambda x: unchain(x, overlap="month", periods=list(x.index)), ShapeError, "labels of their own"),
        (lambda x: unchain(x.iloc[::-1], overlap="month"), ShapeError, "'2023-01' stands after '2023-02'"),
        (lambda x: unchain(x.drop("2023-01"), overlap="month"), ShapeError, "'2023-02' does not follow '2022-12'"),
        (lambda x: unchain(x - x.iloc[0], overlap="month"), PriceError, "above 0"),
        (lambda x: chain(x, 0.0, overlap="month"), PriceError, "base level"),
    ],
)
def test_wrong_use_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(walk(between("2022-11", "2023-02"))["S0"])


def test_rebase_leaves_rates_alone_and_takes_weeks():
    levels = walk(WEEKS)
    for base in ("2020", "2020-W53", ["2019-W01", "2021-W52"]):
        moved = rebase(levels, base)
        assert_allclose(moved.pct_change().iloc[1:], levels.pct_change().iloc[1:], rtol=1e-9)
    assert_allclose(rebase(levels, "2020").loc["2020-W01":"2020-W53"].mean(), 100.0, rtol=1e-14)
    assert_allclose(rebase(levels, "2020-W53", 1.0).loc["2020-W53"], 1.0, rtol=1e-15)
    with pytest.raises(UsageError, match="not a period"):
        rebase(levels, "2020-W5")
    with pytest.raises(PriceError, match="no level in the base months 2030"):
        rebase(levels, "2030")
