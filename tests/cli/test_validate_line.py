"""`validate --line`: how the figures of one accepted record came about."""

import json

import pytest

from shuibei_index import pipeline
from shuibei_index.cli.main import main
from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory):
    folder = tmp_path_factory.mktemp("line") / "ws"
    simulate(folder, start="2024-01", end="2024-01", seed=3, firms=3)
    pipeline.intake(Workspace.open(folder), "2024-01")
    return folder


def test_one_record_with_its_rules(taken_in, capsys):
    accepted = pipeline.validate(Workspace.open(taken_in), "2024-01").accepted_table
    firm, line = accepted["enterprise_id"][0].as_py(), accepted["line_no"][0].as_py()
    command = ["validate", "--workspace", str(taken_in), "--month", "2024-01", "--line", f"{firm}:{line}"]
    assert main(command) == 0
    shown = capsys.readouterr().out
    cited = accepted["weight_rule"][0].as_py() or accepted["fineness_rule"][0].as_py()
    assert "重量 weight" in shown and cited.split(" (")[0] in shown
    assert main([*command, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["trail"]
    assert {row["field"] for row in rows} >= {"重量 weight", "金额 amount", "含税标志 tax_basis"}


@pytest.mark.parametrize("line", ["E012", ":7", "E012:x"])
def test_a_line_that_is_none_is_wrong_usage(taken_in, capsys, line):
    assert main(["validate", "--workspace", str(taken_in), "--month", "2024-01", "--line", line]) == 2
    assert "--line" in capsys.readouterr().err
