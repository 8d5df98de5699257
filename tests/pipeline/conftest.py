"""Small simulated workspaces, made once a session; tests that write work on copies."""

import fcntl
import shutil

import pytest

from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace

CLEAN = {"mistakes": 0.0, "noise": 0.0, "churn": 0.0, "response": 1.0, "late": 0.0, "sampled": 1.0}


@pytest.fixture(scope="session")
def raw(tmp_path_factory):
    """A noisy market of 8 firms, 38 months: enough for X-13; as simulated, nothing taken in."""

    def make(folder):
        simulate(folder, start="2021-01", end="2024-02", seed=11, firms=8)
        nothing_confidential(folder)

    return made_once(tmp_path_factory, "raw", make)


@pytest.fixture
def workspace(raw, tmp_path):
    """A copy of the raw workspace to work on."""
    shutil.copytree(raw, tmp_path / "ws")
    return Workspace.open(tmp_path / "ws")


@pytest.fixture(scope="session")
def done(raw, tmp_path_factory):
    """The same workspace after an undisturbed run."""
    folder = made_once(tmp_path_factory, "done", lambda folder: after_a_run(raw, folder, "2021-01", "2024-02"))
    return Workspace.open(folder)


@pytest.fixture(scope="session")
def short_raw(tmp_path_factory):
    """A noisy market of 8 firms, 8 months, a link among them: too short for X-13, long enough for the rest."""

    def make(folder):
        simulate(folder, start="2021-07", end="2022-02", seed=11, firms=8)
        nothing_confidential(folder)

    return made_once(tmp_path_factory, "short", make)


@pytest.fixture
def short_workspace(short_raw, tmp_path):
    """A copy of the short workspace to work on."""
    shutil.copytree(short_raw, tmp_path / "ws")
    return Workspace.open(tmp_path / "ws")


@pytest.fixture(scope="session")
def short_done(short_raw, tmp_path_factory):
    """The short workspace after an undisturbed run."""
    folder = made_once(
        tmp_path_factory, "short_done", lambda folder: after_a_run(short_raw, folder, "2021-07", "2022-02")
    )
    return Workspace.open(folder)


def made_once(tmp_path_factory, name, make):
    """Return a folder of one's own with what `make(folder)` makes; processes that test together make it once."""
    base = tmp_path_factory.getbasetemp()
    # pytest-xdist gives each of its processes a folder beside the others'
    shared = (base.parent if base.name.startswith("popen-") else base) / "made_once"
    shared.mkdir(exist_ok=True)
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / f"{name}.done").exists():
            make(shared / name)
            (shared / f"{name}.done").touch()
    return shutil.copytree(shared / name, tmp_path_factory.mktemp(name) / "ws")


OPEN = """
[disclosure_min_respondents]
title = "t"
title_zh = "t"
unit = "respondents"
used_by = "shuibei_index.disclosure.primary:sensitive"
[[disclosure_min_respondents.values]]
from = 2005-01-01
value = 1
decision = "0300"

[disclosure_dominance]
title = "t"
title_zh = "t"
unit = "respondents, share"
used_by = "shuibei_index.disclosure.primary:sensitive"
[[disclosure_dominance.values]]
from = 2005-01-01
value = { largest = 1, share = 1.0 }
decision = "0300"

[disclosure_p_percent]
title = "t"
title_zh = "t"
unit = "per cent"
used_by = "shuibei_index.disclosure.primary:sensitive"
[[disclosure_p_percent.values]]
from = 2005-01-01
value = 0.0
decision = "0300"
"""


def nothing_confidential(folder):
    """Give a workspace rules of its own by which nothing is withheld, and return its folder.

    Of 8 firms nearly every class would be: the search for what protects them would be most of a run's time, and the
    releases empty. What is withheld has tests of its own.
    """
    rules = folder / "open" / "rules"
    rules.mkdir(parents=True)
    (rules / "disclosure.toml").write_text(OPEN, encoding="utf-8")
    settings = folder / "workspace.toml"
    settings.write_text('methodology = "open"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def after_a_run(raw, folder, first, last):
    """A copy of a raw workspace after an undisturbed run of a range of months."""
    from shuibei_index import pipeline

    workspace = Workspace.open(shutil.copytree(raw, folder))
    pipeline.run(workspace, first, last)
    return workspace


def content(folder):
    """Every file below a folder: relative path → bytes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
