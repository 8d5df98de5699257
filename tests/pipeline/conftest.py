"""Small simulated workspaces, made once a session; tests that write work on copies."""

import shutil

import pytest

from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace

CLEAN = {"mistakes": 0.0, "noise": 0.0, "churn": 0.0, "response": 1.0, "late": 0.0, "sampled": 1.0}


@pytest.fixture(scope="session")
def raw(tmp_path_factory):
    """A noisy market of 8 firms, 38 months: enough for X-13; as simulated, nothing taken in."""
    folder = tmp_path_factory.mktemp("raw") / "ws"
    simulate(folder, start="2021-01", end="2024-02", seed=11, firms=8)
    return folder


@pytest.fixture
def workspace(raw, tmp_path):
    """A copy of the raw workspace to work on."""
    shutil.copytree(raw, tmp_path / "ws")
    return Workspace.open(tmp_path / "ws")


@pytest.fixture(scope="session")
def done(raw, tmp_path_factory):
    """The same workspace after an undisturbed run."""
    return after_a_run(raw, tmp_path_factory.mktemp("done") / "ws", "2021-01", "2024-02")


@pytest.fixture(scope="session")
def short_raw(tmp_path_factory):
    """A noisy market of 8 firms, 8 months, a link among them: too short for X-13, long enough for the rest."""
    folder = tmp_path_factory.mktemp("short") / "ws"
    simulate(folder, start="2021-07", end="2022-02", seed=11, firms=8)
    return folder


@pytest.fixture
def short_workspace(short_raw, tmp_path):
    """A copy of the short workspace to work on."""
    shutil.copytree(short_raw, tmp_path / "ws")
    return Workspace.open(tmp_path / "ws")


@pytest.fixture(scope="session")
def short_done(short_raw, tmp_path_factory):
    """The short workspace after an undisturbed run."""
    return after_a_run(short_raw, tmp_path_factory.mktemp("short_done") / "ws", "2021-07", "2022-02")


def after_a_run(raw, folder, first, last):
    """A copy of a raw workspace after an undisturbed run of a range of months."""
    from shuibei_index import pipeline

    workspace = Workspace.open(shutil.copytree(raw, folder))
    pipeline.run(workspace, first, last)
    return workspace


def content(folder):
    """Every file below a folder: relative path → bytes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
