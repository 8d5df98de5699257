"""The benchmark runs in its small size."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def test_small() -> None:
    path = Path(__file__).parents[2] / "benchmarks" / "bench_intake.py"
    spec = importlib.util.spec_from_file_location("bench_intake", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    results = module.run(small=True)
    assert [r["case"].startswith("floor") for r in results] == [True, False, False, True, False, False, False]
    assert all(r["per_s"] > 0 for r in results)
