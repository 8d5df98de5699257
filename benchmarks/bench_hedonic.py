"""Hedonic indices beside the bare least squares they rest on, in the same run.

    python benchmarks/bench_hedonic.py [--sales 1000000] [--months 60] [--small]

The floor is the normal equations of months and characteristics side by side by BLAS, on a ready matrix: Z'Z, Z'y, month
sums and one solution. statsmodels' OLS with every month dummy is run on `--dense` sales (at most), because its matrix
has sales × (months + characteristics) numbers. CPU and wall seconds are those of the fastest of three runs, memory is
the peak of what the task allocates on top of its inputs.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.index import hedonic


def make_sales(sales: int, months: int, seed: int = 3) -> pd.DataFrame:
    """Return deals in loose diamonds of 100 enterprises, graded and priced by the 4C."""
    rng = np.random.default_rng(seed)
    first = month_names.ordinal("2020-01")
    names = np.array([month_names.label(first + t) for t in range(months)], dtype=object)
    month = np.sort(rng.integers(0, months, sales))
    carat = np.round(np.exp(rng.normal(-0.6, 0.5, sales)), 2).clip(0.1, 5)
    colour, clarity, cut = rng.integers(0, 7, sales), rng.integers(0, 8, sales), rng.integers(0, 3, sales)
    log = 9 + 1.8 * np.log(carat) - 0.07 * colour - 0.1 * clarity - 0.04 * cut + 0.003 * month
    return pd.DataFrame(
        {
            "period": names[month],
            "enterprise_id": np.array([f"F{k:03d}" for k in range(100)], dtype=object)[rng.integers(0, 100, sales)],
            "stone_carat": carat,
            "stone_colour": np.array(list("DEFGHIJ"), dtype=object)[colour],
            "stone_clarity": np.array(["IF", "VVS1", "VVS2", "VS1", "VS2", "SI1", "SI2", "I1"], dtype=object)[clarity],
            "stone_cut": np.array(["EX", "VG", "G"], dtype=object)[cut],
            "price": np.exp(log + rng.normal(0, 0.15, sales)),
            "quantity": rng.integers(1, 9, sales).astype(float),
        }
    )


def bare(z: np.ndarray, y: np.ndarray, month: np.ndarray, T: int) -> np.ndarray:
    """Return month effects by partitioned normal equations: arrays ready, nothing checked or refined, no errors."""
    n = np.bincount(month, minlength=T)
    means = np.column_stack([np.bincount(month, column, T) for column in z.T]) / n[:, None]
    level = np.bincount(month, y, T) / n
    within = z.T @ z - (means * n[:, None]).T @ means
    slopes = np.linalg.solve(within, z.T @ y - means.T @ (n * level))
    effects = level - means @ slopes
    return np.exp(effects - effects[0])


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
    options.add_argument("--sales", type=int, default=1_000_000)
    options.add_argument("--months", type=int, default=60)
    options.add_argument("--dense", type=int, default=100_000, help="sales of the run by statsmodels alone")
    options.add_argument("--small", action="store_true", help="6 000 sales, 12 months")
    chosen = options.parse_args(arguments)
    sales, T = (6_000, 12) if chosen.small else (chosen.sales, chosen.months)
    table, terms = make_sales(sales, T), hedonic.LOOSE_DIAMONDS
    month = np.unique(table["period"], return_inverse=True)[1]
    design = hedonic.make_design(table, terms, np.zeros(sales, dtype=np.int64))
    z, y = design.matrix, np.log(table["price"].to_numpy())
    part = table.iloc[np.linspace(0, sales - 1, min(sales, chosen.dense)).astype(int)]

    def by_statsmodels() -> np.ndarray:
        import statsmodels.api as sm

        inner = hedonic.make_design(part, terms, np.zeros(len(part), dtype=np.int64))
        dummies = (np.unique(part["period"], return_inverse=True)[1][:, None] == np.arange(T)).astype(float)
        fit = sm.OLS(np.log(part["price"].to_numpy()), np.column_stack([dummies, inner.matrix])).fit(cov_type="HC1")
        return np.exp(np.asarray(fit.params)[:T] - fit.params[0])

    clustered = {"covariance": "cluster", "cluster": "enterprise_id"}
    tasks: dict[str, tuple[Callable[[], Any], int]] = {
        "bare normal equations": (lambda: bare(z, y, month, T), 3),
        "time dummy": (lambda: hedonic.time_dummy_index(table, terms, weights="equal").levels, 3),
        "time dummy, clustered": (lambda: hedonic.time_dummy_index(table, terms, **clustered).levels, 3),
        "adjacent months": (lambda: hedonic.time_dummy_index(table, terms, window="adjacent").levels, 1),
        "characteristics": (lambda: hedonic.characteristics_index(table, terms).levels, 1),
        "double imputation": (lambda: hedonic.imputation_index(table, terms).levels, 1),
        f"time dummy, {len(part)}": (lambda: hedonic.time_dummy_index(part, terms, weights="equal").levels, 3),
        f"statsmodels, {len(part)}": (by_statsmodels, 1),
    }
    print(f"{sales} sales x {T} months, {z.shape[1]} characteristics columns")
    print(f"{'task':24} {'wall s':>8} {'cpu s':>8} {'peak MB':>8} {'/ bare wall':>12} {'/ bare cpu':>11} {'last':>12}")
    found: dict[str, tuple[float, float, float]] = {}
    for name, (task, repeats) in tasks.items():
        wall, cpu, peak, result = measure(task, repeats)
        found[name] = (wall, cpu, peak)
        bare_wall, bare_cpu = found["bare normal equations"][0], found["bare normal equations"][1]
        print(
            f"{name:24} {wall:8.3f} {cpu:8.3f} {peak:8.1f} {wall / max(bare_wall, 1e-9):12.1f} "
            f"{cpu / max(bare_cpu, 1e-9):11.1f} {np.ravel(result)[-1]:12.6f}"
        )
    return found


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
