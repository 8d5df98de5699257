"""Make a release: the frames of the stages before → tables, charts, bulletins, manifest."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.api.types import is_bool_dtype

from shuibei_index import months
from shuibei_index.adjust.adjustment import Adjustment
from shuibei_index.adjust.quality.appendix import rated
from shuibei_index.release.about import About, bilingual, next_name, scheduled
from shuibei_index.release.bundle import Release
from shuibei_index.release.calendar import next_dates
from shuibei_index.release.computed import computed_tables, tables_of, with_keys, withheld
from shuibei_index.release.datapackage import datapackage
from shuibei_index.release.embargo import public_day
from shuibei_index.release.errata import errata_of
from shuibei_index.release.first_published import first_published
from shuibei_index.release.policy import publication_policy
from shuibei_index.release.revise import adjusted_reasons, revision_policy, revisions, with_status
from shuibei_index.release.schema import Table, conform, diagnostics_table
from shuibei_index.release.tables import csv_bytes, indices_json, json_bytes, parquet_bytes
from shuibei_index.rules import Rules
from shuibei_index.version import __version__
from shuibei_index.workspace import Settings

if TYPE_CHECKING:
    from shuibei_index.disclosure import Protection
    from shuibei_index.rules import RulesAt

LANGUAGES = ("zh", "en")


def make_release(
    series: Any,
    adjusted: Any = None,
    checked: Any = None,
    *,
    rules: Rules | RulesAt,
    settings: Settings | None = None,
    digests: Mapping[str, str] | None = None,
    previous: Release | None = None,
    month: str | None = None,
    vintage: str | None = None,
    released_on: str | None = None,
    status: str | None = None,
    reason: str = "",
    notes: Iterable[str | tuple[str, str]] = (),
    prosperity: Any = None,
    taxes: Any = None,
    protection: Protection | None = None,
    sign_offs: Mapping[str, Any] | None = None,
    embargo_until: str = "",
) -> Release:
    """Make the release of a month: tables, charts, bulletins, manifest.

    Parameters
    ----------
    series : IndexSeries
        Or any object with its four frames, `base_period` and `months`.
    adjusted : Adjustment, optional
        Seasonally adjusted series; adds rows with adjustment SA and TREND.
    checked : ValidationReport, optional
        Of the release month; only the totals of its counts are printed.
    rules : Rules or RulesAt
        Publication rules; those in force in the release month are used.
    settings : Settings, optional
        Names, stage, tax basis, trial mark of the workspace.
    digests : mapping of str to str, optional
        sha256 of inputs, tree and weights, for the manifest; that of the rules is added.
    previous : Release, optional
        The release before; every published value that differs goes into revisions.
    month : str, optional
        Release month; default: the last of the series. Later months are left out.
    vintage : str, optional
        Default: the release's name, the month or month-r1, -r2 … after an earlier release of the same month.
    released_on : str, optional
        "YYYY-MM-DD"; default: the day of the release calendar. Never the clock.
    status : str, optional
        "provisional" or "final"; default by the rule ``provisional_months``.
    reason : str, optional
        Why values that were no longer provisional changed; printed at the top of the bulletin. "中文 / English" gives
        each bulletin its own words.
    notes : iterable of str or (zh, en)
        Further notes for the bulletin.
    prosperity : ProsperityIndex, optional
        Adds the table prosperity; without it the bundle has none.
    taxes : WithoutTax, optional
        Adds the tables without_tax and tax_links, from `release.taxes.without_tax_of`.
    protection : Protection, optional
        From `disclosure.protect_series`: what it withholds is empty, with obs_conf C, in every file. None = nothing is
        withheld, for figures behind which no single respondent stands.
    sign_offs : mapping, optional
        Who signed it off, by role and time alone, for the manifest: required, given [{role, signed_at}], signed
        (digest).
    embargo_until : str
        Time before which it must not be shown, "2025-01-15T09:30+08:00"; stamped on both bulletins. Its day in China
        is the day of release where none is given. "" = none.

    Returns
    -------
    Release

    Raises
    ------
    ReleaseError
        A frame lacks columns or the headline, or a name cannot be shown by the shipped font.
    """
    month = month or max(series.months)
    policy = publication_policy(rules.at(month))
    settings = settings or Settings()
    planning = rules if isinstance(rules, Rules) else None
    about = About(
        release=(name := next_name(month, vintage, previous.about if previous else None)),
        period=month,
        status=status or ("provisional" if policy.provisional_months else "final"),
        vintage=vintage or name,
        base_period=series.base_period or settings.base_period,
        package_version=__version__,
        title={"zh": settings.name_zh, "en": settings.name_en},
        released_on=public_day(released_on or "", embargo_until) or scheduled(month, policy, planning),
        next_release=scheduled(months.shift(month, 1), policy, planning),
        tax_basis=settings.tax_basis,
        stage=settings.stage,
        trial=settings.trial,
        reason=reason,
        notes=bilingual(notes),
        intake=_intake(checked),
        engine=_engine(adjusted),
        policy=policy,
        digests=dict(sorted({**(digests or {}), "rules": rules.at(month).digest}.items())),
        sign_offs=dict(sign_offs or {}),
        embargo_until=embargo_until,
        next_dates=tuple(next_dates(month, policy, rules=planning)),
        contact=_contact(settings),
    )
    frames = computed_tables(
        series, policy, month, adjusted=adjusted, prosperity=prosperity, taxes=taxes, protection=protection
    )
    before = previous.frame("indices") if previous else None
    diagnostics = None if adjusted is None else withheld("adjustment", _diagnostics(adjusted), protection)
    changed = revisions(frames["indices"], before, policy, reason, _reasons(diagnostics, about, previous))
    frames["revisions"] = withheld("revisions", changed, protection)
    if previous is not None:
        about = dataclasses.replace(about, errata=errata_of(frames["revisions"], reason, previous.about.release, month))
    frames["indices"] = with_status(frames["indices"], frames["revisions"], month, policy)
    if revision_policy(rules.at(month)).never_revised:
        first = first_published(frames["indices"], about, previous)
        if first is not None:
            frames["first_published"] = first
    own: dict[str, Table] = {}
    if diagnostics is not None:
        own["adjustment"] = diagnostics_table(diagnostics)
        frames["adjustment"] = conform(diagnostics, own["adjustment"], "adjusted.diagnostics")
    return Release(rendered(frames, tables_of(frames, own), about))


def rendered(frames: dict[str, pd.DataFrame], tables: Mapping[str, Table], about: About) -> dict[str, bytes]:
    """Return the files of a release: its tables in every format, the facts, both bulletins with charts, the manifest.

    Parameters
    ----------
    frames : dict of str to DataFrame
        In full precision; withheld values are empty.
    tables : mapping of str to Table
        Their description, in the order of the bundle.
    about : About
    """
    from shuibei_index.release.bulletin import bulletin, drawing_mark
    from shuibei_index.release.charts import draw
    from shuibei_index.release.facts import gather
    from shuibei_index.release.factsheet import FACTS, fact_table, facts_json
    from shuibei_index.release.formats import files as further_files
    from shuibei_index.release.printing import pdf

    marks = {"release": about.release, "period": about.period, "vintage": about.vintage}
    marks |= {"base_period": about.base_period, "status": about.status}
    files: dict[str, bytes] = {}
    for name, table in tables.items():
        files[f"{name}.csv"] = csv_bytes(frames[name], table, about.policy)
        files[f"{name}.parquet"] = parquet_bytes(frames[name], table, marks)
    files["indices.json"] = indices_json(frames["indices"], marks)
    facts = gather(frames, about)
    files[FACTS] = facts_json(fact_table(facts), about)
    files |= further_files(frames, tables, about, facts=facts, csv=files)
    files["datapackage.json"] = datapackage(tables, files, about)
    for lang in LANGUAGES:
        charts = draw(facts, lang)
        files |= {f"charts/{name}.{lang}.svg": svg.encode() for name, svg in charts.items()}
        page = bulletin(facts, lang, charts, drawing_mark())
        files[f"bulletin.{lang}.html"] = page.encode()
        files[f"bulletin.{lang}.pdf"] = pdf(page, about)
    listing = [
        {"path": path, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for path, content in sorted(files.items())
    ]
    files["manifest.json"] = json_bytes({**about.to_manifest(), "files": listing})
    return files


def _diagnostics(adjusted: Any) -> pd.DataFrame:
    frame: pd.DataFrame = with_keys(rated(adjusted) if isinstance(adjusted, Adjustment) else adjusted.diagnostics)
    frame = frame[["class_code", "component", *(c for c in frame.columns if c not in ("class_code", "component"))]]
    for name in frame.columns:
        if frame[name].map(lambda v: isinstance(v, list | tuple)).any():
            frame[name] = frame[name].map(lambda v: "; ".join(map(str, v)) if isinstance(v, list | tuple) else v)
        elif is_bool_dtype(frame[name].dtype):
            # a word whether or not one of them is withheld
            frame[name] = frame[name].astype(object).astype(str)
    return frame


def _reasons(diagnostics: pd.DataFrame | None, about: About, previous: Release | None) -> dict[tuple[str, str], str]:
    if diagnostics is None or previous is None:
        return {}
    then = previous.frame("adjustment") if "adjustment.parquet" in previous.files else None
    return adjusted_reasons(diagnostics, then, about.engine, previous.about.engine)


def _contact(settings: Settings) -> dict[str, str]:
    """Return whom to ask: the settings contact_*, by the rest of their name."""
    stated = {
        k.removeprefix("contact_"): str(v) for k, v in dataclasses.asdict(settings).items() if k.startswith("contact_")
    }
    return {name: text for name, text in stated.items() if text}


def _intake(checked: Any) -> dict[str, int]:
    if checked is None:
        return {}
    return {name: int(checked.counts[name].sum()) for name in ("read", "accepted", "held", "rejected")}


def _engine(adjusted: Any) -> dict[str, str]:
    if adjusted is None:
        return {}
    return {k: str(adjusted.engine[k]) for k in ("name", "version", "build", "sha256") if adjusted.engine.get(k)}
