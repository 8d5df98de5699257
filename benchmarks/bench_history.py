"""A month's work after twenty years: 300 firms, 200 lines each, from the intake to the verification of the release.

    python benchmarks/bench_history.py                         240 months of 60 000 records, made through the store
    python benchmarks/bench_history.py --months 60 --keep /tmp/history
    python benchmarks/bench_history.py --small                 the same in small, for the test suite

The market is simulated (16 item places a firm, items replaced as ever), its lines are written as accepted records
through the store; the last month is sent as files and taken in by the command. Every figure is a command of its own,
cold as a person starts it: seconds, CPU seconds, bytes read, most memory. The floor is the bare reading, with as many
threads, of the columns a compilation needs of all months, in the same run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shuibei_index import months as month_names
from shuibei_index.aggregate.parts import PART_COLUMNS
from shuibei_index.aggregate.sums import COLUMNS
from shuibei_index.checks import no_findings
from shuibei_index.intake.schema import RECORD
from shuibei_index.rules import Rules
from shuibei_index.simulation import Market, MarketSettings, simulate
from shuibei_index.simulation.records import month_table
from shuibei_index.simulation.render import file_name, render
from shuibei_index.simulation.reports import report
from shuibei_index.simulation.workspace_files import settings_file
from shuibei_index.store import Store

LAST = "2025-12"
#: Item places of a firm: the simulator's own number.
PLACES = 16
PROGRAM = "import sys; from shuibei_index.cli import main; sys.exit(main())"


def build(root: Path, months: list[str], firms: int, lines: int) -> None:
    """Make the workspace: all months but the last in the store, the last one in the inbox."""
    # items come and go, firms stay: every month has so many of them
    settings = MarketSettings(
        firms=firms, sampled=1.0, items_per_firm=PLACES, lines_per_item=lines / PLACES / 0.815, mistakes=0.0, late=0.0,
        response=1.0, firm_exit_per_year=0.0, firm_entry_per_year=0.0,
    )  # fmt: skip
    market = simulate(start=months[0], end=months[-1], seed=7, settings=settings)
    (root / "reference").mkdir(parents=True)
    market.firms.panel_frame(list(market.periods)).to_csv(root / "panel.csv", index=False)
    market.weights.to_csv(root / "weights.csv", index=False)
    market.metal_prices.to_csv(root / "reference" / "metal_prices.csv", index=False)
    (root / "workspace.toml").write_text(settings_file(market), encoding="utf-8")
    digest = Rules.load().digest
    with Store.open(root / "store") as store:
        for number, month in enumerate(months[:-1]):
            table = accepted(market, number)
            names = sorted(set(table["file"].cast(pa.string()).to_pylist()))
            with store.writer(f"intake {month}") as tx:
                for name in names:
                    # the files of past months would be empty of meaning here: they are rows of the ledger only
                    sha256 = hashlib.sha256(f"{month} {name}".encode()).hexdigest()
                    receipt = tx._ledger.add_receipt(month, name, sha256, 20_000, "")
                    tx.record_reading(receipt.seq, [month], "read")
                tx.record_month(
                    month, accepted=table, held=table[:0], rejected=table[:0], findings=no_findings(),
                    counts={"read": table.num_rows}, rules_digest=digest, receipts=tx.receipts(month),
                )  # fmt: skip
    send(market, len(months) - 1, root / "inbox" / months[-1])


def accepted(market: Market, number: int) -> pa.Table:
    """Return one month's lines in the form of accepted records."""
    month, vat = market.periods[number], float(market.vat[number])
    lines, settings = market.lines[number], market.settings
    table = month_table(
        month, lines, market.firms, market.items, market.classes, vat, settings.tax_basis, settings.stage
    )
    rows = len(table)
    firm = market.firms.ids[market.items.firm[lines.item]].astype(str)
    _, receipt = np.unique(firm, return_inverse=True)
    own = {
        "receipt": pa.array(receipt + 1 + number * len(market.firms.ids)),
        "file": pa.array(np.char.add(firm, f"_{month}.xlsx")).dictionary_encode(),
        "row": pa.array(lines.line_no.astype(np.int64) + 3),
        "weight_reported": pa.array(lines.gross_mg / 1000),
        "amount_reported": pa.array(lines.amount_fen / 100),
        "split": pa.array(["stated"]).take(pa.array(np.zeros(rows, int))).dictionary_encode(),
    }
    there = {name: table.column(name) for name in table.column_names} | own
    return pa.table(
        {
            field.name: there[field.name].cast(field.type) if field.name in there else pa.nulls(rows, field.type)
            for field in RECORD
        }
    )


