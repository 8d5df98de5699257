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
from shuibei_index.adjust.regressors import Regressors
from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.adjust.specification.request import request_text, saved_tables
from shuibei_index.adjust.specification.vocabulary import AIRLINE

STEPS = ("configured", "airline", "x11")


@dataclass(frozen=True)
class Outcome:
    """The end of the ladder for one series: the step that worked ("" = none), its request, every failure before.

    `specification` is what was asked for at that step, `log` what X-13 said at all of them.
    """

    step: str
    request: str
    output: Output
    failures: tuple[tuple[str, str], ...]
    specification: Specification
    log: str = ""


def climb_down(
    ready: list[Ready],
    regressors: dict[str, Regressors],
    engine: Engine,
    *,
    workers: int,
    time_limit: float,
) -> dict[str, Outcome]:
    """Adjust every series: as configured, else by the airline model, else by the X-11 filters alone.

    A step that would ask for the same as one that failed is left out. A run that failed without a reason from X-13 (it
    was killed from outside, say) is first repeated alone, for the step must follow from the data and nothing else. A
    series X-13 was stopped at both times is given up: what it costs has an end.

    Returns
    -------
    dict
        Series → Outcome, for every series in `ready`.
    """
    # X-13 takes ASCII names only; any series gets a number instead of its own name.
    names = {item.series: f"S{k:05d}" for k, item in enumerate(ready)}
    files, contents = _regressor_files(ready, regressors)
    outcomes: dict[str, Outcome] = {}
    tried: dict[str, set[str]] = {item.series: set() for item in ready}
    left = ready
    for step in STEPS:
        specs = {item.series: at_step(item.specification, step) for item in left}
        jobs = {
            item.series: _job(item, specs[item.series], names[item.series], regressors, files.get(item.series, ""))
            for item in left
        }
        new = {series: job for series, job in jobs.items() if job.request not in tried[series]}
        outputs = run_jobs(list(new.values()), engine, regressors=contents, workers=workers, time_limit=time_limit)
        again = []
        for item in left:
            if item.series not in new:
                again.append(item)
                continue
            first, before = outputs[names[item.series]], outcomes.get(item.series)
            output = first
            if first.silent and first.retry:
                output = _repeated(new[item.series], first, engine, contents, time_limit)
            tried[item.series].add(new[item.series].request)
            failures = (before.failures if before else ()) + (((step, output.failure),) if output.failure else ())
            log = (before.log if before else "") + (f"[{step}]\n{output.log}" if output.log.strip() else "")
            worked = "" if output.failure else step
            outcomes[item.series] = Outcome(worked, new[item.series].request, output, failures, specs[item.series], log)
            if output.failure and output.retry:
                again.append(item)
        left = again
    return {item.series: outcomes[item.series] for item in ready}


def _repeated(
    job: Job,
    before: Output,
    engine: Engine,
    regressors: dict[str, tuple[str, npt.NDArray[np.float64]]],
    time_limit: float,
) -> Output:
    """Run a job again by itself; a second failure tells both."""
    output = run_jobs([job], engine, regressors=regressors, workers=1, time_limit=time_limit)[job.name]
    if not output.failure:
        return output
    same = "again" if output.failure == before.failure else output.failure
    failure = f"{before.failure}; repeated alone: {same}"
    return replace(output, failure=failure, retry=output.retry and not output.idle)


def at_step(spec: Specification, step: str) -> Specification:
    """Return what a step of the ladder makes of a specification."""
    if step == "x11":
        return replace(
            spec, method="x11", x11_only=True, fixed_arima=(), fixed_regression=(), sliding_spans=False, history=False
        )
    if step == "airline" and not spec.x11_only:
        # The festival stays: it is what makes the series worth a model. What was searched for or tested goes.
        return replace(spec, arima=AIRLINE, outliers=(), aictest=(), variables=(), fixed_arima=(), fixed_regression=())
    return spec


def _job(item: Ready, spec: Specification, name: str, regressors: dict[str, Regressors], file: str) -> Job:
    own = regressors.get(item.series)
    text = request_text(
        spec,
        name,
        f"{name}.dta",
        own.names if own else (),
        file,
        period=item.period,
        usertypes=own.types if own else ("holiday",),
    )
    return Job(name, text, item.first, item.coded(), "" if spec.x11_only else file, saved_tables(spec))


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
