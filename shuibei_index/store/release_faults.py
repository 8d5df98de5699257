"""Faults of releases: every file of releases/ compared with the digests of the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from shuibei_index.errors import StoreError
from shuibei_index.store.faults import Fault
from shuibei_index.store.ledger import Ledger
from shuibei_index.store.objects import Objects
from shuibei_index.store.rebuilding import digests_of, latest_releases


def release_faults(ledger: Ledger, objects: Objects, releases: Path) -> tuple[list[Fault], list[Fault]]:
    """Return what is wrong with the folders of releases, and what is worth a note.

    The name of a fault is ``release`` for a whole folder and ``release/path`` for a file.
    """
    faults: list[Fault] = []
    notes: list[Fault] = []
    records = latest_releases(ledger)
    for name, record in records.items():
        folder, kept = releases / name, ledger.released_files(record.seq)
        if not folder.is_dir():
            faults.append(_gone(name, bool(kept)))
            continue
        try:
            expected = digests_of(ledger, record, _manifest(objects, folder, record.manifest))
        except (StoreError, ValueError) as error:
            zh, en = "清单已变，无从核对其他文件。", "the manifest was changed: nothing to compare the other files with"
            faults.append(Fault("release_changed", f"{name}/manifest.json", zh, f"{en} ({error})."))
            continue
        faults += _differing(folder, name, expected, bool(kept))
        if not kept:
            zh = "该版文件尚未存入库，文件夹丢失后无法重建；用 --repair 存入。"
            en = "its files are not kept in the store: a lost folder cannot be rebuilt; --repair keeps them."
            notes.append(Fault("release_not_kept", name, zh, en))
    if releases.is_dir():
        for path in sorted(releases.iterdir()):
            if path.name not in records and not path.name.startswith("."):
                zh, en = "账本没有这一发布。", "the ledger knows no such release."
                notes.append(Fault("release_unknown", path.name, zh, en))
    return faults, notes


def intact_files(ledger: Ledger, objects: Objects, releases: Path) -> dict[int, dict[str, bytes]]:
    """Return the files of releases not kept in the store whose folders are as the ledger recorded them."""
    found = {}
    for name, record in latest_releases(ledger).items():
        folder = releases / name
        if ledger.released_files(record.seq) or not folder.is_dir():
            continue
        try:
            expected = digests_of(ledger, record, _manifest(objects, folder, record.manifest))
        except (StoreError, ValueError):
            # named by `release_faults`: there is nothing to keep
            continue
        if not _differing(folder, name, expected, False):
            found[record.seq] = {path: (folder / path).read_bytes() for path in expected}
    return found


def _manifest(objects: Objects, folder: Path, sha256: str) -> bytes:
    """Return the manifest that was recorded: the folder's own if it is that one, else the store's."""
    path = folder / "manifest.json"
    data = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(data).hexdigest() != sha256:
        data = objects.get_bytes(sha256)
    json.loads(data)
    return data


def _differing(folder: Path, name: str, expected: Mapping[str, str], kept: bool) -> list[Fault]:
    return sorted(_compare(folder, name, expected, kept), key=lambda fault: fault.name)


def _compare(folder: Path, name: str, expected: Mapping[str, str], kept: bool) -> Iterator[Fault]:
    there = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if not p.is_dir()}
    zh_how, en_how = (
        ("可用 --repair 从库恢复。", "--repair restores it.") if kept else ("请从备份恢复。", "Restore it.")
    )
    for path, sha256 in expected.items():
        if path not in there:
            zh, en = "发布包缺少该文件。", "is missing in the release."
        elif hashlib.sha256(there[path].read_bytes()).hexdigest() != sha256:
            zh, en = "与发布时的内容不符。", "is not what was released."
        else:
            continue
        yield Fault("release_changed", f"{name}/{path}", zh + zh_how, f"{en} {en_how}")
    for path in there.keys() - expected.keys():
        zh, en = "不属于该发布的文件，请移走。", "is no file of this release; take it out."
        yield Fault("release_foreign", f"{name}/{path}", zh, en)


def _gone(name: str, kept: bool) -> Fault:
    if kept:
        zh, en = "发布文件夹缺失，可用 store rebuild 重建。", "its folder is missing; 'store rebuild' writes it anew."
    else:
        zh, en = "发布文件夹缺失，库中未存其文件，请从备份恢复。", "its folder is missing and its files were not kept."
    return Fault("release_missing", name, zh, en)
