"""This package beside pyindexnum and PriceIndexCalc2, on the same data in the same run, results compared.

    python benchmarks/bench_peers.py [--items 300] [--months 13] [--peers .venv/peers] [--small]

`make bench` installs the peers (benchmarks/peers.txt) into a folder of their own; one that is missing is left out with
a message. Each peer gets the table it asks for, ready made; ours gets arrays. Ours runs five times, a peer once;
seconds are those of the fastest run, memory is what a run allocates on top of its input. Results must agree to 1e-10;
a disagreement that is not explained here ends the run with an error.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.index.bilateral import jevons
from shuibei_index.index.multilateral import geary_khamis, geks, tpd, wtpd

ROOT = Path(__file__).parent.parent
EQUAL = 1e-10
PANELS = ("panel", "shuffled", "broken")
#: (task, peer) → why the results differ, as found by reading and running the peer.
EXPLAINED = {
    ("GK", "pyindexnum"): "its iteration stops at 1e-8; ours solves the linear equations",
    ("GK", "PriceIndexCalc2"): "near-singular matrix: it falls back to an iteration that stops at 1e-8",
    ("GEKS-T, rows shuffled", "PriceIndexCalc2"): "pairs prices of two months by position, not by product: wrong",
    ("GEKS-J, pairs without match", "pyindexnum"): (
        "averages over the months linked to both; ours is least squares over all pairs with a match (decision 0085)"
    ),
    ("GEKS-J, pairs without match", "PriceIndexCalc2"): "divides by the number of common items, 0",
}


def make_panel(months: int, items: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Prices and quantities, 30 % of the cells not sold."""
    rng = np.random.default_rng(seed)
    level = rng.normal(5, 1, items)
    p = np.exp(level + 0.004 * np.arange(months)[:, None] + rng.normal(0, 0.05, (months, items)))
    q = np.exp(rng.normal(1, 1, (months, items)))
    hole = rng.random((months, items)) < 0.3
    return np.where(hole, np.nan, p), np.where(hole, np.nan, q)


def broken_panel() -> tuple[np.ndarray, np.ndarray]:
    """The first and the last month share no item."""
    noise = np.random.default_rng(1).lognormal(0, 0.05, (4, 4))
    p = np.array([1.0, 1.1, 1.3, 1.2])[:, None] * np.array([2.0, 5.0, 3.0, 8.0]) * noise
    p[2:, :2] = np.nan
    p[2, 0] = 2.7
    p[0, 2:] = np.nan
    return p, np.where(np.isnan(p), np.nan, 1.0)


def table(p: np.ndarray, q: np.ndarray, seed: int | None = None) -> pd.DataFrame:
    """Long table of what is sold, by month and product, or with the rows of a month in any order."""
    month, item = np.nonzero(np.isfinite(p))
    days = [f"{2020 + m // 12}-{m % 12 + 1:02d}-01" for m in month.tolist()]
    frame = pd.DataFrame({"month": days, "id": [f"p{n:06d}" for n in item.tolist()]})
    frame["price"], frame["quantity"] = p[month, item], q[month, item]
    if seed is not None:
        frame = frame.sample(frac=1, random_state=seed).sort_values("month", kind="stable")
    return frame.reset_index(drop=True)


def pyindexnum_tasks(frames: dict[str, pd.DataFrame]) -> dict[str, Callable[[], Any]]:
    """pyindexnum's functions on its own table."""
    peer, pl = importlib.import_module("pyindexnum"), importlib.import_module("polars")
    names = {"month": "period", "id": "product_id", "price": "aggregated_price", "quantity": "aggregated_quantity"}

    def ready(frame: pd.DataFrame) -> Any:
        columns = {names[c]: frame[c].to_list() for c in frame.columns}
        columns["period"] = [date.fromisoformat(m) for m in columns["period"]]
        return pl.DataFrame(columns)

    panel, shuffled, broken = (ready(frames[name]) for name in PANELS)
    first, last = frames["panel"]["month"].min(), frames["panel"]["month"].max()
    two = panel.filter(pl.col("period").is_in([date.fromisoformat(first), date.fromisoformat(last)]))

    def column(result: Any) -> np.ndarray:
        return np.asarray(result["index_value"].to_numpy(), dtype=float)

    return {
        "Jevons, last on first": lambda: np.array([peer.jevons(two, balanced=False)]),
        "GEKS-T": lambda: column(peer.geks_tornqvist(panel, balanced=False)),
        "GEKS-F": lambda: column(peer.geks_fisher(panel, balanced=False)),
        "GEKS-J": lambda: column(peer.geks_jevons(panel, balanced=False)),
        "TPD": lambda: column(peer.time_product_dummy(panel, weighted=False)),
        "WTPD": lambda: column(peer.time_product_dummy(panel, weighted=True)),
        "GK": lambda: column(peer.geary_khamis(panel, balanced=False)),
        "GEKS-T, rows shuffled": lambda: column(peer.geks_tornqvist(shuffled, balanced=False)),
        "GEKS-J, pairs without match": lambda: column(peer.geks_jevons(broken, balanced=False)),
    }


