"""Lines left out of one month against compiling without them."""

import numpy as np
import pytest

from shuibei_index.aggregate import make_panel
from shuibei_index.index import compile_index
from shuibei_index.index.influence import Candidates, left_out
from shuibei_index.rules import Rules
from tests.index.influence.test_drop import market, tree, weights_table

__all__ = ["market", "tree"]
# weights that carry no prices: prices of the month would change the weights of its year
FIXED = weights_table().assign(price_period="")


def case(market, tree, records=None):
    records = market(firms=6, months=16, items=6, gaps=0.2, seed=8) if records is None else records
    return records, compile_index(make_panel(records), tree, rules=Rules.load(), weights=FIXED, replicates=0)


@pytest.mark.parametrize("period", ["2020-02", "2020-12", "2021-01", "2021-04"])
def test_equals_compiling_without_the_firms_report_of_the_month(market, tree, period):
    records, series = case(market, tree)
    t = series.months.index(period)
    effect = left_out(series, t, Candidates(np.arange(6), np.arange(6), np.full(6, -1), 6))
    for f in range(6):
        rest = records[(records["enterprise_id"] != f"E{f:02d}") | (records["period"] != period)]
        _, again = case(market, tree, rest)
        ratio = again.levels[t] / again.levels[t - 1] / (series.levels[t] / series.levels[t - 1])
        np.testing.assert_allclose(effect[:, f], series.index[t] * (ratio - 1.0), atol=1e-9)


def test_one_class_of_a_firm_and_several_firms_together(market, tree):
    records, series = case(market, tree)
    t, cells = 15, series.products.run.inputs.words
    b = cells.index("B")
    effect = left_out(series, t, Candidates(np.array([0, 1, 1]), np.array([2, 2, 4]), np.array([b, b, b]), 2))
    for column, firms in enumerate((["E02"], ["E02", "E04"])):
        gone = (
            records["enterprise_id"].isin(firms)
            & (records["period"] == series.months[t])
            & (records["class_code"] == "B")
        )
        _, again = case(market, tree, records[~gone])
        ratio = again.levels[t] / series.levels[t] * series.levels[t - 1] / again.levels[t - 1]
        np.testing.assert_allclose(effect[:, column], series.index[t] * (ratio - 1.0), atol=1e-9)
    np.testing.assert_allclose(effect[series.codes.index("A")], 0.0, atol=1e-10)
    assert abs(effect[series.codes.index("B"), 0]) > 0.01


def test_many_candidates_are_worked_on_in_blocks(market, tree):
    _, series = case(market, tree)
    number = 150
    one = left_out(series, 9, Candidates(np.arange(6), np.arange(6), np.full(6, -1), 6))
    many = left_out(series, 9, Candidates(np.arange(number), np.arange(number) % 6, np.full(number, -1), number))
    np.testing.assert_array_equal(many, one[:, np.arange(number) % 6])
