"""The quality report as HTML: one file, no script, nothing asked of the network, every name escaped."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from html import escape, unescape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from shuibei_index.adjust.quality.catalogue import GROUPS, RATING_WORDS
from shuibei_index.adjust.quality.drawing import COLOURS, font_uri, svg
from shuibei_index.adjust.quality.page_words import WORDS
from shuibei_index.adjust.quality.picture_words import NAMES

if TYPE_CHECKING:
    from shuibei_index.adjust.quality.report import QualityReport

_TEMPLATES = Path(__file__).parent / "templates"
_TAG = re.compile(r"<(?:style|svg)\b.*?</(?:style|svg)>|<[^>]*>", re.DOTALL)


def report_page(report: QualityReport, language: str) -> str:
    """Return the page of one series.

    Parameters
    ----------
    report : QualityReport
        What to show.
    language : str
        "zh" or "en".
    """
    words = WORDS[language]
    head = words["heading"].format(series=report.series)
    body = [_lead([report], language, one=True)]
    if report.status not in ("adjusted", "fallback"):
        body.append(f'<p class="banner">{escape(words["refused"].format(reason=_say(report, language)))}</p>')
    else:
        pictures = [
            f'<figure><div role="img" aria-label="{escape(NAMES[language][name])}">{svg(figure, name)}</div></figure>'
            for name, figure in report.figures(language).items()
        ]
        body.append(f'<h2>{words["pictures"]}</h2><section class="charts">{"".join(pictures)}</section>')
        body += [_group_table(report, group, language) for group in GROUPS]
        body += [_coefficients(report.coefficients(), language), _sources(report.rows, language)]
    return _page(head, _meta([report], language), "\n".join(body), language)


def all_page(reports: Sequence[QualityReport], language: str) -> str:
    """Return the page over every series: counts by rating, then one line a series.

    Parameters
    ----------
    reports : sequence of QualityReport
        In the order to be shown.
    language : str
        "zh" or "en".
    """
    words = WORDS[language]
    body = [
        _lead(reports, language, one=False),
        f"<h2>{words['series']}</h2>",
        appendix_table(lines(reports, language), language),
    ]
    tables = [report.rows for report in reports if len(report.rows)]
    if tables:
        body.append(_sources(tables[0], language))
    return _page(words["all_heading"], _meta(reports, language), "\n".join(body), language)


class Line(NamedTuple):
    """One line of the short table; `name` and `why` in the page's language."""

    name: str
    rating: str
    m7: float
    q: float
    qs: float
    festival: float
    model: str
    why: str


def lines(reports: Sequence[QualityReport], language: str) -> list[Line]:
    """Return the short table's lines of reports."""
    return [
        Line(
            report.series,
            report.rating,
            report.value("m07"),
            report.value("q"),
            report.value("qs_adjusted"),
            report.value("holiday"),
            _shown(report.rows, "model", language),
            _say(report, language),
        )
        for report in reports
    ]


