"""Replacements: items whose imputation ends, their successors, and the effect of their imputed prices."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from shuibei_index import months
from shuibei_index.index import IndexSeries
from shuibei_index.index.compilation.run import compile_inputs
from shuibei_index.index.upkeep import REPLACEMENT_COLUMNS, replacements, upkeep_log
from tests.index.components.market import RULES, Deal, series_of
from tests.index.components.test_components import gold_tree

FIRST = "2024-01"
LIMIT = int(RULES.at(FIRST)["imputation_max_months"])
#: X is sold for the last time in the third month
LAST = 2


def market(number: int = LAST + LIMIT + 4, back: int = 0) -> list[Deal]:
    """Return a market in which item X of firm E001 ends after the third month; `back` = months until it returns."""
    deals = []
    for t in range(number):
        period, gold = months.shift(FIRST, t), 500.0 + 5 * t
        deals.append(Deal(period, "A", "0101", gold, 20, 30.0, firm="E001"))
        deals.append(Deal(period, "B", "0101", gold, 25 + t, 20.0, firm="E002"))
        deals.append(Deal(period, "K", "0102", gold, 40, 10.0, 750.0, firm="E002"))
        if t <= LAST or (back and t >= LAST + back):
            deals.append(Deal(period, "X", "0101", gold, 22, 50.0, firm="E001"))
    return deals


def entering(item: str, t: int, number: int, charge: float = 23.0, firm: str = "E001") -> list[Deal]:
    """Return an item sold from a month on."""
    rest = range(t, number)
    return [Deal(months.shift(FIRST, u), item, "0101", 500.0 + 5 * u, charge, 40.0, firm=firm) for u in rest]


def gold_table(number: int) -> pd.DataFrame:
    """Return a benchmark that rises faster than the firms' prices."""
    periods = [months.shift(FIRST, t) for t in range(number)]
    return pd.DataFrame({"period": periods, "metal": "gold", "cny_per_gram": [500.0 + 9 * t for t in range(number)]})


def at(series: IndexSeries, t: int) -> pd.DataFrame:
    """Return the replacements of a month."""
    frame = replacements(series, months.shift(FIRST, t))
    assert tuple(frame.columns) == REPLACEMENT_COLUMNS
    return frame


def test_due_in_the_last_month_of_the_spell_then_dropped_once() -> None:
    series = series_of(market())
    kinds = {t: at(series, t)["status"].tolist() for t in range(len(series.months))}
    assert kinds.pop(LAST + LIMIT) == ["due"]
    assert kinds.pop(LAST + LIMIT + 1) == ["dropped"]
    assert all(not found for found in kinds.values())
    (row,) = at(series, LAST + LIMIT).to_dict("records")
    assert (row["item_id"], row["enterprise_id"], row["last_period"]) == ("X", "E001", months.shift(FIRST, LAST))
    assert (row["months_absent"], row["limit"], row["replacement_item_id"]) == (LIMIT, LIMIT, "")
    assert "替换规格品" in row["text_zh"] and "replacement item" in row["text_en"]
    (row,) = at(series, LAST + LIMIT + 1).to_dict("records")
    assert "必须替换" in row["text_zh"] and "must be replaced" in row["text_en"]


def test_the_engine_agrees_on_the_month() -> None:
    # the share imputed is above 0 while X is carried, and 0 from the month it is dropped
    series = series_of(market())
    head = series.quality[series.quality["class_code"] == "0101"].set_index("period")["imputed_share"]
    dropped = next(t for t in range(len(series.months)) if "dropped" in at(series, t)["status"].tolist())
    assert head[months.shift(FIRST, dropped - 1)] > 0 == head[months.shift(FIRST, dropped)]
    # the share of the class is what the item had in it the month before
    share = at(series, dropped)["class_share"].iloc[0]
    assert share == pytest.approx(head[months.shift(FIRST, dropped - 1)], rel=0.02)


def test_back_in_time_is_no_replacement() -> None:
    assert upkeep_log(series_of(market(back=LIMIT + 1)))["kind"].tolist() == ["due"]
    assert upkeep_log(series_of(market(back=LIMIT))).empty


