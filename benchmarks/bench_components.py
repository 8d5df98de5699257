"""What the split into metal, making charge and stones costs: records to compiled index with and without it.

    python benchmarks/bench_components.py [--rows 10000000] [--repeat 3] [--small]

The records of bench_index.py are in one Parquet file with and in one without the columns of the split. Every run is a
process of its own; the two take turns, and the least of each counts (CPU seconds are of all threads: on a busy machine
they say more than the clock). With the split the panel sums eleven more numbers, the content of metal is taken out,
absent gold is carried by a benchmark, and the components of every class are compiled. Two shapes: the hard one has an
item-month for every second record, the ordinary one for every tenth. Target: adds less than 40 %.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from bench_index import COLUMNS, MONTHS, make_records

SPLIT = ["metal_fen", "loss_fen", "making_fen", "charge_basis", "stone_fen", "net_mg", "pure_ug"]


def add_split(plain: Path, path: Path) -> None:
    """Write the records with their parts: 1 to 6 % charge, 0.5 % loss, stones in every fifth, weights that wander."""
    rng = np.random.default_rng(2)
    with pq.ParquetFile(plain, read_dictionary=COLUMNS[:6]) as file, pq.ParquetWriter(path, _schema(file)) as out:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            n = len(table)
            amount = table["amount_fen"].to_numpy()
            making = np.rint(amount * rng.uniform(0.01, 0.06, n)).astype(np.int64)
            stone = np.where(rng.random(n) < 0.2, amount // 10, 0)
            loss = amount // 200
            net = table["quantity_milli"].to_numpy()
            basis = rng.integers(0, 3, n).astype(np.int32)
            words = pa.array(["per_gram", "per_piece", "percent"])
            values = {
                "metal_fen": amount - making - stone - loss,
                "loss_fen": loss,
                "making_fen": making,
                "charge_basis": pa.DictionaryArray.from_arrays(pa.array(basis), words),
                "stone_fen": stone,
                "net_mg": net,
                "pure_ug": net * 999,
            }
            for name in SPLIT:
                table = table.append_column(name, pa.chunked_array([pa.array(values[name])]))
            out.write_table(table.cast(_schema(file)))


def _schema(file: pq.ParquetFile) -> pa.Schema:
    words = pa.dictionary(pa.int32(), pa.string())
    fields = [pa.field(name, words if name == "charge_basis" else pa.int64()) for name in SPLIT]
    return pa.schema([*file.schema_arrow, *fields])


def benchmark() -> pd.DataFrame:
    """Return a price of every metal and month."""
    months = [f"{2020 + t // 12}-{t % 12 + 1:02d}" for t in range(MONTHS)]
    rows = [(m, metal, start * 1.005**t) for metal, start in METALS for t, m in enumerate(months)]
    return pd.DataFrame(rows, columns=["period", "metal", "cny_per_gram"])


#: Records per item: 60 months of about 1.7 records, or of 10.
SHAPES = {"hard": 100, "ordinary": 600}
METALS = (("gold", 400.0), ("platinum", 220.0), ("palladium", 450.0), ("silver", 5.0))


def run_task(path: Path) -> None:
    """Child process: compile, and print seconds of both stages."""
    from shuibei_index.aggregate import make_panel
    from shuibei_index.index import Hierarchy, compile_index
    from shuibei_index.rules import Rules

    rules, tree, prices = Rules.load(), Hierarchy.load("2025"), benchmark()
    started, cpu = time.perf_counter(), time.process_time()
    panel = make_panel(path, rules=rules)
    between, cpu_between = time.perf_counter(), time.process_time()
    series = compile_index(panel, tree, rules=rules, metal_prices=prices)
    ended, cpu_ended = time.perf_counter(), time.process_time()
    status = Path("/proc/self/status").read_text()
    print(
        json.dumps(
            {
                "panel": between - started,
                "compile": ended - between,
                "whole": ended - started,
                "panel cpu": cpu_between - cpu,
                "compile cpu": cpu_ended - cpu_between,
                "whole cpu": cpu_ended - cpu,
                "item_months": len(panel.month),
                "peak_mb": int(status.split("VmHWM:")[1].split()[0]) // 1024,
                "components": series.components is not None,
            }
        )
    )


def main() -> int:
    """Make the files of both shapes, run both in turn, print seconds and what is added."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--small", action="store_true", help="20 000 rows, once")
    options.add_argument("--file", type=Path)
    chosen = options.parse_args()
    if chosen.file:
        run_task(chosen.file)
        return 0
    rows, repeat = (20_000, 1) if chosen.small else (chosen.rows, chosen.repeat)
    for shape, per_item in SHAPES.items():
        print_shape(shape, per_item, rows, repeat)
    return 0


def print_shape(shape: str, per_item: int, rows: int, repeat: int) -> None:
    """Make the files of one shape, run with and without the split in turn, and print what it adds."""
    found: dict[str, list[dict[str, float]]] = {"without": [], "with": []}
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.parquet" for name in found}
        with patch("bench_index._items", return_value=max(200, rows // per_item)):
            make_records(files["without"], rows, shuffled=False)
        add_split(files["without"], files["with"])
        for _ in range(repeat):
            for name, path in files.items():
                command = [sys.executable, __file__, "--file", str(path)]
                done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                if bool(done["components"]) != (name == "with"):
                    raise SystemExit(f"the run {name} the split {'has' if done['components'] else 'lacks'} components")
                found[name].append(done)
    item_months = int(found["with"][0]["item_months"])
    print(f"{shape}: {rows} records in {item_months} item-months, least of {repeat}, seconds")
    print(f"{'stage':12} {'without':>9} {'with':>9} {'adds':>8}")
    best = {name: {key: min(float(run[key]) for run in runs) for key in runs[0]} for name, runs in found.items()}
    for key in ("panel", "compile", "whole", "panel cpu", "compile cpu", "whole cpu", "peak_mb"):
        a, b = best["without"][key], best["with"][key]
        print(f"{key:12} {a:>9.2f} {b:>9.2f} {100 * (b / a - 1):>6.0f} %")


if __name__ == "__main__":
    sys.exit(main())
