"""Form: what one firm is asked for one month, before it becomes a workbook or a CSV file."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from shuibei_index import months
from shuibei_index.errors import UsageError
from shuibei_index.index.hierarchy import Hierarchy
from shuibei_index.intake.schema import CODES, SUBMISSION
from shuibei_index.rules import Rules, RulesAt
from shuibei_index.templates.examples import example_lines
from shuibei_index.templates.inputs import UNIT_WORD, Leaf, Limits, input_limits, leaves_of, word_lists
from shuibei_index.templates.items import of_firm

NAMES: tuple[str, ...] = tuple(column.name for column in SUBMISSION)


@dataclass(frozen=True, repr=False)
class Form:
    """One firm's form for one month.

    Attributes
    ----------
    enterprise_id, name, month : str
        Whom it asks and about which month; `name` may be empty.
    rules : RulesAt
        The rules of that month.
    leaves : tuple of Leaf
        The classes a line may name.
    words : dict
        Column → the words its cells may hold.
    limits : dict
        Column → the least and most its cells may hold.
    lines : DataFrame
        One row per line, one column per column of a submission, "" = to be filled in. What changes from month to month
        is always empty; the last `spare` lines hold firm, month and line number only.
    last : DataFrame
        One row per own item, in the order of `lines`: the figures of the last month it was sold.
    examples : DataFrame
        One filled line per class.
    """

    enterprise_id: str
    name: str
    month: str
    rules: RulesAt
    leaves: tuple[Leaf, ...]
    words: dict[str, tuple[str, ...]]
    limits: dict[str, Limits]
    lines: pd.DataFrame = field(repr=False)
    last: pd.DataFrame = field(repr=False)
    examples: pd.DataFrame = field(repr=False)

    @property
    def own(self) -> int:
        """Number of lines with an item of the firm."""
        return len(self.last)

    def __repr__(self) -> str:
        return f"Form: {self.enterprise_id}, {self.month}, {self.own} items, {len(self.lines)} lines"


def make_form(
    enterprise_id: str,
    month: str,
    *,
    rules: Rules | RulesAt,
    tree: Hierarchy | None = None,
    items: pd.DataFrame | None = None,
    name: str = "",
    stage: str = "wholesale",
    metal_prices: pd.DataFrame | None = None,
) -> Form:
    """Make the form of a firm for a month.

    Parameters
    ----------
    enterprise_id, month, name
        The firm, the month it reports on, and how the firm is called.
    rules : Rules or RulesAt
    tree : Hierarchy, optional
        The classification. Default: the packaged one of the month.
    items : DataFrame, optional
        What `own_items` gives, of this firm or of many. Without it the form has empty lines only.
    stage : str
        The trade stage of the examples.
    metal_prices : DataFrame, optional
        period, metal, cny_per_gram: the examples then use prices near the market's.

    Raises
    ------
    UsageError
        The month is no month, or the firm's code is empty or cannot stand in a cell.
    """
    months.ordinal(month)
    if not enterprise_id or not enterprise_id.isprintable():
        raise UsageError(
            f"{enterprise_id!r} is no enterprise_id a form can be made for", zh=f"企业代码 {enterprise_id!r} 无效"
        )
    at = rules.at(month)
    leaves = leaves_of(tree if tree is not None else Hierarchy.load(month), month)
    last = of_firm(items, enterprise_id) if items is not None else pd.DataFrame()
    lines = _lines(enterprise_id, month, last, leaves, int(at["form_spare_lines"]))
    examples = example_lines(leaves, at, stage=stage, metal_prices=metal_prices)
    return Form(enterprise_id, name, month, at, leaves, word_lists(at), input_limits(at), lines, last, examples)


def _lines(firm: str, month: str, last: pd.DataFrame, leaves: tuple[Leaf, ...], spare: int) -> pd.DataFrame:
    size = len(last) + spare
    lines = pd.DataFrame("", index=range(size), columns=list(NAMES), dtype=object)
    lines["enterprise_id"], lines["period"] = firm, month
    lines["line_no"] = np.arange(1, size + 1)
    if not len(last):
        return lines
    own = {"item_id": last["item_id"], **_traits(last, leaves)}
    for column, values in own.items():
        lines.loc[: len(last) - 1, column] = values.to_numpy(dtype=object)
    return lines


def _traits(last: pd.DataFrame, leaves: tuple[Leaf, ...]) -> dict[str, pd.Series]:
    text = {name: last[name].fillna("").astype(str) for name in ("stone_type", "stone_colour")}
    text |= {name: last[name].fillna("").astype(str) for name in ("stone_clarity", "stone_cut")}
    # a class that is no longer in the tree is left to be chosen anew
    code = last["class_code"].where(last["class_code"].isin([leaf.code for leaf in leaves]), "")
    unit = code.map({leaf.code: UNIT_WORD[leaf.unit] for leaf in leaves}).fillna("")
    words = {
        name: last[name].map(CODES[name]).fillna("") for name in ("trade_type", "stage", "tax_basis", "charge_basis")
    }
    # the unit is the class's own, whatever the firm wrote: nobody has to convert 钱 again
    units = {"weight_unit": unit, "amount_unit": unit.where(unit == "", CODES["amount_unit"]["yuan"])}
    return {"class_code": code, "fineness": _permille(last["fineness"]), **words, **units, **text}


def _permille(values: pd.Series) -> pd.Series:
    number = values.astype(float).fillna(0.0)
    text = number.round(3).map("{:g}".format)
    return text.where(number > 0, "")
