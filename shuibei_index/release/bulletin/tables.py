"""Tables of the bulletin: classes, recent months, and the movers with the reason of each."""

from __future__ import annotations

from html import escape

from shuibei_index.release.components import NAMES as PARTS
from shuibei_index.release.facts import Facts, Row
from shuibei_index.release.labels import LABELS
from shuibei_index.release.reasons import Mover
from shuibei_index.release.withholding import MARK, NOTE, cell
from shuibei_index.release.withholding import note as withheld_note
from shuibei_index.release.words import base_words, month_words

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


def class_table(rows: tuple[Row, ...] | list[Row], facts: Facts, lang: str, caption: str = "") -> str:
    """Return the table of classes: weight, level, rates, effects on the headline."""
    words, about = LABELS[lang], facts.about
    link = month_words(facts.link_period, lang) if facts.link_period else words["none"]
    caption = caption or words["main_caption"].format(base=base_words(about.base_period, lang), link=link)
    # a column in which no class has a figure yet says nothing
    shown = [
        (m, h) for m, h in zip(_MEASURES, _HEADS, strict=True) if any(getattr(r, m) or m in r.withheld for r in rows)
    ]
    head = "".join(column(words[h]) for _, h in shown)
    body = []
    for row in rows:
        mark = f'<abbr title="{words["imputed_mark"]}">I</abbr>' if row.status == "I" else ""
        cells = "".join(_figure(row, m, lang) for m, _ in shown)
        body.append(f'<tr class="l{min(row.level, 4)}"><th scope="row">{_named(row, lang)}{mark}</th>{cells}</tr>')
    note = f'<p class="note"><abbr>I</abbr> {words["imputed_mark"]}</p>' if any(r.status == "I" for r in rows) else ""
    note += withheld_note(lang) if any(m in r.withheld for r in rows for m, _ in shown) else ""
    head = f'<thead><tr><th scope="col">{words["class"]}</th>{head}</tr></thead>'
    return scroll(f"<caption>{escape(caption)}</caption>{head}<tbody>{''.join(body)}</tbody>") + note


def recent_table(facts: Facts, lang: str) -> str:
    """Return the table of the headline's last months."""
    words, table = LABELS[lang], facts.recent
    columns = [c for c in table.columns if c != "period" and table[c].ne("").any()]
    head = "".join(column(words[_RECENT[c]]) for c in columns)
    body = []
    for row in table.to_dict("records"):
        cells = "".join(f"<td>{row[c] or words['none']}</td>" for c in columns)
        body.append(f'<tr><th scope="row">{month_words(row["period"], lang)}</th>{cells}</tr>')
    return scroll(f'<thead><tr><th scope="col">{words["month"]}</th>{head}</tr></thead><tbody>{"".join(body)}</tbody>')


def movers_tables(facts: Facts, lang: str) -> str:
    """Return the classes that rose and fell most, by year and by month, with reasons; "" where none moved."""
    return "".join(
        _movers(movers, f"{measure}_pct", facts, lang) for measure, movers in facts.leaders.items() if movers
    )


def _movers(movers: tuple[Mover, ...], measure: str, facts: Facts, lang: str) -> str:
    words = LABELS[lang]
    names = {row.code: row.name(lang) for row in facts.rows}
    head = column(words["yoy_col" if measure.startswith("yoy") else "mom_col"]) + column(words["effect"])
    head += f'<th scope="col" class="text">{words["why"]}</th>'
    body, last = [], ""
    for one in movers:
        way = words["fell" if one.rate.startswith("-") else "rose"]
        if way != last:
            body.append(f'<tr class="l1"><th scope="rowgroup" colspan="4">{way}</th></tr>')
            last = way
        cells = _figure(one.row, measure, lang) + _figure(one.row, f"{one.measure}_pp", lang)
        reason = _reason(one, names, lang)
        body.append(
            f'<tr class="l2"><th scope="row">{_named(one.row, lang)}</th>{cells}<td class="text">{reason}</td></tr>'
        )
    caption = words["leaders_caption"].format(measure=words[f"by_{measure}"])
    some = any(one.confidential or f"{one.measure}_pp" in one.row.withheld for one in movers)
    return scroll(
        f'<caption>{escape(caption)}</caption><thead><tr><th scope="col">{words["class"]}</th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody>"
    ) + (withheld_note(lang) if some else "")


def _reason(one: Mover, names: dict[str, str], lang: str) -> str:
    said = []
    if one.part:
        part = PARTS[one.part][lang == "en"]
        said.append(f"{part}（{one.part_pp}）" if lang == "zh" else f"{part} ({one.part_pp})")
    if one.below:
        below = escape(names.get(one.below, one.below))
        said.append(f"{below}（{one.below_pp}）" if lang == "zh" else f"{below} ({one.below_pp})")
    if not said:
        mark = f'<abbr title="{NOTE[lang]}">{MARK[lang]}</abbr>'
        return mark if one.confidential else LABELS[lang]["none"]
    return ("；" if lang == "zh" else "; ").join(said)


def _named(row: Row, lang: str) -> str:
    return f'{escape(row.name(lang))}<span class="code">{escape(row.code)}</span>'


def _figure(row: Row, measure: str, lang: str) -> str:
    text = cell(getattr(row, measure), measure, row.withheld, lang, LABELS[lang]["none"])
    return f'<td data-class="{escape(row.code)}" data-measure="{measure}">{text}</td>'


def column(label: str) -> str:
    """Return the heading of a column of figures; a Chinese one may break before its unit, nowhere else."""
    return f'<th scope="col">{label.replace("（", "<wbr>（")}</th>'


def scroll(table: str) -> str:
    """Return a table that is moved sideways by itself where the screen is narrow."""
    return f'<div class="scroll" tabindex="0"><table>{table}</table></div>'
