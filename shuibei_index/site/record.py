"""What the site keeps of one release: the facts of its bulletins and the list of its files, as one JSON object."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shuibei_index.release import Release
from shuibei_index.release.about import worded
from shuibei_index.release.facts import Row, gather
from shuibei_index.release.words import headline, paragraphs, prosperity_sentence
from shuibei_index.site.corrections import errata_of
from shuibei_index.site.literal import number
from shuibei_index.site.sources import Source

LANGUAGES = ("zh", "en")
#: Published numbers of a class in a release, in the order of the tables.
MEASURES = ("weight", "index", "mom_pct", "yoy_pct", "ytd_pct", "mom_pp", "yoy_pp")
#: Published numbers of a revision.
REVISED = ("previous", "current", "revision")


def record(source: Source, release: Release) -> dict[str, Any]:
    """Return the record of a release, its numbers as `literal.number` marks them.

    It is published as ``api/v1/releases/<name>.json`` and read back by the next build, so that an old release need not
    be read again.
    """
    about, tables = release.about, month_tables(release)
    facts = gather(tables, about)
    confidence = _confidence(tables["indices"], about.period)
    rows = [*((row, True) for row in facts.rows), *((row, False) for row in facts.satellites)]
    return {
        "release": about.release,
        "period": about.period,
        "status": about.status,
        "vintage": about.vintage,
        "released_on": about.released_on,
        "next_release": about.next_release,
        "next_dates": [{name: str(one[name]) for name in ("period", "date")} for one in about.next_dates],
        "title": dict(about.title),
        "trial": about.trial,
        "reason": {lang: worded(about.reason, lang) for lang in LANGUAGES},
        "errata": errata_of(about.errata),
        "base_period": about.base_period,
        "tax_basis": about.tax_basis,
        "stage": about.stage,
        "package_version": about.package_version,
        "manifest_sha256": source.digest,
        "decimals": {"index": about.policy.index_decimals, "rate": about.policy.rate_decimals},
        "headline": {lang: headline(facts, lang) for lang in LANGUAGES},
        "paragraphs": {
            lang: [t for t in (*paragraphs(facts, lang), prosperity_sentence(facts, lang)) if t] for lang in LANGUAGES
        },
        "classes": [_class(row, inside, confidence) for row, inside in rows],
        "quality": dict(facts.quality),
        "revised": dict(facts.revised),
        "revisions": _revisions(facts.headline_revisions),
        "notes": [dict(note) for note in about.notes],
        "files": [*release.manifest["files"], _own(source, release)],
    }


def _class(row: Row, inside: bool, confidence: Mapping[str, str]) -> dict[str, Any]:
    kept = {name: number(getattr(row, name)) for name in MEASURES}
    return {
        "class_code": row.code,
        "level": row.level,
        "name_zh": row.name_zh,
        "name_en": row.name_en,
        "in_headline": inside,
        **kept,
        "obs_status": row.status,
        "obs_conf": confidence.get(row.code, "F"),
        "withheld": sorted(row.withheld),
    }


def month_tables(release: Release) -> dict[str, pd.DataFrame]:
    """Return what the sentences and rows of a release are drawn from: its own month, and its revisions.

    A release carries all history. Its facts need little of it: rates and contributions are columns of the month. Which
    rates are withheld also depends on the months they compare with: those of this year and of the year before.
    """
    tables = {}
    since = f"{int(release.period[:4]) - 1}-01"
    for name in ("indices", "contributions", "links", "quality", "revisions", "adjustment", "components", "prosperity"):
        if (content := release.files.get(f"{name}.parquet")) is None:
            continue
        table = pq.read_table(io.BytesIO(content))
        if name == "indices":
            table = table.filter(pc.greater_equal(table["period"], since))
        elif name != "revisions" and "period" in table.column_names:
            table = table.filter(pc.equal(table["period"], release.period))
        tables[name] = table.to_pandas()
    return tables


def _confidence(now: pd.DataFrame, period: str) -> dict[str, str]:
    chosen = now[now["component"].eq("total") & now["adjustment"].eq("NSA") & now["period"].eq(period)]
    return dict(zip(chosen["class_code"].astype(str), chosen["obs_conf"].astype(str), strict=True))


def _revisions(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "period": row["period"],
            **{name: number(row[name]) for name in REVISED},
            "reason": {lang: worded(row["reason"], lang) for lang in LANGUAGES},
        }
        for row in table.head(12).to_dict("records")
    ]


def _own(source: Source, release: Release) -> dict[str, Any]:
    # a manifest cannot name its own digest: the site does
    return {"path": "manifest.json", "bytes": len(release.files["manifest.json"]), "sha256": source.digest}
