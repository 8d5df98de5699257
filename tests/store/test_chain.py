"""Every row is sealed by the row before it: whatever another hand does to the ledger is named."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest

from shuibei_index.errors import StoreError
from shuibei_index.store import Store
from shuibei_index.store.chain import SEALED, seal
from shuibei_index.store.checking import check_store

from .conftest import by_hand, kinds, record_month


def test_a_store_as_it_was_written_is_sound(full):
    found = check_store(full / "store")
    assert found.ok and not found.faults and not found.notes
    assert len(found.head) == 64 and found.counts["rows"] >= len(SEALED) and found.counts["releases"] == 1
    with Store.open(full / "store") as store:
        rows = {t: store._ledger.connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in SEALED}
        sealed = store._ledger.connection.execute("SELECT count(*) FROM seals").fetchone()[0]
    assert min(rows.values()) >= 1 and sum(rows.values()) == sealed


@pytest.mark.parametrize("table", SEALED)
def test_every_cell_of_every_row_is_sealed(full, table):
    number, *columns = SEALED[table]
    for column in columns:
        shutil.copyfile(full / "store" / "ledger.sqlite", full / "kept.sqlite")
        other = {"receipt": 99, "release": 99, "bytes": 1, "line_no": 7}.get(column, f"{column} || '0'")
        if column == "action":
            other = "'withdraw'" if table == "sign_offs" else "'exclude'"
        if column == "state":
            other = "'void'"
        if table == "releases" and column == "inputs":
            other = "'{}'"
        if table == "releases" and column == "release":
            other = "release || '-r1'"
        by_hand(full, f"UPDATE {table} SET {column} = {other} WHERE {number} = 1")
        assert ("row_changed", f"{table} 1") in kinds(check_store(full / "store")), column
        shutil.copyfile(full / "kept.sqlite", full / "store" / "ledger.sqlite")


@pytest.mark.parametrize("table", SEALED)
def test_rows_taken_away_or_put_in_are_named(full, table):
    number, *columns = SEALED[table]
    copied = {"file_name", "query", "path"}
    values = ", ".join(f"{c} || 'x'" if c in copied else c for c in columns)
    if table in ("query_states", "answers"):
        values = ", ".join(columns)
    insert = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} LIMIT 1"
    shutil.copyfile(full / "store" / "ledger.sqlite", full / "kept.sqlite")
    by_hand(full, insert)
    found = check_store(full / "store")
    assert {kind for kind, name in kinds(found) if name.startswith(f"{table} ")} == {"row_unsealed"}
    with (
        Store.open(full / "store") as store,
        pytest.raises(StoreError, match=f"table {table} ends") as refused,
        store.writer("intake"),
    ):
        raise AssertionError
    assert "他人改动" in refused.value.zh
    shutil.copyfile(full / "kept.sqlite", full / "store" / "ledger.sqlite")
    by_hand(full, f"DELETE FROM {table} WHERE {number} = 1")
    assert ("row_removed", f"{table} 1") in kinds(check_store(full / "store"))


def test_the_chain_itself_cannot_be_changed_unseen(full):
    for statement, expected in [
        ("UPDATE seals SET digest = 'x' WHERE of_table = 'months'", ("row_changed", "months 1")),
        ("DELETE FROM seals WHERE of_table = 'months'", ("row_unsealed", "months 1")),
        ("INSERT INTO seals (of_table, of_row, digest) VALUES ('other', 1, 'x')", ("row_removed", "other 1")),
        ("UPDATE heads SET tables = '{}' WHERE seq = 3", ("row_head", "heads 3")),
        ("DELETE FROM heads WHERE seq = 2", ("row_head", "heads 3")),
        ("UPDATE about SET value = '3'", None),
    ]:
        shutil.copyfile(full / "store" / "ledger.sqlite", full / "kept.sqlite")
        by_hand(full, statement)
        found = kinds(check_store(full / "store"))
        if expected is not None:
            assert expected in found, statement
        else:
            assert ("form_changed", "ledger.sqlite") in found
        shutil.copyfile(full / "kept.sqlite", full / "store" / "ledger.sqlite")


def test_an_end_taken_away_with_its_seals_is_found_by_the_head(full):
    """A ledger cut back so that it agrees with itself: only the digest noted beside it, or elsewhere, tells."""
    noted = check_store(full / "store").head
    with Store.open(full / "store") as store, store.writer("intake 2025-07") as tx:
        record_month(tx, "2025-07")
    by_hand(
        full,
        "DELETE FROM months WHERE seq = 2",
        "DELETE FROM seals WHERE of_table = 'months' AND of_row = 2",
        "DELETE FROM heads WHERE seq = (SELECT max(seq) FROM heads)",
    )
    assert ("head_unknown", "store/head") in kinds(check_store(full / "store"))
    with (
        Store.open(full / "store") as store,
        pytest.raises(StoreError, match="lost what was written last") as refused,
        store.writer("intake"),
    ):
        raise AssertionError
    assert "store/head" in refused.value.zh
    # somebody who takes the file away as well is still told from the digest noted in the minutes
    (full / "store" / "head").unlink()
    assert kinds(check_store(full / "store")) == set()
    assert kinds(check_store(full / "store", head=noted)) == set()
    assert kinds(check_store(full / "store", head="0" * 64)) == {("head_unknown", "--head")}


def test_history_rewritten_and_sealed_anew_is_told_by_a_head_noted_elsewhere(full):
    noted = check_store(full / "store").head
    by_hand(full, "UPDATE decisions SET reason = '别的'", "DELETE FROM seals", "DELETE FROM heads")
    with closing(sqlite3.connect(full / "store" / "ledger.sqlite")) as connection:
        seal(connection)
        connection.commit()
    (full / "store" / "head").unlink()
    assert check_store(full / "store").ok
    assert kinds(check_store(full / "store", head=noted)) == {("head_unknown", "--head")}


def test_triggers_taken_away_are_named(full):
    with closing(sqlite3.connect(full / "store" / "ledger.sqlite")) as connection:
        connection.execute("DROP TRIGGER months_no_update")
    (fault,) = check_store(full / "store").faults
    assert fault.kind == "form_changed" and "months_no_update" in fault.en and "months_no_update" in fault.zh


def test_the_same_writings_give_the_same_head(full, tmp_path):
    heads = []
    for name in ("one", "two"):
        with Store.open(tmp_path / name) as store:
            with store.writer("a") as tx:
                record_month(tx)
            with store.writer("nothing new") as tx:
                record_month(tx)
        heads.append(check_store(tmp_path / name).head)
    assert heads[0] == heads[1] != check_store(full / "store").head
