"""A whole bundle: 40 classes × 4 components × 144 months, every format and both bulletins, against its CSV files alone.

Usage: python benchmarks/bench_bundle.py [--small]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from shuibei_index.release.bulletin import bulletin
from shuibei_index.release.bundle import Release
from shuibei_index.release.charts import draw
from shuibei_index.release.computed import tables_of
from shuibei_index.release.facts import gather
from shuibei_index.release.factsheet import fact_table, facts_json
from shuibei_index.release.formats import files
from shuibei_index.release.founded import unfounded
from shuibei_index.release.make import LANGUAGES, rendered
from shuibei_index.release.tables import csv_bytes, parquet_bytes
from shuibei_index.release.typeface import cut

sys.path.insert(0, str(Path(__file__).parent))

from bench_formats import about_of, frames_of, seconds


def anew(call: Callable[[], object]) -> object:
    """Return what a call does in a process that has cut no font yet."""
    cut.cache_clear()
    return call()


def main() -> int:
    """Print the seconds of the parts and of the whole, and their ratio to writing the same CSV files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="13 months")
    given = parser.parse_args()
    frames = frames_of(13 if given.small else 144)
    tables = {name: table for name, table in tables_of(frames).items() if name in frames}
    about = about_of(frames["indices"]["period"].iloc[-1])
    facts = gather(frames, about)
    table = fact_table(facts)
    charts = {lang: draw(facts, lang) for lang in LANGUAGES}

    def both() -> dict[str, str]:
        return {lang: bulletin(facts, lang, charts[lang]) for lang in LANGUAGES}

    pages = both()
    made = rendered(frames, tables, about)
    floor = seconds(lambda: [csv_bytes(frames[name], table, about.policy) for name, table in tables.items()])
    measured = {
        "floor: the CSV files": floor,
        "Parquet files": seconds(lambda: [parquet_bytes(frames[name], one, {}) for name, one in tables.items()]),
        "facts (gather, table, JSON)": seconds(lambda: facts_json(fact_table(gather(frames, about)), about)),
        "charts, both languages": seconds(lambda: [draw(facts, lang) for lang in LANGUAGES]),
        "bulletins, both languages": seconds(lambda: anew(both)),
        "numbers of the bulletins found": seconds(lambda: [unfounded(pages[lang], table, lang) for lang in LANGUAGES]),
        "SDMX, workbook, schemas": seconds(lambda: files(frames, tables, about, facts=facts), 1),
        "whole bundle": seconds(lambda: anew(lambda: rendered(frames, tables, about)), 1),
        "verify": seconds(lambda: Release(made).verify(), 1),
    }
    sys.stdout.write(f"{len(frames['indices'])} rows of indices, {len(table)} facts, {len(made)} files\n")
    for name, taken in measured.items():
        sys.stdout.write(f"{name:32s} {taken:7.2f} s {taken / floor:7.1f} × floor\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
