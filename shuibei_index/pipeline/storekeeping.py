"""Storekeeping: the store of a workspace checked, mended, and its releases written anew."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from shuibei_index import months as month_names
from shuibei_index.errors import ShuibeiIndexError
from shuibei_index.outcome import say
from shuibei_index.pipeline.taking_in import take_in
from shuibei_index.resources import methodology_dir
from shuibei_index.store import Store
from shuibei_index.store.checking import check_store as check
from shuibei_index.store.repairing import Source, same_bytes
from shuibei_index.workspace import Workspace

if TYPE_CHECKING:
    from shuibei_index.store.faults import StoreCheck
    from shuibei_index.store.naming import Named

#: What of a workspace is read while a month is taken in, beside the store.
_READ = ("workspace.toml", "panel.csv", "weights.csv", "reference")


def check_store(workspace: Workspace, *, repair: bool = False, head: str = "") -> StoreCheck:
    """Check the store of a workspace, and its releases; `head` is the ledger's digest as noted elsewhere.

    With `repair`, lost and changed objects are put back where the very same bytes are: in the inbox, the releases, the
    files of the workspace, the packaged methodology; tables of a month by taking its files in once more.

    Raises
    ------
    StoreError
        There is no store, or it is to be repaired while somebody writes.
    """
    own = [workspace.methodology] if workspace.methodology is not None else []
    files = [workspace.root / name for name in (*_READ, "inbox", "releases") if (workspace.root / name).exists()]
    sources = [same_bytes([*files, *own, methodology_dir()]), retaken(workspace)] if repair else []
    return check(workspace.store, repair=repair, releases=workspace.releases, head=head, sources=sources)


def rebuild_releases(workspace: Workspace) -> list[Path]:
    """Write every release that is not there anew from the store, byte for byte; return the folders written.

    Raises
    ------
    StoreError
        A file of a release is missing or changed in the store, or was never kept there.
    ReleaseError
        A folder is there with other content: it is left as it is.
    """
    with Store.open(workspace.store) as store:
        return store.rebuild_releases(workspace.releases)


def retaken(workspace: Workspace) -> Source:
    """Return a source of a month's tables: its received files taken in once more, in a scratch copy of the store.

    The tables are those wanted only if rules, lists and decisions still are what they were: their digests tell.
    """

    def look(wanted: Mapping[str, Named], scratch: Path) -> list[tuple[Path, str]]:
        found: list[tuple[Path, str]] = []
        for month in sorted({named.month for named in wanted.values() if named.month}):
            try:
                copy = _copy(workspace, scratch / month, month, [path for path, _ in found])
                with Store.open(copy.store) as store:
                    take_in(copy, store, [month], "")
            except (ShuibeiIndexError, sqlite3.Error) as error:
                # one of its files is lost as well, the rules do not reach so far back, or the ledger is damaged
                say(f"{month} 未能重放 could not be replayed: {error}")
                continue
            words = f"由 {month} 的原始报表重放恢复 restored by replaying the files received for {month}"
            made = sorted(path for path in (copy.store / "objects").glob("*/*") if _name(path) in wanted)
            found += [(path, words) for path in made]
        return found

    return look


def _name(path: Path) -> str:
    return path.name.removesuffix(".parquet")


def _copy(workspace: Workspace, root: Path, month: str, restored: Sequence[Path]) -> Workspace:
    """Return a workspace with the ledger, and the objects that taking in a month reads; nothing else of the store."""
    root.mkdir()
    for name in _READ:
        if (workspace.root / name).is_dir():
            shutil.copytree(workspace.root / name, root / name)
        elif (workspace.root / name).is_file():
            shutil.copyfile(workspace.root / name, root / name)
    own = workspace.methodology
    if own is not None:
        shutil.copytree(own, root / "own_methodology")
    copy = Workspace(root, dataclasses.replace(workspace.settings, methodology="own_methodology" if own else ""))
    copy.store.mkdir(mode=0o700)
    with (
        closing(sqlite3.connect(workspace.store / "ledger.sqlite")) as source,
        closing(sqlite3.connect(copy.store / "ledger.sqlite")) as target,
    ):
        source.backup(target)
    with Store.open(workspace.store) as store:
        receipts = [r.sha256 for r in store.receipts(month)]
        oldest = month_names.shift(month, -int(workspace.rules().at(month)["price_jump_months"]))
        states = [state for m in store.months() if oldest <= m < month and (state := store.month(m)) is not None]
        known = [*receipts, *(state.accepted for state in states)]
        paths = [store.objects.path(sha) for sha in known if sha in store.objects]
    for path in [*restored, *paths]:
        target_path = copy.store / "objects" / path.parent.name / path.name
        target_path.parent.mkdir(parents=True, exist_ok=True)
        if not target_path.exists():
            _link(path, target_path)
    return copy


def _link(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except OSError:
        # another disk, or one without hard links
        shutil.copyfile(path, target)
