from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from shuibei_index import months
from shuibei_index.intake.lateness import came_late, deadlines
from shuibei_index.intake.read import read_receipts
from shuibei_index.intake.receipts import RECEIPT_COLUMNS, late_notes, quarantine, receipt_table
from shuibei_index.rules import Rules
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
        arrivals = tx.arrivals()

    def made(due: int = 6, **options):
        return receipt_table(reports, receipts, arrivals=arrivals, due=due_on(due), **options)

    return made


def due_on(day: int):
    return lambda month: dt.date.fromisoformat(f"{months.shift(month, 1)}-{day:02d}")


def test_each_file_has_one_row_that_says_what_became_of_it(table) -> None:
    rows = table().set_index("file")
    assert tuple(table().columns) == RECEIPT_COLUMNS
    assert sorted(rows.index) == ["a.csv", "b.xlsx", "c.csv", "d.csv"]
    told = rows.loc["a.csv", ["senders", "periods", "rows", "due", "late"]].tolist()
    assert told == ["E001、E002", "2025-05、2025-06", 2, "2025-06-06", True]
    told = rows.loc["b.xlsx", ["outcome", "reason", "senders", "due", "late"]].tolist()
    assert told == ["rejected", "workbook_damaged", "", "2025-07-06", True]
    # the same content has one receipt, under the name it came with first; its second arrival counts nothing
    told = rows.loc["d.csv", ["receipt", "outcome", "reason", "rows", "due"]].tolist()
    assert told == [rows.loc["a.csv", "receipt"], "same", "same_content", 0, ""] and pd.isna(rows.loc["d.csv", "late"])
    assert "a.csv" in rows.loc["d.csv", "message_zh"] and "a.csv" in rows.loc["d.csv", "message_en"]
    assert "另存" in rows.loc["b.xlsx", "message_zh"] and "save it anew" in rows.loc["b.xlsx", "message_en"]
    assert rows.loc["c.csv", ["outcome", "reason"]].tolist() == ["read", "no_records"]
    assert set(rows["received_at"]) == {"2025-07-08 10:00"}
    assert rows["sha256"].str.len().tolist() == [64] * 4


def test_late_is_also_after_the_day_it_was_due(table) -> None:
    late = [table(day).set_index("file")["late"].drop("d.csv").tolist() for day in (8, 7)]
    # a.csv has records of a month before, whatever the day
    assert late == [[True, False, False], [True] * 3]


@pytest.mark.parametrize(
    ("received", "late"),
    [("2025-07-06", False), ("2025-07-07", True),
     ("2025-07-06T15:59Z", False), ("2025-07-06T16:00Z", True), ("", None)],
)  # fmt: skip
def test_the_day_is_one_in_china_and_unknown_if_nobody_said(received: str, late: bool | None) -> None:
    assert came_late("2025-06", "2025-06", received, dt.date(2025, 7, 6)) is late


def test_files_after_the_day_have_a_note(table) -> None:
    notes = late_notes(table(8))
    assert notes[["file", "value", "expected"]].to_numpy().tolist() == [["a.csv", "2025-07-08 10:00", "2025-06-08"]]
    assert len(late_notes(table(9))) == 1 and not len(late_notes(table()[:0]))


def test_months_no_rule_reaches_are_not_looked_at() -> None:
    due = deadlines(Rules.load())
    assert due("1990-01") is None and due("2024-07") == dt.date(2024, 8, 6)


def test_quarantine_is_what_was_rejected(table) -> None:
    assert quarantine(table())["file"].tolist() == ["b.xlsx"]
