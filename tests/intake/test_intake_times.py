from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuibei_index.intake.times import parse_times


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2025-06-03", "2025-06-03T00:00:00"),
        ("2025-06-03 14:30", "2025-06-03T14:30:00"),
        ("2025-06-03T14:30:05", "2025-06-03T14:30:05"),
        ("2025/6/3 9:05", "2025-06-03T09:05:00"),
        ("2024-02-29", "2024-02-29T00:00:00"),
        ("2025-06-03 14:30:05.250", "2025-06-03T14:30:05"),
    ],
)
def test_what_is_read(text: str, time: str) -> None:
    times, refused = parse_times(pa.array([text]))
    assert times[0] == np.datetime64(time, "s")
    assert not refused[0]


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-29",
        "2025-13-01",
        "2025-00-10",
        "2025-06-00",
        "2025-06-31",
        "06/03/2025",
        "3.6.2025",
        "45658",
        "昨天",
        "2025-06-03 24:00",
        "2025-06-03 12:60",
        "2025-06-03T12",
        "2025-06-03 12:30Z",
        "20250603",
        "１",
    ],
)
def test_what_is_refused(text: str) -> None:
    times, refused = parse_times(pa.array([text]))
    assert np.isnat(times[0])
    assert refused[0]


@given(st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2199, 12, 31)))
def test_every_moment_survives(moment: dt.datetime) -> None:
    moment = moment.replace(microsecond=0)
    times, _ = parse_times(pa.array([str(moment), moment.isoformat()]))
    assert (times == np.datetime64(moment, "s")).all()
