"""Whatever bytes arrive: findings, never an exception; and each record is either whole or named."""

from __future__ import annotations

import io
import random

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuibei_index.intake.block import FileFault, FileRead
from shuibei_index.intake.delimited import read_delimited
from shuibei_index.intake.limits import reading_limits
from shuibei_index.intake.parser import Parser
from shuibei_index.intake.read import read_submissions
from shuibei_index.intake.workbook import read_workbook

LIMITS = reading_limits()
HEADER = "企业代码,报告期,行号,规格品编码,分类代码,金额,成交时间,重量,交易类型\r\n"


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_as_csv(data: bytes, with_header: bool) -> None:
    read = FileRead(1, "a.csv")
    try:
        read_delimited(HEADER.encode() * with_header + data, read, LIMITS)
    except FileFault as fault:
        assert fault.rule


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.text("合计0123456789.,，１￥元E-/: \"'\u200b约#NA年月日a", max_size=8) | st.just("2025-06"), max_size=11
        ),
        max_size=8,
    )
)
def test_any_cells_as_records(tmp_path, rows: list[list[str]]) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "\r\n".join(quoted), encoding="utf-8", newline="")
    reports = read_submissions(path)
    assert len(reports.finding_rows) == len(reports.findings)
    assert (reports.finding_rows < len(reports)).all()
    told = set(reports.findings["cell"])
    for at, line in enumerate(reports.table.column("row").to_pylist()):
        row = rows[line - 2]
        amount = row[5].strip() if len(row) > 5 else ""
        if amount and reports.table.column("amount")[at].as_py() is None:
            assert {f"金额 F{line}", f"{line}:{line}"} & told


def test_any_damage_to_a_workbook(make) -> None:
    good = make.xlsx(("S", make.grid([make.record(n) for n in range(30)])))
    chance = random.Random(5)
    rules = set()
    with Parser(LIMITS) as parser:
        for _ in range(150):
            data = bytearray(good)
            for _ in range(chance.randint(1, 6)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            if chance.random() < 0.2:
                del data[chance.randrange(len(data)) :]
            try:
                read_workbook(bytes(data), FileRead(1, "a.xlsx"), parser, LIMITS)
            except FileFault as fault:
                rules.add(fault.rule)
    assert "workbook_damaged" in rules


def test_any_damage_to_parquet(tmp_path, make) -> None:
    sink = io.BytesIO()
    pd.DataFrame([make.record(n) for n in range(30)]).to_parquet(sink)
    good = sink.getvalue()
    chance = random.Random(6)
    for n in range(100):
        data = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        (tmp_path / f"{n:03d}.parquet").write_bytes(bytes(data))
    reports = read_submissions(tmp_path)
    assert len(reports.files) == 100
    assert set(reports.files["reason"]) >= {"parquet_damaged", ""}


@pytest.mark.parametrize("big", [10**400, 2**70])
def test_numbers_beyond_all_bounds_in_a_workbook(read, make, big) -> None:
    reports = read(make.xlsx(("S", make.grid([make.record(str(big), amount=1e300)]))), "a.xlsx")
    assert reports.rejected_rows.tolist() == [0]
    assert reports.table.column("line_no").null_count == 1
