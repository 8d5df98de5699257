"""`quality_report`: what the measures say about one adjusted series, and the rating that follows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from shuibei_index.adjust.quality.catalogue import ABSENT, CATALOGUE, Entry
from shuibei_index.adjust.quality.evidence import Evidence, evidence
from shuibei_index.adjust.quality.limits import RATINGS, Limits, limits
from shuibei_index.adjust.quality.measures import Value, measure, outlier_rows
from shuibei_index.adjust.quality.rating import overall, verdict
from shuibei_index.adjust.wording import Text
from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.rules import Rules, RulesAt

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from shuibei_index.adjust.adjustment import Adjustment

COLUMNS = (
    "measure", "group", "title_zh", "title_en", "value", "shown_zh", "shown_en", "limit_zh", "limit_en", "rule",
    "reference", "rating", "decides", "sentence_zh", "sentence_en",
)  # fmt: skip
# The rules begin here; a series that ends before is rated by the first rules.
_FIRST_RULES = "2005-01"
LANGUAGES = ("zh", "en")


@dataclass(frozen=True, eq=False, repr=False)
class QualityReport:
    """How good the adjustment of one series is.

    Parameters
    ----------
    series
        Its name.
    status
        "adjusted", "fallback" or "refused".
    rows
        One row a measure: measure, group, title, value (number, NaN where there is none), shown (text), limit, rule and
        reference of the limit, rating (good, uncertain, bad, or "" for what is only told), decides (whether it decides
        the overall rating), sentence; texts in both languages. Empty for a refused series.
    rating
        "good", "uncertain", "bad"; "none" for a series that was not adjusted.
    decided_by
        The measures that made the rating what it is; all that decide, if it is "good".
    verdict
        Why the rating is what it is, or why the series was not adjusted, in both languages.
    evidence
        What the measures and pictures are taken from; None for a refused series.
    engine, rules_digest
        As in the adjustment.
    limits
        The limits that were applied; None for a refused series.
    """

    series: str
    status: str
    rows: pd.DataFrame
    rating: str
    decided_by: tuple[str, ...]
    verdict: Text
    evidence: Evidence | None
    engine: dict[str, str]
    rules_digest: str = ""
    limits: Limits | None = None

    def __repr__(self) -> str:
        return f"QualityReport of {self.series!r}: {self.rating}"

    def to_frame(self) -> pd.DataFrame:
        """Return the rows: one a measure."""
        return self.rows.copy()

    def value(self, name: str) -> float:
        """Return the value of one measure, NaN where there is none.

        Raises
        ------
        UsageError
            There is no such measure.
        """
        if name not in CATALOGUE:
            raise UsageError(f"no measure {name!r}{did_you_mean(name, CATALOGUE)}", zh=f"没有指标 {name!r}")
        found = self.rows.loc[self.rows["measure"] == name, "value"]
        return float(found.iloc[0]) if len(found) else math.nan

    def coefficients(self) -> pd.DataFrame:
        """Return the model's coefficients: group, term, estimate, se, t."""
        return pd.DataFrame() if self.evidence is None else self.evidence.coefficients.copy()

    def outliers(self) -> pd.DataFrame:
        """Return the outliers the program found: kind (AO, LS, TC), period, t."""
        found = [] if self.evidence is None else outlier_rows(self.evidence)
        rows = [(term[:2], term[2:], t) for term, t in found]
        return pd.DataFrame(rows, columns=["kind", "period", "t"])

    def figures(self, language: str = "en") -> dict[str, Figure]:
        """Draw every picture there are tables for.

        Parameters
        ----------
        language
            "zh" or "en".

        Returns
        -------
        dict of str to Figure
            series, si_ratios, month_plot, factors, residuals, spectrum, revisions.
        """
        from shuibei_index.adjust.quality.pictures import draw

        return draw(self, check_language(language))

    def to_html(self, language: str = "en", path: str | Path | None = None) -> str:
        """Return the report as one HTML page that asks nothing of the network; write it where `path` says.

        Parameters
        ----------
        language
            "zh" or "en".
        path
            A file to be written, UTF-8; an existing one is replaced.
        """
        from shuibei_index.adjust.quality.page import report_page

        text = report_page(self, check_language(language))
        if path is not None:
            Path(path).write_text(text, encoding="utf-8", newline="\n")
        return text

    def _repr_html_(self) -> str:
        from shuibei_index.adjust.quality.page import fragment

        return fragment(self)


