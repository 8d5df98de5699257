"""A change of tax in a simulated market: it moves the index with tax, and not the one without."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest

from shuibei_index import months as month_names
from shuibei_index.aggregate import PricePanel
from shuibei_index.errors import RulesError, UsageError
from shuibei_index.index import Hierarchy, IndexSeries, compile_index
from shuibei_index.index.taxes import tax_content, with_tax, without_tax
from shuibei_index.rules import Rules
from tests.index.components.market import RULES, TREE, gaps, panel_of
from tests.index.components.test_components import wide_market

BREAK, STEP = "2025-11", 1.062
FIRST, NUMBER = "2024-06", 30
_PARTS = ("metal_fen", "making_fen", "gram_charge_fen", "stone_fen")


def rules_with(since: dt.date, entry: list[float]) -> Rules:
    """Return the packaged rules with one step of tax in the gold classes."""
    rule = RULES["tax_content"]
    first, second = rule.values  # noqa: PD011
    none = dataclasses.replace(first, value={"other": [0.0, 0.0, 0.0]})
    some = dataclasses.replace(second, since=since, value={"other": [0.0, 0.0, 0.0], "01": entry})
    return Rules({**RULES.rules, "tax_content": dataclasses.replace(rule, values=(none, some))})


STEPPED = rules_with(dt.date(2025, 11, 1), [6.2, 0.0, 6.2])


@pytest.fixture(scope="module")
def market() -> tuple[PricePanel, PricePanel]:
    """Two panels of one market: without a change of tax, and with 6.2 % on gold from 2025-11. Exact in whole fen."""
    panel = panel_of(wide_market(FIRST, NUMBER))
    gold = panel.items["class_code"].str.startswith("01").to_numpy()[panel.item]
    late = np.array([m >= BREAK for m in panel.months])[panel.month]
    return scaled(panel, np.full(len(gold), 1000)), scaled(panel, np.where(gold & late, 1062, 1000))


def scaled(panel: PricePanel, by: np.ndarray) -> PricePanel:
    parts = panel.parts
    assert parts is not None
    parts = dataclasses.replace(parts, **{name: getattr(parts, name) * by for name in _PARTS})
    return dataclasses.replace(panel, amount_fen=panel.amount_fen * by, parts=parts)


def gold_tree() -> Hierarchy:
    frame = TREE.frame.copy()
    frame["metal"] = ["gold" if code.startswith("01") and len(code) == 4 else "" for code in frame["class_code"]]
    return Hierarchy(frame)


def benchmark() -> pd.DataFrame:
    """The exchange's price: it does not know of a tax on jewellery."""
    period = [month_names.shift(FIRST, t) for t in range(NUMBER)]
    price = 400 * np.exp(np.cumsum(np.random.default_rng(9).normal(0.005, 0.03, NUMBER)))
    return pd.DataFrame({"period": period, "metal": "gold", "cny_per_gram": price})


def weights_of(period: str, gold: float) -> pd.DataFrame:
    """Weights of which those of 2026 are at prices of a period; gold has the tax in them where the period has."""
    rows = [
        (year, code, weight * (gold if year == 2026 and code.startswith("01") else 1.0), period if year == 2026 else "")
        for year in (2024, 2025, 2026)
        for code, weight in (("0101", 50.0), ("0102", 20.0), ("0302", 30.0))
    ]
    return pd.DataFrame(rows, columns=["year", "class_code", "weight", "price_period"])


def compiled(panel: PricePanel, **options: object) -> IndexSeries:
    options.setdefault("tree", TREE)
    tree = options.pop("tree")
    return compile_index(panel, tree, rules=STEPPED, replicates=0, **options)  # type: ignore[arg-type]


CASES: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "weights are turnover": ({}, {}),
    "with the benchmark": ({"tree": gold_tree(), "metal_prices": benchmark()},) * 2,
    "weights of the year before the break": ({"weights": weights_of("2024", 1.0)},) * 2,
    "weights at prices after the break": ({"weights": weights_of(BREAK, 1.0)}, {"weights": weights_of(BREAK, STEP)}),
    "weights as they stand": ({"weights": weights_of("", 1.0)}, {"weights": weights_of("", STEP)}),
    "linked in May": ({"link_month": 5}, {"link_month": 5}),
}


