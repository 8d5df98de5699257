"""The trail of a record, for people: every figure as the firm wrote it, as it was settled, and the rule in between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.errors import UsageError
from shuibei_index.intake.schema import CODES, SUBMISSION
from shuibei_index.rules import Rules
from shuibei_index.validation.batch import clean
from shuibei_index.validation.citations import AS_REPORTED, Citation, cited

TRAIL_COLUMNS: tuple[str, ...] = ("field", "reported", "settled", "unit", "rule", "since", "value", "why", "note")
#: What is shown for a cell that was empty.
EMPTY = "（空 empty）"
_OLD = "旧版本采用的记录，未留原值 accepted by an older version that kept no originals"
_DEFAULT = {
    "trade_type": "空 = 销售 empty = sale",
    "stage": "空 = 工作区默认环节 empty = stage of the workspace",
    "amount_unit": "空 = 元 empty = yuan",
    "net_weight": "空 = 重量 empty = weight",
}
_ZH = {column.name: column.name_zh for column in SUBMISSION}


def trail(
    accepted: pa.Table,
    enterprise_id: str,
    line_no: int,
    *,
    period: str | None = None,
    rules: Rules,
    findings: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return how the figures of one accepted record came about.

    Parameters
    ----------
    accepted : pyarrow.Table
        Accepted records (`intake.schema.RECORD`); the columns of `intake.schema.TRAIL` may be missing.
    enterprise_id, line_no
        The record.
    period : str, optional
        Needed where the firm has that line in several months.
    rules : Rules
        Where the values cited are looked up.
    findings : DataFrame, optional
        Findings of the same validation: corrections by decision are taken from them.

    Returns
    -------
    DataFrame
        One row per figure (and per rule where several made it), columns `TRAIL_COLUMNS`: the field in Chinese and
        English, the cell as written, the settled figure and its unit, rule and key, date from which the value used is
        in force, the value, its reference and decision, a note. All as text.

    Raises
    ------
    UsageError
        There is no such record, or it is in several months.

    Examples
    --------
    >>> import shuibei_index as sx
    >>> rules = sx.Rules.load()
    >>> row = {"enterprise_id": "E001", "period": "2025-06", "line_no": 1, "item_id": "A", "class_code": "01010101",
    ...        "weight": 2.0, "weight_unit": "钱", "unit_system": "hk", "fineness": "足金", "amount": 0.6,
    ...        "amount_unit": "万元", "tax_basis": "含税"}
    >>> shown = sx.validate(pd.DataFrame([row]), rules=rules).trail("E001", 1)
    >>> shown[["reported", "settled", "unit", "rule", "since"]].iloc[0].to_list()
    ['2 钱 hk', '7560', 'mg', 'unit_systems.hk.qian', '2005-01-01']
    """
    record = _record(accepted, enterprise_id, line_no, period)
    old = record.get("weight_rule") is None and record.get("tax_rule") is None
    defaulted = set((record.get("defaulted") or "").split("/"))
    unit = " ".join(record[n] for n in ("weight_unit_reported", "unit_system_reported") if record.get(n))
    money = record.get("amount_unit_reported") or ""
    weighed, purity = record.get("weight_rule"), record.get("fineness_rule")
    rows = [
        _rows("weight", _cell(record, "weight", unit, old), record["weight_mg"], "mg", weighed, rules),
        _rows("net_weight", _cell(record, "net_weight", unit, old), record["net_weight_mg"], "mg", weighed, rules),
        _rows("fineness", _cell(record, "fineness", "", old), record["fineness"], "‰", purity, rules),
        _rows("amount", _cell(record, "amount", money, old), record["amount_reported_fen"], "fen", None, rules),
        _rows("tax_basis", record["tax_basis"], record["amount_fen"], _basis(record), record.get("tax_rule"), rules),
    ]
    for name in ("trade_type", "stage"):
        reported = EMPTY if name in defaulted else record[name]
        rows.append(_rows(name, reported, record[name], CODES[name][record[name]], None, rules))
    table = pd.DataFrame([row for part in rows for row in part], columns=["name", *TRAIL_COLUMNS[1:]])
    note = table["name"].map(lambda name: _DEFAULT[name] if name in defaulted else "")
    if "amount_unit" in defaulted:
        note = note.mask(table["name"] == "amount", _DEFAULT["amount_unit"])
    if old:
        note = note.mask(table["name"].isin(["weight", "net_weight", "fineness", "amount"]), _OLD)
    table["note"] = note
    table["field"] = table["name"].map(lambda name: f"{_ZH[name]} {name}")
    parts = [table[list(TRAIL_COLUMNS)], *_corrections(record, findings)]
    return pd.concat(parts, ignore_index=True)


