"""Labels of rows, in whatever form they come: the same results, and rows out of order refused by every function."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index import contributions
from shuibei_index.index.chain import (
    average,
    chain,
    chained_aggregate,
    level_shift_factor,
    link,
    link_factors,
    rebase,
    unchain,
)
from shuibei_index.index.elementary.aggregates import elementary_aggregates
from shuibei_index.index.hierarchy import Hierarchy, aggregate, check_reconciliation, reconcile, superlative
from shuibei_index.index.period_labels import in_order, written

MONTHS = [f"{2023 + n // 12}-{n % 12 + 1:02d}" for n in range(26)]
RNG = np.random.default_rng(20261122)
LEVELS = pd.DataFrame(np.exp(RNG.normal(0.0, 0.1, (26, 2)).cumsum(axis=0)), MONTHS, ["A", "B"])
WEIGHTS = pd.DataFrame({"A": [3.0, 1.0, 1.0], "B": 1.0}, ["2023", "2024", "2025"])
TREE = Hierarchy.from_parents({"A": "00", "B": "00"})
FORMS = {
    "period": pd.PeriodIndex(MONTHS, freq="M"),
    "date": pd.DatetimeIndex([f"{m}-01" for m in MONTHS]),
    "end of month": pd.PeriodIndex(MONTHS, freq="M").to_timestamp(how="end"),
    "number": pd.Index([int(m.replace("-", "")) for m in MONTHS]),
    "objects": pd.Index([pd.Period(m) for m in MONTHS], dtype=object),
}


def in_form(form, table):
    return table.set_axis(FORMS[form], axis=0)


def test_what_a_label_says():
    labels = [pd.Period("2024-05", "M"), pd.Timestamp("2024-05-31"), np.datetime64("2024-05-01"), 202405, "2024-05"]
    assert [written(x) for x in [*labels, np.int64(202405)]] == ["2024-05"] * 6
    assert [written(pd.Period("2024", f)) for f in ("Y", "Q", "W-SUN")] == ["2024", "2024-Q1", "2024-W01"]
    assert [written(x) for x in (0, 2024, "before", 202413, 12.5)] == [0, 2024, "before", 202413, 12.5]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_label_gives_the_same(form):
    table = in_form(form, LEVELS)
    calls = [
        lambda x: rebase(x, "2024-01"),
        lambda x: rebase(x, "2023"),
        lambda x: rebase(x, ["2023-11", "2023-12"]),
        lambda x: rebase(x, x.index[3]),
        lambda x: rebase(x, list(x.index[3:5])),
        lambda x: unchain(x, overlap="month"),
        lambda x: chain(unchain(x, overlap="annual"), overlap="annual"),
        lambda x: average(x),
        lambda x: chained_aggregate(x, WEIGHTS, TREE),
        lambda x: chained_aggregate(x, WEIGHTS.set_axis([2023, 2024, 2025]), TREE),
        lambda x: contributions.ribe(x, WEIGHTS.set_axis([2023, 2024, 2025])),
        lambda x: contributions.ribe(x, WEIGHTS, x["A"]),
        lambda x: link(x["A"], x["B"], "2024-03"),
        lambda x: link(x["A"], x["B"], "2023", until="2024-03"),
        lambda x: link_factors(x["A"], x["B"]),
        lambda x: level_shift_factor(x["A"], x["B"], "2023"),
        lambda x: aggregate(x, {"A": 1, "B": 3}, TREE),
    ]
    for call in calls:
        expected, found = call(LEVELS), call(table)
        np.testing.assert_array_equal(found.to_numpy(), expected.to_numpy())
    assert link_factors(table["A"], table["B"]).index.equals(link_factors(LEVELS["A"], LEVELS["B"]).index)


def test_numbers_of_periods_as_base():
    table = in_form("number", LEVELS)
    np.testing.assert_array_equal(rebase(table, 202404, 1.0), rebase(LEVELS, "2024-04", 1.0))
    years = pd.Series([1.0, 2.0], [2023, 2024])
    assert rebase(years, 2024).tolist() == rebase(years, 1).tolist() == rebase(years, "2024").tolist() == [50.0, 100.0]


SHUFFLED = {
    "order": (["2024-03", "2024-01", "2024-02"], "'2024-01' .* after '2024-03'"),
    "twice": (["2024-01", "2024-01", "2024-02"], "more than once: 1 .*'2024-01'"),
    "text": (["2024-9", "2024-10", "2024-1"], "'2024-1' .* after '2024-10'"),
    "dates": (pd.to_datetime(["2024-01-01", "2024-03-01", "2024-02-01"]), "after"),
    "numbers": ([0, 1, 0], "more than once"),
    "quarters": (["2024-Q3", "2024-Q4", "2024-Q1"], "after"),
    "names twice": (["before", "now", "now"], "more than once: 1 .*'now'"),
}


@pytest.mark.parametrize("kind", SHUFFLED)
def test_rows_out_of_order_are_refused_everywhere(kind):
    index, message = SHUFFLED[kind]
    table = pd.DataFrame({"A": [1.0, 2.0, 3.0], "B": 1.0}, index)
    good = table.set_axis(["2024-01", "2024-02", "2024-03"], axis=0)
    whole = table.assign(**{"00": 1.0})
    weights = {"A": 1, "B": 1}
    calls = [
        lambda: chain(table["A"]),
        lambda: chain(table),
        lambda: unchain(table),
        lambda: rebase(table["A"], [0]),
        lambda: link(table["A"], good["A"], "2024-01"),
        lambda: link(good["A"], table["A"], "2024-01"),
        lambda: link_factors(good["A"], table["A"]),
        lambda: aggregate(table, weights, TREE),
        lambda: aggregate(table, weights, TREE, links=True),
        lambda: superlative(table, table, TREE),
        lambda: superlative(table.to_numpy(), table, TREE),
        lambda: check_reconciliation(whole, weights, TREE),
        lambda: reconcile(whole, weights, TREE),
    ]
    for call in calls:
        with pytest.raises(ShapeError, match=message):
            call()


def test_labels_that_say_nothing_of_time_stay_in_the_callers_order():
    in_order(pd.Index(["start", "end", "after"]), "levels")
    in_order(pd.RangeIndex(3), "levels")
    in_order(pd.Index(["2024-9", "2024-10"]), "levels")
    assert chain(pd.Series([1.0, 2.0], ["start", "end"])).tolist() == [1.0, 2.0]


def test_text_that_sorts_differently_from_time_is_refused_in_a_long_table():
    table = pd.DataFrame(
        {"product": "p", "cell": "A", "price": [1.0, 2.0, 3.0], "period": ["2024-1", "2024-2", "2024-10"]}
    )
    with pytest.raises(ShapeError, match=r"period'.*'2024-2' .* after '2024-10'.*2024-02"):
        elementary_aggregates(table)
    with pytest.raises(ShapeError, match="more than once"):
        elementary_aggregates(table.assign(period=["2024-1", "2024-01", "2024-03"]))
    good = elementary_aggregates(table.assign(period=["2024-01", "2024-02", "2024-10"]))
    np.testing.assert_allclose(good.links.ravel(), [1.0, 2.0, 1.5], rtol=1e-15, atol=0)


def test_base_periods_that_choose_nothing():
    series = LEVELS["A"]
    for base in ([], [False] * 26, np.array([], dtype=int)):
        with pytest.raises(UsageError, match="names no month"):
            rebase(series, base)
    with pytest.raises(UsageError, match="names no month"):
        rebase([1.0, 2.0], [])
    with pytest.raises(ShapeError, match=r"'2030-01'.* not among"):
        rebase(series, ["2024-01", "2030-01"])
    with pytest.raises(PriceError, match="no level"):
        rebase(series.where(series.index != "2024-01"), "2024-01")


def test_no_numbers_where_numbers_belong():
    for call in (
        lambda: chain(["a"]),
        lambda: chain(pd.to_datetime(["2024-01-01"])),
        lambda: unchain([1 + 2j]),
        lambda: contributions.ribe(LEVELS.astype(str), WEIGHTS),
        lambda: contributions.ribe(LEVELS, WEIGHTS.astype(str)),
        lambda: chained_aggregate(LEVELS.astype(str), WEIGHTS),
        lambda: chained_aggregate(LEVELS, WEIGHTS.astype(str)),
    ):
        with pytest.raises(ShapeError, match="must hold numbers"):
            call()


def test_masked_is_not_observed():
    links = np.ma.array([1.0, 999.0, 2.0], mask=[False, True, False])
    np.testing.assert_array_equal(np.isnan(chain(links)), [False, True, True])
    assert np.isnan(unchain(links)[1])
    table = np.ma.array(LEVELS.to_numpy(), mask=np.zeros((26, 2)))
    table[25, 1] = np.ma.masked
    found = contributions.ribe(table, WEIGHTS.to_numpy()[1:], LEVELS["A"].to_numpy(), months=MONTHS)
    assert np.isnan(found[25, 1]) and not np.isnan(found[25, 0])


@pytest.mark.parametrize("month", [0, 13, -1, 99, "12", 1.5, True, None])
def test_link_months(month):
    with pytest.raises(UsageError, match=r"link_month must be 1 to 12"):
        contributions.ribe(LEVELS, WEIGHTS, link_month=month)
    if month is not None:
        with pytest.raises(UsageError, match="link month must be 1 to 12"):
            unchain(LEVELS, overlap="month", link_month=month)
