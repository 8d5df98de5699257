"""Text: a review in a few lines of Chinese and English for the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shuibei_index.review.gates import BLOCKS, PASSED, REMARK
from shuibei_index.signed import signed_text

if TYPE_CHECKING:
    from shuibei_index.review.result import Review

OUTCOMES = {
    PASSED: ("通过", "passed"),
    REMARK: ("须说明", "needs a remark"),
    BLOCKS: ("不得签字", "blocks"),
}
COMPONENT_WORDS = {"total": "总指数 total", "metal": "料价 metal", "making": "工费 making", "stone": "石价 stone"}


def short_text(review: Review) -> str:
    """Return headline, movers, gates and sign-offs."""
    now = review.tables["headline"]
    now = now[now["period"] == review.month]
    lines = [f"审核 review {review.release}（对比 against {review.previous or '–'}）"]
    lines += [
        f"  {COMPONENT_WORDS.get(row['component'], row['component'])}: {row['index']:.2f}  "
        f"环比 mom {_percent(row['mom_pct'])}  同比 yoy {_percent(row['yoy_pct'])}"
        for row in now.to_dict("records")
    ]
    for direction, zh, en in (("up", "涨幅最大", "rose most"), ("down", "跌幅最大", "fell most")):
        own = review.tables["movers"]
        own = own[own["direction"] == direction].head(3)
        named = "; ".join(f"{r['class_code']} {r['name_zh']} {signed_text(r['mom_pct'], 1)}%"
                          for r in own.to_dict("records"))  # fmt: skip
        if named:
            lines.append(f"{zh} {en}: {named}")
    lines.append("")
    lines += gate_lines(review)
    lines.append("")
    return "\n".join([*lines, *sign_off_lines(review)])


def _percent(value: float) -> str:
    return "–" if value != value else f"{signed_text(value, 2)}%"


def gate_lines(review: Review) -> list[str]:
    """Return one line for each gate, those not passed first."""
    order = (BLOCKS, REMARK, PASSED)
    gates = sorted(review.gates, key=lambda gate: order.index(gate.outcome))
    return [f"[{' '.join(OUTCOMES[g.outcome])}] {g.text_zh} {g.text_en} ({g.name})" for g in gates]


def sign_off_lines(review: Review) -> list[str]:
    """Return who signed, what counts and why not."""
    rows = review.tables["sign_offs"]
    lines = [
        f"  {'有效 counts' if r['counts'] else '无效 does not count'}: {r['person']} {r['role']} {r['signed_at']}"
        + ("" if r["counts"] else f"\n    {r['why_zh']}\n    {r['why_en']}")
        for r in rows.to_dict("records")
    ]
    needed = int(review.about["required"])
    if review.about["trial"]:
        return [*lines, f"试运行工作区，不要求签字 a trial workspace needs no sign-off; {review.signed} signed"]
    return [*lines, f"签字 sign-offs: {review.signed} / {needed}（摘要 digest {review.digest[:16]}）"]
