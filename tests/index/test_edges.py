"""Compilation where years, trees and weights do not fit together neatly."""

import warnings

import numpy as np
import pandas as pd
import pytest

from shuibei_index.aggregate import make_panel
from shuibei_index.errors import PriceError, RulesError, ShapeError, TreeError, UsageError, WeightWarning
from shuibei_index.index import Hierarchy, compile_index
from shuibei_index.index.sampling.compiled import uncertainty
from shuibei_index.months import between
from shuibei_index.rules import Rules

RULES = Rules.load()


def panel(rows):
    """rows: (month, class, price, quantity), one item a class → PricePanel."""
    frame = pd.DataFrame(rows, columns=["period", "class_code", "price", "q"])
    frame["quantity_milli"] = (frame["q"] * 1000).astype("int64")
    frame["amount_fen"] = (frame["price"] * frame["q"] * 100).round().astype("int64")
    return make_panel(frame.assign(enterprise_id="E1", item_id="i", trade_type="sale", stage="wholesale"))


def tree(*codes, **parents):
    return Hierarchy.from_parents(dict.fromkeys(codes, "00") | parents)


def weights(*rows):
    return pd.DataFrame(rows, columns=["year", "class_code", "weight", "price_period"])


def even(*years):
    return weights(*((y, c, 1.0, "") for y in years for c in "AB"))


def path(first, last, **prices):
    """Monthly prices by class, given as functions of the month's number."""
    months = between(first, last)
    return [(m, c, price(t), 1.0) for t, m in enumerate(months) for c, price in prices.items()]


