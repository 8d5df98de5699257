"""Readers and writers beside one another: nobody waits for a reader, nothing is read half."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "store_load.py"


@pytest.mark.slow
def test_readers_and_writers(tmp_path):
    command = [sys.executable, "-W", "ignore", str(TOOL), "--readers", "8", "--writers", "2", "--seconds", "3"]
    done = subprocess.run(
        [*command, "--lines", "2000", "--at-least", "10"], capture_output=True, text=True, timeout=240
    )
    said = json.loads(done.stdout)
    assert done.returncode == 0, said
    assert said["torn"] == said["lost"] == 0 and said["errors"] == [] and said["sound"]
    assert said["written"] >= 10 and said["fewest_reads_of_a_reader"] >= 10


def test_a_torn_state_is_told(tmp_path):
    """The same tool says so if two months are not written together."""
    code = f"""
import sys, time
sys.path.insert(0, {str(TOOL.parent)!r})
import store_load
from pathlib import Path
from shuibei_index.store import Store
root = Path({str(tmp_path / "store")!r})
with Store.open(root) as store:
    with store.writer("a") as tx:
        store_load.settle(store, tx, 5)
    store_load.MONTHS, months = store_load.MONTHS[:1], store_load.MONTHS
    with store.writer("one month alone") as tx:
        store_load.settle(store, tx, 5)
    store_load.MONTHS = months
print(store_load.read(root, time.monotonic() + 0.2, 5)["torn"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0
