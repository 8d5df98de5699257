"""One pass with row checks and sums: any order, any pieces, any threads; the two largest firms."""

from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shuibei_index.aggregate import make_panel, reading, totals
from shuibei_index.aggregate.leaders import leaders
from shuibei_index.aggregate.sums import partial_sums
from shuibei_index.errors import UsageError
from shuibei_index.kernel.proof import Range
from shuibei_index.kernel.rowchecks import RowChecks

CHECKS = RowChecks.load().only("record_amount", "record_quantity", "record_words")


def records(rows=3000, seed=5):
    rng = np.random.default_rng(seed)
    item = rng.integers(0, 60, rows)
    return pd.DataFrame(
        {
            "enterprise_id": [f"E{k % 7}" for k in item],
            "item_id": [f"i{k % 25}" for k in item],
            "class_code": np.array(["010101", "0201", "91"])[item % 3],
            "period": np.array(["2025-05", "2025-06"])[rng.integers(0, 2, rows)],
            "trade_type": rng.choice(["sale", "toll", "return"], rows, p=[0.8, 0.15, 0.05]),
            "stage": rng.choice(["wholesale", "retail", "moon"], rows, p=[0.6, 0.39, 0.01]),
            "tax_basis": "incl",
            "amount_fen": rng.integers(-2, 100, rows) * 10**12,
            "amount_reported_fen": 1,
            "quantity_milli": rng.integers(0, 50, rows),
        }
    )


def by_hand(frame):
    sums, found, firm = defaultdict(lambda: [0, 0, 0]), Counter(), defaultdict(Counter)
    for row in frame.to_dict("records"):
        who = (row["enterprise_id"], row["period"])
        found["record_amount", *who] += row["amount_fen"] <= 0
        found["record_quantity", *who] += row["quantity_milli"] <= 0
        found["record_words", *who] += row["stage"] == "moon"
        if row["trade_type"] == ("toll" if row["class_code"] == "91" else "sale"):
            key = (row["enterprise_id"], row["item_id"], row["class_code"], row["period"])
            sums[key] = [a + b for a, b in zip(sums[key], (row["amount_fen"], row["quantity_milli"], 1), strict=True)]
            firm[row["period"], row["class_code"]][row["enterprise_id"]] += row["amount_fen"]
    shares = {k: sum(sorted(v.values())[-2:]) / sum(v.values()) for k, v in firm.items()}
    return dict(sums), {k: v for k, v in found.items() if v}, shares


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("records")
    frame = records()
    for number, part in enumerate(np.array_split(np.arange(len(frame)), 4)):
        pq.write_table(pa.Table.from_pandas(frame.iloc[part]), path / f"{number}.parquet", row_group_size=100)
    return path


def test_sums_counts_and_leaders_equal_those_by_hand(folder):
    found = totals(folder, checks=CHECKS)
    sums, counts, shares = by_hand(records())
    assert found.records == 3000
    rows = found.sums.to_pylist()
    assert {tuple(r.values())[:4]: list(r.values())[4:] for r in rows} == sums
    assert {(r["rule"], r["enterprise_id"], r["period"]): r["records"] for r in found.found.to_pylist()} == counts
    top = found.leaders().to_pylist()
    assert [(r["period"], r["class_code"]) for r in top] == sorted(shares)
    np.testing.assert_allclose([r["share"] for r in top], [shares[k] for k in sorted(shares)], rtol=1e-15, atol=0)
    assert found.counts()["record_words"] == sum(v for k, v in counts.items() if k[0] == "record_words")
    assert found.panel().to_frame().equals(make_panel(folder).to_frame())


def test_order_pieces_and_threads_change_no_byte(folder, monkeypatch):
    whole = totals(folder, checks=CHECKS)
    frame = records().sample(frac=1, random_state=1)
    monkeypatch.setattr(reading, "PIECE", 250)
    for source, threads in ((folder, 1), (folder, 3), ([*sorted(folder.glob("*.parquet"))[::-1]], 2), (frame, 2)):
        again = totals(source, checks=CHECKS, threads=threads)
        assert again.sums.equals(whole.sums) and again.found.equals(whole.found) and again.records == 3000


