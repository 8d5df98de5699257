"""How far the published index is from the truth of a simulated market, with and without reporting mistakes.

    python benchmarks/bench_accuracy.py [--metal-prices FILE] [--from 2014-01] [--to 2025-12] [--seed 7] [--small]

Everything goes through files and the whole line up to the compiled index. RMSE and bias of ln(index / true index) in
percent, per class; `same_formula` = the published formula on the whole market (what is left is sampling, non-response
and mistakes), `superlative` = chained Törnqvist on the whole market at constant quality (adds what the formula does).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from shuibei_index import pipeline
from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace


def errors(folder: Path, mistakes: float, options: argparse.Namespace) -> pd.DataFrame:
    """Simulate, take in, compile; return RMSE and bias by class and target, in percent."""
    market = simulate(
        folder,
        start=options.start,
        end=options.end,
        seed=options.seed,
        firms=options.firms,
        metal_prices=options.metal_prices,
        mistakes=mistakes,
    )
    workspace = Workspace.open(folder)
    for month in workspace.inbox_months():
        pipeline.intake(workspace, month)
    found = pipeline.compile_(workspace, options.end).to_frame().query("component == 'total'")
    found = found[["period", "class_code", "name_en", "index"]]
    both = market.truth.query("component == 'total'").merge(found, on=["period", "class_code"], suffixes=("_true", ""))
    both["error"] = 100 * np.log(both["index"] / both["index_true"])
    by = both.groupby(["class_code", "name_en", "target"])["error"]
    table = pd.DataFrame({"rmse": by.agg(lambda e: np.sqrt((e**2).mean())), "bias": by.mean()})
    return table.unstack("target")  # noqa: PD010


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--metal-prices")
    parser.add_argument("--from", dest="start", default="2014-01")
    parser.add_argument("--to", dest="end", default="2025-12")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--firms", type=int, default=40)
    parser.add_argument("--small", action="store_true", help="6 firms, 5 months")
    options = parser.parse_args()
    if options.small:
        options.start, options.end, options.firms = "2023-10", "2024-02", 6
    tables = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, mistakes in (("no mistakes", 0.0), ("2 % mistakes", 0.02)):
            tables[name] = errors(Path(scratch) / name.replace(" ", "_"), mistakes, options)
    table = pd.concat(tables, axis=1)
    print(table.to_string(float_format=lambda value: f"{value:.2f}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
