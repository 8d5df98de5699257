"""Whatever is sent: no record is lost, no order of rows matters, nothing crashes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuibei_index.errors import UsageError
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.rules import Rules
from shuibei_index.validation import validate

RULES = Rules.load()
PANEL = pd.DataFrame({"enterprise_id": ["E1", "E2"], "joined": ["2020-01", ""], "left": ["", "2025-01"]})
METALS = pd.DataFrame({"period": ["2025-06"], "metal": ["gold"], "cny_per_gram": [765.0]})

WORDS: dict[str, list[str | None]] = {
    "enterprise_id": ["E1", "Ｅ１", "E2", "e1", "", None, "=cmd()", "../E1", "E\u200b1"],
    "period": ["2025-06", "2025-05", "2025-13", "1999-01", "9999-12", "", None, "2025-07"],
    "item_id": ["A", "B", None, "x" * 300, "\x00"],
    "class_code": ["01010101", "0101", "030101", "0401", "91", "90", "0303", "99", "", None, "0302"],
    "deal_time": ["2025-06-03", "2025-06-03T10:00", "2025-02-30", "昨天", "", None],
    "trade_type": ["销售", "sale", "toll", "退货", "trade_in", "?", None],
    "stage": ["批发", "retail", "x", None],
    "weight_unit": ["克", "g", "kg", "mg", "ct", "分", "钱", "两", "oz", None],
    "unit_system": ["metric", "hk", "司马", "old16", "?", None],
    "fineness": ["足金", "18K", "0.999", "Pt950", "S925", "千足金", "-5", "九九九", None],
    "amount_unit": ["元", "万元", "角", None],
    "tax_basis": ["含税", "excl", "?", None],
    "charge_basis": ["克工费", "per_piece", "percent", "?", None],
    "file": ["a.csv", "b.xlsx", None],
    "sheet": ["S1", None],
}
GOOD: dict[str, Any] = {
    "enterprise_id": "E1", "period": "2025-06", "line_no": 1, "item_id": "A", "class_code": "01010101", "weight": 10.0,
    "weight_unit": "克", "fineness": "足金", "amount": 7724.0, "tax_basis": "含税", "metal_price": 760.0,
    "making_charge": 20.0, "charge_basis": "克工费",
}  # fmt: skip
NUMBERS: list[float | None] = [
    None, 0.0, -1.0, 1e300, -1e300, float("inf"), float("-inf"), float("nan"), 5e-324, 0.005, 1e15, 7724.0, 10.0, 760.0,
    20.0, 12345.6789,
]  # fmt: skip
WHOLES: list[int | None] = [None, 0, 1, 2, -1, 2**62, -(2**62), 2**63 - 1, -(2**63)]


def any_records(seed: int, most: int = 30) -> list[dict[str, Any]]:
    """Return records whose cells are nearly right, wrong, absurd or random text."""
    random = np.random.default_rng(seed)
    rows = int(random.integers(0, most))
    # some tables are mostly sound: the checks that look at whole records must be reached
    sound = random.random() < 0.5
    records: list[dict[str, Any]] = []
    for row in range(rows):
        record: dict[str, Any] = {}
        for column in SUBMISSION:
            choices: list[Any] = {"number": NUMBERS, "integer": WHOLES}.get(column.kind, WORDS.get(column.name, [None]))
            record[column.name] = choices[int(random.integers(len(choices)))]
            if column.kind == "text" and random.random() < 0.05:
                record[column.name] = "".join(map(chr, random.integers(1, 0xD7FF, 4)))
            if sound and random.random() < 0.9:
                record[column.name] = GOOD.get(column.name)
        records.append({**record, "receipt": int(random.integers(1, 4)), "row": row + 1})
        records[-1] |= {name: WORDS[name][int(random.integers(len(WORDS[name])))] for name in ("file", "sheet")}
    return records


def table_of(records: list[dict[str, Any]]) -> pa.Table:
    kinds = {column.name: column.kind for column in SUBMISSION}
    types = {"number": pa.float64(), "integer": pa.int64(), "text": pa.string()}
    names = [*kinds, "receipt", "file", "sheet", "row"]
    return pa.table(
        {
            name: pa.array(
                [record[name] for record in records],
                pa.int64() if name in ("receipt", "row") else types[kinds.get(name, "text")],
            )
            for name in names
        }
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["incl", "excl"]), st.sampled_from([None, "2025-06"]))
def test_every_record_has_one_fate(seed, tax_basis, month):
    records = any_records(seed)
    report = validate(
        table_of(records), rules=RULES, panel=PANEL, metal_prices=METALS, tax_basis=tax_basis, month=month
    )
    totals = report.totals
    assert totals["read"] == len(records) == totals["accepted"] + totals["held"] + totals["rejected"]
    counts = report.counts
    assert (counts["read"] == counts["accepted"] + counts["held"] + counts["rejected"]).all()
    assert (report.accepted_table["amount_fen"].to_numpy() > 0).all()
    assert (report.accepted_table["quantity_milli"].to_numpy() > 0).all()
    # who is not accepted is told why
    for table in (report.held_table, report.rejected_table):
        assert all(table["rule"].to_pylist())
    keys = report.accepted_table.select(["enterprise_id", "period", "line_no"]).to_pandas()
    assert not keys.duplicated().any()
    report.summary()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(seed):
    records = any_records(seed)
    shuffled = [records[k] for k in np.random.default_rng(seed).permutation(len(records))]
    one, other = (
        validate(table_of(rows), rules=RULES, panel=PANEL, metal_prices=METALS, month="2025-06")
        for rows in (records, shuffled)
    )
    assert one.accepted_table.equals(other.accepted_table)
    # as texts: what was sent as NaN is kept as NaN, which equals nothing
    assert str(one.held_table.to_pylist()) == str(other.held_table.to_pylist())
    assert str(one.rejected_table.to_pylist()) == str(other.rejected_table.to_pylist())
    pd.testing.assert_frame_equal(one.findings, other.findings)
    pd.testing.assert_frame_equal(one.tallies, other.tallies)


def test_shuffled_clean_records_give_the_same_bytes(clean):
    random = np.random.default_rng(3)
    rows = [
        {**clean, "line_no": n % 50 + 1, "enterprise_id": f"E{n // 50}", "item_id": f"I{n % 7}", "row": n + 2}
        for n in range(400)
    ]
    frame = pd.DataFrame(rows).drop(columns=["stone_carat", "unit_system"])
    one = validate(frame, rules=RULES).accepted_table
    other = validate(frame.iloc[random.permutation(400)], rules=RULES).accepted_table

    def as_bytes(table: pa.Table) -> bytes:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        return sink.getvalue().to_pybytes()

    assert one.num_rows == 400
    assert as_bytes(one) == as_bytes(other)


def test_a_fraction_of_a_piece_is_never_emptied_silently(rules):
    """Found from outside: a table with 2.5 pieces lost the figure without a word."""
    row = {
        "enterprise_id": "E1", "period": "2025-06", "line_no": 1, "item_id": "i", "class_code": "0401",
        "amount": 100.0, "tax_basis": "incl", "pieces": 2.5,
    }  # fmt: skip
    with pytest.raises(UsageError, match=r"the column 'pieces' holds 2\.5 in row 1; expected whole numbers"):
        validate(pd.DataFrame([row]), rules=rules)
    assert validate(pd.DataFrame([row | {"pieces": 2.0}]), rules=rules).totals["accepted"] == 1
