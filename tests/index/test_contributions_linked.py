"""Ribe contributions across links: real consumer prices, an independent loop, entry and exit, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from shuibei_index import months as month_names
from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index import contributions

REFERENCE = Path(__file__).parents[3] / "shared/data/reference/index/hicp_chain_linking"
#: Euro area HICP as published (Eurostat, 2025 = 100; in the R package hicp 1.1.0): food, industrial goods, energy,
#: services, all items; weights in per mille.
PUBLISHED = {
    "2021-12": [79.22, 91.69, 85.87, 86.44, 85.72],
    "2022-06": [85.05, 94.35, 107.00, 88.55, 90.88],
    "2022-12": [90.13, 97.58, 107.79, 90.24, 93.61],
    "2023-06": [94.92, 99.55, 101.00, 93.34, 95.90],
}
WEIGHTS = {2022: [208.85, 263.75, 109.30, 418.09], 2023: [199.72, 260.90, 102.31, 437.08]}


def monthly(start, count):
    first = month_names.ordinal(start)
    return [month_names.label(first + k) for k in range(count)]


def market(seed, years=4, classes=5, link_month=12, spread=0.1):
    rng = np.random.default_rng(seed)
    months = monthly(f"2019-{link_month:02d}", 12 * years + 3)
    levels = pd.DataFrame(np.exp(spread * rng.normal(size=(len(months), classes)).cumsum(axis=0)), index=months)
    weights = pd.DataFrame(rng.uniform(0.1, 5.0, size=(years + 3, classes)), index=range(2018, 2021 + years))
    return levels, weights


def slow(levels, weights, headline, lag, link_month):
    """Month by month, class by class: the sum over the years between the two months, in plain numbers."""
    months = list(levels.index)
    result = {}
    for t in range(len(months)):
        for k in levels.columns:
            if t - lag < 0:
                result[months[t], k] = np.nan
                continue
            total = 0.0
            for u in range(t - lag + 1, t + 1):
                # the link month of u is the last one before u
                link = max(v for v in range(u) if int(months[v][5:]) == link_month)
                year = int(months[link][:4]) + (1 if link_month > 6 else 0)
                w = weights.loc[year, k] / weights.loc[year].sum()
                step = levels[k].iloc[u] / levels[k].iloc[link] - levels[k].iloc[u - 1] / levels[k].iloc[link]
                total += headline.iloc[link] / headline.iloc[t - lag] * w * step
            result[months[t], k] = total
    return pd.Series(result).unstack().loc[months, levels.columns]  # noqa: PD010


def chained(levels, weights, link_month):
    index = [1.0]
    months = list(levels.index)
    link, start = 0, 1.0
    for t in range(1, len(months)):
        year = int(months[link][:4]) + (1 if link_month > 6 else 0)
        w = weights.loc[year] / weights.loc[year].sum()
        index.append(start * float((w * levels.iloc[t] / levels.iloc[link]).sum()))
        if int(months[t][5:]) == link_month:
            link, start = t, index[-1]
    return pd.Series(index, index=months)


@pytest.mark.parametrize("link_month", [12, 1])
@pytest.mark.parametrize("lag", [1, 5, 12, 30])
def test_equals_the_slow_loop_and_adds_up_across_links(lag, link_month):
    levels, weights = market(7, link_month=link_month)
    headline = chained(levels, weights, link_month)
    found = contributions.ribe(levels, weights, lag=lag, link_month=link_month)
    assert_allclose(found, slow(levels, weights, headline, lag, link_month), rtol=1e-10, atol=1e-13)
    assert_allclose(found.sum(axis=1, min_count=1), headline / headline.shift(lag) - 1, rtol=0, atol=1e-12)
    assert found.notna().all(axis=1).sum() == len(levels) - lag


def test_arrays_within_year_relatives_and_a_given_headline_say_the_same():
    levels, weights = market(3)
    headline = chained(levels, weights, 12)
    expected = contributions.ribe(levels, weights)
    relatives = levels.copy()
    for row in range(1, len(levels)):
        relatives.iloc[row] = levels.iloc[row] / levels.iloc[12 * ((row - 1) // 12)]
    years = weights.loc[2020:2024]
    array = contributions.ribe(levels.to_numpy(), years.to_numpy(), months=list(levels.index))
    assert isinstance(array, np.ndarray)
    assert_allclose(array, expected, rtol=1e-12, atol=0)
    # one link month, December 2019, has no relative to an earlier one: any number stands there
    relatives.iloc[0] = 77.0
    assert_allclose(contributions.ribe(relatives, weights, within_year=True), expected, rtol=1e-10, atol=1e-14)
    shuffled = weights.sample(frac=1, random_state=1)[weights.columns[::-1]]
    assert_allclose(contributions.ribe(levels, shuffled, 50 * headline[::-1]), expected, rtol=1e-12, atol=0)


def test_a_class_that_enters_and_one_that_leaves_at_a_link():
    levels, weights = market(11, years=2, classes=3)
    levels = levels.astype(float)
    levels.loc[:"2020-11", 1] = np.nan
    levels.loc["2021-01":, 2] = np.nan
    weights.loc[:2020, 1] = np.nan
    weights.loc[2021:, 2] = 0.0
    found = contributions.ribe(levels, weights)
    index = contributions.ribe(levels, weights, lag=1).sum(axis=1) + 1
    assert_allclose(found.sum(axis=1)[12:], (index.cumprod() / index.cumprod().shift(12) - 1)[12:], rtol=0, atol=1e-12)
    assert (found.loc["2020-12", 1], found.loc["2022-01", 2]) == (0.0, 0.0)
    assert found.loc["2021-06", [1, 2]].ne(0).all()
    # a gap of a class with a weight is seen, in its own column and nowhere else if the headline is given
    levels.loc["2021-05", 0] = np.nan
    headline = index.cumprod()
    gap = contributions.ribe(levels, weights, headline)
    assert gap[0].isna().sum() == 12 + 1
    assert gap[[1, 2]].notna().sum().tolist() == [15, 15]


def test_months_before_the_first_link_have_none():
    levels, weights = market(5)
    found = contributions.ribe(levels.loc["2020-06":], weights, lag=1)
    assert found.loc[:"2020-12"].isna().all(axis=None)
    assert_allclose(found.loc["2021-01":], contributions.ribe(levels, weights, lag=1).loc["2021-01":], rtol=1e-12)
    one = contributions.ribe(levels.iloc[:1], weights.loc[[2019]].iloc[:0], lag=1)
    assert one.isna().all(axis=None)


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(1e-9, 3.0), st.integers(1, 26))
def test_adds_up_for_calm_and_wild_prices(seed, spread, lag):
    levels, weights = market(seed, years=3, classes=4, spread=spread)
    found = contributions.ribe(levels, weights, lag=lag)
    index = chained(levels, weights, 12)
    expected = (index / index.shift(lag) - 1)[lag:]
    # the parts may be far larger than their sum
    size = found.abs().sum(axis=1)[lag:]
    assert (np.abs(found.sum(axis=1)[lag:] - expected) <= 1e-12 * (1 + size)).all()


def test_printed_figures_of_the_euro_area_by_hand():
    # the months in between do not enter: they may stand at any level
    months = monthly("2021-12", 19)
    table = pd.DataFrame(100.0, index=months, columns=["food", "goods", "energy", "services", "all"])
    for month, row in PUBLISHED.items():
        table.loc[month] = row
    weights = pd.DataFrame(WEIGHTS, index=table.columns[:4]).T
    total = pd.Series(1000.0, index=[2022, 2023])
    found = contributions.ribe(table[table.columns[:4]], weights, table["all"], total=total).loc["2023-06"]
    # I(Dec 22) / I(Jun 22) · w · (Jun 23 / Dec 22 − 1) and I(Dec 21) / I(Jun 22) · w · (Dec 22 − Jun 22) / Dec 21
    food = 93.61 / 90.88 * 0.19972 * (94.92 / 90.13 - 1) + 85.72 / 90.88 * 0.20885 * (90.13 - 85.05) / 79.22
    energy = 93.61 / 90.88 * 0.10231 * (101.00 / 107.79 - 1) + 85.72 / 90.88 * 0.10930 * (107.79 - 107.00) / 85.87
    assert_allclose(found[["food", "energy"]], [food, energy], rtol=1e-12)
    assert_allclose(found.sum(), 95.90 / 90.88 - 1, atol=2e-4, rtol=0)


def hicp():
    if not REFERENCE.is_dir():
        pytest.skip("reference data hicp_chain_linking are not here")
    levels = pd.read_csv(REFERENCE / "input_index.csv").pivot_table("index", "time", "coicop")
    levels.index = levels.index.str[:7]
    weights = pd.read_csv(REFERENCE / "input_item_weights.csv").pivot_table("weight", "year", "coicop")
    return levels, weights


@pytest.mark.parametrize(
    "parts",
    [[f"CP{k:02d}" for k in range(1, 14)], ["FOOD", "NRG", "IGD_NNRG", "SERV"]],
    ids=["divisions", "aggregates"],
)
@pytest.mark.parametrize("lag", [1, 7, 12, 24])
def test_real_consumer_prices_add_up_to_the_published_headline(parts, lag):
    levels, weights = hicp()
    found = contributions.ribe(levels[parts], weights[parts], levels["TOTAL"], lag=lag)
    change = levels["TOTAL"] / levels["TOTAL"].shift(lag) - 1
    left = 100 * (found.sum(axis=1, min_count=1) - change)
    # indices are published to two decimals on 2025 = 100: 0.005 in each of two months and as much in the parts
    assert left.abs().max() < 0.02
    assert left.notna().sum() == len(levels) - lag
    alone = contributions.ribe(levels[parts[:2]], weights[parts[:2]], levels["TOTAL"], lag=lag, total=weights["TOTAL"])
    # the printed weights of the parts add up to 999.99 to 1000.01
    assert_allclose(alone, found[parts[:2]], rtol=1e-4, atol=1e-6)


def hicp_contrib(x, w, x_all, w_all, months, lag):
    """The formulas of HICP Methodological Manual 8.6.1 and 8.6.3 as hicp 1.1.0 has them, one month after the other."""
    at = {m: k for k, m in enumerate(months)}
    own = [v / x[at[f"{int(m[:4]) - 1}-12"]] if f"{int(m[:4]) - 1}-12" in at else np.nan for v, m in zip(x, months)]  # noqa: B905
    of = [v / x_all[at[f"{int(m[:4]) - 1}-12"]] if f"{int(m[:4]) - 1}-12" in at else np.nan
          for v, m in zip(x_all, months)]  # fmt: skip  # noqa: B905
    result = []
    for t, month in enumerate(months):
        s, number = t - lag, int(month[5:])
        if s < 0:
            result.append(np.nan)
        elif number > lag:
            result.append((own[t] / own[s] - 1) * (w[t] * own[s] / of[s]) / w_all[t])
        elif number == lag:
            result.append((own[t] - 1) * w[t] / w_all[t])
        else:
            december = at.get(f"{months[s][:4]}-12")
            this = of[december] / of[s] * (own[t] - 1) * w[t] / w_all[t]
            last = (own[december] / own[s] - 1) * (w[s] * own[s] / of[s]) / w_all[s]
            result.append(this + last)
    return result


@pytest.mark.parametrize("lag", [1, 12])
def test_real_consumer_prices_as_the_manual_and_hicp_have_them(lag):
    levels, weights = hicp()
    months = list(levels.index)
    year = [int(m[:4]) for m in months]
    for code in ("CP01", "CP045", "NRG", "CP07"):
        found = contributions.ribe(
            levels[[code]], weights[[code]].loc[2022:], levels["TOTAL"], lag=lag, total=weights["TOTAL"]
        )[code]
        expected = np.array(
            hicp_contrib(
                levels[code].to_list(),
                weights[code].reindex(year).to_list(),
                levels["TOTAL"].to_list(),
                weights["TOTAL"].reindex(year).to_list(),
                months,
                lag,
            )
        )
        known = ~np.isnan(expected)
        assert known.sum() >= len(months) - 13
        assert_allclose(found[known], expected[known], rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"lag": 0}, UsageError, "lag"),
        ({"link_month": 13}, UsageError, "link_month"),
        ({"total": [1.0] * 5}, UsageError, "needs headline"),
        ({"headline": [1.0, 2.0]}, ShapeError, "headline"),
        ({"headline": np.zeros(51)}, PriceError, "above 0"),
        ({"months": ["2020-01"]}, UsageError, "rows of levels"),
    ],
)
def test_refusals(change, error, words):
    levels, weights = market(1)
    with pytest.raises(error, match=words):
        contributions.ribe(levels, weights, **change)


def test_refusals_of_tables():
    levels, weights = market(1)
    with pytest.raises(ShapeError, match="gaps"):
        contributions.ribe(levels.drop(index="2021-03"), weights)
    with pytest.raises(ShapeError, match="no weights for 1 \\(2022\\)"):
        contributions.ribe(levels, weights.drop(index=2022))
    with pytest.raises(ShapeError, match="different classes"):
        contributions.ribe(levels, weights.rename(columns={0: "x"}))
    with pytest.raises(PriceError, match="not negative"):
        contributions.ribe(levels, -weights)
    with pytest.raises(PriceError, match="above 0 in each"):
        contributions.ribe(levels, weights * 0)
    with pytest.raises(PriceError, match="levels must be above 0"):
        contributions.ribe(levels * 0, weights)
    with pytest.raises(UsageError, match="give the months"):
        contributions.ribe(levels.to_numpy(), weights)
    with pytest.raises(ShapeError, match="a row for each"):
        contributions.ribe(levels.to_numpy(), weights.to_numpy(), months=list(levels.index))
