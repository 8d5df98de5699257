"""What the system refuses, for real: its calls one after another, mounts, a clock set back, files taken away."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shuibei_index.errors import StoreError
from shuibei_index.store import Store
from shuibei_index.store.checking import check_store

from .conftest import kinds, record_month

TOOL = Path(__file__).parents[2] / "tools" / "inject_faults.py"


@pytest.fixture(scope="module")
def faults():
    """The tool that makes calls of the system fail."""
    spec = importlib.util.spec_from_file_location("inject_faults", TOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules["inject_faults"] = module
    spec.loader.exec_module(module)
    if not module.allowed():
        pytest.skip("strace is not there or may not trace: no call of the system can be made to fail")
    return module


def test_calls_of_the_system_that_fail(faults, tmp_path):
    """One of all calls and answers; the tool takes every one of them."""
    told = faults.inject(tmp_path, at_most=1, seed=3)
    assert told["wrong"] == [] and told["calls"] > 20
    assert told["ends"] == {"refused in words, state before": 1}


def test_the_order_in_which_things_reach_the_disk(faults, tmp_path):
    """File forced to disk, renamed, folders forced to disk, and only then the log of the ledger; its head last.

    Read from the calls of the system, those SQLite makes itself included.
    """
    root = tmp_path / "store"
    assert faults.write(root, 1).returncode == 0
    steps = []
    for line in faults.traced(root, 2, ("fsync", "fdatasync", "rename", "pwrite64", "openat")):
        call = line.split("(", 1)[0].split()[-1]
        name = re.findall(re.escape(str(root)) + r"([^>\"]*)", line)[-1]
        kind = (
            "temporary" if "incoming-" in name and "head" not in name else "head" if "head" in name
            else "log" if name.endswith("-wal") else "ledger" if name.endswith(".sqlite")
            else "object" if re.search(r"objects/../[0-9a-f]{64}", name) else "folder" if "objects" in name else ""
        )  # fmt: skip
        steps.append((call, kind))
    written = [step for step in steps if step[0] != "openat" and step[1]]
    first_log = written.index(("pwrite64", "log"))
    renames = [n for n, step in enumerate(written) if step == ("rename", "object")]
    assert len(renames) == 2
    for rename in renames:
        assert written[rename - 1] == ("fsync", "temporary")
    folders = [n for n, step in enumerate(written) if step == ("fsync", "folder")]
    assert len(folders) >= 2 and max(renames) < min(folders) and max(folders) < first_log
    # every frame of the log is on disk before the head is noted, and nothing of the log comes after it but its end
    last_frame = max(n for n, step in enumerate(written) if step == ("pwrite64", "log"))
    forced = written.index(("fdatasync", "log"), last_frame)
    head = written.index(("rename", "head"))
    assert last_frame < forced < head and written[head - 1] == ("fsync", "head")
    # the ledger itself is written from the log, when that is safe
    assert min(n for n, step in enumerate(written) if step == ("pwrite64", "ledger")) > forced


def test_the_lock_file_of_a_writer_that_fell_with_another_machine(full, capfd):
    """Nobody holds it: what it says is a note, not a lock."""
    (full / "store" / "lock").write_text("process 77 on pc-9 (intake 2025-05)\n77\npc-9\n123.0\n")
    with Store.open(full / "store") as store, store.writer("again") as tx:
        record_month(tx, "2025-07")
    assert "process 77 on pc-9 (intake 2025-05) ended before it had finished" in capfd.readouterr().err
    assert check_store(full / "store").ok


_LOCKED = """
import sys
from shuibei_index.errors import StoreError
from shuibei_index.store import Store
try:
    with Store.open(sys.argv[1]) as store, store.writer("second"):
        pass
except StoreError as error:
    print(error); print(error.zh)
