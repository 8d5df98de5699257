"""Further formats of a release: 40 classes × 4 components × 144 months, against a plain CSV of the same observations.

Usage: python benchmarks/bench_formats.py [MONTHS]
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from shuibei_index.release.about import About
from shuibei_index.release.computed import tables_of
from shuibei_index.release.facts import gather
from shuibei_index.release.formats import disagreements, files, sdmx
from shuibei_index.release.formats.sheets import sheets
from shuibei_index.release.formats.workbook import write_annex
from shuibei_index.release.policy import publication_policy
from shuibei_index.release.schema import CONTRIBUTIONS, INDICES, LINKS, QUALITY, REVISIONS, conform, empty
from shuibei_index.release.words import headline
from shuibei_index.rules import Rules

CODES = ["00", *(f"{k:02d}" for k in range(1, 4)), *(f"{k:02d}{j:02d}" for k in range(1, 4) for j in range(1, 13))]
PARTS = ("total", "metal", "making", "stone")


def frames_of(n_months: int) -> dict[str, pd.DataFrame]:
    """Make the tables of a release of 40 classes, 4 components and so many months; figures are random."""
    rng = np.random.default_rng(1)
    months = [str(m) for m in pd.period_range("2013-01", periods=n_months, freq="M")]
    keys = pd.MultiIndex.from_product([months, CODES, PARTS], names=["period", "class_code", "component"])
    rows = keys.to_frame(index=False)
    rows["level"] = (rows["class_code"].str.len() // 2 - rows["class_code"].eq("00")).astype(int)
    names = rows["class_code"].map({code: f"分类{code}" for code in CODES})
    numbers = {m: rng.normal(100, 9, len(rows)) for m in ("index", "mom_pct", "yoy_pct", "ytd_pct")}
    indices = rows.assign(name_zh=names, name_en=names, adjustment="NSA", obs_status="A", obs_conf="F", **numbers)
    both = pd.concat([rows.assign(measure=m) for m in ("mom", "yoy")], ignore_index=True)
    years = sorted({m[:4] for m in months})
    links = pd.MultiIndex.from_product([years, CODES], names=["year", "class_code"]).to_frame(index=False)
    links = links.assign(link_period=(links["year"].astype(int) - 1).astype(str) + "-12", link_factor=100.0)
    total = rows[rows["component"].eq("total")]
    quality = {c.name: rng.uniform(0, 1, len(total)) for c in QUALITY.columns if c.is_number}
    return {
        "indices": conform(indices, INDICES, "bench"),
        "contributions": conform(both.assign(points_pp=rng.normal(size=len(both))), CONTRIBUTIONS, "bench"),
        "links": conform(links.assign(weight=1.0, price_updated_weight=0.025), LINKS, "bench"),
        "quality": conform(total.assign(n_enterprises=9, n_items=99, **quality), QUALITY, "bench"),
        "revisions": empty(REVISIONS),
    }


def about_of(month: str) -> About:
    """Return the manifest of such a release."""
    policy = publication_policy(Rules.load().at(month))
    stated = {"release": month, "period": month, "vintage": month, "status": "provisional", "base_period": "2013"}
    stated |= {"released_on": "2025-01-15", "next_release": "2025-02-17", "package_version": "0"}
    names = {"title": {"zh": "水贝·中国珠宝指数", "en": "Shuibei China Jewelry Index"}, "notes": (), "reason": ""}
    rest = {"tax_basis": "incl", "stage": "wholesale", "trial": True, "intake": {}, "engine": {}, "digests": {}}
    return About(policy=policy, **stated, **names, **rest)  # type: ignore[arg-type]


def seconds(call: Callable[[], object], repeat: int = 3) -> float:
    """Return the least seconds of processor time of some runs."""
    taken = []
    for _ in range(repeat):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return min(taken)


def main() -> int:
    """Print the seconds of each format and their ratio to the plain CSV."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("months", nargs="?", type=int, default=144)
    parser.add_argument("--small", action="store_true", help="13 months")
    given = parser.parse_args()
    frames = frames_of(13 if given.small else given.months)
    tables = {name: table for name, table in tables_of(frames).items() if name in frames}
    about = about_of(frames["indices"]["period"].iloc[-1])
    facts = gather(frames, about)
    sentences = {lang: headline(facts, lang) for lang in ("zh", "en")}
    observed = sdmx.observations(frames, tables, about.policy)
    plain = seconds(lambda: observed.to_csv(io.StringIO(), index=False))
    made = files(frames, tables, about, facts=facts)
    measured = {
        "plain CSV of the observations": plain,
        "observations (rounding, long form)": seconds(lambda: sdmx.observations(frames, tables, about.policy)),
        "SDMX data (CSV and XML)": seconds(lambda: sdmx.data_messages(observed, frames, tables, about)),
        "SDMX structure (2.1 and 3.0)": seconds(lambda: sdmx.structure_messages(frames, tables, about)),
        "bulletin.xlsx": seconds(lambda: write_annex(sheets(frames, tables, about, sentences), about)),
        "all further formats": seconds(lambda: files(frames, tables, about, facts=facts)),
        "agreement of all (verify)": seconds(
            lambda: list(disagreements(made, frames, tables, about, {k: (v,) for k, v in sentences.items()}))
        ),
    }
    sys.stdout.write(f"{len(frames['indices'])} rows of indices, {len(observed)} observations\n")
    for name, taken in measured.items():
        sys.stdout.write(f"{name:36s} {taken:7.2f} s {taken / plain:6.1f} × plain CSV\n")
    for path, content in made.items():
        sys.stdout.write(f"{path:36s} {len(content) / 1e6:7.2f} MB\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
