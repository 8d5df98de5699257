"""200 bootstrap replicates of a run on a million product-months, beside one run in the same process.

    python benchmarks/bench_replicates.py [--cells 1000] [--months 60] [--products 20000] [--firms 400] [--small]

One run: price panel to chained levels of every class up a 4-level tree (`Inputs.of` and `compile_inputs`: coding,
pairs, links, imputation, weights, chain). Replicates: the same with every sum, imputed price, weight from turnover and
chain of 200 replicates, and the standard errors and bands of levels and changes (`estimate`). CPU seconds of the
fastest of three; memory is the peak of what the task allocates.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial

# CPU seconds of one thread: the pool is told before it starts
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from shuibei_index.aggregate import PricePanel
from shuibei_index.index import Hierarchy, compile_index
from shuibei_index.index.compilation.inputs import Inputs
from shuibei_index.index.compilation.replicate_links import FirmSums
from shuibei_index.index.compilation.run import compile_inputs
from shuibei_index.index.sampling.estimate import estimate
from shuibei_index.rules import Rules


def make_panel(cells: int, months: int, products: int, firms: int) -> tuple[PricePanel, Hierarchy]:
    """Return prices of products that are sold in 85 % of the months, and a tree of four levels over their cells."""
    rng = np.random.default_rng(1)
    firm, cell = np.sort(rng.integers(0, firms, products)), rng.integers(0, cells, products)
    items = pd.DataFrame(
        {
            "enterprise_id": [f"E{f:04d}" for f in firm],
            "item_id": [f"I{i:06d}" for i in range(products)],
            "class_code": [f"{c:04d}x" for c in cell],
        }
    )
    month, item = np.nonzero(rng.random((months, products)) < 0.85)
    quantity = rng.integers(500, 50_000, len(month))
    price = np.exp(rng.normal(6, 1, products)[item] + 0.003 * month + rng.normal(0, 0.03, len(month)))
    amount = np.rint(price * quantity / 10).astype(np.int64)
    names = tuple(f"{2020 + t // 12}-{t % 12 + 1:02d}" for t in range(months))
    panel = PricePanel(names, items, month, item, amount, quantity, np.ones(len(month), dtype=np.int64))
    parents: dict[str, str] = {}
    for c in range(cells):
        word = f"{c:04d}x"
        parents |= {f"D{word[0]}{word[1]}": "00", f"G{word[:3]}": f"D{word[0]}{word[1]}", word: f"G{word[:3]}"}
    return panel, Hierarchy.from_parents(parents, unit=dict.fromkeys(parents, "piece"))


def measure(task: Callable[[], object]) -> tuple[float, float]:
    """Return CPU seconds of the fastest of three runs, and the peak megabytes of another."""
    runs = []
    for _ in range(3):
        start = time.process_time()
        task()
        runs.append(time.process_time() - start)
    tracemalloc.start()
    task()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return min(runs), peak


def main() -> int:
    """Print seconds, memory and ratios to one run."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cells", type=int, default=1000)
    options.add_argument("--months", type=int, default=60)
    options.add_argument("--products", type=int, default=20_000)
    options.add_argument("--firms", type=int, default=400)
    options.add_argument("--replicates", type=int, default=200)
    options.add_argument("--small", action="store_true", help="30 cells, 14 months, 400 products, 20 firms")
    chosen = options.parse_args()
    cells, months, products, firms = chosen.cells, chosen.months, chosen.products, chosen.firms
    if chosen.small:
        cells, months, products, firms = 30, 14, 400, 20
    rules = Rules.load()
    panel, tree = make_panel(cells, months, products, firms)
    inputs = Inputs.of(panel, tree, rules, 12, None)
    series = compile_inputs(inputs).series("", None)

    def one() -> object:
        return compile_inputs(Inputs.of(panel, tree, rules, 12, None)).levels

    def replicates() -> object:
        compiled = partial(compile_inputs, inputs, firm_sums=FirmSums.of(inputs))
        return estimate(inputs, series, compiled, replicates=chosen.replicates)

    tasks: dict[str, Callable[[], object]] = {
        "one run, from codes": lambda: compile_inputs(inputs).levels,
        "one run": one,
        f"{chosen.replicates} replicates": replicates,
        "compile_index without bands": lambda: compile_index(panel, tree, rules=rules, replicates=0),
        "compile_index with bands": lambda: compile_index(panel, tree, rules=rules, replicates=chosen.replicates),
    }
    data = sum(a.nbytes for a in (panel.month, panel.item, panel.amount_fen, panel.quantity_milli, panel.n_records))
    print(f"{len(panel.month)} product-months, {cells} cells, {months} months, {firms} firms; {data / 2**20:.0f} MB")
    print(f"{'task':30} {'cpu s':>8} {'/ one run':>10} {'/ from codes':>13} {'peak MB':>8}")
    found = {name: measure(task) for name, task in tasks.items()}
    codes, whole = found["one run, from codes"][0], found["one run"][0]
    for name, (cpu, peak) in found.items():
        print(f"{name:30} {cpu:8.2f} {cpu / whole:10.1f} {cpu / codes:13.1f} {peak:8.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
