"""Elementary aggregates in bulk: relatives, links, imputation, a 4-level tree and chaining, beside bare sums.

    python benchmarks/bench_elementary.py [--cells 1000] [--months 60] [--products 17000] [--small]

2 % of the prices are missing, half of them with a row that says so. Every task runs five times; CPU seconds (of all
threads) and wall seconds are those of the fastest run, memory is the peak of what the task allocates on top of its
input. "strings" starts from an Arrow table of text columns, "pandas" from a DataFrame of them, "codes" from whole
numbers.
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
import pyarrow as pa

from shuibei_index.index import Hierarchy
from shuibei_index.index.elementary.aggregates import elementary_aggregates

MISSING = 0.02


def make_table(cells: int, months: int, products: int, seed: int = 11) -> dict[str, np.ndarray]:
    """Return a long table in codes, rows in order of month and product."""
    rng = np.random.default_rng(seed)
    cell = np.sort(rng.integers(0, cells, products))
    level = rng.normal(4, 1, products) + np.cumsum(rng.normal(0.002, 0.03, (months, products)), axis=0)
    gone = rng.random((months, products)) < MISSING
    price = np.where(gone, np.nan, np.exp(level))
    month, product = np.nonzero(~gone | (rng.random(gone.shape) < 0.5))
    return {"period": month, "product": product, "cell": cell[product], "price": price[month, product]}


def make_tree(cells: int, name: str = "C{:04d}") -> tuple[Hierarchy, dict[str, float]]:
    """Return a tree of four levels over the cells, and weights of its leaves."""
    parents: dict[str, str] = {}
    for number in range(cells):
        word = f"{number:04d}"
        first, second = "D" + word[:1], "G" + word[:2]
        parents |= {first: "00", second: first, name.format(number): second}
    weights = np.random.default_rng(5).uniform(1, 9, cells)
    return Hierarchy.from_parents(parents), {name.format(n): float(w) for n, w in enumerate(weights)}


def measure(task: Callable[[], Any], repeats: int = 5) -> tuple[float, float, float, Any]:
    """Return wall seconds, CPU seconds (each of its fastest run), peak megabytes, result."""
    runs, result = [], None
    for _ in range(repeats):
        del result
        wall, cpu = time.perf_counter(), time.process_time()
        result = task()
        runs.append((time.perf_counter() - wall, time.process_time() - cpu))
    tracemalloc.start()
    pool = pa.default_memory_pool()
    before = pool.bytes_allocated()
    task()
    peak = (tracemalloc.get_traced_memory()[1] + max(pool.bytes_allocated() - before, 0)) / 2**20
    tracemalloc.stop()
    return min(r[0] for r in runs), min(r[1] for r in runs), peak, result


def main(arguments: list[str] | None = None) -> dict[str, tuple[float, float, float]]:
    """Run all tasks; print and return wall s, CPU s, peak MB by task."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cells", type=int, default=1000)
    options.add_argument("--months", type=int, default=60)
    options.add_argument("--products", type=int, default=17_000)
    options.add_argument("--small", action="store_true", help="20 cells, 12 months, 300 products")
    chosen = options.parse_args(arguments)
    cells, months, products = (20, 12, 300) if chosen.small else (chosen.cells, chosen.months, chosen.products)
    codes = make_table(cells, months, products)
    tree, weights = make_tree(cells)
    # cells are numbers in one table and text in the others: two trees of the same shape
    numbered, plain = make_tree(cells, "{}")
    text = {
        "period": np.array([f"{2019 + t // 12}-{t % 12 + 1:02d}" for t in range(months)], dtype=object)[
            codes["period"]
        ],
        "product": np.array([f"E{n % 211:03d}/item-{n:05d}" for n in range(products)], dtype=object)[codes["product"]],
        "cell": np.array([f"C{n:04d}" for n in range(cells)], dtype=object)[codes["cell"]],
    }
    arrow = pa.table({**{k: pa.array(v) for k, v in text.items()}, "price": codes["price"]})
    frame = pd.DataFrame({**text, "price": codes["price"]})
    key = codes["period"] * cells + codes["cell"]
    known = ~np.isnan(codes["price"])

    def bare() -> Any:
        return np.bincount(key[known], weights=np.log(codes["price"][known]), minlength=months * cells)

    def strings() -> Any:
        return elementary_aggregates(arrow, tree=tree, weights=weights)

    def contributed() -> Any:
        found = elementary_aggregates(arrow, tree=tree, weights=weights)
        return found, found.points.by_step

    tasks: dict[str, Callable[[], Any]] = {
        "bare sums of codes": bare,
        "ours: codes": lambda: elementary_aggregates(codes, tree=numbered, weights=plain),
        "ours: strings": strings,
        "ours: pandas": lambda: elementary_aggregates(frame, tree=tree, weights=weights),
        "ours: strings, contributions": contributed,
    }
    try:
        import polars as pl
    except ImportError:
        print("polars is not installed: no peer")
    else:
        peer = pl.from_arrow(arrow)
        logs = pl.col("price").log().fill_nan(None).mean()
        tasks["polars: group-by mean only"] = lambda: peer.group_by("period", "cell").agg(logs)
    size = {"codes": sum(a.nbytes for a in codes.values()) / 2**20, "strings": arrow.nbytes / 2**20}
    print(
        f"{len(key)} rows, {cells} cells x {months} months; codes {size['codes']:.0f} MB, text {size['strings']:.0f} MB"
    )
    print(f"{'task':30} {'wall s':>8} {'cpu s':>8} {'peak MB':>8} {'/ input':>8} {'/ bare cpu':>11}")
    found: dict[str, tuple[float, float, float]] = {}
    for name, task in tasks.items():
        wall, cpu, peak, _ = measure(task)
        found[name] = (wall, cpu, peak)
        share = peak / size["codes" if "codes" in name else "strings"]
        ratio = cpu / max(found["bare sums of codes"][1], 1e-9)
        print(f"{name:30} {wall:8.3f} {cpu:8.3f} {peak:8.1f} {share:8.1f} {ratio:11.1f}")
    return found


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
