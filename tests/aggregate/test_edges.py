"""Words without records, rules that change, sums at the edge of 64 bits."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.aggregate import make_panel, merge_sums, partial_sums
from shuibei_index.errors import ShapeError, UsageError


def records(**columns):
    n = max(len(v) for v in columns.values() if isinstance(v, list))
    frame = pd.DataFrame(
        {
            "enterprise_id": "E", "item_id": "i", "class_code": "A", "period": "2025-01", "trade_type": "sale",
            "stage": "wholesale", "amount_fen": [100] * n, "quantity_milli": [1000] * n,
        }
    )  # fmt: skip
    return frame.assign(**columns)


def test_months_without_records_that_make_prices_do_not_lengthen_the_panel():
    frame = records(period=["2024-12", "2025-01", "2025-02"], trade_type=["return", "sale", "trade_in"])
    assert make_panel(frame).months == ("2025-01",)
    coded = pa.Table.from_pandas(records(period=["2024-01", "2025-01"]))
    at = coded.column_names.index("period")
    coded = coded.set_column(at, "period", coded.column("period").dictionary_encode()).slice(1)
    assert "2024-01" in coded.column("period").chunk(0).dictionary.to_pylist()
    assert make_panel(coded).months == ("2025-01",)


def test_toll_classes_are_those_of_the_records_month():
    class Dated:
        def at(self, month):
            return {"toll_classes": ["A"] if month >= "2025-02" else ["91"]}

    frame = records(period=["2025-01", "2025-01", "2025-02", "2025-02"], trade_type=["sale", "toll"] * 2)
    panel = make_panel(frame.assign(amount_fen=[1, 2, 4, 8]), rules=Dated())
    assert panel.amount_fen.tolist() == [1, 8]


def test_a_sum_that_fits_is_made_and_one_that_does_not_is_refused():
    # one giant among many small: the largest times the count passes 64 bits, the sums do not
    frame = records(amount_fen=[2**62, 1, 1, 1, 1])
    assert partial_sums(pa.Table.from_pandas(frame))["amount_fen"].to_pylist() == [2**62 + 4]
    two = records(amount_fen=[2**62, 2**62], item_id=["a", "b"])
    assert sorted(partial_sums(pa.Table.from_pandas(two))["amount_fen"].to_pylist()) == [2**62, 2**62]
    part = partial_sums(pa.Table.from_pandas(records(amount_fen=[2**62])))
    with pytest.raises(UsageError, match="64 bits"):
        merge_sums([part, part])
    low = records(amount_fen=[-(2**63), -1])
    with pytest.raises(UsageError, match="64 bits"):
        partial_sums(pa.Table.from_pandas(low))


def test_numbers_that_are_no_int64_are_refused():
    with pytest.raises(UsageError, match="64"):
        partial_sums(pa.Table.from_pandas(records(amount_fen=np.array([2**63], dtype=np.uint64), line=[1])))
    small = pa.Table.from_pandas(records(amount_fen=np.array([7], dtype=np.int16), line=[1]))
    assert partial_sums(small)["amount_fen"].to_pylist() == [7]
    with pytest.raises(ShapeError, match="int64"):
        partial_sums(pa.Table.from_pandas(records(amount_fen=[1.0, None])))


def test_an_empty_key_is_refused_wherever_it_hides():
    table = pa.Table.from_pandas(records(amount_fen=[1, 2]))
    at = table.column_names.index("item_id")
    for column in (
        pa.array(["i", None]),
        pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["i", None])),
    ):
        with pytest.raises(ShapeError, match="item_id"):
            partial_sums(table.set_column(at, "item_id", column))


def test_negative_amounts_sum_as_they_are():
    panel = make_panel(records(amount_fen=[500, -200]))
    assert panel.amount_fen.tolist() == [300] and panel.price.tolist() == [1.5]
    assert np.isnan(make_panel(records(amount_fen=[-500, 200])).price).all()


def test_empty_batches_and_a_single_row():
    frame = records(amount_fen=[5])
    empty = pa.Table.from_pandas(frame).slice(0, 0)
    assert merge_sums([partial_sums(empty), partial_sums(pa.Table.from_pandas(frame))]).num_rows == 1
    with pytest.raises(UsageError, match="no record enters"):
        make_panel(empty)


@pytest.mark.parametrize("same_code", [True, False])
@pytest.mark.parametrize("months", [2, 900])
def test_dense_and_sparse_cells_and_shared_item_codes_give_the_same_sums(same_code, months):
    """Both ways to number items (codes, hashing) and to add cells up (grid, sorting) against pandas."""
    rng = np.random.default_rng(5)
    n = 3000
    firm = rng.integers(0, 40, n)
    word = np.array([f"{1900 + m // 12}-{m % 12 + 1:02d}" for m in range(months)])
    frame = pd.DataFrame(
        {
            "enterprise_id": np.char.add("E", firm.astype(str)),
            "item_id": "x" if same_code else np.char.add("x", firm.astype(str)),
            "class_code": "A",
            "period": word[rng.integers(0, months, n)],
            "trade_type": "sale",
            "amount_fen": rng.integers(-(2**45), 2**45, n),
            "quantity_milli": rng.integers(1, 2**30, n),
        }
    )
    keys = ["enterprise_id", "item_id", "class_code", "period"]
    expected = frame.groupby(keys, sort=True)[["amount_fen", "quantity_milli"]].sum().reset_index()
    parts = [partial_sums(pa.Table.from_pandas(frame.iloc[i::3], preserve_index=False)) for i in range(3)]
    found = merge_sums(parts).to_pandas()
    pd.testing.assert_frame_equal(
        found[expected.columns].astype(dict.fromkeys(keys, str)), expected.astype(dict.fromkeys(keys, str))
    )
    assert found["n_records"].sum() == n


def test_a_word_that_stands_twice_in_a_dictionary_is_one_item():
    table = pa.Table.from_pandas(records(amount_fen=[1, 2, 4]))
    at = table.column_names.index("item_id")
    twice = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2]), pa.array(["i", "j", "i"]))
    assert partial_sums(table.set_column(at, "item_id", twice))["amount_fen"].to_pylist() == [5, 2]
