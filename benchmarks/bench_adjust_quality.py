"""How well the adjustment does on simulated series whose truth is known: evidence of decisions 0051, 0053 and 0054.

python benchmarks/bench_adjust_quality.py            40 series a cell; under a minute
python benchmarks/bench_adjust_quality.py --small    a few series (also run by the tests)
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import pandas as pd

from shuibei_index.adjust import default_specification, seasonally_adjust, spring_festival_regressors

EARLY = ("01", "02", "03")


def truth(series: int, months: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Logs of series without seasonality, and of their seasonal pattern, ordinary and Spring Festival."""
    rng = np.random.default_rng(seed)
    index = pd.period_range("2014-01", periods=months, freq="M").strftime("%Y-%m")
    festival = spring_festival_regressors(index[0], index[-1]).to_numpy() @ np.array([0.12, -0.20, 0.06])
    plain = 4 + np.cumsum(rng.normal(0.003, 0.01, (months, series)), axis=0) + rng.normal(0, 0.01, (months, series))
    pattern = rng.normal(0, 0.05, (12, series))
    pattern -= pattern.mean(axis=0)
    frame = pd.DataFrame(plain, index=index, columns=[f"S{k}" for k in range(series)])
    return frame, pattern[np.arange(months) % 12] + festival[:, None]


def festival(series: int) -> pd.DataFrame:
    """Error of the adjusted series against the truth by treatment of the Spring Festival (percent)."""
    plain, seasonal = truth(series, 144, 3)
    observed = np.exp(plain + seasonal)
    spec = default_specification(month="2025-06")
    first, last = plain.index[0], "2026-12"
    uncentred = spring_festival_regressors(first, last, centre="none")
    ways = {
        "none": {"specification": replace(spec, festival=None)},
        "one week 0..6": {"specification": replace(spec, festival=(0, 7, 0))},
        "10 days before, 7, 10 after": {"specification": replace(spec, festival=(10, 7, 10))},
        "rules (true windows)": {"specification": spec},
        "true windows, not centred": {"regressors": uncentred},
    }
    early = plain.index.str[5:].isin(EARLY)
    rows = []
    for name, options in ways.items():
        adjusted = seasonally_adjust(observed, **options)
        error = 100 * (np.log(adjusted.components["SA"]) - plain).to_numpy()
        aicc = adjusted.diagnostics["aicc"].mean()
        rows.append((name, _rms(error), _rms(error[early]), float(error.mean()), float(aicc)))
    return pd.DataFrame(rows, columns=["Spring Festival", "rmse", "rmse Jan-Mar", "bias", "aicc"])


def outliers(series: int) -> pd.DataFrame:
    """Error in the months without a mistake, with and without the search for outliers (percent)."""
    plain, seasonal = truth(series, 144, 4)
    rng = np.random.default_rng(5)
    spike = np.zeros(plain.shape)
    at = np.stack([rng.choice(144, 3, replace=False) for _ in range(series)], axis=1)
    np.put_along_axis(spike, at, rng.choice([-0.15, 0.15], at.shape), axis=0)
    spec = default_specification(month="2025-06")
    rows = []
    for name, extra in (("clean series", np.zeros(plain.shape)), ("3 spikes of 15 %", spike)):
        for kinds in ((), ("ao",), ("ao", "ls"), ("ao", "ls", "tc")):
            adjusted = seasonally_adjust(np.exp(plain + seasonal + extra), specification=replace(spec, outliers=kinds))
            error = 100 * (np.log(adjusted.components["SA"]) - plain - extra).to_numpy()
            found = adjusted.diagnostics["outliers"].str.split().str.len().mean()
            rows.append((name, " ".join(kinds) or "none", _rms(error[extra == 0]), float(found)))
    return pd.DataFrame(rows, columns=["series", "searched", "rmse", "found"])


def seasonality(series: int, seeds: int) -> pd.DataFrame:
    """Share of random walks (3 % a month) with a seasonal pattern of a given size that each test calls seasonal."""
    rows = []
    for size in (0.0, 0.01, 0.03):
        for months in (36, 60, 120):
            parts = []
            for seed in range(seeds):
                rng = np.random.default_rng(seed)
                pattern = rng.normal(0, 1, (12, series))
                pattern = size * (pattern - pattern.mean(axis=0)) / pattern.std(axis=0)
                logs = np.cumsum(rng.normal(0.003, 0.03, (months, series)), axis=0) + pattern[np.arange(months) % 12]
                index = pd.period_range("2015-01", periods=months, freq="M")
                parts.append(seasonally_adjust(pd.DataFrame(np.exp(logs), index=index)).diagnostics)
            found = pd.concat(parts)
            shares = [
                found["idseasonal"] == "yes", found["m7"] < 1, found["qs_original_p"] < 0.01,
                found["verdict"] == "seasonal", found["verdict"] == "uncertain", found["verdict"] == "residual",
            ]  # fmt: skip
            rows.append((size, months, len(found), *(round(float(share.mean()), 3) for share in shares)))
    columns = ["pattern", "months", "series", "idseasonal", "M7<1", "QS", "both", "one only", "residual"]
    return pd.DataFrame(rows, columns=columns)


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def main(arguments: list[str] | None = None) -> list[pd.DataFrame]:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true")
    small = parser.parse_args(arguments).small
    tables = [
        festival(3 if small else 40),
        outliers(3 if small else 40),
        seasonality(5 if small else 40, 1 if small else 5),
    ]
    print("\n\n".join(table.to_string(index=False, float_format="%.3f") for table in tables))
    return tables


if __name__ == "__main__":
    main()
