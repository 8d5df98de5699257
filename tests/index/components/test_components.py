"""The split of prices into metal, making charge and stones: worked examples, axioms, additivity."""

from __future__ import annotations

import numpy as np
import pytest

from shuibei_index import months
from tests.index.components.market import Deal, change, gaps, series_of

ONLY_GOLD = {"0101": 100.0, "0102": 0.0, "0302": 0.0}


def test_worked_example_of_the_brief() -> None:
    # gold 780 → 900, charge 20 → 18: +14.75 % = +15.00 metal − 0.25 making
    deals = [Deal("2024-01", "A", "0101", 780, 20), Deal("2024-02", "A", "0101", 900, 18)]
    series = series_of(deals, ONLY_GOLD)
    points = series.contributions_frame().query("measure == 'mom' and level == 0").set_index("component")["points_pp"]
    assert points["total"] == pytest.approx(14.75, abs=1e-12)
    assert points["metal"] == pytest.approx(15.00, abs=1e-12)
    assert points["making"] == pytest.approx(-0.25, abs=1e-12)
    assert change(series, "metal") == pytest.approx(100 * (900 / 780 - 1))
    assert change(series, "making") == pytest.approx(-10.0)


def test_gold_up_charges_down_each_series_is_its_truth() -> None:
    rng = np.random.default_rng(1)
    deals = []
    for n in range(30):
        charge, grams = rng.uniform(8, 60), rng.uniform(2, 30)
        code, fine = ("0101", 999.0) if n % 2 else ("0102", 750.0)
        for period, gold, factor in (("2024-01", 600.0, 1.0), ("2024-02", 690.0, 0.9)):
            deals.append(Deal(period, f"I{n}", code, gold, round(charge * factor, 6), grams, fine))
    series = series_of(deals)
    for code in ("00", "01", "0101", "0102"):
        # fen are whole: the last places of a few amounts are lost
        assert change(series, "metal", code) == pytest.approx(15.0, abs=1e-3)
        assert change(series, "making", code) == pytest.approx(-10.0, abs=1e-2)
        assert change(series, "making", code) < change(series, "total", code) < change(series, "metal", code)
    assert gaps(series) < 1e-11


def test_lighter_necklace_is_no_price_cut() -> None:
    # 10 g to 8 g at the same prices per gram: by the gram and by the piece
    for code, unit in (("0101", "g"), ("0302", "piece")):
        deals = [
            Deal("2024-01", "N", code, 500, 20, 10, unit=unit),
            Deal("2024-02", "N", code, 500, 20, 8, unit=unit),
        ]
        weights = {"0101": 0.0, "0102": 0.0, "0302": 0.0} | {code: 100.0}
        series = series_of(deals, weights)
        assert change(series) == pytest.approx(0.0, abs=1e-10)
        assert change(series, "metal") == pytest.approx(0.0, abs=1e-10)


def test_without_the_adjustment_it_would_be_twenty_per_cent() -> None:
    deals = [
        Deal("2024-01", "N", "0302", 500, 20, 10, unit="piece", split=False),
        Deal("2024-02", "N", "0302", 500, 20, 8, unit="piece", split=False),
        # something that can be split, elsewhere
        Deal("2024-01", "G", "0101", 500, 20),
        Deal("2024-02", "G", "0101", 500, 20),
    ]
    series = series_of(deals, {"0101": 50.0, "0102": 0.0, "0302": 50.0})
    assert change(series, "total", "0302") == pytest.approx(-20.0)
    frame = series.contributions_frame().query("measure == 'mom' and class_code == '0302' and level == 2")
    # what could not be split says so
    assert frame.set_index("component")["points_pp"]["unsplit"] == pytest.approx(-10.0)
    assert gaps(series) < 1e-12


def test_a_charge_per_piece_does_not_follow_the_weight() -> None:
    deals = [
        Deal("2024-01", "R", "0302", 500, 300, 10, unit="piece", basis="per_piece"),
        Deal("2024-02", "R", "0302", 500, 300, 8, unit="piece", basis="per_piece"),
    ]
    assert change(series_of(deals, {"0101": 0.0, "0102": 0.0, "0302": 100.0})) == pytest.approx(0.0, abs=1e-10)


