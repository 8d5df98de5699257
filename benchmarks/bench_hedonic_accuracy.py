"""How far hedonic, matched and average-price indices are from a known movement while the mix of stones changes.

    python benchmarks/bench_hedonic_accuracy.py [--stones FILE.parquet] [--runs 20] [--small]

A display of 300 stones over 24 months is drawn from a cross-section of stones (a table with carat, cut, color, clarity,
price; without one a made-up cross-section). Each month a share of the stones is replaced; what comes in grows larger.
Two markets: "moving", every price follows the true index with 3 % noise; "at replacement", a stone keeps its price and
only new ones come in at the month's level. Figures are over all months but the first, in percent of the level.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

import numpy as np
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.index import hedonic

SCORES = hedonic.Characteristics(
    (
        hedonic.Measure("stone_carat", knots=(0.5, 1.0, 1.5)),
        hedonic.Grade("stone_colour", "colour", "score"),
        hedonic.Grade("stone_clarity", "clarity", "score"),
        hedonic.Grade("stone_cut", "cut", "score"),
    )
)
NAMES = {"carat": "stone_carat", "color": "stone_colour", "clarity": "stone_clarity", "cut": "stone_cut"}


def made_up(n: int = 20_000) -> pd.DataFrame:
    """Return a cross-section whose log price is not exactly what the regressions say."""
    rng = np.random.default_rng(1)
    carat = np.round(np.exp(rng.normal(-0.4, 0.55, n)), 2).clip(0.2, 4)
    colour, clarity, cut = rng.integers(0, 7, n), rng.integers(0, 8, n), rng.integers(0, 5, n)
    x = np.log(carat)
    log = 8.4 + 1.8 * x - 0.06 * x**2 - 0.02 * colour * (2 + x) - 0.12 * clarity - 0.03 * cut + rng.normal(0, 0.12, n)
    return pd.DataFrame(
        {
            "stone_carat": carat,
            "stone_colour": np.array(list("DEFGHIJ"), dtype=object)[colour],
            "stone_clarity": np.array(["IF", "VVS1", "VVS2", "VS1", "VS2", "SI1", "SI2", "I1"], dtype=object)[clarity],
            "stone_cut": np.array(["Ideal", "Premium", "Very Good", "Good", "Fair"], dtype=object)[cut],
            "price": np.exp(log),
        }
    )


def market(stones: pd.DataFrame, months: int, at_replacement: bool, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the sales of all months and the true index."""
    rng, size = np.random.default_rng(seed), 300
    level = np.exp(np.concatenate([[0.0], rng.normal(-0.006, 0.015, months - 1).cumsum()]))
    large = np.log(stones["stone_carat"].to_numpy())
    large = (large - large.mean()) / large.std()
    first, shown, born = month_names.ordinal("2024-01"), np.zeros(size, int), np.zeros(size, int)
    parts, truth = [], []
    for t in range(months):
        chance = np.exp(0.05 * t * large)
        fresh = rng.choice(len(stones), size, p=chance / chance.sum())
        goes = (rng.random(size) < 0.27) | (t == 0)
        shown, born = np.where(goes, fresh, shown), np.where(goes, t, born)
        factor = level[born] if at_replacement else level[t] * np.exp(rng.normal(0, 0.03, size))
        truth.append(np.log(level[born] if at_replacement else level[t]).mean())
        part = stones.iloc[shown]
        parts.append(part.assign(period=month_names.label(first + t), item=shown * months + born,
                                 price=part["price"].to_numpy() * factor))  # fmt: skip
    return pd.concat(parts, ignore_index=True), np.exp(np.array(truth) - truth[0])


def jevons(sales: pd.DataFrame) -> np.ndarray:
    """Return the chained Jevons index of matched stones."""
    logs = np.log(sales.pivot_table(index="item", columns="period", values="price"))
    return np.exp(np.concatenate([[0.0], logs.diff(axis=1).mean().to_numpy()[1:].cumsum()]))


def average(sales: pd.DataFrame) -> np.ndarray:
    """Return the index of average prices."""
    mean = sales.groupby("period")["price"].mean().to_numpy()
    return np.asarray(mean / mean[0])


METHODS: dict[str, Callable[[pd.DataFrame], np.ndarray]] = {
    "average price": average,
    "Jevons, matched, chained": jevons,
    "time dummy": lambda s: hedonic.time_dummy_index(s, hedonic.LOOSE_DIAMONDS).levels,
    "time dummy, adjacent": lambda s: hedonic.time_dummy_index(s, hedonic.LOOSE_DIAMONDS, window="adjacent").levels,
    "characteristics": lambda s: hedonic.characteristics_index(s, SCORES).levels,
    "double imputation": lambda s: hedonic.imputation_index(s, SCORES, item="item").levels,
    "single imputation": lambda s: hedonic.imputation_index(s, SCORES, item="item", imputation="single").levels,
    "double, chained": lambda s: hedonic.imputation_index(s, SCORES, item="item", link="chained").levels,
    "single, chained": lambda s: (
        hedonic.imputation_index(s, SCORES, item="item", link="chained", imputation="single").levels
    ),
}


def main(arguments: list[str] | None = None) -> None:
    """Print root mean square error, bias, and bias of the last month of each method in both markets."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--stones", help="a Parquet file with carat, cut, color, clarity, price")
    options.add_argument("--runs", type=int, default=20)
    options.add_argument("--small", action="store_true", help="1 run of 6 months")
    chosen = options.parse_args(arguments)
    runs, months = (1, 6) if chosen.small else (chosen.runs, 24)
    stones = pd.read_parquet(chosen.stones).rename(columns=NAMES) if chosen.stones else made_up()
    stones = stones.astype(dict.fromkeys(("stone_colour", "stone_clarity", "stone_cut"), str))
    for title, at_replacement in (("moving", False), ("at replacement", True)):
        errors: dict[str, list[np.ndarray]] = {name: [] for name in METHODS}
        for seed in range(runs):
            sales, truth = market(stones, months, at_replacement, seed)
            for name, method in METHODS.items():
                errors[name].append(100 * np.log(method(sales) / truth)[1:])
        print(f"{title}: {runs} runs x {months} months      rmse %   bias %   bias of the last month %")
        for name, parts in errors.items():
            off = np.array(parts)
            print(f"  {name:28} {np.sqrt((off**2).mean()):12.2f} {off.mean():8.2f} {off[:, -1].mean():8.2f}")


if __name__ == "__main__":
    main()
    sys.exit(0)
