"""Let the system refuse one call after another while a store is written; each must end in words and a whole state.

    python tools/inject_faults.py

The writing runs under strace, which makes the n-th fsync, fdatasync, rename, pwrite, ftruncate or mkdir of the process
fail with EIO, ENOSPC, EDQUOT or EROFS: real answers of the system to real calls, those SQLite makes itself included.
After every one the store holds what it held before or what was to be written, `check` finds it sound, the error is said
in both languages, and the same writing then succeeds. Needs strace and the right to trace. Prints the counts; ends with
1 if any state was between, any error without words.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from shuibei_index.errors import StoreError
from shuibei_index.store import Store
from shuibei_index.store.checking import check_store

CALLS = ("fsync", "fdatasync", "rename", "pwrite64", "ftruncate", "mkdir")
ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EROFS")
#: Writes number after number; says "done", or the error in both languages.
WRITER = """
import sys
from shuibei_index.errors import StoreError
from shuibei_index.store import Store
try:
    with Store.open(sys.argv[1]) as store, store.writer("writing") as tx:
        manifest = tx.objects.put_bytes(b"manifest " + sys.argv[2].encode())
        files = {"a.csv": b"a" * 3000 + sys.argv[2].encode()}
        tx.record_release("release " + sys.argv[2], manifest, {"files": {}}, files)
except StoreError as error:
    print(error)
    print(error.zh)
    sys.exit(1)
print("done")
"""


def write(root: Path, number: int, *before: str) -> subprocess.CompletedProcess[str]:
    """Write a number into the store, in a process of its own, below strace if that is what comes before."""
    command = [*before, sys.executable, "-W", "ignore", "-c", WRITER, str(root), str(number)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def traced(root: Path, number: int, calls: tuple[str, ...] = CALLS) -> list[str]:
    """Return the lines of the trace of one writing: every call that touches the store, in order."""
    with tempfile.NamedTemporaryFile("r") as trace:
        done = write(root, number, "strace", "-f", "-y", "-e", f"trace={','.join(calls)}", "-o", trace.name)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return [line for line in trace if str(root) in line]


def allowed() -> bool:
    """Tell whether strace is there and may trace."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


def releases(root: Path) -> list[str]:
    """Return what the store holds."""
    with Store.open(root) as store:
        return [record.release for record in store.releases()]


def plan(root: Path) -> list[tuple[str, int]]:
    """Return every call of a second writing that can be refused: its name and number in the process."""
    with tempfile.NamedTemporaryFile("r") as trace:
        write(root, 2, "strace", "-f", "-y", "-e", f"trace={','.join(CALLS)}", "-o", trace.name)
        seen: Counter[str] = Counter()
        found = []
        for line in trace:
            name = line.split("(", 1)[0].split()[-1]
            seen[name] += name in CALLS
            if str(root) in line and name in CALLS:
                found.append((name, seen[name]))
    return found


def inject(root: Path, errors: tuple[str, ...] = ERRORS, *, at_most: int = 0, seed: int = 1) -> dict[str, object]:
    """Refuse the calls one at a time; return how many were refused, how they ended, and what was wrong.

    Parameters
    ----------
    root
        An empty folder.
    errors
        Answers of the system.
    at_most
        Take so many of all, by chance; 0 = all.
    seed
        Of that chance.
    """
    one = root / "one"
    write(one, 1)
    shutil.copytree(one, root / "counted")
    every = [(call, at, error) for call, at in plan(root / "counted") for error in errors]
    chosen = random.Random(seed).sample(every, min(at_most, len(every))) if at_most else every
    ends: Counter[str] = Counter()
    wrong = []
    for call, at, error in chosen:
        folder = root / "turn"
        shutil.copytree(one, folder)
        done = write(folder, 2, "strace", "-f", "-o", "/dev/null", "-e", f"inject={call}:error={error}:when={at}")
        lines = done.stdout.splitlines()
        held = releases(folder)
        name = f"{call} {at} {error}"
        if done.returncode not in (0, 1) or done.stderr:
            wrong.append(f"{name}: exit {done.returncode}, {done.stderr[-300:]}")
        elif done.returncode == 1 and (len(lines) != 2 or not any("\u4e00" <= c <= "\u9fff" for c in lines[1])):
            wrong.append(f"{name}: not said in both languages: {lines}")
        if held not in (["release 1"], ["release 1", "release 2"]) or (done.returncode == 0 and len(held) != 2):
            wrong.append(f"{name}: holds {held} after exit {done.returncode}")
        wrong += [f"{name}: {fault.line()}" for fault in check_store(folder).faults]
        try:
            with Store.open(folder) as store, store.writer("again") as tx:
                tx.record_release("release 3", tx.objects.put_bytes(b"manifest 3"), {"files": {}})
        except StoreError as error:
            wrong.append(f"{name}: cannot go on: {error}")
        ends["refused in words, state before" if done.returncode else "done all the same"] += 1
        if done.returncode and len(held) == 2:
            ends["of these the writing counted all the same"] += 1
        shutil.rmtree(folder)
    return {"calls": len(every) // len(errors), "refused": len(chosen), "ends": dict(ends), "wrong": wrong}


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--at-most", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not allowed():
        sys.stderr.write("strace is not there or may not trace 没有 strace 或无权跟踪\n")
        return 2
    with tempfile.TemporaryDirectory() as name:
        told = inject(Path(name), at_most=options.at_most, seed=options.seed)
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    return 1 if told["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
