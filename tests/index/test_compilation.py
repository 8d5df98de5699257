"""Compilation against numbers worked by hand, and what happens at the edges."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.aggregate import make_panel
from shuibei_index.errors import PriceError, UsageError, WeightWarning
from shuibei_index.index import Hierarchy, compile_index
from shuibei_index.rules import Rules

RULES = Rules.load()


def panel(rows):
    """rows: (month, item, class, price, quantity) → PricePanel."""
    frame = pd.DataFrame(rows, columns=["period", "item_id", "class_code", "price", "q"])
    frame["quantity_milli"] = (frame["q"] * 1000).astype("int64")
    frame["amount_fen"] = (frame["price"] * frame["q"] * 100).round().astype("int64")
    return make_panel(frame.assign(enterprise_id="E1", trade_type="sale", stage="wholesale"))


def tree(**columns):
    return Hierarchy.from_parents({"A": "00", "B": "00"}, **columns)


def weights(*rows):
    return pd.DataFrame(rows, columns=["year", "class_code", "weight", "price_period"])


EVEN = weights((2020, "A", 1.0, ""), (2020, "B", 1.0, ""), (2021, "A", 1.0, ""), (2021, "B", 1.0, ""))


def test_jevons_and_tornqvist_by_hand():
    rows = [
        ("2020-01", "a1", "A", 10, 1), ("2020-01", "a2", "A", 20, 3),
        ("2020-02", "a1", "A", 12, 2), ("2020-02", "a2", "A", 20, 1),
        ("2020-01", "b1", "B", 5, 1), ("2020-02", "b1", "B", 5, 1),
    ]  # fmt: skip
    jevons = compile_index(panel(rows), tree(formula={"A": "jevons"}), rules=RULES, weights=EVEN)
    assert jevons.levels_frame().loc["2020-02", "A"] == pytest.approx(100 * np.sqrt(1.2), rel=1e-12)
    tornqvist = compile_index(panel(rows), tree(formula={"A": "tornqvist"}), rules=RULES, weights=EVEN)
    share = 0.5 * (10 / 70 + 24 / 44)
    assert tornqvist.levels_frame().loc["2020-02", "A"] == pytest.approx(100 * 1.2**share, rel=1e-12)
    assert tornqvist.levels_frame().loc["2020-02", "00"] == pytest.approx(100 * (1.2**share + 1) / 2, rel=1e-12)


def test_absent_item_moves_with_its_class_and_returns():
    rows = [("2020-01", "a1", "A", 10, 1), ("2020-01", "a2", "A", 10, 1),
            ("2020-02", "a1", "A", 12, 1),
            ("2020-03", "a1", "A", 12, 1), ("2020-03", "a2", "A", 14, 1)]  # fmt: skip
    rows += [(m, "b", "B", 5, 1) for m in ("2020-01", "2020-02", "2020-03")]
    level = compile_index(panel(rows), tree(), rules=RULES, weights=EVEN, base_period="2020-01").levels_frame()["A"]
    # a2 is carried at 12 in February; in March 14/12 for a2 and 1 for a1
    np.testing.assert_allclose(level, [100, 120, 120 * np.sqrt(14 / 12)], rtol=1e-12)


def test_item_absent_longer_than_the_rule_comes_back_as_new():
    months = ["2020-01", "2020-02", "2020-03", "2020-04", "2020-05", "2020-06"]
    rows = [(m, "a1", "A", 10, 1) for m in months] + [(m, "b", "B", 5, 1) for m in months]
    rows += [("2020-01", "a2", "A", 10, 1), ("2020-06", "a2", "A", 40, 1)]
    assert RULES.at("2020-06")["imputation_max_months"] == 3
    level = compile_index(panel(rows), tree(), rules=RULES, weights=EVEN, base_period="2020-01").levels_frame()["A"]
    np.testing.assert_allclose(level, 100.0, rtol=1e-12)
    # one month earlier it is still carried, and its price counts
    rows[-1] = ("2020-05", "a2", "A", 40, 1)
    level = compile_index(panel(rows), tree(), rules=RULES, weights=EVEN, base_period="2020-01").levels_frame()["A"]
    np.testing.assert_allclose(level["2020-05"], 200.0, rtol=1e-12)


def test_missing_class_takes_the_parents_movement_and_says_so():
    rows = [("2020-01", "a", "A", 10, 1), ("2020-01", "b", "B", 5, 1), ("2020-02", "b", "B", 6, 1),
            ("2020-03", "a", "A", 18, 1), ("2020-03", "b", "B", 6, 1)]  # fmt: skip
    series = compile_index(panel(rows), tree(), rules=RULES, weights=EVEN, base_period="2020-01")
    np.testing.assert_allclose(series.levels_frame()["A"], [100, 120, 180], rtol=1e-12)
    status = series.to_frame().set_index(["period", "class_code"])["obs_status"]
    assert status["2020-02", "A"] == "I" and status["2020-03", "A"] == "A" and status["2020-02", "00"] == "A"
    assert series.quality_frame().set_index(["period", "class_code"]).loc[("2020-02", "A"), "imputed_share"] == 1.0


def test_weights_are_price_updated_to_the_link():
    months = [f"2020-{m:02d}" for m in range(1, 13)] + ["2021-01"]
    price = dict.fromkeys(months[:6], 10) | dict.fromkeys(months[6:12], 30) | {"2021-01": 60}
    rows = [(m, "a", "A", price[m], 1) for m in months] + [(m, "b", "B", 5, 1) for m in months]
    table = pd.concat([EVEN[EVEN.year == 2020], weights((2021, "A", 1.0, "2020"), (2021, "B", 1.0, "2020"))])
    series = compile_index(panel(rows), tree(), rules=RULES, weights=table, base_period="2020-01")
    links = series.links_frame().query("year == 2021").set_index("class_code")
    # A: 30 in December against a mean of 20 in 2020
    assert links.loc["A", "price_updated_weight"] == pytest.approx(1.5 / 2.5, rel=1e-12)
    assert links.loc["A", "weight"] == pytest.approx(0.5)
    change = series.to_frame().query("class_code == '00' and period == '2021-01'")["mom_pct"].iloc[0]
    assert change == pytest.approx(100 * 0.6, rel=1e-12)


def test_year_without_weights_takes_last_years_turnover_and_the_first_its_own():
    months = [f"2020-{m:02d}" for m in range(1, 13)] + ["2021-01"]
    rows = [(m, "a", "A", 10, 3) for m in months] + [(m, "b", "B", 10, 1) for m in months]
    series = compile_index(panel(rows), tree(), rules=RULES)
    weight = series.links_frame().set_index(["year", "class_code"])["weight"]
    assert weight[2020, "A"] == pytest.approx(0.75) and weight[2021, "A"] == pytest.approx(0.75)


def test_own_turnover_of_the_first_year_is_brought_to_the_first_months_prices():
    rows = [("2020-01", "a", "A", 10, 1), ("2020-02", "a", "A", 30, 1)]
    rows += [("2020-01", "b", "B", 10, 1), ("2020-02", "b", "B", 10, 1)]
    series = compile_index(panel(rows), tree(), rules=RULES, base_period="2020-01")
    links = series.links_frame().set_index("class_code")
    # values 40 and 20 at the year's mean prices 20 and 10: at January's prices 20 and 20
    assert links.loc["A", "price_updated_weight"] == pytest.approx(0.5, rel=1e-12)
    assert series.levels_frame().loc["2020-02", "00"] == pytest.approx(200.0, rel=1e-12)


def test_price_period_before_the_data_warns_and_keeps_the_weights():
    rows = [("2020-01", "a", "A", 10, 1), ("2020-01", "b", "B", 5, 1), ("2020-02", "a", "A", 11, 1)]
    table = weights((2020, "A", 3.0, "2018"), (2020, "B", 1.0, "2018"))
    with pytest.warns(WeightWarning, match="prices of 2018"):
        series = compile_index(panel(rows), tree(), rules=RULES, weights=table)
    assert series.links_frame().set_index("class_code").loc["A", "price_updated_weight"] == pytest.approx(0.75)


def test_classes_come_and_go_between_years():
    old = tree()
    new = Hierarchy.from_parents({"A": "00", "C": "00"})
    rows = [(f"2020-{m:02d}", i, i.upper(), 10, 1) for m in range(1, 13) for i in ("a", "b")]
    rows += [("2021-01", "a", "A", 12, 1), ("2021-02", "a", "A", 12, 1)]
    rows += [("2021-01", "c", "C", 7, 1), ("2021-02", "c", "C", 14, 1)]
    table = weights((2020, "A", 1.0, ""), (2020, "B", 1.0, ""), (2021, "A", 1.0, ""), (2021, "C", 1.0, ""))
    series = compile_index(panel(rows), {2020: old, 2021: new}, rules=RULES, weights=table, base_period="2020")
    level = series.levels_frame()
    assert np.isnan(level.loc["2021-01", "B"]) and np.isnan(level.loc["2020-12", "C"])
    # C enters without a price in December: with its parent's movement in January, on its own from February; 100 first
    np.testing.assert_allclose(level.loc[["2021-01", "2021-02"], "C"], [100, 200], rtol=1e-12)
    np.testing.assert_allclose(level.loc[["2021-01", "2021-02"], "00"], [120, 180], rtol=1e-12)
    sums = series.contributions_frame().groupby(["measure", "period", "level"])["points_pp"].sum()["mom"]
    np.testing.assert_allclose(sums["2021-01"], 20.0, rtol=1e-12)
    np.testing.assert_allclose(sums["2021-02"], 50.0, rtol=1e-12)


def test_a_new_month_leaves_old_ones_alone():
    rows = [(m, i, i.upper(), 10 + n, 1) for n, m in enumerate(("2020-12", "2021-01", "2021-02")) for i in ("a", "b")]
    table = weights((2021, "A", 2.0, ""), (2021, "B", 1.0, ""))
    short = compile_index(panel(rows[:4]), tree(), rules=RULES, weights=table, base_period="2020-12")
    whole = compile_index(panel(rows), tree(), rules=RULES, weights=table, base_period="2020-12")
    np.testing.assert_array_equal(whole.index[:2], short.index)


def test_base_is_an_annual_mean_and_rates_do_not_depend_on_it():
    rows = [(f"2020-{m:02d}", "a", "A", 10 + m, 1) for m in range(1, 13)]
    rows += [(m, "b", "B", 5, 1) for m, *_ in rows]
    one = compile_index(panel(rows), tree(), rules=RULES, weights=EVEN, base_period="2020")
    two = compile_index(panel(rows), tree(), rules=RULES, weights=EVEN, base_period="2020-03")
    assert one.levels_frame()["A"].mean() == pytest.approx(100.0, rel=1e-12)
    assert two.levels_frame().loc["2020-03", "A"] == pytest.approx(100.0, rel=1e-12)
    np.testing.assert_allclose(one.to_frame()["mom_pct"].dropna(), two.to_frame()["mom_pct"].dropna(), rtol=1e-9)
    with pytest.raises(UsageError, match="base period 2019 lies outside"):
        compile_index(panel(rows), tree(), rules=RULES, weights=EVEN, base_period="2019")


def test_gap_in_the_headline_unknown_class_and_formula_are_errors():
    rows = [("2020-01", "a", "A", 10, 1), ("2020-03", "a", "A", 10, 1)]
    with pytest.raises(PriceError, match="no item of the headline has a price in 2020-02"):
        compile_index(panel(rows), tree(), rules=RULES)
    with pytest.raises(UsageError, match="not leaves of any tree in force: 1 \\('Z'\\)"):
        compile_index(panel([("2020-01", "z", "Z", 1, 1)]), tree(), rules=RULES)
    with pytest.raises(UsageError, match="unknown elementary formula 'tornquist'; did you mean 'tornqvist'"):
        rows = [("2020-01", "a", "A", 10, 1), ("2020-02", "a", "A", 10, 1)]
        compile_index(panel(rows), tree(formula={"A": "tornquist"}), rules=RULES)


def test_satellite_class_does_not_touch_the_headline():
    frame = tree().frame
    satellite = frame.iloc[[1]].assign(class_code="90", parent="", level=1, in_headline=0)
    wide = Hierarchy(pd.concat([frame, satellite]))
    rows = [("2020-01", "a", "A", 10, 1), ("2020-02", "a", "A", 10, 1)]
    rows += [("2020-01", "g", "90", 10, 100), ("2020-02", "g", "90", 99, 100)]
    series = compile_index(panel(rows), wide, rules=RULES, base_period="2020-01")
    assert series.levels_frame().loc["2020-02", "90"] == pytest.approx(990.0)
    assert series.levels_frame().loc["2020-02", "00"] == pytest.approx(100.0)
    assert "90" not in set(series.contributions_frame()["class_code"])
