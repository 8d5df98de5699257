"""The page: head, summary, charts, sections and foot of a bulletin as one HTML file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from html import escape, unescape
from pathlib import Path
from string import Template

from shuibei_index.release.about import worded
from shuibei_index.release.bulletin.boxes import errata_lines
from shuibei_index.release.bulletin.sections import sections
from shuibei_index.release.charts import title
from shuibei_index.release.embargo import stamp
from shuibei_index.release.facts import Facts
from shuibei_index.release.factsheet import FACTS
from shuibei_index.release.labels import LABELS
from shuibei_index.release.palette import css_variables, themed
from shuibei_index.release.typeface import data_uri
from shuibei_index.release.words import date_words, headline, month_words, paragraphs

_TEMPLATES = Path(__file__).parent.parent / "templates"
_TAG = re.compile(r"<[^>]*>")
#: The place of the font in the style.
NO_FONT = 'src: url() format("opentype")'
#: Named in every page.
GENERATOR = "shuibei-index"


def bulletin(facts: Facts, lang: str, charts: Mapping[str, str], mark: str = "") -> str:
    """Return the bulletin in one language.

    Parameters
    ----------
    facts : Facts
        Numbers as published.
    lang : str
        "zh" or "en".
    charts : mapping of str to str
        SVG files by name, as `charts.draw` returns them.
    mark : str
        Names the program that draws it; see `redrawing.drawing_mark`.

    Raises
    ------
    ReleaseError
        The shipped font lacks a character of a name or note.
    """
    page = plain_page(facts, lang, charts, mark)
    text = unescape(_TAG.sub("", page))
    font = data_uri("".join(sorted(set(text))))
    # with its quotes this stands in the style alone: those of a name are escaped
    return page.replace(NO_FONT, NO_FONT.replace("url()", f"url({font})"), 1)


def plain_page(facts: Facts, lang: str, charts: Mapping[str, str], mark: str = "") -> str:
    """Return the page of `bulletin` without its font: everything that follows from the facts and charts alone."""
    words, about = LABELS[lang], facts.about
    name, month = about.name(lang), month_words(about.period, lang)
    head = words["bulletin"].format(name=name, month=month)
    light = css_variables(dark=False)
    parts = {
        "lang": "zh-CN" if lang == "zh" else "en",
        "title": escape(head),
        "generator": f"{GENERATOR} {mark}".strip(),
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
        "sections": "\n".join(sections(facts, lang)),
        "footer": _footer(facts, lang),
        "light": light,
        "dark": css_variables(dark=True),
        "css": Template(_template("bulletin.css")).substitute(light=light) + _running(facts, lang),
    }
    return Template(_template("bulletin.html")).substitute(parts, font="")


@cache
def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _running(facts: Facts, lang: str) -> str:
    """Return the style that repeats what must stand on every printed page: embargo and trial. No words of others."""
    about = facts.about
    said = [stamp(about.embargo_until, lang)] if about.embargo_until else []
    said += [LABELS[lang]["trial"]] if about.trial else []
    if not said:
        return ""
    font = 'font: 7.5pt "Shuibei Sans", sans-serif; vertical-align: top; padding-top: 3mm;'
    box = f'@bottom-left {{ {font} content: "{" ".join(said)}"; }}'
    return f"@media print {{ @page {{ margin-bottom: 20mm; {box} }} }}\n"


def _meta(facts: Facts, lang: str) -> str:
    words, about = LABELS[lang], facts.about
    released = words["released"].format(date=date_words(about.released_on, lang))
    release = words["release"].format(release=escape(about.release))
    return f'<span class="badge">{words[about.status]}</span><span>{released}</span><span>{release}</span>'


def _banner(facts: Facts, lang: str) -> str:
    words, about = LABELS[lang], facts.about
    lines = [("banner embargo", stamp(about.embargo_until, lang))] if about.embargo_until else []
    lines += [("banner", words["trial"])] if about.trial else []
    errata = errata_lines(facts, lang)
    lines += [("banner erratum", line) for line in errata]
    if about.reason and not errata:
        lines.append(("banner", words["correction"].format(reason=worded(about.reason, lang))))
    return "".join(f'<p class="{kind}">{escape(line)}</p>' for kind, line in lines)


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
        (True, [FACTS]),
    )
    return [name for found, names in there if found for name in names]
