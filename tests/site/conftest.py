"""Small bundles made table by table, with names and notes that mean harm, and the site built from them."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuibei_index import months as month_names
from shuibei_index.release.about import About, scheduled
from shuibei_index.release.calendar import next_dates
from shuibei_index.release.policy import publication_policy
from shuibei_index.release.schema import TABLES, conform
from shuibei_index.release.tables import csv_bytes, indices_json, parquet_bytes
from shuibei_index.rules import Rules
from shuibei_index.site import build, build_site

HOSTILE = '<script>alert("x")</script>'
FORMULA = "=cmd|' /C calc'!A0"
NOTE = "注<img src=x onerror=alert(1)>" + "很长" * 5000
CLASSES = (
    ("00", 0, "总指数", "All jewellery"),
    ("01", 1, HOSTILE, HOSTILE),
    ("02", 1, "银饰品", FORMULA),
    ("0101", 2, "足金饰品", "Pure gold & more"),
    ("90", 1, "投资金条", "Bars"),
)
CORRECTION = {"zh": "更正", "en": "correction"}
START, LAST = "2022-01", "2024-06"
#: The class withheld in the last two months, and the month of the real revision.
WITHHELD, REVISED = "02", "2024-03"


def _filled(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Fill in columns that a table has and this market does not care for."""
    table = TABLES[name]
    for column in table.columns:
        if column.name not in frame:
            empty = np.nan if column.is_number or column.kind == "integer" else ""
            frame = frame.assign(**{column.name: "F" if column.name == "obs_conf" else empty})
    return conform(frame, table, name)


def tables(month: str, shift: float = 0.0) -> dict[str, pd.DataFrame]:
    """Return the tables of a release of this month; `shift` raises the index of REVISED, as a late file would."""
    months = [m for m in month_names.between(START, LAST) if m <= month]
    rng = np.random.default_rng(7)
    every = month_names.between(START, LAST)
    kinds = [(c, k, a) for c in CLASSES for k in ("total", "metal") for a in ("NSA", "SA") if (k, a) != ("metal", "SA")]
    level = 100 * np.exp(np.cumsum(rng.normal(0.003, 0.02, (len(every), len(kinds))), axis=0))[: len(months)]
    if REVISED in months:
        level[months.index(REVISED), [k[2] == "NSA" for k in kinds]] += shift
    frame = pd.DataFrame({"period": np.repeat(months, len(kinds)), "index": level.ravel()})
    for name, at in (("class_code", 0), ("level", 1), ("name_zh", 2), ("name_en", 3)):
        frame[name] = np.tile([k[0][at] for k in kinds], len(months))
    frame["component"] = np.tile([k[1] for k in kinds], len(months))
    frame["adjustment"] = np.tile([k[2] for k in kinds], len(months))
    wide = pd.DataFrame(level)
    frame["mom_pct"] = (100 * wide.pct_change(1)).to_numpy().ravel()
    frame["yoy_pct"] = frame["ytd_pct"] = (100 * wide.pct_change(12)).to_numpy().ravel()
    frame = frame.assign(obs_status="A", obs_conf="F")
    withheld = frame["class_code"].eq(WITHHELD) & frame["period"].ge("2024-05")
    frame.loc[withheld, ["index", "mom_pct", "yoy_pct", "ytd_pct"]] = np.nan
    frame.loc[withheld, "obs_conf"] = "C"
    points = pd.DataFrame({"class_code": ["01", "02"], "level": 1, "points_pp": [0.4, -0.1]}).assign(component="total")
    points = pd.concat([points.assign(period=month, measure=m) for m in ("mom", "yoy")])
    codes = [c[0] for c in CLASSES]
    links = pd.DataFrame({"class_code": codes, "year": int(month[:4]), "link_period": "2023-12", "link_factor": 100.0})
    links = links.assign(weight=1.0, price_updated_weight=[1.0, 0.6, 0.4, 0.6, np.nan])
    quality = pd.DataFrame({"class_code": codes, "period": month, "n_enterprises": 9, "response_rate_count": 0.95})
    revisions = pd.DataFrame({"period": [REVISED], "class_code": "00", "component": "total", "adjustment": "NSA"})
    revisions = revisions.assign(previous=100.0, current=101.0, revision=1.0, reason="迟报 / late file")
    content = {"indices": frame, "contributions": points, "links": links, "quality": quality, "revisions": revisions}
    return {name: _filled(one, name) for name, one in content.items()}