def quality_report(
    adjusted: Adjustment,
    series: str,
    *,
    rules: Rules | RulesAt | None = None,
    extended: bool = False,
    program: str | Path | None = None,
) -> QualityReport:
    """Rate the adjustment of one series.

    Parameters
    ----------
    adjusted
        The result of `shuibei_index.seasonally_adjust`.
    series
        Name of the series.
    rules
        Rules, or a month's rules, whose limits apply. Default: the packaged ones, at the last month of the data.
    extended
        Run X-13 once more on this series with sliding spans and revision history (about ten times the time of the
        adjustment). Otherwise these measures say that they were not computed, unless the adjustment has them already.
    program
        The X-13 program file for that run.

    Returns
    -------
    QualityReport
        With ``.rows``, ``.rating``, ``.figures()``, ``.to_html()``.

    Raises
    ------
    UsageError
        There is no such series; `extended` was asked for a series X-13 did not adjust.
    """
    status = adjusted.status(series)
    known = limits(rules_in_force(adjusted, rules))
    if status not in ("adjusted", "fallback"):
        row = adjusted.diagnostics[adjusted.diagnostics["series"] == series].iloc[0]
        reason = Text(str(row["reason_zh"]), str(row["reason_en"]))
        none = pd.DataFrame(columns=list(COLUMNS))
        return QualityReport(series, status, none, "none", (), reason, None, adjusted.engine, adjusted.rules_digest)
    found = evidence(adjusted, series)
    if extended and not (found.ran("history") and found.ran("sspans")):
        found = evidence(_extended(adjusted, found, program), series)
    values = measure(found, known)
    rows = [_row(name, entry, values[name], known) for name, entry in CATALOGUE.items()]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    rating, decided_by = overall(table, {name: value.absent for name, value in values.items()})
    why = verdict(rating, decided_by)
    return QualityReport(
        series, status, table, rating, decided_by, why, found, adjusted.engine, adjusted.rules_digest, known
    )


def quality_table(adjusted: Adjustment, *, rules: Rules | RulesAt | None = None) -> pd.DataFrame:
    """Return one row per series: series, status, rating, decided_by, then the value of every measure.

    Parameters
    ----------
    adjusted
        The result of `shuibei_index.seasonally_adjust`, of any number of series.
    rules
        As in `quality_report`.

    Returns
    -------
    DataFrame
        Refused series have NaN measures and the rating "none".
    """
    in_force = rules_in_force(adjusted, rules)
    rows = []
    for name in map(str, adjusted.original.columns):
        report = quality_report(adjusted, name, rules=in_force)
        head = {
            "series": name,
            "status": report.status,
            "rating": report.rating,
            "decided_by": " ".join(report.decided_by),
            "verdict_zh": report.verdict.zh,
            "verdict_en": report.verdict.en,
        }
        rows.append(head | dict(zip(report.rows["measure"], report.rows["value"], strict=True)))
    return pd.DataFrame(rows).reindex(columns=[*_HEAD, *CATALOGUE])


_HEAD = ("series", "status", "rating", "decided_by", "verdict_zh", "verdict_en")


def check_language(language: str) -> str:
    """Return the language if there is one of that name.

    Raises
    ------
    UsageError
        It is neither "zh" nor "en".
    """
    if language not in LANGUAGES:
        raise UsageError(f"language is {language!r}; expected one of {', '.join(LANGUAGES)}", zh="语言应为 zh 或 en")
    return language


def rules_in_force(adjusted: Adjustment, rules: Rules | RulesAt | None) -> RulesAt:
    """Return the rules of the last month of a seasonal adjustment; None = the packaged ones."""
    last = max(_month(str(adjusted.original.index[-1])), _FIRST_RULES)
    return (rules if rules is not None else Rules.load()).at(last)


def _month(label: str) -> str:
    from shuibei_index.adjust import periods

    return periods.months_in(label)[-1]


def _row(name: str, entry: Entry, value: Value, known: Limits) -> tuple[object, ...]:
    rating, limit, rule, source = "", Text("", ""), "", ""
    if entry.limit == "combined":
        rating = "" if math.isnan(value.number) else RATINGS[int(value.number)]
        levels = "/".join(f"{level:g}" for level in known.combined)
        limit = Text(f"检验水平 {levels}", f"levels {levels}")
        rule, source = "seasonal_quality_combined_levels", "Lothian and Morry (1978)"
    elif entry.limit:
        found = known.of[entry.limit]
        rating = found.rate(value.number)
        limit, rule, source = Text(found.words("zh"), found.words("en")), found.rule, found.reference
    shown = Text(_shown(entry, value, "zh"), _shown(entry, value, "en"))
    says = Text("", "") if not rating else entry.good if rating == "good" else entry.weak
    return (
        name, entry.group, entry.title.zh, entry.title.en, value.number, shown.zh, shown.en, limit.zh, limit.en, rule,
        source, rating, name in known.deciding, says.zh, says.en,
    )  # fmt: skip


def _shown(entry: Entry, value: Value, language: str) -> str:
    note = value.note.zh if language == "zh" else value.note.en
    if value.absent:
        text = ABSENT[value.absent]
        return text.zh if language == "zh" else text.en
    if math.isnan(value.number) or entry.limit == "combined":
        return note
    number = f"{value.number:.{entry.digits}f}"
    if entry.digits == 4 and value.number < 0.0001:
        number = "< 0.0001"
    return f"{number}（{note}）" if note and language == "zh" else f"{number} ({note})" if note else number


def _extended(adjusted: Adjustment, found: Evidence, program: str | Path | None) -> Adjustment:
    """Run X-13 again on one series, as before and with sliding spans and history."""
    from shuibei_index.adjust.adjusting import seasonally_adjust

    spec = found.specification
    if spec is None or found.row.get("engine") != "x13":
        raise UsageError(
            f"series {found.series!r}: sliding spans and history are X-13's; it was adjusted by {found.row['engine']}",
            zh=f"序列“{found.series}”：滑动区间与修订历史由 X-13 计算，该序列未由 X-13 调整",
        )
    asked = replace(spec, sliding_spans=True, history=True)
    own = adjusted.regressors if spec.festival is None and len(adjusted.regressors.columns) else None
    return seasonally_adjust(adjusted.original[[found.series]], specification=asked, regressors=own, program=program)
