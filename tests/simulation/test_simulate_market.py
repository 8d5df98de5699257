"""The market: exact lines, sizes, entry and exit, and what each option does and does not change."""

from __future__ import annotations

import subprocess
import sys
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import shuibei_index.simulation as simulate_package
from shuibei_index.errors import UsageError
from shuibei_index.intake.schema import RECORD
from shuibei_index.simulation import Market, MarketSettings, simulate
from shuibei_index.simulation.records import to_basis


def frame(market: Market) -> pd.DataFrame:
    return market.records.to_pandas()


def test_identity_of_metal_lines_holds_to_the_fen(market):
    lines = frame(market)
    lines = lines[lines["metal_price"].notna()]
    assert len(lines) > 500
    assert set(lines["charge_basis"].dropna()) == {"per_gram", "per_piece", "percent"}
    for row in lines.itertuples():
        grams = Decimal(int(row.net_weight_mg)) / 1000
        price = Decimal(str(row.metal_price)) * Decimal(str(row.fineness)) / 1000
        metal = grams * price * (1 + Decimal(str(row.loss_rate)) / 100)
        charge = Decimal(0 if pd.isna(row.making_charge) else str(row.making_charge))
        basis = {"per_gram": grams * charge, "per_piece": row.pieces * charge, "percent": metal * charge / 100}
        stones = Decimal(0 if pd.isna(row.stone_amount_fen) else int(row.stone_amount_fen)) / 100
        total = metal + basis.get(row.charge_basis, Decimal(0)) + stones
        assert abs(total - Decimal(int(row.amount_reported_fen)) / 100) <= Decimal("0.005001")


def test_toll_lines_are_charge_only(market):
    toll = frame(market)
    toll = toll[toll["class_code"] == "91"]
    assert len(toll) and (toll["trade_type"] == "toll").all() and toll["metal_price"].isna().all()
    charge = toll["net_weight_mg"] / 1000 * toll["making_charge"]
    assert ((charge * 100 - toll["amount_reported_fen"]).abs() <= 0.5001).all()


def test_all_kinds_of_trade_and_units_occur(market):
    lines = frame(market)
    assert set(lines["trade_type"]) == {"sale", "toll", "trade_in", "return"}
    assert (lines["class_code"] == "90").any()
    assert (lines[["pieces", "amount_fen", "quantity_milli"]] > 0).all().all()
    assert lines["deal_time"].dt.strftime("%Y-%m").eq(lines["period"].astype(str)).all()
    assert (
        lines.groupby(["enterprise_id", "period"], observed=True)["line_no"]
        .agg(["min", "max", "size"])
        .pipe(lambda t: ((t["min"] == 1) & (t["max"] == t["size"])).all())
    )


def test_records_are_named_like_accepted_records(market):
    table = market.records
    assert isinstance(table, pa.Table)
    known = {field.name: field.type for field in RECORD}
    shared = [name for name in table.column_names if name in known]
    assert len(shared) > 18
    assert {n: table.schema.field(n).type for n in shared} == {n: known[n] for n in shared}


@pytest.mark.parametrize(("basis", "vat"), [("incl", 13.0), ("excl", 13.0), ("incl", 17.0), ("excl", 16.0)])
def test_tax_conversion_is_exact(basis, vat):
    rng = np.random.default_rng(1)
    fen = np.concatenate([rng.integers(1, 10**13, 300), np.arange(1, 400) * 50])
    found = to_basis(fen, np.full(len(fen), basis == "incl"), vat, basis)
    factor = (100 + Decimal(str(vat))) / 100
    exact = [Decimal(int(f)) * factor if basis == "incl" else Decimal(int(f)) / factor for f in fen]
    assert found.tolist() == [int(e.quantize(Decimal(1), ROUND_HALF_EVEN)) for e in exact]
    assert to_basis(fen, np.full(len(fen), basis != "incl"), vat, basis).tolist() == fen.tolist()


def test_sizes_of_the_default_market():
    made = simulate(start="2019-01", end="2024-12", seed=7)
    lines = sum(int(made.firms.in_panel[made.items.firm[m.item]].sum()) for m in made.lines)
    assert int(made.firms.in_panel.sum()) == 40
    assert len(made.firms.ids) == 80
    assert 54_000 < lines < 66_000
    assert made.firms.size.max() > 8 * np.median(made.firms.size)
    assert "lines of the panel" in repr(made) and "<table" in made._repr_html_()


