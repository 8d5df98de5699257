"""The kernel: exact, order-free, mergeable."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuibei_index.aggregate import PricePanel, make_panel, merge_sums, partial_sums
from shuibei_index.aggregate.adding import by_grid, by_sorting, firsts
from shuibei_index.errors import ShapeError, UsageError


def records(n, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "enterprise_id": rng.choice(["E1", "E2", "某公司"], n),
            "item_id": rng.choice(["x", "y", "z"], n),
            "class_code": rng.choice(["A", "B", "91"], n),
            "period": rng.choice(["2024-11", "2024-12", "2025-01"], n),
            "trade_type": rng.choice(["sale", "sale", "toll", "return"], n),
            "stage": "wholesale",
            "amount_fen": rng.integers(1, 2**40, n),
            "quantity_milli": rng.integers(1, 2**30, n),
        }
    )


def plain(table):
    frame = table.to_pandas()
    return frame.astype(dict.fromkeys(("enterprise_id", "item_id", "class_code", "period"), str))


def test_sums_equal_a_group_by_of_python_integers():
    frame = records(500)
    used = np.where(frame["class_code"] == "91", frame["trade_type"] == "toll", frame["trade_type"] == "sale")
    keys = ["enterprise_id", "item_id", "class_code", "period"]
    expected = frame[used].groupby(keys)[["amount_fen", "quantity_milli"]].sum().reset_index()
    found = plain(merge_sums([partial_sums(pa.Table.from_pandas(frame), toll_classes=("91",))]))
    pd.testing.assert_frame_equal(found[expected.columns], expected, check_dtype=False)
    assert found["n_records"].sum() == used.sum()


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 200), st.integers(0, 10_000), st.integers(1, 6))
def test_any_split_and_order_gives_the_same_bytes(n, seed, parts):
    frame = records(n, seed)
    if not (frame["trade_type"] == "sale").any():
        return
    whole = merge_sums([partial_sums(pa.Table.from_pandas(frame))])
    shuffled = frame.sample(frac=1, random_state=seed)
    pieces = [partial_sums(pa.Table.from_pandas(shuffled.iloc[i::parts], preserve_index=False)) for i in range(parts)]
    pd.testing.assert_frame_equal(plain(merge_sums(pieces[::-1])), plain(whole))


def test_cents_survive_where_doubles_lose_them():
    base = 2**53
    frame = records(3).assign(
        enterprise_id="E", item_id="i", class_code="A", period="2025-01", trade_type="sale", amount_fen=[base, 1, 1]
    )
    found = partial_sums(pa.Table.from_pandas(frame))["amount_fen"].to_pylist()
    assert found == [base + 2] and float(base) + 1.0 + 1.0 == float(base)


def test_overflow_is_refused():
    frame = records(4).assign(enterprise_id="E", item_id="i", class_code="A", period="2025-01", trade_type="sale")
    frame["amount_fen"] = 2**62
    with pytest.raises(UsageError, match="more than 64 bits"):
        partial_sums(pa.Table.from_pandas(frame))


def test_raw_submissions_are_refused_with_advice():
    with pytest.raises(ShapeError, match="go through validate"):
        partial_sums(pa.table({"enterprise_id": ["E1"], "amount": [1.0]}))
    with pytest.raises(ShapeError, match="int64"):
        partial_sums(pa.Table.from_pandas(records(3).assign(amount_fen=1.5, trade_type="sale")))


def test_stage_filter_and_parquet_streaming(tmp_path):
    frame = records(2000).assign(stage=np.where(np.arange(2000) % 2, "retail", "wholesale"))
    for number, part in enumerate(np.array_split(np.arange(2000), 3)):
        pq.write_table(pa.Table.from_pandas(frame.iloc[part]), tmp_path / f"{number}.parquet")
    from_files = make_panel(tmp_path, stage="retail")
    in_memory = make_panel(frame[frame["stage"] == "retail"])
    pd.testing.assert_frame_equal(from_files.to_frame(), in_memory.to_frame())
    with pytest.raises(UsageError, match="no such file"):
        make_panel(tmp_path / "none.parquet")


def test_panel_prices_and_gaps():
    frame = records(2).assign(enterprise_id="E", item_id="i", class_code="A", trade_type="sale")
    frame["period"] = ["2024-11", "2025-01"]
    frame["amount_fen"], frame["quantity_milli"] = [123_450, 300], [10_000, 2_000]
    panel = make_panel(frame)
    assert panel.months == ("2024-11", "2024-12", "2025-01")
    np.testing.assert_allclose(panel.prices[:, 0], [123.45, np.nan, 1.5])
    np.testing.assert_allclose(panel.quantities[:, 0], [10, np.nan, 2])
    assert panel.turnover().loc["2025-01", "A"] == 3.0
    assert "A" in panel._repr_html_() and panel.summary()["item_months"].tolist() == [2]
    with pytest.raises(UsageError, match="no record enters"):
        make_panel(frame.assign(trade_type="return"))


def test_a_repeated_column_and_one_of_zeros_are_told_apart_by_their_numbers() -> None:
    one = [np.array([1, 2]), np.array([3])]
    nearly = [np.array([1, 2]), np.array([4])]
    nothing = [np.array([0, 0]), np.array([0])]
    columns = [one, nothing, [a.copy() for a in one], nearly]
    assert firsts(columns) == [0, -1, 0, 3]
    # the last row is of no cell
    cell = np.array([1, 1, 4])
    for add, kept in ((by_grid, slice(None)), (by_sorting, slice(0, 1))):
        cells, totals = add(cell, columns, None, 4)
        assert cells[kept].tolist()[:1] == [1]
        assert [int(total[0]) for total in totals] == [3, 0, 3, 3, 2]


def test_panel_of_many_pieces_is_that_of_one_table() -> None:
    rng = np.random.default_rng(4)
    n = 400
    frame = pd.DataFrame(
        {
            "enterprise_id": rng.choice(["E2", "E1", "E3"], n),
            "item_id": rng.choice(list("cab"), n),
            "class_code": rng.choice(["0102", "0101"], n),
            "period": rng.choice(["2024-03", "2023-12", "2024-01"], n),
            "trade_type": "sale",
            "stage": "wholesale",
            "amount_fen": rng.integers(1, 1000, n),
            "quantity_milli": rng.integers(1, 1000, n),
        }
    )
    tables = [pa.Table.from_pandas(frame.iloc[k::5], preserve_index=False) for k in range(5)]
    panel = make_panel(tables)
    other = PricePanel.from_sums(merge_sums(partial_sums(table) for table in tables))
    assert panel.months == other.months == ("2023-12", "2024-01", "2024-02", "2024-03")
    pd.testing.assert_frame_equal(panel.items, other.items)
    for name in ("month", "item", "amount_fen", "quantity_milli", "n_records"):
        np.testing.assert_array_equal(getattr(panel, name), getattr(other, name))
