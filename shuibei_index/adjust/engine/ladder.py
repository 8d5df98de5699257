"""Try a series again in a simpler way when X-13 refuses it, and keep a record of every attempt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust.checks import Ready
from shuibei_index.adjust.engine.jobs import Job, run_jobs
from shuibei_index.adjust.engine.output import Output
from shuibei_index.adjust.engine.program import Engine
from shuibei_index.adjust.specification.fields import AIRLINE, request_text, x11_only_text

STEPS = ("configured", "airline", "x11")


@dataclass(frozen=True)
class Outcome:
    """The end of the ladder for one series: the step that worked ("" = none), its request, every failure before."""

    step: str
    request: str
    output: Output
    failures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Regressors:
    """Holiday regressors of one series: column names, first month, values of shape (T, K)."""

    names: tuple[str, ...]
    first: str
    values: npt.NDArray[np.float64]


def climb_down(
    ready: list[Ready],
    regressors: dict[str, Regressors],
    engine: Engine,
    *,
    workers: int,
    time_limit: float,
) -> dict[str, Outcome]:
    """Adjust every series: as configured, else by the airline model, else by the X-11 filters alone.

    Returns
    -------
    dict
        Series → Outcome, for every series in `ready`.
    """
    # X-13 takes ASCII names only; any series gets a number instead of its own name.
    names = {item.series: f"S{k:05d}" for k, item in enumerate(ready)}
    files, contents = _regressor_files(ready, regressors)
    failures: dict[str, list[tuple[str, str]]] = {item.series: [] for item in ready}
    outcomes: dict[str, Outcome] = {}
    left = ready
    for step in STEPS:
        jobs = {item.series: _job(item, step, names[item.series], regressors, files) for item in left}
        outputs = run_jobs(list(jobs.values()), engine, regressors=contents, workers=workers, time_limit=time_limit)
        again = []
        for item in left:
            output, tried = outputs[names[item.series]], failures[item.series]
            if output.failure:
                tried.append((step, output.failure))
            if output.failure and output.retry and step != STEPS[-1]:
                again.append(item)
                continue
            worked = "" if output.failure else step
            outcomes[item.series] = Outcome(worked, jobs[item.series].request, output, tuple(tried))
        left = again
    return {item.series: outcomes[item.series] for item in ready}


def _job(item: Ready, step: str, name: str, regressors: dict[str, Regressors], files: dict[str, str]) -> Job:
    data = f"{name}.dta"
    if step == "x11":
        return Job(name, x11_only_text(item.specification, name, data), item.first, item.coded())
    spec = item.specification
    if step == "airline":
        # The festival stays: it is what makes the series worth a model. What was searched for or tested goes.
        spec = replace(spec, arima=AIRLINE, outliers=(), aictest=(), variables=())
    user = regressors[item.series].names if item.series in regressors else ()
    file = files.get(item.series, "")
    return Job(name, request_text(spec, name, data, user, file), item.first, item.coded(), file)


def _regressor_files(
    ready: list[Ready], regressors: dict[str, Regressors]
) -> tuple[dict[str, str], dict[str, tuple[str, npt.NDArray[np.float64]]]]:
    """Give series with the same regressors one file: series → file name, and file name → its content."""
    files: dict[str, str] = {}
    contents: dict[str, tuple[str, npt.NDArray[np.float64]]] = {}
    known: dict[tuple[str, bytes], str] = {}
    for item in _with_regressors(ready, regressors):
        own = regressors[item.series]
        key = (own.first, own.values.tobytes())
        file = known.setdefault(key, f"R{len(known):05d}.dta")
        files[item.series] = file
        contents[file] = (own.first, own.values)
    return files, contents


def _with_regressors(ready: list[Ready], regressors: dict[str, Regressors]) -> Iterator[Ready]:
    return (item for item in ready if item.series in regressors)
