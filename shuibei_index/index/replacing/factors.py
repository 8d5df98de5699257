"""Factors: the method asked for becomes the numbers a link is made with, or gives way to a weaker one and says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.index.replacing.models import CharacteristicsModel, characteristics, fit_model

if TYPE_CHECKING:
    from shuibei_index.aggregate.panel import PricePanel
    from shuibei_index.rules import Rules, RulesAt

#: Accepted records of a class in some months.
Records = Callable[[str, list[str]], pd.DataFrame]


@dataclass(frozen=True)
class Factors:
    """What a link is made with.

    Parameters
    ----------
    method : str
        The method used: the one asked for, or class_mean where the model refused.
    charge, stone : float
        Quality of the new over that of the old in charges and stones.
    zh, en : str
        How they were found.
    """

    method: str
    charge: float = 1.0
    stone: float = 1.0
    zh: str = ""
    en: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return them as a decision keeps them."""
        told = {"zh": self.zh, "en": self.en}
        return {"method": self.method, "charge_factor": self.charge, "stone_factor": self.stone, **told}


def factors_of(
    panel: PricePanel, link: dict[str, str], method: str, factor: float, records: Records, rules: Rules | RulesAt
) -> Factors:
    """Return the factors of one replacement.

    Parameters
    ----------
    panel : PricePanel
        Before anything was linked.
    link : dict
        enterprise_id, class_code, item_id, by_item_id: the successor first sold after the old item's last sale.
    method : str
    factor : float
        For "factor".
    records : function of class code and months
        Accepted records, for "hedonic".
    rules : Rules or RulesAt
        `replacement_model_months`, and those of `fit_model`, of the successor's first month.

    Notes
    -----
    hedonic: the model predicts charges per gram, p. The content has already been brought to that of the new item
    (`UnitParts.reference`): a charge by the gram follows the grams, one by the piece the pieces. So the charge factor
    is what is left, p1/p0 · (n1/n0) / [a · n1/n0 + (1 − a) · k1/k0], a the share by the gram, n grams and k pieces in
    a unit. Stones are brought to no content: their factor is the price per carat times the carats in a unit, new over
    old.
    """
    if method == "factor":
        return Factors(method, factor, factor)
    if method != "hedonic":
        return Factors(method)
    items = panel.items[["enterprise_id", "class_code", "item_id"]]
    keys = pd.MultiIndex.from_frame(items)
    old, new = (keys.get_loc((link["enterprise_id"], link["class_code"], link[c])) for c in ("item_id", "by_item_id"))
    priced = ~np.isnan(panel.price)
    a = int(np.flatnonzero(priced & (panel.item == new))[0])
    b = int(np.flatnonzero(priced & (panel.item == old) & (panel.month < panel.month[a]))[-1])
    since, last = panel.months[panel.month[a]], panel.months[panel.month[b]]
    at = rules.at(since)
    window = [month_names.shift(since, -n) for n in range(int(at["replacement_model_months"]), 0, -1)]
    table = characteristics(records(link["class_code"], sorted({*window, last, since})))
    own = table[table["enterprise_id"] == link["enterprise_id"]].set_index(["item_id", "period"])
    pair = own.loc[(link["item_id"], last)], own.loc[(link["by_item_id"], since)]
    before = table[table["period"].isin(window)]
    return _modelled(panel, a, b, pair, before, at)


def _modelled(
    panel: PricePanel, a: int, b: int, pair: tuple[pd.Series, pd.Series], before: pd.DataFrame, at: RulesAt
) -> Factors:
    parts = panel.parts
    if parts is None or not (parts.known[a] and parts.known[b]):
        return _fallen("价格无法拆分", "a price could not be split into its parts")
    zh, en, found = [], [], {"charge": 1.0, "stone": 1.0}
    for part, fen in (("charge", parts.making_fen), ("stone", parts.stone_fen)):
        if fen[b] == 0:
            continue
        model = fit_model(before, part, at)
        ratio = model.ratio(*pair)
        if not ratio > 0:
            return _fallen(*_why(model))
        found[part] = ratio
        zh.append(f"{'工费' if part == 'charge' else '石价'}模型 {model.n_items} 个规格品，R² {model.r_squared:.2f}")
        en.append(f"model of {part}s: {model.n_items} items, R² {model.r_squared:.2f}")
    charge = found["charge"]
    if parts.making_fen[b] > 0:
        share = parts.gram_charge_fen[b] / parts.making_fen[b]
        grams = (parts.net_mg[a] / parts.net_milli[a]) / (parts.net_mg[b] / parts.net_milli[b])
        counted = min(parts.piece_count[a], parts.piece_count[b], parts.piece_milli[a], parts.piece_milli[b]) > 0
        pieces = 1.0
        if counted:
            pieces = (parts.piece_count[a] / parts.piece_milli[a]) / (parts.piece_count[b] / parts.piece_milli[b])
        charge *= grams / (share * grams + (1.0 - share) * pieces)
    stone = found["stone"]
    if parts.stone_fen[b] > 0:
        sold = panel.quantity_milli
        stone *= (pair[1]["carat"] / sold[a]) / (pair[0]["carat"] / sold[b])
    return Factors("hedonic", float(charge), float(stone), "；".join(zh), "; ".join(en))


def _why(model: CharacteristicsModel) -> tuple[str, str]:
    if model.en:
        return model.zh, model.en
    return "新旧规格品超出模型所见范围", "the items lie outside what the model has seen"


def _fallen(zh: str, en: str) -> Factors:
    return Factors(
        "class_mean", zh=f"特征模型未采用（{zh}），改用类均值", en=f"the model was not used ({en}); class_mean instead"
    )
