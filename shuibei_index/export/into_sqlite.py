"""SQLite: one file, the driver of the standard library."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import pyarrow as pa

from shuibei_index.export.address import Address
from shuibei_index.export.errors import ExportError
from shuibei_index.export.sheets import PUBLISHED, Sheet
from shuibei_index.export.statements import SQLITE, named

#: Seconds another load may hold the file before this one gives up.
_PATIENCE = 60.0


class SQLite:
    """A connection within its transaction."""

    dialect, schema = SQLITE, ""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def perform(self, statement: str, *values: object) -> Sequence[tuple[Any, ...]]:
        """Run a statement with its values apart; return what it gives."""
        return self.connection.execute(statement, values).fetchall()

    def columns(self, table: str) -> set[str]:
        """Return the columns of a table or view; none if there is no such table."""
        return {str(name) for (name,) in self.perform("SELECT name FROM pragma_table_info(?)", table)}

    def view(self, name: str, query: str) -> None:
        """Make a view, or make it anew."""
        self.perform(f"DROP VIEW IF EXISTS {named(name)}")
        self.perform(f"CREATE VIEW {named(name)} AS {query}")

    def fill(self, sheet: Sheet) -> None:
        """Add the rows of a table."""
        marks = ", ".join("?" for _ in sheet.fields)
        columns = ", ".join(named(one.name) for one in sheet.fields)
        # the text of a number would become a double by SQLite itself, which may miss the nearest one
        given = (
            column.cast(pa.float64()) if one.kind == PUBLISHED else column
            for one, column in zip(sheet.fields, sheet.rows.columns, strict=True)
        )
        rows = zip(*(column.to_pylist() for column in given), strict=True)
        self.connection.executemany(f"INSERT INTO {named(sheet.name)} ({columns}) VALUES ({marks})", rows)


@contextmanager
def transaction(address: Address) -> Iterator[SQLite]:
    """Open the file for one load; another load waits for it.

    Raises
    ------
    ExportError
        The file is no database, cannot be written, or is held by another program.
    """
    try:
        with closing(sqlite3.connect(address.place, timeout=_PATIENCE, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield SQLite(connection)
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
    except sqlite3.Error as error:
        raise ExportError(f"SQLite: {error}", zh=f"SQLite 未接受，原因：{error}") from error
