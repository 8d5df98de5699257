"""The order of the review list: what the lines behind a signal do, the cause before what follows from it."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.aggregate import make_panel
from shuibei_index.index import Hierarchy, compile_index
from shuibei_index.index.influence import review_list
from shuibei_index.index.influence.review import _order
from shuibei_index.rules import Rules

MONTHS = [f"2024-{m:02d}" for m in range(1, 9)]
GOLD = dict(zip(MONTHS, [500, 510, 505, 515, 520, 512, 525, 530], strict=True))
RULES = Rules.load()
_PLAIN = Hierarchy.from_parents({"01": "00", "0101": "01", "0102": "01"}).frame
TREE = Hierarchy(_PLAIN.assign(unit="g", metal="gold"))


def market(firms, common, code="0101", rows=slice(None)):
    """Firms with charges of their own by item; in the last month those of `rows` are `common`."""
    rng = np.random.default_rng(2)
    lines = []
    for month in MONTHS:
        for k in range(firms):
            for j in range(10):
                charge = round(15 + 2 * k + 3 * j * (1 if j % 2 else 0.3) + rng.normal(0, 1.2) + 0.37, 2)
                price, grams = round(GOLD[month] * np.exp(rng.normal(0, 0.006)), 2), round(10 + j + rng.random(), 3)
                if month == MONTHS[-1] and k in range(firms)[rows]:
                    charge = common
                lines.append({
                    "enterprise_id": f"E{k:03d}", "item_id": f"{code}-{j}", "class_code": code, "period": month,
                    "deal_time": pd.Timestamp(f"{month}-{5 + j:02d}T10:00"), "trade_type": "sale", "stage": "wholesale",
                    "tax_basis": "incl", "charge_basis": "per_gram", "pieces": 1.0,
                    "quantity_milli": round(grams * 1000),
                    "net_weight_mg": round(grams * 1000), "weight_mg": round(grams * 1000), "fineness": 999.0,
                    "metal_price": price, "making_charge": charge, "loss_rate": np.nan, "stone_carat": np.nan,
                    "stone_amount_fen": 0, "amount_fen": round(100 * grams * (price * 0.999 + charge)),
                    "amount_reported_fen": round(100 * grams * (price * 0.999 + charge)),
                })  # fmt: skip
    return pd.DataFrame(lines)


def listed(frame):
    weights = pd.DataFrame({"year": 2024, "class_code": ["0101", "0102"], "weight": [60.0, 40.0], "price_period": ""})
    used = weights[weights["class_code"].isin(frame["class_code"])]
    series = compile_index(
        make_panel(frame, rules=RULES), TREE, rules=RULES, weights=used, base_period="2024-01", replicates=0
    )
    metal = pd.DataFrame({"period": MONTHS, "metal": "gold", "cny_per_gram": list(GOLD.values()), "source": "x"})
    return review_list(series, frame, MONTHS[-1], rules=RULES, metal_prices=metal)


def test_one_charge_of_all_firms_stands_before_the_round_numbers_it_makes():
    found = listed(market(10, 25.0))
    assert found["signal"].tolist() == ["alignment"] + ["heaping"] * 10
    row = found.iloc[0]
    # all left out, nothing is left: the largest of the firms alone, and the text says which
    singles = found[found["signal"] == "heaping"].set_index("enterprise_id")["effect_points"]
    assert row["effect_points"] == pytest.approx(singles.loc[singles.abs().idxmax()])
    assert singles.abs().idxmax() in row["text_zh"] and "全部剔除" in row["text_zh"]
    assert "largest effect of one firm alone" in row["text_en"] and singles.abs().idxmax() in row["text_en"]
    assert found["effect_points"].notna().all()


def test_left_out_together_where_something_is_left():
    frame = pd.concat([market(10, 25.0), market(10, 0.0, "0102", slice(0, 0))], ignore_index=True)
    found = listed(frame)
    row = found.iloc[0]
    assert row["signal"] == "alignment" and np.isfinite(row["effect_points"])
    assert "全部剔除" not in row["text_zh"] and "alone" not in row["text_en"]
    # its own effect is one of all its lines: more than one of which may cancel, yet it comes before what it caused
    assert (found["signal"].iloc[1:] == "heaping").all() and len(found) > 1


def test_a_firm_that_is_the_whole_market_comes_first():
    # nothing is left without it: no effect can be told, and none could be larger
    found = listed(market(1, 25.0))
    assert found["signal"].tolist()[0] == "heaping" and np.isnan(found["effect_points"].iloc[0])


def test_order_by_cause_then_effect_and_untold_effects_by_value():
    frame = pd.DataFrame(
        {
            "class_code": ["00", "00", "0101", "00", "0101", "0102"],
            "enterprise_id": ["A", "B", "A; B", "C", "D", "E"],
            "value": [1.0, 0.9, 1.0, 0.5, 0.3, 0.8],
            "effect_points": [-0.2, 0.1, 0.001, 0.15, np.nan, np.nan],
            "class_points": [-0.2, 0.1, 0.001, 0.15, np.nan, np.nan],
        }
    )
    # 2 brought 0 and 1 about, whose effects cancel; 4 and 5 are all there is
    caused = pd.DataFrame({"at_cause": [2, 2], "at_effect": [0, 1]})
    assert _order(frame, caused).tolist() == [5, 4, 2, 0, 3, 1]
    assert _order(frame, caused.iloc[:0]).tolist() == [5, 4, 0, 3, 1, 2]
