"""One bit flipped anywhere in a bundle: the file is named, whatever kind of file, wherever in it the bit lies."""

from __future__ import annotations

import random

import pytest

from shuibei_index.release.bundle import Release


def flipped(data: bytes, bit: int) -> bytes:
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def test_every_file_but_the_manifest(release: Release) -> None:
    """Parquet padding and statistics, white space of JSON, comments of a page: all of it counts."""
    assert release.verify().ok
    chance = random.Random(5)
    kinds = set()
    for path, data in release.files.items():
        if path == "manifest.json":
            continue
        kinds.add(path.rpartition(".")[2])
        # the first and the last byte, and two bits anywhere
        for bit in (0, 8 * len(data) - 1, chance.randrange(8 * len(data)), chance.randrange(8 * len(data))):
            report = Release({**release.files, path: flipped(data, bit)}).verify()
            assert [problem.file for problem in report.problems] == [path], (path, bit)
            assert all(problem.zh and problem.en for problem in report.problems)
    assert kinds >= {"csv", "parquet", "json", "html"}


def test_the_digests_in_the_manifest(release: Release) -> None:
    """A bit of the list of files; what else the manifest says is held by its signature and by the store."""
    data = release.files["manifest.json"]
    start, end = data.index(b'"files"'), data.rindex(b"]")
    at = [i for i in range(start, end) if data[i : i + 1].isalnum() or data[i : i + 1] in b'":{}']
    for place in random.Random(6).sample(at, 60):
        changed = flipped(data, 8 * place + random.Random(place).randrange(8))
        report = Release({**release.files, "manifest.json": changed}).verify()
        assert not report.ok, data[place - 20 : place + 20]


@pytest.mark.parametrize("name", ["indices.parquet", "bulletin.zh.html"])
def test_a_file_cut_short_or_with_a_byte_more(release: Release, name: str) -> None:
    data = release.files[name]
    for other in (data[:-1], data + b"\0", b""):
        assert [p.file for p in Release({**release.files, name: other}).verify().problems] == [name]
