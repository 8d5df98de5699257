"""Read a store in many processes while others write it; every reading must be one whole state, none may fail.

    python tools/store_load.py --readers 50 --writers 4 --seconds 300

Each writing settles two months alike: equal numbers in the ledger, and in every line of their tables. A reader takes
one state and compares all of them; a number that differs, or one smaller than before, is a torn reading. A writer that
finds another one at work is refused in words and tries again. Ends with 1 if anything was torn, failed or lost.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from shuibei_index.checks import no_findings
from shuibei_index.errors import StoreError
from shuibei_index.store import Store
from shuibei_index.store.checking import check_store

MONTHS = ("2025-05", "2025-06")


def write(root: Path, end: float, lines: int, least: int = 0) -> dict[str, int]:
    """Write the next number again and again; return how often, and how often another one was at work."""
    written = refused = 0
    with Store.open(root) as store:
        while time.monotonic() < end or written < least:
            try:
                with store.writer("load") as tx:
                    settle(store, tx, lines)
                written += 1
            except StoreError as error:
                if "being written by" not in str(error):
                    raise
                refused += 1
                time.sleep(0.005)
    return {"written": written, "refused": refused}


def settle(store: Store, tx: object, lines: int) -> None:
    """Settle the months with the number after the last one."""
    state = store.month(MONTHS[0])
    number = int(state.counts["number"]) + 1 if state else 1
    table = pa.table({"line_no": np.arange(lines), "number": np.full(lines, number)})
    for month in MONTHS:
        tx.record_month(  # type: ignore[attr-defined]
            month, accepted=table, held=table[:0], rejected=table[:0], findings=no_findings(),
            counts={"number": number}, rules_digest="r", receipts=[],
        )  # fmt: skip


def read(root: Path, end: float, lines: int, least: int = 0) -> dict[str, int]:
    """Read one state after another; return how many, and how many were torn."""
    reads = torn = last = slowest = 0
    while time.monotonic() < end or reads < least:
        began = time.monotonic()
        with Store.open(root) as store:
            with store.snapshot():
                states = [store.month(month) for month in MONTHS]
            numbers = {int(state.counts["number"]) for state in states if state}
            for state in states:
                table = store.objects.get_table(state.accepted) if state else None
                if table is not None:
                    numbers.update(np.unique(table.column("number").to_numpy()).tolist())
                    torn += table.num_rows != lines
        torn += len(numbers) != 1 or min(numbers) < last
        last = max(numbers)
        reads += 1
        slowest = max(slowest, round(1000 * (time.monotonic() - began)))
    return {"reads": reads, "torn": torn, "slowest_ms": slowest}


def in_process(work: Callable[[], dict[str, int]]) -> tuple[int, int]:
    """Start work in a process of its own; return the process and where its answer will come."""
    incoming, outgoing = os.pipe()
    child = os.fork()
    if child:
        os.close(outgoing)
        return child, incoming
    code = 1
    try:
        os.write(outgoing, json.dumps(work()).encode())
        code = 0
    except BaseException as error:  # the process ends here: whatever it was is told to the one that counts
        os.write(outgoing, json.dumps({"error": repr(error)}).encode())
    os._exit(code)


def load(root: Path, readers: int, writers: int, seconds: float, lines: int, least: int = 0) -> dict[str, object]:
    """Run readers and writers beside one another; return what they did, and what was wrong."""
    with Store.open(root) as store, store.writer("begin") as tx:
        settle(store, tx, lines)
    end = time.monotonic() + seconds
    jobs = [in_process(lambda: write(root, end, lines, least)) for _ in range(writers)]
    jobs += [in_process(lambda: read(root, end, lines, least)) for _ in range(readers)]
    answers = []
    for child, incoming in jobs:
        with os.fdopen(incoming) as stream:
            answers.append(json.loads(stream.read() or '{"error": "no answer"}'))
        os.waitpid(child, 0)
    total = {key: sum(a.get(key, 0) for a in answers) for key in ("written", "refused", "reads", "torn")}
    with Store.open(root) as store:
        state = store.month(MONTHS[0])
    return {
        **total,
        "slowest_reading_ms": max((a["slowest_ms"] for a in answers if "slowest_ms" in a), default=0),
        "fewest_reads_of_a_reader": min((a["reads"] for a in answers if "reads" in a), default=0),
        "errors": [a["error"] for a in answers if "error" in a],
        # the first one was written before the others began
        "lost": total["written"] + 1 - (int(state.counts["number"]) if state else 0),
        "sound": check_store(root).ok,
    }


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--at-least", type=int, default=0, help="go on until each has read or written so often")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with tempfile.TemporaryDirectory() as name:
        done = load(
            Path(name) / "store", options.readers, options.writers, options.seconds, options.lines, options.at_least
        )
    sys.stdout.write(json.dumps(done, indent=2) + "\n")
    return 1 if done["torn"] or done["errors"] or done["lost"] or not done["sound"] else 0


if __name__ == "__main__":
    sys.exit(main())