@pytest.mark.filterwarnings("ignore::shuibei_index.errors.WeightWarning")
@pytest.mark.parametrize("case", CASES)
def test_a_step_of_tax_moves_the_one_and_not_the_other(market, case) -> None:
    plain, taxed = (compiled(p, **options) for p, options in zip(market, CASES[case], strict=True))
    found = without_tax(taxed)
    assert found.breaks == [BREAK]
    # without tax: the market without a step, in every class and month, across the December link
    np.testing.assert_allclose(found.series.index, plain.index, rtol=1e-9)
    assert np.nanmax(np.abs(found.series.levels / plain.levels - 1)) < 1e-9
    # with tax: gold jumps by the step
    t, head = taxed.months.index(BREAK), taxed.codes.index("00")
    jump = (taxed.levels[t] / taxed.levels[t - 1]) / (plain.levels[t] / plain.levels[t - 1])
    if "metal_prices" not in CASES[case][0]:
        assert jump[taxed.codes.index("01")] == pytest.approx(STEP, rel=1e-9)
        assert jump[taxed.codes.index("0101")] == pytest.approx(STEP, rel=1e-9)
    assert 1.01 < jump[head] < STEP
    links = found.links_frame().set_index("class_code")
    assert links["factor"].to_numpy() == pytest.approx(jump[[taxed.codes.index(c) for c in links.index]], rel=1e-9)
    # contributions of both add up: classes to the headline, parts to classes
    for series in (taxed, found.series):
        assert gaps(series) < 1e-9
        frame = series.contributions_frame().query("component == 'total' and measure == 'mom'")
        top = frame[frame["level"] == 1].groupby("period")["points_pp"].sum()
        mom = pd.Series(100 * (series.index[1:, head] / series.index[:-1, head] - 1), series.months[1:])
        np.testing.assert_allclose(top.reindex(mom.index), mom, atol=1e-9)


def test_scaling_the_headline_would_not_do(market) -> None:
    plain, taxed = (compiled(p) for p in market)
    head, t = taxed.codes.index("00"), taxed.months.index(BREAK)
    link = without_tax(taxed).links_frame().set_index("class_code").loc["00", "factor"]
    only_scaled = taxed.levels[:, head] / np.where(np.arange(NUMBER) >= t, link, 1.0)
    assert np.abs(only_scaled / plain.levels[:, head] - 1).max() > 1e-6


def test_low_means_no_step_and_high_the_largest(market) -> None:
    rules = rules_with(dt.date(2025, 11, 1), [3.0, 0.0, 6.2])
    series = compiled(market[1])
    low, mid, high = (without_tax(series, rules=rules, assumption=a) for a in ("low", "central", "high"))
    assert low.breaks == [] and not len(low.links_frame())
    np.testing.assert_allclose(low.series.index, series.index, rtol=1e-12)
    factor = [x.links_frame().set_index("class_code").loc["0101", "factor"] for x in (mid, high)]
    assert factor == pytest.approx([1.03, 1.062])


def test_a_change_of_vat_is_a_link_of_every_class() -> None:
    panel = panel_of(wide_market("2018-09", 20))
    series = compiled(panel)
    found = without_tax(series)
    assert found.breaks == ["2019-04"]
    assert found.links_frame()["factor"].to_numpy() == pytest.approx(1.13 / 1.16, rel=1e-12)
    # prices without VAT: nothing to take out; with it added the same step comes in
    assert without_tax(series, tax_basis="excl").breaks == []
    added = with_tax(series, tax_basis="excl")
    assert added.links_frame()["factor"].to_numpy() == pytest.approx(1.16 / 1.13, rel=1e-12)
    same = with_tax(series, tax_basis="incl")
    np.testing.assert_allclose(same.series.index, series.index, rtol=1e-13)


def test_the_series_given_is_left_alone(market) -> None:
    series = compiled(market[1])
    before = series.levels.copy(), series.products.run.inputs.observed.price.copy()
    found = without_tax(series)
    np.testing.assert_array_equal(series.levels, before[0])
    np.testing.assert_array_equal(series.products.run.inputs.observed.price, before[1])
    assert found.stated is series


@pytest.mark.parametrize("entry", [[1.0], [5.0, 6.0, 7.0], [5.0, -1.0, 7.0], [5.0, 0.0, 4.0]])
def test_a_rule_that_contradicts_itself_is_refused(entry) -> None:
    rules = rules_with(dt.date(2025, 11, 1), entry)
    with pytest.raises(RulesError, match=r"tax_content.*low ≤ central ≤ high") as error:
        tax_content(rules.at("2025-12"), "0101")
    assert "中心" in error.value.zh


def test_wrong_use_is_said_plainly(market) -> None:
    series = compiled(market[0])
    with pytest.raises(UsageError, match="did you mean 'high'"):
        without_tax(series, assumption="hihg")
    with pytest.raises(UsageError, match="tax_basis must be"):
        without_tax(series, tax_basis="net")
    with pytest.raises(UsageError, match="carries no products"):
        without_tax(dataclasses.replace(series, products=None))


def test_shown(market) -> None:
    found = without_tax(compiled(market[1]))
    assert "All" in found.plot().get_title(loc="left") or "00" in found.plot().get_title(loc="left")
    assert "factor" in found._repr_html_() and len(found.summary()) == len(found.stated.codes)
    assert found.to_frame().columns.tolist() == ["period", "class_code", "index_stated", "index_restated"]
    with pytest.raises(UsageError, match="no class"):
        found.plot("77")
