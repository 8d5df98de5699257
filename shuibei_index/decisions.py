"""Decisions of people on single records: what one says, and which record it was taken on."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.errors import UsageError
from shuibei_index.intake.schema import SUBMISSION

#: What can be decided: use as it is, use with other values, leave out, leave out so that the item is imputed.
ACTIONS: tuple[str, ...] = ("accept", "correct", "exclude", "impute")
#: Columns of a table of decisions, in the order of the ledger.
DECISION_COLUMNS: tuple[str, ...] = (
    "decision", "enterprise_id", "period", "line_no", "record", "rule", "action", "values", "person", "decided_at",
    "basis", "reason",
)  # fmt: skip
#: What the basis of a decision is called when it is a person's judgement and no rule.
JUDGEMENT = "主观判断 / expert judgement"
#: Columns no decision can change: whose record it is, and of which month.
FIXED: tuple[str, ...] = ("enterprise_id", "period")


def record_digests(table: pa.Table) -> list[str]:
    """Return the sha256 of each row's contents: the columns of a submission as they were sent, nothing else.

    The same line sent again, in whatever file and place, has the same digest; a line changed in any cell has another.

    Parameters
    ----------
    table
        Has every column of `SUBMISSION`; others do not count.
    """
    texts = [_texts(table[column.name]) for column in SUBMISSION]
    rows = zip(*texts, strict=True)
    return [
        hashlib.sha256(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest() for row in rows
    ]


def _texts(column: pa.ChunkedArray) -> list[Any]:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    elif pa.types.is_temporal(kind):
        column = pc.strftime(column.cast(pa.timestamp("s")), format="%Y-%m-%dT%H:%M:%S")
    values: list[Any] = column.to_pylist()
    # an empty text and no text are the same to whoever sent it
    return [None if value == "" else value for value in values]


def checked_decisions(decisions: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return a table of decisions if it is one, in the order in which they were taken; None if there are none.

    Raises
    ------
    UsageError
        A column is missing, or an action is not one.
    """
    if decisions is None or not len(decisions):
        return None
    missing = [name for name in DECISION_COLUMNS if name not in decisions.columns]
    if missing:
        raise UsageError(f"decisions: columns missing: {', '.join(missing)}; expected {', '.join(DECISION_COLUMNS)}")
    unknown = sorted(set(decisions["action"]) - set(ACTIONS))
    if unknown:
        raise UsageError(f"decisions: action {unknown[0]!r}; expected one of {', '.join(ACTIONS)}")
    return decisions.sort_values("decision", ignore_index=True)


def standing(decisions: pd.DataFrame) -> pd.DataFrame:
    """Return the decisions in force: of several on the same record and rule the last.

    One on all of a record (rule "") ends every earlier one on it; but to accept all of it ends no correction.
    """
    whole, accepts = decisions["rule"] == "", decisions["action"] == "accept"
    number, record = decisions["decision"], decisions["record"]
    ended = number.where(whole & ~accepts).groupby(record).transform("max").fillna(-1)
    let_in = number.where(whole & accepts).groupby(record).transform("max").fillna(-1)
    alive = decisions[(number >= ended) & ~(decisions["action"].isin(["exclude", "impute"]) & (number < let_in))]
    return alive.drop_duplicates(["record", "rule"], keep="last").reset_index(drop=True)


def decisions_digest(decisions: pd.DataFrame) -> str:
    """Return the sha256 of a table of decisions, which depends on nothing but what they say; "" = none."""
    return hashlib.sha256(decisions_bytes(decisions)).hexdigest() if len(decisions) else ""


def decisions_bytes(decisions: pd.DataFrame) -> bytes:
    """Return decisions as JSON, one a line: what a release freezes."""
    rows = [dict(zip(DECISION_COLUMNS, row, strict=True)) for row in plain_rows(decisions[list(DECISION_COLUMNS)])]
    lines = [json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for row in rows]
    return "".join(line + "\n" for line in lines).encode()


def decisions_from(data: bytes) -> pd.DataFrame:
    """Return the table of decisions a release froze."""
    rows = [json.loads(line) for line in data.decode().splitlines()]
    return pd.DataFrame(rows, columns=list(DECISION_COLUMNS)).astype({"line_no": "Int64"})


def plain_rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return rows of Python values, as SQLite and JSON take them: an empty number is None."""
    columns = [frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame.columns]
    return list(zip(*columns, strict=True))
