"""Boxes of the bulletin: quality, revisions and errata, the release calendar, whom to ask."""

from __future__ import annotations

from html import escape

from shuibei_index.release.about import worded
from shuibei_index.release.bulletin.tables import column, scroll
from shuibei_index.release.contact import contact_words
from shuibei_index.release.facts import MOST_REVISIONS, Facts
from shuibei_index.release.labels import LABELS
from shuibei_index.release.words import date_words, month_words

_QUALITY = ("n_enterprises", "n_items", "response_rate_count", "response_rate_value", "imputed_share", "n_imputed")
_INTAKE = {"read": "records", "accepted": "accepted", "held": "held", "rejected": "rejected"}


def quality_box(facts: Facts, lang: str) -> str:
    """Return what stands behind the headline: respondents, response, imputation, interval, records."""
    words, quality = LABELS[lang], facts.quality
    cells = [(words[n], quality[n]) for n in _QUALITY if quality.get(n)]
    if quality.get("low_95") and quality.get("high_95"):
        cells.append((words["interval"], f"{quality['low_95']} – {quality['high_95']}"))
    cells += [(words[_INTAKE[k]], str(v)) for k, v in facts.about.intake.items() if k in _INTAKE]
    return _box(cells)


def errata_lines(facts: Facts, lang: str) -> list[str]:
    """Return what a release corrects in earlier ones, a sentence each."""
    return [
        LABELS[lang]["erratum"].format(
            corrects=one["corrects"],
            reason=str(one["reason"][lang]).rstrip("。."),
            values=one["changed"]["values"],
            first=month_words(one["changed"]["from"], lang),
            last=month_words(one["changed"]["to"], lang),
            classes=len(one["changed"]["classes"]),
        )
        for one in facts.about.errata
    ]


def revisions_box(facts: Facts, lang: str) -> str:
    """Return errata, how many values were revised, and the headline's revisions."""
    words, count, table = LABELS[lang], facts.revised, facts.headline_revisions
    errata = "".join(f"<p>{escape(line)}</p>" for line in errata_lines(facts, lang))
    if not sum(count.values()):
        return f"{errata}<p>{words['same']}</p>"
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
        return f"{errata}<p>{text}</p>"
    head = "".join(column(words[h]) for h in ("month", "previous", "current", "revision"))
    head += f'<th scope="col" class="text">{words["reason"]}</th>'
    body = []
    for row in table.head(MOST_REVISIONS).to_dict("records"):
        reason = worded(row["reason"], lang)
        cells = "".join(f"<td>{row[c] or words['none']}</td>" for c in ("previous", "current", "revision"))
        month = month_words(row["period"], lang)
        body.append(f'<tr><th scope="row">{month}</th>{cells}<td class="text">{escape(reason)}</td></tr>')
    table_text = f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>"
    return f"{errata}<p>{text}</p>{scroll(table_text)}"


def calendar_box(facts: Facts, lang: str) -> str:
    """Return the releases planned; "" for a release from before they were in the manifest."""
    words = LABELS[lang]
    cells = [(month_words(one["period"], lang), date_words(one["date"], lang)) for one in facts.about.next_dates]
    if not cells:
        return ""
    pairs = [(f"{when}{'数据' if lang == 'zh' else ' figures'}", day) for when, day in cells]
    return f'<p class="note">{words["calendar_caption"]}</p>{_box(pairs)}'


def contact_box(facts: Facts, lang: str) -> str:
    """Return whom to ask; "" where nobody is named."""
    return _box([(LABELS[lang][name], text) for name, text in contact_words(facts.about, lang)])


def _box(cells: list[tuple[str, str]]) -> str:
    if not cells:
        return ""
    inner = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(text)}</dd></div>" for label, text in cells)
    return f'<dl class="box">{inner}</dl>'
