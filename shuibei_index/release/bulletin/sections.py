"""The sections of the bulletin in their order; one that a release has nothing for has no heading either."""

from __future__ import annotations

from html import escape

from shuibei_index.adjust.quality.appendix import appendix_of_table
from shuibei_index.adjust.quality.page_words import WORDS as ADJUSTMENT_WORDS
from shuibei_index.release.bulletin.boxes import calendar_box, contact_box, quality_box, revisions_box
from shuibei_index.release.bulletin.tables import class_table, movers_tables, recent_table
from shuibei_index.release.components import section as components_section
from shuibei_index.release.facts import Facts
from shuibei_index.release.labels import LABELS, method_notes
from shuibei_index.release.prosperity import section as prosperity_section
from shuibei_index.release.seasonal import adjustment_text
from shuibei_index.release.tables import as_published
from shuibei_index.release.withholding import withheld_series
from shuibei_index.release.words import components_sentence, prosperity_sentence, tax_note


def sections(facts: Facts, lang: str) -> list[str]:
    """Return the sections as HTML."""
    words, policy = LABELS[lang], facts.about.policy
    main = [r for r in facts.rows if r.level <= policy.main_table_level]
    classes = class_table(main, facts, lang)
    if facts.satellites:
        classes += class_table(facts.satellites, facts, lang, caption=words["outside"])
    components = _paragraph(components_sentence(facts, lang)) + components_section(facts, lang)
    prosperity = _fact("prosperity", prosperity_sentence(facts, lang)) if facts.prosperity else ""
    parts = {
        "leaders": movers_tables(facts, lang),
        "main_table": classes,
        "components": components if facts.components else "",
        "prosperity": prosperity + prosperity_section(facts, lang) if prosperity else "",
        "recent": recent_table(facts, lang),
        "quality": quality_box(facts, lang),
        "adjustment": f"<p>{escape(adjustment_text(facts, lang))}</p>",
        "revisions": revisions_box(facts, lang),
        "notes": _notes(facts, lang),
        "calendar": calendar_box(facts, lang),
        "contact": contact_box(facts, lang),
    }
    found = [f"<h2>{words[key]}</h2>\n{text}" for key, text in parts.items() if text]
    if len(main) < len(facts.rows):
        found.append(f'<h2 class="annex">{words["annex"]}</h2>\n{class_table(facts.rows, facts, lang)}')
    return [*found, *_diagnostics(facts, lang)]


def _notes(facts: Facts, lang: str) -> str:
    about, policy = facts.about, facts.about.policy
    unchanged = as_published(0.0, policy.rate_decimals)
    notes = method_notes(
        lang, about.stage, about.tax_basis, policy.provisional_months, policy.rates_from, unchanged=unchanged
    )
    blocks = "".join(f"<div><h3>{escape(head)}</h3><p>{escape(text)}</p></div>" for head, text in notes)
    if facts.taxes:
        head, text = tax_note(facts, lang)
        blocks += f"<div><h3>{escape(head)}</h3>{_fact('taxes', text)}</div>"
    blocks += "".join(f"<div><p>{escape(note[lang])}</p></div>" for note in about.notes)
    return f'<div class="columns">{blocks}</div>'


def _diagnostics(facts: Facts, lang: str) -> list[str]:
    names = {row.code: row.name(lang) for row in (*facts.rows, *facts.satellites)}
    table = facts.diagnostics
    hidden = table["obs_conf"].eq("C") if table is not None and "obs_conf" in table else None
    told = table if hidden is None or table is None else table[~hidden]
    if told is None or not (appendix := appendix_of_table(told, lang, names)):
        return []
    found = [f'<h2 class="annex">{ADJUSTMENT_WORDS[lang]["appendix"]}</h2>', appendix]
    return [*found, withheld_series(int(hidden.sum()), lang)] if hidden is not None and hidden.any() else found


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _fact(name: str, text: str) -> str:
    # marked, so that a verification finds it
    return f'<p data-fact="{name}">{escape(text)}</p>'
