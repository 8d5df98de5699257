"""Revisions by policy, and what the choice of windows by the review costs: simulated series whose truth is known.

    python benchmarks/bench_policies.py            20 series x 120 months, vintages of five years; 60 series for windows
    python benchmarks/bench_policies.py --small    a few (also run by the tests)

First table: mean absolute revision of level (%) and monthly change (percentage points) from the first estimate to the
last, and their ratio to full concurrent adjustment (target of partial concurrent: at most 1.05). Error against the
truth beside it. Second table: error of the adjusted series against the truth with the true windows and with those
the review chooses by AICc (target: root mean square of January to March at most 1.1 of the former, bias within 0.05
percentage points).
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import pandas as pd

from shuibei_index.adjust import default_specification, seasonally_adjust, spring_festival_regressors
from shuibei_index.adjust.policies import POLICIES, Policy, revision_history
from shuibei_index.adjust.reviewing.review import festival_of
from shuibei_index.adjust.reviewing.windows import choose_windows
from shuibei_index.rules import Rules

EARLY = ("01", "02", "03")
#: The true effect: 20 days before, the week of the festival, 20 days after.
WINDOWS, EFFECT = (20, 7, 20), np.array([0.30, -0.45, 0.15])


def truth(series: int, months: int, seed: int, start: str = "2014-01") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return observed series and the same without season and Spring Festival."""
    rng = np.random.default_rng(seed)
    index = pd.period_range(start, periods=months, freq="M").strftime("%Y-%m")
    before, during, after = WINDOWS
    festival = spring_festival_regressors(index[0], index[-1], before, after, during=during).to_numpy()
    plain = 4 + np.cumsum(rng.normal(0.003, 0.01, (months, series)), axis=0) + rng.normal(0, 0.015, (months, series))
    pattern = rng.normal(0, 0.05, (12, series))
    pattern -= pattern.mean(axis=0)
    sizes = EFFECT[:, None] * rng.normal(1.0, 0.2, (3, series))
    seasonal = pattern[np.arange(months) % 12] + festival @ sizes
    columns = [f"S{k}" for k in range(series)]
    return (
        pd.DataFrame(np.exp(plain + seasonal), index=index, columns=columns),
        pd.DataFrame(np.exp(plain), index=index, columns=columns),
    )


def by_policy(series: int, first: str, last: str) -> pd.DataFrame:
    """Return revisions and errors by policy."""
    observed, plain = truth(series, 120, 11)
    observed = observed.loc[:last]
    rows = []
    ways = {name: Policy(name) for name in POLICIES}
    ways["partial_concurrent, arima held"] = Policy("partial_concurrent", holds="arima")
    for name, policy in ways.items():
        history = revision_history(observed, policy, first=first, last=last)
        table = history.revisions()
        true = plain.rename_axis("period").reset_index().melt("period", var_name="series", value_name="truth")
        table = table.merge(true, on=["period", "series"])
        error = 100 * (table["first"] / table["truth"] - 1)
        rows.append(
            {
                "policy": name,
                "vintages": history.estimates["vintage"].nunique(),
                "level_pct": table["level_pct"].abs().mean(),
                "change_pp": table["change_pp"].abs().mean(),
                "error_first_pct": float(np.sqrt((error**2).mean())),
            }
        )
    frame = pd.DataFrame(rows)
    full = frame.set_index("policy").loc["full_concurrent"]
    frame["level_ratio"] = frame["level_pct"] / full["level_pct"]
    frame["change_ratio"] = frame["change_pp"] / full["change_pp"]
    return frame


def by_windows(series: int, months: int) -> pd.DataFrame:
    """Return the error of the adjusted series with the true windows, the chosen ones, and none."""
    observed, plain = truth(series, months, 3)
    rules = Rules.load().at("2025-06")
    spec = replace(default_specification(rules), outliers=())
    grid = choose_windows(observed, dict.fromkeys(observed.columns, spec), rules)
    chosen = grid[grid["chosen"]].set_index("series")["window"]
    ways = {
        "true windows": dict.fromkeys(observed.columns, replace(spec, festival=WINDOWS)),
        "chosen by AICc": {name: replace(spec, festival=festival_of(str(chosen[name]))) for name in observed.columns},
        "10-7-10": dict.fromkeys(observed.columns, replace(spec, festival=(10, 7, 10))),
        "none": dict.fromkeys(observed.columns, replace(spec, festival=None)),
    }
    early = observed.index.str[5:].isin(EARLY)
    rows = []
    for name, specs in ways.items():
        adjusted = seasonally_adjust(observed, specification=specs)
        error = 100 * (adjusted.components["SA"] / plain - 1).to_numpy()
        rows.append({"windows": name, "rmse": _rms(error), "rmse_jan_mar": _rms(error[early]), "bias": error.mean()})
    frame = pd.DataFrame(rows)
    frame["ratio_jan_mar"] = frame["rmse_jan_mar"] / frame["rmse_jan_mar"].iloc[0]
    frame["right"] = [1.0, float((chosen == "-".join(map(str, WINDOWS))).mean()), np.nan, np.nan]
    return frame


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def main(arguments: list[str] | None = None) -> list[pd.DataFrame]:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true")
    small = parser.parse_args(arguments).small
    tables = [
        by_policy(2 if small else 20, "2022-10" if small else "2019-01", "2023-12"),
        by_windows(3 if small else 60, 120),
    ]
    print("\n\n".join(table.to_string(index=False, float_format="%.3f") for table in tables))
    return tables


if __name__ == "__main__":
    main()
