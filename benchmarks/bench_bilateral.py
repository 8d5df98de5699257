"""Every bilateral formula on grouped arrays beside the floor: one bincount of the same arrays.

python benchmarks/bench_bilateral.py [--items 1000000] [--groups 1000] [--small]
"""

from __future__ import annotations

import argparse
import inspect
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from shuibei_index.index import bilateral

EXTRA = {"lloyd_moulton": {"sigma": 0.7}}


def make_market(items: int, groups: int) -> dict[str, np.ndarray]:
    """Prices and quantities of two months and a weight period, and group codes in random order."""
    rng = np.random.default_rng(1)
    market = {name: rng.lognormal(5, 1, items) for name in ("p0", "q0", "q1", "qb")}
    market["p1"] = market["p0"] * np.exp(rng.normal(0.01, 0.1, items))
    market["pb"] = market["p0"] * np.exp(rng.normal(-0.02, 0.1, items))
    return market | {"group": rng.integers(0, groups, items)}


def best(call: Callable[[], object], repeats: int) -> float:
    """Least CPU seconds of a few calls."""
    found = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        found.append(time.process_time() - start)
    return max(min(found), 1e-9)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Print CPU milliseconds and ratios to the floor; return the ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--items", type=int, default=1_000_000)
    options.add_argument("--groups", type=int, default=1_000)
    options.add_argument("--small", action="store_true", help="2 000 items in 20 groups")
    chosen = options.parse_args(arguments)
    items, groups = (2_000, 20) if chosen.small else (chosen.items, chosen.groups)
    market = make_market(items, groups)
    repeats = 1 if chosen.small else 5
    floor = best(lambda: np.bincount(market["group"], weights=market["p0"], minlength=groups), 3 * repeats)
    print(f"{items} items in {groups} groups; floor: one bincount {1000 * floor:.2f} ms CPU")
    ratios = {}
    for name in bilateral.__all__:
        formula = getattr(bilateral, name)
        arrays = {n: market[n] for n in inspect.signature(formula).parameters if n in market}
        seconds = best(
            lambda formula=formula, arrays=arrays, name=name: formula(**arrays, **EXTRA.get(name, {})), repeats
        )
        ratios[name] = seconds / floor
        print(f"{name:28} {1000 * seconds:9.2f} ms {ratios[name]:7.1f} x floor")
    return ratios


if __name__ == "__main__":
    main()
    sys.exit(0)
