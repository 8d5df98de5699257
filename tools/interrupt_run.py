"""Kill a run from the inbox to the release at chance moments until it gets through; compare with an undisturbed one.

    python tools/interrupt_run.py --kills 1000

Each round a fresh workspace is run by the command, killed (kill -9) up to three times at moments spread over the length
of an undisturbed run, and run to its end. After every kill the store must be sound and every release folder that is
there whole; at the end ledger, objects and every file of the releases must be those of the undisturbed run. Ends with 1
if anything differs.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from interrupt_intake import state

from shuibei_index.simulation import simulate
from shuibei_index.store.checking import check_store

FIRST, LAST = "2024-01", "2024-02"


def run(folder: Path, after: float | None = None) -> tuple[int, float]:
    """Run the month by the command, killed after some seconds; return its exit code and time."""
    began = time.monotonic()
    code = "import sys; from shuibei_index.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "run", "--workspace", str(folder), "--from", FIRST, "--to", LAST, "--json"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            _, talk = process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            process.kill()
            _, talk = process.communicate()
    if process.returncode not in (0, -9):
        raise RuntimeError(talk)
    return process.returncode, time.monotonic() - began


def files(folder: Path) -> dict[str, bytes]:
    """Return every file of the releases, but for what a killed writing has not given its name yet."""
    found = sorted(p for p in (folder / "releases").rglob("*") if p.is_file())
    names = {p: p.relative_to(folder / "releases").as_posix() for p in found}
    return {name: path.read_bytes() for path, name in names.items() if not name.startswith(".")}


def whole(folder: Path) -> dict[str, object]:
    """Return all that counts after a run."""
    months = {name: value for name, value in state(folder).items() if name != "work"}
    return {**months, "releases": files(folder)}


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, kills, rounds, wrong = random.Random(options.seed), 0, 0, []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        simulate(root / "raw", start=FIRST, end=LAST, seed=5, firms=8)
        shutil.copytree(root / "raw", root / "whole")
        _, seconds = run(root / "whole")
        expected = whole(root / "whole")
        while kills < options.kills:
            folder = root / "round"
            shutil.copytree(root / "raw", folder)
            for _ in range(chance.randint(1, 3)):
                code, _ = run(folder, chance.uniform(0.02, 1.0) * seconds)
                kills += code != 0
                if (folder / "store" / "ledger.sqlite").is_file():
                    faults = check_store(folder / "store").faults
                    # killed while the ledger is made there is no table in it yet: the next run makes it
                    begun = (folder / "store" / "head").is_file()
                    wrong += [f"round {rounds}: {fault.line()}" for fault in faults if begun]
                torn = [n for n, data in files(folder).items() if expected["releases"].get(n) != data]  # type: ignore[attr-defined]
                wrong += [f"round {rounds}: {n} is torn" for n in torn]
            run(folder)
            found = whole(folder)
            wrong += [f"round {rounds}: {key} differs" for key in expected if found[key] != expected[key]]
            shutil.rmtree(folder)
            rounds += 1
            print(f"{kills} kills in {rounds} rounds of {seconds:.1f} s: {len(wrong)} differences", flush=True)
    print("\n".join(wrong[:20]) or "every state is that of the undisturbed run")
    return 1 if wrong or not kills else 0


if __name__ == "__main__":
    sys.exit(main())
