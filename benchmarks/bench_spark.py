"""Row checks and sums in process and on local Spark: the same bytes, start-up and throughput of each.

    python benchmarks/bench_spark.py                      10 000 000 records, local[2]
    python benchmarks/bench_spark.py --small              20 000 records (part of the tests)

Needs the extra [spark] and Java; without them it says so and measures the process alone. CPU seconds of Spark are those
of the Java process and its workers.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import io
import os
import shutil
import sys
import tempfile
import time
import warnings
from pathlib import Path

import pyarrow.parquet as pq
from bench_kernel import THREADS, make_records

from shuibei_index.aggregate.totals import Totals, totals


def cpu_of_family() -> float:
    """Return CPU seconds so far of this process and all it started that still run."""
    parent, spent = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            # it ended while we looked
            continue
        pid = int(stat.parent.name)
        parent[pid] = int(fields[1])
        # own time and that of children that ended
        spent[pid] = sum(int(f) for f in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    family = {os.getpid()}
    while more := {pid for pid, of in parent.items() if of in family} - family:
        family |= more
    return sum(spent[pid] for pid in family if pid in spent)


def digest(found: Totals) -> str:
    """Return a digest of the bytes of both tables."""
    sink = io.BytesIO()
    pq.write_table(found.sums, sink)
    pq.write_table(found.found, sink)
    return hashlib.sha256(sink.getvalue()).hexdigest()[:16]


def timed(name, function, records=None):  # type: ignore[no-untyped-def]
    """Run, print wall and CPU seconds and millions of records per second."""
    wall, cpu = time.perf_counter(), cpu_of_family()
    result = function()
    wall, cpu = time.perf_counter() - wall, cpu_of_family() - cpu
    rate = f"{records / wall / 1e6:10.2f}{records / cpu / 1e6:12.2f}" if records and cpu else ""
    print(f"{name:34}{wall:10.2f}{cpu:10.2f}{rate}")
    return result


def main() -> int:
    """Measure, compare bytes."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--small", action="store_true", help="20 000 records")
    options.add_argument("--folder", type=Path, help="where the files are, or are to be kept")
    chosen = options.parse_args()
    rows = 20_000 if chosen.small else chosen.rows
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary) / "records"
        if not folder.exists():
            make_records(folder, rows, 200 if chosen.small else 20_000, False)
        print(f"{'what':34}{'wall s':>10}{'cpu s':>10}{'M rec/s':>10}{'M rec/cpu s':>12}")
        local = timed("in process", lambda: totals(folder), rows)
        if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
            print("Spark: not installed (pip install 'shuibei_index[spark]', and Java)")
            return 0
        # pyspark warns of every new pandas
        warnings.simplefilter("ignore")
        from shuibei_index.aggregate.spark import local_session, totals_on_spark

        def start():  # type: ignore[no-untyped-def]
            session = local_session(THREADS)
            session.range(1).collect()
            return session

        session = timed("Spark: start, one-row job", start)
        first = timed("Spark: first pass", lambda: totals_on_spark(str(folder), session=session), rows)
        second = timed("Spark: second pass", lambda: totals_on_spark(str(folder), session=session), rows)
        session.stop()
    same = digest(local) == digest(first) == digest(second) and local.counts() == first.counts()
    print(f"{len(local.sums):,} item-months, {sum(local.counts().values()):,} objections; identical bytes: {same}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
