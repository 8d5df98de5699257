"""What was public on a day, of many releases of many classes, against reading one table.

    python benchmarks/bench_vintages.py                   240 releases, 54 classes, 4 components, 240 months at the end
    python benchmarks/bench_vintages.py --small           the same in small, for the test suite

The releases are made of random levels: manifest and table of indices as a release has them, all history in each. Floor:
the bytes of one table read and decoded. `as_of` reads every manifest and one table; the triangle reads every table.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from shuibei_index import months as month_names
from shuibei_index.release.about import About, scheduled
from shuibei_index.release.policy import publication_policy
from shuibei_index.release.schema import TABLES
from shuibei_index.release.tables import json_bytes, parquet_bytes
from shuibei_index.rules import Rules
from shuibei_index.vintages import read_vintages

FIRST = "2006-01"
_COMPONENTS = ("total", "metal", "making", "stone")


def about_of(month: str, rules: Rules) -> About:
    """Return a manifest's content."""
    policy = publication_policy(rules.at(month))
    return About(
        release=month, period=month, status="provisional", vintage=month, base_period="2006", package_version="0",
        title={"zh": "水贝", "en": "Shuibei"}, released_on=scheduled(month, policy),
        next_release=scheduled(month_names.shift(month, 1), policy), tax_basis="incl", stage="wholesale", trial=True,
        reason="", notes=(), intake={}, engine={}, policy=policy, digests={},
    )  # fmt: skip


def build(home: Path, n: int, classes: int) -> None:
    """Write the releases."""
    rng, rules = np.random.default_rng(1), Rules.load()
    months = [month_names.shift(FIRST, k) for k in range(n)]
    codes = np.array([f"{k:02d}" for k in range(classes)], dtype=object)
    per = classes * len(_COMPONENTS)
    whole = pd.DataFrame({"period": np.repeat(np.array(months, dtype=object), per)})
    whole["class_code"] = np.tile(np.repeat(codes, len(_COMPONENTS)), n)
    whole["level"], whole["name_zh"], whole["name_en"] = 1, "分类", "class"
    whole["component"] = np.tile(np.array(_COMPONENTS, dtype=object), n * classes)
    whole["adjustment"] = "NSA"
    for name in ("index", "mom_pct", "yoy_pct", "ytd_pct"):
        whole[name] = rng.normal(100, 5, n * per)
    whole["obs_status"], whole["obs_conf"] = "A", "F"
    for k, month in enumerate(months):
        folder = home / month
        folder.mkdir(parents=True)
        content = parquet_bytes(whole.iloc[: (k + 1) * per], TABLES["indices"], {"release": month})
        (folder / "indices.parquet").write_bytes(content)
        listed = {"path": "indices.parquet", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        manifest = {**about_of(month, rules).to_manifest(), "files": [listed]}
        (folder / "manifest.json").write_bytes(json_bytes(manifest))


def timed(work: Callable[[], Any], times: int = 5) -> float:
    """Return the median seconds of several runs."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return float(np.median(spent))


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--releases", type=int, default=240)
    parser.add_argument("--classes", type=int, default=54)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    n, classes = (6, 3) if options.small else (options.releases, options.classes)
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "releases"
        build(home, n, classes)
        last = month_names.shift(FIRST, n - 1)
        day = about_of(last, Rules.load()).released_on
        table = home / last / "indices.parquet"
        read = read_vintages(home)
        told = {
            "releases": n,
            "rows_of_the_last": pq.read_metadata(table).num_rows,
            "one_table (floor)": timed(lambda: pq.read_table(table).to_pandas()),
            "read_vintages": timed(lambda: read_vintages(home)),
            "series.as_of": timed(lambda: read.series("00").as_of(day)),
            "as_of, whole frame": timed(lambda: read.as_of(day)),
            "from nothing to series.as_of": timed(lambda: read_vintages(home).series("00").as_of(day)),
            "triangle": timed(lambda: read_vintages(home).series("00").triangle(), 1),
        }
    figures = {k: round(v, 4) if isinstance(v, float) else v for k, v in told.items()}
    print(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
