"""A market with every effect at once: items come and go, are imputed, change content; weights and trees change."""

from __future__ import annotations

import pandas as pd

from shuibei_index.index import Hierarchy, IndexSeries, compile_index
from tests.index.components.market import RULES, Deal, panel_of
from tests.index.components.test_components import gold_tree, wide_market

FIRST, MONTHS = "2021-06", 40
_WEIGHTS = {
    2021: {"0101": 70.0, "0302": 30.0},
    2022: {"0101": 55.0, "0102": 15.0, "0302": 30.0},
    2023: {"0101": 40.0, "0102": 40.0, "0302": 20.0},
    2024: {"0101": 60.0, "0102": 10.0, "0302": 30.0},
}


def weights() -> pd.DataFrame:
    """Return weights that change a lot from year to year."""
    return pd.DataFrame(
        [
            {"year": year, "class_code": code, "weight": value, "price_period": ""}
            for year, values in _WEIGHTS.items()
            for code, value in values.items()
        ]
    )


def benchmark(deals: list[Deal]) -> pd.DataFrame:
    """Return the middle metal price of the deals by month as a benchmark."""
    prices = pd.DataFrame({"period": [d.period for d in deals], "cny_per_gram": [d.metal_price for d in deals]})
    middle = prices.groupby("period")["cny_per_gram"].median().reset_index()
    return middle.assign(metal="gold", source="test")


def every_effect(formula: str = "", seed: int = 3) -> IndexSeries:
    """Compile a market of 40 months in which every line of an explanation has something to say."""
    deals = wide_market(FIRST, MONTHS, seed)
    frame = gold_tree().frame.assign(formula=formula)
    small = Hierarchy(frame[frame["class_code"] != "0102"].reset_index(drop=True))
    # a class enters the tree in the second year
    trees = {2021: small, 2022: Hierarchy(frame), 2023: Hierarchy(frame), 2024: Hierarchy(frame)}
    return compile_index(
        panel_of(deals), trees, rules=RULES, weights=weights(), metal_prices=benchmark(deals), replicates=0
    )
