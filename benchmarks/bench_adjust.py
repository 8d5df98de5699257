"""Seasonal adjustment of many series: the driver against its floor and against the alternatives, in one run.

    python benchmarks/bench_adjust.py            60 series x 144 months, five repetitions
    python benchmarks/bench_adjust.py --small    a few series, once (also run by the tests)

Time is CPU time of this process and of the programs it starts, per series; the ratio is to the bare metafile run.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from shuibei_index.adjust import Adjustment, seasonally_adjust, spring_festival_regressors
from shuibei_index.adjust.engine.jobs import Job, datevalue, run_jobs
from shuibei_index.adjust.engine.program import locate


def simulated(series: int, months: int, seed: int = 3) -> pd.DataFrame:
    """Series with trend, noise, ordinary seasonality and a Spring Festival effect."""
    rng = np.random.default_rng(seed)
    index = pd.period_range("2014-01", periods=months, freq="M")
    festival = spring_festival_regressors(str(index[0]), str(index[-1])).to_numpy() @ np.array([0.12, -0.20, 0.06])
    pattern = rng.normal(0, 0.05, (12, series))
    logs = 4 + np.cumsum(rng.normal(0.003, 0.01, (months, series)), axis=0) + rng.normal(0, 0.01, (months, series))
    logs += pattern[np.arange(months) % 12] + festival[:, None]
    return pd.DataFrame(np.exp(logs), index=index, columns=[f"S{k}" for k in range(series)])


def cpu() -> float:
    own, started = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + started.ru_utime + started.ru_stime


def bare(adjusted: Adjustment) -> Callable[[], None]:
    """The floor: the same requests, already written, in one metafile; nothing is read back."""
    engine = locate()
    assert engine is not None
    holiday = datevalue(str(adjusted.regressors.index[0]), adjusted.regressors.to_numpy())

    def run() -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for file in {text.split('file="R')[1][:5] for text in adjusted.requests.values()}:
                (folder / f"R{file}.dta").write_text(holiday)
            for k, (series, text) in enumerate(adjusted.requests.items()):
                (folder / f"S{k:05d}.spc").write_text(text)
                values = adjusted.original[series].to_numpy()[:, None]
                (folder / f"S{k:05d}.dta").write_text(datevalue(str(adjusted.original.index[0]), values))
            (folder / "all.mta").write_text("\n".join(f"S{k:05d}" for k in range(len(adjusted.requests))) + "\n")
            begun = cpu()
            subprocess.run([str(engine.path), "-m", "all", "-s", "-n"], cwd=folder, capture_output=True, check=True)
            run.spent = cpu() - begun  # type: ignore[attr-defined]

    return run


def one_by_one(adjusted: Adjustment) -> Callable[[], None]:
    """One process per series, read back."""
    engine = locate()
    assert engine is not None
    first = str(adjusted.original.index[0])
    holiday = {"R00000.dta": (str(adjusted.regressors.index[0]), adjusted.regressors.to_numpy())}
    jobs = [
        Job(f"S{k:05d}", text, first, adjusted.original[series].to_numpy(), "R00000.dta")
        for k, (series, text) in enumerate(adjusted.requests.items())
    ]

    def run() -> None:
        for job in jobs:
            assert not run_jobs([job], engine, regressors=holiday, workers=1)[job.name].failure

    return run


def compare(series: int, months: int, repeat: int) -> pd.DataFrame:
    """Time the ways of adjusting the same series."""
    frame = simulated(series, months)
    adjusted = seasonally_adjust(frame)
    assert (adjusted.diagnostics["status"] == "adjusted").all()
    ways: dict[str, Callable[[], object]] = {
        "bare metafile run, nothing read": bare(adjusted),
        "seasonally_adjust, 2 workers": lambda: seasonally_adjust(frame),
        "seasonally_adjust, 1 worker": lambda: seasonally_adjust(frame, workers=1),
        "one process per series, read": one_by_one(adjusted),
        "STL robust, no festival": lambda: seasonally_adjust(frame, engine="stl"),
    }
    rows = []
    for name, way in ways.items():
        spent, wall = [], []
        for _ in range(repeat):
            begun, clock = cpu(), time.perf_counter()
            way()
            wall.append(time.perf_counter() - clock)
            spent.append(getattr(way, "spent", cpu() - begun))
        rows.append((name, 1000 * float(np.median(spent)) / series, 1000 * float(np.median(wall)) / series))
    table = pd.DataFrame(rows, columns=["way", "cpu_ms_per_series", "wall_ms_per_series"])
    return table.assign(cpu_ratio=table["cpu_ms_per_series"] / table["cpu_ms_per_series"].iloc[0])


def main(arguments: list[str] | None = None) -> pd.DataFrame:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--series", type=int, default=60)
    parser.add_argument("--months", type=int, default=144)
    chosen = parser.parse_args(arguments)
    table = compare(3, 48, 1) if chosen.small else compare(chosen.series, chosen.months, 5)
    print(table.to_string(index=False, float_format="%.3f"))
    return table


if __name__ == "__main__":
    main()
