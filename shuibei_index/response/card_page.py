"""Page of a scorecard: one A4 sheet in both languages, with a small chart, to be sent to the one firm it is about."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from shuibei_index.response.drawing import month_boxes, two_lines
from shuibei_index.response.reminder import chinese_month, english_month
from shuibei_index.response.style import STATE_WORDS, head_cells, number, page, percent

if TYPE_CHECKING:
    from shuibei_index.response.scorecard import Scorecard

#: Classes on the sheet: more would not fit one page.
_ROWS = 8
#: The whole card on one side of A4.
_ONE_SHEET = """@page { size: A4; margin: 9mm 12mm; }
body { font-size: 9pt; line-height: 1.38; margin: 0 auto; } h1 { font-size: 15pt; margin: 0; }
h2 { margin: 3mm 0 1mm; font-size: 11pt; } table { font-size: 8pt; } th, td { padding: 0.55mm 1.2mm; }
.facts { margin: 1.5mm 0; } .facts div { padding: 1.2mm 3mm; } .facts b { font-size: 12pt; }
footer { margin-top: 2.5mm; font-size: 7.5pt; } svg { width: 100%; }
"""
_TITLES = [
    ("分类", "class", False), ("可比规格品", "matched items", True), ("本企业环比%", "own change", True),
    ("本类环比%", "class change", True), ("相差", "difference", True), ("本企业工费", "own charge", True),
    ("同类中位", "others' middle", True), ("相差", "difference", True),
]  # fmt: skip


def write_page(card: Scorecard) -> str:
    """Return a scorecard as one self-contained HTML page; names are escaped."""
    firm = escape(f"{card.firm} {card.name}".strip())
    body = (
        f"<h1>月度反馈单 <small>Monthly scorecard</small></h1>\n<p><b>{firm}</b> · {chinese_month(card.month)} "
        f'{english_month(card.month)}</p>\n<p class="muted">{escape(card.index_zh)} · {escape(card.index_en)}</p>\n'
        "<p>感谢贵单位报送数据。下面是贵单位本月价格、工费与同类的比较，以及数据质量情况。 "
        '<span class="en" lang="en">Thank you for reporting. This is how your prices and making charges compare with '
        "your classes, and how good your data were.</span></p>\n"
        + _chart(card)
        + _prices(card)
        + _quality(card)
        + _foot(card)
    )
    return page(f"反馈单 scorecard {card.firm} {card.month}", body, _ONE_SHEET)


def _chart(card: Scorecard) -> str:
    if card.paths is None:
        return ""
    code, own, other = card.paths
    row = card.classes[card.classes["class_code"] == code].iloc[0]
    name = f"{code} {row['name_zh']} {row['name_en']}"
    note = "" if other is not None else "（其他企业不足，不作比较 too few other firms to compare）"
    drawing = two_lines(card.months, own, other, title=name)
    return f"<h2>价格指数 <small>price index, {escape(name)}{note}</small></h2>\n<figure>{drawing}</figure>\n"


def _prices(card: Scorecard) -> str:
    if card.classes.empty:
        return ""
    shown = card.classes.head(_ROWS)
    more = len(card.classes) - len(shown)
    rest = f'<p class="muted">另有 {more} 类成交较少，未列。 {more} smaller classes not listed.</p>\n' if more else ""
    return (
        "<h2>价格与工费 <small>prices (month on month) and making charges (CNY per gram)</small></h2>\n"
        f"<table>{head_cells(_TITLES)}{''.join(_row(row) for row in shown.to_dict('records'))}</table>\n{rest}"
    )


def _row(row: Mapping[Hashable, Any]) -> str:
    # differences are those of the figures as shown: nothing finer leaves the room
    price, charge = row["own_change"] - row["class_change"], row["own_charge"] - row["others_charge"]
    hidden = '<td class=n colspan="2"><span class="muted">不比较 not shown</span></td>'
    kept = '<td class=n colspan="2"><span class="muted">保密，不予公布 confidential</span></td>'
    pair = f"<td class=n>{number(row['class_change'], 1)}</td><td class=n>{_signed(price)}</td>"
    level = f"<td class=n>{number(row['others_charge'], 1)}</td><td class=n>{_signed(charge)}</td>"
    no_charge = row["own_charge"] != row["own_charge"]
    return (
        f'<tr><td>{row["class_code"]} {escape(row["name_zh"])}<br><span class=muted lang="en">{escape(row["name_en"])}'
        f"</span></td><td class=n>{row['items']}</td><td class=n>{number(row['own_change'], 1)}</td>"
        + (pair if row["compared"] else kept if row["withheld"] else hidden)
        + f"<td class=n>{number(row['own_charge'], 1)}</td>"
        + (level if row["charge_compared"] else "<td class=n>–</td><td class=n>–</td>" if no_charge else hidden)
        + "</tr>\n"
    )


def _signed(value: float) -> str:
    text = number(value, 1)
    return text if text.startswith(("–", "-")) or text == "0.0" else f"+{text}"


def _quality(card: Scorecard) -> str:
    q = card.quality
    read = int(q["read"])
    share = percent(int(q["accepted"]) / read if read else float("nan"))
    received = f"，收到 received {escape(str(q['received']))}" if q["received"] else ""
    return (
        "<h2>数据质量 <small>data quality</small></h2>\n"
        f'<div class="facts"><div><b>{share}</b>采用比例<br>accepted</div>'
        f"<div><b>{q['accepted']} / {read}</b>采用 / 读取<br>accepted / read</div>"
        f"<div><b>{q['held']} · {q['rejected']}</b>待核 · 退回<br>held · rejected</div>"
        f"<div><b>{q['open_queries']}</b>未决质疑<br>open queries</div></div>\n"
        f"<p>{STATE_WORDS[str(q['state'])]}（截止 due {q['deadline']}{received}）；审核提示 findings: {q['note']} "
        f"提示 notes, {q['query']} 质疑 queries, {q['reject']} 退回 rejections。</p>\n"
        f"<figure>{month_boxes(card.months, card.reported)}</figure>\n"
        '<p class="muted">绿色为当月有采用价格；空框为缺报；在样本外的月份不画框。 '
        "Green: prices accepted; empty: none; no box: not in the panel.</p>\n"
    )


def _foot(card: Scorecard) -> str:
    return (
        "<footer>本类环比为该类价格指数（统计保密、不予公布的分类不列）；"
        f"同类中位为其他企业每克工费居中三至四户的平均，统一为指数的含税口径并取整。仅当其他"
        f"企业不少于 {card.others} 户且无一户独大（p% 规则）时才作比较；环比只计两月均有可比规格品的企业。"
        "仅供本企业使用。"
        '<br><span lang="en">Class change: the price index of the class, where it is published. '
        "Others' middle: mean of the three or four other firms in the middle, charge per gram in the index's tax "
        "basis, rounded. Shown only where at least "
        f"{card.others} other firms stand behind it (for a change: with items priced in both months) and none of them "
        "dominates (p % rule). For this firm only.</span>"
        "</footer>\n"
    )
