"""The own X-11 against X-13's filters on the same series, in one run: time and largest relative difference.

    python benchmarks/bench_x11.py            1000 series x 120 months, five repetitions; 500 varied series; 60 with
                                              a Spring Festival effect against the truth
    python benchmarks/bench_x11.py --small    a few series, once (also run by the tests)

Time is CPU time of this process and of the programs it starts; X-13 runs `x11{}` alone through the package's driver,
tables d10 to d13 read back. The ratio is X-13's time to the own.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.adjust import default_specification, fallback, seasonally_adjust, spring_festival_regressors
from shuibei_index.adjust.checks import Ready, check_series
from shuibei_index.adjust.engine.jobs import Job, run_jobs
from shuibei_index.adjust.engine.program import Engine, locate
from shuibei_index.adjust.regressors import assemble
from shuibei_index.adjust.x11 import pre_adjust, x11
from shuibei_index.rules import Rules

Floats = npt.NDArray[np.float64]
TABLES = ("d10", "d11", "d12", "d13")
MODES = ("mult", "add", "logadd", "pseudoadd")
FILTERS = ("msr", "x11default", "s3x1", "s3x3", "s3x5", "s3x9", "s3x15", "stable")


def simulated(months: int, period: int, seed: int) -> Floats:
    """One series with trend, moving seasonality, noise and extreme values."""
    rng = np.random.default_rng(seed)
    t = np.arange(months)
    pattern = rng.normal(0, 0.08 * rng.uniform(0.2, 2), period)[t % period] * (1 + rng.uniform(-0.01, 0.01) * t)
    trend = 4 + np.cumsum(rng.normal(0.003, 0.01 * rng.uniform(0.1, 2), months))
    noise = rng.normal(0, 0.02 * rng.uniform(0.1, 2), months)
    far = rng.random(months) < 0.04
    noise[far] += rng.normal(0, 0.15, int(far.sum()))
    # As X-13 is given them: 15 digits.
    return np.array([float(f"{value:.15g}") for value in np.exp(trend + pattern + noise)])


def cpu() -> float:
    own, started = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + started.ru_utime + started.ru_stime


def request(name: str, period: int, options: str) -> str:
    head = f'series{{ title="{name}" file="{name}.dta" format="datevalue" period={period} }}\n'
    return f"{head}x11{{ {options}\nsave=({' '.join(TABLES)}) }}\n"


def timed(way: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Median CPU and wall seconds."""
    spent, wall = [], []
    for _ in range(repeat):
        begun, clock = cpu(), time.perf_counter()
        way()
        wall.append(time.perf_counter() - clock)
        spent.append(cpu() - begun)
    return float(np.median(spent)), float(np.median(wall))


