"""Aside: a workspace to try things in. It reads everything of the real one and leaves nothing in it."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shuibei_index.store import Store
from shuibei_index.store.derived import Derived
from shuibei_index.store.objects import Objects
from shuibei_index.store.store import LEDGER
from shuibei_index.workspace import Workspace


@dataclass(frozen=True)
class AsideWorkspace(Workspace):
    """The settings and lists of a workspace, with inbox, store and work of its own."""

    own: Path

    @property
    def inbox(self) -> Path:
        """Folder of the files that are tried."""
        return self.own / "inbox"

    @property
    def store(self) -> Path:
        """Folder of the copy of the ledger and of new objects."""
        return self.own / "store"

    def work(self, month: str) -> Path:
        """Return a folder for what the team would be told."""
        return self.own / "work" / month


class _Layered(Objects):
    """Objects of a folder on top of those of another, which is only read."""

    def __init__(self, root: Path, below: Objects) -> None:
        super().__init__(root)
        self._below = below

    def path(self, sha256: str) -> Path:
        return super().path(sha256) if super().__contains__(sha256) else self._below.path(sha256)

    def __contains__(self, sha256: str) -> bool:
        return super().__contains__(sha256) or sha256 in self._below


class _LayeredDerived(Derived):
    """Derived tables of a folder on top of those of another, which is only read."""

    def __init__(self, root: Path, below: Derived) -> None:
        super().__init__(root)
        self._below = below

    def get(self, key: str) -> bytes | None:
        found = self._below.get(key)
        return found if found is not None else super().get(key)


@contextmanager
def aside(workspace: Workspace, month: str, file: Path | None = None) -> Iterator[tuple[AsideWorkspace, Store]]:
    """Open a copy of a workspace's ledger on top of its objects, with the inbox of a month and one more file.

    Parameters
    ----------
    workspace : Workspace
    month : str
        Of the inbox folder that is tried.
    file : Path, optional
        A file that is not in the inbox yet.

    Yields
    ------
    AsideWorkspace, Store
        Whatever is written to them is gone at the end; the workspace itself is as it was.
    """
    with tempfile.TemporaryDirectory(prefix="shuibei-") as scratch, Store.open(workspace.store) as real:
        own = Path(scratch)
        (own / "store").mkdir(mode=0o700)
        _copy_ledger(real, own / "store" / LEDGER)
        _fill_inbox(workspace.inbox / month, own / "inbox" / month, file)
        with Store.open(own / "store") as store:
            store.objects = _Layered(own / "store" / "objects", real.objects)
            store.derived = _LayeredDerived(own / "store" / "derived", real.derived)
            yield AsideWorkspace(workspace.root, workspace.settings, own), store


def _copy_ledger(real: Store, path: Path) -> None:
    connection = sqlite3.connect(path)
    try:
        # one state of the ledger, whoever writes meanwhile
        real._ledger.connection.backup(connection)
    finally:
        connection.close()


def _fill_inbox(folder: Path, own: Path, file: Path | None) -> None:
    own.parent.mkdir(parents=True)
    if file is None:
        if folder.is_dir():
            own.symlink_to(folder.resolve(), target_is_directory=True)
        return
    own.mkdir()
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        # what is no regular file is said at acceptance
        if path.is_file() and not path.is_symlink():
            shutil.copy2(path, own / path.name)
    shutil.copy2(file, own / file.name)
