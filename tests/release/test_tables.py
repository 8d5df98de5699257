from __future__ import annotations

import csv
import io
import json
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuibei_index.release import Release
from shuibei_index.release.policy import publication_policy
from shuibei_index.release.schema import REVISIONS, TABLES, decimals
from shuibei_index.release.tables import as_published, csv_bytes, printed, published, rounded
from shuibei_index.rules import Rules


@given(st.floats(-1e6, 1e6, allow_nan=False), st.integers(0, 6))
def test_published_is_gb_t_8170_on_the_stored_number(value: float, places: int) -> None:
    exact = Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    assert as_published(value, places) == f"{exact if exact else abs(exact):.{places}f}"


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0.125, 2, "0.12"),  # a tie goes to the even digit …
        (0.375, 2, "0.38"),
        (-0.125, 2, "-0.12"),
        (1.115, 2, "1.11"),  # … but only a true tie: this is stored as 1.11499…, and numpy.round makes it 1.12
        (0.05, 1, "0.1"),  # stored as 0.05000…0277
        (-0.04, 1, "0.0"),
        (-0.0, 2, "0.00"),
        (1e15, 2, "1000000000000000.00"),
    ],
)
def test_ties_and_zero(value: float, places: int, text: str) -> None:
    assert as_published(value, places) == text


def test_nan_is_empty_not_zero() -> None:
    assert list(published([np.nan, 0.0], 1)) == ["", "0.0"]
    assert np.isnan(rounded([np.nan], 1)[0])


def test_csv_is_utf8_without_bom_lf_with_header(release: Release) -> None:
    for name, table in TABLES.items():
        content = release.files[f"{name}.csv"]
        assert not content.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in content
        assert content.endswith(b"\n")
        assert content.decode().splitlines()[0].split(",") == table.names


def test_csv_is_the_rounded_parquet_cell_by_cell(release: Release) -> None:
    policy = release.about.policy
    for name, table in TABLES.items():
        rows = list(csv.DictReader(io.StringIO(release.files[f"{name}.csv"].decode())))
        full = release.frame(name)
        assert len(rows) == len(full)
        for column in [c for c in table.columns if c.is_number]:
            places = decimals(column.kind, policy)
            for row, value in zip(rows[::37], full[column.name].to_numpy()[::37], strict=True):
                if np.isnan(value):
                    assert row[column.name] == ""
                else:
                    assert row[column.name] != f"{-0.0:.{places}f}"
                    assert float(row[column.name]) == pytest.approx(value, abs=0.5 * 10.0**-places + 1e-12)
                    assert len(row[column.name].partition(".")[2]) == places


def test_parquet_and_json_keep_full_precision(release: Release) -> None:
    full = release.to_frame()
    content = json.loads(release.files["indices.json"])
    assert content["base_period"] == "2019"
    one = next(s for s in content["series"] if (s["class_code"], s["adjustment"]) == ("0101", "NSA"))
    rows = full[(full["class_code"] == "0101") & (full["adjustment"] == "NSA")].sort_values("period")
    assert one["period"] == rows["period"].tolist()
    assert one["index"] == rows["index"].tolist()
    assert one["yoy_pct"][:12] == [None] * 12
    assert any(v != round(v, 2) for v in one["index"])
    assert sum(len(s["index"]) for s in content["series"]) == len(full)


def test_parquet_carries_unit_and_vintage(release: Release) -> None:
    schema = pq.read_schema(io.BytesIO(release.files["indices.parquet"]))
    assert schema.metadata[b"vintage"] == b"2025-06"
    assert schema.field("mom_pct").metadata[b"unit"] == b"percent"
    assert b"pandas" not in schema.metadata


def test_text_never_becomes_a_formula(rules: Rules) -> None:
    row = {"period": "2025-01", "class_code": "00", "component": "total", "adjustment": "NSA"}
    frame = pd.DataFrame(
        [{**row, "previous": -1.0, "current": 2.0, "revision": 3.0, "reason": "=HYPERLINK(1)", "obs_conf": "F"}]
    )
    policy = publication_policy(rules.at("2025-06"))
    assert printed(frame, REVISIONS, policy)["reason"].iloc[0] == "'=HYPERLINK(1)"
    assert b"-1.00,2.00,3.00,'=HYPERLINK(1)" in csv_bytes(frame, REVISIONS, policy)