def adds_up(series):
    sums = series.contributions_frame().groupby(["measure", "period", "level"])["points_pp"].sum()
    headline = series.to_frame().query("class_code == '00'").set_index("period")
    for measure in ("mom", "yoy"):
        change = headline[f"{measure}_pct"].dropna()
        for level in sums.index.unique("level"):
            found = sums.xs((measure, level), level=("measure", "level")) if len(change) else change
            np.testing.assert_allclose(found.reindex(change.index), change, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("link_month", [1, 3, 6, 7, 11, 12])
@pytest.mark.parametrize("first", ["2020-01", "2020-05", "2020-12"])
def test_any_link_month_and_start(link_month, first):
    """Levels by hand: weights 50/50 at every link, so each stretch is the mean of the relatives to its link."""
    rows = path(first, "2023-03", A=lambda t: 10.0 + t, B=lambda t: 5.0)
    trees = {y: tree("A", "B") for y in range(int(first[:4]), 2025)}
    series = compile_index(
        panel(rows), trees, rules=RULES, weights=even(*range(2018, 2025)), base_period=first, link_month=link_month
    )
    months = between(first, "2023-03")
    level, expected = {months[0]: 100.0}, [100.0]
    at = 0
    for t in range(1, len(months)):
        expected.append(level[months[at]] * (0.5 * (10.0 + t) / (10.0 + at) + 0.5))
        level[months[t]] = expected[-1]
        if int(months[t][5:]) == link_month:
            at = t
    np.testing.assert_allclose(series.levels_frame()["00"], expected, rtol=1e-12)
    adds_up(series)


def test_price_period_as_a_month():
    rows = path("2020-01", "2021-01", A=lambda t: 30.0 if t >= 6 else 10.0, B=lambda t: 5.0)
    table = pd.concat([even(2020), weights((2021, "A", 1.0, "2020-03"), (2021, "B", 1.0, "2020-10"))])
    links = compile_index(panel(rows), tree("A", "B"), rules=RULES, weights=table).links_frame()
    assert links.set_index(["year", "class_code"])["price_updated_weight"][2021, "A"] == pytest.approx(0.75)


def test_price_period_within_the_weight_year_is_brought_back_to_the_link():
    """2021's weights at 2021's prices: A doubles in January 2021, so at December's prices it is worth half."""
    rows = path("2020-01", "2021-12", A=lambda t: 20.0 if t >= 12 else 10.0, B=lambda t: 5.0)
    table = pd.concat([even(2020), weights((2021, "A", 1.0, "2021"), (2021, "B", 1.0, "2021"))])
    series = compile_index(panel(rows), tree("A", "B"), rules=RULES, weights=table)
    weight = series.links_frame().set_index(["year", "class_code"])["price_updated_weight"]
    assert weight[2021, "A"] == pytest.approx(1 / 3, rel=1e-12)
    adds_up(series)


def test_price_period_after_the_data_warns_with_the_right_words():
    rows = path("2020-01", "2021-02", A=lambda t: 10.0 + t, B=lambda t: 5.0)
    table = pd.concat([even(2020), weights((2021, "A", 3.0, "2023"), (2021, "B", 1.0, "2023"))])
    with pytest.warns(WeightWarning, match="prices of 2023.*2020-01 to 2020-12"):
        series = compile_index(panel(rows), tree("A", "B"), rules=RULES, weights=table)
    assert series.links_frame().set_index(["year", "class_code"])["weight"][2021, "A"] == pytest.approx(0.75)


def test_a_class_that_enters_has_its_weights_updated_with_its_parents_index():
    """Values of 2020 at 2020's mean prices; the link month alone is not the price period."""
    rows = path("2020-01", "2020-12", A=lambda t: 30.0 if t >= 6 else 10.0)
    rows += [("2021-01", "A", 30.0, 1.0), ("2021-01", "C", 7.0, 1.0), ("2021-02", "A", 30.0, 1.0)]
    rows += [("2021-02", "C", 14.0, 1.0)]
    table = weights((2020, "A", 1.0, ""), (2021, "A", 1.0, "2020"), (2021, "C", 1.0, "2020"))
    series = compile_index(panel(rows), {2020: tree("A"), 2021: tree("A", "C")}, rules=RULES, weights=table)
    assert series.levels_frame()["00"]["2021-02"] / series.levels_frame()["00"]["2021-01"] == pytest.approx(1.5)


def test_a_class_that_returns_goes_on_where_its_parent_would_have_taken_it():
    years = (2020, 2021, 2022)
    rows = [r for r in path("2019-12", "2022-02", A=lambda t: 10.0 + t, B=lambda t: 5.0) if r[1] == "A"]
    rows += path("2019-12", "2020-12", B=lambda t: 5.0) + path("2022-01", "2022-02", B=lambda t: 8.0)
    trees = {y: tree("A") if y == 2021 else tree("A", "B") for y in years}
    table = even(*years)[lambda f: (f["year"] != 2021) | (f["class_code"] == "A")]
    series = compile_index(panel(rows), trees, rules=RULES, weights=table, base_period="2019-12")
    level = series.levels_frame()
    assert np.isnan(level.loc["2021-06", "B"])
    parent = level.loc["2022-01", "00"] / level.loc["2020-12", "00"]
    # B has no price in December 2021: it moves with its parent until its first pair of prices
    np.testing.assert_allclose(level.loc[["2022-01", "2022-02"], "B"], 100.0 * parent, rtol=1e-12)
    adds_up(series)


def test_a_leaf_that_is_split_says_what_its_turnover_no_longer_weighs():
    rows = path("2020-01", "2020-12", A=lambda t: 10.0, B=lambda t: 10.0)
    rows += path("2021-01", "2021-02", B=lambda t: 10.0, A1=lambda t: 5.0 + t)
    trees = {2020: tree("A", "B"), 2021: tree("A", "B", A1="A", A2="A")}
    with pytest.warns(WeightWarning, match=r"2021.*50\.0 %.*'A'.*weights\.csv"):
        series = compile_index(panel(rows), trees, rules=RULES)
    assert series.levels_frame().loc["2021-02", "00"] == pytest.approx(100.0)
    assert series.levels_frame().loc["2021-02", "A"] == pytest.approx(120.0)
    adds_up(series)
    table = weights((2020, "A", 1.0, ""), (2020, "B", 1.0, ""), (2021, "A1", 1.0, ""), (2021, "B", 1.0, ""))
    series = compile_index(panel(rows), trees, rules=RULES, weights=table)
    assert series.levels_frame().loc["2021-02", "00"] == pytest.approx(110.0)
    adds_up(series)


def test_a_class_that_moves_to_another_parent_keeps_its_level():
    rows = path("2020-01", "2021-12", A1=lambda t: 10.0 + t, A2=lambda t: 20.0 - t / 4, B1=lambda t: 5.0)
    trees = {2020: tree("A", "B", A1="A", A2="A", B1="B"), 2021: tree("A", "B", A1="A", A2="B", B1="B")}
    table = weights(*((y, c, 1.0, "") for y in (2020, 2021) for c in ("A1", "A2", "B1")))
    series = compile_index(panel(rows), trees, rules=RULES, weights=table, base_period="2020-01")
    level = series.levels_frame()
    np.testing.assert_allclose(level["A2"], [100 * (20 - t / 4) / 20 for t in range(24)], rtol=1e-12)
    assert level.loc["2021-06", "A"] / level.loc["2020-12", "A"] == pytest.approx(27 / 21)
    adds_up(series)


def test_item_that_changes_class_is_new_in_the_other():
    rows = path("2020-01", "2020-03", A=lambda t: 10.0, B=lambda t: 5.0)
    moved = [("2020-03", "B", 99.0, 1.0) if r[:2] == ("2020-03", "A") else r for r in rows]
    series = compile_index(panel([r for r in moved if r != ("2020-03", "B", 5.0, 1.0)]), tree("A", "B"), rules=RULES)
    # the item id is the same, but B's own item goes on from 5 to 99: two rows of one id in one class are one item
    assert series.levels_frame().loc["2020-03", "B"] == pytest.approx(1980.0)


def test_weights_as_a_notebook_reads_them(tmp_path):
    rows = path("2020-01", "2021-02", A=lambda t: 10.0 + t, B=lambda t: 5.0)
    table = pd.concat([even(2020), weights((2021, "A", 3.0, "2020"), (2021, "B", 1.0, ""))])
    table.to_csv(tmp_path / "weights.csv", index=False)
    expected = compile_index(panel(rows), tree("A", "B"), rules=RULES, weights=table).index
    read = pd.read_csv(tmp_path / "weights.csv")
    assert read["price_period"].dtype == float
    texts = pd.read_csv(tmp_path / "weights.csv", dtype=str)
    for frame in (read, texts):
        found = compile_index(panel(rows), tree("A", "B"), rules=RULES, weights=frame).index
        np.testing.assert_array_equal(found, expected)
    plain = compile_index(
        panel(rows), tree("A", "B"), rules=RULES, weights=even(2020, 2021)[["year", "class_code", "weight"]]
    )
    assert plain.links_frame()["weight"].isin([0.5, 1.0]).all()


@pytest.mark.parametrize(
    ("frame", "error", "words"),
    [
        (even(2020).assign(weight=np.nan), PriceError, "2020.*'A'"),
        (even(2020).assign(weight=[-1.0, 1.0]), PriceError, "2020.*'A'"),
        (even(2020).assign(weight=[np.inf, 1.0]), PriceError, "2020.*'A'"),
        (even(2020).assign(weight=0.0), PriceError, "no class of the headline"),
        (even(2020, 2020), ShapeError, "2020.*twice.*'A'"),
        (even(2020).drop(columns="weight"), ShapeError, "'weight'"),
        (even(2020).assign(price_period="2020-13"), UsageError, "2020-13"),
    ],
    ids=["nan", "negative", "infinite", "zero", "twice", "column", "month"],
)
def test_weights_that_are_none(frame, error, words):
    rows = path("2020-01", "2020-02", A=lambda t: 10.0, B=lambda t: 5.0)
    with pytest.raises(error, match=words):
        compile_index(panel(rows), tree("A", "B"), rules=RULES, weights=frame)


def test_turnover_below_zero_does_not_weigh():
    rows = [*path("2020-01", "2020-02", A=lambda t: 10.0, B=lambda t: 5.0), ("2020-01", "A", -1000.0, 1.0)]
    with pytest.raises(PriceError, match=r"'A'.*turnover of 2020"):
        compile_index(panel(rows), tree("A", "B"), rules=RULES)


def test_months_of_no_price_are_gaps_not_zeros():
    rows = path("2020-01", "2020-03", A=lambda t: 10.0, B=lambda t: 5.0)
    rows = [r for r in rows if r[:2] != ("2020-02", "A")] + [("2020-02", "A", 0.0, 1.0)]
    series = compile_index(panel(rows), tree("A", "B"), rules=RULES, weights=even(2020))
    np.testing.assert_allclose(series.levels_frame()["A"], 100.0)
    assert series.to_frame().set_index(["period", "class_code"]).loc[("2020-02", "A"), "obs_status"] == "I"


def test_one_month_and_one_item():
    series = compile_index(panel([("2020-01", "A", 10.0, 1.0)]), tree("A"), rules=RULES)
    assert series.levels_frame()["00"].tolist() == [100.0] and series.contributions_frame().empty
    assert series.to_frame()[["mom_pct", "yoy_pct", "ytd_pct"]].isna().all().all()


def test_huge_and_tiny_values():
    rows = path("2020-01", "2020-03", A=lambda t: 1e9 * 2**t, B=lambda t: 0.01 * 2**t)
    rows = [(m, c, p, 1e3) for m, c, p, _ in rows]
    series = compile_index(panel(rows), tree("A", "B"), rules=RULES, base_period="2020-01")
    np.testing.assert_allclose(series.levels_frame()["00"], [100, 200, 400], rtol=1e-12)


def test_a_rule_that_names_no_formula_for_a_unit_says_so():
    rules = RULES.at("2020-01")
    entry = rules.entries["elementary_formula"]
    lacking = type(entry)(
        entry.name, {"g": "jevons"}, *[getattr(entry, f) for f in list(entry.__dataclass_fields__)[2:]]
    )
    rules = type(rules)(rules.month, rules.entries | {"elementary_formula": lacking}, rules.digest)
    rows = path("2020-01", "2020-02", A=lambda t: 10.0)
    with pytest.raises(RulesError, match=r"elementary_formula.*unit"):
        compile_index(panel(rows), tree("A"), rules=rules)
    grams = Hierarchy.from_parents({"A": "00"}, unit={"A": "g"})
    assert compile_index(panel(rows), grams, rules=rules).levels_frame()["00"].tolist() == [100.0, 100.0]


def test_panel_firms_as_a_notebook_reads_them():
    rows = path("2020-01", "2020-02", A=lambda t: 10.0)
    firms = pd.DataFrame({"enterprise_id": ["E1", "E2"], "joined": [np.nan, "2020-02"], "left": np.nan})
    for frame in (firms, firms.astype(object).fillna("")):
        quality = compile_index(panel(rows), tree("A"), rules=RULES, panel_firms=frame).quality_frame()
        head = quality[quality["class_code"] == "00"]["response_rate_count"]
        assert head.tolist() == [1.0, 0.5]


def test_no_warning_in_a_plain_year():
    rows = path("2019-12", "2021-12", A=lambda t: 10.0 + t, B=lambda t: 5.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compile_index(panel(rows), tree("A", "B"), rules=RULES)


@pytest.mark.parametrize("month", [0, 13, -1, 99, "12", 12.5, True, None])
def test_link_months_that_are_none(month):
    rows = path("2020-01", "2020-02", A=lambda t: 10.0)
    for call in (compile_index, uncertainty):
        with pytest.raises(UsageError, match=r"link_month must be 1 to 12, not"):
            call(panel(rows), tree("A"), rules=RULES, link_month=month)


def test_a_compilation_needs_a_tree_with_the_headline():
    rows = path("2020-01", "2020-02", A=lambda t: 10.0)
    for given in (None, "2020", {2020: None}):
        with pytest.raises(UsageError, match="tree must be a Hierarchy"):
            compile_index(panel(rows), given, rules=RULES)
    with pytest.raises(TreeError, match=r"'TOTAL'.*compil.*'00'"):
        compile_index(panel(rows), Hierarchy.from_parents({"A": "TOTAL"}), rules=RULES)
