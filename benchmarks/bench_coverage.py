"""How often the 95 % bands hold the truth: panels drawn at random from a simulated market whose whole index is known.

    python benchmarks/bench_coverage.py [--panels 150] [--market 400] [--firms 40] [--years 2] [--small]

The truth is the same formula on the whole market. Every panel is compiled with its own bands, which know the size of
the market (--blind: they do not, as in production). Coverage of the bands in percent by measure for the headline and
the mean of the first-level classes, satellites and leaves; for the quantile of Student's t on the logarithm (the
bands as they are), of the normal distribution, and of t by the effective number of firms. `se / sd` compares the mean
squared standard error with the mean squared error.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from shuibei_index.aggregate import PricePanel, make_panel
from shuibei_index.index import compile_index
from shuibei_index.index.sampling.compiled import uncertainty
from shuibei_index.index.sampling.uncertainty import Uncertainty
from shuibei_index.rules import Rules
from shuibei_index.simulation import Market, simulate

RULES = Rules.load()


def of_firms(panel: PricePanel, firms: npt.NDArray[np.str_]) -> PricePanel:
    """Return the panel of some firms."""
    keep = np.isin(panel.items["enterprise_id"].to_numpy(dtype=str), firms)
    cells, item = keep[panel.item], np.cumsum(keep) - 1
    arrays = (panel.month, item[panel.item], panel.amount_fen, panel.quantity_milli, panel.n_records)
    return PricePanel(panel.months, panel.items[keep].reset_index(drop=True), *(a[cells].copy() for a in arrays))


def errors(found: Uncertainty, truth: pd.DataFrame) -> pd.DataFrame:
    """Return error and standard error of the logarithm for every number that has a band."""
    true = truth.reindex(columns=list(found.codes)).to_numpy()
    parts = []
    for measure, step in (("index", 0), ("mom", 1), ("yoy", 12)):
        level = np.log(found.index / true)
        error = level if step == 0 else np.full(level.shape, np.nan)
        error[step:] = level if step == 0 else level[step:] - level[:-step]
        behind, s = found.behind[measure], found.log_se[measure]
        # a number that is right by definition tests nothing
        there = found.estimable(measure) & ~np.isnan(error) & (s > 0)
        k = np.nonzero(there)[1]
        code = np.array(found.codes)[k]
        level_of = np.where(code == "00", "headline", np.where(np.char.str_len(code) == 2, "level 1", "below"))
        level_of = np.where(np.isin(code, ["90", "91"]), "satellites", level_of)
        parts.append(
            pd.DataFrame(
                {
                    "classes": level_of, "measure": measure, "error": np.abs(error[there]), "se": s[there],
                    "firms": behind.number[there], "effective": behind.effective[there],
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def coverage(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the share of true values inside the bands, in percent."""
    quantiles = {
        "t": stdtrit(rows["firms"] - 1.0, 0.975),
        "normal": 1.959964,
        "t effective": stdtrit(np.maximum(rows["effective"] - 1.0, 1.0), 0.975),
    }
    inside = pd.DataFrame({name: 100.0 * (rows["error"] <= q * rows["se"]) for name, q in quantiles.items()})
    inside["sd %"], inside["se2"] = 1e4 * rows["error"] ** 2, 1e4 * rows["se"] ** 2
    by = inside.join(rows[["classes", "measure", "firms", "effective"]]).groupby(["classes", "measure"])
    table = by[["t", "normal", "t effective"]].mean()
    table["sd %"] = np.sqrt(by["sd %"].mean())
    table["se / sd"] = np.sqrt(by["se2"].mean()) / table["sd %"]
    table["firms"], table["effective"], table["numbers"] = by["firms"].median(), by["effective"].median(), by.size()
    return table


def panels(market: Market, options: argparse.Namespace, own_weights: bool, method: str) -> pd.DataFrame:
    """Draw panels, compile them with their bands, and return the errors of all of them."""
    weights = None if own_weights else market.weights
    whole = make_panel(market.records, rules=RULES)
    truth = compile_index(whole, market.trees, rules=RULES, weights=weights, base_period="2022", replicates=0)
    names = np.unique(whole.items["enterprise_id"].to_numpy(dtype=str))
    rng = np.random.default_rng(options.seed)
    parts = []
    for _ in range(options.panels):
        panel = of_firms(whole, rng.choice(names, options.firms, replace=False))
        found = uncertainty(
            panel, market.trees, rules=RULES, weights=weights, base_period="2022", method=method,
            population=None if options.blind else len(names),
        )  # fmt: skip
        parts.append(errors(found, truth.levels_frame()))
    return pd.concat(parts, ignore_index=True)


def main() -> int:
    """Print coverage for fixed and own weights, bootstrap and jackknife."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--panels", type=int, default=150)
    parser.add_argument("--market", type=int, default=400, help="firms of the market")
    parser.add_argument("--firms", type=int, default=40, help="firms of a panel")
    parser.add_argument("--years", type=int, default=2)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--blind", action="store_true", help="bands that do not know the size of the market")
    parser.add_argument("--small", action="store_true", help="4 panels of 8 firms from 24, 14 months")
    options = parser.parse_args()
    end = f"{2021 + options.years}-12"
    if options.small:
        options.panels, options.market, options.firms, end = 4, 24, 8, "2023-02"
    market = simulate(
        start="2022-01", end=end, seed=5, firms=options.market, sampled=1.0, mistakes=0, response=1, late=0
    )
    print(f"{options.panels} panels of {options.firms} firms from a market of {options.market}, 2022-01 to {end}")
    for own_weights in (False, True):
        for method in ("bootstrap", "jackknife"):
            start = time.perf_counter()
            table = coverage(panels(market, options, own_weights, method))
            words = "own turnover" if own_weights else "weights.csv"
            print(f"\nweights: {words}; {method} ({time.perf_counter() - start:.0f} s). Coverage in percent:")
            print(table.to_string(float_format=lambda value: f"{value:.2f}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