def test_a_row_group_too_large_is_read_in_batches(tmp_path, monkeypatch):
    frame = records()
    pq.write_table(pa.Table.from_pandas(frame), tmp_path / "one.parquet", row_group_size=len(frame))
    monkeypatch.setattr(reading, "PIECE", 400)
    (piece,) = reading.pieces(tmp_path)
    assert piece.large and [t.num_rows for t in piece.read()] == [400] * 7 + [200]
    assert totals(tmp_path, checks=CHECKS).sums.equals(totals(frame, checks=CHECKS).sums)


def test_what_a_file_states_is_believed_or_not(tmp_path):
    frame = records().assign(amount_fen=5, loss_rate=np.nan, line_no=1)
    frame["pieces"] = pd.array([None] * 1500 + [3] * 1500, dtype="Int64")
    pq.write_table(pa.Table.from_pandas(frame), tmp_path / "a.parquet", row_group_size=1000)
    every = RowChecks.load().only("record_amount", "record_quantity", "record_pieces", "record_words")
    (piece,) = reading.pieces(tmp_path)
    assert piece.ranges["pieces"] == Range(3, 3, False) and piece.ranges["amount_fen"] == Range(5, 5, True)
    assert every.needed(piece.ranges).rules == ("record_quantity", "record_words")
    believed, looked = (totals(tmp_path, checks=every, statistics=choice) for choice in (True, False))
    assert believed.found.equals(looked.found) and believed.sums.equals(looked.sums)
    assert believed.counts() == looked.counts() and looked.counts()["record_quantity"] > 0
    # nothing but empty cells, no statistics, and numbers that are no limits
    frame["pieces"] = frame["pieces"].mask(frame.index >= 0)
    frame["fineness"] = [np.inf] * 3000
    pq.write_table(pa.Table.from_pandas(frame), tmp_path / "a.parquet", row_group_size=1000)
    (piece,) = reading.pieces(tmp_path)
    assert piece.ranges["pieces"] == Range(0, 0, False) and "fineness" not in piece.ranges
    pq.write_table(pa.Table.from_pandas(frame), tmp_path / "a.parquet", write_statistics=False)
    (piece,) = reading.pieces(tmp_path)
    assert piece.ranges == {}


def test_rows_left_out_and_too_many_cells_for_a_grid():
    # as many items as records: cells are added by sorting, and those of returns are not among them
    frame = records(400).assign(item_id=[f"only{k}" for k in range(400)])
    frame = pd.concat([frame, frame.assign(period=[f"{2000 + k % 20}-01" for k in range(400)])])
    part = partial_sums(pa.Table.from_pandas(frame), toll_classes=("91",))
    sums, _, _ = by_hand(frame)
    assert {tuple(r.values())[:4]: list(r.values())[4:] for r in part.to_pylist()} == sums


def test_leaders_of_one_firm_none_and_no_turnover():
    assert len(leaders(totals(records(), checks=RowChecks(())).sums.slice(0, 0))) == 0
    one = records(50).query("enterprise_id == 'E1' and trade_type == 'sale'")
    top = totals(one.assign(class_code="0201", period="2025-06", amount_fen=[5] + [0] * (len(one) - 1)), checks=CHECKS)
    assert top.leaders().select(["n_enterprises", "largest_fen", "second_fen", "share"]).to_pylist() == [
        {"n_enterprises": 1, "largest_fen": 5, "second_fen": 0, "share": 1.0}
    ]
    none = totals(one.assign(class_code="0201", period="2025-06", amount_fen=0), checks=CHECKS)
    assert none.leaders()["share"].to_pylist() == [None]


def test_shown_to_people():
    found = totals(records(), checks=CHECKS)
    assert list(found.summary()["rule"]) == list(CHECKS.rules)
    assert "3,000 records" in repr(found) and "record_words" in found._repr_html_()


def test_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="engine must be one of local, spark, not 'dask'"):
        totals(records(), engine="dask")
    with pytest.raises(UsageError, match="no such file"):
        totals(tmp_path / "none.parquet")
    with pytest.raises(UsageError, match="cannot read records from int"):
        totals(5)
