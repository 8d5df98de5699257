"""Workbooks become checked records: one of 100 000 rows, and a month's folder of 500, beside bare python-calamine.

    python benchmarks/bench_workbooks.py              both, and the annotated copy of the large one
    python benchmarks/bench_workbooks.py --small      the same in small, for the tests
    python benchmarks/bench_workbooks.py --keep DIR   make the material there, or use what is there

The material comes from the simulator (seed 7, December 2024, 2 % mistakes): the large workbook has all columns of the
contract, numbers as numbers and times as Excel times; the 500 are written as 500 firms write them, about 200 records
each. Floors read the same sheets with python-calamine and look at no cell. Every task runs in a process of its own,
several times in turns; the figures are the medians. CPU seconds and peak memory include the processes that open files.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

MONTH = "2024-12"
#: Lines of a firm for each item it carries, about.
LINES_PER_ITEM = 1.44


def make_material(root: Path, rows: int, files: int, lines: int) -> None:
    """Write the workspaces of both cases and the large workbook."""
    import pandas as pd
    import xlsxwriter

    from shuibei_index import read_submissions
    from shuibei_index.intake.schema import SUBMISSION
    from shuibei_index.simulation import simulate

    month: dict[str, Any] = {"start": MONTH, "end": MONTH, "seed": 7, "response": 1.0, "late": 0.0}
    firms, items = max(8, rows // 100), round(110 / LINES_PER_ITEM)
    simulate(root / "large", firms=firms, items_per_firm=items, formats=("parquet",), **month)
    items = max(2, round(lines / LINES_PER_ITEM))
    simulate(root / "many", firms=files, items_per_firm=items, formats=("xlsx",), **month)
    frame = read_submissions(root / "large" / "inbox" / MONTH).to_frame().iloc[:rows]
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(root / "large.xlsx"), {"in_memory": True, **options}) as book:
        sheet = book.add_worksheet("数据")
        time_format = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, [c.name_zh for c in SUBMISSION])
        for at, column in enumerate(SUBMISSION):
            values = frame[column.name].astype(object)
            cells = values.where(values.notna(), None).tolist()
            if column.name == "deal_time":
                for line, moment in enumerate(cells, start=1):
                    if moment is not None:
                        sheet.write_datetime(line, at, pd.Timestamp(moment).to_pydatetime(), time_format)
            else:
                sheet.write_column(1, at, cells)


def floor_large(root: Path) -> dict[str, Any]:
    """Read the large workbook with python-calamine."""
    return {"records": _bare([root / "large.xlsx"])}


def floor_many(root: Path) -> dict[str, Any]:
    """Read the many workbooks with python-calamine."""
    return {"records": _bare(sorted((root / "many" / "inbox" / MONTH).iterdir()))}


def _bare(paths: list[Path]) -> int:
    import python_calamine

    count = 0
    for path in paths:
        count += len(python_calamine.load_workbook(str(path)).get_sheet_by_index(0).to_python()) - 1
    return count


def large(root: Path) -> dict[str, Any]:
    """Read the large workbook in the guarded process, and check its records by all rules."""
    import shuibei_index as sx
    from shuibei_index.workspace import Workspace

    workspace = Workspace.open(root / "large")
    begun = time.perf_counter()
    rules, panel, metal = workspace.rules(), workspace.panel(), workspace.metal_prices()
    reports = sx.read_submissions(root / "large.xlsx", rules=rules)
    read = time.perf_counter()
    report = sx.validate(reports, rules=rules, tree=workspace.tree, panel=panel, metal_prices=metal, month=MONTH)
    done = time.perf_counter()
    stages = {"read, guarded": read - begun, "check": done - read}
    return {"records": len(reports), "findings": len(report.findings), "stages": stages}


def many(root: Path) -> dict[str, Any]:
    """Take in the month of many workbooks into a new store, and once more."""
    from shuibei_index import pipeline
    from shuibei_index.workspace import Workspace

    with tempfile.TemporaryDirectory(dir=root) as folder:
        place = Path(folder) / "workspace"
        shutil.copytree(root / "many", place, copy_function=os.link)
        workspace = Workspace.open(place)
        begun, used = time.perf_counter(), _cpu()
        first = pipeline.intake(workspace, MONTH)
        wall, cpu = time.perf_counter() - begun, _cpu() - used
        again = pipeline.intake(workspace, MONTH)
        if first.totals != again.totals:
            raise AssertionError(f"the second run differs: {first.totals} then {again.totals}")
        second = time.perf_counter() - begun - wall
        return {"records": first.totals["read"], "wall": wall, "cpu": cpu, "stages": {"the same once more": second}}


def annotate(root: Path) -> dict[str, Any]:
    """Write the annotated copy of the large workbook; the findings are made before the clock starts."""
    import shuibei_index as sx
    from shuibei_index.templates import annotate_workbook
    from shuibei_index.workspace import Workspace

    workspace = Workspace.open(root / "large")
    reports = sx.read_submissions(root / "large.xlsx")
    rules, panel, metal = workspace.rules(), workspace.panel(), workspace.metal_prices()
    report = sx.validate(reports, rules=rules, tree=workspace.tree, panel=panel, metal_prices=metal, month=MONTH)
    begun, used = time.perf_counter(), _cpu()
    with tempfile.TemporaryDirectory(dir=root) as folder:
        annotate_workbook(report.findings, root / "large.xlsx", Path(folder) / "copy.xlsx", month=MONTH)
        wall, cpu = time.perf_counter() - begun, _cpu() - used
    return {"records": len(reports), "findings": len(report.findings), "wall": wall, "cpu": cpu}


#: Task → what it is called and the floor it is compared with.
TASKS = {
    "floor_large": (floor_large, "floor: calamine, one workbook", ""),
    "large": (large, "ours: read, guarded, checked", "floor_large"),
    "floor_many": (floor_many, "floor: calamine, many workbooks", ""),
    "many": (many, "ours: intake of the folder", "floor_many"),
    "annotate": (annotate, "ours: annotated copy", "floor_large"),
}


def _cpu() -> float:
    return sum(os.times()[:4])


def run_task(task: str, root: Path) -> None:
    """Child process: run one task and print its figures."""
    import resource

    import shuibei_index.pipeline  # noqa: F401  loading the code is not what is measured

    wall, cpu = time.perf_counter(), _cpu()
    found = TASKS[task][0](root)
    found = {"wall": time.perf_counter() - wall, "cpu": _cpu() - cpu, **found}
    # getrusage would report the parent's peak from before the exec
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024
    opener = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(json.dumps(found | {"peak_mb": peak, "opener_mb": opener}))


def measure(root: Path, repeats: int, tasks: list[str]) -> dict[str, dict[str, Any]]:
    """Run the tasks in turns; return for each its run of median wall time."""
    runs: dict[str, list[dict[str, Any]]] = {task: [] for task in tasks}
    for _ in range(repeats):
        for task in tasks:
            command = [sys.executable, __file__, "--task", task, "--keep", str(root)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            runs[task].append(json.loads(done.stdout))
    middle = {task: statistics.median_low([run["wall"] for run in found]) for task, found in runs.items()}
    return {task: next(run for run in found if run["wall"] == middle[task]) for task, found in runs.items()}


def main() -> int:
    """Make the material, run the tasks, print figures and ratios to the floors."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--small", action="store_true", help="2 000 rows, and 6 workbooks of 20")
    options.add_argument("--keep", type=Path, help="folder of the material")
    options.add_argument("--only", help="tasks, with commas")
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--task", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.task:
        run_task(chosen.task, chosen.keep)
        return 0
    rows, files, lines, repeats = (2_000, 6, 20, 1) if chosen.small else (100_000, 500, 200, chosen.repeats)
    with tempfile.TemporaryDirectory() as folder:
        root = chosen.keep or Path(folder)
        if not (root / "large.xlsx").exists():
            make_material(root, rows, files, lines)
        tasks = chosen.only.split(",") if chosen.only else list(TASKS)
        results = measure(root, repeats, tasks)
    print(f"{'task':34} {'records':>8} {'wall s':>8} {'cpu s':>8} {'peak MB':>8} {'opener MB':>10} {'cpu / floor':>12}")
    for task, found in results.items():
        floor = results.get(TASKS[task][2], found)["cpu"]
        line = f"{TASKS[task][1]:34} {found['records']:>8} {found['wall']:>8.2f} {found['cpu']:>8.2f}"
        print(f"{line} {found['peak_mb']:>8} {found['opener_mb']:>10} {found['cpu'] / max(floor, 0.01):>12.1f}")
        for stage, wall in found.get("stages", {}).items():
            print(f"  {stage:32} {'':>8} {wall:>8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
