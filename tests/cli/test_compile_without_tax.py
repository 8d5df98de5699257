"""The index without tax by one command: both tables written, both headlines shown, nothing else changed."""

import json

import pandas as pd
import pytest

from shuibei_index.cli import main
from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace

MONTH = "2025-12"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three months around the change of 2025-11."""
    path = tmp_path_factory.mktemp("tax") / "ws"
    simulate(path, start="2025-10", end=MONTH, seed=3, firms=6, items_per_firm=20, response=1.0, late=0.0)
    for month in ("2025-10", "2025-11", MONTH):
        assert main(["intake", "--workspace", str(path), "--month", month, "--json"]) == 0
    return path


def call(capsys, folder, *more):
    code = main(["compile", "--workspace", str(folder), "--month", MONTH, *more])
    shown = capsys.readouterr()
    assert code == 0
    return shown


def test_both_are_written_and_shown(folder, capsys):
    plain = json.loads(call(capsys, folder, "--json").out)
    work = Workspace.open(folder).work(MONTH)
    assert not (work / "indices_without_tax.csv").exists() and "without_tax" not in plain
    told = json.loads(call(capsys, folder, "--without-tax", "--json").out)
    assert told["indices"] == plain["indices"]
    taxes = told["without_tax"]
    assert taxes["breaks"] == ["2025-11"] and taxes["assumption"] == "central" and taxes["tax_basis"] == "incl"
    stated, bare = (taxes["headline"][name]["index"] for name in ("stated", "without_tax"))
    assert stated == plain["indices"][0]["index"]
    # gold bears 6.22 % more from November on: without tax it rose by that much less, as far as it is gold
    assert 1.0 < stated / bare <= 1.0622 + 1e-9
    table = pd.read_csv(work / "indices_without_tax.csv", dtype={"class_code": str})
    head = table[(table["class_code"] == "00") & (table["component"] == "total") & (table["period"] == MONTH)]
    assert head["index"].tolist() == pytest.approx([bare])
    links = pd.read_csv(work / "tax_links.csv", dtype={"class_code": str})
    assert set(links["period"]) == {"2025-11"} and "00" in set(links["class_code"])
    assert links["factor"].max() == pytest.approx(1.0622)


def test_it_is_said_in_both_languages(folder, capsys):
    shown = call(capsys, folder, "--without-tax")
    assert "含税 with tax" in shown.out and "不含税 without tax" in shown.out
    assert "税负变动月份 months in which tax changes: 2025-11" in shown.err and "tax_links.csv" in shown.err
    assert "without tax" not in call(capsys, folder).out
