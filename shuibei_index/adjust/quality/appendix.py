"""Quality over all series: the bulletin's appendix, and a page of its own."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from shuibei_index.adjust.quality.catalogue import RATING_WORDS
from shuibei_index.adjust.quality.page import Line, all_page, appendix_table, lines
from shuibei_index.adjust.quality.page_words import WORDS
from shuibei_index.adjust.quality.report import QualityReport, check_language, quality_report, rules_in_force
from shuibei_index.component_names import COMPONENT_NAMES
from shuibei_index.rules import Rules, RulesAt

if TYPE_CHECKING:
    import pandas as pd

    from shuibei_index.adjust.adjustment import Adjustment


def appendix(adjusted: Adjustment, language: str = "en", *, rules: Rules | RulesAt | None = None) -> str:
    """Return the short quality table as an HTML fragment, for a page that has the bulletin's styles.

    Parameters
    ----------
    adjusted
        The result of the adjust stage.
    language
        "zh" or "en".
    rules
        As in `quality_report`.

    Returns
    -------
    str
        A note and a table: series, rating, M7, Q, QS, Spring Festival test, model, verdict; names are escaped.
    """
    check_language(language)
    return _note(language) + appendix_table(lines(_reports(adjusted, rules), language), language)


def rated(adjusted: Adjustment, *, rules: Rules | RulesAt | None = None) -> pd.DataFrame:
    """Return the adjustment's diagnostics with the columns rating, decided_by, rating_zh and rating_en (the verdict).

    A release stores these, so that its bulletin can be made from its tables.
    """
    reports = _reports(adjusted, rules)
    return adjusted.diagnostics.assign(
        rating=[report.rating for report in reports],
        decided_by=[" ".join(report.decided_by) for report in reports],
        rating_zh=[report.verdict.zh for report in reports],
        rating_en=[report.verdict.en for report in reports],
    )


def appendix_of_table(diagnostics: pd.DataFrame, language: str, names: Mapping[str, str] | None = None) -> str:
    """Return the same fragment as `appendix` from a table that `rated` made, as a release holds it.

    Parameters
    ----------
    diagnostics
        Columns series (or class_code), rating, rating_zh, rating_en, m7, q, qs_adjusted_p, cny_p, model. Without a
        column "rating" the result is empty: the release was made before there was one.
    language
        "zh" or "en".
    names
        Names of the series in that language; default: the series' own.
    """
    check_language(language)
    if "rating" not in diagnostics.columns:
        return ""
    # what the rules leave unadjusted has its reason in the table of diagnostics
    shown = diagnostics[diagnostics["status"].isin(["adjusted", "fallback", "refused"])]
    table = [
        Line(
            _name(row, language, names or {}),
            row["rating"],
            float(row["m7"]),
            float(row["q"]),
            float(row["qs_adjusted_p"]),
            float(row["cny_p"]),
            row["model"],
            row[f"rating_{language}"],
        )
        for row in shown.to_dict("records")
    ]
    return _note(language) + appendix_table(table, language)


def _name(row: Mapping[Hashable, object], language: str, names: Mapping[str, str]) -> str:
    """Return the name of a row's series: the class's, and its component's where it is not the full price."""
    code = str(row["class_code"] if "class_code" in row else row["series"])
    component = str(row.get("component", "total"))
    name = names.get(code, code)
    if component == "total":
        return name
    return f"{name} · {COMPONENT_NAMES[component][('zh', 'en').index(language)]}"


def _note(language: str) -> str:
    words = WORDS[language]
    return (
        f'<p class="note">{escape(words["rule_label"])}{"：" if language == "zh" else ": "}{escape(words["rule"])}</p>'
    )


def quality_page(
    adjusted: Adjustment,
    language: str = "en",
    path: str | Path | None = None,
    *,
    rules: Rules | RulesAt | None = None,
) -> str:
    """Return the page over every series as HTML; write it where `path` says (an existing file is replaced).

    Parameters
    ----------
    adjusted, language, rules
        As in `appendix`.
    path
        A file to be written, UTF-8.
    """
    text = all_page(_reports(adjusted, rules), check_language(language))
    if path is not None:
        Path(path).write_text(text, encoding="utf-8", newline="\n")
    return text


def rated_summary(adjusted: Adjustment, *, most: int = 50) -> pd.DataFrame:
    """Return the adjustment's summary with a column "rating" in both languages, for notebooks.

    Parameters
    ----------
    adjusted
        The result of the adjust stage.
    most
        Series rated; a longer table is returned without ratings (a rating takes 8 ms, see `quality_table`).
    """
    table = adjusted.summary()
    if len(table) > most:
        return table
    words = [RATING_WORDS[report.rating] for report in _reports(adjusted, None)]
    table.insert(2, "rating", [f"{word.zh} {word.en}" for word in words])
    return table


def _reports(adjusted: Adjustment, rules: Rules | RulesAt | None) -> list[QualityReport]:
    # read once, not for each series
    known = rules_in_force(adjusted, rules) if len(adjusted.original.columns) else None
    return [quality_report(adjusted, str(name), rules=known) for name in adjusted.original.columns]
