"""PostgreSQL: rows by COPY over psycopg."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow.csv

from shuibei_index.export.address import Address
from shuibei_index.export.errors import ExportError
from shuibei_index.export.sheets import Sheet
from shuibei_index.export.statements import POSTGRESQL, named

#: Bytes handed over at once.
_PIECE = 1 << 20


class PostgreSQL:
    """A connection within its transaction."""

    dialect = POSTGRESQL

    def __init__(self, connection: Any, schema: str) -> None:
        self.connection, self.schema = connection, schema

    def perform(self, statement: str, *values: object) -> Sequence[tuple[Any, ...]]:
        """Run a statement with its values apart; return what it gives."""
        done = self.connection.execute(statement, values or None)
        return list(done.fetchall()) if done.description else []

    def columns(self, table: str) -> set[str]:
        """Return the columns of a table or view; none if there is no such table."""
        found = self.perform(
            "SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped",
            self.schema,
            table,
        )
        return {str(name) for (name,) in found}

    def view(self, name: str, query: str) -> None:
        """Make a view, or make it anew: its columns may only grow at the end."""
        self.perform(f"CREATE OR REPLACE VIEW {named(self.schema, name)} AS {query}")

    def fill(self, sheet: Sheet) -> None:
        """Add the rows of a table."""
        if not sheet.rows.num_rows:
            return
        columns = ", ".join(named(one.name) for one in sheet.fields)
        statement = f"COPY {named(self.schema, sheet.name)} ({columns}) FROM STDIN (FORMAT csv)"
        content = copied(sheet)
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for at in range(0, len(content), _PIECE):
                copy.write(content[at : at + _PIECE])


def copied(sheet: Sheet) -> memoryview:
    """Return the rows as COPY reads them: text in quotes, a missing value as nothing, doubles to the last digit."""
    sink = io.BytesIO()
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    pyarrow.csv.write_csv(sheet.rows, sink, options)
    return sink.getbuffer()


@contextmanager
def transaction(address: Address, schema: str) -> Iterator[PostgreSQL]:
    """Open the database for one load; one load at a time writes into a schema, the others wait.

    Raises
    ------
    ExportError
        psycopg is not installed, or the server says no. Its words are told, the password never.
    """
    try:
        import psycopg
    except ImportError as error:
        raise ExportError(
            "PostgreSQL needs psycopg: pip install 'shuibei_index[postgresql]'",
            zh="导入 PostgreSQL 需要 psycopg：pip install 'shuibei_index[postgresql]'",
        ) from error
    try:
        # a raw cursor takes a statement as it is: a % in the name of a schema is no placeholder
        with psycopg.connect(address.place, client_encoding="utf8", cursor_factory=psycopg.RawCursor) as connection:
            database = PostgreSQL(connection, schema)
            # before the first look at the schema: whoever waited sees what the one before it made
            database.perform("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"shuibei-index export {schema}")
            if not database.perform("SELECT 1 FROM pg_namespace WHERE nspname = $1", schema):
                database.perform(f"CREATE SCHEMA {named(schema)}")
            yield database
    except psycopg.Error as error:
        words = address.hidden(str(error).strip() or type(error).__name__)
        # the error itself may carry the address: it is not passed on
        raise ExportError(f"PostgreSQL: {words}", zh=f"PostgreSQL 未接受，原因：{words}") from None
