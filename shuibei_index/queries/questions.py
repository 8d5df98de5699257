"""Questions: each doubt of a settled month with an id that depends on what was sent, not on where it stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.decisions import plain_rows, record_digests
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.validation.batch import clean

if TYPE_CHECKING:
    from shuibei_index.store.ledger import Receipt
    from shuibei_index.validation import ValidationReport

_KEY = ["enterprise_id", "period", "line_no"]
_PLACE = ["receipt", "sheet", "row"]
#: What a query remembers of its finding.
CONTENT: tuple[str, ...] = (
    "severity", "scope", "file", "sheet", "cell", "value", "expected", "proposed", "message_zh", "message_en",
)  # fmt: skip


def questions(
    report: ValidationReport, receipts: Sequence[Receipt], month: str, panel: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the queries of an inbox month as it stands: what is held or rejected and could be put right.

    Parameters
    ----------
    report : ValidationReport
    receipts : sequence of Receipt
        Of all files the report is about.
    month : str
    panel : DataFrame or None
        A doubt about an id that is not in it goes to the firm whose file it is, if that is one firm.

    Returns
    -------
    DataFrame
        query, enterprise_id ("" = nobody to ask by letter), period, line_no, record, rule, content (JSON).
    """
    inbox = {r.seq: r.inbox_month for r in receipts}
    found = report.findings.assign(receipt=report.finding_receipts, row=report.finding_lines)
    found = found[found["severity"].isin(["query", "reject"]) & (found["receipt"].map(inbox) == month)]
    records = _records(report, found["receipt"].unique())
    found = found.merge(records, on=_PLACE, how="left")
    whole = found["record"].isna()
    digest = {r.seq: r.sha256 for r in receipts}
    found["record"] = found["record"].where(~whole, found["receipt"].map(digest))
    found["scope"] = np.where(whole, "file", "record")
    found["period"] = found["period"].where(~whole | (found["period"] != ""), month)
    found["addressee"] = _addressee(found, report, panel)
    found = found[~_answered_by_sending_again(found, report, receipts)]
    if "proposed" not in found:
        found = found.assign(proposed="")
    # which cell it is, without the line: the same line sent again further down is the same question
    column = found["cell"].str.replace(r"\s*[A-Z]*\d+(:\d+)?$", "", regex=True).where(found["scope"] == "record")
    found["column"] = column.fillna(found["sheet"] + found["cell"])
    names = ["record", "rule", "column", "addressee"]
    ids = [_id(row) for row in plain_rows(found[names])]
    content = [json.dumps(dict(zip(CONTENT, row, strict=True)), ensure_ascii=False, sort_keys=True)
               for row in plain_rows(found[list(CONTENT)])]  # fmt: skip
    asked = found.assign(query=pd.array(ids, dtype=object), content=pd.array(content, dtype=object))
    asked = asked.assign(enterprise_id=asked["addressee"]).drop_duplicates("query")
    return asked[["query", *_KEY, "record", "rule", "content"]].reset_index(drop=True)


def _id(parts: tuple[object, ...]) -> str:
    text = json.dumps(parts, ensure_ascii=False)
    return "Q" + hashlib.sha256(text.encode()).hexdigest()[:16].upper()


def _records(report: ValidationReport, receipts: Any) -> pd.DataFrame:
    """Return place and digest of the held and rejected records of some receipts."""
    tables = [table.filter(pc.is_in(table["receipt"], pa.array(receipts, pa.int64()))) for table in _kept(report)]
    parts = [
        pd.DataFrame(
            {
                "receipt": table["receipt"].to_numpy(),
                "sheet": pc.fill_null(table["sheet"].cast(pa.string()), "").to_pandas().astype(str),
                "row": table["row"].to_numpy(),
                "record": pd.array(record_digests(table.select([c.name for c in SUBMISSION])), dtype=object),
            }
        )
        for table in tables
    ]
    return pd.concat(parts, ignore_index=True).drop_duplicates(_PLACE)


def _kept(report: ValidationReport) -> tuple[pa.Table, pa.Table]:
    return report.held_table, report.rejected_table


def _addressee(found: pd.DataFrame, report: ValidationReport, panel: pd.DataFrame | None) -> pd.Series:
    """Return the firm to ask: the one the record names; else the only firm in the file; else nobody."""
    own = found["enterprise_id"].map(clean)
    counts = report.tallies[report.tallies["enterprise_id"] != ""]
    if panel is not None:
        counts = counts[counts["enterprise_id"].isin(panel["enterprise_id"])]
        own = own.where(own.isin(panel["enterprise_id"]), "")
    firms = counts.drop_duplicates(["receipt", "enterprise_id"]).set_index("receipt")["enterprise_id"]
    only = firms[~firms.index.duplicated(keep=False)].to_dict()
    return own.where(own != "", found["receipt"].map(lambda seq: only.get(seq, "")).astype(object))


def _answered_by_sending_again(found: pd.DataFrame, report: ValidationReport, receipts: Sequence[Receipt]) -> pd.Series:
    """Tell which doubts are gone: a later file has the line again, or replaced the file the doubt is about."""
    newest = {(r.inbox_month, r.file_name): r.seq for r in receipts}
    name = {r.seq: (r.inbox_month, r.file_name) for r in receipts}
    replaced = found["receipt"].map(lambda seq: newest[name[seq]]) > found["receipt"]
    keyless = (found["scope"] == "file") | found["line_no"].isna() | (found["enterprise_id"] == "")
    lines = pa.array(found["line_no"].dropna().unique().astype("int64"), pa.int64())
    firms = pa.array(found["enterprise_id"].unique().astype(str), pa.string())
    parts = []
    for table in (report.accepted_table, *_kept(report)):
        near = table.filter(
            pc.and_(
                pc.fill_null(pc.is_in(table["line_no"], lines), False),
                pc.fill_null(pc.is_in(table["enterprise_id"].cast(pa.string()), firms), False),
            )
        )
        parts.append(near.select([*_KEY, "receipt"]).cast(_SENT).to_pandas(integer_object_nulls=True))
    sent = pd.concat(parts, ignore_index=True).astype({"line_no": "Int64"})
    last = sent.groupby(_KEY, as_index=False)["receipt"].max().rename(columns={"receipt": "last"})
    later = found[[*_KEY, "receipt"]].merge(last, on=_KEY, how="left")["last"].to_numpy(dtype=float, na_value=-1.0)
    again = ~keyless & (later > found["receipt"].to_numpy())
    return again | (keyless & replaced)


_SENT = pa.schema(
    [("enterprise_id", pa.string()), ("period", pa.string()), ("line_no", pa.int64()), ("receipt", pa.int64())]
)
