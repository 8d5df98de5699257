"""Register: queries to firms, their answers, and decisions, as the ledger has them. Rows are added, never changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import pandas as pd

from shuibei_index.decisions import DECISION_COLUMNS, decisions_digest, plain_rows
from shuibei_index.store.upgrades import schema_version

QUERY_COLUMNS: tuple[str, ...] = (
    "query", "month", "enterprise_id", "period", "line_no", "record", "rule", "status", "content", "answer",
    "answered_by", "answered_at", "decision",
)  # fmt: skip

SIGN_OFF_COLUMNS: tuple[str, ...] = (
    "sign_off", "month", "release", "action", "person", "role", "signed_at", "note", "signed", "gates",
)  # fmt: skip

_DECISIONS = """
SELECT decision, enterprise_id, period, line_no, record, rule, action, corrections, person, decided_at, basis, reason
FROM decisions WHERE {where} ORDER BY decision
"""
#: What stands in the place of a rule in decisions on items: which item takes the place of which.
ITEM_REPLACEMENT = "item_replacement"
# A decision outweighs an answer, an answer the fact that the cause has gone.
_QUERIES = """
SELECT q.query, s.month, q.enterprise_id, q.period, q.line_no, q.record, q.rule,
       CASE WHEN d.decision IS NOT NULL THEN 'decided' WHEN s.state = 'void' THEN 'void'
            WHEN a.seq IS NOT NULL THEN 'answered' ELSE 'open' END,
       s.content, coalesce(a.answer, ''), coalesce(a.person, ''), coalesce(a.answered_at, ''), d.decision
FROM queries q
JOIN query_states s ON s.seq = (SELECT max(seq) FROM query_states WHERE query = q.query)
LEFT JOIN answers a ON a.seq = (SELECT max(seq) FROM answers WHERE query = q.query)
LEFT JOIN decisions d ON d.decision =
  (SELECT max(decision) FROM decisions WHERE record = q.record AND rule IN (q.rule, ''))
