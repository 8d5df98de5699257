"""DuckDB: one file, rows taken from Arrow as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from shuibei_index.export.address import Address
from shuibei_index.export.errors import ExportError
from shuibei_index.export.sheets import Sheet
from shuibei_index.export.statements import DUCKDB, named

#: Decimals of its type of published numbers.
_PLACES = 12
_ROWS = "rows of the release"


class DuckDB:
    """A connection within its transaction."""

    dialect = DUCKDB

    def __init__(self, connection: Any, schema: str) -> None:
        self.connection, self.schema = connection, schema

    def perform(self, statement: str, *values: object) -> Sequence[tuple[Any, ...]]:
        """Run a statement with its values apart; return what it gives."""
        return list(self.connection.execute(statement, list(values)).fetchall())

    def columns(self, table: str) -> set[str]:
        """Return the columns of a table or view; none if there is no such table."""
        query = "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ?"
        return {str(name) for (name,) in self.perform(query, self.schema, table)}

    def view(self, name: str, query: str) -> None:
        """Make a view, or make it anew."""
        self.perform(f"CREATE OR REPLACE VIEW {named(self.schema, name)} AS {query}")

    def fill(self, sheet: Sheet) -> None:
        """Add the rows of a table.

        Raises
        ------
        ExportError
            A published number has more decimals than its column: it would be rounded once more.
        """
        if any(one.places > _PLACES for one in sheet.fields):
            raise ExportError(
                f"DuckDB: numbers of {sheet.name} are published with more than {_PLACES} decimals",
                zh=f"DuckDB：{sheet.name} 的发布小数位数超过 {_PLACES} 位",
            )
        columns = ", ".join(named(one.name) for one in sheet.fields)
        values = ", ".join(f"CAST({named(one.name)} AS {self.dialect.types[one.kind]})" for one in sheet.fields)
        self.connection.register(_ROWS, sheet.rows)
        self.perform(f"INSERT INTO {named(self.schema, sheet.name)} ({columns}) SELECT {values} FROM {named(_ROWS)}")
        self.connection.unregister(_ROWS)


@contextmanager
def transaction(address: Address, schema: str) -> Iterator[DuckDB]:
    """Open the file for one load; DuckDB lets one program write at a time and turns others away.

    Raises
    ------
    ExportError
        duckdb is not installed, the file is no database, or another program holds it.
    """
    try:
        import duckdb
    except ImportError as error:
        raise ExportError(
            "DuckDB needs duckdb: pip install 'shuibei_index[duckdb]'",
            zh="导入 DuckDB 需要 duckdb：pip install 'shuibei_index[duckdb]'",
        ) from error
    try:
        with closing(duckdb.connect(address.place)) as connection:
            connection.execute("BEGIN TRANSACTION")
            try:
                database = DuckDB(connection, schema)
                database.perform(f"CREATE SCHEMA IF NOT EXISTS {named(schema)}")
                yield database
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
    except duckdb.Error as error:
        raise ExportError(f"DuckDB: {error}", zh=f"DuckDB 未接受，原因：{error}") from error
