"""An older store: read as it is, made one of today's by the first command that writes, or left as it was."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.checks import no_findings
from shuibei_index.errors import StoreError
from shuibei_index.store import Store
from shuibei_index.store import ledger as ledger_module
from shuibei_index.store.chain import seal
from shuibei_index.store.checking import check_store
from shuibei_index.store.upgrades import SCHEMA_VERSION, SEALED_SINCE, STEPS, append_only, schema_version

TABLE = pa.table({"enterprise_id": ["E1"], "amount_fen": [100]})
SIGN_OFF = ("2025-06", "2025-06", "sign", "王敏", "审核", "2025-07-09T09:30", "", "s" * 64, "[]")
DECISION = {
    "enterprise_id": "E1", "period": "2025-06", "line_no": 1, "record": "r" * 64, "rule": "identity",
    "action": "accept", "values": "{}", "person": "王敏", "decided_at": "2025-07-04", "basis": "identity",
    "reason": "属实",
}  # fmt: skip


def asked(*names: str, content: str = "{}") -> pd.DataFrame:
    rows = [(name, "E1", "2025-06", 1, name * 3, "identity", content) for name in names]
    columns = ["query", "enterprise_id", "period", "line_no", "record", "rule", "content"]
    return pd.DataFrame(rows, columns=columns).astype({"line_no": "Int64"})


def month(tx, decisions: str = ""):
    return tx.record_month(
        "2025-06", accepted=TABLE, held=TABLE[:0], rejected=TABLE[:0], findings=no_findings(), counts={"read": 1},
        rules_digest="r", receipts=[], decisions=decisions,
    )  # fmt: skip


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store of form 1 with a month in it, as version 0.1.0 wrote it."""
    root = tmp_path / "store"
    root.mkdir()
    connection = sqlite3.connect(root / "ledger.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    tables = ledger_module._statements(ledger_module._TABLES)
    for statement in tables + append_only("receipts", "readings", "months", "releases"):
        connection.execute(statement)
    connection.execute("INSERT INTO about VALUES ('schema_version', '1')")
    connection.execute(
        "INSERT INTO months (month, accepted, held, rejected, findings, counts, rules, receipts) "
        "VALUES ('2025-05', 'a', 'h', 'r', 'f', '{\"read\":1}', 'rules', 'receipts')"
    )
    connection.close()
    return root


def test_readers_leave_an_old_store_as_it_is(old: Path) -> None:
    with Store.open(old) as store:
        state = store.month("2025-05")
        assert state is not None and (state.accepted, state.counts, state.decisions) == ("a", {"read": 1}, "")
        assert not len(store.register.queries()) and not len(store.register.decisions())
        assert store.register.settled_with("2025-05") == ""
        assert schema_version(store._ledger.connection) == 1


def test_the_first_writer_makes_it_one_of_today(old: Path) -> None:
    with Store.open(old) as store:
        with store.writer("query decide") as tx:
            tx.register.settle("2025-06", asked("Q1"))
            assert tx.register.add_decision(DECISION) == 1
            month(tx, "d" * 64)
        assert schema_version(store._ledger.connection) == SCHEMA_VERSION
    with Store.open(old) as store:
        assert store.register.decisions()["person"].tolist() == ["王敏"]
        kept = store.month("2025-05")
        assert kept is not None and kept.accepted == "a" and kept.decisions == ""
        assert store.month("2025-06").decisions == "d" * 64  # type: ignore[union-attr]


def test_a_command_that_fails_leaves_the_old_form(old: Path) -> None:
    with Store.open(old) as store:
        with pytest.raises(RuntimeError), store.writer("query decide") as tx:
            tx.register.add_decision(DECISION)
            raise RuntimeError
        assert schema_version(store._ledger.connection) == 1
        assert not len(store.register.decisions())


def test_a_newer_store_is_refused(old: Path) -> None:
    connection = sqlite3.connect(old / "ledger.sqlite")
    connection.execute("UPDATE about SET value = '99'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="has the form 99"):
        Store.open(old)


def test_old_and_new_stores_have_the_same_form(old: Path, tmp_path: Path) -> None:
    def form(root: Path) -> list[tuple[str, str]]:
        with Store.open(root) as store:
            with store.writer("nothing"):
                pass
            return store._ledger.connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()

    assert form(old) == form(tmp_path / "new")


@pytest.mark.parametrize("table", ["queries", "query_states", "answers", "decisions", "sign_offs"])
def test_nothing_of_the_register_can_be_changed(tmp_path: Path, table: str) -> None:
    with Store.open(tmp_path) as store:
        with store.writer("fill") as tx:
            tx.register.settle("2025-06", asked("Q1"))
            tx.register.add_answer(("Q1", "confirm", "{}", "", "w", "王敏", "2025"))
            tx.register.add_decision(DECISION)
            tx.register.add_sign_off(SIGN_OFF)
        for statement in (f"UPDATE {table} SET seq = seq", f"DELETE FROM {table}"):
            if table == "decisions":
                statement = statement.replace("seq", "decision")
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                store._ledger.connection.execute(statement)


def test_settling_again_adds_only_what_changed(tmp_path: Path) -> None:
    def states(store: Store) -> int:
        return int(store._ledger.connection.execute("SELECT count(*) FROM query_states").fetchone()[0])

    with Store.open(tmp_path) as store:
        counts = []
        for found in (asked("Q1", "Q2"), asked("Q1", "Q2"), asked("Q2"), asked("Q2"), asked("Q1", "Q2"), asked()):
            with store.writer("settle") as tx:
                tx.register.settle("2025-06", found)
            counts.append((states(store), store.register.queries("2025-06")["status"].tolist()))
        assert counts == [
            (2, ["open", "open"]), (2, ["open", "open"]), (3, ["void", "open"]), (3, ["void", "open"]),
            (4, ["open", "open"]), (6, ["void", "void"]),
        ]  # fmt: skip


def test_the_same_decision_and_answer_twice_are_one(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        for _ in range(2):
            with store.writer("fill") as tx:
                tx.register.settle("2025-06", asked("Q1"))
                tx.register.add_answer(("Q1", "confirm", "{}", "", "w", "王敏", "2025"))
                assert tx.register.add_decision(DECISION) == 1
        with store.writer("other") as tx:
            assert tx.register.add_decision({**DECISION, "action": "exclude"}) == 2
            assert tx.register.add_decision(DECISION) == 3
        assert len(store.register.answers()) == 1
        assert store.register.decisions()["action"].tolist() == ["accept", "exclude", "accept"]


def test_what_came_again_is_noted_once_and_stays(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(b"the same")
    with Store.open(tmp_path / "store") as store:
        for _ in range(2):
            with store.writer("receive") as tx:
                receipts = {tx.receive(tmp_path / name, "2025-06", "2025-07-01").seq for name in ("a.csv", "b.csv")}
                (again,) = tx.arrivals()
        assert receipts == {again.receipt} and (again.file_name, again.first_name) == ("b.csv", "a.csv")
        for statement in ("UPDATE arrivals SET seq = seq", "DELETE FROM arrivals"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                store._ledger.connection.execute(statement)


def test_an_old_store_knows_of_nothing_that_came_again(old: Path) -> None:
    with Store.open(old) as store:
        assert store._ledger.arrivals() == []


def brought_to(root: Path, form: int) -> Path:
    """Bring a store of form 1 to another form with a row of what that form knows, as the version of then did."""
    connection = sqlite3.connect(root / "ledger.sqlite", isolation_level=None)
    for step in range(2, form + 1):
        for statement in STEPS[step]:
            connection.execute(statement)
    connection.execute("UPDATE about SET value = ?", (str(form),))
    connection.execute("INSERT INTO receipts VALUES (1, '2025-05', 'a.csv', 'abc', 3, '')")
    connection.execute("INSERT INTO releases VALUES (1, '2025-05', 'm', '{\"months\":{}}')")
    if form >= 2:
        connection.execute("INSERT INTO queries VALUES (1, 'Q9', 'E1', '2025-05', NULL, 'r', 'identity')")
    if form >= 3:
        connection.execute("INSERT INTO arrivals VALUES (1, 1, 'b.csv', '')")
    if form >= SEALED_SINCE:
        seal(connection)
    connection.close()
    return root


@pytest.mark.parametrize("form", [1, 2, 3, 4])
def test_every_older_form_becomes_one_of_today_and_is_sealed(old: Path, form: int) -> None:
    root = brought_to(old, form)
    with Store.open(root) as store:
        assert schema_version(store._ledger.connection) == form
        assert [r.file_name for r in store.receipts()] == ["a.csv"] and store.released_files(1) == {}
        assert len(store._ledger.arrivals()) == (form >= 3)
        before = store.month("2025-05")
    # looked at as it is: without a chain there is nothing to compare, what is lost is named all the same
    assert {fault.kind for fault in check_store(root).faults} == {"object_missing"} or not check_store(root).faults
    with Store.open(root) as store:
        with store.writer("first") as tx:
            month(tx)
        assert schema_version(store._ledger.connection) == SCHEMA_VERSION
        assert store.month("2025-05") == before and len(store.receipts()) == 1
        sealed = store._ledger.connection.execute("SELECT of_table, of_row FROM seals ORDER BY 1, 2").fetchall()
    rows = {("months", 1), ("months", 2), ("receipts", 1), ("releases", 1)}
    rows |= {("queries", 1)} if form >= 2 else set()
    rows |= {("arrivals", 1)} if form >= 3 else set()
    assert set(sealed) == rows
    chained = [f for f in check_store(root).faults if f.kind.startswith(("row", "head", "form", "ledger"))]
    assert chained == []
    connection = sqlite3.connect(root / "ledger.sqlite")
    connection.execute("DROP TRIGGER receipts_no_update")
    connection.execute("UPDATE receipts SET file_name = 'z.csv'")
    connection.commit()
    connection.close()
    assert "row_changed" in {f.kind for f in check_store(root).faults}


def test_an_older_number_written_into_a_sealed_ledger_is_named(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, store.writer("a") as tx:
        month(tx)
    connection = sqlite3.connect(tmp_path / "ledger.sqlite")
    connection.execute("UPDATE about SET value = '3'")
    connection.commit()
    connection.close()
    assert {f.kind for f in check_store(tmp_path).faults} == {"form_changed"}


def test_a_newer_version_at_work_beside_an_older_one(tmp_path: Path) -> None:
    """An older program that has the ledger open does not write into what a newer one has made of it."""
    with Store.open(tmp_path) as store:
        connection = sqlite3.connect(tmp_path / "ledger.sqlite")
        connection.execute("UPDATE about SET value = '99'")
        connection.commit()
        connection.close()
        with pytest.raises(StoreError, match="has the form 99") as refused, store.writer("a"):
            raise AssertionError
    assert "请更新程序" in refused.value.zh
    assert {f.kind for f in check_store(tmp_path).faults} == {"form_changed"}


def test_rows_another_hand_put_into_a_form_4_ledger_are_not_sealed_by_the_upgrade(old: Path) -> None:
    root = brought_to(old, 4)
    with sqlite3.connect(root / "ledger.sqlite") as connection:
        connection.execute("INSERT INTO receipts VALUES (2, '2025-05', 'x.csv', 'abc', 3, '')")
    connection.close()
    assert "row_unsealed" in {fault.kind for fault in check_store(root).faults}
    with Store.open(root) as store, pytest.raises(StoreError, match="changed by another hand"), store.writer("a"):
        raise AssertionError
    with Store.open(root) as store:
        assert schema_version(store._ledger.connection) == 4


def test_a_sound_form_4_ledger_is_sound_and_knows_no_sign_offs(old: Path) -> None:
    root = brought_to(old, 4)
    assert [f for f in check_store(root).faults if f.kind != "object_missing"] == []
    with Store.open(root) as store:
        assert store.register.sign_offs().empty


def test_sign_offs_are_kept_in_order_and_the_same_twice_is_one(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        with store.writer("sign") as tx:
            assert tx.register.add_sign_off(SIGN_OFF) == tx.register.add_sign_off(SIGN_OFF) == 1
            assert tx.register.add_sign_off((*SIGN_OFF[:2], "withdraw", *SIGN_OFF[3:])) == 2
        assert store.register.sign_offs("2025-06")["action"].tolist() == ["sign", "withdraw"]
        assert store.register.sign_offs("2025-05").empty
        with pytest.raises(StoreError, match="CHECK constraint"), store.writer("sign") as tx:
            tx.register.add_sign_off((*SIGN_OFF[:2], "perhaps", *SIGN_OFF[3:]))


def test_a_sign_off_changed_by_another_hand_is_named(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, store.writer("sign") as tx:
        signed = tx.objects.put_bytes(b"{}")
        tx.register.add_sign_off((*SIGN_OFF[:7], signed, "[]"))
    assert check_store(tmp_path).ok
    connection = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    (trigger,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'sign_offs_no_update'").fetchone()
    connection.execute("DROP TRIGGER sign_offs_no_update")
    connection.execute("UPDATE sign_offs SET person = '李四'")
    connection.execute(trigger)
    connection.close()
    assert ("row_changed", "sign_offs 1") in {(f.kind, f.name) for f in check_store(tmp_path).faults}
    (tmp_path / "objects" / signed[:2] / signed).unlink()
    assert "object_missing" in {f.kind for f in check_store(tmp_path).faults}
