"""Faults met by a command at work: a full disk, a mount for reading, no rights, another command, a signal."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shuibei_index import pipeline
from shuibei_index.cli import main
from shuibei_index.store import Store
from shuibei_index.store.checking import check_store
from shuibei_index.teamfiles import write_bytes
from shuibei_index.workspace import Workspace

HEADER = "企业代码,报告期,行号,规格品编码,分类代码,重量,重量单位,成色,金额,含税标志\n"
MONTH = "2024-01"


def line(month: str, firm: str, amount: str) -> str:
    return f"{firm},{month},1,R-1,01010101,10,克,足金999,{amount},含税\n"


@pytest.fixture(scope="module")
def taken_once(tmp_path_factory) -> Path:
    """Two firms, one month taken in, a second one in the inbox."""
    root = tmp_path_factory.mktemp("faults") / "ws"
    root.mkdir()
    (root / "workspace.toml").write_text('base_period = "2024-01"\ntrial = true\n')
    (root / "panel.csv").write_text("enterprise_id,name\nE1,甲\nE2,乙\n")
    for month in (MONTH, "2024-02"):
        (root / "inbox" / month).mkdir(parents=True)
        for firm, amount in (("E1", "5150.00"), ("E2", "5160.00")):
            path = root / "inbox" / month / f"{firm}.csv"
            path.write_bytes((HEADER + line(month, firm, amount)).encode())
    pipeline.intake(Workspace.open(root), MONTH)
    return root


@pytest.fixture
def taken(taken_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(taken_once, tmp_path / "ws"))


def state(root: Path) -> tuple[object, ...]:
    """All that counts: months and receipts of the store, the team's files, the head."""
    with Store.open(root / "store") as store:
        held = store.months(), store.receipts()
    work = {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted((root / "work").rglob("*")) if p.is_file()}
    return *held, work, check_store(root / "store").head


def said(capsys: pytest.CaptureFixture[str]) -> str:
    text = capsys.readouterr().err
    assert "error: " in text and "错误: " in text and "Traceback" not in text
    return text


def mounted(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True).returncode == 0


@pytest.fixture
def small(taken: Path) -> Iterator[Path]:
    """The workspace on a disk with little room."""
    folder = taken.with_name("small")
    folder.mkdir()
    if not mounted("-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)):
        pytest.skip("this machine does not let us mount a small disk")
    shutil.copytree(taken, folder / "ws")
    yield folder / "ws"
    subprocess.run(["umount", str(folder)], check=True)


def test_an_intake_on_a_full_disk(small, capsys):
    before = state(small)
    filler = os.open(small / "filler", os.O_WRONLY | os.O_CREAT)
    with pytest.raises(OSError, match="No space"):
        while True:
            os.write(filler, b"x" * 4096)
    os.close(filler)
    assert main(["intake", "--workspace", str(small), "--month", "2024-02"]) == 1
    text = said(capsys)
    assert "space" in text and "ackup" not in text and "备份" not in text
    (small / "filler").unlink()
    assert state(small) == before
    assert main(["intake", "--workspace", str(small), "--month", "2024-02"]) == 0
    assert state(small)[0] == [MONTH, "2024-02"]
    assert check_store(small / "store").ok


def test_commands_on_a_mount_for_reading(taken, capsys):
    far = taken.with_name("far")
    far.mkdir()
    if not mounted("--bind", str(taken), str(far)):
        pytest.skip("this machine does not let us mount a folder")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(far)], check=True)
        before = state(taken)
        assert main(["intake", "--workspace", str(far), "--month", "2024-02"]) == 1
        assert "Read-only file system" in said(capsys)
        assert main(["store", "check", "--workspace", str(far)]) == 0
        assert state(taken) == before
    finally:
        subprocess.run(["umount", str(far)], check=True)


