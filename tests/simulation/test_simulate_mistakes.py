"""Seeded mistakes and the key that tells them."""

from __future__ import annotations

import pandas as pd
import pytest

from shuibei_index.simulation import simulate
from shuibei_index.simulation.kinds import KINDS
from shuibei_index.simulation.mistakes import KEY_COLUMNS
from shuibei_index.workspace import Workspace


@pytest.fixture(scope="module")
def key() -> pd.DataFrame:
    made = simulate(start="2024-01", end="2024-06", seed=9, firms=40, sampled=1.0, mistakes=0.2, response=1.0)
    key = made.answer_key
    key.attrs["lines"] = sum(len(m.item) for m in made.lines)
    return key


def test_share_of_lines_with_a_mistake(key):
    lines = key.drop_duplicates(["enterprise_id", "period", "line_no"])
    assert 0.17 < len(lines) / key.attrs["lines"] < 0.22
    assert key.groupby(["enterprise_id", "period", "line_no"])["kind"].nunique().max() == 1


def test_every_kind_occurs_and_every_cell_differs(key):
    assert key.columns.tolist() == list(KEY_COLUMNS)
    assert set(key["kind"]) == set(KINDS)
    assert (key["reported"] != key["true_value"]).all()


@pytest.mark.parametrize(
    ("kind", "ratios"),
    [
        ("weight_in_qian", {0.2}),
        ("weight_times_1000", {1000.0, 0.001}),
        ("amount_wan_yuan", {10_000.0, 0.0001}),
        ("carat_points", {100.0, 0.01}),
    ],
)
def test_slips_of_units_are_exact(key, kind, ratios):
    rows = key[key["kind"] == kind]
    found = rows["reported"].astype(float) / rows["true_value"].astype(float)
    assert {float(f"{r:.6g}") for r in found} == ratios


def test_single_kinds(key):
    rows = {kind: key[key["kind"] == kind] for kind in KINDS}
    assert set(rows["tax_flag"]["reported"]) <= {"incl", "excl", "含税", "不含税"}
    assert (rows["gross_as_net"]["reported"].astype(float) > rows["gross_as_net"]["true_value"].astype(float)).all()
    assert rows["not_a_number"]["reported"].str.contains("约|起").all()
    assert not rows["not_a_number"]["file"].str.endswith("parquet").any()
    assert (rows["wrong_month"]["column"] == "period").all()
    assert (rows["duplicate_row"]["reported"] == rows["duplicate_row"]["line_no"].astype(str)).all()
    missing = rows["charge_missing"]
    assert (missing.query("column == 'making_charge'")["reported"] == "").all()
    amounts = missing.query("column == 'amount'")
    assert (amounts["reported"].astype(float) < amounts["true_value"].astype(float)).all()
    prices = rows["total_as_price"]
    assert (prices["reported"].astype(float) != prices["true_value"].astype(float)).all()
    charges = rows["charge_basis"]
    assert (charges["reported"].astype(float) > 0).all()


def test_stale_price_is_last_months_price_of_the_item():
    made = simulate(start="2024-01", end="2024-02", seed=9, firms=30, sampled=1.0, mistakes=0.3, response=1.0)
    stale = made.answer_key.query("kind == 'stale_price' and column == 'metal_price'")
    lines = made.records.to_pandas()
    for column in ("enterprise_id", "period", "item_id"):
        lines[column] = lines[column].astype(str)
    assert len(stale) and (stale["period"] == "2024-02").all()
    by_line = lines.set_index(["enterprise_id", "period", "line_no"])
    for row in stale.itertuples():
        item = by_line.loc[(row.enterprise_id, row.period, row.line_no), "item_id"]
        own = (lines["enterprise_id"] == row.enterprise_id) & (lines["item_id"] == item)
        earlier = lines[own & (lines["period"] == "2024-01")]
        assert float(row.reported) in set(earlier["metal_price"])


def test_without_mistakes_the_key_is_empty_but_has_its_columns(tmp_path):
    made = simulate(tmp_path / "ws", start="2024-01", end="2024-01", seed=1, firms=4, mistakes=0.0)
    assert made.answer_key.empty
    assert (tmp_path / "ws" / "answer_key.csv").read_text() == ",".join(KEY_COLUMNS) + "\n"


def test_the_key_describes_the_files(tmp_path):
    made = simulate(tmp_path / "ws", start="2024-01", end="2024-02", seed=3, firms=10, mistakes=0.2, formats=("csv",))
    folder = Workspace.open(tmp_path / "ws").inbox
    for row in made.answer_key.itertuples():
        path = next(folder.rglob(row.file))
        raw = path.read_bytes()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("gb18030")
        lines = text.splitlines()
        if row.kind == "duplicate_row":
            assert len(lines) - len(set(lines)) >= 1
        elif row.reported and row.column not in ("amount",):
            assert any(row.reported in line.split(",") for line in lines)
