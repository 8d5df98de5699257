"""Every firm of a market: its form, filled in through the drop-downs with what it sold, is taken in without a doubt."""

import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

from shuibei_index import forms, pipeline
from shuibei_index.intake.read import read_submissions
from shuibei_index.intake.schema import CODES, SUBMISSION
from shuibei_index.pipeline.taking_in import take_in
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
import fill_form as filling

MONTH = "2025-06"
#: Gold, karat gold, silver, diamonds loose, set and grown, jade, coloured stones, pearls, bars, toll work.
KINDS = ("0101", "0102", "0203", "0301", "0302", "0303", "0401", "05", "0601", "90", "91")


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """Two months taken in; what was sold in the third, by firm, and its inbox empty."""
    root = tmp_path_factory.mktemp("market") / "ws"
    simulate(root, start="2025-04", end=MONTH, seed=1, firms=12, mistakes=0.0, late=0.0, response=1.0,
             formats=("parquet",))  # fmt: skip
    workspace = Workspace.open(root)
    with Store.open(workspace.store) as store:
        take_in(workspace, store, ["2025-04", "2025-05"], "")
    shutil.move(workspace.inbox / MONTH, root / "sold")
    sold = read_submissions(root / "sold").table.to_pandas()
    return workspace, dict(list(sold.groupby("enterprise_id", observed=True)))


def fill_csv(form, records, out):
    """Do what a program of the firm would: the form's columns, a line for each deal, codes in Chinese."""
    head = pd.read_csv(form, dtype=str, keep_default_na=False, encoding="utf-8-sig").columns
    frame = records[[column.name for column in SUBMISSION]].astype(object)
    for name, words in CODES.items():
        frame[name] = frame[name].map(words)
    frame = frame.set_axis([column.name_zh for column in SUBMISSION], axis=1)[list(head)]
    frame.to_csv(out, index=False, encoding="utf-8-sig")


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_every_firms_form_comes_back_without_a_doubt(suffix, market, tmp_path):
    shutil.copytree(market[0].root, tmp_path / "ws")
    workspace, sold = Workspace.open(tmp_path / "ws"), market[1]
    inbox = workspace.inbox / MONTH
    inbox.mkdir()
    written = forms.write_templates(workspace, MONTH, suffix=suffix)
    assert set(written.files["enterprise_id"]) == set(sold)
    for firm, file in written.files[["enterprise_id", "file"]].to_numpy().tolist():
        if suffix == ".csv":
            fill_csv(written.folder / file, sold[firm], inbox / file)
        else:
            filling.fill_form(written.folder / file, filling.form_values(sold[firm]), inbox / file)
    done = pipeline.intake(workspace, MONTH)
    found = done.findings(MONTH)
    asked = found[found["severity"] != "note"]
    assert asked[["enterprise_id", "line_no", "rule", "value"]].to_numpy().tolist() == []
    assert set(found["rule"]) <= {"untraded_items"}
    assert done.totals["accepted"] == done.totals["read"] == sum(map(len, sold.values()))
    codes = set(done.report.accepted_table["class_code"].to_pylist())
    assert [kind for kind in KINDS if not any(code.startswith(kind) for code in codes)] == []


def test_what_excel_would_refuse_is_not_typed(market, tmp_path):
    written = forms.write_templates(market[0], MONTH, out=tmp_path)
    form = tmp_path / written.files["file"].iloc[0]
    for line in (
        {"item_id": "X", "weight_unit": "磅"},
        {"item_id": "X", "amount": -1.0},
        {"item_id": "X", "pieces": 1.5},
    ):
        with pytest.raises(filling.RefusedCellError, match="does not take"):
            filling.fill_form(form, [line], tmp_path / "out.xlsx")
