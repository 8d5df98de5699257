"""A market of ten million lines: generated, its truth computed, its parquet reports written; with floors in one run.

    python benchmarks/bench_simulate.py            about ten million lines over 72 months
    python benchmarks/bench_simulate.py --small    a few thousand (also run by the tests)

Floors: the bare random draws of the lines (seven normal numbers each), and one parquet file of the same records.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from shuibei_index.simulation import simulate
from shuibei_index.simulation.workspace_files import write_inbox


def peak_mb() -> float:
    """Peak memory of this process so far; NaN where the system does not tell."""
    try:
        import resource
    except ImportError:
        return float("nan")
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (2**20 if sys.platform == "darwin" else 2**10)


def main(arguments: list[str] | None = None) -> pd.DataFrame:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true")
    small = parser.parse_args(arguments).small
    size = {"firms": 6, "items_per_firm": 20} if small else {"firms": 100, "items_per_firm": 1150}
    rows: list[tuple[str, float, float, float]] = []

    def timed(what: str, work: Callable[[], Any]) -> Any:
        begun, used = time.perf_counter(), time.process_time()
        result = work()
        rows.append((what, time.perf_counter() - begun, time.process_time() - used, peak_mb()))
        return result

    market = timed(
        "generate the market",
        lambda: simulate(start="2019-01", end="2024-12", seed=7, sampled=1.0, formats=("parquet",), **size),
    )
    lines = [len(month.item) for month in market.lines]
    timed(
        "floor: the bare random draws",
        lambda: [np.random.default_rng(t).standard_normal((7, n)) for t, n in enumerate(lines)],
    )
    timed("add up goods and weights", lambda: market.weights)
    timed("truth, both targets", lambda: market.truth)
    with tempfile.TemporaryDirectory() as name:
        timed("write parquet reports, 2 % mistakes", lambda: write_inbox(market, Path(name) / "inbox"))
        records = timed("records as one table", lambda: market.records)
        timed("floor: one parquet file of the records", lambda: pq.write_table(records, Path(name) / "all.parquet"))
    table = pd.DataFrame(rows, columns=["step", "seconds", "cpu_seconds", "peak_mb"])
    table["million_lines_per_second"] = sum(lines) / 1e6 / table["seconds"]
    table.attrs["lines"] = sum(lines)
    print(f"{sum(lines):,} lines, {len(market.items.ids):,} items, {len(market.firms.ids)} enterprises, 72 months")
    print(table.round(2).to_string(index=False))
    return table


if __name__ == "__main__":
    main()
