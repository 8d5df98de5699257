"""Drop-one against compiling again without each firm."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.aggregate import make_panel
from shuibei_index.errors import UsageError
from shuibei_index.index import Hierarchy, compile_index
from shuibei_index.index.compilation.run import compile_inputs
from shuibei_index.index.influence import drop_one
from shuibei_index.months import between
from shuibei_index.rules import Rules
from tests.index.sampling.conftest import market, tree

__all__ = ["market", "tree"]
FORMULAS = ("tornqvist", "jevons", "fisher", "walsh", "dutot", "carli")


def weights_table(years=("2020", "2021")):
    rows = [(y, c, w, y if y == "2020" else "2020") for y in years for c, w in (("A.1", 5.0), ("A.2", 2.0), ("B", 3.0))]
    return pd.DataFrame(rows, columns=["year", "class_code", "weight", "price_period"])


@pytest.mark.parametrize("weights", [None, weights_table()], ids=["turnover", "stated"])
@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_equals_compiling_without_each_firm(market, tree, weights, gaps):
    records, rules = market(firms=7, months=20, items=6, gaps=gaps, seed=5), Rules.load()
    series = compile_index(make_panel(records), tree, rules=rules, weights=weights, replicates=0)
    found = drop_one(series)
    assert found.without.shape == (20, len(series.codes), 7)
    np.testing.assert_allclose(drop_one(series, method="one_by_one").without, found.without, rtol=1e-12)
    for f, firm in enumerate(found.firms):
        again = compile_index(
            make_panel(records[records["enterprise_id"] != firm]), tree, rules=rules, weights=weights, replicates=0
        )
        assert again.codes == series.codes and not np.isnan(again.index).any()
        np.testing.assert_allclose(found.without[:, :, f], again.index, rtol=1e-12, atol=1e-10)
        np.testing.assert_allclose(found.effect()[:, :, f], again.index - series.index, atol=1e-10)
        mom = 100 * (again.index[1:] / again.index[:-1] - series.index[1:] / series.index[:-1])
        np.testing.assert_allclose(found.effect("mom")[1:, :, f], mom, atol=1e-10)
        yoy = 100 * (again.index[12:] / again.index[:-12] - series.index[12:] / series.index[:-12])
        np.testing.assert_allclose(found.effect("yoy")[12:, :, f], yoy, atol=1e-10)
    assert np.abs(found.effect()).max() > 0.1


@pytest.mark.parametrize("formula", FORMULAS)
def test_sums_less_one_firm_are_the_sums_of_the_others(market, formula):
    records = market(firms=6, months=14, seed=2)
    # one firm sells a million times as much: what is left of the sums are their last digits
    large = records["enterprise_id"] == "E03"
    records.loc[large, ["quantity_milli", "amount_fen"]] *= 1_000_000
    tree = Hierarchy.from_parents(
        {"A.1": "00", "A.2": "00", "B": "00"}, formula=dict.fromkeys(["A.1", "A.2", "B"], formula)
    )
    series = compile_index(make_panel(records), tree, rules=Rules.load(), replicates=0, base_period="2020")
    found = drop_one(series)
    plain = compile_inputs(series.products.run.inputs, 1.0 - np.eye(6)).levels
    plain = 100.0 * plain / plain[:12].mean(axis=0)
    np.testing.assert_allclose(found.without, plain, rtol=1e-11)


def test_a_class_without_its_only_firm_moves_with_the_class_above(market, tree):
    records = market(firms=4, months=14, gaps=0.0)
    firm = records.loc[records["class_code"] == "A.2", "enterprise_id"].iloc[0]
    records = records[(records["class_code"] != "A.2") | (records["enterprise_id"] == firm)]
    series = compile_index(make_panel(records), tree, rules=Rules.load(), weights=weights_table(), replicates=0)
    found = drop_one(series)
    f, k, above = found.firms.index(firm), found.codes.index("A.2"), found.codes.index("A")
    assert (found.only[1:, k] == f).all() and (found.only[1:, above] == -1).all()
    moves = [found.without[1:, c, f] / found.without[:-1, c, f] for c in (k, above)]
    np.testing.assert_allclose(moves[0], moves[1], rtol=1e-12)
    top = found.frame("2020-06", "A.2")
    assert top["only_firm"].tolist() == [True, False, False, False] and top["enterprise_id"][0] == firm
    # nobody else is in the class: nobody else does anything to its movement
    others = [g for g in range(4) if g != f]
    np.testing.assert_allclose(found.effect("mom")[1:, k][:, others], 0.0, atol=1e-10)


def test_names_of_firms_and_their_order_change_nothing(market, tree):
    records = market(firms=6, months=14)
    renamed = records.assign(enterprise_id=records["enterprise_id"].map(lambda e: f"Z{9 - int(e[1:])}"))
    both = [
        drop_one(make_panel(r), tree, rules=Rules.load()) for r in (records, renamed.sample(frac=1, random_state=1))
    ]
    np.testing.assert_allclose(both[0].without, both[1].without[:, :, ::-1], rtol=1e-12)
    some = drop_one(make_panel(records), tree, rules=Rules.load(), firms=["E04", "E01"])
    np.testing.assert_array_equal(some.without, both[0].without[:, :, [4, 1]])


def test_a_firm_that_says_what_all_say_does_nothing(tree):
    months = between("2020-01", "2021-03")
    rows = [(m, f"E{f}", "i", c, 1000, round(100_000 * 1.02**t))
            for t, m in enumerate(months) for f in range(3) for c in ("A.1", "A.2", "B")]  # fmt: skip
    frame = pd.DataFrame(
        rows, columns=["period", "enterprise_id", "item_id", "class_code", "quantity_milli", "amount_fen"]
    )
    panel = make_panel(frame.assign(trade_type="sale", stage="wholesale"))
    assert np.abs(drop_one(panel, tree, rules=Rules.load()).effect()).max() < 1e-10


def test_months_without_any_other_price_have_no_index_without_the_firm(market, tree):
    records = market(firms=3, months=13, gaps=0.0)
    records = records[(records["period"] != "2020-05") | (records["enterprise_id"] == "E02")]
    found = drop_one(make_panel(records), tree, rules=Rules.load(), weights=weights_table(("2020",)))
    alone = drop_one(
        make_panel(records), tree, rules=Rules.load(), weights=weights_table(("2020",)), method="one_by_one"
    )
    np.testing.assert_allclose(alone.without, found.without, rtol=1e-12)
    assert np.isnan(found.without[:, :, 2]).all() and not np.isnan(found.without[:, :, :2]).any()
    assert found.frame("2020-09", top=3)["enterprise_id"].tolist()[-1] == "E02"


def test_tables_and_refusals(market, tree):
    panel = make_panel(market(firms=5, months=14))
    found = drop_one(panel, tree, rules=Rules.load())
    frame = found.frame("2021-02", "A", top=3)
    assert len(frame) == 3 and frame["effect_points"].abs().is_monotonic_decreasing
    np.testing.assert_allclose(frame["index_without"] - frame["index"], frame["effect_points"], atol=1e-9)
    table = found.table("mom")
    row = table[(table["period"] == "2021-02") & (table["class_code"] == "A")].iloc[0]
    best = found.frame("2021-02", "A", measure="mom", top=1).iloc[0]
    assert row["enterprise_id"] == best["enterprise_id"] and row["effect"] == pytest.approx(best["mom_pp"])
    month = found.month_frame("2021-02")
    assert set(month["class_code"]) <= set(found.codes) and len(month) > 5
    assert "5 firms" in repr(found) and "<table" in found._repr_html_()
    for wrong in (lambda: found.frame("2031-01"), lambda: found.frame("2021-02", "X"),
                  lambda: drop_one(panel, tree, rules=Rules.load(), method="at_once"),
                  lambda: found.frame("2021-02", measure="x"), lambda: drop_one(panel),
                  lambda: drop_one(panel, tree, rules=Rules.load(), firms=["E99"])):  # fmt: skip
        with pytest.raises(UsageError):
            wrong()
    assert np.isnan(found.effect("yoy")[:12]).all() and np.isnan(found.effect("mom")[0]).all()
    with pytest.raises(ValueError, match="read-only"):
        found.without[0, 0, 0] = 1.0


def test_picture_has_a_row_for_each_firm_shown(market, tree, tmp_path):
    found = drop_one(make_panel(market(firms=6, months=14)), tree, rules=Rules.load())
    for measure in ("index", "mom", "yoy"):
        figure = found.plot("A", measure=measure, top=4)
        assert len(figure.axes[0].get_yticks()) == 4
        figure.savefig(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 5000
