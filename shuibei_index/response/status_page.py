"""Page of a month's status: lights, response, effect of the missing, every firm and class; for the team only."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from shuibei_index.index.tree.classification import HEADLINE
from shuibei_index.response.drawing import response_bars
from shuibei_index.response.style import STATE_WORDS, head_cells, light_mark, number, page, percent

if TYPE_CHECKING:
    from shuibei_index.response.status import MonthStatus

_FIRMS = [
    ("企业", "firm", False), ("状态", "state", False), ("文件与收到时间", "files, received", False),
    ("读取", "read", True), ("采用", "accepted", True), ("待核", "held", True), ("退回", "rejected", True),
    ("未决质疑", "open queries", True), ("指数权重", "weight", True), ("其中插补", "imputed", True),
    ("每偏1%", "points per 1 %", True),
]  # fmt: skip
_CLASSES = [
    ("分类", "class", False), ("", "", False), ("权重", "weight", True), ("企业", "firms", True),
    ("回收率(户)", "by count", True), ("回收率(额)", "by value", True), ("插补", "imputed", True),
    ("其中缺报", "of missing", True), ("指数", "index", True), ("95%区间", "95 % band", True),
]  # fmt: skip


def write_page(status: MonthStatus) -> str:
    """Return the status as one self-contained HTML page."""
    foot = "<footer>含企业个体数据，仅供编制团队使用。 Holds data of single firms: for the index team only.</footer>\n"
    return page(f"报送状态 status {status.month}", body(status) + foot)


def body(status: MonthStatus) -> str:
    """Return the content of the page, for notebooks too."""
    firms, rates = status.firms, status.rates
    day = f"；截至 {status.on.isoformat()} as of {status.on.isoformat()}" if status.on else ""
    facts = "".join(
        f"<div><b>{value}</b>{zh}<br>{en}</div>"
        for value, zh, en in (
            (f"{percent(rates['response_count'], 0)}", "回收率（按户）", "response by firms"),
            (f"{percent(rates['response_value'], 0)}", "回收率（按额）", "response by value"),
            (f"{percent(rates['imputed'])}", "总指数插补比重", "headline weight imputed"),
            (f"{int(firms['open_queries'].sum())}", "未决质疑", "queries without a decision"),
        )
    )
    reasons = "".join(f'<li>{escape(zh)}<br><span class="en" lang="en">{escape(en)}</span></li>'
                      for zh, en in status.light.reasons)  # fmt: skip
    return (
        f"<h1>报送状态 {status.month} <small>status</small> {light_mark(status.light.colour)}</h1>\n"
        f'<p class="muted">报送截止 due {status.due.isoformat()}{day}</p>\n'
        f'<div class="facts">{facts}</div>\n'
        + (f"<ul>{reasons}</ul>\n" if reasons else "<p>全部达标。 All is in order.</p>\n")
        + _effect(status)
        + f"<h2>企业 <small>firms</small></h2>\n<table>{head_cells(_FIRMS)}"
        + "".join(_firm(row) for row in firms.to_dict("records"))
        + "</table>\n"
        + _unread(status)
        + _classes(status)
    )


def _effect(status: MonthStatus) -> str:
    rates, missing = status.rates, status.awaited
    lines = []
    if status.remark[0]:
        lines.append(f"<p>{escape(status.remark[0])} <span class='en' lang='en'>{escape(status.remark[1])}</span></p>")
    if rates["index"] == rates["index"]:
        low, high = rates["low_95"], rates["high_95"]
        lines.append(
            f"<p>总指数 headline {number(rates['index'], 2)}，95% 区间 band {number(low, 2)} – {number(high, 2)}（±"
            f"{number((high - low) / 2.0, 2)}）</p>"
        )
    if len(missing):
        share, points = missing["imputed"].sum(), missing["points_per_pct"].sum()
        lines.append(
            f"<p>尚无采用记录的企业共 {len(missing)} 户，占总指数权重 {percent(share)}：若其价格与插补相差 1%，"
            f"总指数相差 {number(points, 3)} 点。</p>\n"
            f"<p class='en' lang='en'>Firms without accepted records: {len(missing)}, with {percent(share)} of "
            "the weight of the headline. Should their prices differ by 1 % from what is imputed, "
            f"the headline would be off by {number(points, 3)} points.</p>"
        )
    again = status.replay
    if len(again):
        rows = "".join(
            f"<tr><td>{row['period']}</td>"
            + "".join(f"<td class=n>{number(row[n], 2)}</td>" for n in ("mom_pct", "without_pct", "difference"))
            + "</tr>"
            for row in again.to_dict("records")
        )
        titles = [("月份", "month", False), ("环比%", "change", True), ("不含这些企业", "without them", True),
                  ("相差", "difference", True)]  # fmt: skip
        lines.append(
            "<p>此前各月若同样缺报这些企业 <span class='en' lang='en'>had the same firms been missing "
            "before:</span></p>"
            f"<table style='width:60%'>{head_cells(titles)}{rows}</table>"
        )
    return f"<h2>缺报对指数的影响 <small>effect of the missing</small></h2>\n{''.join(lines)}\n" if lines else ""


def _firm(row: Mapping[Hashable, Any]) -> str:
    when = "–".join(dict.fromkeys(t for t in (row["first_received"], row["last_received"]) if t))
    files = escape(row["file_names"]) + (f'<br><span class="muted">{escape(when)}</span>' if when else "")
    state = STATE_WORDS[row["state"]] + ("<br>逾期 overdue" if row["overdue"] else "")
    counts = "".join(f"<td class=n>{row[n]}</td>" for n in ("read", "accepted", "held", "rejected", "open_queries"))
    return (
        f"<tr><td>{escape(row['enterprise_id'])}<br><span class=muted>{escape(row['name'])}</span></td>"
        f"<td>{light_mark(row['light'])}<br>{state}</td><td>{files}</td>{counts}"
        f"<td class=n>{percent(row['weight'])}</td><td class=n>{percent(row['imputed'])}</td>"
        f"<td class=n>{number(row['points_per_pct'], 3)}</td></tr>\n"
    )


def _unread(status: MonthStatus) -> str:
    if status.unread.empty:
        return ""
    rows = "".join(
        f"<tr><td>{escape(row['file'])}</td><td>{escape(row['enterprise_id'])}</td><td>{escape(row['reason_zh'])}"
        f'<br><span class="en" lang="en">{escape(row["reason_en"])}</span></td></tr>'
        for row in status.unread.to_dict("records")
    )
    titles = [("文件", "file", False), ("按文件名似为", "firm by its name", False), ("原因", "reason", False)]
    return (
        f"<h2>未读出记录的文件 <small>files without records</small></h2>\n<table>{head_cells(titles)}{rows}</table>\n"
    )


def _classes(status: MonthStatus) -> str:
    if status.classes.empty:
        return ""
    frame = status.classes
    top = frame[frame["level"].le(1) & frame["weight"].gt(0)]
    rows = "".join(_class(row) for row in frame[frame["weight"].gt(0)].to_dict("records"))
    return (
        f"<h2>分类 <small>classes</small></h2>\n<figure>{response_bars(top)}</figure>\n"
        f"<table>{head_cells(_CLASSES)}{rows}</table>\n"
        '<p class="muted">回收率(额)按各规格品最近一次成交额；插补为本月无价格的权重比重。 By value: last known '
        "turnover of items; imputed: share of the class's weight without a price this month.</p>\n"
    )


def _class(row: Mapping[Hashable, Any]) -> str:
    bold = "<b>{}</b>" if row["class_code"] == HEADLINE else "{}"
    band = "–" if row["low_95"] != row["low_95"] else f"{number(row['low_95'], 1)} – {number(row['high_95'], 1)}"
    name = bold.format(f"{row['class_code']} {escape(row['name_zh'])}")
    return (
        f'<tr><td>{name}<br><span class=muted lang="en">{escape(row["name_en"])}</span></td>'
        f"<td>{light_mark(row['light'])}</td><td class=n>{percent(row['weight'])}</td>"
        f"<td class=n>{int(row['n_firms'])}/{int(row['n_expected'])}</td>"
        + "".join(f"<td class=n>{percent(row[n], 0)}</td>" for n in ("response_count", "response_value"))
        + "".join(f"<td class=n>{percent(row[n])}</td>" for n in ("imputed", "missing"))
        + f"<td class=n>{number(row['index'], 2)}</td><td class=n>{band}</td></tr>\n"
    )
