"""The store of a real workspace: a month replayed from its files, releases rebuilt, the command's words and codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from shuibei_index import pipeline
from shuibei_index.cli.main import main
from shuibei_index.pipeline.storekeeping import check_store, rebuild_releases
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def released_once(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("released") / "ws"
    simulate(folder, start="2024-01", end="2024-03", seed=5, firms=8)
    pipeline.run(Workspace.open(folder), "2024-01", "2024-03")
    # what `release` did not keep yet is kept from here on
    assert check_store(Workspace.open(folder), repair=True).ok
    return folder


@pytest.fixture
def released(released_once: Path, tmp_path: Path) -> Workspace:
    return Workspace.open(shutil.copytree(released_once, tmp_path / "ws"))


def content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_workspace_is_sound(released):
    found = check_store(released)
    assert found.ok and not found.faults and not found.notes
    assert found.counts["releases"] == len(list(released.releases.iterdir())) >= 1


def test_releases_deleted_come_back_byte_for_byte(released):
    before = content(released.releases)
    shutil.rmtree(released.releases)
    names = {fault.name for fault in check_store(released).faults}
    assert names == {path.split("/")[0] for path in before}
    assert {path.name for path in rebuild_releases(released)} == names
    assert content(released.releases) == before
    assert pipeline.verify(released.releases / sorted(names)[-1]).ok


def test_tables_of_a_month_are_replayed_from_the_files_received(released):
    with Store.open(released.store) as store:
        lost = [store.month(month) for month in store.months()]
        paths = [store.objects.path(sha) for s in lost for sha in (s.accepted, s.findings)]
    before = {path: path.read_bytes() for path in paths}
    for number, path in enumerate(paths):
        if number % 2:
            path.unlink()
        else:
            path.chmod(0o644)
            path.write_bytes(path.read_bytes()[:-9] + b"x" * 9)
    # not from the inbox: the files received are in the store
    shutil.rmtree(released.inbox)
    assert len(check_store(released).faults) == len(set(paths)) == 6
    found = check_store(released, repair=True)
    assert found.ok, found.text()
    assert {path: path.read_bytes() for path in paths} == before
    assert "重放恢复" in found.faults[0].done and "replaying the files received for 2024-01" in found.text()
    assert check_store(released).ok


def test_files_received_come_back_from_the_inbox(released):
    before = content(released.store / "objects")
    with Store.open(released.store) as store:
        for receipt in store.receipts():
            store.objects.path(receipt.sha256).unlink()
    found = check_store(released, repair=True)
    assert found.ok and all("inbox/" in fault.done for fault in found.faults)
    assert content(released.store / "objects") == before


def test_a_month_under_other_rules_is_not_put_in_the_place_of_what_was(released):
    """Replayed under another panel the records are others: what does not have the digest is not taken."""
    with Store.open(released.store) as store:
        path = store.objects.path(store.month("2024-03").accepted)
    path.unlink()
    panel = (released.root / "panel.csv").read_text("utf-8").splitlines()
    (released.root / "panel.csv").write_text("\n".join(panel[:4]) + "\n", "utf-8")
    found = check_store(released, repair=True)
    assert not found.ok and not path.exists()


def test_the_command(released, capsys):
    where = ["--workspace", str(released.root)]
    assert main(["store", "check", *where, "--json"]) == 0
    head = json.loads(capsys.readouterr().out)["head"]
    assert main(["store", "check", *where, "--head", head]) == 0
    assert "完好 sound" in capsys.readouterr().out
    (release, *_) = sorted(released.releases.iterdir())
    (release / "indices.csv").unlink()
    assert main(["store", "check", *where]) == 3
    said = capsys.readouterr().out
    assert f"{release.name}/indices.csv" in said and "发布包缺少该文件" in said and "is missing in the release" in said
    assert main(["store", "check", *where, "--repair"]) == 0
    assert "由库恢复 restored from the store" in capsys.readouterr().out
    shutil.rmtree(release)
    assert main(["store", "rebuild", *where]) == 0
    assert release.name in capsys.readouterr().out and release.is_dir()
    assert main(["store", "rebuild", *where, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"rebuilt": []}
    assert main(["store", "rebuild", *where, "--repair"]) == 2
    (release / "indices.csv").write_text("changed")
    assert main(["store", "rebuild", *where]) == 1
    assert "内容不同" in capsys.readouterr().err
