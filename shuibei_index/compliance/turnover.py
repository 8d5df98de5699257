"""Turnover: what the collection points sold, by month, enterprise and class, from the accepted records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shuibei_index.errors import WorkspaceError
from shuibei_index.workspace import Workspace

if TYPE_CHECKING:
    from shuibei_index.store import Store

_COLUMNS = ["enterprise_id", "class_code", "trade_type", "stage", "amount_fen"]
TURNOVER_COLUMNS = ("period", "enterprise_id", "class_code", "turnover")


def turnover(store: Store, months: Iterable[str], stage: str) -> pd.DataFrame:
    """Return the turnover of sales at a stage of trade.

    Parameters
    ----------
    store : Store
    months : iterable of str
        Months without a state are left out.
    stage : {"wholesale", "retail"}

    Returns
    -------
    DataFrame
        period, enterprise_id, class_code, turnover (CNY); sums are exact to the fen.
    """
    frames = [pd.DataFrame({name: pd.Series(dtype=object) for name in TURNOVER_COLUMNS})]
    for month in months:
        state = store.month(month)
        if state is not None:
            frames.append(
                _of_month(pq.read_table(store.objects.checked_path(state.accepted), columns=_COLUMNS), month, stage)
            )
    return pd.concat([f for f in frames if len(f)] or frames, ignore_index=True).astype({"turnover": float})


def _of_month(table: pa.Table, month: str, stage: str) -> pd.DataFrame:
    texts = {name: table[name].cast(pa.string()) for name in _COLUMNS[:-1]}
    plain = pa.table({**texts, "amount_fen": table["amount_fen"]})
    plain = plain.filter(pc.and_(pc.equal(plain["trade_type"], "sale"), pc.equal(plain["stage"], stage)))
    sums = plain.group_by(["enterprise_id", "class_code"]).aggregate([("amount_fen", "sum")]).to_pandas()
    frame = sums.assign(period=month, turnover=sums["amount_fen_sum"] / 100.0)[list(TURNOVER_COLUMNS)]
    ordered: pd.DataFrame = frame.sort_values(["enterprise_id", "class_code"], ignore_index=True)
    return ordered


def regions(workspace: Workspace) -> dict[str, str]:
    """Return the region of each enterprise, from the column `region` of panel.csv; empty without one."""
    path = workspace.root / "panel.csv"
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"panel.csv cannot be read: {error}", zh=f"panel.csv 无法读取：{error}") from error
    if "region" not in frame or "enterprise_id" not in frame:
        return {}
    stated = frame[frame["region"].str.strip() != ""]
    return dict(zip(stated["enterprise_id"].str.strip(), stated["region"].str.strip(), strict=True))
