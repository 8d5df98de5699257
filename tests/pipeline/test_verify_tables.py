"""Verify computes every table of a release again and names the row and the column that somebody changed."""

import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from shuibei_index import pipeline
from shuibei_index.pipeline import publishing
from shuibei_index.release.computed import computed_tables
from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace

MONTH = "2024-03"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """Two releases, so that the second has revisions to compare; the season is left as it is."""
    folder = tmp_path_factory.mktemp("verify") / "ws"
    simulate(folder, start="2024-01", end=MONTH, seed=6, firms=8, formats=("csv",), mistakes=0.0)
    workspace = Workspace.open(folder)
    pipeline.run(workspace, "2024-01", "2024-02")
    pipeline.run(workspace, MONTH, MONTH)
    return workspace


def forged(workspace, tmp_path, changes, month=MONTH):
    """A copy of the release with other files, and a manifest that agrees with them."""
    folder = tmp_path / month
    shutil.copytree(workspace.releases / month, folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for path, change in changes.items():
        content = (folder / path).read_bytes()
        made = change(content)
        assert made != content
        (folder / path).write_bytes(made)
        entry = next(e for e in manifest["files"] if e["path"] == path)
        entry |= {"bytes": len(made), "sha256": hashlib.sha256(made).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    return pipeline.verify(folder, workspace.root)


def said(verified, path):
    return [problem for problem in verified.report.problems if problem.file == path]


def in_table(column, row, value):
    """Return a change of one cell of a Parquet file."""

    def change(content):
        table = pq.read_table(io.BytesIO(content))
        frame = table.to_pandas()
        frame.loc[row, column] = value
        sink = io.BytesIO()
        pq.write_table(table.from_pandas(frame, schema=table.schema), sink)
        return sink.getvalue()

    return change


def test_what_was_released_is_what_is_computed(released):
    assert pipeline.verify(released.releases / MONTH).report.problems == ()


def moved(factor):
    """The tables computed again with every number a little off, as on a processor that rounds another way."""

    def tables(*given, **more):
        frames = computed_tables(*given, **more)
        return {name: frame.apply(lambda c: c * factor if c.dtype == float else c) for name, frame in frames.items()}

    return tables


@pytest.mark.parametrize(("factor", "same"), [(1 + 3e-13, True), (1 + 1e-7, False)])
def test_last_digits_are_no_difference_and_others_are(released, monkeypatch, factor, same):
    monkeypatch.setattr(publishing, "computed_tables", moved(factor))
    problems = pipeline.verify(released.releases / MONTH).report.problems
    assert (problems == ()) == same
    assert same or {"contributions.parquet", "links.parquet"} <= {problem.file for problem in problems}


@pytest.mark.skipif(platform.machine() != "x86_64" or not sys.platform.startswith("linux"), reason="other switches")
def test_a_release_is_verified_on_another_processor(released):
    older = {
        "NPY_DISABLE_CPU_FEATURES": " ".join(np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])),
        "OPENBLAS_CORETYPE": "Prescott",
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX512F",
    }
    command = [sys.executable, "-m", "shuibei_index", "verify", str(released.releases / MONTH), "--json"]
    done = subprocess.run(command, env=os.environ | older, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told["ok"] and told["recomputed"] and not told["differences"], done.stderr


def test_one_digit_of_a_contribution_is_named(released, tmp_path):
    lines = (released.releases / MONTH / "contributions.csv").read_text(encoding="utf-8").splitlines()
    place = next(k for k, line in enumerate(lines) if ",total,mom," in line and line[-3].isdigit())
    other = lines[place][:-3] + str((int(lines[place][-3]) + 1) % 10) + lines[place][-2:]

    def change(content):
        return content.replace(f"\n{lines[place]}\n".encode(), f"\n{other}\n".encode(), 1)

    verified = forged(released, tmp_path, {"contributions.csv": change})
    period, code, level, component, measure, points, _ = lines[place].split(",")
    named = f"period={period} class_code={code} level={level} component={component} measure={measure}"
    found = [p for p in said(verified, "contributions.csv") if "recomputed" in p.en]
    assert not verified.ok and [p.en for p in found] == [
        f"line {place + 1}, {named}, column points_pp: released {other.split(',')[-2]}, recomputed {points}."
    ]
    assert f"第 {place + 1} 行，{named}，列 points_pp：发布" in found[0].zh


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("contributions", "points_pp", 7.5),
        ("components", "making_share", 0.5),
        ("links", "price_updated_weight", 0.5),
        ("quality", "low_95", 12.0),
        ("quality", "n_items", 77_777),
        ("indices", "mom_pct", 3.25),
        ("indices", "obs_status", "M"),
        ("indices", "name_zh", "黄金"),
        ("indices", "obs_conf", "F"),
        ("quality", "obs_conf", "C"),
    ],
)
def test_a_cell_of_any_table_in_full_precision_is_named(released, tmp_path, table, column, value):
    path = f"{table}.parquet"
    verified = forged(released, tmp_path, {path: in_table(column, 0, value)})
    found = [p for p in said(verified, path) if f"column {column}: released {value}" in p.en]
    assert len(found) == 1 and "class_code=" in found[0].en and f"列 {column}：发布 {value}" in found[0].zh


def test_rows_left_out_and_put_in_are_named(released, tmp_path):
    def change(content):
        head, _, second, *rest = content.split(b"\n")
        return b"\n".join([head, second.replace(b"2024", b"2014", 1), *rest])

    verified = forged(released, tmp_path, {"quality.csv": change})
    told = " ".join(p.en for p in said(verified, "quality.csv"))
    assert "period=2014-01 class_code=01: the recomputation has no such row" in told
    assert "period=2024-01 class_code=00: the recomputation has this row, the file has not" in told


def test_many_cells_are_counted(released, tmp_path):
    verified = forged(released, tmp_path, {"links.csv": lambda content: content.replace(b",2024-01,", b",2023-11,")})
    told = said(verified, "links.csv")
    assert sum("column link_period" in p.en for p in told) == 5
    assert any(p.en.endswith("more differ from the recomputation.") for p in told)


def test_a_revision_is_compared_with_the_release_before(released, tmp_path):
    frame = pd.read_parquet(released.releases / MONTH / "revisions.parquet")
    line = "2024-01,00,total,NSA,1.00,2.00,1.00,x,F"
    verified = forged(released, tmp_path, {"revisions.csv": lambda content: content + line.encode() + b"\n"})
    told = " ".join(p.en for p in said(verified, "revisions.csv"))
    assert (
        len(frame) < 1000 and "class_code=00 component=total adjustment=NSA: the recomputation has no such row" in told
    )


def test_a_damaged_table_does_not_stop_the_others(released, tmp_path):
    folder = tmp_path / MONTH
    shutil.copytree(released.releases / MONTH, folder)
    content = (folder / "quality.parquet").read_bytes()
    (folder / "quality.parquet").write_bytes(content[:100])
    verified = pipeline.verify(folder, released.root)
    assert {p.file for p in verified.report.problems} == {"quality.parquet"} and verified.again is not None