_WARM = """
import json, os, sys, time
from shuibei_index.cli import main
from shuibei_index.pipeline import taking_in
def intake(root):
    return main(["intake", "--workspace", root, "--month", "2024-02"])
# the modules a command loads late are loaded by a first one: another user may not be able to read them
own = os.dup(1)
os.dup2(2, 1)
intake(sys.argv[1])
sys.stdout.flush()
os.dup2(own, 1)
real = taking_in.write_table
def slow(*arguments, **more):
    open(os.environ["AT_WORK"], "w").close()
    time.sleep(60)
    return real(*arguments, **more)
for line in sys.stdin:
    root, talk, kind = json.loads(line)
    if (child := os.fork()) == 0:
        said = os.open(talk, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(said, 1), os.dup2(said, 2)
        if kind == "slow":
            os.environ["AT_WORK"] = talk + ".at"
            taking_in.write_table = slow
        elif os.getuid() == 0:
            os.setgroups([]); os.setgid(65534); os.setuid(65534)
        else:
            os.chmod(root + "/store", 0o555)
        code = 70
        try:
            code = intake(root)
        finally:
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def warm(taken_once, tmp_path_factory) -> Iterator[subprocess.Popen[str]]:
    """A process with the program loaded, that forks a command for each line it is given."""
    own = shutil.copytree(taken_once, tmp_path_factory.mktemp("own") / "ws")
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _WARM, str(own)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        yield process
        process.stdin.close()


def start(warm: subprocess.Popen[str], root: Path, talk: Path, kind: str) -> tuple[int, Callable[[], int]]:
    """Start a command; return its process, and what waits for its exit code."""
    warm.stdin.write(json.dumps([str(root), str(talk), kind]) + "\n")
    warm.stdin.flush()
    return int(warm.stdout.readline()), lambda: int(warm.stdout.readline())


def test_commands_of_a_user_without_rights(taken_once, warm):
    folder = Path(tempfile.mkdtemp(prefix="rights-"))
    try:
        folder.chmod(0o755)
        root = shutil.copytree(taken_once, folder / "ws")
        _, ended = start(warm, root, folder / "talk", "other")
        code = ended()
        (root / "store").chmod(0o755)
        text = (folder / "talk").read_text("utf-8")
        assert code == 1 and "错误: " in text and "error: " in text and "Traceback" not in text
        assert "Permission denied" in text
        assert state(root) == state(taken_once)
    finally:
        shutil.rmtree(folder)


def test_a_second_command_while_one_writes(taken, capsys):
    with Store.open(taken / "store") as store, store.writer("compile 2024-01"):
        time.sleep(1.05)
        assert main(["intake", "--workspace", str(taken), "--month", "2024-02"]) == 1
    text = said(capsys)
    assert f"process {os.getpid()} on {os.uname().nodename} (compile 2024-01) for 1 s" in text and "已 1 秒" in text


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_ended_from_outside(taken, warm, tmp_path, sent, code):
    talk = tmp_path / "talk"
    child, ended = start(warm, taken, talk, "slow")
    until = time.monotonic() + 60
    while not talk.with_name("talk.at").exists() and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(child, sent)
    returned, text = ended(), talk.read_text("utf-8")
    assert returned == code and "Traceback" not in text
    assert "nothing partial was left behind" in text and "未写入任何不完整的结果" in text
    assert check_store(taken / "store").ok
    assert not list((taken / "store").rglob("incoming-*")) and not list((taken / "work").rglob(".*"))
    assert main(["intake", "--workspace", str(taken), "--month", "2024-02"]) == 0
    assert state(taken)[0] == [MONTH, "2024-02"]


def test_an_accepted_table_that_is_lost(taken, capsys):
    with Store.open(taken / "store") as store:
        path = store.objects.path(store.month(MONTH).accepted)
        path.unlink()
    assert main(["compile", "--workspace", str(taken), "--month", MONTH]) == 1
    text = said(capsys)
    assert path.stem in text
    assert main(["store", "check", "--workspace", str(taken)]) == 3
    assert path.stem in capsys.readouterr().out
    assert main(["store", "check", "--workspace", str(taken), "--repair"]) == 0
    assert path.is_file()


def test_what_a_killed_writing_of_a_team_file_left_goes(tmp_path):
    """Firm-level rows must not lie about in a file nobody knows; one that is being written is left alone."""
    (tmp_path / "t").mkdir()
    left, alive = tmp_path / "t" / ".receipts.csv-abc", tmp_path / "t" / ".receipts.csv-def"
    left.write_text("E001")
    with alive.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        write_bytes(tmp_path / "t", "receipts.csv", b"new")
        assert not left.exists() and alive.exists()
    with pytest.raises(TypeError):
        write_bytes(tmp_path / "t", "receipts.csv", "no bytes")
    assert [p.name for p in (tmp_path / "t").iterdir() if p != alive] == ["receipts.csv"]
    assert (tmp_path / "t" / "receipts.csv").read_bytes() == b"new"
