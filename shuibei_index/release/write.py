"""Write a folder of files so that, whatever happens, it is there as a whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from shuibei_index.errors import ReleaseError, first_few
from shuibei_index.signature.statement import NAME as SIGNATURE

if sys.platform != "win32":
    import fcntl

_FOLDER_MODE, _FILE_MODE = 0o755, 0o644  # a release is public: its rights do not depend on who made it


def write_folder(files: Mapping[str, bytes], folder: Path) -> Path:
    """Write `files` (relative path → bytes) as `folder`.

    Raises
    ------
    ReleaseError
        The folder exists with other content.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    if _already(files, folder):
        return folder
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
    lock = _hold(staging)
    try:
        for path, content in files.items():
            _write(staging / path, content)
        for inner in sorted((p for p in staging.rglob("*") if p.is_dir()), reverse=True):
            inner.chmod(_FOLDER_MODE)
            _sync(inner)
        staging.chmod(_FOLDER_MODE)
        _sync(staging)
        try:
            staging.rename(folder)
        except OSError:
            # somebody else was faster: fine if it is the same release
            if not _already(files, folder):
                raise
        _sync(folder.parent)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if lock is not None:
            os.close(lock)
    return folder


def sweep(folder: Path) -> list[Path]:
    """Remove what killed runs left beside `folder`; a folder that a living process still writes is left alone."""
    swept = []
    for stale in sorted(folder.parent.glob(f".{folder.name}.*.tmp")):
        lock = _hold(stale)
        if lock is not None:
            shutil.rmtree(stale, ignore_errors=True)
            os.close(lock)
            swept.append(stale)
    return swept


def _already(files: Mapping[str, bytes], folder: Path) -> bool:
    if not folder.exists():
        return False
    if not folder.is_dir():
        raise ReleaseError(f"{folder} is a file; expected a folder name for the release")
    there = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if not p.is_dir()}
    if SIGNATURE not in files:
        # made once more without the key at hand: the same release, signed already
        there.pop(SIGNATURE, None)
    if "manifest.json" not in there:
        held = ", ".join(sorted(there)[:5]) or "nothing"
        raise ReleaseError(
            f"{folder} is in the way of the release: it holds {held} and is no release (no manifest.json). Nothing was "
            "written; move it elsewhere and run the command again",
            zh=f"{folder.name} 处已有并非发布包的文件夹（内有 {held}，"
            "没有 manifest.json）；未写入任何内容，请移走后重试",
        )
    other = sorted(
        path
        for path in there.keys() | files.keys()
        if path not in there or path not in files or there[path].read_bytes() != files[path]
    )
    if other:
        raise ReleaseError(
            f"{folder} exists with other content: {first_few(other)} differ. A release is never changed; "
            f"publish a revision under a new name: 'shuibei-index release --month {folder.name[:7]} --revision REASON'",
            zh=f"{folder.name} 已发布且内容不同；已发布的版本不再改动，请用 --revision 原因 发布修订版",
        )
    return True


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(_FILE_MODE)


def _sync(folder: Path) -> None:
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _hold(folder: Path) -> int | None:
    # The lock on the temporary folder dies with its process: that is how a sweep tells the dead from the living.
    if sys.platform == "win32":
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle
