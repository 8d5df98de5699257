from __future__ import annotations

from pathlib import Path

import pytest

from shuibei_index.intake.read import read_receipts
from shuibei_index.intake.receipts import RECEIPT_COLUMNS, quarantine, receipt_table
from shuibei_index.store import Store


@pytest.fixture
def table(tmp_path: Path, make):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    both = make.grid([make.record(1), make.record(2, enterprise_id="E002", period="2025-05")])
    (inbox / "a.csv").write_text(make.csv(both), encoding="utf-8")
    (inbox / "b.xlsx").write_bytes(make.xlsx(("S", make.grid([make.record(9)])))[:200])
    (inbox / "c.csv").write_text(make.csv(make.grid([])), encoding="utf-8")
    (inbox / "d.csv").write_bytes((inbox / "a.csv").read_bytes())
    with Store.open(tmp_path / "store") as store, store.writer("test") as tx:
        tx.receive_folder(inbox, "2025-06", "2025-07-08 10:00")
        receipts = tx.receipts("2025-06")
        reports = read_receipts(receipts, store.objects)
    return lambda **options: receipt_table(reports, receipts, **options)


def test_each_file_has_one_row_that_says_what_became_of_it(table) -> None:
    rows = table().set_index("file")
    assert tuple(table().columns) == RECEIPT_COLUMNS
    # the same content has one receipt, under the name it came with first
    assert sorted(rows.index) == ["a.csv", "b.xlsx", "c.csv"]
    assert rows.loc["a.csv", ["senders", "periods", "rows", "late"]].tolist() == [
        "E001、E002",
        "2025-05、2025-06",
        2,
        True,
    ]
    assert rows.loc["b.xlsx", ["outcome", "reason", "senders", "late"]].tolist() == [
        "rejected",
        "workbook_damaged",
        "",
        False,
    ]
    assert "另存" in rows.loc["b.xlsx", "message_zh"] and "save it anew" in rows.loc["b.xlsx", "message_en"]
    assert rows.loc["c.csv", ["outcome", "reason"]].tolist() == ["read", "no_records"]
    assert set(rows["received_at"]) == {"2025-07-08 10:00"}
    assert rows["sha256"].str.len().tolist() == [64] * 3


def test_late_is_also_after_the_day_it_was_due(table) -> None:
    assert table(due="2025-07-08")["late"].tolist() == [True, False, False]
    assert table(due="2025-07-05")["late"].tolist() == [True] * 3


def test_quarantine_is_what_was_rejected(table) -> None:
    assert quarantine(table())["file"].tolist() == ["b.xlsx"]
