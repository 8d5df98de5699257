"""Words: what columns of tables are called on the screen, Chinese and English; JSON and CSV keep the plain names."""

from __future__ import annotations

TITLES: dict[str, str] = {
    "accepted": "采用 accepted",
    "action": "决定 action",
    "class_code": "分类 class",
    "decision": "号 no.",
    "enterprise_id": "企业 firm",
    "example_en": "example",
    "example_zh": "示例",
    "file": "文件 file",
    "files": "文件 files",
    "findings": "条数 findings",
    "gate": "门槛 gate",
    "held": "待核 held",
    "index": "指数 index",
    "items": "规格品 items",
    "last_period": "上次报送 last reported",
    "line_no": "行 line",
    "mom_pct": "环比 mom %",
    "month": "月份 month",
    "name_en": "name",
    "name_zh": "名称",
    "obs_status": "状态 status",
    "passed": "通过 passed",
    "query": "质疑 query",
    "read": "读取 read",
    "reason": "理由 reason",
    "reason_en": "reason",
    "reason_zh": "原因",
    "rejected": "退回 rejected",
    "rule": "规则 rule",
    "series": "序列 series",
    "severity": "程度 severity",
    "status": "状态 status",
    "threshold": "要求 asked for",
    "value": "值 value",
    "values": "更正值 values",
    "yoy_pct": "同比 yoy %",
    "ytd_pct": "累计 ytd %",
}
SEVERITIES = {"reject": "退回 reject", "query": "质疑 query", "note": "提示 note"}
ACTIONS = {"accept": "采用 accept", "correct": "更正 correct", "exclude": "剔除 exclude", "impute": "插补 impute"}
YES_NO = {True: "是 yes", False: "否 no"}


def count(number: int, one: str, many: str = "") -> str:
    """Return an English number and noun.

    Examples
    --------
    >>> count(1, "file"), count(2, "file"), count(1, "query", "queries")
    ('1 file', '2 files', '1 query')
    """
    return f"{number} {one if number == 1 else many or one + 's'}"


def percent(value: float) -> str:
    """Return a share as per cent with one decimal, – where there is none."""
    return "–" if value != value else f"{100.0 * value:.1f}%"
