"""Repairing: lost bytes put back where the very same bytes are found. Nothing is deleted but temporary files."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from shuibei_index.errors import StoreError
from shuibei_index.store import chain
from shuibei_index.store.faults import Fault
from shuibei_index.store.head import Head
from shuibei_index.store.ledger import Ledger
from shuibei_index.store.naming import Named
from shuibei_index.store.objects import Objects
from shuibei_index.store.rebuilding import latest_releases
from shuibei_index.store.release_faults import intact_files
from shuibei_index.store.upgrades import upgrade

#: Where lost objects may be found: given what is wanted, by digest, and a scratch folder, it returns the files that may
#: hold them, each with words on where it is from. What they hold is checked here; a source need not be right.
Source = Callable[[Mapping[str, Named], Path], Sequence[tuple[Path, str]]]

#: Kinds of fault that other bytes of the same digest mend.
_MENDABLE = ("object_changed", "object_missing")


def mend_objects(
    root: Path, objects: Objects, faults: list[Fault], named: Mapping[str, Named], sources: Sequence[Source]
) -> list[Fault]:
    """Put lost and changed objects back from the sources; return the faults, those mended with what was done.

    A changed object is not thrown away: it goes to ``aside/``.
    """
    wanted = {f.name: named.get(f.name, Named(f.name, "")) for f in faults if f.kind in _MENDABLE}
    done: dict[str, str] = {}
    for source in sources:
        with tempfile.TemporaryDirectory() as scratch:
            for path, where in source({s: n for s, n in wanted.items() if s not in done}, Path(scratch)):
                data = path.read_bytes()
                sha256 = hashlib.sha256(data).hexdigest()
                if sha256 in wanted and sha256 not in done:
                    kept = _put_back(root, objects, sha256, data, wanted[sha256].table)
                    done[sha256] = where + kept
    objects.flush()
    return [dataclasses.replace(f, done=done[f.name]) if f.name in done else f for f in faults]


def mend_releases(root: Path, ledger: Ledger, objects: Objects, releases: Path, faults: list[Fault]) -> list[Fault]:
    """Write lost and changed files of releases, and lost folders, from the store; return the faults."""
    # late: the writing of bundles belongs to a later stage than the store
    from shuibei_index.release.write import write_folder

    records = latest_releases(ledger)
    mended = []
    for fault in faults:
        name, _, path = fault.name.partition("/")
        kept = ledger.released_files(records[name].seq) if name in records else {}
        try:
            if fault.kind == "release_missing" and kept:
                write_folder({p: objects.get_bytes(s) for p, s in kept.items()}, releases / name)
                fault = dataclasses.replace(fault, done="由库重建 rebuilt from the store")
            elif fault.kind == "release_changed" and path in kept:
                data = objects.get_bytes(kept[path])
                aside = _move_aside(root, releases / fault.name, f"releases/{fault.name}")
                _write(releases / fault.name, data)
                fault = dataclasses.replace(fault, done="由库恢复 restored from the store" + aside)
        except StoreError as error:
            # its object is lost as well: a fault of its own, named above
            fault = dataclasses.replace(fault, en=f"{fault.en} ({error})")
        mended.append(fault)
    return mended


def keep_intact(root: Path, ledger: Ledger, objects: Objects, releases: Path, notes: list[Fault]) -> list[Fault]:
    """Keep in the store the files of releases of older versions whose folders are sound; return the notes."""
    intact = intact_files(ledger, objects, releases)
    if not intact:
        return notes
    connection = ledger.connection
    connection.execute("BEGIN IMMEDIATE")
    try:
        upgrade(connection)
        for release, files in intact.items():
            ledger.add_released_files(release, {path: objects.put_bytes(data) for path, data in files.items()})
        chain.seal(connection)
        objects.flush()
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    Head(root).note(connection)
    names = {record.release for record in ledger.releases() if record.seq in intact}
    said = "其文件已存入库 its files are now kept in the store"
    return [
        dataclasses.replace(note, done=said) if note.kind == "release_not_kept" and note.name in names else note
        for note in notes
    ]


def set_aside(root: Path, objects: Objects, note: Fault) -> Fault:
    """Remove a temporary file, move an object that nothing names to ``aside/``; return the note with what was done."""
    if note.kind == "temporary":
        folder = root if note.name.startswith("incoming-head-") else objects.root
        (folder / note.name).unlink(missing_ok=True)
        return dataclasses.replace(note, done="已删除 removed")
    moved = _move_aside(root, objects.root / note.name, f"orphans/{note.name}")
    return dataclasses.replace(note, done=moved.removeprefix("；"))


def _put_back(root: Path, objects: Objects, sha256: str, data: bytes, table: bool) -> str:
    kept = ""
    for place in (objects.place(sha256, table=False), objects.place(sha256, table=True)):
        if place.is_file():
            kept, table = _move_aside(root, place, f"objects/{place.name}"), place.suffix == ".parquet"
    objects.put_back(data, table=table)
    return kept


def _move_aside(root: Path, path: Path, name: str) -> str:
    if not path.exists():
        return ""
    target = root / "aside" / name
    number = 1
    while target.exists():
        number += 1
        target = root / "aside" / f"{name}.{number}"
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.rename(target)
    where = target.relative_to(root.parent).as_posix()
    return f"；原有内容移至 what was there is now {where}"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(0o644)
    Path(name).replace(path)


def same_bytes(folders: Sequence[Path]) -> Source:
    """Return a source that looks for the very same bytes in the files of some folders, e.g. inbox/ and releases/."""

    def look(wanted: Mapping[str, Named], scratch: Path) -> list[tuple[Path, str]]:
        # one file after the other: only those of the wanted digest are read into memory afterwards
        found = []
        for folder in folders if wanted else ():
            for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
                if path.is_file() and not path.is_symlink() and _digest(path) in wanted:
                    place = path.relative_to(folder.parent).as_posix()
                    found.append((path, f"由相同内容的文件恢复 restored from the same bytes in {place}"))
        return found

    return look


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
