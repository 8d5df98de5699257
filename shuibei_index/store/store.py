"""Store: objects and the ledger together. Each command is one transaction: it happened or it did not."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd
import pyarrow as pa

from shuibei_index import months
from shuibei_index.errors import StoreError
from shuibei_index.intake.limits import Limits
from shuibei_index.intake.source import sent_name
from shuibei_index.store.ledger import Arrival, Ledger, MonthState, Receipt, ReleaseRecord, canonical
from shuibei_index.store.lock import WriterLock
from shuibei_index.store.objects import Objects
from shuibei_index.store.receiving import receive_folder
from shuibei_index.store.register import Register, RegisterWriter
from shuibei_index.store.upgrades import upgrade


class Store:
    """The program's own folder of a workspace.

    Attributes
    ----------
    objects : Objects
        Raw files and tables, by digest.

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
        self._ledger = ledger
        self._lock = WriterLock(root / "lock")

    @classmethod
    def open(cls, root: str | Path) -> Store:
        """Open the store in a folder; make an empty one if there is none.

        Raises
        ------
        StoreError
            The folder cannot be written to make a store in, or its ledger is damaged or of a newer version.
        """
        root = Path(root)
        path = root / "ledger.sqlite"
        try:
            if not path.exists():
                root.mkdir(parents=True, exist_ok=True)
                Ledger.create(path)
            ledger = Ledger.open(path)
        except OSError as error:
            raise StoreError(f"no store can be made in {root.name} ({error}); check rights and space.") from error
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
        self._lock.acquire(command)
        connection = self._ledger.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            # a store of an older form becomes one of today's with the first command that writes, or stays as it was
            upgrade(connection)
            yield Transaction(self._ledger, self.objects)
            # What the ledger is about to name must be on disk before it does.
            self.objects.flush()
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreError(
                f"the ledger cannot be written ({error}); {command!r} changed nothing. "
                "Check space and rights of store/."
            ) from error
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._lock.release()

    def receipts(self, month: str | None = None) -> list[Receipt]:
        """Return receipts by number: all, or those received in a month's inbox or holding records of that month."""
        if month is not None:
            months.ordinal(month)
        return self._ledger.receipts(month)

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

    def check(self) -> list[str]:
        """Return what is wrong with the objects the ledger names: missing or changed, one sentence each."""
        states = [state for month in self.months() if (state := self.month(month)) is not None]
        named = [r.sha256 for r in self.receipts()]
        named += [sha for s in states for sha in (s.accepted, s.held, s.rejected, s.findings)]
        wrong = []
        for sha256 in sorted(set(named)):
            try:
                self.objects.verify(sha256)
            except StoreError as error:
                wrong.append(str(error))
        return wrong

    def _sweep(self) -> None:
        # Left-overs of a killed writer go, but never those of one at work: without the lock nothing is touched.
        if not any(self.objects.root.glob("incoming-*")):
            return
        try:
            self._lock.acquire("sweep")
        except StoreError:
            return
        try:
            self.objects.sweep()
        finally:
            self._lock.release()


class Transaction:
    """What a writer can do. Objects are on disk at once, but count only when the ledger says so at the end."""

    def __init__(self, ledger: Ledger, objects: Objects) -> None:
        self._ledger = ledger
        self.objects = objects
        self.register = RegisterWriter(ledger.connection)

    def receive(self, path: str | Path, inbox_month: str, received_at: str = "") -> Receipt:
        """Keep a file byte for byte and give it a receipt.

        The same content in the same inbox month has one receipt, however often it is received.

        Parameters
        ----------
        path
            A regular file; its name is kept as the sender's.
        inbox_month
            The month whose inbox it lies in.
        received_at
            When it came, as text; never read from the clock.

        Raises
        ------
        OSError
            A link, folder or pipe, or a file that changed meanwhile (`intake.source.NotRegularError`,
            `ChangedError`).
        """
        months.ordinal(inbox_month)
        sha256, size = self.objects.put_file(path)
        return self._ledger.add_receipt(inbox_month, sent_name(Path(path)), sha256, size, received_at)

    def receive_folder(
        self, folder: str | Path, inbox_month: str, received_at: str = "", limits: Limits | None = None
    ) -> tuple[list[Receipt], pd.DataFrame]:
        """Receive every file of a folder, by name.

        Parameters
        ----------
        folder : path
        inbox_month, received_at : str
        limits : Limits, optional
            A file larger than these is refused before a byte of it is read.

        Returns
        -------
        receipts : list of Receipt
            One for each regular file, of whatever type: what cannot be read is archived all the same.
        findings : DataFrame
            What was not received: folders, links, pipes, files still being copied or too large, second copies of the
            same content; and, as notes, system files.
        """
        return receive_folder(self.receive, Path(folder), inbox_month, received_at, limits)

    def receipts(self, month: str | None = None) -> list[Receipt]:
        """Return receipts, those of this transaction included."""
        return self._ledger.receipts(month)

    def arrivals(self) -> list[Arrival]:
        """Return what came once more under another name, those of this transaction included."""
        return self._ledger.arrivals()

    def record_reading(self, receipt: int, periods: Iterable[str], outcome: str, reason: str = "") -> None:
        """Record what reading a received file gave: the months its records are of, and the outcome."""
        self._ledger.add_reading(receipt, list(periods), outcome, reason)

    def record_readings(self, files: pd.DataFrame, table: pa.Table) -> None:
        """Record what reading gave, from `Reports.files` and `Reports.table`."""
        pairs = table.select(["receipt", "period"]).group_by(["receipt", "period"]).aggregate([]).to_pandas()
        pairs = pairs[pairs["period"].map(months.is_month).astype(bool)]
        periods = pairs.groupby("receipt")["period"].agg(list).to_dict()
        for receipt, outcome, reason in zip(files["receipt"], files["outcome"], files["reason"], strict=True):
            self.record_reading(int(receipt), periods.get(receipt, []), outcome, reason)

    def record_month(
        self,
        month: str,
        *,
        accepted: pa.Table,
        held: pa.Table,
        rejected: pa.Table,
        findings: pa.Table | pd.DataFrame,
        counts: Mapping[str, Any],
        rules_digest: str,
        receipts: Iterable[Receipt],
        decisions: str = "",
    ) -> MonthState:
        """Record the state of a month after validation. The same state as before adds nothing.

        `decisions` is the digest of the decisions it was settled with.
        """
        months.ordinal(month)
        if isinstance(findings, pd.DataFrame):
            findings = pa.Table.from_pandas(findings, preserve_index=False)
        used = [(r.seq, r.sha256) for r in receipts]
        return self._ledger.add_month(
            {
                "month": month,
                "accepted": self.objects.put_table(accepted),
                "held": self.objects.put_table(held),
                "rejected": self.objects.put_table(rejected),
                "findings": self.objects.put_table(findings),
                "counts": canonical(counts),
                "rules": rules_digest,
                "receipts": hashlib.sha256(canonical(used).encode()).hexdigest(),
                "decisions": decisions,
            }
        )

    def record_release(self, release: str, manifest_sha256: str, inputs: Mapping[str, Any]) -> ReleaseRecord:
        """Record a release and the digests of its inputs."""
        return self._ledger.add_release(release, manifest_sha256, inputs)
