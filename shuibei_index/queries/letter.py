"""Letter: what one firm is asked about one month, ready to be written as workbook or page."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.decisions import FIXED, record_digests
from shuibei_index.intake.schema import SUBMISSION, Column
from shuibei_index.queries.questions import CONTENT

#: Answers a firm can give: what the drop-down says → what it means.
ANSWERS: dict[str, str] = {
    "确认无误 confirm": "confirm",
    "更正 correct": "correct",
    "撤回 withdraw": "withdraw",
}
#: Columns a firm can correct.
CORRECTABLE: tuple[Column, ...] = tuple(column for column in SUBMISSION if column.name not in FIXED)
#: Written into a corrected cell to say that nothing should stand there.
EMPTY_WORD = "清空 empty"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_\-\u4e00-\u9fff]{1,40}")


@dataclass(frozen=True)
class Letter:
    """One firm's queries of one month.

    Attributes
    ----------
    firm, name, month : str
    asked : DataFrame
        query, line_no, item_id, record, rule and the contents of the finding; one row per query.
    lines : DataFrame
        The records asked about as they were sent: `record` and the columns of a submission, as text.
    """

    firm: str
    name: str
    month: str
    asked: pd.DataFrame
    lines: pd.DataFrame

    @property
    def file_stem(self) -> str:
        """Name of the files: the firm's code, or a digest of it where it could not be a file name."""
        if _PLAIN_NAME.fullmatch(self.firm):
            return self.firm
        return "firm-" + hashlib.sha256(self.firm.encode()).hexdigest()[:12]


def letters(
    queries: pd.DataFrame, kept: list[pa.Table], panel: pd.DataFrame | None, month: str, firm: str = ""
) -> Iterator[Letter]:
    """Yield a letter for each firm with queries that await an answer, by code.

    Parameters
    ----------
    queries : DataFrame
        As `Register.queries` gives them.
    kept : list of Table
        The month's held and rejected records as they were sent.
    panel : DataFrame or None
        Names of firms.
    firm
        Only this one.
    """
    waiting = queries[queries["status"].isin(["open", "answered"]) & (queries["enterprise_id"] != "")]
    if firm:
        waiting = waiting[waiting["enterprise_id"] == firm]
    lines = _lines(kept, waiting)
    content = pd.DataFrame([json.loads(text) for text in waiting["content"]], columns=list(CONTENT))
    items = lines.drop_duplicates("record").set_index("record")["item_id"].to_dict()
    names = ["query", "enterprise_id", "line_no", "record", "rule"]
    asked = pd.concat([waiting[names].reset_index(drop=True), content], axis=1)
    asked["item_id"] = asked["record"].map(lambda record: items.get(record, "")).astype(object)
    asked = asked.sort_values(["line_no", "file", "rule", "query"], kind="stable", na_position="last")
    called = {} if panel is None else dict(zip(panel["enterprise_id"], panel["name"], strict=True))
    for code, own in asked.groupby("enterprise_id", sort=True):
        of = lines[lines["record"].isin(own["record"])].sort_values(["line_no_sent", "record"], kind="stable")
        yield Letter(
            str(code),
            str(called.get(code, "")),
            month,
            own.drop(columns="enterprise_id").reset_index(drop=True),
            of.drop(columns="line_no_sent").reset_index(drop=True),
        )


def _lines(kept: list[pa.Table], waiting: pd.DataFrame) -> pd.DataFrame:
    names = [column.name for column in SUBMISSION]
    wanted = pa.array(waiting["line_no"].dropna().unique().astype("int64"), pa.int64())
    parts = []
    for table in kept:
        near = table.filter(pc.or_(pc.fill_null(pc.is_in(table["line_no"], wanted), False), table["line_no"].is_null()))
        near = near.select(names)
        digests = record_digests(near)
        cells = {name: _texts(near[name]) for name in names}
        parts.append(
            pd.DataFrame(
                {"record": pd.array(digests, dtype=object), **cells, "line_no_sent": near["line_no"].to_pandas()}
            )
        )
    lines = pd.concat(parts, ignore_index=True)
    return lines[lines["record"].isin(waiting["record"])].drop_duplicates("record", ignore_index=True)


def _texts(column: pa.ChunkedArray) -> list[str]:
    if pa.types.is_temporal(column.type):
        column = pc.strftime(column.cast(pa.timestamp("s")), format="%Y-%m-%d %H:%M:%S")
    values = (
        column.cast(column.type.value_type).to_pylist() if pa.types.is_dictionary(column.type) else column.to_pylist()
    )
    return ["" if v is None else f"{v:.15g}" if isinstance(v, float) else str(v) for v in values]