def test_classes_of_a_new_tree_appear_with_it():
    made = simulate(start="2015-11", end="2016-02", seed=2, firms=30)
    first = frame(made)[["class_code", "period"]].astype(str).groupby("class_code")["period"].min()
    new = first[first.index.str.startswith("010103")]
    assert len(new) and (new >= "2016-01").all()
    assert (first[first.index.str.startswith("010101")] == "2015-11").all()


def test_replacements_cost_unlike_their_predecessors():
    made = simulate(start="2018-01", end="2023-12", seed=4, firms=40, sampled=1.0)
    metal = made.items.fineness > 0
    later = made.items.since[metal] > 0
    charge = np.log(made.items.charge[metal] / made.classes.charge[made.items.leaf[metal]])
    assert charge[later].mean() > charge[~later].mean() + 0.06
    assert charge[later].std() > charge[~later].std()


def test_without_churn_everyone_stays():
    made = simulate(start="2023-01", end="2024-06", seed=4, firms=8, churn=0.0)
    assert (made.firms.since == 0).all() and (made.firms.until == 18).all()
    assert len(made.items.ids) == len(made.firms.ids) * made.settings.items_per_firm
    assert all(len(np.unique(month.item)) == len(made.items.ids) for month in made.lines)


def test_without_noise_prices_of_the_month_are_one():
    made = simulate(start="2024-01", end="2024-02", seed=4, firms=8, noise=0.0)
    lines = frame(made)
    lines = lines[lines["metal_price"].notna() & (lines["trade_type"] == "sale")]
    gold = lines[lines["class_code"].astype(str).str.startswith("01")]
    assert (gold.groupby(["period", "tax_basis"], observed=True)["metal_price"].std() == 0).all()


def test_drift_takes_weight_off_pieces_only():
    made = simulate(start="2023-01", end="2024-12", seed=4, firms=10, churn=0.0, drift=1.0)
    everything = np.arange(len(made.items.ids))
    lost = made.items.net_at(everything, 23) < made.items.net_at(everything, 0)
    by_piece = made.classes.by_piece[made.items.leaf] & (made.items.fineness > 0)
    assert lost[by_piece].mean() > 0.8 and not lost[~by_piece].any()


def test_what_is_reported_does_not_move_the_market(market):
    settings = {"start": "2023-11", "end": "2024-04", "seed": 11, "firms": 12, "sampled": 0.6}
    other = simulate(mistakes=0.0, response=0.5, late=0.5, formats=("csv",), **settings)
    assert other.records.equals(market.records)
    assert other.truth.equals(market.truth)
    assert not simulate(**(settings | {"seed": 12})).records.equals(market.records)


def test_public_names_are_loaded_on_first_use():
    code = "import sys, shuibei_index.simulation as s; assert 'numpy' not in sys.modules; s.Market; s.superlative"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute 'simulated'"):
        _ = simulate_package.simulated


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mistakes": 1.5}, "share from 0 to 1"),
        ({"noise": -1.0}, "0 \\(none\\) or more"),
        ({"sampled": 0.0}, "above 0"),
        ({"firms": 0}, "at least 1"),
        ({"lines_per_item": 0.5}, "1 or more"),
        ({"formats": ("xslx",)}, "did you mean 'xlsx'"),
        ({"formats": ()}, "formats is empty"),
        ({"tax_basis": "gross"}, "'incl' or 'excl'"),
        ({"end": "2023-13"}, "not a month"),
        ({"end": "2022-01"}, "before the first month"),
    ],
)
def test_wrong_use_is_told(options, words):
    with pytest.raises(UsageError, match=words):
        simulate(**({"start": "2023-01", "end": "2023-02", "seed": 1} | options))


def test_settings_refuse_unknown_names():
    with pytest.raises(UsageError, match="did you mean 'churn'"):
        MarketSettings().replace(chrun=1)
    with pytest.raises(UsageError, match="stage"):
        MarketSettings(stage="street")
