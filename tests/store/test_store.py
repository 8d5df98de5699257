from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.checks import no_findings
from shuibei_index.errors import StoreError, UsageError
from shuibei_index.intake.read import read_receipts
from shuibei_index.store import Store

TABLE = pa.table({"enterprise_id": ["E1"], "amount_fen": [100]})


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox" / "2025-06"
    folder.mkdir(parents=True)
    header = "企业代码,报告期,行号,规格品编码,分类代码,金额\n"
    (folder / "b.csv").write_text(header + "E1,2025-06,1,a,010102,5\nE1,2025-05,1,a,010102,5\n", encoding="utf-8")
    (folder / "a.csv").write_text(header + "E2,2025-06,1,a,010102,约5\n", encoding="gb18030")
    (folder / "c.jpg").write_bytes(b"\xff\xd8\xff")
    return folder


def record(tx, month: str = "2025-06", table: pa.Table = TABLE):
    return tx.record_month(
        month,
        accepted=table,
        held=table[:0],
        rejected=table[:0],
        findings=no_findings(),
        counts={"read": 1, "accepted": 1},
        rules_digest="r",
        receipts=tx.receipts(month),
    )


def test_what_is_received_can_be_read_again_byte_for_byte(tmp_path: Path, inbox: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        with store.writer("intake 2025-06") as tx:
            receipts, findings = tx.receive_folder(inbox, "2025-06", received_at="2025-07-01T09:00:00+08:00")
            reports = read_receipts(tx.receipts("2025-06"), tx.objects)
            tx.record_readings(reports.files, reports.table)
        assert [r.file_name for r in receipts] == ["a.csv", "b.csv", "c.jpg"]
        assert len(findings) == 0
        assert reports.table.column("file").to_pylist() == ["a.csv", "b.csv", "b.csv"]
        assert reports.table.column("receipt").to_pylist() == [1, 2, 2]
        kept = store.receipts("2025-06")
        assert [r.outcome for r in kept] == ["read", "read", "rejected"]
        assert kept[1].periods == ("2025-05", "2025-06")
        assert kept[2].reason == "file_type"
        assert [r.file_name for r in store.receipts("2025-05")] == ["b.csv"]
        assert store.objects.get_bytes(kept[0].sha256) == (inbox / "a.csv").read_bytes()
        assert kept[0].received_at == "2025-07-01T09:00:00+08:00"


def test_receiving_twice_changes_nothing(tmp_path: Path, inbox: Path) -> None:
    def everything(store: Store) -> list[list[tuple[object, ...]]]:
        tables = ("receipts", "readings", "months", "releases")
        return [store._ledger.connection.execute(f"SELECT * FROM {t}").fetchall() for t in tables]

    with Store.open(tmp_path / "store") as store:
        states = []
        for _ in range(2):
            with store.writer("intake 2025-06") as tx:
                tx.receive_folder(inbox, "2025-06")
                reports = read_receipts(tx.receipts("2025-06"), tx.objects)
                tx.record_readings(reports.files, reports.table)
                record(tx)
                tx.record_release("2025-06", "abc", {"rules": "r"})
            states.append((everything(store), list(store.objects)))
        assert states[0] == states[1]
        # The same content in another month's inbox is another delivery.
        with store.writer("intake 2025-07") as tx:
            assert tx.receive(inbox / "a.csv", "2025-07").seq == 4


def test_latest_state_of_a_month_counts_and_earlier_ones_stay(tmp_path: Path) -> None:
    other = pa.table({"enterprise_id": ["E2"], "amount_fen": [7]})
    with Store.open(tmp_path) as store:
        with store.writer("one") as tx:
            first = record(tx)
        with store.writer("two") as tx:
            record(tx, table=other)
            record(tx, "2025-05")
        state = store.month("2025-06")
        assert state is not None and state.seq == 2
        assert store.objects.get_table(state.accepted).equals(other)
        assert store.objects.get_table(first.accepted).equals(TABLE)
        assert state.counts == {"read": 1, "accepted": 1}
        assert store.months() == ["2025-05", "2025-06"]
        assert store.month("2024-01") is None
        assert store.check().ok
        with store.writer("back") as tx:
            assert record(tx).accepted == first.accepted
        assert store.month("2025-06").seq == 4


def test_exception_takes_everything_back(tmp_path: Path, inbox: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        with pytest.raises(RuntimeError, match="half way"), store.writer("intake") as tx:
            tx.receive_folder(inbox, "2025-06")
            record(tx)
            raise RuntimeError("half way")
        assert store.receipts() == [] and store.months() == []
        with store.writer("again") as tx:
            assert tx.receive(inbox / "a.csv", "2025-06").seq == 1


def test_second_writer_is_told_who_writes_and_readers_are_not_blocked(tmp_path: Path) -> None:
    script = f"""
from shuibei_index.errors import StoreError
from shuibei_index.store import Store
with Store.open({str(tmp_path)!r}) as store:
    print(store.months())
    try:
        with store.writer("validate 2025-06"):
            print("wrote")
    except StoreError as error:
        print(error)
"""
    with Store.open(tmp_path) as store, store.writer("intake 2025-06") as tx:
        record(tx)
        out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        assert out.startswith("[]\n")
        assert "being written by process" in out and "(intake 2025-06)" in out and "'validate 2025-06'" in out
        with Store.open(tmp_path) as second, pytest.raises(StoreError, match="intake 2025-06"), second.writer("x"):
            raise AssertionError
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out == "['2025-06']\nwrote\n"


def test_history_cannot_be_changed_through_the_ledger(tmp_path: Path, inbox: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        with store.writer("a") as tx:
            tx.receive_folder(inbox, "2025-06")
        for statement in ("DELETE FROM receipts", "UPDATE receipts SET file_name = 'x'"):
            with pytest.raises(StoreError, match="append-only"), store.writer("b"):
                store._ledger.connection.execute(statement)
        assert len(store.receipts()) == 3


def test_damaged_and_newer_ledgers_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "ledger.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="not a readable ledger"):
        Store.open(tmp_path / "a")
    Store.open(tmp_path / "b").close()
    connection = sqlite3.connect(tmp_path / "b" / "ledger.sqlite")
    connection.execute("UPDATE about SET value = '99'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="form 99"):
        Store.open(tmp_path / "b")


def test_check_names_what_is_missing_or_changed(tmp_path: Path, inbox: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        with store.writer("a") as tx:
            tx.receive_folder(inbox, "2025-06")
        a, b, _ = store.receipts()
        store.objects.path(a.sha256).unlink()
        path = store.objects.path(b.sha256)
        path.chmod(0o644)
        path.write_bytes(b"x")
        found = {fault.name: fault for fault in store.check().faults}
        assert {sha256: fault.kind for sha256, fault in found.items()} == {
            a.sha256: "object_missing", b.sha256: "object_changed",
        }  # fmt: skip
        assert "a.csv" in found[a.sha256].en and "a.csv" in found[a.sha256].zh


def test_left_overs_are_swept_but_not_those_of_a_writer_at_work(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    stale = tmp_path / "objects" / "incoming-x"
    stale.parent.mkdir()
    stale.write_bytes(b"half")
    with Store.open(tmp_path) as store:
        assert not stale.exists()
        with store.writer("busy"):
            stale.write_bytes(b"half")
            Store.open(tmp_path).close()
            assert stale.exists()


def test_folders_links_and_system_files_in_the_inbox(tmp_path: Path, inbox: Path) -> None:
    (inbox / "sub").mkdir()
    (inbox / "link.csv").symlink_to(inbox / "a.csv")
    (inbox / ".DS_Store").write_bytes(b"x")
    with Store.open(tmp_path / "store") as store, store.writer("a") as tx:
        receipts, findings = tx.receive_folder(inbox, "2025-06")
    assert len(receipts) == 3
    found = dict(zip(findings["file"], findings["rule"], strict=True))
    assert found == {"sub": "not_regular", "link.csv": "not_regular", ".DS_Store": "bystander"}


def test_months_are_months(tmp_path: Path, inbox: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        with pytest.raises(UsageError, match="2025-13"):
            store.receipts("2025-13")
        with pytest.raises(UsageError, match="2025-13"), store.writer("a") as tx:
            tx.receive(inbox / "a.csv", "2025-13")


def test_readings_of_several_months_are_recorded_without_bad_ones(tmp_path: Path, inbox: Path) -> None:
    table = pa.table({"receipt": [1, 1, 1], "period": ["2025-06", "2025-13", None]})
    files = pd.DataFrame({"receipt": [1], "outcome": ["read"], "reason": [""]})
    with Store.open(tmp_path / "store") as store:
        with store.writer("a") as tx:
            tx.receive(inbox / "a.csv", "2025-06")
            tx.record_readings(files, table)
        assert store.receipts()[0].periods == ("2025-06",)


def test_a_snapshot_within_a_writing_or_another_snapshot_reads_that_one_state(full):
    with Store.open(full / "store") as store:
        with store.writer("a writing") as tx:
            record(tx, "2025-07")
            with store.snapshot():
                assert store.months() == ["2025-06", "2025-07"]
            # the inner one has not ended the writing
            record(tx, "2025-08")
        assert store.months() == ["2025-06", "2025-07", "2025-08"]
        with store.snapshot():
            with Store.open(full / "store") as other, other.writer("meanwhile") as tx, store.snapshot():
                record(tx, "2025-09")
            assert store.months() == ["2025-06", "2025-07", "2025-08"]
        assert store.months()[-1] == "2025-09"


def test_receipts_by_number(full):
    with Store.open(full / "store") as store:
        every = store.receipts()
        assert len(every) == 2
        assert store.numbered_receipts([2]) == every[1:] and store.numbered_receipts([2, 1, 2, 99]) == every
        assert store.numbered_receipts([]) == []


def test_receipts_of_a_month_are_found_by_index_and_the_last_reading_decides(tmp_path):
    with Store.open(tmp_path) as store:
        with store.writer("intake") as tx:
            for number, (inbox, periods) in enumerate(
                [("2025-05", ["2025-05"]), ("2025-06", ["2025-05"]), ("2025-06", ["2025-04", "2025-06"]),
                 ("2025-06", []), ("2025-07", ["2025-05", "2025-07"])]
            ):  # fmt: skip
                path = tmp_path / f"{number}.csv"
                path.write_text(str(number), encoding="utf-8")
                tx.record_reading(tx.receive(path, inbox).seq, periods, "read")
        numbers = {month: [r.seq for r in store.receipts(month)] for month in ("2025-04", "2025-05", "2025-06")}
        assert numbers == {"2025-04": [3], "2025-05": [1, 2, 5], "2025-06": [2, 3, 4]}
        with store.writer("read again") as tx:
            tx.record_reading(5, ["2025-07"], "read")
            tx.record_reading(4, ["2025-04"], "read")
        assert [r.seq for r in store.receipts("2025-05")] == [1, 2]
        assert [r.seq for r in store.receipts("2025-04")] == [3, 4]
        said: list[str] = []
        connection = store._ledger.connection
        connection.set_trace_callback(said.append)
        store.receipts("2025-05")
        connection.set_trace_callback(None)
        plan = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + said[-1])]
        # the partial index alone may be gone through: files with records of several months are few
        assert [step for step in plan if step.startswith("SCAN") and "readings_several" not in step] == []
