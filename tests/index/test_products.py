"""Contributions of single products add up to the published change, for every formula, across links and gaps."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.aggregate import make_panel
from shuibei_index.errors import UsageError
from shuibei_index.index import Hierarchy, compile_index
from shuibei_index.index.elementary.formulas import FORMULAS
from shuibei_index.rules import Rules

RULES = Rules.load()
MONTHS = [f"{y}-{m:02d}" for y in (2020, 2021, 2022) for m in range(1, 13)]


def market(seed=5, present=0.7):
    """A panel with gaps of one to many months, two firms' worth of items in three classes; class C misses months."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(30):
        code = "ABC"[i % 3]
        level = np.exp(rng.normal(3, 1) + np.cumsum(rng.normal(0.01, 0.05, len(MONTHS))))
        for t, month in enumerate(MONTHS):
            if rng.random() < present and not (code == "C" and t in (7, 8, 20)):
                quantity = int(rng.integers(1, 9))
                rows.append((month, f"E{i % 4}", f"i{i}", code, int(level[t] * quantity * 100), quantity * 1000))
    columns = ["period", "enterprise_id", "item_id", "class_code", "amount_fen", "quantity_milli"]
    return make_panel(pd.DataFrame(rows, columns=columns).assign(trade_type="sale", stage="wholesale"))


PANEL = market()
PARENTS = {"X": "00", "A": "X", "B": "X", "C": "00"}


@pytest.mark.parametrize("formula", FORMULAS)
def test_products_add_up_to_the_change_of_every_class(formula):
    tree = Hierarchy.from_parents(PARENTS, formula=dict.fromkeys("ABC", formula))
    series = compile_index(PANEL, tree, rules=RULES)
    frame = series.to_frame().set_index(["period", "class_code"])
    for month, measure, code in (
        ("2020-02", "mom", "00"), ("2021-01", "mom", "X"), ("2022-08", "yoy", "00"), ("2021-09", "yoy", "C"),
        ("2022-12", "yoy", "A"),
    ):  # fmt: skip
        parts = series.product_contributions(month, measure, code)
        change = frame.loc[(month, code), f"{measure}_pct"]
        np.testing.assert_allclose(parts["points_pp"].sum(), change, rtol=1e-9)
        # no shares (贡献率) of a change that is published as 0.0 %
        assert parts["share_pct"].isna().all() if abs(change) < 0.05 else parts["share_pct"].sum() == pytest.approx(100)


def test_classes_of_products_are_the_published_contributions():
    series = compile_index(PANEL, Hierarchy.from_parents(PARENTS), rules=RULES)
    by_class = series.product_contributions("2022-06", "yoy", by="class").set_index("class_code")["points_pp"]
    published = series.contributions("2022-06", "yoy", level=2).set_index("class_code")["points_pp"]
    np.testing.assert_allclose(by_class.loc[list(published.index)], published, rtol=1e-9)


def test_enterprises_add_up_and_a_class_without_prices_is_no_enterprise():
    series = compile_index(PANEL, Hierarchy.from_parents(PARENTS), rules=RULES)
    firms = series.product_contributions("2020-08", "mom", by="enterprise")
    change = series.to_frame().query("period == '2020-08' and class_code == '00'")["mom_pct"].iloc[0]
    np.testing.assert_allclose(firms["points_pp"].sum(), change, rtol=1e-9)
    # class C has no price in August 2020: its movement is its parent's, and stands in a row of its own
    rest = series.product_contributions("2020-08", "mom").query("enterprise_id == ''")
    assert rest["class_code"].tolist() == ["C"]


def test_contribution_by_hand():
    rows = [("2020-01", "a", 1000), ("2020-02", "a", 2000), ("2020-01", "b", 1000), ("2020-02", "b", 1000)]
    frame = pd.DataFrame(rows, columns=["period", "item_id", "amount_fen"]).assign(
        enterprise_id="E", class_code="A", quantity_milli=1000, trade_type="sale", stage="wholesale"
    )
    tree = Hierarchy.from_parents({"A": "00"}, formula={"A": "carli"})
    parts = compile_index(make_panel(frame), tree, rules=RULES).product_contributions("2020-02", "mom")
    # (2 − 1) / 2 of a Carli link of 1.5; b does not move and is not listed
    assert parts["item_id"].tolist() == ["a"]
    np.testing.assert_allclose(parts["points_pp"], 50.0, rtol=1e-12)


def test_wrong_questions_are_told_so():
    series = compile_index(PANEL, Hierarchy.from_parents(PARENTS), rules=RULES)
    for question, words in (
        ({"month": "2020-03"}, "begins in 2020-01"),
        ({"month": "2031-03"}, "runs from"),
        ({"month": "2021-03", "measure": "qoq"}, "measure must be"),
        ({"month": "2021-03", "by": "colour"}, "by must be"),
        ({"month": "2021-03", "class_code": "Y"}, "no class 'Y'"),
    ):
        with pytest.raises(UsageError, match=words):
            series.product_contributions(**question)
