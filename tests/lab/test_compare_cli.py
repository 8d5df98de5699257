"""The verb `compare`: table, JSON, files, refusals."""

import importlib
import json

import pytest

from shuibei_index import pipeline
from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace

command = importlib.import_module("shuibei_index.cli.main")
FEW = ("--methods", "--formulas", "jevons,tornqvist", "--bases", "chained", "--multilateral", "ccdi", "--windows", "5",
       "--splices", "mean", "--on", "published")  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("lab") / "ws"
    simulate(root, start="2023-01", end="2023-06", seed=2, firms=4, formats=["parquet"])
    workspace = Workspace.open(root)
    for month in workspace.inbox_months():
        pipeline.intake(workspace, month)
    return root


def call(capsys, monkeypatch, *arguments):
    # wherever the verb stands in the monthly round
    monkeypatch.setattr(command, "VERBS", tuple(dict.fromkeys((*command.VERBS, "compare"))))
    code = command.main(["compare", *arguments])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_a_simulated_workspace_is_held_against_its_truth(folder, capsys, monkeypatch, tmp_path):
    options = ("--workspace", str(folder), *FEW, "--classes", "0101,0401")
    code, out, err = call(capsys, monkeypatch, *options, "--out", str(tmp_path / "m.csv"))
    assert code == 0 and "against superlative, same_formula" in out and "geks_tornqvist 5 mean published" in out
    assert "wrote" in err and (tmp_path / "m.csv").read_text(encoding="utf-8").startswith("class_code,")
    code, out, _ = call(capsys, monkeypatch, *options, "--json", "--top", "0")
    content = json.loads(out)
    assert code == 0 and content["target"] == "superlative" and content["months"] == ["2023-01", "2023-06"]
    assert {row["unit"] for row in content["methods"]} == {"g", "piece"}
    assert len(content["methods"]) == 8


def test_without_truth_drift_and_distance_remain(folder, capsys, monkeypatch):
    truth = folder / "truth.csv"
    kept = truth.read_bytes()
    truth.unlink()
    try:
        code, out, err = call(capsys, monkeypatch, "--workspace", str(folder), *FEW, "--classes", "0401")
    finally:
        truth.write_bytes(kept)
    assert code == 0 and "without truth" in out and "rmse" not in out and "distance" in out
    assert "没有真值" in err


def test_refusals(folder, capsys, monkeypatch, tmp_path):
    here = ("--workspace", str(folder))
    code, _, err = call(capsys, monkeypatch, *here)
    assert code == 2 and "请写明比较内容" in err and "revisions.csv" in err
    for more, words in (
        (("--windows", "a"), "whole numbers"),
        (("--out", "m.xls"), ".png"),
        (("--classes", "77"), "no prices of class"),
        (("--truth", str(tmp_path / "none.csv")), "there is no file"),
        (("--truth", str(folder / "panel.csv")), "lacks the columns"),
    ):
        code, _, err = call(capsys, monkeypatch, *here, *FEW, *more)
        assert code == 2 and words in err, more
    empty = tmp_path / "ws"
    simulate(empty, start="2023-01", end="2023-02", seed=2, firms=2, formats=["parquet"])
    code, _, err = call(capsys, monkeypatch, "--workspace", str(empty), *FEW)
    assert code == 1 and "尚未收表" in err
