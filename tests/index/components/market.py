"""A small market written by hand: metal price, charge and stones of every item and month, as accepted records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shuibei_index.aggregate import PricePanel, make_panel
from shuibei_index.index import Hierarchy, IndexSeries, compile_index
from shuibei_index.rules import Rules

RULES = Rules.load()
#: two classes priced by the gram, one by the piece
TREE = Hierarchy.from_parents({"01": "00", "0101": "01", "0102": "01", "03": "00", "0302": "03"})


@dataclass
class Deal:
    """One deal of an item in a month: what a piece or a gram is made of."""

    period: str
    item: str
    class_code: str
    metal_price: float
    charge: float = 0.0
    grams: float = 10.0
    fineness: float = 1000.0
    stone: float = 0.0
    pieces: int = 1
    basis: str = "per_gram"
    unit: str = "g"
    split: bool = True
    weighed: bool = True
    firm: str = "E001"


def panel_of(deals: list[Deal]) -> PricePanel:
    """Return the price panel of some deals."""
    rows = []
    for deal in deals:
        grams = deal.grams * deal.pieces
        metal = grams * deal.metal_price * deal.fineness / 1000
        making = deal.charge * (grams if deal.basis == "per_gram" else deal.pieces)
        stone = deal.stone * deal.pieces
        parts = [round(100 * x) for x in (metal, making, stone)]
        rows.append(
            {
                "enterprise_id": deal.firm,
                "item_id": deal.item,
                "class_code": deal.class_code,
                "period": deal.period,
                "trade_type": "sale",
                "stage": "wholesale",
                "amount_fen": sum(parts),
                "quantity_milli": round(1000 * grams) if deal.unit == "g" else 1000 * deal.pieces,
                "metal_fen": parts[0] if deal.split else None,
                "loss_fen": 0 if deal.split else None,
                "making_fen": parts[1] if deal.split else None,
                "charge_basis": deal.basis,
                "pieces": deal.pieces,
                "stone_fen": parts[2] if deal.split else None,
                "net_mg": round(1000 * grams) if deal.weighed else None,
                "pure_ug": round(1000 * grams * deal.fineness) if deal.weighed else None,
            }
        )
    frame = pd.DataFrame(rows)
    for name in ("metal_fen", "loss_fen", "making_fen", "stone_fen", "net_mg", "pure_ug"):
        frame[name] = frame[name].astype("Int64")
    return make_panel(frame, rules=RULES)


def series_of(deals: list[Deal], weights: dict[str, float] | None = None, **options: object) -> IndexSeries:
    """Compile some deals, with the formula of ratios or that of the rules."""
    panel = panel_of(deals)
    years = sorted({int(m[:4]) for m in panel.months})
    table = pd.DataFrame(
        [
            {"year": year, "class_code": code, "weight": value, "price_period": ""}
            for year in years
            for code, value in (weights or {"0101": 60.0, "0102": 30.0, "0302": 10.0}).items()
        ]
    )
    options.setdefault("tree", TREE)
    tree = options.pop("tree")
    return compile_index(panel, tree, rules=RULES, weights=table, replicates=0, **options)  # type: ignore[arg-type]


def change(series: IndexSeries, component: str = "total", code: str = "00", lag: int = 1) -> float:
    """Return the last change of a series in per cent."""
    index = series.component_index[component][:, series.codes.index(code)]
    return float(100 * (index[-1] / index[-1 - lag] - 1))


def gaps(series: IndexSeries) -> float:
    """Return how far the components are from adding up to the totals, over all months, levels and classes."""
    frame = series.contributions_frame()
    keys = ["period", "measure", "level", "class_code"]
    total = frame[frame["component"] == "total"].set_index(keys)["points_pp"]
    parts = frame[frame["component"] != "total"].groupby(keys)["points_pp"].sum()
    return float(np.abs(total - parts.reindex(total.index).fillna(0.0)).max())
