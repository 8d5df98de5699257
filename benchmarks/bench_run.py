"""The raw path of a whole market: intake, validation and compilation of a workspace, stage by stage.

    python benchmarks/bench_run.py [--rows 1000000] [--small]

A market is simulated and written as a workspace of Parquet reports; the command's own functions then take it in,
check it, store it and compile the index (no adjustment, no release). Every task runs in a process of its own; beside
them the floor, a bare scan of the same files. Children of the process count towards CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

START, START_SMALL, END = "2019-01", "2024-05", "2024-12"
FIRMS = 100
#: Lines of 100 firms over 72 months for each item a firm carries.
LINES_PER_ITEM = 8_700

#: Functions that the modules of `pipeline` call, and the stage each of them is.
STAGES = {
    ("taking_in", "read_receipts"): "read the files",
    ("taking_in", "check"): "validate",
    ("taking_in", "earlier_records"): "earlier prices",
    ("taking_in", "write_table"): "findings, response",
    ("compiling", "make_panel"): "aggregate",
    ("compiling", "compile_index"): "index",
}


def scan(root: Path) -> dict[str, Any]:
    """Read every file whole and count its rows, nothing else."""
    rows = sum(pq.read_table(path).num_rows for path in sorted((root / "inbox").rglob("*.parquet")))
    return {"records": rows, "stages": {}}


def raw_path(root: Path) -> dict[str, Any]:
    """Intake with validation as `run` does it, then compile."""
    from shuibei_index.pipeline import compiling, running, taking_in
    from shuibei_index.store import Store
    from shuibei_index.workspace import Workspace

    spent: dict[str, list[float]] = {}
    places = {"taking_in": taking_in, "compiling": compiling}
    for (place, name), stage in STAGES.items():
        setattr(places[place], name, _timed(getattr(places[place], name), spent.setdefault(stage, [0.0, 0.0])))
    workspace = Workspace.open(root)
    read = 0
    with Store.open(workspace.store) as store:
        for chunk in running.chunks(workspace, workspace.inbox_months()):
            read += taking_in.take_in(workspace, store, chunk, "").totals["read"]
    compiling.compile_(workspace, END)
    return {"records": read, "stages": spent}


def _timed(work: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        wall, cpu = time.perf_counter(), _cpu()
        try:
            return work(*args, **kwargs)
        finally:
            spent[0] += time.perf_counter() - wall
            spent[1] += _cpu() - cpu

    return timed


def _cpu() -> float:
    return sum(os.times()[:4])


TASKS = {"scan (floor)": scan, "raw to index": raw_path}


def run_task(task: str, root: Path) -> None:
    """Child process: run and print."""
    import shuibei_index.pipeline  # noqa: F401  loading the code is not what is measured

    wall, cpu = time.perf_counter(), _cpu()
    found = TASKS[task](root)
    # getrusage would report the parent's peak from before the exec
    peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    print(json.dumps(found | {"wall": time.perf_counter() - wall, "cpu": _cpu() - cpu, "peak_mb": int(peak) // 1024}))


def main() -> int:
    """Make the workspace, run both tasks, print figures and ratios to the floor."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000, help="about so many records (up to 10000000)")
    options.add_argument("--small", action="store_true", help="6 firms, 8 months")
    options.add_argument("--task")
    options.add_argument("--workspace", type=Path)
    chosen = options.parse_args()
    if chosen.task:
        run_task(chosen.task, chosen.workspace)
        return 0
    firms, items = (6, 10) if chosen.small else (FIRMS, max(round(chosen.rows / LINES_PER_ITEM), 1))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        _simulate(root, START_SMALL if chosen.small else START, firms, items)
        print(f"{'task':20} {'records':>10} {'wall s':>8} {'cpu s':>8} {'peak MB':>8} {'cpu / floor':>12}")
        floor = None
        for task in TASKS:
            command = [sys.executable, __file__, "--task", task, "--workspace", str(root)]
            found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
            floor = floor or max(found["cpu"], 0.01)
            figures = f"{found['wall']:>8.2f} {found['cpu']:>8.2f} {found['peak_mb']:>8} {found['cpu'] / floor:>12.1f}"
            print(f"{task:20} {found['records']:>10} {figures}")
            rest = [found["wall"], found["cpu"]]
            for stage, (wall, cpu) in found["stages"].items():
                print(f"  {stage:18} {'':>10} {wall:>8.2f} {cpu:>8.2f}")
                rest = [rest[0] - wall, rest[1] - cpu]
            if found["stages"]:
                print(f"  {'receipts, store':18} {'':>10} {rest[0]:>8.2f} {rest[1]:>8.2f}")
    return 0


def _simulate(root: Path, start: str, firms: int, items: int) -> None:
    # in a process of its own: what the simulator leaves in memory is none of the others' business
    words = f"start={start!r}, end={END!r}, seed=7, firms={firms}, items_per_firm={items}, formats=('parquet',)"
    code = f"import sys; from shuibei_index.simulation import simulate; simulate(sys.argv[1], {words})"
    subprocess.run([sys.executable, "-c", code, str(root)], check=True)


if __name__ == "__main__":
    sys.exit(main())
