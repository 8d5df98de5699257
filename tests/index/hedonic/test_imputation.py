"""Characteristics and imputation methods against the formulas written out with numpy."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError, UsageError
from shuibei_index.index.hedonic import (
    LOOSE_DIAMONDS,
    Characteristics,
    Grade,
    Measure,
    characteristics_index,
    imputation_index,
    make_design,
)
from tests.index.hedonic.markets import stones

TABLE, TRUTH = stones(noise=0.1, shift=0.03)
TERMS = Characteristics((Measure("stone_carat"), Grade("stone_colour", "colour", "score"), Grade("stone_cut", "cut")))


def by_hand(table, own, other, single=False):
    """Prices, quantities, and imputed prices in both months of the sales of month `own`; regressions by lstsq."""
    z = make_design(table, TERMS, np.unique(table["period"], return_inverse=True)[1]).matrix
    z = np.column_stack([np.ones(len(z)), z])
    logs, beta = np.log(table["price"].to_numpy()), {}
    for month in (own, other):
        rows = (table["period"] == month).to_numpy()
        beta[month] = np.linalg.lstsq(z[rows], logs[rows], rcond=None)[0]
    rows = (table["period"] == own).to_numpy()
    price, quantity = table["price"].to_numpy()[rows], table["quantity"].to_numpy()[rows]
    here = price if single else np.exp(z[rows] @ beta[own])
    return price, quantity, here, np.exp(z[rows] @ beta[other])


def formulas(table, first, last, single=False):
    p0, q0, here0, there0 = by_hand(table, first, last, single)
    p1, q1, here1, there1 = by_hand(table, last, first, single)
    found = {
        "laspeyres": (q0 @ there0) / (q0 @ here0),
        "paasche": (q1 @ here1) / (q1 @ there1),
        "geo_laspeyres": np.exp((p0 * q0) @ np.log(there0 / here0) / (p0 @ q0)),
        "geo_paasche": np.exp((p1 * q1) @ np.log(here1 / there1) / (p1 @ q1)),
    }
    found["fisher"] = np.sqrt(found["laspeyres"] * found["paasche"])
    found["tornqvist"] = np.sqrt(found["geo_laspeyres"] * found["geo_paasche"])
    return found


@pytest.mark.parametrize("imputation", ["double", "single", "full"])
@pytest.mark.parametrize("formula", ["laspeyres", "paasche", "fisher", "geo_laspeyres", "geo_paasche", "tornqvist"])
def test_formulas_written_out(formula, imputation):
    found = imputation_index(TABLE, TERMS, formula=formula, imputation=imputation)
    expected = formulas(TABLE, "2024-01", "2024-06", single=imputation == "single")[formula]
    assert_allclose(found.levels[-1], expected, rtol=1e-10)
    chained = imputation_index(TABLE, TERMS, formula=formula, imputation=imputation, link="chained")
    links = [formulas(TABLE, f"2024-0{k}", f"2024-0{k + 1}", imputation == "single")[formula] for k in range(1, 6)]
    assert_allclose(chained.levels, np.concatenate([[1.0], np.cumprod(links)]), rtol=1e-10)


def test_matched_items_keep_their_observed_prices():
    old = pd.DataFrame({"item": ["a", "b", "c", "d"], "period": "2024-01", "price": [10.0, 21.0, 29.0, 40.0],
                        "quantity": [1.0, 2.0, 3.0, 4.0], "mm": [1.0, 2.0, 3.0, 4.0]})  # fmt: skip
    new = pd.DataFrame({"item": ["b", "c", "c", "e", "f"], "period": "2024-02",
                        "price": [22.0, 33.0, 35.0, 60.0, 14.0],
                        "quantity": [1.0, 1.0, 3.0, 2.0, 2.0], "mm": [2.0, 3.0, 3.0, 5.0, 1.2]})  # fmt: skip
    table, terms = pd.concat([old, new], ignore_index=True), Characteristics((Measure("mm"),))
    fits = [np.polyfit(np.log(part["mm"]), np.log(part["price"]), 1) for part in (old, new)]
    guess = [lambda mm, fit=fit: np.exp(np.polyval(fit, np.log(mm))) for fit in fits]
    mean_c = (33.0 + 3 * 35.0) / 4
    above = 1 * guess[1](1.0) + 2 * 22 + 3 * mean_c + 4 * guess[1](4.0)
    double = above / (1 * guess[0](1.0) + 2 * 21 + 3 * 29 + 4 * guess[0](4.0))
    single = above / (10 + 2 * 21 + 3 * 29 + 4 * 40)
    options = {"formula": "laspeyres", "item": "item"}
    assert_allclose(imputation_index(table, terms, **options).levels[1], double, rtol=1e-12)
    assert_allclose(imputation_index(table, terms, imputation="single", **options).levels[1], single, rtol=1e-12)


def test_all_matched_is_the_matched_index():
    table, _ = stones(T=2, noise=0.1)
    twice = pd.concat([table[:80], table[:80].assign(period="2024-02", price=table["price"][:80] * 1.3)])
    twice["item"] = np.tile(np.arange(80), 2)
    for imputation in ("double", "single"):
        found = imputation_index(twice, TERMS, imputation=imputation, item="item")
        assert_allclose(found.levels[1], 1.3, rtol=1e-12)
        assert_allclose(found.errors[1], 0.0, atol=1e-15)


def test_true_movement_of_every_method_though_stones_grow_larger():
    table, truth = stones(n=150, shift=0.05)
    runs = [
        characteristics_index(table, LOOSE_DIAMONDS, formula=f) for f in ("fisher", "laspeyres", "paasche", "pooled")
    ]
    runs += [
        imputation_index(table, LOOSE_DIAMONDS, formula=formula, imputation=imputation, link=link)
        for formula in ("tornqvist", "fisher", "paasche")
        for imputation in ("double", "single", "full")
        for link in ("direct", "chained")
    ]
    for found in runs:
        # the market has no jump at 0.30 ct: pooling that band leaves nothing of the price out
        assert set(found.pooled["level"]) <= {"<0.3", "0.3-0.5"}
        assert_allclose(found.levels, truth, rtol=1e-9)


def test_characteristics_method_is_geometric_full_imputation():
    pairs = {"laspeyres": "geo_laspeyres", "paasche": "geo_paasche", "fisher": "tornqvist"}
    for own, theirs in pairs.items():
        one = characteristics_index(TABLE, TERMS, formula=own, cluster="enterprise_id", covariance="cluster")
        two = imputation_index(
            TABLE, TERMS, formula=theirs, imputation="full", cluster="enterprise_id", covariance="cluster"
        )
        assert_allclose(one.levels, two.levels, rtol=1e-11)
        assert_allclose(one.errors, two.errors, rtol=1e-9)


@pytest.mark.parametrize("formula", ["fisher", "tornqvist"])
@pytest.mark.parametrize("link", ["direct", "chained"])
def test_bands_cover_the_truth(formula, link):
    inside = []
    for seed in range(25):
        table, truth = stones(T=4, n=60, seed=seed, noise=0.2)
        found = imputation_index(
            table, TERMS, formula=formula, link=link, covariance="HC3", weights="equal"
        )  # fmt: skip
        inside.append((found.low <= truth) & (truth <= found.high))
    assert np.mean(np.array(inside)[:, 1:]) > 0.88


def test_lognormal_correction_matters_for_single_imputation_only():
    levels = {
        (kind, fix): imputation_index(TABLE, TERMS, formula="laspeyres", imputation=kind, bias_correction=fix).levels
        for kind in ("single", "double")
        for fix in (None, "lognormal")
    }
    assert_allclose(levels["double", "lognormal"], levels["double", None], rtol=0.005)
    assert (levels["single", "lognormal"][1:] > levels["single", None][1:] * 1.003).all()


def set_pieces(n=60, seed=2):
    """Pieces whose metal and stones move apart: gold +20 % a month, the rest flat; pieces get lighter."""
    rng = np.random.default_rng(seed)
    parts = []
    for t, gold in enumerate((400.0, 480.0, 576.0)):
        grams, carat = rng.uniform(3, 5, n) - 0.5 * t, rng.uniform(0.1, 0.6, n)
        rest = 3000 * carat**1.2 * np.exp(0.05 * rng.standard_normal(n))
        loss = rng.choice([0.0, 2.0], n)
        price = grams * 0.75 * (1 + loss / 100) * gold + rest
        parts.append(pd.DataFrame({"period": f"2024-0{t + 1}", "price": price, "net_weight": grams, "fineness": 750.0,
                                   "metal_price": gold, "loss_rate": loss, "stone_carat": carat}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_metal_as_an_exact_cost():
    table, terms = set_pieces(), Characteristics((Measure("stone_carat"),))
    found = imputation_index(table, terms, formula="laspeyres", metal="cost", imputation="single")
    first = table[table["period"] == "2024-01"]
    metal = (first["net_weight"] * 0.75 * (1 + first["loss_rate"] / 100)).sum()
    total = first["price"].sum()
    for t, gold in ((1, 480.0), (2, 576.0)):
        true = (total + metal * (gold - 400.0)) / total
        assert_allclose(found.levels[t], true, rtol=0.01)
    with pytest.raises(PriceError, match=r"180 prices do not exceed the value of their metal \(first: row 0"):
        imputation_index(table.assign(net_weight=100.0), terms, metal="cost")
    with pytest.raises(PriceError, match="metal_price must be above 0"):
        imputation_index(table.assign(metal_price=0.0), terms, metal="cost")
    mixed = table.assign(metal=np.where(table["period"] == "2024-03", "platinum", "gold"))
    with pytest.raises(PriceError, match=r"no metal price for 1 \('gold'\) in 2024-03"):
        imputation_index(mixed, terms, metal="cost")


def test_too_few_sales_in_a_month_name_it():
    few = pd.concat([TABLE[TABLE["period"] != "2024-02"], TABLE[TABLE["period"] == "2024-02"][:3]])
    with pytest.raises(PriceError, match=r"3 sales in 2024-02 for .* parameters; use fewer characteristics"):
        imputation_index(few, Characteristics((*TERMS.terms[:2], Grade("stone_clarity", "clarity", "score"))))


def test_one_cluster_in_a_month_has_no_clustered_error():
    alone = TABLE.assign(enterprise_id=np.where(TABLE["period"] == "2024-03", "F0", TABLE["enterprise_id"]))
    with pytest.raises(UsageError, match="2024-03 has one"):
        imputation_index(alone, TERMS, covariance="cluster", cluster="enterprise_id")


def test_magnitudes_do_not_matter():
    plain = imputation_index(TABLE, TERMS, formula="fisher").levels
    for factor in (1e-12, 1e12):
        scaled = TABLE.assign(price=TABLE["price"] * factor, quantity=TABLE["quantity"] / factor)
        assert_allclose(imputation_index(scaled, TERMS, formula="fisher").levels, plain, rtol=1e-9)


def test_wrong_use():
    for wrong in ({"formula": "torqvist"}, {"imputation": "triple"}, {"link": "chain"}, {"metal": "gold"},
                  {"bias_correction": "kennedy"}, {"weights": "shares"}, {"regression_weights": "no"}):  # fmt: skip
        with pytest.raises(UsageError):
            imputation_index(TABLE, TERMS, **wrong)
    with pytest.raises(UsageError, match="did you mean 'fisher'"):
        characteristics_index(TABLE, TERMS, formula="fischer")
