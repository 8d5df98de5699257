"""Checks of the time of a deal against the month it is reported for."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index import months
from shuibei_index.validation.batch import Mask
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.registry import Found, Rows, check, detail


def _given(facts: Facts) -> Mask:
    column = facts.batch.table["deal_time"]
    if column.null_count == len(column):
        return np.zeros(facts.batch.size, dtype=bool)
    given = np.asarray(column.is_valid().to_numpy(), dtype=np.bool_)
    if pa.types.is_temporal(column.type):
        return given
    texts = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
    return given & ~np.asarray(pc.fill_null(pc.equal(texts, ""), False).to_numpy(), dtype=np.bool_)


def _month(times: pa.Array) -> npt.NDArray[np.int64]:
    """Return the month's number of each time, −1 where there is none."""
    if times.null_count == len(times):
        return np.full(len(times), -1, dtype=np.int64)
    stamps = times.to_numpy(zero_copy_only=False).astype("datetime64[M]")
    # counted from January 1970
    numbers = stamps.astype(np.int64) + 1970 * 12
    return np.where(np.isnat(stamps), -1, numbers)


@check("deal_time_format", "deal_time")
def deal_time_format(facts: Facts) -> Found:
    """Find deal times nobody can read: left out, the record stays."""
    return _given(facts) & facts.deal_time.is_null().to_numpy(zero_copy_only=False).astype(bool)


@check("deal_time_outside", "deal_time")
def deal_time_outside(facts: Facts) -> Found:
    """Find deals outside the month they are reported for."""
    month, reported = _month(facts.deal_time), facts.classified.reported_month
    return (month >= 0) & (reported >= 0) & (month != reported)


@detail("deal_time_outside")
def _reported_month(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    numbers, at = np.unique(facts.classified.reported_month[rows], return_inverse=True)
    return {"expected": np.array([months.label(int(number)) for number in numbers], dtype=np.str_)[at]}
