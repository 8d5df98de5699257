"""Killed at any step, the next start finds the state before or the state after, never between."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from shuibei_index.store import Store

# A process that runs one command of the store again and again, each time in a child that kills itself at another
# moment: just before or just after the n-th step that touches the disk or the ledger.
DRIVER = """
import json, os, signal, sys
from pathlib import Path
import pyarrow as pa
from shuibei_index.checks import no_findings
from shuibei_index.store import objects as module
from shuibei_index.store.store import Store

root, inbox, stride = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])

def command(store_root, fatal):
    count = 0
    at, after = (fatal + 1) // 2, fatal % 2 == 0
    def step(real):
        def call(*args, **kwargs):
            nonlocal count
            count += 1
            mine = count
            if mine == at and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = real(*args, **kwargs)
            if mine == at and after:
                os.kill(os.getpid(), signal.SIGKILL)
            return result
        return call
    module.os.fsync = step(os.fsync)
    module.tempfile.mkstemp = step(module.tempfile.mkstemp)
    Path.rename = step(Path.rename)
    Path.chmod = step(Path.chmod)
    with Store.open(store_root) as store:
        trace = step(lambda sql: None)
        store._ledger.connection.set_trace_callback(lambda sql: sql.startswith("SELECT") or trace(sql))
        table = pa.table({"a": [1, 2, 3]})
        with store.writer("intake 2025-06") as tx:
            receipts, _ = tx.receive_folder(inbox, "2025-06")
            tx.record_month("2025-06", accepted=table, held=table[:0], rejected=table[:0], findings=no_findings(),
                            counts={"read": 3}, rules_digest="r", receipts=receipts)
        store._ledger.connection.set_trace_callback(None)
        # The trace speaks before a statement runs; this is the moment after the last one.
        step(lambda: None)()
    return count

def in_child(work):
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.close(read)
        try:
            os.write(write, str(work()).encode())
            os._exit(0)
        except BaseException as error:
            os.write(write, repr(error).encode())
            os._exit(1)
    os.close(write)
    with os.fdopen(read) as stream:
        text = stream.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text

code, text = in_child(lambda: command(root / "0", 0))
assert code == 0, text
steps = int(text)
results = []
for fatal in range(1, 2 * steps + 1, stride):
    results.append([fatal, *in_child(lambda: command(root / str(fatal), fatal))])
print(json.dumps({"steps": steps, "results": results}))
"""


def content(root: Path) -> tuple[object, ...]:
    with Store.open(root) as store:
        assert store.check().ok
        return store.receipts(), [store.month(m) for m in store.months()], sorted(store.objects.root.glob("incoming-*"))


def test_kill_at_every_step(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name in ("a", "b"):
        (inbox / f"{name}.csv").write_text(name)
    driven = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DRIVER, str(tmp_path), str(inbox), "1"], capture_output=True, text=True
    )
    assert driven.returncode == 0, driven.stderr
    report = json.loads(driven.stdout)
    after = content(tmp_path / "0")
    assert len(after[0]) == 2 and len(after[1]) == 1 and after[2] == []
    assert report["steps"] > 25
    assert len(report["results"]) == 2 * report["steps"]
    seen = set()
    for fatal, code, text in report["results"]:
        assert code == -signal.SIGKILL, (fatal, text)
        state = content(tmp_path / str(fatal))
        assert state in (([], [], []), after), fatal
        seen.add(len(state[0]))
    assert seen == {0, 2}


def test_what_a_kill_leaves_is_taken_up_by_the_next_run(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "a.csv").write_text("a")
    command = [sys.executable, "-W", "ignore", "-c", DRIVER, str(tmp_path), str(inbox), "7"]
    driven = subprocess.run(command, capture_output=True, text=True)
    assert driven.returncode == 0, driven.stderr
    clean = sorted(p.relative_to(tmp_path / "0") for p in (tmp_path / "0" / "objects").rglob("*"))
    for fatal, _, _ in json.loads(driven.stdout)["results"]:
        root = tmp_path / str(fatal)
        with Store.open(root) as store:
            with store.writer("again") as tx:
                tx.receive_folder(inbox, "2025-06")
            assert [r.file_name for r in store.receipts()] == ["a.csv"]
            assert store.check().ok
        files = {p.relative_to(root) for p in (root / "objects").rglob("*")}
        assert files <= set(clean), fatal
