"""Columns of the review's tables: their titles in Chinese and English, and what stands in a cell."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from html import escape
from typing import Any

import pandas as pd

from shuibei_index.response.style import STATE_WORDS, number, percent
from shuibei_index.review.gates import BLOCKS, PASSED, REMARK
from shuibei_index.review.text import OUTCOMES
from shuibei_index.signed import signed_text

Row = Mapping[Hashable, Any]
#: Title in Chinese and English, whether it is a number, and the cell of a row.
Column = tuple[str, str, bool, Callable[[Row], str]]

_INK = {PASSED: ("#1f6b41", "#ffffff"), REMARK: ("#f2b84b", "#1b2530"), BLOCKS: ("#8e1f16", "#ffffff")}
_KINDS = {"record": "记录 record", "replacement": "规格品替换 replacement", "specification": "季调设定 specification"}


def mark(outcome: str) -> str:
    """Return an outcome as a coloured word: legible without colour too."""
    ground, ink = _INK[outcome]
    return f'<span class="light" style="background:{ground};color:{ink}">{" ".join(OUTCOMES[outcome])}</span>'


def cell(name: str) -> Callable[[Row], str]:
    """Return a cell of plain text, escaped; empty where there is none."""
    return lambda row: _said(row[name])


def _said(value: Any) -> str:
    return "" if value is None or (not isinstance(value, str) and pd.isna(value)) else escape(str(value))


def fixed(name: str, digits: int) -> Callable[[Row], str]:
    """Return a cell of a number with fixed decimals."""
    return lambda row: number(float(row[name]), digits)


def signed(name: str, digits: int) -> Callable[[Row], str]:
    """Return a cell of a number with its sign."""
    return lambda row: signed_text(float(row[name]), digits)


def _share(name: str) -> Callable[[Row], str]:
    return lambda row: percent(float(row[name]))


def _both(zh: str, en: str) -> Callable[[Row], str]:
    return lambda row: f'{_said(row[zh])}<br><span class="en" lang="en">{_said(row[en])}</span>'


def _class(row: Row) -> str:
    return (
        f"{escape(str(row['class_code']))} {_said(row['name_zh'])}<br>"
        f'<span class="muted" lang="en">{_said(row["name_en"])}</span>'
    )


def _limit(row: Row) -> str:
    parts = [f"{row[key]:g} {words}" for key, words in (("remark", "须说明 remark"), ("block", "不得签字 block"))
             if row[key] is not None and row[key] == row[key]]  # fmt: skip
    return "<br>".join(parts)


_WHAT = _both("text_zh", "text_en")
GATES: tuple[Column, ...] = (
    ("结果", "outcome", False, lambda row: mark(row["outcome"])),
    ("事项", "what", False, lambda row: _WHAT(row) + f' <span class="muted">{escape(row["name"])}</span>'),
    ("界限", "limit", False, _limit),
)
SIGNED: tuple[Column, ...] = (
    ("签字人", "person", False, cell("person")),
    ("角色", "role", False, cell("role")),
    ("时间", "at", False, cell("signed_at")),
    ("有效", "counts", False, lambda row: "是 yes" if row["counts"] else "否 no"),
    ("说明", "note", False, cell("note")),
    ("为何无效", "why it does not count", False, _both("why_zh", "why_en")),
)
MOVERS: tuple[Column, ...] = (
    ("分类", "class", False, lambda row: ("▲ " if row["direction"] == "up" else "▼ ") + _class(row)),
    ("环比%", "month", True, signed("mom_pct", 2)),
    ("同比%", "year", True, signed("yoy_pct", 2)),
    ("拉动", "points", True, signed("points_pp", 3)),
    ("原因（个百分点）", "why, percentage points", False, _both("reason_zh", "reason_en")),
)
CLASSES: tuple[Column, ...] = (
    ("分类", "class", False, _class),
    ("指数", "index", True, fixed("index", 2)),
    ("环比%", "month", True, signed("mom_pct", 2)),
    ("同比%", "year", True, signed("yoy_pct", 2)),
    ("环比拉动", "points", True, signed("mom_pp", 3)),
    ("料价", "metal", True, signed("metal", 3)),
    ("工费", "making", True, signed("making", 3)),
    ("石价", "stone", True, signed("stone", 3)),
    ("同比拉动", "points, year", True, signed("yoy_pp", 2)),
    ("插补", "imputed", True, _share("imputed_share")),
)
REVISED: tuple[Column, ...] = (
    ("月份", "month", False, cell("period")),
    ("分类", "class", False, cell("class_code")),
    ("构成", "component", False, cell("component")),
    ("已发布", "published", True, fixed("previous", 2)),
    ("现为", "now", True, fixed("current", 2)),
    ("修订", "revision", True, signed("revision", 2)),
    ("状态", "status", False, lambda row: "终值 final" if row["final"] else "初步 provisional"),
)
FIRMS: tuple[Column, ...] = (
    ("企业", "firm", False, lambda row: f"{_said(row['enterprise_id'])} <span class=muted>{_said(row['name'])}</span>"),
    ("状态", "state", False, lambda row: STATE_WORDS[row["state"]]),
    ("采用", "accepted", True, cell("accepted")),
    ("待核", "held", True, cell("held")),
    ("退回", "rejected", True, cell("rejected")),
    ("未决质疑", "open queries", True, cell("open_queries")),
)
LATE: tuple[Column, ...] = (
    ("文件", "file", False, cell("file")),
    ("收件箱", "inbox", False, cell("inbox_month")),
    ("记录月份", "months of records", False, cell("periods")),
    ("收到", "received", False, cell("received_at")),
    ("原因", "why", False, _both("why_zh", "why_en")),
)
TOP: tuple[Column, ...] = (
    ("剔除企业", "without the firm", False, cell("enterprise_id")),
    ("指数（点）", "index, points", True, signed("effect_points", 3)),
    ("环比（百分点）", "month, pp", True, signed("mom_pp", 3)),
    ("同比（百分点）", "year, pp", True, signed("yoy_pp", 3)),
)
SIGNALS: tuple[Column, ...] = (
    ("分类", "class", False, cell("class_code")),
    ("企业", "firm", False, cell("enterprise_id")),
    ("点", "points", True, signed("effect_points", 3)),
    ("信号", "signal", False, _both("text_zh", "text_en")),
)
QUERIES: tuple[Column, ...] = (
    ("质疑", "query", False, lambda row: f'<span class="digest">{_said(row["query"])}</span>'),
    ("企业·行", "firm, line", False, lambda row: f"{_said(row['enterprise_id'])} {_said(row['line_no'])}"),
    ("企业影响", "firm's effect, pp", True, signed("mom_pp", 3)),
    ("疑问", "doubt", False, _both("message_zh", "message_en")),
)
DECISIONS: tuple[Column, ...] = (
    ("类别", "kind", False, lambda row: _KINDS[row["kind"]]),
    ("对象", "on", False, cell("subject")),
    ("决定", "decision", False, lambda row: f"{_said(row['action'])} {_said(row['values'])}"),
    ("决定人·时间", "who, when", False, lambda row: f"{_said(row['person'])}<br>{_said(row['decided_at'])}"),
    ("依据·理由", "basis, reason", False, lambda row: f"{_said(row['basis'])}<br>{_said(row['reason'])}"),
)
REASONS: tuple[Column, ...] = (
    ("原因", "reason", False, _both("reason_zh", "reason_en")),
    ("单元", "cells", True, cell("cells")),
)
WORDS: tuple[Column, ...] = (
    ("检查", "part", False, cell("part")),
    ("语言", "language", False, cell("language")),
    ("程度", "severity", False, cell("severity")),
    ("位置", "place", False, cell("place")),
    ("发现", "finding", False, _both("text_zh", "text_en")),
)
