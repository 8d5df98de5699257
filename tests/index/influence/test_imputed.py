"""Drop-one where absent items are carried with the benchmark of the metal."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.aggregate import make_panel
from shuibei_index.index import Hierarchy, compile_index
from shuibei_index.index.compilation.run import compile_inputs
from shuibei_index.index.influence import drop_one
from shuibei_index.rules import Rules


def split(frame):
    """Records with the columns of split ones: metal, charge by the gram, no stones."""
    mg, amount = frame["net_weight_mg"].fillna(0), frame["amount_fen"]
    making = (frame["making_charge"].fillna(0) * mg / 10).round().astype("int64")
    known = (frame["charge_basis"] == "per_gram") & frame["metal_price"].notna() & (making < amount)
    metal = pd.array(np.where(known, amount - making, 0), dtype="Int64")
    metal[~known.to_numpy()] = pd.NA
    net = mg.astype("int64")
    pure = (mg * frame["fineness"].fillna(0)).round().astype("int64")
    return frame.assign(metal_fen=metal, loss_fen=0, making_fen=np.where(known, making, 0), stone_fen=0, net_mg=net,
                        pure_ug=pure)  # fmt: skip


@pytest.fixture(scope="module")
def case(clean):
    frame = split(clean.frame[clean.frame["enterprise_id"] <= "E009"])
    options = {"rules": Rules.load(), "weights": None, "metal_prices": clean.market.metal_prices, "replicates": 0}
    series = compile_index(make_panel(frame, stage="wholesale"), clean.market.trees, **options)
    assert series.products.run.inputs.benchmarks.carries.any()

    def without(firm):
        rest = make_panel(frame[frame["enterprise_id"] != firm], stage="wholesale")
        return compile_index(rest, clean.market.trees, **options)

    return series, without


@pytest.mark.parametrize("method", ["together", "one_by_one"])
def test_equals_compiling_without_the_firm(case, method):
    series, without = case
    found = drop_one(series, method=method)
    assert np.abs(found.effect()[:, series.codes.index("00")]).max() > 0.05
    for f, firm in enumerate(found.firms):
        again = without(firm)
        k = [series.codes.index(code) for code in again.codes]
        there = ~np.isnan(again.index[0])
        change = again.index[1:, there] / again.index[:-1, there]
        mine = found.without[1:, k, f][:, there] / found.without[:-1, k, f][:, there]
        np.testing.assert_allclose(mine, change, rtol=1e-10, atol=1e-10)


def test_what_others_are_imputed_by_matters(case):
    series, _ = case
    inputs, found = series.products.run.inputs, drop_one(series)
    plain = compile_inputs(inputs, 1.0 - np.eye(len(inputs.firms[0]))).levels
    apart = plain[1:] / plain[:-1] - found.without[1:] / found.without[:-1]
    assert np.nanmax(np.abs(apart)) > 1e-4


@pytest.mark.parametrize("formula", ["tornqvist", "fisher", "dutot", "carli"])
def test_other_formulas_and_a_necklace_made_lighter(clean, formula):
    frame = split(clean.frame[clean.frame["enterprise_id"] <= "E006"])
    lighter = (frame["period"] > "2023-06") & (frame["item_id"] <= "AU-01500")
    for column in ("net_mg", "pure_ug"):
        frame.loc[lighter, column] = frame.loc[lighter, column] * 8 // 10
    tree = clean.market.trees[2023]
    codes = [code for code in tree.leaves if code.startswith("01") and (frame["class_code"] == code).any()]
    frame = frame[frame["class_code"].isin(codes)]
    parents = {code: code[:4] for code in codes} | {code[:4]: "00" for code in codes}
    metal = {code: tree.column("metal")[code] for code in codes}
    small = Hierarchy.from_parents(parents, formula=dict.fromkeys(codes, formula), metal=metal)
    panel = make_panel(frame, stage="wholesale")
    series = compile_index(panel, small, rules=Rules.load(), metal_prices=clean.market.metal_prices, replicates=0)
    assert series.products.run.inputs.pairs.observed.log_quality is not None
    both = [drop_one(series, method=method).without for method in ("together", "one_by_one")]
    np.testing.assert_allclose(both[0], both[1], rtol=1e-10)
