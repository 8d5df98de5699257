"""Inputs: what each column of a form lets in, from the same schema and rules as the checks."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Literal

from shuibei_index.index.hierarchy import Hierarchy
from shuibei_index.index.tree import METALS
from shuibei_index.intake.schema import CODES, DEAL_COLUMNS, KEY_COLUMNS
from shuibei_index.rules import RulesAt
from shuibei_index.validation.fineness import STATED, parse_fineness
from shuibei_index.validation.metal import class_fineness

#: Columns whose figures are of one month only: never filled in for a firm, or last month's would be sent again.
MONTHLY: tuple[str, ...] = (*DEAL_COLUMNS, "note")
#: The same for every line of a form: shown, not to be changed.
FIXED: tuple[str, ...] = KEY_COLUMNS
_MG_PER_GRAM, _MG_PER_CARAT = 1000.0, 200.0
#: The unit words a form offers for the unit of a class.
UNIT_WORD = {"g": CODES["weight_unit"]["g"], "ct": CODES["weight_unit"]["ct"], "piece": CODES["weight_unit"]["g"]}


@dataclass(frozen=True)
class Limits:
    """The least and the most a cell may hold: numbers, or times."""

    kind: Literal["integer", "decimal", "date"]
    least: float | dt.datetime
    most: float | dt.datetime

    def text(self) -> str:
        """Return "0.01 – 10,000,000,000", for messages."""
        if isinstance(self.least, dt.datetime) and isinstance(self.most, dt.datetime):
            return f"{self.least:%Y-%m-%d} – {self.most:%Y-%m-%d}"
        return f"{_plain(self.least)} – {_plain(self.most)}"


@dataclass(frozen=True)
class Leaf:
    """A class a firm can report under in the month of a form."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    metal: str

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns a line of this class must, or should, have filled in: its quantity, price and the price's parts."""
        if self.code.startswith("91"):
            return ("weight", "amount", "making_charge")
        quantity = ("pieces",) if self.unit == "piece" else ("weight",)
        parts = ("metal_price", "making_charge") if self.metal and self.unit == "g" else ()
        stones = ("net_weight", "metal_price", "making_charge", "stone_amount") if self.unit == "piece" else ()
        return (*quantity, "amount", *parts, *(stones if self.metal else ()))


def leaves_of(tree: Hierarchy, month: str) -> tuple[Leaf, ...]:
    """Return the leaves of a tree that are in force in `month`, in code order.

    Examples
    --------
    >>> [leaf.code for leaf in leaves_of(Hierarchy.load("2025"), "2025-06")][-2:]
    ['90', '91']
    """
    frame = tree.frame[tree.frame["class_code"].isin(tree.leaves)]
    frame = frame[(frame["introduced"] == "") | (frame["introduced"] <= month)]
    columns = frame[["class_code", "name_zh", "name_en", "unit", "metal"]]
    return tuple(map(Leaf, *(columns[name].tolist() for name in columns)))


def word_lists(rules: RulesAt) -> dict[str, tuple[str, ...]]:
    """Return the words each coded column offers, as firms write them.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> word_lists(Rules.load().at("2025-06"))["tax_basis"]
    ('含税', '不含税')
    """
    lists = {name: tuple(words.values()) for name, words in CODES.items()}
    return {**lists, "unit_system": tuple(rules["unit_systems"])}


def fineness_list(leaf: Leaf, rules: RulesAt) -> tuple[str, ...]:
    """Return the marks of fineness a form offers for a class: those of its metal that its class can have.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> fineness_list(Leaf("010202", "", "", "g", "gold"), Rules.load().at("2025-06"))
    ('18K',)
    """
    names: list[str] = rules["form_fineness"].get(leaf.metal, [])
    low, high = class_fineness(rules, leaf.code)
    metal = METALS.index(leaf.metal) if leaf.metal else -1
    read = {name: parse_fineness(name, metal, rules) for name in names}
    return tuple(name for name, (permille, status, *_) in read.items() if status == STATED and low <= permille <= high)


def input_limits(rules: RulesAt) -> dict[str, Limits]:
    """Return the limits of each column with figures, in the units of a form.

    The most is what the checks refuse beyond: weights may be in any unit, so theirs is that of milligrams.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> limits = input_limits(Rules.load().at("2025-06"))
    >>> limits["loss_rate"].text(), limits["deal_time"].text()
    ('0 – 30', '2025-06-01 – 2025-06-30')
    """
    amount, weight = float(rules["amount_max"]), float(rules["weight_max"])
    metal = max(float(rules["price_bounds"][name][1]) for name in METALS)
    year, month = map(int, rules.month.split("-"))
    last = dt.datetime(year, month, calendar.monthrange(year, month)[1], 23, 59, 59)
    return {
        "deal_time": Limits("date", dt.datetime(year, month, 1), last),
        "pieces": Limits("integer", 1, float(rules["pieces_max"])),
        # a milligram in kilograms is the smallest weight anybody can write
        "weight": Limits("decimal", 0.000001, weight * _MG_PER_GRAM),
        "net_weight": Limits("decimal", 0, weight * _MG_PER_GRAM),
        "amount": Limits("decimal", 0.01, amount),
        "metal_price": Limits("decimal", 0, metal),
        "making_charge": Limits("decimal", 0, amount),
        "loss_rate": Limits("decimal", 0, float(rules["loss_rate_max"])),
        "stone_amount": Limits("decimal", 0, amount),
        "stone_carat": Limits("decimal", 0, weight * _MG_PER_GRAM / _MG_PER_CARAT),
    }


def _plain(number: float | dt.datetime) -> str:
    return f"{number:,.6f}".rstrip("0").rstrip(".") if isinstance(number, float | int) else str(number)
