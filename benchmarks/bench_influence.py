"""Drop-one influence of every firm on every class and month, beside one compile in the same process.

    python benchmarks/bench_influence.py [--firms 300] [--months 72] [--items 40] [--cells 60] [--small]

Twice: with absent items imputed with their class, and with the benchmark of the metal, which makes the charges of
what is absent depend on every firm of the class. One run: price panel to chained levels of every class (`Inputs.of`
and `compile_inputs`: coding, imputation, pairs, links, weights, chain). One compile: `compile_index` without bands,
which adds quality and the series. Drop-one: sums by firm and the whole recursion without each firm, weights from
turnover without it (`drop_one` of the compiled series, or from the panel with its compile). Last line: the largest
difference from compiling without the firm, for `--check` firms, in index points. CPU seconds of the fastest of three,
one thread; memory is the peak of what the task allocates.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import tracemalloc
from collections.abc import Callable

# CPU seconds of one thread: the pool is told before it starts
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from shuibei_index.aggregate import PricePanel
from shuibei_index.aggregate.parts import PartSums
from shuibei_index.index import Hierarchy, compile_index
from shuibei_index.index.compilation.inputs import Inputs
from shuibei_index.index.compilation.run import compile_inputs
from shuibei_index.index.influence import drop_one
from shuibei_index.rules import Rules


def make_panel(firms: int, months: int, items: int, cells: int) -> tuple[PricePanel, Hierarchy, pd.DataFrame]:
    """Return a gold market: items sold in 85 % of the months by firms of unequal size, a tree, prices of gold.

    Each price is metal at about the benchmark and a charge, so that all absent items can be imputed with it.
    """
    rng = np.random.default_rng(1)
    N = firms * items
    firm, cell = np.repeat(np.arange(firms), items), rng.integers(0, cells, N)
    frame = pd.DataFrame(
        {
            "enterprise_id": [f"E{f:04d}" for f in firm],
            "item_id": [f"I{i:06d}" for i in range(N)],
            "class_code": [f"01{c // 6:02d}{c % 6:02d}" for c in cell],
        }
    )
    month, item = np.nonzero(rng.random((months, N)) < 0.85)
    grams = np.rint(np.exp(rng.normal(0, 1.1, firms))[firm][item] * rng.integers(5, 500, len(month))) + 1
    gold = 500.0 * np.exp(np.cumsum(rng.normal(0.003, 0.03, months)))
    charge = np.exp(rng.normal(3, 0.5, N)[item] + 0.003 * month + rng.normal(0, 0.03, len(month)))
    quantity = (1000 * grams).astype(np.int64)
    metal = np.rint(100.0 * gold[month] * grams * np.exp(rng.normal(0, 0.005, len(month)))).astype(np.int64)
    making, none = np.rint(100.0 * charge * grams).astype(np.int64), np.zeros(len(month), dtype=np.int64)
    weights = (quantity.copy(), quantity.copy(), 1000 * quantity)
    parts = PartSums(
        metal, making, making.copy(), none, *weights, none.copy(), none.copy(), quantity.copy(), quantity.copy()
    )
    names = tuple(f"{2018 + t // 12}-{t % 12 + 1:02d}" for t in range(months))
    panel = PricePanel(names, frame, month, item, metal + making, quantity, none + 1, parts)
    codes = sorted(set(frame["class_code"]))
    parents = {"01": "00"} | {code[:4]: "01" for code in codes} | {code: code[:4] for code in codes}
    tree = Hierarchy.from_parents(parents, unit=dict.fromkeys(parents, "g"), metal=dict.fromkeys(parents, "gold"))
    return panel, tree, pd.DataFrame({"period": names, "metal": "gold", "cny_per_gram": gold})


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


def compare(
    title: str, panel: PricePanel, tree: Hierarchy, rules: Rules, metal_prices: pd.DataFrame | None, check: int
) -> None:
    """Print seconds, memory and ratios of one way of imputing."""
    series = compile_index(panel, tree, rules=rules, metal_prices=metal_prices, replicates=0)
    tasks: dict[str, Callable[[], object]] = {
        "one run": lambda: compile_inputs(Inputs.of(panel, tree, rules, 12, None, metal_prices)).levels,
        "one compile": lambda: compile_index(panel, tree, rules=rules, metal_prices=metal_prices, replicates=0),
        "drop-one of all firms": lambda: drop_one(series),
        "compile and drop-one": lambda: drop_one(panel, tree, rules=rules, metal_prices=metal_prices),
    }
    found = {name: measure(task) for name, task in tasks.items()}
    run, whole = found["one run"][0], found["one compile"][0]
    print(f"\n{title:28} {'cpu s':>8} {'/ one run':>10} {'/ one compile':>14} {'peak MB':>8}")
    for name, (cpu, peak) in found.items():
        print(f"{name:28} {cpu:8.2f} {cpu / run:10.2f} {cpu / whole:14.2f} {peak:8.0f}")
    together = drop_one(series)
    chosen = np.linspace(0, len(together.firms) - 1, check).astype(int)
    alone = drop_one(series, firms=[together.firms[f] for f in chosen], method="one_by_one")
    apart = np.nanmax(np.abs(alone.without - together.without[:, :, chosen]))
    print(f"{len(series.codes)} classes, effects {together.without.nbytes / 2**20:.0f} MB; "
          f"largest difference from compiling without the firm: {apart:.1e} points")  # fmt: skip


def main() -> int:
    """Print seconds, memory and ratios to one compile."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--firms", type=int, default=300)
    options.add_argument("--months", type=int, default=72)
    options.add_argument("--items", type=int, default=40, help="of each firm")
    options.add_argument("--cells", type=int, default=60)
    options.add_argument("--check", type=int, default=5, help="firms compiled without, one by one")
    options.add_argument("--small", action="store_true", help="12 firms, 18 months, 10 items, 12 cells")
    chosen = options.parse_args()
    firms, months, items, cells = chosen.firms, chosen.months, chosen.items, chosen.cells
    if chosen.small:
        firms, months, items, cells = 12, 18, 10, 12
    rules = Rules.load()
    panel, tree, prices = make_panel(firms, months, items, cells)
    print(f"{len(panel.month)} product-months, {cells} cells, {months} months, {firms} firms")
    compare("imputed with the class", panel, tree, rules, None, chosen.check)
    compare("imputed with the benchmark", panel, tree, rules, prices, chosen.check)
    return 0


if __name__ == "__main__":
    sys.exit(main())
