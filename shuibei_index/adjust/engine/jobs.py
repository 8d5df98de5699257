"""Run X-13 on many series: one metafile per worker, in private folders that are always removed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust import periods
from shuibei_index.adjust.engine.files import put
from shuibei_index.adjust.engine.output import COMPLETE, MESSAGE_FILES, Output, read_output, sections
from shuibei_index.adjust.engine.program import Engine, stop
from shuibei_index.adjust.specification.vocabulary import SIX_TABLES
from shuibei_index.errors import EngineError

# 15 significant digits, as R's tools write them: the results then equal theirs to the last printed digit. A difference
# in the last bit, which machines may have, would move X-13's optimiser and the adjusted series by about 1e-10.
_DIGITS = ".15g"
# A program that stops at this many series in a row, completing none, is broken: the rest is not tried.
_GIVE_UP = 3
_CHUNK = 1000
# Where temporary files usually are, a place in memory some systems have, and the room in bytes it must offer.
_USUAL, _MEMORY, _ROOM = "/tmp", "/dev/shm", 1 << 30
_ENDED = "ended without a result"
_IDLE = "made no progress"


@dataclass(frozen=True)
class Job:
    """One series to be run.

    `request` is the specification text; it names the files ``<name>.dta`` and `regressors` and saves `tables`.
    """

    name: str
    request: str
    first: str
    values: npt.NDArray[np.float64]
    regressors: str = ""
    tables: tuple[str, ...] = SIX_TABLES


def run_jobs(
    jobs: Sequence[Job],
    engine: Engine,
    *,
    regressors: dict[str, tuple[str, npt.NDArray[np.float64]]] | None = None,
    workers: int = 2,
    time_limit: float = 60.0,
) -> dict[str, Output]:
    """Run X-13 once on every job.

    Parameters
    ----------
    jobs
        What to run; names are ASCII and differ.
    engine
        The program.
    regressors
        File name → first month and values, shape (T, K), of the holiday regressors the jobs name.
    workers
        How many copies of X-13 run at once. The results do not depend on it.
    time_limit
        Seconds a series may take; one that takes longer is stopped, after twice as long at most, and the others go on.

    Returns
    -------
    dict
        Job name → Output, for every job.

    Raises
    ------
    EngineError
        The program cannot be started at all.
    """
    if not jobs:
        return {}
    parts = [list(jobs[k::workers]) for k in range(min(workers, len(jobs)))]
    running = _Running()
    with (
        tempfile.TemporaryDirectory(prefix="shuibei-x13-", dir=_scratch()) as root,
        ThreadPoolExecutor(len(parts)) as pool,
    ):
        futures = [
            pool.submit(_worker, part, engine, regressors or {}, Path(root) / f"w{k}", time_limit, running)
            for k, part in enumerate(parts)
        ]
        try:
            results = [future.result() for future in futures]
        except BaseException:
            # Also on Ctrl-C: no program may outlive the call, and none may write into a removed folder.
            running.stop_all()
            raise
    merged = {name: output for result in results for name, output in result.items()}
    return {job.name: merged[job.name] for job in jobs}


def _scratch() -> str | None:
    """Return where the folders of a run are made: in memory where there is such a place, unless another was chosen.

    Two dozen small files a series are written and read once; on a disk that is a third of the time of two workers.
    """
    if tempfile.gettempdir() != _USUAL or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return None
    return _MEMORY if shutil.disk_usage(_MEMORY).free > _ROOM else None


class _Running:
    """The programs started and not yet ended."""

    def __init__(self) -> None:
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._lock = Lock()
        self._stopped = False

    def start(self, command: list[str], folder: Path, log: Path) -> subprocess.Popen[bytes]:
        with self._lock, log.open("wb") as out:
            if self._stopped:
                raise EngineError("the run was stopped", zh="运行已被停止")
            try:
                process = subprocess.Popen(
                    command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
                )
            except OSError as error:
                raise EngineError(
                    f"X-13 cannot be started: {error.strerror}", zh=f"X-13 无法启动：{error.strerror}"
                ) from error
            self._processes.add(process)
            return process

    def end(self, process: subprocess.Popen[bytes]) -> None:
        stop(process)
        with self._lock:
            self._processes.discard(process)

    def stop_all(self) -> None:
        with self._lock:
            self._stopped = True
            for process in self._processes:
                stop(process)


def _worker(
    jobs: list[Job],
    engine: Engine,
    regressors: dict[str, tuple[str, npt.NDArray[np.float64]]],
    folder: Path,
    time_limit: float,
    running: _Running,
) -> dict[str, Output]:
    """Run the jobs of one worker, a thousand at a time: the files of many thousands would fill the temporary folder."""
    results: dict[str, Output] = {}
    for k in range(0, len(jobs), _CHUNK):
        chunk = jobs[k : k + _CHUNK]
        done = _run_chunk(chunk, engine, regressors, folder / f"c{k}", time_limit, running)
        results.update(done)
        if not done[chunk[-1].name].retry:  # the program was given up
            results.update({job.name: done[chunk[-1].name] for job in jobs[k + _CHUNK :]})
            break
        shutil.rmtree(folder / f"c{k}")
    return results


def _run_chunk(
    jobs: list[Job],
    engine: Engine,
    regressors: dict[str, tuple[str, npt.NDArray[np.float64]]],
    folder: Path,
    time_limit: float,
    running: _Running,
) -> dict[str, Output]:
    folder.mkdir(parents=True)
    for file in {job.regressors for job in jobs if job.regressors}:
        put(f"{folder}/{file}", datevalue(*regressors[file]))
    for job in jobs:
        put(f"{folder}/{job.name}.spc", job.request)
        put(f"{folder}/{job.name}.dta", datevalue(job.first, job.values[:, None]))
    results: dict[str, Output] = {}
    left, stuck = jobs, list[Job]()
    while left:
        (folder / "all.mta").write_text("\n".join(job.name for job in left) + "\n", encoding="ascii")
        ended = _run(engine, folder, left, time_limit, running)
        printed = sections((folder / "printed").read_text(encoding="latin-1"))
        done, culprit = _progress(left, folder, printed, normal=ended == _ENDED)
        for job in left[:done]:
            own = printed.get(job.name, "")
            results[job.name] = read_output(folder, job.name, job.first, len(job.values), own, tables=job.tables)
        left = left[done:]
        stuck = [] if done else stuck
        if culprit is not None:
            results[culprit.name] = Output(failure=f"X-13 {ended}", silent=True, idle=ended.startswith(_IDLE))
            left, stuck = left[1:], [*stuck, culprit]
        if len(stuck) >= _GIVE_UP:
            why = f"X-13 {ended}, {len(stuck)} times in a row"
            results.update({job.name: Output(failure=why, retry=False) for job in [*stuck, *left]})
            break
    return results


def _progress(left: list[Job], folder: Path, printed: dict[str, str], *, normal: bool) -> tuple[int, Job | None]:
    """Return how many of the jobs, which X-13 takes in order, it completed, and the one it failed to get past."""
    there = _names(folder)
    begun = [k for k, job in enumerate(left) if job.name in printed or _opened(job, there)]
    if normal:
        return (begun[-1] + 1, None) if begun else (0, left[0])
    # The last series begun is the one it was stopped in, unless it said that it was through with it. What it says is
    # buffered and may be lost, so silence proves nothing.
    busy = begun[-1] if begun else 0
    if begun and COMPLETE in printed.get(left[busy].name, ""):
        busy += 1
    return busy, left[busy] if busy < len(left) else None


def _names(folder: Path) -> frozenset[str]:
    return frozenset(os.listdir(folder))  # noqa: PTH208 - one call for names, no object for each of thousands


def _opened(job: Job, there: frozenset[str]) -> bool:
    """Tell whether a series was begun: X-13 then opens its message file."""
    return any(f"{job.name}{suffix}" in there for suffix in MESSAGE_FILES)


def _run(engine: Engine, folder: Path, left: list[Job], time_limit: float, running: _Running) -> str:
    """Run the metafile and return how it ended."""
    # -s writes the diagnostics file, -n leaves out the listing.
    begun = 0
    process = running.start([str(engine.path), "-m", "all", "-s", "-n"], folder, folder / "printed")
    try:
        while True:
            try:
                status = process.wait(timeout=time_limit)
                return _ENDED if status == 0 else "ended abnormally"
            except subprocess.TimeoutExpired:
                # Only a further series is progress: other files may come for ever. If none was begun since the last
                # look, the one in hand has taken the whole time between.
                there = _names(folder)
                now = sum(_opened(job, there) for job in left)
                if now == begun:
                    return f"{_IDLE} for {time_limit:g} s and was stopped"
                begun = now
    finally:
        running.end(process)


def datevalue(first: str, values: npt.NDArray[np.float64]) -> str:
    """Return values of shape (T, K) as X-13's "datevalue" text: year, month or quarter, values.

    Examples
    --------
    >>> import numpy as np
    >>> print(datevalue("2025-12", np.array([[1.5], [2.0]])), end="")
    2025 12 1.5
    2026 1 2
    """
    dates = _dates(first, len(values))
    if values.shape[1] == 1:
        return "".join(f"{date}{v:{_DIGITS}}\n" for date, v in zip(dates, values[:, 0].tolist(), strict=True))
    return "".join(
        f"{date}{' '.join(format(v, _DIGITS) for v in row)}\n" for date, row in zip(dates, values.tolist(), strict=True)
    )


@lru_cache(maxsize=64)
def _dates(first: str, count: int) -> tuple[str, ...]:
    start, period = periods.ordinal(first), periods.per_year(first)
    return tuple(f"{(start + t) // period} {(start + t) % period + 1} " for t in range(count))