"""


class Register:
    """What has been asked, answered and decided. A store of the first form has none of it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def decisions(self, until: str = "") -> pd.DataFrame:
        """Return the decisions on records as they were taken, those on months up to `until` ("" = all)."""
        return self._decided("rule <> ?", until)

    def replacements(self, until: str = "") -> pd.DataFrame:
        """Return the decisions on replacements of items, in order, those of months up to `until` ("" = all)."""
        return self._decided("rule = ?", until)

    def _decided(self, where: str, until: str) -> pd.DataFrame:
        rows = self._rows(_DECISIONS.format(where=where), (ITEM_REPLACEMENT,))
        frame = pd.DataFrame(rows, columns=list(DECISION_COLUMNS)).astype({"line_no": "Int64"})
        return frame[frame["period"].le(until)].reset_index(drop=True) if until and len(frame) else frame

    def queries(self, month: str = "") -> pd.DataFrame:
        """Return the queries of an inbox month ("" = of all), with status open, answered, decided or void."""
        where = "WHERE s.month = ? " if month else ""
        rows = self._rows(f"{_QUERIES} {where}ORDER BY q.seq", (month,) if month else ())
        frame = pd.DataFrame(rows, columns=list(QUERY_COLUMNS))
        return frame.astype({"line_no": "Int64", "decision": "Int64"})

    def answers(self) -> pd.DataFrame:
        """Return every answer received: query, answer, values, remark, workbook, person, answered_at."""
        rows = self._rows(
            "SELECT query, answer, corrections, remark, workbook, person, answered_at FROM answers ORDER BY seq"
        )
        columns = ["query", "answer", "values", "remark", "workbook", "person", "answered_at"]
        return pd.DataFrame(rows, columns=columns)

    def sign_offs(self, month: str = "") -> pd.DataFrame:
        """Return every sign-off and every one taken back, of a month's releases ("" = all), in order.

        `action` is sign or withdraw, `signed` the object that says what was signed, `gates` the gates then, as JSON.
        """
        rows = []
        if schema_version(self._connection) >= 5:
            where, values = ("WHERE month = ?", (month,)) if month else ("", ())
            columns = ", ".join(("seq", *SIGN_OFF_COLUMNS[1:]))
            rows = self._rows(f"SELECT {columns} FROM sign_offs {where} ORDER BY seq", values)
        return pd.DataFrame(rows, columns=list(SIGN_OFF_COLUMNS))

    def settled_with(self, month: str) -> str:
        """Return the digest of the decisions on records of a month; "" = there are none."""
        frame = self.decisions()
        return decisions_digest(frame[frame["period"] == month])

    def _rows(self, text: str, values: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
        if schema_version(self._connection) < 2:
            return []
        return self._connection.execute(text, values).fetchall()


class RegisterWriter(Register):
    """What a transaction can add to the register. Saying the same twice adds nothing."""

    def settle(self, month: str, asked: pd.DataFrame) -> None:
        """Keep what settling a month found doubtful; what it no longer finds becomes void.

        Parameters
        ----------
        month
            The inbox month.
        asked
            query, enterprise_id, period, line_no, record, rule, content: one row per query.
        """
        names = ["query", "enterprise_id", "period", "line_no", "record", "rule"]
        self._connection.executemany(
            "INSERT OR IGNORE INTO queries (query, enterprise_id, period, line_no, record, rule) VALUES (?,?,?,?,?,?)",
            plain_rows(asked[names]),
        )
        known = pd.DataFrame(
            self._rows(
                "SELECT query, month, state, content FROM query_states "
                "WHERE seq IN (SELECT max(seq) FROM query_states GROUP BY query)"
            ),
            columns=["query", "month_before", "state", "content_before"],
        )
        now = asked[["query", "content"]].merge(known, on="query", how="left")
        same = (now["state"] == "open") & (now["content"] == now["content_before"]) & (now["month_before"] == month)
        opened = now.loc[~same, ["query", "content"]].assign(state="open")
        gone = known[(known["month_before"] == month) & (known["state"] == "open")]
        gone = gone[~gone["query"].isin(asked["query"])]
        void = gone[["query"]].assign(content=gone["content_before"], state="void")
        added = pd.concat([opened, void]).assign(month=month)
        self._connection.executemany(
            "INSERT INTO query_states (query, month, state, content) VALUES (?, ?, ?, ?)",
            plain_rows(added[["query", "month", "state", "content"]]),
        )

    def add_sign_off(self, fields: Sequence[str]) -> int:
        """Add a sign-off or one taken back (`SIGN_OFF_COLUMNS` without the number) and return its number.

        The very same as the last of that release is not taken twice.
        """
        columns = ", ".join(SIGN_OFF_COLUMNS[1:])
        last = self._connection.execute(
            f"SELECT {columns}, seq FROM sign_offs WHERE release = ? ORDER BY seq DESC LIMIT 1", (fields[1],)
        ).fetchone()
        if last is not None and last[:-1] == tuple(fields):
            return int(last[-1])
        done = self._connection.execute(
            f"INSERT INTO sign_offs ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", tuple(fields)
        )
        assert done.lastrowid is not None
        return done.lastrowid

    def add_answer(self, fields: Sequence[str]) -> None:
        """Add an answer: query, answer, values (JSON), remark, workbook, person, answered_at."""
        columns = "query, answer, corrections, remark, workbook, person, answered_at"
        last = self._connection.execute(
            f"SELECT {columns} FROM answers WHERE query = ? ORDER BY seq DESC LIMIT 1", (fields[0],)
        ).fetchone()
        if last != tuple(fields):
            self._connection.execute(f"INSERT INTO answers ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", tuple(fields))

    def add_decision(self, fields: dict[str, Any]) -> int:
        """Add a decision (`DECISION_COLUMNS` without the number) and return its number.

        The very same as the one that stands on that record and rule is not taken twice.
        """
        values = tuple(fields[name] for name in DECISION_COLUMNS[1:])
        last = self._connection.execute(
            "SELECT enterprise_id, period, line_no, record, rule, action, corrections, person, decided_at, basis, "
            "reason, decision FROM decisions WHERE record = ? AND rule IN (?, '') ORDER BY decision DESC LIMIT 1",
            (fields["record"], fields["rule"]),
        ).fetchone()
        if last is not None and last[:-1] == values:
            return int(last[-1])
        done = self._connection.execute(
            "INSERT INTO decisions (enterprise_id, period, line_no, record, rule, action, corrections, person, "
            "decided_at, basis, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        assert done.lastrowid is not None
        return done.lastrowid
