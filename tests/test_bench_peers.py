"""The comparison with other packages: runs without them, and does not let a difference pass."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

PATH = Path(__file__).parent.parent / "benchmarks" / "bench_peers.py"


@pytest.fixture
def bench():
    spec = importlib.util.spec_from_file_location("bench_peers", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def missing(frames):
    raise ModuleNotFoundError("no peer", name="peer")


@pytest.fixture
def alone(bench, monkeypatch):
    monkeypatch.setattr(bench, "pyindexnum_tasks", missing)
    monkeypatch.setattr(bench, "priceindexcalc_tasks", missing)
    return bench


def test_runs_and_says_so_without_peers(alone, capsys, tmp_path):
    assert alone.main(["--small", "--peers", str(tmp_path / "none")]) == 0
    said = capsys.readouterr().out
    assert said.count("is not installed") == 2 and "GEKS-T" in said and "make bench" in said


def test_a_difference_without_explanation_ends_the_run(alone, capsys, monkeypatch, tmp_path):
    ours = alone.our_tasks(*alone.make_panel(5, 40))

    def peer(frames, off):
        return ours | {off: lambda: np.asarray(ours[off]()) * (1 + 2e-10)}

    none = ["--small", "--peers", str(tmp_path / "none")]
    monkeypatch.setattr(alone, "pyindexnum_tasks", lambda frames: peer(frames, "GK"))
    assert alone.main(none) == 0
    assert "GK, pyindexnum: its iteration stops" in capsys.readouterr().out
    monkeypatch.setattr(alone, "pyindexnum_tasks", lambda frames: peer(frames, "TPD"))
    assert alone.main(none) == 1
    assert "TPD, pyindexnum: no explanation" in capsys.readouterr().out
    monkeypatch.setattr(alone, "pyindexnum_tasks", lambda frames: ours | {"GEKS-F": lambda: 1 / 0})
    assert alone.main(none) == 1
    assert "raises ZeroDivisionError, NOT EXPLAINED" in capsys.readouterr().out


def test_the_table_of_the_peers_holds_the_panel(bench):
    p, q = bench.make_panel(5, 40)
    frame = bench.table(p, q, seed=1)
    back = frame.pivot_table(index="month", columns="id", values="price").to_numpy()
    np.testing.assert_array_equal(back, p[:, np.isfinite(p).any(axis=0)])
    assert frame["id"].tolist() != sorted(frame["id"])
