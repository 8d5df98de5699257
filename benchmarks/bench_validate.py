"""Validation of a clean month: records per second, beside a bare pass over the same columns.

    python benchmarks/bench_validate.py            1 000 000 records
    python benchmarks/bench_validate.py --small    20 000 records (part of the tests)

The floor reads every column once: numbers are added up, dictionary codes are counted.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.index.hierarchy import Hierarchy
from shuibei_index.rules import Rules
from shuibei_index.validation import validate


def clean_table(rows: int, firms: int = 400, seed: int = 1) -> tuple[pa.Table, pd.DataFrame, pd.DataFrame]:
    """Return records without a fault, the panel and the metal prices they belong to."""
    random = np.random.default_rng(seed)
    leaves = [c for c in Hierarchy.load("2025").leaves if c.startswith("0101")]
    firm = np.sort(random.integers(0, firms, rows))
    first = np.searchsorted(firm, np.arange(firms))
    line = np.arange(rows) - first[firm] + 1
    milligrams = random.integers(500, 40_000, rows) * 10
    charge = random.integers(8, 60, rows).astype(float)
    price = np.round(760 * np.exp(random.normal(0, 0.01, rows)), 2)
    grams = milligrams / 1000
    amount = np.round(grams * (price * 0.999 + charge), 2)

    def words(codes: np.ndarray, values: list[str]) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(values))

    constant = np.zeros(rows)
    item = random.integers(0, 50, rows)
    day = np.datetime64("2025-06-01T09:00") + random.integers(0, 29 * 24 * 60, rows).astype("timedelta64[m]")
    table = pa.table(
        {
            "enterprise_id": words(firm, [f"E{k:04d}" for k in range(firms)]),
            "period": words(constant, ["2025-06"]),
            "line_no": line,
            "item_id": words(item, [f"RG-{k:04d}" for k in range(50)]),
            "class_code": words(item % len(leaves), leaves),
            "deal_time": np.datetime_as_string(day),
            "trade_type": words(constant, ["销售"]),
            "stage": words(constant, ["批发"]),
            "pieces": random.integers(1, 20, rows),
            "weight": grams,
            "net_weight": grams,
            "weight_unit": words(constant, ["克"]),
            "fineness": words(constant, ["足金999"]),
            "amount": amount,
            "amount_unit": words(constant, ["元"]),
            "tax_basis": words(constant, ["含税"]),
            "metal_price": price,
            "making_charge": charge,
            "charge_basis": words(constant, ["克工费"]),
            "receipt": firm + 1,
            "file": words(firm, [f"E{k:04d}.xlsx" for k in range(firms)]),
            "sheet": words(constant, ["Sheet1"]),
            "row": line + 1,
        }
    )
    panel = pd.DataFrame({"enterprise_id": [f"E{k:04d}" for k in range(firms)]})
    metals = pd.DataFrame({"period": ["2025-06"], "metal": ["gold"], "cny_per_gram": [760.0]})
    return table, panel, metals


def floor(table: pa.Table) -> float:
    """Touch every column once."""
    total = 0.0
    for column in table.columns:
        for chunk in column.chunks:
            if pa.types.is_dictionary(chunk.type):
                total += float(np.bincount(chunk.indices.to_numpy()).sum())
            elif pa.types.is_string(chunk.type):
                total += float(pc.sum(pc.binary_length(chunk)).as_py() or 0)
            else:
                total += float(chunk.to_numpy().sum())
    return total


def timed(function, *args, repeat: int, **options) -> float:  # type: ignore[no-untyped-def]
    """Return the median of the wall times."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        function(*args, **options)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="20 000 records")
    parser.add_argument("--rows", type=int, default=1_000_000)
    chosen = parser.parse_args(arguments)
    rows = 20_000 if chosen.small else chosen.rows
    table, panel, metals = clean_table(rows)
    rules = Rules.load()
    report = validate(table, rules=rules, panel=panel, metal_prices=metals, month="2025-06")
    # a charge far out in its class is asked about, clean or not: hardly any may be
    if len(report.findings) > rows / 1000 or report.accepted_table.num_rows < rows - len(report.findings):
        raise SystemExit(f"the clean table is not clean:\n{report.summary()}")
    options = {"rules": rules, "panel": panel, "metal_prices": metals, "month": "2025-06"}
    repeat = 1 if chosen.small else 5
    seconds = timed(validate, table, repeat=repeat, **options)
    shuffled = table.take(pa.array(np.random.default_rng(2).permutation(rows)))
    unsorted = timed(validate, shuffled, repeat=repeat, **options)
    bare = timed(floor, table, repeat=repeat)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'what':<28}{'rows':>12}{'seconds':>10}{'M rows/s':>10}")
    for name, value in (("floor: one bare pass", bare), ("validate", seconds), ("validate, shuffled rows", unsorted)):
        print(f"{name:<28}{rows:>12,}{value:>10.3f}{rows / value / 1e6:>10.2f}")
    print(f"peak memory {peak:,.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
