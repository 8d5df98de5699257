"""The faults of the world, for real: kill, full disk, no rights, a folder that cannot be written, a dead writer."""

from __future__ import annotations

import ast
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import shuibei_index.store
from shuibei_index.errors import StoreError
from shuibei_index.store import Store
from shuibei_index.store.checking import check_store

from .conftest import record_month

_FIRST = """
import os, sys, time
from pathlib import Path
import pyarrow as pa
from shuibei_index.checks import no_findings
from shuibei_index.errors import StoreError
from shuibei_index.store import Store
from shuibei_index.store.checking import check_store
root = Path(sys.argv[1])
def write(store, number, size=2000):
    table = pa.table({"number": [number] * size})
    with store.writer(f"writing {number}") as tx:
        tx.objects.put_bytes(os.urandom(size))
        for month in ("2025-05", "2025-06"):
            tx.record_month(month, accepted=table, held=table[:0], rejected=table[:0], findings=no_findings(),
                            counts={"number": number}, rules_digest="r", receipts=[])
"""


def run(code: str, *arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-c", _FIRST + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)  # type: ignore[call-overload,no-any-return]


def numbers(root: Path) -> set[int]:
    with Store.open(root) as store, store.snapshot():
        return {int(store.month(month).counts["number"]) for month in store.months()}  # type: ignore[union-attr]


def test_kill_at_random_moments(tmp_path):
    """Killed 40 times while writing: both months of the last whole writing, never one of them, and nothing lost."""
    done = run(
        """
import json, random, signal
chance, told = random.Random(4), []
with Store.open(root) as store:
    write(store, 0)
for turn in range(40):
    incoming, outgoing = os.pipe()
    if (child := os.fork()) == 0:
        with Store.open(root) as store:
            number = int(store.month("2025-05").counts["number"])
            while True:
                number += 1
                write(store, number)
                os.write(outgoing, number.to_bytes(4, "big"))
    os.close(outgoing)
    # every other time only once something was written, however busy the machine
    said = os.read(incoming, 4) if turn % 2 else b""
    time.sleep(chance.uniform(0.0, 0.15))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(incoming, "rb") as stream:
        said += stream.read()
    last = int.from_bytes(said[-4:], "big") if said else 0
    with Store.open(root) as store:
        found = [int(store.month(m).counts["number"]) for m in ("2025-05", "2025-06")]
        checked = store.check()
    told.append([last, *found, checked.ok])
print(json.dumps(told))
""",
        tmp_path / "store",
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    for last, first, second, sound in told:
        assert first == second >= last and sound
    assert len(told) == 40 and told[-1][1] >= 20


def test_killed_while_the_ledger_is_made(tmp_path):
    """A ledger without a table yet is made anew; an emptied one with a head beside it is not taken for a new one."""
    (tmp_path / "ledger.sqlite").write_bytes(b"")
    with Store.open(tmp_path) as store, store.writer("first") as tx:
        record_month(tx)
    assert check_store(tmp_path).ok
    (tmp_path / "ledger.sqlite").write_bytes(b"")
    with pytest.raises(StoreError, match="not a readable ledger"):
        Store.open(tmp_path)
    assert not check_store(tmp_path).ok


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip("this machine does not let us mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_disk(small):
    root = small / "store"
    with Store.open(root) as store:
        with store.writer("a") as tx:
            record_month(tx, count=1)
        refused, chance = [], random.Random(1)
        # until not even the smallest writing fits any more
        for size in (600_000, 200_000, 60_000, 20_000, 6_000, 2_000, 600, 200, 60):
            while True:
                try:
                    with store.writer("fill") as tx:
                        tx.objects.put_bytes(chance.randbytes(size))
                        record_month(tx, count=2 + len(refused))
                        tx.record_release(f"r{size}-{chance.random()}", "0" * 64, {"x": "y" * 500})
                except StoreError as error:
                    refused.append(error)
                    break
        states = store.month("2025-06")
    assert len(refused) == 9 and all("nothing" in str(e) and e.zh for e in refused)
    with Store.open(root) as store:
        assert store.month("2025-06") == states
        assert not [f for f in store.check().faults if not f.kind.startswith("object_missing")]
        # room again: the same store goes on
        subprocess.run(["mount", "-o", "remount,size=6m", str(small)], check=True)
        with store.writer("on") as tx:
            record_month(tx, count=99)
        assert store.month("2025-06").counts == {"read": 99}


def test_a_file_that_may_not_grow(tmp_path):
    """The same without a disk of its own: no file may become larger than 64 KB."""
    done = run(
        """
import json, resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Store.open(root) as store:
    write(store, 1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64_000, resource.RLIM_INFINITY))
    said = []
    for size in (100_000, 200_000):
        try:
            write(store, 2, size)
        except StoreError as error:
            said.append([str(error), error.zh])
    # the ledger itself can take no more
    for number in range(3, 400):
        try:
            write(store, number, 10)
        except StoreError as error:
            said.append([str(error), error.zh])
            break
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    write(store, 1000, 10)
    print(json.dumps([said, store.check().ok]))
""",
        tmp_path / "store",
    )
    assert done.returncode == 0, done.stderr
    said, sound = json.loads(done.stdout)
    assert len(said) == 3 and sound and all("nothing" in en and zh for en, zh in said)
    assert "cannot keep a file" in said[0][0] and "ledger cannot be written" in said[2][0]
    assert numbers(tmp_path / "store") == {1000}


@pytest.fixture
def others() -> Iterator[Path]:
    """A folder another user can get to."""
    folder = Path(tempfile.mkdtemp(prefix="store-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


_AS_ANOTHER = """
import json
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
said = {}
def told(name, work):
    try:
        said[name] = [True, work(), ""]
    except StoreError as error:
        said[name] = [False, str(error), error.zh]
def reading():
    with Store.open(root) as store:
        return [store.months(), store.objects.get_table(store.month("2025-06").accepted).num_rows]
def writing():
    with Store.open(root) as store:
        write(store, 2)
told("read", reading)
told("write", writing)
told("make", lambda: Store.open(root.parent / "new").close())
told("check", lambda: check_store(root).ok)
print(json.dumps(said))
"""


@pytest.fixture
def read_only(others: Path) -> Iterator[Path]:
    with Store.open(others / "store") as store, store.writer("a") as tx:
        record_month(tx)
    for path in sorted((others / "store").rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    (others / "store").chmod(0o555)
    yield others / "store"
    (others / "store").chmod(0o755)


def test_a_folder_without_the_right_to_write_can_be_read(read_only):
    done = run(_AS_ANOTHER, read_only)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["read"] == [True, [["2025-06"], 2], ""]
    assert said["check"][1] is True
    for name, words in [("write", "cannot be written"), ("make", "no store can be made")]:
        done_, en, zh = said[name]
        assert not done_ and words in en and zh, name


def test_a_ledger_nobody_may_read(read_only):
    if os.getuid():
        (read_only / "ledger.sqlite").chmod(0)
    else:
        (read_only / "ledger.sqlite").chmod(0o600)
    said = json.loads(run(_AS_ANOTHER, read_only).stdout)
    assert not said["read"][0] and "may not be read" in said["read"][1] and "无权" in said["read"][2]
    assert said["check"][:2] == [True, False]


def test_a_disk_that_can_only_be_read(small):
    root = small / "store"
    with Store.open(root) as store, store.writer("a") as tx:
        record_month(tx)
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    try:
        with Store.open(root) as store:
            assert store.months() == ["2025-06"] and store.check().ok
            with pytest.raises(StoreError, match="Read-only file system") as refused, store.writer("b"):
                raise AssertionError
            assert "无法写入" in refused.value.zh
        with pytest.raises(StoreError, match="no store can be made"):
            Store.open(small / "other")
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(small)], check=True)


def test_a_log_that_was_not_put_in_place_on_a_disk_that_can_only_be_read(small):
    """What was written last is in the log: leaving it out would show an older state as today's."""
    with Store.open(small / "one"), Store.open(small / "one") as store:
        with store.writer("a") as tx:
            record_month(tx)
        shutil.copytree(small / "one", small / "two")
    (small / "two" / "ledger.sqlite-shm").unlink()
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    try:
        with pytest.raises(StoreError, match=r"still in ledger\.sqlite-wal") as refused:
            Store.open(small / "two")
        assert "日志" in refused.value.zh
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(small)], check=True)
    with Store.open(small / "two") as store:
        assert store.months() == ["2025-06"]


def test_a_second_writer_is_told_who_where_since_when_and_what_to_do(tmp_path):
    with Store.open(tmp_path) as store, store.writer("intake 2025-06"):
        time.sleep(1.1)
        with Store.open(tmp_path) as second, pytest.raises(StoreError) as refused, second.writer("release"):
            raise AssertionError
    said, zh = str(refused.value), refused.value.zh
    assert f"process {os.getpid()} on {os.uname().nodename} (intake 2025-06)" in said
    assert " for 1 s;" in said and "Wait until it has finished" in said
    assert "已 1 秒" in zh and "请等待" in zh


def test_the_lock_of_a_dead_writer_is_taken_over_with_a_note(tmp_path, capfd):
    done = run("with Store.open(root) as s, s.writer('intake 2025-06'): os.kill(os.getpid(), 9)", tmp_path)
    assert done.returncode == -signal.SIGKILL
    with Store.open(tmp_path) as store, store.writer("again") as tx:
        record_month(tx)
    said = capfd.readouterr().err
    assert "(intake 2025-06) ended before it had finished" in said and "已撤销" in said
    with Store.open(tmp_path) as store, store.writer("third"):
        pass
    assert capfd.readouterr().err == ""


def test_a_lock_held_by_a_child_of_a_dead_writer_says_so(tmp_path):
    code = """
Store.open(root).__enter__()._lock.acquire("intake")
if os.fork() == 0:
    os.closerange(1, 3)
    time.sleep(20)
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", _FIRST + code, str(tmp_path)], timeout=60)
    assert done.returncode == 0
    with (
        Store.open(tmp_path) as store,
        pytest.raises(StoreError, match="a process it started still holds") as refused,
        store.writer("again"),
    ):
        raise AssertionError
    assert "子进程" in refused.value.zh


def test_no_clock_is_read():
    """Set back or forth, the clock changes nothing: no file of the store asks it for the time of day."""
    for path in sorted(Path(shuibei_index.store.__file__).parent.glob("*.py")):
        names = {n.attr for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Attribute)}
        assert not names & {"time", "time_ns", "now", "today", "utcnow", "localtime", "gmtime", "st_mtime"}, path
        assert "CURRENT_TIMESTAMP" not in path.read_text("utf-8") and "datetime(" not in path.read_text("utf-8")


def test_files_from_before_the_clock_was_set_back(full):
    """Files dated in the future and in 1970, a lock of a machine started anew: nothing of it matters."""
    before = check_store(full / "store").head
    for number, path in enumerate(sorted((full / "store").rglob("*"))):
        os.utime(path, (0, 0) if number % 2 else (4e9, 4e9))
    (full / "store" / "lock").write_text(f"process 1 on {os.uname().nodename} (x)\n1\n{os.uname().nodename}\n1e12\n")
    found = check_store(full / "store")
    assert found.ok and found.head == before
    with Store.open(full / "store") as store, store.writer("on") as tx:
        record_month(tx, "2025-07")
    assert check_store(full / "store", head=before).ok
