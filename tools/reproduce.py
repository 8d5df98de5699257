"""Run one small market in many environments and compare every byte of the release with that of an undisturbed run.

    python tools/reproduce.py --scratch DIR                      what this interpreter can do: threads, locale, order
    python tools/reproduce.py --scratch DIR --python python3.12 --python python3.13 --oldest

Each interpreter named gets a virtual environment of its own in the scratch folder with the pins of constraints.txt;
``--oldest`` adds one with the lower bounds of pyproject.toml. One market is simulated once, each case works on a copy.
Exit code 1 if a case that must give the same bytes does not.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from reproduce_compare import Difference, differences
from reproduce_inbox import other_lines, other_names, other_writing

ROOT = Path(__file__).resolve().parent.parent
MARKET = ("--from", "2021-01", "--to", "2024-02", "--seed", "11", "--firms", "8")
MONTHS = ("--from", "2021-01", "--to", "2024-02")
RELEASE = "2024-02"
#: Names that say how many threads a library may use.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "ARROW_IO_THREADS")
PLAIN = dict.fromkeys(THREADS, "1") | {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def processor_features() -> list[str]:
    """Return the instructions NumPy uses on this processor beyond what it needs."""
    config: Any = np.show_config(mode="dicts")
    return list(config.get("SIMD Extensions", {}).get("found", []))


@dataclass(frozen=True)
class Case:
    """One environment: what it changes, and what must be the same all the same.

    `same` is "bytes" (every file), "figures" (every byte but the digest of what came in), or "tolerance"
    (another version of a library or another processor: figures to the tolerance of the table).
    """

    name: str
    same: str = "bytes"
    python: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    umask: int = 0o022
    folder: str = "."
    inbox: Callable[[Path], None] | None = None


def cases(pythons: list[str], oldest: bool) -> Iterator[Case]:
    """Yield the cases; the first is the run all others are compared with."""
    yield Case("reference: 1 thread, hash seed 0, UTC, C.UTF-8, umask 022")
    yield Case("the same once more")
    yield Case("2 threads", variables=dict.fromkeys(THREADS, "2"))
    yield Case("8 threads", variables=dict.fromkeys(THREADS, "8"))
    yield Case("hash seed 1", variables={"PYTHONHASHSEED": "1"})
    yield Case("hash seed random", variables={"PYTHONHASHSEED": "random"})
    yield Case("TZ Asia/Shanghai", variables={"TZ": "Asia/Shanghai"})
    yield Case("TZ America/St_Johns", variables={"TZ": "America/St_Johns"})
    ascii_only = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    yield Case("locale C, no UTF-8 mode", variables=ascii_only)
    yield Case("locale zh_CN.UTF-8", variables={"LC_ALL": "zh_CN.UTF-8"})
    yield Case("locale tr_TR.UTF-8", variables={"LC_ALL": "tr_TR.UTF-8"})
    yield Case("umask 000", umask=0)
    yield Case("umask 077", umask=0o077)
    yield Case("from the root folder", folder="/")
    yield Case("inbox written in another order", inbox=other_writing)
    yield Case("files of the inbox renamed: firms in the opposite order", same="figures", inbox=other_names)
    yield Case("lines of every file shuffled", same="figures", inbox=other_lines)
    # what NumPy and BLAS do on an older processor: other instructions round the last digit another way
    older = {"NPY_DISABLE_CPU_FEATURES": " ".join(processor_features()), "OPENBLAS_CORETYPE": "Prescott"}
    older["GLIBC_TUNABLES"] = "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX512F"
    yield Case("processor without AVX", same="tolerance", variables=older)
    for python in pythons:
        yield Case(f"{python}, pinned libraries", python=python)
    if oldest:
        yield Case("oldest libraries", same="tolerance", python="oldest")


class Matrix:
    """The environments and workspaces in one scratch folder."""

    def __init__(self, scratch: Path, source: Path) -> None:
        self.scratch, self.source = scratch, source
        scratch.mkdir(parents=True, exist_ok=True)

    def environment(self, name: str, python: str, requirements: list[str]) -> None:
        """Make the virtual environment `name` with the package and the requirements."""
        folder = self.scratch / f"venv-{name}"
        if not folder.is_dir():
            subprocess.run([python, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *requirements, str(self.source)], check=True)

    def versions(self, name: str) -> str:
        """Return the interpreter and the libraries that make figures, of one environment."""
        wanted = ["numpy", "scipy", "pandas", "pyarrow", "statsmodels", "matplotlib", "fonttools"]
        code = (
            "import sys, importlib.metadata as m\n"
            f"print('Python ' + sys.version.split()[0], *(n + ' ' + m.version(n) for n in {wanted!r}), sep=', ')"
        )
        python = str(self.scratch / f"venv-{name}" / "bin" / "python")
        return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()

    def market(self, name: str) -> Path:
        """Simulate the market, once."""
        raw = self.scratch / "raw"
        shutil.rmtree(raw, ignore_errors=True)
        command = [self._command(name), "simulate", str(raw), *MARKET]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return raw

    def run(self, case: Case, base: str, raw: Path, number: int) -> Path:
        """Run a case on a copy of the market; return the folder of its release."""
        home = self.scratch / f"case-{number:02d}"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(raw, home)
        if case.inbox is not None:
            case.inbox(home / "inbox")
        variables = {**os.environ, **PLAIN, **case.variables}
        variables.pop("PYTHONPATH", None)
        command = [self._command(case.python or base), "run", "--workspace", str(home), *MONTHS]
        folder = home if case.folder == "." else Path(case.folder)
        done = subprocess.run(command, cwd=folder, env=variables, umask=case.umask, capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(f"{case.name}: exit {done.returncode}\n{done.stderr.decode(errors='replace')[-2000:]}")
        return home / "releases" / RELEASE

    def _command(self, name: str) -> str:
        return str((self.scratch / f"venv-{name}" / "bin" / "shuibei-index").resolve())


def lower_bounds(pyproject: Path) -> list[str]:
    r"""Return the oldest version of every library the package says it works with, as pins.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "pyproject.toml"
    ...     _ = path.write_text('[project]\ndependencies = ["numpy>=2.0", "tqdm>=4.66"]')
    ...     lower_bounds(path)
    ['numpy==2.0', 'tqdm==4.66']
    """
    listed = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["dependencies"]
    return [re.sub(r">=([\w.]+).*", r"==\1", line) for line in listed]


def verdict(case: Case, found: list[Difference]) -> tuple[bool, str]:
    """Return whether a case gave what it must, and the words for it."""
    if not found:
        return True, "every byte the same"
    if case.same == "figures" and all(d.named_inputs_only for d in found):
        return True, f"every byte the same but the digest of the inputs, named in {len(found)} files"
    lines = "; ".join(f"{d.path}: {d.words}" for d in found)
    within = case.same == "tolerance" and all(d.within or d.named_inputs_only for d in found)
    return within, f"{len(found)} files differ: {lines}"


def main() -> int:
    """Run the matrix and print its table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scratch", type=Path, required=True, help="folder for environments and workspaces")
    parser.add_argument("--source", type=Path, default=ROOT, help="the checkout to install")
    parser.add_argument("--python", action="append", default=[], help="a further interpreter; repeat")
    parser.add_argument("--oldest", action="store_true", help="also with the lower bounds of pyproject.toml")
    parser.add_argument("--only", default="", help="run the cases whose names contain this, beside the reference")
    options = parser.parse_args()
    matrix, scratch = Matrix(options.scratch.resolve(), options.source.resolve()), options.scratch.resolve()
    pinned = ["-c", str(matrix.source / "constraints.txt")]
    base = f"{sys.version_info.major}.{sys.version_info.minor}"
    matrix.environment(base, sys.executable, pinned)
    names = []
    for python in options.python:
        told = subprocess.run([python, "-V"], check=True, capture_output=True, text=True).stdout
        names.append(".".join(told.split()[1].split(".")[:2]))
        matrix.environment(names[-1], python, pinned)
    if options.oldest:
        matrix.environment("oldest", sys.executable, lower_bounds(matrix.source / "pyproject.toml"))
    for name in [base, *names, *(["oldest"] if options.oldest else [])]:
        print(f"{name}: {matrix.versions(name)}")
    raw, reference, good = matrix.market(base), scratch, True
    print("\n| case | result |\n|---|---|", flush=True)
    for number, case in enumerate(cases(names, options.oldest)):
        if number and options.only not in case.name:
            continue
        made = matrix.run(case, base, raw, number)
        if number == 0:
            reference = made
            print(f"| {case.name} | {sum(p.is_file() for p in made.rglob('*'))} files |", flush=True)
            continue
        ok, words = verdict(case, differences(reference, made))
        good = good and ok
        print(f"| {case.name} | {'' if ok else 'NOT AS STATED: '}{words} |", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
