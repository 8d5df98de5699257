"""Which formula, window and splice is nearest to the truth of simulated markets, by pricing unit.

    python benchmarks/bench_methods.py [--seeds 8] [--from 2020-01] [--to 2024-12] [--firms 40] [--metal-prices FILE]
                                       [--scenario plain,…] [--out FILE.csv] [--small]

Every scenario is simulated with `--seeds` seeds. Errors (100 · ln(index / truth)) are averaged over the leaf classes
of a group (g, ct, piece, toll = class 91) and then over seeds; ± is the standard error of the mean over seeds. Weight
drift is off, so that what is left is formula and sampling.

Targets: superlative (chained Törnqvist of the whole market), transitive (GEKS-Törnqvist of the whole market over the
whole range), and noise_free (chained Törnqvist of the same market without price noise: what is common to the class;
all methods agree there within 0.4 %, but it counts items' own movement as noise, to the advantage of unweighted means).

Scenarios: plain; market (all goods in place of the panel: formula error alone); elastic (own-price elasticity 3);
churn (entry and exit × 3); promotions, clearance, seasonal (see `shuibei_index.lab.stress`). Under these the first
month alone is the base, and the error of the last month is shown: there it is drift. leaders: prices of
what sells much rise faster (the simulator's own movement does not depend on size); its only target is transitive.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import pandas as pd

from shuibei_index.lab import compare_methods
from shuibei_index.simulation import MarketSettings, simulate

FORMULAS = (
    "jevons", "dutot", "carli", "harmonic", "cswd", "bmw", "laspeyres", "paasche", "fisher", "tornqvist", "walsh",
    "geo_laspeyres", "geo_paasche", "average_price",
)  # fmt: skip
METHODS = ("geks_tornqvist", "geks_jevons", "wtpd")
SPLICES = ("movement", "mean", "fbew")
STRESSES = ("promotions", "clearance", "seasonal")
SETTINGS = {"elastic": {"elasticity": 3.0}, "churn": {"churn": 3.0}}
SCENARIOS = ("plain", "market", *SETTINGS, *STRESSES, "leaders")
#: The formula of the rule in force when the evidence was first taken, for differences: by group.
RULE = {"g": "tornqvist carried", "ct": "jevons carried", "piece": "jevons carried", "toll": "tornqvist carried"}
KEY = ["scenario", "group", "target", "method"]


def one(scenario: str, seed: int, options: argparse.Namespace) -> pd.DataFrame:
    """Return the mean of each method's errors over the classes of each group, for one market."""
    changed = SETTINGS.get(scenario, {})
    common = {
        "start": options.start,
        "end": options.end,
        "seed": seed,
        "metal_prices": options.metal_prices,
        "settings": MarketSettings(firms=options.firms, drift=0.0, mistakes=0.0).replace(**changed),
    }
    market = simulate(**common)
    quiet = simulate(**common, noise=0.0).truth
    truth = pd.concat([market.truth, quiet[quiet["target"] == "superlative"].assign(target="noise_free")])
    stress = scenario if scenario in (*STRESSES, "leaders") else None
    found = compare_methods(
        market,
        truth=truth,
        formulas=FORMULAS,
        methods=METHODS,
        windows=(13, 25),
        splices=SPLICES,
        on=("published",),
        sample="market" if scenario == "market" else "panel",
        stress=stress,
        seed=seed,
        base_months=1 if scenario in STRESSES else 12,
        classes=options.classes,
    )
    frame = found.to_frame()
    frame = frame.assign(group=np.where(frame["class_code"] == "91", "toll", frame["unit"]))
    frame = comparable(frame)
    frame = frame.assign(
        rmse=frame["rmse_pct"],
        bias=frame["bias_pct"],
        abs_end=frame["end_pct"].abs(),
        end=frame["end_pct"],
        mom=frame["mom_rmse_pct"],
        identity=frame["identity_pct"],
        abs_identity=frame["identity_pct"].abs(),
    )
    measures = ["rmse", "bias", "abs_end", "end", "mom", "identity", "abs_identity"]
    by = frame.groupby(["group", "target", "method"])[measures].mean().reset_index()
    return by.assign(scenario=scenario, seed=seed)


def comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep classes in which chained, carried and multilateral series have every month, and methods whole in all."""
    whole = frame["months"] == frame.groupby(["class_code", "target"])["months"].transform("max")
    must = ~frame["extension"].isin(["fixed", "annual"])
    broken = frame.loc[must & ~whole, "class_code"].unique()
    inside = ~frame["class_code"].isin(broken)
    lacks = (~whole & inside).groupby([frame["group"], frame["method"]]).transform("any")
    return frame[inside & ~lacks]


def over_seeds(runs: pd.DataFrame) -> pd.DataFrame:
    """Return means and standard errors over seeds, and the RMSE less that of the rule's formula, seed by seed."""
    rule = runs[runs["method"] == runs["group"].map(RULE)]
    both = runs.merge(rule[["scenario", "group", "target", "seed", "rmse", "abs_end"]], how="left",
                      on=["scenario", "group", "target", "seed"], suffixes=("", "_rule"))  # fmt: skip
    both["less_rule"] = both["rmse"] - both["rmse_rule"]
    both["end_less_rule"] = both["abs_end"] - both["abs_end_rule"]
    measures = ["rmse", "bias", "abs_end", "end", "mom", "identity", "abs_identity", "less_rule", "end_less_rule"]
    by = both.groupby(KEY)[measures]
    error = by.std(ddof=1) / np.sqrt(by.count())
    return by.mean().join(error.add_suffix("_se")).reset_index()


def show(table: pd.DataFrame, top: int) -> None:
    """Print, for each scenario and group, the methods with the least error and all the carried formulas."""
    for (scenario, group), part in table.groupby(["scenario", "group"], sort=False):
        by = "abs_end" if scenario in STRESSES else "rmse"
        main = "superlative" if "superlative" in set(part["target"]) else "transitive"
        order = part[part["target"] == main].sort_values([by, "method"])["method"].to_list()
        carried = [m for m in order if m.endswith("carried")]
        named = list(dict.fromkeys([*order[:top], *carried, "tornqvist chained", "jevons chained",
                                    "geks_tornqvist 25 mean published", "geks_jevons 25 mean published"]))  # fmt: skip
        print(f"\n{scenario}, {group}: {'|error of last month|' if by == 'abs_end' else 'RMSE'}, %")
        print(f"  {'method':36} {main:>14} {'- rule':>14} {'transitive':>11} {'noise free':>11} "
              f"{'bias/end':>9} {'monthly':>8} {'identity':>9}")  # fmt: skip
        for method in named:
            rows = part[part["method"] == method].set_index("target")
            if rows.empty:
                continue
            a, less = rows.loc[main], "end_less_rule" if by == "abs_end" else "less_rule"
            print(
                f"  {method:36} {a[by]:7.3f} ±{a[f'{by}_se']:5.3f} {a[less]:+7.3f} ±{a[f'{less}_se']:5.3f} "
                f"{rows[by].get('transitive', np.nan):11.3f} {rows[by].get('noise_free', np.nan):11.3f} "
                f"{a['end' if by == 'abs_end' else 'bias']:+9.3f} {a['mom']:8.3f} {a['identity']:+9.3f}"
            )


def main(arguments: list[str] | None = None) -> pd.DataFrame:
    """Run all scenarios and seeds; print and return the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--from", dest="start", default="2020-01")
    parser.add_argument("--to", dest="end", default="2024-12")
    parser.add_argument("--firms", type=int, default=40)
    parser.add_argument("--metal-prices")
    parser.add_argument("--scenario", default=",".join(SCENARIOS))
    parser.add_argument("--top", type=int, default=6, help="best methods shown beside the carried formulas")
    parser.add_argument("--out", help="write the table of all methods as CSV")
    parser.add_argument("--small", action="store_true", help="2 seeds, 15 months, 8 firms, 4 classes, 2 scenarios")
    options = parser.parse_args(arguments)
    options.classes = None
    if options.small:
        options.seeds, options.end, options.firms, options.scenario = 2, "2021-03", 8, "plain,promotions"
        options.classes = ["01010102", "0501", "0401", "91"]
    chosen = options.scenario.split(",")
    runs = []
    for scenario in chosen:
        for seed in range(1, options.seeds + 1):
            runs.append(one(scenario, seed, options))
            print(f"{scenario}, seed {seed} of {options.seeds}", file=sys.stderr)
    table = over_seeds(pd.concat(runs, ignore_index=True))
    order = {name: k for k, name in enumerate(chosen)}
    table = table.sort_values("scenario", key=lambda s: s.map(order), kind="stable", ignore_index=True)
    print(f"{options.seeds} seeds, {options.firms} firms in the panel, {options.start} to {options.end}")
    show(table, options.top)
    if options.out:
        table.to_csv(options.out, index=False, lineterminator="\n")
    return table


if __name__ == "__main__":
    sys.exit(0 if len(main()) else 1)
