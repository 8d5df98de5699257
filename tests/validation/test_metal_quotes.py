"""Quotes of the day: how they are read, and what a deal is compared with."""

from __future__ import annotations

import pandas as pd
import pytest

from shuibei_index.errors import WorkspaceError
from shuibei_index.metal_prices import month_prices, price_table, quotes
from shuibei_index.rules import Rules
from shuibei_index.validation import validate
from shuibei_index.workspace_tables import read_metal_prices

#: Shuibei, 2026-02-03: from 1167 to 1223 CNY per gram in four hours.
RISE = """quoted_at,metal,cny_per_gram,source
2026-02-03 10:00,gold,1167,exchange
2026-02-03T12:00:00,gold,1190,exchange
2026-02-03 14:00:00+08:00,gold,1223,exchange
2026-02-04 10:00,gold,1220,exchange
"""


@pytest.fixture
def read(tmp_path):
    def read(text: str) -> pd.DataFrame:
        path = tmp_path / "metal_prices.csv"
        path.write_text(text, encoding="utf-8")
        return read_metal_prices(path)

    return read


@pytest.fixture
def judge(run, read):
    def judge(deal_time, price, table=RISE, **cells):
        amount = round(10 * (price * 0.99 + 20), 2)
        row = {"period": "2026-02", "deal_time": deal_time, "metal_price": price, "amount": amount, **cells}
        found = run(row, month="2026-02", metal_prices=read(table)).findings
        return found[found["column"] == "metal_price"] if "column" in found else found

    return judge


def test_a_table_of_months_stays_what_it_was(read):
    table = read("period,metal,cny_per_gram,source\n2026-02,gold,1190,x\n2026-01,silver,20,\n")
    assert table.columns.tolist() == ["period", "metal", "cny_per_gram", "source"]
    assert table["period"].tolist() == ["2026-02", "2026-01"]
    assert len(quotes(table)) == 0 and month_prices(table) is table


def test_the_month_is_the_mean_of_its_days(read):
    table = read(RISE)
    month = month_prices(table)
    assert month[["period", "metal"]].to_numpy().tolist() == [["2026-02", "gold"]]
    assert month["cny_per_gram"].tolist() == pytest.approx([((1167 + 1190 + 1223) / 3 + 1220) / 2])
    assert quotes(table)["quoted_at"].tolist() == [
        "2026-02-03T10:00:00.000000", "2026-02-03T12:00:00.000000", "2026-02-03T14:00:00.000000",
        "2026-02-04T10:00:00.000000",
    ]  # fmt: skip
    # made once more, the table is what it is
    pd.testing.assert_frame_equal(price_table(table), table)


def test_a_month_that_is_stated_stands(read):
    table = read("period,quoted_at,metal,cny_per_gram\n2026-02,,gold,1200\n,2026-02-03 10:00,gold,1167\n")
    assert month_prices(table)["cny_per_gram"].tolist() == [1200.0]
    assert quotes(table)["period"].tolist() == ["2026-02"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("2026-02,2026-03-01 10:00,gold,1", "line 2: period is '2026-02'; expected the month of quoted_at"),
        (",,gold,1", "line 2: period is ''; expected a month YYYY-MM, or a time"),
        (",2026-02-03,gold,1", "line 2: quoted_at is '2026-02-03'; expected a date and a time"),
        (",2026-02-30 10:00,gold,1", "quoted_at is '2026-02-30 10:00'"),
        (",2026/2/3 10:00,gold,1", "quoted_at is '2026/2/3 10:00'"),
        (",2026-02-03 10:00Z,gold,1", "quoted_at is '2026-02-03 10:00Z'"),
        ("2026-2,,gold,1", "period is '2026-2'"),
        (",2026-02-03 10:00,gold,0", "cny_per_gram is '0'"),
        (",2026-02-03 10:00,gold,1\n,2026-02-03T10:00:00,gold,2", "line 3: quoted_at .* once at a time"),
        ("2026-02,,gold,1\n2026-02,,gold,2", "line 3: .*each metal once a month"),
    ],
)
def test_what_contradicts_itself_is_refused(read, rows, message):
    with pytest.raises(WorkspaceError, match=message) as caught:
        read(f"period,quoted_at,metal,cny_per_gram\n{rows}\n")
    assert "cny_per_gram" in message or "第" in caught.value.zh


def test_a_table_needs_one_of_the_two(read):
    with pytest.raises(WorkspaceError, match="column 'period' is missing"):
        read("metal,cny_per_gram\ngold,1\n")


def test_four_hours_in_february(judge):
    assert len(judge("2026-02-03 15:00", 1223.0)) == 0
    asked = judge("2026-02-03 10:00", 1223.0)
    assert asked["rule"].tolist() == ["metal_price_quote"]
    assert "the last quote before the deal, 1,167" in asked["message_en"].iloc[0]
    assert "成交前最近一次报价" in asked["message_zh"].iloc[0]
    # by the month alone, nobody would ask
    month = "period,metal,cny_per_gram\n2026-02,gold,1206.67\n"
    assert len(judge("2026-02-03 10:00", 1223.0, month)) == 0


def test_without_a_quote_before_the_deal_the_day_speaks(judge):
    mean = (1167 + 1190 + 1223) / 3
    for when in ("2026-02-03 09:00", "2026-02-03"):
        assert len(judge(when, 1223.0)) == 0
        asked = judge(when, round(mean * 1.07, 2))
        assert asked["rule"].tolist() == ["metal_price_quote"] and "当日各报价均值" in asked["message_zh"].iloc[0]


def test_without_quotes_of_the_day_the_month_speaks(judge):
    assert len(judge("2026-02-20 10:00", 1290.0)) == 0
    assert judge("2026-02-20 10:00", 1400.0)["rule"].tolist() == ["metal_price_benchmark"]


def test_quotes_are_compared_in_the_basis_of_the_line(judge):
    before = round(1223 / 1.13, 2)
    cells = {"tax_basis": "不含税", "amount": round(10 * (before * 0.99 + 20), 2)}
    assert len(judge("2026-02-03 15:00", before, **cells)) == 0
    assert "metal_price_quote" in set(judge("2026-02-03 15:00", 1223.0, tax_basis="不含税")["rule"])


def test_a_frame_of_quotes_does_without_periods(clean):
    row = {**clean, "deal_time": "2025-06-03 14:20"}
    table = pd.DataFrame({"quoted_at": ["2025-06-03 14:00"], "metal": ["gold"], "cny_per_gram": [700.0]})
    frame = pd.DataFrame([row]).astype({"unit_system": "str", "stone_carat": "float64"})
    found = validate(frame, rules=Rules.load(), metal_prices=table, month="2025-06").findings
    assert "metal_price_quote" in set(found["rule"])
    assert table.columns.tolist() == ["quoted_at", "metal", "cny_per_gram"]