def _record(accepted: pa.Table, enterprise_id: str, line_no: int, period: str | None) -> dict[str, Any]:
    chosen = pc.and_(
        pc.equal(accepted["line_no"], line_no), pc.equal(accepted["enterprise_id"].cast(pa.string()), enterprise_id)
    )
    if period is not None:
        chosen = pc.and_(chosen, pc.equal(accepted["period"].cast(pa.string()), period))
    found: list[dict[str, Any]] = accepted.filter(chosen).to_pylist()
    if not found:
        raise UsageError(
            f"no accepted record {enterprise_id}:{line_no}{f' of {period}' if period else ''}; "
            "what is held or rejected has no settled figures: see the findings",
            zh=f"没有已采用的记录 {enterprise_id}:{line_no}；待核或退回的记录没有归一后的数值，请看审核发现",
        )
    if len(found) > 1:
        months = ", ".join(record["period"] for record in found)
        raise UsageError(
            f"{enterprise_id}:{line_no} is in several months ({months}); give period=",
            zh=f"{enterprise_id}:{line_no} 见于多个月份（{months}），请给出 period=",
        )
    return found[0]


def _rows(
    name: str, reported: str, settled: float | str | None, unit: str, rule: str | None, rules: Rules
) -> list[tuple[str, ...]]:
    if settled is None:
        return [(name, reported, "", "", "", "", "", "", "")]
    citations = list(cited(rule or ""))
    shown = f"{settled:.10g}" if isinstance(settled, float) else str(settled)
    if not citations:
        plain = "按填报 as reported" if rule == AS_REPORTED else ""
        return [(name, reported, shown, unit, plain, "", "", "", "")]
    return [(name, reported, shown, unit, *_looked_up(citation, rules), "") for citation in citations]


def _looked_up(citation: Citation, rules: Rules) -> tuple[str, str, str, str]:
    name = f"{citation.rule}.{citation.key}" if citation.key else citation.rule
    entry = citation.entry(rules)
    if entry is None:
        return name, citation.since, "", "这些规则中没有 not in these rules"
    decision = f"decision {entry.decision}" if entry.decision else ""
    value = citation.value(rules)
    why = "; ".join(text for text in (entry.reference, decision) if text)
    return name, citation.since, "" if value is None else f"{value} {entry.unit}", why


def _cell(record: dict[str, Any], name: str, unit: str, old: bool) -> str:
    if old:
        return ""
    value = record[f"{name}_reported"]
    if value is None:
        return EMPTY
    text = f"{value:.15g}" if isinstance(value, float) else str(value)
    return f"{text} {unit}".strip()


def _basis(record: dict[str, Any]) -> str:
    """Return the unit and tax basis of the settled amount."""
    if record.get("tax_rule") is None:
        return "fen"
    given = record["tax_basis"]
    other = {"incl": "excl", "excl": "incl"}[given]
    return f"fen {given if record['tax_rule'] == AS_REPORTED else other}"


def _corrections(record: dict[str, Any], findings: pd.DataFrame | None) -> Iterator[pd.DataFrame]:
    """Yield what decisions changed before anything was settled: the cell as sent and as decided."""
    if findings is None or not len(findings):
        return
    own = findings[(findings["rule"] == "corrected_by_decision") & (findings["line_no"] == record["line_no"])]
    own = own[(own["enterprise_id"].map(clean) == record["enterprise_id"]) & (own["file"] == record["file"])]
    own = own[own["period"].map(clean) == record["period"]]
    if len(own):
        made = {"field": "更正 correction", "reported": own["value"], "settled": own["expected"]}
        note = own["message_zh"] + " " + own["message_en"]
        yield own.assign(**made, note=note).reindex(columns=list(TRAIL_COLUMNS), fill_value="")
