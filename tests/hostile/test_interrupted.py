"""An intake killed at any moment and run again leaves the store of an undisturbed one."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


@pytest.mark.slow
def test_killed_intake_run_again_gives_the_same_store(tmp_path: Path) -> None:
    path = Path(__file__).parents[2] / "tools" / "interrupt_intake.py"
    spec = importlib.util.spec_from_file_location("interrupt_intake", path)
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.compare(tmp_path, files=30, rounds=2, seed=4) == []
    held = tool.state(tmp_path / "whole")
    # bad files are kept byte for byte beside the good ones
    assert len(held["ledger receipts"]) == 30
    assert sum(row[3] == "rejected" for row in held["ledger readings"]) >= 1
