"""The verb `influence` on a simulated workspace."""

import argparse
import importlib
import json
import stat

import pandas as pd
import pytest

from shuibei_index import pipeline
from shuibei_index.errors import UsageError
from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace

MONTH = "2024-06"
verb = importlib.import_module("shuibei_index.cli.influence")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("influence") / "ws"
    simulate(folder, start="2024-01", end=MONTH, seed=4, firms=6, mistakes=0.0, response=1.0, late=0.0)
    opened = Workspace.open(folder)
    for month in opened.inbox_months():
        pipeline.intake(opened, month)
    return folder


def options(folder, *words):
    parser = argparse.ArgumentParser()
    verb.arguments(parser)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(["--workspace", str(folder), *words])


def test_tables_are_written_for_their_owner_and_shown(workspace, capsys):
    assert verb.run(options(workspace, "--month", MONTH, "--json")) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["month"] == MONTH and len(said["firms"]) == 6
    review, firms = (pd.read_csv(path, dtype={"class_code": str}) for path in said["files"])
    assert len(review) == len(said["review"]) and list(review.columns)[:4] == [
        "period",
        "class_code",
        "enterprise_id",
        "signal",
    ]
    head = firms[firms["class_code"] == "00"].set_index("enterprise_id")["effect_points"]
    for row in said["firms"]:
        assert head[row["enterprise_id"]] == pytest.approx(row["effect_points"])
    work = workspace / "work" / MONTH
    assert stat.S_IMODE(work.stat().st_mode) == 0o700
    assert all(stat.S_IMODE((work / name).stat().st_mode) == 0o600 for name in ("influence.csv", "influence_firms.csv"))


def test_speaks_both_languages_and_knows_classes(workspace, capsys):
    assert verb.run(options(workspace, "--month", MONTH, "--class", "01", "--top", "3")) == 0
    text = capsys.readouterr()
    assert "剔除单个企业的影响 effect of leaving one firm out: 01" in text.out and "review list" in text.out
    assert "nothing is excluded" in text.err
    exact = verb.run(options(workspace, "--month", MONTH, "--class", "01", "--top", "3", "--exact", "--json"))
    assert exact == 0 and len(json.loads(capsys.readouterr().out)["firms"]) == 3
    with pytest.raises(UsageError):
        verb.run(options(workspace, "--month", MONTH, "--class", "77"))
    with pytest.raises(UsageError):
        verb.run(options(workspace, "--month", "2024-01"))
