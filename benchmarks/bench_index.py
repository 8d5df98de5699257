"""Records in Parquet to the chained index, beside the bare column scan and the same group-by elsewhere.

    python benchmarks/bench_index.py [--rows 10000000] [--small]

Every task runs in a process of its own, so that the peak memory is its own; a second file holds the same records in
random order and must give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

COLUMNS = ["enterprise_id", "item_id", "class_code", "period", "trade_type", "stage", "amount_fen", "quantity_milli"]
KEYS = COLUMNS[:4]
FIRMS, MONTHS = 2_000, 60


def _items(rows: int) -> int:
    # 100 000 items for 10 million records; at small sizes as many sales of an item and month
    return max(200, rows // 100)


def make_records(path: Path, rows: int, shuffled: bool) -> None:
    """Write `rows` accepted records of 2 000 firms, 100 000 items, 60 months; sorted by month, or in random order."""
    from shuibei_index.index import Hierarchy

    rng = np.random.default_rng(1)
    items = _items(rows)
    leaves = [c for c in Hierarchy.load("2025").leaves if c not in ("90", "91")]
    firm, leaf = rng.integers(0, FIRMS, items), rng.integers(0, len(leaves), items)
    start = rng.lognormal(6, 1, items)
    words = {
        "enterprise_id": [f"E{e:05d}" for e in range(FIRMS)],
        "period": [f"{2020 + t // 12}-{t % 12 + 1:02d}" for t in range(MONTHS)],
        "item_id": [f"SP-{i:06d}" for i in range(items)],
        "class_code": leaves,
        "trade_type": ["sale"],
        "stage": ["wholesale"],
    }
    item, month = rng.integers(0, items, rows), np.sort(rng.integers(0, MONTHS, rows))
    quantity = rng.integers(500, 50_000, rows)
    noise = np.exp(rng.normal(0, 0.02, rows))
    amount = np.rint(start[item] * 1.005**month * quantity / 10 * noise).astype(np.int64)
    none = np.zeros(rows, dtype=np.int64)
    code = {"enterprise_id": firm[item], "period": month, "item_id": item, "class_code": leaf[item]}
    code |= {"trade_type": none, "stage": none}
    order = rng.permutation(rows) if shuffled else np.arange(rows)
    columns = {
        name: pa.DictionaryArray.from_arrays(pa.array(code[name][order].astype(np.int32)), pa.array(words[name]))
        for name in words
    }
    table = pa.table(columns | {"amount_fen": amount[order], "quantity_milli": quantity[order]})
    pq.write_table(table.select(COLUMNS), path, compression="zstd", row_group_size=1 << 20)


def ours(path: Path) -> str:
    """Records to panel to chained index; digest of all levels."""
    from shuibei_index.aggregate import make_panel
    from shuibei_index.index import Hierarchy, compile_index
    from shuibei_index.rules import Rules

    rules = Rules.load()
    series = compile_index(make_panel(path, rules=rules), Hierarchy.load("2025"), rules=rules)
    return hashlib.sha256(series.index.tobytes()).hexdigest()[:16]


def panel_only(path: Path) -> str:
    """Records to sums only: what the group-by of the others does."""
    from shuibei_index.aggregate import make_panel

    return str(int(make_panel(path).amount_fen.sum()))


def scan(path: Path) -> str:
    """The floor: decode the same columns and add the two numbers, nothing else."""
    total = 0
    with pq.ParquetFile(path, read_dictionary=COLUMNS[:6]) as file:
        for batch in file.iter_batches(1 << 20, columns=COLUMNS):
            total += pc.sum(batch.column("amount_fen")).as_py()
    return str(total)


def polars_groupby(path: Path) -> str:
    """The same group-by on polars (streaming)."""
    import polars as pl

    plan = pl.scan_parquet(path).filter(pl.col("trade_type").cast(pl.String) == "sale")
    sums = plan.group_by(KEYS).agg(pl.col("amount_fen").sum(), pl.col("quantity_milli").sum(), pl.len())
    return str(sums.collect(engine="streaming")["amount_fen"].sum())


def duckdb_groupby(path: Path) -> str:
    """The same group-by on DuckDB."""
    import duckdb

    query = f"""select sum(a) from (select {", ".join(KEYS)}, sum(amount_fen)::bigint a, sum(quantity_milli)::bigint q,
        count(*) n from '{path}' where trade_type = 'sale' group by all)"""
    return str(duckdb.sql(query).fetchall()[0][0])


TASKS = {
    "scan (floor)": scan,
    "ours: sums": panel_only,
    "ours: to index": ours,
    "polars: sums": polars_groupby,
    "duckdb: sums": duckdb_groupby,
}


def measure(task: str, path: Path) -> dict[str, object]:
    """Run one task in a new process: wall and CPU seconds after imports, peak memory, result."""
    command = [sys.executable, __file__, "--task", task, "--file", str(path)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def run_task(task: str, path: Path) -> None:
    """Child process: run and print."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = TASKS[task](path)
    print(
        json.dumps(
            {
                "wall_s": round(time.perf_counter() - wall, 2),
                "cpu_s": round(time.process_time() - cpu, 2),
                "peak_mb": _peak_mb(),
                "result": result,
            }
        )
    )


def _peak_mb() -> int:
    # getrusage would report the parent's peak from before the exec
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def main() -> int:
    """Make the files, run every task on them, print figures and ratios to the floor."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--small", action="store_true", help="20 000 rows")
    options.add_argument("--task")
    options.add_argument("--file", type=Path)
    chosen = options.parse_args()
    if chosen.task:
        run_task(chosen.task, chosen.file)
        return 0
    rows = 20_000 if chosen.small else chosen.rows
    with tempfile.TemporaryDirectory() as folder:
        sorted_file, shuffled = Path(folder) / "sorted.parquet", Path(folder) / "shuffled.parquet"
        make_records(sorted_file, rows, shuffled=False)
        make_records(shuffled, rows, shuffled=True)
        print(f"{rows} records, {FIRMS} firms, {_items(rows)} items, {MONTHS} months")
        print(f"{'task':18} {'wall s':>8} {'cpu s':>8} {'peak MB':>8} {'wall / floor':>13}")
        floor = None
        digests = set()
        for task in TASKS:
            if task.split(":")[0] in ("polars", "duckdb") and not _installed(task.split(":")[0]):
                print(f"{task:18} not installed (make bench installs it)")
                continue
            found = measure(task, sorted_file)
            floor = floor or float(str(found["wall_s"])) or 0.01
            ratio = float(str(found["wall_s"])) / floor
            print(f"{task:18} {found['wall_s']:>8} {found['cpu_s']:>8} {found['peak_mb']:>8} {ratio:>13.1f}")
            if task == "ours: to index":
                digests = {found["result"]}
        other = measure("ours: to index", shuffled)
        digests.add(other["result"])
        print(f"{'ours, shuffled':18} {other['wall_s']:>8} {other['cpu_s']:>8} {other['peak_mb']:>8}")
        print("same bytes from shuffled records:", len(digests) == 1)
    return 0 if len(digests) == 1 else 1


def _installed(package: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(package) is not None


if __name__ == "__main__":
    sys.exit(main())
