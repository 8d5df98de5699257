"""Multilateral indices beside the bare matrix products they rest on, in the same run.

    python benchmarks/bench_multilateral.py [--items 100000] [--months 25] [--rolling 120] [--small]

Every task runs three times (rolling: once); CPU and wall seconds are those of the fastest run, memory is the peak of
what the task allocates on top of its inputs.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from shuibei_index.index.multilateral import geary_khamis, geks, time_dummy_hedonic, tpd, wtpd
from shuibei_index.index.splice import extend

MISSING = 0.3


def make_panel(months: int, items: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return prices, quantities (30 % of the cells not sold) and two characteristics of each item."""
    rng = np.random.default_rng(seed)
    traits = rng.normal(size=(items, 2))
    level = 5 + traits @ [0.8, -0.3] + rng.normal(0, 0.3, items)
    logs = level + 0.004 * np.arange(months)[:, None] + rng.normal(0, 0.05, (months, items))
    quantities = np.exp(rng.normal(1, 1, (months, items)))
    hole = rng.random((months, items)) < MISSING
    return np.where(hole, np.nan, np.exp(logs)), np.where(hole, np.nan, quantities), traits


def products(v: np.ndarray, logs: np.ndarray, vl: np.ndarray, m: np.ndarray) -> np.ndarray:
    """Return the three bare products of GEKS-Törnqvist: arrays ready, nothing checked, matched or solved."""
    a, b, c = v @ m.T, v @ logs.T, vl @ m.T
    d = (b - c) / a
    return (d - d.T) / 2


def measure(task: Callable[[], Any], repeats: int = 3) -> tuple[float, float, float, Any]:
    """Return wall seconds, CPU seconds (fastest run), peak megabytes, result."""
    runs = []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        result = task()
        runs.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall, cpu = min(runs)
    tracemalloc.start()
    task()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return wall, cpu, peak, result


def main(arguments: list[str] | None = None) -> dict[str, tuple[float, float, float]]:
    """Run all tasks; print and return wall s, CPU s, peak MB by task."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--items", type=int, default=100_000)
    options.add_argument("--months", type=int, default=25)
    options.add_argument("--rolling", type=int, default=120, help="months of the rolling runs")
    options.add_argument("--small", action="store_true", help="500 items, 30 rolling months")
    chosen = options.parse_args(arguments)
    items, rolling = (500, 30) if chosen.small else (chosen.items, chosen.rolling)
    months = chosen.months
    p, q, traits = make_panel(months, items)
    m = np.isfinite(p).astype(float)
    logs, v = np.log(np.where(m > 0, p, 1.0)), np.where(m > 0, p * q, 0.0)
    vl = v * logs
    long_p, long_q, _ = make_panel(rolling, items)
    tasks: dict[str, tuple[Callable[[], Any], int]] = {
        "bare products": (lambda: products(v, logs, vl, m), 3),
        "geks tornqvist": (lambda: geks(p, q), 3),
        "geks fisher": (lambda: geks(p, q, "fisher"), 3),
        "geks walsh": (lambda: geks(p, q, "walsh"), 3),
        "geks jevons": (lambda: geks(p, q, "jevons"), 3),
        "tpd": (lambda: tpd(p), 3),
        "wtpd": (lambda: wtpd(p, q), 3),
        "geary_khamis": (lambda: geary_khamis(p, q), 3),
        "hedonic": (lambda: time_dummy_hedonic(p, q, traits), 3),
        "rolling geks": (lambda: extend(long_p, long_q, window=months, splice="mean"), 1),
        "rolling wtpd": (lambda: extend(long_p, long_q, "wtpd", window=months, splice="mean"), 1),
    }
    print(f"{items} items x {months} months, {MISSING:.0%} not sold; rolling: {rolling} months")
    print(f"{'task':16} {'wall s':>8} {'cpu s':>8} {'peak MB':>8} {'/ bare wall':>12} {'/ bare cpu':>11} {'last':>12}")
    found: dict[str, tuple[float, float, float]] = {}
    for name, (task, repeats) in tasks.items():
        wall, cpu, peak, result = measure(task, repeats)
        found[name] = (wall, cpu, peak)
        bare_wall, bare_cpu = found["bare products"][0], found["bare products"][1]
        print(
            f"{name:16} {wall:8.3f} {cpu:8.3f} {peak:8.1f} {wall / max(bare_wall, 1e-9):12.1f} "
            f"{cpu / max(bare_cpu, 1e-9):11.1f} {np.ravel(result)[-1]:12.6f}"
        )
    return found


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
