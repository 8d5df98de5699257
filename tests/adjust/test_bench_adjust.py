"""The benchmarks run in their small size, and what they are quoted for holds."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_small_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("resource", reason="CPU time of started programs is measured on POSIX only")
    table = _load("bench_adjust").main(["--small"])
    assert table["way"].tolist()[0].startswith("bare metafile run")
    assert table["cpu_ratio"].iloc[0] == 1.0
    assert (table["cpu_ms_per_series"] > 0).all()
    assert "cpu_ratio" in capsys.readouterr().out


def test_small_tables_of_quality() -> None:
    festival, outliers, seasonality = _load("bench_adjust_quality").main(["--small"])
    rmse = festival.set_index("Spring Festival")["rmse Jan-Mar"]
    assert rmse.idxmin() == "rules (true windows)"
    bias = festival.set_index("Spring Festival")["bias"].abs()
    assert bias["true windows, not centred"] > bias["rules (true windows)"] + 0.1
    spiked = outliers[outliers["series"] != "clean series"].set_index("searched")["rmse"]
    assert spiked["ao ls"] < spiked["none"]
    assert seasonality["pattern"].tolist() == [0.0] * 3 + [0.01] * 3 + [0.03] * 3
    assert seasonality.loc[8, "both"] == 1.0
