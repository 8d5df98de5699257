"""The SQL of the tables and views, in the words of each database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shuibei_index.export.sheets import COUNT, DAY, DOCUMENT, FULL, MOMENT, PUBLISHED, TEXT, TRUTH, Field, Sheet

#: Last day of what is still in force, as ALFRED writes it.
STILL = "9999-12-31"
SPANS, AS_OF, LATEST = "in_force", "as_of", "latest"


@dataclass(frozen=True)
class Dialect:
    """What one database writes in its own way."""

    types: Mapping[str, str]
    #: Stands for the value in a statement of one value; values are never written into it.
    mark: str
    #: A date from its text, and the day before a date.
    date: str
    day_before: str
    #: Comments are statements; otherwise they stand within CREATE TABLE.
    comments: bool


POSTGRESQL = Dialect(
    {
        TEXT: "text", COUNT: "bigint", PUBLISHED: "numeric", FULL: "double precision", DAY: "date",
        MOMENT: "timestamptz", TRUTH: "boolean", DOCUMENT: "json",
    },
    "$1", "DATE '{}'", "{} - 1", True,
)  # fmt: skip
SQLITE = Dialect(
    {
        TEXT: "TEXT", COUNT: "INTEGER", PUBLISHED: "NUMERIC", FULL: "REAL", DAY: "TEXT", MOMENT: "TEXT",
        TRUTH: "INTEGER", DOCUMENT: "TEXT",
    },
    "?", "'{}'", "date({}, '-1 day')", False,
)  # fmt: skip
DUCKDB = Dialect(
    {
        TEXT: "VARCHAR", COUNT: "BIGINT", PUBLISHED: "DECIMAL(38, 12)", FULL: "DOUBLE", DAY: "DATE",
        MOMENT: "VARCHAR", TRUTH: "BOOLEAN", DOCUMENT: "VARCHAR",
    },
    "?", "DATE '{}'", "{} - 1", True,
)  # fmt: skip


def named(*names: str) -> str:
    """Return a name as SQL writes any name: whatever stands in it is part of it.

    Examples
    --------
    >>> print(named("public", 'a"; DROP TABLE x; --'))
    "public"."a""; DROP TABLE x; --"
    """
    return ".".join('"' + name.replace('"', '""') + '"' for name in names if name)


def creation(sheet: Sheet, schema: str, dialect: Dialect) -> Iterator[str]:
    """Yield what makes a table, with its meaning in both languages."""
    columns = [_column(one, dialect, needed=one.name in sheet.key) for one in sheet.fields]
    key = ", ".join(named(one) for one in sheet.key)
    lines = [line + "," + remark for line, remark in columns]
    head = "" if dialect.comments else f" /* {sheet.zh} {sheet.en} */"
    yield f"CREATE TABLE {named(schema, sheet.name)}{head} (\n" + "\n".join(lines) + f"\nPRIMARY KEY ({key}))"
    if dialect.comments:
        yield f"COMMENT ON TABLE {named(schema, sheet.name)} IS {_literal(f'{sheet.zh} {sheet.en}')}"
        for one in sheet.fields:
            yield _comment(one, sheet.name, schema)


def addition(sheet: Sheet, one: Field, schema: str, dialect: Dialect) -> Iterator[str]:
    """Yield what adds a column that an older version of the package did not know."""
    yield f"ALTER TABLE {named(schema, sheet.name)} ADD COLUMN {_column(one, dialect, needed=False)[0]}"
    if dialect.comments:
        yield _comment(one, sheet.name, schema)


def views(schema: str, dialect: Dialect) -> Iterator[tuple[str, str]]:
    """Yield the names of the views, each with the query behind it.

    A figure is in force from the day of its release until a later release covers its month; both ends count. It is what
    `shuibei_index.read_vintages(folder).as_of(day)` says.
    """
    releases, indices, spans = named(schema, "releases"), named(schema, "indices"), named(schema, SPANS)
    still = dialect.date.format(STILL)
    yield (
        SPANS,
        f"""
WITH ordered AS (
  SELECT release, period, released_on, row_number() OVER (ORDER BY released_on, period, revision) AS place
  FROM {releases}),
pairs AS (
  SELECT r.release, r.period AS own, r.released_on AS public_from, n.released_on AS replaced_on, n.period AS upto,
    coalesce(max(n.period) OVER (PARTITION BY r.release ORDER BY n.place
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), '') AS after
  FROM ordered r JOIN ordered n ON n.place > r.place)
SELECT release, after AS after_month, CASE WHEN upto < own THEN upto ELSE own END AS upto_month,
  public_from, {dialect.day_before.format("replaced_on")} AS public_until
FROM pairs WHERE upto > after AND own > after AND replaced_on > public_from
UNION ALL
SELECT r.release, coalesce(max(n.period), ''), r.period, r.released_on, {still}
FROM ordered r LEFT JOIN ordered n ON n.place > r.place
GROUP BY r.release, r.period, r.released_on
HAVING coalesce(max(n.period), '') < r.period""",
    )
    joined = f"FROM {spans} s JOIN {indices} i ON i.release = s.release"
    joined += " AND i.period > s.after_month AND i.period <= s.upto_month"
    yield AS_OF, f"SELECT s.public_from, s.public_until, i.* {joined}"
    yield LATEST, f"SELECT i.* {joined} WHERE s.public_until = {still}"


def _column(one: Field, dialect: Dialect, *, needed: bool) -> tuple[str, str]:
    remark = "" if dialect.comments else f" /* {one.zh} {one.en} */"
    return f"{named(one.name)} {dialect.types[one.kind]}{' NOT NULL' if needed else ''}", remark


def _comment(one: Field, table: str, schema: str) -> str:
    return f"COMMENT ON COLUMN {named(schema, table, one.name)} IS {_literal(f'{one.zh} {one.en}')}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
