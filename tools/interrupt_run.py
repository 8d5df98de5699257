"""Kill a run from the inbox to the release at chance moments until it gets through; compare with an undisturbed one.

    python tools/interrupt_run.py --kills 1000

Each round a fresh workspace is run by the command, killed (kill -9) up to nine times at moments spread evenly over the
length of an undisturbed run, and run to its end. After every kill the store must be sound and every file of a release
that is there whole; at the end every file of the workspace and every row of the ledger must be that of the undisturbed
run. The runs are forked from a process that has the program loaded already, so that the time goes into work that can be
interrupted and not into starting the interpreter. Prints where the kills fell; ends with 1 if anything differs.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from shuibei_index.cli import main as command
from shuibei_index.simulation import simulate
from shuibei_index.store.checking import check_store

#: Kills of one workspace before it is run to its end.
_MOST = 9
#: Files whose bytes say nothing of what they hold: the rows of the ledger are compared instead.
_NOT_BYTES = ("store/ledger.sqlite", "store/ledger.sqlite-wal", "store/ledger.sqlite-shm", "store/lock")


def in_child(work: Callable[[], Any]) -> Any:
    """Return what work gives in a process of its own: what it loads and opens stays there."""
    incoming, outgoing = os.pipe()
    if (child := os.fork()) == 0:
        code = 1
        try:
            os.close(incoming)
            with os.fdopen(outgoing, "w") as stream:
                json.dump(work(), stream)
            code = 0
        finally:
            os._exit(code)
    os.close(outgoing)
    with os.fdopen(incoming) as stream:
        text = stream.read()
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise RuntimeError("looking at the workspace failed")
    return json.loads(text)


def run(folder: Path, month: str, after: float | None = None) -> tuple[int, float]:
    """Run the month by the command, killed after some seconds; return its exit code and time.

    Raises
    ------
    RuntimeError
        It ended by itself and not well.
    """
    talk = folder.parent / "talk"
    began = time.monotonic()
    if (child := os.fork()) == 0:
        code = 70
        try:
            os.setsid()
            said = os.open(talk, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(said, 1)
            os.dup2(said, 2)
            code = command(["run", "--workspace", str(folder), "--from", month, "--to", month, "--json"])
        finally:
            os._exit(code)
    ended = None
    while ended is None and (after is None or time.monotonic() - began < after):
        pid, status = os.waitpid(child, os.WNOHANG)
        ended = status if pid else None
        time.sleep(0.001)
    if ended is None:
        os.kill(child, signal.SIGKILL)
        ended = os.waitpid(child, 0)[1]
    code = os.waitstatus_to_exitcode(ended)
    if code not in (0, -signal.SIGKILL):
        raise RuntimeError(f"exit {code}: {talk.read_text('utf-8', 'replace')}")
    return code, time.monotonic() - began


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file of a folder, by name."""
    found = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()}


