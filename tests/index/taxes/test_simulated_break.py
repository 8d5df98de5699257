"""公告2025年第11号 in the simulated market: the packaged rules, trees and weights, across the link of December 2025."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from shuibei_index.aggregate import make_panel
from shuibei_index.index import compile_index, without_tax
from shuibei_index.rules import Rules
from shuibei_index.simulation import simulate

BREAK, RATE = "2025-11", 0.0622


@pytest.fixture(scope="module")
def compiled():
    """The series of the market as it is, and of the one in which gold bears 6.22 % more from the month of the break."""
    market = simulate(start="2025-01", end="2026-04", seed=11, firms=8, sampled=1.0, items_per_firm=25, mistakes=0.0)
    panel = make_panel(market.records, stage="wholesale")
    gold = panel.items["class_code"].str.startswith("01").to_numpy()[panel.item]
    late = np.array([m >= BREAK for m in panel.months])[panel.month]

    def series(by, weights):
        scaled = dataclasses.replace(panel, amount_fen=panel.amount_fen * by, parts=None)
        return compile_index(
            scaled, market.trees, rules=Rules.load(), weights=weights, base_period="2025-10", replicates=0
        )

    step = np.where(gold & late, 10622, 10000)
    stated = market.weights.assign(price_period="")
    # as a team would state the weights of 2026, at prices of December 2025: with the tax in them
    taxed = (stated["year"] == 2026) & stated["class_code"].str.startswith("01")
    stated_taxed = stated.assign(weight=stated["weight"] * np.where(taxed, 1 + RATE, 1.0))
    return {
        "stated": (series(10000, stated), series(step, stated_taxed)),
        # turnover has the tax in it from November on
        "turnover": (series(10000, None), series(step, None)),
    }


@pytest.mark.parametrize("weights", ["turnover", "stated"])
def test_the_packaged_rule_takes_the_break_out(compiled, weights) -> None:
    plain, taxed = compiled[weights]
    pair = without_tax(taxed)
    assert pair.breaks == [BREAK]
    t = taxed.months.index(BREAK)
    gold = [k for k, code in enumerate(taxed.codes) if code.startswith("01")]
    jump = taxed.levels[t] / taxed.levels[t - 1] / (plain.levels[t] / plain.levels[t - 1])
    # turnover weights of the first year have the tax of its last months in them: classes above the leaves feel it a bit
    assert jump[gold] == pytest.approx(1 + RATE, rel=1e-9 if weights == "stated" else 2e-5)
    leaves = [k for k in gold if taxed.codes[k] in taxed.segments[0].tree.leaves]
    assert len(leaves) > 5 and jump[leaves] == pytest.approx(1 + RATE, rel=1e-9)
    np.testing.assert_allclose(pair.series.index, plain.index, rtol=1e-9)
    frame = pair.links_frame().set_index("class_code")
    # a class without any price moves with the class above it, tax and all, and says so
    assert (frame.loc[frame["imputed"], "factor"] != 1).all()
    links = frame.loc[~frame["imputed"], "factor"]
    assert links["010101"] == pytest.approx(1 + RATE, rel=2e-5) and 1 < links["00"] < 1 + RATE
    assert links[[c for c in links.index if c[:2] not in ("00", "01")]].to_numpy() == pytest.approx(1.0)


def test_contributions_of_the_series_without_tax_add_up(compiled) -> None:
    pair = without_tax(compiled["turnover"][1])
    frame = pair.series.contributions_frame()
    total = frame[(frame["component"] == "total") & (frame["measure"] == "mom") & (frame["level"] == 1)]
    head = pair.series.index[:, pair.series.codes.index("00")]
    mom = pd.Series(100 * (head[1:] / head[:-1] - 1), pair.series.months[1:])
    np.testing.assert_allclose(total.groupby("period")["points_pp"].sum().reindex(mom.index), mom, atol=1e-9)
