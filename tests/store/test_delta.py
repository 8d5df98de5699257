"""The store as a Delta table: the very same files, one version for each state of a month."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from shuibei_index.errors import StoreError, UsageError
from shuibei_index.store import Store
from shuibei_index.store.delta import Exported, Lake, export

from .conftest import TABLE, record_month

LATE = pa.table({"enterprise_id": ["E1", "E2", "E3"], "amount_fen": [100, 200, 300]})


def test_without_the_package_the_extra_is_named(full, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with Store.open(full / "store") as store, pytest.raises(UsageError, match=r"shuibei-index\[delta\]") as refused:
        export(store, tmp_path / "lake")
    assert "deltalake" in refused.value.zh
    assert not (tmp_path / "lake").exists()


@pytest.fixture
def lake(full, tmp_path) -> tuple[Path, Path]:
    """A store of two months and its table."""
    pytest.importorskip("deltalake")
    with Store.open(full / "store") as store:
        with store.writer("intake 2025-07") as tx:
            record_month(tx, "2025-07", TABLE[:1])
        assert export(store, tmp_path / "lake") == Exported(2, 2, 1)
    return full / "store", tmp_path / "lake"


def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*.parquet") if "_delta_log" not in p.parts}


def test_the_files_are_those_of_the_store_byte_for_byte(lake):
    root, table = lake
    with Store.open(root) as store:
        states = [store.month(month) for month in store.months()]
        for state in states:
            copy = table / f"month={state.month}" / f"{state.accepted}.parquet"
            assert copy.read_bytes() == store.objects.get_bytes(state.accepted)
    assert len(files(table)) == 2
    assert stat.S_IMODE(table.stat().st_mode) == 0o700
    assert all(stat.S_IMODE((table / name).stat().st_mode) == 0o600 for name in files(table))
    found = Lake(table)
    assert found.records().to_pydict() == {"enterprise_id": ["E1", "E2", "E1"], "amount_fen": [100, 200, 100]}
    assert found.records(["2025-07"]).num_rows == 1 and found.faults() == []


def test_a_late_file_replaces_its_month_and_again_adds_nothing(lake):
    root, table = lake
    log = len(list((table / "_delta_log").glob("*.json")))
    with Store.open(root) as store:
        assert export(store, table) == Exported(0, 2, 1)
        assert len(list((table / "_delta_log").glob("*.json"))) == log
        before = Lake(table).objects()
        with store.writer("late") as tx:
            record_month(tx, "2025-06", LATE, count=2)
        assert export(store, table) == Exported(1, 3, 2)
        now = Lake(table).objects()
        assert now["2025-07"] == before["2025-07"] and now["2025-06"] == store.month("2025-06").accepted
        # the same records under other counts: a state of its own, no other file
        with store.writer("counts") as tx:
            record_month(tx, "2025-06", LATE, count=3)
        assert export(store, table) == Exported(1, 4, 3)
        # and back to what it was first
        with store.writer("back") as tx:
            record_month(tx, "2025-06", count=4)
        assert export(store, table) == Exported(1, 5, 4)
    back = Lake(table)
    assert back.states == [1, 2, 3, 4, 5] and back.objects() == before
    assert back.at(4).objects() == now and back.at(3).objects() == now
    assert [Lake(table).at(s).records(["2025-06"]).num_rows for s in back.states] == [2, 2, 3, 3, 2]
    with pytest.raises(StoreError, match="no state 9"):
        back.at(9)


def test_other_programs_read_it(lake):
    deltalake = pytest.importorskip("deltalake")
    _, table = lake
    found = deltalake.DeltaTable(str(table)).to_pyarrow_dataset()
    assert found.to_table().sort_by("month").column("month").to_pylist() == ["2025-06", "2025-06", "2025-07"]
    duckdb = pytest.importorskip("duckdb")
    rows = duckdb.sql("SELECT month, sum(amount_fen) FROM found GROUP BY 1 ORDER BY 1").fetchall()
    assert rows == [("2025-06", 300), ("2025-07", 100)]
    # every version says which state of the ledger it is, and that state's seal
    with Store.open(lake[0]) as store:
        seals = store._ledger.connection.execute(
            "SELECT of_row, digest FROM seals WHERE of_table = 'months' ORDER BY of_row"
        ).fetchall()
    commits = sorted(deltalake.DeltaTable(str(table)).history(), key=lambda commit: commit["version"])
    assert [(int(c["shuibei_index.state"]), c["shuibei_index.seal"]) for c in commits] == seals


def test_killed_before_the_version_was_added_it_goes_on(lake):
    """The file is there, the version is not: what a kill between the two leaves."""
    root, table = lake
    (table / "_delta_log" / f"{1:020d}.json").unlink()
    assert list(Lake(table).objects()) == ["2025-06"]
    with Store.open(root) as store:
        assert export(store, table) == Exported(1, 2, 1)
    assert list(Lake(table).objects()) == ["2025-06", "2025-07"]


def test_two_exports_at_once_add_each_state_once(lake):
    from shuibei_index.store import delta

    root, table = lake
    with Store.open(root) as store:
        with store.writer("late") as tx:
            record_month(tx, "2025-06", LATE, count=2)
        slow = delta._open(delta._lake(), str(table), None)
        assert export(store, table) == Exported(1, 3, 2)
        connection = store._ledger.connection
        last = list(delta._states(connection))[-1]
        arguments = (delta._lake(), store, delta.Place.of(table), str(table), None, slow, last)
        with pytest.raises(StoreError, match="was not added") as refused:
            delta._commit(*arguments, delta._identity(connection))
    assert "稍后重试" in refused.value.zh
    assert Lake(table).states == [1, 2, 3]


def test_the_table_of_another_store_is_left_alone(lake, tmp_path):
    _, table = lake
    before = files(table)
    with Store.open(tmp_path / "other") as other:
        with pytest.raises(StoreError, match="nothing is sealed"):
            export(other, tmp_path / "new")
        with other.writer("a") as tx:
            record_month(tx, "2025-08")
        with pytest.raises(StoreError, match="not made from this store's history") as refused:
            export(other, table)
    assert "空文件夹" in refused.value.zh and files(table) == before


def test_a_table_ahead_of_a_store_put_back_from_a_copy(lake, tmp_path):
    root, table = lake
    old = shutil.copytree(root, tmp_path / "old")
    with Store.open(root) as store:
        with store.writer("late") as tx:
            record_month(tx, "2025-06", LATE, count=2)
        export(store, table)
    with Store.open(old) as store, pytest.raises(StoreError, match="not made from this store's history"):
        export(store, table)


def test_a_changed_or_lost_file_is_named(lake):
    root, table = lake
    name = sorted(files(table))[0]
    data = bytearray((table / name).read_bytes())
    data[len(data) // 2] ^= 1
    (table / name).write_bytes(bytes(data))
    assert [fault for fault in Lake(table).faults() if name in fault]
    with pytest.raises(StoreError, match="was changed"):
        Lake(table).records(["2025-06"])
    (table / name).unlink()
    assert "is not there" in Lake(table).faults()[0]
    # a changed object of the store never gets as far as the table
    with Store.open(root) as store:
        with store.writer("late") as tx:
            record_month(tx, "2025-07", LATE, count=2)
        path = store.objects.path(store.month("2025-07").accepted)
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-1] + b"x")
        with pytest.raises(StoreError, match="was changed"):
            export(store, table)
    assert Lake(table).states == [1, 2]


def test_the_log_holds_no_names_of_firms(lake):
    """What is in the log is read by whoever lists the table: months, digests, numbers."""
    _, table = lake
    for path in (table / "_delta_log").glob("*.json"):
        for line in path.read_text("utf-8").splitlines():
            action = json.loads(line)
            assert "E1" not in json.dumps(action.get("add", {}))
            if "add" in action:
                assert json.loads(action["add"]["stats"]).keys() == {"numRecords"}
    digests = {Path(name).stem for name in files(table)}
    assert {hashlib.sha256((table / n).read_bytes()).hexdigest() for n in files(table)} == digests
