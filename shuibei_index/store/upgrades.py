"""Upgrades: the form of the ledger, and how an older one becomes the newest, inside the writer's own transaction."""

from __future__ import annotations

import sqlite3

SCHEMA_VERSION = 3

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


def append_only(*tables: str) -> list[str]:
    """Return the statements that forbid changing or deleting rows."""
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in tables
        for verb in ("UPDATE", "DELETE")
    ]


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the form of an open ledger; 0 = it does not say."""
    row = connection.execute("SELECT value FROM about WHERE key = 'schema_version'").fetchone()
    return int(row[0]) if row else 0


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring an older ledger to the newest form; call it inside a transaction, so that it happens whole or not."""
    form = schema_version(connection)
    if form >= SCHEMA_VERSION:
        return
    statements = [] if form >= 2 else [*_TO_2, *append_only("queries", "query_states", "answers", "decisions")]
    for statement in (*statements, *_TO_3, *append_only("arrivals")):
        connection.execute(statement)
    connection.execute("UPDATE about SET value = ? WHERE key = 'schema_version'", (str(SCHEMA_VERSION),))
