"""The same store in an object store: pushed, read there, pulled, checked; nothing overwritten, nothing unseen."""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pyarrow import fs

from shuibei_index.cli import main
from shuibei_index.errors import StoreError
from shuibei_index.store import Store
from shuibei_index.store.checking import check_store
from shuibei_index.store.ledger import make_tables
from shuibei_index.store.places import Place
from shuibei_index.store.remote import check_remote, open_remote, pull, push, snapshots

from .conftest import by_hand, kinds, record_month


def memory() -> Place:
    """An object store in memory: pyarrow's own mock, no folder of this machine."""
    return Place(fs._MockFileSystem(), "bucket/ws")


def below(root: Path) -> Place:
    """A bucket below a folder, as file systems of pyarrow are nested."""
    return Place(fs.SubTreeFileSystem(str(root), fs.LocalFileSystem()), "bucket/ws")


def local(root: Path) -> Place:
    return Place.of(root / "far")


@pytest.fixture(params=["memory", "below", "local"])
def place(request, tmp_path) -> Place:
    return memory() if request.param == "memory" else {"below": below, "local": local}[request.param](tmp_path)


def test_pushed_read_there_and_pulled(full, place, tmp_path):
    with Store.open(full / "store") as store:
        moved = push(store, place)
        assert moved.objects == len(set(store.objects)) > 7 and moved.head == check_store(full / "store").head
        again = push(store, place)
        assert (again.objects, again.bytes, again.head) == (0, 0, moved.head)
        # the same layout: every object lies where it lies in the store
        names = {p.relative_to(full / "store").as_posix() for p in (full / "store" / "objects").glob("*/*")}
        assert {f"objects/{name}" for name in place.names("objects")} == names
        receipts, state = store.receipts(), store.month("2025-06")
    with open_remote(place, tmp_path / "cache") as far:
        assert far.receipts() == receipts and far.month("2025-06") == state and far.months() == ["2025-06"]
        assert list((tmp_path / "cache").glob("objects/*/*")) == []
        assert far.objects.get_table(state.accepted).num_rows == 2
        # fetched once, and only what was asked for
        assert [p.stem for p in (tmp_path / "cache").glob("objects/*/*")] == [state.accepted]
        assert far.objects.get_bytes(receipts[0].sha256).startswith(b"content of a.csv")
        with pytest.raises(StoreError, match="lost object"):
            far.objects.path("0" * 64)
        with pytest.raises(StoreError, match="is for reading") as refused:
            far.writer("intake")
        assert "只供读取" in refused.value.zh
    assert pull(place, tmp_path / "new" / "store").head == moved.head
    found = check_store(tmp_path / "new" / "store")
    assert (
        found.ok and found.head == moved.head and found.counts == check_store(full / "store").counts | {"releases": 0}
    )
    with Store.open(tmp_path / "new" / "store") as store:
        assert store._ledger.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        with store.writer("on") as tx:
            record_month(tx, "2025-07")
        assert push(store, place).objects == 0 and len(snapshots(place)) == 2
    assert check_remote(place).ok
    with pytest.raises(StoreError, match="is there already"):
        pull(place, tmp_path / "new" / "store")