"""


def test_a_lock_seen_under_a_steady_clock_set_back(tmp_path):
    """As after a restart: the age cannot be told, and is not; the writer is."""
    back = ["unshare", "--time", "--monotonic", str(5 - int(time.monotonic())), "--fork"]
    if shutil.which("unshare") is None or subprocess.run([*back, "true"], capture_output=True).returncode:
        pytest.skip("this machine does not let us set a clock back in a namespace of its own")
    with Store.open(tmp_path) as store, store.writer("first"):
        done = subprocess.run(
            [*back, sys.executable, "-W", "ignore", "-c", _LOCKED, str(tmp_path)], capture_output=True, text=True
        )
    en, zh = done.stdout.splitlines()
    assert f"process {os.getpid()} on" in en and "(first);" in en and " for " not in en.split(";")[0]
    assert "秒" not in zh and "请等待" in zh


def test_a_log_taken_away(full):
    """What was only in it is lost: the head beside the ledger says so, before anything is written on top."""
    with Store.open(full / "store") as reader:
        with Store.open(full / "store") as store, store.writer("intake 2025-07") as tx:
            record_month(tx, "2025-07")
        assert reader.months() == ["2025-06", "2025-07"]
        copy = shutil.copytree(full, full.with_name("copy"))
    for name in ("ledger.sqlite-wal", "ledger.sqlite-shm"):
        (copy / "store" / name).unlink()
    found = check_store(copy / "store")
    assert ("head_unknown", "store/head") in kinds(found)
    with Store.open(copy / "store") as store:
        assert store.months() == ["2025-06"]
        with pytest.raises(StoreError, match="lost what was written last") as refused, store.writer("on"):
            raise AssertionError
    assert "未写入任何内容" in refused.value.zh


@pytest.mark.parametrize("keep", [0, 100, 4096, 0.5, -1])
def test_a_ledger_cut_short(full, keep):
    path = full / "store" / "ledger.sqlite"
    data = path.read_bytes()
    path.write_bytes(data[: int(keep * len(data)) if isinstance(keep, float) else keep])
    assert not check_store(full / "store").ok


@pytest.fixture
def seen_read_only(full: Path) -> Iterator[Path]:
    """The workspace mounted a second time, for reading alone: the disk itself stays writable."""
    far = full.with_name("mounted")
    far.mkdir()
    bound = subprocess.run(["mount", "--bind", str(full), str(far)], capture_output=True).returncode == 0
    if not bound or subprocess.run(["mount", "-o", "remount,bind,ro", str(far)], capture_output=True).returncode:
        if bound:
            subprocess.run(["umount", str(far)], check=True)
        pytest.skip("this machine does not let us mount a folder for reading alone")
    yield far
    subprocess.run(["umount", str(far)], check=True)


def test_a_workspace_mounted_for_reading(full, seen_read_only):
    before = check_store(full / "store").head
    with Store.open(seen_read_only / "store") as store:
        assert store.months() == ["2025-06"]
        assert store.objects.get_table(store.month("2025-06").accepted).num_rows == 2
        with pytest.raises(StoreError, match="cannot be written") as refused, store.writer("on"):
            raise AssertionError
    assert "无法写入" in refused.value.zh
    assert check_store(seen_read_only / "store").head == before
    with pytest.raises(StoreError, match="Read-only file system"):
        check_store(seen_read_only / "store", repair=True)
    # who may write where it really lies goes on meanwhile, and the readers of the mount see it
    with Store.open(full / "store") as store, store.writer("on") as tx:
        record_month(tx, "2025-07")
    with Store.open(seen_read_only / "store") as store:
        assert store.months() == ["2025-06", "2025-07"]


def test_every_file_of_a_release_flipped_beside_the_store(full):
    """The manifest as well: the store kept the release, so every bit of it is compared."""
    release = full / "releases" / "2025-06"
    for path in sorted(p for p in release.rglob("*") if p.is_file()):
        before = path.read_bytes()
        for at in (0, len(before) // 2, len(before) - 1):
            path.write_bytes(before[:at] + bytes([before[at] ^ 1 << at % 8]) + before[at + 1 :])
            name = f"2025-06/{path.relative_to(release).as_posix()}"
            assert kinds(check_store(full / "store")) == {("release_changed", name)}
        path.write_bytes(before)
    assert check_store(full / "store").ok


def test_what_the_tool_would_tell(faults, tmp_path, monkeypatch):
    """The tool can fail: a state between, an error without words, a fall."""
    answers = iter([(1, "only English\n", ""), (0, "done\n", ""), (70, "", "Traceback")])

    def write(root: Path, number: int, *before: str) -> subprocess.CompletedProcess[str]:
        if not before:
            with Store.open(root) as store, store.writer("one") as tx:
                tx.record_release("release 1", tx.objects.put_bytes(b"1"), {})
            return subprocess.CompletedProcess([], 0, "done\n", "")
        return subprocess.CompletedProcess([], *next(answers))

    monkeypatch.setattr(faults, "write", write)
    monkeypatch.setattr(faults, "plan", lambda root: [("fsync", 1), ("fsync", 2), ("rename", 1)])
    wrong = faults.inject(tmp_path, ("EIO",))["wrong"]
    words = ["not said in both languages", "holds ['release 1'] after exit 0", "exit 70, Traceback"]
    assert len(wrong) == 3 and all(w in line for w, line in zip(words, wrong, strict=True)), json.dumps(wrong)


def test_a_disk_that_fails_when_all_is_written(full, monkeypatch):
    """The lock file cannot be emptied any more: the writing counts, and the next one finds the lock free."""
    with Store.open(full / "store") as store, store.writer("last") as tx:
        record_month(tx, "2025-07")

        def refuse(descriptor: int, length: int) -> None:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(os, "ftruncate", refuse)
    monkeypatch.undo()
    with Store.open(full / "store") as store, store.writer("next") as tx:
        assert store.months() == ["2025-06", "2025-07"]
    assert check_store(full / "store").ok


def test_what_a_writer_killed_while_it_noted_the_head_left(full):
    left = full / "store" / "incoming-head-abc"
    with Store.open(full / "store") as first, first.writer("at work"):
        left.write_text("3f9c")
        # not while somebody is at work: it may be theirs
        Store.open(full / "store").close()
        assert left.exists()
    Store.open(full / "store").close()
    assert not left.exists() and check_store(full / "store").ok
