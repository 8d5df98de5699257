"""Upgrades: the form of the ledger, and how an older one becomes the newest, inside the writer's own transaction."""

from __future__ import annotations

import sqlite3

from shuibei_index.errors import StoreError
from shuibei_index.store.chain import seal

SCHEMA_VERSION = 5
#: The first form whose rows are sealed.
SEALED_SINCE = 4

#: What form 2 adds to form 1: queries to firms, their states, the answers, the decisions.
_TO_2 = (
    "ALTER TABLE months ADD COLUMN decisions TEXT NOT NULL DEFAULT ''",
    "CREATE TABLE queries (seq INTEGER PRIMARY KEY, query TEXT NOT NULL UNIQUE, enterprise_id TEXT NOT NULL, "
    "period TEXT NOT NULL, line_no INTEGER, record TEXT NOT NULL, rule TEXT NOT NULL) STRICT",
    "CREATE TABLE query_states (seq INTEGER PRIMARY KEY, query TEXT NOT NULL REFERENCES queries (query), "
    "month TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('open', 'void')), content TEXT NOT NULL) STRICT",
    "CREATE TABLE answers (seq INTEGER PRIMARY KEY, query TEXT NOT NULL REFERENCES queries (query), "
    "answer TEXT NOT NULL, corrections TEXT NOT NULL, remark TEXT NOT NULL, workbook TEXT NOT NULL, "
    "person TEXT NOT NULL, answered_at TEXT NOT NULL) STRICT",
    "CREATE TABLE decisions (decision INTEGER PRIMARY KEY, enterprise_id TEXT NOT NULL, period TEXT NOT NULL, "
    "line_no INTEGER, record TEXT NOT NULL, rule TEXT NOT NULL, "
    "action TEXT NOT NULL CHECK (action IN ('accept', 'correct', 'exclude', 'impute')), corrections TEXT NOT NULL, "
    "person TEXT NOT NULL, decided_at TEXT NOT NULL, basis TEXT NOT NULL, reason TEXT NOT NULL) STRICT",
    "CREATE INDEX query_states_query ON query_states (query)",
    "CREATE INDEX query_states_month ON query_states (month)",
    "CREATE INDEX answers_query ON answers (query)",
    "CREATE INDEX decisions_record ON decisions (record)",
)

#: What form 3 adds to form 2: content that has a receipt, come once more under another name.
_TO_3 = (
    "CREATE TABLE arrivals (seq INTEGER PRIMARY KEY, receipt INTEGER NOT NULL REFERENCES receipts (seq), "
    "file_name TEXT NOT NULL, received_at TEXT NOT NULL, UNIQUE (receipt, file_name)) STRICT",
)

#: What form 4 adds to form 3: the files of a release as objects, and the chain of digests over all rows.
_TO_4 = (
    "CREATE TABLE released_files (seq INTEGER PRIMARY KEY, release INTEGER NOT NULL REFERENCES releases (seq), "
    "path TEXT NOT NULL, sha256 TEXT NOT NULL, UNIQUE (release, path)) STRICT",
    "CREATE TABLE seals (seq INTEGER PRIMARY KEY, of_table TEXT NOT NULL, of_row INTEGER NOT NULL, "
    "digest TEXT NOT NULL, UNIQUE (of_table, of_row)) STRICT",
    "CREATE TABLE heads (seq INTEGER PRIMARY KEY, tables TEXT NOT NULL, digest TEXT NOT NULL) STRICT",
)

#: Readings of files with records of more than one month: their periods are longer than '["2025-06"]'.
SEVERAL = "length(periods) > 11"

#: What form 5 adds to form 4: who signed off what before a release, and who took a sign-off back.
_TO_5 = (
    "CREATE TABLE sign_offs (seq INTEGER PRIMARY KEY, month TEXT NOT NULL, release TEXT NOT NULL, "
    "action TEXT NOT NULL CHECK (action IN ('sign', 'withdraw')), person TEXT NOT NULL, role TEXT NOT NULL, "
    "signed_at TEXT NOT NULL, note TEXT NOT NULL, signed TEXT NOT NULL, gates TEXT NOT NULL) STRICT",
    "CREATE INDEX sign_offs_month ON sign_offs (month)",
    # receipts of a month are found without looking at every reading there ever was
    "CREATE INDEX readings_periods ON readings (periods)",
    f"CREATE INDEX readings_several ON readings (receipt, periods) WHERE {SEVERAL}",
)


def append_only(*tables: str) -> list[str]:
    """Return the statements that forbid changing or deleting rows."""
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in tables
        for verb in ("UPDATE", "DELETE")
    ]


#: What makes a ledger of the form before one of this form.
STEPS: dict[int, list[str]] = {
    2: [*_TO_2, *append_only("queries", "query_states", "answers", "decisions")],
    3: [*_TO_3, *append_only("arrivals")],
    4: [*_TO_4, *append_only("released_files", "seals", "heads")],
    5: [*_TO_5, *append_only("sign_offs")],
}


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the form of an open ledger; 0 = it does not say."""
    row = connection.execute("SELECT value FROM about WHERE key = 'schema_version'").fetchone()
    return int(row[0]) if row else 0


def upgrade(connection: sqlite3.Connection, to: int = SCHEMA_VERSION) -> None:
    """Bring an older ledger to the newest form; call it inside a transaction, so that it happens whole or not.

    Parameters
    ----------
    connection
    to : int
        Another form than the newest: to know what a ledger of that form looks like.

    Raises
    ------
    StoreError
        A newer version has made it one of its own form meanwhile.
    """
    form = schema_version(connection)
    if form > SCHEMA_VERSION:
        raise newer("the ledger", form)
    if form >= to:
        return
    for step in range(form + 1, to + 1):
        for statement in STEPS[step]:
            connection.execute(statement)
    connection.execute("UPDATE about SET value = ? WHERE key = 'schema_version'", (str(to),))
    if form < SEALED_SINCE <= to:
        # what an older version wrote is sealed as it is found; where there was a chain already, rows outside it stay
        # outside: the writer stops at them
        seal(connection)


def newer(name: str, form: int) -> StoreError:
    """Return the error of a ledger that only a newer version can read."""
    return StoreError(
        f"{name} has the form {form}, this version of shuibei-index reads forms 1 to {SCHEMA_VERSION}. "
        "Update the program.",
        zh=f"账本为第 {form} 版格式，本程序只能读取第 1 至 {SCHEMA_VERSION} 版；请更新程序",
    )
