from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest

from shuibei_index.errors import StoreError
from shuibei_index.intake.source import NotRegularError
from shuibei_index.store import objects as module
from shuibei_index.store.objects import Objects
from shuibei_index.store.store import Store


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects(tmp_path / "objects")


def test_same_content_is_one_object(objects: Objects, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"data")
    sha256 = objects.put_bytes(b"data")
    assert objects.put_file(tmp_path / "a.csv") == (sha256, 4)
    assert list(objects) == [sha256]
    assert objects.get_bytes(sha256) == b"data"
    assert objects.path(sha256).parent.name == sha256[:2]
    assert sha256 in objects


def test_tables_have_the_same_bytes_however_they_are_chunked(objects: Objects) -> None:
    table = pa.table({"a": pa.array(["x", "y", "x"] * 50).dictionary_encode(), "b": range(150)})
    chunked = pa.concat_tables([table[:70], table[70:]])
    noted = table.replace_schema_metadata({"written by": "me"})
    first = objects.put_table(table)
    assert objects.put_table(noted) == first
    assert objects.path(first).suffix == ".parquet"
    assert objects.get_table(first, columns=["b"]).column("b").to_pylist() == list(range(150))
    assert objects.put_table(chunked) == first
    assert objects.get_table(first).to_pylist() == table.to_pylist()


def test_a_part_of_a_table_does_not_carry_the_words_of_the_whole(objects: Objects) -> None:
    """Found when a second run gave a month other bytes: it had been cut from a table with other file names."""
    words = pa.array(["a", "b", "a", "c"])
    part = pa.table({"w": words.dictionary_encode()})[:2]
    alone = pa.table({"w": words[:2].dictionary_encode()})
    assert objects.put_table(part) == objects.put_table(alone)


def test_changed_and_missing_objects_are_named(objects: Objects) -> None:
    sha256 = objects.put_bytes(b"data")
    path = objects.path(sha256)
    path.chmod(0o644)
    path.write_bytes(b"date")
    for use in (objects.get_bytes, objects.verify, objects.get_table):
        with pytest.raises(StoreError, match=f"object {sha256} was changed"):
            use(sha256)
    path.unlink()
    with pytest.raises(StoreError, match=f"lost object {sha256}"):
        objects.get_bytes(sha256)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63])
def test_a_name_is_a_digest_and_nothing_else(objects: Objects, name: str) -> None:
    with pytest.raises(StoreError, match="not the name of an object"):
        objects.path(name)


def test_only_regular_files_are_kept(objects: Objects, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"data")
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("link.csv", "pipe.csv", "."):
        with pytest.raises(NotRegularError):
            objects.put_file(tmp_path / name)
    assert list(objects) == []


def test_write_that_fails_leaves_nothing_and_says_so(objects: Objects, monkeypatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        objects.put_bytes(b"data")
    assert list(objects.root.rglob("*")) == []


def test_order_of_writes(tmp_path: Path, monkeypatch) -> None:
    """File to disk, rename, folders to disk, and only then the ledger."""
    calls: list[str] = []
    real_fsync, real_rename = os.fsync, Path.rename

    def fsync(descriptor: int) -> None:
        target = Path(f"/proc/self/fd/{descriptor}").readlink()
        calls.append("fsync folder" if target.is_dir() else "fsync file")
        real_fsync(descriptor)

    def rename(self: Path, target: Path) -> Path:
        calls.append("rename")
        return real_rename(self, target)

    with Store.open(tmp_path / "store") as store:
        monkeypatch.setattr(module.os, "fsync", fsync)
        monkeypatch.setattr(Path, "rename", rename)
        store._ledger.connection.set_trace_callback(
            lambda sql: calls.append(sql.split()[0]) if sql.split()[0] in ("BEGIN", "COMMIT") else None
        )
        with store.writer("test") as tx:
            tx.objects.put_bytes(b"a")
            tx.objects.put_bytes(b"b")
    # The folders: objects/ (two new ones in it), and the two themselves.
    # and after the ledger, its head
    assert calls == ["BEGIN", *["fsync file", "rename"] * 2, *["fsync folder"] * 3, "COMMIT", "fsync file"]


def test_ledger_is_in_wal_mode_with_full_sync(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        connection = store._ledger.connection
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
