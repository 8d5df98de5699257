"""A workspace's own row checks hold records, are named by `rules check`, and are frozen with a release."""

import json

import pyarrow.parquet as pq
import pytest

from shuibei_index import pipeline
from shuibei_index.cli.main import main
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

MONTH = "2024-02"
OWN = """
[no_dear_charge]
severity = "query"
scope = "row"
expression = "making_charge is null or making_charge <= {most}"
cell = "making_charge"
zh = "{{column_zh}}为 {{value}}，请核对。"
en = "{{column}} is {{value}}; please check."
expected = "at most {most}"
reference = "team note"
"""


@pytest.fixture
def workspace(tmp_path):
    simulate(tmp_path / "ws", start="2024-01", end=MONTH, seed=3, firms=5)
    root = tmp_path / "ws"
    (root / "own" / "checks").mkdir(parents=True)
    (root / "own" / "checks" / "team.toml").write_text(OWN.format(most=60), encoding="utf-8")
    text = (root / "workspace.toml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("methodology")]
    (root / "workspace.toml").write_text("\n".join(['methodology = "own"', *lines]) + "\n", encoding="utf-8")
    return Workspace.open(root)


def held(workspace):
    with Store.open(workspace.store) as store:
        return pq.read_table(store.objects.path(store.month(MONTH).held)).to_pandas()


def test_own_checks_hold_and_are_part_of_a_release(workspace, capsys):
    assert main(["rules", "check", "--workspace", str(workspace.root), "--json"]) == 0
    number = json.loads(capsys.readouterr().out)["checks"]
    assert main(["rules", "check", "--json"]) == 0
    assert number == json.loads(capsys.readouterr().out)["checks"] + 1
    for month in ("2024-01", MONTH):
        pipeline.intake(workspace, month)
    mine = held(workspace)
    mine = mine[mine["rule"] == "no_dear_charge"]
    assert len(mine) and (mine["making_charge"] > 60).all()
    query = pipeline.list_queries(workspace, MONTH).query("rule == 'no_dear_charge'")["query"].iloc[0]
    pipeline.decide(workspace, [query], "accept", reason="phoned", person="A", at="2024-03-02T10:00")
    pipeline.intake(workspace, MONTH)
    assert len(held(workspace)) < len(mine) + 1
    # the release replays the decision under the checks frozen with it, whatever the team's file says later
    made = pipeline.release(workspace, MONTH)
    assert len(made.release.manifest["digests"]["checks"]) == 64
    (workspace.root / "own" / "checks" / "team.toml").write_text(OWN.format(most=500), encoding="utf-8")
    assert pipeline.verify(made.path).ok
