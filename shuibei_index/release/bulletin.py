"""The bulletin as one HTML file: facts and charts into a page that needs no network, font or script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from html import escape, unescape
from pathlib import Path
from string import Template

from shuibei_index.adjust.quality.appendix import appendix_of_table
from shuibei_index.adjust.quality.page_words import WORDS as ADJUSTMENT_WORDS
from shuibei_index.release.about import worded
from shuibei_index.release.charts import title
from shuibei_index.release.components import section
from shuibei_index.release.embargo import stamp
from shuibei_index.release.facts import Facts, Row
from shuibei_index.release.labels import LABELS, method_notes
from shuibei_index.release.palette import css_variables, themed
from shuibei_index.release.prosperity import section as prosperity_section
from shuibei_index.release.seasonal import adjustment_text
from shuibei_index.release.typeface import data_uri
from shuibei_index.release.withholding import cell, withheld_series
from shuibei_index.release.withholding import note as withheld_note
from shuibei_index.release.words import (
    base_words,
    date_words,
    headline,
    month_words,
    paragraphs,
    prosperity_sentence,
    tax_note,
)

_TEMPLATES = Path(__file__).parent / "templates"
_MEASURES = ("weight", "index", "mom_pct", "yoy_pct", "ytd_pct", "mom_pp", "yoy_pp")
_HEADS = ("weight", "index_col", "mom_col", "yoy_col", "ytd_col", "mom_pp", "yoy_pp")
_RECENT = {
    "index:NSA": "index_col",
    "mom_pct:NSA": "mom_col",
    "yoy_pct:NSA": "yoy_col",
    "ytd_pct:NSA": "ytd_col",
    "index:SA": "sa_index",
    "mom_pct:SA": "sa_mom",
}
_TAG = re.compile(r"<[^>]*>")


def bulletin(facts: Facts, lang: str, charts: Mapping[str, str]) -> str:
    """Return the bulletin in one language.

    Parameters
    ----------
    facts : Facts
        Numbers as published.
    lang : str
        "zh" or "en".
    charts : mapping of str to str
        SVG files by name, as `charts.draw` returns them.

    Raises
    ------
    ReleaseError
        The shipped font lacks a character of a name or note.
    """
    words, about = LABELS[lang], facts.about
    name, month = about.name(lang), month_words(about.period, lang)
    head = words["bulletin"].format(name=name, month=month)
    light = css_variables(dark=False)
    parts = {
        "lang": "zh-CN" if lang == "zh" else "en",
        "title": escape(head),
        "series": escape(name),
        "heading": escape(head),
        "meta": _meta(facts, lang),
        "banner": _banner(facts, lang),
        "lead_label": words["lead"],
        "headline": escape(headline(facts, lang)),
        "tiles": _tiles(facts, lang),
        "paragraphs": "".join(f"<p>{escape(p)}</p>" for p in paragraphs(facts, lang)),
        "charts_label": words["charts"],
        "charts": "\n".join(_figure(key, svg, facts, lang) for key, svg in charts.items()),
        "sections": "\n".join(_sections(facts, lang)),
        "footer": _footer(facts, lang),
        "light": light,
        "dark": css_variables(dark=True),
        "css": Template(_template("bulletin.css")).substitute(light=light),
    }
    page = Template(_template("bulletin.html"))
    text = unescape(_TAG.sub("", page.substitute(parts, font="")))
    return page.substitute(parts, font=data_uri("".join(sorted(set(text)))))


@cache
def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _meta(facts: Facts, lang: str) -> str:
    words, about = LABELS[lang], facts.about
    released = words["released"].format(date=date_words(about.released_on, lang))
    release = words["release"].format(release=escape(about.release))
    return f'<span class="badge">{words[about.status]}</span><span>{released}</span><span>{release}</span>'


def _banner(facts: Facts, lang: str) -> str:
    words, about = LABELS[lang], facts.about
    lines = [stamp(about.embargo_until, lang)] if about.embargo_until else []
    lines += [words["trial"]] if about.trial else []
    if about.reason:
        lines.append(words["correction"].format(reason=worded(about.reason, lang)))
    return "".join(f'<p class="banner">{escape(line)}</p>' for line in lines)


def _tiles(facts: Facts, lang: str) -> str:
    words, row = LABELS[lang], facts.headline
    cells = [(words["index"], row.index, words["points"], "index")]
    cells += [(words[m], getattr(row, m), "%", m) for m in ("yoy_pct", "mom_pct", "ytd_pct")]
    tiles = "".join(
        f'<div><dt>{label}</dt><dd><span data-class="{row.code}" data-measure="{measure}">{value}</span>'
        f"<small>{unit}</small></dd></div>"
        for label, value, unit, measure in cells
        if value
    )
    return f'<dl class="tiles">{tiles}</dl>'


def _figure(key: str, svg: str, facts: Facts, lang: str) -> str:
    # ids must be unique in the page, and every chart numbers its own from the start
    text = svg[svg.index("<svg") :]
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{key}-", text)
    label = title(facts, key, lang)
    text = text.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)
    return f"<figure>{themed(text).strip()}</figure>"


def _sections(facts: Facts, lang: str) -> list[str]:
    words, policy = LABELS[lang], facts.about.policy
    main = [r for r in facts.rows if r.level <= policy.main_table_level]
    sections = [_heading("main_table", lang), _table(main, facts, lang)]
    if facts.satellites:
        sections.append(_table(facts.satellites, facts, lang, caption=words["outside"]))
    if facts.components:
        sections += [_heading("components", lang), section(facts, lang)]
    if facts.prosperity:
        sections += [_heading("prosperity", lang), _fact("prosperity", prosperity_sentence(facts, lang))]
        sections.append(prosperity_section(facts, lang))
    sections += [_heading("recent", lang), _recent(facts, lang), _heading("quality", lang), _quality(facts, lang)]
    sections += [_heading("adjustment", lang), f"<p>{escape(adjustment_text(facts, lang))}</p>"]
    sections += [_heading("revisions", lang), _revisions(facts, lang)]
    notes = method_notes(lang, facts.about.stage, facts.about.tax_basis, policy.provisional_months, policy.rates_from)
    blocks = "".join(f"<div><h3>{escape(head)}</h3><p>{escape(text)}</p></div>" for head, text in notes)
    if facts.taxes:
        head, text = tax_note(facts, lang)
        blocks += f"<div><h3>{escape(head)}</h3>{_fact('taxes', text)}</div>"
    blocks += "".join(f"<div><p>{escape(note[lang])}</p></div>" for note in facts.about.notes)
    sections += [_heading("notes", lang), f'<div class="columns">{blocks}</div>']
    if len(main) < len(facts.rows):
        sections += [f'<h2 class="annex">{words["annex"]}</h2>', _table(facts.rows, facts, lang)]
    names = {row.code: row.name(lang) for row in (*facts.rows, *facts.satellites)}
    table = facts.diagnostics
    hidden = table["obs_conf"].eq("C") if table is not None and "obs_conf" in table else None
    told = table if hidden is None or table is None else table[~hidden]
    if told is not None and (appendix := appendix_of_table(told, lang, names)):
        sections += [f'<h2 class="annex">{ADJUSTMENT_WORDS[lang]["appendix"]}</h2>', appendix]
        sections += [withheld_series(int(hidden.sum()), lang)] if hidden is not None and hidden.any() else []
    return sections


def _fact(name: str, text: str) -> str:
    # marked, so that a verification finds it
    return f'<p data-fact="{name}">{escape(text)}</p>'


def _heading(key: str, lang: str) -> str:
    return f"<h2>{LABELS[lang][key]}</h2>"


def _table(rows: tuple[Row, ...] | list[Row], facts: Facts, lang: str, caption: str = "") -> str:
    words, about = LABELS[lang], facts.about
    link = month_words(facts.link_period, lang) if facts.link_period else words["none"]
    caption = caption or words["main_caption"].format(base=base_words(about.base_period, lang), link=link)
    # a column in which no class has a figure yet says nothing
    shown = [
        (m, h) for m, h in zip(_MEASURES, _HEADS, strict=True) if any(getattr(r, m) or m in r.withheld for r in rows)
    ]
    head = "".join(_column(words[h]) for _, h in shown)
    body = []
    for row in rows:
        mark = f'<abbr title="{words["imputed_mark"]}">I</abbr>' if row.status == "I" else ""
        cells = "".join(
            f'<td data-class="{escape(row.code)}" data-measure="{m}">'
            f"{cell(getattr(row, m), m, row.withheld, lang, words['none'])}</td>"
            for m, _ in shown
        )
        name = f'{escape(row.name(lang))}<span class="code">{escape(row.code)}</span>{mark}'
        body.append(f'<tr class="l{min(row.level, 4)}"><th scope="row">{name}</th>{cells}</tr>')
    note = f'<p class="note"><abbr>I</abbr> {words["imputed_mark"]}</p>' if any(r.status == "I" for r in rows) else ""
    note += withheld_note(lang) if any(m in r.withheld for r in rows for m, _ in shown) else ""
    table = _scroll(
        f'<caption>{escape(caption)}</caption><thead><tr><th scope="col">{words["class"]}</th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody>"
    )
    return table + note


def _column(label: str) -> str:
    # a Chinese heading may break before its unit, nowhere else
    return f'<th scope="col">{label.replace("（", "<wbr>（")}</th>'


def _scroll(table: str) -> str:
    return f'<div class="scroll" tabindex="0"><table>{table}</table></div>'


def _recent(facts: Facts, lang: str) -> str:
    words, table = LABELS[lang], facts.recent
    columns = [c for c in table.columns if c != "period" and table[c].ne("").any()]
    head = "".join(_column(words[_RECENT[c]]) for c in columns)
    body = []
    for row in table.to_dict("records"):
        cells = "".join(f"<td>{row[c] or words['none']}</td>" for c in columns)
        body.append(f'<tr><th scope="row">{month_words(row["period"], lang)}</th>{cells}</tr>')
    return _scroll(f'<thead><tr><th scope="col">{words["month"]}</th>{head}</tr></thead><tbody>{"".join(body)}</tbody>')


def _quality(facts: Facts, lang: str) -> str:
    words, quality = LABELS[lang], facts.quality
    names = ["n_enterprises", "n_items", "response_rate_count", "response_rate_value", "imputed_share", "n_imputed"]
    cells = [(words[n], quality[n]) for n in names if quality.get(n)]
    if quality.get("low_95") and quality.get("high_95"):
        cells.append((words["interval"], f"{quality['low_95']} – {quality['high_95']}"))
    labels = {"read": "records", "accepted": "accepted", "held": "held", "rejected": "rejected"}
    cells += [(words[labels[k]], str(v)) for k, v in facts.about.intake.items() if k in labels]
    return '<dl class="box">' + "".join(f"<div><dt>{k}</dt><dd>{escape(v)}</dd></div>" for k, v in cells) + "</dl>"


def _revisions(facts: Facts, lang: str) -> str:
    words, count, table = LABELS[lang], facts.revised, facts.headline_revisions
    if not sum(count.values()):
        return f"<p>{'与前次发布相比，没有修订。' if lang == 'zh' else 'No published value has changed.'}</p>"
    if lang == "zh":
        text = (
            f"与前次发布相比，修订初步数{count['provisional']}个、终值{count['final']}个，"
            f"季节调整后数据重新估计{count['adjusted']}个，"
            + (f"因统计保密不再公布{count['withheld']}个，" if count["withheld"] else "")
            + "全部列于 revisions.csv。"
        )
    else:
        text = (
            f"Since the previous release {count['provisional']} provisional and {count['final']} final values were "
            f"revised, {count['adjusted']} adjusted values re-estimated"
            + (f", {count['withheld']} withheld from now on" if count["withheld"] else "")
            + "; all are listed in revisions.csv."
        )
    if table.empty:
        return f"<p>{text}</p>"
    head = "".join(_column(words[h]) for h in ("month", "previous", "current", "revision"))
    head += f'<th scope="col" class="text">{words["reason"]}</th>'
    body = []
    for row in table.head(12).to_dict("records"):
        reason = worded(row["reason"], lang)
        cells = "".join(f"<td>{row[c] or words['none']}</td>" for c in ("previous", "current", "revision"))
        month = month_words(row["period"], lang)
        body.append(f'<tr><th scope="row">{month}</th>{cells}<td class="text">{escape(reason)}</td></tr>')
    table_text = f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>"
    return f"<p>{text}</p>{_scroll(table_text)}"


def _footer(facts: Facts, lang: str) -> str:
    words, about = LABELS[lang], facts.about
    files = words["files"].format(more="".join(words["more_file"].format(name=n) for n in _more_files(facts)))
    lines = [
        words["next"].format(date=date_words(about.next_release, lang)),
        files,
        words["program"].format(version=about.package_version, digest=about.digests.get("rules", "")[:12]),
    ]
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _more_files(facts: Facts) -> list[str]:
    there = (
        (facts.components, ["components.csv"]),
        (facts.prosperity, ["prosperity.csv"]),
        # a release has both tables of the tax or neither
        (facts.taxes, ["without_tax.csv", "tax_links.csv"]),
    )
    return [name for found, names in there if found for name in names]
