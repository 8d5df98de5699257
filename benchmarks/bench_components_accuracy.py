"""How near the making-charge index comes to its truth, by size of the panel, beside the full-price index.

    python benchmarks/bench_components_accuracy.py [--panels 20,40,80,150,300] [--seeds 1,2,3,4,5] [--market 600]
                                                   [--set deal_log_sd=0.012] [--from 2022-12] [--to 2024-12] [--small]

A market of `--market` enterprises whose own 料价 differ by 1.2 % from deal to deal is simulated with every seed; panels
of its enterprises are compiled from the accepted records (intake is not what is measured): every k-th down the order
of size, as the simulator draws its panels (systematic), or the largest ones (cut-off). The truth is the published
formula on the whole market. RMSE of the month-on-month log changes of the headline's making index, all months and seeds
together, over the charge's own monthly variation, the standard deviation of the true changes. Target: below a tenth at
300 enterprises. `quotes` is the part of the error that the own 料价 make: the same panel of the same market without
them, compared with it. `total` is the same for the full-price index, over the same variation of the charge.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.aggregate import make_panel
from shuibei_index.index import compile_index
from shuibei_index.rules import Rules
from shuibei_index.simulation import Market, MarketSettings, simulate

RULES = Rules.load()
NAMES = ("total", "metal", "making", "stone")
Floats = npt.NDArray[np.float64]


def changes(frame: pd.DataFrame, code: str = "00") -> dict[str, Floats]:
    """Return the month-on-month log changes of a class, in percent, by component."""
    rows = frame[frame["class_code"] == code].sort_values("period")
    index = {name: rows.loc[rows["component"] == name, "index"].to_numpy(dtype=float) for name in NAMES}
    return {name: 100.0 * np.diff(np.log(index[name])) for name in NAMES}


def chosen(market: Market, number: int, design: str) -> npt.NDArray[np.str_]:
    """Return a panel of the market's enterprises."""
    order = np.argsort(-market.firms.size, kind="stable")
    F = len(order)
    if design == "systematic":
        order = order[np.floor((np.arange(number) + 0.5) * F / number).astype(np.int64)]
    return market.firms.ids[order[:number]].astype(str)


def of_panel(market: Market, firms: npt.NDArray[np.str_]) -> dict[str, Floats]:
    """Return the changes of the index of a panel of some of the market's enterprises."""
    records = market.records
    mine = records.filter(pc.is_in(pc.cast(records["enterprise_id"], pa.string()), pa.array(firms)))
    series = compile_index(
        make_panel(mine, rules=RULES),
        market.trees,
        rules=RULES,
        weights=market.weights,
        metal_prices=market.metal_prices,
        tax_basis=market.settings.tax_basis,
        replicates=0,
    )
    return changes(series.to_frame())


def measure(settings: MarketSettings, options: argparse.Namespace) -> tuple[pd.DataFrame, float]:
    """Return one row per design and panel size, and the charge's own variation in percent."""
    errors: dict[tuple[str, int], list[dict[str, Floats]]] = {}
    own = []
    for seed in options.seeds:
        market = simulate(start=options.start, end=options.end, seed=seed, settings=settings)
        # the same draws, and every deal of a day at the day's price
        even = simulate(start=options.start, end=options.end, seed=seed, settings=settings.replace(deal_log_sd=0.0))
        truth = changes(market.truth[market.truth["target"] == "same_formula"])
        own.append(truth["making"])
        for design in ("systematic", "cut-off"):
            for size in options.panels:
                firms = chosen(market, size, design)
                panel, without = of_panel(market, firms), of_panel(even, firms)
                found = {name: panel[name] - truth[name] for name in NAMES}
                found |= {f"{name}_quotes": panel[name] - without[name] for name in NAMES}
                errors.setdefault((design, size), []).append(found)
    variation = float(np.std(np.concatenate(own)))
    rows = []
    for (design, size), found_by_seed in errors.items():
        names = ("making", "making_quotes", "total", "total_quotes")
        every = {name: np.concatenate([found[name] for found in found_by_seed]) for name in names}
        over = {name: float(np.sqrt(np.mean(error**2))) / variation for name, error in every.items()}
        rows.append({"panel": design, "enterprises": size} | over)
    return pd.DataFrame(rows), variation


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--panels", type=_numbers, default=[20, 40, 80, 150, 300])
    parser.add_argument("--seeds", type=_numbers, default=[1, 2, 3, 4, 5])
    parser.add_argument("--market", type=int, default=600)
    parser.add_argument("--from", dest="start", default="2022-12")
    parser.add_argument("--to", dest="end", default="2024-12")
    parser.add_argument("--set", dest="changes", action="append", default=[], metavar="NAME=NUMBER")
    parser.add_argument("--out", type=Path, help="CSV of the table")
    parser.add_argument("--small", action="store_true", help="panels of 5 and 10 of 20 enterprises, one seed, 8 months")
    options = parser.parse_args()
    if options.small:
        options.panels, options.seeds, options.market = [5, 10], [1], 20
        options.start, options.end = "2023-10", "2024-05"
    set_to = {name: float(value) for name, value in (text.split("=") for text in options.changes)}
    common = {"deal_log_sd": 0.012, "firms": options.market, "sampled": 1.0, "mistakes": 0.0, "response": 1.0}
    settings = MarketSettings().replace(**common | set_to)
    table, variation = measure(settings, options)
    print(f"seeds {options.seeds}, market of {options.market}, {options.start} to {options.end}, {common | set_to}")
    print(f"the charge's own monthly variation: {variation:.3f} %; errors as shares of it:")
    print(table.to_string(index=False, float_format=lambda value: f"{value:.4f}"))
    if options.out:
        table.to_csv(options.out, index=False, lineterminator="\n")
    return 0


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
