"""Checking a store: its ledger, its objects and the releases made from it; and mending what can be mended."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from shuibei_index.errors import StoreError
from shuibei_index.store.derived import Derived
from shuibei_index.store.faults import Fault, StoreCheck
from shuibei_index.store.head import Head
from shuibei_index.store.ledger import Ledger
from shuibei_index.store.ledger_faults import ledger_faults, log_faults
from shuibei_index.store.lock import WriterLock
from shuibei_index.store.naming import Named, mentioned, named_objects
from shuibei_index.store.object_faults import left_overs, object_faults
from shuibei_index.store.objects import Objects
from shuibei_index.store.release_faults import release_faults
from shuibei_index.store.repairing import Source, keep_intact, mend_objects, mend_releases, set_aside


def check_store(
    root: str | Path,
    *,
    repair: bool = False,
    releases: Path | None = None,
    head: str = "",
    sources: Sequence[Source] = (),
) -> StoreCheck:
    """Check a store; see `Store.check`. Unlike it this also works where the ledger cannot be opened.

    Raises
    ------
    StoreError
        It is to be repaired while somebody writes, or there is no store.
    """
    root = Path(root)
    if not root.is_dir():
        raise StoreError(f"there is no store in {root.name}: nothing to check", zh=f"{root.name} 中没有库，无从检查")
    if releases is None:
        releases = root.parent / "releases" if (root.parent / "workspace.toml").is_file() else None
    with _alone(root, repair) as (alone, notes):
        return _Check(root, releases, head, alone).run(repair, sources, notes)


class _Check:
    def __init__(self, root: Path, releases: Path | None, head: str, alone: bool) -> None:
        self.root, self.releases, self.noted, self.alone = root, releases, head, alone
        self.objects = Objects(root / "objects")
        self.named: dict[str, Named] = {}
        self.mentioned: set[str] = set()

    def run(self, repair: bool, sources: Sequence[Source], notes: list[Fault]) -> StoreCheck:
        # the log first: whoever opens and closes the ledger may empty it
        faults = log_faults(self.root) if self.alone else []
        found, head, rows = ledger_faults(self.root, self.noted)
        faults += found
        ledger = self._open()
        sound = not faults and ledger is not None
        try:
            # listed after the ledger was read: a writer at work has what it names on disk before it names it
            files = self.objects.files()
            left = left_overs(self.objects, files, self.mentioned) if self.alone and sound else []
            left += [_temporary(path) for path in Head(self.root).temporary()] if self.alone else []
            broken, foreign, size = object_faults(files, self.named)
            if repair:
                broken = mend_objects(self.root, self.objects, broken, self.named, sources)
                left = [set_aside(self.root, self.objects, note) for note in left]
            broken += Derived(self.root / "derived").faults(remove=repair)
            wrong, told, released = self._releases(ledger, repair and sound, repair)
            if repair and sound:
                # keeping files of releases adds rows: the head to be noted elsewhere is the new one
                head = ledger_faults(self.root)[1]
        finally:
            if ledger is not None:
                ledger.close()
        counts = {"objects": len(files), "bytes": size, "rows": rows, "releases": released}
        return StoreCheck((*faults, *broken, *wrong), (*notes, *left, *foreign, *told), head, counts)

    def _releases(self, ledger: Ledger | None, keep: bool, repair: bool) -> tuple[list[Fault], list[Fault], int]:
        if ledger is None or self.releases is None:
            return [], [], 0
        try:
            wrong, told = release_faults(ledger, self.objects, self.releases)
            if repair:
                wrong = mend_releases(self.root, ledger, self.objects, self.releases, wrong)
            if keep:
                told = keep_intact(self.root, ledger, self.objects, self.releases, told)
            return wrong, told, len({record.release for record in ledger.releases()})
        except (sqlite3.DatabaseError, ValueError) as error:
            zh, en = "账本损坏，未能核对发布包。", f"cannot be looked at: the ledger is damaged ({error})."
            return [Fault("ledger_damaged", "releases", zh, en)], [], 0

    def _open(self) -> Ledger | None:
        try:
            ledger = Ledger.open(self.root / "ledger.sqlite")
        except StoreError:
            # named by `ledger_faults`
            return None
        try:
            self.named, self.mentioned = named_objects(ledger.connection), mentioned(ledger.connection)
        except (sqlite3.DatabaseError, ValueError):
            # damage in the pages of a table, named as well: what it counted on cannot be told
            ledger.close()
            return None
        return ledger


@contextmanager
def _alone(root: Path, needed: bool) -> Iterator[tuple[bool, list[Fault]]]:
    """Hold the writer's lock; without it what a writer at work has on disk cannot be told from what is left over."""
    lock = WriterLock(root / "lock")
    try:
        lock.acquire("store check")
    except StoreError as error:
        if needed:
            raise
        note = Fault(
            "not_alone",
            "store/lock",
            "库正被写入或不可写：未检查日志与遗留的临时文件、对象。",
            f"the log and left-over files were not looked at: {error}",
        )
        yield False, [note]
        return
    try:
        yield True, []
    finally:
        lock.release()


def _temporary(path: Path) -> Fault:
    return Fault(
        "temporary", path.name, "被中断的写入留下的临时文件。", "a temporary file of a writing that was killed."
    )