def whole(folder: Path) -> dict[str, str]:
    """Return all that counts after a run: digests of every file of the workspace, and of the rows of every table."""
    files = {name: digest for name, digest in digests(folder).items() if name not in _NOT_BYTES}
    with closing(sqlite3.connect(folder / "store" / "ledger.sqlite")) as ledger:
        tables = [n for (n,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        rows = {f"ledger {n}": repr(ledger.execute(f"SELECT * FROM {n} ORDER BY 1").fetchall()) for n in tables}
    return {**files, **{name: hashlib.sha256(text.encode()).hexdigest() for name, text in rows.items()}}


def after_a_kill(folder: Path, expected: dict[str, str]) -> dict[str, Any]:
    """Return where the kill fell, what is wrong with the store, and which files of releases are not whole."""
    store, wrong, place = folder / "store", [], "before the store"
    if (store / "ledger.sqlite").is_file():
        place = "while the store is made"
        # killed while the ledger is made there is no table in it yet: the next run makes it
        if (store / "head").is_file():
            wrong = [fault.line() for fault in check_store(store).faults]
            with closing(sqlite3.connect(store / "ledger.sqlite")) as ledger:
                months, releases = (ledger.execute(f"SELECT count(*) FROM {n}").fetchone()[0] for n in _COUNTED)
            place = "release recorded" if releases else "records kept" if months else "intake"
    made = digests(folder / "releases")
    shown = {f"releases/{name}": digest for name, digest in made.items() if not name.startswith(".")}
    # what has its name in releases/ is whole, as a folder and file by file
    torn = [f"{name} is torn" for name, digest in shown.items() if expected.get(name) != digest]
    absent = {n for n in expected if n.startswith("releases/")} - set(shown) if shown else set()
    if len(shown) < len(made):
        place += ", release being written"
    elif shown:
        place += ", release folder there"
    return {"place": place, "wrong": [*wrong, *torn, *(f"{name} is not there yet" for name in absent)]}


_COUNTED = ("months", "releases")


def load_program(raw: Path, month: str, folder: Path) -> None:
    """Load every module a run uses, so that the forked runs begin with their work."""

    def names() -> list[str]:
        shutil.copytree(raw, folder)
        command(["run", "--workspace", str(folder), "--from", month, "--to", month, "--json"])
        return sorted(sys.modules)

    talk = os.dup(1)
    os.dup2(2, 1)
    known = in_child(names)
    os.dup2(talk, 1)
    os.close(talk)
    for name in known:
        if name.startswith(("shuibei_index.", "pyarrow.", "pandas.", "scipy.", "xlsxwriter", "sqlite3")):
            importlib.import_module(name)
    shutil.rmtree(folder)


def interrupt(root: Path, kills: int, seed: int, *, month: str, firms: int) -> dict[str, Any]:
    """Kill and compare until enough kills are done; return what was seen.

    Parameters
    ----------
    root
        An empty folder.
    kills, seed
        How many kills at least, and the seed of their moments.
    month, firms
        The month that is run, e.g. "2024-01", and how many firms report.
    """
    chance, done, rounds, wrong = random.Random(seed), 0, 0, list[str]()
    places: Counter[str] = Counter()
    simulate(root / "raw", start=month, end=month, seed=5, firms=firms)
    load_program(root / "raw", month, root / "whole")
    shutil.copytree(root / "raw", root / "whole")
    _, seconds = run(root / "whole", month)
    expected = in_child(lambda: whole(root / "whole"))
    began = time.monotonic()
    while done < kills:
        folder = root / "round"
        shutil.copytree(root / "raw", folder)
        code = -signal.SIGKILL
        for _ in range(chance.randint(1, _MOST)):
            code, took = run(folder, month, chance.uniform(0.0, 1.05) * seconds)
            if code == 0:
                # the machine is busy or idle by turns: the moments keep to the time a run takes now
                seconds = 0.7 * seconds + 0.3 * took
                break
            done += 1
            seen = in_child(lambda: after_a_kill(folder, expected))  # noqa: B023
            places[seen["place"]] += 1
            wrong += [f"round {rounds}: {line}" for line in seen["wrong"]]
        if code:
            _, seconds_now = run(folder, month)
            seconds = 0.7 * seconds + 0.3 * seconds_now
        found = in_child(lambda: whole(folder))  # noqa: B023
        names = sorted(expected.keys() | found.keys())
        wrong += [f"round {rounds}: {name} differs" for name in names if found.get(name) != expected.get(name)]
        if not wrong:
            shutil.rmtree(folder)
        rounds += 1
        if rounds % 20 == 0 or wrong:
            sys.stderr.write(f"{done} kills, {rounds} rounds, {time.monotonic() - began:.0f} s, {len(wrong)} wrong\n")
        if wrong:
            # the workspace stays for whoever looks into it
            break
    return {
        "kills": done, "rounds": rounds, "seconds": round(time.monotonic() - began), "files_compared": len(expected),
        "where": dict(sorted(places.items())), "wrong": wrong[:50], "workspace": str(root) if wrong else "",
    }  # fmt: skip


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--month", default="2024-01")
    parser.add_argument("--firms", type=int, default=4)
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="kills-"))
    told = interrupt(root, options.kills, options.seed, month=options.month, firms=options.firms)
    if not told["wrong"]:
        shutil.rmtree(root)
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    return 1 if told["wrong"] or not told["kills"] else 0


if __name__ == "__main__":
    sys.exit(main())
