"""Kill an intake of many files at chance moments, run it again, and compare the store with an undisturbed one.

    python tools/interrupt_intake.py --files 500 --kills 12

Prints one line a kill and what the stores have in common; ends with 1 if they differ.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from shuibei_index.simulation import simulate

MONTH = "2024-01"
_COMMAND = (
    "import sys; from shuibei_index import pipeline; from shuibei_index.workspace import Workspace; "
    f"pipeline.intake(Workspace.open(sys.argv[1]), '{MONTH}', received_at='2024-02-03')"
)


def lay(folder: Path, files: int) -> None:
    """Make a workspace of one month with so many files: those of simulated firms, and good and bad copies of them."""
    simulate(folder, start=MONTH, end=MONTH, seed=5, firms=24)
    inbox = folder / "inbox" / MONTH
    sent = sorted(inbox.iterdir())
    chance = random.Random(9)
    for number in range(len(sent), files):
        model = sent[number % len(sent)]
        data = model.read_bytes()
        if number % 7 == 0:
            data = data[: len(data) // 2]
        # bytes after the end that no reader minds, so that no two files are the same
        elif model.suffix == ".csv":
            data += b"\r\n" * (1 + number)
        else:
            data = data[:-1] + bytes([chance.randrange(256)])
        (inbox / f"copy-{number:04d}{model.suffix}").write_bytes(data)


def state(folder: Path) -> dict[str, object]:
    """Return what a store holds: the rows of its ledger, its objects, and the team's files."""
    with sqlite3.connect(folder / "store" / "ledger.sqlite") as ledger:
        names = [n for (n,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        rows = {f"ledger {n}": ledger.execute(f"SELECT * FROM {n} ORDER BY 1").fetchall() for n in names}
    ledger.close()
    objects = sorted(p.relative_to(folder).as_posix() for p in (folder / "store" / "objects").rglob("*") if p.is_file())
    work = {p.name: p.read_bytes() for p in sorted((folder / "work" / MONTH).iterdir()) if p.is_file()}
    return {**rows, "objects": objects, "work": work}


def intake(folder: Path, kill_after: float | None = None) -> tuple[int, float]:
    """Take the month in, in a process of its own, killed after some seconds; return its exit code and time."""
    began = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", _COMMAND, str(folder)], stderr=subprocess.PIPE, text=True) as process:
        try:
            _, talk = process.communicate(timeout=kill_after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            _, talk = process.communicate()
    if process.returncode not in (0, -signal.SIGKILL):
        raise RuntimeError(talk)
    return process.returncode, time.monotonic() - began


def compare(root: Path, files: int, kills: int, seed: int) -> list[str]:
    """Return what differs after each kill, and a second time after an undisturbed run of the same files."""
    lay(root / "raw", files)
    shutil.copytree(root / "raw", root / "whole")
    _, seconds = intake(root / "whole")
    expected = state(root / "whole")
    wrong = []
    intake(root / "whole")
    if state(root / "whole") != expected:
        wrong.append("the same files a second time changed the store")
    chance = random.Random(seed)
    for number in range(kills):
        folder = root / f"killed-{number}"
        shutil.copytree(root / "raw", folder)
        moments = [chance.uniform(0.02, 1.0) * seconds for _ in range(1 + number % 3)]
        codes = [intake(folder, moment)[0] for moment in moments]
        left = len(list(folder.glob("store/objects/*/*")))
        intake(folder)
        found = state(folder)
        differs = [name for name in expected if found[name] != expected[name]]
        when = ", ".join(f"{moment:.2f}" for moment in moments)
        print(
            f"killed after {when} of {seconds:.2f} s (exit {codes}), {left} objects left; then {differs or 'the same'}",
            flush=True,
        )
        wrong += [f"kill {number}: {name} differs" for name in differs]
        shutil.rmtree(folder)
    return wrong


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        wrong = compare(Path(name), options.files, options.kills, options.seed)
    print("\n".join(wrong) or "every store is that of the undisturbed run")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
