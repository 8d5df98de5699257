"""Replaced items in the panel: figures worked out by hand, and markets of which the truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from shuibei_index import months
from shuibei_index.aggregate import PricePanel
from shuibei_index.errors import ShapeError, UsageError
from shuibei_index.index import IndexSeries, compile_index
from shuibei_index.index.elementary import aggregates
from shuibei_index.index.influence.recompile import panel_without
from shuibei_index.index.replacing import ReplacedPanel, apply_replacements, linked, total_effects
from shuibei_index.index.replacing.effects import without_links
from shuibei_index.index.upkeep import adjustments
from tests.index.components.market import RULES, TREE, Deal, change, panel_of

FIRST = "2024-01"
WEIGHTS = {"0101": 50.0, "0102": 25.0, "0302": 25.0}


def month(t: int) -> str:
    """Return the label of the t-th month."""
    return months.shift(FIRST, t)


def link(old: str, new: str, method: str, factor: float = 1.0, code: str = "0302", stone: float | None = None) -> Any:
    """Return one row of a table of links."""
    return ("E001", code, old, new, method, factor, factor if stone is None else stone)


def links(*rows: Any) -> pd.DataFrame:
    """Return a table of links."""
    names = ["enterprise_id", "class_code", "item_id", "by_item_id", "method", "charge_factor", "stone_factor"]
    return pd.DataFrame(list(rows), columns=names)


def compiled(panel: PricePanel) -> IndexSeries:
    """Compile a panel with fixed weights."""
    years = sorted({int(m[:4]) for m in panel.months})
    weights = pd.DataFrame(
        [{"year": y, "class_code": c, "weight": v, "price_period": ""} for y in years for c, v in WEIGHTS.items()]
    )
    return compile_index(panel, TREE, rules=RULES, weights=weights, replicates=0)


def market(old: dict[str, Any], new: dict[str, Any], *, at: int = 2, number: int = 4, overlap: int = 0) -> list[Deal]:
    """Return a market by the piece in which item O becomes N in month `at`; every other price stands still."""
    deals = []
    for t in range(number):
        deals += [
            Deal(month(t), "P", "0302", 500, 30, 5.0, unit="piece"),
            Deal(month(t), "G", "0101", 500, 20),
            Deal(month(t), "K", "0102", 500, 40, fineness=750.0),
        ]
        if t < at + overlap:
            deals.append(Deal(month(t), "O", "0302", 500, **{"unit": "piece", **old}))
        if t >= at:
            deals.append(Deal(month(t), "N", "0302", 500, **{"unit": "piece", **new}))
    return deals


def test_a_lighter_necklace_under_a_new_code_is_no_price_change() -> None:
    panel = panel_of(market({"charge": 20.0, "grams": 10.0}, {"charge": 20.0, "grams": 8.0}))
    series = compiled(apply_replacements(panel, links(link("O", "N", "direct"))))
    # 10 g become 8 g at the same prices per gram: nothing moved
    assert np.allclose(series.index, 100.0, atol=1e-9)
    (row,) = linked(series).to_dict("records")
    assert (row["status"], row["since"], row["reference_period"]) == ("linked", month(2), month(1))
    assert row["price_before"] == pytest.approx(10 * 520.0)
    assert row["price_before_adjusted"] == pytest.approx(8 * 520.0)
    assert row["price"] == pytest.approx(8 * 520.0)
    # it is told as a replacement, not as a change of content once more
    assert adjustments(series, month(2)).empty and adjustments(series, month(3)).empty


def test_golden_a_craft_of_five_thirds_the_charge() -> None:
    # 15 become 25 CNY/g, which is worth it: the factor is 25/15 and the index stands still
    panel = panel_of(market({"charge": 15.0}, {"charge": 25.0}))
    series = compiled(apply_replacements(panel, links(link("O", "N", "factor", 25 / 15))))
    assert np.allclose(series.index, 100.0, atol=1e-7)
    (row,) = linked(series).to_dict("records")
    assert row["price_before_adjusted"] == pytest.approx(10 * 525.0, rel=1e-9)
    # only 20 of the 25 are worth it: 525 against 520 for one of two items, by Jevons
    series = compiled(apply_replacements(panel, links(link("O", "N", "factor", 20 / 15))))
    wanted = 100 * (np.sqrt(5250 / 5200) - 1)
    assert change(series, code="0302", lag=2) == pytest.approx(wanted, abs=1e-7)
    assert change(series, "making", "0302", lag=2) > 0 and change(series, "metal", "0302", lag=2) == pytest.approx(0.0)
    (row,) = linked(series).to_dict("records")
    assert row["effect_class_pp"] == pytest.approx(wanted, abs=1e-7)
    assert row["effect_pp"] == pytest.approx(wanted * 0.25, abs=1e-7)
    assert "+0." in row["text_zh"] and "5200" in row["text_en"]


@pytest.mark.parametrize("basis", ["per_gram", "per_piece"])
@pytest.mark.parametrize("unit, code", [("piece", "0302"), ("g", "0101")])
def test_charges_by_the_gram_and_by_the_piece(basis: str, unit: str, code: str) -> None:
    charge = (15.0, 25.0) if basis == "per_gram" else (150.0, 250.0)
    item = {"unit": unit, "basis": basis, "class_code": code}
    deals = [
        Deal(**{**vars(d), **item}) if d.item in "ON" else d
        for d in market({"charge": charge[0]}, {"charge": charge[1], "pieces": 3})
    ]
    panel = panel_of(deals)
    series = compiled(apply_replacements(panel, links(link("O", "N", "factor", 25 / 15, code))))
    assert np.allclose(series.index, 100.0, atol=1e-6)


def test_a_charge_by_the_piece_that_becomes_one_by_the_gram() -> None:
    panel = panel_of(market({"charge": 150.0, "basis": "per_piece"}, {"charge": 25.0}))
    series = compiled(apply_replacements(panel, links(link("O", "N", "factor", 250 / 150))))
    assert np.allclose(series.index, 100.0, atol=1e-6)


def test_stones_and_prices_that_are_not_split() -> None:
    old, new = {"charge": 15.0, "stone": 1000.0}, {"charge": 30.0, "stone": 1500.0, "grams": 8.0}
    panel = panel_of(market(old, new))
    series = compiled(apply_replacements(panel, links(link("O", "N", "factor", 2.0, stone=1.5))))
    assert np.allclose(series.index, 100.0, atol=1e-7)
    for part in ("metal", "making", "stone"):
        assert change(series, part, "0302", lag=2) == pytest.approx(0.0, abs=1e-6)
    panel = panel_of(market({"charge": 15.0, "split": False}, {"charge": 530.0 - 500, "split": False}))
    series = compiled(apply_replacements(panel, links(link("O", "N", "factor", 530 / 515))))
    assert np.allclose(series.index, 100.0, atol=1e-7)


def test_what_moves_by_itself_is_the_index_of_no_replacement() -> None:
    for overlap in (0, 1):
        panel = panel_of(market({"charge": 15.0}, {"charge": 25.0, "grams": 7.0}, overlap=overlap))
        plain = compiled(panel)
        for method in ("class_mean", "overlap"):
            series = compiled(apply_replacements(panel, links(link("O", "N", method))))
            assert (series.index == plain.index).all()
            (row,) = linked(series).to_dict("records")
            assert (row["status"], row["effect_pp"]) == ("by_itself", 0.0)
    assert apply_replacements(panel, links()) is panel


def test_overlap_is_that_of_the_elementary_engine() -> None:
    deals = []
    for t in range(4):
        deals.append(Deal(month(t), "P", "0302", 500 + 3 * t, 30, 5.0, unit="piece"))
        if t <= 1:
            deals.append(Deal(month(t), "O", "0302", 500 + 5 * t, 15, unit="piece", split=False))
        if t >= 1:
            deals.append(Deal(month(t), "N", "0302", 507 + 2 * t, 25, 8.0, unit="piece", split=False))
        deals += [Deal(month(t), "G", "0101", 500, 20), Deal(month(t), "K", "0102", 500, 40, fineness=750.0)]
    panel = panel_of(deals)
    series = compiled(apply_replacements(panel, links(link("O", "N", "overlap"))))
    table = panel.to_frame().query("class_code == '0302'")[["period", "item_id", "price"]]
    replaced = pd.DataFrame(
        [("O", "N", month(2), "overlap")], columns=["old_product", "new_product", "period", "method"]
    )
    found = aggregates.elementary_aggregates(
        table.rename(columns={"item_id": "product"}).assign(cell="0302"), formula="jevons", replacements=replaced
    )
    own = series.index[:, series.codes.index("0302")]
    assert own[1:] / own[:-1] == pytest.approx(found.links[:, 0][-3:], rel=1e-9)


def test_a_chain_of_replacements_and_an_item_that_comes_back() -> None:
    deals = [
        d for d in market({"charge": 15.0}, {"charge": 25.0}, at=2, number=6) if d.item != "N" or d.period < month(4)
    ]
    deals += [Deal(month(t), "M", "0302", 500, 50, unit="piece") for t in (4, 5)]
    deals += [Deal(month(5), "O", "0302", 500, 99, unit="piece")]
    panel = panel_of(deals)
    chain = links(link("O", "N", "factor", 25 / 15), link("N", "M", "factor", 2.0))
    replaced = apply_replacements(panel, chain)
    series = compiled(replaced)
    # O sold again is a new item: it enters without a comparison
    assert np.allclose(series.index, 100.0, atol=1e-7)
    assert linked(series)["since"].tolist() == [month(2), month(4)]
    assert set(linked(series)["status"]) == {"linked"}
    assert isinstance(replaced, ReplacedPanel)
    pd.testing.assert_frame_equal(replaced.turnover(), panel.turnover())
    assert replaced.items["item_id"].tolist() == ["G", "K", "M", "O", "P"]


def test_the_effect_is_that_of_compiling_without_the_link() -> None:
    panel = panel_of(market({"charge": 15.0}, {"charge": 25.0}, number=3))
    with_it = compiled(apply_replacements(panel, links(link("O", "N", "direct"))))
    without = compiled(panel)
    (row,) = linked(with_it).to_dict("records")
    for code, name in (("0302", "effect_class_pp"), ("00", "effect_pp")):
        assert row[name] == pytest.approx(change(with_it, code=code) - change(without, code=code), abs=1e-10)
        assert row[name] > 0.1
    totals = total_effects(with_it).set_index("class_code")
    assert (without_links(with_it).index == without.index).all()
    k = with_it.codes.index("00")
    assert totals.loc["00", "effect"] == pytest.approx(with_it.index[-1, k] - without.index[-1, k])
    assert totals.loc["0302", "effect_mom_pp"] == pytest.approx(row["effect_class_pp"], abs=1e-10)
    assert total_effects(without).empty


def test_the_old_item_is_carried_to_its_successor_or_its_limit() -> None:
    deals = market({"charge": 15.0}, {"charge": 25.0}, at=2, number=9)
    late = [d for d in deals if d.item != "N" or d.period >= month(4)]
    series = compiled(apply_replacements(panel_of(late), links(link("O", "N", "factor", 25 / 15))))
    assert linked(series)["status"].tolist() == ["linked"] and np.allclose(series.index, 100.0, atol=1e-7)
    never = [d for d in deals if d.item != "N" or d.period >= month(7)]
    frame = linked(compiled(apply_replacements(panel_of(never), links(link("O", "N", "direct")))))
    assert frame["status"].tolist() == ["too_long"] and frame["effect_pp"].tolist() == [0.0]
    assert "插补期限" in frame["text_zh"].iloc[0]


def test_links_that_cannot_be_followed_leave_the_index_alone() -> None:
    panel = panel_of(market({"charge": 15.0}, {"charge": 25.0}))
    plain = compiled(panel)
    for row, status in ((link("O", "X", "direct"), "not_there"), (link("N", "O", "direct"), "too_early")):
        series = compiled(apply_replacements(panel, links(row)))
        assert (series.index == plain.index).all()
        assert linked(series)["status"].tolist() == [status]


def test_a_later_change_of_content_is_told_in_grams() -> None:
    deals = market({"charge": 15.0}, {"charge": 25.0, "grams": 8.0})
    deals = [Deal(**{**vars(d), "grams": 6.0}) if d.item == "N" and d.period == month(3) else d for d in deals]
    series = compiled(apply_replacements(panel_of(deals), links(link("O", "N", "factor", 25 / 15))))
    assert adjustments(series, month(2)).empty
    (row,) = adjustments(series, month(3)).to_dict("records")
    assert (row["item_id"], row["method"]) == ("N", "content")
    assert row["net_before"] == pytest.approx(8.0, rel=1e-6) and row["net"] == pytest.approx(6.0, rel=1e-6)
    assert row["fineness_before"] == pytest.approx(1000.0, rel=1e-6) == row["fineness"]
    assert np.allclose(series.index, 100.0, atol=1e-7)


def test_some_months_of_a_panel_keep_their_links() -> None:
    panel = panel_of(market({"charge": 15.0, "stone": 1000.0}, {"charge": 15.0, "stone": 1500.0}, number=5))
    replaced = apply_replacements(panel, links(link("O", "N", "factor", 1.0, stone=1.5)))
    some = replaced.select([month(1), month(2), month(3)])
    assert isinstance(some, ReplacedPanel) and some.original is not None
    assert len(some.original.months) == 3 and len(some.price) == len(some.month)
    assert np.allclose(compiled(some).index, 100.0, atol=1e-7)


def test_a_panel_without_one_firm_keeps_its_links() -> None:
    """The unit of the old quality goes with the cells: without it the stones would move the index."""
    panel = panel_of(market({"charge": 15.0, "stone": 1000.0}, {"charge": 15.0, "stone": 1500.0}))
    replaced = apply_replacements(panel, links(link("O", "N", "factor", 1.0, stone=1.5)))
    fewer = panel_without(replaced, (replaced.items["item_id"] == "K").to_numpy())
    assert isinstance(fewer, ReplacedPanel) and len(fewer.price) == len(replaced.price) - 4
    series = compiled(fewer)
    assert np.allclose(series.index[:, series.codes.index("0302")], 100.0, atol=1e-7)


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        ([link("O", "N", "guess")], UsageError, "unknown replacement method 'guess'"),
        ([link("O", "N", "factor", 0.0)], UsageError, "above 0"),
        ([link("O", "N", "direct"), link("O", "M", "direct")], ShapeError, "replaced twice"),
        ([link("O", "N", "direct"), link("P", "N", "direct")], ShapeError, "stands for two"),
        ([link("O", "N", "direct"), link("N", "O", "direct")], ShapeError, "circle"),
    ],
)
def test_links_that_contradict_each_other(rows: list[Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as raised:
        apply_replacements(panel_of(market({"charge": 15.0}, {"charge": 25.0})), links(*rows))
    assert getattr(raised.value, "zh", "")