def speed(engine: Engine, series: int, months: int, repeat: int) -> pd.DataFrame:
    """The same series through both."""
    values = np.column_stack([simulated(months, 12, seed) for seed in range(series)])
    names = [f"S{k:05d}" for k in range(series)]
    jobs = [
        Job(name, request(name, 12, "mode=mult"), "2014-01", values[:, k], tables=TABLES)
        for k, name in enumerate(names)
    ]
    ways: dict[str, Callable[[], object]] = {
        "own X-11, all series at once": lambda: x11(values, first_month_of_year=1),
        "own X-11, one series at a time": lambda: [x11(values[:, k], first_month_of_year=1) for k in range(series)],
        "X-13 x11{} through the driver": lambda: run_jobs(jobs, engine, workers=1),
        "airline model of pre_adjust, 3 regressors": lambda: _models(values[:, : max(series // 20, 1)]),
    }
    x11(values, first_month_of_year=1)
    rows = []
    for name, way in ways.items():
        done = max(series // 20, 1) if name.startswith("airline") else series
        spent, wall = timed(way, repeat)
        rows.append((name, done, spent, wall, 1000 * spent / done))
    table = pd.DataFrame(rows, columns=["way", "series", "cpu_s", "wall_s", "cpu_ms_per_series"])
    outputs = run_jobs(jobs, engine, workers=1)
    own = x11(values, first_month_of_year=1)
    for code in TABLES:
        other = np.column_stack([outputs[name].tables[code] for name in names])
        table[f"{code}_difference"] = float((np.abs(own[code] - other).max(axis=0) / np.abs(other).max(axis=0)).max())
    return table.assign(x13_time_to_own=table["cpu_s"].iloc[2] / table["cpu_s"])


def _models(values: Floats) -> None:
    horizon = 12
    rng = np.random.default_rng(0)
    moved = rng.normal(size=(len(values) + horizon, 3))
    for column in values.T:
        pre_adjust(column, moved, forecasts=horizon)


def agreement(engine: Engine, count: int) -> pd.DataFrame:
    """Varied series: the largest relative difference by mode and period, X-13's largest absolute value as the unit."""
    rng = np.random.default_rng(20261122)
    rows, jobs = [], []
    for k in range(count):
        period = int(rng.choice([12, 12, 12, 4]))
        months = int(rng.integers(3 * period, 301 if period == 12 else 161))
        mode, filters = str(rng.choice(MODES)), str(rng.choice(FILTERS))
        trend = int(rng.choice(range(5, min(months, 34), 2))) if rng.random() < 0.4 else None
        low = round(float(rng.uniform(0.5, 2.5)), 2)
        limits = (low, round(low + float(rng.uniform(0.2, 1.5)), 2)) if rng.random() < 0.4 else (1.5, 2.5)
        begin = int(rng.integers(1, period + 1))
        values = simulated(months, period, 10_000 + k)
        first = f"1990-Q{begin}" if period == 4 else f"1990-{begin:02d}"
        options = f"mode={mode} seasonalma={filters} sigmalim=({limits[0]:.2f} {limits[1]:.2f})"
        options += "" if trend is None else f" trendma={trend}"
        name = f"S{k:05d}"
        jobs.append(Job(name, request(name, period, options), first, values, tables=TABLES))
        own = x11(
            values,
            first_month_of_year=begin,
            period=period,
            mode=mode,
            seasonal_filter=filters,
            trend_filter=trend,
            sigma_limits=limits,
        )
        rows.append((name, mode, period, months, own))
    outputs = run_jobs(jobs, engine, workers=2)
    found = []
    for name, mode, period, months, own in rows:
        assert not outputs[name].failure, outputs[name].failure
        far = []
        for code in TABLES:
            other = outputs[name].tables[code]
            far.append(float(np.abs(own[code][:, 0] - other).max() / np.abs(other).max()))
        found.append((mode, period, months, *far))
    table = pd.DataFrame(found, columns=["mode", "period", "months", *TABLES])
    grouped = table.groupby(["mode", "period"])
    worst = grouped[list(TABLES)].max()
    return worst.assign(series=grouped.size()).reset_index()


def standing_in(count: int, months: int) -> pd.DataFrame:
    """Simulated series with a Spring Festival effect: error of SA against the truth, and distance from X-13."""
    rng = np.random.default_rng(5)
    index = pd.period_range("2014-01", periods=months, freq="M")
    labels = index.strftime("%Y-%m")
    festival = spring_festival_regressors(labels[0], labels[-1]).to_numpy() @ np.array([0.12, -0.20, 0.06])
    logs = 4 + np.cumsum(rng.normal(0.003, 0.01, (months, count)), axis=0) + rng.normal(0, 0.01, (months, count))
    pattern = rng.normal(0, 0.05, (12, count))
    season = (pattern - pattern.mean(axis=0))[np.arange(months) % 12] + festival[:, None]
    frame = pd.DataFrame(np.exp(logs + season), index=labels, columns=[f"S{k}" for k in range(count)])
    rules = Rules.load().at(labels[-1])
    spec = replace(default_specification(rules), outliers=())
    checked = [check_series(name, frame[name], spec, rules) for name in frame.columns]
    assembled = assemble([item for item in checked if isinstance(item, Ready)], None)
    begun = cpu()
    outputs = fallback.own_x11_all(assembled.ready, rules, assembled.given)
    spent = cpu() - begun
    x13 = seasonally_adjust(frame, specification=spec)
    sides = {
        "own X-11 after the airline model": [outputs[item.series].tables["d11"] for item in assembled.ready],
        "X-13, airline model, no outlier search": [x13.tables[item.series]["d11"] for item in assembled.ready],
        "STL": [fallback.stl(item, rules)["d11"] for item in assembled.ready],
    }
    other = np.column_stack(sides["X-13, airline model, no outlier search"])
    rows = []
    for name, series in sides.items():
        found = np.column_stack(series)
        error = 100 * float(np.sqrt(np.mean((np.log(found) - logs) ** 2)))
        rows.append((name, count, error, float(np.abs(found / other - 1).max())))
    table = pd.DataFrame(rows, columns=["adjusted by", "series", "rmse_of_sa_percent", "furthest_from_x13"])
    return table.assign(own_cpu_ms_per_series=1000 * spent / count)


def main(arguments: list[str] | None = None) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--series", type=int, default=1000)
    parser.add_argument("--months", type=int, default=120)
    chosen = parser.parse_args(arguments)
    engine = locate()
    if engine is None:
        raise SystemExit("no X-13 program on this machine")
    tables = (
        (speed(engine, 20, 60, 1), agreement(engine, 40), standing_in(3, 84))
        if chosen.small
        else (speed(engine, chosen.series, chosen.months, 5), agreement(engine, 500), standing_in(60, 120))
    )
    for table in tables:
        print(table.to_string(index=False, float_format=lambda value: f"{value:.3g}"))
    return tables


if __name__ == "__main__":
    main()