def priceindexcalc_tasks(frames: dict[str, pd.DataFrame]) -> dict[str, Callable[[], Any]]:
    """PriceIndexCalc2's functions on its own table; weights are a column it makes first."""
    peer = importlib.import_module("PriceIndexCalc.pandas_modules.multilateral")
    two_months = importlib.import_module("PriceIndexCalc.pandas_modules.bilateral")
    weigh = importlib.import_module("PriceIndexCalc.pandas_modules.helpers")._weights_calc
    panel, shuffled, broken = (frames[name] for name in PANELS)
    months = panel["month"].unique()
    wide = panel.pivot_table(index="month", columns="id", values="price")
    both = wide.loc[[months[0], months[-1]]].dropna(axis=1).to_numpy()

    def plain() -> Any:
        return peer.time_dummy(panel.assign(weights=1.0))

    return {
        "Jevons, last on first": lambda: np.array([two_months.jevons(both[0], both[1])]),
        "GEKS-T": lambda: peer.geks(panel, bilateral_method="tornqvist").to_numpy(),
        "GEKS-F": lambda: peer.geks(panel, bilateral_method="fisher").to_numpy(),
        "GEKS-J": lambda: peer.geks(panel, bilateral_method="jevons").to_numpy(),
        "TPD": lambda: plain().to_numpy(),
        "WTPD": lambda: peer.time_dummy(weigh(panel)).to_numpy(),
        "GK": lambda: peer.geary_khamis(weigh(panel)).to_numpy(),
        "GEKS-T, rows shuffled": lambda: peer.geks(shuffled, bilateral_method="tornqvist").to_numpy(),
        "GEKS-J, pairs without match": lambda: peer.geks(broken, bilateral_method="jevons").to_numpy(),
    }


def measure(task: Callable[[], Any], repeats: int) -> tuple[float, float, float, np.ndarray]:
    """Return wall seconds, CPU seconds, peak megabytes and the result; a peer's own warnings are its own matter."""
    runs = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(repeats):
            wall, cpu = time.perf_counter(), time.process_time()
            result = task()
            runs.append((time.perf_counter() - wall, time.process_time() - cpu))
        tracemalloc.start()
        if repeats > 1:
            task()
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
    wall, cpu = min(runs)
    return wall, cpu, peak if repeats > 1 else float("nan"), np.asarray(result, dtype=float)


def our_tasks(p: np.ndarray, q: np.ndarray) -> dict[str, Callable[[], Any]]:
    """The same indices of this package."""
    broken = broken_panel()
    return {
        "Jevons, last on first": lambda: np.array([jevons(p0=p[0], p1=p[-1])]),
        "GEKS-T": lambda: geks(p, q),
        "GEKS-F": lambda: geks(p, q, "fisher"),
        "GEKS-J": lambda: geks(p, q, "jevons"),
        "TPD": lambda: tpd(p, q),
        "WTPD": lambda: wtpd(p, q),
        "GK": lambda: geary_khamis(p, q),
        "GEKS-T, rows shuffled": lambda: geks(p, q),
        "GEKS-J, pairs without match": lambda: geks(*broken, "jevons"),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run all tasks, print seconds, ratios and differences; 1 if a difference has no explanation."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--items", type=int, default=300)
    options.add_argument("--months", type=int, default=13)
    options.add_argument(
        "--peers", type=Path, default=ROOT / ".venv" / "peers", help="folder the peers are installed in"
    )
    options.add_argument("--small", action="store_true", help="40 items, 5 months")
    chosen = options.parse_args(arguments)
    items, months = (40, 5) if chosen.small else (chosen.items, chosen.months)
    if chosen.peers.is_dir():
        # behind everything else, so that no package of the project's own environment is replaced
        sys.path.append(str(chosen.peers))
    p, q = make_panel(months, items)
    frames = {"panel": table(p, q), "shuffled": table(p, q, seed=1), "broken": table(*broken_panel())}
    print(f"{items} items x {months} months, 30 % not sold: {len(frames['panel'])} rows")
    peers: dict[str, dict[str, Callable[[], Any]]] = {}
    for name, make in {"pyindexnum": pyindexnum_tasks, "PriceIndexCalc2": priceindexcalc_tasks}.items():
        try:
            peers[name] = make(frames)
        except ModuleNotFoundError as error:
            print(f"{name} is not installed ({error.name} is missing): not compared. `make bench` installs the peers")
    print(f"{'task':29}{'engine':17}{'wall s':>9}{'cpu s':>9}{'cpu / ours':>11}{'largest difference':>20}")
    unexplained = 0
    notes = []
    for task, ours in our_tasks(p, q).items():
        wall, cpu, peak, expected = measure(ours, 5)
        print(f"{task:29}{'shuibei_index':17}{wall:9.4f}{cpu:9.4f}{1.0:11.1f}{'':>20}  ({peak:.1f} MB)")
        for name, tasks in peers.items():
            try:
                other_wall, other_cpu, _, found = measure(tasks[task], 1)
            except Exception as error:  # whatever another package raises is its result
                other_wall = other_cpu = float("nan")
                found, raised = np.array([np.nan]), f"raises {type(error).__name__}, "
            else:
                raised = ""
            difference = float(np.max(np.abs(found / expected - 1))) if found.shape == expected.shape else float("nan")
            equal, known = difference <= EQUAL, EXPLAINED.get((task, name))
            said = "equal" if equal else f"{raised}{'explained below' if known else 'NOT EXPLAINED'}"
            if not equal:
                unexplained += known is None
                notes.append(f"{task}, {name}: {known or 'no explanation'}")
            times = f"{other_wall:9.4f}{other_cpu:9.4f}{other_cpu / max(cpu, 1e-6):11.1f}"
            print(f"{'':29}{name:17}{times}{difference:20.1e}  {said}")
    print("\n".join(notes))
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
