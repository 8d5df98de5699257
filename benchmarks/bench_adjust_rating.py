"""What the rating of the quality report makes of series whose truth is known.

Run: ``python benchmarks/bench_adjust_rating.py``; ``--small`` for a few series.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd

from shuibei_index.adjust.adjusting import seasonally_adjust
from shuibei_index.adjust.holidays.regressors import spring_festival_regressors
from shuibei_index.adjust.quality.report import quality_table

LENGTHS = (36, 60, 120)


def made(kind: str, months: int, series: int, seed: int = 5) -> pd.DataFrame:
    """Return simulated series: "walk" (3 % a month), "pattern" and "weak" (5 %, 1 %, festival), "noise" (30 %)."""
    rng = np.random.default_rng(seed)
    index = pd.period_range("2014-01", periods=months, freq="M")
    names = [f"{kind}{k}" for k in range(series)]
    if kind == "noise":
        values = rng.normal(0, 0.3, (months, series))
    elif kind == "walk":
        values = np.cumsum(rng.normal(0, 0.03, (months, series)), axis=0)
    else:
        spread = 0.05 if kind == "pattern" else 0.01
        pattern = rng.normal(0, spread, (12, series))
        values = np.cumsum(rng.normal(0.003, 0.01, (months, series)), axis=0) + pattern[np.arange(months) % 12]
        values += rng.normal(0, 0.01, (months, series))
        effect = spring_festival_regressors(str(index[0]), str(index[-1])).to_numpy() @ np.array([0.12, -0.20, 0.06])
        values += effect[:, None]
    return pd.DataFrame(100 * np.exp(values), index=index, columns=names)


def main(arguments: list[str] | None = None) -> pd.DataFrame:
    """Rate simulated series and print the share of each rating."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a few series only")
    small = parser.parse_args(arguments).small
    count, lengths = (8, (120,)) if small else (200, LENGTHS)
    rows = []
    for kind in ("pattern", "weak", "walk", "noise"):
        for months in lengths:
            adjusted = seasonally_adjust(made(kind, months, count))
            begin = time.process_time()
            table = quality_table(adjusted)
            spent = 1000 * (time.process_time() - begin) / count
            share = table["rating"].value_counts(normalize=True)
            shares = {word: round(float(share.get(word, 0.0)), 3) for word in ("good", "uncertain", "bad", "none")}
            masked = float((table["qs_original"] > 0.05).mean())
            rows.append({"kind": kind, "months": months, **shares, "qs_original > 0.05": round(masked, 3), "ms": spent})
    result = pd.DataFrame(rows)
    print(result.round(3).to_string(index=False))
    return result


if __name__ == "__main__":
    main()
