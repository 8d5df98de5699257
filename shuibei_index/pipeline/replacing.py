"""Replacing: decisions on which item stands for which, taken, withdrawn, listed, and followed by every compilation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shuibei_index.aggregate import PricePanel
from shuibei_index.decisions import JUDGEMENT, standing
from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.replacing import (
    LINK_COLUMNS,
    TOLD_COLUMNS,
    checked_links,
    factors_of,
    forced_links,
    method_of,
    no_links,
)
from shuibei_index.index.replacing.factors import Factors, Records
from shuibei_index.index.replacing.links import BY_ITSELF, check_method
from shuibei_index.store import Store
from shuibei_index.store.register import ITEM_REPLACEMENT

if TYPE_CHECKING:
    from shuibei_index.frozen import Frozen
    from shuibei_index.index import IndexSeries

#: What is read of accepted records for the model of a class.
_READ = (
    "enterprise_id", "item_id", "class_code", "period", "stage", "pieces", "net_mg", "pure_ug", "making_fen",
    "stone_fen", "charge_basis", "stone_carat", "stone_colour", "stone_clarity", "stone_cut",
)  # fmt: skip
#: Columns of the register of replacements.
REGISTER_COLUMNS: tuple[str, ...] = (
    "decision", "month", *LINK_COLUMNS, "in_force", "asked", "note_zh", "note_en", "person", "decided_at", "basis",
    "reason",
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """A replacement as a person asks for it.

    Parameters
    ----------
    enterprise_id, item_id, by_item_id : str
    method : str
        One of `METHODS`; "" = that of the rule replacement_method.
    factor : float
        For "factor": quality of the new item over that of the old, metal content apart; NaN = none.
    reason : str
    class_code : str
        "" = the class of the old item, if it has but one.
    """

    enterprise_id: str
    item_id: str
    by_item_id: str
    method: str = ""
    factor: float = float("nan")
    reason: str = ""
    class_code: str = ""


def register_of(taken: pd.DataFrame) -> pd.DataFrame:
    """Return decisions on replacements (`Register.replacements`) as a table of links, `REGISTER_COLUMNS`."""
    said = pd.DataFrame([json.loads(text) for text in taken["values"]], index=taken.index)
    names = ("class_code", "item_id", "by_item_id", "method", "charge_factor", "stone_factor", "asked", "zh", "en")
    frame = said.reindex(columns=list(names)).rename(columns={"zh": "note_zh", "en": "note_en"})
    # a withdrawal has no text of its own
    frame[list(TOLD_COLUMNS)] = frame[list(TOLD_COLUMNS)].fillna("")
    frame = frame.assign(month=taken["period"], in_force=taken["decision"].isin(_in_force(taken)["decision"]))
    signed = taken[["decision", "enterprise_id", "person", "decided_at", "basis", "reason"]]
    return pd.concat([frame, signed], axis=1)[list(REGISTER_COLUMNS)].reset_index(drop=True)


def _in_force(taken: pd.DataFrame) -> pd.DataFrame:
    last = standing(taken)
    return last[last["action"] == "accept"]


def links_in_force(taken: pd.DataFrame | None) -> pd.DataFrame:
    """Return the links (`LINK_COLUMNS`, `TOLD_COLUMNS`) that decisions leave in force."""
    if taken is None or not len(taken):
        return no_links().reindex(columns=[*LINK_COLUMNS, *TOLD_COLUMNS])
    register = register_of(taken)
    return register.loc[register["in_force"], [*LINK_COLUMNS, *TOLD_COLUMNS]].reset_index(drop=True)


def records_of(frozen: Frozen, store: Store) -> Records:
    """Return the function that reads the accepted records of a class in some months, for models."""

    def read(class_code: str, months: list[str]) -> pd.DataFrame:
        tables = []
        for month in sorted(set(months) & set(frozen.months)):
            path = store.objects.checked_path(frozen.months[month])
            there = pq.read_schema(path).names
            # the form of older records has no grades
            table = pq.read_table(path, columns=[name for name in _READ if name in there])
            mine = pc.and_(
                pc.equal(table["class_code"].cast(pa.string()), class_code),
                pc.equal(table["stage"].cast(pa.string()), frozen.settings.stage),
            )
            tables.append(table.filter(mine).to_pandas())
        whole: pd.DataFrame = pd.concat(tables, ignore_index=True)
        return whole.reindex(columns=list(_READ))

    return read


def with_forced(
    links: pd.DataFrame, panel: PricePanel, series: IndexSeries, frozen: Frozen, store: Store
) -> pd.DataFrame:
    """Return the links with those that the rule forced_replacement makes beside them.

    Parameters
    ----------
    links : DataFrame
        Decided by people.
    panel : PricePanel
        Before anything was linked.
    series : IndexSeries
        Compiled with `links`.
    """
    found = forced_links(series, frozen.rules, links)
    modelled = found["method"] == "hedonic"
    found = found.assign(asked=found["method"], note_zh="", note_en="")
    made = [
        factors_of(
            panel,
            {str(k): str(v) for k, v in link.items()},
            "hedonic",
            float("nan"),
            records_of(frozen, store),
            frozen.rules,
        )
        for link in found.loc[modelled, list(LINK_COLUMNS[:4])].to_dict("records")
    ]
    if made:
        found.loc[modelled, "method"] = [each.method for each in made]
        found.loc[modelled, "charge_factor"] = [each.charge for each in made]
        found.loc[modelled, "stone_factor"] = [each.stone for each in made]
        found.loc[modelled, "note_zh"] = [each.zh for each in made]
        found.loc[modelled, "note_en"] = [each.en for each in made]
    return pd.concat([links, found], ignore_index=True) if len(links) else found


def judged(
    panel: PricePanel, asked: Request, month: str, known: pd.DataFrame, frozen: Frozen, store: Store
) -> dict[str, Any]:
    """Return what a decision keeps of a replacement: class, items, method and factors.

    Parameters
    ----------
    panel : PricePanel
        Up to the month, before anything was linked.
    known : DataFrame
        Links in force.

    Raises
    ------
    UsageError
        One of the items is unknown; the old one is still selling; the successor is not of the firm and class; the items
        were sold beside each other and the method compares them, or were not and it is overlap; one of them stands in a
        replacement already; links would go in a circle; a factor is missing or not above 0.
    """
    code = _class_of(panel, asked)
    rules = frozen.rules.at(month)
    method = asked.method or method_of(code, rules)
    check_method(method)
    if method == "factor" and not (asked.factor > 0 and np.isfinite(asked.factor)):
        raise UsageError("method factor needs --factor above 0", zh="方法 factor 须给出大于 0 的 --factor")
    if method != "factor" and asked.factor == asked.factor:
        raise UsageError(f"method {method} takes no factor", zh=f"方法 {method} 不带系数")
    key = {"enterprise_id": asked.enterprise_id, "class_code": code}
    link = key | {"item_id": asked.item_id, "by_item_id": asked.by_item_id}
    first, last, newest = _spans(panel, link, month)
    if newest >= month:
        raise UsageError(
            f"{asked.item_id} is still selling: its last price is of {newest}; decide when it has ended",
            zh=f"{asked.item_id} 仍在销售（最近价格为 {newest}），停售后再作替换决定",
        )
    _comparable(method, link, first, last, newest)
    others = known[(known["enterprise_id"] == asked.enterprise_id) & (known["class_code"] == code)]
    _free(others, asked)
    found = factors_of(panel, link, method, asked.factor, records_of(frozen, store), frozen.rules)
    row = {**link, "method": found.method, "charge_factor": found.charge, "stone_factor": found.stone}
    _ = checked_links(pd.concat([known, pd.DataFrame([row])], ignore_index=True) if len(known) else pd.DataFrame([row]))
    return {**row, "asked": method, **_told(found)}


def _told(found: Factors) -> dict[str, str]:
    return {"zh": found.zh, "en": found.en}


def _class_of(panel: PricePanel, asked: Request) -> str:
    items = panel.items[panel.items["enterprise_id"] == asked.enterprise_id]
    if not len(items):
        firms = sorted(set(panel.items["enterprise_id"]))
        raise UsageError(
            f"no accepted record of an enterprise {asked.enterprise_id!r}{did_you_mean(asked.enterprise_id, firms)}",
            zh=f"没有企业 {asked.enterprise_id} 的采用记录",
        )
    for name in (asked.item_id, asked.by_item_id):
        if name not in set(items["item_id"]):
            hint = did_you_mean(name, sorted(items["item_id"]))
            raise UsageError(
                f"{asked.enterprise_id} has no item {name!r} in the index{hint}",
                zh=f"企业 {asked.enterprise_id} 没有规格品 {name}",
            )
    of_old, of_new = (sorted(items.loc[items["item_id"] == n, "class_code"]) for n in (asked.item_id, asked.by_item_id))
    wanted = [asked.class_code] if asked.class_code else of_old
    both = sorted(set(wanted) & set(of_old) & set(of_new))
    if not both:
        raise UsageError(
            f"{asked.by_item_id} ({', '.join(of_new)}) is not in the class of {asked.item_id} ({', '.join(of_old)}): a "
            "replacement stays in the class; another class is entered as a new item",
            zh=f"{asked.by_item_id}（{'、'.join(of_new)}）与 {asked.item_id}（{'、'.join(of_old)}）不属于同一分类，"
            "替换须在同一分类内",
        )
    if len(both) > 1:
        raise UsageError(
            f"both items stand in several classes ({', '.join(both)}): name one with --class",
            zh=f"两个规格品同属多个分类（{'、'.join(both)}），请用 --class 指定",
        )
    return str(both[0])


def _spans(panel: PricePanel, link: dict[str, str], month: str) -> tuple[str, str, str]:
    """Return the first month of the successor and the last ones of the old item before it and at all."""
    keys = pd.MultiIndex.from_frame(panel.items[["enterprise_id", "class_code", "item_id"]])
    old, new = (keys.get_loc((link["enterprise_id"], link["class_code"], link[c])) for c in ("item_id", "by_item_id"))
    priced = ~np.isnan(panel.price)
    sold, came = panel.month[priced & (panel.item == old)], panel.month[priced & (panel.item == new)]
    if not (len(sold) and len(came)):
        raise UsageError(
            "one of the items has no price (quantity or amount is not above 0)", zh="其中一个规格品没有可用的价格"
        )
    months = panel.months
    before = sold[sold < came[0]]
    return months[came[0]], months[before[-1]] if len(before) else "", months[sold[-1]]


def _comparable(method: str, link: dict[str, str], first: str, last: str, newest: str) -> None:
    old, new = link["item_id"], link["by_item_id"]
    if old == new:
        raise UsageError(f"{old} cannot replace itself", zh=f"{old} 不能替换自身")
    if not last:
        raise UsageError(
            f"{new} was sold in {first}, before {old}: it is no successor", zh=f"{new} 在 {old} 之前（{first}）已有销售"
        )
    overlapped = newest >= first
    if overlapped and method not in BY_ITSELF:
        raise UsageError(
            f"{old} was still sold in {newest}, when {new} was there (since {first}): prices of one month tell the "
            "difference of quality; use --method overlap",
            zh=f"{old} 在 {newest} 仍有销售，而 {new} 自 {first} 起已有价格：应以同月价格衔接，请用 --method overlap",
        )
    if method == "overlap" and not overlapped:
        raise UsageError(
            f"{old} (last sold {newest}) and {new} (since {first}) were never priced in one month: no overlap; "
            "use class_mean, direct, factor or hedonic",
            zh=f"{old}（最后成交 {newest}）与 {new}（自 {first} 起）没有同月价格，不能用 overlap",
        )


def _free(known: pd.DataFrame, asked: Request) -> None:
    for column, name, en, zh in (
        ("item_id", asked.item_id, "is replaced already", "已被替换"),
        ("by_item_id", asked.by_item_id, "stands for another item already", "已替换其他规格品"),
    ):
        there = known[known[column] == name]
        if len(there):
            row = there.iloc[0]
            raise UsageError(
                f"{name} {en} ({row['item_id']} by {row['by_item_id']}); withdraw that first (--withdraw)",
                zh=f"{name} {zh}（{row['item_id']} → {row['by_item_id']}），请先撤销（--withdraw）",
            )


def decision_row(values: dict[str, Any], month: str, action: str, reason: str) -> dict[str, Any]:
    """Return a decision on a replacement as the ledger takes it, unsigned: action accept = linked, exclude = not."""
    key = [values[name] for name in ("enterprise_id", "class_code", "item_id")]
    return {
        "enterprise_id": values["enterprise_id"],
        "period": month,
        "line_no": None,
        "record": "item:" + json.dumps(key, ensure_ascii=False, separators=(",", ":")),
        "rule": ITEM_REPLACEMENT,
        "action": action,
        "values": json.dumps(values, ensure_ascii=False, sort_keys=True),
        "basis": JUDGEMENT,
        "reason": reason,
    }


def withdrawn(taken: pd.DataFrame, enterprise_id: str, item_id: str, class_code: str) -> dict[str, Any]:
    """Return the values of the decision in force on an item.

    Raises
    ------
    UsageError
        There is none, or several in different classes.
    """
    register = register_of(taken)
    mine = register[register["in_force"] & (register["enterprise_id"] == enterprise_id)]
    mine = mine[(mine["item_id"] == item_id) & (mine["class_code"].eq(class_code) | (class_code == ""))]
    if len(mine) != 1:
        raise UsageError(
            f"no replacement of {item_id!r} of {enterprise_id!r} is in force"
            if not len(mine)
            else f"replacements of {item_id!r} are in force in several classes: name one with --class",
            zh=f"企业 {enterprise_id} 的规格品 {item_id} 没有有效的替换"
            if not len(mine)
            else f"{item_id} 在多个分类有有效的替换，请用 --class 指定",
        )
    return {name: mine[name].iloc[0] for name in (*LINK_COLUMNS, "asked")}
