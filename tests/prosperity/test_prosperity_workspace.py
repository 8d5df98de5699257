"""The family of a workspace: from accepted records to the index, on markets whose quantities are known."""

import csv

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pytest

from shuibei_index.errors import WorkspaceError
from shuibei_index.frozen import Frozen
from shuibei_index.pipeline.compiling import compile_
from shuibei_index.pipeline.taking_in import take_in
from shuibei_index.prosperity import firm_turnover, of_release, of_workspace
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

MONTHS = ("2024-01", "2024-02", "2024-03")


def settle(folder, months):
    workspace = Workspace.open(folder)
    with Store.open(workspace.store) as store:
        take_in(workspace, store, list(months), "")
    return workspace


def family(workspace, month):
    with Store.open(workspace.store) as store:
        return of_workspace(workspace, store, compile_(workspace, month))


def market(folder, grams, price):
    """A market of firms that sell the same grams of plain gold every month at a price by month; firm 0 enters last."""
    folder.mkdir()
    (folder / "workspace.toml").write_text('base_period = "2024-01"\ntrial = true\n', encoding="utf-8")
    firms = "".join(f"E{k:03d},企业{k}\n" for k in range(len(grams)))
    (folder / "panel.csv").write_text("enterprise_id,name\n" + firms, encoding="utf-8")
    for month, each in zip(MONTHS, price, strict=True):
        inbox = folder / "inbox" / month
        inbox.mkdir(parents=True)
        for k, weight in enumerate(grams):
            if k == 0 and month != MONTHS[-1]:
                continue
            row = {
                "企业代码": f"E{k:03d}", "报告期": month, "行号": "1", "规格品编码": "R-1", "分类代码": "01010101",
                "重量": str(weight), "重量单位": "克", "成色": "足金999", "含税标志": "含税",
                "金额": f"{weight * each:.2f}",
            }  # fmt: skip
            with (inbox / f"E{k:03d}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(row), lineterminator="\n")
                writer.writeheader()
                writer.writerow(row)
    return settle(folder, MONTHS)


def survey(workspace, months, firms):
    folder = workspace.root / "reference"
    folder.mkdir(exist_ok=True)
    rows = "".join(f"{m},{firm},sales,same\n" for m in months for firm in firms)
    (folder / "survey.csv").write_text("period,enterprise_id,question,answer\n" + rows, encoding="utf-8")


def test_a_price_rise_and_a_firm_that_enters_leave_scale_where_it_is(tmp_path):
    workspace = market(tmp_path / "ws", [900, 100, 120, 140, 160, 200], (500.0, 575.0, 575.0))
    survey(workspace, MONTHS, ["E001", "E002", "E003", "E004", "E005"])
    series = compile_(workspace, MONTHS[-1])
    head = series.to_frame().query("class_code == '00' and component == 'total'")["index"]
    assert head.tolist() == pytest.approx([100, 115, 115])  # the market is what it is meant to be
    found = family(workspace, MONTHS[-1])
    assert found.components == ("scale", "confidence")
    assert found.levels["scale"] == pytest.approx(1000.0)
    assert found.firms["scale"].tolist() == [5, 5, 5]
    assert found.levels["confidence"] == pytest.approx(1000.0)


def test_without_either_file_there_is_no_family(tmp_path):
    workspace = market(tmp_path / "ws", [900, 100, 120, 140, 160, 200], (500.0, 500.0, 500.0))
    assert family(workspace, MONTHS[-1]) is None
    survey(workspace, MONTHS, ["E009"])
    with pytest.raises(WorkspaceError, match=r"survey\.csv, line 2: enterprise_id is 'E009'") as error:
        family(workspace, MONTHS[-1])
    assert "企业代码" in error.value.zh


def test_scale_of_a_simulated_market_against_its_records(tmp_path):
    simulate(tmp_path / "ws", start="2024-01", end="2024-04", seed=6, firms=9, formats=("csv",))
    workspace = settle(tmp_path / "ws", Workspace.open(tmp_path / "ws").inbox_months())
    ids = workspace.panel()["enterprise_id"].tolist()
    survey(workspace, ["2024-01", "2024-04"], ids[:5])
    series = compile_(workspace, "2024-04")
    with Store.open(workspace.store) as store:
        found = of_workspace(workspace, store, series)
        tables = [store.objects.get_table(store.month(m).accepted) for m in store.months()]
    tree = workspace.tree("2024")
    inside = {c for c, own in zip(tree.codes, tree.in_headline, strict=True) if own}
    records = pd.concat([t.filter(pc.equal(t["trade_type"].cast("string"), "sale")).to_pandas() for t in tables])
    records = records[records["class_code"].astype(str).isin(inside) & (records["stage"].astype(str) == "wholesale")]
    keys = [records["period"].astype(str), records["enterprise_id"].astype(str)]
    wide = records["amount_fen"].groupby(keys).sum().unstack()  # noqa: PD010 - one cell each
    assert (wide.index == list(series.months)).all()
    price = series.to_frame().query("class_code == '00' and component == 'total'")["index"].to_numpy()
    level = [1.0]
    for before, now in zip(wide.index, wide.index[1:], strict=False):
        both = wide.loc[[before, now]].dropna(axis=1)
        level.append(level[-1] * both.loc[now].sum() / both.loc[before].sum())
    real = np.array(level) / price
    assert found.levels["scale"] / found.levels["scale"][0] == pytest.approx(real / real[0], rel=1e-12)
    with_bars = firm_turnover_all(workspace, series)
    assert with_bars > wide.to_numpy(dtype=float)[~np.isnan(wide.to_numpy(dtype=float))].sum() / 100


def test_the_same_from_frozen_inputs(tmp_path):
    workspace = market(tmp_path / "ws", [900, 100, 120, 140, 160, 200], (500.0, 510.0, 520.0))
    survey(workspace, MONTHS, ["E001", "E002", "E003", "E004", "E005"])
    series = compile_(workspace, MONTHS[-1])
    with Store.open(workspace.store) as store:
        frozen = Frozen.of(workspace, store, MONTHS[-1])
        with store.writer("test") as tx:
            kept = tx.objects.put_bytes((workspace.root / "reference" / "survey.csv").read_bytes())
        # what the folder holds now is not looked at
        (workspace.root / "reference" / "survey.csv").write_text("gone", encoding="utf-8")
        again = of_release({"files": {"reference/survey.csv": kept, "panel.csv": kept}}, frozen, store, series)
        assert of_release({"files": {"panel.csv": kept}}, frozen, store, series) is None
    assert again.levels["confidence"] == pytest.approx(1000.0) and "scale" in again.components


def firm_turnover_all(workspace, series):
    from shuibei_index.pipeline.compiling import prices

    return firm_turnover(prices(workspace, series.months[-1]))["turnover"].sum()
