"""Bundles of a manifest and a table of indices alone, as small as a test wants them."""

import functools
import hashlib

import numpy as np
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.release.about import About, scheduled
from shuibei_index.release.policy import publication_policy
from shuibei_index.release.schema import TABLES, conform
from shuibei_index.release.tables import json_bytes, parquet_bytes
from shuibei_index.rules import Rules


@functools.cache
def packaged() -> Rules:
    """The rules, read once."""
    return Rules.load()


def about_of(name: str, released_on: str = "", base: str = "2024-01", **changes) -> About:
    """The manifest of a release with nothing in it."""
    policy = publication_policy(packaged().at(name[:7]))
    content = {
        "release": name, "period": name[:7], "status": "provisional", "vintage": name, "base_period": base,
        "package_version": "0", "title": {"zh": "水贝", "en": "Shuibei"},
        "released_on": released_on or scheduled(name[:7], policy), "next_release": "2030-01-15", "tax_basis": "incl",
        "stage": "wholesale", "trial": True, "reason": "", "notes": (), "intake": {}, "engine": {}, "policy": policy,
        "digests": {},
    }  # fmt: skip
    return About(**{**content, **changes})


def rows(levels: dict, code: str = "00", component: str = "total", adjustment: str = "NSA", **columns) -> pd.DataFrame:
    """Rows of a table of indices from month → level."""
    frame = pd.DataFrame({"period": list(levels), "index": list(levels.values())})
    index = frame["index"].astype(float)
    return frame.assign(
        class_code=code, level=0, name_zh="总指数", name_en="Total", component=component, adjustment=adjustment,
        mom_pct=100 * (index / index.shift(1) - 1), yoy_pct=np.nan, ytd_pct=np.nan, obs_status="A", obs_conf="F",
    ).assign(**columns)  # fmt: skip


def bundle(home, about: About, frame: pd.DataFrame) -> None:
    """Write a bundle."""
    folder = home / about.release
    folder.mkdir(parents=True)
    content = parquet_bytes(conform(frame, TABLES["indices"], "test"), TABLES["indices"], {"release": about.release})
    (folder / "indices.parquet").write_bytes(content)
    listed = {"path": "indices.parquet", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "manifest.json").write_bytes(json_bytes({**about.to_manifest(), "files": [listed]}))


def months(start: str, n: int) -> list[str]:
    """So many months from one on."""
    return [month_names.shift(start, k) for k in range(n)]
