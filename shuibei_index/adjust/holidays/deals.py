"""Turnover by day from accepted records."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.errors import UsageError


def deals_by_day(records: pa.Table) -> pd.DataFrame:
    """Return turnover and number of deals by day, as `daily_weights` takes them.

    Parameters
    ----------
    records
        Accepted records with the columns ``deal_time`` and ``amount_fen``; one table, or those of many months put
        together. Records without a time are not counted. Not changed.

    Returns
    -------
    DataFrame
        Index: days. Columns: ``value`` (yuan), ``deals`` (records). Sums over all enterprises: nothing of one is shown
        unless it is the only one of a day, so the table is for the team and not for publication.

    Raises
    ------
    UsageError
        A column is missing, or no record has a time.

    Examples
    --------
    >>> import datetime as dt
    >>> times = [dt.datetime(2025, 1, 2, 10, 30), dt.datetime(2025, 1, 2, 16, 0), None]
    >>> table = pa.table({"deal_time": pa.array(times, pa.timestamp("s")), "amount_fen": [10_000, 5_000, 7_000]})
    >>> deals_by_day(table).to_dict("records")
    [{'value': 150.0, 'deals': 2}]
    """
    missing = [name for name in ("deal_time", "amount_fen") if name not in records.column_names]
    if missing:
        raise UsageError(f"records have no column {missing[0]!r}", zh=f"记录缺少列 {missing[0]}")
    timed = records.select(["deal_time", "amount_fen"]).filter(pc.is_valid(records["deal_time"]))
    if not timed.num_rows:
        raise UsageError("no record has a deal time", zh="没有任何记录填报成交时间")
    day = timed["deal_time"].cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
    table = pa.table({"day": day, "fen": timed["amount_fen"]})
    sums = table.group_by("day").aggregate([("fen", "sum"), ("fen", "count")]).sort_by("day").to_pandas()
    index = pd.DatetimeIndex(pd.to_datetime(sums["day"]), name="day")
    return pd.DataFrame({"value": sums["fen_sum"].to_numpy() / 100, "deals": sums["fen_count"].to_numpy()}, index=index)
