"""Disclosure control: what an independent attacker finds, what secondary suppression costs, and time.

    python benchmarks/bench_disclosure.py [--tables 200] [--workspaces 200] [--seed 0] [--small]

Tables: random trees of three levels × up to 3 components × up to 3 months, 5 to 11 firms of unequal size, by rule
and with the heuristic alone. Attacked by linear programming in both directions, as an outsider and as each firm
(`tests/disclosure/attacker.py`, which shares no code with the package), and by all weighted sums of what is published,
for every two firms. Loss: turnover withheld by the heuristic over
that of the mixed-integer optimum, where the optimum is proved.

Workspaces: simulated markets of 25 to 60 firms over 14 months and two weight years, compiled and protected; every
equation that indices, contributions, links and the tree give is used, and in one month of each all weighted sums for
every two firms. Beside it the same attack where secondary
suppression is left out: it must find cells.

Time: 12 years of a market of 60 firms, 54 classes × components × 144 months, wall and CPU seconds of `protect_series`.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from shuibei_index.aggregate import make_panel
from shuibei_index.disclosure import Protection, by_flows, optimum, protect, protect_series, turnover_cells
from shuibei_index.disclosure.primary import SECONDARY
from shuibei_index.errors import GateError
from shuibei_index.index import IndexSeries, compile_index
from shuibei_index.rules import Rules
from shuibei_index.simulation import simulate
from tests.disclosure import attacker

RULES = Rules.load()


def tables(number: int, seed: int) -> None:
    """Protect and attack random tables."""
    exposed = unprotected = guarded = refused = exact = summed = 0
    losses, shares, spent = [], [], 0.0
    for n in range(number):
        rng = np.random.default_rng([seed, n])
        cells, parents = attacker.random_case(
            rng,
            leaves=int(rng.integers(5, 12)),
            parts=int(rng.integers(1, 4)),
            months=int(rng.integers(1, 4)),
            firms=int(rng.integers(5, 12)),
        )
        begin = time.process_time()
        try:
            found = protect(cells, {c: a for c, a in parents.items() if a}, RULES)
        except GateError:
            refused += 1
            continue
        spent += time.process_time() - begin
        exposed += len(attacker.attack_table(cells, parents, found.pattern))
        summed += len(attacker.attack_sums(cells, parents, found.pattern))
        guarded += int(found.pattern["reason"].isin(attacker.PRIMARY).sum())
        bare = found.pattern.assign(
            obs_conf=found.pattern["obs_conf"].mask(found.pattern["reason"] == "secondary", "F")
        )
        unprotected += len(attacker.attack_table(cells, parents, bare, insiders=False))
        for one in found.solved:
            best = optimum(one.table, one.primary, one.rules)
            exact += one.method == "exact"
            if best is None or not (one.table.need > 0).any():
                continue
            hidden, _ = by_flows(one.table, one.primary, one.rules)
            losses.append(one.table.cost[hidden].sum() / one.table.cost[best].sum())
            shares.append((one.table.cost[hidden].sum(), one.table.cost[best].sum(), one.table.cost.sum()))
    ratio, sums = np.array(losses), np.array(shares).sum(axis=0)
    print(f"tables {number}: refused {refused} (headline), solved exactly by rule {exact}")
    print(f"  primary cells {guarded}: exposed {exposed}, by weighted sums {summed}; without secondary {unprotected}")
    print(
        f"  turnover withheld, heuristic / optimum ({len(ratio)} tables): mean {ratio.mean():.4f}, "
        f"median {np.median(ratio):.4f}, p90 {np.quantile(ratio, 0.9):.4f}, max {ratio.max():.4f}, "
        f"equal {np.mean(ratio < 1 + 1e-9):.3f}"
    )
    print(f"  share of turnover withheld: heuristic {sums[0] / sums[2]:.4f}, optimum {sums[1] / sums[2]:.4f}")
    print(f"  protect: {1000 * spent / max(number - refused, 1):.0f} CPU ms a table")


def market(firms: int, seed: int, start: str, end: str) -> IndexSeries:
    """Return the index of a simulated market."""
    made = simulate(start=start, end=end, seed=seed, firms=firms, mistakes=0.0)
    return compile_index(
        make_panel(made.records, rules=RULES),
        made.trees,
        rules=RULES,
        weights=made.weights,
        base_period=made.base_period,
        metal_prices=made.metal_prices,
        tax_basis=made.settings.tax_basis,
        replicates=0,
    )


def attacked(series: IndexSeries, found: Protection, guarded: Protection) -> int:
    """Return how many cells guarded come out of a bundle."""
    frames, raw = attacker.published(series, found)
    truth, parents = attacker.truth_of(series)
    values, own = attacker.guarded_by(guarded.pattern, raw["links"])
    return (
        len(attacker.attack_bundle(frames, truth, parents, values))
        + len(attacker.attack_logs(frames, own))
        + len(attacker.attack_points(frames, raw["contributions"], parents, own))
    )


def workspaces(number: int, seed: int) -> None:
    """Protect and attack simulated workspaces."""
    exposed = bare = guarded = refused = with_primary = unsafe = summed = 0
    spent, shares = 0.0, []
    for n in range(number):
        series = market([25, 30, 40, 60][n % 4], seed + n, "2023-11", "2024-12")
        begin = time.process_time()
        try:
            found = protect_series(series)
        except GateError:
            refused += 1
            continue
        spent += time.process_time() - begin
        unsafe += int((~found.audit()["safe"].astype(bool)).sum())
        primary = int(found.pattern["reason"].isin(attacker.PRIMARY).sum())
        guarded, with_primary = guarded + primary, with_primary + (primary > 0)
        exposed += attacked(series, found, found)
        # one month of each: a programme for every two respondents of it
        month = series.months[1 + n % 12]
        cells = turnover_cells(series.own_products().run.inputs.panel)
        _, parents = attacker.truth_of(series)
        summed += len(attacker.attack_sums(cells[cells["period"] == month], parents[int(month[:4])], found.pattern))
        if n % 10 == 0:
            plain = np.where(found.reason == SECONDARY, 0, found.reason)
            bare += attacked(series, dataclasses.replace(found, reason=plain), found)
        shares.append(found.summary()["cost_share"].mean())
    print(f"workspaces {number}: refused {refused}, with primary cells {with_primary}, primary cells {guarded}")
    print(
        f"  exposed {exposed}, by weighted sums {summed}; audit not safe {unsafe}; every tenth without secondary "
        f"suppression: exposed {bare}"
    )
    print(
        f"  share of turnover withheld {np.mean(shares):.4f}; protect {spent / max(number - refused, 1):.2f} CPU s each"
    )


def speed(firms: int, start: str) -> None:
    """Time a long index."""
    series = market(firms, 1, start, "2024-12")
    wall, cpu = time.perf_counter(), time.process_time()
    found = protect_series(series)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    T, C = found.reason.shape
    print(f"speed: {firms} firms, {T} months × {C} cells: {wall:.1f} s wall, {cpu:.1f} CPU s; {found!r}")


def main() -> None:
    """Run all three."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--workspaces", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--small", action="store_true")
    given = parser.parse_args()
    tables(3 if given.small else given.tables, given.seed)
    workspaces(1 if given.small else given.workspaces, given.seed)
    speed(25 if given.small else 60, "2024-01" if given.small else "2013-01")
    if not given.small:
        speed(25, "2013-01")


if __name__ == "__main__":
    main()
