"""How often the tests before the adjustment find seasonality, where there is some and where not: decision 0287.

python benchmarks/bench_adjust_whether.py            400 series a cell; under a minute
python benchmarks/bench_adjust_whether.py --small    a few series (also run by the tests)
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from shuibei_index.adjust.whether import seasonality_present

# standard deviation of the monthly change, in logs: about that of a gold price
_MONTHLY = 0.03


def table(series: int, lengths: tuple[int, ...] = (60, 72, 120)) -> pd.DataFrame:
    """Share of series in which the tests find seasonality."""
    rng = np.random.default_rng(5)
    rows = []
    for months in lengths:
        walk = np.cumsum(rng.normal(0, _MONTHLY, (months, series)), axis=0)
        noise = rng.normal(0, _MONTHLY, (months, series))
        rows += [_row("random walk", 0.0, walk), _row("white noise", 0.0, noise)]
        for size in (0.01, 0.03):
            pattern = rng.normal(0, size, (12, series))
            pattern -= pattern.mean(axis=0)
            rows.append(_row("random walk", size, walk + pattern[np.arange(months) % 12]))
    return pd.DataFrame(rows)


def _row(kind: str, size: float, log: np.ndarray) -> dict[str, object]:
    index = pd.period_range("2015-01", periods=len(log), freq="M")
    found = seasonality_present(pd.DataFrame(100.0 * np.exp(log), index))
    return {
        "series": kind,
        "pattern": size,
        "months": len(log),
        "combined": (found["combined"] != "no").mean(),
        "QS": (found["qs_p"] < 0.01).mean(),
        "one": found["present"].isin(["one", "both"]).mean(),
        "both": (found["present"] == "both").mean(),
    }


def main(arguments: list[str] | None = None) -> pd.DataFrame:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true")
    small = parser.parse_args(arguments).small
    found = table(10, (60,)) if small else table(400)
    print(found.to_string(index=False, float_format="%.3f"))
    return found


if __name__ == "__main__":
    main()
