"""The benchmark runs in its small size."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def test_small_benchmark(capsys):
    path = Path(__file__).parents[2] / "benchmarks" / "bench_simulate.py"
    spec = importlib.util.spec_from_file_location("bench_simulate", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    table = module.main(["--small"])
    assert 5_000 < table.attrs["lines"] < 50_000
    assert (table["seconds"] > 0).all() and len(table) == 7
    assert "million_lines_per_second" in capsys.readouterr().out
