"""Levels of the lab are those of the formulas; errors are what they say."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import shuibei_index as sx
from shuibei_index.errors import UsageError
from shuibei_index.index.bilateral import jevons, tornqvist
from shuibei_index.index.multilateral import geks
from shuibei_index.index.splice import extend
from shuibei_index.lab import compare_methods


def table(p, q=None, first="2023-01", code="0401"):
    """A table of prices from a (T, N) array; NaN rows left out."""
    p = np.asarray(p, dtype=float)
    q = np.ones_like(p) if q is None else np.asarray(q, dtype=float)
    t, n = np.nonzero(~np.isnan(p))
    months = np.array([str(pd.Period(first, "M") + k) for k in range(len(p))])
    return pd.DataFrame(
        {"period": months[t], "class_code": code, "item_id": n.astype(str), "price": p[t, n], "quantity": q[t, n]}
    )


def levels(found, method, code="0401"):
    return found.levels[(code, method)].to_numpy() / 100


def test_chained_fixed_and_annual_by_hand():
    rng = np.random.default_rng(1)
    p, q = np.exp(rng.normal(0, 0.2, (16, 5))), np.exp(rng.normal(0, 0.5, (16, 5)))
    found = compare_methods(table(p, q), formulas=["tornqvist"], methods=["ccdi"], windows=[13], splices=["half"])

    def direct(a, b):
        return tornqvist(p0=p[a], p1=p[b], q0=q[a], q1=q[b])

    chained = np.cumprod([1.0] + [direct(t - 1, t) for t in range(1, 16)])
    assert_allclose(levels(found, "tornqvist chained"), chained, rtol=1e-12, atol=0)
    assert_allclose(levels(found, "tornqvist carried"), chained, rtol=1e-12, atol=0)
    assert_allclose(levels(found, "tornqvist fixed"), [direct(0, t) for t in range(16)], rtol=1e-12, atol=0)
    # December 2023 is position 11: its own month still stands on the first month
    annual = [direct(0, t) for t in range(12)] + [direct(0, 11) * direct(11, t) for t in range(12, 16)]
    assert_allclose(levels(found, "tornqvist annual"), annual, rtol=1e-12, atol=0)
    assert_allclose(levels(found, "geks_tornqvist full"), geks(p, q), rtol=1e-12, atol=0)
    half = extend(p, q, window=13, splice="half", on="published")
    assert_allclose(levels(found, "geks_tornqvist 13 half published"), half, rtol=1e-12, atol=0)


def test_identity_is_the_index_after_the_first_month_came_back():
    p = np.array([[1.0, 1.0], [2.0, 1.0], [1.0, 3.0]])
    q = np.array([[1.0, 2.0], [1.0, 5.0], [4.0, 1.0]])
    found = compare_methods(
        table(p, q), formulas=["carli", "tornqvist"], bases=["chained", "fixed"], methods=["ccdi"], windows=[]
    )
    drift = found.to_frame().set_index("method")["identity_pct"]
    carli = 1.5 * np.mean([0.5, 3.0]) * np.mean([1.0, 1 / 3])
    assert_allclose(drift["carli chained"], 100 * np.log(carli), rtol=1e-12, atol=0)
    tq = np.prod([tornqvist(p0=p[a], p1=p[b], q0=q[a], q1=q[b]) for a, b in ((0, 1), (1, 2), (2, 0))])
    assert_allclose(drift["tornqvist chained"], 100 * np.log(tq), rtol=1e-10, atol=0)
    assert abs(drift["carli fixed"]) < 1e-12 and abs(drift["geks_tornqvist full"]) < 1e-12


def test_an_absent_item_is_carried_or_lost():
    nan = np.nan
    p = [[1.0, 1.0, 1.0], [2.0, nan, 2.0], [2.0, 3.0, 2.0], [2.0, 3.0, 2.0]]
    found = compare_methods(table(p), formulas=["jevons"], bases=["chained", "carried"], methods=[], windows=[])
    # lost: the item enters again at whatever it costs; carried: from 2, where its class had moved it
    assert_allclose(levels(found, "jevons chained"), [1, 2, 2, 2], rtol=1e-14, atol=0)
    assert_allclose(levels(found, "jevons carried"), [1, 2, 2 * 1.5 ** (1 / 3), 2 * 1.5 ** (1 / 3)], rtol=1e-14, atol=0)
    short = compare_methods(table(p), formulas=["jevons"], bases=["carried"], methods=[], windows=[], longest_spell=0)
    assert_allclose(levels(short, "jevons carried"), [1, 2, 2, 2], rtol=1e-14, atol=0)


def test_a_class_without_a_match_breaks_a_chain_and_not_a_carried_series():
    nan = np.nan
    p = [[1.0, nan], [nan, 5.0], [3.0, 5.0]]
    found = compare_methods(table(p), formulas=["jevons"], bases=["chained", "carried"], methods=[], windows=[])
    assert np.isnan(levels(found, "jevons chained")[1:]).all()
    # the first item came back at three times its price, the second stood still
    assert_allclose(levels(found, "jevons carried")[[0, 2]], [1.0, 3.0**0.5], rtol=1e-14, atol=0)
    assert found.best(by="identity", n=9)["method"].to_list() == ["jevons carried"]


def test_a_class_that_starts_later_has_its_own_first_month():
    early, late = table([[1.0], [2.0], [4.0]], code="0401"), table([[7.0], [14.0]], first="2023-02", code="0402")
    found = compare_methods(pd.concat([early, late]), formulas=["jevons"], methods=["tpd"], windows=[2])
    for method in found.methods["method"]:
        got = levels(found, method, "0402")
        assert np.isnan(got[0]), method
        assert_allclose(got[1:], [1.0, 2.0], rtol=1e-12, atol=0)


def test_errors_by_hand():
    frame = table([[1.0], [1.1], [1.21], [1.0]])
    truth = pd.DataFrame({"period": frame["period"], "class_code": "0401", "index": [200.0, 220.0, 220.0, 200.0]})
    found = compare_methods(
        frame, truth=truth, formulas=["jevons"], bases=["chained"], methods=[], windows=[], base_months=2
    )
    row = found.to_frame().iloc[0]
    off = 100 * np.log(1.1)
    assert (row["target"], row["months"]) == ("truth", 4)
    assert_allclose(row[["bias_pct", "rmse_pct", "max_pct"]].astype(float), [off / 4, off / 2, off], rtol=1e-12)
    assert_allclose(row["mom_rmse_pct"], off * np.sqrt(2 / 3), rtol=1e-12)
    assert abs(row["end_pct"]) < 1e-12


def test_the_whole_market_gives_the_superlative_truth_by_its_own_formula(market):
    found = compare_methods(
        market, sample="market", classes=["0101"], formulas=["tornqvist"], bases=["chained"], methods=[], windows=[]
    )
    rows = found.to_frame()
    own = rows[rows["target"] == "superlative"]
    assert len(own) > 5 and (own["rmse_pct"] < 1e-9).all()
    assert (rows.loc[rows["target"] == "transitive", "rmse_pct"] > 1e-3).any()


def test_bouncing_prices_make_weighted_chains_drift_and_leave_multilateral_indices(market):
    found = compare_methods(
        market, stress="promotions", sample="market", classes=["0101"], formulas=["tornqvist", "jevons"],
        bases=["chained"], methods=["ccdi"], windows=[], base_months=1, seed=3,
    )  # fmt: skip
    end = found.to_frame().query("target == 'superlative'").groupby("method")["end_pct"].mean()
    assert end["tornqvist chained"] < -4.0
    assert abs(end["geks_tornqvist full"]) < 1.0 and abs(end["jevons chained"]) < 1.0


def test_stresses_leave_the_ends_alone_and_differ_by_seed(market):
    for stress in ("clearance", "seasonal"):
        one, same, other = (
            compare_methods(
                market, stress=stress, seed=s, classes=["0401"], formulas=["jevons"], methods=[], windows=[]
            )
            for s in (1, 1, 2)
        )
        pd.testing.assert_frame_equal(one.to_frame(), same.to_frame())
        if stress == "seasonal":
            assert not one.levels.equals(other.levels)
        assert "same_formula" not in one.targets


def test_leaders_move_the_market_itself(market):
    found = compare_methods(
        market, stress="leaders", sample="market", classes=["0101"], formulas=["tornqvist", "jevons"],
        bases=["carried"], methods=[], windows=[],
    )  # fmt: skip
    assert found.targets == ("transitive",)
    end = found.to_frame().groupby("method")["end_pct"].mean()
    # what sells much rose faster: the formula without turnover misses it
    assert end["jevons carried"] < end["tornqvist carried"] - 0.5


def test_own_prices_without_truth(market):
    panel = sx.make_panel(market.records)
    found = compare_methods(panel, classes=["90"], formulas=["jevons"], methods=["tpd"], windows=[13], splices=["mean"])
    frame = found.to_frame()
    assert found.targets == () and set(frame["target"]) == {""} and frame["rmse_pct"].isna().all()
    assert frame["distance_pct"].notna().all() and (frame["months"] == 25).all()
    assert list(found.best(n=1)["rank"]) == [1]
    with pytest.raises(UsageError, match="no target 'superlative'"):
        found.best(target="superlative")


def test_panel_and_table_give_the_same(market):
    panel = sx.make_panel(market.records)
    a, b = (
        compare_methods(x, classes=["0401"], formulas=["jevons"], methods=["ccdi"], windows=[13], splices=["mean"])
        for x in (panel, panel.to_frame().sample(frac=1.0, random_state=1))
    )
    pd.testing.assert_frame_equal(a.to_frame(), b.to_frame(), rtol=1e-9)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"formulas": ["jevon"]}, "did you mean 'jevons'"),
        ({"bases": ["chain"]}, "did you mean 'chained'"),
        ({"methods": ["tdp"]}, "unknown method 'tdp'"),
        ({"splices": ["middle"]}, "unknown splice"),
        ({"on": ["calculation"]}, "did you mean 'calculated'"),
        ({"windows": [1]}, "2 months or more"),
        ({"classes": ["0499"]}, "no prices of class"),
        ({"sample": "all"}, "unknown sample"),
        ({"stress": "promotion"}, "did you mean 'promotions'"),
        ({"formulas": [], "methods": []}, "nothing to compare"),
        ({"base_months": 0}, "base_months must be"),
    ],
)
def test_wrong_choices_are_refused(market, choice, words):
    with pytest.raises(UsageError, match=words):
        compare_methods(market, **choice)


def test_wrong_tables_are_refused(market):
    frame = table([[1.0, 2.0], [1.0, 2.0]])
    for bad, words in (
        (frame.drop(columns="price"), "lacks 1 \\('price'\\)"),
        (frame.assign(price=np.nan), "no row with a price"),
        (pd.concat([frame, frame]), "twice in a month"),
    ):
        with pytest.raises(UsageError, match=words):
            compare_methods(bad)
    with pytest.raises(UsageError, match="simulated markets only"):
        compare_methods(frame, stress="promotions")
    with pytest.raises(UsageError, match="the truth lacks"):
        compare_methods(frame, truth=frame)


def test_jevons_of_the_lab_is_the_formula(found, market):
    code, T = "0401", len(market.periods)
    inside = market.firms.in_panel[market.items.firm] & (market.goods.item_class == code)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = (10.0 * market.goods.amount_fen / market.goods.quantity_milli)[:, inside]
    logs = [0.0] + [np.log(jevons(p0=p[t - 1], p1=p[t])) for t in range(1, T)]
    assert_allclose(levels(found, "jevons chained"), np.exp(np.cumsum(logs)), rtol=1e-12, atol=0)


def test_carried_series_are_what_the_compilation_chains(market):
    rules = sx.Rules.load()
    formulas = rules.at(market.periods[0])["elementary_formula"]
    # the lab compares formulas on prices as they are: what a change of content adds to them is not taken out
    panel = dataclasses.replace(sx.make_panel(market.records), parts=None)
    compiled = sx.compile_index(panel, market.trees, rules=rules, weights=market.weights).levels_frame()
    frame = compare_methods(panel, bases=["carried"], methods=[], windows=[], formulas=sorted(set(formulas.values())))
    compared = 0
    named = sx.Hierarchy.load(market.periods[-1][:4]).column("formula")
    for code, unit in frame.classes[["class_code", "unit"]].to_numpy():
        own = frame.levels[(code, f"{named[code] or formulas.get(unit, formulas['other'])} carried")]
        if own.notna().all():
            ratio = compiled[code].to_numpy() / own.to_numpy()
            assert_allclose(ratio, ratio[0], rtol=1e-10, atol=0, err_msg=code)
            compared += 1
    assert compared > 20
