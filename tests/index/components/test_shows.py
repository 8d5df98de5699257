"""Whole simulated markets through the line: gold up and charges down, only charges move, lighter pieces."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from shuibei_index import pipeline
from shuibei_index.aggregate import make_panel
from shuibei_index.index import IndexSeries, compile_index
from shuibei_index.rules import Rules
from shuibei_index.simulation import Market, simulate
from shuibei_index.simulation.settings import MarketSettings
from shuibei_index.workspace import Workspace
from tests.index.components.market import gaps

RULES = Rules.load()
CLEAN = {"mistakes": 0.0, "noise": 0.0, "churn": 0.0, "response": 1.0, "late": 0.0, "sampled": 1.0}

NO_SEASON = {"charge_season": (0.0,) * 12, "festival_charge_before": 0.0, "festival_charge_after": 0.0}


def gold_path(periods: list[str], rise: float, until: str) -> pd.DataFrame:
    """Return a table of gold at 600 CNY/g that has risen by a share, evenly, by a month."""
    steps = np.clip(np.arange(len(periods)) / periods.index(until), 0.0, 1.0)
    price = np.round(600.0 * (1.0 + rise) ** steps, 2)
    return pd.DataFrame({"period": periods, "metal": "gold", "cny_per_gram": price})


def compiled(market: Market) -> IndexSeries:
    """Return the index of all records of a market."""
    return compile_index(
        make_panel(market.records, rules=RULES),
        market.trees,
        rules=RULES,
        weights=market.weights,
        base_period=market.base_period,
        metal_prices=market.metal_prices,
        tax_basis=market.settings.tax_basis,
        replicates=0,
    )


def without(market: Market, code: str, since: str) -> Market:
    """Return a market in which a class is sold no more from a month on."""
    leaf = market.items.leaf == market.classes.codes.index(code)
    months = []
    for period, lines in zip(market.periods, market.lines, strict=True):
        keep = ~leaf[lines.item] | (period < since)
        months.append(type(lines)(*(getattr(lines, f.name)[keep] for f in dataclasses.fields(lines))))
    return dataclasses.replace(market, lines=tuple(months))


def moved(frame: pd.DataFrame, component: str, code: str, start: str, end: str) -> float:
    """Return the change of a series between two months in per cent."""
    rows = frame[(frame["component"] == component) & (frame["class_code"] == code)].set_index("period")["index"]
    return float(100.0 * (rows[end] / rows[start] - 1.0))


def test_gold_up_charges_down_through_the_pipeline(tmp_path):
    """Gold +15 %, charges −10 %, three links; heritage gold enters the tree, silver is sold no more: the truth."""
    periods = pd.period_range("2017-11", "2020-02", freq="M").strftime("%Y-%m").tolist()
    market = simulate(
        start=periods[0],
        end=periods[-1],
        seed=5,
        firms=7,
        settings=MarketSettings(charge_steps=(("2019-03", float(np.log(0.9))),), **NO_SEASON),
        metal_prices=gold_path(periods, 0.15, periods[-1]),
        **CLEAN,
    )
    market = without(market, "0203", "2019-07")
    market.write(tmp_path / "ws")
    workspace = Workspace.open(tmp_path / "ws")
    for month in workspace.inbox_months():
        pipeline.intake(workspace, month)
    series = pipeline.compile_(workspace, periods[-1])
    assert len(series.segments) >= 4
    # every month, measure, level and class: the components add up to the total
    assert gaps(series) < 1e-9
    contributions = series.contributions_frame()
    headline = series.to_frame().query("class_code == '00' and component == 'total'").set_index("period")
    cells = contributions[contributions["component"] != "total"].groupby(["measure", "period", "level"])["points_pp"]
    for (measure, period, _), points in cells.sum().items():
        assert points == pytest.approx(headline.loc[period, f"{measure}_pct"], abs=1e-9)
    found, truth = series.to_frame(), market.truth.query("target == 'same_formula'")
    keys = ["period", "class_code", "component"]
    both = truth.merge(found[[*keys, "index"]], on=keys, how="outer", suffixes=("_true", ""), indicator=True)
    assert (both["_merge"] == "both").all()
    np.testing.assert_allclose(both["index"], both["index_true"], rtol=1e-9)
    # and the truth is what was put in: the metal of pure gold as the table, charges down by a tenth in that month
    assert moved(found, "metal", "0101", periods[0], periods[-1]) == pytest.approx(15.0, abs=0.05)
    # three months its last prices are carried by the benchmark, then it moves with the class above
    assert set(found[(found["class_code"] == "0203") & (found["period"] > "2019-10")]["obs_status"]) == {"I"}
    assert found[found["class_code"] == "01010202"]["period"].min() == "2018-01"
    drop = {name: moved(found, name, "0101", "2019-02", "2019-03") for name in ("metal", "making", "total")}
    # besides: class trends, and charges per piece on pieces that never weigh the same
    assert drop["making"] == pytest.approx(-10.0, abs=2.0)
    assert drop["making"] < drop["total"] < drop["metal"] and drop["metal"] > 0


#: gold flat at 600, charges +5 % in one month, no other movement of charges; own 料价 1.2 % apart from deal to deal
FLAT = MarketSettings(
    firms=300,
    sampled=1.0,
    items_per_firm=8,
    charge_steps=(("2024-03", float(np.log(1.05))),),
    deal_log_sd=0.012,
    item_price_log_sd=0.0,
    line_price_log_sd=0.0,
    class_charge_log_sd=0.0,
    class_stone_log_sd=0.0,
    **NO_SEASON,
    mistakes=0.0,
    churn=0.0,
    drift=0.0,
)


def flat(seed: int, **changes: object) -> Market:
    """Return a market in which only the charges of one month move."""
    prices = gold_path(["2024-01", "2024-02", "2024-03", "2024-04"], 0.0, "2024-04")
    settings = FLAT.replace(**changes)
    return simulate(start="2024-01", end="2024-04", seed=seed, settings=settings, metal_prices=prices)


def test_only_charges_move():
    """The split sees the 5 % to a hundredth of it; the full price has the quotes' error, many times larger."""
    errors = {"making": [], "total": []}
    for seed in range(6):
        found, even = (compiled(m).to_frame() for m in (flat(seed), flat(seed, noise=0.0)))
        for name in errors:
            # gold is flat in the even market: what is left of its total is the charges
            gap = moved(found, name, "0101", "2024-02", "2024-03") - moved(even, name, "0101", "2024-02", "2024-03")
            errors[name].append(gap)
        # besides: a month of the trend, and charges per piece on pieces that never weigh the same
        assert moved(even, "making", "0101", "2024-02", "2024-03") == pytest.approx(5.0, abs=0.8)
        assert moved(even, "metal", "0101", "2024-02", "2024-03") == pytest.approx(0.0, abs=1e-6)
    rmse = {name: float(np.sqrt(np.mean(np.square(e)))) for name, e in errors.items()}
    # of the 5 % to be seen, and of what they make of the full price
    signal = {"making": 5.0, "total": moved(even, "total", "0101", "2024-02", "2024-03")}
    print({name: (round(rmse[name], 4), round(signal[name], 4)) for name in errors})
    assert rmse["making"] < 0.01 * signal["making"]
    assert rmse["total"] / signal["total"] > 10 * rmse["making"] / signal["making"]


def test_lighter_pieces_are_no_price_change():
    """轻量化: pieces lose up to 5 % of their metal a year; with the split the index does not see it."""
    common = {"start": "2023-01", "end": "2024-12", "seed": 3, "firms": 10, **CLEAN}
    drifting, still = (simulate(**common, settings=MarketSettings(drift=d)) for d in (1.0, 0.0))
    level = {name: moved(compiled(m).to_frame(), "total", "0302", "2023-01", "2024-12") for name, m in
             (("drifting", drifting), ("still", still))}  # fmt: skip
    panel = make_panel(drifting.records, rules=RULES)
    blind = compile_index(
        dataclasses.replace(panel, parts=None), drifting.trees, rules=RULES, weights=drifting.weights, replicates=0
    ).to_frame()
    # quantities and so weights differ a little between the two markets
    assert level["drifting"] == pytest.approx(level["still"], abs=0.06)
    assert moved(blind, "total", "0302", "2023-01", "2024-12") < level["still"] - 0.3