def appendix_table(table: Sequence[Line], language: str) -> str:
    """Return the short table: series, rating, M7, Q, QS, Spring Festival test, model, verdict; names are escaped."""
    words = WORDS[language]
    heads = [words["series"], words["rating"], "M7", "Q", "QS p", words["festival"], words["model"], words["why"]]
    head = "".join(
        f'<th scope="col"{" class=text" if k >= 7 else ""}>{escape(text)}</th>' for k, text in enumerate(heads)
    )
    body = []
    for line in table:
        places = ((line.m7, 2), (line.q, 2), (line.qs, 3), (line.festival, 3))
        numbers = "".join(f"<td>{_cell(value, digits, language)}</td>" for value, digits in places)
        body.append(
            f'<tr><th scope="row">{escape(line.name)}</th><td>{_badge(line.rating, language)}</td>{numbers}'
            f'<td>{escape(line.model)}</td><td class="text says">{escape(line.why)}</td></tr>'
        )
    return _scroll(f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>")


def fragment(report: QualityReport) -> str:
    """Return what a notebook shows of one report: rating and measures, in both languages."""
    rows = report.rows
    name = escape(report.series)
    head = (
        f"<h4>季节调整质量 Quality of the seasonal adjustment: {name} — {_badge(report.rating, 'zh', style=True)}</h4>"
    )
    says = f"<p>{escape(report.verdict.zh)}<br>{escape(report.verdict.en)}</p>"
    body = "".join(
        f"<tr><td>{'● ' if row['decides'] else ''}{escape(row['title_zh'])} {escape(row['title_en'])}</td>"
        f"<td>{escape(row['shown_en'])}</td><td>{_badge(row['rating'], 'zh', style=True)}</td></tr>"
        for row in rows.to_dict("records")
    )
    return head + says + (f"<table><tbody>{body}</tbody></table>" if body else "")


def _page(heading: str, meta: str, body: str, language: str) -> str:
    parts = {
        "lang": "zh-CN" if language == "zh" else "en",
        "title": escape(heading),
        "heading": escape(heading),
        "meta": meta,
        "body": body,
        "light": _variables(dark=False),
        "dark": _variables(dark=True),
        "css": _template("quality.css"),
    }
    page = Template(_template("quality.html"))
    text = unescape(_TAG.sub("", page.substitute(parts, font="")))
    return page.substitute(parts, font=font_uri("".join(sorted({*text, *"0123456789●"}))))


@cache
def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _variables(*, dark: bool) -> str:
    return " ".join(f"--{name}: {pair[dark]};" for name, pair in COLOURS.items())


def _meta(reports: Sequence[QualityReport], language: str) -> str:
    words, first = WORDS[language], reports[0]
    spans = [r.evidence.labels for r in reports if r.evidence is not None]
    parts = []
    if spans:
        begin, end = min(labels[0] for labels in spans), max(labels[-1] for labels in spans)
        parts.append(words["span"].format(first=begin, last=end))
    program = " ".join(first.engine[key] for key in ("name", "version", "build") if first.engine.get(key))
    parts.append(words["program"].format(program=program))
    if first.rules_digest:
        parts.append(words["rules"].format(digest=first.rules_digest[:12]))
    return "".join(f"<span>{escape(part)}</span>" for part in parts)


def _lead(reports: Sequence[QualityReport], language: str, *, one: bool) -> str:
    words = WORDS[language]
    if one:
        top = f'<p class="headline">{_badge(reports[0].rating, language)} {escape(_say(reports[0], language))}</p>'
    else:
        ratings = [report.rating for report in reports]
        tiles = "".join(
            f"<div><dt>{_badge(word, language)}</dt><dd>{ratings.count(word)}<small>{words['count']}</small></dd></div>"
            for word in ("good", "uncertain", "bad", "none")
            if word != "none" or "none" in ratings
        )
        top = f'<dl class="tiles">{tiles}</dl>'
    rule = f'<p class="note">{words["rule_label"]}{"：" if language == "zh" else ": "}{words["rule"]}</p>'
    return f'<section class="lead">{top}{rule}</section>'


def _group_table(report: QualityReport, group: str, language: str) -> str:
    words, rows = WORDS[language], report.rows[report.rows["group"] == group]
    title = GROUPS[group].zh if language == "zh" else GROUPS[group].en
    heads = ("measure", "value", "rating", "limit", "meaning")
    head = "".join(f'<th scope="col" class="text">{words[h]}</th>' for h in heads)
    body = []
    for row in rows.to_dict("records"):
        mark = '<span class="mark">●</span> ' if row["decides"] else ""
        body.append(
            f'<tr><th scope="row">{mark}{escape(row[f"title_{language}"])}</th>'
            f'<td class="text shown">{escape(row[f"shown_{language}"])}</td>'
            f'<td class="text">{_badge(row["rating"], language)}</td>'
            f'<td class="text limit">{escape(row[f"limit_{language}"])}</td>'
            f'<td class="text says">{escape(row[f"sentence_{language}"])}</td></tr>'
        )
    return f"<h2>{title}</h2>" + _scroll(f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>")


def _coefficients(table: pd.DataFrame, language: str) -> str:
    if table.empty:
        return ""
    words = WORDS[language]
    head = "".join(f'<th scope="col">{words[h]}</th>' for h in ("term", "estimate", "se")) + '<th scope="col">t</th>'
    body = "".join(
        f'<tr><th scope="row">{escape(row["group"] + ": " + row["term"])}</th>'
        f"<td>{row['estimate']:.4f}</td><td>{row['se']:.4f}</td><td>{row['t']:.2f}</td></tr>"
        for row in table.to_dict("records")
    )
    return f"<h2>{words['coefficients']}</h2>" + _scroll(f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>")


def _sources(rows: pd.DataFrame, language: str) -> str:
    named = rows[rows["rule"] != ""].drop_duplicates("rule")
    items = "".join(
        f"<li><code>{escape(row['rule'])}</code>{'：' if language == 'zh' else ': '}{escape(row['reference'])}</li>"
        for row in named.to_dict("records")
    )
    return f'<h2>{WORDS[language]["sources"]}</h2><ul class="sources">{items}</ul>'


def _badge(rating: str, language: str, *, style: bool = False) -> str:
    if not rating:
        return ""
    word = RATING_WORDS[rating]
    text = f"{word.zh} {word.en}" if style else word.zh if language == "zh" else word.en
    colour = {"good": "#00714f", "uncertain": "#8a5a00", "bad": "#b3261e", "none": "#5a6673"}[rating]
    look = f' style="color:{colour};font-weight:bold"' if style else f' class="rating {rating}"'
    return f"<span{look}>{escape(text)}</span>"


def _say(report: QualityReport, language: str) -> str:
    return report.verdict.zh if language == "zh" else report.verdict.en


def _shown(rows: pd.DataFrame, name: str, language: str) -> str:
    found = rows.loc[rows["measure"] == name, f"shown_{language}"]
    return str(found.iloc[0]) if len(found) else ""


def _cell(value: float, digits: int, language: str) -> str:
    if math.isnan(value):
        return WORDS[language]["none"]
    least = 10.0**-digits
    return f"&lt; {least:g}" if 0 <= value < least / 2 else f"{value:.{digits}f}"


def _scroll(table: str) -> str:
    return f'<div class="scroll" tabindex="0"><table>{table}</table></div>'
