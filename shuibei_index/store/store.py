"""Store: objects and the ledger together. Each command is one transaction: it happened or it did not."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from shuibei_index import months
from shuibei_index.errors import StoreError
from shuibei_index.store import chain
from shuibei_index.store.connecting import begun
from shuibei_index.store.derived import Derived
from shuibei_index.store.head import Head
from shuibei_index.store.ledger import Ledger, MonthState, Receipt, ReleaseRecord
from shuibei_index.store.lock import WriterLock
from shuibei_index.store.objects import Objects
from shuibei_index.store.register import Register
from shuibei_index.store.rights import tighten
from shuibei_index.store.transaction import Transaction
from shuibei_index.store.upgrades import upgrade
from shuibei_index.teamfiles import make_folder

if TYPE_CHECKING:
    from shuibei_index.store.faults import StoreCheck
    from shuibei_index.store.repairing import Source

__all__ = ["LEDGER", "Store", "Transaction"]

#: File of the ledger in the folder of a store.
LEDGER = "ledger.sqlite"


class Store:
    """The program's own folder of a workspace.

    Attributes
    ----------
    objects : Objects
        Raw files and tables, by digest.
    derived : Derived
        Tables made of objects, to be faster next time; may be deleted.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Store.open(folder) as store:
    ...     with store.writer("doc") as tx:
    ...         sha256 = tx.objects.put_bytes(b"what E001 sent")
    ...     store.objects.get_bytes(sha256)
    b'what E001 sent'
    """

    def __init__(self, root: Path, ledger: Ledger) -> None:
        self.root = root
        self.objects = Objects(root / "objects")
        self.derived = Derived(root / "derived")
        self._ledger = ledger
        self._lock = WriterLock(root / "lock")
        self._head = Head(root)

    @classmethod
    def open(cls, root: str | Path) -> Store:
        """Open the store in a folder; make an empty one if there is none.

        Raises
        ------
        StoreError
            The folder cannot be written to make a store in, or its ledger is damaged or of a newer version.
        """
        root = Path(root)
        path = root / LEDGER
        try:
            if not begun(path) and not Head(root).read():
                make_folder(root)
                Ledger.create(path)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"no store can be made in {root.name} ({error}); check rights and space.",
                zh=f"无法在 {root.name} 建库（{error}），请检查权限与空间",
            ) from error
        tighten(root)
        ledger = Ledger.open(path)
        store = cls(root, ledger)
        store._sweep()
        return store

    def close(self) -> None:
        """Close the ledger."""
        self._ledger.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def writer(self, command: str) -> Iterator[Transaction]:
        """Write: everything done within is kept together, or nothing if an exception leaves the block.

        Parameters
        ----------
        command
            What is being done, e.g. "intake 2025-06"; a second writer is told.

        Raises
        ------
        StoreError
            Somebody else is writing.
        """
        before = self._lock.acquire(command)
        connection = self._ledger.connection
        try:
            if before:
                _say_taken_over(before)
            connection.execute("BEGIN IMMEDIATE")
            # a store of an older form becomes one of today's with the first command that writes, or stays as it was
            upgrade(connection)
            self._head.require(connection)
            chain.require_untouched(connection)
            yield Transaction(self._ledger, self.objects)
            chain.seal(connection)
            # What the ledger is about to name must be on disk before it does.
            self.objects.flush()
            connection.execute("COMMIT")
            self._head.note(connection)
        except sqlite3.Error as error:
            raise StoreError(
                f"the ledger cannot be written ({error}); {command!r} changed nothing. "
                "Check space and rights of store/.",
                zh=f"账本无法写入（{error}）；{command!r} 未作任何改动，请检查 store/ 的空间与权限",
            ) from error
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._lock.release()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read one state: within the block everything is as it was at its beginning, whoever writes meanwhile.

        Neither readers nor writers wait for one another. Within a writer's transaction, or another snapshot, that one
        state is read anyway.
        """
        connection = self._ledger.connection
        if connection.in_transaction:
            yield
            return
        connection.execute("BEGIN")
        try:
            # SQLite takes the state at the first reading, not at the beginning
            connection.execute("SELECT count(*) FROM about").fetchone()
            yield
        finally:
            connection.execute("COMMIT")

    def require_sealed(self, only: Collection[str] = ()) -> None:
        """Stop if rows of the ledger are not those that were sealed; see `chain.require_sealed`.

        Raises
        ------
        StoreError
            Names the first such row.
        """
        with self.snapshot():
            chain.require_sealed(self._ledger.connection, only)

    def receipts(self, month: str | None = None) -> list[Receipt]:
        """Return receipts by number: all, or those received in a month's inbox or holding records of that month."""
        if month is not None:
            months.ordinal(month)
        return self._ledger.receipts(month)

    def numbered_receipts(self, numbers: Iterable[int]) -> list[Receipt]:
        """Return the receipts with these numbers, in order; a number nobody has is left out."""
        every = json.dumps(sorted(set(numbers)))
        return self._ledger._receipts("WHERE r.seq IN (SELECT value FROM json_each(?))", (every,))

    def month(self, month: str) -> MonthState | None:
        """Return the latest state of a month, or None."""
        return self._ledger.month(month)

    def months(self) -> list[str]:
        """Return the months that have a state, in order."""
        return self._ledger.months()

    def releases(self) -> list[ReleaseRecord]:
        """Return the releases made, in order."""
        return self._ledger.releases()

    @property
    def register(self) -> Register:
        """Queries to firms, their answers and the decisions taken: reading only."""
        return Register(self._ledger.connection)

    def released_files(self, release: int) -> dict[str, str]:
        """Return the objects that hold the files of a release (by its number in the ledger), by path."""
        return self._ledger.released_files(release)

    def check(
        self, repair: bool = False, *, releases: Path | None = None, head: str = "", sources: Sequence[Source] = ()
    ) -> StoreCheck:
        """Check everything: objects, ledger, chain of digests, log, releases; repair what can be repaired.

        Parameters
        ----------
        repair
            Mend what can be mended from what is there; nothing is deleted that is not known to be worthless.
        releases
            Folder of the bundles; default: the one beside the store, if the store is that of a workspace.
        head
            Digest of the ledger noted elsewhere: the ledger must still have been in that state once.
        sources
            Where lost objects may be found; see `store.repairing`.
        """
        from shuibei_index.store.checking import check_store

        return check_store(self.root, repair=repair, releases=releases, head=head, sources=sources)

    def rebuild_releases(self, releases: str | Path) -> list[Path]:
        """Write every release that is not there anew from the store, byte for byte; return the folders written.

        Raises
        ------
        StoreError
            A file of a release is missing or changed in the store, or was never kept there.
        ReleaseError
            A folder is there with other content: it is left as it is.
        """
        from shuibei_index.store.rebuilding import rebuild

        return rebuild(self, Path(releases))

    def _sweep(self) -> None:
        # Left-overs of a killed writer go, but never those of one at work: without the lock nothing is touched.
        if not any(self.objects.root.glob("incoming-*")) and not self._head.temporary():
            return
        try:
            self._lock.acquire("sweep")
        except StoreError:  # somebody is at work, or nothing can be written here: the next one sweeps
            return
        try:
            self.objects.sweep()
            self._head.sweep()
        finally:
            self._lock.release()


def _say_taken_over(before: str) -> None:
    sys.stderr.write(
        f"注意 note: 上一写入者未正常结束，其未完成的改动已撤销 {before} ended before it had finished; "
        "what it had not finished was taken back\n"
    )
