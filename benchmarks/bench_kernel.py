"""Twelve row checks, sums by item and month, and the two largest firms of each class and month: ours, polars, DuckDB.

    python benchmarks/bench_kernel.py                       5 000 000 accepted records
    python benchmarks/bench_kernel.py --rows 50000000       the size the figures in results.csv are of
    python benchmarks/bench_kernel.py --small               20 000 records (part of the tests)
    python benchmarks/bench_kernel.py --repeat-file 20      the same files read 20 times over: memory does not grow

The records lie in one Parquet file a month, as the store writes them, sorted by firm (--shuffled: in random order).
Every task runs in a process of its own with two threads and must give the same figures: the number of records each
check objects to, a digest of items × months (turnover, quantity, records), a digest of the two largest shares.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

THREADS = 2
FIRMS, MONTHS = 2_000, 36
KEYS = ["enterprise_id", "item_id", "class_code", "period"]


def make_records(folder: Path, rows: int, items: int, shuffled: bool) -> None:
    """Write accepted records of 2 000 firms and 36 months; about one in a thousand has a fault in some column."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from shuibei_index.index.hierarchy import Hierarchy

    rng = np.random.default_rng(1)
    leaves = [c for c in Hierarchy.load("2025").leaves if c not in ("90", "91")]
    firm_of, leaf_of = np.sort(rng.integers(0, FIRMS, items)), rng.integers(0, len(leaves), items)
    gold = np.array([leaf.startswith("01") for leaf in leaves])
    price_of = np.exp(rng.normal(6, 0.5, items))
    folder.mkdir(parents=True, exist_ok=True)

    def words(codes, values, empty=None):  # type: ignore[no-untyped-def]
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=empty), pa.array(values))

    for month in range(MONTHS):
        n = rows // MONTHS + (month < rows % MONTHS)
        item = rng.integers(0, items, n)
        if not shuffled:
            item = item[np.argsort(firm_of[item], kind="stable")]
        firm = firm_of[item]
        metal = gold[leaf_of[item]]
        weight = rng.integers(500, 50_000, n)
        amount = np.rint(price_of[item] * 1.005**month * weight / 10 * np.exp(rng.normal(0, 0.02, n))).astype(np.int64)
        stone = np.where(rng.random(n) < 0.2, amount // 5, 0)
        fault = rng.random(n)
        name = f"{2022 + month // 12}-{month % 12 + 1:02d}"
        zero = np.zeros(n, dtype=np.int64)
        table = pa.table(
            {
                "enterprise_id": words(firm, [f"E{k:05d}" for k in range(FIRMS)]),
                "period": words(zero, [name]),
                "line_no": np.arange(1, n + 1),
                "item_id": words(item, [f"SP-{k:06d}" for k in range(items)]),
                "class_code": words(leaf_of[item], leaves),
                "trade_type": words((rng.random(n) < 0.05).astype(int), ["sale", "trade_in"]),
                "stage": words((fault > 0.9999).astype(int) * 2, ["wholesale", "retail", "elsewhere"]),
                "pieces": pa.array(np.where(fault < 0.0001, 0, rng.integers(1, 20, n)), mask=rng.random(n) < 0.3),
                "weight_mg": weight,
                "net_weight_mg": pa.array(weight + np.where(fault > 0.9998, 7, -5) * (weight // 100), mask=~metal),
                "quantity_milli": np.where(fault > 0.99985, 0, weight),
                "fineness": pa.array(rng.choice([999.0, 750.0, 916.0], n), mask=~metal),
                "tax_basis": words(zero, ["incl", "excl"]),
                "amount_reported_fen": amount,
                "amount_fen": np.where(fault < 0.0002, 0, amount),
                "metal_price": pa.array(np.round(780 + rng.normal(0, 5, n), 2), mask=~metal),
                "making_charge": pa.array(np.round(rng.uniform(8, 30, n), 1) - 100 * (fault < 0.0003), mask=~metal),
                "charge_basis": words(zero, ["per_gram"], ~metal),
                "loss_rate": pa.array(np.round(rng.uniform(0, 2, n), 1), mask=~metal | (fault < 0.4)),
                "stone_amount_fen": pa.array(stone + (fault > 0.9997) * 2 * amount, mask=stone == 0),
            }
        )
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd", row_group_size=1 << 20)


def ours(folder: Path, times: int) -> dict[str, object]:
    """The package's own kernel."""
    from shuibei_index.aggregate.totals import totals

    found = totals([folder] * times, threads=THREADS)
    return {"counts": found.counts(), "sums": found.sums, "leaders": found.leaders()}


def every_value(folder: Path, times: int) -> dict[str, object]:
    """The package's own kernel, not believing what the files state about their smallest and largest values."""
    from shuibei_index.aggregate.totals import totals

    found = totals([folder] * times, threads=THREADS, statistics=False)
    return {"counts": found.counts(), "sums": found.sums, "leaders": found.leaders()}


def rules_only(folder: Path, times: int) -> dict[str, object]:
    """Our twelve row checks alone on one thread, records already in memory: the rate of the rule layer."""
    import pyarrow.parquet as pq

    from shuibei_index.kernel.rowchecks import RowChecks

    checks = RowChecks.load()
    path = sorted(folder.glob("*.parquet"))[0]
    with pq.ParquetFile(path, read_dictionary=TEXTS) as file:
        tables = [file.read_row_group(k, columns=list(checks.columns)) for k in range(file.num_row_groups)]
    rows, objected = 0, 0
    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(5 * times):
        for table in tables:
            objected += int((checks.flags(table) != 0).sum())
            rows += table.num_rows
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {
        "checks": len(checks),
        "million_per_s": round(rows / wall / 1e6, 1),
        "per_cpu_s": round(rows / cpu / 1e6, 1),
    }


def polars_task(folder: Path, times: int) -> dict[str, object]:
    """The same on polars: one pass, the checks counted in the groups."""
    import polars as pl

    files = sorted(folder.glob("*.parquet")) * times
    col = pl.col
    text = {name: col(name).cast(pl.String) for name in (*KEYS, "trade_type", "stage", "tax_basis", "charge_basis")}
    coded = text if os.environ.get("BENCH_POLARS_STRINGS") else {name: col(name) for name in text}
    good = {
        "record_amount": (col("amount_fen") > 0) & (col("amount_reported_fen") > 0),
        "record_charge": col("making_charge").is_null()
        | ((col("making_charge") >= 0) & coded["charge_basis"].is_in(["per_gram", "per_piece", "percent"])),
        "record_fineness": (col("fineness") > 0) & (col("fineness") <= 1000),
        "record_keys": coded["enterprise_id"].cast(pl.String).str.len_chars().is_between(1, 64)
        & coded["item_id"].cast(pl.String).str.len_chars().is_between(1, 64)
        & (coded["period"].cast(pl.String).str.len_chars() == 7)
        & (col("line_no") > 0),
        "record_loss": col("loss_rate").is_between(0, 100),
        "record_metal_price": col("metal_price").is_between(0.5, 10000),
        "record_pieces": col("pieces").is_between(1, 1000000),
        "record_price": (col("amount_fen") * 10).is_between(col("quantity_milli") * 0.01, col("quantity_milli") * 1e8),
        "record_quantity": col("quantity_milli") > 0,
        "record_stones": col("stone_amount_fen").is_between(0, col("amount_reported_fen")),
        "record_weight": (col("weight_mg") > 0) & col("net_weight_mg").is_between(0, col("weight_mg")),
        "record_words": coded["trade_type"].is_in(["sale", "toll", "trade_in", "return"])
        & coded["stage"].is_in(["wholesale", "retail"])
        & coded["tax_basis"].is_in(["incl", "excl"]),
    }
    sale = coded["trade_type"] == "sale"
    plan = (
        pl.scan_parquet(files)
        .group_by(KEYS)
        .agg(
            (col("amount_fen") * sale).sum(),
            (col("quantity_milli") * sale).sum(),
            sale.sum().cast(pl.Int64).alias("n_records"),
            *[(~rule).sum().alias(name) for name, rule in good.items()],
        )
    )
    found = plan.collect(engine="streaming")
    counts = {name: int(found[name].sum()) for name in sorted(good)}
    sums = found.filter(col("n_records") > 0).select([col(k).cast(pl.String) for k in KEYS] + SUMS)
    firm = sums.group_by("class_code", "period", "enterprise_id").agg(col("amount_fen").sum())
    top = col("amount_fen").top_k(2).sum()
    leaders = firm.group_by("class_code", "period").agg(top.alias("two"), col("amount_fen").sum().alias("all"))
    leaders = leaders.select("period", "class_code", (col("two") / col("all")).alias("share"))
    return {"counts": counts, "sums": sums.to_arrow(), "leaders": leaders.to_arrow()}


def duckdb_task(folder: Path, times: int) -> dict[str, object]:
    """The same on DuckDB: one pass, the checks counted in the groups."""
    import duckdb

    files = [str(p) for p in sorted(folder.glob("*.parquet"))] * times
    good = {
        "record_amount": "amount_fen > 0 and amount_reported_fen > 0",
        "record_charge": "making_charge is null or (making_charge >= 0 and charge_basis in "
        "('per_gram', 'per_piece', 'percent'))",
        "record_fineness": "fineness > 0 and fineness <= 1000",
        "record_keys": "length(enterprise_id) between 1 and 64 and length(item_id) between 1 and 64 "
        "and length(period) = 7 and line_no > 0",
        "record_loss": "loss_rate between 0 and 100",
        "record_metal_price": "metal_price between 0.5 and 10000",
        "record_pieces": "pieces between 1 and 1000000",
        "record_price": "amount_fen * 10 between quantity_milli * 0.01::double and quantity_milli * 1e8",
        "record_quantity": "quantity_milli > 0",
        "record_stones": "stone_amount_fen between 0 and amount_reported_fen",
        "record_weight": "weight_mg > 0 and net_weight_mg between 0 and weight_mg",
        "record_words": "trade_type in ('sale', 'toll', 'trade_in', 'return') and stage in ('wholesale', 'retail') "
        "and tax_basis in ('incl', 'excl')",
    }
    con = duckdb.connect()
    con.execute(f"set threads = {THREADS}")
    con.execute("set preserve_insertion_order = false")
    sale = "filter (trade_type = 'sale')"
    counted = ", ".join(f"count(*) filter (not ({rule})) as {name}" for name, rule in good.items())
    con.execute(
        f"""create temp table found as select {", ".join(KEYS)}, sum(amount_fen) {sale} ::bigint amount_fen,
        sum(quantity_milli) {sale} ::bigint quantity_milli, count(*) {sale} n_records, {counted}
        from read_parquet({files!r}) group by all"""
    )
    names = sorted(good)
    (row,) = con.execute(f"select {', '.join(f'sum({n})::bigint' for n in names)} from found").fetchall()
    query = f"select {', '.join(KEYS + SUMS)} from found where n_records > 0"
    sums = con.sql(query).to_arrow_table()
    leaders = con.sql(
        """with firm as (select class_code, period, enterprise_id, sum(amount_fen)::bigint fen from found
            where n_records > 0 group by all),
        top as (select class_code, period, list_sum(max(fen, 2)) two, sum(fen)::bigint whole from firm group by all)
        select period, class_code, two::double / whole::double as share from top"""
    ).to_arrow_table()
    return {"counts": dict(zip(names, row, strict=True)), "sums": sums, "leaders": leaders}


SUMS = ["amount_fen", "quantity_milli", "n_records"]
TEXTS = [*KEYS, "trade_type", "stage", "tax_basis", "charge_basis"]
TASKS = {
    "ours": ours,
    "every value": every_value,
    "polars": polars_task,
    "duckdb": duckdb_task,
    "rules alone": rules_only,
}


def digests(sums, leaders) -> dict[str, object]:  # type: ignore[no-untyped-def]
    """Return the number of item-months and digests of sums and shares, sorted by key; not part of the time."""
    import numpy as np
    import pyarrow as pa

    def ordered(table, keys):  # type: ignore[no-untyped-def]
        plain = [table.column(k).cast(pa.string()) for k in keys]
        rest = [name for name in table.column_names if name not in keys]
        table = pa.table([*plain, *(table.column(r) for r in rest)], names=[*keys, *rest])
        return table.sort_by([(k, "ascending") for k in keys])

    text = hashlib.sha256()
    sums, leaders = ordered(sums, KEYS), ordered(leaders, ["period", "class_code"])
    for name in KEYS:
        text.update("\n".join(sums.column(name).to_pylist()).encode())
    for name in SUMS:
        text.update(np.asarray(sums.column(name)).astype(np.int64).tobytes())
    shares = hashlib.sha256(np.round(np.asarray(leaders.column("share")), 12).tobytes())
    return {"cells": sums.num_rows, "sums": text.hexdigest()[:12], "shares": shares.hexdigest()[:12]}


def run_task(task: str, folder: Path, times: int) -> None:
    """Child process: run once, print figures."""
    importlib.import_module("numpy")
    importlib.import_module("pyarrow.parquet")
    if task in ("polars", "duckdb"):
        importlib.import_module(task)
    else:
        importlib.import_module("shuibei_index.aggregate.totals")
    wall, cpu = time.perf_counter(), time.process_time()
    result = TASKS[task](folder, times)
    spent = {"wall_s": round(time.perf_counter() - wall, 2), "cpu_s": round(time.process_time() - cpu, 2)}
    # getrusage would report the parent's peak from before the exec
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024
    if "sums" in result:
        result = {"counts": result["counts"], **digests(result["sums"], result["leaders"])}
    print(json.dumps({**spent, "peak_mb": peak, "result": result}))


def measure(task: str, folder: Path, times: int) -> dict[str, object]:
    """Run one task in a new process."""
    command = [sys.executable, __file__, "--task", task, "--folder", str(folder), "--repeat-file", str(times)]
    limits = {"POLARS_MAX_THREADS": str(THREADS), "OMP_NUM_THREADS": str(THREADS)}
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **limits})
    if done.returncode:
        raise SystemExit(f"{task} failed:\n{done.stderr[-3000:]}")
    return dict(json.loads(done.stdout))


def main(arguments: list[str] | None = None) -> int:
    """Make the files, run every task on them, compare results, print figures and ratios."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=5_000_000)
    options.add_argument("--items", type=int, default=20_000, help="items of all firms; × 36 months = groups")
    options.add_argument("--small", action="store_true", help="20 000 records, 200 items")
    options.add_argument("--shuffled", action="store_true", help="records of a month in random order")
    options.add_argument("--rounds", type=int, default=1, help="the median of so many runs of each task")
    options.add_argument("--repeat-file", type=int, default=1, help="ours only where above 1")
    options.add_argument("--only", help="tasks, separated by commas")
    options.add_argument("--task")
    options.add_argument("--folder", type=Path, help="where the files are, or are to be kept")
    chosen = options.parse_args(arguments)
    if chosen.task:
        run_task(chosen.task, chosen.folder, chosen.repeat_file)
        return 0
    rows, items = (20_000, 200) if chosen.small else (chosen.rows, chosen.items)
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary) / "records"
        if not folder.exists():
            make_records(folder, rows, items, chosen.shuffled)
        size = sum(p.stat().st_size for p in folder.glob("*.parquet")) / 1e6
        print(
            f"{rows * chosen.repeat_file:,} records in {MONTHS} files ({size:,.0f} MB), {FIRMS} firms, {items:,} items"
        )
        names = chosen.only.split(",") if chosen.only else ["ours"] if chosen.repeat_file > 1 else list(TASKS)
        return report(names, folder, chosen.repeat_file, chosen.rounds)


def report(names: list[str], folder: Path, times: int, rounds: int) -> int:
    """Print one line per task; return 1 where results differ."""
    print(f"{'task':12} {'wall s':>8} {'cpu s':>8} {'peak MB':>8}")
    figures: dict[str, list[dict[str, object]]] = {}
    for _ in range(rounds):
        for task in names:
            if task in ("polars", "duckdb") and importlib.util.find_spec(task) is None:
                print(f"{task:12} not installed (make bench installs it)")
                continue
            figures.setdefault(task, []).append(measure(task, folder, times))
    walls = {}
    for task, runs in figures.items():
        runs.sort(key=lambda run: float(str(run["wall_s"])))
        middle = runs[len(runs) // 2]
        walls[task] = float(str(middle["wall_s"]))
        more = f"   {middle['result']}" if task == "rules alone" else ""
        print(f"{task:12} {middle['wall_s']:>8} {middle['cpu_s']:>8} {middle['peak_mb']:>8}{more}")
    results = {task: json.dumps(runs[0]["result"], sort_keys=True) for task, runs in figures.items()}
    results.pop("rules alone", None)
    same = len(set(results.values())) <= 1
    print("same figures from all:", same)
    for task, text in results.items() if not same else list(results.items())[:1]:
        print(f"  {task}: {text}")
    peers = [walls[task] for task in ("polars", "duckdb") if task in walls]
    if "ours" in walls and peers:
        print(f"ours / faster of the others: {walls['ours'] / max(min(peers), 1e-9):.2f}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
