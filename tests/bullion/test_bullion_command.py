"""The verb `bullion` on a simulated workspace, and that a single series changes nothing there."""

import argparse
import importlib
import json
import shutil
import stat

import numpy as np
import pandas as pd
import pytest

from shuibei_index import pipeline
from shuibei_index.errors import FallbackWarning, UsageError, WorkspaceError
from shuibei_index.frozen import Frozen
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

MONTH = "2024-03"
verb = importlib.import_module("shuibei_index.cli.bullion")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bullion") / "ws"
    simulate(folder, start="2024-01", end=MONTH, seed=4, firms=8, mistakes=0.0, response=1.0, late=0.0)
    opened = Workspace.open(folder)
    for month in opened.inbox_months():
        pipeline.intake(opened, month)
    return folder


def options(folder, *words):
    parser = argparse.ArgumentParser()
    verb.arguments(parser)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(["--workspace", str(folder), *words])


def test_the_spread_is_written_for_its_owner_and_shown(folder, capsys):
    assert verb.run(options(folder, "--month", MONTH, "--spread", "--json")) == 0
    said = json.loads(capsys.readouterr().out)
    written = pd.read_csv(said["file"])
    assert len(written) == len(said["spread"]) and set(written["period"]) == {"2024-01", "2024-02", "2024-03"}
    gold = written[written["metal"] == "gold"]
    assert (gold["n_firms"] >= 3).all() and gold["spread_pct"].abs().max() < 5.0
    assert stat.S_IMODE((folder / "work" / MONTH / "spread.csv").stat().st_mode) == 0o600
    assert verb.run(options(folder, "--month", MONTH, "--spread")) == 0
    shown = capsys.readouterr()
    assert "料价价差" in shown.out and "too few firms" in shown.err


def test_the_reference_is_shown_and_one_series_is_what_it_was(folder, capsys):
    assert verb.run(options(folder, "--json")) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["splices"] == [] and said["findings"] == []
    file = pd.read_csv(folder / "reference" / "metal_prices.csv").sort_values(["period", "metal"])
    assert [row["cny_per_gram"] for row in said["reference"]] == file["cny_per_gram"].tolist()
    assert verb.run(options(folder, "--month", "2024-02")) == 0
    text = capsys.readouterr().out
    assert "金属参考价 reference prices" in text and "2024-02" in text and "2024-03" not in text


def test_a_splice_is_shown_in_both_languages(folder, tmp_path, capsys):
    (tmp_path / "reference").mkdir()
    (tmp_path / "workspace.toml").write_text("", encoding="utf-8")
    (tmp_path / "reference" / "metal_prices.csv").write_text(
        "period,metal,cny_per_gram,source\n2016-04,gold,255,Au99.99\n2016-05,gold,270,SHAU\n", encoding="utf-8"
    )
    assert verb.run(options(tmp_path)) == 0
    shown = capsys.readouterr()
    assert "更换 change" in shown.out and "没有共同月份" in shown.err and "no month has both" in shown.err


def test_wrong_use_is_said_plainly(folder, tmp_path):
    with pytest.raises(UsageError, match="--spread needs --month"):
        verb.run(options(folder, "--spread"))
    (tmp_path / "workspace.toml").write_text("", encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"metal_prices\.csv is missing") as error:
        verb.run(options(tmp_path))
    assert "缺少" in error.value.zh


def test_checks_and_compilation_read_the_chosen_series(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "ws")
    path = tmp_path / "ws" / "reference" / "metal_prices.csv"
    table = pd.read_csv(path)
    gold = table[table["metal"] == "gold"]
    both = [table.assign(source="Au99.99"), gold.assign(source="SHAU", cny_per_gram=gold["cny_per_gram"] * 2)]
    pd.concat(both).to_csv(path, index=False)
    opened = Workspace.open(tmp_path / "ws")
    # at twice the benchmark every stated price of gold is far off
    found = pipeline.validate(opened, MONTH).findings
    assert (found["rule"] == "metal_price_benchmark").sum() > 10
    with Store.open(opened.store) as store:
        prices = Frozen.of(opened, store, MONTH).metal_prices
    assert prices[prices["metal"] == "gold"]["cny_per_gram"].tolist() == pytest.approx(2 * gold["cny_per_gram"])
    assert not prices.duplicated(["period", "metal"]).any()


def test_the_index_does_not_feel_a_change_of_series(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "ws")
    path = tmp_path / "ws" / "reference" / "metal_prices.csv"
    table = pd.read_csv(path)
    months = sorted(table["period"].unique())
    gold = table[table["metal"] == "gold"]
    one = table.assign(source="Au99.99")

    def headline(prices):
        prices.to_csv(path, index=False)
        opened = Workspace.open(tmp_path / "ws")
        return pipeline.compile_(opened, MONTH).levels, opened.metal_prices()

    alone, plain = headline(one)
    assert "factor" not in plain
    # the benchmark, at twice the level, begins in the last month: before it Au99.99 stands in
    shau = gold[gold["period"] == months[-1]].assign(source="SHAU", cny_per_gram=lambda f: 2 * f["cny_per_gram"])
    both, stated = headline(pd.concat([one, shau]))
    assert np.nanmax(np.abs(both / alone - 1)) < 1e-12
    own = stated[stated["metal"] == "gold"]
    assert own["cny_per_gram"].tolist() == [*gold["cny_per_gram"].tolist()[:-1], *shau["cny_per_gram"]]
    assert own["factor"].tolist() == pytest.approx([2.0] * (len(gold) - 1) + [1.0])
    # some items are carried by the benchmark here: without a month with both the step is felt
    apart = one[(one["metal"] != "gold") | (one["period"] != months[-1])]
    with pytest.warns(FallbackWarning, match="no month has both"):
        jumped, _ = headline(pd.concat([apart, shau]))
    assert np.nanmax(np.abs(jumped / alone - 1)) > 1e-3
