"""A month of which nothing was accepted has no figures: no other month's are shown in its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shuibei_index import pipeline
from shuibei_index.cli.main import main
from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace

MONTHS = ("2024-01", "2024-02", "2024-03")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A market whose last month holds no usable line."""
    folder = tmp_path_factory.mktemp("empty") / "ws"
    simulate(folder, start=MONTHS[0], end=MONTHS[-1], seed=3, firms=6)
    for path in sorted((folder / "inbox" / MONTHS[-1]).iterdir()):
        path.unlink()
    (folder / "inbox" / MONTHS[-1] / "E001.csv").write_text(
        "enterprise_id,trade_date,item_id,class_code,amount_cny\nE001,2024-03-05,A,99,x\n", encoding="utf-8"
    )
    for month in MONTHS:
        pipeline.intake(Workspace.open(folder), month)
    return folder


@pytest.mark.parametrize("verb", ["compile", "adjust", "explain", "influence"])
def test_a_month_without_accepted_records_is_a_gate(empty: Path, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = [verb, "--workspace", str(empty), "--month", MONTHS[-1]]
    assert main(command) == 3
    out, err = capsys.readouterr()
    assert out == "" and "2024-03 没有采用的记录" in err and "no record of 2024-03 was accepted" in err
    assert err.count(MONTHS[1]) >= 2 and not (empty / "work" / MONTHS[-1] / "indices.csv").exists()
    assert main([*command, "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["exit_code"] == 3


def test_the_review_of_specifications_too(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adjust", "--workspace", str(empty), "--month", MONTHS[-1], "--review"]) == 3
    assert "2024-03 没有采用的记录" in capsys.readouterr().err
    assert main(["compile", "--workspace", str(empty), "--month", MONTHS[1]]) == 0
