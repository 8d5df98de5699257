"""Page: a review as one self-contained page, Chinese and English side by side, to read and to print."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from shuibei_index.response.style import head_cells, number, page, percent
from shuibei_index.review.columns import (
    CLASSES,
    DECISIONS,
    FIRMS,
    GATES,
    LATE,
    MOVERS,
    QUERIES,
    REASONS,
    REVISED,
    SIGNALS,
    SIGNED,
    TOP,
    WORDS,
    Column,
    Row,
    cell,
    fixed,
    mark,
    signed,
)  # fmt: skip
from shuibei_index.review.drawing import metal_svg
from shuibei_index.review.gates import BLOCKS, PASSED, REMARK
from shuibei_index.signed import signed_text

if TYPE_CHECKING:
    from shuibei_index.review.result import Review

#: Rows shown of long tables; review.json has all.
_ROWS = 25
#: Columns of short words that are not to be broken.
_UNBROKEN = ("月份", "结果", "界限", "质疑", "剔除企业", "收到", "状态", "企业·行")
_METALS = (("gold", "黄金"), ("platinum", "铂金"), ("palladium", "钯金"), ("silver", "白银"))
_PARTS = (
    ("total", "总指数", "total"),
    ("metal", "料价", "metal"),
    ("making", "工费", "making"),
    ("stone", "石价", "stone"),
)
_STYLE = """
.wide { overflow-x: auto; } .digest { font-family: ui-monospace, monospace; font-size: 8pt; overflow-wrap: anywhere; }
td.k { white-space: nowrap; } .none { color: #5b6774; }
@media screen and (max-width: 640px) { body { margin: 3mm; } .facts { grid-template-columns: repeat(2, 1fr); } }
@media print { .wide { overflow: visible; } thead { display: table-header-group; } h2 { break-after: avoid; } }
"""


def review_page(review: Review) -> str:
    """Return a review as one HTML page."""
    foot = (
        "<footer>含企业个体数据与人名，仅供编制团队使用。 Holds data of single firms and names of persons: for the "
        "index team only.</footer>\n"
    )
    return page(f"发布前审核 review {review.release}", body(review) + foot, _STYLE)


def body(review: Review) -> str:
    """Return the content of the page, for notebooks too."""
    tables = review.tables
    return "".join(
        [
            _head(review),
            _section("门槛", "gates", _table(_gates(review), GATES, rows=None)),
            _section("签字", "sign-offs", _signatures(review)),
            _section("总指数与构成", "headline and components", _headline(tables["headline"])),
            _section("与金属价格对比", "beside metal prices", _metals(tables["metals"])),
            _section("涨跌最大的分类及原因", "largest movers and why", _table(tables["movers"], MOVERS)),
            _section("分类与拉动", "classes and contributions", _table(tables["classes"], CLASSES)),
            _section("与上一次发布相比的修订", "what would be revised", _revised(review)),
            _section("报送", "response", _response(review)),
            _section("单一企业的影响", "influence of single firms", _influence(tables)),
            _section("未决质疑", "queries without a decision", _table(tables["queries"], QUERIES)),
            _section("主观判断与决定", "judgements and decisions", _table(tables["decisions"], DECISIONS)),
            _section("保密", "disclosure control", _withheld(review)),
            _section("公报文字", "words of the bulletins", _table(tables["words"], WORDS)),
        ]
    )


def _head(review: Review) -> str:
    now = review.tables["headline"]
    head = now[(now["period"] == review.month) & (now["component"] == "total")].to_dict("records")
    row: Row = head[0] if head else {}
    nothing = float("nan")
    facts = (
        (number(row.get("index", nothing), 2), "总指数（点）", "headline, points"),
        (_percent(row.get("mom_pct", nothing)), "环比", "on the month before"),
        (_percent(row.get("yoy_pct", nothing)), "同比", "on the year before"),
        (f"{review.signed} / {review.about['required']}", "有效签字", "sign-offs that count"),
    )
    cells = "".join(f"<div><b>{value}</b>{zh}<br>{en}</div>" for value, zh, en in facts)
    trial = "；试运行，不要求签字 a trial: no sign-off needed" if review.about["trial"] else ""
    return (
        f"<h1>发布前审核 {escape(review.release)} <small>review before release</small> {mark(review.outcome)}</h1>\n"
        f'<p class="muted">{escape(str(review.about["name_zh"]))} {escape(str(review.about["name_en"]))}；基期 base '
        f"{escape(str(review.about['base_period']))}；对比 against {escape(review.previous or '–')}{trial}</p>\n"
        f'<div class="facts">{cells}</div>\n'
    )


def _percent(value: float) -> str:
    return "–" if value != value else f"{signed_text(value, 2)}%"


def _section(zh: str, en: str, content: str) -> str:
    return f'<h2>{zh} <small lang="en">{en}</small></h2>\n{content}\n'


def _table(frame: pd.DataFrame, columns: Sequence[Column], rows: int | None = _ROWS) -> str:
    if frame.empty:
        return '<p class="none">无。 None.</p>'
    shown = frame if rows is None else frame.head(rows)
    lines = "".join(
        "<tr>"
        + "".join(f"<td{_kind(zh, right)}>{shown_as(row)}</td>" for zh, _, right, shown_as in columns)
        + "</tr>\n"
        for row in shown.to_dict("records")
    )
    more = len(frame) - len(shown)
    rest = f'<p class="muted">另有 {more} 行，见 review.json。 {more} more rows in review.json.</p>' if more else ""
    titles = head_cells([(zh, en, right) for zh, en, right, _ in columns])
    return f'<div class="wide"><table><thead>{titles}</thead><tbody>{lines}</tbody></table></div>{rest}'


def _kind(title: str, right: bool) -> str:
    return " class=n" if right else " class=k" if title in _UNBROKEN else ""


def _headline(frame: pd.DataFrame) -> str:
    there = [part for part in _PARTS if part[0] in set(frame["component"])]
    wide: dict[str, dict[Hashable, Any]] = {}
    for row in frame.to_dict("records"):
        own = wide.setdefault(str(row["period"]), {"period": row["period"]})
        own |= {f"{row['component']}:{name}": row[name] for name in ("index", "mom_pct", "yoy_pct")}
    columns: list[Column] = [("月份", "month", False, cell("period"))]
    for name, zh, en in there:
        columns.append((zh, en, True, fixed(f"{name}:index", 2)))
        columns.append(("环比%", "month", True, signed(f"{name}:mom_pct", 1)))
        columns.append(("同比%", "year", True, signed(f"{name}:yoy_pct", 1)))
    return _table(pd.DataFrame(list(wide.values())), columns, rows=None)


def _metals(frame: pd.DataFrame) -> str:
    picture = metal_svg(frame)
    columns: list[Column] = [("月份", "month", False, cell("period"))]
    for metal, zh in _METALS:
        if metal in frame:
            columns.append((zh, metal, True, fixed(metal, 2)))
            columns.append(("环比%", "month", True, signed(f"{metal}_pct", 1)))
    columns.append(("总指数%", "headline", True, signed("headline_pct", 2)))
    columns.append(("金属推算%", "metals alone", True, signed("expected_pct", 2)))
    columns.append(("相差", "gap, pp", True, signed("gap_pp", 2)))
    told = '<p class="muted">金属价格为元/克 metal prices in CNY per gram</p>' if len(columns) > 1 else ""
    newest = frame.sort_values("period", ascending=False, kind="stable")
    return (f"<figure>{picture}</figure>" if picture else "") + told + _table(newest, columns, rows=None)


def _gates(review: Review) -> pd.DataFrame:
    frame = review.to_frame("gates")
    order = frame["outcome"].map({name: place for place, name in enumerate((BLOCKS, REMARK, PASSED))})
    return frame.iloc[order.argsort(kind="stable")]


def _signatures(review: Review) -> str:
    return (
        _table(review.tables["sign_offs"], SIGNED)
        + f'<p class="muted">签字所绑定的内容摘要 a sign-off binds to <span class="digest">{review.digest}</span></p>'
    )


def _revised(review: Review) -> str:
    if not review.previous:
        return '<p class="none">此前没有发布。 No release before.</p>'
    return _table(review.tables["revised"], REVISED)


def _response(review: Review) -> str:
    rates = review.about["rates"]
    firms = review.tables["firms"]
    told = (
        f"<p>回收率 response：按户 by firms {percent(rates['response_count'])}，按额 by value "
        f"{percent(rates['response_value'])}；插补 imputed {percent(rates['imputed_share'])}；"
        f"企业 firms {len(firms)}</p>"
    )
    # what is in order need not be read
    odd = firms[(firms["state"] != "accepted") | (firms["open_queries"] > 0)] if len(firms) else firms
    return (
        told + _table(odd, FIRMS) + "<p>迟到或含其他月份的文件 late files, and files with other months:</p>"
        + _table(review.tables["late"], LATE)
    )  # fmt: skip


def _influence(tables: Mapping[str, pd.DataFrame]) -> str:
    return (
        _table(tables["influence"].head(10), TOP)
        + "<p>核查信号 signals worth a look:</p>"
        + _table(tables["signals"], SIGNALS)
    )


def _withheld(review: Review) -> str:
    rates = review.about["rates"]
    return f"<p>可被推算过近的保密单元 withheld cells told too nearly: {rates['unsafe']}</p>" + _table(
        review.tables["withheld"], REASONS
    )
