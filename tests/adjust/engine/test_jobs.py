"""The driver: broken requests, programs that hang or die, nothing left behind."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust.engine import jobs as x13
from shuibei_index.adjust.engine.jobs import Job, run_jobs
from shuibei_index.adjust.engine.output import error_texts, read_output, sections
from shuibei_index.adjust.engine.program import Engine, locate
from shuibei_index.adjust.specification.defaults import default_specification
from shuibei_index.adjust.specification.request import request_text
from shuibei_index.errors import EngineError

Market = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
posix = pytest.mark.skipif(os.name != "posix", reason="the stand-in programs are shell scripts")


@pytest.fixture
def engine() -> Engine:
    found = locate()
    assert found is not None
    return found


@pytest.fixture
def jobs(market: Market) -> list[Job]:
    frame, _ = market(series=6, months=60)
    spec = default_specification(month="2025-06")
    return [
        Job(f"S{k}", request_text(spec, f"S{k}", f"S{k}.dta", (), ""), "2014-01", frame[name].to_numpy())
        for k, name in enumerate(frame)
    ]


def _broken(job: Job) -> Job:
    return Job(
        job.name, job.request.replace("arima{", "regression{ variables=(nosuch) }\narima{"), job.first, job.values
    )


def _stand_in(tmp_path: Path, engine: Engine, body: str) -> Engine:
    """A program that runs X-13 series by series and does something else for S2."""
    script = tmp_path / "stand-in"
    script.write_text(
        "#!/bin/sh\n"
        "while read name; do\n"
        f'  if [ "$name" = S2 ]; then {body}; fi\n'
        f'  "{engine.path}" "$name" -s -n\n'
        "done < all.mta\n"
    )
    script.chmod(0o755)
    return Engine("1.1", "0", "", script)


def _same(some: dict[str, x13.Output], others: dict[str, x13.Output], names: list[str]) -> None:
    for name in names:
        assert some[name].failure == ""
        assert some[name].diagnostics == others[name].diagnostics
        for table, values in others[name].tables.items():
            np.testing.assert_array_equal(some[name].tables[table], values)


def test_broken_request_in_the_middle_disturbs_nobody(engine: Engine, jobs: list[Job], private_tmp: Path) -> None:
    good = run_jobs(jobs, engine, workers=1)
    mixed = run_jobs([*jobs[:2], _broken(jobs[2]), *jobs[3:]], engine, workers=1)
    assert list(mixed) == [job.name for job in jobs]
    assert mixed["S2"].failure == 'Regression variable name "nosuch" not found'
    assert mixed["S2"].tables == {}
    _same(mixed, good, ["S0", "S1", "S3", "S4", "S5"])
    assert list(private_tmp.iterdir()) == []


def test_result_does_not_depend_on_workers(engine: Engine, jobs: list[Job]) -> None:
    _same(run_jobs(jobs, engine, workers=3), run_jobs(jobs, engine, workers=1), [job.name for job in jobs])
    assert run_jobs([], engine) == {}


@posix
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("touch S2.err; sleep 60", "made no progress for 0.4 s and was stopped"),
        ("touch S2.err; kill -9 $$", "ended abnormally"),
        ("exit 1", "ended abnormally"),
    ],
)
def test_program_that_hangs_or_dies_costs_one_series(
    engine: Engine, jobs: list[Job], tmp_path: Path, private_tmp: Path, body: str, says: str
) -> None:
    good = run_jobs(jobs, engine)
    begun = time.monotonic()
    results = run_jobs(jobs, _stand_in(tmp_path, engine, body), workers=1, time_limit=0.4)
    assert time.monotonic() - begun < 20
    failed = [name for name, output in results.items() if output.failure]
    assert len(failed) == 1
    assert says in results[failed[0]].failure
    _same(results, good, [name for name in good if name not in failed])
    assert list(private_tmp.iterdir()) == []


@posix
def test_program_that_never_works_is_given_up(jobs: list[Job], tmp_path: Path, private_tmp: Path) -> None:
    script = tmp_path / "sleeper"
    script.write_text("#!/bin/sh\nsleep 60\n")
    script.chmod(0o755)
    begun = time.monotonic()
    results = run_jobs(jobs, Engine("1.1", "0", "", script), workers=1, time_limit=0.2)
    assert time.monotonic() - begun < 10
    assert all(output.failure for output in results.values())
    # No other request would help: the ladder is not climbed down.
    assert not any(output.retry for output in results.values())
    assert "3 times in a row" in results["S5"].failure
    assert list(private_tmp.iterdir()) == []


@posix
def test_program_that_ends_without_a_word(jobs: list[Job], tmp_path: Path) -> None:
    script = tmp_path / "quiet"
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o755)
    results = run_jobs(jobs[:2], Engine("1.1", "0", "", script), workers=1)
    assert all("ended without a result" in output.failure for output in results.values())


def test_folders_are_removed_when_reading_fails(
    engine: Engine, jobs: list[Job], private_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("disk gone")

    monkeypatch.setattr(x13, "read_output", fail)
    with pytest.raises(RuntimeError, match="disk gone"):
        run_jobs(jobs, engine)
    assert list(private_tmp.iterdir()) == []


def test_folders_are_removed_when_the_program_cannot_start(jobs: list[Job], tmp_path: Path, private_tmp: Path) -> None:
    with pytest.raises(EngineError, match="cannot be started"):
        run_jobs(jobs, Engine("1.1", "0", "", tmp_path / "nothing"))
    assert list(private_tmp.iterdir()) == []


def test_errors_printed_only_on_stdout_count(tmp_path: Path) -> None:
    printed = (
        "  Reading input spec file from S0.spc\n\n Execution complete for S0.spc\n"
        "  Reading input spec file from S1.spc\n\n ERROR: Input record longer than\n        limit :   133\n\n"
        "  Reading input spec file from S2.spc\n"
    )
    parts = sections(printed)
    assert list(parts) == ["S0", "S1", "S2"]
    assert read_output(tmp_path, "S1", "2014-01", 60, parts["S1"]).failure == "Input record longer than limit : 133"
    assert "without table d10" in read_output(tmp_path, "S0", "2014-01", 60, parts["S0"]).failure


def test_messages_of_the_html_build_are_read(tmp_path: Path) -> None:
    (tmp_path / "S0_err.html").write_text(
        "<html><p><strong>ERROR:</strong> Series has to be\n<em>longer</em>.</p><p>NOTE: see the manual</p></html>"
    )
    assert read_output(tmp_path, "S0", "2014-01", 60, "").failure == "Series has to be longer"


def test_each_error_once() -> None:
    text = (
        " ERROR: Estimation failed to\n        converge.\n\n ERROR: Estimation failed to converge.\n\n WARNING: other\n"
    )
    assert error_texts(text) == ["Estimation failed to converge"]


def test_a_table_of_another_length_is_refused(engine: Engine, jobs: list[Job], tmp_path: Path) -> None:
    for table in ("d10", "d11", "d12", "d13", "d16"):
        (tmp_path / f"S0.{table}").write_text(f"date\tS0.{table}\n------\t---\n201401\t+0.1E+01\n201402\t********\n")
    assert "does not cover the 60 periods from 2014-01" in read_output(tmp_path, "S0", "2014-01", 60, "").failure
    assert "not numbers" in read_output(tmp_path, "S0", "2014-01", 2, "").failure
