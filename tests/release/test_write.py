from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shuibei_index.errors import ReleaseError
from shuibei_index.release.write import sweep, write_folder

FILES = {"manifest.json": b"{}", "charts/a.svg": b"<svg/>", "indices.csv": b"period\n"}


def listing(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_same_bytes_again_change_nothing(tmp_path: Path) -> None:
    folder = write_folder(FILES, tmp_path / "2025-06")
    before = (folder / "indices.csv").stat().st_mtime_ns
    write_folder(FILES, folder)
    assert (folder / "indices.csv").stat().st_mtime_ns == before
    assert listing(folder) == FILES
    assert [p.name for p in tmp_path.iterdir()] == ["2025-06"]


@pytest.mark.parametrize(
    "other",
    [
        {**FILES, "indices.csv": b"x"},
        {**FILES, "more.csv": b""},
        {k: v for k, v in FILES.items() if k != "indices.csv"},
    ],
)
def test_another_content_is_refused(tmp_path: Path, other: dict[str, bytes]) -> None:
    folder = write_folder(FILES, tmp_path / "2025-06")
    with pytest.raises(ReleaseError, match=r"exists with other content: .*--month 2025-06 --revision"):
        write_folder(other, folder)
    assert listing(folder) == FILES
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_is_no_release_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "2025-06").mkdir()
    (tmp_path / "2025-06" / "mine.txt").write_text("mine")
    with pytest.raises(ReleaseError, match=r"it holds mine\.txt and is no release .* move it elsewhere") as refused:
        write_folder(FILES, tmp_path / "2025-06")
    assert "--revision" not in str(refused.value) and "请移走后重试" in refused.value.zh
    assert listing(tmp_path / "2025-06") == {"mine.txt": b"mine"} and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "rename")), fail)
    with pytest.raises(OSError, match="No space left"):
        write_folder(FILES, tmp_path / "2025-06")
    assert list(tmp_path.iterdir()) == []


def test_everything_reaches_the_disk_before_the_name_appears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    fsync, rename = os.fsync, Path.rename
    monkeypatch.setattr(
        os, "fsync", lambda handle: (calls.append(str(Path(f"/proc/self/fd/{handle}").readlink())), fsync(handle))
    )
    monkeypatch.setattr(Path, "rename", lambda self, to: (calls.append("rename"), rename(self, to))[1])
    write_folder(FILES, tmp_path / "2025-06")
    before, after = calls[: calls.index("rename")], calls[calls.index("rename") + 1 :]
    assert {Path(c).name for c in before} >= {"manifest.json", "a.svg", "indices.csv", "charts"}
    assert before[-1].endswith(".tmp")
    assert after == [str(tmp_path)]


def test_a_killed_run_leaves_no_release_and_is_swept(tmp_path: Path) -> None:
    # the child stops before the rename; killed there, its temporary folder is nobody's
    script = (
        "import sys, time; from pathlib import Path; from shuibei_index.release import write\n"
        "def stop(self, to): print('ready', flush=True); time.sleep(60)\n"
        "Path.rename = stop\n"
        "write.write_folder({'manifest.json': b'{}'}, Path(sys.argv[1]))\n"
    )
    folder = tmp_path / "2025-06"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    child = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, env=environment)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        assert not folder.exists()
        assert sweep(folder) == []  # its writer lives
        assert len(list(tmp_path.iterdir())) == 1
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    time.sleep(0.05)
    write_folder(FILES, folder)
    assert [p.name for p in tmp_path.iterdir()] == ["2025-06"]
    assert listing(folder) == FILES


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "2025-06").write_text("x")
    with pytest.raises(ReleaseError, match="is a file"):
        write_folder(FILES, tmp_path / "2025-06")
