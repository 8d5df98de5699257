"""Page of a letter: the same queries as HTML, to be printed on A4 and read without any program of ours."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from html import escape
from typing import Any

from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.queries.letter import Letter
from shuibei_index.templates.words import code_in_words, reading_in_words

_STYLE = """
@page { size: A4; margin: 16mm 14mm; }
body { font: 10.5pt/1.45 "Noto Sans CJK SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif; color: #1b2530;
  max-width: 190mm; margin: 0 auto; }
h1 { font-size: 17pt; margin: 6mm 0 1mm; } h1 small { font-weight: normal; color: #5b6774; font-size: 11pt; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 5mm; margin: 3mm 0; }
dt { color: #5b6774; } dd { margin: 0; font-weight: 600; }
section { border: 1px solid #b8bec6; border-left: 4px solid #e0a030; padding: 2.5mm 4mm; margin: 3.5mm 0; }
section.reject { border-left-color: #b03a2e; }
section h2 { font-size: 11pt; margin: 0 0 1mm; }
.doubtful { border-top: 1px solid #d5dae0; padding-top: 2mm; margin-top: 3mm; break-inside: avoid; }
.doubtful code { float: right; color: #5b6774; font-size: 9pt; margin-left: 5mm; }
p { margin: 0.6mm 0; } p.en { color: #43505d; }
table { border-collapse: collapse; width: 100%; margin: 2mm 0; font-size: 9pt; }
th, td { border: 1px solid #d5dae0; padding: 0.8mm 1.6mm; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
th { background: #eef2f6; font-weight: 600; white-space: nowrap; } th small { display: block; font-weight: normal; }
table.facts th { width: 38mm; } table.sent { table-layout: fixed; } table.sent th { white-space: normal; }
td.doubt { background: #fde9d9; font-weight: 600; }
.answer { display: flex; gap: 7mm; flex-wrap: wrap; margin-top: 1.5mm; }
.answer span::before { content: "☐ "; }
.blank { border-bottom: 1px solid #8a94a0; flex: 1; min-width: 50mm; }
footer { color: #5b6774; font-size: 9pt; margin-top: 6mm; border-top: 1px solid #d5dae0; padding-top: 2mm; }
"""


def write_page(letter: Letter) -> str:
    """Return the letter as one self-contained HTML page; everything a firm wrote is escaped."""
    lines = {row["record"]: row for row in letter.lines.to_dict("records")}
    firm = escape(f"{letter.firm} {letter.name}".strip())
    # all that is doubtful about a line stands together, under the line as it was sent
    groups = letter.asked.groupby("record", sort=False)
    body = "".join(_line(group.to_dict("records"), lines.get(record)) for record, group in groups)
    return (
        '<!doctype html>\n<html lang="zh-Hans">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>质疑单 Query letter {escape(letter.firm)} {letter.month}</title>\n"
        f"<style>{_STYLE}</style></head>\n<body>\n"
        "<h1>质疑单 <small>Query letter</small></h1>\n"
        f"<dl><dt>企业 firm</dt><dd>{firm}</dd><dt>报告月份 month</dt><dd>{letter.month}</dd>"
        f"<dt>涉及行数 lines</dt><dd>{len(groups)}</dd><dt>质疑 queries</dt><dd>{len(letter.asked)}</dd></dl>\n"
        "<p>贵单位报送的下列数据需要核对。请在随附的 Excel 质疑单中逐条答复并发回；本页供阅读和打印。</p>\n"
        '<p class="en" lang="en">Please check the lines below. Answer each in the Excel letter that comes with this '
        "page and send it back; this page is for reading and printing.</p>\n"
        f"{body}"
        "<footer>仅供本企业与编制团队使用，含企业个体数据。 For this firm and the index team only: it holds data of a "
        "single firm.</footer>\n</body>\n</html>\n"
    )


def _line(rows: list[dict[Hashable, Any]], line: Mapping[Hashable, Any] | None) -> str:
    first = rows[0]
    number = "" if str(first["line_no"]) == "<NA>" else f"第 {first['line_no']} 行 line {first['line_no']}"
    head = " · ".join(part for part in (number, str(first["item_id"]), "" if line else str(first["file"])) if part)
    grave = any(row["severity"] == "reject" for row in rows)
    return (
        f'<section class="{"reject" if grave else "query"}"><h2>{escape(head)}</h2>\n{_as_sent(line)}'
        f"{''.join(_query(row) for row in rows)}</section>\n"
    )


def _query(row: Mapping[Hashable, Any]) -> str:
    grave = row["severity"] == "reject"
    facts = "".join(
        f'<tr><th>{title}</th><td class="{kind}">{escape(text)}</td></tr>'
        for title, text, kind in (
            ("单元格 cell", str(row["cell"]), ""),
            ("原报值 reported", str(row["value"]), "doubt"),
            ("应有范围 expected", str(row["expected"]), ""),
            ("建议读法 proposed", reading_in_words(str(row["proposed"])), ""),
        )
        if text
    )
    choices = "" if grave else "<span>确认无误 confirm</span>"
    return (
        f'<div class="doubtful"><code>{escape(str(row["query"]))}</code><p>{escape(str(row["message_zh"]))}</p>\n'
        f'<p class="en" lang="en">{escape(str(row["message_en"]))}</p>\n<table class="facts">{facts}</table>\n'
        f'<div class="answer">{choices}<span>更正 correct</span><span>撤回 withdraw</span>'
        '<div class="blank">&nbsp;</div></div></div>\n'
    )


def _as_sent(line: Mapping[Hashable, Any] | None) -> str:
    if line is None:
        return ""
    filled = [c for c in SUBMISSION if str(line[c.name]) and c.name not in ("enterprise_id", "period", "line_no")]
    # a line has up to 26 cells: several short rows of equal length fit the page, one long one does not
    count = max(1, -(-len(filled) // 7))
    width = max(1, -(-len(filled) // count))
    rows = [filled[at : at + width] for at in range(0, len(filled), width)]
    return "".join(
        '<table class="sent"><tr>'
        + "".join(f'<th>{c.name_zh}<small lang="en">{c.name}</small></th>' for c in row)
        + "</tr><tr>"
        + "".join(f"<td>{escape(code_in_words(c.name, str(line[c.name])))}</td>" for c in row)
        + "</tr></table>\n"
        for row in rows
    )
