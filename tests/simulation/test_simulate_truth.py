"""The truth against figures worked out by hand, and against the published implementation."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError
from shuibei_index.index.hierarchy import Hierarchy
from shuibei_index.months import between
from shuibei_index.rules import Rules
from shuibei_index.simulation import same_formula, simulate, superlative
from shuibei_index.simulation.priced import GoodsParts
from shuibei_index.simulation.truth import Goods

RULES = Rules.load()


def goods(periods, classes, prices, quantities) -> Goods:
    """Make goods from prices in CNY per unit (whole fen) and quantities in whole units; NaN = not sold."""
    p, q = np.array(prices, dtype=float), np.array(quantities, dtype=float)
    p, q = np.broadcast_arrays(p, q)
    sold = ~np.isnan(p) & ~np.isnan(q)
    amount = np.where(sold, np.rint(np.nan_to_num(p * q) * 100), 0).astype(np.int64)
    quantity = np.where(sold, np.rint(np.nan_to_num(q) * 1000), 0).astype(np.int64)
    return Goods(tuple(periods), np.array(classes), amount, quantity, amount)


def weights(years, **by_class) -> pd.DataFrame:
    rows = [(year, code, float(weight), "") for year in years for code, weight in by_class.items()]
    return pd.DataFrame(rows, columns=["year", "class_code", "weight", "price_period"])


def series(frame: pd.DataFrame, code: str = "00") -> pd.Series:
    return frame[frame["class_code"] == code].set_index("period")["index"]


def test_chain_resets_relatives_at_each_link():
    # ONS 2025: A's Decembers 100, 200, 220, 242, B flat, weights 50/50 at every link
    periods = between("2013-12", "2016-12")
    december = np.interp(np.arange(37), [0, 12, 24, 36], [100, 200, 220, 242])
    a = np.round(december, 2)
    sold = goods(periods, ["A", "B"], np.stack([a, np.full(37, 50.0)], axis=1), 10)
    tree = Hierarchy.from_parents({"A": "00", "B": "00"})
    trees = dict.fromkeys(range(2013, 2017), tree)
    found = series(
        same_formula(sold, trees=trees, weights=weights(trees, A=50, B=50), base_period="2013-12", rules=RULES)
    )
    decembers = found[[f"{year}-12" for year in range(2013, 2017)]]
    assert_allclose(decembers, [100, 150, 157.5, 165.375], rtol=1e-12, atol=0)
    unreset = found[["2015-12", "2016-12"]].to_numpy()
    assert (np.abs(unreset - [160, 171]) > 2).all()


def test_jevons_and_tornqvist_by_hand():
    tree = Hierarchy.from_parents({"J": "00", "T": "00"}, unit={"J": "piece", "T": "g"})
    prices = [[100, 200, 10, 20], [110, 190, 12, 21]]
    quantities = [[1, 1, 30, 10], [5, 1, 20, 15]]
    sold = goods(["2024-01", "2024-02"], ["J", "J", "T", "T"], prices, quantities)
    found = same_formula(
        sold, trees={2024: tree}, weights=weights([2024], J=3, T=1), base_period="2024-01", rules=RULES
    )
    jevons = math.sqrt(110 / 100 * 190 / 200)
    s0, s1 = 300 / 500, 240 / 555
    log_tornqvist = 0.5 * (s0 + s1) * math.log(1.2) + 0.5 * ((1 - s0) + (1 - s1)) * math.log(1.05)
    assert_allclose(series(found, "J")["2024-02"], 100 * jevons, rtol=1e-13, atol=0)
    assert_allclose(series(found, "T")["2024-02"], 100 * math.exp(log_tornqvist), rtol=1e-13, atol=0)
    headline = 0.75 * jevons + 0.25 * math.exp(log_tornqvist)
    assert_allclose(series(found)["2024-02"], 100 * headline, rtol=1e-13, atol=0)


def test_absent_item_is_carried_three_months_and_then_new():
    tree = Hierarchy.from_parents({"A": "00"}, unit={"A": "piece"})
    trees, w = {2024: tree}, weights([2024], A=1)
    steady = [100.0, 110.0, 121.0, 133.1, 146.41, 161.05]
    nan = math.nan

    def last(other):
        sold = goods(between("2024-01", "2024-06"), ["A", "A"], np.stack([steady, other], axis=1), 1)
        return series(same_formula(sold, trees=trees, weights=w, base_period="2024-01", rules=RULES))["2024-06"]

    # back after two months of absence at 200: compared with what it would have cost, 50 · 1.331
    back = last([50.0, nan, nan, 200.0, 200.0, 200.0])
    step4 = math.sqrt(133.1 / 121 * 200 / (50 * 1.21))
    step5, step6 = math.sqrt(146.41 / 133.1), math.sqrt(161.05 / 146.41)
    assert_allclose(back, 100 * 1.21 * step4 * step5 * step6, rtol=1e-12, atol=0)
    # back after four months: a new item, its jump does not count
    late = last([50.0, nan, nan, nan, nan, 200.0])
    assert_allclose(late, 161.05, rtol=1e-12, atol=0)


def test_missing_class_follows_its_parent_and_satellites_stay():
    whole = Hierarchy.from_parents({"A": "00", "B": "00", "90": "00"}).frame
    satellite = whole["class_code"] == "90"
    outside = {"parent": whole["parent"].mask(satellite, ""), "level": whole["level"].mask(satellite, 1)}
    tree = Hierarchy(whole.assign(**outside, in_headline=(~satellite).astype(int)))
    prices = [[100, 100, 7], [110, math.nan, math.nan], [121, 121, 8]]
    sold = goods(between("2024-01", "2024-03"), ["A", "B", "90"], prices, 1)
    found = same_formula(
        sold, trees={2024: tree}, weights=weights([2024], A=1, B=1), base_period="2024-01", rules=RULES
    )
    assert_allclose(series(found, "B"), [100, 110, 121], rtol=1e-12, atol=0)
    assert_allclose(series(found, "90"), [100, 100, 100 * 8 / 7], rtol=1e-12, atol=0)


def test_price_updated_weights():
    # weights at average prices of 2023; A doubles in December 2023: at link prices it weighs more
    tree = Hierarchy.from_parents({"A": "00", "B": "00"})
    a = [100.0] * 11 + [200.0] + [220.0]
    sold = goods(between("2023-01", "2024-01"), ["A", "B"], np.stack([a, [50.0] * 13], axis=1), 1)
    w = weights([2023, 2024], A=1, B=1).assign(price_period=["", "", "2023", "2023"])
    found = series(same_formula(sold, trees={2023: tree, 2024: tree}, weights=w, base_period="2023-12", rules=RULES))
    updated = 200 / (sum(a[:12]) / 12)
    assert_allclose(found["2024-01"], 100 * (updated * 1.1 + 1) / (updated + 1), rtol=1e-12, atol=0)


def test_new_class_has_no_row_before_it_exists():
    old = Hierarchy.from_parents({"A": "00"})
    new = Hierarchy.from_parents({"A": "00", "B": "00"})
    nan = math.nan
    prices = [[10, nan], [10, 30], [11, 36]]
    sold = goods(["2023-12", "2024-01", "2024-02"], ["A", "B"], prices, 1)
    w = weights([2023, 2024], A=1)
    found = same_formula(sold, trees={2023: old, 2024: new}, weights=w, base_period="2023-12", rules=RULES)
    assert series(found, "B").index.tolist() == ["2024-01", "2024-02"]
    assert_allclose(series(found, "B"), [100, 120], rtol=1e-12, atol=0)
    assert_allclose(series(found), [100, 100, 110], rtol=1e-12, atol=0)  # weight 0 in its first year
    wide = superlative(sold, trees={2023: old, 2024: new}, base_period="2023-12")
    assert series(wide, "B").index.tolist() == ["2024-01", "2024-02"]


def test_superlative_is_one_tornqvist_over_all_items_below():
    tree = Hierarchy.from_parents({"A": "00", "B": "00"})
    prices, quantities = [[10, 40], [12, 30]], [[7, 2], [5, 4]]
    sold = goods(["2024-01", "2024-02"], ["A", "B"], prices, quantities)
    found = superlative(sold, trees={2024: tree}, base_period="2024-01")
    s0, s1 = 70 / 150, 60 / 180
    log_link = 0.5 * (s0 + s1) * math.log(1.2) + 0.5 * (2 - s0 - s1) * math.log(0.75)
    assert_allclose(series(found)["2024-02"], 100 * math.exp(log_link), rtol=1e-13, atol=0)


def test_weight_drift_is_no_price_change():
    common = {"start": "2023-01", "end": "2024-12", "seed": 3, "firms": 10, "sampled": 1.0, "noise": 0.0, "churn": 0.0}
    still, drifting = simulate(drift=0.0, **common), simulate(drift=1.0, **common)
    level = {}
    for name, made in (("still", still), ("drifting", drifting)):
        truth = made.truth[made.truth["component"] == "total"]
        for target in ("same_formula", "superlative"):
            level[name, target] = series(truth[truth["target"] == target], "0302")["2024-12"]
        # the same goods, of which nobody knows what their prices are made of
        unsplit = dataclasses.replace(made.goods, parts=None)
        found = same_formula(unsplit, trees=made.trees, weights=made.weights, base_period="2023", rules=RULES)
        assert set(found["component"]) == {"total"}
        level[name, "unsplit"] = series(found, "0302")["2024-12"]
    assert level["drifting", "unsplit"] < level["still", "unsplit"] - 0.2
    for target in ("same_formula", "superlative"):
        assert_allclose(level["drifting", target], level["still", target], rtol=5e-4, atol=0)


def test_absent_gold_follows_the_benchmark_and_a_lighter_piece_is_no_cheaper():
    tree = Hierarchy.from_parents({"01": "00"}, unit={"01": "piece"})
    periods = between("2024-01", "2024-03")
    # A: 10 g at 600 and a charge of 200, sold every month, in the last 8 g at 660; B: the same, not sold in the second
    sold = goods(periods, ["01", "01"], [[6200.0, 6200.0], [6820.0, math.nan], [5480.0, 6810.0]], 1)
    making = np.array([[200, 200], [220, 0], [200, 210]]) * 100
    milligrams = np.array([[10_000, 10_000], [10_000, 0], [8_000, 10_000]])
    parts = GoodsParts(
        making_fen=making,
        stone_fen=np.zeros((3, 2), dtype=np.int64),
        net_mg=milligrams,
        pure_ug=milligrams * 1000,
        pieces=np.ones((3, 2), dtype=np.int64),
        by_weight=np.array([1.0, 0.0]),
        log_benchmark=np.log([[590.0, 590.0], [649.0, 649.0], [649.0, 649.0]]),
        metal=np.zeros(2, dtype=np.int64),
    )
    found = same_formula(
        dataclasses.replace(sold, parts=parts),
        trees={2024: tree},
        weights=weights([2024], **{"01": 1}),
        base_period="2024-01",
        rules=RULES,
    )
    of = dict(iter(found[found["class_code"] == "01"].groupby("component")))
    # B: metal by the benchmark's tenth, charge by that of A: 6600 + 220
    second = math.sqrt(6820 / 6200 * 6820 / 6200)
    assert_allclose(of["total"]["index"].iloc[1], 100 * second, rtol=1e-12, atol=0)
    # A: 6600 · 8/10 + 220 · 8/10 = 5456 at the new weight
    third = second * math.sqrt(5480 / 5456 * 6810 / 6820)
    assert_allclose(of["total"]["index"].iloc[2], 100 * third, rtol=1e-12, atol=0)
    assert_allclose(of["metal"]["index"].iloc[1:], [110.0, 110.0], rtol=1e-12, atol=0)
    assert "stone" not in of or of["stone"]["index"].isna().all()


def test_a_market_without_headline_prices_is_refused():
    tree = Hierarchy.from_parents({"A": "00"})
    sold = goods(["2024-01", "2024-02"], ["A"], [[1.0], [math.nan]], 1)
    with pytest.raises(PriceError, match=r"2024-02.*simulate more firms"):
        same_formula(sold, trees={2024: tree}, weights=weights([2024], A=1), base_period="2024-01", rules=RULES)
    with pytest.raises(PriceError, match="2024-02"):
        superlative(sold, trees={2024: tree}, base_period="2024-01")


@pytest.mark.parametrize(
    "options", [{"noise": 0.0, "churn": 0.0}, {"noise": 0.0, "churn": 1.0}, {"churn": 3.0, "tax_basis": "excl"}]
)
def test_both_implementations_agree_on_the_whole_market(options):
    """The index and its components, with metal goods coming, going and absent, and set pieces that lose weight."""
    made, both = compared(options)
    assert (both["_merge"] == "both").all()
    assert_allclose(both["total_compiled"], both["total"], rtol=1e-11, atol=0)
    for name in ("metal", "making", "stone"):
        # classes without a component have it on neither side
        assert (both[name].isna() == both[f"{name}_compiled"].isna()).all()
        known = both[both[name].notna()]
        assert known["class_code"].nunique() > 10
        assert_allclose(known[f"{name}_compiled"], known[name], rtol=1e-11, atol=0)
    assert made.goods.parts is not None


def compared(options):
    """Return a market, and its truth beside what is compiled of all its records, components as columns."""
    from shuibei_index.aggregate.panel import make_panel
    from shuibei_index.index.compilation.run import compile_index

    made = simulate(start="2014-10", end="2018-03", seed=5, firms=12, sampled=1.0, **options)
    compiled = compile_index(
        make_panel(made.records, rules=RULES),
        made.trees,
        rules=RULES,
        weights=made.weights,
        base_period="2015",
        metal_prices=made.metal_prices,
        tax_basis=made.settings.tax_basis,
        replicates=0,
    ).to_frame()
    wide = [
        frame.pivot_table(index=["period", "class_code"], columns="component", values="index").reset_index()
        for frame in (made.truth[made.truth["target"] == "same_formula"], compiled)
    ]
    return made, wide[0].merge(
        wide[1], on=["period", "class_code"], how="outer", suffixes=("", "_compiled"), indicator=True
    )
