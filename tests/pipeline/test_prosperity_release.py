"""A release carries the prosperity index where the workspace has data for it, and verify computes it again."""

import hashlib
import json

import pytest

from shuibei_index import pipeline
from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """Two months released without survey, a third with one."""
    folder = tmp_path_factory.mktemp("prosperity") / "ws"
    simulate(folder, start="2024-01", end="2024-03", seed=6, firms=8, formats=("csv",), mistakes=0.0)
    workspace = Workspace.open(folder)
    pipeline.run(workspace, "2024-01", "2024-02")
    firms, months = workspace.panel()["enterprise_id"], ("2024-01", "2024-02", "2024-03")
    rows = "".join(f"{m},{firm},sales,{'up' if k % 2 else 'same'}\n" for m in months for k, firm in enumerate(firms))
    (folder / "reference" / "survey.csv").write_text("period,enterprise_id,question,answer\n" + rows, encoding="utf-8")
    pipeline.run(workspace, "2024-03", "2024-03")
    return workspace


def test_without_data_a_release_has_no_such_table(released):
    assert not (released.releases / "2024-02" / "prosperity.csv").exists()
    assert pipeline.verify(released.releases / "2024-02").ok


def test_with_data_it_has_it_in_every_form(released):
    bundle = released.releases / "2024-03"
    lines = (bundle / "prosperity.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "period,family,component,index,mom_pct,yoy_pct,n_enterprises,obs_conf"
    assert "2024-01,C,confidence,1000.00,,,8,F" in lines
    described = json.loads((bundle / "datapackage.json").read_text(encoding="utf-8"))
    assert "prosperity" in [r["name"] for r in described["resources"]]
    (released.root / "reference" / "survey.csv").write_text("changed later", encoding="utf-8")
    assert pipeline.verify(bundle).ok


def test_another_index_than_that_of_the_frozen_inputs_is_found(released, monkeypatch):
    from shuibei_index.pipeline import publishing

    monkeypatch.setattr(publishing, "of_release", lambda *inputs: None)
    found = pipeline.verify(released.releases / "2024-03")
    assert not found.ok and [p.file for p in found.report.problems] == ["prosperity.csv"]
    listed = json.loads((released.releases / "2024-03" / "manifest.json").read_text(encoding="utf-8"))["files"]
    digest = hashlib.sha256((released.releases / "2024-03" / "prosperity.csv").read_bytes()).hexdigest()
    assert {"prosperity.csv": digest}.items() <= {f["path"]: f["sha256"] for f in listed}.items()
