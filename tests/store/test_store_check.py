"""A changed bit anywhere is named; what can be put back is put back; nothing is deleted."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest

from shuibei_index.errors import StoreError
from shuibei_index.store import Store
from shuibei_index.store.checking import check_store
from shuibei_index.store.faults import Fault, StoreCheck
from shuibei_index.store.repairing import same_bytes

from .conftest import kinds, record_month


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    path.chmod(0o644)
    path.write_bytes(bytes(data))


def test_a_flipped_bit_in_any_object_is_named(full):
    objects = sorted((full / "store" / "objects").glob("*/*"))
    assert len(objects) >= 7
    chance = random.Random(3)
    for path in objects:
        before = path.read_bytes()
        if not before:
            continue
        flip(path, chance.randrange(8 * len(before)))
        name = path.name.removesuffix(".parquet")
        assert kinds(check_store(full / "store")) == {("object_changed", name)}
        path.write_bytes(before)
    assert check_store(full / "store").ok


def test_truncated_missing_and_foreign_objects(full):
    first, second, *_ = sorted((full / "store" / "objects").glob("*/*"))
    first.chmod(0o644)
    first.write_bytes(first.read_bytes()[:-1])
    second.unlink()
    (full / "store" / "objects" / "zz").mkdir()
    (full / "store" / "objects" / "zz" / "note.txt").write_text("x")
    found = check_store(full / "store")
    digests = [path.name.removesuffix(".parquet") for path in (first, second)]
    assert kinds(found) == {("object_changed", digests[0]), ("object_missing", digests[1])}
    assert [note.kind for note in found.notes] == ["foreign"]
    assert not found.ok and digests[0] in found.text() and found.to_dict()["faults"][0]["zh"]


@pytest.mark.parametrize("seed", range(4))
def test_a_flipped_bit_in_the_ledger_is_named_or_changes_nothing(full, seed):
    """Whatever bit: a fault, or every row, index and trigger is what it was (the bit lies where nothing is kept)."""

    def everything() -> object:
        with closing(sqlite3.connect(path)) as connection:
            names = [n for (n,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            rows = [connection.execute(f"SELECT * FROM {name}").fetchall() for name in sorted(names)]
            return rows, connection.execute("SELECT name, sql FROM sqlite_schema").fetchall()

    path = full / "store" / "ledger.sqlite"
    before, rows = path.read_bytes(), everything()
    chance, named = random.Random(seed), 0
    for _ in range(60):
        # half of them in what is used: the pages of a young ledger are mostly empty
        bit = chance.randrange(8 * len(before))
        if chance.random() < 0.5:
            used = [at for at in range(0, len(before), 7) if before[at]]
            bit = 8 * chance.choice(used) + chance.randrange(8)
        flip(path, bit)
        found = check_store(full / "store")
        named += not found.ok
        if found.ok:
            for now, then in zip(everything(), rows, strict=True):
                for one, other in zip(now, then, strict=True):
                    assert one == other, bit
        for beside in full.glob("store/ledger.sqlite-*"):
            beside.unlink()
        path.write_bytes(before)
    assert named >= 20


def test_a_flipped_bit_in_the_log_is_named(full):
    """SQLite leaves out in silence what follows a damaged frame of its log."""
    log = full / "store" / "ledger.sqlite-wal"
    with Store.open(full / "store") as reader:
        with Store.open(full / "store") as store, store.writer("intake 2025-07") as tx:
            record_month(tx, "2025-07")
        assert check_store(full / "store").ok and log.stat().st_size > 0
        copy = full.with_name("copy")
        shutil.copytree(full, copy)
        size = struct.unpack(">I", log.read_bytes()[8:12])[0]
        assert reader.months() == ["2025-06", "2025-07"]
    flip(copy / "store" / log.name, 8 * (32 + 24 + size // 2))
    # the index of the log belongs to the processes that had it open: after a fall of the machine it is not there
    (copy / "store" / "ledger.sqlite-shm").unlink(missing_ok=True)
    found = check_store(copy / "store")
    assert {("log_changed", "ledger.sqlite-wal"), ("head_unknown", "store/head")} <= kinds(found)
    with (
        Store.open(copy / "store") as store,
        pytest.raises(StoreError, match="lost what was written last"),
        store.writer("intake"),
    ):
        raise AssertionError


def test_a_log_that_ends_in_the_middle_of_a_frame_is_no_damage(full):
    log = full / "store" / "ledger.sqlite-wal"
    with Store.open(full / "store"):
        with Store.open(full / "store") as store, store.writer("a") as tx:
            record_month(tx, "2025-07")
        copy = full.with_name("copy")
        shutil.copytree(full, copy)
    with (copy / "store" / log.name).open("ab") as file:
        file.write(b"\x00" * 100)
    assert check_store(copy / "store").ok


def test_an_unreadable_ledger_is_named_and_the_objects_are_looked_at_all_the_same(full):
    (full / "store" / "ledger.sqlite").write_bytes(b"no ledger" * 1000)
    path = sorted((full / "store" / "objects").glob("*/*"))[0]
    flip(path, 5)
    found = check_store(full / "store")
    assert {kind for kind, _ in kinds(found)} == {"ledger_unreadable", "object_changed"}
    # nothing is taken for an orphan because the ledger cannot be read
    check_store(full / "store", repair=True)
    assert path.is_file() and not (full / "store" / "aside").exists()


def test_lost_and_changed_objects_come_back_from_the_same_bytes(full):
    with Store.open(full / "store") as store:
        a, b = (store.objects.path(receipt.sha256) for receipt in store.receipts())
        figures = store.objects.path(store.released_files(1)["indices.csv"])
    expected = {path: path.read_bytes() for path in (a, b, figures)}
    a.unlink()
    flip(b, 80)
    damaged = b.read_bytes()
    figures.unlink()
    found = check_store(full / "store", repair=True, sources=[same_bytes([full / "inbox", full / "releases"])])
    assert found.ok and len(found.faults) == 3 and all(fault.done for fault in found.faults)
    assert {path: path.read_bytes() for path in expected} == expected
    assert (full / "store" / "aside" / "objects" / b.name).read_bytes() == damaged
    assert "inbox/2025-06/a.csv" in found.text() and "aside/objects" in found.text()
    assert not check_store(full / "store").faults


def test_what_no_source_has_stays_a_fault_and_stays_where_it_is(full):
    with Store.open(full / "store") as store:
        path = store.objects.path(store.month("2025-06").accepted)
    flip(path, 9)
    damaged = path.read_bytes()
    found = check_store(full / "store", repair=True, sources=[same_bytes([full / "inbox"])])
    assert not found.ok and path.read_bytes() == damaged


def test_left_overs_of_a_killed_writer(full):
    store = full / "store"
    (store / "objects" / "incoming-x").write_bytes(b"half")
    with Store.open(store) as opened, pytest.raises(RuntimeError), opened.writer("killed") as tx:
        orphan = tx.objects.put_bytes(b"nobody names me")
        raise RuntimeError
    (store / "objects" / "incoming-x").write_bytes(b"half")
    (store / "incoming-head-x").write_bytes(b"half")
    found = check_store(store)
    assert found.ok and sorted(n.kind for n in found.notes) == ["orphan", "temporary", "temporary"]
    assert (store / "objects" / "incoming-x").exists()
    mended = check_store(store, repair=True)
    assert mended.ok and all(note.done for note in mended.notes)
    assert not (store / "objects" / "incoming-x").exists() and not (store / "incoming-head-x").exists()
    # an object is never thrown away
    assert (store / "aside" / "orphans" / orphan[:2] / orphan).read_bytes() == b"nobody names me"
    assert not check_store(store).notes


def test_changed_missing_and_foreign_files_of_a_release(full):
    release = full / "releases" / "2025-06"
    expected = {p.relative_to(release): p.read_bytes() for p in release.rglob("*") if p.is_file()}
    flip(release / "indices.csv", 33)
    damaged = (release / "indices.csv").read_bytes()
    (release / "charts" / "total.svg").unlink()
    (release / "extra.txt").write_text("x")
    (full / "releases" / "2024-01").mkdir()
    found = check_store(full / "store")
    assert kinds(found) == {
        ("release_changed", "2025-06/indices.csv"), ("release_changed", "2025-06/charts/total.svg"),
        ("release_foreign", "2025-06/extra.txt"),
    }  # fmt: skip
    assert [(n.kind, n.name) for n in found.notes] == [("release_unknown", "2024-01")]
    mended = check_store(full / "store", repair=True)
    assert {f.name for f in mended.faults if not f.done} == {"2025-06/extra.txt"}
    (release / "extra.txt").unlink()
    assert {p.relative_to(release): p.read_bytes() for p in release.rglob("*") if p.is_file()} == expected
    assert (full / "store" / "aside" / "releases" / "2025-06" / "indices.csv").read_bytes() == damaged


def test_a_lost_release_folder_can_be_rebuilt(full):
    expected = {p: p.read_bytes() for p in (full / "releases").rglob("*") if p.is_file()}
    shutil.rmtree(full / "releases")
    (fault,) = check_store(full / "store").faults
    assert fault.kind == "release_missing" and "store rebuild" in fault.en and "store rebuild" in fault.zh
    with Store.open(full / "store") as store:
        assert [p.name for p in store.rebuild_releases(full / "releases")] == ["2025-06"]
        assert store.rebuild_releases(full / "releases") == []
    assert {p: p.read_bytes() for p in (full / "releases").rglob("*") if p.is_file()} == expected
    shutil.rmtree(full / "releases")
    assert check_store(full / "store", repair=True).ok
    assert {p: p.read_bytes() for p in (full / "releases").rglob("*") if p.is_file()} == expected


def test_files_of_releases_made_before_they_were_kept(full):
    """A release recorded without its files: its sound folder is kept by --repair, a changed one never."""
    data = {"indices.csv": b"older\n"}
    listing = [{"path": "indices.csv", "sha256": "0" * 64, "bytes": 6}]
    with Store.open(full / "store") as store, store.writer("release") as tx:
        listing[0]["sha256"] = hashlib.sha256(data["indices.csv"]).hexdigest()
        data["manifest.json"] = json.dumps({"files": listing}).encode()
        frozen = {"months": {}, "files": {}, "rules": {}, "trees": {}}
        tx.record_release("2025-05", tx.objects.put_bytes(data["manifest.json"]), frozen)
    (fault,) = check_store(full / "store").faults
    assert fault.kind == "release_missing" and "not kept" in fault.en
    with Store.open(full / "store") as store, pytest.raises(StoreError, match="cannot be rebuilt"):
        store.rebuild_releases(full / "releases")
    folder = full / "releases" / "2025-05"
    folder.mkdir()
    for name, content in data.items():
        (folder / name).write_bytes(content)
    flip(folder / "indices.csv", 3)
    assert not check_store(full / "store", repair=True).ok
    with Store.open(full / "store") as store:
        assert store.released_files(2) == {}
    flip(folder / "indices.csv", 3)
    found = check_store(full / "store", repair=True)
    assert found.ok and [n.done != "" for n in found.notes if n.kind == "release_not_kept"] == [True]
    assert check_store(full / "store", head=found.head).ok
    shutil.rmtree(folder)
    with Store.open(full / "store") as store:
        store.rebuild_releases(full / "releases")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == data


def test_while_somebody_writes_a_check_looks_and_a_repair_waits(full):
    with Store.open(full / "store") as store, store.writer("intake 2025-07") as tx:
        tx.objects.put_bytes(b"not yet named")
        found = check_store(full / "store")
        assert found.ok and [note.kind for note in found.notes] == ["not_alone"]
        with pytest.raises(StoreError, match="being written"):
            check_store(full / "store", repair=True)


def test_no_store_is_an_error(tmp_path):
    with pytest.raises(StoreError, match="there is no store"):
        check_store(tmp_path / "nowhere")


def test_of_very_many_faults_the_text_shows_the_first():
    found = StoreCheck(tuple(Fault("object_missing", f"{n:064d}", "缺失。", "is missing.") for n in range(300)))
    assert found.text().count("is missing.") == 200 and "另有 100 处" in found.text()
    assert "300 处 broken" in found.text() and len(found.to_dict()["faults"]) == 300
