"""The site of 144 releases (40 classes x 4 components), from nothing and with one release more.

The bundles are synthetic: every table whole, as a real release of that size has it, the bulletins stand-ins of their
usual weight. The floor is what no build can avoid: reading every file of the bundles and writing it once.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.release.about import About, scheduled
from shuibei_index.release.policy import publication_policy
from shuibei_index.release.schema import CONTRIBUTIONS, INDICES, LINKS, QUALITY, REVISIONS, Table, conform, empty
from shuibei_index.release.tables import csv_bytes, indices_json, parquet_bytes
from shuibei_index.rules import Rules
from shuibei_index.site import build_site

COMPONENTS = ("total", "metal", "making", "stone")
START = "2013-01"
FILLER = {"bulletin.zh.html": 360_000, "bulletin.en.html": 280_000}


def _codes(n: int) -> list[str]:
    return ["00", *(f"{1 + k // 8:02d}" + (f"{k % 8:02d}" if k % 8 else "") for k in range(n - 1))]


def market(n_classes: int, n_months: int) -> dict[str, pd.DataFrame]:
    """Return tables of all months: random walks with rates, SA and TREND of total and making charge."""
    rng = np.random.default_rng(1)
    codes, months = _codes(n_classes), [month_names.shift(START, k) for k in range(n_months)]
    kinds = [(k, a) for k in COMPONENTS for a in ("NSA", "SA", "TREND") if a == "NSA" or k in ("total", "making")]
    series = [(c, k, a) for c in codes for k, a in kinds]
    level = 100 * np.exp(np.cumsum(rng.normal(0.002, 0.01, (n_months, len(series))), axis=0))
    frame = pd.DataFrame({"period": np.repeat(months, len(series))})
    for name, at in (("class_code", 0), ("component", 1), ("adjustment", 2)):
        frame[name] = np.tile([one[at] for one in series], n_months)
    wide = pd.DataFrame(level)
    rates = {"mom_pct": 100 * wide.pct_change(1), "yoy_pct": 100 * wide.pct_change(12)}
    frame = frame.assign(index=level.ravel(), **{k: v.to_numpy().ravel() for k, v in rates.items()})
    frame = frame.assign(ytd_pct=frame["yoy_pct"], obs_status="A", obs_conf="F")
    frame["level"] = frame["class_code"].map({c: 0 if c == "00" else len(c) // 2 for c in codes})
    frame["name_zh"], frame["name_en"] = "分类" + frame["class_code"], "Class " + frame["class_code"]
    key = pd.MultiIndex.from_product(
        [months[1:], codes[1:], ("total", *COMPONENTS[1:], "unsplit"), ("mom", "yoy")],
        names=["period", "class_code", "component", "measure"],
    ).to_frame(index=False)
    key = key.assign(level=key["class_code"].str.len() // 2, points_pp=rng.normal(0, 0.1, len(key)))
    quality = frame.loc[(frame["component"] == "total") & (frame["adjustment"] == "NSA"), ["period", "class_code"]]
    quality = quality.assign(n_enterprises=20, n_items=200, low_95=np.nan, high_95=np.nan)
    for name in ("response_rate_count", "response_rate_value", "imputed_share"):
        quality[name] = 0.9
    years = pd.MultiIndex.from_product([sorted({m[:4] for m in months}), codes], names=["year", "class_code"])
    links = years.to_frame(index=False).assign(link_factor=100.0, weight=1.0, price_updated_weight=1.0)
    links = links.assign(
        link_period=(links["year"].astype(int) - 1).astype(str) + "-12", year=links["year"].astype(int)
    )
    revisions = empty(REVISIONS)
    tables: dict[str, tuple[pd.DataFrame, Table]] = {
        "indices": (frame, INDICES), "contributions": (key, CONTRIBUTIONS), "links": (links, LINKS),
        "quality": (quality, QUALITY), "revisions": (revisions, REVISIONS),
    }  # fmt: skip
    return {name: conform(one, table, name) for name, (one, table) in tables.items()}


def write_bundle(tables: dict[str, pd.DataFrame], month: str, folder: Path) -> None:
    """Write the release of a month: every table up to it, in every format."""
    policy = publication_policy(Rules.load().at(month))
    about = About(
        release=month, period=month, status="provisional", vintage=month, base_period=START[:4],
        package_version="0.1.0", title={"zh": "基准指数", "en": "Benchmark index"},
        released_on=scheduled(month, policy), next_release=scheduled(month_names.shift(month, 1), policy),
        tax_basis="incl", stage="wholesale", trial=False, reason="", notes=(), intake={"read": 1}, engine={},
        policy=policy, digests={},
    )  # fmt: skip
    files = {name: b"<!doctype html>" + b"." * size for name, size in FILLER.items()}
    schemas = {
        "indices": INDICES,
        "contributions": CONTRIBUTIONS,
        "links": LINKS,
        "quality": QUALITY,
        "revisions": REVISIONS,
    }
    for name, schema in schemas.items():
        frame = tables[name]
        column = "year" if name == "links" else "period"
        limit = int(month[:4]) if name == "links" else month
        frame = frame[frame[column] <= limit]
        files[f"{name}.csv"] = csv_bytes(frame, schema, about.policy)
        files[f"{name}.parquet"] = parquet_bytes(frame, schema, {"release": month})
        if name == "indices":
            files["indices.json"] = indices_json(frame, {"release": month})
    listed = [{"path": p, "bytes": len(c), "sha256": hashlib.sha256(c).hexdigest()} for p, c in sorted(files.items())]
    files["manifest.json"] = json.dumps({**about.to_manifest(), "files": listed}, ensure_ascii=False).encode()
    folder.mkdir(parents=True)
    for path, content in files.items():
        (folder / path).write_bytes(content)


def _timed(label: str, work: object) -> float:
    start = time.perf_counter()
    result = work()  # type: ignore[operator]
    took = time.perf_counter() - start
    print(f"{label}: {took:.2f} s {result if isinstance(result, str) else ''}")
    return took


def _copy(source: Path, target: Path) -> None:
    for file in sorted(source.glob("*/*")):
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        content = file.read_bytes()
        hashlib.sha256(content).hexdigest()
        place.write_bytes(content)


def main() -> None:
    """Make the bundles, build, add one, build again."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="6 releases of 9 classes")
    parser.add_argument("--keep", metavar="DIR", help="make the bundles and sites here and leave them")
    options = parser.parse_args()
    n_classes, n_months = (9, 30) if options.small else (40, 144)
    n_releases = 6 if options.small else n_months
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(options.keep or scratch)
        bundles, spare = root / "bundles", root / "spare"
        if not bundles.is_dir():
            tables = market(n_classes, n_months)
            for k in range(n_months - n_releases, n_months):
                month = month_names.shift(START, k)
                write_bundle(tables, month, bundles / month)
        last = sorted(bundles.iterdir())[-1]
        size = sum(f.stat().st_size for f in bundles.glob("*/*"))
        print(f"{n_releases} bundles, {n_classes} classes, {size / 1e6:.0f} MB")
        for name in ("site", "floor", "again"):
            shutil.rmtree(root / name, ignore_errors=True)
        floor = _timed("floor: read, digest and write every file", lambda: _copy(bundles, root / "floor"))
        whole = _timed("site from nothing", lambda: build_site(bundles, root / "site").text().splitlines()[0])
        print(f"ratio to floor: {whole / floor:.1f}")
        spare.mkdir(exist_ok=True)
        shutil.move(last, spare / last.name)
        build_site(bundles, root / "again")
        shutil.move(spare / last.name, last)
        more = _timed("one release more", lambda: build_site(bundles, root / "again").text().splitlines()[1])
        print(f"ratio to from nothing: {more / whole:.3f}")
        same = {p.relative_to(root / "site") for p in (root / "site").rglob("*") if p.is_file()}
        assert all((root / "again" / p).read_bytes() == (root / "site" / p).read_bytes() for p in same)
        _timed("nothing new", lambda: build_site(bundles, root / "again").text().splitlines()[1])


if __name__ == "__main__":
    main()
