from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.adjust.holidays.deals import deals_by_day
from shuibei_index.adjust.holidays.profile import per_day
from shuibei_index.errors import UsageError
from shuibei_index.intake.schema import RECORD


def test_sums_by_day() -> None:
    rng = np.random.default_rng(1)
    times = pd.Timestamp("2024-02-01") + pd.to_timedelta(rng.integers(0, 40 * 86_400, 5_000), "s")
    fen = rng.integers(1, 10**9, 5_000)
    unit = RECORD.field("deal_time").type
    table = pa.table(
        {"deal_time": pa.array(times).cast(unit), "amount_fen": pa.array(fen, RECORD.field("amount_fen").type)}
    )
    expected = pd.Series(fen / 100, index=times.normalize()).groupby(level=0).agg(["sum", "size"])
    found = deals_by_day(table)
    assert found["value"].tolist() == pytest.approx(expected["sum"].tolist())
    assert found["deals"].tolist() == expected["size"].tolist()
    assert list(found.index) == list(expected.index)
    assert per_day(found)["deals"].sum() == 5_000


def test_records_without_times() -> None:
    with pytest.raises(UsageError, match="deal_time"):
        deals_by_day(pa.table({"amount_fen": [1]}))
    with pytest.raises(UsageError, match="no record has a deal time") as raised:
        deals_by_day(pa.table({"deal_time": pa.nulls(2, pa.timestamp("s")), "amount_fen": [1, 2]}))
    assert raised.value.zh
