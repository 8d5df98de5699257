"""The chain test: forgetting to reset price relatives at a link must show."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.aggregate import make_panel
from shuibei_index.index import Hierarchy, aggregate, compile_index, link
from shuibei_index.index.chain import chain
from shuibei_index.months import between
from shuibei_index.rules import Rules

# Class A's Decembers; class B stays flat; weights 50/50 at every link.
DECEMBERS = {"2019-12": 100.0, "2020-12": 200.0, "2021-12": 220.0, "2022-12": 242.0}
RIGHT = [100.0, 150.0, 157.5, 165.375]
#: what a chain gives that forgets to reset the relatives when weights change (the fault of ONS's PPI, 2021–2025)
UNRESET = [100.0, 150.0, 160.0, 171.0]


def records(columns=("A", "B")):
    months = between("2019-12", "2022-12")
    at = [months.index(m) for m in DECEMBERS]
    a = np.interp(range(len(months)), at, list(DECEMBERS.values()))
    rows = [("E1", m, c, c, round(p * 1000), 10_000) for m, pa in zip(months, a, strict=True)
            for c, p in zip(columns, (pa, 100.0), strict=True)]  # fmt: skip
    frame = pd.DataFrame(
        rows, columns=["enterprise_id", "period", "item_id", "class_code", "amount_fen", "quantity_milli"]
    )
    return frame.assign(trade_type="sale", stage="wholesale")


@pytest.fixture
def tree():
    return Hierarchy.from_parents({"A": "00", "B": "00"})


@pytest.fixture
def weights():
    rows = [(year, c, 50.0, "") for year in (2020, 2021, 2022) for c in "AB"]
    return pd.DataFrame(rows, columns=["year", "class_code", "weight", "price_period"])


@pytest.fixture
def series(tree, weights):
    panel = make_panel(records())
    return compile_index(panel, tree, rules=Rules.load(), weights=weights, base_period="2019-12")


def test_headline_of_the_chain_is_right(series):
    headline = series.levels_frame().loc[list(DECEMBERS), "00"]
    np.testing.assert_allclose(headline, RIGHT, rtol=1e-12)
    assert not np.allclose(headline[2:], UNRESET[2:], rtol=1e-3)


def test_unreset_relatives_give_the_known_wrong_numbers(tree):
    # the fault, made on purpose: relatives to 2019 go on through the links with the new year's weights
    a, b = np.array(list(DECEMBERS.values())) / 100.0, np.ones(4)
    wrong = [100.0]
    for year in range(1, 4):
        wrong.append(wrong[0] * (0.5 * a[year] + 0.5 * b[year]))
    np.testing.assert_allclose(wrong, UNRESET, rtol=1e-12)


def test_the_same_from_the_building_blocks(tree):
    """The chain by hand: Young from link to link, then joined at each December."""
    levels = pd.DataFrame({"A": list(DECEMBERS.values()), "B": 100.0}, index=list(DECEMBERS))
    total = np.array([100.0, np.nan, np.nan, np.nan])
    for year in range(3):
        step = aggregate(levels.iloc[year : year + 2], {"A": 50, "B": 50}, tree)["00"].to_numpy()
        old, new = np.where(np.arange(4) <= year, total, 1.0), np.ones(4)
        new[year + 1] = step[1]
        total = np.where(np.arange(4) <= year + 1, link(old, new, at=year), np.nan)
    np.testing.assert_allclose(total, RIGHT, rtol=1e-12)
    np.testing.assert_allclose(chain([1.0, 1.5, 1.05, 1.05], base=100.0), RIGHT, rtol=1e-12)


def test_contributions_add_up_at_every_level(series):
    parts = series.contributions_frame()
    sums = parts.groupby(["measure", "period", "level"])["points_pp"].sum()
    headline = series.to_frame().query("class_code == '00'").set_index("period")
    assert {0, 1} == set(parts["level"])
    for measure in ("mom", "yoy"):
        change = headline[f"{measure}_pct"].dropna()
        by_level = sums[measure].unstack()  # noqa: PD010
        assert len(by_level) == len(change)
        for level in by_level:
            np.testing.assert_allclose(by_level[level], change, rtol=1e-9, atol=1e-11)


def test_year_on_year_contributions_across_the_link_by_hand(series):
    """2022-06 on 2021-06: the stretch to December 2021 with 2021's weights, the rest with 2022's (Ribe)."""
    level = series.levels_frame()
    a, total = level["A"], level["00"]
    first = 50 * (a["2021-12"] - a["2021-06"]) / a["2020-12"] * total["2020-12"] / total["2021-06"]
    second = 50 * (a["2022-06"] - a["2021-12"]) / a["2021-12"] * total["2021-12"] / total["2021-06"]
    found = series.contributions("2022-06", "yoy").set_index("class_code")["points_pp"]
    np.testing.assert_allclose(found["A"], first + second, rtol=1e-12)
    assert abs(found["B"]) < 1e-12


def test_split_records_shuffled_rows_and_renamed_firms_change_nothing(tree, weights, series):
    frame = records()
    half = frame["amount_fen"] // 2
    halves = [frame.assign(amount_fen=part, quantity_milli=5_000) for part in (half, frame["amount_fen"] - half)]
    mixed = pd.concat(halves).sample(frac=1, random_state=3).assign(enterprise_id="某某公司")
    other = compile_index(make_panel(mixed), tree, rules=Rules.load(), weights=weights, base_period="2019-12")
    np.testing.assert_array_equal(other.index, series.index)