def test_fineness_is_quality() -> None:
    # 750 ‰ in place of 585 ‰ at the same price of pure gold and the same charge per gram
    deals = [
        Deal("2024-01", "K", "0102", 600, 30, 5, 585.0),
        Deal("2024-02", "K", "0102", 600, 30, 5, 750.0),
    ]
    series = series_of(deals, {"0101": 0.0, "0102": 100.0, "0302": 0.0})
    assert change(series) == pytest.approx(0.0, abs=1e-10)


def wide_market(first: str, number: int, seed: int = 3) -> list[Deal]:
    """Return a market of three classes over some months: items come and go, a class enters and one leaves."""
    rng = np.random.default_rng(seed)
    gold = 400 * np.exp(np.cumsum(rng.normal(0.005, 0.03, number)))
    charges = np.exp(np.cumsum(rng.normal(0, 0.02, (3, number)), axis=1))
    deals = []
    for n in range(60):
        kind = n % 3
        charge, grams, stone = rng.uniform(8, 60), rng.uniform(2, 20), rng.uniform(500, 5000)
        for t in range(number):
            if rng.random() < 0.15:
                continue
            if (kind == 1 and t < 14) or (kind == 2 and t >= number - 5):
                continue
            spread = np.exp(rng.normal(0, 0.01))
            deals.append(
                Deal(
                    months.shift(first, t),
                    f"I{n}",
                    ("0101", "0102", "0302")[kind],
                    round(gold[t] * spread, 2),
                    round(charge * charges[kind, t] * np.exp(rng.normal(0, 0.05)), 2),
                    round(grams * np.exp(rng.normal(0, 0.02)), 2),
                    999.0 if kind == 0 else 750.0,
                    round(stone * charges[2, t], 2) if kind == 2 else 0.0,
                    unit="piece" if kind == 2 else "g",
                    split=rng.random() > 0.03,
                    firm=f"E{n % 7:03d}",
                )
            )
    return deals


@pytest.mark.parametrize("formula", ["tornqvist", "jevons", "dutot", "fisher", "laspeyres"])
def test_components_add_up_across_three_links(formula: str) -> None:
    from shuibei_index.index import Hierarchy
    from tests.index.components.market import TREE

    frame = TREE.frame.assign(formula=formula)
    # a class enters in the second year and one leaves before the end
    series = series_of(wide_market("2021-06", 40), tree=Hierarchy(frame))
    assert len(series.segments) >= 4
    assert gaps(series) < 1e-9
    components = series.components
    assert components is not None
    head = series.codes.index("00")
    link = series.levels[1:, head] / series.levels[:-1, head]
    np.testing.assert_allclose(components.after[1:, head].sum(axis=1), link, rtol=1e-12)
    np.testing.assert_allclose(components.before[1:, head].sum(axis=1), 1.0, rtol=1e-12)


def test_contributions_by_brute_force() -> None:
    """Freeze one component of one class: in the limit of small changes the index loses its contribution."""
    base = [Deal("2024-01", f"I{n}", "0101", 500, 10 + n, 5 + n, 999.0) for n in range(8)]
    base += [Deal("2024-01", f"J{n}", "0102", 500, 30 + n, 5 + n, 750.0) for n in range(8)]
    step = 1e-4

    def moved(gold: float, charge: dict[str, float]) -> list[Deal]:
        later = [
            Deal(
                "2024-02",
                d.item,
                d.class_code,
                500 * (1 + gold),
                d.charge * (1 + charge[d.class_code]),
                1000 * d.grams,
                d.fineness,
            )
            for d in base
        ]
        return [Deal(d.period, d.item, d.class_code, 500, d.charge, 1000 * d.grams, d.fineness) for d in base] + later

    # a class without prices would follow the headline, and with it what is frozen
    weights = {"0101": 60.0, "0102": 40.0, "0302": 0.0}
    whole = series_of(moved(step, {"0101": 2 * step, "0102": -step}), weights)
    frozen = series_of(moved(step, {"0101": 0.0, "0102": -step}), weights)
    points = whole.contributions_frame().query("measure == 'mom' and level == 2 and component == 'making'")
    own = points.set_index("class_code")["points_pp"]["0101"]
    assert change(whole) - change(frozen) == pytest.approx(own, rel=2e-3)


