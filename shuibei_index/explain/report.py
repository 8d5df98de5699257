"""Report: an explanation as text and as a page of a notebook, Chinese and English."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.explain.wording import CAUSES, MEASURES, worded
from shuibei_index.explain.wording import COMPONENTS as COMPONENT_WORDS
from shuibei_index.signed import signed_text

if TYPE_CHECKING:
    from shuibei_index.explain.explanation import Explanation

#: Rows shown of long tables; tables and JSON have all.
_ROWS = 10


def report(found: Explanation, lang: str) -> str:
    """Return an explanation as text."""
    lines = [*head(found, lang), ""]
    lines += _grid(found.table(lang), lang)
    lines += _beside(found, lang)
    if len(found.parts):
        lines += [
            "",
            worded(("下级分类（个百分点，合计等于变动）：", "classes below (points, adding up to the change):"), lang),
        ]
        lines += [_class_row(row, lang) for row in found.parts.to_dict("records")]
    if len(found.items):
        lines += ["", *_items(found.items, lang)]
    if found.submissions is not None:
        lines += ["", *_submissions(found, lang)]
    lines.append(worded(("规则", "rules"), lang) + f" {found.facts['rules_digest'][:16]}")
    return "\n".join(lines)


def head(found: Explanation, lang: str) -> list[str]:
    """Return the first lines: the change, and how it was published."""
    f = found.facts
    name = worded((f["name_zh"], f["name_en"]), lang)
    component = "" if f["component"] == "total" else f" · {worded(COMPONENT_WORDS[f['component']], lang)}"
    measure = worded(MEASURES[f["measure"]], lang).format(before=f["compared_with"])
    points = worded(("点", "points"), lang)
    if f["release"]:
        published = worded(("发布", "published"), lang) + f" {f['published_text']}% ({f['release']})"
    else:
        published = worded(("尚未发布，修约后", "not released; rounded"), lang) + f" {f['published_text']}%"
    return [
        f"{f['class_code']} {name}{component}, {f['month']}: {f['index']:.2f} {points} ({f['base_period']} = 100), "
        f"{measure} {signed_text(f['change_pct'], 4)}%, {published}"
    ]


def page(found: Explanation) -> str:
    """Return an explanation as HTML for a notebook."""
    table = found.table("both").round(6)
    parts = "" if not len(found.parts) else found.parts.round(6).to_html(index=False)
    first = "<br>".join(escape(line) for line in head(found, "both"))
    return f"<h4>{first}</h4>{table.to_html(index=False)}{parts}"


def _grid(table: pd.DataFrame, lang: str) -> list[str]:
    """Return the lines of the change, numbers first, so that names of any width do no harm."""
    numbers = [name for name in table.columns if name != "line"]
    titles = [worded(COMPONENT_WORDS[n], lang) if n in COMPONENTS else worded(("合计", "sum"), lang) for n in numbers]
    widths = [max(10, _wide(title) + 2) for title in titles]
    lines = ["".join(" " * (width - _wide(title)) + title for width, title in zip(widths, titles, strict=True))]
    for row in table.to_dict("records"):
        cells = "".join(f"{_points(row[name]):>{width}}" for width, name in zip(widths, numbers, strict=True))
        lines.append(f"{cells}  {row['line']}")
    return lines


def _beside(found: Explanation, lang: str) -> list[str]:
    """Return what stands beside the sum: content taken out, sample, status, weight."""
    f = found.facts
    lines = []
    if f.get("neutral_pp", 0.0) != 0.0:
        amount = signed_text(f["neutral_pp"], 4)
        zh = f"品质：含量变化不是价格变动，已剔除（不在上表合计中）：约 {amount} 个百分点"
        en = f"quality: changes of content are no price changes; taken out (not in the sum): about {amount} points"
        lines.append(_sentence(zh, en, lang))
    if "n_entered" in f:
        zh = (
            f"样本：两期均有 {f['n_both']} 个规格品，进入 {f['n_entered']}，退出 {f['n_left']}，"
            f"含量调整 {f['n_adjusted']}"
        )
        en = (
            f"sample: {f['n_both']} products sold in both months, {f['n_entered']} entered, {f['n_left']} left, "
            f"{f['n_adjusted']} with content adjusted"
        )
        lines.append(_sentence(zh, en, lang))
    share, response = _percent(f["imputed_share"]), _percent(f["response_rate_value"])
    zh = f"报送企业 {f['n_enterprises']} 户，规格品 {f['n_items']} 个；插补 {share}，回收率 {response}"
    en = f"{f['n_enterprises']} firms, {f['n_items']} items in the month; imputed {share}, response {response}"
    lines.append(_sentence(zh, en, lang))
    if f["obs_status"] == "I":
        lines.append(worded(("本月变动取自上级类", "the month's movement was taken from the class above"), lang))
    weight = _percent(f["weight_share"])
    zh = f"权重 {weight}（占总指数，{f['link_period']} 价格）；链接系数 {f['link_factor']:.4f}"
    en = f"weight {weight} of the headline at {f['link_period']} prices; link factor {f['link_factor']:.4f}"
    lines.append(_sentence(zh, en, lang))
    return lines


def _class_row(row: Mapping[Hashable, Any], lang: str) -> str:
    if not row["class_code"]:
        return f"  {'':10} {_wide_points(row['points_pp'])} pp  {worded(CAUSES['above'], lang)}"
    parts = ", ".join(
        f"{worded(COMPONENT_WORDS[name], lang)} {signed_text(row[f'{name}_pp'], 4)}"
        for name in COMPONENTS
        if row[f"{name}_pp"] != 0.0
    )
    change = "–" if row["change_pct"] != row["change_pct"] else f"{row['change_pct']:+.2f}%"
    name = worded((row["name_zh"], row["name_en"]), lang)
    return (
        f"  {row['class_code']:10} {_wide_points(row['points_pp'])} pp  {change:>8}  "
        f"{_percent(row['weight_share']):>7}  {name}" + (f" ({parts})" if parts else "")
    )


def _items(items: pd.DataFrame, lang: str) -> list[str]:
    if "item_id" not in items:
        title = ("企业（内部使用）：", "enterprises (internal):")
        rows = [
            f"  {r['enterprise_id'] or '–':10} {_wide_points(r['points_pp'])} pp  "
            + "  ".join(text for text in (_parts_of(r, lang), _firm_items(r, lang)) if text)
            for r in items.head(_ROWS).to_dict("records")
        ]
    else:
        title = ("规格品（内部使用）：", "items (internal):")
        rows = [_item_row(r, lang) for r in items.head(_ROWS).to_dict("records")]
    left = items.iloc[_ROWS:]
    if len(left):
        rest = left["points_pp"].sum()
        zh, en = f"其余 {len(left)} 行", f"{len(left)} other rows"
        rows.append(f"  {'':10} {_wide_points(rest)} pp  {_sentence(zh, en, lang)}")
    return [worded(title, lang), *rows]


def _item_row(row: Mapping[Hashable, Any], lang: str) -> str:
    cause = worded(CAUSES[row["cause"]], lang).format(link="…")
    if not row["item_id"]:
        return f"  {row['class_code']:10} {_wide_points(row['points_pp'])} pp  {cause}"
    prices = f"{_price(row['price_before'])} → {_price(row['price'])}"
    flags = "".join(
        f" [{worded(words, lang)}]"
        for name, words in (("absent", ("插补", "imputed")), ("adjusted", ("含量调整", "content adjusted")))
        if row[name]
    )
    return (
        f"  {row['enterprise_id']:6} {row['item_id']:16} {row['class_code']:8} "
        f"{_wide_points(row['points_pp'])} pp  {prices}  "
        + "; ".join(text for text in (_parts_of(row, lang), cause + flags) if text)
    )


def _parts_of(row: Mapping[Hashable, Any], lang: str) -> str:
    names = [name for name in COMPONENTS if row[f"{name}_pp"] != 0.0]
    return ", ".join(f"{worded(COMPONENT_WORDS[name], lang)} {signed_text(row[f'{name}_pp'], 4)}" for name in names)


def _submissions(found: Explanation, lang: str) -> list[str]:
    behind = found.submissions
    assert behind is not None
    lines = [worded(("报送记录（内部使用）：", "lines sent (internal):"), lang)]
    for r in behind.records.to_dict("records"):
        sheet = f", {r['sheet']}" if isinstance(r["sheet"], str) and r["sheet"] else ""
        where = f"{r['file']}{sheet}, {worded(('行', 'row'), lang)} {r['row']}"
        receipt = f"{worded(('回执', 'receipt'), lang)} {r['receipt']}, sha256 {str(r['sha256'])[:12]}"
        sent = f"{_price(r['amount_reported'])} {_word(r['amount_unit_reported'])}".strip()
        weight = f"{_price(r['weight_reported'])} {_word(r['weight_unit_reported'])}".strip()
        unit_value = 10 * r["amount_fen"] / r["quantity_milli"] if r["quantity_milli"] else float("nan")
        settled = f"{r['amount_fen'] / 100:,.2f} CNY / {r['quantity_milli'] / 1000:,.3f} = {_price(unit_value)}"
        rules = ", ".join(str(r[n]) for n in ("weight_rule", "fineness_rule", "tax_rule") if _word(r[n]))
        lines.append(f"  {r['period']} #{r['line_no']}  {where} ({receipt})")
        before, after = worded(("报送", "reported"), lang), worded(("采用", "accepted"), lang)
        lines.append(f"    {before} {sent}, {weight} → {after} {settled}" + (f"; {rules}" if rules else ""))
    for r in behind.findings.to_dict("records"):
        said = worded((str(r["message_zh"]), str(r["message_en"])), lang)
        lines.append(f"  {r['period']} #{int(r['line_no'])}  {r['rule']} ({r['severity']}): {said}")
    for r in behind.decisions.to_dict("records"):
        title = worded(("决定", "decision"), lang)
        lines.append(
            f"  {r['period']} #{r['line_no']}  {title} {r['decision']}: {r['action']} {r['rule']} {r['values']}; "
            f"{r['reason']} ({r['person']}, {r['decided_at']}, {r['basis']})"
        )
    return lines


def _sentence(zh: str, en: str, lang: str) -> str:
    return f"{zh} / {en}" if lang == "both" else worded((zh, en), lang)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _price(value: Any) -> str:
    return "–" if value is None or value != value else f"{value:,.2f}"


def _points(value: float) -> str:
    # what is exactly nothing has no decimals
    return "" if value != value else "0" if value == 0.0 else signed_text(value, 4)


def _wide_points(value: float) -> str:
    return f"{signed_text(value, 4):>9}"


def _firm_items(row: Mapping[Hashable, Any], lang: str) -> str:
    return _sentence(f"{row['n_items']} 个规格品", f"{row['n_items']} items", lang)


def _percent(share: float) -> str:
    return "–" if share != share else f"{100 * share:.1f}%"


def _wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
