"""Ledger: the SQLite file that says which objects count. Rows are added, never changed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shuibei_index.store.connecting import connect, unreadable
from shuibei_index.store.rights import make_file
from shuibei_index.store.upgrades import SCHEMA_VERSION, SEVERAL, append_only, newer, schema_version, upgrade

_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE receipts (
  seq INTEGER PRIMARY KEY, inbox_month TEXT NOT NULL, file_name TEXT NOT NULL, sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL, received_at TEXT NOT NULL) STRICT;
CREATE TABLE readings (
  seq INTEGER PRIMARY KEY, receipt INTEGER NOT NULL REFERENCES receipts (seq), periods TEXT NOT NULL,
  outcome TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE TABLE months (
  seq INTEGER PRIMARY KEY, month TEXT NOT NULL, accepted TEXT NOT NULL, held TEXT NOT NULL, rejected TEXT NOT NULL,
  findings TEXT NOT NULL, counts TEXT NOT NULL, rules TEXT NOT NULL, receipts TEXT NOT NULL) STRICT;
CREATE TABLE releases (
  seq INTEGER PRIMARY KEY, release TEXT NOT NULL, manifest TEXT NOT NULL, inputs TEXT NOT NULL) STRICT;
CREATE INDEX receipts_month ON receipts (inbox_month);
CREATE INDEX readings_receipt ON readings (receipt);
CREATE INDEX months_month ON months (month);
"""


@dataclass(frozen=True)
class Receipt:
    """One file received: who said what when, and what became of it when it was last read."""

    seq: int
    inbox_month: str
    file_name: str
    sha256: str
    bytes: int
    received_at: str
    periods: tuple[str, ...] = ()
    outcome: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Arrival:
    """Content that has a receipt, come once more to the same inbox under another name."""

    receipt: int
    inbox_month: str
    file_name: str
    received_at: str
    #: Name the content came under first.
    first_name: str


@dataclass(frozen=True)
class MonthState:
    """The accepted, held and rejected records and the findings of a month, as objects of the store."""

    seq: int
    month: str
    accepted: str
    held: str
    rejected: str
    findings: str
    counts: Mapping[str, Any]
    rules: str
    receipts: str
    #: Digest of the decisions it was settled with; "" = none.
    decisions: str = ""


@dataclass(frozen=True)
class ReleaseRecord:
    """A release that was made, and the digests of what it was made from."""

    seq: int
    release: str
    manifest: str
    inputs: Mapping[str, Any]


_RECEIPTS = """
SELECT r.seq, r.inbox_month, r.file_name, r.sha256, r.bytes, r.received_at,
       coalesce(d.periods, '[]'), coalesce(d.outcome, ''), coalesce(d.reason, '')
FROM receipts r LEFT JOIN readings d
  ON d.seq = (SELECT max(seq) FROM readings WHERE receipt = r.seq)
"""