@pytest.mark.parametrize("since, linked", [(LAST, "overlap"), (LAST + 1, "class_mean"), (LAST + LIMIT, "class_mean")])
def test_a_new_item_of_the_firm_and_class_is_named(since: int, linked: str) -> None:
    deals = market()
    number = LAST + LIMIT + 4
    (row,) = at(series_of(deals + entering("NEW", since, number)), LAST + LIMIT + 1).to_dict("records")
    assert (row["status"], row["replacement_item_id"], row["linked_by"]) == ("replaced", "NEW", linked)
    assert row["replacement_since"] == months.shift(FIRST, since) and row["n_candidates"] == 1
    assert "NEW" in row["text_zh"] and "NEW" in row["text_en"]


def test_no_candidate_from_elsewhere_before_or_gone() -> None:
    number = LAST + LIMIT + 4
    other_firm = entering("O", LAST + 1, number, firm="E002")
    before = entering("P", LAST - 1, number)
    gone = entering("Q", LAST, LAST + 1)
    frame = at(series_of(market() + other_firm + before + gone), LAST + LIMIT + 1)
    assert frame.set_index("item_id").loc["X", ["status", "n_candidates"]].tolist() == ["dropped", 0]


def test_the_first_to_enter_of_several_then_the_nearest_in_price() -> None:
    number = LAST + LIMIT + 4
    extra = entering("FAR", LAST + 1, number, 90.0) + entering("NEAR", LAST + 1, number, 22.5)
    (row,) = at(series_of(market() + extra), LAST + LIMIT + 1).to_dict("records")
    assert (row["replacement_item_id"], row["n_candidates"]) == ("NEAR", 2)
    extra = entering("FIRST", LAST + 1, number, 90.0) + entering("NEAR", LAST + 2, number, 22.5)
    (row,) = at(series_of(market() + extra), LAST + LIMIT + 1).to_dict("records")
    assert (row["replacement_item_id"], row["n_candidates"]) == ("FIRST", 2)


def test_effect_of_the_imputed_price_is_that_of_leaving_it_out() -> None:
    number, t = LAST + LIMIT + 4, LAST + LIMIT
    series = series_of(market(number), tree=gold_tree(), metal_prices=gold_table(number))
    (row,) = at(series, t).to_dict("records")
    less = ended_a_month_earlier(series)
    for column, code in (("effect_class_pp", "0101"), ("effect_pp", "00")):
        with_x, without_x = (
            100 * float(np.divide(*s.levels[[t, t - 1], s.codes.index(code)]) - 1) for s in (series, less)
        )
        assert row[column] == pytest.approx(with_x - without_x, abs=1e-10)
        assert row[column] > 0.1
    # dropped: it moves nothing more
    (row,) = at(series, t + 1).to_dict("records")
    assert row["effect_pp"] == 0.0 == row["effect_class_pp"]


def ended_a_month_earlier(series: IndexSeries) -> IndexSeries:
    """Compile once more with a spell shorter by a month."""
    assert series.products is not None
    inputs = dataclasses.replace(series.products.run.inputs)
    reach = inputs.reach.copy()
    reach[LAST] = LAST + LIMIT - 1
    inputs.__dict__["reach"] = reach
    return compile_inputs(inputs).series(series.base_period, None)


def test_carried_with_the_class_it_moves_nothing() -> None:
    (row,) = at(series_of(market()), LAST + LIMIT).to_dict("records")
    assert row["effect_pp"] == 0.0 and row["class_share"] > 0.3


def test_the_only_item_of_a_class_leaves_the_class_to_the_one_above() -> None:
    number = LAST + LIMIT + 4
    deals = [d for d in market(number) if not (d.class_code == "0102" and d.period > months.shift(FIRST, LAST))]
    series = series_of(deals, tree=gold_tree(), metal_prices=gold_table(number))
    frame = at(series, LAST + LIMIT).set_index("item_id")
    levels, t = series.levels, LAST + LIMIT
    own, other = (levels[t, k] / levels[t - 1, k] for k in (series.codes.index(c) for c in ("0102", "0101")))
    # 0101 is the only other class with prices: 01 and with it 0102 would move as it does
    assert frame.loc["K", "effect_class_pp"] == pytest.approx(100 * (own - other), abs=1e-9)
    less = ended_a_month_earlier(series)
    whole = [100 * s.levels[t, s.codes.index("00")] / s.levels[t - 1, s.codes.index("00")] for s in (series, less)]
    # both K and X end in this month: what the one adds, and what the other adds beside it
    assert frame["effect_pp"].sum() == pytest.approx(whole[0] - whole[1], rel=0.5)
    assert frame.loc["K", "effect_class_pp"] > 0.1
    assert frame.loc["K", "class_share"] == pytest.approx(1.0)
