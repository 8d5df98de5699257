from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import pytest

from shuibei_index.release import Release


def resigned(release: Release, path: str, change: Callable[[bytes], bytes]) -> Release:
    """Change a file and make the manifest agree, as somebody who knows the format would."""
    files = dict(release.files)
    files[path] = change(files[path])
    assert files[path] != release.files[path]
    manifest = json.loads(files["manifest.json"])
    for entry in manifest["files"]:
        content = files[entry["path"]]
        entry |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    files["manifest.json"] = json.dumps(manifest, ensure_ascii=False).encode()
    return Release(files)


def test_a_release_agrees_with_itself(release: Release) -> None:
    report = release.verify()
    assert report.ok
    assert report.problems == ()
    assert report.n_files == len(release.files)
    assert "全部相符" in report._repr_html_()


def test_changed_missing_and_foreign_files(release: Release) -> None:
    files = dict(release.files)
    level = release.facts.headline.index.encode()
    files["indices.csv"] = files["indices.csv"].replace(b"," + level + b",", b",999.99,")
    files["quality.csv"] += b"x"
    del files["bulletin.zh.html"]
    files["notes.txt"] = b"hello"
    report = Release(files).verify()
    assert not report.ok
    said = {p.file: str(p) for p in report.problems}
    assert "the content was changed" in said["indices.csv"]
    assert "校验和不符" in said["indices.csv"]
    assert "bytes, found" in said["quality.csv"]
    assert "it is missing" in said["bulletin.zh.html"]
    assert "does not list" in said["notes.txt"]
    assert report.to_frame().shape == (4, 3)
    assert "notes.txt" in report._repr_html_()


@pytest.mark.parametrize(
    ("path", "old", "new", "problem"),
    [
        ("indices.csv", b",{00},", b",999.99,", "is not indices.parquet rounded"),
        ("contributions.csv", b",yoy,", b",mom,", "is not contributions.parquet rounded"),
        ("adjustment.csv", b"adjusted", b"refused", "is not adjustment.parquet rounded"),
        ("indices.json", b'"P"', b'"A"', "differs from indices.parquet"),
        ("bulletin.zh.html", "为{00}点".encode(), "为999.99点".encode(), "does not say what the data say"),
        ("bulletin.en.html", b">{01}<", b">999.99<", "index of 01 reads 999.99, indices.csv says {01}"),
        ("bulletin.zh.html", b'data-class="0402"', b'data-class="0499"', "class 0402 is not shown"),
    ],
)
def test_formats_and_bulletins_that_disagree(release: Release, path: str, old: bytes, new: bytes, problem: str) -> None:
    for row in release.facts.rows[:2]:
        mark = "{" + row.code + "}"
        old, problem = old.replace(mark.encode(), row.index.encode()), problem.replace(mark, row.index)

    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new) if b"class" in old else content.replace(old, new, 1)

    report = resigned(release, path, change).verify()
    assert any(p.file == path and problem in p.en for p in report.problems), report.summary()


def test_a_file_that_belongs_to_every_bundle(release: Release) -> None:
    files = dict(release.files)
    del files["links.parquet"]
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = [f for f in manifest["files"] if f["path"] != "links.parquet"]
    files["manifest.json"] = json.dumps(manifest).encode()
    assert [p.en for p in Release(files).verify().problems] == ["a release bundle must have this file."]


@pytest.mark.parametrize("manifest", [b"", b"[]", b'{"schema_version": "9"}', b'{"schema_version": "1"}'])
def test_a_manifest_that_cannot_be_read_is_a_problem(release: Release, manifest: bytes) -> None:
    report = Release({**release.files, "manifest.json": manifest}).verify()
    assert [p.file for p in report.problems] == ["manifest.json"]