def write_bundle(
    folder: Path, month: str, name: str = "", shift: float = 0.0, released_on: str = "", embargo_until: str = ""
) -> None:
    """Write one release; one with a name of its own is a correction of the month's first."""
    changed = {"values": 4, "from": REVISED, "to": REVISED, "classes": ["00", "01"]}
    policy = publication_policy(Rules.load().at(month))
    about = About(
        release=name or month, period=month, status="provisional", vintage=name or month, base_period="2022",
        package_version="0.1.0", title={"zh": "水贝指数（测试）", "en": "Shuibei Index <test>"},
        released_on=released_on or scheduled(month, policy),
        next_release=scheduled(month_names.shift(month, 1), policy),
        tax_basis="incl", stage="wholesale", trial=True, reason="更正 / correction" if name else "",
        notes=({"zh": NOTE, "en": NOTE},), intake={"read": 1}, engine={}, policy=policy, digests={},
        errata=({"corrects": month, "reason": CORRECTION, "changed": changed},) if name else (),
        embargo_until=embargo_until, next_dates=tuple(next_dates(month, policy)),
    )  # fmt: skip
    files = {"bulletin.zh.html": b"<!doctype html><title>z</title>", "bulletin.en.html": b"<!doctype html>"}
    files |= {"bulletin.zh.pdf": b"%PDF-1.7", "facts.json": b"{}", "new/thing.bin": b"x"}
    for table, frame in tables(month, shift).items():
        files[f"{table}.csv"] = csv_bytes(frame, TABLES[table], policy)
        files[f"{table}.parquet"] = parquet_bytes(frame, TABLES[table], {"release": about.release})
        if table == "indices":
            files["indices.json"] = indices_json(frame, {"release": about.release})
    listed = [{"path": p, "bytes": len(c), "sha256": hashlib.sha256(c).hexdigest()} for p, c in sorted(files.items())]
    files["manifest.json"] = json.dumps({**about.to_manifest(), "files": listed}, ensure_ascii=False).encode()
    folder.mkdir(parents=True)
    for path, content in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)


@pytest.fixture(scope="session")
def bundles(tmp_path_factory) -> Path:
    """Four months and, released last, a revision of the second: the latest vintage is not the last release."""
    root = tmp_path_factory.mktemp("bundles")
    for month in ("2024-03", "2024-04", "2024-05", "2024-06"):
        write_bundle(root / month, month)
    write_bundle(root / "2024-04-r1", "2024-04", "2024-04-r1", shift=1.5, released_on="2024-08-01")
    return root


@pytest.fixture(scope="session")
def small_methodology(tmp_path_factory) -> Path:
    """A methodology of two pages and a decision: rendering the real one again and again proves nothing more."""
    folder = tmp_path_factory.mktemp("methodology")
    (folder / "decisions").mkdir()
    (folder / "rules").mkdir()
    (folder / "1-first.md").write_text(
        "# First 首\n<!-- rules:x -->\n| a | b |\n|---|---|\n| <script>1</script> | `x<y` |\n\n"
        "[decision](decisions/0001-x.md#why) [rule](rules/a.toml) [code](../tests/x.py) [self](#first-首)\n",
        encoding="utf-8",
    )
    (folder / "glossary.md").write_text("# Glossary 术语对照\n\n[back](1-first.md)\n", encoding="utf-8")
    (folder / "decisions/0001-x.md").write_text(
        "# 0001 A decision\n\n## Why\n\n[up](../1-first.md)\n", encoding="utf-8"
    )
    (folder / "rules/a.toml").write_text("a = 1\n", encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _methodology(monkeypatch, small_methodology):
    monkeypatch.setattr(build, "methodology_dir", lambda: small_methodology)


@pytest.fixture(scope="session")
def site(bundles, small_methodology, tmp_path_factory) -> Path:
    """The site of all five, built at once; only to be read."""
    out = tmp_path_factory.mktemp("site") / "www"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "methodology_dir", lambda: small_methodology)
        build_site(bundles, out, base_url="https://example.org/index")
    return out


@pytest.fixture
def own_bundles(bundles, tmp_path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(bundles, tmp_path / "bundles"))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