def test_absent_items_follow_the_benchmark() -> None:
    import pandas as pd

    gold = [500.0, 600.0, 660.0]
    deals = []
    for t, price in enumerate(gold):
        period = f"2024-0{t + 1}"
        deals.append(Deal(period, "A", "0101", price, 20.0))
        if t != 1:
            # sold at a metal price of its own in the first month, at the benchmark again when it is back
            deals.append(Deal(period, "B", "0101", price, 40.0))
    prices = pd.DataFrame({"period": ["2024-01", "2024-02", "2024-03"], "metal": "gold", "cny_per_gram": gold})
    tree = gold_tree()
    series = series_of(deals, ONLY_GOLD, tree=tree, metal_prices=prices)
    # charges stood still, so each month's change is that of the goods at the benchmark
    assert change(series, "making") == pytest.approx(0.0, abs=1e-9)
    assert change(series, "metal") == pytest.approx(10.0, abs=1e-9)
    index = series.component_index["metal"][:, series.codes.index("00")]
    np.testing.assert_allclose(index[1:] / index[:-1], [1.2, 1.1], rtol=1e-9)
    quality = series.quality_frame().query("class_code == '0101' and period == '2024-02'")
    assert quality["imputed_share"].iloc[0] > 0.4


def gold_tree():  # type: ignore[no-untyped-def]
    """Return the tree with the metal of its classes named."""
    from shuibei_index.index import Hierarchy
    from tests.index.components.market import TREE

    frame = TREE.frame.copy()
    frame["metal"] = ["gold" if code.startswith("01") and len(code) == 4 else "" for code in frame["class_code"]]
    return Hierarchy(frame)


def test_a_class_carried_by_the_benchmark_alone_is_imputed() -> None:
    import pandas as pd

    gold = [500.0, 550.0, 540.0]
    deals = []
    for t, price in enumerate(gold):
        deals.append(Deal(f"2024-0{t + 1}", "A", "0101", price, 20.0))
        if t != 1:
            deals.append(Deal(f"2024-0{t + 1}", "B", "0102", price, 30.0, fineness=750.0))
    prices = pd.DataFrame({"period": ["2024-01", "2024-02", "2024-03"], "metal": "gold", "cny_per_gram": gold})
    series = series_of(deals, {"0101": 50.0, "0102": 50.0, "0302": 0.0}, tree=gold_tree(), metal_prices=prices)
    frame = series.to_frame().query("class_code == '0102' and component == 'total'").set_index("period")
    assert frame["obs_status"].to_dict() == {"2024-01": "A", "2024-02": "I", "2024-03": "A"}
    # it moves with gold and its own charge, not with the class above
    assert frame.loc["2024-02", "mom_pct"] == pytest.approx(100 * ((550 * 0.75 + 30) / (500 * 0.75 + 30) - 1), abs=1e-9)


def test_a_class_not_sold_for_a_month_keeps_its_own_parts() -> None:
    # gold 500 → 550, jade always 1000 and not sold in March: its stone is where it was when it is back, and so is the
    # headline's; jade never gets a metal series
    deals = []
    for t, gold in enumerate([500.0, 500.0, 550.0, 550.0]):
        deals.append(Deal(f"2024-0{t + 1}", "A", "0101", gold, 20.0))
        if t != 2:
            deals.append(Deal(f"2024-0{t + 1}", "J", "0302", 0.0, stone=1000.0, unit="piece"))
    series = series_of(deals, {"0101": 60.0, "0102": 0.0, "0302": 40.0})
    frame = series.to_frame()
    jade = frame[frame["class_code"] == "0302"]
    assert set(jade["component"]) == {"total", "stone"}
    for code in ("0302", "03", "00"):
        stone = frame.query("class_code == @code and component == 'stone'")["index"].to_numpy()
        assert stone[-1] == pytest.approx(stone[0], abs=1e-9), code
    assert gaps(series) < 1e-12


def test_a_charge_per_piece_in_a_class_by_the_gram_does_not_rise_with_a_lighter_piece() -> None:
    deals = [
        Deal("2024-01", "N", "0101", 500, 200, 10, pieces=5, basis="per_piece"),
        Deal("2024-02", "N", "0101", 500, 200, 8, pieces=5, basis="per_piece"),
    ]
    series = series_of(deals, ONLY_GOLD)
    assert change(series) == pytest.approx(0.0, abs=1e-10)
    assert change(series, "making") == pytest.approx(0.0, abs=1e-10)
