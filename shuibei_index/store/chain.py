"""Chain: every row of the ledger sealed by a digest over the row before it, and one head over all tables."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from shuibei_index.errors import StoreError

#: Tables whose rows are sealed, and the columns a seal covers, the row's number first. A column added later is not put
#: in here but sealed by a table of its own: the seals of older rows must stay what they are.
SEALED: dict[str, tuple[str, ...]] = {
    "receipts": ("seq", "inbox_month", "file_name", "sha256", "bytes", "received_at"),
    "readings": ("seq", "receipt", "periods", "outcome", "reason"),
    "arrivals": ("seq", "receipt", "file_name", "received_at"),
    "months": (
        "seq", "month", "accepted", "held", "rejected", "findings", "counts", "rules", "receipts", "decisions",
    ),
    "queries": ("seq", "query", "enterprise_id", "period", "line_no", "record", "rule"),
    "query_states": ("seq", "query", "month", "state", "content"),
    "answers": ("seq", "query", "answer", "corrections", "remark", "workbook", "person", "answered_at"),
    "decisions": (
        "decision", "enterprise_id", "period", "line_no", "record", "rule", "action", "corrections", "person",
        "decided_at", "basis", "reason",
    ),
    "releases": ("seq", "release", "manifest", "inputs"),
    "released_files": ("seq", "release", "path", "sha256"),
    "sign_offs": (
        "seq", "month", "release", "action", "person", "role", "signed_at", "note", "signed", "gates",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Break:
    """A place where the rows are not those that were sealed.

    Parameters
    ----------
    table : str
    row : int
        Number of the row.
    kind : str
        "changed", "removed", "unsealed" (put in by another hand) or "head".
    """

    table: str
    row: int
    kind: str


def link(before: str, content: Any) -> str:
    """Return the digest of a row (or of all tables' ends) that seals the digest before it.

    Examples
    --------
    >>> link("", ["receipts", 1])[:16]
    '0aebaa3669935735'
    """
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # bytes that are no text, as damage leaves them, have a digest too
    return hashlib.sha256(f"{before}\n{text}".encode("utf-8", "surrogateescape")).hexdigest()


def sealed_tables(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Return the tables whose rows are sealed, and their columns: of an older form those that it has."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    return {table: columns for table, columns in SEALED.items() if table in there}


def _is_sealed(connection: sqlite3.Connection) -> bool:
    return (
        connection.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'heads'").fetchone() is not None
    )


def seal(connection: sqlite3.Connection) -> None:
    """Seal every row added since the last time, and all tables together; call it inside the writer's transaction."""
    ends: dict[str, tuple[int, str]] = {}
    added = 0
    for table, columns in sealed_tables(connection).items():
        last, digest = _end(connection, table)
        rows = connection.execute(
            f"SELECT {', '.join(columns)} FROM {table} WHERE {columns[0]} > ? ORDER BY {columns[0]}", (last,)
        ).fetchall()
        seals = []
        for row in rows:
            last, digest = row[0], link(digest, [table, *row])
            seals.append((table, last, digest))
        connection.executemany("INSERT INTO seals (of_table, of_row, digest) VALUES (?, ?, ?)", seals)
        added += len(seals)
        if last:
            ends[table] = (last, digest)
    before = head(connection)
    if added or before is None:
        content = json.dumps(ends, sort_keys=True, separators=(",", ":"))
        sealed = link(before[1] if before else "", content)
        connection.execute("INSERT INTO heads (tables, digest) VALUES (?, ?)", (content, sealed))


def head(connection: sqlite3.Connection) -> tuple[int, str] | None:
    """Return number and digest of the last head: it seals everything the ledger has; None = nothing is sealed yet."""
    row = connection.execute("SELECT seq, digest FROM heads ORDER BY seq DESC LIMIT 1").fetchone()
    return (int(row[0]), str(row[1])) if row else None


def has_head(connection: sqlite3.Connection, digest: str) -> bool:
    """Tell whether a head was ever that of this ledger."""
    return connection.execute("SELECT 1 FROM heads WHERE digest = ?", (digest,)).fetchone() is not None


def require_untouched(connection: sqlite3.Connection) -> None:
    """Stop if the tables do not end where the last writer left them.

    Sealing on would make rows of another hand look like the program's own. The ends alone are looked at: this is done
    before every writing; `breaks` looks at every row.

    Raises
    ------
    StoreError
        Says which table.
    """
    for table, columns in sealed_tables(connection).items():
        there = connection.execute(f"SELECT coalesce(max({columns[0]}), 0) FROM {table}").fetchone()[0]
        sealed = _end(connection, table)[0]
        if there != sealed:
            raise StoreError(
                f"the ledger was changed by another hand: table {table} ends with row {there}, sealed is row {sealed}. "
                "Nothing was written. 'shuibei-index store check' names every such row; restore store/ from a backup.",
                zh=f"账本被他人改动：表 {table} 末行为 {there}，封存的末行为 {sealed}；未写入任何内容。"
                "请运行 shuibei-index store check 查明，并从备份恢复 store/",
            )


def require_sealed(connection: sqlite3.Connection, only: Collection[str] = ()) -> None:
    """Stop if a row is not the one that was sealed: figures must not be made from a changed history.

    Parameters
    ----------
    connection : sqlite3.Connection
    only : collection of str, optional
        The tables looked at; none = all of them.

    Raises
    ------
    StoreError
        Names the first such row.
    """
    if not _is_sealed(connection):
        # a store of an older form, until the first command that writes
        return
    for one in breaks(connection, only):
        zh = {"changed": "被改动", "removed": "被删除", "unsealed": "系他人写入", "head": "与封存不符"}[one.kind]
        en = {"changed": "was changed", "removed": "was taken away", "unsealed": "was put in by another hand"}
        raise StoreError(
            f"the ledger is not the one that was sealed: row {one.row} of table {one.table} "
            f"{en.get(one.kind, 'does not agree with the seals')}. Nothing is computed from it. 'shuibei-index store "
            "check' names every such row; restore store/ from a backup.",
            zh=f"账本与封存的不一致：表 {one.table} 第 {one.row} 行{zh}；不据此计算。"
            "请运行 shuibei-index store check 查明，并从备份恢复 store/",
        )


def breaks(connection: sqlite3.Connection, only: Collection[str] = ()) -> Iterator[Break]:
    """Yield every place where the rows are not those that were sealed, table by table, then the heads.

    A row after a broken one is compared with the seal that stands before it: only what was touched is named. With
    `only` of these tables, and of the heads what they say of them.
    """
    ends: dict[str, tuple[int, str]] = {}
    tables = {name: columns for name, columns in sealed_tables(connection).items() if not only or name in only}
    for table, columns in tables.items():
        sealed = {
            int(row): str(digest)
            for row, digest in connection.execute(
                "SELECT of_row, digest FROM seals WHERE of_table = ? ORDER BY of_row", (table,)
            )
        }
        before, left = "", iter(sealed)
        expected = next(left, None)
        for row in connection.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {columns[0]}"):
            while expected is not None and expected < row[0]:
                yield Break(table, expected, "removed")
                before, expected = sealed[expected], next(left, None)
            if expected is None or expected != row[0]:
                yield Break(table, row[0], "unsealed")
                continue
            if link(before, [table, *row]) != sealed[expected]:
                yield Break(table, row[0], "changed")
            before, expected = sealed[expected], next(left, None)
        while expected is not None:
            yield Break(table, expected, "removed")
            before, expected = sealed[expected], next(left, None)
        if sealed:
            ends[table] = (max(sealed), before)
    if only:
        yield from _other_ends(connection, tables, ends)
        return
    marks = ", ".join("?" * len(tables))
    for table, row in connection.execute(
        f"SELECT of_table, of_row FROM seals WHERE of_table NOT IN ({marks}) ORDER BY seq", tuple(tables)
    ):
        yield Break(str(table), int(row), "removed")
    yield from _broken_heads(connection, ends)


def _broken_heads(connection: sqlite3.Connection, ends: dict[str, tuple[int, str]]) -> Iterator[Break]:
    before, last, expected = "", "", 1
    for seq, content, digest in connection.execute("SELECT seq, tables, digest FROM heads ORDER BY seq"):
        # heads are numbered without gaps: a first one taken away shows by its number, any other by the digest after it
        if seq != expected or link(before, content) != digest:
            yield Break("heads", seq, "head")
        before, last, expected = digest, content, seq + 1
    if last != json.dumps(ends, sort_keys=True, separators=(",", ":")):
        yield Break("heads", expected - 1, "head")


def _other_ends(
    connection: sqlite3.Connection, tables: Collection[str], ends: dict[str, tuple[int, str]]
) -> Iterator[Break]:
    row = connection.execute("SELECT seq, tables FROM heads ORDER BY seq DESC LIMIT 1").fetchone()
    sealed = json.loads(row[1]) if row else {}
    for table in tables:
        if tuple(sealed.get(table, ())) != ends.get(table, ()):
            yield Break(table, ends.get(table, (0, ""))[0], "head")


def _end(connection: sqlite3.Connection, table: str) -> tuple[int, str]:
    row = connection.execute(
        "SELECT of_row, digest FROM seals WHERE of_table = ? ORDER BY of_row DESC LIMIT 1", (table,)
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else (0, "")
