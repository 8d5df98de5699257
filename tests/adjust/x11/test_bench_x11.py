"""The benchmark runs in its small size, and what it is quoted for holds."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from shuibei_index.adjust.engine.program import locate

FILE = Path(__file__).parents[3] / "benchmarks" / "bench_x11.py"


@pytest.mark.skipif(locate() is None, reason="no X-13 program on this machine")
def test_small_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("resource", reason="CPU time of started programs is measured on POSIX only")
    spec = importlib.util.spec_from_file_location("bench_x11", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    speed, agreement, standing = module.main(["--small"])
    differences = [column for column in speed.columns if column.endswith("_difference")]
    assert len(differences) == 4
    assert (speed[differences] < 1e-10).all(axis=None)
    assert (agreement[["d10", "d11", "d12", "d13"]] < 1e-10).all(axis=None)
    assert agreement["series"].sum() == 40
    assert speed["x13_time_to_own"].iloc[0] > 1
    assert standing["furthest_from_x13"].iloc[0] < 1e-3
    error = standing["rmse_of_sa_percent"]
    assert error.iloc[0] < 0.5 * error.iloc[2]
    assert "x13_time_to_own" in capsys.readouterr().out
