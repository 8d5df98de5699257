"""Seeded mistakes and the key that tells them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import UsageError
from shuibei_index.simulation import MarketSettings, simulate
from shuibei_index.simulation.mistake_names import ADDED_KINDS, KINDS, LINE_KINDS
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
    assert set(key["kind"]) == set(LINE_KINDS)
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
    rows = {kind: key[key["kind"] == kind] for kind in LINE_KINDS}
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


SPAN = {"start": "2024-01", "end": "2024-03", "seed": 4, "firms": 40, "mistakes": 0.2, "late": 0.0}


@pytest.fixture(scope="module")
def plain():
    return simulate(**SPAN)


@pytest.fixture(scope="module")
def more():
    return simulate(**SPAN, kinds=tuple(KINDS), settings=MarketSettings(copied=0.2))


def test_added_kinds_move_neither_the_market_nor_the_other_mistakes(plain, more):
    assert more.records.equals(plain.records) and more.truth.equals(plain.truth)
    assert set(more.answer_key["kind"]) == set(KINDS)
    copied = more.answer_key[more.answer_key["kind"] == "last_month_copied"]["file"].unique()
    others = more.answer_key[~more.answer_key["kind"].isin(ADDED_KINDS)].reset_index(drop=True)
    # a file that is last month's has none of this month's mistakes
    left = plain.answer_key[~plain.answer_key["file"].isin(copied)].reset_index(drop=True)
    pd.testing.assert_frame_equal(others, left)


def test_a_choice_of_kinds_leaves_those_chosen_where_they_are(plain):
    chosen = simulate(**SPAN, kinds=("tax_flag", "duplicate_row"))
    left = plain.answer_key[plain.answer_key["kind"].isin(["tax_flag", "duplicate_row"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(chosen.answer_key, left)
    assert simulate(**SPAN, kinds=()).answer_key.empty
    with pytest.raises(UsageError, match="kind 'tax_flags' is unknown; did you mean 'tax_flag'"):
        MarketSettings(kinds=("tax_flags",))


def test_a_doubled_charge_stands_in_its_cell_and_in_the_amount(more):
    rows = more.answer_key[more.answer_key["kind"] == "charge_doubled"]
    place = ["enterprise_id", "period", "line_no"]
    charge, amount = (
        rows[rows["column"] == name].set_index(place)[["reported", "true_value"]].astype(float)
        for name in ("making_charge", "amount")
    )
    assert len(charge) and set(charge.index) == set(amount.index)
    np.testing.assert_allclose(charge["reported"], 2 * charge["true_value"])
    lines = more.records.select(["enterprise_id", "period", "line_no", "charge_basis", "net_weight_mg"]).to_pandas()
    lines = lines.astype({"enterprise_id": str, "period": str, "charge_basis": str})
    by_gram = lines[lines["charge_basis"] == "per_gram"].set_index(place)["net_weight_mg"] / 1000
    once = (charge["true_value"] * by_gram).dropna()
    # in 元 or in 万元
    ratio = (amount["reported"] - amount["true_value"])[once.index] / once
    assert len(ratio) and (np.isclose(ratio, 1, atol=0.01) | np.isclose(ratio, 1e-4, atol=1e-6)).all()


def test_a_copied_file_is_last_months_with_new_dates(tmp_path):
    settings = MarketSettings(copied=0.3, formats=("csv",))
    made = simulate(tmp_path / "ws", **{**SPAN, "mistakes": 1e-9}, kinds=("last_month_copied",), settings=settings)
    key = made.answer_key
    assert set(key["period"]) == {"2024-02", "2024-03"} and set(key["column"]) == {"line_no"}
    assert (key["true_value"] == "").all()
    # nobody sends the same file three times
    firms = [set(rows["enterprise_id"]) for _, rows in key.groupby("period")]
    assert not firms[0] & firms[1]
    inbox = tmp_path / "ws" / "inbox"
    first = key.iloc[0]
    path = inbox / first["period"] / first["file"]
    before = next((inbox / "2024-01").glob(f"*{first['enterprise_id']}*"))

    def lines(path):
        raw = path.read_bytes()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("gb18030")
        return [line for line in text.splitlines() if first["enterprise_id"] in line.split(",")]

    def cells(path):
        return [[cell for cell in line.split(",") if not cell.startswith("2024-")] for line in lines(path)]

    assert cells(path) == cells(before) and len(cells(path)) == (key["file"] == first["file"]).sum()
    assert all("2024-01" not in line for line in lines(path))
