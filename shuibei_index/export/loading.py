"""One release put into a database: everything in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from shuibei_index.errors import UsageError
from shuibei_index.export.address import Address
from shuibei_index.export.errors import ExportError
from shuibei_index.export.sheets import RELEASES, Sheet, digest, known_sheets, sheets
from shuibei_index.export.statements import Dialect, addition, creation, named, views
from shuibei_index.release import Release

#: Longest name of a schema in bytes: PostgreSQL cuts off what is longer, and two names become one.
LONGEST = 63
SCHEMA = "shuibei"


class Database(Protocol):
    """A database within one transaction."""

    schema: str
    dialect: Dialect

    def perform(self, statement: str, *values: object) -> Sequence[tuple[Any, ...]]:
        """Run a statement with its values apart; return what it gives."""

    def columns(self, table: str) -> set[str]:
        """Return the columns of a table or view; none if there is no such table."""

    def view(self, name: str, query: str) -> None:
        """Make a view, or make it anew."""

    def fill(self, sheet: Sheet) -> None:
        """Add the rows of a table."""


@dataclass(frozen=True)
class Loaded:
    """What was done with a release."""

    release: str
    #: Whether rows were written; False if the database held exactly this release.
    written: bool
    #: Rows of each table.
    rows: dict[str, int]
    #: Tables of the bundle this version does not know.
    left_out: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"release": self.release, "written": self.written, "rows": self.rows, "left_out": list(self.left_out)}

    def text(self) -> str:
        """Return it in words."""
        done = "已写入 written" if self.written else "库中已有，未改 already there, unchanged"
        lines = [f"{self.release}: {done}; {len(self.rows)} 张表 tables, {sum(self.rows.values())} 行 rows"]
        if self.left_out:
            lines.append(f"  未识别的表未写入 tables not known, not written: {', '.join(self.left_out)}")
        return "\n".join(lines)


def opened(address: Address, schema: str = SCHEMA) -> AbstractContextManager[Database]:
    """Return the database within a transaction that ends with the block: kept if it ends well, undone otherwise.

    Raises
    ------
    UsageError
        `schema` is no name, or the database has no schemas.
    ExportError
        The database cannot be reached, or its driver is not installed.
    """
    if not schema or "\0" in schema or len(schema.encode()) > LONGEST:
        raise UsageError(
            f"--schema must be a name of 1 to {LONGEST} bytes", zh=f"--schema 应为 1 至 {LONGEST} 字节的名称"
        )
    if address.kind == "sqlite":
        from shuibei_index.export.into_sqlite import transaction as sqlite

        if schema != SCHEMA:
            raise UsageError("SQLite has no schemas: leave --schema out", zh="SQLite 没有模式，请勿给 --schema")
        return sqlite(address)
    if address.kind == "duckdb":
        from shuibei_index.export.into_duckdb import transaction as duckdb

        return duckdb(address, schema)
    from shuibei_index.export.into_postgresql import transaction as postgresql

    return postgresql(address, schema)


def load(release: Release, address: Address, *, schema: str = SCHEMA, again: bool = False) -> Loaded:
    """Put a release into a database; the release is not verified here (`pipeline.exporting.export` does).

    Parameters
    ----------
    release : Release
    address : Address
    schema : str
        Schema of the tables; SQLite has none.
    again : bool
        Write all rows of the release anew even if the database seems to hold it.

    Raises
    ------
    ExportError
        The database cannot be reached, or holds another content under the name of this release.
    """
    content, left_out = sheets(release)
    rows = {sheet.name: sheet.rows.num_rows for sheet in content}
    with opened(address, schema) as database:
        _prepare(database, known_sheets(release.about))
        held = _held(database, release)
        if held and not again and all(_count(database, name, release.name) == n for name, n in rows.items()):
            return Loaded(release.name, False, rows, left_out)
        for sheet in content:
            database.perform(_where("DELETE", database, sheet.name), release.name)
            database.fill(sheet)
    return Loaded(release.name, True, rows, left_out)


def _prepare(database: Database, known: Sequence[Sheet]) -> None:
    """Make what is missing: an old database gets the tables and columns that came later, one that has all none."""
    changed = False
    for sheet in known:
        there = database.columns(sheet.name)
        if not there:
            statements = list(creation(sheet, database.schema, database.dialect))
        else:
            missing = [one for one in sheet.fields if one.name not in there]
            statements = [s for one in missing for s in addition(sheet, one, database.schema, database.dialect)]
        for statement in statements:
            database.perform(statement)
        changed = changed or bool(statements)
    for name, query in views(database.schema, database.dialect):
        if changed or not database.columns(name):
            database.view(name, query)


def _held(database: Database, release: Release) -> bool:
    """Tell whether the database has the release; another content under its name is refused."""
    table, mark = named(database.schema, RELEASES), database.dialect.mark
    found = database.perform(f"SELECT manifest_sha256 FROM {table} WHERE release = {mark}", release.name)
    if found and found[0][0] != digest(release):
        raise ExportError(
            f"the database holds a release {release.name} with another content (manifest {str(found[0][0])[:12]}…, "
            f"here {digest(release)[:12]}…): a release never changes; a correction has a name of its own",
            zh=f"库中的发布 {release.name} 内容不同：已发布版本不得改动，更正须用新的版本名",
        )
    return bool(found)


def _count(database: Database, table: str, release: str) -> int:
    return int(database.perform(_where("SELECT count(*)", database, table), release)[0][0])


def _where(what: str, database: Database, table: str) -> str:
    return f"{what} FROM {named(database.schema, table)} WHERE release = {database.dialect.mark}"