def send(market: Market, number: int, folder: Path) -> None:
    """Write the files of a month into an inbox folder."""
    month, lines, habits = market.periods[number], market.lines[number], market.habits
    everybody = np.ones(len(market.firms.ids), dtype=bool)
    sent = report(month, lines, everybody, market.settings.stage, market.firms, market.items, market.classes, habits)
    folder.mkdir(parents=True)
    for firm, rows in sent.files():
        name = file_name(str(market.firms.ids[firm]), month, habits, firm)
        (folder / name).write_bytes(render(sent.take(rows), habits, firm))


def command(*words: str) -> dict[str, Any]:
    """Run the program once, cold; return seconds, CPU seconds, MB read and most memory."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _, said = process.communicate()
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}: {said.decode()[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": round(seconds, 2), "cpu": round(cpu, 2)}


def floor(root: Path) -> dict[str, Any]:
    """Read the columns a compilation needs of all months, with two threads, and do nothing with them."""
    with Store.open(root / "store") as store:
        states = [found for month in store.months() if (found := store.month(month)) is not None]
        paths = [store.objects.path(state.accepted) for state in states]
    columns = [*COLUMNS, *PART_COLUMNS]

    def read(path: Path) -> int:
        texts = [name for name in columns if pa.types.is_dictionary(RECORD.field(name).type)]
        return int(pq.read_table(path, columns=columns, read_dictionary=texts, use_threads=False).num_rows)

    began, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(2) as pool:
        rows = sum(pool.map(read, paths))
    return {"seconds": round(time.perf_counter() - began, 2), "cpu": round(time.process_time() - cpu, 2), "rows": rows}


def measure(root: Path, month: str, verbs: Sequence[str]) -> dict[str, Any]:
    """Return the figures of every command of the month, one after the other."""
    at = ("--workspace", str(root), "--month", month)
    before = ("--workspace", str(root), "--month", month_names.shift(month, -1))
    told: dict[str, Any] = {"floor": floor(root)}
    words = {
        "compile before": ("compile", *before),
        "intake": ("intake", *at),
        "compile after an intake": ("compile", *at),
        "compile": ("compile", *at),
        "validate": ("validate", *at),
        "status": ("status", *at),
        "query list": ("query", "list", *at),
        "release": ("release", *at),
        "verify": ("verify", str(root / "releases" / month)),
    }
    for name, line in words.items():
        if name in verbs or (name.split()[0] in verbs and name != "compile before"):
            told[name] = command(*line)
    if {"release", "verify"} <= set(told):
        told["verify over release"] = round(told["verify"]["seconds"] / told["release"]["seconds"], 2)
    if {"compile", "verify"} <= set(told):
        told["verify over compile"] = round(told["verify"]["seconds"] / told["compile"]["seconds"], 2)
        told["compile over floor"] = round(told["compile"]["seconds"] / told["floor"]["seconds"], 2)
    return told


VERBS = ("intake", "compile", "validate", "status", "query", "release", "verify")


def main() -> None:
    """Read the arguments, build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--months", type=int, default=240)
    parser.add_argument("--firms", type=int, default=300)
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--keep", default="", metavar="DIR", help="make the workspace here, or use the one there")
    parser.add_argument("--verbs", nargs="*", default=VERBS, help="the commands to measure")
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    if options.small:
        options.months, options.firms, options.lines = 4, 6, 32
        options.verbs = ("compile before",)
    months = [month_names.shift(LAST, n + 1 - options.months) for n in range(options.months)]
    with tempfile.TemporaryDirectory() as name:
        root = Path(options.keep or Path(name) / "workspace")
        if not (root / "workspace.toml").is_file():
            began = time.perf_counter()
            build(root, months, options.firms, options.lines)
            print(f"built in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        told = {"months": len(months), "load": round(os.getloadavg()[0], 1)}
        told |= measure(root, months[-1], options.verbs)
        if options.small:
            shutil.rmtree(root)
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
