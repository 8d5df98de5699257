"""Interrupt an intake of many files at chance moments, run it again, and compare the store with an undisturbed one.

    python tools/interrupt_intake.py --files 500 --rounds 24

Each round is interrupted once to three times: by kill -9 of the command alone, or by Ctrl-C in its terminal, which
reaches the processes that open files as well. Prints one line a round and what differs; ends with 1 if anything does.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from shuibei_index.simulation import simulate

MONTH = "2024-01"
#: A job in the background does not hear Ctrl-C; in a terminal it does.
_COMMAND = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from shuibei_index.cli import main; sys.exit(main())"
)
#: Ctrl-C before the command has begun its work ends it like any other program of this language.
_INTERRUPTED = (-signal.SIGKILL, -signal.SIGINT, 130)


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


def intake(folder: Path, after: float | None = None, by: signal.Signals = signal.SIGKILL) -> tuple[int, float]:
    """Take the month in by the command, interrupted after some seconds; return its exit code and time."""
    began = time.monotonic()
    command = [sys.executable, "-c", _COMMAND, "intake", "--workspace", str(folder), "--month", MONTH]
    with subprocess.Popen(
        [*command, "--received-at", "2024-02-03", "--json"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            _, talk = process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            if by == signal.SIGINT:
                os.killpg(process.pid, by)
            else:
                process.send_signal(by)
            _, talk = process.communicate()
    if process.returncode not in (0, *_INTERRUPTED):
        raise RuntimeError(talk)
    return process.returncode, time.monotonic() - began


def compare(root: Path, files: int, rounds: int, seed: int) -> list[str]:
    """Return what differs after each round, and a second time after an undisturbed run of the same files."""
    lay(root / "raw", files)
    shutil.copytree(root / "raw", root / "whole")
    _, seconds = intake(root / "whole")
    expected = state(root / "whole")
    wrong = []
    intake(root / "whole")
    if state(root / "whole") != expected:
        wrong.append("the same files a second time changed the store")
    chance, codes = random.Random(seed), Counter[int]()
    for number in range(rounds):
        folder = root / f"round-{number}"
        shutil.copytree(root / "raw", folder)
        by = (signal.SIGKILL, signal.SIGINT)[number % 2]
        moments = [chance.uniform(0.02, 1.0) * seconds for _ in range(1 + number % 3)]
        ends = [intake(folder, moment, by)[0] for moment in moments]
        codes.update(ends)
        left = len(list(folder.glob("store/objects/*/*")))
        intake(folder)
        found = state(folder)
        differs = [name for name in expected if found[name] != expected[name]]
        when = ", ".join(f"{moment:.2f}" for moment in moments)
        print(
            f"{by.name} after {when} of {seconds:.2f} s (exit {ends}), {left} objects left; "
            f"then {differs or 'the same'}",
            flush=True,
        )
        wrong += [f"round {number}: {name} differs" for name in differs]
        shutil.rmtree(folder)
    stopped = sum(count for code, count in codes.items() if code)
    print(f"{stopped} interruptions in {rounds} rounds, exit codes {dict(sorted(codes.items()))}", flush=True)
    if rounds and not stopped:
        wrong.append("nothing was interrupted")
    return wrong


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        wrong = compare(Path(name), options.files, options.rounds, options.seed)
    print("\n".join(wrong) or "every store is that of the undisturbed run")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
