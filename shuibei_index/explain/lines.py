"""Lines: what an enterprise sent about an item: place, figures as reported and accepted, findings, decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shuibei_index.errors import UsageError
from shuibei_index.intake.schema import SPLIT, TRAIL

if TYPE_CHECKING:
    from shuibei_index.store import Store

_WHERE = ["enterprise_id", "period", "line_no", "item_id", "class_code", "file", "sheet", "row", "receipt"]
_SETTLED = [
    "deal_time", "trade_type", "stage", "pieces", "weight_mg", "net_weight_mg", "quantity_milli", "fineness",
    "tax_basis", "amount_reported_fen", "amount_fen", "metal_price", "making_charge", "charge_basis", "loss_rate",
    "stone_amount_fen", "note",
]  # fmt: skip
_FINDINGS = ["period", "line_no", "rule", "severity", "value", "message_zh", "message_en"]
_DECISIONS = ["decision", "period", "line_no", "rule", "action", "values", "person", "decided_at", "basis", "reason"]


@dataclass(frozen=True)
class SubmissionLines:
    """The accepted records of an item of an enterprise in some months, and what stands behind them.

    Parameters
    ----------
    records : DataFrame
        Where each stands (file, sheet, row, receipt, received_at, sha256 of the file kept in the store), the figures
        as reported (``*_reported``), the rules that settled them (``*_rule``), as accepted, and their parts.
    findings, decisions : DataFrame
        Of the same lines.
    """

    records: pd.DataFrame
    findings: pd.DataFrame
    decisions: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Return three lists of rows."""
        return {
            name: frame.astype(object).where(frame.notna(), None).to_dict("records")
            for name, frame in (
                ("records", self.records),
                ("findings", self.findings),
                ("decisions", self.decisions),
            )
        }


def submission_lines(store: Store, months: Sequence[str], enterprise_id: str, item_id: str) -> SubmissionLines:
    """Return the lines behind an item's prices.

    Parameters
    ----------
    store : Store
    months : sequence of str
    enterprise_id, item_id : str

    Raises
    ------
    UsageError
        No accepted record of the item in these months.
    """
    records, findings = [], []
    for month in months:
        state = store.month(month)
        if state is None:
            continue
        found = _accepted(store, state.accepted, enterprise_id, item_id)
        records.append(found)
        said = store.objects.get_table(state.findings).to_pandas()
        mine = (said["enterprise_id"] == enterprise_id) & said["line_no"].isin(found["line_no"])
        same = (said["period"] == month) & said["file"].isin(found["file"])
        findings.append(said.loc[mine & same, _FINDINGS])
    whole = pd.concat(records, ignore_index=True) if records else pd.DataFrame()
    if not len(whole):
        raise UsageError(
            f"no accepted record of item {item_id!r} of {enterprise_id!r} in {', '.join(months)}",
            zh=f"{'、'.join(months)} 没有企业 {enterprise_id} 规格品 {item_id} 的采用记录",
        )
    taken = store.register.decisions()
    keys = pd.MultiIndex.from_frame(whole[["period", "line_no"]].astype({"line_no": "Int64"}))
    of_lines = pd.MultiIndex.from_frame(taken[["period", "line_no"]]).isin(keys)
    mine = (taken["enterprise_id"] == enterprise_id) & np.asarray(of_lines)
    return SubmissionLines(
        _with_receipts(store, whole),
        pd.concat(findings, ignore_index=True),
        taken.loc[mine, _DECISIONS].reset_index(drop=True),
    )


def _accepted(store: Store, sha256: str, enterprise_id: str, item_id: str) -> pd.DataFrame:
    path = store.objects.checked_path(sha256)
    wanted = [*_WHERE, *_SETTLED, *TRAIL, *SPLIT]
    there = set(pq.read_schema(path).names)
    table = pq.read_table(path, columns=[name for name in wanted if name in there])
    mine = pc.and_(
        pc.equal(table["enterprise_id"].cast(pa.string()), enterprise_id),
        pc.equal(table["item_id"].cast(pa.string()), item_id),
    )
    # records of an older version have no trail: its columns are there, and empty
    frame: pd.DataFrame = table.filter(mine).to_pandas()
    texts = frame.select_dtypes("category").columns
    return frame.astype(dict.fromkeys(texts, object)).reindex(columns=wanted).astype({"line_no": "Int64"})


def _with_receipts(store: Store, records: pd.DataFrame) -> pd.DataFrame:
    known = pd.DataFrame(
        [(r.seq, r.received_at, r.sha256) for r in store.numbered_receipts(records["receipt"].tolist())],
        columns=["receipt", "received_at", "sha256"],
    )
    frame = records.merge(known, on="receipt", how="left", validate="many_to_one")
    first = [*_WHERE, "received_at", "sha256"]
    return frame[[*first, *(name for name in frame.columns if name not in first)]]
