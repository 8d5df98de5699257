"""Seasonal adjustment of many series: the driver against its floor and against the alternatives, in one run.

    python benchmarks/bench_adjust.py                       60 series x 144 months, five repetitions
    python benchmarks/bench_adjust.py --series 1000 --months 120 --repeat 3
    python benchmarks/bench_adjust.py --auto --series 1000 --months 120   every model chosen by X-13, once
    python benchmarks/bench_adjust.py --small               a few series, once (also run by the tests)

Time is CPU time of this process and of the programs it starts, per series; the ratio is to the bare metafile run of the
same requests. The request: airline model, one trading-day coefficient, three Spring Festival windows, twelve forecasts,
six tables and the diagnostics read back. The last line compares the wall times of one worker and two: on a busy machine
it says nothing.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from shuibei_index.adjust import (
    Adjustment,
    Specification,
    default_specification,
    seasonally_adjust,
    spring_festival_regressors,
)
from shuibei_index.adjust.engine.jobs import Job, datevalue, run_jobs
from shuibei_index.adjust.engine.program import locate
from shuibei_index.adjust.specification.vocabulary import SIX_TABLES


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
        Job(f"S{k:05d}", text, first, adjusted.original[series].to_numpy(), "R00000.dta", SIX_TABLES)
        for k, (series, text) in enumerate(adjusted.requests.items())
    ]

    def run() -> None:
        for job in jobs:
            assert not run_jobs([job], engine, regressors=holiday, workers=1)[job.name].failure

    return run


def six_tables() -> Specification:
    """The request that is timed."""
    return replace(
        default_specification(month="2025-06"),
        variables=("td1coef",),
        outliers=(),
        tables=SIX_TABLES,
        projected=False,
    )


def automatic(series: int, months: int) -> Counter[str]:
    """Count the steps at which series were adjusted where X-13 chooses model, trading days and outliers."""
    spec = replace(six_tables(), arima="auto", transform="auto", variables=(), aictest=("td",), outliers=("ao", "ls"))
    begun = cpu()
    adjusted = seasonally_adjust(simulated(series, months), specification=spec)
    print(f"automatic models: {1000 * (cpu() - begun) / series:.0f} CPU ms a series")
    return Counter(adjusted.diagnostics["step"].where(adjusted.diagnostics["status"] == "adjusted", "not adjusted"))


def compare(series: int, months: int, repeat: int) -> pd.DataFrame:
    """Time the ways of adjusting the same series."""
    frame, spec = simulated(series, months), six_tables()
    adjusted = seasonally_adjust(frame, specification=spec)
    assert (adjusted.diagnostics["status"] == "adjusted").all()
    ways: dict[str, Callable[[], object]] = {
        "bare metafile run, nothing read": bare(adjusted),
        "seasonally_adjust, 2 workers": lambda: seasonally_adjust(frame, specification=spec),
        "seasonally_adjust, 1 worker": lambda: seasonally_adjust(frame, specification=spec, workers=1),
        "with all standard tables, 2 workers": lambda: seasonally_adjust(
            frame, specification=replace(spec, tables=default_specification(month="2025-06").tables, projected=True)
        ),
        "one process per series, read": one_by_one(adjusted),
        "STL robust, no festival": lambda: seasonally_adjust(frame, engine="stl"),
    }
    spent: dict[str, list[float]] = {name: [] for name in ways}
    wall: dict[str, list[float]] = {name: [] for name in ways}
    # One after the other in every round: what else the machine does then falls on all of them.
    for _ in range(repeat):
        for name, way in ways.items():
            begun, clock = cpu(), time.perf_counter()
            way()
            wall[name].append(time.perf_counter() - clock)
            spent[name].append(getattr(way, "spent", cpu() - begun))
    rows = [
        (name, 1000 * float(np.median(spent[name])) / series, 1000 * float(np.median(wall[name])) / series)
        for name in ways
    ]
    table = pd.DataFrame(rows, columns=["way", "cpu_ms_per_series", "wall_ms_per_series"])
    return table.assign(cpu_ratio=table["cpu_ms_per_series"] / table["cpu_ms_per_series"].iloc[0])


def main(arguments: list[str] | None = None) -> pd.DataFrame:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--series", type=int, default=60)
    parser.add_argument("--months", type=int, default=144)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--auto", action="store_true")
    chosen = parser.parse_args(arguments)
    if chosen.auto:
        steps = automatic(chosen.series, chosen.months)
        print(", ".join(f"{count} {step}" for step, count in steps.most_common()))
        return pd.DataFrame(steps.most_common(), columns=["step", "series"])
    table = compare(3, 48, 1) if chosen.small else compare(chosen.series, chosen.months, chosen.repeat)
    print(table.to_string(index=False, float_format="%.3f"))
    wall = table.set_index("way")["wall_ms_per_series"]
    ratio = wall["seasonally_adjust, 1 worker"] / wall["seasonally_adjust, 2 workers"]
    print(f"1 worker / 2 workers, wall: {ratio:.2f}")
    return table


if __name__ == "__main__":
    main()