def test_every_flipped_bit_and_every_lost_file_is_named(full, tmp_path):
    far = tmp_path / "far"
    with Store.open(full / "store") as store:
        push(store, Place.of(far))
    chance = random.Random(7)
    every = sorted(p for p in far.rglob("*") if p.is_file())
    assert len(every) > 8
    for path in every:
        before = path.read_bytes()
        if before:
            bit = chance.randrange(8 * len(before))
            path.write_bytes(before[: bit // 8] + bytes([before[bit // 8] ^ 1 << bit % 8]) + before[bit // 8 + 1 :])
            wrong = check_remote(Place.of(far))
            of_ledger = path.suffix == ".sqlite"
            name = path.relative_to(far).as_posix() if of_ledger else path.name.removesuffix(".parquet")
            assert ("ledger_changed" if of_ledger else "object_changed", name) in kinds(wrong)
            with pytest.raises(StoreError, match="changed"):
                pull(Place.of(far), tmp_path / "new")
        path.unlink()
        if path.suffix != ".sqlite":
            assert ("object_missing", path.name.removesuffix(".parquet")) in kinds(check_remote(Place.of(far)))
            with pytest.raises(StoreError, match="not sound"):
                pull(Place.of(far), tmp_path / "new")
        assert not (tmp_path / "new").exists() and not list(tmp_path.glob(".incoming*"))
        path.write_bytes(before)
    assert check_remote(Place.of(far)).ok


@pytest.mark.parametrize("at", range(0, 12, 2))
def test_a_push_that_breaks_off_leaves_the_state_before(full, monkeypatch, at):
    """Whatever was put last: the ledger that names it comes after it, and the next push goes on."""
    place = memory()
    with Store.open(full / "store") as store:
        first = push(store, place)
        with store.writer("more") as tx:
            for number in range(10):
                tx.objects.put_bytes(b"%d" % number)
                tx.record_release(f"r{number}", tx.objects.put_bytes(b"m%d" % number), {"files": {}})
        real, count = Place.put, [0]

        def put(self: Place, name: str, data: bytes) -> None:
            if count[0] == at:
                raise StoreError("the line is cut", zh="断线")
            count[0] += 1
            real(self, name, data)

        with monkeypatch.context() as cut:
            cut.setattr(Place, "put", put)
            if at <= 10:
                with pytest.raises(StoreError, match="cut"):
                    push(store, place)
            else:
                push(store, place)
        there = check_remote(place)
        assert there.ok and (there.head == first.head) == (at <= 10)
        last = push(store, place)
        assert check_remote(place).head == last.head != first.head


def test_two_histories_in_one_place_are_refused_and_named(full, tmp_path):
    place = memory()
    other = shutil.copytree(full / "store", tmp_path / "other")
    with Store.open(full / "store") as one, Store.open(other) as two:
        with one.writer("a") as tx:
            record_month(tx, "2025-07")
        with two.writer("b") as tx:
            record_month(tx, "2025-08")
        push(one, place)
        with pytest.raises(StoreError, match="a state this store never had") as refused:
            push(two, place)
        assert "未作任何改动" in refused.value.zh and len(snapshots(place)) == 1
        # both looked before either wrote: nothing is overwritten, and whoever reads says so
        apart = memory()
        push(two, apart)
        name = snapshots(apart)[0].name
        place.put(name, apart.get(name))
        assert ("head_unknown") in {kind for kind, _ in kinds(check_remote(place))}
        for reading in (lambda: open_remote(place, tmp_path / "c"), lambda: pull(place, tmp_path / "p")):
            with pytest.raises(StoreError, match="another history"):
                reading()


def test_a_ledger_rewritten_by_another_hand_is_not_pushed_as_the_old_one(full):
    place = memory()
    with Store.open(full / "store") as store:
        push(store, place)
    by_hand(full, "DELETE FROM heads WHERE seq > 1")
    with Store.open(full / "store") as store, pytest.raises(StoreError, match="never had"):
        push(store, place)


def test_places_that_cannot_be(tmp_path, full):
    with pytest.raises(StoreError, match="no place this program knows") as refused:
        Place.of("ftp://x/y")
    assert "无法识别" in refused.value.zh
    with pytest.raises(StoreError, match="carries a key"):
        Place.of("s3://AKIA:secret@bucket/x")
    (tmp_path / "file").write_text("x")
    with Store.open(full / "store") as store, pytest.raises(StoreError, match="cannot be read or written"):
        push(store, Place.of(tmp_path / "file" / "below"))
    for reading in (lambda p: pull(p, tmp_path / "n"), lambda p: open_remote(p, tmp_path / "c"), check_remote):
        with pytest.raises(StoreError, match="there is no store in"):
            reading(memory())


def test_a_store_of_an_older_form_is_pushed_after_its_first_writing(tmp_path):
    (tmp_path / "store").mkdir()
    with closing(sqlite3.connect(tmp_path / "store" / "ledger.sqlite", isolation_level=None)) as connection:
        make_tables(connection, 3)
    with Store.open(tmp_path / "store") as store:
        with pytest.raises(StoreError, match="nothing is sealed"):
            push(store, memory())
        with store.writer("a") as tx:
            record_month(tx)
        assert push(store, memory()).objects == len(set(store.objects))


def test_the_command(full, tmp_path, capsys):
    (full / "workspace.toml").write_text('base_period = "2025-06"\n', encoding="utf-8")
    where, far = ["--workspace", str(full)], str(tmp_path / "far")
    assert main(["store", "push", *where, "--at", far, "--json"]) == 0
    assert main(["store", "check", *where, "--at", far]) == 0
    assert "完好 sound" in capsys.readouterr().out
    new = tmp_path / "new"
    new.mkdir()
    shutil.copyfile(full / "workspace.toml", new / "workspace.toml")
    assert main(["store", "pull", "--workspace", str(new), "--at", far]) == 0
    head = hashlib.sha256(b"").hexdigest()
    assert check_store(full / "store").head == check_store(new / "store").head != head
    broken = sorted((tmp_path / "far" / "objects").glob("*/*"))[0]
    broken.write_bytes(b"")
    assert main(["store", "check", *where, "--at", far]) == 3
    for wrong in (
        ["push", *where], ["export", *where, "--to", "delta"], ["rebuild", *where, "--at", far],
        ["check", *where, "--at", far, "--repair"], ["check", *where, "--out", far],
    ):  # fmt: skip
        assert main(["store", *wrong]) == 2, wrong
    assert main(["store", "push", *where, "--at", str(full / "releases" / "x")]) == 2
    said = capsys.readouterr().err
    assert "no place for firm-level records" in said and "需要 --at" in said
