"""Power cut: the process is killed at every stage; the next run gives the bytes of an undisturbed one."""

import shutil
import subprocess
import sys

import pytest

from shuibei_index import pipeline
from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace

from .conftest import after_a_run, content, made_once, nothing_confidential

# Each stop: module, name to replace, and whether to die before or after the real thing has happened.
STOPS = [
    ("shuibei_index.store.objects.Objects", "put_file", "before"),
    ("shuibei_index.pipeline.taking_in", "check", "after"),
    ("shuibei_index.store.ledger.Ledger", "add_month", "after"),
    ("shuibei_index.store.objects.Objects", "flush", "after"),
    ("shuibei_index.pipeline.taking_in", "write_table", "before"),
    ("shuibei_index.pipeline.compiling", "compile_index", "before"),
    ("shuibei_index.pipeline.publishing", "adjust", "after"),
    ("shuibei_index.pipeline.publishing", "make_release", "after"),
    ("shuibei_index.release.bundle", "write_folder", "after"),
    ("shuibei_index.pipeline.publishing", "_record", "before"),
]
_CHILD = """
import importlib, os, signal, sys
from shuibei_index import pipeline
from shuibei_index.workspace import Workspace
folder, place, name, when, skip = sys.argv[1:]
try:
    owner = importlib.import_module(place)
except ModuleNotFoundError:
    module, _, cls = place.rpartition(".")
    owner = getattr(importlib.import_module(module), cls)
real, calls = getattr(owner, name), [0]
def stop(*args, **options):
    calls[0] += 1
    if calls[0] <= int(skip):
        return real(*args, **options)
    if when == "after":
        real(*args, **options)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, stop)
pipeline.run(Workspace.open(folder), "2021-11", "2022-02")
"""


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """Four months of five firms, a link among them: every stage has its work, and twenty runs do not take for ever."""

    def make(folder):
        simulate(folder, start="2021-11", end="2022-02", seed=11, firms=5)
        nothing_confidential(folder)

    return made_once(tmp_path_factory, "killed", make)


@pytest.fixture(scope="module")
def undisturbed(untouched, tmp_path_factory):
    """The workspace after an undisturbed run."""
    return after_a_run(untouched, tmp_path_factory.mktemp("undisturbed") / "ws", "2021-11", "2022-02")


@pytest.mark.slow
@pytest.mark.parametrize(("place", "name", "when"), STOPS, ids=[f"{when}-{name}" for _, name, when in STOPS])
def test_killed_run_leaves_old_state_or_new(untouched, undisturbed, tmp_path, place, name, when):
    workspace = Workspace.open(shutil.copytree(untouched, tmp_path / "ws"))
    # deep inside the work, not at its first step
    skip = "5" if name == "put_file" else "2" if name in ("add_month", "write_table") else "0"
    command = [sys.executable, "-c", _CHILD, str(workspace.root), place, name, when, skip]
    killed = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert killed.returncode == -9, killed.stderr
    left = {p.name for p in workspace.releases.iterdir()} if workspace.releases.is_dir() else set()
    for whole in left & {"2022-02"}:
        assert content(workspace.releases / whole) == content(undisturbed.releases / "2022-02")
    pipeline.run(workspace, "2021-11", "2022-02")
    assert content(workspace.releases) == content(undisturbed.releases)


def test_the_undisturbed_run_verifies(undisturbed):
    assert pipeline.verify(undisturbed.releases / "2022-02").ok
