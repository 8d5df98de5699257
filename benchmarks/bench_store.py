"""What a month reads of a store far larger than the memory it takes: 20 years, 300 firms, 200 lines each.

    python benchmarks/bench_store.py                      240 months of 60 000 records, made through the store
    python benchmarks/bench_store.py --months 60 --keep /tmp/store
    python benchmarks/bench_store.py --small              the same in small, for the test suite

The records are one simulated month, taken in as ever, then laid out for so many firms and months with other amounts.
Figures: the writing of a month; one month's records read (seconds, bytes, share of the store's bytes); its receipts;
all months compared with their digests, as a compilation does before it reads; sealing and checking the ledger.
Receipts of months before the last are rows of the ledger only: their files would be empty of meaning here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shuibei_index import months as month_names
from shuibei_index import pipeline
from shuibei_index.checks import no_findings
from shuibei_index.simulation import simulate
from shuibei_index.store import Store, chain
from shuibei_index.workspace import Workspace

FIRST = "2005-01"


def read_so_far() -> int:
    """Bytes this process has read from files, from memory of the system or from disk."""
    text = Path("/proc/self/io").read_text(encoding="ascii")
    return int(text.split("rchar:")[1].split()[0])


@contextmanager
def measured(name: str, told: dict[str, Any]) -> Iterator[None]:
    """Measure seconds and bytes read."""
    began, read = time.perf_counter(), read_so_far()
    yield
    told[name] = {"seconds": round(time.perf_counter() - began, 3), "mb_read": round((read_so_far() - read) / 1e6, 2)}


def a_month(root: Path, firms: int) -> pa.Table:
    """Return the accepted records of one simulated month."""
    simulate(root, start="2024-01", end="2024-01", seed=5, firms=firms)
    workspace = Workspace.open(root)
    pipeline.intake(workspace, "2024-01")
    with Store.open(workspace.store) as store:
        state = store.month("2024-01")
        assert state is not None
        return store.objects.get_table(state.accepted)


def laid_out(model: pa.Table, month: str, firms: int, lines: int, rng: np.random.Generator) -> pa.Table:
    """Return so many records like those of the model, of other firms and amounts."""
    rows = firms * lines
    table = model.take(np.sort(rng.integers(0, model.num_rows, rows)))
    ids = np.char.add("E", np.char.zfill(np.repeat(np.arange(1, firms + 1), lines).astype(str), 5))
    new: dict[str, Callable[[pa.DataType], pa.Array]] = {
        "enterprise_id": lambda kind: pa.array(ids).dictionary_encode().cast(kind),
        "period": lambda kind: pa.array([month]).take(pa.array(np.zeros(rows, int))).dictionary_encode().cast(kind),
        "line_no": lambda kind: pa.array(np.tile(np.arange(1, lines + 1), firms)).cast(kind),
    }
    for number, name in enumerate(table.schema.names):
        field = table.schema.field(number)
        if name in new:
            table = table.set_column(number, field, new[name](field.type))
        elif pa.types.is_integer(field.type) and name.endswith("_fen"):
            values = table.column(name).to_numpy(zero_copy_only=False)
            shaken = np.nan_to_num(values * rng.lognormal(0, 0.02, rows)).astype("int64")
            table = table.set_column(number, field, pa.array(shaken, mask=np.isnan(values)).cast(field.type))
    return table


def build(store: Store, model: pa.Table, months: list[str], firms: int, lines: int) -> float:
    """Write every month; return the seconds the store took."""
    rng, spent = np.random.default_rng(1), 0.0
    for month in months:
        table, last = laid_out(model, month, firms, lines, rng), month == months[-1]
        began = time.perf_counter()
        with store.writer(f"intake {month}") as tx:
            for firm in range(firms):
                data = f"{month} {firm}".encode()
                sha256 = tx.objects.put_bytes(data) if last else hashlib.sha256(data).hexdigest()
                receipt = tx._ledger.add_receipt(month, f"E{firm:05d}.csv", sha256, len(data), "")
                tx.record_reading(receipt.seq, [month], "read")
            tx.record_month(
                month, accepted=table, held=table[:0], rejected=table[:0], findings=no_findings(),
                counts={"read": table.num_rows}, rules_digest="r", receipts=[],
            )  # fmt: skip
        spent += time.perf_counter() - began
    return spent


def measure(root: Path, months: list[str], firms: int) -> dict[str, Any]:
    """Return the figures of a store that is there."""
    told: dict[str, Any] = {}
    last = months[-1]
    with Store.open(root) as store:
        sizes = sum(path.stat().st_size for path in store.objects.files())
        told["objects_mb"] = round(sizes / 1e6, 1)
        told["ledger_mb"] = round((root / "ledger.sqlite").stat().st_size / 1e6, 1)
        with measured("one month's records", told):
            state = store.month(last)
            assert state is not None
            rows = store.objects.get_table(state.accepted).num_rows
        told["one month's records"]["rows"] = rows
        with measured("four columns of one month", told):
            store.objects.get_table(state.accepted, columns=["enterprise_id", "item_id", "class_code", "period"])
        with measured("receipts of one month", told):
            assert len(store.receipts(last)) == firms
        with measured("states of all months", told):
            states = [found for month in store.months() if (found := store.month(month)) is not None]
        with measured("all months compared with their digests", told):
            paths = [store.objects.checked_path(found.accepted) for found in states]
        with measured("three columns of all months, one after the other", told):
            for path in paths:
                pq.read_table(path, columns=["enterprise_id", "item_id", "class_code"])
        with measured("chain of the ledger, every row", told):
            assert not list(chain.breaks(store._ledger.connection))
    told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return told


def main() -> None:
    """Read the arguments, build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--months", type=int, default=240)
    parser.add_argument("--firms", type=int, default=300)
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--keep", default="", metavar="DIR", help="make the store here and leave it")
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    if options.small:
        options.months, options.firms, options.lines = 3, 4, 20
    months = [month_names.shift(FIRST, n) for n in range(options.months)]
    with tempfile.TemporaryDirectory() as name:
        root = Path(options.keep or Path(name) / "store")
        model = a_month(Path(name) / "model", 8 if options.small else 24)
        with Store.open(root) as store:
            spent = build(store, model, months, options.firms, options.lines)
        told = {"months": len(months), "rows": len(months) * options.firms * options.lines}
        told |= {"seconds to write a month": round(spent / len(months), 3), **measure(root, months, options.firms)}
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