class Ledger:
    """An open ledger. Reading needs no lock; writing is for the holder of the store's lock alone."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @classmethod
    def create(cls, path: Path) -> None:
        """Make an empty ledger if there is none: whole or not at all."""
        # SQLite gives the log the rights of the ledger
        make_file(path)
        connection = connect(path)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            if not _tables(connection):
                connection.execute("BEGIN IMMEDIATE")
                if not _tables(connection):
                    make_tables(connection)
                connection.execute("COMMIT")
        finally:
            connection.close()

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """Open an existing ledger.

        Raises
        ------
        StoreError
            It is damaged, it may not be read, or a newer version wrote it.
        """
        connection = None
        try:
            connection = connect(path)
            version = schema_version(connection)
        except sqlite3.DatabaseError as error:
            if connection is not None:
                connection.close()
            raise unreadable(path, error) from error
        if not 1 <= version <= SCHEMA_VERSION:
            connection.close()
            raise newer(path.name, version)
        return cls(connection)

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def add_receipt(self, inbox_month: str, file_name: str, sha256: str, size: int, received_at: str) -> Receipt:
        """Add a receipt, or return the one that the same content in the same month already has.

        Of content that came before under another name the second arrival is noted beside its receipt, once.
        A file that was replaced and then sent again as it was first gets a new receipt: it is the sender's last word.
        """
        of_name = self._receipts("WHERE r.inbox_month = ? AND r.file_name = ?", (inbox_month, file_name))
        of_content = self._receipts("WHERE r.inbox_month = ? AND r.sha256 = ?", (inbox_month, sha256))
        if of_name and of_name[-1].sha256 == sha256:
            return of_name[-1]
        if of_content and not of_name:
            before = of_content[-1]
            later = self._receipts("WHERE r.inbox_month = ? AND r.file_name = ?", (inbox_month, before.file_name))[-1]
            if later.seq == before.seq:
                self.connection.execute(
                    "INSERT INTO arrivals (receipt, file_name, received_at) VALUES (?, ?, ?) "
                    "ON CONFLICT (receipt, file_name) DO NOTHING",
                    (before.seq, file_name, received_at),
                )
                return before
        self.connection.execute(
            "INSERT INTO receipts (inbox_month, file_name, sha256, bytes, received_at) VALUES (?, ?, ?, ?, ?)",
            (inbox_month, file_name, sha256, size, received_at),
        )
        return self._receipts("WHERE r.inbox_month = ? AND r.sha256 = ?", (inbox_month, sha256))[-1]

    def receipts(self, month: str | None = None) -> list[Receipt]:
        """Return the receipts in order: all, or those of an inbox month or with records of that period."""
        if month is None:
            return self._receipts("", ())
        only, named = _json([month]), f'"{month}"'
        # found by the indexes of form 5; the last reading of a file decides what it holds
        where = (
            "WHERE r.seq IN (SELECT seq FROM receipts WHERE inbox_month = ? "
            "UNION SELECT receipt FROM readings WHERE periods = ? "
            f"UNION SELECT receipt FROM readings WHERE {SEVERAL} AND instr(periods, ?)) "
            "AND (r.inbox_month = ? OR instr(d.periods, ?))"
        )
        return self._receipts(where, (month, only, named, month, named))

    def arrivals(self) -> list[Arrival]:
        """Return in order what came once more under another name."""
        if schema_version(self.connection) < 3:
            # no writer has brought this store to today's form: it knows of none
            return []
        rows = self.connection.execute(
            "SELECT a.receipt, r.inbox_month, a.file_name, a.received_at, r.file_name FROM arrivals a "
            "JOIN receipts r ON r.seq = a.receipt ORDER BY a.seq"
        )
        return [Arrival(*row) for row in rows]

    def add_reading(self, receipt: int, periods: list[str], outcome: str, reason: str) -> None:
        """Add what reading a received file gave, unless it is what the last reading gave."""
        text = _json(sorted(set(periods)))
        last = self.connection.execute(
            "SELECT periods, outcome, reason FROM readings WHERE receipt = ? ORDER BY seq DESC LIMIT 1", (receipt,)
        ).fetchone()
        if last != (text, outcome, reason):
            self.connection.execute(
                "INSERT INTO readings (receipt, periods, outcome, reason) VALUES (?, ?, ?, ?)",
                (receipt, text, outcome, reason),
            )

    def add_month(self, fields: Mapping[str, str]) -> MonthState:
        """Add the state of a month, unless it is the state it has already."""
        names = ("month", "accepted", "held", "rejected", "findings", "counts", "rules", "receipts", "decisions")
        latest = self.month(fields["month"])
        values = tuple(fields[name] for name in names)
        if latest is not None:
            before = (latest.month, latest.accepted, latest.held, latest.rejected, latest.findings)
            if (*before, _json(latest.counts), latest.rules, latest.receipts, latest.decisions) == values:
                return latest
        marks = ", ".join("?" * len(names))
        self.connection.execute(f"INSERT INTO months ({', '.join(names)}) VALUES ({marks})", values)
        state = self.month(fields["month"])
        assert state is not None
        return state

    def month(self, month: str) -> MonthState | None:
        """Return the latest state of a month."""
        # a store of the first form knows no decisions; a reader leaves it as it is
        decisions = "decisions" if schema_version(self.connection) > 1 else "''"
        row = self.connection.execute(
            f"SELECT seq, month, accepted, held, rejected, findings, counts, rules, receipts, {decisions} FROM months "
            "WHERE month = ? ORDER BY seq DESC LIMIT 1",
            (month,),
        ).fetchone()
        if row is None:
            return None
        seq, label, accepted, held, rejected, findings, counts, rules, receipts, settled = row
        return MonthState(seq, label, accepted, held, rejected, findings, json.loads(counts), rules, receipts, settled)

    def months(self) -> list[str]:
        """Return the months that have a state, in order."""
        return [row[0] for row in self.connection.execute("SELECT DISTINCT month FROM months ORDER BY month")]

    def add_release(self, release: str, manifest: str, inputs: Mapping[str, Any]) -> ReleaseRecord:
        """Add a release, unless the very same is there already."""
        for record in self.releases():
            if (record.release, record.manifest, _json(record.inputs)) == (release, manifest, _json(inputs)):
                return record
        self.connection.execute(
            "INSERT INTO releases (release, manifest, inputs) VALUES (?, ?, ?)", (release, manifest, _json(inputs))
        )
        return self.releases()[-1]

    def add_released_files(self, release: int, files: Mapping[str, str]) -> None:
        """Add the objects that hold the files of a release, by path; what is noted already stays."""
        self.connection.executemany(
            "INSERT INTO released_files (release, path, sha256) VALUES (?, ?, ?) "
            "ON CONFLICT (release, path) DO NOTHING",
            [(release, path, sha256) for path, sha256 in sorted(files.items())],
        )

    def released_files(self, release: int) -> dict[str, str]:
        """Return the objects that hold the files of a release, by path; empty = an older version made it."""
        if schema_version(self.connection) < 4:
            return {}
        rows = self.connection.execute(
            "SELECT path, sha256 FROM released_files WHERE release = ? ORDER BY path", (release,)
        )
        return {str(path): str(sha256) for path, sha256 in rows}

    def releases(self) -> list[ReleaseRecord]:
        """Return the releases in the order they were made."""
        rows = self.connection.execute("SELECT seq, release, manifest, inputs FROM releases ORDER BY seq")
        return [ReleaseRecord(seq, release, manifest, json.loads(inputs)) for seq, release, manifest, inputs in rows]

    def _receipts(self, where: str, values: tuple[str, ...]) -> list[Receipt]:
        rows = self.connection.execute(f"{_RECEIPTS} {where} ORDER BY r.seq", values)
        return [
            Receipt(seq, inbox, name, sha256, size, at, tuple(json.loads(periods)), outcome, reason)
            for seq, inbox, name, sha256, size, at, periods, outcome, reason in rows
        ]


def make_tables(connection: sqlite3.Connection, form: int = SCHEMA_VERSION) -> None:
    """Make the tables of an empty ledger, of the newest form unless told; call it inside a transaction."""
    for statement in _statements(_TABLES) + append_only("receipts", "readings", "months", "releases"):
        connection.execute(statement)
    connection.execute("INSERT INTO about VALUES ('schema_version', '1')")
    upgrade(connection, form)


def canonical(content: Any) -> str:
    """Return JSON that depends on the content alone."""
    return _json(content)


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _tables(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'about'").fetchone()[0])


def _statements(text: str) -> list[str]:
    return [s.strip() for s in text.split(";\n") if s.strip()]
