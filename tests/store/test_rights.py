"""What lies in a store or under work/ is for its owner alone, whatever the umask; hostile stores run nothing."""

import os
import shutil
import sqlite3
import stat
from contextlib import closing, contextmanager

import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.errors import StoreError
from shuibei_index.store import Store
from shuibei_index.store.rights import tighten
from shuibei_index.teamfiles import write_bytes, write_table
from tests.store.conftest import record_month


@contextmanager
def umask(mode):
    before = os.umask(mode)
    try:
        yield
    finally:
        os.umask(before)


def open_to_others(root):
    """Return what others may do something with, links left out."""
    found = [root, *root.rglob("*")]
    return {p.relative_to(root.parent).as_posix() for p in found if stat.S_IMODE(p.lstat().st_mode) & 0o077}


def write(root):
    with Store.open(root) as store:
        with store.writer("test") as tx:
            sha256 = tx.objects.put_bytes(b"what E1 sent")
            record_month(tx)
            tx.objects.put_table(pa.table({"a": [1]}))
        # the log and its index are there as long as the ledger is open
        return sha256, open_to_others(root)


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_a_store_is_for_its_owner_alone(tmp_path, mask):
    with umask(mask):
        _, during = write(tmp_path / "ws" / "store")
    assert not during
    assert not open_to_others(tmp_path / "ws" / "store")
    assert len(list((tmp_path / "ws" / "store").rglob("*"))) > 8


def test_a_copy_is_as_well(tmp_path):
    with umask(0):
        write(tmp_path / "store")
        shutil.copytree(tmp_path / "store", tmp_path / "copy")
        with Store.open(tmp_path / "copy") as store, store.writer("more") as tx:
            tx.objects.put_bytes(b"more")
    assert not open_to_others(tmp_path / "copy")


def test_a_store_of_before_is_closed_when_it_is_next_opened(tmp_path):
    root = tmp_path / "store"
    write(root)
    root.chmod(0o777)
    for name in ("ledger.sqlite", "lock", "head"):
        (root / name).chmod(0o666)
    with umask(0):
        Store.open(root).close()
    assert not open_to_others(root)


def test_a_store_lent_for_reading_stays_as_it_is(tmp_path, monkeypatch):
    root = tmp_path / "store"
    write(root)
    root.chmod(0o555)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    tighten(root)
    assert stat.S_IMODE(root.stat().st_mode) == 0o555
    root.chmod(0o700)


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_files_for_the_team_are_for_the_team(tmp_path, mask):
    with umask(mask):
        write_bytes(tmp_path / "work" / "2025-06" / "queries", "E001.html", b"letter")
        write_table(tmp_path / "work" / "2025-06", "findings.csv", pd.DataFrame({"enterprise_id": ["E001"]}))
    assert not open_to_others(tmp_path / "work")


def test_a_pipe_or_a_link_in_place_of_an_object_is_named_and_not_waited_for(tmp_path):
    root = tmp_path / "store"
    sha256, _ = write(root)
    path = root / "objects" / sha256[:2] / sha256
    path.unlink()
    os.mkfifo(path)
    with Store.open(root) as store:
        with pytest.raises(StoreError, match="has lost object"):
            store.objects.get_bytes(sha256)
        assert ("object_unreadable", sha256) in {
            (f.kind, f.name) for f in [*store.check().faults, *store.check().notes]
        }
    path.unlink()
    (tmp_path / "secret").write_bytes(b"not of the store")
    path.symlink_to(tmp_path / "secret")
    with Store.open(root) as store, pytest.raises(StoreError, match="was changed"):
        store.objects.get_bytes(sha256)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER evil AFTER INSERT ON receipts BEGIN SELECT load_extension('/tmp/evil.so'); END",
        "CREATE TRIGGER evil AFTER INSERT ON receipts BEGIN SELECT writefile('/tmp/evil', 'x'); END",
        "CREATE VIEW evil AS SELECT load_extension('/tmp/evil.so')",
    ],
)
def test_a_ledger_that_brings_code_is_named_and_runs_none(tmp_path, statement):
    root = tmp_path / "store"
    write(root)
    with closing(sqlite3.connect(root / "ledger.sqlite", isolation_level=None)) as connection:
        connection.execute(statement)
    with Store.open(root) as store:
        checked = store.check()
        assert not checked.ok and any("evil" in f"{fault.name} {fault.en}" for fault in checked.faults)
        if "TRIGGER" in statement:
            inbox = tmp_path / "inbox" / "2025-06"
            inbox.mkdir(parents=True)
            (inbox / "a.csv").write_text("a", encoding="utf-8")
            with pytest.raises(StoreError), store.writer("test") as tx:
                tx.receive_folder(inbox, "2025-06")
            assert store.receipts() == []
