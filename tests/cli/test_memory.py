"""Too little memory: a command stops in words, and what was is left as it was."""

import json

import pyarrow as pa
import pytest

from shuibei_index import pipeline
from shuibei_index.cli.main import main
from shuibei_index.simulation import simulate
from shuibei_index.store.checking import check_store
from shuibei_index.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    simulate(tmp_path / "ws", start="2024-01", end="2024-02", seed=6, firms=8, formats=("csv",), mistakes=0.0)
    workspace = Workspace.open(tmp_path / "ws")
    pipeline.intake(workspace, "2024-01")
    return workspace


@pytest.mark.parametrize("error", [MemoryError, pa.ArrowMemoryError])
def test_a_command_out_of_memory_says_so(workspace, monkeypatch, capsys, error):
    def fail(*given, **more):
        raise error

    monkeypatch.setattr("shuibei_index.pipeline.running.take_in", fail)
    before = check_store(workspace.store).head
    code = main(["run", "--workspace", str(workspace.root), "--month", "2024-02", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert code == told["exit_code"] == 1 and "ulimit -v" in told["error"] and "内存不足" in told["error_zh"]
    assert check_store(workspace.store).ok and check_store(workspace.store).head == before
