"""The dealers' spread: own metal prices over the benchmark, by hand and on a simulated market."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.bullion import reference, spread
from shuibei_index.errors import ShapeError, UsageError
from shuibei_index.index.tree import Hierarchy
from shuibei_index.rules import Rules

RULES = Rules.load()
GOLD, PLATINUM, DIAMOND = "01010101", "0201", "0302"


def records(*rows: tuple[str, float, float, dict[str, object]]) -> pa.Table:
    """Return accepted records: firm, own metal price, grams of pure metal, and what is not usual."""
    usual = {
        "period": "2026-02", "class_code": GOLD, "trade_type": "sale", "stage": "wholesale", "tax_basis": "incl",
        "split": "stated", "deal_time": None,
    }  # fmt: skip
    frame = pd.DataFrame([
        {**usual, "enterprise_id": firm, "metal_price": price, "grams": grams, **more}
        for firm, price, grams, more in rows
    ])  # fmt: skip
    frame["metal_fen"] = (100 * frame["metal_price"] * frame["grams"]).round().astype("Int64")
    frame["deal_time"] = pd.to_datetime(frame["deal_time"]).astype("datetime64[s]")
    return pa.Table.from_pandas(frame.drop(columns="grams"), preserve_index=False)


def prices(*more: tuple[str, float]) -> pd.DataFrame:
    """Return a benchmark of 1000 in February 2026, and quotes."""
    rows = [("2026-02", 1000.0, ""), *(("", price, time) for time, price in more)]
    frame = pd.DataFrame(rows, columns=["period", "cny_per_gram", "quoted_at"])
    return frame.assign(metal="gold", source="SHAU")


def one(table: pa.Table, benchmark: pd.DataFrame) -> dict[str, object]:
    found = spread(table, benchmark, rules=RULES).to_frame()
    assert len(found) == 1
    return dict(found.iloc[0])


def test_weighted_by_metal_value_in_the_tax_basis_of_the_benchmark() -> None:
    table = records(
        ("A", 1010.0, 100.0, {}),
        ("A", 1020.0, 300.0, {}),
        # 900 without tax is 1017 with it
        ("B", 900.0, 100.0, {"tax_basis": "excl"}),
        ("C", 1000.0, 200.0, {}),
    )
    row = one(table, prices())
    value = np.array([1010 * 100, 1020 * 300, 900 * 100, 1000 * 200.0])
    own = np.array([1010, 1020, 1017, 1000.0])
    mean = (value * own).sum() / value.sum()
    assert row["own_price"] == pytest.approx(mean, abs=1e-9)
    assert row["spread"] == pytest.approx(mean - 1000) and row["spread_pct"] == pytest.approx(mean / 10 - 100)
    firms = [100 * ((value[:2] * own[:2]).sum() / value[:2].sum() / 1000 - 1), 1.7, 0.0]
    assert row["iqr_pct"] == pytest.approx(np.subtract(*np.percentile(firms, [75, 25])))
    assert (row["n_firms"], row["n_records"], row["withheld"]) == (3, 4, False)
    assert np.isnan(row["quote_spread"]) and row["n_quote_records"] == 0


def test_only_stated_sales_of_metal_by_the_gram() -> None:
    left_out = [
        ("D", 2000.0, 50.0, {"split": "one_price"}),
        ("D", 2000.0, 50.0, {"split": "metal_left"}),
        ("D", 2000.0, 50.0, {"trade_type": "trade_in"}),
        ("D", 2000.0, 50.0, {"class_code": DIAMOND}),
        ("D", 0.0, 50.0, {}),
    ]
    kept = [(firm, 1010.0, 100.0, {}) for firm in "ABC"]
    row = one(records(*kept, *left_out), prices())
    assert row["spread"] == pytest.approx(10.0) and row["n_records"] == 3
    retail = records(*kept, ("D", 1100.0, 10.0, {"stage": "retail"}))
    assert spread(retail, prices(), rules=RULES, stage="wholesale").to_frame()["n_firms"].tolist() == [3]
    assert spread(retail, prices(), rules=RULES).to_frame()["n_firms"].tolist() == [4]


def test_too_few_firms_are_withheld_but_counted() -> None:
    table = records(("A", 1010.0, 1.0, {}), ("B", 1020.0, 1.0, {}), ("B", 1020.0, 1.0, {}))
    row = one(table, prices())
    assert row["withheld"] and np.isnan([row["own_price"], row["spread"], row["spread_pct"], row["iqr_pct"]]).all()
    assert (row["n_firms"], row["n_records"], row["benchmark"]) == (2, 3, 1000.0)
    # with two firms behind the quotes and three behind the month, only the former is withheld
    timed = [(firm, 1010.0, 1.0, {"deal_time": "2026-02-03 11:00"}) for firm in "AB"]
    row = one(records(*timed, ("C", 1010.0, 1.0, {})), prices(("2026-02-03 10:00", 1005.0)))
    assert row["spread"] == pytest.approx(10.0) and np.isnan(row["quote_spread"]) and row["n_quote_firms"] == 2


def test_against_the_last_quote_before_the_deal() -> None:
    deals = [("2026-02-03 11:00", 1170.0), ("2026-02-03 14:20", 1228.0), ("2026-02-04 10:00", 1200.0)]
    rows = [(f, price, 1.0, {"deal_time": time}) for f in "ABC" for time, price in deals]
    row = one(records(*rows), prices(("2026-02-03 10:15", 1167.0), ("2026-02-03 14:15", 1223.0)))
    # of the day after there is no quote
    assert row["n_quote_records"] == 6 and row["n_records"] == 9
    weights = np.array([1170.0, 1228.0])
    assert row["quote_spread"] == pytest.approx((weights * np.array([3.0, 5.0])).sum() / weights.sum())
    assert row["quote"] == pytest.approx((weights * np.array([1167.0, 1223.0])).sum() / weights.sum())


def test_the_benchmark_is_the_chosen_series_and_not_the_spliced_one() -> None:
    month = [("2016-04", 250.0, "Au99.99"), ("2016-05", 260.0, "Au99.99"), ("2016-05", 270.4, "SHAU")]
    table = pd.DataFrame(month, columns=["period", "cny_per_gram", "source"]).assign(metal="gold")
    found = reference(table, RULES)
    assert found.to_frame()["cny_per_gram"].tolist() == pytest.approx([260.0, 270.4])
    deals = records(*((firm, 251.0, 10.0, {"period": "2016-04"}) for firm in "ABC"))
    row = dict(spread(deals, found, rules=RULES).to_frame().iloc[0])
    # the firms of April 2016 are compared with Au99.99 as it was
    assert row["benchmark"] == 250.0 and row["spread"] == pytest.approx(1.0)


def test_the_same_in_pieces_and_in_any_order() -> None:
    rng = np.random.default_rng(2)
    rows = [(f"E{n % 9}", float(p), float(g), {}) for n, (p, g) in enumerate(rng.uniform(5, 50, (300, 2)) + 990)]
    table = records(*rows)
    whole = spread(table, prices(), rules=RULES).to_frame()
    parts = spread([table.slice(200), table.slice(0, 200)], prices(), rules=RULES).to_frame()
    pd.testing.assert_frame_equal(whole, parts, rtol=1e-12)


def test_a_metal_without_benchmark_has_no_spread() -> None:
    deals = records(*((firm, 251.0, 10.0, {"class_code": PLATINUM}) for firm in "ABC"))
    row = one(deals, prices())
    assert row["metal"] == "platinum" and np.isnan(row["spread"]) and row["own_price"] == pytest.approx(251.0)


def test_records_without_parts_are_refused_plainly() -> None:
    table = records(("A", 1.0, 1.0, {})).drop_columns(["split"])
    with pytest.raises(ShapeError, match="no column split") as error:
        spread(table, prices(), rules=RULES)
    assert "请用当前版本重新收表" in error.value.zh


def test_no_record_is_an_empty_table() -> None:
    empty = spread(records(("A", 0.0, 1.0, {})), prices(), rules=RULES)
    assert not len(empty.to_frame()) and "0 months" in repr(empty)
    with pytest.raises(UsageError, match="there are none"):
        empty.plot()


def test_shown() -> None:
    found = spread(records(*((firm, 1010.0, 1.0, {}) for firm in "ABC")), prices(), rules=RULES, tree=Hierarchy.load)
    assert "料价价差" in found.plot("gold").get_title(loc="left") and "Dealers" in found._repr_html_()
    assert found.summary()["last_spread_pct"].tolist() == pytest.approx([1.0])
